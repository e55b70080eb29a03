"""What is counted about units: signed in time, breaches, how fast, arrived as promised. From the records alone: a second count is the same.

Left out: drills, what the desk or a ruling does not count (our outages, wrong calls, accepted explanations), and calls that ended before
anybody had to answer. Nothing comes from fines or numbers of cases (行政处罚法 art. 74), and nobody is ranked: one unit at a time,
and no person at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows import arrival
from workflows import records as r
from workflows.states import CallState
from workflows.work import Work


@dataclass(frozen=True, slots=True)
class Figures:
    """Of calls that a unit was called to, or of tips that a squad was sent. Exactly on time is in time."""

    counted: int = 0
    in_time: int = 0
    breaches: int = 0
    answered: int = 0
    waited: timedelta = timedelta()
    """The sum of what all answered ones waited, from ringing to answer."""
    expected: int = 0
    """Signed calls whose arrival can be measured against a promise or the latest time."""
    kept: int = 0
    left_out: int = 0

    @property
    def breach_rate(self) -> float | None:
        """Breaches of all that count, 0–1; None without any."""
        return self.breaches / self.counted if self.counted else None

    @property
    def mean_answer(self) -> timedelta | None:
        """MTTA: from ringing to answer, over what was answered at all."""
        return self.waited / self.answered if self.answered else None


def of_unit(work: Work, unit_ids: Iterable[str], since: datetime, until: datetime) -> Figures:
    """The calls of these units that rang in `since` ≤ t < `until` and are decided by now."""
    counted, left_out = [], 0
    for call in work.calls_between(unit_ids, since, until):
        if not call.counts or call.drill or _ended_unanswered(call):
            left_out += 1
        elif call.acknowledged_at is not None or call.due_at < work.now:
            counted.append(call)
    answered = [c for c in counted if c.acknowledged_at is not None]
    measured = [
        (c, by) for c in answered if (by := arrival.arrive_by(work, c)) is not None and _arrival_known(c, by, work.now)
    ]
    return Figures(
        counted=len(counted),
        in_time=sum(in_time(c.acknowledged_at, c.due_at) for c in counted),
        breaches=sum(not in_time(c.acknowledged_at, c.due_at) for c in counted),
        answered=len(answered),
        waited=sum((c.acknowledged_at - rang_at(c) for c in answered if c.acknowledged_at), timedelta()),
        expected=len(measured),
        kept=sum(c.arrived_at is not None and c.arrived_at <= by for c, by in measured),
        left_out=left_out,
    )


def of_squad(work: Work, township_id: str, since: datetime, until: datetime) -> Figures:
    """The township's tips of this period: taken over within the window, and how fast; not those that the township does not see."""
    tips = [
        t
        for t in work.tips_between(township_id, since, until)
        if t.due_at is not None and not t.by_staff and not t.hidden
    ]
    counted = [
        t for t in tips if t.accepted_at is not None or (t.ended_at is None and t.due_at and t.due_at < work.now)
    ]
    answered = [t for t in counted if t.accepted_at is not None]
    return Figures(
        counted=len(counted),
        in_time=sum(t.breached_at is None and t.accepted_at is not None for t in counted),
        breaches=sum(t.breached_at is not None for t in counted),
        answered=len(answered),
        waited=sum((t.accepted_at - t.first_at for t in answered if t.accepted_at), timedelta()),
        left_out=len(tips) - len(counted),
    )


def reached(work: Work, township_id: str, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
    """What the township's cases ended in without a penalty, as (outcome, unit, quantity): nothing of fines, and no mark is made of it."""
    soft = [one.code for one in work.book.reasons.outcome if one.units]
    return list(work.outcomes_between(township_id, soft, since, until))


def in_time(answered_at: datetime | None, due_at: datetime) -> bool:
    return answered_at is not None and answered_at <= due_at


def rang_at(call: r.Call) -> datetime:
    """When the window began: a call at night rings in the morning."""
    later = call.window.get("rings_at")
    return datetime.fromisoformat(later) if later else call.opened_at


def _ended_unanswered(call: r.Call) -> bool:
    """Stood down or closed while the unit still had time."""
    ended = call.state in (CallState.STOOD_DOWN, CallState.CLOSED) and call.acknowledged_at is None
    return ended and call.ended_at is not None and call.ended_at <= call.due_at


def _arrival_known(call: r.Call, by: datetime, now: datetime) -> bool:
    if call.arrived_at is not None:
        return True
    return call.ended_at is None and by < now
