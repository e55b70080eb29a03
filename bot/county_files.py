"""Reads a county's folder of YAML and CSV files: what is in them, or every mistake with file, line and what to do.

Nothing is imported by halves: either all files fit together and `load_county` returns them, or it raises one
`CountyError` that lists all problems found.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workflows.county import (
    TOWNSHIP_DEPT,
    Agreement,
    County,
    CountyInfo,
    Day,
    Fine,
    Grid,
    Matter,
    Negative,
    Role,
    Seat,
    Tier,
    Township,
    TownshipMatter,
    Unit,
    UnitKind,
    Village,
)
from workflows.forms import Forms
from workflows.ground import Outline
from workflows.lawprofile import LawProfiles
from workflows.likeness import Learnt, NotLearnt
from workflows.policy import CallWindow, Policy
from workflows.reasons import Articles, Reasons
from workflows.rulebook import Rulebook
from workflows.terms import Terms
from workflows.turns import POSTS, Given, GivenRotas, GivenShift, made_id

LEARNT = "learnt.bin"
TEXTS = ("pdf", "docx", "txt")
"""What the text of an agreement may be, the better one first."""
LARGEST_TEXT = 20 * 1024 * 1024
BORDERS = "borders.geojson"
SAMPLE = Path(__file__).with_name("sample_county")

_M = TypeVar("_M", bound=BaseModel)

# column in the file → field of the model; a column ending in | holds several values parted by |
_TOWNSHIPS = {"township_id": "id", "name": "", "name_en": "", "short": "", "class_": None, "lat": "", "lon": ""}
_VILLAGES = {"village_id": "id", "township_id": "", "name": "", "kind": "", "aliases": "|", "lat": "", "lon": ""}
_GRIDS = {
    "grid_id": "id",
    "grid_no": "no",
    "township_id": "",
    "village_id": "",
    "grid_name": "name",
    "lat": "",
    "lon": "",
}
_DEPARTMENTS = {
    "dept_code": "id",
    "name": "",
    "name_en": "",
    "short": "",
    "short_names": "|",
    "old_names": "|",
    "villager_terms": "|",
    "category": "",
    "category_en": "",
    "hotline": "",
    "staffed": "",
}
_STATIONS = {
    "station_id": "id",
    "dept_code": "",
    "township_ids": "|",
    "name": "",
    "name_en": "",
    "short": "",
    "short_names": "|",
    "hotline": "",
    "staffed": "",
}
_SQUADS = {
    "squad_id": "id",
    "township_ids": "|",
    "name": "",
    "name_en": "",
    "short": "",
    "short_names": "|",
    "posts_approved": None,
    "staffed": "",
}
_MATTERS = {
    "code": "",
    "name": "",
    "short": "",
    "plain_gloss": "gloss",
    "dept_code": "",
    "co_dept_codes": ";",
    "law": "",
    "article": "",
    "basis_scope": "",
    "basis_text_date": "",
    "basis_verified": "",
    "basis_note": "",
    "supervision_class": "category",
    "procedure_hint": "",
    "checklist_tags": ";",
    "article_excerpt": "",
}
_TOWNSHIP_MATTERS = {
    "township_id": "",
    "matter_code": "",
    "tier": "",
    "effective_from": "",
    "withdrawn_on": "",
    "note": "",
}
_AGREEMENTS = {
    "agreement_id": "id",
    "number": "",
    "dept_code": "",
    "township_ids": "|",
    "matter_codes": "|",
    "valid_from": "",
    "valid_to": "",
}
_NEGATIVE = {"matter_code": "", "reason": ""}
_FINES = {"matter_code": "", "applies_to": "", "low_yuan": "", "high_yuan": "", "whole": "", "quote": ""}
_CALENDAR = {"date": "on", "kind": "work", "source": ""}
_ROTA_SHIFTS = {"rota_id": "", "date": "day", "begins": "", "ends": "", "seats": "|"}
_SEATS = {
    "seat_id": "id",
    "role": "",
    "unit_id": "",
    "post": "",
    "label": "",
    "label_en": "",
    "phone": "",
    "telegram_user_id": "telegram_id",
    "on_duty": "",
    "grid_id": "",
    "village_id": "",
    "certificate_no": "",
    "certificate_status": "",
    "certificate_valid_to": "",
    "may_handle": "",
    "may_review": "",
}

_HOME = {
    Role.GRID_INSPECTOR: (UnitKind.GRID,),
    Role.VILLAGE_COORDINATOR: (UnitKind.TOWNSHIP,),
    Role.AUXILIARY: (UnitKind.SQUAD,),
    Role.SQUAD_MEMBER: (UnitKind.SQUAD,),
    Role.SQUAD_LEADER: (UnitKind.SQUAD,),
    Role.DISPATCHER: (UnitKind.SQUAD,),
    Role.LEGAL_REVIEWER: (UnitKind.SQUAD,),
    Role.TOWNSHIP_LEADER: (UnitKind.TOWNSHIP,),
    Role.LIAISON: (UnitKind.DEPARTMENT, UnitKind.STATION),
    Role.DEPARTMENT_HEAD: (UnitKind.DEPARTMENT,),
    Role.DESK: (UnitKind.COUNTY,),
    Role.LEADER_ON_DUTY: (UnitKind.COUNTY,),
    Role.FINANCE: (UnitKind.COUNTY,),
    Role.SUPERVISOR: (UnitKind.COUNTY,),
    Role.DISCIPLINE: (UnitKind.COUNTY,),
    Role.ADMIN: (UnitKind.COUNTY,),
}
"""Which kind of unit a role belongs to."""


@dataclass(frozen=True)
class Problem:
    """One mistake: where, which rule of `county_problems.yaml`, and the words that fill its text."""

    path: str
    line: int
    rule: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        texts = _texts()[self.rule]
        return " / ".join(str(texts[language]).format_map(self.facts) for language in ("zh", "en"))

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class CountyError(Exception):
    """The county's files do not fit together; `problems` has all of them, in the order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))

    @property
    def path(self) -> str:
        return self.problems[0].path

    @property
    def line(self) -> int:
        return self.problems[0].line

    @property
    def reason(self) -> str:
        return self.problems[0].reason


@dataclass(frozen=True)
class CountyFiles:
    """Everything a county's folder holds."""

    county: County
    policy: Policy
    reasons: Reasons
    articles: Articles
    terms: Terms
    laws: LawProfiles
    forms: Forms
    learnt: Learnt | None = None
    """What `whistle train` wrote beside the files; without it everyday words alone decide."""

    def rulebook(self) -> Rulebook:
        """The same in the form that decisions read."""
        return Rulebook(
            self.county, self.policy, self.reasons, self.articles, self.terms, self.laws, self.forms, self.learnt
        )


def load_county(folder: Path = SAMPLE, *, learnt: bool = True) -> CountyFiles:
    """All files of the folder, checked one by one and against each other. Raises CountyError. Without what was `learnt` when it is
    learnt anew: a file that is damaged, or written by another version, must not be in the way of that."""
    return _Reader(folder).read(learnt=learnt)


def load_calendar(folder: Path) -> list[Day]:
    """`calendar.csv` alone; none where there is no such file. Raises CountyError."""
    reader = _Reader(folder)
    days = reader.table("calendar.csv", _CALENDAR, Day) if (folder / "calendar.csv").exists() else []
    if reader.problems:
        raise CountyError(reader.problems)
    return [day for _, day in days]


def load_policy(path: Path) -> Policy:
    """One policy file alone. Raises CountyError."""
    reader = _Reader(path.parent)
    policy = reader.yaml(path.name, Policy)
    if policy is None or reader.problems:
        raise CountyError(reader.problems)
    return policy


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.shift_lines: dict[tuple[str, str, str], int] = {}  # (rota, day, hour) → line of rota.csv
        self.where: dict[tuple[str, str], str] = {}  # (what, id) → file:line, for duplicates
        self._trees: dict[str, Any] = {}

    def wrong(self, path: str, line: int, rule: str, **facts: object) -> None:
        self.problems.append(Problem(path, line, rule, facts))

    # ── reading ──

    def text(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text("utf-8-sig")
        except (FileNotFoundError, IsADirectoryError):
            self.wrong(name, 1, "no_file")
        except UnicodeDecodeError:
            self.wrong(name, 1, "not_utf8")
        return None

    def rows(self, name: str, columns: Mapping[str, str | None]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its line number; `|` and `;` columns split, empty cells left out."""
        text = self.text(name)
        if text is None:
            return
        table = csv.reader(io.StringIO(text, newline=""))
        header = [cell.strip() for cell in next(table, [])]
        missing, extra = set(columns) - set(header), set(header) - set(columns)
        if not header:
            self.wrong(name, 1, "empty")
            return
        if missing or extra or len(set(header)) != len(header):
            self.wrong(name, 1, "columns", missing=_listed(missing), extra=_listed(extra))
            return
        while True:
            begins = table.line_num + 1
            try:
                cells = next(table, None)
            except csv.Error:
                self.wrong(name, begins, "cells", n="?", want=len(header))
                return
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                self.wrong(name, begins, "cells", n=len(cells), want=len(header))
                continue
            row: dict[str, Any] = {}
            for column, cell in zip(header, cells, strict=True):
                rule, value = columns[column], cell.strip()
                if rule is None or not value:
                    continue
                if rule in ("|", ";"):
                    row[column] = tuple(part.strip() for part in value.split(rule) if part.strip())
                else:
                    row[rule or column] = value
            yield begins, row

    def table(
        self, name: str, columns: Mapping[str, str | None], model: type[_M], what: str = "", **fixed: Any
    ) -> list[tuple[int, _M]]:
        read = []
        for line, row in self.rows(name, columns):
            made = self.made(name, line, model, {**row, **fixed})
            if made is None:
                continue
            key = str(getattr(made, "id", getattr(made, "code", "")))
            if what and not self.unique(name, line, what, key):
                continue
            read.append((line, made))
        return read

    def made(self, name: str, line: int, model: type[_M], row: dict[str, Any]) -> _M | None:
        try:
            return model.model_validate(row)
        except ValidationError as error:
            self.problems += [_problem(name, line, e) for e in error.errors()]
            return None

    def unique(self, name: str, line: int, what: str, key: str) -> bool:
        before = self.where.setdefault((what, key), f"{name}:{line}")
        if before != f"{name}:{line}":
            self.wrong(name, line, "duplicate", what=what, id=key, where=before)
            return False
        return True

    def yaml(self, name: str, model: type[_M]) -> _M | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            plain = YAML(typ="safe").load(text)  # fast; line numbers are looked up only when something is wrong
        except DuplicateKeyError as error:
            mark = error.problem_mark
            key = str(error.problem).split('"')[1] if '"' in str(error.problem) else ""
            self.wrong(name, mark.line + 1 if mark else 1, "duplicate_key", key=key)
            return None
        except MarkedYAMLError as error:
            mark = error.problem_mark
            self.wrong(name, mark.line + 1 if mark else 1, "yaml", detail=error.problem or "")
            return None
        except YAMLError as error:
            self.wrong(name, 1, "yaml", detail=str(error).splitlines()[0])
            return None
        if plain is None:
            self.wrong(name, 1, "empty")
            return None
        try:
            return model.model_validate(plain)
        except ValidationError as error:
            self.problems += [_problem(name, _line_of(self.tree(name), e["loc"]), e) for e in _causes(error)]
            return None

    def tree(self, name: str) -> Any:
        """The same file with its line numbers: twenty times as slow, so only once something is wrong."""
        if name not in self._trees:
            self._trees[name] = YAML(typ="rt").load((self.folder / name).read_text("utf-8-sig"))
        return self._trees[name]

    # ── the whole ──

    def read(self, *, learnt: bool) -> CountyFiles:
        if not self.folder.is_dir():
            raise CountyError([Problem(str(self.folder.name), 0, "no_folder")])
        info = self.yaml("county.yaml", CountyInfo)
        if info is not None:
            try:
                ZoneInfo(info.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                self.wrong("county.yaml", 1, "timezone", value=info.timezone)
        townships = self.table("townships.csv", _TOWNSHIPS, Township, "township")
        if info is not None and townships and info.seat_township not in {None, *(t.id for _, t in townships)}:
            self.wrong(
                "county.yaml", 1, "unknown", field="seat_township", value=info.seat_township, file="townships.csv"
            )
        villages = self.table("villages.csv", _VILLAGES, Village, "village")
        grids = self.table("grids.csv", _GRIDS, Grid, "grid")
        departments, categories = self.departments()
        stations = self.units("stations.csv", _STATIONS, UnitKind.STATION)
        squads = self.units("squads.csv", _SQUADS, UnitKind.SQUAD)
        matters = self.table("matters.csv", _MATTERS, Matter, "matter")
        powers = self.table("township_matters.csv", _TOWNSHIP_MATTERS, TownshipMatter)
        agreements = self.with_texts(self.table("agreements.csv", _AGREEMENTS, Agreement, "agreement"))
        days = self.table("calendar.csv", _CALENDAR, Day) if (self.folder / "calendar.csv").exists() else []
        listed = self.folder / "negative_list.csv"
        negative = self.table(listed.name, _NEGATIVE, Negative) if listed.exists() else []
        ranges = self.folder / "discretion.csv"
        fines = self.table(ranges.name, _FINES, Fine) if ranges.exists() else []
        outlines = self.outlines()
        seats = self.seats()
        policy = self.yaml("policy.yaml", Policy)
        reasons = self.yaml("reasons.yaml", Reasons)
        articles = self.yaml("articles.yaml", Articles)
        laws = self.yaml("law_profiles.yaml", LawProfiles)
        forms = self.yaml("documents.yaml", Forms)
        terms = self.yaml("terms.yaml", Terms)
        rotas = self.rotas()
        taught = self.learnt() if learnt else None
        if self.problems or not (info and policy and reasons and articles and laws and forms and terms):
            raise CountyError(self.problems)  # what does not parse cannot be compared

        place_of = {village.id: village for _, village in villages}
        town_of = {township.id: township for _, township in townships}
        units = [
            Unit(id=info.id, kind=UnitKind.COUNTY, name=info.name, name_en=info.name_en, short=info.name),
            *(
                Unit(
                    id=t.id,
                    kind=UnitKind.TOWNSHIP,
                    name=t.name,
                    name_en=t.name_en,
                    short=t.name,
                    parent=info.id,
                    township_ids=(t.id,),
                    names=(t.name,),
                )
                for _, t in townships
            ),
            *(unit for _, unit in squads),
            *(unit.model_copy(update={"parent": info.id}) for _, unit in departments),
            *(unit for _, unit in stations),
            *(
                Unit(
                    id=g.id,
                    kind=UnitKind.GRID,
                    name=g.name,
                    name_en=f"{town_of[g.township_id].name_en} grid {g.no}" if g.township_id in town_of else g.id,
                    short=g.name,
                    parent=g.township_id,
                    township_ids=(g.township_id,),
                )
                for _, g in grids
            ),
        ]
        known = {
            "townships.csv": set(town_of),
            "villages.csv": set(place_of),
            "grids.csv": {grid.id for _, grid in grids},
            "departments.csv": set(categories),
            "matters.csv": {matter.code for _, matter in matters},
        }
        self.places(villages, grids, place_of, known)
        self.squads_and_stations(squads, stations, townships, known)
        self.powers(matters, powers, agreements, known)
        self.never_devolved(negative, powers, known)
        placed = known["townships.csv"] | known["villages.csv"] | known["grids.csv"]
        for n, outline in outlines:
            if outline.id not in placed:
                self.wrong(BORDERS, 1, "outline_unknown", n=n, value=outline.id)
        for line, fine in fines:
            self.must_know("discretion.csv", line, "matter_code", fine.matter_code, "matters.csv", known)
            if fine.low_yuan > fine.high_yuan:
                self.wrong("discretion.csv", line, "fine_range", low=fine.low_yuan, high=fine.high_yuan)
        self.laws(laws, articles)
        self.people(seats, {unit.id: unit for unit in units}, known)
        self.duty(rotas, {seat.id: seat for _, _, seat in seats}, {unit.id: unit for unit in units})
        self.policy_and_terms(policy, terms, [matter for _, matter in matters])
        rota_ids = {rota.id for _, rota in rotas}
        self.ladders(policy, {unit.id: unit for unit in units}, {seat.id for _, _, seat in seats}, rota_ids)
        if self.problems:
            raise CountyError(self.problems)
        county = County(
            info=info,
            townships=tuple(t for _, t in townships),
            villages=tuple(v for _, v in villages),
            grids=tuple(g for _, g in grids),
            units=tuple(units),
            matters=tuple(m for _, m in matters),
            township_matters=tuple(p for _, p in powers),
            agreements=tuple(a for _, a in agreements),
            all_seats=tuple(seat for _, _, seat in seats),
            categories=categories,
            days=tuple(day for _, day in days),
            negative={row.matter_code: row.reason for _, row in negative},
            fines=tuple(fine for _, fine in fines),
            outlines=tuple(outline for _, outline in outlines),
            rotas=tuple(rota for _, rota in rotas),
        )
        return CountyFiles(county, policy, reasons, articles, terms, laws, forms, taught)

    def outlines(self) -> list[tuple[int, Outline]]:
        """The features of the county's map, each with its number; none where there is no map."""
        if not (self.folder / BORDERS).exists() or (text := self.text(BORDERS)) is None:
            return []
        try:
            features = json.loads(text)["features"]
        except (ValueError, KeyError, TypeError) as error:
            self.wrong(BORDERS, getattr(error, "lineno", 1), "no_geojson")
            return []
        read = []
        for n, feature in enumerate(features, 1):
            try:
                outline = Outline.of(feature)
            except (ValidationError, KeyError, TypeError, IndexError):
                self.wrong(BORDERS, 1, "no_outline", n=n)
                continue
            if self.unique(BORDERS, n, "outline", outline.id):
                read.append((n, outline))
        return read

    def learnt(self) -> Learnt | None:
        path = self.folder / LEARNT
        if not path.exists():
            return None
        try:
            return Learnt.from_bytes(path.read_bytes())
        except NotLearnt:
            self.wrong(LEARNT, 1, "learnt_damaged")
            return None

    def departments(self) -> tuple[list[tuple[int, Unit]], dict[str, tuple[str, str]]]:
        read: list[tuple[int, Unit]] = []
        categories: dict[str, tuple[str, str]] = {}
        for line, row in self.rows("departments.csv", _DEPARTMENTS):
            unit = self.made("departments.csv", line, Unit, _unit_row(row, UnitKind.DEPARTMENT))
            if unit is None or not self.unique("departments.csv", line, "unit", unit.id):
                continue
            categories[unit.id] = (unit.category, unit.category_en)
            if unit.id != TOWNSHIP_DEPT:
                read.append((line, unit.model_copy(update={"dept_code": unit.id})))
        return read, categories

    def units(self, name: str, columns: Mapping[str, str | None], kind: UnitKind) -> list[tuple[int, Unit]]:
        read = []
        for line, row in self.rows(name, columns):
            if not row.get("township_ids"):
                self.wrong(name, line, "missing", field="township_ids")
                continue
            unit = self.made(name, line, Unit, _unit_row(row, kind))
            if unit is not None and self.unique(name, line, "unit", unit.id):
                read.append((line, unit))
        return read

    def seats(self) -> list[tuple[str, int, Seat]]:
        tables = sorted(path.name for path in self.folder.glob("seats_*.csv"))
        if not tables:
            self.wrong("seats_county.csv", 1, "no_seats")
        read = []
        for name in tables:
            for line, seat in self.table(name, _SEATS, Seat, "seat"):
                if seat.telegram_id is not None:
                    self.unique(name, line, "telegram_user_id", str(seat.telegram_id))
                if seat.certificate_no:
                    self.unique(name, line, "certificate_no", seat.certificate_no)
                read.append((name, line, seat))
        return read

    def rotas(self) -> list[tuple[int, Given]]:
        """`rota.yaml`, with the shifts that `rota.csv` lists by date; both may be missing."""
        if not (self.folder / "rota.yaml").exists():
            return []
        given = self.yaml("rota.yaml", GivenRotas)
        if given is None:
            return []
        tree = YAML(typ="rt").load((self.folder / "rota.yaml").read_text("utf-8-sig"))
        lines = [_line_of(tree, ("rotas", n)) for n in range(len(given.rotas))]
        shifts: dict[str, list[GivenShift]] = {}
        table = self.table("rota.csv", _ROTA_SHIFTS, GivenShift) if (self.folder / "rota.csv").exists() else []
        known = {rota.id for rota in given.rotas}
        for line, shift in table:
            if shift.rota_id not in known:
                self.wrong("rota.csv", line, "unknown", field="rota_id", value=shift.rota_id, file="rota.yaml")
            shifts.setdefault(shift.rota_id, []).append(shift)
            self.shift_lines[shift.rota_id, shift.day.isoformat(), shift.begins.isoformat()] = line
        read = []
        for line, rota in zip(lines, given.rotas, strict=True):
            self.unique("rota.yaml", line, "rota", rota.id)
            more = tuple(shift.listed for shift in shifts.get(rota.id, ()))
            if not rota.rotations and not rota.listed and not more:
                self.wrong("rota.yaml", line, "rota_empty", id=rota.id)
            read.append((line, rota.model_copy(update={"listed": (*rota.listed, *more)})))
        return read

    # ── do they fit together? ──

    def duty(self, rotas: list[tuple[int, Given]], seats: dict[str, Seat], units: dict[str, Unit]) -> None:
        """Rotas of units that exist, filled by seats of that unit and role."""
        if not rotas:
            return
        tree = YAML(typ="rt").load((self.folder / "rota.yaml").read_text("utf-8-sig"))
        for n, (line, rota) in enumerate(rotas):
            unit = units.get(rota.unit)
            if unit is None:
                at = _line_of(tree, ("rotas", n, "unit"))
                self.wrong("rota.yaml", at, "unknown", field="unit", value=rota.unit, file="departments.csv")
                continue
            if rota.role and (rota.role not in set(Role) or unit.kind not in _HOME.get(Role(rota.role), ())):
                at = _line_of(tree, ("rotas", n, "role"))
                homes = [str(kind) for kind in _HOME.get(Role(rota.role), ())] if rota.role in set(Role) else []
                self.wrong(
                    "rota.yaml", at, "role_unit", role=rota.role, unit=unit.id, kind=unit.kind, want=_listed(homes)
                )
            if rota.zone:
                try:
                    ZoneInfo(rota.zone)
                except (ZoneInfoNotFoundError, ValueError):
                    self.wrong("rota.yaml", _line_of(tree, ("rotas", n, "zone")), "timezone", value=rota.zone)
            for m, rotation in enumerate(rota.rotations):
                for k, turn in enumerate(rotation.members):
                    at = _line_of(tree, ("rotas", n, "rotations", m, "members", k))
                    for one in turn:
                        self.member("rota.yaml", at, rota, seats.get(one), one)
            for listed in rota.listed:
                key = rota.id, listed.day.isoformat(), listed.begins.isoformat()
                name, at = ("rota.csv", self.shift_lines[key]) if key in self.shift_lines else ("rota.yaml", line)
                for one in listed.members:
                    self.member(name, at, rota, seats.get(one), one)

    def member(self, name: str, line: int, rota: Given, seat: Seat | None, given: str) -> None:
        if seat is None:
            self.wrong(name, line, "unknown", field="members", value=given, file="seats_*.csv")
        elif rota.role and (seat.unit_id, seat.role) != (rota.unit, rota.role):
            self.wrong(name, line, "rota_seat", seat=given, role=rota.role, unit=rota.unit)

    def must_know(
        self, name: str, line: int, field: str, value: str | None, file: str, known: dict[str, set[str]]
    ) -> bool:
        if value is None or value in known[file]:
            return True
        self.wrong(name, line, "unknown", field=field, value=value, file=file)
        return False

    def places(
        self,
        villages: list[tuple[int, Village]],
        grids: list[tuple[int, Grid]],
        place_of: dict[str, Village],
        known: dict[str, set[str]],
    ) -> None:
        for line, village in villages:
            self.must_know("villages.csv", line, "township_id", village.township_id, "townships.csv", known)
        for line, grid in grids:
            self.must_know("grids.csv", line, "township_id", grid.township_id, "townships.csv", known)
            if self.must_know("grids.csv", line, "village_id", grid.village_id, "villages.csv", known):
                other = place_of[grid.village_id].township_id
                if other != grid.township_id:
                    self.wrong(
                        "grids.csv",
                        line,
                        "village_elsewhere",
                        township=grid.township_id,
                        village=grid.village_id,
                        other=other,
                    )

    def squads_and_stations(
        self,
        squads: list[tuple[int, Unit]],
        stations: list[tuple[int, Unit]],
        townships: list[tuple[int, Township]],
        known: dict[str, set[str]],
    ) -> None:
        serving: dict[str, str] = {}
        for line, squad in squads:
            for township in squad.township_ids:
                if self.must_know("squads.csv", line, "township_ids", township, "townships.csv", known):
                    first = serving.setdefault(township, squad.id)
                    if first != squad.id:
                        self.wrong("squads.csv", line, "two_squads", id=township, first=first, second=squad.id)
        for line, township_row in townships:
            if township_row.id not in serving:
                self.wrong("townships.csv", line, "no_squad", id=township_row.id)
        for line, station in stations:
            self.must_know("stations.csv", line, "dept_code", station.dept_code or "", "departments.csv", known)
            for township in station.township_ids:
                self.must_know("stations.csv", line, "township_ids", township, "townships.csv", known)

    def with_texts(self, agreements: list[tuple[int, Agreement]]) -> list[tuple[int, Agreement]]:
        """Each agreement with its published text, where the county has put it beside the table."""
        found = []
        for line, one in agreements:
            paths = [
                self.folder / "agreements" / f"{name}.{ending}" for name in (one.id, one.number) for ending in TEXTS
            ]
            path = next((p for p in paths if p.is_file()), None)
            if path is None:
                found.append((line, one))
                continue
            data = path.read_bytes()
            if not data.strip() or len(data) > LARGEST_TEXT or not _reads_as(path.suffix, data):
                self.wrong("agreements.csv", line, "agreement_text", file=f"agreements/{path.name}")
            text = {"text": hashlib.sha256(data).hexdigest(), "text_file": path.name}
            found.append((line, one.model_copy(update=text)))
        return found

    def powers(
        self,
        matters: list[tuple[int, Matter]],
        powers: list[tuple[int, TownshipMatter]],
        agreements: list[tuple[int, Agreement]],
        known: dict[str, set[str]],
    ) -> None:
        owner = {matter.code: matter.dept_code for _, matter in matters}
        for line, matter in matters:
            self.must_know("matters.csv", line, "dept_code", matter.dept_code, "departments.csv", known)
            for code in matter.co_dept_codes:
                self.must_know("matters.csv", line, "co_dept_codes", code, "departments.csv", known)
            if matter.basis_verified and not (matter.law and matter.article):
                self.wrong("matters.csv", line, "article_missing")
        for line, agreement in agreements:
            name = "agreements.csv"
            self.must_know(name, line, "dept_code", agreement.dept_code, "departments.csv", known)
            for township in agreement.township_ids:
                self.must_know(name, line, "township_ids", township, "townships.csv", known)
            for code in agreement.matter_codes:
                if self.must_know(name, line, "matter_codes", code, "matters.csv", known) and (
                    owner[code] != agreement.dept_code
                ):
                    self.wrong(name, line, "other_department", dept=agreement.dept_code, matter=code, owner=owner[code])
            if agreement.valid_to < agreement.valid_from:
                self.wrong(name, line, "window_days", start=agreement.valid_from, end=agreement.valid_to)
        covered = {(t, m) for _, a in agreements for t in a.township_ids for m in a.matter_codes}
        for line, power in powers:
            name = "township_matters.csv"
            self.must_know(name, line, "township_id", power.township_id, "townships.csv", known)
            self.must_know(name, line, "matter_code", power.matter_code, "matters.csv", known)
            if power.withdrawn_on is not None and power.withdrawn_on < power.effective_from:
                self.wrong(name, line, "window_days", start=power.effective_from, end=power.withdrawn_on)
            if power.tier is Tier.DELEGATED and (power.township_id, power.matter_code) not in covered:
                self.wrong(name, line, "no_agreement")

    def never_devolved(
        self,
        negative: list[tuple[int, Negative]],
        powers: list[tuple[int, TownshipMatter]],
        known: dict[str, set[str]],
    ) -> None:
        """What stands on the negative list cannot stand on a township's list at the same time."""
        line_of = {power.matter_code: line for line, power in powers}
        for line, row in negative:
            self.must_know("negative_list.csv", line, "matter_code", row.matter_code, "matters.csv", known)
            if row.matter_code in line_of:
                self.wrong(
                    "negative_list.csv", line, "negative", matter=row.matter_code, where=line_of[row.matter_code]
                )

    def laws(self, laws: LawProfiles, articles: Articles) -> None:
        """Every rule that a profile names has an article."""
        for n, profile in enumerate(laws.profiles):
            for rule in dict.fromkeys(profile.rules):
                if articles.article(rule) is None:
                    term = next((t for t, found in profile.terms.items() if found.rule == rule), None)
                    path = ("profiles", n, *(("terms", term.value, "rule") if term else ("id",)))
                    at = _line_of(self.tree("law_profiles.yaml"), path)
                    self.wrong("law_profiles.yaml", at, "unknown", field="rule", value=rule, file="articles.yaml")

    def people(self, seats: list[tuple[str, int, Seat]], units: dict[str, Unit], known: dict[str, set[str]]) -> None:
        files = {
            UnitKind.DEPARTMENT: "departments.csv",
            UnitKind.SQUAD: "squads.csv",
            UnitKind.STATION: "stations.csv",
            UnitKind.TOWNSHIP: "townships.csv",
            UnitKind.GRID: "grids.csv",
            UnitKind.COUNTY: "county.yaml",
        }
        for name, line, seat in seats:
            homes = _HOME.get(seat.role, ())
            unit = units.get(seat.unit_id)
            if unit is None:
                file = files[homes[0]] if homes else "departments.csv"
                self.wrong(name, line, "unknown", field="unit_id", value=seat.unit_id, file=file)
            elif unit.kind not in homes:
                want = _listed(str(kind) for kind in homes)
                self.wrong(name, line, "role_unit", role=seat.role, unit=seat.unit_id, kind=unit.kind, want=want)
            self.must_know(name, line, "grid_id", seat.grid_id, "grids.csv", known)
            self.must_know(name, line, "village_id", seat.village_id, "villages.csv", known)

    def ladders(self, policy: Policy, units: dict[str, Unit], seats: set[str], rotas: set[str]) -> None:
        """Whom the ladders name must exist: units with windows of their own, persons, chats, rotas."""
        for v, version in enumerate(policy.versions):
            windows: list[tuple[tuple[str, ...], CallWindow | None]] = [
                ((urgency,), getattr(version.call, urgency)) for urgency in ("normal", "urgent", "appointed")
            ]
            for unit, own in version.call.units.items():
                windows += [
                    (("units", unit, urgency), getattr(own, urgency)) for urgency in ("normal", "urgent", "appointed")
                ]
                kind = units[unit].kind if unit in units else None
                if kind not in (UnitKind.DEPARTMENT, UnitKind.STATION):
                    at = _line_of(self.tree("policy.yaml"), ("versions", v, "call", "units", unit))
                    self.wrong("policy.yaml", at, "unknown", field="units", value=unit, file="departments.csv")
            for path, window in windows:
                for part in ("told_early", "ladder") if window else ():
                    for n, step in enumerate(getattr(window, part)):
                        kind, _, name = step.who.partition(":")
                        known, file = {
                            "person": (name in seats, "seats_*.csv"),
                            "chat": (name in units, "departments.csv"),
                            "rota": (name in rotas or _may_be_made(name, units), "rota.yaml"),
                        }.get(kind, (True, ""))
                        if not known:
                            at = _line_of(self.tree("policy.yaml"), ("versions", v, "call", *path, part, n, kind))
                            self.wrong("policy.yaml", at, "unknown", field=kind, value=name, file=file)

    def policy_and_terms(self, policy: Policy, terms: Terms, matters: list[Matter]) -> None:
        codes = {matter.code for matter in matters}
        tags = {tag for matter in matters for tag in matter.checklist_tags}
        for v, version in enumerate(policy.versions):
            lists: list[tuple[str, str, tuple[str | int, ...], tuple[str, ...]]] = [
                *(
                    ("reward_nothing", row.id, ("reward", "table", n), row.matters)
                    for n, row in enumerate(version.reward.table)
                ),
                *(
                    ("season_nothing", s.id, ("whistle", "seasons", n), s.matters)
                    for n, s in enumerate(version.whistle.seasons)
                ),
                ("season_nothing", "swift", ("call", "swift"), version.call.swift.matters),
            ]
            for rule, name, path, wanted in lists:
                for w, want in enumerate(wanted):
                    fits = (
                        want[1:] in tags
                        if want.startswith("#")
                        else any(code.startswith(want[:-1]) for code in codes)
                        if want.endswith("*")
                        else want in codes
                    )
                    if not fits:
                        at = _line_of(self.tree("policy.yaml"), ("versions", v, *path, "matters", w))
                        self.wrong("policy.yaml", at, rule, id=name, value=want)
        for code in terms.matters:
            if code not in codes:
                self.wrong(
                    "terms.yaml", _line_of(self.tree("terms.yaml"), ("matters", code)), "term_matter", value=code
                )


def _may_be_made(name: str, units: Iterable[str]) -> bool:
    """Whether a rota of this name can still be made in the chat."""
    mine = (unit for unit in units if name.startswith(f"{unit}-"))
    return any(name == made_id(unit, role, post) for unit in mine for role in Role for post in ("", *POSTS))


def _reads_as(suffix: str, data: bytes) -> bool:
    """Whether the bytes are what the file's ending says."""
    if suffix == ".txt":
        try:
            return bool(data.decode("utf-8"))
        except UnicodeDecodeError:
            return False
    return data.startswith(b"%PDF-" if suffix == ".pdf" else b"PK\x03\x04")


def _unit_row(row: dict[str, Any], kind: UnitKind) -> dict[str, Any]:
    """All the names people use, longest first so that a command matches the whole name."""
    lists = ("short_names", "old_names", "villager_terms")
    names = [row.get("name", ""), row.get("short", ""), *(name for part in lists for name in row.get(part, ()))]
    kept = {k: v for k, v in row.items() if k not in lists}
    ordered = tuple(sorted(dict.fromkeys(name for name in names if name), key=len, reverse=True))
    parent = row["township_ids"][0] if row.get("township_ids") else None
    return {**kept, "kind": kind, "names": ordered, "parent": parent}


def _problem(name: str, line: int, error: Any) -> Problem:
    """A pydantic error in the county's words."""
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    field = ".".join(str(part) for part in error["loc"]) or name
    facts: dict[str, object] = {"field": field, "value": error.get("input"), "detail": error.get("msg", ""), **context}
    limit = next((context[key] for key in _LIMITS if key in context), "")
    rule = _RULES.get(kind, kind if kind in _texts() else "other")
    choices = str(context.get("expected", "")).replace("'", "")
    return Problem(name, line, rule, {**facts, "limit": limit, "choices": choices})


_LIMITS = ("ge", "gt", "le", "lt", "max_length", "min_length")
_RULES = {
    "int_type": "whole_number",
    "int_parsing": "whole_number",
    "int_from_float": "whole_number",
    "greater_than_equal": "too_small",
    "greater_than": "too_small",
    "less_than_equal": "too_large",
    "less_than": "too_large",
    "enum": "choice",
    "literal_error": "choice",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "pattern",
    "date_from_datetime_parsing": "date",
    "date_parsing": "date",
    "date_type": "date",
    "date_from_datetime_inexact": "date",
}


def _line_of(tree: object, loc: tuple[str | int, ...]) -> int:
    """The line of the deepest part of a pydantic location that stands in the file."""
    line, node = 1, tree
    for part in loc:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return line


def _causes(error: ValidationError) -> list[Any]:
    """Without the follow-on that a list is too short because an item in it was wrong."""
    errors = error.errors()
    return [
        e
        for e in errors
        if e["type"] != "too_short"
        or not any(len(o["loc"]) > len(e["loc"]) and o["loc"][: len(e["loc"])] == e["loc"] for o in errors)
    ]


def _listed(words: Any) -> str:
    return ", ".join(sorted(words)) or "-"


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded = YAML(typ="safe").load(Path(__file__).with_name("county_problems.yaml").read_text("utf-8"))
    texts: dict[str, dict[str, str]] = loaded
    return texts
