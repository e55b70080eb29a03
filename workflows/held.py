"""待核: does a late answer count that came through after an outage of our own? Two people say, as of an explanation.

    held ─ proposed (计入 or 不计, by the desk) ─ counts | waived
      └────────── the second one disagrees: held again

Until both have signed it does not count. When we were away is in `downtime.py`.
"""

from datetime import datetime
from typing import Any

from workflows import arrival, cosign, downtime
from workflows import call as calls
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyDone
from workflows.work import Work

PENDING = ("held", "proposed")


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
