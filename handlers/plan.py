"""Taps that make a rota anew, or change its turns: which post, how often, at which hour, who in which order."""

from datetime import time, timedelta

from handlers.edge import Press, Toast, button, grid, say, swap
from handlers.rota import draft_of, live, shown_again
from workflows import coverage, turns
from workflows import plan as plans
from workflows import records as r
from workflows import rota as rotas
from workflows import shift as shifts
from workflows.county import Role
from workflows.refusals import Gone
from workflows.turns import POSTS, Every, Plan, Rotation
from workflows.work import Work

HOURS = (time(8, 0), time(8, 30), time(9, 0), time(17, 30), time(18, 0), time(0, 0))
"""The hours of the hand-over that are offered; a file may name any."""
DUTIES = (
    Role.LIAISON,
    Role.SQUAD_MEMBER,
    Role.SQUAD_LEADER,
    Role.DISPATCHER,
    Role.DESK,
    Role.LEADER_ON_DUTY,
    Role.TOWNSHIP_LEADER,
)


def new(work: Work, press: Press) -> Toast:
    """Which post or duty of the unit?"""
    unit_id = press.arg
    if not work.county.has_unit(unit_id):
        raise Gone()
    by = shifts.in_charge(work, press.staff(), unit_id)
    draft = work.add(r.Draft(kind="rota_new", subject_id=unit_id, by=by.id, facts={"members": []}, at=work.now))
    rows = [
        [button("duty_of", f"rota_duty.{role}-{post}", draft.ref, role=role, post=post, unit=unit_id)]
        for role, post in _duties(work, unit_id)
    ]
    say(
        work,
        press.private,
        "ask.rota_duty",
        unit=unit_id,
        keyboard=[*rows, [button("never_mind", "rota_drop", draft.ref)]],
    )
    return Toast()


def _duties(work: Work, unit_id: str) -> list[tuple[str, str]]:
    """What can be filled by turns at this unit: the posts of liaisons, and each role that has duty."""
    held = {seat.role for seat in work.people(unit_id, bound=None)}
    posts = [(Role.LIAISON.value, post) for post in POSTS] if Role.LIAISON in held else []
    return [*posts, *((role.value, "") for role in DUTIES if role in held and role is not Role.LIAISON)]


def again(work: Work, press: Press) -> Toast:
    """换轮值: the same post, other people or other hours."""
    rota = live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    facts = {"members": [], "role": rota.role, "post": rota.post, "rota": rota.id}
    draft = work.add(r.Draft(kind="rota_new", subject_id=rota.unit_id, by=by.id, facts=facts, at=work.now))
    _ask_every(work, press, draft)
    return Toast()


def duty(work: Work, press: Press) -> Toast:
    draft, _ = draft_of(work, press)
    role, _, post = press.arg.partition("-")
    if (role, post) not in _duties(work, draft.subject_id):
        raise Gone()
    draft.facts = {**draft.facts, "role": role, "post": post}
    _ask_every(work, press, draft)
    return Toast()


def _ask_every(work: Work, press: Press, draft: r.Draft) -> None:
    choices = [button("each_day", "rota_every.day", draft.ref), button("each_week", "rota_every.week", draft.ref)]
    swap(work, press, "ask.rota_every", keyboard=[choices, [button("never_mind", "rota_drop", draft.ref)]])


def every(work: Work, press: Press) -> Toast:
    draft, _ = draft_of(work, press)
    if press.arg not in set(Every):
        raise Gone()
    draft.facts = {**draft.facts, "every": press.arg}
    rows = grid([button("hour", f"rota_hour.{at:%H%M}", draft.ref, at=f"{at:%H:%M}") for at in HOURS], 3)
    swap(
        work, press, "ask.rota_hour", every=press.arg, keyboard=[*rows, [button("never_mind", "rota_drop", draft.ref)]]
    )
    return Toast()


def hour(work: Work, press: Press) -> Toast:
    draft, _ = draft_of(work, press)
    at = next((one for one in HOURS if f"{one:%H%M}" == press.arg), None)
    if at is None or "every" not in draft.facts:
        raise Gone()
    draft.facts = {**draft.facts, "hour": f"{at:%H:%M}"}
    _ask_members(work, press, draft)
    return Toast()


def _ask_members(work: Work, press: Press, draft: r.Draft) -> None:
    """Tapped in the order in which they take turns."""
    chosen: list[str] = draft.facts["members"]
    people = work.people(draft.subject_id, draft.facts["role"], bound=None)
    rows = grid(
        [
            button(
                (_numbered(p.label, p.id, chosen), _numbered(p.label_en or p.label, p.id, chosen)),
                f"rota_member.{p.id}",
                draft.ref,
            )
            for p in people[:40]
        ],
        2,
    )
    save_it = [[button("rota_save", "rota_save", draft.ref, style="success")]] if chosen else []
    swap(
        work, press, "ask.rota_members", every=draft.facts["every"], hour=draft.facts["hour"],
        chosen=[shifts.name_of(work.person(one)) for one in chosen],
        unreached=[one["who"] for one in coverage.unreached(work, chosen)],
        keyboard=[*rows, *save_it, [button("never_mind", "rota_drop", draft.ref)]],
    )  # fmt: skip


def _numbered(label: str, person_id: str, chosen: list[str]) -> str:
    return f"{chosen.index(person_id) + 1}. {label}" if person_id in chosen else label


def member(work: Work, press: Press) -> Toast:
    draft, _ = draft_of(work, press)
    person = work.get(r.Person, press.arg)
    if "hour" not in draft.facts or person.unit_id != draft.subject_id or person.role != draft.facts["role"]:
        raise Gone()
    chosen = draft.facts["members"]
    left = [one for one in chosen if one != person.id]
    draft.facts = {**draft.facts, "members": left if person.id in chosen else [*chosen, person.id]}
    _ask_members(work, press, draft)
    return Toast()


def save(work: Work, press: Press) -> Toast:
    """排好了: it holds at once; the first in the list begins today."""
    draft, by = draft_of(work, press)
    facts, unit_id = draft.facts, draft.subject_id
    shifts.in_charge(work, press.seats, unit_id)
    if not facts["members"] or "hour" not in facts:
        raise Gone()
    at = time.fromisoformat(facts["hour"])
    first = work.today
    if rotas.instant(first, at, work.county.timezone) > work.now:
        first -= timedelta(days=1)  # the first one serves from now on, not only from that hour
    rotation = Rotation(
        every=Every(facts["every"]), begins=at, first_day=first, members=tuple((one,) for one in facts["members"])
    )
    role, post = facts["role"], facts["post"]
    label = press_label(work, unit_id, role, post)
    known = work.find(r.Rota, facts.get("rota"))
    rota = plans.save(
        work, by, facts.get("rota") or turns.made_id(unit_id, role, post), Plan(since=work.now, rotations=(rotation,)),
        unit_id=unit_id, role=role, post=post, name=known.name if known else label[0], name_en=known.name_en if known else label[1],
    )  # fmt: skip
    draft.done_at = work.now
    shown_again(work, press, rota)
    return Toast("noted")


def press_label(work: Work, unit_id: str, role: str, post: str) -> tuple[str, str]:
    """What a rota is called when nobody gives it a name: the label that its first seat has, without a number."""
    unit = work.county.unit(unit_id)
    seats = [p for p in work.people(unit_id, role, bound=None) if not post or p.post == post]
    if post and seats:
        return seats[0].label, seats[0].label_en or seats[0].label
    if seats:
        return seats[0].label.rstrip("0123456789"), (seats[0].label_en or seats[0].label).rstrip(" 0123456789")
    return f"{unit.short}{post}", f"{unit.name_en} {post}".strip()


PRESSES = {
    "rota_new": new,
    "rota_again": again,
    "rota_duty": duty,
    "rota_every": every,
    "rota_hour": hour,
    "rota_member": member,
    "rota_save": save,
}
