"""Which village is meant, and in which grid does a position lie?

A name that stands in two townships is never guessed: both are returned and a person chooses.
"""

import re
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from workflows.county import VILLAGE_TAILS, County, Grid, Township, Village
from workflows.ground import BORDER
from workflows.matching import _simplified as simplified

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


_NOWHERE = Places()


def find_places(text: str, county: County) -> Places:
    """Villages and townships named in a text; longer names hide the shorter ones inside them.

    Where nothing is named, the text is read once more with simplified characters, then for names with one wrong character: those are
    only ever candidates. A landmark, a shop or 老地方 names nothing: better a question than a guess.
    """
    found = _named(text, county)
    if found is _NOWHERE and (plain := simplified(text)) != text:
        found = _named(plain, county)
    if found.villages or found.candidates:
        return found
    slips = _slips(text, county, found.townships)
    return Places((), slips, found.townships) if slips else found


_NO_NAME = frozenset("我你他她们俺咱这那哪全本邻隔每各某几一二两三四五六七八九十几个乡农")
"""`我们村`, `隔壁村`, `哪个村`: no name with a slip of the pen."""
_TAIL = re.compile("|".join(VILLAGE_TAILS))
_MOST = 3


def _slips(text: str, county: County, townships: tuple[Township, ...]) -> tuple[Village, ...]:
    """Villages whose whole name stands there with one wrong character before 村 or 社区; none when many would fit."""
    known = county.slips_of_the_pen
    hits: dict[str, tuple[Village, ...]] = {}
    for there in _TAIL.finditer(text):
        end, tail = there.end(), len(there[0])
        for begin in range(end - tail - 1, max(0, end - known.longest) - 1, -1):
            if text[begin] in _NO_NAME:
                break  # it would stand in every longer name, too
            said = text[begin:end]
            for at in range(len(said) - tail if len(said) > 2 else 0):
                if near := known.names.get(f"{said[:at]}□{said[at + 1 :]}"):
                    hits.update((name, meant) for name, meant in near.items() if name != said)
    if not hits:
        return ()
    towns = {t.id for t in townships}
    meant = {v.id: v for name in sorted(hits, key=known.order.__getitem__) for v in hits[name]}
    found = tuple(v for v in meant.values() if not towns or v.township_id in towns)
    return found if len(found) <= _MOST else ()


def _named(text: str, county: County) -> Places:
    said = county.place_names.within(text)
    if not said:
        return _NOWHERE
    named = {t.id: t for t in county.townships if t.name in said}
    left = text
    for township in named.values():
        left = left.replace(township.name, "□")
    by_name = county.villages_by_name
    certain: dict[str, Village] = {}
    doubtful: dict[str, Village] = {}
    for name in said:
        if name not in by_name or name not in left:
            continue
        left = left.replace(name, "□")
        meant = [v for v in by_name[name] if v.township_id in named] or by_name[name]
        (certain if len(meant) == 1 else doubtful).update({v.id: v for v in meant})
    return Places(tuple(certain.values()), tuple(doubtful.values()), tuple(named.values()))


def nearest_grid(lat: float, lon: float, county: County) -> tuple[Grid | None, float, bool]:
    """The grid that a position lies in, metres to its centre, and whether it may as well lie in another (then ask)."""
    ranked = county.ground.near(lat, lon)
    if not ranked or not ranked[0].possible:
        return None, ranked[0].metres if ranked else float("inf"), False
    return ranked[0].grid, ranked[0].metres, len(ranked) > 1 and ranked[1].possible and ranked[1].off < BORDER


def rivals(lat: float, lon: float, county: County) -> tuple[Village, ...]:
    """The villages of other townships that a position may as well lie in: likeliest first, empty where one township is plain.

    A wrong township wakes the wrong squad, so it is asked; a wrong village of the right one is seen on the spot.
    """
    near = [one.grid for one in county.ground.near(lat, lon) if one.possible and one.off < BORDER]
    if len({grid.township_id for grid in near}) < 2:
        return ()
    return tuple({grid.village_id: county.village(grid.village_id) for grid in near}.values())[: _MOST + 1]


def metres(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000 * asin(min(1.0, sqrt(h)))
