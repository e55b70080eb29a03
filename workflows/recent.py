"""What was found out about the last messages: one message asks the matcher a dozen times, and a crowd is read ahead."""

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
_LATELY = 128


class Recent(Generic[T]):
    """So many are remembered at least, and twice as many at most."""

    def __init__(self, at_least: int = _LATELY) -> None:
        self._at_least = at_least
        self._new: dict[str, T] = {}
        self._old: dict[str, T] = {}

    def __contains__(self, text: str) -> bool:
        return text in self._new or text in self._old

    def get(self, text: str) -> T | None:
        found = self._new.get(text)
        return self._old.get(text) if found is None else found

    def keep(self, found: Iterable[tuple[str, T]]) -> None:
        self._new.update(found)
        if len(self._new) > self._at_least:
            self._old, self._new = self._new, {}
