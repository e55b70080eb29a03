"""What is a message most like? A linear model over its characters, its neighbouring pairs and the pairs that stand near each other.

The weights are learnt from the county's own phrases (`whistle train`). A message of thirty characters has some four hundred features;
each feature knows only the labels that it speaks for or against. This file says what a feature is and what was learnt; `weights.py`
does the sums.
"""

from __future__ import annotations

import struct
import zlib
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workflows.weights import Likeness

MAGIC = b"whistle likeness 2\n"
NEAR = 14
"""Two characters that stand at most this far apart make a feature, in either order."""
READ = 120
"""Characters compared of one message: what is meant stands at the beginning, and 6,000 characters must not stall a chat."""


class NotLearnt(ValueError):
    """The file is not one that `whistle train` wrote."""


def features(plain: str) -> tuple[str, ...]:
    """The features of a message that has been read (`Matcher.read`), by name, each once: what is learnt from, and the plain definition of
    what `weights.keys` finds faster."""
    plain = plain[:READ]
    found = set(plain)
    for i, first in enumerate(plain):
        found.add(plain[i : i + 2])
        for second in plain[i + 1 : i + 1 + NEAR]:
            if first < second:
                found.add("+" + first + second)
            elif second < first:
                found.add("+" + second + first)
    return tuple(sorted(found))


class _Models(NamedTuple):
    matters: Likeness
    kinds: Likeness
    dangers: Likeness
    sources: dict[str, str]


class Learnt:
    """What `whistle train` wrote: which matter, what kind of message, whether there is danger now.

    What was read from a file is checked at once and taken apart when it is first asked for: a quarter of a million names take longer than
    an alarm should wait that is overdue when the process comes back.
    """

    def __init__(self, matters: Likeness, kinds: Likeness, dangers: Likeness, sources: dict[str, str]) -> None:
        self._models = _Models(matters, kinds, dangers, sources)

    @property
    def matters(self) -> Likeness:
        return self._models.matters

    @property
    def kinds(self) -> Likeness:
        return self._models.kinds

    @property
    def dangers(self) -> Likeness:
        return self._models.dangers

    @property
    def sources(self) -> dict[str, str]:
        """SHA-256 of each file that it was learnt from, by name."""
        return self._models.sources

    def to_bytes(self) -> bytes:
        """The same models give the same bytes."""
        from workflows.weights import packed  # imported when used: it loads numpy

        return MAGIC + zlib.compress(packed(self._models[:3], self.sources), 6)

    @classmethod
    def from_bytes(cls, blob: bytes) -> Learnt:
        """Raises NotLearnt for anything that `to_bytes` did not write, cut off or damaged."""
        if not blob.startswith(MAGIC):
            raise NotLearnt("no likeness file")
        try:
            return _Packed(zlib.decompress(blob[len(MAGIC) :]))  # its checksum covers every byte
        except zlib.error as error:
            raise NotLearnt("a damaged likeness file") from error


class _Packed(Learnt):
    """As it was read from the file."""

    def __init__(self, data: bytes) -> None:
        self._data: bytes | None = data
        self._apart: _Models | None = None
        self._lock = Lock()  # a thread may load it ahead while the first message asks for it

    @property
    def _models(self) -> _Models:  # type: ignore[override]
        """Raises NotLearnt for what is whole, and yet was not written by `to_bytes`."""
        return self._apart or self._take_apart()

    def _take_apart(self) -> _Models:
        with self._lock:
            if self._apart is None:
                from workflows.weights import taken_apart  # imported when used: it loads numpy

                try:
                    (matters, kinds, dangers), sources = taken_apart(self._data or b"")
                    self._apart, self._data = _Models(matters, kinds, dangers, sources), None
                except (struct.error, ValueError, KeyError, TypeError, IndexError) as error:
                    raise NotLearnt("not written by whistle train") from error
            return self._apart
