"""Which of many words may stand in a message? Those whose first two characters stand there, side by side: hardly any."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import add
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_LATELY = 128
_Found = dict[int, list[Any]]


class Lexicon:
    """Several lists of words, looked up in one pass: a message that is asked about many lists is gone through once."""

    def __init__(self) -> None:
        self._lists = 0
        self._by_pair: dict[str, list[tuple[int, Any]]] = {}
        self._by_one: dict[str, list[tuple[int, Any]]] = {}
        self.found = lru_cache(maxsize=_LATELY)(self._found)

    def add(self, words: Iterable[tuple[str, Any]]) -> int:
        """A list, by its number: words, each with what it stands for."""
        number, self._lists = self._lists, self._lists + 1
        for word, what in words:
            table = self._by_pair if len(word) > 1 else self._by_one
            table.setdefault(word[:2], []).append((number, what))
        self.found.cache_clear()
        return number

    def _found(self, text: str) -> _Found:
        """What the words stand for that may stand in the text, by the number of their list."""
        found: _Found = {}
        pairs, ones = self._by_pair, self._by_one
        for start in {*filter(pairs.__contains__, map(add, text, text[1:]))}:
            for number, what in pairs[start]:
                found.setdefault(number, []).append(what)
        for start in {*filter(ones.__contains__, text)}:
            for number, what in ones[start]:
                found.setdefault(number, []).append(what)
        return found


class Words(Generic[T]):
    """Words, each with what it stands for, by how they begin: a message of thirty characters is compared with few of them."""

    def __init__(self, words: Iterable[tuple[str, T]], lexicon: Lexicon | None = None) -> None:
        """`lexicon`: where other lists are that are looked up in the same messages."""
        there = [(word, what) for word, what in words if word]
        self._all = [what for _, what in there]
        self._lexicon = lexicon or Lexicon()
        self._number = self._lexicon.add(there)

    def __iter__(self) -> Iterator[T]:
        """What all of them stand for, in their order."""
        return iter(self._all)

    def perhaps(self, text: str) -> Sequence[T]:
        """What those stand for that may stand in the text, in no order: every word that does, and a few that only begin as if they did."""
        return self._lexicon.found(text).get(self._number, ())
