"""Draws the sample county's map: `python -m tests.county.draw_borders`. The county is invented, and so are its lines.

A village reaches as far as its grids are the nearest ones (Voronoi), and the county ends two kilometres behind the outermost. A real
county puts its own surveyed `borders.geojson` there instead (docs/operations.md).
"""

import csv
import json
from math import cos, radians
from pathlib import Path

import shapely

SAMPLE = Path(__file__).parents[2] / "bot/sample_county"
_DEGREE = 111_195.0
_BEHIND = 2_000
"""Metres from the outermost centres to the county's border."""


def main() -> None:
    with (SAMPLE / "grids.csv").open(encoding="utf-8-sig", newline="") as lines:
        grids = [(row["village_id"], float(row["lon"]), float(row["lat"])) for row in csv.DictReader(lines)]
    wide = _DEGREE * cos(radians(sum(lat for _, _, lat in grids) / len(grids)))
    centres = shapely.multipoints([(lon * wide, lat * _DEGREE) for _, lon, lat in grids])
    county = shapely.convex_hull(centres).buffer(_BEHIND, quad_segs=2)
    cells = list(shapely.voronoi_polygons(centres, extend_to=county).geoms)
    tree = shapely.STRtree(cells)
    of: dict[str, list[shapely.Geometry]] = {}
    for (village, _, _), centre in zip(grids, centres.geoms, strict=True):
        of.setdefault(village, []).append(cells[int(tree.query(centre, predicate="intersects")[0])])
    features = []
    for village, parts in sorted(of.items()):
        shape = shapely.union_all(parts).intersection(county)
        rings = [[[round(x / wide, 5), round(y / _DEGREE, 5)] for x, y in p.exterior.coords] for p in _polygons(shape)]
        geometry = (
            {"type": "Polygon", "coordinates": [rings[0]]}
            if len(rings) == 1
            else {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
        )
        features.append({"type": "Feature", "properties": {"id": village}, "geometry": geometry})
    lines_out = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    (SAMPLE / "borders.geojson").write_text(f'{{"type":"FeatureCollection","features":[\n{lines_out}\n]}}\n', "utf-8")


def _polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    parts = shape.geoms if isinstance(shape, shapely.MultiPolygon) else [shape]
    return [part for part in parts if isinstance(part, shapely.Polygon)]


if __name__ == "__main__":
    main()
