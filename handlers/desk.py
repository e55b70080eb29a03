"""Taps of the county desk: a tip without a place, an appeal, a dispute, a matter that is not solved."""

from handlers.edge import Press, Toast, button, grid, people_buttons, say, swap
from handlers.tip import send_original
from workflows import dispute as disputes
from workflows import records as r
from workflows import tip as tips
from workflows.refusals import AlreadyClosed, Gone, NotOwner
from workflows.states import TipState
from workflows.work import Work


def assign(work: Work, press: Press) -> Toast:
    """派往乡镇"""
    tip = tips.of_ref(work, press.ref)
    tips.desk_of(work, press.staff())
    _not_on_offer(work, tip)
    keyboard = grid([button((t.name, t.name_en), f"assigned.{t.id}", tip.ref) for t in work.county.townships], 3)
    say(
        work,
        press.to,
        "ask.assign",
        name=tips.display(tip, work),
        keyboard=[*keyboard, [button("never_mind", "never_mind", tip.ref)]],
    )
    return Toast()


def assigned(work: Work, press: Press) -> Toast:
    tip = tips.of_ref(work, press.ref)
    by = tips.desk_of(work, press.staff())
    if press.arg not in {t.id for t in work.county.townships}:
        raise Gone()
    _not_on_offer(work, tip)
    tips.assign(work, tip, by, work.county.township(press.arg).id)
    swap(work, press, "note.assigned", name=tips.display(tip, work), township=press.arg)
    return Toast("noted")


def _not_on_offer(work: Work, tip: r.Tip) -> None:
    """Raises AlreadyClosed once it has gone on, and while a department is asked to take it."""
    if tip.state is not TipState.SUBMITTED or work.open_transfer(tip.id) is not None:
        raise AlreadyClosed()


def uphold(work: Work, press: Press) -> Toast:
    """维持"""
    tip = work.by_ref(r.Tip, press.ref)
    tips.uphold(work, tip, tips.desk_of(work, press.staff()))
    swap(work, press, "note.upheld", name=tips.display(tip, work))
    return Toast("noted")


def give_back(work: Work, press: Press) -> Toast:
    """请镇里重办"""
    tip = work.by_ref(r.Tip, press.ref)
    tips.give_back(work, tip, tips.desk_of(work, press.staff()))
    swap(work, press, "note.given_back", name=tips.display(tip, work))
    return Toast("noted")


def desk_read(work: Work, press: Press) -> Toast:
    """The desk decides on an appeal, so it may read what was sent; that is an event too."""
    tip = work.by_ref(r.Tip, press.ref)
    by = tips.desk_of(work, press.staff())
    if not tips.appellants(work, tip) and not tip.desk:
        raise NotOwner()
    send_original(work, press.private, tip, tips.open_original(work, tip, by))
    return Toast("sent_private")


def reassign(work: Work, press: Press) -> Toast:
    """没解决: another handler than before."""
    tip = work.by_ref(r.Tip, press.ref)
    tips.desk_of(work, press.staff())
    if tip.state is not TipState.CLOSED or tip.township_id is None:
        raise AlreadyClosed()
    squad = work.county.squad_of(tip.township_id).id
    before = {tip.owner_id, *tip.former_owners, *tip.conflicted}
    others = [p for p in work.people(squad, *tips.OFFICER_ROLES) if p.id not in before]
    swap(work, press, "ask.officer", name=tips.display(tip, work), keyboard=people_buttons(others, "officer", tip.ref))
    return Toast()


def officer(work: Work, press: Press) -> Toast:
    tip = work.by_ref(r.Tip, press.ref)
    by = tips.desk_of(work, press.staff())
    person = work.get(r.Person, press.arg)
    if tip.township_id is None or person.unit_id != work.county.squad_of(tip.township_id).id:
        raise Gone()
    if person.role not in tips.OFFICER_ROLES:
        raise Gone()
    tips.reassign(work, tip, by, person)
    swap(work, press, "note.reassigned", name=tips.display(tip, work), who=person.label, who_en=person.label_en)
    return Toast("noted")


def rule_theirs(work: Work, press: Press) -> Toast:
    """属于他们"""
    return _rule(work, press, upheld=False)


def rule_not_theirs(work: Work, press: Press) -> Toast:
    """不属于他们"""
    return _rule(work, press, upheld=True)


def _rule(work: Work, press: Press, *, upheld: bool) -> Toast:
    dispute = work.by_ref(r.Dispute, press.ref)
    disputes.rule(work, dispute, tips.desk_of(work, press.staff()), upheld)
    call = work.get(r.Call, dispute.call_id)
    swap(work, press, "note.ruled", name=call.number, unit=call.unit_id, upheld=upheld)
    return Toast("noted")


PRESSES = {
    "assign": assign,
    "assigned": assigned,
    "uphold": uphold,
    "give_back": give_back,
    "desk_read": desk_read,
    "reassign": reassign,
    "officer": officer,
    "rule_theirs": rule_theirs,
    "rule_not_theirs": rule_not_theirs,
}
