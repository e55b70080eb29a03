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

    @property
    def held(self) -> bool:
        return time.monotonic() < self._until

    def took(self, fence: int, asked_at: float) -> None:
        """The database gave it; it counts from before we asked."""
        self.fence, self._until, self.others_ready = fence, asked_at + VALID_SECONDS, False

    def lost(self) -> None:
        self._until, self.ready = -math.inf, False

    def holds(self, work: Work) -> bool:
        """Whether it is ours as this transaction sees it; while the transaction lasts nobody else can take it."""
        return self.holder is None or database.holds_lease(
            work.session.connection(), self.name, self.holder, self.fence
        )
