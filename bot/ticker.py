"""Time passes: every due deadline row becomes one decision. APScheduler says once a second "it is now"; the rows know the rest.

No breach is noted before the first poll has come back empty (or ten seconds of webhook have passed): what people answered while we were
away is heard first.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.store import Outdated, Store
from workflows import ahead, downtime
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.work import Work

log = structlog.get_logger()
_AT_ONCE = 48
"""Due rows that are one decision: what they need is fetched and written together. A press waits for these few, not for all."""
_TOGETHER = 4
"""So many such decisions are handed in at a time: where nobody waits they share a session, what it has read, and a commit."""
_FEW = 2
"""Up to so many, fetching ahead costs more than it saves."""
Due = Callable[[Work, r.Deadline], None]


class Ticker:
    """Claims what is due, a few rows per decision; one bad row is then done for itself and holds up no other."""

    def __init__(self, store: Store, verbs: dict[str, Due], caught_up: asyncio.Event) -> None:
        self._store = store
        self._verbs = verbs
        self._caught_up = caught_up
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self.idle = False
        self.last_tick: float | None = None
        self._beat_at: datetime | None = None

    async def start(self) -> None:
        self._scheduler.add_job(self._it_is_now, "interval", seconds=1)
        self._scheduler.start()
        self._task = asyncio.create_task(self._run(), name="ticker")

    async def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _it_is_now(self) -> None:
        self._store.clock.check()
        self._wake.set()

    def poke(self) -> None:
        """Look at once instead of at the next second."""
        self.idle = False
        self._wake.set()

    async def _run(self) -> None:
        await self._caught_up.wait()
        await self._store.decide(downtime.over)
        self._beat_at = self._store.clock.now()
        while True:
            try:
                if not self._caught_up.is_set():  # nobody polls at the moment
                    await self._caught_up.wait()
                await self.tick()
            except asyncio.CancelledError:
                raise
            except Outdated as error:
                self._store.outdate(error)
                return
            except Exception:
                log.exception("a tick failed", action="tick.failed")
                await asyncio.sleep(1)
            await self._sleep()

    async def _sleep(self) -> None:
        """Until the next second, an earlier due row, or the exact moment of the next one."""
        store = self._store
        wait = 1.0
        if store.earliest_due is not None and store.clock.speed > 0:
            wait = min(wait, max(0.0, (store.earliest_due - store.clock.now()).total_seconds() / store.clock.speed))
        wakers = [asyncio.create_task(self._wake.wait()), asyncio.create_task(store.due_written.wait())]
        try:
            await asyncio.wait(wakers, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waker in wakers:
                waker.cancel()
        self._wake.clear()
        store.due_written.clear()

    async def tick(self) -> int:
        """Handle everything that is due now; returns how many rows."""
        self.last_tick = asyncio.get_running_loop().time()
        await self._store.decide(self._store.check_version)
        await self._beat()
        handled = 0
        while ids := await self._store.decide(Work.due_now, claim=True):
            self.idle = False
            for many in _batched(ids, _AT_ONCE * _TOGETHER):
                await asyncio.gather(*(self._handle(few) for few in _batched(many, _AT_ONCE)))
            handled += len(ids)
        self._store.earliest_due = await self._store.decide(Work.next_due)
        self.idle = True
        return handled

    async def _beat(self) -> None:
        """A sign of life now and then: an outage is counted from the last one."""
        now = self._store.clock.now()
        if self._beat_at is not None and now - self._beat_at >= downtime.BEAT:
            self._beat_at = now
            await self._store.decide(downtime.beat)

    async def _handle(self, ids: Sequence[int]) -> None:
        """These together; if a verb stumbles, nothing of it was kept, and each is done for itself."""
        try:
            await self._store.decide_patiently(self._do, ids)
        except Exception as error:
            if len(ids) > 1:
                for row_id in ids:
                    await self._handle([row_id])
                return
            log.exception("a deadline failed", action=Kind.DEADLINE_FAILED.value, deadline=ids[0])
            await self._store.decide(_push_back, ids[0], type(error).__name__)

    def _do(self, work: Work, ids: Sequence[int]) -> None:
        rows = work.claim_due(ids)
        if len(rows) > _FEW:
            ahead.look_up(work, rows)
        for row in rows:
            if row.done_at is not None or row.due_at > work.now:  # an earlier one may have overtaken it
                continue
            work.done(row)
            if row.kind.endswith(".remind") and work.due_later_too(row):
                work.done(row, "collapsed")
            else:
                self._verbs[row.kind](work, row)


def _batched(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """So many at a time, in order."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _push_back(work: Work, row_id: int, error: str) -> None:
    """A poisoned row waits longer each time and is told; it never holds up the others."""
    row = work.session.get(r.Deadline, row_id)
    if row is None:
        return
    row.attempts += 1
    row.due_at = work.now + timedelta(seconds=min(30 * 2**row.attempts, 3600))
    work.record(Kind.DEADLINE_FAILED, row, kind=row.kind, error=error[:80], attempts=row.attempts)
    if work.count_events(Kind.DEADLINE_FAILED, "", work.now - timedelta(minutes=1)) == 1:
        tell(work, Kind.DEADLINE_FAILED, row)
