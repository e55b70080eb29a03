"""In which grids may a position lie, and how far off would it have to be?

Measured on a plane laid over the county's middle (over a county's width it is true to a thousandth). Where the county has given
outlines (`borders.geojson`: of grids, villages or townships, whichever it has) those decide, the smallest first; inside one outline,
and where there is none, the nearest centre does.
"""

from dataclasses import dataclass
from functools import cached_property
from math import cos, inf, radians
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from workflows.county import County, Grid

_DEGREE = 111_195.0
"""Metres of one degree of latitude, on a sphere of 6,371 km."""
FARTHEST = 15_000
"""Metres from every grid's centre beyond which a position is not in the county."""
BORDER = 350
"""Phones in China may send GCJ-02 positions, some hundred metres off: this close to another grid we ask."""
Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude in turn, as GeoJSON has them; the last point is the first."""


class Outline(BaseModel):
    """Where a grid, a village or a township lies: one feature of `borders.geojson`."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    type: Literal["Polygon", "MultiPolygon"]
    polygons: tuple[tuple[Ring, ...], ...] = Field(min_length=1)
    """Of each: the outline, then its holes."""

    @classmethod
    def of(cls, feature: dict[str, Any]) -> "Outline":
        """From a GeoJSON feature; its property `id` names the unit. Raises ValidationError, KeyError, TypeError or IndexError."""
        shape = feature["geometry"]
        several = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [[[point[:2] for point in ring] for ring in polygon] for polygon in several]
        if not rings or not all(polygon and all(len(ring) >= 4 for ring in polygon) for polygon in rings):
            raise TypeError("a ring needs four points")
        return cls.model_validate({"id": feature["properties"]["id"], "type": shape["type"], "polygons": rings})


@dataclass(frozen=True)
class Near:
    """A grid that a position may lie in."""

    grid: "Grid"
    metres: float
    """From its centre."""
    off: float
    """How far the position would have to be off, at least, to lie in this grid; 0: it lies there."""
    possible: bool
    """Whether a position can be that far off: within its outline but for BORDER; without one, near enough to the centre."""


class Ground:
    """The county's grids on a plane; made at the first position that somebody sends, for the geometry takes half a second to load."""

    def __init__(self, county: "County") -> None:
        self._county = county
        self._lat = sum(grid.lat for grid in county.grids) / max(1, len(county.grids))

    def near(self, lat: float, lon: float) -> list[Near]:
        """Every grid, the one that it lies in first."""
        import shapely

        if not self._county.grids:
            return []
        here = shapely.points(*self._flat(lon, lat))
        outside = shapely.distance(self._regions, here).tolist() if self._outlines else []
        within = next((id for id, n in self._outlines.items() if outside[n] == 0), None)
        leave = 0.0 if within is None else float(shapely.distance(self._regions[self._outlines[within]].boundary, here))
        far = shapely.distance(self._centres, here).tolist()
        closest: dict[str | None, float] = {}
        for (_, region), metres in zip(self._grids, far, strict=True):
            closest[region] = min(metres, closest.get(region, inf))
        found = []
        for (grid, region), metres in zip(self._grids, far, strict=True):
            off = (metres - closest[region]) / 2  # inside one outline a border runs half-way between two centres
            possible = metres <= FARTHEST
            if region is not None:
                past = outside[self._outlines[region]]
                off, possible = max(off, past), past < BORDER
            if region != within:
                off = max(off, leave)
            found.append(Near(grid, metres, off, possible))
        return sorted(found, key=lambda near: (not near.possible, near.off, near.metres, near.grid.id))

    def _flat(self, lon: float, lat: float) -> tuple[float, float]:
        return lon * _DEGREE * cos(radians(self._lat)), lat * _DEGREE

    @cached_property
    def _outlines(self) -> dict[str, int]:
        """Their numbers, the smallest kind first: a grid's outline lies in its village's, that in its township's."""
        kinds = [{one.id for one in these} for these in (self._county.grids, self._county.villages)]
        order = {outline.id: n for n, outline in enumerate(self._county.outlines)}
        return dict(sorted(order.items(), key=lambda one: next((n for n, k in enumerate(kinds) if one[0] in k), 2)))

    @cached_property
    def _grids(self) -> "list[tuple[Grid, str | None]]":
        """Each with the smallest outline that it stands in: its own, its village's or its township's."""
        known = self._outlines
        return [
            (grid, next((one for one in (grid.id, grid.village_id, grid.township_id) if one in known), None))
            for grid in self._county.grids
        ]

    @cached_property
    def _centres(self) -> Any:
        import shapely

        return shapely.points([self._flat(grid.lon, grid.lat) for grid in self._county.grids])

    @cached_property
    def _regions(self) -> Any:
        """One shape each; a line that crosses itself, as maps drawn by hand have them, is mended."""
        import shapely

        shapes = [
            shapely.multipolygons([self._polygon(polygon) for polygon in outline.polygons])
            for outline in self._county.outlines
        ]
        made = shapely.make_valid(shapes)
        shapely.prepare(made)
        return made

    def _polygon(self, rings: tuple[Ring, ...]) -> Any:
        import shapely

        flat = [[self._flat(lon, lat) for lon, lat in ring] for ring in rings]
        return shapely.polygons(flat[0], holes=flat[1:] or None)
