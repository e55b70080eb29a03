"""奖励: proposed when a tip is true and lawfully decided, approved by a second person, announced, claimed by code, recorded as paid.

Every step is a ledger entry that is never edited. The bot never handles money, and fines never feed a reward.
"""

from dataclasses import dataclass
from datetime import timedelta

from workflows import ledger
from workflows import records as r
from workflows.county import TOWNSHIP_DEPT
from workflows.events import Kind
from workflows.notify import tell
from workflows.policy import RewardRow
from workflows.refusals import (
    AlreadyDone,
    Gone,
    NoSuchCode,
    NotEligible,
    NotYours,
    NotYourTip,
    RewardEnded,
    TooManyGuesses,
)
from workflows.states import CaseState, RewardState
from workflows.work import Work


@dataclass(frozen=True, slots=True)
class Code:
    """A claim code with what is stored of it. The slow hash is made outside the transaction."""

    code: str
    mac: str
    hashed: str


def row_of(work: Work, reward_rule: str) -> RewardRow | None:
    return next((row for row in work.policy.reward.table if row.id == reward_rule), None)


def propose_if_due(work: Work, case: r.Case) -> r.Reward | None:
    """属实 and 依法查处 (a paper ticked by a second person): a reward from the policy table, once per tip."""
    if case.state is not CaseState.CLOSED or case.verdict != "true":
        return None
    if not any(paper.checked_at for paper in work.papers(case.id)):
        return None
    tip = work.get(r.Tip, case.tip_id)
    if not eligible(work, tip) or work.reward_of(tip.id) is not None:
        return None
    matter = work.county.matter(case.matter_code) if case.matter_code else None
    row = work.policy.reward.row_for(matter.code, matter.checklist_tags) if matter else work.policy.reward.row_for("*")
    if row is None:
        return None
    amount = min(row.lowest, work.policy.reward.cap_per_matter_fen)
    budget = matter.dept_code if matter and matter.dept_code != TOWNSHIP_DEPT else case.township_id
    proposer = case.closed_by or ""
    found = r.Reward(
        tip_id=tip.id,
        case_id=case.id,
        amount_fen=amount,
        rule=row.id,
        budget=budget,
        proposed_by=proposer,
        proposed_at=work.now,
    )
    work.add(found)
    work.record(Kind.REWARD_PROPOSED, found, proposer, amount_fen=amount, rule=row.id)
    tell(
        work,
        Kind.REWARD_PROPOSED,
        found,
        name=case.number,
        amount_fen=amount,
        rule=row.id,
        budget=budget,
        matter=case.matter_code,
    )
    return found


def eligible(work: Work, tip: r.Tip) -> bool:
    """Inspectors, officers and staff have a duty to report; they are not rewarded."""
    if tip.by_inspector or tip.by_staff:
        return False
    return not any(seat.role not in work.policy.reward.eligible_roles for seat in work.seats_of(tip.account))


def approver_of(work: Work, reward: r.Reward, seats: list[r.Person]) -> r.Person:
    """A second person in an approving role, who neither proposed, verified, handled nor sent it. Raises NotYours or NotEligible."""
    seat = next((s for s in seats if s.role in work.policy.reward.approver_roles), None)
    if seat is None:
        raise NotYours()
    if handled_by(work, reward) & {s.id for s in seats}:
        raise NotEligible()
    if work.get(r.Tip, reward.tip_id).account == seat.account:
        raise NotEligible()
    return seat


def handled_by(work: Work, reward: r.Reward) -> set[str]:
    """Everybody who took part in the case: owner, closer, officers, who named and who ticked the paper."""
    case = work.get(r.Case, reward.case_id)
    tip = work.get(r.Tip, reward.tip_id)
    people = {reward.proposed_by, case.closed_by, tip.owner_id, *tip.former_owners}
    for act in work.acts(case.id):
        people |= {act.by, act.second}
    for paper in work.papers(case.id):
        people |= {paper.named_by, paper.checked_by}
    return {p for p in people if p}


def approve(work: Work, reward: r.Reward, by: r.Person, code: Code) -> None:
    """Approved and announced: the sender gets a neutral notice that opens to the claim code; finance gets the amount and no case."""
    if reward.state is not RewardState.PROPOSED:
        raise AlreadyDone(by=work.person(reward.approved_by), at=reward.approved_at)
    tip = work.get(r.Tip, reward.tip_id)
    reward.move(RewardState.APPROVED)
    reward.approved_by, reward.approved_at = by.id, work.now
    work.record(Kind.REWARD_APPROVED, reward, by, amount_fen=reward.amount_fen)
    reward.budget_year = work.today.year
    ledger.enter(work, reward, "approved", by.id)
    reward.move(RewardState.ANNOUNCED)
    rules = work.policy.reward
    reward.announced_at = work.now
    reward.lapses_at = work.now + timedelta(days=rules.claim_days)
    reward.code = work.seal(tip.account, code.code)
    reward.code_mac, reward.code_hash, reward.code_tail = code.mac, code.hashed, code.code[-4:]
    work.due("reward.lapse", reward.id, reward.lapses_at)
    for days in rules.remind_days_left:
        work.due("reward.remind", reward.id, reward.lapses_at - timedelta(days=days), days=days)
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


def refuse(work: Work, reward: r.Reward, by: r.Person, reason: str) -> None:
    """Not approved: the sender is told why, and where it can be looked at again."""
    if reward.state is not RewardState.PROPOSED:
        raise AlreadyDone(by=work.person(reward.approved_by), at=reward.approved_at)
    tip = work.get(r.Tip, reward.tip_id)
    reward.move(RewardState.REFUSED)
    reward.refused_reason = reason
    work.record(Kind.REWARD_REFUSED, reward, by, reason=reason)
    tell(work, Kind.REWARD_REFUSED, reward, reason=reason, receipt=tip.receipt)


def unfold(work: Work, reward: r.Reward, account: str) -> None:
    """点开看: the code is shown for a while in the sender's own chat."""
    if work.get(r.Tip, reward.tip_id).account != account:
        raise NotYourTip()
    if reward.state in (RewardState.PROPOSED, RewardState.APPROVED):
        raise Gone()  # nothing has been announced: there is no notice to open
    ends = work.now + timedelta(seconds=work.policy.notice.fold_seconds)
    reward.shown_until = ends
    work.due("reward.fold", reward.id, ends)
    work.record(Kind.REWARD_OPENED, reward, "source")
    work.refresh(reward.id)


def put_away(work: Work, reward: r.Reward, account: str) -> None:
    """先不领: folded away at once; it can be opened again until it lapses."""
    if work.get(r.Tip, reward.tip_id).account != account:
        raise NotYourTip()
    reward.shown_until = work.now if reward.shown_until else None
    fold(work, reward)


def fold(work: Work, reward: r.Reward) -> None:
    if reward.shown_until is not None and reward.shown_until <= work.now:
        reward.shown_until = None
        work.refresh(reward.id)


def waive(work: Work, reward: r.Reward, account: str) -> None:
    """不要了: the sender's own word."""
    if work.get(r.Tip, reward.tip_id).account != account:
        raise NotYourTip()
    if reward.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    reward.move(RewardState.WAIVED)
    work.cancel(reward.id, "reward.lapse", "reward.remind")
    work.record(Kind.REWARD_WAIVED, reward, "source")
    ledger.enter(work, reward, "waived", "source")
    work.refresh(reward.id)


# ── the counter ──────────────────────────────────────────────────────────────────────────────────────────────────────


def payer_of(work: Work, seats: list[r.Person]) -> r.Person:
    """The seat of a payer. Raises NotYours."""
    for seat in seats:
        if seat.role in work.policy.reward.payer_roles:
            return seat
    raise NotYours()


def check_guesses(work: Work, by: r.Person) -> None:
    """Too many unknown codes in a row close the counter for a while. Raises TooManyGuesses."""
    rules = work.policy.reward
    since = work.now - timedelta(minutes=rules.guess_minutes)
    if work.count_events(Kind.PRESS_REFUSED, by.id, since) >= rules.guesses:
        raise TooManyGuesses(minutes=rules.guess_minutes)


def find_by_code(work: Work, mac: str) -> tuple[str, str]:
    """Id and slow hash of the reward that this code belongs to. Raises NoSuchCode."""
    found = work.reward_by_mac(mac)
    if found is None or found.code_hash is None:
        raise NoSuchCode()
    return found.id, found.code_hash


def claim(work: Work, reward: r.Reward, by: r.Person) -> None:
    """The code was shown at the counter. Whoever handled the matter may not pay it out."""
    if reward.state is RewardState.PAID:
        raise AlreadyDone(by=work.person(reward.paid_by), at=reward.paid_at)
    if reward.state is RewardState.CLAIMED:
        check_counter(work, reward, by)
        return
    if reward.state is not RewardState.ANNOUNCED:
        raise RewardEnded()
    if by.id in handled_by(work, reward) or by.id == reward.approved_by:
        raise NotEligible()
    reward.move(RewardState.CLAIMED)
    reward.claimed_at, reward.claimed_by = work.now, by.id
    work.cancel(reward.id, "reward.lapse", "reward.remind")
    work.record(Kind.REWARD_CLAIMED, reward, by)
    work.refresh(reward.id)


def check_counter(work: Work, reward: r.Reward, by: r.Person) -> None:
    """Whoever was shown the code pays it out. Raises AlreadyDone while another counter is paying it."""
    if reward.claimed_by != by.id:
        raise AlreadyDone(by=work.person(reward.claimed_by), at=reward.claimed_at)


def pay(work: Work, reward: r.Reward, by: r.Person, voucher: str) -> None:
    """Recorded as paid, with the voucher's number."""
    if reward.state is not RewardState.CLAIMED:
        raise AlreadyDone(by=work.person(reward.paid_by), at=reward.paid_at)
    check_counter(work, reward, by)
    reward.move(RewardState.PAID)
    reward.paid_at, reward.paid_by, reward.voucher = work.now, by.id, voucher
    reward.code, reward.shown_until = None, None
    work.record(Kind.REWARD_PAID, reward, by, voucher=voucher)
    ledger.enter(work, reward, "paid", by.id, note=voucher)
    tell(work, Kind.REWARD_PAID, reward, receipt=work.get(r.Tip, reward.tip_id).receipt)
    work.refresh(reward.id)


# ── time passes ──────────────────────────────────────────────────────────────────────────────────────────────────────


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
    work.refresh(reward.id)
