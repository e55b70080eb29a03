"""Taps of a tip that goes past the township: the sender's, the desk's, and 回避 on a card."""

from handlers.edge import Press, Toast, button, grid, people_buttons, say, swap
from handlers.tip import mine
from workflows import bypass
from workflows import records as r
from workflows import tip as tips
from workflows.refusals import AlreadyClosed, Gone, NotPlaced
from workflows.states import TipState
from workflows.work import Work

# ── the sender ───────────────────────────────────────────────────────────────────────────────────────────────────────


def past(work: Work, press: Press) -> Toast:
    """牵涉镇村干部"""
    bypass.raise_(work, mine(work, press), press.account)
    return Toast("past", alert=True)


def past_yes(work: Work, press: Press) -> Toast:
    bypass.answer(work, mine(work, press), press.account, True)
    return Toast("past", alert=True)


def past_no(work: Work, press: Press) -> Toast:
    bypass.answer(work, mine(work, press), press.account, False)
    return Toast("noted")


def threatened(work: Work, press: Press) -> Toast:
    """有人为难我"""
    bypass.threatened(work, mine(work, press), press.account)
    return Toast("threatened", alert=True)


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _desk(work: Work, press: Press) -> tuple[r.Tip, r.Person]:
    return tips.of_ref(work, press.ref), tips.desk_of(work, press.staff())


def pass_on(work: Work, press: Press) -> Toast:
    """交给镇里: the desk found nobody involved; the township's squad gets it like any other."""
    tip, by = _desk(work, press)
    if not tip.hidden:
        raise AlreadyClosed()
    if tip.township_id is None:
        raise NotPlaced()
    tips.assign(work, tip, by, tip.township_id)
    return Toast("noted")


def pick(work: Work, press: Press) -> Toast:
    """指定人办: from which squad? Any of the county."""
    tip, by = _desk(work, press)
    if tip.township_id is None:
        raise NotPlaced()
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or (tip.hidden and not tip.desk and tip.handlers):
        raise AlreadyClosed()
    draft = work.add(r.Draft(kind="pick", subject_id=tip.id, by=by.id, facts={"picked": []}, at=work.now))
    say(work, press.private, "ask.pick_squad", name=tips.display(tip, work), keyboard=_squads(work, tip, draft))
    return Toast()


def _squads(work: Work, tip: r.Tip, draft: r.Draft) -> list[list[dict[str, object]]]:
    towns = sorted(work.county.townships, key=lambda t: t.id == tip.township_id)  # its own comes last
    buttons = [button((t.name, t.name_en), f"pick_squad.{t.id}", draft.ref) for t in towns]
    return [*grid(buttons, 3), [button("never_mind", "never_mind", tip.ref)]]


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Tip, r.Person]:
    by = tips.desk_of(work, press.staff())
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "pick":
        raise Gone()
    if draft.done_at is not None:
        raise AlreadyClosed()
    return draft, work.get(r.Tip, draft.subject_id), by


def pick_squad(work: Work, press: Press) -> Toast:
    draft, tip, _ = _draft(work, press)
    if press.arg not in {t.id for t in work.county.townships}:
        raise Gone()
    draft.facts = {**draft.facts, "township": press.arg}
    _offer(work, press, draft, tip)
    return Toast()


def _offer(work: Work, press: Press, draft: r.Draft, tip: r.Tip) -> None:
    picked = [work.get(r.Person, i) for i in draft.facts["picked"]]
    left = [p for p in bypass.candidates(work, tip, draft.facts["township"]) if p not in picked]
    last = [button("other_squad", "pick_other", draft.ref)]
    if picked:
        last.insert(0, button("picked_all", "picked_all", draft.ref, style="success"))
    swap(
        work,
        press,
        "ask.pick_officer",
        name=tips.display(tip, work),
        picked=[p.label for p in picked],
        picked_en=[p.label_en or p.label for p in picked],
        keyboard=[*people_buttons(left[:12], "pick_officer", draft.ref), last],
    )


def pick_other(work: Work, press: Press) -> Toast:
    """换个大队: back to the list of squads; who is picked stays picked."""
    draft, tip, _ = _draft(work, press)
    swap(work, press, "ask.pick_squad", name=tips.display(tip, work), keyboard=_squads(work, tip, draft))
    return Toast()


def pick_officer(work: Work, press: Press) -> Toast:
    draft, tip, _ = _draft(work, press)
    person = work.get(r.Person, press.arg)
    if person.id not in {p.id for p in bypass.candidates(work, tip, draft.facts.get("township", ""))}:
        raise Gone()
    draft.facts = {**draft.facts, "picked": list(dict.fromkeys([*draft.facts["picked"], person.id]))}
    if len(draft.facts["picked"]) < 2:
        _offer(work, press, draft, tip)
        return Toast()
    return picked_all(work, press)


def picked_all(work: Work, press: Press) -> Toast:
    """两个人齐了, or one is enough for now."""
    draft, tip, by = _draft(work, press)
    bypass.pick(work, tip, by, draft.facts["picked"])
    draft.done_at = work.now
    people = [work.get(r.Person, i) for i in draft.facts["picked"]]
    swap(
        work,
        press,
        "note.picked",
        name=tips.display(tip, work),
        picked=[p.label for p in people],
        picked_en=[p.label_en or p.label for p in people],
    )
    return Toast("noted")


def change_owner(work: Work, press: Press) -> Toast:
    """另派人: another officer of the same squad goes on with it."""
    tip, _ = _desk(work, press)
    if tip.state is not TipState.ACCEPTED or tip.township_id is None:
        raise AlreadyClosed()
    others = bypass.candidates(work, tip, tip.township_id)
    swap(
        work, press, "ask.officer", name=tips.display(tip, work), keyboard=people_buttons(others, "new_owner", tip.ref)
    )
    return Toast()


def new_owner(work: Work, press: Press) -> Toast:
    tip, by = _desk(work, press)
    person = work.get(r.Person, press.arg)
    if tip.township_id is None or person.id not in {p.id for p in bypass.candidates(work, tip, tip.township_id)}:
        raise Gone()
    bypass.change_owner(work, tip, by, person)
    swap(work, press, "note.reassigned", name=tips.display(tip, work), who=person.label, who_en=person.label_en)
    return Toast("noted")


def no_change(work: Work, press: Press) -> Toast:
    """不用换: looked at, and the handler stays."""
    tip, by = _desk(work, press)
    bypass.keep_owner(work, tip, by)
    swap(work, press, "note.no_change", name=tips.display(tip, work))
    return Toast("noted")


# ── 回避 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def recuse(work: Work, press: Press) -> Toast:
    """回避: who? Asked in private; the squad does not see who asked."""
    tip = tips.of_ref(work, press.ref)
    by = bypass.marker_of(work, tip, press.staff())
    among = bypass.may_be_marked(work, tip)
    among.sort(key=lambda p: (p.id != by.id, p.id != tip.owner_id))
    keyboard = [*people_buttons(among[:10], "recused", tip.ref), [button("never_mind", "never_mind", tip.ref)]]
    say(work, press.private, "ask.recuse", name=tips.display(tip, work), keyboard=keyboard)
    return Toast("see_private")


def recused(work: Work, press: Press) -> Toast:
    tip = tips.of_ref(work, press.ref)
    by = bypass.marker_of(work, tip, press.staff())
    person = work.get(r.Person, press.arg)
    if person.id not in {p.id for p in bypass.may_be_marked(work, tip)} | set(tip.conflicted):
        raise Gone()
    bypass.mark(work, tip, by, person)
    swap(work, press, "note.recused", name=tips.display(tip, work), who=person.label, who_en=person.label_en)
    return Toast("noted")


PRESSES = {
    "past": past,
    "past_yes": past_yes,
    "past_no": past_no,
    "threatened": threatened,
    "pass_on": pass_on,
    "pick": pick,
    "pick_squad": pick_squad,
    "pick_other": pick_other,
    "pick_officer": pick_officer,
    "picked_all": picked_all,
    "change_owner": change_owner,
    "new_owner": new_owner,
    "no_change": no_change,
    "recuse": recuse,
    "recused": recused,
}
