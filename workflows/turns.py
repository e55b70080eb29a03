"""What a duty rota is made of: rotations and listed shifts, as a plan keeps them and as the county's files give them."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    model_validator,
)
from pydantic_core import PydanticCustomError

POSTS = ("A", "B", "duty_room")
"""The posts of liaisons that a rota may fill."""


def made_id(unit_id: str, role: str, post: str) -> str:
    """The id of a rota that is made in the chat; in `policy.yaml` a step may name one that is still to be made."""
    return f"{unit_id}-{role}-{post}".rstrip("-")


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"


class Days(StrEnum):
    """On which local days a rotation has shifts. Holidays are all days on which offices are closed; 调休 workdays are workdays."""

    ALL = "all"
    WORKDAYS = "workdays"
    HOLIDAYS = "holidays"


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        return list(Weekday).index(self)


def _turns(given: object) -> object:
    """`[A, [B, C]]`: one seat or several in each turn."""
    if isinstance(given, list | tuple):
        return tuple((one,) if isinstance(one, str) else one for one in given)
    return given


Turn = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Rotation(_Part):
    """Members one after the other, round and round, from the first day on."""

    every: Every
    turns: Annotated[StrictInt, Field(ge=1, le=52)] = 1
    """So many days or weeks each."""
    days: Days = Days.ALL
    begins: time
    """The local hour at which one hands over to the next."""
    ends: time | None = None
    """The local hour at which the shift ends; an earlier one than `begins` is next morning. None: when the next one begins."""
    weekday: Weekday = Weekday.MON
    """The day of the hand-over, where members change weekly."""
    first_day: date
    last_day: date | None = None
    members: Annotated[tuple[Turn, ...], BeforeValidator(_turns), Field(min_length=1)]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.ends == self.begins:
            raise PydanticCustomError("shift_empty", "the shift ends when it begins", {"at": self.begins.isoformat()})
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError(
                "window_days", "ends before it begins", {"start": str(self.first_day), "end": str(self.last_day)}
            )
        return self


class Listed(_Part):
    """One shift that stands in a list by its date: the 值班表 that an office prints."""

    day: date
    begins: time
    ends: time | None = None
    """None: the same hour of the next day."""
    members: Turn


class Plan(_Part):
    """Who takes turns from one instant on, until the next plan."""

    since: AwareDatetime
    rotations: tuple[Rotation, ...] = ()
    listed: tuple[Listed, ...] = ()

    @property
    def people(self) -> frozenset[str]:
        turns = [turn for rotation in self.rotations for turn in rotation.members]
        return frozenset(one for turn in (*turns, *(shift.members for shift in self.listed)) for one in turn)


class Needed(StrEnum):
    """When somebody has to be on duty: an empty hour outside is no gap."""

    ALWAYS = "always"
    OFFICES = "offices"
    NEVER = "never"


class Given(_Part):
    """One rota as the county's `rota.yaml` gives it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    unit: str
    role: str = ""
    """`liaison`, `squad_member`, `desk` …; empty: a duty that only the step of a ladder names."""
    post: str = ""
    """`A`, `B` or `duty_room` of liaisons."""
    name: Annotated[str, Field(min_length=1)]
    name_en: str = ""
    zone: str = ""
    """Default: the county's time zone."""
    needed: Needed | None = None
    """Default: always at a staffed unit, else while offices are open."""
    rotations: tuple[Rotation, ...] = ()
    listed: tuple[Listed, ...] = ()


class GivenRotas(_Part):
    """`rota.yaml`."""

    rotas: tuple[Given, ...] = ()


class GivenShift(_Part):
    """A row of `rota.csv`: one shift of a rota that stands in `rota.yaml`."""

    rota_id: str
    day: date
    begins: time
    ends: time | None = None
    seats: Turn

    @property
    def listed(self) -> Listed:
        return Listed(day=self.day, begins=self.begins, ends=self.ends, members=self.seats)
