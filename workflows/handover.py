"""The hand-over: who serves now is compared with whom it was handed to last; who comes is called in, both and the group read it."""

from datetime import datetime
from typing import Any

from workflows import arrival
from workflows import call as calls
from workflows import records as r
from workflows import rung as rungs
from workflows import shift as shifts
from workflows import tip as tips
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import Audience, tell, to_people
from workflows.states import CallState, TipState
from workflows.work import Work

LISTED = 8
"""So many open matters stand in a hand-over; more are counted."""
A = Audience


def settle(work: Work, rota: r.Rota) -> None:
    """Compare who serves now with whom the last hand-over handed to; call in who comes, and let both and the group read it."""
    if rota.retired_at is not None:
        return
    planned, changed = shifts.schedule(work, rota), shifts.changes(work, rota)
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
        come=shifts.names(work, come),
        gone=shifts.names(work, gone),
        on_now=shifts.names(work, now_on),
        until=until.isoformat() if until else None,
        open=lines[:LISTED],
        more=max(0, len(lines) - LISTED),
        **shifts.rota_facts(rota),
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
            if rungs.call_in(work, call, arriving, rota.post or rota.role):
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
        "signed": shifts.name_of(work.person(call.acknowledged_by)),
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
        "signed": shifts.name_of(None),
        "expected": None,
    }
