"""Who is on duty at which instant? The arithmetic of duty rotas, pure: no records, no clock of its own.

    the plan in force ─► its rotations ∪ its listed shifts ─► + added − removed, replaced one for one ─► on duty

A shift begins at a local hour of a local day and ends when the next one of its rotation begins (or at its own hour), so that two
neighbours share one instant: no gap and no overlap, also where the clock is put forward or back. All instants are aware UTC, all intervals
half open: whoever begins at 08:00 is on duty at 08:00:00, not at 07:59:59. A plan is never changed: the next one follows it, so that the
past stays as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import (
    TypeAdapter,
)

from workflows.turns import Days, Every, Plan, Rotation

if TYPE_CHECKING:
    from workflows import records as r
    from workflows.work import Work

DAY = timedelta(days=1)


class Calendar:
    """Which days are worked, and how many of them lie between two days; asked once per year."""

    def __init__(self, is_workday: Callable[[date], bool]) -> None:
        self._is_workday = is_workday
        self._years: dict[int, list[int]] = {}

    def workday(self, day: date) -> bool:
        return self._before(day + DAY) - self._before(day) == 1 if day.month < 12 or day.day < 31 else self._asked(day)

    def workdays_between(self, first: date, last: date) -> int:
        """From `first` up to, not including, `last`."""
        if first.year == last.year:
            return self._before(last) - self._before(first)
        whole = sum(self._year(year)[-1] for year in range(first.year + 1, last.year))
        return self._year(first.year)[-1] - self._before(first) + whole + self._before(last)

    def _asked(self, day: date) -> bool:
        year = self._year(day.year)
        return year[-1] - year[-2] == 1

    def _before(self, day: date) -> int:
        """Workdays of the year before this day."""
        return self._year(day.year)[day.timetuple().tm_yday - 1]

    def _year(self, year: int) -> list[int]:
        found = self._years.get(year)
        if found is None:
            found, day = [0], date(year, 1, 1)
            while day.year == year:
                found.append(found[-1] + self._is_workday(day))
                day += DAY
            self._years[year] = found
        return found


class Kind(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the plan inside one interval. `replace`: `other` stands in wherever `person` would be on duty."""

    kind: Kind
    person: str
    begins: datetime
    ends: datetime
    other: str | None = None
    key: str = ""
    """Whatever the caller knows it by; it plays no part in the arithmetic."""

    @property
    def touches(self) -> frozenset[str]:
        return frozenset(one for one in (self.person, self.other) if one)

    def holds(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends

    def overlaps(self, begins: datetime, ends: datetime) -> bool:
        return self.begins < ends and begins < self.ends

    def clashes(self, other: "Change") -> bool:
        """Both would decide about the same person at the same time. What does not clash may be applied in any order.

        One may stand in for two: whoever of them would be on duty, it is the same person who comes.
        """
        same = self.touches & other.touches
        if self.other is not None and self.other == other.other and self.person != other.person:
            same -= {self.other}
        return self.overlaps(other.begins, other.ends) and bool(same)

    def outside(self, begins: datetime, ends: datetime) -> list["Change"]:
        """What is left of it when an interval is cut out."""
        left = replace(self, ends=min(self.ends, begins))
        right = replace(self, begins=max(self.begins, ends))
        return [one for one in (left, right) if one.begins < one.ends]


class Clash(Exception):
    """The change cannot stand beside another one."""

    def __init__(self, other: Change) -> None:
        super().__init__(other.key)
        self.other = other


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another the same people are on duty."""

    begins: datetime
    ends: datetime
    members: frozenset[str]


@dataclass(frozen=True)
class Schedule:
    """One rota: its zone, its plans (oldest first) and the calendar of its county."""

    zone: str
    plans: tuple[Plan, ...]
    calendar: Calendar

    def plan_at(self, moment: datetime) -> Plan | None:
        return next((plan for plan in reversed(self.plans) if plan.since <= moment), None)

    def on_duty(self, moment: datetime, changes: Iterable[Change] = ()) -> frozenset[str]:
        """The people on duty at this instant."""
        return applied(self.planned(moment), [one for one in changes if one.holds(moment)])

    def planned(self, moment: datetime) -> frozenset[str]:
        """The same, before anything was changed by hand."""
        plan = self.plan_at(moment)
        if plan is None:
            return frozenset()
        around = (moment.astimezone(ZoneInfo(self.zone)) - 2 * DAY).date()
        shifts = self._shifts(plan, around, around + 4 * DAY)
        return frozenset(one for shift in shifts if shift.begins <= moment < shift.ends for one in shift.members)

    def spans(self, begins: datetime, ends: datetime, changes: Sequence[Change] = ()) -> list[Span]:
        """The whole interval, cut where somebody comes or goes. Neighbours differ."""
        cuts = {begins, *(plan.since for plan in self.plans)}
        zone = ZoneInfo(self.zone)
        first, last = begins.astimezone(zone).date() - 2 * DAY, ends.astimezone(zone).date() + 2 * DAY
        for plan in self.plans:
            cuts |= {at for shift in self._shifts(plan, first, last) for at in (shift.begins, shift.ends)}
        cuts |= {at for change in changes for at in (change.begins, change.ends)}
        found: list[Span] = []
        for at in sorted(cut for cut in cuts if begins <= cut < ends):
            members = self.on_duty(at, changes)
            if found and found[-1].members == members:
                continue
            if found:
                found[-1] = replace(found[-1], ends=at)
            found.append(Span(at, ends, members))
        return found

    def next_change(
        self, moment: datetime, changes: Sequence[Change] = (), within: timedelta = 40 * DAY
    ) -> datetime | None:
        """When somebody comes or goes next, later than `moment`; None if not within that time."""
        ahead = self.spans(moment, moment + within, changes)
        return ahead[1].begins if len(ahead) > 1 else None

    def gaps(self, begins: datetime, ends: datetime, changes: Sequence[Change] = ()) -> list[Span]:
        """Where nobody is on duty."""
        return [span for span in self.spans(begins, ends, changes) if not span.members]

    def shifts_of(self, person: str, begins: datetime, ends: datetime, changes: Sequence[Change] = ()) -> list[Span]:
        """When this person is on duty, in whole stretches."""
        found: list[Span] = []
        for span in self.spans(begins, ends, changes):
            if person not in span.members:
                continue
            if found and found[-1].ends == span.begins:
                found[-1] = replace(found[-1], ends=span.ends)
            else:
                found.append(replace(span, members=frozenset({person})))
        return found

    def without(self, person: str, moment: datetime) -> "Schedule":
        """A plan from now on in which this person takes no turn. Whoever is on duty stays; if it was this person, the next one begins."""
        plan = self.plan_at(moment)
        later = [self._left_out(one, person, one.since) for one in self.plans if one.since > moment]
        past = [one for one in self.plans if one.since < moment]
        now = [self._left_out(plan, person, moment)] if plan is not None else []
        return replace(self, plans=(*past, *now, *later))

    def followed_by(self, plan: Plan) -> "Schedule":
        """This plan from its instant on; plans that would have begun later are dropped."""
        return replace(self, plans=(*(one for one in self.plans if one.since < plan.since), plan))

    # ── shifts ──

    def _shifts(self, plan: Plan, first: date, last: date) -> Iterator[Span]:
        """All shifts that begin on these local days (both included)."""
        for rotation in plan.rotations:
            day = max(first, rotation.first_day)
            until = last if rotation.last_day is None else min(last, rotation.last_day)
            while day <= until:
                if self._matches(rotation.days, day):
                    turn = rotation.members[self.turn(rotation, day) % len(rotation.members)]
                    yield self._span(day, rotation.begins, rotation.ends, turn)
                day += DAY
        for listed in plan.listed:
            if first <= listed.day <= last:
                yield self._span(listed.day, listed.begins, listed.ends, listed.members)

    def _span(self, day: date, begins: time, ends: time | None, members: Iterable[str]) -> Span:
        last = day if ends is not None and ends > begins else day + DAY
        end = begins if ends is None else ends
        return Span(instant(day, begins, self.zone), instant(last, end, self.zone), frozenset(members))

    def turn(self, rotation: Rotation, day: date) -> int:
        """Which turn this day belongs to, from 0; a day counts only if the rotation has a shift on it."""
        if rotation.every is Every.WEEK:
            return (day - _week_of(rotation, rotation.first_day)).days // 7 // rotation.turns
        return self._counted(rotation.days, rotation.first_day, day) // rotation.turns

    def _counted(self, days: Days, first: date, day: date) -> int:
        worked = 0 if days is Days.ALL else self.calendar.workdays_between(first, day)
        return worked if days is Days.WORKDAYS else (day - first).days - worked

    def _matches(self, days: Days, day: date) -> bool:
        return days is Days.ALL or self.calendar.workday(day) == (days is Days.WORKDAYS)

    # ── leaving somebody out ──

    def _left_out(self, plan: Plan, person: str, moment: datetime) -> Plan:
        rotations = [self._without(rotation, person, moment) for rotation in plan.rotations]
        listed = [
            shift.model_copy(update={"members": tuple(one for one in shift.members if one != person)})
            for shift in plan.listed
            if shift.members != (person,)
        ]
        return Plan(since=moment, rotations=tuple(one for one in rotations if one is not None), listed=tuple(listed))

    def _without(self, rotation: Rotation, person: str, moment: datetime) -> Rotation | None:
        if not any(person in turn for turn in rotation.members):
            return rotation
        day = self._last_begun(rotation, moment)
        turn = self.turn(rotation, day) if day is not None else 0
        at = turn % len(rotation.members)
        ahead = (*rotation.members[at:], *rotation.members[:at])  # the one on duty first: he keeps his turn
        kept = tuple(filter(None, (tuple(one for one in turn if one != person) for turn in ahead)))
        if not kept:
            return None
        first_day = rotation.first_day if day is None else self._first_day_of_turn(rotation, day, turn)
        return rotation.model_copy(update={"members": kept, "first_day": first_day})

    def _last_begun(self, rotation: Rotation, moment: datetime) -> date | None:
        """The newest day whose shift has begun."""
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        while day >= rotation.first_day:
            if self._matches(rotation.days, day) and instant(day, rotation.begins, self.zone) <= moment:
                return day
            day -= DAY
        return None

    def _first_day_of_turn(self, rotation: Rotation, day: date, turn: int) -> date:
        while day > rotation.first_day and self.turn(rotation, day - DAY) == turn:
            day -= DAY
        return day


def instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a local hour. An hour that the clock skips is the one it skips to; of one that comes twice, the first is meant."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def applied(planned: frozenset[str], changes: Iterable[Change]) -> frozenset[str]:
    """Union, minus, and one for one: each looks at the plan, so the order does not matter."""
    found = set(planned)
    for change in changes:
        if change.kind is Kind.ADD:
            found.add(change.person)
        else:
            found.discard(change.person)
            if change.kind is Kind.REPLACE and change.other and change.person in planned:
                found.add(change.other)
    return frozenset(found)


def handed_on(
    changes: Sequence[Change], person: str, other: str | None, begins: datetime, ends: datetime
) -> tuple[list[Change], list[Change]]:
    """Let `other` (or nobody) serve instead of `person` from `begins` to `ends`: which changes go, and which come instead.

    Duty that the person had taken over from somebody is handed on like the person's own, which may fall on the same time. Raises Clash.
    """
    gone: list[Change] = []
    made: list[Change] = []
    own = [(begins, ends)]
    for change in changes:
        if person not in change.touches or not change.overlaps(begins, ends):
            continue
        a, b = max(begins, change.begins), min(ends, change.ends)
        if change.kind is Kind.REPLACE and change.other == person:
            kind = Kind.REPLACE if other else Kind.REMOVE
            if change.person != other:  # handed back, it is simply theirs again
                made.append(Change(kind, change.person, a, b, other))
        elif change.kind is Kind.ADD:
            made += [Change(Kind.ADD, other, a, b)] if other else []
            made.append(Change(Kind.REMOVE, person, a, b))
            own = [part for x, y in own for part in ((x, min(y, a)), (max(x, b), y)) if part[0] < part[1]]
        else:
            raise Clash(change)
        gone.append(change)
        made += change.outside(begins, ends)
    kind = Kind.REPLACE if other else Kind.REMOVE
    made += [Change(kind, person, a, b, other) for a, b in own]
    stays = [change for change in changes if change not in gone]
    for new in made:
        for old in stays:
            if new.clashes(old):
                raise Clash(old)
    return gone, made


def _week_of(rotation: Rotation, day: date) -> date:
    """The hand-over day of the week that this day belongs to."""
    return day - timedelta(days=(day.weekday() - rotation.weekday.number) % 7)


# ── the records of a rota ────────────────────────────────────────────────────────────────────────────────────────────

_PLANS = TypeAdapter(tuple[Plan, ...])


@lru_cache(maxsize=512)
def _read(plans: str) -> tuple[Plan, ...]:
    return _PLANS.validate_json(plans)


def schedule_of(rota: "r.Rota", calendar: Calendar) -> Schedule:
    """A stored rota as arithmetic."""
    return Schedule(rota.zone, _read(rota.plans), calendar)


def change_of(override: "r.Override") -> Change:
    """A stored override as arithmetic."""
    begins, ends = override.begins_at, override.ends_at
    return Change(Kind(override.kind), override.person_id, begins, ends, override.other_id, override.id)


def stored(schedule: Schedule) -> str:
    """The plans as they are kept with a rota."""
    return _PLANS.dump_json(schedule.plans).decode()


def members_now(work: "Work", rota_id: str) -> list["r.Person"]:
    """Who is on duty by this rota at `work.now`, bound or not in the order of their seats. Nobody, if there is no such rota."""
    return [person for person in work.filling(rota_id) if person.account is not None]
