"""Taps of a reward: approved by a second person, opened by its sender, paid at the counter."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from handlers.edge import Edge, Press, Toast, options, swap
from workflows import records as r
from workflows import reward as rewards
from workflows.claimcode import check_digit
from workflows.refusals import Gone, NotBound, RewardEnded
from workflows.states import RewardState
from workflows.work import Work


async def _make_code(edge: Edge, press: Press) -> rewards.Code:
    """Twenty random digits and a check digit; the slow hash in a thread, before the transaction, and only for who may approve."""
    await edge.store.read(_may_approve, press.account, press.ref)
    digits = "".join(str(secrets.randbelow(10)) for _ in range(20))
    code = digits + check_digit(digits)
    hashed = await asyncio.to_thread(edge.vault.code_hash, code)
    return rewards.Code(code, edge.vault.code_mac(code), hashed)


def _may_approve(work: Work, account: str, ref: str) -> None:
    seats = list(work.seats_of(account))
    if not seats:
        raise NotBound()
    rewards.approver_of(work, work.by_ref(r.Reward, ref), seats)


def with_code(work: Work, press: Press, prepared: object) -> Toast:
    """批准, with the code that was made for it."""
    if not isinstance(prepared, rewards.Code):
        raise TypeError("an approval comes with its claim code")
    reward = work.by_ref(r.Reward, press.ref)
    by = rewards.approver_of(work, reward, press.staff())
    rewards.approve(work, reward, by, prepared)
    swap(work, press, "note.approved", amount_fen=reward.amount_fen)
    return Toast("approved")


def refuse(work: Work, press: Press) -> Toast:
    """不批: why?"""
    reward = work.by_ref(r.Reward, press.ref)
    rewards.approver_of(work, reward, press.staff())
    swap(work, press, "ask.refuse", keyboard=options(work.book.reasons.refuse_reward, "refused", reward.ref, width=1))
    return Toast()


def refused(work: Work, press: Press) -> Toast:
    reward = work.by_ref(r.Reward, press.ref)
    by = rewards.approver_of(work, reward, press.staff())
    if work.book.reasons.find("refuse_reward", press.arg) is None:
        raise Gone()
    rewards.refuse(work, reward, by, press.arg)
    swap(work, press, "note.refused", reason=press.arg)
    return Toast("noted")


def reward(work: Work, press: Press) -> Toast:
    """点开看"""
    rewards.unfold(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast()


def keep(work: Work, press: Press) -> Toast:
    """先不领: folded away at once."""
    rewards.put_away(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast("kept")


def waive(work: Work, press: Press) -> Toast:
    """不要了"""
    rewards.waive(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast("waived")


def paid(work: Work, press: Press) -> Toast:
    """已付款: the voucher's number is typed next."""
    found = work.by_ref(r.Reward, press.ref)
    by = rewards.payer_of(work, press.staff())
    if found.state is not RewardState.CLAIMED:
        raise RewardEnded()
    rewards.check_counter(work, found, by)
    work.ask(press.account, "voucher", found.ref)
    swap(work, press, "ask.voucher", amount_fen=found.amount_fen, tail=found.code_tail, payer=by.label)
    return Toast()


SLOW: dict[str, Callable[[Edge, Press], Awaitable[object]]] = {"approve": _make_code}

PRESSES = {
    "approve": lambda work, press: with_code(work, press, None),
    "refuse": refuse,
    "refused": refused,
    "reward": reward,
    "keep": keep,
    "waive": waive,
    "paid": paid,
}
