"""值班表 by command and by tap: who serves when, one for another, a colleague asked to stand in, a rota made anew."""

from datetime import datetime
from typing import Any

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import coverage
from workflows import override as overrides
from workflows import plan as plans
from workflows import records as r
from workflows import rota as rotas
from workflows import shift as shifts
from workflows import swap as swaps
from workflows.county import Role
from workflows.refusals import AlreadyClosed, Gone, NotBound, NotInCharge
from workflows.work import To, Work

SHOWN = 14
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
        "gaps": [{"begins": a.isoformat(), "ends": b.isoformat()} for a, b in coverage.gaps(work, rota)[:5]],
        "unreached": [one["who"] for one in coverage.unreached(work, people)],
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
    rota = live(work, press.ref)
    if rota.unit_id not in [s.unit_id for s in press.staff()]:
        shifts.in_charge(work, press.seats, rota.unit_id)
    say(work, press.private, "note.rota", **rota_view(work, rota), keyboard=_keyboard(work, rota, press.seats))
    return Toast("sent_private" if press.chat_id is not None else "")


def live(work: Work, ref: str) -> r.Rota:
    rota = work.by_ref(r.Rota, ref)
    if rota.retired_at is not None:
        raise Gone()
    return rota


def shown_again(work: Work, press: Press, rota: r.Rota) -> None:
    swap(work, press, "note.rota", **rota_view(work, rota), keyboard=_keyboard(work, rota, press.seats))


# ── one for another, one more, one less; a colleague asked ───────────────────────────────────────────────────────────


def edit(work: Work, press: Press) -> Toast:
    """Which stretch is it about?"""
    rota = live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    if press.arg not in set(rotas.Kind):
        raise Gone()
    spans = [s for s in shifts.coming(work, rota) if s.members or press.arg == rotas.Kind.ADD][:10]
    return _ask_span(work, press, rota, by, press.arg, spans)


def ask_swap(work: Work, press: Press) -> Toast:
    """请人代班: which of one's own shifts?"""
    rota = live(work, press.ref)
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


def draft_of(work: Work, press: Press) -> tuple[r.Draft, r.Person]:
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
    draft, by = draft_of(work, press)
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
    draft, by = draft_of(work, press)
    rota = work.get(r.Rota, draft.subject_id)
    what, person = draft.facts["what"], draft.facts.get("person")
    if "begins" not in draft.facts:
        raise Gone()
    if what == "swap":
        asked = [p for p in shifts.fellows(work, rota) if press.arg in ("all", p.id)]
        begins, ends = _between(draft)
        swaps.offer(work, rota.id, by, asked, begins, ends)
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
    overrides.override(work, rota.id, by, rotas.Kind(draft.facts["what"]), person, max(begins, work.now), ends, other)
    draft.done_at = work.now
    shown_again(work, press, rota)
    return Toast("noted")


def undo(work: Work, press: Press) -> Toast:
    made = work.by_ref(r.Override, press.ref)
    rota = work.get(r.Rota, made.rota_id)
    overrides.undo(work, made, shifts.in_charge(work, press.staff(), rota.unit_id))
    shown_again(work, press, rota)
    return Toast("noted")


def drop(work: Work, press: Press) -> Toast:
    draft, _ = draft_of(work, press)
    draft.done_at = work.now
    swap(work, press, "note.never_mind")
    return Toast()


def retire(work: Work, press: Press) -> Toast:
    """不用了: asked once more, then the post is filled by 上岗 and 下岗 again."""
    rota = live(work, press.ref)
    by = shifts.in_charge(work, press.staff(), rota.unit_id)
    facts: dict[str, Any] = {"rota": rota.name, "rota_en": rota.name_en or rota.name}
    if press.arg != "yes":
        keyboard = [
            [button("rota_retire", "rota_retire.yes", rota.ref, style="danger"), button("back", "rota", rota.ref)]
        ]
        swap(work, press, "ask.rota_retire", **facts, keyboard=keyboard)
        return Toast()
    plans.retire(work, rota.id, by)
    swap(work, press, "note.rota_retired", **facts)
    return Toast("noted")


def take(work: Work, press: Press) -> Toast:
    """我来值"""
    found = work.by_ref(r.Swap, press.ref)
    swaps.take(work, found, press.staff())
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
    swaps.decline(work, work.by_ref(r.Swap, press.ref), press.staff())
    swap(work, press, "note.shift_declined")
    return Toast("noted")


PRESSES = {
    "rota": show,
    "rota_edit": edit,
    "rota_swap": ask_swap,
    "rota_span": span,
    "rota_who": who,
    "rota_undo": undo,
    "rota_drop": drop,
    "rota_retire": retire,
    "take_shift": take,
    "decline_shift": decline,
}
