"""Does this message speak of village or township people, of those close to them, or of an officer?

Such a tip must not be read by whom it is about (信访工作条例 art. 30). The words are the county's (`terms.yaml`); the names of
whoever could handle it count as well. A hit only makes the bot ask once: it is better to ask too often.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from workflows.terms import Terms
from workflows.words import halfwidth

_READ = 4000


def about(text: str, terms: Terms, names: tuple[str, ...] = ()) -> str:
    """`officer` for a complaint about how an officer behaved, `people` for words or names of insiders, else empty."""
    plain = halfwidth(text[:_READ])
    if _said(terms.insiders.officers, plain):
        return "officer"
    if _said(terms.insiders.people, plain) or _names(names).search(plain):
        return "people"
    return ""


def _said(words: str, plain: str) -> bool:
    alone, first, together = _split(words)
    if alone.search(plain):
        return True
    return bool(first.search(plain)) and any(all(map(plain.__contains__, word)) for word in together)


@lru_cache(maxsize=8)
def _split(words: str) -> tuple[re.Pattern[str], re.Pattern[str], list[list[str]]]:
    """Words that say it alone; the first of each few that must stand there together, and these."""
    split = [word.lower().split("+") for word in words.split()]
    together = [word for word in split if len(word) > 1]
    return _any_of(word[0] for word in split if len(word) == 1), _any_of(word[0] for word in together), together


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    return _any_of(name for name in names if len(name) > 1)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """One pass over a message, whatever the number of words: most of its characters begin none of them."""
    return re.compile("|".join(map(re.escape, dict.fromkeys(words))) or "(?!)")
