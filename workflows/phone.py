"""电话: what the telephone settles, and what it does not.

    代签收 ─ confirmed | unconfirmed (a day passed) | denied: the call is open again, on its original clock

The desk signs for a unit that said yes on the phone; a department's own buttons stay the department's. 打不通 is a fact. The leader's
已打通电话 keeps the next step waiting for some minutes, once a step, and answers nothing.
"""

from datetime import datetime, timedelta

from workflows import answer as answers
from workflows import arrival, reach
from workflows import call as calls
from workflows import records as r
from workflows import silence as silences
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotYours
from workflows.states import CallState, PhoneState
from workflows.work import CALL_ENDED, To, Work

SOMEBODY = "other"
"""Spoke to somebody of the unit who has no seat here."""
_STEPS = ("call.tell_early", "call.escalate")
_SAME_TRY = timedelta(minutes=1)


def watcher_of(seats: list[r.Person]) -> r.Person:
    """Whoever watches for the county: the desk, or behind it the leader on duty. Raises NotYours."""
    for role in (Role.DESK, Role.LEADER_ON_DUTY):
        for seat in seats:
            if seat.role == role:
                return seat
    raise NotYours()


def whom(work: Work, call: r.Call) -> list[r.Person]:
    """Whom one may have spoken to: those who were called first, then the unit's others, then the head of the department."""
    called = [p for p in map(work.person, call.called) if p is not None]
    unit = work.county.unit(call.unit_id)
    known = [*called, *work.people(call.unit_id, Role.LIAISON, bound=None)]
    known += work.people(unit.dept_code or unit.id, Role.DEPARTMENT_HEAD, bound=None)
    return list({p.id: p for p in known}.values())


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def sign(work: Work, call: r.Call, by: r.Person, spoke_to: str) -> r.PhoneAnswer:
    """电话代签: the sign clock stops, a late one stays late; the unit confirms within the hours that policy allows."""
    person = next((p for p in whom(work, call) if p.id == spoke_to), None)
    if person is None and spoke_to != SOMEBODY:
        raise Gone()
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    answers.acknowledge(work, call, by)
    confirm_by = work.now + timedelta(hours=work.policy.call.phone_answer_confirm_hours)
    answer = work.add(
        r.PhoneAnswer(
            call_id=call.id,
            signed_by=by.id,
            spoke_to=person.id if person else None,
            signed_at=work.now,
            confirm_by=confirm_by,
        )
    )
    arrival.stamp(call, phone=answer.id)
    work.due("phone.unconfirmed", answer.id, confirm_by)
    work.record(Kind.PHONE_SIGNED, call, by, to=answer.spoke_to or SOMEBODY)
    tell(
        work,
        Kind.PHONE_SIGNED,
        answer,
        to=_who_confirms(work, call, person),
        by=by,
        who=by.label,
        who_en=by.label_en or by.label,
        to_zh=person.label if person else "",
        to_en=(person.label_en or person.label) if person else "",
        confirm_by=confirm_by.isoformat(),
        **calls.spoken(work, call),
    )
    work.refresh(call.id, call.whistle_id)
    return answer


def _who_confirms(work: Work, call: r.Call, person: r.Person | None) -> list[To]:
    """Whoever said yes; if he cannot be asked here, those who were called, then whoever is on duty, then the head."""
    called = [p for p in map(work.person, call.called) if p is not None]
    unit = work.county.unit(call.unit_id)
    return (
        to_person(work, person)
        or to_people(work, called)
        or on_duty(work, call.unit_id, Role.LIAISON)
        or on_duty(work, unit.dept_code or unit.id, Role.DEPARTMENT_HEAD)
    )


def not_reached(work: Work, call: r.Call, by: r.Person) -> None:
    """打不通: a fact for the card and the file; the ladder goes on."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    tries = list(call.window.get("not_reached") or ())
    if tries and tries[-1]["by"] == by.id and work.now - datetime.fromisoformat(tries[-1]["at"]) < _SAME_TRY:
        raise AlreadyDone(by=by, at=datetime.fromisoformat(tries[-1]["at"]))
    arrival.stamp(call, not_reached=[*tries, {"by": by.id, "at": work.now.isoformat()}])
    call.rev += 1
    work.record(Kind.PHONE_UNANSWERED, call, by, times=len(tries) + 1)
    work.refresh(call.id, call.whistle_id)


# ── the unit ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def confirm(work: Work, answer: r.PhoneAnswer, by: r.Person) -> None:
    """是我们答应的. Also after the day has passed."""
    _may_answer(work, answer)
    call = work.get(r.Call, answer.call_id)
    reach.confirm(work, call, answer, by, how="said")
    work.refresh(call.id, call.whistle_id)


def deny(work: Work, answer: r.PhoneAnswer, by: r.Person) -> bool:
    """没有这回事: the desk hears it. Unless the unit has moved since, the call is open again; returns whether it is."""
    _may_answer(work, answer)
    call = work.get(r.Call, answer.call_id)
    answer.move(PhoneState.DENIED)
    answer.answered_by, answer.answered_at = by.id, work.now
    work.cancel(answer.id)
    work.record(Kind.PHONE_DENIED, call, by)
    opens = call.state is CallState.ACKNOWLEDGED and call.window.get("phone") == answer.id
    tell(
        work,
        Kind.PHONE_DENIED,
        answer,
        by=by,
        opens=opens,
        who=by.label,
        who_en=by.label_en or by.label,
        **calls.spoken(work, call),
    )
    if opens and call.acknowledged_by == answer.signed_by:
        answers.unsign(work, call)
    elif opens:  # it had been signed before, and was open again for silence: so it is once more
        call.move(CallState.OPEN)
        work.cancel(call.id)
        arrival.stamp(call, reopened_at=work.now.isoformat(), asked_at=None, promise=None, cannot_come=None)
        call.taken_by = call.taken_at = None
        work.record(Kind.CALL_REOPENED, call, why="denied")
        calls.expect_silence(work, call, work.now)
        silences.escalate(work, call, 0)
    work.refresh(call.id, call.whistle_id)
    return opens


def _may_answer(work: Work, answer: r.PhoneAnswer) -> None:
    if answer.state in (PhoneState.CONFIRMED, PhoneState.DENIED):
        raise AlreadyDone(by=work.person(answer.answered_by), at=answer.answered_at)


def unconfirmed(work: Work, answer: r.PhoneAnswer) -> None:
    """The day has passed without a word: it counts as "by phone, unconfirmed", and every card says so."""
    if answer.state is not PhoneState.WAITING:
        return
    call = work.get(r.Call, answer.call_id)
    answer.move(PhoneState.UNCONFIRMED)
    work.record(Kind.PHONE_UNCONFIRMED, call)
    work.refresh(call.id, call.whistle_id)


# ── the leader ───────────────────────────────────────────────────────────────────────────────────────────────────────


def spoke(work: Work, call: r.Call, by: r.Person) -> datetime:
    """已打通电话: the next step of the ladder waits, once a step. Nothing is answered by it. Returns until when it waits."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    if call.taken_by:
        raise AlreadyDone(by=work.person(call.taken_by), at=call.taken_at)
    waiting = work.waiting(call.id, *_STEPS)
    if not waiting:
        raise AlreadyClosed()
    row = waiting[0]
    step, before = f"{row.kind}.{row.facts['step']}", call.window.get("spoken")
    if before and before["step"] == step:
        raise AlreadyDone(by=work.person(before["by"]), at=datetime.fromisoformat(before["at"]))
    until = max(row.due_at, work.now + timedelta(minutes=work.policy.call.phone_hold_minutes))
    row.done_at, row.outcome = work.now, "postponed"
    work.due(row.kind, call.id, until, **row.facts)
    arrival.stamp(call, spoken={"step": step, "by": by.id, "at": work.now.isoformat(), "until": until.isoformat()})
    call.rev += 1
    work.record(Kind.PHONE_SPOKEN, call, by, until=until.isoformat())
    work.refresh(call.id, call.whistle_id)
    return until
