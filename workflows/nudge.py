"""When a person's own extra reminders of a call are due: so many minutes after each ring, never for what is past (see `own.py`)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from workflows import records as r
from workflows.events import Kind
from workflows.work import To, Work


def begins(work: Work, call: r.Call, to: Iterable[To]) -> None:
    """These people are rung, or asked again: their own reminders start from now."""
    for one in to:
        identity = work.find(r.Identity, one.account)
        if identity is not None and identity.own_minutes and one.person_id:
            plan(work, call, one.person_id, work.now, identity.own_minutes)


def plan(work: Work, call: r.Call, person_id: str, began: datetime, minutes: Sequence[int]) -> None:
    """One row for each moment that is still to come; equal moments of two rounds are one."""
    for after in minutes:
        at = began + timedelta(minutes=after)
        if at > work.now and (at, person_id) not in _planned(work, call):
            work.due("call.nudge", call.id, at, person=person_id, minutes=after)


def _planned(work: Work, call: r.Call) -> set[tuple[datetime, str]]:
    return {(row.due_at, row.facts["person"]) for row in work.waiting(call.id, "call.nudge")}


def rung_at(work: Work, call: r.Call, seat: r.Person) -> datetime | None:
    """When this person was rung for this call the last time."""
    rung = [e.at for e in work.events_of(call.id, Kind.CALL_RUNG) if seat.id in e.facts["people"]]
    again = [e.at for e in work.events_of(call.id, Kind.CALL_REOPENED)]
    return max([*rung, *again]) if rung else None
