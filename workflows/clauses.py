"""Where may the second matter of a message begin?

A message is parted wherever its sender paused or went on (还有, 另外, 顺便, 还, 又, 也). It tells of two matters where what stands before
and what stands after such a place are together better explained by two matters than by any single one (`sides.py`).
"""

import re
from collections.abc import Callable
from itertools import accumulate

_MOST = 6
"""Parts that are looked at; a longer message is a story of one thing."""
_SHORTEST = 3
_PAUSE = re.compile(r"[,，。;；!！?？、\s]+")
_ON = re.compile(
    r"而且|另外|还有|同时|并且|顺便|再就是|再说|再加上|外加|加上|旁边|(?<=...)(?=[还又也](?!钱|款|债|给|清|原|没还))"
)


def parted(text: str, read: Callable[[str], str]) -> tuple[str, list[int]]:
    """The message as it is read, without the words that part it, and the places where a second matter may begin, if any."""
    pieces = (piece for clause in _PAUSE.split(text) for piece in _ON.split(clause))
    parts = [plain for plain in map(read, filter(None, pieces)) if len(plain) >= 2]
    if len(parts) > _MOST:
        return "", []
    plain = "".join(parts)
    places = accumulate(map(len, parts[:-1]))
    return plain, [place for place in places if _SHORTEST <= place <= len(plain) - _SHORTEST]
