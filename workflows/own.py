"""What people set for themselves: 静音, own extra reminders, status notices, /stop. None of it moves a deadline or a ladder."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from workflows import call as calls
from workflows import nudge as nudges
from workflows import records as r
from workflows import rung as rungs
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people
from workflows.refusals import Gone, NotBound
from workflows.roster import HAS_DUTY
from workflows.states import CallState
from workflows.work import To, Work

_SUPERIOR: dict[str, tuple[str, ...]] = {
    Role.LIAISON: (Role.DEPARTMENT_HEAD,),
    Role.SQUAD_MEMBER: (Role.SQUAD_LEADER,),
    Role.DISPATCHER: (Role.SQUAD_LEADER,),
    Role.LEGAL_REVIEWER: (Role.SQUAD_LEADER,),
    Role.SQUAD_LEADER: (Role.TOWNSHIP_LEADER,),
    Role.DESK: (Role.LEADER_ON_DUTY,),
}
"""Who hears that somebody on duty is not served any more; for all others the county desk."""


# ── mute ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def mute(work: Work, seats: Sequence[r.Person], account: str) -> datetime:
    """静音: one's own reminders rest for a while; deadlines, ladders and alarms do not. Returns until when. Raises NotBound."""
    if not seats:
        raise NotBound()
    identity = work.identity(account)
    identity.muted_until = work.now + timedelta(minutes=work.policy.notice.mute_minutes)
    work.record(Kind.PERSON_MUTED, seats[0], seats[0], until=identity.muted_until.isoformat())
    return identity.muted_until


def unmute(work: Work, seats: Sequence[r.Person], account: str) -> None:
    """取消静音. Raises NotBound."""
    if not seats:
        raise NotBound()
    work.identity(account).muted_until = None
    work.record(Kind.PERSON_MUTED, seats[0], seats[0], until=None)


def set_notices(work: Work, seats: Sequence[r.Person], account: str, off: bool) -> None:
    """进展通知 on or off; alarms come as ever. Raises NotBound."""
    if not seats:
        raise NotBound()
    work.identity(account).notices_off = off
    work.record(Kind.PERSON_SET, seats[0], seats[0], notices=not off)


# ── own extra reminders ──────────────────────────────────────────────────────────────────────────────────────────────


def toggle_minutes(work: Work, seats: Sequence[r.Person], account: str, minutes: int) -> list[int]:
    """One more reminder so many minutes after each ring, or no more. A new one never fires for what is past. Raises NotBound, Gone."""
    if not seats:
        raise NotBound()
    if minutes not in work.policy.notice.own_minutes:
        raise Gone()
    identity = work.identity(account)
    on = minutes not in identity.own_minutes
    chosen = {*identity.own_minutes, minutes} if on else {m for m in identity.own_minutes if m != minutes}
    identity.own_minutes = sorted(chosen)
    work.record(Kind.PERSON_SET, seats[0], seats[0], minutes=identity.own_minutes)
    if on:
        for seat in seats:
            for call in work.calls_rung(seat.id):
                began = nudges.rung_at(work, call, seat)
                if began is not None:
                    nudges.plan(work, call, seat.id, began, [minutes])
    return identity.own_minutes


def nudge(work: Work, call: r.Call, person_id: str, minutes: int) -> None:
    """An own reminder is due: unless it was switched off, or the same moment brings a message about this call anyway."""
    person = work.person(person_id)
    identity = work.find(r.Identity, person.account) if person is not None else None
    if person is None or identity is None or call.state is not CallState.OPEN or minutes not in identity.own_minutes:
        return
    if person_id in calls.handed_on(call) or _comes_anyway(work, call, person):
        return
    work.record(Kind.CALL_NUDGED, call, person=person_id, minutes=minutes)
    tell(work, Kind.CALL_NUDGED, call, to=to_people(work, [person]), minutes=minutes, **calls.spoken(work, call))


def _comes_anyway(work: Work, call: r.Call, person: r.Person) -> bool:
    """Whether this person has just been told, or is told by another row that is due now."""
    if work.told_since(call.id, person.account or "", work.now - timedelta(seconds=1)):
        return True
    for row in work.waiting(call.id, due_by=work.now):
        if row.kind == "call.nudge" and row.facts["person"] == person.id:
            return True
        if row.kind in ("call.remind", "call.breach") and person.id in call.called:
            return True
        if row.kind == "call.escalate" and rungs.told_at(call, row.facts["step"]) in (
            person.role,
            f"person:{person.id}",
        ):
            return True
    return False


# ── /stop and /start ─────────────────────────────────────────────────────────────────────────────────────────────────


def stop(work: Work, account: str) -> list[r.Person]:
    """/stop: nothing is sent any more. Whoever was on duty is no target from now on: running calls ring the next contact at once,
    and the head is told. Returns the seats that were on duty."""
    identity = work.identity(account)
    seats = list(work.seats_of(account))
    if identity.stopped_at is not None:
        return []
    served = [s for s in seats if s.role in HAS_DUTY and s in work.people(s.unit_id, s.role, on_duty=True)]
    identity.stopped_at = work.now
    for seat in seats:
        work.record(Kind.PERSON_STOPPED, seat, seat, on_duty=seat in served)
    for seat in served:
        who, who_en, to = seat.label, seat.label_en or seat.label, superiors(work, seat)
        tell(work, Kind.PERSON_STOPPED, seat, to=to, who=who, who_en=who_en, unit=seat.unit_id)
        for call in work.calls_rung(seat.id):
            rungs.ring_next(work, call)
    return served


def start(work: Work, account: str) -> None:
    """/start: served again."""
    identity = work.find(r.Identity, account)
    if identity is None or identity.stopped_at is None:
        return
    identity.stopped_at = None
    for seat in work.seats_of(account):
        work.record(Kind.PERSON_STARTED, seat, seat)


def superiors(work: Work, seat: r.Person) -> list[To]:
    """Who answers for this person being there: the head of the unit, the squad's leader, the leader on duty; else the desk."""
    roles = _SUPERIOR.get(seat.role, (Role.DESK,))
    unit = seat.unit_id
    if seat.role == Role.LIAISON:
        unit = work.county.department_of(seat.unit_id)
    elif seat.role == Role.SQUAD_LEADER:
        unit = work.county.unit(seat.unit_id).township_ids[0]
    elif roles == (Role.DESK,):
        unit = work.county.id
    return on_duty(work, unit, *roles) or on_duty(work, work.county.id, Role.DESK)
