"""What a typed line answers: a question to the sender, the number of a paper, a claim code, a voucher."""

from collections.abc import Callable

from handlers import case as case_handlers
from handlers import document, evidence, matter, procedure, voice
from handlers.edge import people_buttons, say
from workflows import approval, claim
from workflows import call as calls
from workflows import case as cases
from workflows import records as r
from workflows import tip as tips
from workflows.refusals import NotBound, PaperUnreadable
from workflows.states import CaseState
from workflows.work import To, Work

Answer = Callable[[Work, r.Prompt, list[r.Person], To, str], None]


def question(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """问一句: goes to the sender through the bot."""
    tip = tips.of_ref(work, prompt.ref)
    by = tips.handler_of(work, tip, seats)
    tips.ask_source(work, tip, by, text[:500])
    work.unask(prompt.account)
    say(work, to, "note.question_sent", name=tips.display(tip, work), reply_keyboard="none")


def paper(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """The number and date of the paper that a closing rests on; the case is closed with it."""
    number, dated = cases.read_paper(text, work.today)
    draft = work.get(r.Draft, prompt.ref)
    tip = work.get(r.Tip, draft.subject_id)
    case = work.get(r.Case, tip.case_id)
    by = next((s for s in seats if s.id == draft.by), None)
    if by is None:
        raise NotBound()
    chosen = cases.outcome_of(work, draft.facts["outcome"])
    named = cases.name_paper(work, case, by, cases.PAPER_OF[chosen.code], number, dated)
    if case.state is CaseState.OPEN:
        cases.close(work, case, by, chosen)
    draft.done_at = work.now
    work.unask(prompt.account)
    say(
        work,
        to,
        "note.closed_with_paper",
        name=case.number,
        outcome=chosen.code,
        number=number,
        dated=dated.isoformat(),
        reply_keyboard="none",
    )
    others = cases.checkers(work, case, named.named_by)
    say(
        work,
        to,
        "ask.checker",
        name=case.number,
        number=number,
        keyboard=people_buttons(others[:8], "checker", named.ref),
    )


def call_paper(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """The paper that a unit names with its 反馈; the squad's leader is asked to tick it."""
    number, dated = cases.read_paper(text, work.today)
    call = work.by_ref(r.Call, prompt.ref)
    by = calls.answerer_of(work, call, seats)
    case = work.get(r.Case, call.case_id)
    named = cases.name_paper(work, case, by, cases.PAPER_OF[prompt.facts["outcome"]], number, dated, call)
    work.unask(prompt.account)
    whistle = work.get(r.Whistle, call.whistle_id)
    leader = work.person(whistle.blown_by)
    if leader is not None:
        cases.ask_check(work, named, leader)
    say(work, to, "note.paper_named", name=call.number, number=number, dated=dated.isoformat(), reply_keyboard="none")


def voucher(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """The voucher's number: recorded as paid."""
    found = work.by_ref(r.Reward, prompt.ref)
    by = claim.payer_of(work, seats)
    number = text.strip()[:40]
    claim.pay(work, found, by, number, proxy=bool(prompt.facts.get("proxy")))
    work.unask(prompt.account)
    say(
        work,
        to,
        "note.paid",
        amount_fen=found.amount_fen,
        tail=found.code_tail,
        voucher=number,
        at=work.now.isoformat(),
        reply_keyboard="none",
    )


def payee(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """Who collects a reward above the ceiling; then the voucher."""
    found = work.by_ref(r.Reward, prompt.ref)
    by = claim.payer_of(work, seats)
    claim.keep_payee(work, found, by, text)
    work.ask(prompt.account, "voucher", found.ref, proxy=bool(prompt.facts.get("proxy")))
    say(
        work,
        to,
        "ask.voucher",
        amount_fen=found.amount_fen,
        tail=found.code_tail,
        payer=by.label,
        payer_en=by.label_en,
        reply_keyboard="reply",
    )


def amount(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """How much a span pays, typed by the first signer."""
    found = work.by_ref(r.Reward, prompt.ref)
    by = approval.first_signer(work, found, seats)
    approval.choose_amount(work, found, by, approval.read_yuan(text))
    work.unask(prompt.account)
    say(work, to, "note.chosen", ref=found.ref[:4], amount_fen=found.amount_fen, reply_keyboard="none")


def base(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """Fine and confiscation, of which a grade pays a share."""
    found = work.by_ref(r.Reward, prompt.ref)
    by = approval.first_signer(work, found, seats)
    approval.choose_grade(work, found, by, str(prompt.facts["grade"]), approval.read_yuan(text))
    work.unask(prompt.account)
    say(work, to, "note.chosen", ref=found.ref[:4], amount_fen=found.amount_fen, reply_keyboard="none")


ANSWERS: dict[str, Answer] = {
    "question": question,
    "paper": paper,
    "count": case_handlers.typed_count,
    "call_paper": call_paper,
    "voucher": voucher,
    "payee": payee,
    "law_step": procedure.typed_step,
    "amount": amount,
    "base": base,
    "matter": matter.typed,
    "typing": voice.typed,
    "evidence": evidence.typed,
    "document_void": document.voided,
}


def answer(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> bool:
    """Hand a typed line to what was asked. False when the prompt cannot take it."""
    verb = ANSWERS.get(prompt.verb)
    if verb is None:
        return False
    try:
        verb(work, prompt, seats, to, text)
    except PaperUnreadable:
        say(work, to, "ask.paper_again", today=work.today.isoformat(), reply_keyboard="reply")
    return True
