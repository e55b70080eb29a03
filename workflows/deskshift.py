"""交班: the desk's shift ends with one page of what is open, and somebody takes it over by name.

ended (by the hour of policy, or by /shift) ─ taken_over
   └ nobody takes it: the leader on duty is told
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import arrival, link, reach
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people, to_person
from workflows.refusals import AlreadyDone, SamePerson
from workflows.states import DisputeState, PhoneState, ShiftState
from workflows.work import To, Work

DESK = "desk"
"""The subject of the deadline at which a shift ends."""


def plan(work: Work) -> None:
    """The next end of a shift is written down; run at every start and at every end."""
    work.cancel(DESK, "shift.end")
    work.due("shift.end", DESK, next_end(work))


def next_end(work: Work) -> datetime:
    zone = ZoneInfo(work.county.timezone)
    days = (work.today, work.today + timedelta(days=1))
    ends = [datetime.combine(day, at, zone) for day in days for at in work.policy.desk.shift_ends]
    return min(at for at in ends if at > work.now)


def by_the_clock(work: Work) -> None:
    """The hour has come. With nothing open there is nothing to hand on, and nobody is written to."""
    plan(work)
    page = snapshot(work)
    if page["calls"] or page["explanations"]:
        _end(work, None, page)


def end(work: Work, by: r.Person) -> r.Shift:
    """/shift: whoever leaves hands over what is open now, also when that is nothing."""
    return _end(work, by, snapshot(work))


def _end(work: Work, by: r.Person | None, page: dict[str, Any]) -> r.Shift:
    shift = work.add(r.Shift(ended_at=work.now, ended_by=by.id if by else None, page=page))
    work.record(Kind.SHIFT_ENDED, shift, by, calls=len(page["calls"]), explanations=len(page["explanations"]))
    work.due("shift.unclaimed", shift.id, work.now + timedelta(minutes=work.policy.desk.take_over_minutes))
    who, who_en = (by.label, by.label_en or by.label) if by else ("", "")
    tell(work, Kind.SHIFT_ENDED, shift, to=_next(work, by), by=by, who=who, who_en=who_en, page=page)
    return shift


def _next(work: Work, by: r.Person | None) -> list[To]:
    """Who takes over: the desk people on duty now, else the others, else the leader on duty."""
    county = work.county.id
    leaving = by.account if by else None

    def without(found: list[To]) -> list[To]:
        return [to for to in found if to.account != leaving]

    return (
        without(on_duty(work, county, Role.DESK))
        or without(to_people(work, work.people(county, Role.DESK)))
        or on_duty(work, county, Role.LEADER_ON_DUTY)
    )


def take_over(work: Work, shift: r.Shift, by: r.Person) -> None:
    """接班: by somebody else than who hands over, once."""
    if shift.state is not ShiftState.ENDED:
        raise AlreadyDone(by=work.person(shift.taken_by), at=shift.taken_at)
    leaving = work.person(shift.ended_by)
    if leaving is not None and (leaving.id == by.id or leaving.account == by.account):
        raise SamePerson()
    shift.move(ShiftState.TAKEN_OVER)
    shift.taken_by, shift.taken_at = by.id, work.now
    work.cancel(shift.id)
    work.record(Kind.SHIFT_TAKEN_OVER, shift, by)
    facts = {"who": by.label, "who_en": by.label_en or by.label}
    tell(work, Kind.SHIFT_TAKEN_OVER, shift, to=to_person(work, leaving), by=by, **facts)


def unclaimed(work: Work, shift: r.Shift) -> None:
    """Nobody has taken it over: the leader on duty stands behind the desk."""
    if shift.state is not ShiftState.ENDED:
        return
    work.record(Kind.SHIFT_UNCLAIMED, shift)
    tell(work, Kind.SHIFT_UNCLAIMED, shift, ended_at=shift.ended_at.isoformat(), page=shift.page)


def paper(work: Work, shift: r.Shift, by: r.Person) -> str:
    """The address of the page to print and sign, for one browser."""
    expires_at = work.now + timedelta(hours=work.policy.desk.page_hours)
    return link.make(work, "shift", shift.id, work.county.id, by, expires_at)[1]


def snapshot(work: Work) -> dict[str, Any]:
    """What is open: calls with their promises, what was settled by phone, disputes, who has taken what; explanations to decide."""
    return {
        "at": work.now.isoformat(),
        "desk": [
            {"zh": p.label, "en": p.label_en or p.label}
            for p in work.people(work.county.id, Role.DESK, Role.LEADER_ON_DUTY, on_duty=True)
        ],
        "calls": [_call(work, call) for call in work.open_calls(limit=200)],
        "explanations": [
            {
                "number": work.get(r.Call, one.call_id).number,
                "unit": one.unit_id,
                "reason": one.reason,
                "due_at": one.due_at.isoformat(),
                "counts": one.counts,
            }
            for one in work.explanations_open()
        ],
    }


def _call(work: Work, call: r.Call) -> dict[str, Any]:
    due = arrival.arrive_by(work, call) if call.arrived_at is None else None
    given, answer, dispute = arrival.promise_of(call), reach.phone_answer(work, call), work.dispute_of(call.id)
    taker = work.person(call.taken_by)
    waits = answer is not None and answer.state in (PhoneState.WAITING, PhoneState.UNCONFIRMED)
    return {
        "number": call.number,
        "unit": call.unit_id,
        "township": work.get(r.Whistle, call.whistle_id).township_id,
        "state": call.state.value,
        "due_at": call.due_at.isoformat(),
        "breached": call.breached_at is not None,
        "arrive_by": due.isoformat() if due else None,
        "promised": given is not None,
        "cannot_come": bool(call.window.get("cannot_come")),
        "phone": {"state": answer.state.value, "by": answer.confirm_by.isoformat()} if waits and answer else None,
        "disputed": dispute is not None and dispute.state is DisputeState.RAISED,
        "taken": {"zh": taker.label, "en": taker.label_en or taker.label} if taker else None,
        "plan": call.window.get("plan") if taker else None,
    }
