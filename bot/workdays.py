"""Reads `calendar.csv` again when somebody has changed it: a 调休 that is announced moves the terms that run, without a restart.

Every replica looks for itself, once a minute, at the file's time and size; a file that cannot be read changes nothing and is said once.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from bot.store import Store
from workflows import term
from workflows.county import Day

log = structlog.get_logger()
EVERY = 60.0
"""Seconds between two looks."""
NAME = "calendar.csv"
Mark = tuple[int, int] | None


class Workdays:
    """Watches one file of the county's folder."""

    def __init__(self, store: Store, folder: Path, read: Callable[[Path], Sequence[Day]] | None = None) -> None:
        self._store = store
        self._path = folder / NAME
        self._read = read or _read
        self._seen = self._mark()
        self._task: asyncio.Task[None] | None = None

    def _mark(self) -> Mark:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="workdays")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception:
                log.exception("the calendar could not be looked at", action="calendar.failed")

    async def look(self) -> int:
        """How many running terms moved; 0 where the file is as it was, or cannot be read."""
        mark = self._mark()
        if mark == self._seen:
            return 0
        self._seen = mark
        try:
            days = await asyncio.to_thread(self._read, self._path.parent)
        except Exception as error:  # half-saved, or wrong: the old days hold until it is right
            log.warning(
                "the calendar cannot be read; the old one holds", action="calendar.unread", why=str(error)[:200]
            )
            return 0
        self._store.book.county.take_days(days)
        moved: int = await self._store.decide(term.recount)
        log.info("the calendar was read again", action="calendar.read", days=len(days), moved=moved)
        return moved


def _read(folder: Path) -> Sequence[Day]:
    from bot.county_files import load_calendar

    return load_calendar(folder)
