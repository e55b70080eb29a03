"""May this process send, or poll? One replica at a time does; a process that runs alone always may."""

import math
import time

from bot import database
from workflows.work import Work

VALID_SECONDS = 4.0


class Lease:
    """What one process at a time may do. A process that runs alone holds it for ever, with fence 0."""

    def __init__(self, name: str, holder: str | None = None) -> None:
        self.name = name
        self.holder = holder
        self.fence = 0
        self.ready = False  # told to the others with the next beat
        self.others_ready = False  # the holder, another replica, is alive and ready
        self._until = math.inf if holder is None else -math.inf  # monotonic seconds
        self._others: tuple[str | None, float] = (
            None,
            -math.inf,
        )  # who else holds it, and until when, as far as we know

    @property
    def held(self) -> bool:
        return time.monotonic() < self._until

    @property
    def elsewhere(self) -> str | None:
        """Another replica that holds it and is alive, as far as we know."""
        name, until = self._others
        return name if time.monotonic() < until and not self.held else None

    def took(self, fence: int, asked_at: float) -> None:
        """The database gave it; it counts from before we asked."""
        self.fence, self._until, self.others_ready = fence, asked_at + VALID_SECONDS, False

    def lost(self) -> None:
        self._until, self.ready = -math.inf, False

    def seen(self, holder: str | None, left: float, asked_at: float, *, ready: bool) -> None:
        """It is another's for so many seconds from when we asked; of one that hears no more (None) we know only that."""
        self._others = (holder, asked_at + left)
        self.others_ready = ready and left > 0

    def holds(self, work: Work) -> bool:
        """Whether it is ours as this transaction sees it; while the transaction lasts nobody else can take it."""
        return self.holder is None or database.holds_lease(
            work.session.connection(), self.name, self.holder, self.fence
        )
