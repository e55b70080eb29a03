"""What time is it? Live: the wall clock as it stood at start, carried on by the monotonic one. Rehearsed: one database row.

On PostgreSQL the wall clock is the database's, read at the start of every batch, so that all replicas go by the same one. A jump of the
host's clock therefore moves no deadline; jumps over two seconds are logged.
"""

import time
from datetime import UTC, datetime, timedelta

import structlog

from workflows.records import Clock as Row

log = structlog.get_logger()
_JUMP = timedelta(seconds=2)


class Clock:
    """`now()` is the only time the product knows."""

    def __init__(self) -> None:
        self._host = self._anchor = (datetime.now(UTC), time.monotonic())
        self._row: tuple[datetime, datetime, float] | None = None
        self._told: timedelta = timedelta()

    def real(self) -> datetime:
        """Wall time at start, or the database's at the last batch, plus the seconds that have really passed."""
        return _carried(self._anchor)

    def now(self) -> datetime:
        if self._row is None:
            return self.real()
        real, shown, speed = self._row
        return shown + (self.real() - real) * speed

    def anchor(self, real: datetime, rehearsal: tuple[datetime, datetime, float] | None) -> None:
        """The database says that it is `real` now, and what the rehearsal row holds."""
        self._anchor = (real, time.monotonic())
        self._row = rehearsal

    @property
    def speed(self) -> float:
        """Shown seconds per real second; 0 while a test holds the clock."""
        return 1.0 if self._row is None else self._row[2]

    def follow(self, row: Row | None) -> None:
        """Take over the rehearsal row."""
        self._row = None if row is None else (row.real, row.shown, row.speed)

    def check(self) -> None:
        """Log a jump of the host's clock; our time goes on unmoved."""
        off = datetime.now(UTC) - _carried(self._host)
        if abs(off - self._told) > _JUMP:
            log.warning(
                "the host's clock jumped", action="clock.jumped", seconds=round((off - self._told).total_seconds(), 3)
            )
            self._told = off


def _carried(anchor: tuple[datetime, float]) -> datetime:
    wall, started = anchor
    return wall + timedelta(seconds=time.monotonic() - started)
