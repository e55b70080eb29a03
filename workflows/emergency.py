"""Does this message tell of danger now, and which number should be dialled first?

It is better to name a number once too often than to miss a fire; but fire and ambulance are also figures of speech,
questions and memories, and a service that cries wolf is not read. The words are the county's (`terms.yaml`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from workflows.terms import Terms
from workflows.words import Lexicon, Words, halfwidth, letters

KINDS = ("fire", "medical", "police", "traffic")
_READ = 1000
_LATELY = 128
"""What was heard in a message is kept for the questions that follow."""
_FRAMED = 150
"""Characters in which a frame is looked for."""
_BETWEEN = {"..": "[^,.;!?，。；！？、]{0,8}?", "...": "[^.;!?。；！？]{0,12}?"}
"""What may stand between the parts of a frame."""
_PAUSE = re.compile(r" +")
_FIGURE = "□"
_SIGNS = re.compile(r"[^\w,.;!?，。；！？、]+")


@dataclass(frozen=True)
class Danger:
    """Which kinds, most pressing first; falsy when there is none."""

    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def numbers(self, emergency_numbers: dict[str, str]) -> tuple[str, ...]:
        """The county's numbers to dial, most pressing first."""
        return tuple(dict.fromkeys(emergency_numbers[kind] for kind in self.kinds))


CALM = Danger()
"""None."""


def emergency(text: str, terms: Terms) -> Danger:
    """Danger now, as the sender's own words tell it."""
    return Alarms(terms).heard(text).danger


class Heard(NamedTuple):
    """What the county's words make of one message."""

    danger: Danger
    marks: tuple[str, ...]
    """Which of the county's words of danger, of the past and of figures of speech stand in it: what a model may learn to trust or not.
    Each begins with `!`, which no character of a read message does."""
    is_told: bool
    """Whether it fills a frame of danger while nothing in it is a doubt: who or what, and what happens to it now. Its words may never have
    been met together."""
    is_hinted: bool
    """Whether it fills one that something else fills now and then."""
    is_past: bool
    """Whether the message speaks of the past, a condition, a drill or a risk, and says nothing of now."""


class Alarms:
    """The county's words of danger, by their first characters: a message is compared with few of them, once."""

    def __init__(self, terms: Terms, lexicon: Lexicon | None = None) -> None:
        """`lexicon`: where other lists are that are looked up in the same messages."""
        lexicon = lexicon or Lexicon()
        self._slips = Words(((slip, slip) for slip in terms.spellings), lexicon)
        self._every_spelling = terms.spellings
        figures = dict.fromkeys(figure.partition("+")[0] for figure in terms.emergencies.figures.split())
        self._figures = Words(((figure, (n, figure)) for n, figure in enumerate(figures)), lexicon)
        words = [
            (name, tuple(word.split("+")))
            for name, said in terms.emergencies
            for word in said.split()
            if name != "figures"
        ]
        self._words = Words(((word[0], (name, word)) for name, word in words), lexicon)
        slots = {name: said.split() for name, said in terms.frames.slots.items()}
        told, hinted = (" ".join(kinds.values()).split() for kinds in (terms.frames.told, terms.frames.hinted))
        self._parts = _Parts([*told, *hinted], slots, lexicon)
        self._told, self._hinted = self._parts.frames(told), self._parts.frames(hinted)
        self._rarest = self._told.keys() | self._hinted.keys()
        self._doubts = re.compile(_any_of(terms.frames.doubts.split()))
        self.heard = lru_cache(maxsize=_LATELY)(self._hear)

    def _hear(self, text: str) -> Heard:
        plain = self._read(text)
        there = letters(plain)
        literal = self._without_figures(plain, there)
        said = self._said(literal, there)
        told = said if literal == plain else self._said(plain, there)
        kinds = () if _is_past(said) else tuple(filter(said.__contains__, KINDS))
        marks = tuple(_marks(said, _FIGURE in literal)) if said or literal != plain or _FIGURE in plain else ()
        return Heard(Danger(kinds) if kinds else CALM, marks, *self._framed(literal, there), _is_past(told))

    def _framed(self, plain: str, its_letters: str) -> tuple[bool, bool]:
        """Whether danger is told, and whether it is hinted at, by the frames that the message fills."""
        there = self._parts.perhaps(its_letters)
        rarest = there & self._rarest
        if not rarest:
            return False, False
        plain = _PAUSE.sub(",", plain[:_FRAMED].strip())
        is_told, is_hinted = (
            any(parts <= there and frame.search(plain) for one in rarest for parts, frame in kinds.get(one, ()))
            for kinds in (self._told, self._hinted)
        )
        if (is_told or is_hinted) and self._doubts.search(plain):
            return False, False
        return is_told, is_hinted

    def _read(self, text: str) -> str:
        plain = halfwidth(text[:_READ])
        if any(slip in plain for slip in self._slips.perhaps(letters(plain))):
            for slip, usual in self._every_spelling.items():
                plain = plain.replace(slip, usual)
        return _SIGNS.sub(" ", plain)

    def _without_figures(self, plain: str, its_letters: str) -> str:
        for _, figure in sorted(self._figures.perhaps(its_letters)):
            plain = plain.replace(figure, _FIGURE)
        return plain

    def _said(self, plain: str, its_letters: str) -> dict[str, list[tuple[str, ...]]]:
        """The words that stand there, by what they tell of."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for name, word in self._words.perhaps(its_letters):
            if word[0] in plain and (len(word) == 1 or all(map(plain.__contains__, word))):
                found.setdefault(name, []).append(word)
        return found


def _marks(said: dict[str, list[tuple[str, ...]]], figure: bool) -> Iterator[str]:
    found = ["!figure"] if figure else []
    for kind in filter(said.__contains__, (*KINDS, "not_now", "but_now")):
        found.append(f"!{kind}")
        found += ["!" + "+".join(word) for word in sorted(said[kind]) if kind in KINDS]
    yield from dict.fromkeys(found)


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))})"


_Frame = tuple[frozenset[int], re.Pattern[str]]
"""The numbers of its parts, without one of which it is not filled, and its pattern."""


class _Parts:
    """Which parts of frames may stand in a message? Each has a number."""

    def __init__(self, frames: Iterable[str], slots: dict[str, list[str]], lexicon: Lexicon) -> None:
        self._slots = slots
        names = dict.fromkeys(part for frame in frames for part in _parted(frame) if part not in _BETWEEN)
        self._numbers = {part: n for n, part in enumerate(names)}
        starts: dict[str, set[int]] = {}
        for part, n in self._numbers.items():
            for word in self._words(part):
                starts.setdefault(word[:2], set()).add(n)
        self._starts = Words(starts.items(), lexicon)

    def _words(self, part: str) -> list[str]:
        return self._slots.get(part.strip("<>")) or [part]

    def perhaps(self, plain: str) -> set[int]:
        """The numbers of those of which a word begins there, and of a few others."""
        return set().union(*self._starts.perhaps(plain))

    def frames(self, frames: Iterable[str]) -> dict[int, list[_Frame]]:
        """By the number of the part that stands for the fewest words."""
        found: dict[int, list[_Frame]] = {}
        for frame in frames:
            parts = [part for part in _parted(frame) if part not in _BETWEEN]
            rarest = min(parts, key=lambda part: len(self._words(part)))
            found.setdefault(self._numbers[rarest], []).append(self._frame(frame))
        return found

    def _frame(self, told: str) -> _Frame:
        parts = _parted(told)
        pattern = "".join(_BETWEEN.get(part) or _any_of(self._words(part)) for part in parts)
        return frozenset(self._numbers[part] for part in parts if part not in _BETWEEN), re.compile(pattern)


def _parted(frame: str) -> list[str]:
    return re.split(r"(\.{2,3})", frame)


def _is_past(said: dict[str, list[tuple[str, ...]]]) -> bool:
    return "not_now" in said and "but_now" not in said
