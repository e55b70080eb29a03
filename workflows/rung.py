"""Whom does a call ring, and whom does each rung of its ladder tell? Who cannot be reached is passed over at once."""

from collections.abc import Sequence

from workflows import arrival, nudge, ringing, rota
from workflows import call as calls
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people
from workflows.states import CallState
from workflows.work import To, Work

POSTS = {"post_a": "A", "post_b": "B", "duty_room": "duty_room"}


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
        if unit_id != department and not work.people(unit_id, Role.LIAISON, post=POSTS[who], bound=None):
            _ring(work, call, who, department)


def of_post(work: Work, unit_id: str, who: str) -> list[r.Person]:
    people = work.people(unit_id, Role.LIAISON, post=POSTS[who], on_duty=True)
    return [p for p in people if work.live_account(p.account)]


def _ring(work: Work, call: r.Call, who: str, *unit_ids: str) -> list[To]:
    """Call the people of one post in these units, each with a live card."""
    return call_in(work, call, [p for unit in unit_ids for p in of_post(work, unit, who)], who)


def ring_new_posts(work: Work, call: r.Call, posts: list[str]) -> None:
    """Posts that a new policy rings at once, as far as they have not been rung."""
    for who in posts:
        _ring(work, call, who, call.unit_id)


def ring_next(work: Work, call: r.Call) -> None:
    """Somebody who was rung is no target any more: the next contact is called in the same tick. The clock does not stop."""
    units = work.county.answering(call.unit_id)
    if not any(_ring(work, call, who, unit) for unit in units for who in POSTS):
        tell_step(work, call, "department_head", -1)
    work.refresh(call.whistle_id)


def call_in(work: Work, call: r.Call, people: Sequence[r.Person], post: str) -> list[To]:
    """Call these people too, with whatever is left of the window; whoever was called already, or cannot be reached, is not."""
    off = calls.handed_on(call)
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
            tell(work, Kind.PHONE_ASKED, call, to=desk, people=by_hand, **calls.spoken(work, call))
    return to


def undelivered(work: Work, call: r.Call, person_id: str) -> None:
    """This person cannot be reached: the next contact is called in the same tick. The clock does not stop."""
    if call.state is not CallState.OPEN:
        return
    work.record(Kind.CALL_UNDELIVERED, call, person=person_id)
    ring_next(work, call)
    tell(work, Kind.CALL_UNDELIVERED, call, person=person_id, **calls.spoken(work, call))
    work.refresh(call.whistle_id)


def tell_step(work: Work, call: r.Call, who: str, step: int, *, early: bool = False) -> list[To]:
    """One rung: liaisons who may answer get the call itself, everybody else is told. Returns whom it reached."""
    rung, to = [], []
    if who in POSTS:
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
        tell(work, Kind.CALL_ESCALATED, call, to=to, who=who, early=early, **calls.spoken(work, call))
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


def _step(work: Work, call: r.Call, who: str) -> list[To]:
    if who.startswith("chat:"):
        unit = work.county.unit(who.removeprefix("chat:"))
        passed_by = work.brief(call).hidden and unit.township_id is not None  # not theirs to see
        return [] if passed_by else [To(chat_id=group.chat_id) for group in work.groups_of(unit.id)]
    if who == "department_head":
        return on_duty(work, work.county.department_of(call.unit_id), Role.DEPARTMENT_HEAD)
    if who == "desk":
        return on_duty(work, work.county.id, Role.DESK)
    if who == "leader_on_duty":
        return on_duty(work, work.county.id, Role.LEADER_ON_DUTY)
    matter = work.brief(call)
    if matter.hidden:
        return []  # nobody in the township knows of it
    if who == "township_leader":
        return on_duty(work, matter.whistle_township_id, Role.TOWNSHIP_LEADER)
    return on_duty(work, work.county.squad_of(matter.whistle_township_id).id, Role.SQUAD_LEADER)


def told_at(call: r.Call, step: int) -> str:
    """The duty that a step of the ladder tells, or the nag behind its end."""
    steps = call.window["ladder"]
    return str(steps[step]["who"] if step < len(steps) else call.window["nag"]["who"])
