"""What is a message most like? A linear model over its characters, its neighbouring pairs and the pairs that stand near each other.

The weights are learnt from the county's own phrases (`whistle train`) and read here without any library. A message of thirty characters
has some four hundred features; each feature knows only the labels that it speaks for or against.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from math import sqrt
from threading import Lock
from typing import Any, NamedTuple

MAGIC = b"whistle likeness 1\n"
NEAR = 14
"""Two characters that stand at most this far apart make a feature, in either order."""
READ = 120
"""Characters compared of one message: what is meant stands at the beginning, and 6,000 characters must not stall a chat."""

_DENSE = 20
"""A feature that speaks of so many labels is added in one step once it has been met."""
_KEPT = 2048
"""So many of those are kept, two kilobytes each: the characters and pairs that everybody uses."""
_LIFT = 1 << 15
"""Makes every gain positive: 16 bits with a sign."""


class NotLearnt(ValueError):
    """The file is not one that `whistle train` wrote."""


@lru_cache(maxsize=16)
def features(plain: str) -> tuple[str, ...]:
    """The features of a message that has been read (`Matcher.read`): each once. One message is asked about several times."""
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


class _Rows:
    """Which row has this feature? Features that differ only in their last character are one string: a dictionary of a quarter of a
    million small strings takes 35 MB, this takes 3."""

    def __init__(self, names: list[str]) -> None:
        self._count = len(names)
        self._blocks: dict[
            str, tuple[str, int]
        ] = {}  # all but the last character: the last ones in order, and the first row
        self._rest: dict[str, int] = {}
        row = 0
        for stem, same in groupby(names, lambda name: name[:-1]):
            block = [*same]
            if len(block) > 1 and stem not in self._blocks:
                self._blocks[stem] = "".join([name[-1] for name in block]), row
            else:
                self._rest.update((name, row + i) for i, name in enumerate(block))
            row += len(block)

    def get(self, name: str) -> int | None:
        block = self._blocks.get(name[:-1])
        if block is not None:
            at = block[0].find(name[-1])
            if at >= 0:
                return block[1] + at
        return self._rest.get(name)

    def names(self) -> list[str]:
        """In the order of their rows."""
        found = [""] * self._count
        for name, row in self._rest.items():
            found[row] = name
        for stem, (lasts, first) in self._blocks.items():
            found[first : first + len(lasts)] = [stem + last for last in lasts]
        return found


class Likeness:
    """One model: a score for each label; above zero speaks for it."""

    def __init__(
        self,
        labels: list[str],
        names: list[str] | _Rows,
        rarity: array[float],
        starts: array[int],
        of: array[int],
        weight: array[int],
        scale: float,
        bias: array[float],
    ) -> None:
        self.labels = labels
        self._row = names if isinstance(names, _Rows) else _Rows(names)
        self._rarity, self._starts, self._of, self._weight = rarity, starts, of, weight
        self._scale, self._bias = scale, bias
        self._lanes: dict[int, int] = {}  # rows that speak of many labels and have been met

    def scores(self, plain: str) -> dict[str, float]:
        """Every label's score for a message that has been read (`Matcher.read`)."""
        return dict(zip(self.labels, self.compare(features(plain)), strict=True))

    def compare(self, found: Sequence[str]) -> list[float]:
        """The scores in the order of the labels, for features that are known already."""
        sums = [0] * len(self.labels)
        square, wide, dense = 0.0, 0, 0
        row_of, rarity, starts, of, weight, lanes = (
            self._row.get, self._rarity, self._starts, self._of, self._weight, self._lanes,
        )  # fmt: skip
        for name in found:
            row = row_of(name)
            if row is None:
                continue
            square += rarity[row] ** 2
            if row in lanes:
                wide += lanes[row]
                dense += 1
                continue
            first, last = starts[row], starts[row + 1]
            if last - first >= _DENSE and len(lanes) < _KEPT:
                lanes[row] = self._side_by_side(first, last)
            for label, gain in zip(of[first:last], weight[first:last]):  # noqa: B905 — the hot loop; both have one length
                sums[label] += gain
        by = self._scale / (sqrt(square) or 1.0)
        if dense:
            added, lifted = array("I"), dense * _LIFT
            added.frombytes(wide.to_bytes(4 * len(sums), sys.byteorder))
            sums = [total + lane - lifted for total, lane in zip(sums, added, strict=True)]
        return [total * by + bias for total, bias in zip(sums, self._bias, strict=True)]

    def _side_by_side(self, first: int, last: int) -> int:
        """The gains of one row as one large number, 32 bits a label: one addition adds them all."""
        lifted = array("I", [_LIFT]) * len(self.labels)
        for label, gain in zip(self._of[first:last], self._weight[first:last], strict=True):
            lifted[label] += gain
        return int.from_bytes(lifted.tobytes(), sys.byteorder)

    def why(self, plain: str, label: str, most: int = 3) -> list[str]:
        """The words of the message that spoke most for this label, strongest first; neighbours that overlap are joined."""
        number = self.labels.index(label)
        gains: list[tuple[int, str]] = []
        for name in features(plain):
            row = self._row.get(name)
            if row is None or name.startswith("+") or len(name) < 2:
                continue
            first, last = self._starts[row], self._starts[row + 1]
            if (
                number in (labels := self._of[first:last])
                and (weight := self._weight[first + labels.index(number)]) > 0
            ):
                gains.append((weight, name))
        places = sorted({plain.find(name) for _, name in sorted(gains, reverse=True)[: 2 * most]})
        words: list[str] = []
        end = -1
        for place in places:
            if place < end and words:
                words[-1] += plain[end : place + 2]
            else:
                words.append(plain[place : place + 2])
            end = place + 2
        return words[:most]


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
        parts: list[bytes] = []
        head: dict[str, Any] = {"sources": self.sources, "models": []}
        for model in (self.matters, self.kinds, self.dangers):
            arrays = (model._rarity, model._starts, model._of, model._weight, model._bias)
            head["models"].append(
                {
                    "labels": model.labels,
                    "names": model._row.names(),
                    "scale": model._scale,
                    "arrays": [[one.typecode, len(one) * one.itemsize] for one in arrays],
                }
            )
            parts += [one.tobytes() for one in arrays]
        text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return MAGIC + zlib.compress(struct.pack("<I", len(text)) + text + b"".join(parts), 9)

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
        with self._lock:
            if self._apart is None:
                try:
                    self._apart, self._data = _taken_apart(self._data or b""), None
                except (struct.error, ValueError, KeyError, TypeError, IndexError) as error:
                    raise NotLearnt("not written by whistle train") from error
            return self._apart


def _taken_apart(data: bytes) -> _Models:
    (size,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + size])
    view, at = memoryview(data), 4 + size
    models: list[Likeness] = []
    names: list[str] = []
    rows = _Rows(names)
    for one in head["models"]:
        if one["names"] != names:  # two of the models may share theirs
            names = one["names"]
            rows = _Rows(names)
        arrays: list[array[Any]] = []
        for code, length in one["arrays"]:
            arrays.append(array(code))
            arrays[-1].frombytes(view[at : at + length])
            at += length
        rarity, starts, of, weight, bias = arrays
        models.append(Likeness(one["labels"], rows, rarity, starts, of, weight, one["scale"], bias))
    return _Models(models[0], models[1], models[2], head["sources"])
