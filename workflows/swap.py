"""换班: a colleague is asked to take a stretch of one's own duty.

offered ─ taken: handed on from its beginning | declined by all | lapsed: who asked stays on duty
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workflows import override as overrides
from workflows import records as r
from workflows import shift as shifts
from workflows.events import Kind
from workflows.notify import Audience, tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, NotOnShift, NotYours
from workflows.states import SwapState
from workflows.work import Work

A = Audience


def offer(
    work: Work, rota_id: str, by: r.Person, asked: Sequence[r.Person], begins: datetime, ends: datetime
) -> r.Swap:
    """Ask colleagues to take a stretch of one's own duty. Until one of them does, nothing changes. Raises NotOnShift."""
    rota = work.locked_rota(rota_id)
    begins = max(begins, work.now)
    mine = [s for s in shifts.shifts_of(work, rota, by, 60) if s.begins <= begins and ends <= s.ends]
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
    tell(work, Kind.SWAP_OFFERED, swap, to=to, who=shifts.name_of(by), **_stretch(swap), **shifts.rota_facts(rota))
    return swap


def take(work: Work, swap: r.Swap, seats: Sequence[r.Person]) -> r.Person:
    """A colleague takes it: from its beginning, or from now if that has passed. Raises NotYours, RotaClash."""
    by = _asked(work, swap, seats)
    rota = work.locked_rota(swap.rota_id)
    begins = max(swap.begins_at, work.now)
    if begins >= swap.ends_at:
        raise AlreadyClosed()
    swap.taken_by = by.id
    overrides.hand_on(work, rota, swap.person_id, by.id, begins, swap.ends_at, by, "swap")
    end(work, swap, SwapState.TAKEN, by)
    _tell_asker(work, Kind.SWAP_TAKEN, swap, rota, by)
    return by


def decline(work: Work, swap: r.Swap, seats: Sequence[r.Person]) -> r.Person:
    """Not this colleague; once all have said so, whoever asked hears it and stays."""
    by = _asked(work, swap, seats)
    swap.declined = [*dict.fromkeys([*swap.declined, by.id])]
    swap.rev += 1
    work.record(Kind.SWAP_DECLINED, swap, by)
    if set(swap.asked) <= set(swap.declined):
        end(work, swap, SwapState.DECLINED, by)
        _tell_asker(work, Kind.SWAP_DECLINED, swap, work.get(r.Rota, swap.rota_id), by)
    return by


def lapse(work: Work, swap: r.Swap) -> None:
    """Nobody took it by the time it begins: who asked stays on duty, and hears so."""
    if swap.state is not SwapState.OFFERED:
        return
    end(work, swap, SwapState.LAPSED)
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


def end(work: Work, swap: r.Swap, state: SwapState, by: r.Person | None = None) -> None:
    swap.move(state)
    swap.answered_at = work.now
    work.cancel(swap.id)
    if state is SwapState.TAKEN:
        work.record(Kind.SWAP_TAKEN, swap, by)


def _stretch(swap: r.Swap) -> dict[str, Any]:
    return {"begins": swap.begins_at.isoformat(), "ends": swap.ends_at.isoformat()}


def _tell_asker(work: Work, kind: Kind, swap: r.Swap, rota: r.Rota, by: r.Person | None) -> None:
    to = {A.CONCERNED: to_person(work, work.person(swap.person_id))}
    facts: dict[str, Any] = {"who": shifts.name_of(by), **_stretch(swap), **shifts.rota_facts(rota)}
    if kind is Kind.SWAP_TAKEN:
        tell(work, Kind.SWAP_TAKEN, swap, to=to, **facts)
    elif kind is Kind.SWAP_DECLINED:
        tell(work, Kind.SWAP_DECLINED, swap, to=to, **facts)
    else:
        tell(work, Kind.SWAP_LAPSED, swap, to=to, **facts)
