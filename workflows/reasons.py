"""The county's lists of choices and articles: why a tip is declined, what to bring, how it ended, which rule said no.

Each choice is a button; its words live in `reasons.yaml`, so a county changes them without touching the program.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Label = Annotated[str, Field(min_length=1, max_length=16)]
"""Fits on a button of a narrow phone."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Choice(_Part):
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,19}$")
    label: Label
    label_en: str = Field(min_length=1, max_length=40)


class Decline(Choice):
    """Why nothing will be done, and the everyday sentence that the villager reads."""

    tell: str = Field(min_length=8, max_length=70)
    tell_en: str = Field(min_length=8, max_length=200)


class Outcome(Choice):
    """How a case ended. Only `lawful` ones count as 依法查处 and can earn a reward."""

    verdict: str = Field(pattern="^(true|false|unclear)$")
    lawful: bool = False
    soft: bool = False
    """Ended in education or correction: earns thanks, no reward from the table."""
    units: tuple[str, ...] = ()
    """In which units what was reached is counted (B-20), the usual one first; empty: it is one, and nobody is asked."""
    tell: str = Field(min_length=4, max_length=70)
    tell_en: str = Field(min_length=4, max_length=200)


class Unit(Choice):
    """What is counted: 人, 户, 处, 起."""


class Act(Choice):
    """What an officer did on the spot: `helping` is recorded by one person, `enforcement` needs two certified ones."""

    kind: str = Field(pattern="^(helping|enforcement)$")


class FirstWord(Choice):
    """What is said before anything else when a message tells of danger."""

    number: str = Field(pattern="^(fire|police|medical|traffic)$")
    tell: str = Field(min_length=4, max_length=40)
    tell_en: str = Field(min_length=4, max_length=80)


class Reasons(_Part):
    """`reasons.yaml`."""

    decline: tuple[Decline, ...] = Field(min_length=1)
    dispute: tuple[Choice, ...] = Field(min_length=1)
    transfer: tuple[Choice, ...] = Field(min_length=1)
    pass_on_early: tuple[Choice, ...] = Field(min_length=1)
    """Why a tip is turned away before the first check (T-02)."""
    stand_down: tuple[Choice, ...] = Field(min_length=1)
    outcome: tuple[Outcome, ...] = Field(min_length=1)
    unit: tuple[Unit, ...] = ()
    """In what outcomes are counted; a county that names none is asked for no numbers."""
    bring: tuple[Choice, ...] = Field(min_length=1)
    act: tuple[Act, ...] = Field(min_length=1)
    paper: tuple[Choice, ...] = Field(min_length=1)
    """Papers that prove 依法查处: kind of document."""
    refuse_reward: tuple[Decline, ...] = Field(min_length=1)
    """Why a proposed reward is not approved, and what its sender reads."""
    reverse_reward: tuple[Decline, ...] = Field(min_length=1)
    """Why an approved reward is taken back, and what its sender reads."""
    raise_night: tuple[Choice, ...] = Field(min_length=1)
    """Why a whistle rings now at a unit where nobody sits at this hour."""
    reassign: tuple[Choice, ...] = Field(min_length=1)
    """改派: why another unit is called in place of a silent one."""
    explain: tuple[Choice, ...] = Field(min_length=1)
    """说明情况: why a window passed unanswered."""
    cannot_come: tuple[Choice, ...] = Field(min_length=1)
    reveal: tuple[Choice, ...] = ()
    """Why somebody must learn who sent a tip; without any reason on the list nobody can ask."""
    pause: tuple[Choice, ...] = Field(min_length=1)
    """Why a unit is not called for a while."""
    first_word: tuple[FirstWord, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _units_known(self) -> Self:
        unknown = {code for one in self.outcome for code in one.units} - {one.code for one in self.unit}
        if unknown:
            raise PydanticCustomError("outcome_units", "no such unit: {units}", {"units": ", ".join(sorted(unknown))})
        return self

    def find(self, group: str, code: str) -> Choice | None:
        """The choice with this code in a group such as `decline`, or None."""
        choices: tuple[Choice, ...] = getattr(self, group)
        return next((choice for choice in choices if choice.code == code), None)


class Article(_Part):
    """A rule that can say no, with the law it rests on."""

    law: str = Field(min_length=2)
    law_en: str = Field(min_length=2)
    article: str = Field(pattern=r"^第.+条(第.+款)?$")
    text: str = Field(min_length=4, max_length=120)
    text_en: str = Field(min_length=4, max_length=240)

    @property
    def cited(self) -> str:
        return f"《{self.law}》{self.article}"


class Articles(_Part):
    """`articles.yaml`: rule id (`CF42`) → article."""

    articles: dict[Annotated[str, Field(pattern=r"^[A-Z]{2}\d{1,3}$")], Article] = Field(min_length=1)

    def article(self, rule: str) -> Article | None:
        return self.articles.get(rule)
