"""What do the three models make of many messages? One look-up finds the features of all of them for all three, and one sum a model follows.

A step of numpy costs a microsecond or two however little it has to do, so a crowd is compared together; one message is a crowd of one. The
sums are those of `likeness.features`, to the last bit; a test holds both together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workflows.asked import FORMS_AT_ONCE, Asked
from workflows.likeness import NEAR, READ
from workflows.recent import Recent
from workflows.weights import Numbers, Whole, firsts

if TYPE_CHECKING:
    from workflows.weights import Likeness

_Bits = NDArray[np.uint64]

_BITS = 21
_SECOND = (1 << _BITS) - 1
_GAP = "\U0010ffff" * NEAR
"""Between two messages: no features reach across it, for no message ever taught that character."""
_PLACE = READ.bit_length() + 1
"""As many bits as a place in a message needs, or one as far behind its end as a feature reaches."""
_PLACES = (1 << _PLACE) - 1
_SPANS = np.array([1, 2, *range(2, NEAR + 2)])
"""How many characters a feature spans: one alone, one and its neighbour, one and each of those near it."""
_ALL = slice(None)
_LISTED = 20
"""Matters that are ranked at most."""
_SHARP = 14.0
"""How sharply a lead in score becomes confidence: chosen so that in cross-checks the mean confidence is the share that was right."""
_PIECE = 1 << 14


@dataclass(slots=True)
class Scores:
    """What each model says of one message, in the order of its labels; a row for each cut in `before` and `after`."""

    asked: Asked
    matters: Numbers
    kinds: Numbers
    dangers: Numbers
    best: list[int]
    """The likeliest matters, best first …"""
    shares: Numbers
    """… and how far each is to be believed: their shares of one."""
    before: Numbers
    after: Numbers

    def share(self, matter: int) -> float:
        """How far this one is to be believed: not at all if it is not among the likeliest."""
        return float(self.shares[self.best.index(matter)]) if matter in self.best else 0.0


class _Features(NamedTuple):
    """The known features of some messages, each once a message, in the order of the messages and then of the names."""

    row: Whole
    message: Whole
    ends: Whole
    """Where the first occurrence ends …"""
    begins: Whole
    """… and where the last one begins."""


class _Index:
    """Which number has a feature among all that were learnt? Each pair of characters has a bit that says whether it was learnt, and
    how many are set before it: no search, and nothing to be compared."""

    def __init__(self, models: Sequence[Whole]) -> None:
        """The features of each model as numbers (`weights.keys`). Piece by piece: a large table that is soon let go stays in memory."""
        there = np.zeros(1 << _BITS, np.bool_)
        for keys in _pieces(models):
            there[keys >> _BITS & _SECOND] = there[keys & _SECOND] = True
        characters = there.nonzero()[0]
        self._numbers = np.full(int(characters[-1]) + 2, len(characters), np.uint64)
        self._numbers[characters] = np.arange(len(characters), dtype=np.uint64)
        self._width = len(characters) + 1  # with one for all that are not known
        self._beside = self._width * self._width
        self._words: _Bits = np.zeros((2 * self._beside >> 6) + 1, np.uint64)
        for keys in _pieces(models):
            at = self._places(keys)
            np.bitwise_or.at(self._words, (at >> 6).view(np.int64), np.uint64(1) << (at & 63))
        counts = np.bitwise_count(self._words)
        self._before = counts.cumsum(dtype=np.uint32)
        self.size = int(self._before[-1])
        self._bits = self.size.bit_length()
        self._before -= counts

    def _places(self, keys: Whole) -> _Bits:
        """Where the bits of these features are."""
        first, second = self._numbers[keys >> _BITS & _SECOND], self._numbers[keys & _SECOND]
        at: _Bits = (keys >> 2 * _BITS).astype(np.uint64) * self._beside + first * self._width + second
        return at

    def number(self, keys: Whole) -> Whole:
        """Of features that were learnt, in the order of their names over all models."""
        at = self._places(keys)
        return self._number(at, self._words_of(at))

    def _words_of(self, at: _Bits) -> _Bits:
        """The words in which these bits are."""
        words: _Bits = self._words.take((at >> 6).view(np.int64))
        return words

    def _number(self, at: _Bits, words: _Bits) -> Whole:
        """How many bits are set before these, which stand in these words."""
        below = words & ((np.uint64(1) << (at & 63)) - 1)
        number: Whole = self._before.take((at >> 6).view(np.int64)) + np.bitwise_count(below).astype(np.int64)
        return number

    def features(self, plains: Sequence[str]) -> _Features:
        """What was learnt of the features of these messages."""
        texts = [plain[:READ] for plain in plains]
        lengths = np.array([len(text) + NEAR for text in texts])
        signs = np.frombuffer((_GAP.join(texts) + _GAP).encode("utf-32-le", "surrogatepass"), "<u4")
        numbers = self._numbers.take(signs, mode="clip")
        count = len(numbers)
        padded = np.concatenate((numbers, numbers[-NEAR:]))
        near = np.ndarray((NEAR, count), np.uint64, padded, 8, (8, 8))
        lines = np.empty((NEAR + 2, count), np.uint64)  # one for each span (`_SPANS`), with a place for each character
        np.multiply(numbers, self._width, out=lines[0])
        lines[0] += self._beside
        np.add(lines[0], near[0], out=lines[1])
        pairs = np.minimum(numbers, near, out=lines[2:])
        pairs *= self._width
        pairs += np.maximum(numbers, near)
        at = lines.ravel()
        words = self._words_of(at)
        hits = (words & (np.uint64(1) << (at & 63)) != 0).nonzero()[0]
        line = hits // count
        begins = hits - line * count
        message = np.arange(len(texts)).repeat(lengths).take(begins)
        begins -= (lengths.cumsum() - lengths).take(message)
        found = message << self._bits
        found |= self._number(at.take(hits), words.take(hits))
        found <<= 2 * _PLACE
        found |= begins + _SPANS.take(line) << _PLACE
        found |= begins
        found.sort()  # all in one number, for to sort numbers takes a third of finding their order
        feature = found >> 2 * _PLACE
        first = firsts(feature)
        feature = feature.take(first)
        if not len(first):
            return _Features(feature, feature, feature, feature)
        ends = found.take(first) >> _PLACE & _PLACES
        begins = np.maximum.reduceat(found & _PLACES, first)
        return _Features(feature & (1 << self._bits) - 1, feature >> self._bits, ends, begins)


def _pieces(tables: Iterable[Whole]) -> Iterator[Whole]:
    for table in tables:
        yield from (table[at : at + _PIECE] for at in range(0, len(table), _PIECE))


class Lately:
    """What the models made of the last messages: of one more than a crowd."""

    def __init__(
        self, matters: "Likeness", kinds: "Likeness", dangers: "Likeness", among: slice | list[int] = _ALL
    ) -> None:
        self._together = Together(matters, kinds, dangers, among)
        self._recent: Recent[Scores] = Recent()

    def __contains__(self, plain: str) -> bool:
        return plain in self._recent

    def of(self, plain: str, *, said: tuple[str, ...] | None = None, cuts: tuple[int, ...] = ()) -> Scores:
        """What was made of a message that has been read; with `cuts` only what stands before and after them is sure to be there."""
        found = self._recent.get(plain)
        if found is not None and said is None and not cuts and found.asked.whole:
            return found
        asked = Asked(plain, said, cuts, whole=not cuts)
        if found is None or not found.asked.covers(asked):
            asked = asked if found is None else found.asked.and_(asked)
            found = self._keep([asked])[0]
        return found

    def read_ahead(self, asked: Iterable[Asked]) -> None:
        """Compare those that are not known, all together."""
        wanted: dict[str, Asked] = {}
        for one in asked:
            wanted[one.plain] = wanted[one.plain].and_(one) if one.plain in wanted else one
        new = [one for plain, one in wanted.items() if plain and plain not in self]
        for at in range(0, len(new), FORMS_AT_ONCE):
            self._keep(new[at : at + FORMS_AT_ONCE])

    def _keep(self, asked: Sequence[Asked]) -> list[Scores]:
        found = self._together.compare(asked)
        self._recent.keep((scores.asked.plain, scores) for scores in found)
        return found


class Together:
    """Three models that are asked about the same messages. `among`: the matters that count, by their place among the labels."""

    def __init__(
        self, matters: "Likeness", kinds: "Likeness", dangers: "Likeness", among: slice | list[int] = _ALL
    ) -> None:
        self._matters, self._kinds, self._dangers = models = matters, kinds, dangers
        self._among = among
        self._index = _Index([model.keys for model in models])
        # where each model has a feature: all three side by side, for what is read together comes into the cache together
        self._rows = np.full((self._index.size, len(models)), [model.unknown for model in models], np.int32)
        for n, model in enumerate(models):
            row = model.named
            for keys in _pieces([model.keys]):
                self._rows[self._index.number(keys), n] = np.arange(row, row + len(keys))
                row += len(keys)

    def compare(self, asked: Sequence[Asked]) -> list[Scores]:
        """All three models about all of these."""
        if not asked:
            return []
        found = self._index.features([one.plain for one in asked])
        cuts = [one.cuts if len(one.plain) <= READ else () for one in asked]
        rows_of = np.ascontiguousarray(self._rows.take(found.row, axis=0).T, np.int64)
        matters, places = self._sides(rows_of[0], found, cuts)
        kinds = self._kinds.sums(rows_of[1], found.message, len(asked))
        rows, message = rows_of[2], found.message
        said = [(row, n) for n, one in enumerate(asked) for row in self._dangers.rows_of(one.said or ())]
        if said:
            named, of = np.array(said, np.int64).T
            rows, message = np.concatenate((rows, named)), np.concatenate((message, of))
            order = message.argsort(kind="stable")
            rows, message = rows.take(order), message.take(order)
        dangers = self._dangers.sums(rows, message, len(asked))
        best, shares = _best(matters[places])
        scores = []
        for one, cut, place, kind, danger, likely, share in zip(
            asked, cuts, places, kinds, dangers, best.tolist(), shares, strict=True
        ):
            end = place + 1 + 2 * len(cut)
            before, after = matters[place + 1 : end : 2], matters[place + 2 : end : 2]
            if len(cut) < len(one.cuts):
                before, after = self._long(one)
            scores.append(Scores(one, matters[place], kind, danger, likely, share, before, after))
        return scores

    def _long(self, one: Asked) -> tuple[Numbers, Numbers]:
        """Only the beginning of each side is read, which is another one for each cut."""
        texts = [*(one.plain[:cut] for cut in one.cuts), *(one.plain[cut:] for cut in one.cuts)]
        found = np.array([scores.matters for scores in self.compare([Asked(text) for text in texts])])
        return found[: len(one.cuts)], found[len(one.cuts) :]

    def _sides(self, rows: Whole, found: _Features, cuts: Sequence[Sequence[int]]) -> tuple[Numbers, Sequence[int]]:
        """The matters' scores, and where those of each message begin: first of the whole, then of what stands before and after each
        cut. `rows`: where the matters have the features."""
        message = found.message
        counts = np.array([len(one) for one in cuts])
        sizes = 2 * counts + 1
        places: Whole = sizes.cumsum() - sizes
        many = counts.take(message)  # each row once for each cut of its message
        row = np.arange(len(rows)).repeat(many)
        nth = np.arange(len(row)) - (many.cumsum() - many).take(row)
        of = message.take(row)
        cut = np.array([*chain.from_iterable(cuts)], np.int64).take((counts.cumsum() - counts).take(of) + nth)
        before, after = found.ends.take(row) <= cut, found.begins.take(row) >= cut
        first = many - np.bincount(row[before], minlength=len(rows))  # cuts before it first ends …
        last = np.bincount(row[after], minlength=len(rows))  # … and before it begins for the last time
        parts = self._matters.sides(rows, message, first, last, counts.tolist())
        square = self._matters.squares(rows)
        squares = np.bincount(places.take(message), square, len(parts)).astype(np.float64, copy=False)
        square, side = square.take(row), places.take(of) + 2 * nth
        squares += np.bincount(side + 1, square * before, len(parts))
        squares += np.bincount(side + 2, square * after, len(parts))
        return self._matters.scored(parts, squares)[:, self._among], places.tolist()


def _best(scores: Numbers) -> tuple[Whole, Numbers]:
    """The places of the best of each row, best first, of equals the last one first; and how far each is to be believed."""
    count, size = scores.shape
    listed = min(_LISTED, size)
    least = np.partition(scores, size - listed, axis=1)[:, size - listed]
    there = (scores >= least[:, None]).ravel().nonzero()[0]  # in two dimensions at once it takes six times as long
    row, place = np.divmod(there, size)
    place = place[np.lexsort((scores.ravel()[there], row))]
    ends = np.bincount(row, minlength=count).cumsum()[:, None]
    best = place[ends - 1 - np.arange(listed)]
    score = scores[np.arange(count)[:, None], best]
    odds = np.exp(_SHARP * (score - score[:, :1]))
    return best, odds / odds.cumsum(axis=1)[:, -1:]
