"""语音电话: the county's voice or SMS gateway rings a phone that shows no reaction; and whose messages typically come late.

    queued ─ ringing ─ rung (the gateway took it) ─ answered | no_answer | heard     ringing ─ queued again | failed;  queued ─ dropped

A row stands before anything leaves. What the gateway tells is a fact for the card: it answers no call. A drill rings too, and every request
of one says so, in a field and in its words; how fast anybody reacts to one is not kept. Below `call.py`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from workflows import arrival
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell
from workflows.refusals import Gone
from workflows.states import CallState, RingState
from workflows.work import To, Work

RETRY_FOR = timedelta(seconds=60)
STALE = timedelta(seconds=30)
"""A row that was on its way for so long belongs to a process that has ended; the gateway knows the id and rings once."""
RESULTS = ("answered", "no_answer", "heard")


# ── whose messages come late ─────────────────────────────────────────────────────────────────────────────────────────


def pressed(work: Work, call: r.Call, by: r.Person) -> None:
    """An ordinary press: how long after the call reached this person? Kept as the last few numbers of that person alone."""
    if call.drill:
        return  # an announced day says nothing of ordinary ones
    sent_at = work.delivered_at(call.id, by.account) if by.id in call.called else None
    if sent_at is None or sent_at > work.now:
        return
    kept = [*by.lags, int((work.now - sent_at).total_seconds())]
    by.lags = kept[-work.policy.reach.presses :]


def lag_of(work: Work, person: r.Person) -> int | None:
    """The typical lag in seconds; None while there are too few presses to say. For that person and the direct leader only."""
    enough = len(person.lags) >= work.policy.reach.presses_needed
    return int(median(person.lags)) if enough else None


def is_slow(work: Work, person: r.Person) -> bool:
    """通知不畅: typically more than so many minutes."""
    lag = lag_of(work, person)
    return lag is not None and lag > work.policy.reach.slow_minutes * 60


# ── ringing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def first(work: Work, call: r.Call, people: Sequence[r.Person]) -> list[dict[str, str]]:
    """These have just been called. Whoever is 通知不畅 is rung by the gateway at once; returns those whom the desk has to phone instead."""
    slow = [p for p in people if is_slow(work, p)]
    if work.outside.phone:
        for person in slow:
            queue(work, call, person, "slow")
        return []
    return [{"zh": p.label, "en": p.label_en or p.label, "phone": p.phone} for p in slow]


def silent(work: Work, call: r.Call) -> None:
    """The minutes of policy have passed: every phone that was called and has not been rung since the call is open is rung."""
    if call.state is not CallState.OPEN or call.taken_by or not work.outside.phone:
        return
    since = arrival.reopened_at(call)
    passed_over = {one.person_id for one in work.rings_of(call.id) if since is None or one.queued_at >= since}
    passed_over |= set(call.window.get("handed_on", []))
    for person in (p for p in map(work.person, call.called) if p is not None and p.id not in passed_over):
        queue(work, call, person, "silent")


def queue(work: Work, call: r.Call, person: r.Person, why: str) -> r.Ring | None:
    """One phone to be rung; None where no number is known."""
    if not person.phone:
        return None
    ring = work.add(r.Ring(call_id=call.id, person_id=person.id, why=why, queued_at=work.now, not_before=work.now))
    work.record(Kind.PHONE_QUEUED, call, person=person.id, why=why)
    return ring


def claim(work: Work, limit: int = 10) -> list[dict[str, Any]]:
    """Mark what may leave as ringing; what each needs to be told. A call that was answered meanwhile rings nobody."""
    found = []
    for ring in work.rings_due(work.now - STALE, limit):
        call, person = work.get(r.Call, ring.call_id), work.person(ring.person_id)
        if call.state is not CallState.OPEN or person is None or not person.phone:
            ring.state = RingState.DROPPED
            continue
        ring.state, ring.claimed_at, ring.tries = RingState.RINGING, work.now, ring.tries + 1
        township = work.get(r.Whistle, call.whistle_id).township_id
        found.append(
            {
                "id": ring.id,
                "call": call.number,
                "unit": call.unit_id,
                "seat": person.label,
                "phone": person.phone,
                "attempt": ring.tries,
                "drill": call.drill,
                "township": township,
                "due_at": call.due_at.isoformat(),
                "breached": call.breached_at is not None,
                "queued_at": ring.queued_at,
            }
        )
    return found


def taken(work: Work, ring_id: str) -> None:
    """The gateway has taken it: it rings."""
    ring = work.get(r.Ring, ring_id)
    ring.state, ring.rung_at, ring.error = RingState.RUNG, work.now, None
    call = work.get(r.Call, ring.call_id)
    work.record(Kind.PHONE_RUNG, call, person=ring.person_id, tries=ring.tries)
    work.refresh(call.id, call.whistle_id)


def again(work: Work, ring_id: str, why: str) -> bool:
    """1, 2, 4, 8 … seconds inside a minute, then it has failed. Returns whether it goes again."""
    ring = work.get(r.Ring, ring_id)
    at = work.now + timedelta(seconds=min(2.0 ** (ring.tries - 1), 15.0))
    if at - ring.queued_at > RETRY_FOR:
        failed(work, ring_id, why)
        return False
    ring.state, ring.not_before, ring.error = RingState.QUEUED, at, why
    return True


def failed(work: Work, ring_id: str, why: str) -> None:
    """It did not ring. The card says so; the administrator hears it once an hour, the desk at once where it is 特急."""
    ring = work.get(r.Ring, ring_id)
    ring.state, ring.error = RingState.FAILED, why
    call = work.get(r.Call, ring.call_id)
    since = work.now - timedelta(hours=1)
    known = work.count_events(Kind.PHONE_FAILED, "", since)
    work.record(Kind.PHONE_FAILED, call, person=ring.person_id, why=why[:80], tries=ring.tries)
    urgent = work.get(r.Whistle, call.whistle_id).urgency == "urgent"
    to: list[To] = on_duty(work, work.county.id, Role.DESK) if urgent else []
    if not known:
        to += on_duty(work, work.county.id, Role.ADMIN)
    who = work.person(ring.person_id)
    label, label_en = (who.label, who.label_en or who.label) if who else ("", "")
    tell(work, Kind.PHONE_FAILED, call, to=to, who=label, who_en=label_en, unit=call.unit_id, number=call.number)
    work.refresh(call.id, call.whistle_id)


def result(work: Work, ring_id: str, message_id: str, outcome: str) -> bool:
    """What came of it. False: this message was heard before. A result answers no call. Raises Gone."""
    ring = work.find(r.Ring, ring_id)
    if ring is None or outcome not in RESULTS:
        raise Gone()
    if message_id in ring.heard:
        return False
    ring.heard = [*ring.heard, message_id][-20:]
    ring.result, ring.result_at = outcome, work.now
    call = work.get(r.Call, ring.call_id)
    work.record(Kind.PHONE_HEARD, call, person=ring.person_id, result=outcome)
    work.refresh(call.id, call.whistle_id)
    return True


def shown(work: Work, call: r.Call) -> dict[str, Any] | None:
    """The newest ring of a call, as a card shows it."""
    rings = [one for one in work.rings_of(call.id) if one.state in (RingState.RUNG, RingState.FAILED)]
    if not rings:
        return None
    ring = rings[-1]
    at: datetime = ring.result_at or ring.rung_at or ring.queued_at
    return {"state": ring.result or ring.state.value, "at": at.isoformat()}
