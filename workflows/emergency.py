"""Does this message tell of danger now, and which number should be dialled first?

It is better to name a number once too often than to miss a fire; but fire and ambulance are also figures of speech,
questions and memories, and a service that cries wolf is not read. The words are the county's (`terms.yaml`).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from workflows.terms import Emergencies, Terms

KINDS = ("fire", "medical", "police", "traffic")
_READ = 1000
_FIGURE = "□"


@dataclass(frozen=True)
class Danger:
    """Which kinds, most pressing first; falsy when there is none."""

    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def numbers(self, emergency_numbers: dict[str, str]) -> tuple[str, ...]:
        """The county's numbers to dial, most pressing first."""
        return tuple(dict.fromkeys(emergency_numbers[kind] for kind in self.kinds))


def emergency(text: str, terms: Terms) -> Danger:
    """Danger now, as the sender's own words tell it."""
    words = _words(terms.emergencies)
    plain = _without_figures(_read(text, terms), terms)
    if _is_past(words, plain):
        return Danger()
    return Danger(tuple(kind for kind in KINDS if _said(words[kind], plain)))


def marks(text: str, terms: Terms) -> list[str]:
    """Which of the county's words of danger, of the past and of figures of speech stand in it: what a model may learn to trust or not.

    Each begins with `!`, which no character of a read message does.
    """
    words = _words(terms.emergencies)
    plain = _without_figures(_read(text, terms), terms)
    found = ["!figure"] if _FIGURE in plain else []
    for kind in (*KINDS, "not_now", "but_now"):
        said = _found(words[kind], plain)
        found += [f"!{kind}"] if said else []
        found += ["!" + "+".join(word) for word in said if kind in KINDS]
    return list(dict.fromkeys(found))


def is_past(text: str, terms: Terms) -> bool:
    """Whether the message speaks of the past, a condition, a drill or a risk, and says nothing of now."""
    return _is_past(_words(terms.emergencies), _read(text, terms))


def _is_past(words: "dict[str, _Words]", plain: str) -> bool:
    return _said(words["not_now"], plain) and not _said(words["but_now"], plain)


def _without_figures(plain: str, terms: Terms) -> str:
    for figure in terms.emergencies.figures.split():
        plain = plain.replace(figure.partition("+")[0], _FIGURE)
    return plain


def _read(text: str, terms: Terms) -> str:
    plain = unicodedata.normalize("NFKC", text[:_READ]).lower()
    for slip, usual in terms.spellings.items():
        plain = plain.replace(slip, usual)
    return re.sub(r"[^\w,.;!?，。；！？、]+", " ", plain)


_Words = dict[str, list[tuple[str, ...]]]  # by first character


def _said(words: _Words, plain: str) -> bool:
    there = (word for first in set(plain) for word in words.get(first, ()))
    return any(all(part in plain for part in word) for word in there)


def _found(words: _Words, plain: str) -> list[tuple[str, ...]]:
    there = (word for first in set(plain) for word in words.get(first, ()))
    return [word for word in there if all(part in plain for part in word)]


@lru_cache(maxsize=8)
def _words(emergencies: Emergencies) -> dict[str, _Words]:
    found: dict[str, _Words] = {name: {} for name, _ in emergencies}
    for name, words in emergencies:
        for word in words.split():
            found[name].setdefault(word[0], []).append(tuple(word.split("+")))
    return found
