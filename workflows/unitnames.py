"""Which units does a whistle command name, and where does the reason begin?

`市监局 交警 河口集市占道经营` → 市监局, 交警 | 河口集市占道经营. Leading words that are a unit's name, or end like one
(局 队 所 办), are units; the first word that is neither begins the reason.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from workflows.county import County, Unit, UnitKind

_LOOKS_LIKE_A_UNIT = re.compile(r"^[\u4e00-\u9fff]{2,12}[局队所办]$")
_PARTED = re.compile(r"[\s,，、;；]+")
_CLOSE_ENOUGH = 50


@dataclass(frozen=True)
class Ambiguous:
    word: str
    candidates: tuple[Unit, ...]


@dataclass(frozen=True)
class Unknown:
    word: str
    suggestions: tuple[Unit, ...]
    """At most three, best first."""


@dataclass(frozen=True)
class UnitWords:
    units: tuple[Unit, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    reason: str = ""

    @property
    def clear(self) -> bool:
        return bool(self.units) and not self.ambiguous and not self.unknown


@dataclass
class _Found:
    units: dict[str, Unit] = field(default_factory=dict)
    ambiguous: list[Ambiguous] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)


def find_units(text: str, county: County, township_id: str | None = None) -> UnitWords:
    """Reads the leading unit names of a command; stations of another township are never meant."""
    names = _names(county, township_id)
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _Found()
    while plain:
        word = _PARTED.split(plain, maxsplit=1)[0]
        rest = plain[len(word) :].lstrip(" \t\r\n,，、;；\u3000")
        if word in names:
            _take(found, word, names[word])
        elif (joined := _joined(word, names)) is not None:
            for name in joined:
                _take(found, name, names[name])
        elif _LOOKS_LIKE_A_UNIT.match(word):
            found.unknown.append(Unknown(word, _suggested(word, names)))
        else:
            break
        plain = rest
    return UnitWords(tuple(found.units.values()), tuple(found.ambiguous), tuple(found.unknown), plain)


def _take(found: _Found, word: str, candidates: tuple[Unit, ...]) -> None:
    if len(candidates) == 1:
        found.units.setdefault(candidates[0].id, candidates[0])
    else:
        found.ambiguous.append(Ambiguous(word, candidates))


def _joined(word: str, names: dict[str, tuple[Unit, ...]]) -> list[str] | None:
    """`市监局交警` → 市监局, 交警: only when the whole word is names and every one is unambiguous."""
    ways: list[list[list[str]]] = [[] for _ in range(len(word) + 1)]
    ways[0].append([])
    for end in range(1, len(word) + 1):
        for start in range(end):
            if word[start:end] in names and len(names[word[start:end]]) == 1:
                ways[end] += [[*way, word[start:end]] for way in ways[start]][:4]
    meant = {tuple(dict.fromkeys(names[name][0].id for name in way)): way for way in ways[-1]}
    return next(iter(meant.values())) if len(meant) == 1 else None


def _suggested(word: str, names: dict[str, tuple[Unit, ...]]) -> tuple[Unit, ...]:
    close = process.extract(word, list(names), scorer=fuzz.ratio, limit=12, score_cutoff=_CLOSE_ENOUGH)
    units = {unit.id: unit for name, _, _ in close for unit in names[name]}
    return tuple(units.values())[:3]


def _names(county: County, township_id: str | None) -> dict[str, tuple[Unit, ...]]:
    """Name → who is called so. A department's own names win over another's old and everyday ones."""
    callable_units = [*county.departments(), *(county.stations(township_id) if township_id else ())]
    own: dict[str, dict[str, Unit]] = {}
    other: dict[str, dict[str, Unit]] = {}
    for unit in callable_units:
        for name in (unit.id, unit.name, unit.short):
            own.setdefault(name, {})[unit.id] = unit
        for name in unit.names:
            other.setdefault(name, {})[unit.id] = unit
    table: dict[str, tuple[Unit, ...]] = {}
    for name in {*own, *other}:
        units = tuple((own.get(name) or other[name]).values())
        # 派出所 in a township is its own station, not the bureau that is also called so.
        stations = tuple(unit for unit in units if unit.kind is UnitKind.STATION)
        table[name] = stations or units
    return table
