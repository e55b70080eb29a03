"""Taps of a reward before the counter: how much and under which rule, signatures, and what its sender does with the notice."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from handlers.edge import Edge, Press, Toast, button, grid, options, say, swap
from messages import cards
from workflows import approval
from workflows import records as r
from workflows import reversal as reversals
from workflows import reward as rewards
from workflows.claimcode import check_digit
from workflows.refusals import Gone, NotBound, RewardEnded
from workflows.states import RewardState
from workflows.work import Work

# ── made outside the transaction ─────────────────────────────────────────────────────────────────────────────────────

ONE_AT_A_TIME = asyncio.Semaphore(1)
"""A slow hash takes 16 MB: never two of them at once."""


async def _new_code(edge: Edge) -> rewards.Code:
    """Twenty random digits and a check digit, with the slow hash made in a thread."""
    digits = "".join(str(secrets.randbelow(10)) for _ in range(20))
    code = digits + check_digit(digits)
    async with ONE_AT_A_TIME:
        hashed = await asyncio.to_thread(edge.vault.code_hash, code)
    return rewards.Code(code, edge.vault.code_mac(code), hashed)


async def _make_codes(edge: Edge, press: Press) -> list[rewards.Code]:
    """A code for the reward and for each of its shares, and only for who may sign."""
    count = await edge.store.read(_may_sign, press.account, press.ref)
    return [await _new_code(edge) for _ in range(count)]


def _may_sign(work: Work, account: str, ref: str) -> int:
    seats = list(work.seats_of(account))
    if not seats:
        raise NotBound()
    reward = work.by_ref(r.Reward, ref)
    approval.signer_of(work, reward, seats)
    return 1 + len(work.shares_of(reward.id))


async def _make_new_code(edge: Edge, press: Press) -> list[rewards.Code]:
    await edge.store.read(_may_have_new_code, press.account, press.ref)
    return [await _new_code(edge)]


def _may_have_new_code(work: Work, account: str, ref: str) -> None:
    rewards.may_have_new_code(work, work.by_ref(r.Reward, ref), account)


# ── how much, and yes or no ──────────────────────────────────────────────────────────────────────────────────────────


def approve(work: Work, press: Press, codes: list[rewards.Code]) -> Toast:
    """批准: one signature; with the last one the reward is announced."""
    reward = work.by_ref(r.Reward, press.ref)
    by, signer = approval.signer_of(work, reward, press.staff())
    if not approval.sign(work, reward, by, signer):
        return Toast("signed")
    if len(codes) != 1 + len(work.shares_of(reward.id)):
        raise Gone()  # the shares changed under the hand: the card shows them as they are now
    rewards.approve(work, reward, by, codes)
    return Toast("approved")


def amount(work: Work, press: Press) -> Toast:
    """One of the offered amounts of a span; `other`: typed."""
    reward = work.by_ref(r.Reward, press.ref)
    by = approval.first_signer(work, reward, press.staff())
    if press.arg == "other":
        work.ask(press.account, "amount", reward.ref)
        say(
            work,
            press.private,
            "ask.amount",
            lowest_fen=reward.lowest_fen,
            highest_fen=reward.highest_fen,
            reply_keyboard="reply",
        )
        return Toast("type_private")
    if not press.arg.isdigit():
        raise Gone()
    approval.choose_amount(work, reward, by, int(press.arg))
    return Toast("noted")


def rule(work: Work, press: Press) -> Toast:
    """Another rule than the row that fits."""
    reward = work.by_ref(r.Reward, press.ref)
    approval.choose_rule(work, reward, approval.first_signer(work, reward, press.staff()), press.arg)
    return Toast("noted")


def grade(work: Work, press: Press) -> Toast:
    """一级、二级、三级: fine and confiscation are typed next."""
    reward = work.by_ref(r.Reward, press.ref)
    approval.first_signer(work, reward, press.staff())
    row = work.policy.reward.row(reward.rule)
    chosen = row.grade(press.arg) if row else None
    if row is None or chosen is None:
        raise Gone()
    work.ask(press.account, "base", reward.ref, grade=chosen.id)
    say(
        work,
        press.private,
        "ask.base",
        label=chosen.label,
        label_en=chosen.label_en,
        percent=chosen.percent,
        min_fen=chosen.min_fen,
        reply_keyboard="reply",
    )
    return Toast("type_private")


def share(work: Work, press: Press) -> Toast:
    """What those who told later get: half each, the same as the first, or nothing."""
    reward = work.by_ref(r.Reward, press.ref)
    approval.share(work, reward, approval.first_signer(work, reward, press.staff()), press.arg)
    return Toast("noted")


def refuse(work: Work, press: Press) -> Toast:
    """不批: why?"""
    reward = work.by_ref(r.Reward, press.ref)
    approval.signer_of(work, reward, press.staff())
    keyboard = options(work.book.reasons.refuse_reward, "refused", reward.ref, width=1)
    say(
        work,
        press.private,
        "ask.refuse",
        ref=reward.ref[:4],
        keyboard=[*keyboard, [button("never_mind", "never_mind", reward.ref)]],
    )
    return Toast("sent_private")


def refused(work: Work, press: Press) -> Toast:
    reward = work.by_ref(r.Reward, press.ref)
    by, _ = approval.signer_of(work, reward, press.staff())
    if work.book.reasons.find("refuse_reward", press.arg) is None:
        raise Gone()
    approval.refuse(work, reward, by, press.arg)
    swap(work, press, "note.refused", reason=press.arg)
    return Toast("noted")


# ── taken back ───────────────────────────────────────────────────────────────────────────────────────────────────────


def reverse(work: Work, press: Press) -> Toast:
    """冲正: why?"""
    reward = work.by_ref(r.Reward, press.ref)
    rewards.reverser_of(work, reward, press.staff())
    if reward.state not in (RewardState.ANNOUNCED, RewardState.CLAIMED, RewardState.PAID):
        raise RewardEnded()
    keyboard = options(work.book.reasons.reverse_reward, "reversed", reward.ref, width=1)
    say(
        work,
        press.private,
        "ask.reverse",
        ref=reward.ref[:4],
        amount_fen=reward.amount_fen,
        keyboard=[*keyboard, [button("never_mind", "never_mind", reward.ref)]],
    )
    return Toast("sent_private")


def reversed_(work: Work, press: Press) -> Toast:
    reward = work.by_ref(r.Reward, press.ref)
    by = rewards.reverser_of(work, reward, press.staff())
    asked = reversals.ask(work, reward, by, press.arg)
    swap(work, press, "note.reversal_asked", ref=reward.ref[:4], reason=press.arg, asked=asked)
    return Toast("asked" if asked else "noted")


def reversal_agree(work: Work, press: Press) -> Toast:
    """同意: the second signature"""
    draft = work.get(r.Draft, press.ref)
    reward = reversals.agree(work, draft, press.staff())
    swap(work, press, "note.reversed", ref=reward.ref[:4], reason=draft.facts["reason"])
    return Toast("noted")


def reversal_refuse(work: Work, press: Press) -> Toast:
    """不同意: it stands"""
    draft = work.get(r.Draft, press.ref)
    reward = reversals.refuse(work, draft, press.staff())
    swap(work, press, "note.reversal_refused", ref=reward.ref[:4])
    return Toast("noted")


# ── the sender's own screen ──────────────────────────────────────────────────────────────────────────────────────────


def reward(work: Work, press: Press) -> Toast:
    """点开看"""
    rewards.unfold(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast()


def picture(work: Work, press: Press) -> Toast:
    """二维码"""
    rewards.show_picture(work, work.by_ref(r.Reward, press.ref), press.account, press.lang)
    return Toast()


def new_code(work: Work, press: Press, codes: list[rewards.Code]) -> Toast:
    """换一个码"""
    rewards.new_code(work, work.by_ref(r.Reward, press.ref), press.account, codes[0])
    return Toast("new_code")


def word(work: Work, press: Press) -> Toast:
    """设口令: typed next; it is never shown again."""
    found = work.by_ref(r.Reward, press.ref)
    rewards.own(work, found, press.account)
    if found.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    work.ask(press.account, "word", found.ref)
    say(work, press.private, "ask.word", sealed=True)
    return Toast()


def other_ways(work: Work, press: Press) -> Toast:
    """换个领法: later, by somebody else, with a picture, with an own word."""
    found = work.by_ref(r.Reward, press.ref)
    rewards.own(work, found, press.account)
    if found.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    may_extend = found.extended_at is None and work.policy.reward.terms.extension_days > 0
    keyboard = [
        button("picture", "picture", found.ref),
        button("own_word", "word", found.ref),
        button("new_code", "new_code", found.ref),
        *([button("extend", "extend_claim", found.ref)] if may_extend else []),
    ]
    windows = cards.windows_of(work, found)
    say(
        work,
        press.private,
        "ask.other_ways",
        sealed=True,
        windows=windows,
        days=work.policy.reward.terms.extension_days if may_extend else 0,
        keyboard=grid(keyboard, 2),
    )
    return Toast()


def extend_claim(work: Work, press: Press) -> Toast:
    """延期领取"""
    rewards.extend(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast("extended")


def keep(work: Work, press: Press) -> Toast:
    """先不领: folded away at once."""
    rewards.put_away(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast("kept")


def waive(work: Work, press: Press) -> Toast:
    """不要了"""
    rewards.waive(work, work.by_ref(r.Reward, press.ref), press.account)
    return Toast("waived")


SLOW: dict[str, Callable[[Edge, Press], Awaitable[list[rewards.Code]]]] = {
    "approve": _make_codes,
    "new_code": _make_new_code,
}
PREPARED: dict[str, Callable[[Work, Press, list[rewards.Code]], Toast]] = {"approve": approve, "new_code": new_code}
"""What a slow verb does with what was made for it."""

PRESSES = {
    "approve": lambda work, press: approve(work, press, []),
    "new_code": lambda work, press: new_code(work, press, []),
    "amount": amount,
    "rule": rule,
    "grade": grade,
    "share": share,
    "refuse": refuse,
    "refused": refused,
    "reverse": reverse,
    "reversed": reversed_,
    "reversal_agree": reversal_agree,
    "reversal_refuse": reversal_refuse,
    "reward": reward,
    "picture": picture,
    "word": word,
    "other_ways": other_ways,
    "extend_claim": extend_claim,
    "keep": keep,
    "waive": waive,
}
