"""Everyday words: what people say when they mean a matter, a danger, or nothing that can be handled.

The words live in the county's `terms.yaml`; `matching.py` and `emergency.py` read them.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Danger(_Part):
    """Words that tell of one kind of danger, now."""

    say: tuple[str, ...] = Field(min_length=1)
    """Any one of them is enough; `a+b` needs both in the same message."""


class Emergencies(_Part):
    fire: Danger
    medical: Danger
    police: Danger
    traffic: Danger
    not_now: tuple[str, ...] = ()
    """The past, a question, a drill: these words take the danger away."""
    figures: tuple[str, ...] = ()
    """Figures of speech, removed before anything is looked for."""


class NotATip(_Part):
    """What gets a kind answer instead of a matter."""

    greetings: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    spam: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """Consultations, services and family matters: polite redirects."""
    filler: tuple[str, ...] = ()
    """Words that say nothing about a matter."""


class Terms(_Part):
    """`terms.yaml`."""

    matters: dict[str, Words] = Field(min_length=1)
    """Matter code → everyday words, parted by spaces; `a+b` counts only together."""
    emergencies: Emergencies
    not_a_tip: NotATip = NotATip()
