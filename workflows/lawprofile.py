"""Under which law: the limits and terms of a procedure are a profile of the matter's law, not constants (R43).

`law_profiles.yaml` holds them; each number names the rule (a key of `articles.yaml`) that it rests on, or says `verified: false`, and then
every screen and paper that uses it says 须先核对法律依据.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from workflows import hours
from workflows.county import County, Matter

HEAVY = frozenset({"confiscation", "closure", "licence"})
"""Kinds of penalty that are heavy whatever their amount."""
RuleId = Annotated[str, Field(pattern=r"^[A-Z]{2}\d{1,3}$")]


class Length(StrEnum):
    """How a term counts. 2, 3, 5 and 7 days of 行政处罚法 are working days (art. 85); 90 days are calendar days."""

    HOURS = "hours"
    DAYS = "days"
    WORKDAYS = "workdays"
    MONTHS = "months"


class TermId(StrEnum):
    DECIDE = "decide"
    """立案 → 决定"""
    SERVE = "serve"
    """决定 → 送达"""
    HEARING_ASK = "hearing_ask"
    """听证告知 → the party may ask for a hearing"""
    HEARING_NOTICE = "hearing_notice"
    """通知 → 听证: not sooner than this"""
    KEEP = "keep"
    """先行登记保存 → 处理决定"""
    PAY = "pay"
    """送达 → 缴款"""
    RECONSIDER = "reconsider"
    SUE = "sue"
    URGE = "urge"
    """催告 → the court may be asked: not sooner than this"""
    COURT = "court"
    """复议、起诉期满 → 申请法院强制执行"""
    SEIZE = "seize"
    SEIZE_MORE = "seize_more"
    SEIZE_REPORT = "seize_report"
    """先查封扣押 → 报告、补办批准"""
    CRIME_DECIDE = "crime_decide"
    CRIME_HAND = "crime_hand"
    """决定移送 → 移送公安"""
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    FILE_BACK = "file_back"
    """当场处罚 → 备案"""
    REVIEW = "review"
    """送审 → 审核意见: the county's own term"""
    FIRM_MAKE_UP = "firm_make_up"
    """紧急进企业 → 补办检查审批: the county's own term"""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Term(_Part):
    """So long, counted so, by this rule; with reminders so many hours ahead."""

    length: Annotated[StrictInt, Field(ge=1, le=400)]
    unit: Length
    rule: RuleId | None = None
    verified: StrictBool = True
    """False: read only in a newspaper, or the county's own number."""
    remind_hours: tuple[Annotated[StrictInt, Field(ge=1)], ...] = ()

    def ends(self, start: datetime, county: County) -> datetime:
        """The last moment. A term of days runs to the end of its last local day; the day on which it begins does not count."""
        zone = ZoneInfo(county.timezone)
        if self.unit is Length.HOURS:
            return start + timedelta(hours=self.length)
        day = start.astimezone(zone).date()
        if self.unit is Length.WORKDAYS:
            last = hours.after_workdays(datetime.combine(day, time(12), zone), self.length, county).date()
        elif self.unit is Length.DAYS:
            last = day + timedelta(days=self.length)
        else:
            last = months_later(day, self.length)
        return datetime.combine(last, time(23, 59, 59), zone)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


class Simple(_Part):
    """When one may decide on the spot: up to so much, or a warning."""

    person_yuan: Annotated[StrictInt, Field(ge=0)]
    organisation_yuan: Annotated[StrictInt, Field(ge=0)]
    rule: RuleId
    one_officer_if_recorded: StrictBool = False
    """One officer is enough with full audio and video recording and no objection of the party."""
    one_officer_rule: RuleId | None = None

    def ceiling_fen(self, party_kind: str) -> int:
        return 100 * (self.organisation_yuan if party_kind == "organisation" else self.person_yuan)


class Cash(_Part):
    """When money may be taken on the spot, which the bot never does."""

    yuan: Annotated[StrictInt, Field(ge=0)]
    rule: RuleId
    remote_rule: RuleId
    """边远、水上、交通不便 and the party asks for it."""
    receipt_rule: RuleId


class Heavy(_Part):
    """What counts as a heavier penalty (较大数额); set locally, so never verified by us."""

    person_yuan: Annotated[StrictInt, Field(ge=1)]
    organisation_yuan: Annotated[StrictInt, Field(ge=1)]
    rule: RuleId
    verified: StrictBool = False

    def least_fen(self, party_kind: str) -> int:
        return 100 * (self.organisation_yuan if party_kind == "organisation" else self.person_yuan)


class LawProfile(_Part):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    law: str = Field(min_length=2)
    law_en: str = Field(min_length=2)
    laws: tuple[str, ...] = ()
    """Matters of these laws go by this profile; one profile without any is the general one."""
    cited: RuleId
    verified: StrictBool = True
    officers: Annotated[StrictInt, Field(ge=1, le=3)] = 2
    officers_rule: RuleId
    simple: Simple
    cash: Cash
    hearing: Heavy
    decide_extensions: Annotated[StrictInt, Field(ge=0, le=3)] = 0
    """How often the term to decide may be extended by its own length."""
    limit_years: Annotated[StrictInt, Field(ge=1)] = 2
    limit_years_harm: Annotated[StrictInt, Field(ge=1)] = 5
    limit_months: Annotated[StrictInt, Field(ge=1, le=24)] | None = None
    """Where the law counts in months, whatever harm there was: instead of the years."""
    limit_rule: RuleId
    public: StrictBool = True
    """False: decisions under this law are never published; `sealed_rule` says why."""
    sealed_rule: RuleId | None = None
    terms: dict[TermId, Term]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [term.value for term in TermId if term not in self.terms]
        if missing:
            raise PydanticCustomError(
                "profile_terms", "{id} lacks the terms {missing}", {"id": self.id, "missing": ", ".join(missing)}
            )
        return self

    def hearing_due(self, party_kind: str, penalties: Iterable[str], fine_fen: int) -> bool:
        """Whether the party has to be told of a hearing (行政处罚法第六十三条)."""
        kinds = set(penalties)
        return bool(kinds & HEAVY) or ("fine" in kinds and fine_fen >= self.hearing.least_fen(party_kind))

    @property
    def rules(self) -> list[str]:
        """Every rule id that it names."""
        parts = [self.cited, self.officers_rule, self.limit_rule, self.simple.rule, self.hearing.rule]
        parts += [self.cash.rule, self.cash.remote_rule, self.cash.receipt_rule]
        parts += [self.simple.one_officer_rule] if self.simple.one_officer_rule else []
        parts += [self.sealed_rule] if self.sealed_rule else []
        return [*parts, *(t.rule for t in self.terms.values() if t.rule)]


class LawProfiles(_Part):
    """`law_profiles.yaml`."""

    profiles: tuple[LawProfile, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_general(self) -> Self:
        general = [p.id for p in self.profiles if not p.laws]
        laws = [law for p in self.profiles for law in p.laws]
        if len(general) != 1 or len(set(laws)) != len(laws) or len({p.id for p in self.profiles}) != len(self.profiles):
            raise PydanticCustomError("profile_general", "one profile without laws, every id and law once", {})
        return self

    def of(self, matter: Matter) -> LawProfile:
        """The profile of a matter's law; the general one where no other names it."""
        named = next((p for p in self.profiles if matter.law in p.laws), None)
        return named or next(p for p in self.profiles if not p.laws)

    def get(self, profile_id: str) -> LawProfile:
        return next(p for p in self.profiles if p.id == profile_id)
