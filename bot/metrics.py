"""Is the process well? Figures for an outside monitor (Prometheus), and a heartbeat that somebody else watches.

No label names a person: kinds of events, states and lanes only. Ages are seconds of the county's clock.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func
from sqlmodel import col, select

from bot.store import Store
from workflows import records as r
from workflows.events import SECRET
from workflows.states import InboxState, OutboxState
from workflows.work import CALL_LIVE, Lane, Work

log = structlog.get_logger()
HEALTHY_LAG = 10.0
BEAT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the records say at one instant; ages in seconds, 0 where nothing waits."""

    oldest_due: float
    oldest_alarm: float
    last_update: float
    open_deadlines: int
    open_calls: int
    outbox: dict[tuple[str, str], int]
    inbox: dict[str, int]


def measure(work: Work) -> Measured:
    """Read the figures in one transaction."""

    def age(moment: datetime | None) -> float:
        return max(0.0, (work.now - moment).total_seconds()) if moment is not None else 0.0

    one = work.session.exec
    due = one(select(func.min(r.Deadline.due_at)).where(col(r.Deadline.done_at).is_(None))).first()
    alarm = select(func.min(r.Outbox.queued_at)).where(
        r.Outbox.state == OutboxState.QUEUED, r.Outbox.lane == int(Lane.ALARM)
    )
    update = one(select(r.Inbox.received_at).order_by(col(r.Inbox.id).desc()).limit(1)).first()
    waiting = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.FAILED, OutboxState.UNKNOWN)
    lanes = select(r.Outbox.state, r.Outbox.lane, func.count()).where(col(r.Outbox.state).in_(waiting))
    heard = select(r.Inbox.state, func.count()).where(
        col(r.Inbox.state).in_([state for state in InboxState if state is not InboxState.DONE])
    )
    live = col(r.Call.state).in_(CALL_LIVE)
    return Measured(
        oldest_due=age(due),
        oldest_alarm=age(one(alarm).first()),
        last_update=age(update),
        open_deadlines=one(select(func.count()).select_from(r.Deadline).where(col(r.Deadline.done_at).is_(None))).one(),
        open_calls=one(select(func.count()).select_from(r.Call).where(live, col(r.Call.drill).is_(False))).one(),
        outbox={
            (str(s), Lane(lane).name.lower()): n
            for s, lane, n in one(lanes.group_by(r.Outbox.state, col(r.Outbox.lane)))
        },
        inbox={str(s): n for s, n in one(heard.group_by(r.Inbox.state))},
    )


STEP = 10
"""What could be matched with somebody who was seen with a phone in hand is counted in steps of so many."""


def coarse(kind: str, count: int) -> int:
    """What senders do, what is kept from the township, and who looks at whom: no single one shows in a figure."""
    return count - count % STEP if kind in SECRET or kind.startswith(("tip.", "voice.", "reveal.", "data.")) else count


class Metrics:
    """Counts events as they are committed, and reads the rest when asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events: Counter[str] = Counter()
        store.on_commit(self._count)

    def _count(self, facts: list[tuple[str, str, dict[str, Any]]]) -> None:
        self._events.update(kind for kind, _, said in facts if not said.get("drill"))

    async def text(self, tick_lag: float | None) -> bytes:
        """The page that a monitor reads."""
        measured = await self._store.read(measure)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Page(measured, dict(self._events), self._store, tick_lag or 0.0))
        return generate_latest(registry)


class _Page:
    """One scrape, as prometheus_client wants it."""

    def __init__(self, measured: Measured, events: dict[str, int], store: Store, tick_lag: float) -> None:
        self._measured, self._events, self._store, self._lag = measured, events, store, tick_lag

    def collect(self) -> Iterable[Metric]:
        m = self._measured
        gauges = {
            "whistle_tick_lag_seconds": ("real seconds since the last tick began", self._lag),
            "whistle_oldest_due_seconds": ("age of the oldest deadline that is due and not done", m.oldest_due),
            "whistle_oldest_alarm_seconds": ("age of the oldest alarm that has not left", m.oldest_alarm),
            "whistle_last_update_seconds": (
                "since the last update was heard, in whole minutes",
                m.last_update // 60 * 60,
            ),
            "whistle_open_deadlines": ("deadlines not yet done", float(m.open_deadlines)),
            "whistle_open_calls": ("calls not reported, stood down or closed", float(m.open_calls)),
        }
        for name, (about, value) in gauges.items():
            yield GaugeMetricFamily(name, about, value=value)
        outbox = GaugeMetricFamily(
            "whistle_outbox_messages", "messages not sent, by state and lane", labels=("state", "lane")
        )
        for (state, lane), count in sorted(m.outbox.items()):
            outbox.add_metric((state, lane), count)
        yield outbox
        inbox = GaugeMetricFamily("whistle_inbox_updates", "updates not done, by state", labels=("state",))
        for state, count in sorted(m.inbox.items()):
            inbox.add_metric((state,), count)
        yield inbox
        events = CounterMetricFamily("whistle_events", "facts written down since start, by kind", labels=("kind",))
        for kind, count in sorted(self._events.items()):
            if (shown := coarse(kind, count)) > 0:
                events.add_metric((kind,), shown)
        yield events
        yield CounterMetricFamily(
            "whistle_decisions", "decisions taken since start", value=self._store.decisions // STEP * STEP
        )
        yield CounterMetricFamily("whistle_commits", "commits since start", value=self._store.commits // STEP * STEP)


class Heartbeat:
    """GETs an address every minute while the tick is healthy; whoever watches it notices when it stops."""

    def __init__(self, url: str, health: Any, every: float = BEAT_SECONDS) -> None:
        self._url, self._health, self._every = url, health, every
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="heartbeat")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            while True:
                if self._health()["ok"]:
                    try:
                        async with session.get(self._url) as answer:
                            await answer.read()
                    except (aiohttp.ClientError, TimeoutError) as error:
                        log.warning(
                            "the heartbeat did not get through", action="heartbeat.failed", error=type(error).__name__
                        )
                await asyncio.sleep(self._every)
