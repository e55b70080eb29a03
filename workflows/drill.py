"""演练: few, announced by the desk for a day, held by daylight. Everything runs, every text says so, no figure counts it.

    announced ─► held: a whistle of the desk or of a squad's leader that is marked so
    announced ─► roll-call ─► closed, counted by post

Whether people can be reached is known from their ordinary presses. A roll-call is an emergency drill of its own: it asks posts, keeps which
posts answered and never who (R41), and nothing follows from it for a person.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from workflows import records as r
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import Audience, tell, to_people
from workflows.refusals import (
    AlreadyClosed,
    AlreadyDone,
    DrillNotToday,
    NotBound,
    NotInCharge,
    NotYours,
    TooManyDrills,
)
from workflows.work import Work

WHISTLE, ROLL_CALL = "whistle", "roll_call"
A = Audience


def desk_of(seats: Sequence[r.Person]) -> r.Person:
    """Drills are announced and called off by the county desk. Raises NotInCharge."""
    for seat in seats:
        if seat.role in (Role.DESK, Role.LEADER_ON_DUTY):
            return seat
    raise NotInCharge() if seats else NotBound()


def may_be_on(work: Work, kind: str, unit_id: str, day: date) -> bool:
    """Whether policy leaves room for one more on that day: not today, at most so many a month or a quarter."""
    if day <= work.today:
        return False
    others = [one.day for one in work.drills(kind, [unit_id])]
    if kind == ROLL_CALL:
        same = [one for one in others if (one.year, (one.month - 1) // 3) == (day.year, (day.month - 1) // 3)]
        return len(same) < work.policy.drill.roll_calls_per_quarter
    same = [one for one in others if (one.year, one.month) == (day.year, day.month)]
    return len(same) < work.policy.drill.per_unit_and_month


def announce(work: Work, by: r.Person, kind: str, unit_id: str, day: date) -> r.Drill:
    """The unit's people hear of the day. Raises TooManyDrills."""
    if not may_be_on(work, kind, unit_id, day):
        raise TooManyDrills()
    drill = work.add(r.Drill(kind=kind, unit_id=unit_id, day=day, announced_by=by.id, announced_at=work.now))
    work.record(Kind.DRILL_ANNOUNCED, drill, by, what=kind, unit=unit_id, day=day.isoformat())
    rule = work.policy.drill.between
    opens, shuts = rule.from_.isoformat("minutes"), rule.to.isoformat("minutes")
    to = {A.CONCERNED: to_people(work, _concerned(work, drill))}
    tell(
        work, Kind.DRILL_ANNOUNCED, drill, to=to, by=by, what=kind, unit=unit_id, day=day.isoformat(), opens=opens, shuts=shuts
    )  # fmt: skip
    return drill


def cancel(work: Work, drill: r.Drill, by: r.Person) -> None:
    """Called off before it was held; it does not count for the month."""
    if drill.started_at is not None or drill.cancelled_at is not None:
        raise AlreadyClosed()
    drill.cancelled_at = work.now
    work.record(Kind.DRILL_CANCELLED, drill, by)
    to = {A.CONCERNED: to_people(work, _concerned(work, drill))}
    tell(
        work, Kind.DRILL_CANCELLED, drill, to=to, by=by, what=drill.kind, unit=drill.unit_id, day=drill.day.isoformat()
    )


def _concerned(work: Work, drill: r.Drill) -> list[r.Person]:
    units = [drill.unit_id] if drill.kind == WHISTLE else [u.id for u in work.county.departments()]
    return list(work.people(units, Role.LIAISON, Role.DEPARTMENT_HEAD))


# ── a whistle that is a drill ────────────────────────────────────────────────────────────────────────────────────────


def today(work: Work, unit_ids: Iterable[str]) -> bool:
    """Whether each of these units has a drill announced for today that was not held yet, and it is the hour for it."""
    local = work.now.astimezone(ZoneInfo(work.county.timezone))
    if not work.policy.drill.between.open_at(local.time()):
        return False
    found = [_waiting(work, one) for one in unit_ids]
    return bool(found) and all(found)


def check(work: Work, unit_ids: Iterable[str]) -> None:
    """Raises DrillNotToday."""
    if not today(work, unit_ids):
        raise DrillNotToday()


def hold(work: Work, unit_ids: Iterable[str], case: r.Case, by: r.Person) -> None:
    """The drill of each unit is held now, with this case. Raises DrillNotToday."""
    units = list(unit_ids)
    check(work, units)
    for unit_id in units:
        drill = _waiting(work, unit_id)
        if drill is not None:
            drill.started_at, drill.case_id = work.now, case.id
            work.record(Kind.DRILL_STARTED, drill, by, unit=unit_id)


def check_now(work: Work, drill: r.Drill) -> None:
    """Whether this one may be blown now. Raises AlreadyClosed, DrillNotToday."""
    if drill.started_at is not None or drill.cancelled_at is not None:
        raise AlreadyClosed()
    if drill.kind != WHISTLE:
        raise DrillNotToday()
    check(work, [drill.unit_id])


def _waiting(work: Work, unit_id: str) -> r.Drill | None:
    """For this unit, or for the department it answers for."""
    announced = work.drills(WHISTLE, work.county.answering(unit_id))
    return next((one for one in announced if one.day == work.today and one.started_at is None), None)


# ── a roll-call ──────────────────────────────────────────────────────────────────────────────────────────────────────


def call_the_roll(work: Work, drill: r.Drill, by: r.Person) -> None:
    """Each department's A post is asked once; whoever fills it answers for the post. Raises DrillNotToday."""
    local = work.now.astimezone(ZoneInfo(work.county.timezone))
    if drill.started_at is not None or drill.cancelled_at is not None:
        raise AlreadyClosed()
    if drill.kind != ROLL_CALL or drill.day != work.today or not work.policy.drill.between.open_at(local.time()):
        raise DrillNotToday()
    drill.started_at = work.now
    departments = [unit.id for unit in work.county.departments() if unit.kind is UnitKind.DEPARTMENT]
    drill.asked = [f"{unit_id}/A" for unit_id in departments]
    reached = work.people(departments, Role.LIAISON, post="A", on_duty=True)
    ends = work.now + timedelta(minutes=work.policy.drill.answer_minutes)
    work.due("drill.close", drill.id, ends)
    work.record(Kind.DRILL_STARTED, drill, by, asked=len(drill.asked))
    tell(work, Kind.DRILL_CALLED, drill, to={A.CONCERNED: to_people(work, reached)}, until=ends.isoformat())


def answer(work: Work, drill: r.Drill, seats: Sequence[r.Person]) -> None:
    """在岗: written down for the post, without a name."""
    posts = {f"{seat.unit_id}/A" for seat in seats if seat.role == Role.LIAISON} & set(drill.asked)
    if not posts:
        raise NotYours()
    if drill.closed_at is not None:
        raise AlreadyClosed()
    if posts <= set(drill.answered):
        raise AlreadyDone(by="", at=None)
    drill.answered = sorted({*drill.answered, *posts})
    work.record(Kind.DRILL_ANSWERED, drill, posts=sorted(posts))


def close(work: Work, drill: r.Drill) -> None:
    """The desk reads how many posts answered, and which did not; nothing else follows."""
    if drill.closed_at is not None:
        return
    drill.closed_at = work.now
    silent = [one.split("/")[0] for one in drill.asked if one not in drill.answered]
    work.record(Kind.DRILL_CLOSED, drill, asked=len(drill.asked), answered=len(drill.answered))
    tell(work, Kind.DRILL_CLOSED, drill, asked=len(drill.asked), answered=len(drill.answered), silent=silent)
