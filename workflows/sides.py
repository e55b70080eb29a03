"""Which two matters explain what stands before and after a pause better than any single one does, and which three are offered then?

Only this file, `together.py` and `weights.py` need numpy; they are loaded at the first message.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workflows.weights import Numbers as Scores
from workflows.weights import Whole

SURE = 0.85
"""Above this it is said to tell of two (docs/matching.md: how often it is right, and how often one matter is taken for two)."""
_WHOLE = 0.3
"""What the whole message is like counts this much for each of its parts: the second part often leaves out who or where."""
_SHARED = 0.5
"""The same, where three labels are chosen that shall hold both matters."""
_SHARP, _SHARP_PART = 14.0, 10.0
"""How sharply a lead in score becomes a share of belief: for a whole message, and for a part of it."""
_UNLIKELY = -4.0
"""The odds of two where one label explains both sides of every place."""
_CONSIDERED = 4
"""Labels that are considered for the whole and for either part."""


class Pair(NamedTuple):
    """The two labels that explain a message best, in the order in which it speaks of them."""

    first: int
    second: int
    odds: float
    """How far it is to be believed."""

    @property
    def is_sure(self) -> bool:
        return self.odds > SURE


class Explained(NamedTuple):
    """What the parts of one message tell of."""

    pair: Pair | None
    three: tuple[int, ...]
    """The labels to offer."""


def explained(messages: Sequence[tuple[Scores, Scores, Scores]]) -> list[Explained]:
    """What each of these messages is best explained by: its own scores, then those of what stands before and after each of its places,
    a row for each. All of them together, for a step of numpy costs as much for one."""
    if not messages:
        return []
    wholes, *sides = zip(*messages, strict=True)
    whole = np.concatenate(wholes).reshape(len(messages), -1)
    before, after = map(np.concatenate, sides)
    ends = list(accumulate(len(one) for _, one, _ in messages))
    places = [range(end - len(one), end) for end, (_, one, _) in zip(ends, messages, strict=True)]
    of = np.arange(len(messages)).repeat([len(one) for one in places])
    pairs = _pairs(whole, before, after, of, places)
    return [Explained(*both) for both in zip(pairs, _threes(whole, before, after, of, places, pairs), strict=True)]


def _pairs(
    whole: Scores, before: Scores, after: Scores, of: Whole, places: Sequence[Sequence[int]]
) -> list[Pair | None]:
    """The best pair over all places of each; None where one matter explains both sides of each."""
    shared = _WHOLE * whole.take(of, axis=0)
    left, right, rows = before + shared, after + shared, np.arange(len(of))
    first, second = left.argmax(axis=1), right.argmax(axis=1)
    gains = left[rows, first] + right[rows, second] - (left + right).max(axis=1)
    parts = zip(before[rows, first].tolist(), after[rows, second].tolist(), strict=True)
    wholes = zip(whole[of, first].tolist(), whole[of, second].tolist(), strict=True)
    found = list(zip(gains.tolist(), first.tolist(), second.tolist(), parts, wholes, strict=True))
    return [_best_pair(found[one[0] : one[-1] + 1]) for one in places]


def _best_pair(places: Iterable[tuple[float, int, int, tuple[float, float], tuple[float, float]]]) -> Pair | None:
    best, most = None, 0.0
    for one in places:
        if one[0] > most and one[1] != one[2]:
            best, most = one, one[0]
    if best is None:
        return None
    gain, first, second, parts, whole = best
    return Pair(first, second, _odds(gain, sorted(parts), sorted(whole)))


def _odds(gain: float, parts: list[float], whole: list[float]) -> float:
    """Log odds of two, weights by cross-check over 183 messages of two matters and 984 of one, a quarter of them with a clause that only
    tells more of it (where, since when, how the sender suffers)."""
    (weaker, stronger), (less, more) = parts, whole
    return 0.67 * gain + 1.6 * weaker + 3.0 * stronger + 4.4 * less - 2.3 * more + 3.5


def _threes(
    whole: Scores,
    before: Scores,
    after: Scores,
    of: Whole,
    places: Sequence[Sequence[int]],
    pairs: Sequence[Pair | None],
) -> list[tuple[int, ...]]:
    """The best label of the whole and the two beside it with which the right ones are likeliest all among the three, be it one matter or
    two: the two best labels of a message that tells of two are often of the same side."""
    shared = _SHARED * whole.take(of, axis=0)
    left, right = before + shared, after + shared
    sure = (left.max(axis=1) + right.max(axis=1)).tolist()
    at = [max(one, key=sure.__getitem__) for one in places]
    views = np.concatenate((whole, left.take(at, axis=0), right.take(at, axis=0)))
    count, labels = whole.shape
    best = _best(views)
    views -= views[np.arange(len(views)), best[:, 0]][:, None]
    views *= np.array([_SHARP, _SHARP_PART, _SHARP_PART]).repeat(count)[:, None]
    beliefs = np.exp(views, out=views)
    best = best.reshape(3, count, -1)
    considered = np.concatenate((best[0, :, :1], *best), axis=1)
    shares = beliefs.reshape(3, count, labels)[:, np.arange(count)[:, None], considered]
    shares /= beliefs.sum(axis=1).reshape(3, count, 1)
    two = np.array([1 / (1 + exp(SURE - (pair.odds if pair else _UNLIKELY))) for pair in pairs])
    return _likeliest_threes(considered, shares, two[:, None])


def _best(views: Scores) -> Whole:
    """The labels that are considered in each view, likeliest first: to look for the best four times is faster than any sorting."""
    rows, left = np.arange(len(views)), views.copy()
    best = np.empty((len(views), min(_CONSIDERED, views.shape[1])), np.int64)
    for n in range(best.shape[1]):
        best[:, n] = left.argmax(axis=1)
        left[rows, best[:, n]] = -np.inf
    return best


@lru_cache(maxsize=4)
def _beside(many: int) -> tuple[NDArray[np.bool_], Whole, Whole]:
    """Of so many places: which stand before which, and all two of them but for the first, in order."""
    a, b = np.triu_indices(many, 1)
    return np.tri(many, k=-1, dtype=np.bool_), a[many - 1 :], b[many - 1 :]


def _likeliest_threes(names: Whole, shares: Scores, two: Scores) -> list[tuple[int, ...]]:
    """The first of these labels with the best two beside it, for each row of them: a label may stand there again. Shares of belief: in the
    whole, before and after the place."""
    earlier, a, b = _beside(names.shape[1])
    again = ((names[:, :, None] == names[:, None, :]) & earlier).any(axis=2)
    one, there, here = shares[:, :, :1] + shares.take(a, axis=2) + shares.take(b, axis=2)
    covered = (1 - two) * one + two * there * here
    covered[again.take(a, axis=1) | again.take(b, axis=1)] = -1.0
    best = covered.argmax(axis=1)
    rows = np.arange(len(names))
    threes = zip(*(of.tolist() for of in (names[:, 0], names[rows, a[best]], names[rows, b[best]])), strict=True)
    sums = covered[rows, best].tolist()
    return [three if most >= 0 else three[:1] for three, most in zip(threes, sums, strict=True)]
