"""A signed whistle on which nothing has happened for two weeks ends by itself, with the reason, and is listed to the desk.

Nobody is rung about it any more. A call that nobody has signed is never closed like that: its ladder does not fall silent.
"""

from datetime import datetime, timedelta

from workflows import call as calls
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.states import CallState, WhistleState
from workflows.work import CALL_ENDED, Work


def watch(work: Work, whistle: r.Whistle) -> None:
    """From now on."""
    work.due("whistle.expire", whistle.id, work.now + _after(work))


def _after(work: Work) -> timedelta:
    return timedelta(days=work.policy.whistle.auto_close_days)


def _last_move(whistle: r.Whistle, found: list[r.Call]) -> datetime:
    moments = [whistle.opened_at]
    for call in found:
        moments += [call.opened_at, call.acknowledged_at, call.departed_at, call.arrived_at, call.reported_at]  # type: ignore[list-item]
    return max(m for m in moments if m is not None)


def expire(work: Work, whistle: r.Whistle) -> None:
    """Two weeks have passed since it was blown, or since it was last looked at here."""
    if whistle.state is not WhistleState.OPEN:
        return
    found = list(work.calls(whistle.id))
    ends = _last_move(whistle, found) + _after(work)
    if any(c.state is CallState.OPEN for c in found):
        work.due("whistle.expire", whistle.id, max(ends, work.now + timedelta(days=1)))
        return
    if ends > work.now:
        work.due("whistle.expire", whistle.id, ends)
        return
    left = [c for c in found if c.state not in CALL_ENDED]
    whistle.move(WhistleState.SETTLED)
    whistle.ended_at = work.now
    days = work.policy.whistle.auto_close_days
    work.record(Kind.WHISTLE_SETTLED, whistle, why="silent", days=days)
    for call in found:
        if call in left:
            calls.close(work, call, None)
        work.cancel(call.id)
    case = work.get(r.Case, whistle.case_id)
    tip = work.get(r.Tip, case.tip_id)
    units = [c.unit_id for c in left]
    work.record(Kind.WHISTLE_EXPIRED, whistle, units=units, days=days)
    place = {"township": tip.township_id, "village": tip.village_id, "grid": tip.grid_id}
    tell(
        work,
        Kind.WHISTLE_EXPIRED,
        whistle,
        name=case.number,
        place=place,
        matter=tip.matter_code,
        units=units,
        days=days,
    )
    work.refresh(whistle.id)
