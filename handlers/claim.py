"""The counter: a code, or a receipt with its word, is looked at outside the transaction; one clerk pays, the desk frees what got stuck."""

import asyncio
import re

from telegram import Message

from handlers.edge import Edge, Press, Toast, button, say, swap
from handlers.reward import ONE_AT_A_TIME
from workflows import claim
from workflows import records as r
from workflows import tip as tips
from workflows.claimcode import Misread as MisreadCode
from workflows.claimcode import NotACode, parse_code
from workflows.events import Kind
from workflows.refusals import Misread, NoSuchCode, NotBound, Refusal, RewardEnded
from workflows.states import RewardState
from workflows.work import To, Work

_RECEIPT_AND_WORD = re.compile(r"\s*(\d{3})\s?(\d{3})\s?(\d{3})[\s,，、:：]+(\S.*)")


async def pay_code(edge: Edge, message: Message, line: str) -> None:
    """A claim code, or receipt and word: found by an HMAC, confirmed by the slow hash in a thread, one at a time.

    The hash is made for a code that nobody has, too: how long an answer takes tells nothing.
    """
    try:
        await edge.store.decide(_payer, message)
        await edge.store.read(_may_try, edge.vault.account_of(message.chat.id))
        secret, by_word = _read(line)
        mac = edge.vault.mark("word", secret) if by_word else edge.vault.code_mac(secret)
        found = await edge.store.read(claim.find_by_word if by_word else claim.find_by_code, mac)
        async with ONE_AT_A_TIME:
            right = await asyncio.to_thread(edge.vault.code_matches, secret, found[1] if found else _NOBODYS)
        if found is None or not right:
            raise NoSuchCode()
        await edge.store.decide(_claim, message, found[0], "word" if by_word else "code")
    except Refusal as refusal:
        await edge.store.decide(_pay_refused, message, refusal)


_NOBODYS = "00" * 48
"""Salt and hash of no code."""


def _read(line: str) -> tuple[str, bool]:
    """The bare code, or receipt and word as they are hashed. Raises Misread or NoSuchCode."""
    told = _RECEIPT_AND_WORD.fullmatch(line)
    if told and not re.fullmatch(r"[\d\s\-–—·.,、，]*", told[4]):
        return f"{told[1]}{told[2]}{told[3]}:{claim.plain_word(told[4])}", True
    code = parse_code("".join(c for c in line if c.isdigit() or c.isspace()))  # copied with its label is fine too
    if isinstance(code, MisreadCode):
        raise Misread()
    if isinstance(code, NotACode):
        raise NoSuchCode()
    return code, False


def _payer(work: Work, message: Message) -> tuple[r.Person, To]:
    identity = work.meet(message.chat.id)
    seats = list(work.seats_of(identity.account))
    if not seats:
        raise NotBound()
    by = claim.payer_of(work, seats)
    return by, To(account=identity.account, lang=identity.lang, person_id=by.id)


def _may_try(work: Work, account: str) -> None:
    claim.check_guesses(work, claim.payer_of(work, list(work.seats_of(account))))


def _claim(work: Work, message: Message, reward_id: str, how: str) -> None:
    by, to = _payer(work, message)
    found = work.get(r.Reward, reward_id)
    claim.claim(work, found, by, how=how)
    work.unask(to.account or "")
    keyboard = [
        [
            button("paid", "paid", found.ref, found.rev, style="success"),
            button("paid_proxy", "paid.proxy", found.ref, found.rev),
        ]
    ]
    say(
        work,
        to,
        "note.claim",
        amount_fen=found.amount_fen,
        budget=found.budget,
        tail=found.code_tail,
        ref=found.ref[:4],
        payee=claim.needs_payee(work, found),
        keyboard=keyboard,
    )


def _pay_refused(work: Work, message: Message, refusal: Refusal) -> None:
    identity = work.meet(message.chat.id)
    seats = list(work.seats_of(identity.account))
    by = seats[0].id if seats else "stranger"
    if isinstance(refusal, NoSuchCode) or not seats:
        stub = r.Draft(ref=claim.GUESS, kind="command", subject_id="", by=by, at=work.now)
        work.record(Kind.PRESS_REFUSED, stub, by, command="pay", why=refusal.name)
    say(
        work,
        To(account=identity.account, lang=identity.lang),
        "note.refused_command",
        rule=refusal.name,
        facts=refusal.spoken,
    )


async def own_word(edge: Edge, message: Message, line: str) -> None:
    """A sender's own word for one reward: hashed in a thread, and the line that was typed is taken off the screen."""
    try:
        receipt = await edge.store.read(_receipt_for_word, edge.vault.account_of(message.chat.id))
        secret = f"{receipt}:{claim.plain_word(line)}"
        async with ONE_AT_A_TIME:
            hashed = await asyncio.to_thread(edge.vault.code_hash, secret)
        await edge.store.decide(_keep_word, message, edge.vault.mark("word", secret), hashed)
    except Refusal as refusal:
        await edge.store.decide(_word_refused, message, refusal)


def _receipt_for_word(work: Work, account: str) -> str:
    prompt = work.prompt(account)
    if prompt is None:
        raise RewardEnded()
    return work.get(r.Tip, work.by_ref(r.Reward, prompt.ref).tip_id).receipt


def _keep_word(work: Work, message: Message, mac: str, hashed: str) -> None:
    identity = work.meet(message.chat.id)
    prompt = work.prompt(identity.account)
    if prompt is None:
        raise RewardEnded()
    claim.keep_word(work, work.by_ref(r.Reward, prompt.ref), identity.account, mac, hashed)
    work.unask(identity.account)
    to = To(account=identity.account, lang=identity.lang)
    work.send("picture", "source", to, act="delete", message=message.message_id)
    say(work, to, "note.word_kept", sealed=True)


def _word_refused(work: Work, message: Message, refusal: Refusal) -> None:
    identity = work.meet(message.chat.id)
    to = To(account=identity.account, lang=identity.lang)
    say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken)


OUTSIDE = {"pay": pay_code, "word": own_word}
"""Typed lines that need a slow hash: prompt → what hears them."""


def paid(work: Work, press: Press) -> Toast:
    """已付款, or 代领: above the ceiling who collects it is typed first, then the voucher's number."""
    found = work.by_ref(r.Reward, press.ref)
    by = claim.payer_of(work, press.staff())
    if found.state is not RewardState.CLAIMED:
        raise RewardEnded()
    claim.check_counter(work, found, by)
    proxy = press.arg == "proxy"
    if claim.needs_payee(work, found):
        work.ask(press.account, "payee", found.ref, proxy=proxy)
        swap(work, press, "ask.payee", amount_fen=found.amount_fen, tail=found.code_tail)
        return Toast()
    work.ask(press.account, "voucher", found.ref, proxy=proxy)
    swap(
        work,
        press,
        "ask.voucher",
        amount_fen=found.amount_fen,
        tail=found.code_tail,
        payer=by.label,
        payer_en=by.label_en,
    )
    return Toast()


def release(work: Work, press: Press) -> Toast:
    """放回: the desk frees a code that a counter did not pay."""
    found = work.by_ref(r.Reward, press.ref)
    claim.release(work, found, tips.desk_of(work, press.staff()))
    swap(work, press, "note.released", ref=found.ref[:4], tail=found.code_tail)
    return Toast("noted")


PRESSES = {"paid": paid, "release": release}
