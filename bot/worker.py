"""A loop beside the store: woken by a commit or by the time, it claims rows that wait and writes every outcome down.

    row ─► COMMIT ─► `_work` claims it, does what takes long outside any transaction ─► what came of it, in a transaction of its own

Nothing that a worker holds in memory matters: what it had begun when it was killed is claimed again from the row.
"""

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

import structlog

from bot.store import Store
from workflows.events import Kind

log = structlog.get_logger()
_SOONEST = 0.25
"""Seconds: a row whose time has come but that another replica holds is not asked for in a busy loop."""
_LONGEST = 60.0


class Worker(ABC):
    """Start, stop, wake and stumble; a subclass says what is done and how long it may rest."""

    name = "worker"
    failed = "worker.failed"
    """`action` of the log line when the loop itself stumbles."""
    wakes: frozenset[Kind] = frozenset()
    """Events after which there may be something to do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.busy = False
        self.next_at: datetime | None = None
        """When the next row may be tried again; None: nothing waits for its time."""
        store.on_commit(self._heard)

    def _heard(self, facts: list[tuple[str, str, dict[str, Any]]]) -> None:
        if any(kind in self.wakes for kind, _, _ in facts):
            self._wake.set()

    @property
    def idle(self) -> bool:
        return not self.busy and not self._wake.is_set()

    async def start(self) -> None:
        self._wake.set()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def poke(self) -> None:
        """Look at once."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self.busy = True
            self._wake.clear()
            try:
                await self._work()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception(f"the {self.name} stumbled", action=self.failed)
                await asyncio.sleep(1)
            finally:
                self.busy = False
            try:
                await asyncio.wait_for(self._wake.wait(), self._rest())
            except TimeoutError:
                continue

    @abstractmethod
    async def _work(self) -> None:
        """Do everything that waits, and set `next_at`."""

    def _rest(self) -> float | None:
        """Seconds until the next try is due; with nothing waiting, a look now and then for what a dead replica left."""
        wait = 30.0 if self._store.me is not None else None
        if self.next_at is None:
            return wait
        speed = self._store.clock.speed
        left = (self.next_at - self._store.clock.now()).total_seconds()
        soon = max(_SOONEST, left / speed) if speed > 0 else _LONGEST
        return min(soon, wait or soon, _LONGEST)
