"""What does a typed line of somebody who was called mean? 收到 · 到 · 1a · 云溪-2026-0147-1 answer a call like its button does.

A line is understood only as a whole: one word that stranger text would add makes it nothing, so that no sentence signs anything by chance.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workflows import call as calls
from workflows import records as r
from workflows.policy import TypedWords
from workflows.states import CallState
from workflows.work import Work

Verb = Literal["acknowledge", "depart", "arrive"]
_ORDINAL = re.compile(r"(\d{1,2})\s*a")
_NUMBER = re.compile(r"(?:[^\W\d_]*-)?(?:\d{4}-)?\d{3,4}(?:-\d{1,2})?")
_SEPARATOR = re.compile(r"[\s,、:;]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be done, and to which call: the end of its number, its place in the whistle (`1a`), or the only one there is."""

    verb: Verb
    number: str | None = None
    ordinal: str | None = None

    def names(self, call: r.Call) -> bool:
        """Whether the line can mean this call."""
        case, _, ordinal = call.number.casefold().rpartition("-")
        if self.ordinal is not None:
            return ordinal == self.ordinal
        if self.number is None:
            return True
        return any(
            whole == self.number or whole.endswith(f"-{self.number}") for whole in (call.number.casefold(), case)
        )


def read(text: str, words: TypedWords) -> Reply | None:
    """None: not an answer to a call."""
    line = unicodedata.normalize("NFKC", text).strip().casefold().rstrip("。.!~").strip()
    if not line or len(line) > 40:
        return None
    meanings: dict[str, Verb] = {
        **dict.fromkeys(words.arrive, "arrive"),
        **dict.fromkeys(words.depart, "depart"),
        **dict.fromkeys(words.acknowledge, "acknowledge"),
    }
    if line in meanings:
        return Reply(meanings[line])
    if found := _ORDINAL.fullmatch(line):
        return Reply("acknowledge", ordinal=str(int(found[1])))
    verb: Verb | None = None
    number = None
    for token in _SEPARATOR.split(line):
        if token in meanings and verb is None:
            verb = meanings[token]
        elif _NUMBER.fullmatch(token) and number is None:
            number = token
        else:
            return None
    return Reply(verb or "acknowledge", number=number)


def units_of(work: Work, seats: Sequence[r.Person]) -> tuple[str, ...]:
    """The units for which these seats may answer: their own, and the stations of a department."""
    return work.county.with_stations(s.unit_id for s in seats if s.role in calls.ANSWERERS)


def every(work: Work, seats: Sequence[r.Person]) -> list[r.Call]:
    """Calls of these units that have not ended: one's own unit first, then by deadline."""
    own = {s.unit_id for s in seats if s.role in calls.ANSWERERS}
    units = units_of(work, seats)
    return sorted(work.open_calls(units) if units else [], key=lambda c: c.unit_id not in own)


def live(work: Work, seats: list[r.Person]) -> list[r.Call]:
    """Calls that a word without a number can mean: those of one's own unit, and of a station those that rang here too."""
    own = {s.unit_id for s in seats if s.role in calls.ANSWERERS}
    rung = {c.id for c in calls.of_seats(work, seats)}
    return [c for c in every(work, seats) if c.unit_id in own or c.id in rung]


def waits_for(call: r.Call, verb: Verb) -> bool:
    """Whether this answer can still be given to this call."""
    if verb == "acknowledge":
        return call.state is CallState.OPEN
    if verb == "depart":
        return call.departed_at is None and call.arrived_at is None
    return call.arrived_at is None
