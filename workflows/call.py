"""呼叫: one department's duty to answer. 签收 · 出动 · 到场 · 反馈 are four stamped moments; a breach is a fact beside them.

Here stand its facts and its end. `opening` opens it, `rung` says whom it rings and tells, `silence` is what time brings, `answer` what the
unit does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from workflows import arrival, ladder
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell, to_people, to_person
from workflows.refusals import NotYours
from workflows.states import CallState, WhistleState
from workflows.work import CALL_ENDED, To, Work

ANSWERERS = (Role.LIAISON, Role.DEPARTMENT_HEAD)


PROVEN = ("leader", "code")
"""Arrivals that nothing further is asked about."""


def spoken(work: Work, call: r.Call) -> dict[str, Any]:
    """The facts every text about a call starts from: no word of the sender's, place and matter only."""
    reopened = arrival.reopened_at(call)
    matter = work.brief(call)
    return {
        "number": call.number,
        "unit": call.unit_id,
        "township": matter.township_id,
        "village": matter.village_id,
        "grid": matter.grid_id,
        "matter": matter.matter_code,
        "opened_at": call.opened_at.isoformat(),
        "due_at": call.due_at.isoformat(),
        "reopened_at": reopened.isoformat() if reopened else None,
        "appointment": call.window.get("appointment"),
        "called": list(call.called),
        "undelivered": [e.facts["person"] for e in work.events_of(call.id, Kind.CALL_UNDELIVERED)],
    }


def silent_since(call: r.Call) -> datetime | None:
    """Where the ladder begins: a 升级, the silence after a signature, or the breach."""
    raised = call.window.get("ladder_from")
    return datetime.fromisoformat(raised) if raised else arrival.reopened_at(call) or call.breached_at


def rang_at(call: r.Call) -> datetime:
    """Where the window begins: at night it may be the next duty hour."""
    found = call.window.get("rings_at")
    return datetime.fromisoformat(found) if found else call.opened_at


def expect_silence(work: Work, call: r.Call, rang: datetime, after: datetime | None = None) -> None:
    """So many minutes after ringing, the county's gateway rings whoever stays silent. Written again only if it was to come `after` then."""
    minutes = call.window.get("phone_hook_minutes")
    if not work.outside.phone or minutes is None:
        return
    at = ladder.moment(work, call.window, rang, minutes)
    if after is None or at > after:
        work.due("call.phone_hook", call.id, at)


def expect_leaving(work: Work, call: r.Call) -> None:
    """1/3/15: still to come is that they leave."""
    if "leave_minutes" in call.window and call.departed_at is None:
        at = rang_at(call) + timedelta(minutes=call.window["leave_minutes"])
        if at > work.now:
            work.due("call.leave", call.id, at)


def handed_on(call: r.Call) -> list[str]:
    """Who was called, has gone off duty since and whose place is taken: the card stays, reminders go to who is on duty now."""
    return list(call.window.get("handed_on", []))


def hand_on(work: Work, call: r.Call, gone: Sequence[str]) -> None:
    """These go off duty, and somebody who was called is on duty in their place: what is still asked is asked of the latter."""
    off = [one for one in gone if one in call.called and one not in handed_on(call)]
    others = [p for one in call.called if one not in (*gone, *handed_on(call)) and (p := work.person(one)) is not None]
    if off and any(work.live_account(p.account) for p in others):
        arrival.stamp(call, handed_on=[*handed_on(call), *off])
        work.record(Kind.CALL_HANDED_ON, call, people=off)


def answerer_of(work: Work, call: r.Call, seats: list[r.Person]) -> r.Person:
    """The seat that may answer: of the called unit, or of the department a station answers for. Raises NotYours."""
    for unit in work.county.answering(call.unit_id):
        for seat in seats:
            if seat.role in ANSWERERS and seat.unit_id == unit:
                return seat
    raise NotYours()


def of_seats(work: Work, seats: list[r.Person]) -> list[r.Call]:
    """Live calls of these people's units, and those of their department's stations that they were rung for or have signed."""
    units = {s.unit_id for s in seats if s.role == Role.LIAISON}
    own = {s.id for s in seats}
    return [
        call
        for call in (work.open_calls(work.county.with_stations(units)) if units else [])
        if call.unit_id in units or call.acknowledged_by in own or own & set(call.called)
    ]


def late_by(call: r.Call, at: datetime) -> int:
    """Seconds after the deadline, begun ones counted whole: a tenth of a second late is late."""
    return max(0, ceil((at - call.due_at).total_seconds()))


def whistler(work: Work, call: r.Call) -> list[To]:
    return to_person(work, work.person(work.brief(call).blown_by))


def settled(work: Work, whistle: r.Whistle) -> bool:
    """Whether every call of the whistle has ended."""
    return whistle.state is not WhistleState.OPEN or all(c.state in CALL_ENDED for c in work.calls(whistle.id))


def stand_down(work: Work, call: r.Call, by: r.Person | None, reason: str) -> None:
    """Nobody needs to come any more; those who were called hear it once."""
    call.move(CallState.STOOD_DOWN)
    call.ended_at = work.now
    work.cancel(call.id)
    work.record(Kind.CALL_STOOD_DOWN, call, by, reason=reason)
    tell(work, Kind.CALL_STOOD_DOWN, call, to=_everyone_paged(work, call), by=by, reason=reason, **spoken(work, call))
    refresh(work, call)


def close(work: Work, call: r.Call, by: r.Person | None) -> None:
    """The case ended; nothing about this call may be sent after this."""
    call.move(CallState.CLOSED)
    call.ended_at = work.now
    work.cancel(call.id)
    work.record(Kind.CALL_CLOSED, call, by)
    refresh(work, call)


def _everyone_paged(work: Work, call: r.Call) -> list[To]:
    """Whoever was called, and whoever a step of the ladder told since."""
    return addresses(work, list(dict.fromkeys([*call.called, *call.window.get("paged", [])])))


def addresses(work: Work, paged: Sequence[str]) -> list[To]:
    """Seats, and chats written as `chat:` and their number."""
    people = [work.person(one) for one in paged]
    chats = [To(chat_id=int(one.removeprefix("chat:"))) for one in paged if one.startswith("chat:")]
    return [*to_people(work, [p for p in people if p is not None]), *chats]


def refresh(work: Work, call: r.Call) -> None:
    work.refresh(call.id, call.whistle_id)
