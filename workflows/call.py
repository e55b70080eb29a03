"""呼叫: one department's duty to answer. 签收 · 出动 · 到场 · 反馈 are four stamped moments; a breach is a fact beside them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from workflows import arrival, downtime, hours, ladder, nudge, places, reach, ringing, rota
from workflows import records as r
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people, to_person
from workflows.policy import Urgency, fits
from workflows.refusals import AlreadyClosed, AlreadyDone, NotYours, TooLate
from workflows.states import CallState, WhistleState
from workflows.work import CALL_ENDED, To, Work

ANSWERERS = (Role.LIAISON, Role.DEPARTMENT_HEAD)
PROVEN = ("leader", "code")
"""Arrivals that nothing further is asked about."""
_POSTS = {"post_a": "A", "post_b": "B", "duty_room": "duty_room"}


def open_call(work: Work, whistle: r.Whistle, case: r.Case, unit_id: str) -> r.Call:
    """Ring the unit now. A 普通 whistle rings a unit where nobody sits at this hour at its next duty hour; the clock starts there."""
    urgency = Urgency(whistle.urgency)
    rings = rings_at(work, unit_id, urgency)
    later = rings > work.now
    window = {
        **stamp_of(work, urgency, unit_id, work.get(r.Tip, case.tip_id).matter_code),
        "rings_at": rings.isoformat() if later else None,
        "paused": work.pause_of(work.county.answering(unit_id)) is not None,
        "code": arrival.new_code(work, unit_id),
        "appointment": whistle.appointment.isoformat() if whistle.appointment else None,
    }
    call = work.add(
        r.Call(
            drill=whistle.drill,
            number=f"{case.number}-{len(work.calls_of_case(case.id)) + 1}",
            whistle_id=whistle.id,
            case_id=case.id,
            unit_id=unit_id,
            opened_at=work.now,
            due_at=ladder.moment(work, window, rings, window["window_minutes"]),
            window=window,
        )
    )
    facts = {"number": call.number, "whistle": whistle.id, "unit": unit_id, "urgency": whistle.urgency}
    times = {"rings_at": rings.isoformat(), "due_at": call.due_at.isoformat()}
    work.record(Kind.CALL_OPENED, call, whistle.blown_by, **facts, **times)
    ladder.start(work, "call", call.id, rings, window)
    expect_leaving(work, call)
    expect_silence(work, call, rings)
    if later:
        work.due("call.ring", call.id, rings)
    else:
        ring(work, call)
    return call


def expect_silence(work: Work, call: r.Call, rang: datetime, after: datetime | None = None) -> None:
    """So many minutes after ringing, the county's gateway rings whoever stays silent. Written again only if it was to come `after` then."""
    minutes = call.window.get("phone_hook_minutes")
    if not work.outside.phone or minutes is None:
        return
    at = ladder.moment(work, call.window, rang, minutes)
    if after is None or at > after:
        work.due("call.phone_hook", call.id, at)


def stamp_of(work: Work, urgency: Urgency, unit_id: str, matter_code: str | None) -> dict[str, Any]:
    """The numbers of today's policy for a call to this unit, with the name of the entry they stand in."""
    rule, window = work.policy.call_rule(urgency, *work.county.answering(unit_id))
    stamped = {**window.model_dump(mode="json"), "rule": rule}
    swift = work.policy.call.swift
    if not is_swift(work, urgency, unit_id, matter_code):
        return stamped
    return {
        **stamped,
        "window_minutes": swift.sign_minutes,
        "remind_at": [at for at in stamped["remind_at"] if at < swift.sign_minutes],
        "told_early": [step for step in stamped["told_early"] if step["at_minutes"] < swift.sign_minutes],
        "leave_minutes": swift.leave_minutes,
        "arrive_minutes": swift.arrive_minutes,
    }


def is_swift(work: Work, urgency: Urgency, unit_id: str, matter_code: str | None) -> bool:
    """1/3/15: a station is called 特急 for a matter that policy marks 紧急."""
    swift = work.policy.call.swift
    if not swift.on or urgency is not Urgency.URGENT or matter_code is None:
        return False
    tags = work.county.matter(matter_code).checklist_tags
    return work.county.unit(unit_id).kind is UnitKind.STATION and fits(swift.matters, matter_code, tags)


def rings_at(work: Work, unit_id: str, urgency: Urgency) -> datetime:
    """When a whistle of this urgency would ring at this unit: 特急 and 预约 at once, 预约 without a sound at night.

    While the unit is paused, at once means at the end of the pause.
    """
    pause = work.pause_of(work.county.answering(unit_id))
    soonest = pause.ends_at if pause is not None else work.now
    if urgency is not Urgency.NORMAL:
        return soonest
    return hours.rings_at(work.county.unit(unit_id), soonest, work.county, work.policy.hours)


def ring(work: Work, call: r.Call) -> None:
    """Ring the posts that policy names, at a station before its department; where nobody of them is on duty, the next ones ring at once."""
    if call.state is not CallState.OPEN:
        return
    reached: list[To] = []
    for unit in work.county.answering(call.unit_id):
        reached = [to for who in call.window["rings"] for to in _ring(work, call, who, unit)]
        if not reached:
            reached = _stand_in(work, call, unit)
            work.record(Kind.CALL_ESCALATED, call, who="gap", step=-1, unit=unit, reached=len(reached))
        if reached:
            _ring_missing_posts(work, call, unit)
            break
    if not reached:
        for who in ("department_head", "desk"):
            reached = reached or tell_step(work, call, who, -1)
    work.refresh(call.whistle_id)


def _stand_in(work: Work, call: r.Call, unit_id: str) -> list[To]:
    for who in ("post_b", "duty_room"):
        if reached := _ring(work, call, who, unit_id):
            return reached
    return []


def _ring_missing_posts(work: Work, call: r.Call, unit_id: str) -> None:
    """A station without a 值班室 of its own has its department's."""
    department = work.county.department_of(unit_id)
    for who in call.window["rings"]:
        if unit_id != department and not work.people(unit_id, Role.LIAISON, post=_POSTS[who], bound=None):
            _ring(work, call, who, department)


def rung_first(work: Work, unit_id: str, urgency: Urgency) -> list[r.Person]:
    """Whom `ring` would reach at this unit now; nobody means that its head or the desk is told."""
    rings = stamp_of(work, urgency, unit_id, None)["rings"]
    for unit in work.county.answering(unit_id):
        for posts in (rings, ["post_b"], ["duty_room"]):
            if found := [p for who in posts for p in _of_post(work, unit, who)]:
                return found
    return []


def _of_post(work: Work, unit_id: str, who: str) -> list[r.Person]:
    people = work.people(unit_id, Role.LIAISON, post=_POSTS[who], on_duty=True)
    return [p for p in people if work.live_account(p.account)]


def _ring(work: Work, call: r.Call, who: str, *unit_ids: str) -> list[To]:
    """Call the people of one post in these units, each with a live card."""
    return call_in(work, call, [p for unit in unit_ids for p in _of_post(work, unit, who)], who)


def call_in(work: Work, call: r.Call, people: Sequence[r.Person], post: str) -> list[To]:
    """Call these people too, with whatever is left of the window; whoever was called already, or cannot be reached, is not."""
    off = handed_on(call)
    fresh = [p for p in people if (p.id not in call.called or p.id in off) and work.live_account(p.account)]
    if fresh:
        new = [p.id for p in fresh if p.id not in call.called]
        back = [p.id for p in fresh if p.id in off]
        call.called = [*call.called, *new]
        if back:  # was off duty meanwhile, and is on duty again
            arrival.stamp(call, handed_on=[one for one in off if one not in back])
        work.record(Kind.CALL_RUNG, call, post=post, people=new, **({"back": back} if back else {}))
    to = to_people(work, fresh)
    if to:
        tell(work, Kind.CALL_OPENED, call, to=to)
        nudge.begins(work, call, to)
        by_hand = ringing.first(work, call, fresh)
        if by_hand:
            desk = on_duty(work, work.county.id, Role.DESK)
            tell(work, Kind.PHONE_ASKED, call, to=desk, people=by_hand, **spoken(work, call))
    return to


# ── time passes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def remind(work: Work, call: r.Call, left: int) -> None:
    if call.state is CallState.OPEN:
        work.record(Kind.CALL_REMINDED, call, left=left)
        tell(work, Kind.CALL_REMINDED, call, **spoken(work, call), left=left)


def tell_early(work: Work, call: r.Call, number: int) -> None:
    """A step of the urgent ladder that comes before the breach."""
    if call.state is CallState.OPEN:
        tell_step(work, call, call.window["told_early"][number]["who"], number, early=True)


def leave_due(work: Work, call: r.Call) -> None:
    """1/3/15: not on the way after three minutes. Whoever was called is asked to leave, and the whistler knows."""
    if call.state not in (CallState.OPEN, CallState.ACKNOWLEDGED):
        return
    work.record(Kind.CALL_NOT_LEFT, call)
    by = arrival.agreed_at(call)
    tell(work, Kind.CALL_NOT_LEFT, call, arrive_by=by.isoformat() if by else None, **spoken(work, call))


def breach(work: Work, call: r.Call) -> None:
    """The window has passed. The time of the breach is the deadline, whenever we notice."""
    if call.state is not CallState.OPEN or call.breached_at is not None:
        return
    climbing = silent_since(call) is not None  # 升级 before the breach
    note_breach(work, call)
    tell(work, Kind.CALL_BREACHED, call, **spoken(work, call), ladder=_plan(work, call))
    work.refresh(call.whistle_id, call.id)
    if not climbing:
        escalate(work, call, 0)


def note_breach(work: Work, call: r.Call) -> None:
    call.breached_at, call.noted_at = call.due_at, work.now
    call.rev += 1
    work.record(Kind.CALL_BREACHED, call, breached_at=call.due_at.isoformat())


def silent_since(call: r.Call) -> datetime | None:
    """Where the ladder begins: a 升级, the silence after a signature, or the breach."""
    raised = call.window.get("ladder_from")
    return datetime.fromisoformat(raised) if raised else arrival.reopened_at(call) or call.breached_at


def open_again(work: Work, call: r.Call, why: str, by: r.Person | None = None) -> None:
    """A signed call is waited for anew, because nobody came and nobody answers (`silent`), or by 升级 (`raised`)."""
    call.move(CallState.OPEN)
    work.cancel(call.id)
    arrival.stamp(call, reopened_at=work.now.isoformat(), asked_at=None, promise=None, cannot_come=None)
    arrival.stamp(call, ladder_from=None, ladder_skip=0, level=0)
    call.taken_by = call.taken_at = None
    work.record(Kind.CALL_REOPENED, call, by, why=why)
    expect_silence(work, call, work.now)
    tell(work, Kind.CALL_REOPENED, call, by=by, why=why, **spoken(work, call))
    nudge.begins(work, call, to_people(work, [p for p in map(work.person, call.called) if p is not None]))
    work.refresh(call.id, call.whistle_id)


def run_ladder(work: Work, call: r.Call, number: int) -> None:
    """This step now. While somebody of the desk has taken the call, that one alone: the rest waits as before."""
    if not call.taken_by:
        escalate(work, call, number)
    elif number < len(call.window["ladder"]):
        tell_step(work, call, call.window["ladder"][number]["who"], number)


def ring_new_posts(work: Work, call: r.Call, posts: list[str]) -> None:
    """Posts that a new policy rings at once, as far as they have not been rung."""
    for who in posts:
        _ring(work, call, who, call.unit_id)


def escalate(work: Work, call: r.Call, number: int) -> None:
    """The next step of the stamped ladder, or the nag that follows its end, until a person answers or takes it."""
    since = silent_since(call)
    if call.state is not CallState.OPEN or since is None or call.taken_by:
        return
    ladder.climb(
        work,
        "call",
        call.id,
        since,
        call.window,
        number,
        lambda who, step: tell_step(work, call, who, step),
    )


def tell_step(work: Work, call: r.Call, who: str, step: int, *, early: bool = False) -> list[To]:
    """One rung: liaisons who may answer get the call itself, everybody else is told. Returns whom it reached."""
    rung, to = [], []
    if who in _POSTS:
        rung = _ring(work, call, who, *work.county.answering(call.unit_id))
    elif who.startswith(("person:", "rota:")):
        people = _named(work, who)
        own = [p for p in people if p.role == Role.LIAISON and p.unit_id in work.county.answering(call.unit_id)]
        rung = call_in(work, call, own, who)
        to = to_people(work, [p for p in people if p not in own])
    else:
        to = _step(work, call, who)
    work.record(Kind.CALL_ESCALATED, call, who=who, step=step, reached=len(rung) + len(to))
    if not early and 0 <= step < len(call.window["ladder"]):
        arrival.stamp(call, level=step + 1)
        work.refresh(call.whistle_id)  # its 升级 button carries the level
    if to:
        paged = [one.person_id or f"chat:{one.chat_id}" for one in to]
        relieved = [one for one in call.window.get("relieved", []) if one not in paged]
        arrival.stamp(call, paged=list(dict.fromkeys([*call.window.get("paged", []), *paged])), relieved=relieved)
        tell(work, Kind.CALL_ESCALATED, call, to=to, who=who, early=early, **spoken(work, call))
        nudge.begins(work, call, to)
    return [*rung, *to]


def _named(work: Work, who: str) -> list[r.Person]:
    """The person or the rota that a step names, as far as they are on duty and can be written to."""
    kind, _, name = who.partition(":")
    if kind == "rota":
        found = rota.members_now(work, name)
    else:
        person = work.person(name)
        found = [p for p in work.people(person.unit_id, person.role, on_duty=True) if p.id == name] if person else []
    return [p for p in found if work.live_account(p.account)]


def told_at(call: r.Call, step: int) -> str:
    """The duty that a step of the ladder tells, or the nag behind its end."""
    steps = call.window["ladder"]
    return str(steps[step]["who"] if step < len(steps) else call.window["nag"]["who"])


def ring_next(work: Work, call: r.Call) -> None:
    """Somebody who was rung is no target any more: the next contact is called in the same tick. The clock does not stop."""
    units = work.county.answering(call.unit_id)
    if not any(_ring(work, call, who, unit) for unit in units for who in _POSTS):
        tell_step(work, call, "department_head", -1)
    work.refresh(call.whistle_id)


def _step(work: Work, call: r.Call, who: str) -> list[To]:
    if who.startswith("chat:"):
        unit = work.county.unit(who.removeprefix("chat:"))
        passed_by = work.get(r.Case, call.case_id).hidden and unit.township_id is not None  # not theirs to see
        return [] if passed_by else [To(chat_id=group.chat_id) for group in work.groups_of(unit.id)]
    if who == "department_head":
        return on_duty(work, work.county.department_of(call.unit_id), Role.DEPARTMENT_HEAD)
    if who == "desk":
        return on_duty(work, work.county.id, Role.DESK)
    if who == "leader_on_duty":
        return on_duty(work, work.county.id, Role.LEADER_ON_DUTY)
    whistle = work.get(r.Whistle, call.whistle_id)
    if work.get(r.Case, call.case_id).hidden:
        return []  # nobody in the township knows of it
    if who == "township_leader":
        return on_duty(work, whistle.township_id, Role.TOWNSHIP_LEADER)
    return on_duty(work, work.county.squad_of(whistle.township_id).id, Role.SQUAD_LEADER)


def _plan(work: Work, call: r.Call) -> list[dict[str, Any]]:
    """The rest of the ladder with absolute times, so that a text can say who is next."""
    since = silent_since(call) or call.due_at
    steps = list(enumerate(call.window["ladder"]))[call.window.get("level", 0) :]
    return [
        {
            "who": step["who"],
            "at": ladder.moment(work, call.window, since, ladder.after(call.window, n)).isoformat(),
        }
        for n, step in steps
    ]


def spoken(work: Work, call: r.Call) -> dict[str, Any]:
    """The facts every text about a call starts from: no word of the sender's, place and matter only."""
    reopened = arrival.reopened_at(call)
    case = work.get(r.Case, call.case_id)
    tip = work.get(r.Tip, case.tip_id)
    return {
        "number": call.number,
        "unit": call.unit_id,
        "township": case.township_id,
        "village": tip.village_id,
        "grid": tip.grid_id,
        "matter": tip.matter_code,
        "opened_at": call.opened_at.isoformat(),
        "due_at": call.due_at.isoformat(),
        "reopened_at": reopened.isoformat() if reopened else None,
        "appointment": call.window.get("appointment"),
        "called": list(call.called),
        "undelivered": [e.facts["person"] for e in work.events_of(call.id, Kind.CALL_UNDELIVERED)],
    }


def undelivered(work: Work, call: r.Call, person_id: str) -> None:
    """This person cannot be reached: the next contact is called in the same tick. The clock does not stop."""
    if call.state is not CallState.OPEN:
        return
    work.record(Kind.CALL_UNDELIVERED, call, person=person_id)
    ring_next(work, call)
    tell(work, Kind.CALL_UNDELIVERED, call, person=person_id, **spoken(work, call))
    work.refresh(call.whistle_id)


def take(work: Work, call: r.Call, by: r.Person, plan: str = "chase") -> None:
    """A named person takes over the silence and says how: `chase` (我来催) or `leader` (报带班领导). The call stays open and
    breached; after the nag time it is asked again."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    if call.taken_by and (call.taken_by != by.id or call.window.get("plan") == plan):
        taker = work.person(call.taken_by)
        raise AlreadyDone(by=taker, at=call.taken_at)
    call.taken_by, call.taken_at = by.id, work.now
    arrival.stamp(call, plan=plan)
    call.rev += 1
    work.cancel(call.id, "call.escalate", "call.taken_check")
    again = ladder.moment(work, call.window, work.now, call.window["nag"]["every_minutes"])
    work.due("call.taken_check", call.id, again)
    work.record(Kind.CALL_TAKEN, call, by, plan=plan)
    tell(work, Kind.CALL_TAKEN, call, by=by, plan=plan, who=by.label, who_en=by.label_en, **spoken(work, call))
    work.refresh(call.whistle_id)


def taken_check(work: Work, call: r.Call) -> None:
    """Taking is not for ever: if the unit is still silent, the desk is asked again and the ladder goes on where it was left."""
    if call.state is not CallState.OPEN or call.taken_at is None:
        return
    left_at, call.taken_by, call.taken_at = call.taken_at, None, None
    call.rev += 1
    work.record(Kind.CALL_RELEASED, call)
    work.refresh(call.whistle_id)
    since = silent_since(call)
    if since is None:
        return  # the breach itself starts the ladder
    steps = call.window["ladder"]
    asked = call.window["nag"]["who"]
    number = max(ladder.step_after(work, since, call.window, left_at), call.window.get("level", 0))
    by_now = ladder.step_after(work, since, call.window, work.now)
    overdue = [step["who"] for step in steps[number:by_now]]
    if asked not in overdue:
        tell_step(work, call, asked, len(steps))
    escalate(work, call, number)


# ── the unit answers ─────────────────────────────────────────────────────────────────────────────────────────────────


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


def _answer(work: Work, call: r.Call, by: r.Person, to: CallState, at: datetime | None = None) -> int:
    """What every answer does: stop the clock, note a lateness in seconds, never erase a breach. `at`: when it was said, if not now."""
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    at = at or work.now
    late = late_by(call, at) if call.acknowledged_at is None else 0
    again = arrival.reopened_at(call) is not None
    if call.breached_at is not None and at <= call.due_at:
        call.breached_at = call.noted_at = None  # said in time, heard after the breach was noted
        work.record(Kind.CALL_LIFTED, call, by)
    if call.acknowledged_at is None and at > call.due_at:
        _breach_unnoticed(work, call, by)
    call.move(to)
    work.cancel(call.id)
    reach.unit_spoke(work, call, by)
    if call.acknowledged_at is None:
        if at == work.now and downtime.outage_in(work, call) is None:
            ringing.pressed(work, call, by)
        call.acknowledged_at, call.acknowledged_by, call.late_seconds = at, by.id, late
        said = {"at": at.isoformat()} if at != work.now else {}
        work.record(Kind.CALL_ACKNOWLEDGED, call, by, late_seconds=late, went=to is not CallState.ACKNOWLEDGED, **said)
        if late:
            _hold(work, call)
    elif again:
        # the first signature keeps the credit
        went = to is not CallState.ACKNOWLEDGED
        work.record(Kind.CALL_ACKNOWLEDGED, call, by, late_seconds=0, again=True, went=went)
    if by.id in handed_on(call):  # off duty, and yet the one who goes
        arrival.stamp(call, handed_on=[one for one in handed_on(call) if one != by.id])
    _relieve_soon(work, call, by)
    return late


def _breach_unnoticed(work: Work, call: r.Call, by: r.Person) -> None:
    """Somebody answers past the deadline before the clock has noted it: the breach is noted now, at its true time."""
    if call.breached_at is not None:
        return
    note_breach(work, call)
    if downtime.outage_in(work, call) is None:
        tell(work, Kind.CALL_BREACHED, call, by=by, **spoken(work, call), ladder=_plan(work, call))


def _relieve_soon(work: Work, call: r.Call, by: r.Person) -> None:
    """Whoever a step of the ladder has told hears that somebody answers; of a signature, once it can no longer be taken back."""
    if not _to_relieve(call):
        return
    seconds = work.policy.call.unsign_seconds if call.state is CallState.ACKNOWLEDGED else 0
    if seconds:
        work.due("call.relieve", call.id, work.now + timedelta(seconds=seconds), by=by.id)
    else:
        relieve(work, call, by.id)


def _to_relieve(call: r.Call) -> list[str]:
    """Told by the ladder, not called themselves (their card changes), and not told since that somebody answers."""
    done = {*call.called, *call.window.get("relieved", [])}
    return [one for one in call.window.get("paged", []) if one not in done]


def relieve(work: Work, call: r.Call, by_id: str) -> None:
    """有人应了: heads, desk and leaders who were told of a silence need not chase any more."""
    ended = call.state in (CallState.OPEN, CallState.STOOD_DOWN, CallState.CLOSED)
    waiting = _to_relieve(call)
    if ended or not waiting:
        return
    arrival.stamp(call, relieved=[*call.window.get("relieved", []), *waiting])
    to = _addresses(work, waiting)
    by = work.person(by_id)
    how = "arrived" if call.acknowledged_by is None else "phone" if by and by.unit_id == work.county.id else "signed"
    work.record(Kind.CALL_HANDLED, call, by, reached=len(to))
    who = {"who": by.label if by else "", "who_en": (by.label_en or by.label) if by else ""}
    tell(work, Kind.CALL_HANDLED, call, to=to, by=by, how=how, at=work.now.isoformat(), **who, **spoken(work, call))


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


def _hold(work: Work, call: r.Call) -> None:
    """A late answer after an outage of our own: the desk is asked whether the breach counts."""
    outage = downtime.hold(work, call)
    if outage is not None:
        began_at, ended_at = outage.began_at.isoformat(), (outage.ended_at or work.now).isoformat()
        tell(work, Kind.CALL_HELD, call, began_at=began_at, ended_at=ended_at, **spoken(work, call))


def _refresh(work: Work, call: r.Call) -> None:
    work.refresh(call.id, call.whistle_id)


def acknowledge(work: Work, call: r.Call, by: r.Person, at: datetime | None = None) -> int:
    """签收: the unit answers; its clock, reminders and ladder stop. Returns the lateness in seconds. `at`: when it was said, if not now."""
    if call.acknowledged_at is not None and call.state is not CallState.OPEN:
        raise _already(work, call, call.acknowledged_by, call.acknowledged_at)
    late = _answer(work, call, by, CallState.ACKNOWLEDGED, at)
    if _keep_appointment(work, call, by):
        arrival.expect(work, call)
    else:
        arrival.signed(work, call)
    _refresh(work, call)
    return late


def unsign(work: Work, call: r.Call) -> None:
    """A signature that does not hold: the call is open again on its original clock, and nobody is told twice."""
    signed_at = call.acknowledged_at or work.now
    call.move(CallState.OPEN)
    work.cancel(call.id)
    call.acknowledged_at = call.acknowledged_by = None
    call.late_seconds = 0
    arrival.stamp(call, signed_at=None, promise=None, asked_at=None, cannot_come=None)
    work.record(Kind.CALL_UNSIGNED, call)
    _clock_goes_on(work, call, signed_at)
    _refresh(work, call)


def take_back(work: Work, call: r.Call, by: r.Person) -> None:
    """点错了: a signature is taken back within seconds by whoever gave it. The clock goes on from the original deadline, as if
    nobody had answered; what fell due meanwhile is done at once. Raises TooLate."""
    signed_at = arrival.signed_at(call)
    promised = arrival.promise_of(call) is not None and arrival.agreed_at(call) is None
    if call.state is not CallState.ACKNOWLEDGED or signed_at is None or promised:
        raise AlreadyClosed()
    if _last_signer(work, call) != by.id:
        raise NotYours()
    seconds = work.policy.call.unsign_seconds
    if work.now - signed_at > timedelta(seconds=seconds):
        raise TooLate(seconds=seconds)
    work.cancel(call.id)
    call.move(CallState.OPEN)
    again = call.acknowledged_at is not None and call.acknowledged_at < signed_at
    held = not again and call.window.get("review") in ("held", "proposed")
    reopened = work.events_of(call.id, Kind.CALL_REOPENED)[-1].at.isoformat() if again else None
    arrival.stamp(call, signed_at=None, reopened_at=reopened, promise=None)
    if not again:  # the first signature keeps the credit
        call.acknowledged_at, call.acknowledged_by, call.late_seconds = None, None, 0
    if held:
        call.counts = True
        arrival.stamp(call, review=None)
    work.record(Kind.CALL_TAKEN_BACK, call, by, again=again, held=held, reopened_at=reopened)
    _clock_goes_on(work, call, signed_at)
    _refresh(work, call)


def _last_signer(work: Work, call: r.Call) -> str | None:
    signed = work.events_of(call.id, Kind.CALL_ACKNOWLEDGED)
    return signed[-1].by if signed else None


def _clock_goes_on(work: Work, call: r.Call, stopped_at: datetime) -> None:
    """The rest of the original clock, from the moment at which an answer had stopped it."""
    expect_leaving(work, call)
    ladder.go_on(work, "call", call.id, rang_at(call), call.window, stopped_at)
    expect_silence(work, call, arrival.reopened_at(call) or rang_at(call), stopped_at)
    since = silent_since(call)
    if call.breached_at is None and arrival.reopened_at(call) is None:
        work.due("call.breach", call.id, call.due_at)
    work.resume(call.id, "call.nudge", stopped_at)
    if since is None:
        return
    if call.taken_by and call.taken_at:
        work.due("call.taken_check", call.id, call.taken_at + timedelta(minutes=call.window["nag"]["every_minutes"]))
    else:
        escalate(work, call, ladder.step_after(work, since, call.window, stopped_at))


def expect_leaving(work: Work, call: r.Call) -> None:
    """1/3/15: still to come is that they leave."""
    if "leave_minutes" in call.window and call.departed_at is None:
        at = rang_at(call) + timedelta(minutes=call.window["leave_minutes"])
        if at > work.now:
            work.due("call.leave", call.id, at)


def rang_at(call: r.Call) -> datetime:
    """Where the window begins: at night it may be the next duty hour."""
    found = call.window.get("rings_at")
    return datetime.fromisoformat(found) if found else call.opened_at


def _keep_appointment(work: Work, call: r.Call, by: r.Person) -> bool:
    """预约 and 1/3/15: whoever signs promises the agreed time. False where there is none, or where it has passed."""
    at = arrival.agreed_at(call)
    if at is None or at <= work.now:
        return False
    kind = "appointed" if arrival.appointment_of(call) else "swift"
    expect_leaving(work, call)  # 签收 ends the window, not the leaving
    given = {"kind": kind, "at": at.isoformat(), "given_at": work.now.isoformat(), "by": by.id}
    arrival.stamp(call, signed_at=work.now.isoformat(), reopened_at=None, advised_at=None, promise=given)
    work.record(Kind.CALL_PROMISED, call, by, promise=kind, at=at.isoformat())
    return True


def depart(work: Work, call: r.Call, by: r.Person) -> None:
    """出动. Implies 签收 if that was skipped."""
    if call.departed_at is not None:
        raise _already(work, call, None, call.departed_at)
    was_open = call.state is CallState.OPEN
    _answer(work, call, by, CallState.DEPARTED)
    if was_open and not _keep_appointment(work, call, by):
        arrival.stamp(call, signed_at=work.now.isoformat(), promise=None)
    arrival.expect(work, call)
    call.departed_at = work.now
    work.record(Kind.CALL_DEPARTED, call, by)
    _refresh(work, call)


def arrive(work: Work, call: r.Call, by: r.Person, proof: str = "said", at: datetime | None = None) -> None:
    """到场: `said` until the leader taps, the squad's code is sent or one position tells near or far."""
    if call.arrived_at is not None:
        raise _already(work, call, None, call.arrived_at)
    _answer(work, call, by, CallState.ARRIVED, at)
    call.arrived_at, call.arrival = at or work.now, proof
    arrival.there(work, call)
    work.record(Kind.CALL_ARRIVED, call, by, proof=proof, **({"at": at.isoformat()} if at else {}))
    tell(work, Kind.CALL_ARRIVED, call, by=by, proof=proof, **spoken(work, call))
    _refresh(work, call)


def prove_arrival(work: Work, call: r.Call, by: r.Person, proof: str) -> None:
    """A proof that comes with the arrival, or after it was said."""
    if call.arrived_at is None:
        arrive(work, call, by, proof)
        return
    if call.arrival in PROVEN:
        raise _already(work, call, None, call.arrived_at)
    call.arrival = proof
    call.rev += 1
    work.record(Kind.CALL_CONFIRMED, call, by, proof=proof)
    _refresh(work, call)


def confirm_arrival(work: Work, call: r.Call, by: r.Person) -> None:
    """The leader's tap: they are here. Also stamps an arrival that the unit itself did not press; if that is late, it is a breach."""
    if call.state in CALL_ENDED and call.arrived_at is None:
        raise AlreadyClosed()
    if call.arrival == "leader":
        raise _already(work, call, by.id, call.arrived_at)
    came = call.arrived_at is None
    if came:
        call.move(CallState.ARRIVED)
        call.arrived_at = work.now
        work.cancel(call.id)
        arrival.there(work, call)
        if call.acknowledged_at is None:
            call.acknowledged_at = work.now
            call.late_seconds = late_by(call, work.now)
            if call.late_seconds:
                _breach_unnoticed(work, call, by)
    call.arrival = "leader"
    call.rev += 1
    work.record(Kind.CALL_CONFIRMED, call, by, proof="leader", late_seconds=call.late_seconds)
    if came and call.late_seconds and call.acknowledged_by is None:
        _hold(work, call)
    if came:
        _relieve_soon(work, call, by)
    _refresh(work, call)


def is_near(work: Work, call: r.Call, latitude: float, longitude: float) -> bool:
    """Near the pin that was sent with the tip (opened here for this one comparison), else near the centre of grid or village."""
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    here = (latitude, longitude)
    pin = _pin(work, tip)
    if pin is not None:
        return places.metres(here, pin) <= work.policy.near_metres
    place: Any = work.county.grid(tip.grid_id) if tip.grid_id else None
    if place is None and tip.village_id:
        place = work.county.village(tip.village_id)
    return place is not None and places.metres(here, (place.lat, place.lon)) <= work.policy.near_grid_metres


def _pin(work: Work, tip: r.Tip) -> tuple[float, float] | None:
    """The newest position that came with the tip; it is used here and goes nowhere."""
    for item in reversed(work.items(tip.id)):
        if item.kind == "location":
            said = work.unseal(item.account, item.content)
            return said["latitude"], said["longitude"]
    return None


def position(
    work: Work, call: r.Call, by: r.Person, latitude: float, longitude: float, said_at: datetime | None = None
) -> bool:
    """One single position, kept only as near or far; the coordinates are not written down. Only a near one is an arrival."""
    near = is_near(work, call, latitude, longitude)
    if call.arrived_at is None and near:
        arrive(work, call, by, "near", downtime.said_in_time(work, call, said_at))
    elif call.arrival not in PROVEN:
        call.arrival = "near" if near else "far"
        call.rev += 1
        work.record(Kind.CALL_LOCATED, call, by, proof=call.arrival)
        _refresh(work, call)
    return near


def report(work: Work, call: r.Call, by: r.Person, outcome: str) -> None:
    """反馈: what came of it."""
    if call.reported_at is not None:
        raise _already(work, call, None, call.reported_at)
    _answer(work, call, by, CallState.REPORTED)
    call.reported_at, call.outcome, call.ended_at = work.now, outcome, work.now
    work.record(Kind.CALL_REPORTED, call, by, outcome=outcome)
    tell(work, Kind.CALL_REPORTED, call, by=by, outcome=outcome, **spoken(work, call))
    _refresh(work, call)


def stand_down(work: Work, call: r.Call, by: r.Person | None, reason: str) -> None:
    """Nobody needs to come any more; those who were called hear it once."""
    call.move(CallState.STOOD_DOWN)
    call.ended_at = work.now
    work.cancel(call.id)
    work.record(Kind.CALL_STOOD_DOWN, call, by, reason=reason)
    tell(work, Kind.CALL_STOOD_DOWN, call, to=_everyone_paged(work, call), by=by, reason=reason, **spoken(work, call))
    _refresh(work, call)


def _everyone_paged(work: Work, call: r.Call) -> list[To]:
    """Whoever was called, and whoever a step of the ladder told since."""
    return _addresses(work, list(dict.fromkeys([*call.called, *call.window.get("paged", [])])))


def _addresses(work: Work, paged: Sequence[str]) -> list[To]:
    """Seats, and chats written as `chat:` and their number."""
    people = [work.person(one) for one in paged]
    chats = [To(chat_id=int(one.removeprefix("chat:"))) for one in paged if one.startswith("chat:")]
    return [*to_people(work, [p for p in people if p is not None]), *chats]


def close(work: Work, call: r.Call, by: r.Person | None) -> None:
    """The case ended; nothing about this call may be sent after this."""
    call.move(CallState.CLOSED)
    call.ended_at = work.now
    work.cancel(call.id)
    work.record(Kind.CALL_CLOSED, call, by)
    _refresh(work, call)


def _already(work: Work, call: r.Call, person_id: str | None, at: datetime | None) -> AlreadyDone | AlreadyClosed:
    if call.state in (CallState.STOOD_DOWN, CallState.CLOSED):
        return AlreadyClosed()
    person = work.person(person_id)
    return AlreadyDone(by=person, at=at)


def whistler(work: Work, call: r.Call) -> list[To]:
    return to_person(work, work.person(work.get(r.Whistle, call.whistle_id).blown_by))


def settled(work: Work, whistle: r.Whistle) -> bool:
    """Whether every call of the whistle has ended."""
    return whistle.state is not WhistleState.OPEN or all(c.state in CALL_ENDED for c in work.calls(whistle.id))
