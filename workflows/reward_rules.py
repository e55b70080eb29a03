"""What does a verified tip earn, who signs for it, and how long may it be collected? The county's reward rules, read from `policy.yaml`.

Money is whole fen. A row of the table is one amount, a span that the first signer fills, or grades: a share of fine and confiscation with a
least amount (the 5/3/1 % of 国市监稽规〔2021〕4号; only by that rule). Every row names its source, and a proposal says which row applies.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from workflows.county import Role

Fen = Annotated[StrictInt, Field(ge=0)]
"""Money in fen (1 yuan = 100 fen), so that no amount is ever rounded."""
_Some = Annotated[StrictInt, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class _Named(_Part):
    label: str = Field(min_length=1)
    label_en: str = Field(min_length=1)


class _Sourced(_Named):
    """A rule that says where it comes from."""

    source: str = Field(min_length=1)
    source_en: str = ""
    """For English readers, where it is more than the title of a law; empty: as it stands in `source`."""


class Grade(_Named):
    """One grade of a rule that pays a share of what was fined and confiscated."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,12}$")
    percent: Annotated[StrictInt, Field(ge=1, le=100)]
    min_fen: Fen
    """Also what is paid where nothing was fined."""


class RewardRow(_Sourced):
    """What one kind of verified and lawfully decided tip earns."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,20}$")
    matters: tuple[str, ...] = Field(min_length=1)
    """Codes (`NY002`), code beginnings (`SJ*`), checklist tags (`#一企`), or `*`. The first row that fits counts."""
    amount_fen: Fen | None = None
    min_fen: Fen | None = None
    max_fen: Fen | None = None
    """The end of a span; with grades, the most that one case pays."""
    grades: tuple[Grade, ...] = ()
    by_choice: bool = False
    """Never applied by itself: the first signer may choose it instead of the row that fits."""
    base_from_fen: Fen = 0
    """Grades only where fine and confiscation come to at least this (what counts as 重大 is set by each province)."""
    statutory: bool = False
    """A rule from above the county: its own maximum holds instead of `cap_per_matter_fen`."""

    @model_validator(mode="after")
    def _one_amount_or_a_span_or_grades(self) -> Self:
        span = self.min_fen is not None and self.max_fen is not None and not self.grades
        graded = bool(self.grades) and self.max_fen is not None and self.min_fen is None
        if [self.amount_fen is not None, span, graded].count(True) != 1 or (
            self.amount_fen is not None and (self.min_fen is not None or self.max_fen is not None or self.grades)
        ):
            raise PydanticCustomError(
                "amount_or_span", "give amount_fen, or min_fen and max_fen, or grades and max_fen", {}
            )
        if span and self.lowest > self.highest:
            raise PydanticCustomError("span_reversed", "min_fen is more than max_fen", {})
        return self

    @property
    def lowest(self) -> int:
        if self.grades:
            return min(grade.min_fen for grade in self.grades)
        return self.amount_fen if self.amount_fen is not None else self.min_fen or 0

    @property
    def highest(self) -> int:
        return self.amount_fen if self.amount_fen is not None else self.max_fen or 0

    def grade(self, grade_id: str) -> Grade | None:
        return next((grade for grade in self.grades if grade.id == grade_id), None)

    def share_of(self, grade: Grade, base_fen: int) -> int:
        """Fen for a grade: the percentage of fine and confiscation, at least the grade's minimum, at most `max_fen`."""
        return min(max(base_fen * grade.percent // 100, grade.min_fen), self.highest)

    def fits(self, matter_code: str, tags: Iterable[str] = ()) -> bool:
        return any(
            want == matter_code
            or (want.endswith("*") and matter_code.startswith(want[:-1]))
            or (want.startswith("#") and want[1:] in tags)
            for want in self.matters
        )


class Thanks(_Sourced):
    """A useful tip that ended in education, mediation or correction, without a penalty: gentle enforcement costs nobody the thanks."""

    on: bool = True
    min_fen: Fen = 2000
    max_fen: Fen = 5000


class Honour(_Sourced):
    """Not money: what people with a duty to report get for a tip that proved true (T-16)."""

    roles: tuple[Role, ...] = Field(min_length=1)


class Signer(_Named):
    """Who may give one of the signatures."""

    at: Literal["county", "budget"] = "county"
    """At the county, or at the unit whose budget pays (for a township also its squad)."""
    roles: tuple[Role, ...] = Field(min_length=1)


class Tier(_Part):
    """Which signatures an amount needs, in this order."""

    up_to_fen: Fen | None = None
    """None: any amount."""
    signatures: tuple[str, ...] = Field(min_length=2)


class PayWindow(_Named):
    """Where a reward can be collected. A window of a unit that handled the matter is not offered for it."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,20}$")
    unit: str | None = None


class Terms(_Part):
    """`wd` are working days."""

    decision_wd: _Some = 5
    """From a proposal to the decision (W13); then the signers are asked again and the desk is told, every `ask_again_wd`."""
    ask_again_wd: _Some = 2
    claim_days: _Some = 60
    remind_days_left: tuple[_Some, ...] = (30, 10, 3)
    extension_days: Annotated[StrictInt, Field(ge=0)] = 120
    """One extension, to 180 days in all; 0: none."""
    stuck_minutes: _Some = 30
    """A code was shown at a counter and nothing was paid: the desk is told and may release it."""
    released_days: _Some = 3
    """So many days at least are left for a code that was released."""


class Caps(_Part):
    """How much is too much for one sender; counted by sealed sender, over a year back. Beyond: one more signature."""

    count: _Some = 5
    fen: Annotated[Fen, Field(gt=0)] = 300_000
    same_place_days: _Some = 90
    """A second reward for the same sender, matter and village within so many days may be staged: it is looked at twice."""
    one_handler_percent: Annotated[StrictInt, Field(ge=1, le=100)] = 40
    """More of one handler's rewarded tips than this from one sender: a figure for `discipline`, without a name …"""
    one_handler_least: _Some = 5
    """… from so many rewarded tips on."""


class Rewards(_Part):
    """Paid from the budget, never from fines (行政处罚法第七十四条); recorded here, paid elsewhere."""

    table: tuple[RewardRow, ...] = Field(min_length=1)
    thanks: Thanks
    honours: tuple[Honour, ...] = ()
    cap_per_matter_fen: Annotated[Fen, Field(gt=0)] = 300_000
    """Most that one matter earns (W13), outside statutory rows."""
    later_share_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 50
    """What a later tip that added something may get, by discretion, of the first one's amount."""
    caps: Caps = Caps()
    terms: Terms = Terms()
    eligible_roles: tuple[Role, ...] = (Role.VILLAGER,)
    """Inspectors, officers and staff have a duty to report (W5, W14)."""
    signers: dict[str, Signer]
    tiers: tuple[Tier, ...] = Field(min_length=1)
    second_look: str
    """The signer who is asked besides, where a sender is over the caps, something looks staged, or the budget would fall below zero."""
    stand_in: str
    """The signer who is asked where nobody of the right kind may sign."""
    reverse_roles: tuple[Role, ...] = Field(default=(Role.SUPERVISOR,), min_length=1)
    """Who may ask for 冲正."""
    reverse_second_roles: tuple[Role, ...] = Field(default=(Role.LEADER_ON_DUTY, Role.DISCIPLINE), min_length=1)
    """Who may agree to it."""
    payer_roles: tuple[Role, ...] = Field(default=(Role.FINANCE,), min_length=1)
    budgets: dict[str, Fen] = Field(default_factory=dict)
    """What a unit may spend on rewards in a year; units that are not named have `budget_fen`."""
    budget_fen: Fen = 5_000_000
    windows: tuple[PayWindow, ...] = Field(min_length=1)
    guesses: _Some = 5
    """Unknown claim codes at one counter within `guess_minutes` before it waits."""
    guess_minutes: _Some = 15
    new_codes_a_day: _Some = 3
    code_only_up_to_fen: Fen = 100_000
    """Above this the payer also notes who collects it; sealed, for finance alone."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        seen: set[str] = set()
        for row in self.table:
            if row.id in seen:
                raise PydanticCustomError("reward_twice", "two reward rows are called {id}", {"id": row.id})
            seen.add(row.id)
            if not row.statutory and row.highest > self.cap_per_matter_fen:
                raise PydanticCustomError(
                    "reward_over_cap",
                    "row {id} pays {fen} fen, more than the cap of {cap} fen",
                    {"id": row.id, "fen": row.highest, "cap": self.cap_per_matter_fen},
                )
        for days in self.terms.remind_days_left:
            if days >= self.terms.claim_days:
                raise PydanticCustomError(
                    "claim_reminder_too_early",
                    "a reminder {days} days before the end does not fit into {claim} days",
                    {"days": days, "claim": self.terms.claim_days},
                )
        named = {name for tier in self.tiers for name in tier.signatures} | {self.second_look, self.stand_in}
        for name in sorted(named - set(self.signers)):
            raise PydanticCustomError("no_such_signer", "{name} signs, but no signer is called so", {"name": name})
        self._tiers_rise()
        return self

    def _tiers_rise(self) -> None:
        tops = [tier.up_to_fen for tier in self.tiers]
        bounded = [top for top in tops[:-1] if top is not None]
        if tops[-1] is not None or len(bounded) != len(tops) - 1 or sorted(set(bounded)) != bounded:
            raise PydanticCustomError("tiers_not_rising", "the tiers must rise, and the last one has no up_to_fen", {})

    def row_for(self, matter_code: str, tags: Iterable[str] = ()) -> RewardRow | None:
        """The first row that fits; the table is read from top to bottom."""
        fitting = (row for row in self.table if not row.by_choice)
        return next((row for row in fitting if row.fits(matter_code, tuple(tags))), None)

    def choices_for(self, matter_code: str, tags: Iterable[str] = ()) -> tuple[RewardRow, ...]:
        """Rules that the first signer may choose instead."""
        return tuple(row for row in self.table if row.by_choice and row.fits(matter_code, tuple(tags)))

    def row(self, row_id: str) -> RewardRow | None:
        return next((row for row in self.table if row.id == row_id), None)

    def signatures_for(self, fen: int) -> tuple[str, ...]:
        """The signers that an amount needs, in order."""
        return next(t.signatures for t in self.tiers if t.up_to_fen is None or fen <= t.up_to_fen)

    def budget_of(self, unit_id: str) -> int:
        """Fen that this unit may spend on rewards in a year."""
        return self.budgets.get(unit_id, self.budget_fen)

    def honour_for(self, role: str) -> Honour | None:
        return next((one for one in self.honours if role in one.roles), None)
