"""What a typed line answers: a question to the sender, the number of a paper, a claim code, a voucher."""

import asyncio
from collections.abc import Callable

from telegram import Message

from handlers.edge import Edge, button, people_buttons, say
from workflows import call as calls
from workflows import case as cases
from workflows import records as r
from workflows import reward as rewards
from workflows import tip as tips
from workflows.claimcode import Misread as MisreadCode
from workflows.claimcode import NotACode, parse_code
from workflows.events import Kind
from workflows.refusals import Misread, NoSuchCode, NotBound, PaperUnreadable, Refusal
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
    by = rewards.payer_of(work, seats)
    number = text.strip()[:40]
    rewards.pay(work, found, by, number)
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


ANSWERS: dict[str, Answer] = {"question": question, "paper": paper, "call_paper": call_paper, "voucher": voucher}


async def pay_code(edge: Edge, message: Message, line: str) -> None:
    """A claim code at the counter: found by its HMAC, confirmed by the slow hash in a thread, one at a time."""
    try:
        await edge.store.decide(_payer, message)
        code = _read(line)
        reward_id, hashed = await edge.store.read(
            _find, edge.vault.account_of(message.chat.id), edge.vault.code_mac(code)
        )
        async with _ONE_AT_A_TIME:
            if not await asyncio.to_thread(edge.vault.code_matches, code, hashed):
                raise NoSuchCode()
        await edge.store.decide(_claim, message, reward_id)
    except Refusal as refusal:
        await edge.store.decide(_pay_refused, message, refusal)


_ONE_AT_A_TIME = asyncio.Semaphore(1)


def _read(line: str) -> str:
    code = parse_code("".join(c for c in line if c.isdigit() or c.isspace()))  # copied with its label is fine too
    if isinstance(code, MisreadCode):
        raise Misread()
    if isinstance(code, NotACode):
        raise NoSuchCode()
    return code


def _payer(work: Work, message: Message) -> tuple[r.Person, To]:
    identity = work.meet(message.chat.id)
    seats = list(work.seats_of(identity.account))
    if not seats:
        raise NotBound()
    by = rewards.payer_of(work, seats)
    return by, To(account=identity.account, lang=identity.lang, person_id=by.id)


def _find(work: Work, account: str, mac: str) -> tuple[str, str]:
    seats = list(work.seats_of(account))
    if not seats:
        raise NotBound()
    by = rewards.payer_of(work, seats)
    rewards.check_guesses(work, by)
    return rewards.find_by_code(work, mac)


def _claim(work: Work, message: Message, reward_id: str) -> None:
    by, to = _payer(work, message)
    found = work.get(r.Reward, reward_id)
    rewards.claim(work, found, by)
    work.unask(to.account or "")
    keyboard = [[button("paid", "paid", found.ref, found.rev, style="success")]]
    say(
        work,
        to,
        "note.claim",
        amount_fen=found.amount_fen,
        budget=found.budget,
        tail=found.code_tail,
        ref=found.ref[:4],
        keyboard=keyboard,
    )


def _pay_refused(work: Work, message: Message, refusal: Refusal) -> None:
    identity = work.meet(message.chat.id)
    seats = list(work.seats_of(identity.account))
    by = seats[0].id if seats else "stranger"
    if isinstance(refusal, NoSuchCode) or not seats:
        stub = r.Draft(ref="pay", kind="command", subject_id="", by=by, at=work.now)
        work.record(Kind.PRESS_REFUSED, stub, by, command="pay", why=refusal.name)
    say(
        work,
        To(account=identity.account, lang=identity.lang),
        "note.refused_command",
        rule=refusal.name,
        facts=refusal.spoken,
    )


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
