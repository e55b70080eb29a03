"""冲正 takes two: who asks for it gives the reason, somebody of another role agrees. Nothing is edited, an entry of its own is made.

asked (by a role of `reverse_roles`) ─ agreed (by one of `reverse_second_roles`): reversed | refused: it stands
"""

from workflows import approval
from workflows import records as r
from workflows import reward as rewards
from workflows.events import Kind
from workflows.notify import tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotEligible, NotYours, RewardEnded, SamePerson
from workflows.states import RewardState
from workflows.work import Work

MAY_GO_BACK = (RewardState.ANNOUNCED, RewardState.CLAIMED, RewardState.PAID)


def ask(work: Work, reward: r.Reward, by: r.Person, reason: str) -> bool:
    """The first signature. Returns whether anybody could be asked for the second. Raises Gone, RewardEnded, AlreadyDone."""
    if work.book.reasons.find("reverse_reward", reason) is None:
        raise Gone()
    if reward.state not in MAY_GO_BACK:
        raise RewardEnded()
    earlier = work.open_draft("reverse", reward.id)
    if earlier is not None:
        raise AlreadyDone(by=work.person(earlier.by), at=earlier.at)
    draft = work.add(r.Draft(kind="reverse", subject_id=reward.id, by=by.id, facts={"reason": reason}, at=work.now))
    work.record(Kind.REWARD_REVERSAL_ASKED, reward, by, reason=reason)
    people = work.people(work.county.id, *work.policy.reward.reverse_second_roles)
    asked = to_people(work, [p for p in people if p.account != by.account and _may(work, reward, p)])
    who = {"who": by.label, "who_en": by.label_en or by.label}
    facts = {"ref": reward.ref[:4], "amount_fen": reward.amount_fen, "reason": reason}
    paid = reward.state is RewardState.PAID
    tell(work, Kind.REWARD_REVERSAL_ASKED, draft, to=asked, by=by, paid=paid, **who, **facts)
    return bool(asked)


def agree(work: Work, draft: r.Draft, seats: list[r.Person]) -> r.Reward:
    """The second signature, of another person and role: now it is reversed. Raises NotYours, SamePerson, NotEligible, AlreadyClosed."""
    reward, first, by = _second(work, draft, seats)
    draft.done_at = work.now
    rewards.reverse(work, reward, first, draft.facts["reason"], second=by)
    return reward


def refuse(work: Work, draft: r.Draft, seats: list[r.Person]) -> r.Reward:
    """It stands; whoever asked hears so."""
    reward, first, by = _second(work, draft, seats)
    draft.done_at = work.now
    work.record(Kind.REWARD_REVERSAL_REFUSED, reward, by)
    who = {"who": by.label, "who_en": by.label_en or by.label}
    to = to_person(work, first)
    tell(
        work,
        Kind.REWARD_REVERSAL_REFUSED,
        reward,
        to=to,
        by=by,
        ref=reward.ref[:4],
        reason=draft.facts["reason"],
        **who,
    )
    return reward


def _second(work: Work, draft: r.Draft, seats: list[r.Person]) -> tuple[r.Reward, r.Person, r.Person]:
    if draft.kind != "reverse":
        raise Gone()
    by = next((s for s in seats if s.role in work.policy.reward.reverse_second_roles), None)
    if by is None:
        raise NotYours()
    first, reward = work.get(r.Person, draft.by), work.get(r.Reward, draft.subject_id)
    if by.account == first.account:
        raise SamePerson()
    if not _may(work, reward, by):
        raise NotEligible()
    if draft.done_at is not None:
        raise AlreadyClosed()
    return reward, first, by


def _may(work: Work, reward: r.Reward, by: r.Person) -> bool:
    """Nobody who sent, handled, signed or paid it."""
    return by.id not in (reward.paid_by, reward.claimed_by) and approval.impartial(work, reward, [by])
