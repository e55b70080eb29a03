"""Which of many words may stand in a message? Those whose first two characters stand there, side by side: hardly any."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from operator import add
from typing import Generic, TypeVar

T = TypeVar("T")
_LATELY = 128


class Words(Generic[T]):
    """Words, each with what it stands for, by how they begin: a message of thirty characters is compared with few of them."""

    def __init__(self, words: Iterable[tuple[str, T]]) -> None:
        self._all: list[T] = []
        self._by_start: dict[str, list[T]] = {}
        for word, what in words:
            if word:
                self._all.append(what)
                self._by_start.setdefault(word[:2], []).append(what)

    def __iter__(self) -> Iterator[T]:
        """What all of them stand for, in their order."""
        return iter(self._all)

    def perhaps(self, text: str) -> Iterator[T]:
        """What those stand for that may stand in the text, in no order: every word that does, and a few that only begin as if they did."""
        return chain.from_iterable(map(self._by_start.__getitem__, self._by_start.keys() & starts(text)))


@lru_cache(maxsize=_LATELY)
def starts(text: str) -> frozenset[str]:
    """Its characters and pairs of neighbours. One text is asked about several times."""
    return frozenset(chain(text, map(add, text, text[1:])))
