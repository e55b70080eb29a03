"""Everyday words: what people say when they mean a matter, a danger, or nothing that can be handled.

The words live in the county's `terms.yaml`; `matching.py` and `emergency.py` read them. Everywhere `a+b` needs both
words in the same message, in any order.
"""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Words = Annotated[str, Field(min_length=1)]

Request = Annotated[str, Field(pattern=r"^[^{}]*\{\}[^{}]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Emergencies(_Part):
    fire: Words
    medical: Words
    police: Words
    traffic: Words
    not_now: Words
    """The past, a condition, a drill, a risk: these words take the danger away …"""
    but_now: Words
    """… unless one of these says that it is happening."""
    figures: Words
    """Figures of speech and things that only sound dangerous: removed before anything is looked for."""


class Frames(_Part):
    """How danger is told: who or what, and what happens to it now."""

    slots: dict[str, Words] = Field(default_factory=dict)
    """Lists of words that stand for each other."""
    told: dict[str, Words] = Field(default_factory=dict)
    """Frames that hardly anything but danger fills, by what they tell of. `<slot>` is any word of a list, `a..b` b a few characters after a
    within one clause, `a...b` also over a pause."""
    hinted: dict[str, Words] = Field(default_factory=dict)
    """Frames that something else fills now and then."""
    doubts: Words = "如果 万一"
    """Where one of these stands, too, a frame is less to be trusted."""

    @model_validator(mode="after")
    def _slots_are_there(self) -> "Frames":
        asked = {
            slot for frames in [*self.told.values(), *self.hinted.values()] for slot in re.findall("<([^>]*)>", frames)
        }
        if asked - set(self.slots):
            raise ValueError(f"no such slot: {', '.join(sorted(asked - set(self.slots)))}")
        return self


class NotATip(_Part):
    """What gets a kind answer instead of a matter."""

    greetings: Words
    """The whole message consists of these."""
    tests: Words
    nothing: Words
    """Nothing to report today."""
    spam: Words
    asks: Words
    """A question about procedures, a service, a family matter: a guess must be much surer."""
    filler: Words
    """Words that say nothing about a matter."""
    vague: Words
    """A complaint, but of what? A message of only these is a tip that needs a question back."""


class Insiders(_Part):
    """Who must not read a tip about themselves: these words make the bot ask once."""

    people: Words = "队长 村支书 治保主任 所长 亲戚"
    """Village and township people, and those close to them."""
    officers: Words = "执法+收钱 执法+打人 执法+骂人 索要 吃拿卡要"
    """A complaint about how an officer behaved."""


class Terms(_Part):
    """`terms.yaml`."""

    spellings: dict[str, str] = Field(default_factory=dict)
    """Slips of the pen and dialect → the usual word, applied to every message before it is read."""
    matters: dict[str, Words] = Field(min_length=1)
    """Matter code → everyday words, parted by spaces."""
    emergencies: Emergencies
    frames: Frames = Frames()
    not_a_tip: NotATip
    kindly: tuple[Request, ...] = ()
    """How a complaint begins or ends that is put kindly, `{}` where it stands; `whistle train` teaches that it is one all the same."""
    insiders: Insiders = Insiders()
