"""暂停: until a given time a unit is not called. New calls are written down and ring at its end; what runs already runs on.

A pause is begun by whoever is in charge of the unit, or by the desk; the desk hears of each, and may end it early.
"""

from datetime import datetime, timedelta

from workflows import call as calls
from workflows import ladder, shift
from workflows import opening as openings
from workflows import records as r
from workflows import rung as rungs
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell
from workflows.policy import Urgency
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotBound, NotInCharge, Paused
from workflows.states import CallState
from workflows.work import Work


def may_pause(work: Work, seats: list[r.Person], unit_id: str) -> r.Person:
    """The desk, or whoever is in charge of the unit. Raises NotInCharge."""
    if work.county.unit(unit_id).kind not in ("department", "station"):
        raise NotInCharge() if seats else NotBound()
    for seat in seats:
        if seat.role in (Role.DESK, Role.LEADER_ON_DUTY):
            return seat
    return shift.in_charge(work, seats, unit_id)


def begin(work: Work, unit_id: str, by: r.Person, ends: datetime, why: str) -> r.Pause:
    """From now until `ends` the unit is not called. Raises AlreadyDone while another pause runs."""
    if work.book.reasons.find("pause", why) is None or ends <= work.now:
        raise Gone()
    if ends > work.now + timedelta(hours=work.policy.whistle.pause_max_hours):
        raise Gone()
    running = work.pause_of([unit_id])
    if running is not None:
        raise AlreadyDone(by=work.person(running.begun_by), at=running.begins_at)
    pause = work.add(r.Pause(unit_id=unit_id, begins_at=work.now, ends_at=ends, why=why, begun_by=by.id))
    work.record(Kind.PAUSE_BEGAN, pause, by, unit=unit_id, ends=ends.isoformat(), why=why)
    work.due("pause.over", pause.id, ends)
    who, who_en = by.label, by.label_en or by.label
    tell(work, Kind.PAUSE_BEGAN, pause, by=by, unit=unit_id, ends=ends.isoformat(), why=why, who=who, who_en=who_en)
    return pause


def end(work: Work, pause: r.Pause, by: r.Person) -> None:
    """Before its time: what waited for the end rings now, from the first step."""
    if pause.ended_at is not None or pause.ends_at <= work.now:
        raise AlreadyClosed()
    work.cancel(pause.id)
    before = pause.ends_at
    pause.ends_at = work.now
    _close(work, pause, by)
    for call in work.open_calls(_units(work, pause.unit_id), limit=200):
        if call.state is CallState.OPEN and call.window.get("paused") and not call.called:
            _ring_again(work, call, before)


def over(work: Work, pause: r.Pause) -> None:
    """Its time has come; the calls that waited have deadlines of their own."""
    if pause.ended_at is None:
        _close(work, pause, None)


def _close(work: Work, pause: r.Pause, by: r.Person | None) -> None:
    pause.ended_at = work.now
    work.record(Kind.PAUSE_ENDED, pause, by, unit=pause.unit_id)
    who, who_en = (by.label, by.label_en or by.label) if by else ("", "")
    tell(work, Kind.PAUSE_ENDED, pause, by=by, unit=pause.unit_id, who=who, who_en=who_en)


def _units(work: Work, unit_id: str) -> list[str]:
    return [u.id for u in work.county.units if unit_id in (u.id, u.dept_code)]


def _ring_again(work: Work, call: r.Call, was_to_ring: datetime) -> None:
    """The window begins now, or at the unit's next duty hour."""
    whistle = work.get(r.Whistle, call.whistle_id)
    rings = openings.rings_at(work, call.unit_id, Urgency(whistle.urgency))
    work.cancel(call.id)
    call.due_at = ladder.moment(work, call.window, rings, call.window["window_minutes"])
    call.window = {**call.window, "rings_at": rings.isoformat() if rings > work.now else None, "paused": False}
    call.rev += 1
    facts = {"was": was_to_ring.isoformat(), "rings_at": rings.isoformat(), "due_at": call.due_at.isoformat()}
    work.record(Kind.CALL_RETIMED, call, **facts)
    ladder.start(work, "call", call.id, rings, call.window)
    calls.expect_leaving(work, call)
    if rings > work.now:
        work.due("call.ring", call.id, rings)
    else:
        rungs.ring(work, call)


def check(work: Work, call: r.Call) -> None:
    """Nobody is pressed by hand while the unit is paused and the call has not rung. Raises Paused."""
    pause = work.pause_of(work.county.answering(call.unit_id))
    if pause is not None and not call.called:
        raise Paused(unit=pause.unit_id, until=pause.ends_at, why=pause.why)
