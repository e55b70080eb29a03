"""Who and what the county is: places, units, people, matters, and who may do what where and when.

County ── Township ── Village ── Grid
   │          └─ Unit: squad · station        Seat: one person's place in a unit
   └─ Unit: county · department               Matter × Township × date ─► authority

Everything here is read once from the county's own files (`bot/county_files.py`) and never changes while it is held.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from workflows.ground import Ground, Outline
from workflows.turns import Given

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

COUNTY_DESK_ROLES = ("desk", "leader_on_duty", "finance", "supervisor", "discipline", "admin")
VILLAGE_TAILS = ("社区", "村")
TOWNSHIP_DEPT = "XZ"
"""The catalogue lists the township government like a department; its matters are the township's own."""


class Role(StrEnum):
    VILLAGER = "villager"
    GRID_INSPECTOR = "grid_inspector"
    VILLAGE_COORDINATOR = "village_coordinator"
    AUXILIARY = "auxiliary"
    SQUAD_MEMBER = "squad_member"
    SQUAD_LEADER = "squad_leader"
    DISPATCHER = "dispatcher"
    TOWNSHIP_LEADER = "township_leader"
    LEGAL_REVIEWER = "legal_reviewer"
    LIAISON = "liaison"
    DEPARTMENT_HEAD = "department_head"
    DESK = "desk"
    LEADER_ON_DUTY = "leader_on_duty"
    FINANCE = "finance"
    SUPERVISOR = "supervisor"
    DISCIPLINE = "discipline"
    ADMIN = "admin"


class UnitKind(StrEnum):
    COUNTY = "county"
    TOWNSHIP = "township"
    SQUAD = "squad"
    DEPARTMENT = "department"
    STATION = "station"
    GRID = "grid"


class Staffed(StrEnum):
    """Who answers at night: a person on shift, a person at home who is rung, or nobody."""

    STAFFED = "staffed"
    ON_CALL = "on_call"
    NONE = "none"


class Tier(StrEnum):
    """Where a township's power over a matter comes from: the law, the province's grant, a department's agreement."""

    STATUTORY = "法定"
    GRANTED = "赋权"
    DELEGATED = "委托"


class Supervision(StrEnum):
    """The five kinds of matters (T-01); the kind says whether the squad, the clock or the department goes first."""

    EASY_TO_SEE = "简单易发现"
    GRAVE_IF_LATE = "非第一时间发现将造成严重后果"
    LOST_IF_NOT_ON_SPOT = "非现场发现将影响案件处理"
    SPECIALIST = "专业性强"
    AFTER_APPROVAL = "批后检查"


class Row(BaseModel):
    """One row of the county's files; unknown columns are mistakes, not decoration."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)


class Township(Row):
    id: str = Field(pattern=r"^[A-Z]{2}\d{2}$")
    name: str = Field(min_length=2)
    name_en: str = Field(min_length=1)
    short: str = Field(min_length=1)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Village(Row):
    id: str = Field(pattern=r"^[A-Z]{2}\d{2}V\d{2,3}$")
    township_id: str
    name: str = Field(min_length=2)
    kind: str = ""
    aliases: tuple[str, ...] = ()
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Grid(Row):
    id: str = Field(pattern=r"^[A-Z]{2}\d{2}G\d{2,3}$")
    no: int = Field(ge=1)
    township_id: str
    village_id: str
    name: str = Field(min_length=1)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Unit(Row):
    id: str = Field(pattern=r"^[A-Z]{2}(\d{2}(S|G\d{2,3}|-[A-Z]{2})?)?$")
    kind: UnitKind
    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    short: str = Field(min_length=1)
    parent: str | None = None
    township_ids: tuple[str, ...] = ()
    """Townships a squad or station serves; a squad may serve several (T-20)."""
    dept_code: str | None = None
    names: tuple[str, ...] = ()
    """Every name people use: full, short, old and everyday."""
    hotline: str = ""
    staffed: Staffed = Staffed.STAFFED
    category: str = ""
    category_en: str = ""

    @property
    def township_id(self) -> str | None:
        return self.township_ids[0] if self.township_ids else None


class Matter(Row):
    code: str = Field(pattern=r"^[A-Z]{2}\d{3}$")
    name: str = Field(min_length=4)
    short: str = Field(min_length=2, max_length=14)
    """Plain words for cards and choices; with the place it is all that a card says about a tip."""
    gloss: str = ""
    dept_code: str
    co_dept_codes: tuple[str, ...] = ()
    law: str = ""
    article: str = ""
    article_excerpt: str = ""
    basis_scope: str = ""
    basis_text_date: date | None = None
    basis_verified: bool = False
    basis_note: str = ""
    category: Supervision
    procedure_hint: str = Field(pattern="^(simple|ordinary)$")
    checklist_tags: tuple[str, ...] = ()

    @property
    def legal_basis(self) -> str:
        """`《法》第N条`, or nothing where no article was verified: none is ever made up."""
        return f"《{self.law}》{self.article}" if self.basis_verified and self.law and self.article else ""

    @property
    def pressing(self) -> bool:
        """Kinds 2 and 3: the first hour decides, so the first look is due the same day."""
        return self.category in (Supervision.GRAVE_IF_LATE, Supervision.LOST_IF_NOT_ON_SPOT)


class TownshipMatter(Row):
    """From one day to another a township may handle a matter itself."""

    township_id: str
    matter_code: str
    tier: Tier
    effective_from: date
    withdrawn_on: date | None = None
    """First day on which the township may no longer handle it."""
    note: str = ""

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.withdrawn_on is None or day < self.withdrawn_on)


class Agreement(Row):
    """A department entrusts matters to townships (B-13); outside its scope or dates nothing may be done under it."""

    id: str = Field(min_length=1)
    number: str = Field(min_length=1)
    dept_code: str
    township_ids: tuple[str, ...] = Field(min_length=1)
    matter_codes: tuple[str, ...] = Field(min_length=1)
    valid_from: date
    valid_to: date
    """Last day on which it holds."""
    text: str | None = None
    """SHA-256 of the published 委托书 (行政处罚法第二十条), `agreements/<id>.pdf|docx|txt`; None: the county has not put it there."""
    text_file: str = ""

    def names(self, township_id: str, matter_code: str) -> bool:
        return township_id in self.township_ids and matter_code in self.matter_codes

    def covers(self, township_id: str, matter_code: str, day: date) -> bool:
        return self.names(township_id, matter_code) and self.valid_from <= day <= self.valid_to


class Negative(Row):
    """负面清单 (T-21): a matter that is never devolved, and why."""

    matter_code: str
    reason: str = Field(min_length=2, max_length=60)


class Fine(Row):
    """How much a matter's article lets one be fined (D-11), quoted from it; a county adds its own 裁量基准 as further rows."""

    matter_code: str
    applies_to: Literal["person", "organisation", "any"] = "any"
    low_yuan: int = Field(ge=0)
    high_yuan: int = Field(ge=1)
    whole: bool
    """Whether the whole article was read and speaks of nothing else: only then is a fine above the highest row refused."""
    quote: str = Field(min_length=4, max_length=200)


class Seat(Row):
    """One person's place as the county imports it; a role and a number, never a name."""

    id: str = Field(min_length=1)
    role: Role
    unit_id: str
    label: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    post: str = ""
    """`A`, `B` or `duty_room` for liaisons; 队长, 副队长, 法制审核员, 队员 in a squad."""
    phone: str = ""
    telegram_id: int | None = Field(default=None, gt=0)
    on_duty: bool = True
    grid_id: str | None = None
    village_id: str | None = None
    certificate_no: str = ""
    certificate_status: str = ""
    certificate_valid_to: date | None = None
    may_handle: bool = False
    may_review: bool = False

    def certified_on(self, day: date) -> bool:
        """Whether this officer may enforce on that day (行政处罚法第四十二条: 具有行政执法资格)."""
        return (
            self.may_handle
            and self.certificate_status == "有效"
            and self.certificate_valid_to is not None
            and day <= self.certificate_valid_to
        )


class Day(Row):
    """A day that the county itself declares: 休 (off) or 班 (work), with where it says so."""

    on: date
    work: Annotated[bool, BeforeValidator(lambda said: {"班": True, "休": False}.get(said, said))]
    source: str = ""


class CountyInfo(Row):
    """`county.yaml`."""

    id: str = Field(pattern=r"^[A-Z]{2}$")
    name: str = Field(min_length=2)
    name_en: str = Field(min_length=1)
    timezone: str
    fictional: bool = False
    country_code: str = Field(default="86", pattern=r"^\d{1,3}$")
    """Written before a phone number, so that every client makes it a link."""
    emergency: dict[str, str]
    language: Literal["zh", "en"] = "zh"
    """What a group reads until somebody there chooses another language with /lang."""
    seat_township: str | None = Field(default=None, pattern=r"^[A-Z]{2}\d{2}$")
    """Where the departments sit; distances are measured from there. Default: the first township."""


@dataclass(frozen=True)
class County:
    """The whole county, with the questions that decisions ask of it."""

    info: CountyInfo
    townships: tuple[Township, ...]
    villages: tuple[Village, ...]
    grids: tuple[Grid, ...]
    units: tuple[Unit, ...]
    matters: tuple[Matter, ...]
    township_matters: tuple[TownshipMatter, ...]
    agreements: tuple[Agreement, ...]
    all_seats: tuple[Seat, ...]
    categories: dict[str, tuple[str, str]]
    """Department code → what it looks after, in Chinese and English."""
    days: tuple[Day, ...] = ()
    """The county's own calendar, before the public one."""
    negative: dict[str, str] = field(default_factory=dict)
    """Matter → why no township may ever handle it."""
    fines: tuple[Fine, ...] = ()
    """`discretion.csv`."""
    rotas: tuple[Given, ...] = ()
    """The duty rotas that the county keeps as a file; others are made in the chat."""
    outlines: tuple[Outline, ...] = ()

    def take_days(self, days: Iterable[Day]) -> None:
        """A calendar that was announced while the process runs: the one thing of a county that changes under it."""
        object.__setattr__(self, "days", tuple(days))

    """`borders.geojson`, where the county has its map; otherwise the nearest centre decides."""
    _index: "_Index" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _Index(self))

    @cached_property
    def ground(self) -> Ground:
        """Where its grids lie."""
        return Ground(self)

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def name_en(self) -> str:
        return self.info.name_en

    @property
    def timezone(self) -> str:
        return self.info.timezone

    @property
    def emergency_numbers(self) -> dict[str, str]:
        """`fire police medical traffic` → the number to dial first."""
        return self.info.emergency

    @property
    def seat_township(self) -> Township:
        """Where the county's departments sit."""
        return self.township(self.info.seat_township) if self.info.seat_township else self.townships[0]

    def township(self, id: str) -> Township:
        return self._index.townships[id]

    def has_village(self, id: str) -> bool:
        return id in self._index.villages

    def village(self, id: str) -> Village:
        return self._index.villages[id]

    def grid(self, id: str) -> Grid:
        return self._index.grids[id]

    def unit(self, id: str) -> Unit:
        return self._index.units[id]

    def has_unit(self, id: str) -> bool:
        return id in self._index.units

    def matter(self, code: str) -> Matter:
        return self._index.matters[code]

    def has_matter(self, code: str) -> bool:
        return code in self._index.matters

    def seat(self, id: str) -> Seat:
        return self._index.seats[id]

    def seats(
        self,
        *,
        role: Role | str | None = None,
        unit_id: str | None = None,
        post: str | None = None,
        on_duty: bool | None = None,
    ) -> tuple[Seat, ...]:
        """Seats in the order of the files, narrowed by whatever is given."""
        among: Iterable[Seat] = self.all_seats if unit_id is None else self._index.seats_of.get(unit_id, ())
        return tuple(
            seat
            for seat in among
            if (role is None or seat.role == role)
            and (post is None or seat.post == post)
            and (on_duty is None or seat.on_duty == on_duty)
        )

    @cached_property
    def handler_names(self) -> dict[str | None, tuple[str, ...]]:
        """What the people are called who could handle a matter of a township, by its id; None: of any township."""
        names: dict[str | None, tuple[str, ...]] = {
            town.id: tuple(seat.label for seat in self.seats(unit_id=self.squad_of(town.id).id))
            for town in self.townships
        }
        return {**names, None: tuple(dict.fromkeys(name for squad in names.values() for name in squad))}

    @cached_property
    def place_names(self) -> "Names":
        """Of villages as in `villages_by_name`, then of townships."""
        return Names([*self.villages_by_name, *(township.name for township in self.townships)])

    @cached_property
    def slips_of_the_pen(self) -> "Slips":
        return Slips(self.villages_by_name)

    def seat_of_telegram(self, telegram_id: int) -> Seat | None:
        return self._index.telegram.get(telegram_id)

    @property
    def villages_by_name(self) -> dict[str, tuple[Village, ...]]:
        """By name and everyday name, the longest first."""
        return self._index.villages_by_name

    def villages_of(self, township_id: str) -> tuple[Village, ...]:
        return tuple(village for village in self.villages if village.township_id == township_id)

    def departments(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.kind is UnitKind.DEPARTMENT)

    def squad_of(self, township_id: str) -> Unit:
        """The squad that serves a township; every township has exactly one."""
        return self._index.squads[township_id]

    def stations(self, township_id: str) -> tuple[Unit, ...]:
        """派出所, 市监所 … that serve this township: nearer than the department in the county seat."""
        return self._index.stations.get(township_id, ())

    def station(self, township_id: str, dept_code: str) -> Unit | None:
        return next((unit for unit in self.stations(township_id) if unit.dept_code == dept_code), None)

    def department_of(self, unit_id: str) -> str:
        """The department that a station belongs to; any other unit stands for itself."""
        return self.unit(unit_id).dept_code or unit_id

    def nearest(self, township_id: str, dept_code: str) -> str:
        """Who answers for a department in a township: its station there, else the department itself."""
        station = self.station(township_id, dept_code)
        return station.id if station else dept_code

    def answering(self, unit_id: str) -> tuple[str, ...]:
        """The units whose people may answer a call to this one, the nearest first: a station, then its department."""
        return tuple(dict.fromkeys((unit_id, self.department_of(unit_id))))

    def with_stations(self, unit_ids: Iterable[str]) -> tuple[str, ...]:
        """These units and every station of theirs: the calls that their people may answer."""
        own = list(dict.fromkeys(unit_ids))
        return (*own, *(u.id for u in self.units if u.dept_code in own and u.id not in own))

    def inspector_of(self, grid_id: str) -> Seat | None:
        return next(iter(self.seats(role=Role.GRID_INSPECTOR, unit_id=grid_id)), None)

    def fines_of(self, matter_code: str, party_kind: str) -> list[Fine]:
        """What the table says of a fine for this matter and this kind of party; nothing: the county has not filled it in."""
        return [one for one in self.fines if one.matter_code == matter_code and one.applies_to in ("any", party_kind)]

    def most_fen(self, matter_code: str, party_kind: str) -> int | None:
        """Above this no fine is lawful, in fen; None where the table does not know the whole article."""
        rows = self.fines_of(matter_code, party_kind)
        return max(one.high_yuan for one in rows) * 100 if rows and all(one.whole for one in rows) else None

    def least_fen(self, matter_code: str, party_kind: str) -> int | None:
        """Below the lowest sum that the table knows a fine has to say why, in fen; None where no lowest sum is named."""
        rows = self.fines_of(matter_code, party_kind)
        return min(one.low_yuan for one in rows) * 100 or None if rows else None

    def authority(self, township_id: str, matter_code: str, on: date) -> Tier | None:
        """The source of the township's power over the matter on that local day, or None: then it whistles.

        Delegated power also needs an agreement that covers place, matter and day (行政处罚法第二十条).
        """
        if matter_code in self.negative:
            return None
        for row in self.powers_of(township_id, matter_code):
            if row.holds_on(on) and (
                row.tier is not Tier.DELEGATED or self.agreement(township_id, matter_code, on) is not None
            ):
                return row.tier
        return None

    def powers_of(self, township_id: str, matter_code: str) -> tuple[TownshipMatter, ...]:
        """Every row of the list for a township and matter, in force or not."""
        return self._index.authority.get((township_id, matter_code), ())

    def agreement(self, township_id: str, matter_code: str, on: date) -> Agreement | None:
        return next((a for a in self.agreements if a.covers(township_id, matter_code, on)), None)


class _Index:
    """Look-ups that would otherwise walk the tuples at every tip."""

    def __init__(self, county: County) -> None:
        self.townships = {t.id: t for t in county.townships}
        self.villages = {v.id: v for v in county.villages}
        names = _grouped(county.villages, lambda village: [village.name, *village.aliases])
        self.villages_by_name = {name: names[name] for name in sorted(names, key=len, reverse=True)}
        self.grids = {g.id: g for g in county.grids}
        self.units = {u.id: u for u in county.units}
        self.matters = {m.code: m for m in county.matters}
        self.seats = {s.id: s for s in county.all_seats}
        self.telegram = {s.telegram_id: s for s in county.all_seats if s.telegram_id is not None}
        self.seats_of = _grouped(county.all_seats, lambda seat: [seat.unit_id])
        self.stations = _grouped(
            [u for u in county.units if u.kind is UnitKind.STATION], lambda unit: list(unit.township_ids)
        )
        self.squads = {t: u for u in county.units if u.kind is UnitKind.SQUAD for t in u.township_ids}
        self.authority = _grouped(county.township_matters, lambda row: [(row.township_id, row.matter_code)])


class Names:
    """Which of these names stand in a text? One search for all of them: most texts have none."""

    def __init__(self, names: Iterable[str]) -> None:
        self._number = {name: number for number, name in enumerate(dict.fromkeys(names))}
        longest_first = sorted(filter(None, self._number), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._within = {one: [name for name in longest_first if one.startswith(name)] for one in longest_first}

    def within(self, text: str) -> list[str]:
        """All that stand there, also inside each other, in the order in which they were given."""
        found: list[str] = []
        at = self._pattern.search(text)
        while at is not None:
            found += self._within[at[0]]
            at = self._pattern.search(text, at.start() + 1)
        return sorted(set(found), key=self._number.__getitem__) if len(found) > 1 else found


class Slips:
    """Names of villages with one character before 村 or 社区 left open (`石□村`), so that a slip of the pen is looked up, not tried."""

    def __init__(self, villages_by_name: dict[str, tuple[Village, ...]]) -> None:
        self.names: dict[str, dict[str, tuple[Village, ...]]] = {}
        self.order = {name: number for number, name in enumerate(villages_by_name)}
        self.longest = max(map(len, villages_by_name), default=0)
        for name, meant in villages_by_name.items():
            tail = next((tail for tail in VILLAGE_TAILS if name.endswith(tail)), name)
            for at in range(len(name) - len(tail) if len(name) > 2 else 0):
                self.names.setdefault(f"{name[:at]}□{name[at + 1 :]}", {})[name] = meant


def _grouped(rows: Sequence[_V], keys: Callable[[_V], list[_K]]) -> dict[_K, tuple[_V, ...]]:
    groups: dict[_K, list[_V]] = {}
    for row in rows:
        for key in keys(row):
            groups.setdefault(key, []).append(row)
    return {key: tuple(members) for key, members in groups.items()}
