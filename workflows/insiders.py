"""Does this message speak of village or township people, of those close to them, or of an officer?

Such a tip must not be read by whom it is about (信访工作条例 art. 30). The words are the county's (`terms.yaml`); the names of
whoever could handle it count as well. A hit only makes the bot ask once: it is better to ask too often.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from workflows.terms import Terms

_READ = 4000


def about(text: str, terms: Terms, names: Iterable[str] = ()) -> str:
    """`officer` for a complaint about how an officer behaved, `people` for words or names of insiders, else empty."""
    plain = unicodedata.normalize("NFKC", text[:_READ]).lower()
    if _said(terms.insiders.officers, plain):
        return "officer"
    if _said(terms.insiders.people, plain) or any(len(name) > 1 for name in filter(plain.__contains__, names)):
        return "people"
    return ""


def _said(words: str, plain: str) -> bool:
    alone, together = _split(words)
    return any(map(plain.__contains__, alone)) or any(all(map(plain.__contains__, word)) for word in together)


@lru_cache(maxsize=8)
def _split(words: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Words that say it alone, and those that must stand there together."""
    split = [tuple(word.lower().split("+")) for word in words.split()]
    return tuple(word[0] for word in split if len(word) == 1), tuple(word for word in split if len(word) > 1)
