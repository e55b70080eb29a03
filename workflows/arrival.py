"""When does a unit that has signed have to be there? The promise, capped by distance; the clocks behind it; the code that proves it.

    签收 ── asked again ── desk told          (no promise yet)
         └─ promise, or the latest time that policy allows ── 在路上? ── no word ── open again
    到场 ── 反馈?

What was promised is stamped on the call beside its window.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from workflows import ladder, places, wish
from workflows import records as r
from workflows.county import UnitKind
from workflows.policy import Urgency
from workflows.states import CallState
from workflows.work import Work

WAITED_FOR = (CallState.ACKNOWLEDGED, CallState.DEPARTED)
CODE_GUESSES = 5
"""So many wrong codes and the call takes none any more: four digits are soon guessed."""


def new_code(work: Work, unit_id: str) -> str:
    """Four digits that no other live call of this unit, its department or its stations has."""
    family = work.county.with_stations([work.county.department_of(unit_id)])
    taken = {code_of(c) for c in work.open_calls(family, limit=9_000)}
    while (code := f"{secrets.randbelow(10_000):04d}") in taken:
        continue
    return code


def code_of(call: r.Call) -> str | None:
    return call.window.get("code")


def appointment_of(call: r.Call) -> datetime | None:
    """预约: when everybody is to be there."""
    found = call.window.get("appointment")
    return datetime.fromisoformat(found) if found else None


def agreed_at(call: r.Call) -> datetime | None:
    """When to be there without anybody having to say so: the appointment, or the last of 1/3/15."""
    minutes = call.window.get("arrive_minutes")
    if minutes is None:
        return appointment_of(call)
    rang = call.window.get("rings_at")
    return (datetime.fromisoformat(rang) if rang else call.opened_at) + timedelta(minutes=minutes)


def promise_of(call: r.Call) -> dict[str, Any] | None:
    """`kind` (in30, in60, appointed), `at` (when they will be there), `given_at`, `by`; None while nothing is promised."""
    return call.window.get("promise")


def signed_at(call: r.Call) -> datetime | None:
    """When the call was signed the last time."""
    found = call.window.get("signed_at")
    return datetime.fromisoformat(found) if found else None


def reopened_at(call: r.Call) -> datetime | None:
    """Since when the call is open again after it was signed."""
    found = call.window.get("reopened_at")
    return datetime.fromisoformat(found) if found and call.state is CallState.OPEN else None


def stamp(call: r.Call, **facts: Any) -> None:
    """Write beside the window what was agreed about this one call."""
    call.window = {**call.window, **facts}


def visit_waits(work: Work, call: r.Call) -> datetime | None:
    """Until when whoever sent the matter asks that nobody comes; not what was whistled as 特急, and not in danger."""
    if work.get(r.Whistle, call.whistle_id).urgency == Urgency.URGENT:
        return None
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    return wish.waits_until(work, tip, work.merged_into(tip.id))


def goes_with_others(work: Work, call: r.Call) -> bool:
    """和别家一起查: the place is not to be looked at alone."""
    if work.get(r.Whistle, call.whistle_id).urgency == Urgency.URGENT:
        return False
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    return wish.goes_with_others(tip, work.merged_into(tip.id))


def not_before(call: r.Call) -> datetime | None:
    """What the sender's wish was when it last changed for this signed call: its clock runs from there."""
    found = call.window.get("not_before")
    return datetime.fromisoformat(found) if found else None


def spare(work: Work, call: r.Call) -> None:
    """The sender's wish has changed, or danger has: whoever has signed is expected by it, and asked again no sooner."""
    until = visit_waits(work, call)
    if call.state not in WAITED_FOR or until == not_before(call):
        return
    stamp(call, not_before=until.isoformat() if until else None, asked_at=None)
    call.rev += 1
    work.cancel(call.id, "call.ask_progress", "call.reopen")
    expect(work, call)
    work.refresh(call.id, call.whistle_id)


def latest(work: Work, call: r.Call) -> datetime:
    """The latest arrival that policy allows: minutes after 签收, or after a visit may be made, by how far the unit has to come."""
    since = signed_at(call) or call.acknowledged_at or work.now
    since = max(since, not_before(call) or since)
    appointment = appointment_of(call)
    if appointment is not None and appointment > since:
        return appointment + timedelta(minutes=call.window["arrival_minutes"]["after_appointment"])
    agreed = agreed_at(call)
    if agreed is not None and agreed > since:
        return agreed
    return since + timedelta(minutes=call.window["arrival_minutes"][_distance(work, call)])


def _distance(work: Work, call: r.Call) -> str:
    """A station is in the township; a department drives from the county seat to the township's centre. Who signed is who drives."""
    signer = work.person(call.acknowledged_by)
    if work.county.unit(signer.unit_id if signer else call.unit_id).kind is UnitKind.STATION:
        return "station"
    township = work.county.township(work.get(r.Whistle, call.whistle_id).township_id)
    seat = work.county.seat_township
    metres = places.metres((seat.lat, seat.lon), (township.lat, township.lon))
    return "near" if metres <= call.window["arrival_minutes"]["near_km"] * 1000 else "far"


def arrive_by(work: Work, call: r.Call) -> datetime | None:
    """What the arrival is measured against: the promise, else the latest time allowed. None before 签收 or if advice is enough."""
    if call.acknowledged_at is None or reopened_at(call) is not None or call.window.get("advised_at"):
        return None
    promise, waits = promise_of(call), not_before(call)
    promised = datetime.fromisoformat(promise["at"]) if promise else None
    return latest(work, call) if promised is None or (waits is not None and promised < waits) else promised


def signed(work: Work, call: r.Call) -> None:
    """签收: a promise is waited for, and behind it stands the latest time."""
    waits = visit_waits(work, call)
    stamp(call, signed_at=work.now.isoformat(), reopened_at=None, promise=None, advised_at=None)
    stamp(call, not_before=waits.isoformat() if waits else None)
    work.due("call.ask_promise", call.id, work.now + timedelta(minutes=call.window["promise_ask_again_minutes"]))
    work.due("call.no_promise", call.id, work.now + timedelta(minutes=call.window["promise_desk_minutes"]))
    expect(work, call)


def expect(work: Work, call: r.Call) -> None:
    """Past the time of arrival and a little more: 在路上?"""
    due = arrive_by(work, call)
    if due is not None:
        at = due + timedelta(minutes=call.window["progress_after_promise_minutes"])
        work.due("call.ask_progress", call.id, max(at, work.now))


def there(work: Work, call: r.Call) -> None:
    """到场: what came of it is waited for."""
    at = ladder.moment(work, call.window, work.now, call.window["report_back_minutes"])
    work.due("call.ask_report", call.id, at)
