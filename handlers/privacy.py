"""Commands about who sees what: for discipline who opened which original; for everybody their own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.edge import say
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.work import Work

if TYPE_CHECKING:
    from handlers.said import Said

_PASSED_ON = (
    Kind.TIP_READ,
    Kind.TIP_ACCEPTED,
    Kind.TIP_ASSIGNED,
    Kind.TIP_PICKED,
    Kind.TIP_CONFLICTED,
    Kind.TIP_REASSIGNED,
    Kind.TIP_HANDED_ON,
    Kind.TIP_TRANSFERRED,
    Kind.TIP_ASKED,
)
_LINES = 25


def opened(work: Work, said: Said) -> None:
    """/opened, or with a case number, a card's letters or a receipt: who opened and passed on what, when; never who sent it."""
    said.seat(Role.DISCIPLINE, Role.SUPERVISOR)
    number = said.line.replace(" ", "").upper()
    tip = work.tip_called(number) if number else None
    if number and tip is None:
        say(work, said.me, "note.nothing_opened", number=said.line[:30])
        return
    subjects = None if tip is None else _subjects(work, tip)
    found = work.events_like(_PASSED_ON if tip else (Kind.TIP_READ,), subjects, limit=_LINES)
    lines = []
    for event in found:
        person = work.person(event.by)
        about = tip or work.find(r.Tip, event.subject_id)
        lines.append(
            {
                "kind": event.kind,
                "at": event.at.isoformat(),
                "who": person.label if person else "",
                "who_en": (person.label_en or person.label) if person else "",
                "name": tips.display(about, work) if about else "",
            }
        )
    say(work, said.me, "note.opened", name=tips.display(tip, work) if tip else "", events=lines)


def _subjects(work: Work, tip: r.Tip) -> list[str]:
    """The tip and what was merged into it."""
    return [tip.id, *(one.id for one in work.merged_into(tip.id))]


COMMANDS = {"opened": opened}
