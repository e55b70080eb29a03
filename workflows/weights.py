"""How much does each feature of a message speak for each label? The table of a learnt model, and how it is summed.

Only this file needs numpy; it is loaded at the first message. A feature is one number (`keys`), a model keeps its own in order, and all
that a message has in common with them is found in one look-up and summed in one step. The plain definition stands in
`likeness.features`; a test holds both together, to the last bit.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workflows.likeness import NEAR, READ

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

_BITS = 21
"""As many as a character needs."""
_SECOND = (1 << _BITS) - 1
_SIDE_BY_SIDE = 1 << 2 * _BITS
"""Set for a character and for a pair of neighbours, not for a pair in either order: so the numbers stand in the order of the names."""


def _near() -> tuple[Whole, Whole]:
    """Every pair of places that make a feature in a text of READ characters, by the later one: a shorter text has the first of them."""
    pairs = [(first, last) for last in range(READ) for first in range(max(0, last - NEAR), last)]
    first, last = np.array(pairs, np.int64).T
    return np.ascontiguousarray(first), np.ascontiguousarray(last)


_DENSE = 32
"""A feature that speaks of so many labels has a row with a place for each of them: adding up a few rows of four hundred small numbers is
one step in C, and nine tenths of all that is summed stands in those (one row in seventy, every fourth that a message has)."""
_EXACT = 1 << 24
"""Whole numbers below this are whole in 32 bits of a floating-point number, too, and so is any sum of them."""
_FEW = 16
"""With so few labels every row is such a row."""

_FIRST, _LAST = _near()
_PAIRS = np.searchsorted(_LAST, np.arange(READ + 1))
"""So many of them has a text of so many characters."""


@lru_cache(maxsize=16)
def keys(plain: str) -> Whole:
    """The features of a message that has been read, each once, in order. One message is asked about several times."""
    found = _all_keys(plain[:READ])
    found.sort()
    return found[_new(found)]


def _new(ordered: Whole) -> NDArray[np.bool_]:
    """Which of them do not stand before already."""
    new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def _firsts(ordered: Whole) -> Whole:
    """Where each of them stands first."""
    return _new(ordered).nonzero()[0]


def _all_keys(plain: str) -> Whole:
    """As often as they stand there: characters, neighbours, pairs in either order."""
    signs = _signs(plain)
    count = _PAIRS[len(signs)]
    one, other = signs[_FIRST[:count]], signs[_LAST[:count]]
    near = np.minimum(one, other) << _BITS | np.maximum(one, other)
    high = signs << _BITS | _SIDE_BY_SIDE
    return np.concatenate((high, high[:-1] | signs[1:], near[one != other]))


def _signs(plain: str) -> Whole:
    return np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def key(name: str) -> int:
    """The number of a feature that is named (`likeness.features`)."""
    if name[0] == "+" and len(name) == 3:
        return ord(name[1]) << _BITS | ord(name[2])
    return _SIDE_BY_SIDE | ord(name[0]) << _BITS | (ord(name[1]) if len(name) > 1 else 0)


class Likeness:
    """One model: a score for each label; above zero speaks for it."""

    def __init__(
        self,
        labels: list[str],
        said: list[str],
        keys: Whole,
        rarity: NDArray[np.float32],
        counts: NDArray[np.uint16],
        of: NDArray[np.uint16],
        weight: NDArray[np.int16],
        scale: float,
        bias: NDArray[np.float32],
    ) -> None:
        self.labels = labels
        self._said = {name: row for row, name in enumerate(said)}  # what is no character: the first rows
        self._keys, self._rarity, self._scale, self._bias = keys, rarity, scale, bias
        self._all_dense = len(labels) <= _FEW
        row = np.arange(len(counts), dtype=np.int32).repeat(counts)
        if self._all_dense:
            self._dense = np.zeros((len(counts), len(labels)), np.int16)
            self._dense[row, of] = weight
        else:
            dense = counts >= _DENSE
            self._sizes = np.where(dense, 0, counts).astype(np.uint8)  # of a row that is no dense one
            starts = self._sizes.cumsum(dtype=np.int32) - self._sizes
            self._at = np.where(
                dense, -dense.cumsum(dtype=np.int32), starts
            )  # where its cells begin; below zero, its dense row
            there = dense[row]
            most = np.bincount(of[there], np.abs(weight[there].astype(np.float64)), len(labels)).max(initial=0.0)
            self._dense = np.zeros((int(dense.sum()), len(labels)), np.float32 if most < _EXACT else np.float64)
            self._dense[-1 - self._at[row[there]], of[there]] = weight[there]
            self._of, self._weight = of[~there], weight[~there]
        self._look_up = lru_cache(maxsize=16)(self._rows)

    @classmethod
    def learnt(
        cls,
        labels: list[str],
        rows: Iterable[tuple[str, float, list[tuple[int, float]]]],
        bias: Iterable[float],
    ) -> "Likeness":
        """From each feature's name, rarity and weights by label, in the order of the names. The weights are rounded to 16 bits."""
        table = list(rows)
        scale = max(abs(weight) for _, _, kept in table for _, weight in kept) / 32767
        table = [(name, rare, [(n, w) for n, w in kept if round(w / scale)]) for name, rare, kept in table]
        said = [name for name, _, _ in table if name.startswith("!")]
        return cls(
            labels,
            said,
            np.array([key(name) for name, _, _ in table[len(said) :]], np.int64),
            np.array([rarity for _, rarity, _ in table], np.float32),
            np.array([len(kept) for _, _, kept in table], np.uint16),
            np.array([label for _, _, kept in table for label, _ in kept], np.uint16),
            np.array([round(weight / scale) for _, _, kept in table for _, weight in kept], np.int16),
            scale,
            np.array(list(map(float, bias)), np.float32),
        )

    def scores(self, plain: str) -> dict[str, float]:
        """Every label's score for a message that has been read (`Matcher.read`)."""
        return dict(zip(self.labels, self.compare(plain).tolist(), strict=True))

    def compare(self, plain: str, said: Sequence[str] = ()) -> Numbers:
        """The scores in the order of the labels. `said`: what else was noticed, each with a `!` before its name."""
        rows, _ = self._look_up(plain)
        if said:
            rows = np.concatenate((rows, np.array(self.rows_of(said), np.int64)))
        scores: Numbers = self.sums(rows, np.zeros(len(rows), np.int64), 1)[0]
        return scores

    def rows_of(self, said: Iterable[str]) -> list[int]:
        """The rows of what was noticed and learnt."""
        return [self._said[name] for name in said if name in self._said]

    @property
    def named(self) -> int:
        """So many rows are no characters, and stand first."""
        return len(self._said)

    @property
    def keys(self) -> Whole:
        """The features that were learnt, in order; their rows follow those that are named."""
        return self._keys

    def why(self, plain: str, label: str, most: int = 3) -> list[str]:
        """The words of the message that spoke most for this label, strongest first; neighbours that overlap are joined."""
        rows, known = self._look_up(plain)
        found, number = keys(plain)[known], self.labels.index(label)
        pairs = (found >= _SIDE_BY_SIDE) & (found & _SECOND > 0)
        found, rows = found[pairs], rows[pairs]
        if self._all_dense:
            gain = self._dense[rows, number]
        else:
            gain = np.zeros(len(rows), np.int16)
            at, sizes, dense = self._cells(rows)
            cells = (self._of.take(at) == number).nonzero()[0]
            gain[sizes.cumsum().searchsorted(cells, "right")] = self._weight[at[cells]]
            gain[dense] = self._dense[-1 - self._at[rows[dense]], number]
        there = gain > 0
        gains = [(one, _named(name)) for one, name in zip(gain[there].tolist(), found[there].tolist(), strict=True)]
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

    def _rows(self, plain: str) -> tuple[Whole, NDArray[np.bool_]]:
        """The rows of those features of a message that were learnt, and which they are."""
        found = keys(plain)
        at = self._keys.searchsorted(found)
        known = self._keys.take(at, mode="clip") == found
        return at[known] + len(self._said), known

    def _cells(self, rows: Whole) -> tuple[Whole, Whole, Whole]:
        """Where the weights of these rows stand, one after the other, how many each has, and which of them are dense rows, with none."""
        first = self._at[rows]
        sizes = self._sizes[rows].astype(np.int64)
        at = (first + sizes - sizes.cumsum()).repeat(sizes)
        at += np.arange(len(at))
        return at, sizes, (first < 0).nonzero()[0]

    def sums(self, rows: Whole, groups: Whole, count: int) -> Numbers:
        """The scores of so many groups of rows."""
        squares = np.bincount(groups, self.squares(rows), count).astype(np.float64, copy=False)
        return self.scored(self.added(rows, groups, count), squares)

    def scored(self, added: Numbers, squares: Numbers) -> Numbers:
        """The scores of groups: what their rows say, and the squares of their rarities, summed in the order in which the rows stand."""
        length = np.sqrt(squares)
        length[length == 0] = 1.0
        scores: Numbers = added * (self._scale / length)[:, None] + self._bias
        return scores

    def squares(self, rows: Whole) -> Numbers:
        """How rare each row is, squared: what makes a long message weigh as much as a short one."""
        rarity = self._rarity[rows].astype(np.float64)
        squares: Numbers = rarity * rarity
        return squares

    def added(self, rows: Whole, groups: Whole, count: int) -> Numbers:
        """What the rows of each group say of each label: whole numbers, whose sum is exact in any order."""
        if not self._all_dense:
            nowhere = np.zeros(len(rows), np.int64)
            return self.sides(rows, groups, nowhere, nowhere, [0] * count)
        order = groups.argsort(kind="stable")
        sums, group = np.zeros((count, len(self.labels))), groups[order]
        first = _firsts(group)
        if len(first):
            many = self._dense.take(rows[order], axis=0)
            sums[group[first]] = np.add.reduceat(many, first, axis=0, dtype=np.int32)
        return sums

    def sides(self, rows: Whole, messages: Whole, first: Whole, last: Whole, cuts: Sequence[int]) -> Numbers:
        """What the rows of each message say of each label: all of them, then those before and those after each of its cuts. `messages`: in
        rising order; `first`: cuts before a row first ends; `last`: cuts before it begins for the last time; `cuts`: of each message.

        A row counts once on a side, so a side is no sum of its characters; but those before a cut are those whose first occurrence has
        ended there, those after it those whose last one begins there or later. Cells are summed once for all rows that end and begin
        between the same cuts; wide rows are multiplied by what says on which sides they stand, as a product of matrices.
        """
        size, most = len(self.labels), max(cuts, default=0)
        counts = np.array(cuts)
        width = counts + 1
        ends = (width * width).cumsum()
        at, sizes, dense = self._cells(rows)
        group = (ends - width * width).take(messages) + first * width.take(messages) + last
        cells = (group * size).repeat(sizes)
        cells += self._of.take(at)
        squares = np.bincount(cells, self._weight.take(at), int(ends[-1]) * size).reshape(-1, size)
        there = np.ones((2 * most + 1, len(dense)), self._dense.dtype)
        for n in range(most):
            there[2 * n + 1], there[2 * n + 2] = first[dense] <= n, last[dense] > n
        numbers = -1 - self._at[rows[dense]]
        parts = np.empty((int((2 * counts + 1).sum()), size))
        part = square = row = 0
        beyond = messages[dense].searchsorted(np.arange(len(cuts)), "right").tolist()
        for count, many, end in zip(cuts, ends.tolist(), beyond, strict=True):
            some = parts[part : part + 2 * count + 1]
            np.matmul(_joined(count), squares[square:many], out=some)
            some += there[: 2 * count + 1, row:end] @ self._dense.take(numbers[row:end], axis=0)
            part, square, row = part + 2 * count + 1, many, end
        return parts

    def parts(self) -> tuple[dict[str, Any], list[bytes]]:
        """Its head and its tables as they are written: gaps between features, not features, and byte by byte, which packs well."""
        gaps = np.diff(self._keys, prepend=0)
        columns = gaps.astype("<i8").view(np.uint8).reshape(-1, 8).T
        row, of = np.nonzero(self._dense)
        weight = self._dense[row, of]
        if not self._all_dense:
            sparse, dense = np.arange(len(self._sizes)).repeat(self._sizes), (self._at < 0).nonzero()[0]
            row = np.concatenate((sparse, dense[row]))
            of, weight = np.concatenate((self._of, of)), np.concatenate((self._weight, weight))
        order = np.lexsort((of, row))
        counts = np.bincount(row, minlength=len(self._rarity))
        parts: tuple[NDArray[Any], ...] = (self._rarity, counts, of[order], weight[order], self._bias)
        tables = [columns.tobytes()]
        for table, code in zip(parts, _CODES, strict=True):
            tables.append(table.astype(code).tobytes())
        head = {
            "labels": self.labels,
            "said": [*self._said],
            "scale": self._scale,
            "bytes": [len(one) for one in tables],
        }
        return head, tables

    @classmethod
    def from_parts(cls, head: dict[str, Any], view: memoryview) -> "Likeness":
        """What `parts` wrote. Raises ValueError, KeyError, TypeError or IndexError for anything else."""
        ends = np.cumsum(head["bytes"]).tolist()
        pieces = [view[end - size : end] for end, size in zip(ends, head["bytes"], strict=True)]
        columns = np.frombuffer(pieces[0], np.uint8).reshape(8, -1)
        found = np.ascontiguousarray(columns.T).view("<i8").reshape(-1).cumsum(dtype=np.int64)
        rarity, counts, of, weight, bias = (
            np.frombuffer(piece, code).astype(code[1:]) for piece, code in zip(pieces[1:], _CODES, strict=True)
        )
        if len(rarity) != len(counts) or len(rarity) != len(found) + len(head["said"]) or counts.sum() != len(of):
            raise ValueError("the tables do not fit each other")
        return cls(head["labels"], head["said"], found, rarity, counts, of, weight, head["scale"], bias)


@lru_cache(maxsize=16)
def _joined(count: int) -> Numbers:
    """Which squares a part is the sum of: by the cuts before their rows first end, and the cuts before they begin for the last time."""
    first, last = np.divmod(np.arange((count + 1) ** 2), count + 1)
    parts = [np.ones(len(first), np.bool_)]
    for cut in range(count):
        parts += [first <= cut, last > cut]
    return np.array(parts, np.float64)


_CODES = ("<f4", "<u2", "<u2", "<i2", "<f4")


def _named(number: int) -> str:
    """A pair of neighbours."""
    return chr(number >> _BITS & _SECOND) + chr(number & _SECOND)


def packed(models: Sequence[Likeness], sources: dict[str, str]) -> bytes:
    """What is told again by `taken_apart`; the same models give the same bytes."""
    heads, tables = zip(*(model.parts() for model in models), strict=True)
    head = {"sources": sources, "models": heads}
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return struct.pack("<I", len(text)) + text + b"".join(table for one in tables for table in one)


def taken_apart(data: bytes) -> tuple[list[Likeness], dict[str, str]]:
    """Raises struct.error, ValueError, KeyError, TypeError or IndexError for what `packed` did not write."""
    (size,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + size])
    view, models = memoryview(data)[4 + size :], []
    for one in head["models"]:
        models.append(Likeness.from_parts(one, view))
        view = view[sum(one["bytes"]) :]
    return models, head["sources"]
