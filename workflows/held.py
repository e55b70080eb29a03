"""待核: does a late answer count that came through after an outage of our own? Two people say, as of an explanation.

    held ─ proposed (计入 or 不计, by the desk) ─ counts | waived
      └────────── the second one disagrees: held again

Until both have signed it does not count, and nobody lets it lie: past its time desk and leader on duty are asked every working day, then
the supervisor too. When we were away is in `downtime.py`.
"""

from datetime import datetime
from typing import Any

from workflows import arrival, cosign, downtime, hours
from workflows import call as calls
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyDone
from workflows.work import Work

PENDING = ("held", "proposed")
OVERDUE = "call.review_overdue"
_DUE_FOR = "review:"
"""Its deadline stands beside the call's own, which end with the answer that is held."""


def begins(work: Work, call: r.Call) -> None:
    """A late answer is held from now on: somebody decides within the time that policy allows, or is asked again."""
    key = f"{_DUE_FOR}{call.id}"
    work.cancel(key)
    work.due(OVERDUE, key, hours.after_workdays(work.now, work.policy.call.review_decide_wd, work.county), times=1)


def overdue(work: Work, row: r.Deadline) -> None:
    """Nobody, or only one, has signed in time."""
    call = work.find(r.Call, row.subject_id.removeprefix(_DUE_FOR))
    if call is None or call.window.get("review") not in PENDING:
        work.done(row, "overtaken")
        return
    times = int(row.facts["times"])
    said = call.window.get("reviewing") or {}
    work.record(Kind.CALL_REVIEW_OVERDUE, call, times=times)
    facts = {"counts": said.get("counts"), "times": times, **_outage_of(work, call)}
    tell(work, Kind.CALL_REVIEW_OVERDUE, call, to=cosign.undecided(work, times), **facts)
    work.due(OVERDUE, row.subject_id, hours.after_workdays(work.now, 1, work.county), times=times + 1)


def propose(work: Work, call: r.Call, by: r.Person, counts: bool) -> bool:
    """The first signature: 计入 or 不计. Returns whether anybody could be asked for the second one. Raises AlreadyDone."""
    _expect(work, call, "held")
    arrival.stamp(call, review="proposed", reviewing={"counts": counts, "by": by.id, "at": work.now.isoformat()})
    call.rev += 1
    work.record(Kind.CALL_REVIEW_PROPOSED, call, by, counts=counts)
    asked = cosign.seconds(work, by)
    tell(work, Kind.CALL_REVIEW_PROPOSED, call, to=asked, by=by, counts=counts, **_who(by), **_outage_of(work, call))
    work.refresh(call.id, call.whistle_id)
    return bool(asked)


def agree(work: Work, call: r.Call, by: r.Person) -> bool:
    """The second signature, of somebody else. Returns whether the breach counts. Raises AlreadyDone, SamePerson."""
    _expect(work, call, "proposed")
    first = call.window["reviewing"]
    cosign.check(work, first["by"], by)
    counts = bool(first["counts"])
    call.counts = counts
    decided = {**first, "second": by.id, "decided_at": work.now.isoformat()}
    arrival.stamp(call, review="counts" if counts else "waived", reviewing=decided)
    work.cancel(f"{_DUE_FOR}{call.id}")
    call.rev += 1
    work.record(Kind.CALL_REVIEWED, call, by, counts=counts, first=first["by"])
    work.refresh(call.id, call.whistle_id)
    return counts


def disagree(work: Work, call: r.Call, by: r.Person) -> None:
    """The second one sees it otherwise: it is held again, and the desk hears so. Raises AlreadyDone, SamePerson."""
    _expect(work, call, "proposed")
    cosign.check(work, call.window["reviewing"]["by"], by)
    arrival.stamp(call, review="held", reviewing=None)
    call.rev += 1
    work.record(Kind.CALL_REVIEW_RETURNED, call, by)
    tell(work, Kind.CALL_REVIEW_RETURNED, call, by=by, **_who(by), **_outage_of(work, call))
    work.refresh(call.id, call.whistle_id)


def _expect(work: Work, call: r.Call, state: str) -> None:
    if call.window.get("review") == state:
        return
    said = call.window.get("reviewing") or {}
    at = said.get("decided_at") or said.get("at")
    by = work.person(said.get("second") or said.get("by"))
    raise AlreadyDone(by=by or "", at=datetime.fromisoformat(at) if at else None)


def _who(by: r.Person) -> dict[str, Any]:
    return {"who": by.label, "who_en": by.label_en or by.label}


def _outage_of(work: Work, call: r.Call) -> dict[str, Any]:
    outage = downtime.outage_in(work, call)
    return {
        "began_at": outage.began_at.isoformat() if outage else None,
        "ended_at": (outage.ended_at or work.now).isoformat() if outage else None,
        **calls.spoken(work, call),
    }
