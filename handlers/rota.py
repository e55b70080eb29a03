"""值班表 by command and by tap: who serves when, one for another, a colleague asked to stand in, a rota made anew."""

from datetime import datetime, time, timedelta
from typing import Any

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import records as r
from workflows import rota as rotas
from workflows import shift as shifts
from workflows.county import Role
from workflows.refusals import AlreadyClosed, Gone, NotBound, NotInCharge
from workflows.rota import POSTS, Every, Plan, Rotation
from workflows.work import To, Work

SHOWN = 14
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
Keyboard = list[list[dict[str, Any]]]


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_rotas(work: Work, to: To, seats: list[r.Person], unit_ids: list[str]) -> None:
    """/rota: one's own unit's rotas, those one is in charge of, or those of a unit that is named."""
    if not seats:
        raise NotBound()
    charge = shifts.units_in_charge(work, seats)
    own = [seat.unit_id for seat in seats]
    units = [one for one in unit_ids if one in charge or one in own]
    if unit_ids and not units:
        raise NotInCharge()
    units = units or list(dict.fromkeys([*own, *(charge if not any(s.role == Role.ADMIN for s in seats) else [])]))
    found = list(work.rotas_of(units))
    if not unit_ids and any(s.role == Role.ADMIN for s in seats):
        found = [one for one in work.all_rotas() if one.retired_at is None]
    if len(found) == 1 and len(units) <= 1:
        say(work, to, "note.rota", **rota_view(work, found[0]), keyboard=_keyboard(work, found[0], seats))
        return
    listed = [{**shifts.rota_facts(one), "on_now": shifts.names(work, work.filled(one))} for one in found]
    rows = grid([button((one.name, one.name_en or one.name), "rota", one.ref) for one in found[:20]], 1)
    may_add = [one for one in units if one in charge]
    add = [[button("new_rota", f"rota_new.{may_add[0]}", "-")]] if len(may_add) == 1 else []
    several = may_add[:12] if len(may_add) > 1 else []
    add += grid([button(_unit_label(work, one), f"rota_new.{one}", "-") for one in several], 2)
    add += [[button("people", f"people.{one}", "-")] for one in may_add[:1] if len(may_add) == 1]
    say(work, to, "note.rotas", rotas=listed, several=len(may_add) > 1, keyboard=[*rows, *add])


def _unit_label(work: Work, unit_id: str) -> tuple[str, str]:
    unit = work.county.unit(unit_id)
    return f"＋ {unit.short}", f"+ {unit.name_en}"


def rota_view(work: Work, rota: r.Rota) -> dict[str, Any]:
    spans = shifts.coming(work, rota)
    people = {one for span in spans for one in span.members}
    return {
        "rota": rota.name,
        "rota_en": rota.name_en or rota.name,
        "spans": [
            {"begins": s.begins.isoformat(), "ends": s.ends.isoformat(), "who": shifts.names(work, s.members)}
            for s in spans[:SHOWN]
        ],
        "gaps": [{"begins": a.isoformat(), "ends": b.isoformat()} for a, b in shifts.gaps(work, rota)[:5]],
        "unreached": [one["who"] for one in shifts.unreached(work, people)],
    }


def _keyboard(work: Work, rota: r.Rota, seats: list[r.Person]) -> Keyboard:
    rows: Keyboard = []
    if any(shifts.shifts_of(work, rota, seat) for seat in seats):
        rows.append([button("ask_to_stand_in", "rota_swap", rota.ref)])
    if _in_charge(work, rota, seats):
        edited = list(work.overrides_of(rota.id))[:6]
        rows += [
            [button("rota_replace", "rota_edit.replace", rota.ref), button("rota_add", "rota_edit.add", rota.ref)],
            [button("rota_remove", "rota_edit.remove", rota.ref), button("rota_again", "rota_again", rota.ref)],
            *[[button("rota_undo", "rota_undo", one.ref, **_of_override(work, one))] for one in edited],
            [button("rota_retire", "rota_retire", rota.ref, rota.rev, style="danger")],
        ]
    return rows


def _of_override(work: Work, one: r.Override) -> dict[str, Any]:
    who, other = shifts.name_of(work.person(one.person_id)), shifts.name_of(work.person(one.other_id))
    return {"kind": one.kind, "who": who, "other": other, "begins": one.begins_at.isoformat()}


def _in_charge(work: Work, rota: r.Rota, seats: list[r.Person]) -> bool:
    try:
        shifts.in_charge(work, seats, rota.unit_id)
    except (NotInCharge, NotBound):
        return False
    return True


def show(work: Work, press: Press) -> Toast:
    rota = _live(work, press.ref)
    if rota.unit_id not in [s.unit_id for s in press.staff()]:
        shifts.in_charge(work, press.seats, rota.unit_id)
    say(work, press.private, "note.rota", **rota_view(work, rota), keyboard=_keyboard(work, rota, press.seats))
    return Toast("sent_private" if press.chat_id is not None else "")


def _live(work: Work, ref: str) -> r.Rota:
    rota = work.by_ref(r.Rota, ref)
    if rota.retired_at is not None:
        raise Gone()
    return rota


def _shown_again(work: Work, press: Press, rota: r.Rota) -> None:
    swap(work, press, "note.rota", **rota_view(work, rota), keyboard=_keyboard(work, rota, press.seats))


# ── one for another, one more, one less; a colleague asked ───────────────────────────────────────────────────────────


def edit(work: Work, press: Press) -> Toast:
    """Which stretch is it about?"""
    rota = _live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    if press.arg not in set(rotas.Kind):
        raise Gone()
    spans = [s for s in shifts.coming(work, rota) if s.members or press.arg == rotas.Kind.ADD][:10]
    return _ask_span(work, press, rota, by, press.arg, spans)


def ask_swap(work: Work, press: Press) -> Toast:
    """请人代班: which of one's own shifts?"""
    rota = _live(work, press.ref)
    for seat in press.staff():
        spans = shifts.shifts_of(work, rota, seat)[:8]
        if spans:
            return _ask_span(work, press, rota, seat, "swap", spans)
    raise NotInCharge()


def _ask_span(work: Work, press: Press, rota: r.Rota, by: r.Person, what: str, spans: list[rotas.Span]) -> Toast:
    kept = [[s.begins.isoformat(), s.ends.isoformat(), sorted(s.members)] for s in spans]
    draft = work.add(
        r.Draft(kind="rota", subject_id=rota.id, by=by.id, facts={"what": what, "spans": kept}, at=work.now)
    )
    rows = [
        [button("span", f"rota_span.{n}", draft.ref, begins=a, ends=b, who=shifts.names(work, m))]
        for n, (a, b, m) in enumerate(kept)
    ]
    say(
        work, press.private, "ask.rota_span", what=what, rota=rota.name, rota_en=rota.name_en or rota.name,
        keyboard=[*rows, [button("never_mind", "rota_drop", draft.ref)]],
    )  # fmt: skip
    return Toast("sent_private" if press.chat_id is not None else "")


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind not in ("rota", "rota_new"):
        raise Gone()
    by = next((seat for seat in press.staff() if seat.id == draft.by), None)
    if by is None:
        raise NotInCharge()
    if draft.done_at is not None:
        raise AlreadyClosed()
    return draft, by


def span(work: Work, press: Press) -> Toast:
    """Who: goes, comes, or is asked."""
    draft, by = _draft(work, press)
    rota = work.get(r.Rota, draft.subject_id)
    number = int(press.arg) if press.arg.isdigit() else -1
    if not 0 <= number < len(draft.facts["spans"]):
        raise Gone()
    begins, ends, members = draft.facts["spans"][number]
    what = draft.facts["what"]
    person = members[0] if len(members) == 1 or what == "swap" else None
    draft.facts = {**draft.facts, "begins": begins, "ends": ends, "members": members, "person": person}
    if what == "swap":
        draft.facts = {**draft.facts, "person": by.id}
    if what == rotas.Kind.REMOVE and person:
        return _done(work, press, draft, by, person, None)
    return _ask_who(work, press, draft, rota)


def _ask_who(work: Work, press: Press, draft: r.Draft, rota: r.Rota) -> Toast:
    facts = draft.facts
    leaves = facts["person"] is None and facts["what"] in (rotas.Kind.REPLACE, rotas.Kind.REMOVE)
    among = facts["members"] if leaves else [p.id for p in shifts.fellows(work, rota) if p.id not in facts["members"]]
    people = [p for p in (work.person(one) for one in among) if p is not None]
    rows = grid([button((p.label, p.label_en or p.label), f"rota_who.{p.id}", draft.ref) for p in people[:30]], 2)
    everybody = [[button("ask_all", "rota_who.all", draft.ref)]] if facts["what"] == "swap" and len(people) > 1 else []
    swap(
        work, press, "ask.rota_who", what="leaves" if leaves else facts["what"], begins=facts["begins"], ends=facts["ends"],
        keyboard=[*everybody, *rows, [button("never_mind", "rota_drop", draft.ref)]],
    )  # fmt: skip
    return Toast()


def who(work: Work, press: Press) -> Toast:
    draft, by = _draft(work, press)
    rota = work.get(r.Rota, draft.subject_id)
    what, person = draft.facts["what"], draft.facts.get("person")
    if "begins" not in draft.facts:
        raise Gone()
    if what == "swap":
        asked = [p for p in shifts.fellows(work, rota) if press.arg in ("all", p.id)]
        begins, ends = _between(draft)
        shifts.offer(work, rota.id, by, asked, begins, ends)
        draft.done_at = work.now
        swap(
            work,
            press,
            "note.swap_offered",
            begins=begins.isoformat(),
            ends=ends.isoformat(),
            asked=shifts.names(work, [p.id for p in asked]),
        )
        return Toast("noted")
    chosen = work.get(r.Person, press.arg)
    if person is None and what == rotas.Kind.ADD:
        return _done(work, press, draft, by, chosen.id, None)
    if person is None:
        if what == rotas.Kind.REMOVE:
            return _done(work, press, draft, by, chosen.id, None)
        draft.facts = {**draft.facts, "person": chosen.id}
        return _ask_who(work, press, draft, rota)
    if what == rotas.Kind.ADD:
        return _done(work, press, draft, by, chosen.id, None)
    return _done(work, press, draft, by, person, chosen)


def _between(draft: r.Draft) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(draft.facts["begins"]), datetime.fromisoformat(draft.facts["ends"])


def _done(work: Work, press: Press, draft: r.Draft, by: r.Person, person_id: str, other: r.Person | None) -> Toast:
    rota = work.get(r.Rota, draft.subject_id)
    shifts.in_charge(work, press.seats, rota.unit_id)
    begins, ends = _between(draft)
    if ends <= work.now:
        raise AlreadyClosed()
    person = work.get(r.Person, person_id)
    shifts.override(work, rota.id, by, rotas.Kind(draft.facts["what"]), person, max(begins, work.now), ends, other)
    draft.done_at = work.now
    _shown_again(work, press, rota)
    return Toast("noted")


def undo(work: Work, press: Press) -> Toast:
    made = work.by_ref(r.Override, press.ref)
    rota = work.get(r.Rota, made.rota_id)
    shifts.undo(work, made, shifts.in_charge(work, press.staff(), rota.unit_id))
    _shown_again(work, press, rota)
    return Toast("noted")


def drop(work: Work, press: Press) -> Toast:
    draft, _ = _draft(work, press)
    draft.done_at = work.now
    swap(work, press, "note.never_mind")
    return Toast()


def retire(work: Work, press: Press) -> Toast:
    """不用了: asked once more, then the post is filled by 上岗 and 下岗 again."""
    rota = _live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    facts: dict[str, Any] = {"rota": rota.name, "rota_en": rota.name_en or rota.name}
    if press.arg != "yes":
        keyboard = [
            [button("rota_retire", "rota_retire.yes", rota.ref, style="danger"), button("back", "rota", rota.ref)]
        ]
        swap(work, press, "ask.rota_retire", **facts, keyboard=keyboard)
        return Toast()
    shifts.retire(work, rota.id, by)
    swap(work, press, "note.rota_retired", **facts)
    return Toast("noted")


def take(work: Work, press: Press) -> Toast:
    """我来值"""
    found = work.by_ref(r.Swap, press.ref)
    shifts.take(work, found, press.staff())
    swap(
        work,
        press,
        "note.shift_taken",
        begins=max(found.begins_at, work.now).isoformat(),
        ends=found.ends_at.isoformat(),
    )
    return Toast("thanks")


def decline(work: Work, press: Press) -> Toast:
    """不方便: no reason is asked."""
    shifts.decline(work, work.by_ref(r.Swap, press.ref), press.staff())
    swap(work, press, "note.shift_declined")
    return Toast("noted")


# ── a rota made anew ─────────────────────────────────────────────────────────────────────────────────────────────────


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
    rota = _live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    facts = {"members": [], "role": rota.role, "post": rota.post, "rota": rota.id}
    draft = work.add(r.Draft(kind="rota_new", subject_id=rota.unit_id, by=by.id, facts=facts, at=work.now))
    _ask_every(work, press, draft)
    return Toast()


def duty(work: Work, press: Press) -> Toast:
    draft, _ = _draft(work, press)
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
    draft, _ = _draft(work, press)
    if press.arg not in set(Every):
        raise Gone()
    draft.facts = {**draft.facts, "every": press.arg}
    rows = grid([button("hour", f"rota_hour.{at:%H%M}", draft.ref, at=f"{at:%H:%M}") for at in HOURS], 3)
    swap(
        work, press, "ask.rota_hour", every=press.arg, keyboard=[*rows, [button("never_mind", "rota_drop", draft.ref)]]
    )
    return Toast()


def hour(work: Work, press: Press) -> Toast:
    draft, _ = _draft(work, press)
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
        unreached=[one["who"] for one in shifts.unreached(work, chosen)],
        keyboard=[*rows, *save_it, [button("never_mind", "rota_drop", draft.ref)]],
    )  # fmt: skip


def _numbered(label: str, person_id: str, chosen: list[str]) -> str:
    return f"{chosen.index(person_id) + 1}. {label}" if person_id in chosen else label


def member(work: Work, press: Press) -> Toast:
    draft, _ = _draft(work, press)
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
    draft, by = _draft(work, press)
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
    rota = shifts.save(
        work, by, facts.get("rota") or rotas.made_id(unit_id, role, post), Plan(since=work.now, rotations=(rotation,)),
        unit_id=unit_id, role=role, post=post, name=known.name if known else label[0], name_en=known.name_en if known else label[1],
    )  # fmt: skip
    draft.done_at = work.now
    _shown_again(work, press, rota)
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
    "rota": show,
    "rota_edit": edit,
    "rota_swap": ask_swap,
    "rota_span": span,
    "rota_who": who,
    "rota_undo": undo,
    "rota_drop": drop,
    "rota_retire": retire,
    "rota_new": new,
    "rota_again": again,
    "rota_duty": duty,
    "rota_every": every,
    "rota_hour": hour,
    "rota_member": member,
    "rota_save": save,
    "take_shift": take,
    "decline_shift": decline,
}
