"""Does one message tell of two matters, and where does the second begin?

A message is parted wherever its sender paused or went on (还有, 另外, 顺便, 还, 又, 也). It tells of two matters where what stands before
and what stands after such a place are together better explained by two matters than by any single one.
"""

import re
from collections.abc import Callable
from itertools import accumulate, combinations
from math import exp
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:  # numpy is loaded at the first message
    from workflows.weights import Numbers

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
_MOST = 6
"""Parts that are looked at; a longer message is a story of one thing."""
_SHORTEST = 3
_PAUSE = re.compile(r"[,，。;；!！?？、\s]+")
_ON = re.compile(
    r"而且|另外|还有|同时|并且|顺便|再就是|再说|再加上|外加|加上|旁边|(?<=...)(?=[还又也](?!钱|款|债|给|清|原|没还))"
)

Scores: TypeAlias = "Numbers"


class Pair(NamedTuple):
    """The two labels that explain a message best, in the order in which it speaks of them."""

    first: int
    second: int
    odds: float
    """How far it is to be believed."""

    @property
    def is_sure(self) -> bool:
        return self.odds > SURE


def parted(text: str, read: Callable[[str], str]) -> tuple[str, list[int]]:
    """The message as it is read, without the words that part it, and the places where a second matter may begin, if any."""
    pieces = (piece for clause in _PAUSE.split(text) for piece in _ON.split(clause))
    parts = [plain for plain in map(read, filter(None, pieces)) if len(plain) >= 2]
    if len(parts) > _MOST:
        return "", []
    plain = "".join(parts)
    places = accumulate(map(len, parts[:-1]))
    return plain, [place for place in places if _SHORTEST <= place <= len(plain) - _SHORTEST]


def pair(whole: Scores, before: Scores, after: Scores) -> Pair | None:
    """The best pair over all places, a row for each; None where one matter explains both sides of each."""
    best: Pair | None = None
    most = 0.0
    left, right = before + _WHOLE * whole, after + _WHOLE * whole
    firsts, seconds, together = left.argmax(axis=1), right.argmax(axis=1), (left + right).max(axis=1)
    for place, (first, second) in enumerate(zip(firsts.tolist(), seconds.tolist(), strict=True)):
        if first == second:
            continue
        gain = float(left[place, first] + right[place, second] - together[place])
        if gain > most:
            most = gain
            parts = sorted((float(before[place, first]), float(after[place, second])))
            whole_of = sorted((float(whole[first]), float(whole[second])))
            best = Pair(first, second, _odds(gain, parts, whole_of))
    return best


def _odds(gain: float, parts: list[float], whole: list[float]) -> float:
    """Log odds of two, weights by cross-check over 183 messages of two matters and 984 of one, a quarter of them with a clause that only
    tells more of it (where, since when, how the sender suffers)."""
    (weaker, stronger), (less, more) = parts, whole
    return 0.67 * gain + 1.6 * weaker + 3.0 * stronger + 4.4 * less - 2.3 * more + 3.5


def three(whole: Scores, before: Scores, after: Scores, found: Pair | None) -> tuple[int, ...]:
    """The best label of the whole and the two beside it with which the right ones are likeliest all among the three, be it one matter or
    two: the two best labels of a message that tells of two are often of the same side."""
    from numpy import exp as powers  # imported when used: numpy is loaded at the first message

    first = int(whole.argmax())
    left, right = before + _SHARED * whole, after + _SHARED * whole
    place = int((left.max(axis=1) + right.max(axis=1)).argmax())
    views = ((whole, _SHARP), (left[place], _SHARP_PART), (right[place], _SHARP_PART))
    beliefs = [powers(sharp * (scores - scores.max())) for scores, sharp in views]
    likely = {n: None for belief in beliefs for n in belief.argsort()[: -_CONSIDERED - 1 : -1].tolist() if n != first}
    sums = [float(belief.sum()) for belief in beliefs]
    share = {n: [float(b[n]) / total for b, total in zip(beliefs, sums, strict=True)] for n in (first, *likely)}
    two = 1 / (1 + exp(SURE - (found.odds if found else _UNLIKELY)))

    def covered(others: tuple[int, int]) -> float:
        one, there, here = (sum(share[n][view] for n in (first, *others)) for view in range(3))
        return (1 - two) * one + two * there * here

    return (first, *max(combinations(likely, 2), key=covered))
