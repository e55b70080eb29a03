"""值班: who serves when, and what happens when that changes. The arithmetic is in `rota.py`; here are the records, the hand-over, the gaps.

    saved, changed, time ─► settle: whom does the rota say now?  ─► who comes is called in · both and the group read the hand-over
    every day, and before each shift ─► look_ahead: hours without anybody · people whom no message reaches

A rota is changed by its unit's head or squad leader and by the administrator; one's own shift one may leave, or offer to a colleague.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import arrival, hours, roster
from workflows import call as calls
from workflows import records as r
from workflows import rota as rotas
from workflows import tip as tips
from workflows.county import Role, Staffed, UnitKind
from workflows.events import Kind
from workflows.notify import Audience, chiefs, tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, NotBound, NotInCharge, NotOnShift, NotYours, RotaClash
from workflows.rota import Change, Clash, Plan, Schedule, Span
from workflows.states import CallState, SwapState, TipState
from workflows.work import Work

LISTED = 8
"""So many open matters stand in a hand-over; more are counted."""
A = Audience


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def save(
    work: Work, by: r.Person | None, rota_id: str, plan: Plan, *, unit_id: str, role: str, post: str, name: str,
    name_en: str = "", zone: str = "", needed: str = "",
) -> r.Rota:  # fmt: skip
    """A new rota, or a plan that follows the one in force. Who serves by it hears at once; gaps and unreachable people are told."""
    known = work.find(r.Rota, rota_id)
    if known is None:
        rota = work.add(
            r.Rota(
                id=rota_id, unit_id=unit_id, role=role, post=post, name=name, name_en=name_en,
                zone=zone or work.county.timezone, plans="[]", needed=needed,
                saved_by=by.id if by else "", saved_at=work.now,
            )
        )  # fmt: skip
        work.forget_rotas()
    else:
        known.retired_at = None
        work.session.flush()
        rota = work.locked_rota(rota_id)
        rota.unit_id, rota.role, rota.post, rota.name, rota.name_en = unit_id, role, post, name, name_en
        rota.zone, rota.needed = zone or rota.zone, needed or rota.needed
    _replan(work, rota, schedule(work, rota).followed_by(plan), by)
    return rota


def _replan(work: Work, rota: r.Rota, planned: Schedule, by: r.Person | None) -> None:
    rota.plans = rotas.stored(planned)
    rota.saved_by, rota.saved_at = by.id if by else "", work.now
    work.forget_rotas()
    work.record(Kind.ROTA_SAVED, rota, by, members=sorted(planned.plans[-1].people) if planned.plans else [])
    settle(work, rota)
    look_ahead(work, rota, everybody=True)


def take_in(work: Work) -> int:
    """The rotas of the county's files: one that was changed there follows the stored one from now on; one that is there no more ends.

    What was edited in the chat stays until its file changes. Returns how many were new or changed.
    """
    taken = 0
    stored = {one.id: one for one in work.all_rotas()}
    for given in work.county.rotas:
        mark = hashlib.sha256(given.model_dump_json().encode()).hexdigest()[:16]
        known = stored.pop(given.id, None)
        if known is not None and known.file_mark == mark and known.retired_at is None:
            continue
        rota = save(
            work, None, given.id, Plan(since=work.now, rotations=given.rotations, listed=given.listed),
            unit_id=given.unit, role=given.role, post=given.post, name=given.name, name_en=given.name_en,
            zone=given.zone, needed=given.needed.value if given.needed else "",
        )  # fmt: skip
        rota.file_mark = mark
        taken += 1
    for gone in stored.values():
        if gone.file_mark and gone.retired_at is None:
            retire(work, gone.id, None)
    return taken


def retire(work: Work, rota_id: str, by: r.Person | None) -> None:
    """The post is filled by 上岗 and 下岗 again."""
    rota = work.locked_rota(rota_id)
    rota.retired_at = work.now
    work.forget_rotas()
    work.cancel(rota.id)
    work.record(Kind.ROTA_RETIRED, rota, by)
    for swap in work.swaps_of(rota.id):
        _end_swap(work, swap, SwapState.LAPSED)


def leave(work: Work, person: r.Person, by: r.Person) -> None:
    """This account sits here no longer: what waits for it is not sent, the next of the rota is called, the log keeps the seat's name."""
    if person.account is None:
        raise AlreadyDone(by=by, at=None)
    work.record(Kind.PERSON_LEFT, person, by, role=person.role, unit=person.unit_id)
    person.account, person.bound_at = None, None
    work.drop_queued(person.id)
    for one in work.rotas_of([person.unit_id]):
        if any(person.id in plan.people for plan in schedule(work, one).plans):
            rota = work.locked_rota(one.id)
            _cancel_all(work, rota, person.id)
            _replan(work, rota, schedule(work, rota).without(person.id, work.now), by)
    if person.role != Role.LIAISON:
        return
    for call in work.open_calls([person.unit_id]):
        reachable = [p for p in (work.person(one) for one in call.called) if p and work.live_account(p.account)]
        if person.id in call.called and call.state is CallState.OPEN and not reachable:
            calls.undelivered(work, call, person.id)


def _cancel_all(work: Work, rota: r.Rota, person_id: str) -> None:
    for override in work.overrides_of(rota.id):
        if person_id in (override.person_id, override.other_id):
            override.cancelled_at = work.now
    for swap in work.swaps_of(rota.id):
        if swap.person_id == person_id:
            _end_swap(work, swap, SwapState.LAPSED)
    work.forget_rotas()


# ── changing it for a while ──────────────────────────────────────────────────────────────────────────────────────────


def override(
    work: Work, rota_id: str, by: r.Person, kind: rotas.Kind, person: r.Person, begins: datetime, ends: datetime,
    other: r.Person | None = None,
) -> r.Override:  # fmt: skip
    """Somebody more, somebody less, or one for another, from `begins` to `ends`. Raises RotaClash: who wrote first keeps it."""
    rota = work.locked_rota(rota_id)
    change = Change(kind, person.id, begins, ends, other.id if other else None)
    for old in changes(work, rota):
        if change.clashes(old):
            raise _clash(work, old)
    made = _write(work, rota, change, by, "edit")
    work.record(
        Kind.ROTA_CHANGED, rota, by, change=kind.value, person=person.id, other=change.other, **_interval(change)
    )
    to = {A.CONCERNED: to_people(work, [p for p in (person, other) if p is not None])}
    tell(
        work, Kind.ROTA_CHANGED, rota, to=to, by=by, change=kind.value, who=name_of(person), other=name_of(other),
        begins=begins.isoformat(), ends=ends.isoformat(), **rota_facts(rota),
    )  # fmt: skip
    settle(work, rota)
    look_ahead(work, rota)
    return made


def undo(work: Work, made: r.Override, by: r.Person) -> None:
    """The change is taken back; the plan holds again."""
    rota = work.locked_rota(made.rota_id)
    if made.cancelled_at is not None or made.ends_at <= work.now:
        raise AlreadyClosed()
    made.cancelled_at = work.now
    work.forget_rotas()
    work.record(Kind.ROTA_CHANGED, rota, by, change="undo", person=made.person_id, other=made.other_id)
    settle(work, rota)
    look_ahead(work, rota)


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
        gone, made = rotas.handed_on(changes(work, rota), person_id, other_id, begins, ends)
    except Clash as clash:
        raise _clash(work, clash.other) from None
    for old in gone:
        live[old.key].cancelled_at = work.now
    for new in made:
        _write(work, rota, new, by, why)
    work.forget_rotas()
    begun, ended = begins.isoformat(), ends.isoformat()
    work.record(Kind.ROTA_CHANGED, rota, by, change=why, person=person_id, other=other_id, begins=begun, ends=ended)
    settle(work, rota)
    look_ahead(work, rota)


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
    by, who = name_of(work.person(made.made_by) if made else None), name_of(work.person(old.person))
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
    ends = schedule(work, rota).next_change(work.now, changes(work, rota)) or work.now + timedelta(days=1)
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
    settle(work, rota)
    return schedule(work, rota).next_change(work.now, changes(work, rota)) or ends


def _step_out(work: Work, rota: r.Rota, seat: r.Person) -> datetime | None:
    own = shifts_of(work, rota, seat, 40)
    if seat.id not in work.filled(rota):
        return own[0].begins if own else None
    hand_on(work, rota, seat.id, None, work.now, own[0].ends, seat, "self")
    work.record(Kind.PERSON_DUTY, seat, seat, on_duty=False, rota=rota.id)
    later = shifts_of(work, rota, seat, 40)
    return later[0].begins if later else None


# ── 换班 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def offer(
    work: Work, rota_id: str, by: r.Person, asked: Sequence[r.Person], begins: datetime, ends: datetime
) -> r.Swap:
    """Ask colleagues to take a stretch of one's own duty. Until one of them does, nothing changes. Raises NotOnShift."""
    rota = work.locked_rota(rota_id)
    begins = max(begins, work.now)
    mine = [s for s in shifts_of(work, rota, by, 60) if s.begins <= begins and ends <= s.ends]
    if not mine or begins >= ends:
        raise NotOnShift()
    if any(one.person_id == by.id and one.begins_at < ends and begins < one.ends_at for one in work.swaps_of(rota.id)):
        raise AlreadyDone(by=by, at=None)
    others = [one for one in asked if one.id != by.id and work.live_account(one.account)]
    swap = work.add(
        r.Swap(
            rota_id=rota.id, person_id=by.id, asked=[one.id for one in others], begins_at=begins, ends_at=ends,
            offered_at=work.now,
        )
    )  # fmt: skip
    work.due("swap.lapse", swap.id, ends if begins <= work.now else begins)
    work.record(Kind.SWAP_OFFERED, swap, by, rota=rota.id, asked=swap.asked)
    to = {A.CONCERNED: to_people(work, others)}
    tell(work, Kind.SWAP_OFFERED, swap, to=to, who=name_of(by), **_stretch(swap), **rota_facts(rota))
    return swap


def take(work: Work, swap: r.Swap, seats: Sequence[r.Person]) -> r.Person:
    """A colleague takes it: from its beginning, or from now if that has passed. Raises NotYours, RotaClash."""
    by = _asked(work, swap, seats)
    rota = work.locked_rota(swap.rota_id)
    begins = max(swap.begins_at, work.now)
    if begins >= swap.ends_at:
        raise AlreadyClosed()
    swap.taken_by = by.id
    hand_on(work, rota, swap.person_id, by.id, begins, swap.ends_at, by, "swap")
    _end_swap(work, swap, SwapState.TAKEN, by)
    _tell_asker(work, Kind.SWAP_TAKEN, swap, rota, by)
    return by


def decline(work: Work, swap: r.Swap, seats: Sequence[r.Person]) -> r.Person:
    """Not this colleague; once all have said so, whoever asked hears it and stays."""
    by = _asked(work, swap, seats)
    swap.declined = [*dict.fromkeys([*swap.declined, by.id])]
    swap.rev += 1
    work.record(Kind.SWAP_DECLINED, swap, by)
    if set(swap.asked) <= set(swap.declined):
        _end_swap(work, swap, SwapState.DECLINED, by)
        _tell_asker(work, Kind.SWAP_DECLINED, swap, work.get(r.Rota, swap.rota_id), by)
    return by


def lapse(work: Work, swap: r.Swap) -> None:
    """Nobody took it by the time it begins: who asked stays on duty, and hears so."""
    if swap.state is not SwapState.OFFERED:
        return
    _end_swap(work, swap, SwapState.LAPSED)
    work.record(Kind.SWAP_LAPSED, swap)
    _tell_asker(work, Kind.SWAP_LAPSED, swap, work.get(r.Rota, swap.rota_id), None)


def _asked(work: Work, swap: r.Swap, seats: Sequence[r.Person]) -> r.Person:
    by = next((seat for seat in seats if seat.id in swap.asked), None)
    if by is None:
        raise NotYours()
    if swap.state is not SwapState.OFFERED:
        taker = work.person(swap.taken_by)
        raise AlreadyDone(by=taker, at=swap.answered_at) if taker else AlreadyClosed()
    if by.id in swap.declined:
        raise AlreadyDone(by=by, at=None)
    return by


def _end_swap(work: Work, swap: r.Swap, state: SwapState, by: r.Person | None = None) -> None:
    swap.move(state)
    swap.answered_at = work.now
    work.cancel(swap.id)
    if state is SwapState.TAKEN:
        work.record(Kind.SWAP_TAKEN, swap, by)


def _stretch(swap: r.Swap) -> dict[str, Any]:
    return {"begins": swap.begins_at.isoformat(), "ends": swap.ends_at.isoformat()}


def _tell_asker(work: Work, kind: Kind, swap: r.Swap, rota: r.Rota, by: r.Person | None) -> None:
    to = {A.CONCERNED: to_person(work, work.person(swap.person_id))}
    facts: dict[str, Any] = {"who": name_of(by), **_stretch(swap), **rota_facts(rota)}
    if kind is Kind.SWAP_TAKEN:
        tell(work, Kind.SWAP_TAKEN, swap, to=to, **facts)
    elif kind is Kind.SWAP_DECLINED:
        tell(work, Kind.SWAP_DECLINED, swap, to=to, **facts)
    else:
        tell(work, Kind.SWAP_LAPSED, swap, to=to, **facts)


# ── the hand-over ────────────────────────────────────────────────────────────────────────────────────────────────────


def settle(work: Work, rota: r.Rota) -> None:
    """Compare who serves now with whom the last hand-over handed to; call in who comes, and let both and the group read it."""
    if rota.retired_at is not None:
        return
    planned, changed = schedule(work, rota), changes(work, rota)
    now_on = planned.on_duty(work.now, changed)
    before = set(rota.serving)
    until = planned.next_change(work.now, changed)
    work.cancel(rota.id, "rota.change")
    if until is not None:
        work.due("rota.change", rota.id, until)
    if now_on == before:
        return
    rota.serving = sorted(now_on)
    come, gone = sorted(now_on - before), sorted(before - now_on)
    work.record(Kind.ROTA_HANDED_OVER, rota, come=come, gone=gone)
    arriving = [p for p in (work.person(one) for one in come) if p is not None]
    _call_in(work, rota, before, arriving, gone)
    lines = open_matters(work, rota)
    tell(
        work,
        Kind.ROTA_HANDED_OVER,
        rota,
        to={
            A.INCOMING: to_people(work, arriving),
            A.OUTGOING: to_people(work, [p for p in (work.person(one) for one in gone) if p is not None]),
        },
        come=names(work, come),
        gone=names(work, gone),
        on_now=names(work, now_on),
        until=until.isoformat() if until else None,
        open=lines[:LISTED],
        more=max(0, len(lines) - LISTED),
        **rota_facts(rota),
    )


def _call_in(work: Work, rota: r.Rota, before: set[str], arriving: list[r.Person], gone: list[str]) -> None:
    """Who comes on duty is called at once to what his predecessors were called to and nobody has signed, with the time that is left.

    Who goes keeps the card, may still answer, and is reminded no more.
    """
    if rota.role != Role.LIAISON:
        return
    off = [one for one in gone if not _serves(work, one)]
    answering = [u.id for u in work.county.units if rota.unit_id in (u.id, u.dept_code)]
    for call in work.open_calls(answering):
        silent = call.state is CallState.OPEN and not _waits(work, call)
        theirs = bool(before & set(call.called)) or (call.unit_id == rota.unit_id and not call.called)
        if silent and theirs:
            if calls.call_in(work, call, arriving, rota.post or rota.role):
                work.refresh(call.whistle_id)
            calls.hand_on(work, call, off)


def _serves(work: Work, person_id: str) -> bool:
    """Whether this person is on duty all the same, by another rota or by hand."""
    person = work.person(person_id)
    return person is not None and any(p.id == person_id for p in work.people(person.unit_id, person.role, on_duty=True))


def _waits(work: Work, call: r.Call) -> bool:
    """It has not rung yet: at night, or while the unit is paused."""
    rings_at: str | None = call.window.get("rings_at")
    return rings_at is not None and datetime.fromisoformat(rings_at) > work.now


def open_matters(work: Work, rota: r.Rota) -> list[dict[str, Any]]:
    """What a hand-over hands over: a unit's calls, a squad's tips that nobody has taken, the county's unanswered calls."""
    unit = work.county.unit(rota.unit_id)
    if unit.kind is UnitKind.SQUAD:
        waiting = work.tips_of_township(unit.township_ids[0], TipState.SUBMITTED) if unit.township_ids else []
        return [_tip_line(work, one) for one in waiting]
    among = None if unit.kind is UnitKind.COUNTY else [rota.unit_id]
    found = work.open_calls(among)
    return [_call_line(work, one) for one in found if among is not None or one.breached_at is not None]


def _call_line(work: Work, call: r.Call) -> dict[str, Any]:
    said = calls.spoken(work, call)
    expected = arrival.arrive_by(work, call) if call.arrived_at is None else None
    return {
        "name": call.number,
        "unit": call.unit_id,
        "place": {name: said[name] for name in ("township", "village", "grid")},
        "matter": said["matter"],
        "state": call.state.value,
        "due_at": call.due_at.isoformat(),
        "breached": call.breached_at is not None,
        "signed": name_of(work.person(call.acknowledged_by)),
        "expected": expected.isoformat() if expected else None,
    }


def _tip_line(work: Work, tip: r.Tip) -> dict[str, Any]:
    due_at = tips.shown_due(work, tip)
    return {
        "name": tips.display(tip, work),
        "unit": None,
        "place": {"township": tip.township_id, "village": tip.village_id, "grid": tip.grid_id},
        "matter": tip.matter_code,
        "state": tip.state.value,
        "due_at": due_at.isoformat() if due_at else None,
        "breached": tip.breached_at is not None,
        "signed": name_of(None),
        "expected": None,
    }


# ── looking ahead ────────────────────────────────────────────────────────────────────────────────────────────────────


def look_ahead(work: Work, rota: r.Rota, *, everybody: bool = False) -> None:
    """Hours of the coming days without anybody, told once each; people whom nothing reaches, at saving and daily before their shift."""
    if rota.retired_at is not None:
        return
    _schedule_look(work, rota)
    _tell_gaps(work, rota)
    planned = schedule(work, rota)
    soon = planned.spans(work.now, work.now + timedelta(days=1), changes(work, rota))
    people = {one for span in soon for one in span.members}
    if everybody and planned.plans:
        people |= planned.plans[-1].people
    _tell_unreached(work, rota, people)


def look_again(work: Work, rota: r.Rota) -> None:
    """The daily look, and the one before a shift."""
    look_ahead(work, rota)


def _schedule_look(work: Work, rota: r.Rota) -> None:
    """At the daily hour, or before the next shift if that comes earlier."""
    rule = work.policy.rota
    zone = ZoneInfo(work.county.timezone)
    daily = datetime.combine(work.today, rule.daily_at, zone)
    while daily <= work.now:
        daily = datetime.combine(daily.date() + timedelta(days=1), rule.daily_at, zone)
    change = schedule(work, rota).next_change(work.now, changes(work, rota))
    lead = timedelta(minutes=rule.before_shift_minutes)
    before = change - lead if change is not None and change - lead > work.now else daily
    work.cancel(rota.id, "rota.look")
    work.due("rota.look", rota.id, min(daily, before))


def gaps(work: Work, rota: r.Rota) -> list[tuple[datetime, datetime]]:
    """Hours of the coming days that should be covered and are not. What has passed is not reported; a gap keeps its true beginning."""
    planned = schedule(work, rota)
    if not planned.plans:
        return []
    begins = max(planned.plans[0].since, work.now - timedelta(days=8))
    ends = work.now + timedelta(days=work.policy.rota.gap_days)
    found = planned.gaps(begins, ends, changes(work, rota))
    wanted = [part for gap in found for part in _needed(work, rota, gap)]
    return [(a, b) for a, b in wanted if b > work.now]


def _needed(work: Work, rota: r.Rota, gap: Span) -> list[tuple[datetime, datetime]]:
    """The part of a gap in which somebody should be there: always for a staffed unit, else while offices are open."""
    unit = work.county.unit(rota.unit_id)
    if rota.needed == "always" or (not rota.needed and unit.staffed is Staffed.STAFFED):
        return [(gap.begins, gap.ends)]
    if rota.needed == "never":
        return []
    zone, rule = ZoneInfo(work.county.timezone), work.policy.hours
    day, last = gap.begins.astimezone(zone).date(), gap.ends.astimezone(zone).date()
    found = []
    while day <= last:
        if hours.is_workday(day, work.county):
            opens, shuts = (datetime.combine(day, at, zone) for at in (rule.day_from, rule.night_from))
            begins, ends = max(gap.begins, opens), min(gap.ends, shuts)
            if begins < ends:
                found.append((begins, ends))
        day += timedelta(days=1)
    return found


def _tell_gaps(work: Work, rota: r.Rota) -> None:
    found = gaps(work, rota)
    told = set(rota.gaps_told)
    fresh = [(a, b) for a, b in found if a.isoformat() not in told]
    rota.gaps_told = sorted(a.isoformat() for a, _ in found)
    if not fresh:
        return
    listed = [{"begins": max(a, work.now).isoformat(), "ends": b.isoformat()} for a, b in fresh]
    work.record(Kind.ROTA_GAP, rota, gaps=listed[:LISTED])
    tell(work, Kind.ROTA_GAP, rota, gaps=listed[:LISTED], more=max(0, len(listed) - LISTED), **rota_facts(rota))


def unreached(work: Work, people: Iterable[str]) -> list[dict[str, Any]]:
    """Those of them whom no message reaches: never started the bot, or blocked it."""
    found = []
    for one in sorted(people):
        person = work.person(one)
        if person is None or not work.live_account(person.account):
            why = "blocked" if person is not None and person.account else "never_started"
            found.append({"id": one, "who": name_of(person), "why": why})
    return found


def _tell_unreached(work: Work, rota: r.Rota, people: Iterable[str]) -> None:
    today = work.today.isoformat()
    fresh = [one for one in unreached(work, people) if rota.flagged.get(one["id"]) != today]
    if not fresh:
        return
    rota.flagged = {**rota.flagged, **{one["id"]: today for one in fresh}}
    work.record(Kind.ROTA_UNREACHED, rota, people=[one["id"] for one in fresh])
    tell(work, Kind.ROTA_UNREACHED, rota, people=fresh, **rota_facts(rota))


def watchers(work: Work, rota: r.Rota) -> list[r.Person]:
    return chiefs(work, rota.unit_id)


def local(work: Work, day: Any, at: time) -> datetime:
    """A local day and hour of the county as an instant."""
    return rotas.instant(day, at, work.county.timezone)
