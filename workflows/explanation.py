"""说明情况: why was nobody heard in time? The breach stays a fact; whether it counts is decided by two people.

    given ─ proposed (认定 or 不计, by the desk) ─ accepted: does not count | rejected: counts
       └──────────── the second one disagrees: back to given

Explained within a day, decided within three working days (policy). The supervisor hears of a unit whose breaches are often let off.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows import call as calls
from workflows import cosign, hours
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_person
from workflows.refusals import AlreadyDone, ExplainedLate, Gone, NoBreach
from workflows.states import ExplanationState
from workflows.work import To, Work


def until(work: Work, call: r.Call) -> datetime | None:
    """Until when a breach can be explained; None while there is none."""
    if call.breached_at is None or call.noted_at is None:
        return None
    return call.noted_at + timedelta(hours=work.policy.call.explain_hours)


def may_explain(work: Work, call: r.Call) -> bool:
    """A breach that counts, of the last day, and not explained yet."""
    end = until(work, call)
    return end is not None and work.now <= end and call.counts and work.explanation_of(call.id) is None


def check(work: Work, call: r.Call) -> None:
    """Raises what stands in the way of explaining."""
    end, earlier = until(work, call), work.explanation_of(call.id)
    if earlier is not None:
        raise AlreadyDone(by=work.person(earlier.given_by), at=earlier.given_at)
    if end is None or not call.counts:
        raise NoBreach()
    if work.now > end:
        raise ExplainedLate(hours=work.policy.call.explain_hours)


def give(work: Work, call: r.Call, by: r.Person, reason: str) -> r.Explanation:
    """One of the county's reasons, once for each breach."""
    check(work, call)
    if work.book.reasons.find("explain", reason) is None:
        raise Gone()
    due_at = hours.after_workdays(work.now, work.policy.call.explanation_decide_wd, work.county)
    found = work.add(
        r.Explanation(
            call_id=call.id, unit_id=call.unit_id, reason=reason, given_by=by.id, given_at=work.now, due_at=due_at
        )
    )
    call.rev += 1
    work.due("explanation.overdue", found.id, due_at)
    work.record(Kind.EXPLANATION_GIVEN, found, by, call=call.id, reason=reason)
    facts = {"reason": reason, "decide_by": due_at.isoformat(), **calls.spoken(work, call)}
    tell(work, Kind.EXPLANATION_GIVEN, found, by=by, who=by.label, who_en=by.label_en or by.label, **facts)
    work.refresh(call.id, call.whistle_id)
    return found


def propose(work: Work, found: r.Explanation, by: r.Person, counts: bool) -> bool:
    """The first signature: 认定 or 不计. Returns whether anybody could be asked for the second one."""
    _open(work, found, ExplanationState.GIVEN)
    call = work.get(r.Call, found.call_id)
    found.move(ExplanationState.PROPOSED)
    found.counts, found.proposed_by, found.proposed_at = counts, by.id, work.now
    work.record(Kind.EXPLANATION_PROPOSED, found, by, call=call.id, counts=counts)
    asked = cosign.seconds(work, by)
    facts = {"reason": found.reason, "counts": counts, "who": by.label, "who_en": by.label_en or by.label}
    tell(work, Kind.EXPLANATION_PROPOSED, found, to=asked, by=by, **facts, **calls.spoken(work, call))
    return bool(asked)


def agree(work: Work, found: r.Explanation, by: r.Person) -> bool:
    """The second signature, of somebody else. Returns whether the breach counts."""
    _open(work, found, ExplanationState.PROPOSED)
    cosign.check(work, found.proposed_by, by)
    call = work.get(r.Call, found.call_id)
    counts = bool(found.counts)
    found.move(ExplanationState.REJECTED if counts else ExplanationState.ACCEPTED)
    found.decided_by, found.decided_at = by.id, work.now
    work.cancel(found.id)
    call.counts = counts
    call.rev += 1
    kind = Kind.EXPLANATION_REJECTED if counts else Kind.EXPLANATION_ACCEPTED
    work.record(kind, found, by, call=call.id, first=found.proposed_by)
    tell(work, kind, found, to=_giver(work, found, call), by=by, reason=found.reason, **calls.spoken(work, call))
    work.refresh(call.id, call.whistle_id)
    if not counts:
        _too_many(work, found)
    return counts


def disagree(work: Work, found: r.Explanation, by: r.Person) -> None:
    """The second one sees it otherwise: it is open again, and the desk hears so."""
    _open(work, found, ExplanationState.PROPOSED)
    cosign.check(work, found.proposed_by, by)
    call = work.get(r.Call, found.call_id)
    found.move(ExplanationState.GIVEN)
    found.counts = found.proposed_by = found.proposed_at = None
    work.record(Kind.EXPLANATION_RETURNED, found, by, call=call.id)
    facts = {"reason": found.reason, "who": by.label, "who_en": by.label_en or by.label, **calls.spoken(work, call)}
    tell(work, Kind.EXPLANATION_RETURNED, found, by=by, **facts)


def _open(work: Work, found: r.Explanation, state: ExplanationState) -> None:
    if found.state is not state:
        by = found.decided_by or found.proposed_by
        raise AlreadyDone(by=work.person(by), at=found.decided_at or found.proposed_at)


def _giver(work: Work, found: r.Explanation, call: r.Call) -> list[To]:
    return to_person(work, work.person(found.given_by)) or on_duty(work, call.unit_id, Role.LIAISON)


def _too_many(work: Work, found: r.Explanation) -> None:
    """More than a fifth of a unit's breaches of one month explained away: the supervisor hears it, once a month. No drill counts."""
    call = work.get(r.Call, found.call_id)
    if call.drill or call.breached_at is None:
        return
    month = call.breached_at.astimezone(ZoneInfo(work.county.timezone))
    month = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (month + timedelta(days=32)).replace(day=1)
    breaches, accepted, told = work.explained(found.unit_id, month, after)
    policy = work.policy.call
    if (
        told
        or breaches < policy.explanation_share_from
        or accepted * 100 <= breaches * policy.explanation_share_percent
    ):
        return
    found.told = True
    work.record(Kind.EXPLANATION_PILED_UP, found, unit=found.unit_id, breaches=breaches, accepted=accepted)
    tell(work, Kind.EXPLANATION_PILED_UP, found, unit=found.unit_id, breaches=breaches, accepted=accepted)


def overdue(work: Work, found: r.Explanation, times: int = 1) -> None:
    """Not decided in time: the desk and the leader on duty hear it, every working day; later the supervisor too."""
    if found.state not in (ExplanationState.GIVEN, ExplanationState.PROPOSED):
        return
    call = work.get(r.Call, found.call_id)
    work.record(Kind.EXPLANATION_OVERDUE, found, call=call.id, times=times)
    facts = {"reason": found.reason, "counts": found.counts, "times": times, **calls.spoken(work, call)}
    tell(work, Kind.EXPLANATION_OVERDUE, found, to=cosign.undecided(work, times), **facts)
    work.due("explanation.overdue", found.id, hours.after_workdays(work.now, 1, work.county), times=times + 1)
