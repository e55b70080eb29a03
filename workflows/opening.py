"""How does a call begin? The window of today's policy is stamped on it, and the unit rings now or at its next duty hour."""

from datetime import datetime
from typing import Any

from workflows import arrival, hours, ladder
from workflows import call as calls
from workflows import records as r
from workflows import rung as rungs
from workflows.county import UnitKind
from workflows.events import Kind
from workflows.policy import Urgency, fits
from workflows.work import Work


def open_call(work: Work, whistle: r.Whistle, case: r.Case, unit_id: str) -> r.Call:
    """Ring the unit now. A 普通 whistle rings a unit where nobody sits at this hour at its next duty hour; the clock starts there."""
    urgency = Urgency(whistle.urgency)
    rings = rings_at(work, unit_id, urgency)
    later = rings > work.now
    window = {
        **stamp_of(work, urgency, unit_id, work.get(r.Tip, case.tip_id).matter_code),
        "rings_at": rings.isoformat() if later else None,
        "paused": work.pause_of(work.county.answering(unit_id)) is not None,
        "code": arrival.new_code(work, unit_id),
        "appointment": whistle.appointment.isoformat() if whistle.appointment else None,
    }
    call = work.add(
        r.Call(
            drill=whistle.drill,
            number=f"{case.number}-{len(work.calls_of_case(case.id)) + 1}",
            whistle_id=whistle.id,
            case_id=case.id,
            unit_id=unit_id,
            opened_at=work.now,
            due_at=ladder.moment(work, window, rings, window["window_minutes"]),
            window=window,
        )
    )
    facts = {"number": call.number, "whistle": whistle.id, "unit": unit_id, "urgency": whistle.urgency}
    times = {"rings_at": rings.isoformat(), "due_at": call.due_at.isoformat()}
    work.record(Kind.CALL_OPENED, call, whistle.blown_by, **facts, **times)
    ladder.start(work, "call", call.id, rings, window)
    calls.expect_leaving(work, call)
    calls.expect_silence(work, call, rings)
    if later:
        work.due("call.ring", call.id, rings)
    else:
        rungs.ring(work, call)
    return call


def stamp_of(work: Work, urgency: Urgency, unit_id: str, matter_code: str | None) -> dict[str, Any]:
    """The numbers of today's policy for a call to this unit, with the name of the entry they stand in."""
    rule, window = work.policy.call_rule(urgency, *work.county.answering(unit_id))
    stamped = {**window.stamped, "rule": rule}
    swift = work.policy.call.swift
    if not is_swift(work, urgency, unit_id, matter_code):
        return stamped
    return {
        **stamped,
        "window_minutes": swift.sign_minutes,
        "remind_at": [at for at in stamped["remind_at"] if at < swift.sign_minutes],
        "told_early": [step for step in stamped["told_early"] if step["at_minutes"] < swift.sign_minutes],
        "leave_minutes": swift.leave_minutes,
        "arrive_minutes": swift.arrive_minutes,
    }


def is_swift(work: Work, urgency: Urgency, unit_id: str, matter_code: str | None) -> bool:
    """1/3/15: a station is called 特急 for a matter that policy marks 紧急."""
    swift = work.policy.call.swift
    if not swift.on or urgency is not Urgency.URGENT or matter_code is None:
        return False
    tags = work.county.matter(matter_code).checklist_tags
    return work.county.unit(unit_id).kind is UnitKind.STATION and fits(swift.matters, matter_code, tags)


def rings_at(work: Work, unit_id: str, urgency: Urgency) -> datetime:
    """When a whistle of this urgency would ring at this unit: 特急 and 预约 at once, 预约 without a sound at night.

    While the unit is paused, at once means at the end of the pause.
    """
    pause = work.pause_of(work.county.answering(unit_id))
    soonest = pause.ends_at if pause is not None else work.now
    if urgency is not Urgency.NORMAL:
        return soonest
    return hours.rings_at(work.county.unit(unit_id), soonest, work.county, work.policy.hours)


def rung_first(work: Work, unit_id: str, urgency: Urgency) -> list[r.Person]:
    """Whom `ring` would reach at this unit now; nobody means that its head or the desk is told."""
    rings = stamp_of(work, urgency, unit_id, None)["rings"]
    for unit in work.county.answering(unit_id):
        for posts in (rings, ["post_b"], ["duty_room"]):
            if found := [p for who in posts for p in rungs.of_post(work, unit, who)]:
                return found
    return []
