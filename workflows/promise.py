"""约定到场: 大概几点能到? What is promised after 签收, what follows when it is not kept, and what the whistler says in the end."""

from datetime import datetime, timedelta

from workflows import answer as answers
from workflows import arrival, hours, reach
from workflows import call as calls
from workflows import records as r
from workflows import silence as silences
from workflows import whistle as whistles
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty_near, tell, to_person
from workflows.policy import Urgency
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone
from workflows.states import CallState, CaseState, DisputeState, WhistleState
from workflows.work import CALL_ENDED, To, Work

MINUTES = {"in30": 30, "in60": 60}
SLOTS_OFFERED = 6
RATINGS = ("good", "fair", "poor")


# ── the unit promises ────────────────────────────────────────────────────────────────────────────────────────────────


def slots(work: Work, call: r.Call) -> list[datetime]:
    """The times that 约个时间 offers: the hours of policy on working days, the next first. 特急 has no appointments."""
    if Urgency(work.get(r.Whistle, call.whistle_id).urgency) is Urgency.URGENT:
        return []
    soonest = max(
        work.now + timedelta(minutes=work.policy.hours.appointment_ahead_minutes), arrival.not_before(call) or work.now
    )
    return hours.slots(soonest, work.county, work.policy.hours, SLOTS_OFFERED, also=work.today)


def promise(work: Work, call: r.Call, by: r.Person, kind: str) -> datetime:
    """30分钟内 · 1小时内, from now or from when a visit may be made; not later than distance allows. Returns the time that now counts."""
    if kind not in MINUTES:
        raise Gone()
    _may_promise(work, call)
    since = max(work.now, arrival.not_before(call) or work.now)  # nobody promises to come while the visit is to wait
    at = min(since + timedelta(minutes=MINUTES[kind]), arrival.latest(work, call))
    return _stamp(work, call, by, kind, max(at, work.now))


def appoint(work: Work, call: r.Call, by: r.Person, at: datetime) -> datetime:
    """约个时间: one of the offered times. The desk may set one too, after 来不了."""
    if call.state not in arrival.WAITED_FOR:
        raise AlreadyClosed()
    if by.role != Role.DESK:
        _may_promise(work, call)
    if at not in slots(work, call):
        raise Gone()
    return _stamp(work, call, by, "appointed", at)


def _may_promise(work: Work, call: r.Call) -> None:
    given = arrival.promise_of(call)
    if call.state not in arrival.WAITED_FOR:
        raise AlreadyClosed()
    if given is not None:
        raise AlreadyDone(by=work.person(given["by"]), at=datetime.fromisoformat(given["given_at"]))


def _stamp(work: Work, call: r.Call, by: r.Person, kind: str, at: datetime) -> datetime:
    given = {"kind": kind, "at": at.isoformat(), "given_at": work.now.isoformat(), "by": by.id}
    arrival.stamp(call, promise=given, cannot_come=None)
    reach.unit_spoke(work, call, by)
    call.rev += 1
    work.cancel(call.id)
    answers.relieve(work, call, by.id)  # who promises does not take the signature back
    arrival.expect(work, call)
    work.record(Kind.CALL_PROMISED, call, by, promise=kind, at=at.isoformat())
    work.refresh(call.id, call.whistle_id)
    return at


def cannot_come(work: Work, call: r.Call, by: r.Person, reason: str) -> None:
    """来不了: the desk decides; until it has, the clock of the arrival runs."""
    if call.state not in arrival.WAITED_FOR:
        raise AlreadyClosed()
    if work.book.reasons.find("cannot_come", reason) is None:
        raise Gone()
    if call.window.get("cannot_come"):
        raise AlreadyDone(by=by, at=None)
    arrival.stamp(call, cannot_come=reason)
    call.rev += 1
    work.cancel(call.id, "call.ask_promise", "call.no_promise")
    work.record(Kind.CALL_CANNOT_COME, call, by, reason=reason)
    tell(work, Kind.CALL_CANNOT_COME, call, by=by, reason=reason, **calls.spoken(work, call))
    work.refresh(call.id, call.whistle_id)


# ── the desk decides ─────────────────────────────────────────────────────────────────────────────────────────────────


def waits_for_desk(call: r.Call) -> bool:
    return bool(call.window.get("cannot_come")) and call.state in arrival.WAITED_FOR


def advise(work: Work, call: r.Call, by: r.Person) -> None:
    """Advice by phone is enough: nobody has to come, the unit still reports back."""
    _decide(work, call)
    arrival.stamp(call, cannot_come=None, advised_at=work.now.isoformat())
    work.cancel(call.id)
    arrival.there(work, call)
    _tell_decision(work, call, by, "advice", None)


def later(work: Work, call: r.Call, by: r.Person, at: datetime) -> None:
    """A later time that the desk has agreed."""
    _decide(work, call)
    appoint(work, call, by, at)
    _tell_decision(work, call, by, "later", at)


def send_other(work: Work, call: r.Call, by: r.Person, unit_id: str) -> r.Call:
    """改派: another unit is called with a window of its own; this one need not come."""
    _decide(work, call)
    calls.stand_down(work, call, by, "other_unit")
    return whistles.extend(work, work.get(r.Whistle, call.whistle_id), by, unit_id)


def others(work: Work, call: r.Call) -> list[str]:
    """Units the desk may send instead: what the matter suggests, then the township's stations and the other departments."""
    whistle = work.get(r.Whistle, call.whistle_id)
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    proposal = whistles.propose(work, tip)
    named = [proposal.lead, proposal.co, *(u.id for u in work.county.stations(whistle.township_id))]
    known = [u for u in [*named, *(u.id for u in work.county.departments())] if u]
    department = work.county.department_of
    live = {department(c.unit_id) for c in work.calls(whistle.id) if c.state not in CALL_ENDED and c.id != call.id}
    return [u for u in dict.fromkeys(known) if department(u) not in live and u != call.unit_id]


def _decide(work: Work, call: r.Call) -> None:
    if call.state not in arrival.WAITED_FOR:
        raise AlreadyClosed()
    if not waits_for_desk(call):
        raise AlreadyDone(by="", at=None)


def _tell_decision(work: Work, call: r.Call, by: r.Person, decision: str, at: datetime | None) -> None:
    call.rev += 1
    work.record(Kind.CALL_DECIDED, call, by, decision=decision, at=at.isoformat() if at else None)
    facts = {"decision": decision, "at": at.isoformat() if at else None, **calls.spoken(work, call)}
    tell(work, Kind.CALL_DECIDED, call, to=_signer_or_duty(work, call), by=by, **facts)
    work.refresh(call.id, call.whistle_id)


# ── time passes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _signer(work: Work, call: r.Call) -> list[To]:
    return to_person(work, work.person(reach.signer_of(work, call)))


def _signer_or_duty(work: Work, call: r.Call) -> list[To]:
    """One person is asked; if the signer cannot be reached any more, whoever is on duty."""
    return _signer(work, call) or on_duty_near(work, call.unit_id, Role.LIAISON)


def _both(work: Work, call: r.Call) -> list[To]:
    """The signer first, then whoever is on duty now."""
    return [*_signer(work, call), *on_duty_near(work, call.unit_id, Role.LIAISON)]


def _nothing_to_ask(work: Work, call: r.Call) -> bool:
    """Promised, gone, or before the desk already: whether they come at all is for it to say."""
    dispute = work.dispute_of(call.id)
    disputed = dispute is not None and dispute.state is DisputeState.RAISED
    return call.state is not CallState.ACKNOWLEDGED or arrival.promise_of(call) is not None or disputed


def ask_again(work: Work, call: r.Call) -> None:
    """No expected time yet: asked once more."""
    if _nothing_to_ask(work, call):
        return
    work.record(Kind.CALL_PROMISE_ASKED, call)
    tell(work, Kind.CALL_PROMISE_ASKED, call, to=_signer_or_duty(work, call), **calls.spoken(work, call))


def no_promise(work: Work, call: r.Call) -> None:
    """Still none: the desk hears of it."""
    if _nothing_to_ask(work, call):
        return
    by = arrival.latest(work, call).isoformat()
    work.record(Kind.CALL_UNPROMISED, call)
    tell(work, Kind.CALL_UNPROMISED, call, arrive_by=by, **calls.spoken(work, call))


def ask_progress(work: Work, call: r.Call) -> None:
    """在路上? Silence after the promised time is asked about, first the signer, then whoever is on duty now."""
    if call.state not in arrival.WAITED_FOR:
        return
    answer_by = work.now + timedelta(minutes=call.window.get("progress_answer_minutes", 5))
    arrival.stamp(call, asked_at=work.now.isoformat())
    work.record(Kind.CALL_PROGRESS_ASKED, call)
    work.due("call.reopen", call.id, answer_by)
    facts = calls.spoken(work, call)
    tell(work, Kind.CALL_PROGRESS_ASKED, call, to=_both(work, call), answer_by=answer_by.isoformat(), **facts)


def on_the_way(work: Work, call: r.Call, by: r.Person) -> datetime:
    """在路上: one entry; the same limit begins anew. Returns when it will be asked again."""
    if call.state not in arrival.WAITED_FOR:
        raise AlreadyClosed()
    if call.window.get("asked_at") is None:
        raise AlreadyDone(by="", at=None)
    arrival.stamp(call, asked_at=None)
    call.rev += 1
    work.cancel(call.id, "call.reopen", "call.ask_progress")
    again = work.now + timedelta(minutes=call.window["progress_after_promise_minutes"])
    work.due("call.ask_progress", call.id, again)
    work.record(Kind.CALL_ON_WAY, call, by)
    work.refresh(call.id, call.whistle_id)
    return again


def reopen(work: Work, call: r.Call) -> None:
    """No word for five minutes: the call is open again, and the ladder goes on. The signature stays a fact."""
    if call.state not in arrival.WAITED_FOR or call.window.get("asked_at") is None:
        return
    silences.open_again(work, call, "silent")
    silences.escalate(work, call, 0)


def ask_report(work: Work, call: r.Call) -> None:
    """They were there; what came of it?"""
    if call.state in CALL_ENDED or call.state is CallState.OPEN:
        return
    work.record(Kind.CALL_REPORT_ASKED, call)
    tell(work, Kind.CALL_REPORT_ASKED, call, to=_signer_or_duty(work, call), **calls.spoken(work, call))


# ── the code, and the whistler's word ────────────────────────────────────────────────────────────────────────────────


def by_code(work: Work, coming: list[r.Call], by: r.Person, code: str) -> r.Call | None:
    """Four digits read from the squad's card prove an arrival. None: no call of this unit has them, or too many were guessed."""
    for call in coming:
        if call.window.get("misread", 0) < arrival.CODE_GUESSES and arrival.code_of(call) == code:
            answers.prove_arrival(work, call, by, "code")
            return call
    for call in coming:
        arrival.stamp(call, misread=call.window.get("misread", 0) + 1)
        work.record(Kind.CALL_MISREAD, call, by)
    return None


def rating_of(call: r.Call) -> str | None:
    return call.window.get("rating")


def may_be_rated(work: Work, call: r.Call) -> bool:
    """Once, after the unit reported back, or was there when the case ended."""
    if rating_of(call) is not None or call.state is CallState.STOOD_DOWN:
        return False
    whistle = work.get(r.Whistle, call.whistle_id)
    ended = whistle.state is WhistleState.SETTLED or work.get(r.Case, call.case_id).state is CaseState.CLOSED
    return call.reported_at is not None or (ended and call.arrived_at is not None)


def rate(work: Work, call: r.Call, by: r.Person, rating: str) -> None:
    """One tap of whoever may blow (Q-04)."""
    if rating not in RATINGS:
        raise Gone()
    if not may_be_rated(work, call):
        raise AlreadyDone(by="", at=None)
    arrival.stamp(call, rating=rating)
    call.rev += 1
    work.record(Kind.CALL_RATED, call, by, rating=rating)
    work.refresh(call.whistle_id)
