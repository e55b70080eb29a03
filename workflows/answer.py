"""The unit answers: 签收 · 出动 · 到场 · 反馈, each stamped once. A signature can be taken back for seconds; no answer erases a breach."""

from datetime import datetime, timedelta
from typing import Any

from workflows import arrival, downtime, ladder, places, reach, ringing
from workflows import call as calls
from workflows import held as helds
from workflows import records as r
from workflows import silence as silences
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyClosed, AlreadyDone, NotYours, TooLate
from workflows.states import CallState
from workflows.work import CALL_ENDED, Work


def acknowledge(work: Work, call: r.Call, by: r.Person, at: datetime | None = None) -> int:
    """签收: the unit answers; its clock, reminders and ladder stop. Returns the lateness in seconds. `at`: when it was said, if not now."""
    if call.acknowledged_at is not None and call.state is not CallState.OPEN:
        raise _already(work, call, call.acknowledged_by, call.acknowledged_at)
    late = _answer(work, call, by, CallState.ACKNOWLEDGED, at)
    if _keep_appointment(work, call, by):
        arrival.expect(work, call)
    else:
        arrival.signed(work, call)
    calls.refresh(work, call)
    return late


def unsign(work: Work, call: r.Call) -> None:
    """A signature that does not hold: the call is open again on its original clock, and nobody is told twice."""
    signed_at = call.acknowledged_at or work.now
    call.move(CallState.OPEN)
    work.cancel(call.id)
    call.acknowledged_at = call.acknowledged_by = None
    call.late_seconds = 0
    arrival.stamp(call, signed_at=None, promise=None, asked_at=None, cannot_come=None)
    work.record(Kind.CALL_UNSIGNED, call)
    _clock_goes_on(work, call, signed_at)
    calls.refresh(work, call)


def take_back(work: Work, call: r.Call, by: r.Person) -> None:
    """点错了: a signature is taken back within seconds by whoever gave it. The clock goes on from the original deadline, as if
    nobody had answered; what fell due meanwhile is done at once. Raises TooLate."""
    signed_at = arrival.signed_at(call)
    promised = arrival.promise_of(call) is not None and arrival.agreed_at(call) is None
    if call.state is not CallState.ACKNOWLEDGED or signed_at is None or promised:
        raise AlreadyClosed()
    if _last_signer(work, call) != by.id:
        raise NotYours()
    seconds = work.policy.call.unsign_seconds
    if work.now - signed_at > timedelta(seconds=seconds):
        raise TooLate(seconds=seconds)
    work.cancel(call.id)
    call.move(CallState.OPEN)
    again = call.acknowledged_at is not None and call.acknowledged_at < signed_at
    held = not again and call.window.get("review") in ("held", "proposed")
    reopened = work.events_of(call.id, Kind.CALL_REOPENED)[-1].at.isoformat() if again else None
    arrival.stamp(call, signed_at=None, reopened_at=reopened, promise=None)
    if not again:  # the first signature keeps the credit
        call.acknowledged_at, call.acknowledged_by, call.late_seconds = None, None, 0
    if held:
        call.counts = True
        arrival.stamp(call, review=None)
    work.record(Kind.CALL_TAKEN_BACK, call, by, again=again, held=held, reopened_at=reopened)
    _clock_goes_on(work, call, signed_at)
    calls.refresh(work, call)


def _last_signer(work: Work, call: r.Call) -> str | None:
    signed = work.events_of(call.id, Kind.CALL_ACKNOWLEDGED)
    return signed[-1].by if signed else None


def _clock_goes_on(work: Work, call: r.Call, stopped_at: datetime) -> None:
    """The rest of the original clock, from the moment at which an answer had stopped it."""
    calls.expect_leaving(work, call)
    ladder.go_on(work, "call", call.id, calls.rang_at(call), call.window, stopped_at)
    calls.expect_silence(work, call, arrival.reopened_at(call) or calls.rang_at(call), stopped_at)
    since = calls.silent_since(call)
    if call.breached_at is None and arrival.reopened_at(call) is None:
        work.due("call.breach", call.id, call.due_at)
    work.resume(call.id, "call.nudge", stopped_at)
    if since is None:
        return
    if call.taken_by and call.taken_at:
        work.due("call.taken_check", call.id, call.taken_at + timedelta(minutes=call.window["nag"]["every_minutes"]))
    else:
        silences.escalate(work, call, ladder.step_after(work, since, call.window, stopped_at))


def _keep_appointment(work: Work, call: r.Call, by: r.Person) -> bool:
    """预约 and 1/3/15: whoever signs promises the agreed time. False where there is none, or where it has passed."""
    at = arrival.agreed_at(call)
    if at is None or at <= work.now:
        return False
    kind = "appointed" if arrival.appointment_of(call) else "swift"
    calls.expect_leaving(work, call)  # 签收 ends the window, not the leaving
    given = {"kind": kind, "at": at.isoformat(), "given_at": work.now.isoformat(), "by": by.id}
    arrival.stamp(call, signed_at=work.now.isoformat(), reopened_at=None, advised_at=None, promise=given)
    work.record(Kind.CALL_PROMISED, call, by, promise=kind, at=at.isoformat())
    return True


def depart(work: Work, call: r.Call, by: r.Person) -> None:
    """出动. Implies 签收 if that was skipped. Past once they are there."""
    if call.departed_at is not None or call.arrived_at is not None:
        raise _already(work, call, None, call.departed_at or call.arrived_at)
    was_open = call.state is CallState.OPEN
    _answer(work, call, by, CallState.DEPARTED)
    if was_open and not _keep_appointment(work, call, by):
        arrival.stamp(call, signed_at=work.now.isoformat(), promise=None)
    arrival.expect(work, call)
    call.departed_at = work.now
    work.record(Kind.CALL_DEPARTED, call, by)
    calls.refresh(work, call)


def arrive(work: Work, call: r.Call, by: r.Person, proof: str = "said", at: datetime | None = None) -> None:
    """到场: `said` until the leader taps, the squad's code is sent or one position tells near or far."""
    if call.arrived_at is not None:
        raise _already(work, call, None, call.arrived_at)
    _answer(work, call, by, CallState.ARRIVED, at)
    call.arrived_at, call.arrival = at or work.now, proof
    arrival.there(work, call)
    work.record(Kind.CALL_ARRIVED, call, by, proof=proof, **({"at": at.isoformat()} if at else {}))
    tell(work, Kind.CALL_ARRIVED, call, by=by, proof=proof, **calls.spoken(work, call))
    calls.refresh(work, call)


def prove_arrival(work: Work, call: r.Call, by: r.Person, proof: str) -> None:
    """A proof that comes with the arrival, or after it was said."""
    if call.arrived_at is None:
        arrive(work, call, by, proof)
        return
    if call.arrival in calls.PROVEN:
        raise _already(work, call, None, call.arrived_at)
    call.arrival = proof
    call.rev += 1
    work.record(Kind.CALL_CONFIRMED, call, by, proof=proof)
    calls.refresh(work, call)


def confirm_arrival(work: Work, call: r.Call, by: r.Person) -> None:
    """The leader's tap: they are here. Also stamps an arrival that the unit itself did not press; if that is late, it is a breach."""
    if call.state in CALL_ENDED and call.arrived_at is None:
        raise AlreadyClosed()
    if call.arrival == "leader":
        raise _already(work, call, by.id, call.arrived_at)
    came = call.arrived_at is None
    if came:
        call.move(CallState.ARRIVED)
        call.arrived_at = work.now
        work.cancel(call.id)
        arrival.there(work, call)
        if call.acknowledged_at is None:
            call.acknowledged_at = work.now
            call.late_seconds = calls.late_by(call, work.now)
            if call.late_seconds:
                _breach_unnoticed(work, call, by)
    call.arrival = "leader"
    call.rev += 1
    work.record(Kind.CALL_CONFIRMED, call, by, proof="leader", late_seconds=call.late_seconds)
    if came and call.late_seconds and call.acknowledged_by is None:
        _hold(work, call)
    if came:
        _relieve_soon(work, call, by)
    calls.refresh(work, call)


def is_near(work: Work, call: r.Call, latitude: float, longitude: float) -> bool:
    """Near the pin that was sent with the tip (opened here for this one comparison), else near the centre of grid or village."""
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    here = (latitude, longitude)
    pin = _pin(work, tip)
    if pin is not None:
        return places.metres(here, pin) <= work.policy.near_metres
    place: Any = work.county.grid(tip.grid_id) if tip.grid_id else None
    if place is None and tip.village_id:
        place = work.county.village(tip.village_id)
    return place is not None and places.metres(here, (place.lat, place.lon)) <= work.policy.near_grid_metres


def _pin(work: Work, tip: r.Tip) -> tuple[float, float] | None:
    """The newest position that came with the tip; it is used here and goes nowhere."""
    for item in reversed(work.items(tip.id)):
        if item.kind == "location":
            said = work.unseal(item.account, item.content)
            return said["latitude"], said["longitude"]
    return None


def position(
    work: Work, call: r.Call, by: r.Person, latitude: float, longitude: float, said_at: datetime | None = None
) -> bool:
    """One single position, kept only as near or far; the coordinates are not written down. Only a near one is an arrival."""
    near = is_near(work, call, latitude, longitude)
    if call.arrived_at is None and near:
        arrive(work, call, by, "near", downtime.said_in_time(work, call, said_at))
    elif call.arrival not in calls.PROVEN:
        call.arrival = "near" if near else "far"
        call.rev += 1
        work.record(Kind.CALL_LOCATED, call, by, proof=call.arrival)
        calls.refresh(work, call)
    return near


def report(work: Work, call: r.Call, by: r.Person, outcome: str) -> None:
    """反馈: what came of it."""
    if call.reported_at is not None:
        raise _already(work, call, None, call.reported_at)
    _answer(work, call, by, CallState.REPORTED)
    call.reported_at, call.outcome, call.ended_at = work.now, outcome, work.now
    work.record(Kind.CALL_REPORTED, call, by, outcome=outcome)
    tell(work, Kind.CALL_REPORTED, call, by=by, outcome=outcome, **calls.spoken(work, call))
    calls.refresh(work, call)


def _answer(work: Work, call: r.Call, by: r.Person, to: CallState, at: datetime | None = None) -> int:
    """What every answer does: stop the clock, note a lateness in seconds, never erase a breach. `at`: when it was said, if not now."""
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    at = at or work.now
    late = calls.late_by(call, at) if call.acknowledged_at is None else 0
    again = arrival.reopened_at(call) is not None
    if call.breached_at is not None and at <= call.due_at:
        call.breached_at = call.noted_at = None  # said in time, heard after the breach was noted
        work.record(Kind.CALL_LIFTED, call, by)
    if call.acknowledged_at is None and at > call.due_at:
        _breach_unnoticed(work, call, by)
    call.move(to)
    work.cancel(call.id)
    reach.unit_spoke(work, call, by)
    if call.acknowledged_at is None:
        if at == work.now and downtime.outage_in(work, call) is None:
            ringing.pressed(work, call, by)
        call.acknowledged_at, call.acknowledged_by, call.late_seconds = at, by.id, late
        said = {"at": at.isoformat()} if at != work.now else {}
        work.record(Kind.CALL_ACKNOWLEDGED, call, by, late_seconds=late, went=to is not CallState.ACKNOWLEDGED, **said)
        if late:
            _hold(work, call)
    elif again:
        # the first signature keeps the credit
        went = to is not CallState.ACKNOWLEDGED
        work.record(Kind.CALL_ACKNOWLEDGED, call, by, late_seconds=0, again=True, went=went)
    if by.id in calls.handed_on(call):  # off duty, and yet the one who goes
        arrival.stamp(call, handed_on=[one for one in calls.handed_on(call) if one != by.id])
    _relieve_soon(work, call, by)
    return late


def _breach_unnoticed(work: Work, call: r.Call, by: r.Person) -> None:
    """Somebody answers past the deadline before the clock has noted it: the breach is noted now, at its true time."""
    if call.breached_at is not None:
        return
    silences.note_breach(work, call)
    if downtime.outage_in(work, call) is None:
        tell(work, Kind.CALL_BREACHED, call, by=by, **calls.spoken(work, call), ladder=silences.plan_ahead(work, call))


def _relieve_soon(work: Work, call: r.Call, by: r.Person) -> None:
    """Whoever a step of the ladder has told hears that somebody answers; of a signature, once it can no longer be taken back."""
    if not _to_relieve(call):
        return
    seconds = work.policy.call.unsign_seconds if call.state is CallState.ACKNOWLEDGED else 0
    if seconds:
        work.due("call.relieve", call.id, work.now + timedelta(seconds=seconds), by=by.id)
    else:
        relieve(work, call, by.id)


def _to_relieve(call: r.Call) -> list[str]:
    """Told by the ladder, not called themselves (their card changes), and not told since that somebody answers."""
    done = {*call.called, *call.window.get("relieved", [])}
    return [one for one in call.window.get("paged", []) if one not in done]


def relieve(work: Work, call: r.Call, by_id: str) -> None:
    """有人应了: heads, desk and leaders who were told of a silence need not chase any more."""
    ended = call.state in (CallState.OPEN, CallState.STOOD_DOWN, CallState.CLOSED)
    waiting = _to_relieve(call)
    if ended or not waiting:
        return
    arrival.stamp(call, relieved=[*call.window.get("relieved", []), *waiting])
    to = calls.addresses(work, waiting)
    by = work.person(by_id)
    how = "arrived" if call.acknowledged_by is None else "phone" if by and by.unit_id == work.county.id else "signed"
    work.record(Kind.CALL_HANDLED, call, by, reached=len(to))
    who = {"who": by.label if by else "", "who_en": (by.label_en or by.label) if by else ""}
    tell(
        work, Kind.CALL_HANDLED, call, to=to, by=by, how=how, at=work.now.isoformat(), **who, **calls.spoken(work, call)
    )


def _hold(work: Work, call: r.Call) -> None:
    """A late answer after an outage of our own: the desk is asked whether the breach counts."""
    outage = downtime.hold(work, call)
    if outage is not None:
        helds.begins(work, call)
        began_at, ended_at = outage.began_at.isoformat(), (outage.ended_at or work.now).isoformat()
        tell(work, Kind.CALL_HELD, call, began_at=began_at, ended_at=ended_at, **calls.spoken(work, call))


def _already(work: Work, call: r.Call, person_id: str | None, at: datetime | None) -> AlreadyDone | AlreadyClosed:
    if call.state in (CallState.STOOD_DOWN, CallState.CLOSED):
        return AlreadyClosed()
    person = work.person(person_id)
    return AlreadyDone(by=person, at=at)
