"""Who takes turns from one instant on: saved in the chat, taken from the county's files, ended; and what happens when a person leaves.

A plan is never changed: the next one follows it, so that the past stays as it was.
"""

import hashlib

from workflows import coverage
from workflows import handover as handovers
from workflows import records as r
from workflows import rota as rotas
from workflows import rung as rungs
from workflows import shift as shifts
from workflows import swap as swaps
from workflows.county import Role
from workflows.events import Kind
from workflows.refusals import AlreadyDone
from workflows.rota import Schedule
from workflows.states import CallState, SwapState
from workflows.turns import Plan
from workflows.work import Work


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
    _replan(work, rota, shifts.schedule(work, rota).followed_by(plan), by)
    return rota


def _replan(work: Work, rota: r.Rota, planned: Schedule, by: r.Person | None) -> None:
    rota.plans = rotas.stored(planned)
    rota.saved_by, rota.saved_at = by.id if by else "", work.now
    work.forget_rotas()
    work.record(Kind.ROTA_SAVED, rota, by, members=sorted(planned.plans[-1].people) if planned.plans else [])
    handovers.settle(work, rota)
    coverage.look_ahead(work, rota, everybody=True)


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
        swaps.end(work, swap, SwapState.LAPSED)


def leave(work: Work, person: r.Person, by: r.Person) -> None:
    """This account sits here no longer: what waits for it is not sent, the next of the rota is called, the log keeps the seat's name."""
    if person.account is None:
        raise AlreadyDone(by=by, at=None)
    work.record(Kind.PERSON_LEFT, person, by, role=person.role, unit=person.unit_id)
    person.account, person.bound_at = None, None
    work.drop_queued(person.id)
    for one in work.rotas_of([person.unit_id]):
        if any(person.id in plan.people for plan in shifts.schedule(work, one).plans):
            rota = work.locked_rota(one.id)
            _cancel_all(work, rota, person.id)
            _replan(work, rota, shifts.schedule(work, rota).without(person.id, work.now), by)
    if person.role != Role.LIAISON:
        return
    for call in work.open_calls([person.unit_id]):
        reachable = [p for p in (work.person(one) for one in call.called) if p and work.live_account(p.account)]
        if person.id in call.called and call.state is CallState.OPEN and not reachable:
            rungs.undelivered(work, call, person.id)


def _cancel_all(work: Work, rota: r.Rota, person_id: str) -> None:
    for override in work.overrides_of(rota.id):
        if person_id in (override.person_id, override.other_id):
            override.cancelled_at = work.now
    for swap in work.swaps_of(rota.id):
        if swap.person_id == person_id:
            swaps.end(work, swap, SwapState.LAPSED)
    work.forget_rotas()
