"""The digest: twice a day, what has happened since the last one and what is open, to the desk and to the leaders of each township.

The row of the next one is always there. If we were away at its time it is sent on return, once, and says which day it is about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import hotspot as hotspots
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell
from workflows.states import CallState, TipState
from workflows.work import Work

DUE = "digest.send"
_COUNTED = {
    Kind.CALL_OPENED: "called",
    Kind.CALL_ACKNOWLEDGED: "signed",
    Kind.CALL_BREACHED: "breached",
    Kind.CALL_ARRIVED: "arrived",
    Kind.CALL_REPORTED: "reported",
    Kind.TIP_SUBMITTED: "tips",
    Kind.MESSAGE_DELAYED: "delayed",
    Kind.CALL_UNDELIVERED: "undelivered",
}
_UNDER_WAY = (CallState.ACKNOWLEDGED, CallState.DEPARTED, CallState.ARRIVED)
_LISTED = 10


def slots(work: Work, around: datetime) -> list[datetime]:
    """The times of the digest on the local day before, on and after this moment."""
    zone = ZoneInfo(work.county.timezone)
    day = around.astimezone(zone).date()
    days = [day + timedelta(days=n) for n in (-1, 0, 1)]
    return sorted(datetime.combine(d, at, zone) for d in days for at in work.policy.notice.digest_at)


def plan(work: Work) -> None:
    """The next one is due at its time. A row that waits stays, unless clock or policy have changed and it would come too late."""
    if not work.policy.notice.digest_at:
        return
    following = next(at for at in slots(work, work.now) if at > work.now)
    waiting = work.waiting(DUE, DUE)
    if not waiting or waiting[0].due_at > following:
        work.cancel(DUE)
        work.due(DUE, DUE, following)


def send(work: Work) -> None:
    """The digest of the latest time that has passed; those before it were missed and are part of it."""
    times = slots(work, work.now)
    slot = max(at for at in times if at <= work.now)
    plan(work)
    key = f"{slot:%Y-%m-%dT%H:%M}"
    if work.events_of(key, Kind.DIGEST_SENT, limit=1):
        return
    last = work.last_event(Kind.DIGEST_SENT)
    since = datetime.fromisoformat(last.facts["slot"]) if last else max(at for at in times if at < slot)
    stub = r.Draft(ref=key, kind="digest", subject_id="", by="", at=work.now)
    happened = work.events_between(since, slot, *_COUNTED, Kind.WHISTLE_EXPIRED)
    work.record(Kind.DIGEST_SENT, stub, slot=slot.isoformat(), late_seconds=int((work.now - slot).total_seconds()))
    real = [(e, _township_of(work, e)) for e in happened if not e.facts.get("drill")]
    spots = hotspots.find(work, new_since=since)
    desk = [*on_duty(work, work.county.id, Role.DESK), *on_duty(work, work.county.id, Role.LEADER_ON_DUTY)]
    _tell(work, stub, slot, since, None, [e for e, _ in real], spots, desk)
    news = {township for _, township in real} | {one.township_id for one in spots} | work.townships_waiting()
    for township in work.county.townships:
        if township.id not in news:  # no news, no message
            continue
        squad = work.county.squad_of(township.id).id
        leaders = [*on_duty(work, squad, Role.SQUAD_LEADER), *on_duty(work, township.id, Role.TOWNSHIP_LEADER)]
        if leaders:
            own = [e for e, where in real if where == township.id]
            theirs = [one for one in spots if one.township_id == township.id]
            _tell(work, stub, slot, since, township.id, own, theirs, leaders)


def _tell(
    work: Work,
    stub: r.Draft,
    slot: datetime,
    since: datetime,
    township: str | None,
    own: Sequence[r.Event],
    spots: Sequence[hotspots.Hotspot],
    to: list[Any],
) -> None:
    """No news, no message."""
    counts = dict.fromkeys(_COUNTED.values(), 0)
    for event in own:
        if event.kind in _COUNTED:
            counts[_COUNTED[Kind(event.kind)]] += 1
    delays = [e.facts["seconds"] for e in own if e.kind == Kind.MESSAGE_DELAYED]
    unsigned = work.calls_under_way(township, CallState.OPEN, limit=_LISTED)
    under_way = work.calls_under_way(township, *_UNDER_WAY, limit=_LISTED)
    if township is None:
        waiting = work.tips_waiting(TipState.SUBMITTED)
    else:
        waiting = work.tips_of_township(township, TipState.SUBMITTED)
    expired = [e for e in own if e.kind == Kind.WHISTLE_EXPIRED]
    if not (any(counts.values()) or unsigned or under_way or waiting or expired or spots):
        return
    tell(
        work,
        Kind.DIGEST_SENT,
        stub,
        to=to,
        day=slot.date().isoformat(),
        at=slot.isoformat(),
        since=since.isoformat(),
        township=township,
        counts=counts,
        longest_delay=max(delays, default=0),
        open=work.count_calls_under_way(township, CallState.OPEN, *_UNDER_WAY),
        unsigned=[_line(c) for c in unsigned],
        under_way=[_line(c) for c in under_way],
        tips=[tips.display(t, work) for t in waiting if not t.hidden or township is None][:_LISTED],
        spots=[hotspots.line(one) for one in spots[: hotspots.LISTED]],
        expired=[_expired(work, e) for e in expired][:_LISTED],
    )


def _line(call: r.Call) -> dict[str, Any]:
    return {
        "number": call.number,
        "unit": call.unit_id,
        "state": call.state.value,
        "due_at": call.due_at.isoformat(),
        "breached": call.breached_at is not None,
    }


def _expired(work: Work, event: r.Event) -> dict[str, Any]:
    case = work.get(r.Case, event.case_id)
    return {"name": case.number, "units": event.facts["units"], "days": event.facts["days"]}


def _township_of(work: Work, event: r.Event) -> str | None:
    if event.subject == "tip":
        tip = work.find(r.Tip, event.subject_id)
        return tip.township_id if tip is not None and not tip.hidden else None
    case = work.find(r.Case, event.case_id)
    return case.township_id if case is not None and not case.hidden else None
