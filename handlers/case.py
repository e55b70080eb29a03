"""Taps on a case: acts on the spot, the second officer, the end and its paper."""

from typing import Any

from handlers.edge import Press, Toast, button, options, people_buttons, say, swap
from handlers.tip import _never
from workflows import case as cases
from workflows import records as r
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.reasons import Choice, Outcome
from workflows.refusals import AlreadyClosed, AmountWrong, Gone, NoTip, NotOwner
from workflows.states import TipState
from workflows.work import To, Work


def settle(work: Work, press: Press) -> Toast:
    """现场处置: what was done? A tip that nobody has taken yet is taken with it."""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    if tip.state is TipState.SUBMITTED:
        tips.accept(work, tip, by)
    cases.of_tip(work, tip)
    say(
        work,
        press.to,
        "ask.act",
        name=tips.display(tip, work),
        keyboard=[*options(work.book.reasons.act, "act", tip.ref), [button("lawful", "law", tip.ref)], _never(tip)],
    )
    return Toast()


def act(work: Work, press: Press) -> Toast:
    """Helping is recorded at once; enforcement asks for the second officer first."""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    choice = cases.act_of(work, press.arg)
    name = tips.display(tip, work)
    if choice.kind == "helping":
        cases.do_act(work, tip, by, choice.code)
        swap(work, press, "note.act_recorded", name=name, act=choice.code, keyboard=_what_next(tip))
        return Toast("act_recorded")
    cases.has_power(work, tip)
    draft = work.add(r.Draft(kind="act", subject_id=tip.id, by=by.id, facts={"act": choice.code}, at=work.now))
    others = cases.colleagues(work, tip, by)
    if not others:
        return no_second_dialog(work, press, tip, draft)
    keyboard = [*people_buttons(others, "second", draft.ref), [button("nobody_else", "nobody_else", draft.ref)]]
    swap(work, press, "ask.second", name=name, act=choice.code, keyboard=keyboard)
    return Toast()


def _what_next(tip: r.Tip) -> list[list[dict[str, object]]]:
    return [[button("settle_more", "settle", tip.ref), button("close", "close", tip.ref, style="success")]]


def no_second_dialog(work: Work, press: Press, tip: r.Tip, draft: r.Draft) -> Toast:
    """还差一名执法员: three lawful ways on."""
    opens = work.policy.hours.duty_from
    keyboard = [
        [button("ask_colleague", "ask_colleague", draft.ref)],
        [button("help_first", "help_first", tip.ref)],
        [button("tomorrow", "tomorrow", tip.ref, at=f"{opens.hour}:{opens.minute:02d}")],
    ]
    swap(work, press, "ask.no_second", name=tips.display(tip, work), act=draft.facts["act"], keyboard=keyboard)
    return Toast()


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Tip, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "act":
        raise Gone()
    if draft.done_at is not None:
        raise AlreadyClosed()
    tip = work.get(r.Tip, draft.subject_id)
    return draft, tip, tips.officer_of(work, tip, press.staff())


def nobody_else(work: Work, press: Press) -> Toast:
    draft, tip, _ = _draft(work, press)
    return no_second_dialog(work, press, tip, draft)


def ask_colleague(work: Work, press: Press) -> Toast:
    """Every certified colleague, also those off duty: they confirm on their own phone."""
    draft, tip, by = _draft(work, press)
    others = cases.colleagues(work, tip, by, on_duty=None)
    if not others:
        return Toast("no_colleague", alert=True)
    swap(
        work,
        press,
        "ask.second",
        name=tips.display(tip, work),
        act=draft.facts["act"],
        keyboard=people_buttons(others, "second", draft.ref),
    )
    return Toast()


def help_first(work: Work, press: Press) -> Toast:
    """先记劝阻、固定证据: what one person may record."""
    tip = tips.of_ref(work, press.ref)
    tips.officer_of(work, tip, press.staff())
    helping = [a for a in work.book.reasons.act if a.kind == "helping"]
    swap(
        work, press, "ask.act", name=tips.display(tip, work), keyboard=[*options(helping, "act", tip.ref), _never(tip)]
    )
    return Toast()


def tomorrow(work: Work, press: Press) -> Toast:
    """约明早 8:30 两人来"""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    at = cases.postpone(work, tip, by)
    swap(work, press, "note.tomorrow", name=tips.display(tip, work), at=at.isoformat())
    return Toast("noted")


def second(work: Work, press: Press) -> Toast:
    draft, tip, by = _draft(work, press)
    officer = work.get(r.Person, press.arg)
    if officer.unit_id != by.unit_id:
        raise Gone()
    cases.do_act(work, tip, by, draft.facts["act"], officer)
    draft.done_at = work.now
    name = tips.display(tip, work)
    swap(
        work,
        press,
        "note.act_waits",
        name=name,
        act=draft.facts["act"],
        who=officer.label,
        who_en=officer.label_en,
        keyboard=_what_next(tip),
    )
    return Toast("asked_colleague")


def present(work: Work, press: Press) -> Toast:
    """我在场, on the second officer's own phone."""
    found = work.by_ref(r.Act, press.ref)
    cases.confirm_act(work, found, press.staff())
    swap(work, press, "note.present", act=found.kind)
    return Toast("noted")


def absent(work: Work, press: Press) -> Toast:
    found = work.by_ref(r.Act, press.ref)
    cases.drop_act(work, found, press.staff())
    swap(work, press, "note.absent", act=found.kind)
    return Toast("noted")


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def close(work: Work, press: Press) -> Toast:
    """结案: how did it end?"""
    tip = tips.of_ref(work, press.ref)
    press.staff()
    cases.of_tip(work, tip)
    _closer(work, press, tip)
    say(
        work,
        press.to,
        "ask.outcome",
        name=tips.display(tip, work),
        keyboard=[*options(work.book.reasons.outcome, "outcome", tip.ref), _never(tip)],
    )
    return Toast()


def _closer(work: Work, press: Press, tip: r.Tip) -> r.Person:
    """The leader, or the officer who owns the tip."""
    by = tips.officer_of(work, tip, press.staff())
    if by.id == tip.owner_id or whistles.may_blow(work, by):
        return by
    return whistles.leader_of(work, tip.township_id or "", press.seats, tip)


def outcome(work: Work, press: Press) -> Toast:
    """A lawful outcome names its paper by number and date; one that a unit already named is used."""
    tip = tips.of_ref(work, press.ref)
    by = _closer(work, press, tip)
    case = cases.of_tip(work, tip)
    chosen = cases.outcome_of(work, press.arg)
    if chosen.lawful and not work.papers(case.id):
        swap(work, press, "note.paper_wanted", name=case.number, outcome=chosen.code)
        _ask_paper(work, press, case, by, chosen.code)
        return Toast("type_private")
    if chosen.units:
        return _ask_count(work, press, case, by, chosen)
    cases.close(work, case, by, chosen)
    swap(work, press, "note.closed", name=case.number, outcome=chosen.code, quantity=0, unit=None)
    waiting = [p for p in work.papers(case.id) if p.checked_at is None]
    if chosen.lawful and waiting:
        ask_checker(work, press, case, waiting[0], by)
    return Toast("closed")


def _ask_count(work: Work, press: Press, case: r.Case, by: r.Person, chosen: Outcome) -> Toast:
    """How many? One tap in the usual case."""
    draft = work.add(
        r.Draft(kind="close", subject_id=case.tip_id, by=by.id, facts={"outcome": chosen.code}, at=work.now)
    )
    units = [u for u in (work.book.reasons.find("unit", code) for code in chosen.units) if u is not None]
    usual, *others = units
    keyboard = [
        [_count_button(draft, usual, number) for number in (1, 2, 3)],
        [_count_button(draft, one, 1) for one in others],
        [button("other_count", "count.other", draft.ref)],
    ]
    swap(work, press, "ask.count", name=case.number, outcome=chosen.code, keyboard=[row for row in keyboard if row])
    return Toast()


def _count_button(draft: r.Draft, unit: Choice, number: int) -> dict[str, Any]:
    return button((f"{number}{unit.label}", f"{number} {unit.label_en}"), f"count.{unit.code}-{number}", draft.ref)


def count(work: Work, press: Press) -> Toast:
    """The number that was reached, and with it the end; another number is typed in private."""
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "close":
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    case = cases.of_tip(work, tip)
    by, chosen = _closer(work, press, tip), cases.outcome_of(work, draft.facts["outcome"])
    if press.arg == "other":
        work.ask(press.account, "count", draft.ref)
        _type_count(work, press.private, case, chosen, again=False)
        return Toast("type_private")
    unit, _, number = press.arg.rpartition("-")
    if not number.isascii() or not number.isdigit():
        raise Gone()
    cases.close(work, case, by, chosen, (unit, int(number)))
    draft.done_at = work.now
    swap(work, press, "note.closed", name=case.number, outcome=chosen.code, quantity=int(number), unit=unit)
    return Toast("closed")


def _type_count(work: Work, to: To, case: r.Case, chosen: Outcome, *, again: bool) -> None:
    units = list(chosen.units)
    say(work, to, "ask.count_typed", name=case.number, units=units, again=again, reply_keyboard="reply")


def typed_count(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """5人, 三户, or a number alone. What cannot be read is asked again."""
    draft = work.get(r.Draft, prompt.ref)
    tip = work.get(r.Tip, draft.subject_id)
    by = next((s for s in seats if s.id == draft.by), None)
    if by is None:
        raise NotOwner()
    case, chosen = cases.of_tip(work, tip), cases.outcome_of(work, draft.facts["outcome"])
    try:
        unit, quantity = cases.read_count(work, chosen, text)
    except AmountWrong:
        _type_count(work, to, case, chosen, again=True)
        return
    cases.close(work, case, by, chosen, (unit, quantity))
    draft.done_at = work.now
    work.unask(prompt.account)
    say(
        work,
        to,
        "note.closed",
        name=case.number,
        outcome=chosen.code,
        quantity=quantity,
        unit=unit,
        reply_keyboard="none",
    )


def _ask_paper(work: Work, press: Press, case: r.Case, by: r.Person, outcome: str) -> None:
    """The next line typed in private names the paper that this outcome rests on."""
    draft = work.add(r.Draft(kind="close", subject_id=case.tip_id, by=by.id, facts={"outcome": outcome}, at=work.now))
    work.ask(press.account, "paper", draft.ref)
    paper, today = cases.PAPER_OF[outcome], work.today.isoformat()
    say(work, press.private, "ask.paper", name=case.number, paper=paper, today=today, reply_keyboard="reply")


def ask_checker(work: Work, press: Press, case: r.Case, paper: r.Paper, by: r.Person) -> None:
    """Which colleague compares the number with the paper? Asked in private."""
    others = cases.checkers(work, case, paper.named_by)
    keyboard = people_buttons(others[:8], "checker", paper.ref)
    say(work, press.private, "ask.checker", name=case.number, number=paper.number, keyboard=keyboard)


def checker(work: Work, press: Press) -> Toast:
    paper = work.by_ref(r.Paper, press.ref)
    case = work.get(r.Case, paper.case_id)
    seats = press.staff()
    squad = work.county.squad_of(case.township_id).id
    if not any((s.unit_id == squad and not case.hidden) or s.id == paper.named_by for s in seats):
        raise Gone()
    person = work.get(r.Person, press.arg)
    if person.id not in {p.id for p in cases.checkers(work, case, paper.named_by)}:
        raise Gone()
    cases.ask_check(work, paper, person)
    swap(work, press, "note.check_asked", number=paper.number, who=person.label, who_en=person.label_en)
    return Toast("asked_colleague")


def right(work: Work, press: Press) -> Toast:
    """核对无误"""
    paper = work.by_ref(r.Paper, press.ref)
    cases.check_paper(work, paper, press.staff(), True)
    swap(work, press, "note.checked", number=paper.number)
    return Toast("noted")


def wrong(work: Work, press: Press) -> Toast:
    paper = work.by_ref(r.Paper, press.ref)
    cases.check_paper(work, paper, press.staff(), False)
    swap(work, press, "note.check_failed", number=paper.number)
    return Toast("noted")


def name_again(work: Work, press: Press) -> Toast:
    """重新填: after a paper was found wrong, its number is typed anew."""
    case = work.by_ref(r.Case, press.ref)
    tip = work.get(r.Tip, case.tip_id)
    by = _closer(work, press, tip)
    if case.outcome is None or case.outcome not in cases.PAPER_OF:
        raise NoTip()
    _ask_paper(work, press, case, by, case.outcome)
    return Toast("type_private")


PRESSES = {
    "settle": settle,
    "act": act,
    "nobody_else": nobody_else,
    "ask_colleague": ask_colleague,
    "help_first": help_first,
    "tomorrow": tomorrow,
    "second": second,
    "present": present,
    "absent": absent,
    "close": close,
    "outcome": outcome,
    "count": count,
    "checker": checker,
    "right": right,
    "wrong": wrong,
    "name_again": name_again,
}
