"""When were we away ourselves? Nobody is blamed for what our own outage may have kept from being heard.

    last sign of life ─── outage ─── all that was said meanwhile has been heard

A press carries no time of its own: one that comes late after an outage within its window is taken, and its breach held until the desk has
decided whether it counts (`held.py`). A message carries Telegram's time, and that one holds.
"""

from datetime import datetime, timedelta

from sqlmodel import col, select

from workflows import records as r
from workflows.events import Kind
from workflows.work import Work

BEAT = timedelta(seconds=15)
AWAY = timedelta(seconds=30)  # two beats: a quick restart is no outage


def beat(work: Work) -> None:
    """We are alive."""
    row = work.find(r.Alive, 1)
    if row is None:
        work.add(r.Alive(id=1, at=work.now))
    else:
        row.at = work.now


def came_back(work: Work) -> None:
    """A process starts. If the last sign of life is old, an outage began then; it goes on until everything has been heard."""
    last = work.find(r.Alive, 1)
    if last is not None and work.now - last.at >= AWAY and _open(work) is None:
        work.add(r.Outage(began_at=last.at))
    beat(work)


def over(work: Work) -> None:
    """All that was said meanwhile has been heard."""
    beat(work)
    row = _open(work)
    if row is not None:
        row.ended_at = work.now
        work.flush()
        work.record(Kind.OUTAGE_ENDED, row, began_at=row.began_at.isoformat(), ended_at=work.now.isoformat())


def _open(work: Work) -> r.Outage | None:
    return work.session.exec(select(r.Outage).where(col(r.Outage.ended_at).is_(None))).first()


def outage_in(work: Work, call: r.Call) -> r.Outage | None:
    """The newest outage within the call's window."""
    rang_at = datetime.fromisoformat(call.window["rings_at"]) if call.window.get("rings_at") else call.opened_at
    return work.newest_outage(rang_at, call.due_at)


def said_in_time(work: Work, call: r.Call, said_at: datetime | None) -> datetime | None:
    """Telegram's own time of a message that was said within the window and is heard after it; None where now is as good."""
    if said_at is None or work.now <= call.due_at or not call.opened_at <= said_at <= call.due_at:
        return None
    return said_at


def hold(work: Work, call: r.Call) -> r.Outage | None:
    """A late answer after an outage: the breach stays on record and counts only when the desk says so. Returns that outage."""
    outage = outage_in(work, call)
    if outage is not None:
        call.counts = False
        call.window = {**call.window, "review": "held"}
        work.record(Kind.CALL_HELD, call, why="system outage overlaps", began_at=outage.began_at.isoformat())
    return outage
