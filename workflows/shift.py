"""值班: who serves when, and who may change that? The arithmetic is in `rota.py`; here it meets the records.

    plan.py      saved, taken from the county's files, ended; a person leaves
    override.py  changed for a while, 上岗 and 下岗 by oneself          swap.py  换班 among colleagues
      └─► handover.py  who comes is called in, both and the group read it ─► coverage.py  empty hours, people whom no message reaches

A rota is changed by its unit's head or squad leader and by the administrator; one's own shift one may leave, or offer to a colleague.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from workflows import records as r
from workflows import rota as rotas
from workflows.county import Role, UnitKind
from workflows.refusals import NotBound, NotInCharge
from workflows.rota import Change, Schedule, Span
from workflows.work import Work


def schedule(work: Work, rota: r.Rota) -> Schedule:
    return rotas.schedule_of(rota, work.book.calendar)


def changes(work: Work, rota: r.Rota) -> list[Change]:
    return [rotas.change_of(one) for one in work.overrides_of(rota.id)]


def coming(work: Work, rota: r.Rota, days: int = 7) -> list[Span]:
    """Who serves when from now on."""
    return schedule(work, rota).spans(work.now, work.now + timedelta(days=days), changes(work, rota))


def shifts_of(work: Work, rota: r.Rota, person: r.Person, days: int = 14) -> list[Span]:
    """This person's own coming stretches; the first one may have begun."""
    ends = work.now + timedelta(days=days)
    return schedule(work, rota).shifts_of(person.id, work.now, ends, changes(work, rota))


def fellows(work: Work, rota: r.Rota) -> list[r.Person]:
    """Who may fill this rota: the seats of its role at its unit, or those who take turns in it already."""
    named = {one for plan in schedule(work, rota).plans for one in plan.people}
    if rota.role:
        return list(work.people(rota.unit_id, rota.role, bound=None))
    return [p for p in (work.person(one) for one in sorted(named)) if p is not None]


def in_charge(work: Work, seats: Sequence[r.Person], unit_id: str) -> r.Person:
    """The seat from which one of these people may edit this unit's duty. Raises NotInCharge."""
    unit = work.county.unit(unit_id)
    for seat in seats:
        if seat.role == Role.ADMIN:
            return seat
        if seat.role == Role.DEPARTMENT_HEAD and seat.unit_id in (unit.id, unit.dept_code):
            return seat
        if seat.role == Role.SQUAD_LEADER and seat.unit_id == unit_id:
            return seat
        if seat.role == Role.TOWNSHIP_LEADER and seat.unit_id == unit_id:
            return seat
    raise NotInCharge() if seats else NotBound()


def units_in_charge(work: Work, seats: Sequence[r.Person]) -> list[str]:
    """The units whose duty these seats may edit."""
    found: list[str] = []
    for seat in seats:
        if seat.role == Role.DEPARTMENT_HEAD:
            found += [u.id for u in work.county.units if seat.unit_id in (u.id, u.dept_code)]
        elif seat.role in (Role.SQUAD_LEADER, Role.TOWNSHIP_LEADER):
            found.append(seat.unit_id)
        elif seat.role == Role.ADMIN:
            found += [u.id for u in work.county.units if u.kind is not UnitKind.GRID]
    return list(dict.fromkeys(found))


def name_of(person: r.Person | None) -> dict[str, str]:
    return {"zh": person.label, "en": person.label_en or person.label} if person is not None else {"zh": "", "en": ""}


def names(work: Work, people: Iterable[str]) -> list[dict[str, str]]:
    return [name_of(work.person(one)) for one in sorted(people)]


def rota_facts(rota: r.Rota) -> dict[str, Any]:
    return {"rota": rota.name, "rota_en": rota.name_en or rota.name, "unit": rota.unit_id}


def local(work: Work, day: Any, at: time) -> datetime:
    """A local day and hour of the county as an instant."""
    return rotas.instant(day, at, work.county.timezone)
