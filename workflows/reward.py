"""奖励 from its approval to its end, as its sender sees it: announced, opened, put off, waived, reminded, lapsed, taken back.

    proposed (eligibility.py) ─► signed (approval.py) ─► announced ─► claimed and paid (claim.py)
                                                             └─► waived · lapsed · reversed

Money that moves is a ledger entry that is never edited. The bot never handles money, and fines never feed a reward.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from workflows import approval, eligibility, ledger
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyDone, Gone, NotEligible, NotYours, NotYourTip, RewardEnded, TooManyCodes
from workflows.states import RewardState
from workflows.work import Lane, To, Work

propose_if_due = eligibility.propose_if_due
STEPS = {
    RewardState.PROPOSED: 2,
    RewardState.APPROVED: 2,
    RewardState.ANNOUNCED: 3,
    RewardState.CLAIMED: 4,
    RewardState.PAID: 4,
}
"""查实 → 审批 → 通知 → 领取: the step that a reward stands at, of four."""


@dataclass(frozen=True, slots=True)
class Code:
    """A claim code with what is stored of it. The slow hash is made outside the transaction."""

    code: str
    mac: str
    hashed: str


def approve(work: Work, reward: r.Reward, by: r.Person, codes: list[Code]) -> None:
    """The last signature has been given: the reward and its shares are announced, and who gets nothing is told why."""
    parts = [reward, *work.shares_of(reward.id)]
    for one, code in zip(parts, codes, strict=True):
        one.move(RewardState.APPROVED)
        one.approved_by, one.approved_at, one.budget_year = by.id, work.now, work.today.year
        work.record(Kind.REWARD_APPROVED, one, by, amount_fen=one.amount_fen)
        ledger.enter(work, one, "approved", by.id)
        _announce(work, one, by, code)
    work.cancel(reward.id, "reward.decide")
    work.refresh(reward.id)
    _tell_the_others(work, reward)
    _concentration(work, reward)


def _announce(work: Work, reward: r.Reward, by: r.Person, code: Code) -> None:
    """The sender gets a neutral notice that opens to the claim code; finance gets the amount and no case."""
    reward.move(RewardState.ANNOUNCED)
    reward.announced_at = work.now
    keep_code(work, reward, code)
    _lapse_on(work, reward, work.policy.reward.terms.claim_days)
    work.record(Kind.REWARD_ANNOUNCED, reward, by)
    tell(
        work,
        Kind.REWARD_ANNOUNCED,
        reward,
        amount_fen=reward.amount_fen,
        budget=reward.budget,
        tail=reward.code_tail,
        ref=reward.ref[:4],
    )


def keep_code(work: Work, reward: r.Reward, code: Code) -> None:
    """What is stored of a claim code: sealed for its sender's screen, an HMAC to find it, a slow hash to confirm it."""
    account = work.get(r.Tip, reward.tip_id).account
    reward.code = work.seal(account, code.code)
    reward.code_mac, reward.code_hash, reward.code_tail = code.mac, code.hashed, code.code[-4:]


def _lapse_on(work: Work, reward: r.Reward, days: int) -> None:
    """Collected within so many days from now, with the reminders that policy wants."""
    reward.lapses_at = work.now + timedelta(days=days)
    due(work, reward)


def due(work: Work, reward: r.Reward) -> None:
    """Reminders and the end of the term, as far as they are still to come."""
    if reward.lapses_at is None:
        return
    work.cancel(reward.id, "reward.lapse", "reward.remind")
    work.due("reward.lapse", reward.id, reward.lapses_at)
    for left in work.policy.reward.terms.remind_days_left:
        at = reward.lapses_at - timedelta(days=left)
        if at > work.now:
            work.due("reward.remind", reward.id, at, days=left)


def _tell_the_others(work: Work, reward: r.Reward) -> None:
    """Whoever told of the same matter later and gets no share learns it now, with the reason, and not before."""
    case = work.get(r.Case, reward.case_id)
    first = work.get(r.Tip, reward.tip_id)
    paid = {work.get(r.Tip, one.tip_id).account for one in work.rewards_of_case(case.id)}
    for tip in eligibility.later_tips(work, first, eligibility.in_order(work, case)):
        if tip.account not in paid:
            eligibility.refuse_at_once(work, case, tip, "not_first")


def _concentration(work: Work, reward: r.Reward) -> None:
    """One sealed sender behind too many of one handler's rewarded tips: a figure without a name, for discipline alone."""
    caps = work.policy.reward.caps
    owner = work.get(r.Tip, reward.tip_id).owner_id
    if owner is None:
        return
    senders = Counter(work.senders_rewarded_under(owner, work.now - eligibility.YEAR))
    total = sum(senders.values())
    if total < caps.one_handler_least:
        return
    most = max(senders.values())
    percent = most * 100 // total
    month = work.now - timedelta(days=30)
    if percent <= caps.one_handler_percent or work.count_events(Kind.REWARD_CONCENTRATED, owner, month):
        return
    case = work.get(r.Case, reward.case_id)
    work.record(Kind.REWARD_CONCENTRATED, reward, owner, percent=percent, of=total)
    tell(work, Kind.REWARD_CONCENTRATED, reward, township=case.township_id, percent=percent, most=most, of=total)


# ── the sender's own screen ──────────────────────────────────────────────────────────────────────────────────────────


def own(work: Work, reward: r.Reward, account: str) -> None:
    """Raises NotYourTip for anybody but its sender."""
    if work.get(r.Tip, reward.tip_id).account != account:
        raise NotYourTip()


def unfold(work: Work, reward: r.Reward, account: str) -> None:
    """点开看: the code is shown for a while in the sender's own chat."""
    own(work, reward, account)
    if reward.state in (RewardState.PROPOSED, RewardState.APPROVED):
        raise Gone()  # nothing has been announced: there is no notice to open
    ends = work.now + timedelta(seconds=work.policy.notice.fold_seconds)
    reward.shown_until = ends
    work.due("reward.fold", reward.id, ends)
    work.record(Kind.REWARD_OPENED, reward, "source")
    work.refresh(reward.id)


def put_away(work: Work, reward: r.Reward, account: str) -> None:
    """先不领: folded away at once; it can be opened again until it lapses."""
    own(work, reward, account)
    reward.shown_until = work.now if reward.shown_until else None
    fold(work, reward)


def fold(work: Work, reward: r.Reward) -> None:
    """The notice shows its neutral line again, and the picture of the code is taken away."""
    if reward.shown_until is not None and reward.shown_until <= work.now:
        reward.shown_until = None
        take_pictures_away(work, reward)
        work.refresh(reward.id)


def show_picture(work: Work, reward: r.Reward, account: str, lang: str) -> None:
    """二维码: the code as a picture, covered until it is tapped, in the sender's own chat; taken away when the notice folds."""
    own(work, reward, account)
    if reward.state is not RewardState.ANNOUNCED or reward.code is None:
        raise RewardEnded()
    take_pictures_away(work, reward)
    ends = work.now + timedelta(seconds=work.policy.notice.fold_seconds)
    reward.shown_until = max(reward.shown_until or ends, ends)
    work.due("reward.fold", reward.id, reward.shown_until)
    code = work.unseal(account, reward.code)
    to = To(account=account, lang=lang)
    work.send("picture", "source", to, act="picture", subject_id=reward.id, facts={"code": code}, sealed=True)
    work.record(Kind.REWARD_OPENED, reward, "source", picture=True)


def take_pictures_away(work: Work, reward: r.Reward) -> None:
    account = work.get(r.Tip, reward.tip_id).account
    for message in work.pictures_of(reward.id):
        to = To(account=account)
        work.send("picture", "source", to, act="delete", subject_id=reward.id, message=message, lane=Lane.EDIT)


def waive(work: Work, reward: r.Reward, account: str) -> None:
    """不要了: the sender's own word."""
    own(work, reward, account)
    if reward.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    reward.move(RewardState.WAIVED)
    reward.code = None
    work.cancel(reward.id, "reward.lapse", "reward.remind")
    work.record(Kind.REWARD_WAIVED, reward, "source")
    ledger.enter(work, reward, "waived", "source")
    take_pictures_away(work, reward)
    work.refresh(reward.id)


def extend(work: Work, reward: r.Reward, account: str) -> None:
    """来不及: once, for as long as policy says."""
    own(work, reward, account)
    terms = work.policy.reward.terms
    if reward.state is not RewardState.ANNOUNCED or reward.lapses_at is None:
        raise RewardEnded()
    if reward.extended_at is not None or terms.extension_days == 0:
        raise AlreadyDone(at=reward.extended_at)
    reward.extended_at = work.now
    reward.lapses_at += timedelta(days=terms.extension_days)
    due(work, reward)
    work.record(Kind.REWARD_EXTENDED, reward, "source", until=reward.lapses_at.isoformat())
    work.refresh(reward.id)


def may_have_new_code(work: Work, reward: r.Reward, account: str) -> None:
    """Raises NotYourTip, RewardEnded or TooManyCodes."""
    own(work, reward, account)
    if reward.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    recent = work.events_of(reward.id, Kind.REWARD_RECODED)
    day = work.now - timedelta(days=1)
    if len([e for e in recent if e.at > day]) >= work.policy.reward.new_codes_a_day:
        raise TooManyCodes()


def new_code(work: Work, reward: r.Reward, account: str, code: Code) -> None:
    """换一个码: the old one is dead from this moment; the new one shows in the same chat."""
    may_have_new_code(work, reward, account)
    keep_code(work, reward, code)
    take_pictures_away(work, reward)
    work.record(Kind.REWARD_RECODED, reward, "source")
    unfold(work, reward, account)


# ── time passes, and things go wrong ─────────────────────────────────────────────────────────────────────────────────


def remind(work: Work, reward: r.Reward, days: int) -> None:
    if reward.state is RewardState.ANNOUNCED:
        work.record(Kind.REWARD_REMINDED, reward, days=days)
        tell(work, Kind.REWARD_REMINDED, reward, days=days)


def lapse(work: Work, reward: r.Reward) -> None:
    """Not collected in time: back into the budget it came from."""
    if reward.state is not RewardState.ANNOUNCED:
        return
    reward.move(RewardState.LAPSED)
    reward.code, reward.shown_until = None, None
    work.record(Kind.REWARD_LAPSED, reward)
    ledger.enter(work, reward, "lapsed", "")
    tell(work, Kind.REWARD_LAPSED, reward)
    take_pictures_away(work, reward)
    work.refresh(reward.id)


def reverser_of(work: Work, reward: r.Reward, seats: list[r.Person]) -> r.Person:
    """Who may take a reward back: neither signed it nor paid it. Raises NotYours or NotEligible."""
    seat = next((s for s in seats if s.role in work.policy.reward.reverse_roles), None)
    if seat is None:
        raise NotYours()
    involved = {str(s["by"]) for s in reward.signatures} | {reward.paid_by, reward.claimed_by}
    if seat.id in involved or not approval.impartial(work, reward, [seat]):
        raise NotEligible()
    return seat


def reverse(work: Work, reward: r.Reward, by: r.Person, reason: str, *, second: r.Person) -> None:
    """冲正: the decision did not stand, or it was entered wrongly. An entry of its own; nothing is edited; two have signed."""
    if reward.state not in (RewardState.ANNOUNCED, RewardState.CLAIMED, RewardState.PAID):
        raise RewardEnded()
    paid = reward.state is RewardState.PAID
    reward.move(RewardState.REVERSED)
    reward.code, reward.shown_until, reward.refused_reason = None, None, reason
    work.cancel(reward.id)
    work.record(Kind.REWARD_REVERSED, reward, by, reason=reason, paid=paid, second=second.id)
    ledger.enter(work, reward, "recovered" if paid else "reversed", by.id, note=reason)
    tell(
        work,
        Kind.REWARD_REVERSED,
        reward,
        reason=reason,
        amount_fen=reward.amount_fen,
        tail=reward.code_tail,
        ref=reward.ref[:4],
        paid=paid,
    )
    take_pictures_away(work, reward)
    work.refresh(reward.id)
