"""What does whoever watches for the county do about a silent unit? 我来催 is in `call.py`; here are 改派 and 报带班领导.

Whoever takes a call is named with what he will do; behind the desk stands the leader on duty. No choice lasts for ever: `taken_check`.
"""

from workflows import arrival, promise, whistle
from workflows import call as calls
from workflows import records as r
from workflows import rung as rungs
from workflows import silence as silences
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyClosed, Gone, NoLeader
from workflows.states import CallState
from workflows.work import Work

LEADER = "leader_on_duty"


def report_up(work: Work, call: r.Call, by: r.Person) -> None:
    """报带班领导: the leader on duty is asked now instead of when the ladder comes to it. Raises NoLeader when none is on duty."""
    silences.take(work, call, by, plan="leader")
    if not rungs.tell_step(work, call, LEADER, -1):
        raise NoLeader()


def reassign(work: Work, call: r.Call, by: r.Person, unit_id: str, reason: str, *, both: bool) -> r.Call:
    """改派: another unit is called with a clock of its own; the first need not come, or both do. What was late stays late."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    if work.book.reasons.find("reassign", reason) is None or unit_id not in promise.others(work, call):
        raise Gone()
    opened = whistle.extend(work, work.get(r.Whistle, call.whistle_id), by, unit_id)
    arrival.stamp(call, reassigned={"unit": unit_id, "reason": reason, "both": both, "by": by.id})
    call.rev += 1
    work.record(Kind.CALL_REASSIGNED, call, by, unit=unit_id, reason=reason, both=both, call=opened.id)
    facts = {"other": unit_id, "reason": reason, "both": both, **calls.spoken(work, call)}
    tell(work, Kind.CALL_REASSIGNED, call, by=by, who=by.label, who_en=by.label_en or by.label, **facts)
    if both:
        work.refresh(call.id, call.whistle_id)
    else:
        calls.stand_down(work, call, by, "other_unit")
    return opened
