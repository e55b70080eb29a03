"""领取: what happens at the counter. Whoever shows the code is paid, once, at any window that did not handle the matter, and gives no name.

/pay CODE ─► found by HMAC ─► confirmed by a slow hash ─► claimed ─► voucher ─► paid
/pay RECEIPT WORD: the code is lost, the own word is not          └─► released by the desk when the counter got stuck
"""

import unicodedata
from datetime import timedelta

from workflows import approval, ledger, reward
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import (
    AlreadyDone,
    NotEligible,
    NotYours,
    PayeeNeeded,
    RewardEnded,
    TooManyGuesses,
    WordTooShort,
)
from workflows.states import RewardState
from workflows.work import Erased, Work

COUNTERS = 4
"""Times the guesses of one counter that all counters together have before they all wait."""
GUESS = "pay"
"""What a wrong code is filed under."""


def payer_of(work: Work, seats: list[r.Person]) -> r.Person:
    """The seat of a payer. Raises NotYours."""
    for seat in seats:
        if seat.role in work.policy.reward.payer_roles:
            return seat
    raise NotYours()


def check_guesses(work: Work, by: r.Person) -> None:
    """Too many unknown codes in a row close the counter for a while, and many counters close them all. Raises TooManyGuesses."""
    rules = work.policy.reward
    since = work.now - timedelta(minutes=rules.guess_minutes)
    here = work.count_events(Kind.PRESS_REFUSED, by.id, since)
    if here >= rules.guesses or work.count_guesses(GUESS, since) >= rules.guesses * COUNTERS:
        raise TooManyGuesses(minutes=rules.guess_minutes)


def find_by_code(work: Work, mac: str) -> tuple[str, str] | None:
    """Id and slow hash of the reward that this code belongs to. None: nobody's; the caller hashes all the same and takes as long."""
    found = work.reward_by_mac(mac)
    return (found.id, found.code_hash) if found is not None and found.code_hash else None


def find_by_word(work: Work, mac: str) -> tuple[str, str] | None:
    """The same for a receipt with the sender's own word."""
    found = work.reward_by_word(mac)
    return (found.id, found.word_hash) if found is not None and found.word_hash else None


def plain_word(text: str) -> str:
    """A word as it is compared: full-width and capital letters, blanks and stops make no difference. Raises WordTooShort."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    if not 2 <= len(kept) <= 30:
        raise WordTooShort()
    return kept


def keep_word(work: Work, found: r.Reward, account: str, mac: str, hashed: str) -> None:
    """设口令: the sender's own word, kept as a slow hash; with the receipt it stands in for a lost code."""
    reward.own(work, found, account)
    if found.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    found.word_mac, found.word_hash = mac, hashed
    work.record(Kind.REWARD_WORD, found, "source")


def _impartial(work: Work, found: r.Reward, by: r.Person) -> bool:
    """The counter is neither a person nor a unit that had to do with the matter, nor one of those who signed."""
    case = work.get(r.Case, found.case_id)
    units = {case.township_id, work.county.squad_of(case.township_id).id}
    units |= {call.unit_id for call in work.calls_of_case(case.id)}
    first = work.find(r.Reward, found.share_of) or found
    signed = {str(s["by"]) for s in first.signatures}
    accounts = {p.account for i in signed if (p := work.person(i)) is not None}
    return (
        by.unit_id not in units
        and by.id not in approval.handled_by(work, found) | signed
        and by.account not in accounts | {work.get(r.Tip, found.tip_id).account}
    )


def claim(work: Work, found: r.Reward, by: r.Person, *, how: str = "code") -> None:
    """The code (or receipt and word) was shown at the counter. Whoever handled or signed may not pay it out."""
    if found.state is RewardState.PAID:
        raise AlreadyDone(by=work.person(found.paid_by), at=found.paid_at)
    if found.state is RewardState.CLAIMED:
        check_counter(work, found, by)
        return
    if found.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    if not _impartial(work, found, by):
        raise NotEligible()
    found.move(RewardState.CLAIMED)
    found.claimed_at, found.claimed_by = work.now, by.id
    work.cancel(found.id, "reward.lapse", "reward.remind")
    work.due("reward.stuck", found.id, work.now + timedelta(minutes=work.policy.reward.terms.stuck_minutes))
    work.record(Kind.REWARD_CLAIMED, found, by, how=how)
    work.refresh(found.id)


def check_counter(work: Work, found: r.Reward, by: r.Person) -> None:
    """Whoever was shown the code pays it out. Raises AlreadyDone while another counter is paying it."""
    if found.claimed_by != by.id:
        raise AlreadyDone(by=work.person(found.claimed_by), at=found.claimed_at)


def needs_payee(work: Work, found: r.Reward) -> bool:
    """Above the county's ceiling the payer also notes who collects it."""
    return found.amount_fen > work.policy.reward.code_only_up_to_fen and found.payee is None


def keep_payee(work: Work, found: r.Reward, by: r.Person, text: str) -> None:
    """Name and document of whoever collects it: sealed with the sender's key, for finance alone. Raises PayeeNeeded."""
    check_counter(work, found, by)
    if found.state is not RewardState.CLAIMED:
        raise RewardEnded()
    line = " ".join(text.split())[:80]
    if len([c for c in line if c.isalnum()]) < 8 or not any(c.isdigit() for c in line):
        raise PayeeNeeded()
    account = work.get(r.Tip, found.tip_id).account
    try:
        found.payee = work.seal(account, line)
    except Erased:
        found.payee = work.seal(by.account or "", line)
    work.record(Kind.REWARD_IDENTIFIED, found, by)


def pay(work: Work, found: r.Reward, by: r.Person, voucher: str, *, proxy: bool = False) -> None:
    """Recorded as paid, with the voucher's number."""
    if found.state is not RewardState.CLAIMED:
        raise AlreadyDone(by=work.person(found.paid_by), at=found.paid_at)
    check_counter(work, found, by)
    if needs_payee(work, found):
        raise PayeeNeeded()
    found.move(RewardState.PAID)
    found.paid_at, found.paid_by, found.voucher, found.proxy = work.now, by.id, voucher, proxy
    found.code, found.shown_until = None, None
    work.cancel(found.id)
    work.record(Kind.REWARD_PAID, found, by, voucher=voucher, proxy=proxy)
    ledger.enter(work, found, "paid", by.id, note=voucher)
    tell(work, Kind.REWARD_PAID, found, receipt=work.get(r.Tip, found.tip_id).receipt)
    reward.take_pictures_away(work, found)
    work.refresh(found.id)


# ── a counter that got stuck ─────────────────────────────────────────────────────────────────────────────────────────


def stuck(work: Work, found: r.Reward) -> None:
    """A code was shown and nothing was paid: the desk is told, and may release it."""
    if found.state is not RewardState.CLAIMED:
        return
    by = work.person(found.claimed_by)
    work.record(Kind.REWARD_STUCK, found, by)
    tell(
        work,
        Kind.REWARD_STUCK,
        found,
        amount_fen=found.amount_fen,
        ref=found.ref[:4],
        tail=found.code_tail,
        who=by.label if by else "",
        who_en=by.label_en if by else "",
        phone=by.phone if by else "",
        at=(found.claimed_at or work.now).isoformat(),
    )


def release(work: Work, found: r.Reward, by: r.Person) -> None:
    """放回: the code can be shown at any window again; some days (`released_days`) are left for it at least."""
    if found.state is not RewardState.CLAIMED:
        raise RewardEnded()
    if by.id == found.claimed_by:
        raise NotYours()
    found.move(RewardState.ANNOUNCED)
    found.claimed_at = found.claimed_by = found.payee = None
    work.cancel(found.id, "reward.stuck")
    least = work.now + timedelta(days=work.policy.reward.terms.released_days)
    found.lapses_at = max(found.lapses_at or least, least)
    reward.due(work, found)
    work.record(Kind.REWARD_RELEASED, found, by)
    work.refresh(found.id)
