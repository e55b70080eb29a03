"""Which village is meant, and in which grid does a position lie?

A name that stands in two townships is never guessed: both are returned and a person chooses.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from workflows.county import County, Grid, Township, Village

FARTHEST = 15_000
"""Metres from every grid beyond which a position is not in the county."""
BORDER = 700
"""Phones in China may send GCJ-02 positions, some hundred metres off: this close to another grid we ask."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Places:
    villages: tuple[Village, ...] = ()
    """Named without doubt."""
    candidates: tuple[Village, ...] = ()
    """Named, but the name stands in several townships."""
    townships: tuple[Township, ...] = ()

    @property
    def village(self) -> Village | None:
        """The one village that is meant, if there is exactly one."""
        return self.villages[0] if len(self.villages) == 1 and not self.candidates else None


def find_places(text: str, county: County) -> Places:
    """Villages and townships named in a text; longer names hide the shorter ones inside them."""
    named = {t.id: t for t in county.townships if t.name in text}
    left = text
    for township in named.values():
        left = left.replace(township.name, "□")
    by_name = county.villages_by_name
    certain: dict[str, Village] = {}
    doubtful: dict[str, Village] = {}
    for name in by_name:
        if name not in left:
            continue
        left = left.replace(name, "□")
        meant = [v for v in by_name[name] if v.township_id in named] or by_name[name]
        (certain if len(meant) == 1 else doubtful).update({v.id: v for v in meant})
    return Places(tuple(certain.values()), tuple(doubtful.values()), tuple(named.values()))


def nearest_grid(lat: float, lon: float, county: County) -> tuple[Grid | None, float, bool]:
    """The grid whose centre is nearest, metres to it, and whether another is nearly as near (then ask)."""
    here = (lat, lon)
    ranked = sorted((metres(here, (grid.lat, grid.lon)), grid.id, grid) for grid in county.grids)
    if not ranked or ranked[0][0] > FARTHEST:
        return None, ranked[0][0] if ranked else float("inf"), False
    # A border runs half-way between two centres; moving d metres changes the difference by at most 2 d.
    near_border = len(ranked) > 1 and ranked[1][0] - ranked[0][0] < BORDER
    return ranked[0][2], ranked[0][0], near_border


def metres(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000 * asin(min(1.0, sqrt(h)))
