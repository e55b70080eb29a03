"""One for another, one more, one less, for a while: by whoever is in charge of a rota, and by oneself with 上岗 and 下岗.

Of two changes that decide about the same person at the same time, the one that was written first holds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from workflows import coverage, roster
from workflows import handover as handovers
from workflows import records as r
from workflows import rota as rotas
from workflows import shift as shifts
from workflows.events import Kind
from workflows.notify import Audience, tell, to_people
from workflows.refusals import AlreadyClosed, NotBound, RotaClash
from workflows.rota import Change, Clash
from workflows.work import Work

A = Audience


def override(
    work: Work, rota_id: str, by: r.Person, kind: rotas.Kind, person: r.Person, begins: datetime, ends: datetime,
    other: r.Person | None = None,
) -> r.Override:  # fmt: skip
    """Somebody more, somebody less, or one for another, from `begins` to `ends`. Raises RotaClash: who wrote first keeps it."""
    rota = work.locked_rota(rota_id)
    change = Change(kind, person.id, begins, ends, other.id if other else None)
    for old in shifts.changes(work, rota):
        if change.clashes(old):
            raise _clash(work, old)
    made = _write(work, rota, change, by, "edit")
    work.record(
        Kind.ROTA_CHANGED, rota, by, change=kind.value, person=person.id, other=change.other, **_interval(change)
    )
    to = {A.CONCERNED: to_people(work, [p for p in (person, other) if p is not None])}
    tell(
        work, Kind.ROTA_CHANGED, rota, to=to, by=by, change=kind.value, who=shifts.name_of(person), other=shifts.name_of(other),
        begins=begins.isoformat(), ends=ends.isoformat(), **shifts.rota_facts(rota),
    )  # fmt: skip
    handovers.settle(work, rota)
    coverage.look_ahead(work, rota)
    return made


def undo(work: Work, made: r.Override, by: r.Person) -> None:
    """The change is taken back; the plan holds again."""
    rota = work.locked_rota(made.rota_id)
    if made.cancelled_at is not None or made.ends_at <= work.now:
        raise AlreadyClosed()
    made.cancelled_at = work.now
    work.forget_rotas()
    work.record(Kind.ROTA_CHANGED, rota, by, change="undo", person=made.person_id, other=made.other_id)
    handovers.settle(work, rota)
    coverage.look_ahead(work, rota)


def hand_on(
    work: Work,
    rota: r.Rota,
    person_id: str,
    other_id: str | None,
    begins: datetime,
    ends: datetime,
    by: r.Person,
    why: str,
) -> None:
    """`other` (or nobody) serves instead of `person`; what was taken over from somebody is handed on too. Raises RotaClash."""
    live = {one.id: one for one in work.overrides_of(rota.id)}
    try:
        gone, made = rotas.handed_on(shifts.changes(work, rota), person_id, other_id, begins, ends)
    except Clash as clash:
        raise _clash(work, clash.other) from None
    for old in gone:
        live[old.key].cancelled_at = work.now
    for new in made:
        _write(work, rota, new, by, why)
    work.forget_rotas()
    begun, ended = begins.isoformat(), ends.isoformat()
    work.record(Kind.ROTA_CHANGED, rota, by, change=why, person=person_id, other=other_id, begins=begun, ends=ended)
    handovers.settle(work, rota)
    coverage.look_ahead(work, rota)


def _write(work: Work, rota: r.Rota, change: Change, by: r.Person, why: str) -> r.Override:
    made = work.add(
        r.Override(
            rota_id=rota.id, kind=change.kind.value, person_id=change.person, other_id=change.other,
            begins_at=change.begins, ends_at=change.ends, why=why, made_by=by.id, made_at=work.now,
        )
    )  # fmt: skip
    work.forget_rotas()
    return made


def _interval(change: Change) -> dict[str, str]:
    return {"begins": change.begins.isoformat(), "ends": change.ends.isoformat()}


def _clash(work: Work, old: Change) -> RotaClash:
    made = work.find(r.Override, old.key)
    by, who = shifts.name_of(work.person(made.made_by) if made else None), shifts.name_of(work.person(old.person))
    return RotaClash(who=who["zh"], who_en=who["en"], by=by["zh"], by_en=by["en"], **_interval(old))


def set_duty(work: Work, seats: Sequence[r.Person], on_duty: bool) -> tuple[list[r.Person], datetime | None]:
    """上岗 or 下岗 by oneself: until one's shift ends, or the next one begins. Where no rota fills the post, until the other is said.

    Returns the seats and, if a rota has a say, until when. Raises NotBound.
    """
    ruled = [(seat, rota) for seat in seats if (rota := ruling(work, seat)) is not None]
    toggled = [seat for seat in seats if seat.id not in {s.id for s, _ in ruled}]
    until: datetime | None = None
    for seat, found in ruled:
        rota = work.locked_rota(found.id)
        until = _step_in(work, rota, seat) if on_duty else _step_out(work, rota, seat)
    changed = roster.set_duty(work, toggled, on_duty) if toggled and (not ruled or _has_duty(toggled)) else []
    if not ruled and not changed:
        raise NotBound()
    return [*(seat for seat, _ in ruled), *changed], until


def _has_duty(seats: Sequence[r.Person]) -> bool:
    return any(seat.role in roster.HAS_DUTY for seat in seats)


def ruling(work: Work, seat: r.Person) -> r.Rota | None:
    """The rota that decides whether this seat is on duty: the one it serves by now, else the one of its post."""
    own = [one for one in work.rotas_of([seat.unit_id]) if one.role == seat.role]
    serving = [one for one in own if seat.id in work.filled(one)]
    return next(iter([*serving, *(one for one in own if one.post in ("", seat.post))]), None)


def _step_in(work: Work, rota: r.Rota, seat: r.Person) -> datetime | None:
    ends = shifts.schedule(work, rota).next_change(work.now, shifts.changes(work, rota)) or work.now + timedelta(days=1)
    if seat.id in work.filled(rota):
        return ends
    for made in work.overrides_of(rota.id):
        change = rotas.change_of(made)
        if seat.id in change.touches and change.holds(work.now):  # what one has said oneself is taken back
            if made.why != "self":
                raise _clash(work, change)
            made.cancelled_at = work.now
            work.forget_rotas()
    if seat.id not in work.filled(rota):
        _write(work, rota, Change(rotas.Kind.ADD, seat.id, work.now, ends), seat, "self")
    work.record(Kind.PERSON_DUTY, seat, seat, on_duty=True, rota=rota.id)
    handovers.settle(work, rota)
    return shifts.schedule(work, rota).next_change(work.now, shifts.changes(work, rota)) or ends


def _step_out(work: Work, rota: r.Rota, seat: r.Person) -> datetime | None:
    own = shifts.shifts_of(work, rota, seat, 40)
    if seat.id not in work.filled(rota):
        return own[0].begins if own else None
    hand_on(work, rota, seat.id, None, work.now, own[0].ends, seat, "self")
    work.record(Kind.PERSON_DUTY, seat, seat, on_duty=False, rota=rota.id)
    later = shifts.shifts_of(work, rota, seat, 40)
    return later[0].begins if later else None
