"""Taps of a transfer: 移送 on the squad's card, 收到 and 退回 on the other unit's."""

from handlers.edge import Press, Toast, button, grid, options, say, swap
from handlers.tip import _never, ask_first_check
from workflows import records as r
from workflows import tip as tips
from workflows import transfer as transfers
from workflows import whistle as whistles
from workflows.county import UnitKind
from workflows.refusals import AlreadyClosed, Gone, NoUnit
from workflows.states import TipState
from workflows.work import Work

RECEIVERS = (UnitKind.DEPARTMENT, UnitKind.STATION)


def transfer(work: Work, press: Press) -> Toast:
    """移送: to which unit?"""
    tip = tips.of_ref(work, press.ref)
    by = transfers.sender_of(work, tip, press.staff())
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or work.open_transfer(tip.id) is not None:
        raise AlreadyClosed()
    if transfers.first_check_due(work, tip):
        return ask_first_check(work, press, tip)
    draft = work.add(r.Draft(kind="transfer", subject_id=tip.id, by=by.id, facts={}, at=work.now))
    units = [*work.county.departments(), *(work.county.stations(tip.township_id) if tip.township_id else [])]
    likely = _likely(work, tip)
    units.sort(key=lambda u: likely.index(u.id) if u.id in likely else len(likely))
    keyboard = grid([button((u.short, u.name_en), f"to_unit.{u.id}", draft.ref) for u in units], 3)
    say(work, press.to, "ask.transfer_unit", name=tips.display(tip, work), keyboard=[*keyboard, _never(tip)])
    return Toast()


def _likely(work: Work, tip: r.Tip) -> list[str]:
    """The units that the matter names, first in charge first; across townships the departments themselves."""
    code = tip.matter_code or next(iter(tip.guesses), None)
    if tip.township_id is None and code is not None and work.county.has_matter(code):
        matter = work.county.matter(code)
        return [matter.dept_code, *matter.co_dept_codes]
    proposal = whistles.propose(work, tip)
    return [unit for unit in (proposal.lead, proposal.co) if unit]


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Tip, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "transfer":
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    by = transfers.sender_of(work, tip, press.staff())
    if draft.done_at is not None:
        raise AlreadyClosed()
    return draft, tip, by


def to_unit(work: Work, press: Press) -> Toast:
    draft, tip, _ = _draft(work, press)
    if not work.county.has_unit(press.arg) or work.county.unit(press.arg).kind not in RECEIVERS:
        raise NoUnit()
    unit = work.county.unit(press.arg)
    draft.facts = {**draft.facts, "unit": unit.id}
    keyboard = [*options(work.book.reasons.transfer, "to_reason", draft.ref), _never(tip)]
    swap(work, press, "ask.transfer_reason", name=tips.display(tip, work), unit=unit.id, keyboard=keyboard)
    return Toast()


def to_reason(work: Work, press: Press) -> Toast:
    draft, tip, by = _draft(work, press)
    unit = draft.facts.get("unit")
    if unit is None or work.book.reasons.find("transfer", press.arg) is None:
        raise Gone()
    draft.done_at = work.now
    transfers.offer(work, tip, by, unit, press.arg)
    swap(work, press, "note.transfer_offered", name=tips.display(tip, work), unit=unit)
    return Toast("noted")


def received(work: Work, press: Press) -> Toast:
    """收到, by the unit's liaison."""
    found = work.by_ref(r.Transfer, press.ref)
    by = transfers.receiver_of(work, found, press.staff())
    transfers.take_over(work, found, by)
    swap(work, press, "note.taken_over", name=_name(work, found))
    return Toast("noted")


def hand_back(work: Work, press: Press) -> Toast:
    """退回: why?"""
    found = work.by_ref(r.Transfer, press.ref)
    transfers.receiver_of(work, found, press.staff())
    swap(
        work,
        press,
        "ask.hand_back",
        name=_name(work, found),
        keyboard=options(work.book.reasons.dispute, "handed_back", found.ref, width=1),
    )
    return Toast()


def handed_back(work: Work, press: Press) -> Toast:
    found = work.by_ref(r.Transfer, press.ref)
    by = transfers.receiver_of(work, found, press.staff())
    if work.book.reasons.find("dispute", press.arg) is None:
        raise Gone()
    transfers.hand_back(work, found, by, press.arg)
    swap(work, press, "note.handed_back", name=_name(work, found), reason=press.arg)
    return Toast("noted")


def _name(work: Work, found: r.Transfer) -> str:
    return tips.display(work.get(r.Tip, found.tip_id), work)


PRESSES = {
    "transfer": transfer,
    "to_unit": to_unit,
    "to_reason": to_reason,
    "received": received,
    "hand_back": hand_back,
    "handed_back": handed_back,
}
