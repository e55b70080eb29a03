"""When Telegram fails on purpose: faults that were ordered, and flood limits once they are switched on."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import Misused, Refused

KINDS = ("429", "403", "400", "500", "502", "hang", "lost_answer", "reset", "duplicate_update", "slow")
_WORDS = {
    "400": "Bad Request: chat not found",
    "403": "Forbidden: bot was blocked by the user",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
}


@dataclass
class Fault:
    kind: str
    method: str | None  # None: every method except getUpdates, so that polling does not eat it
    chat: int | None
    seconds: float
    retry_after: int
    description: str | None
    left: int | None  # None: until cleared

    def suits(self, method: str, chat: int | None) -> bool:
        if self.kind == "duplicate_update" or (self.chat is not None and self.chat != chat):
            return False
        return method != "getupdates" if self.method is None else self.method == method

    def error(self) -> Refused | None:
        """The error this fault answers with; None when it does something else."""
        if self.kind == "429":
            words = self.description or f"Too Many Requests: retry after {self.retry_after}"
            return Refused(429, words, retry_after=self.retry_after)
        if self.kind in _WORDS:
            return Refused(int(self.kind), self.description or _WORDS[self.kind])
        return None


class Faults:
    """Faults in the order they were asked for; each is used up after its number of times."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def __len__(self) -> int:
        return len(self._queue)

    def order(
        self,
        kind: str,
        *,
        method: str | None = None,
        chat: int | None = None,
        seconds: float = 0.5,
        retry_after: int = 1,
        description: str | None = None,
        times: int = 1,
    ) -> Fault:
        """`times=0` means until cleared. `seconds` is how long "slow" waits."""
        if str(kind) not in KINDS:
            raise Misused(f"kind must be one of {', '.join(KINDS)}")
        if times < 0:
            raise Misused("times must be 0 (until cleared) or more")
        wanted = None if method in (None, "", "*") else str(method).lower()
        fault = Fault(str(kind), wanted, chat, float(seconds), int(retry_after), description, times or None)
        self._queue.append(fault)
        return fault

    def clear(self) -> None:
        self._queue.clear()

    def take(self, method: str, chat: int | None) -> Fault | None:
        """The fault that this call meets, if any."""
        return self._use(lambda fault: fault.suits(method, chat)) if self._queue else None

    def duplicates(self, chat: int | None) -> bool:
        """Whether the update now being made is to arrive twice."""
        if not self._queue:
            return False
        return self._use(lambda f: f.kind == "duplicate_update" and f.chat in (None, chat)) is not None

    def _use(self, suits: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._queue:
            if suits(fault):
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._queue.remove(fault)
                return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"kind": f.kind, "method": f.method or "*", "chat": f.chat, "left": f.left, "retry_after": f.retry_after}
            for f in self._queue
        ]


class Limits:
    """30 a second in all, 1 a second in a private chat after a short burst, 20 a minute in a group.

    Measured on the sandbox's clock, so that a rehearsal that walks fast is not throttled for it. Off by default.
    """

    def __init__(self, clock: Callable[[], float], *, burst: int = 3) -> None:
        self.on = False
        self.burst = burst
        self._clock = clock
        self._all: deque[float] = deque()
        self._chats: OrderedDict[int, deque[float]] = OrderedDict()

    def switch(self, on: bool) -> None:
        self.on = on
        self._all.clear()
        self._chats.clear()

    def check(self, chat: int, *, weight: int = 1) -> None:
        """Counts one send or edit; raises 429 with retry_after when it is one too many."""
        if not self.on:
            return
        now = self._clock()
        window, most = (60.0, 20) if chat < 0 else (float(self.burst), self.burst)
        here = self._chats.setdefault(chat, deque())
        self._chats.move_to_end(chat)
        while len(self._chats) > 10_000:
            self._chats.popitem(last=False)
        wait = max(_wait(here, now, window, most, weight), _wait(self._all, now, 1.0, 30, weight))
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        here.extend([now] * weight)
        self._all.extend([now] * weight)


def _wait(times: deque[float], now: float, window: float, most: int, weight: int) -> float:
    """Seconds until `weight` more fit into the window."""
    while times and (times[0] <= now - window or times[0] > now):
        times.popleft()
    over = len(times) + min(weight, most) - most
    return times[over - 1] + window - now if over > 0 else 0.0
