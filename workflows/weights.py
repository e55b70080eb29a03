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
_LABEL = 16
"""The label of a cell stands in so many bits below its weight: what is read together comes into the cache together."""
_LABELS = (1 << _LABEL) - 1
_SIZE = (_DENSE - 1).bit_length()
"""How many cells a row has stands in so many bits below the place where they begin."""
_SIZES = (1 << _SIZE) - 1
_PIECE = 1 << 14
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


def firsts(ordered: Whole) -> Whole:
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
        self._keys, self._scale, self._bias = keys, scale, bias
        self.unknown = len(counts)
        """The last row, of all that nobody taught: it says nothing and weighs nothing, so nothing must be left out of a sum."""
        self._rarity, counts = np.append(rarity, rarity.dtype.type(0)), np.append(counts, counts.dtype.type(0))
        self._all_dense = len(labels) <= _FEW
        row = np.arange(len(counts), dtype=np.int32).repeat(counts)
        if self._all_dense:
            self._dense = np.zeros((len(counts), len(labels)), np.int16)
            self._dense[row, of] = weight
        else:
            dense = counts >= _DENSE
            sizes = np.where(dense, 0, counts).astype(np.int32)
            starts = sizes.cumsum(dtype=np.int32) - sizes
            number = dense.cumsum(dtype=np.int32)
            # where the cells of a row begin, and how many; below zero and without any, its dense row
            self._at = np.where(dense, -number << _SIZE, starts << _SIZE | sizes)
            there = dense[row]
            most = np.zeros(len(labels))  # piece by piece: large tables that are soon let go stay in memory
            for at in range(0, len(of), _PIECE):
                most += np.bincount(of[at : at + _PIECE], np.abs(weight[at : at + _PIECE].astype(float)), len(labels))
            self._exact = np.float32 if most.max(initial=0.0) < _EXACT else np.float64
            self._dense = np.zeros((int(dense.sum()), len(labels)), np.int16)
            self._dense[number[row[there]] - 1, of[there]] = weight[there]
            self._sparse = weight[~there].astype(np.int32)
            self._sparse <<= _LABEL
            self._sparse |= of[~there]
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
            there = self._sparse.take(at)
            cells = (there & _LABELS == number).nonzero()[0]
            gain[sizes.cumsum().searchsorted(cells, "right")] = there[cells] >> _LABEL
            gain[dense] = self._dense[self._numbers(rows[dense]), number]
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
        found = self._at.take(rows).astype(np.int64)
        sizes = found & _SIZES
        at = ((found >> _SIZE) + sizes - sizes.cumsum()).repeat(sizes)
        at += np.arange(len(at))
        return at, sizes, (found < 0).nonzero()[0]

    def _numbers(self, rows: Whole) -> Whole:
        """Of dense rows: where they stand in their table."""
        numbers: Whole = -1 - (self._at.take(rows) >> _SIZE)
        return numbers

    def sums(self, rows: Whole, groups: Whole, count: int) -> Numbers:
        """The scores of so many groups of rows."""
        squares = np.bincount(groups, self.squares(rows), count).astype(np.float64, copy=False)
        return self.scored(self.added(rows, groups, count), squares)

    def scored(self, added: Numbers, squares: Numbers) -> Numbers:
        """The scores of groups: what their rows say, and the squares of their rarities, summed in the order in which the rows stand."""
        length = np.sqrt(np.where(squares == 0, 1.0, squares))
        scores: Numbers = added * (self._scale / length)[:, None]
        scores += self._bias
        return scores

    def squares(self, rows: Whole) -> Numbers:
        """How rare each row is, squared: what makes a long message weigh as much as a short one."""
        rarity = self._rarity.take(rows).astype(np.float64)
        squares: Numbers = rarity * rarity
        return squares

    def added(self, rows: Whole, groups: Whole, count: int) -> Numbers:
        """What the rows of each group say of each label: whole numbers, whose sum is exact in any order. `groups`: in rising order."""
        if not self._all_dense:
            nowhere = np.zeros(len(rows), np.int64)
            return self.sides(rows, groups, nowhere, nowhere, [0] * count)
        sums, first = np.zeros((count, len(self.labels))), firsts(groups)
        if len(first):
            sums[groups.take(first)] = np.add.reduceat(self._dense.take(rows, axis=0), first, axis=0, dtype=np.int32)
        return sums

    def sides(self, rows: Whole, messages: Whole, first: Whole, last: Whole, cuts: Sequence[int]) -> Numbers:
        """What the rows of each message say of each label: all of them, then those before and those after each of its cuts. `messages`: in
        rising order; `first`: cuts before a row first ends; `last`: cuts before it begins for the last time; `cuts`: of each message.

        A row counts once on a side, so a side is no sum of its characters; but those before a cut are those whose first occurrence has
        ended there, those after it those whose last one begins there or later. Cells are summed once for all rows that end and begin
        between the same cuts. These sums and the wide rows are multiplied by what says on which sides they stand: one product of matrices
        a message.
        """
        size, most = len(self.labels), max(cuts, default=0)
        counts = np.array(cuts)
        width = counts + 1
        summed = (width * width).cumsum()  # sums up to the end of each message
        at, sizes, dense = self._cells(rows)
        group = (summed - width * width).take(messages) + first * width.take(messages) + last
        cells = (group * size).repeat(sizes)
        sparse = self._sparse.take(at)
        cells += sparse & _LABELS
        sums = np.bincount(cells, sparse >> _LABEL, int(summed[-1]) * size).reshape(-1, size)

        # the message of each sum, and which cuts are around its rows
        whose = np.arange(len(cuts)).repeat(width * width)
        between = np.divmod(np.arange(len(sums)) - (summed - width * width).take(whose), width.take(whose))
        numbers, owner = self._numbers(rows.take(dense)), messages.take(dense)
        wide = owner.searchsorted(np.arange(len(cuts)), "right")  # wide rows up to the end of each message
        order = np.concatenate((owner, whose)).argsort(kind="stable")  # of each message its wide rows, then its sums
        first, last = (
            np.concatenate((of_rows.take(dense), of_sums)).take(order)
            for of_rows, of_sums in zip((first, last), between, strict=True)
        )
        there = np.ones((2 * most + 1, len(order)), self._exact)
        for n in range(most):
            there[2 * n + 1], there[2 * n + 2] = first <= n, last > n

        parts = np.empty((int((2 * counts + 1).sum()), size), self._exact)
        both = np.empty((int((np.bincount(owner, minlength=len(cuts)) + width * width).max()), size), self._exact)
        part = row = done = 0
        for count, last_row, last_sum in zip(cuts, wide.tolist(), summed.tolist(), strict=True):
            many, end = last_row - row, last_row - row + last_sum - done
            both[:many] = self._dense.take(numbers[row:last_row], axis=0)
            both[many:end] = sums[done:last_sum]
            sides = there[: 2 * count + 1, row + done : last_row + last_sum]
            np.matmul(sides, both[:end], out=parts[part : part + 2 * count + 1])
            part, row, done = part + 2 * count + 1, last_row, last_sum
        return parts

    def parts(self) -> tuple[dict[str, Any], list[bytes]]:
        """Its head and its tables as they are written: gaps between features, not features, and byte by byte, which packs well."""
        gaps = np.diff(self._keys, prepend=0)
        columns = gaps.astype("<i8").view(np.uint8).reshape(-1, 8).T
        row, of = np.nonzero(self._dense)
        weight = self._dense[row, of]
        if not self._all_dense:
            sparse, dense = np.arange(len(self._at)).repeat(self._at & _SIZES), (self._at < 0).nonzero()[0]
            row = np.concatenate((sparse, dense[row]))
            of = np.concatenate((self._sparse & _LABELS, of))
            weight = np.concatenate((self._sparse >> _LABEL, weight))
        order = np.lexsort((of, row))
        counts = np.bincount(row, minlength=self.unknown)
        parts: tuple[NDArray[Any], ...] = (self._rarity[:-1], counts, of[order], weight[order], self._bias)
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
