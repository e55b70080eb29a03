"""Who signs for a reward, and for how much? Each signature is another person's, and nobody's who handled, proposed or checked the matter.

    proposed ─► amount (fixed, or chosen within the rule) ─► signature ─► signature … ─► approved and announced
                                                         └─► refused, with a reason of the county's list

Which signatures an amount needs is policy. Beyond a sender's caps, or when the budget would fall below zero, one more person looks.
"""

import re
from collections import Counter

from workflows import eligibility, ledger
from workflows import records as r
from workflows.events import Kind
from workflows.hours import add_workdays
from workflows.notify import tell, to_people
from workflows.refusals import (
    AlreadyDone,
    AmountNeeded,
    AmountWrong,
    BaseTooLow,
    Gone,
    NotEligible,
    NothingToShare,
    NotYours,
    SenderGone,
)
from workflows.states import RewardState
from workflows.work import Work

MOST_YUAN = 10_000_000


def needed(work: Work, reward: r.Reward) -> list[str]:
    """The signers that this reward needs, in order; a share of it for later tips counts too."""
    rules = work.policy.reward
    total = total_of(work, reward) or reward.lowest_fen
    found = list(rules.signatures_for(total))
    short = ledger.left(work, reward.budget) < total
    if short or set(reward.flags) & set(eligibility.SECOND_LOOK):
        found.append(rules.second_look)
    return found


def total_of(work: Work, reward: r.Reward) -> int:
    return reward.amount_fen + sum(share.amount_fen for share in work.shares_of(reward.id))


def open_signer(work: Work, reward: r.Reward) -> str | None:
    """Who signs next."""
    given = Counter(str(s["signer"]) for s in reward.signatures)
    for name in needed(work, reward):
        if given[name] == 0:
            return name
        given[name] -= 1
    return None


def may_sign(work: Work, reward: r.Reward, signer: str) -> list[r.Person]:
    """People who can give this signature now; where there are none, the stand-in's."""
    rules = work.policy.reward
    for name in dict.fromkeys((signer, rules.stand_in)):
        found = [p for p in _seats(work, reward, name) if impartial(work, reward, [p])]
        if found:
            return found
    return []


def _seats(work: Work, reward: r.Reward, signer: str) -> list[r.Person]:
    who = work.policy.reward.signers[signer]
    if who.at == "county":
        units = [work.county.id]
    else:
        own = reward.budget
        townships = {t.id for t in work.county.townships}
        units = [own, *([work.county.squad_of(own).id] if own in townships else [])]
    return list(work.people(units, *who.roles))


def impartial(work: Work, reward: r.Reward, seats: list[r.Person]) -> bool:
    """Whether none of these seats, nor whoever sits in them, sent, handled or signed it."""
    accounts = {s.account for s in seats}
    senders = {work.get(r.Tip, one.tip_id).account for one in (reward, *work.shares_of(reward.id))}
    signed = {person.account for s in reward.signatures if (person := work.person(str(s["by"]))) is not None}
    handled = handled_by(work, reward)
    also = {p.account for i in handled if (p := work.person(i)) is not None and p.account}
    return not ({s.id for s in seats} & handled or accounts & (senders | signed | also))


def handled_by(work: Work, reward: r.Reward) -> set[str]:
    """Everybody who took part in the case: owner, closer, officers, who answered a call, who named and who ticked the paper."""
    case = work.get(r.Case, reward.case_id)
    people: set[str | None] = {reward.proposed_by, case.closed_by}
    for tip in eligibility.in_order(work, case):
        people |= {tip.owner_id, *tip.former_owners}
    for act in work.acts(case.id):
        people |= {act.by, act.second}
    for paper in work.papers(case.id):
        people |= {paper.named_by, paper.checked_by}
    people |= {call.acknowledged_by for call in work.calls_of_case(case.id)}
    return {p for p in people if p}


def signer_of(work: Work, reward: r.Reward, seats: list[r.Person]) -> tuple[r.Person, str]:
    """The seat that gives the next signature, and which one. Raises NotYours, NotEligible or AlreadyDone."""
    if reward.state is not RewardState.PROPOSED or reward.share_of is not None:
        if not any(s.role in _roles(work) for s in seats):
            raise NotYours()
        raise AlreadyDone(by=work.person(reward.approved_by), at=reward.approved_at)
    signer = open_signer(work, reward)
    if signer is None:
        raise Gone()
    allowed = {p.id for p in may_sign(work, reward, signer)}
    seat = next((s for s in seats if s.id in allowed), None)
    if seat is not None:
        return seat, signer
    _say_why_not(work, reward, seats, signer)
    raise NotYours()


def _say_why_not(work: Work, reward: r.Reward, seats: list[r.Person], signer: str) -> None:
    mine = {s.id for s in seats}
    for given in reward.signatures:
        if given["by"] in mine:
            raise AlreadyDone(by=work.person(str(given["by"])))
    possible = {p.id for name in (signer, work.policy.reward.stand_in) for p in _seats(work, reward, name)}
    if mine & possible:
        raise NotEligible()


def _roles(work: Work) -> set[str]:
    return {role for signer in work.policy.reward.signers.values() for role in signer.roles}


def ask(work: Work, reward: r.Reward) -> None:
    """The people who can give the next signature get the card, each once."""
    signer = open_signer(work, reward)
    people = may_sign(work, reward, signer) if signer else []
    new = [p for p in ([p for p in people if p.on_duty] or people) if p.id not in reward.asked]
    if new:
        reward.asked = [*reward.asked, *(p.id for p in new)]
        tell(work, Kind.REWARD_PROPOSED, reward, to=to_people(work, new))


# ── how much ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def first_signer(work: Work, reward: r.Reward, seats: list[r.Person]) -> r.Person:
    """Whoever gives the first signature says how much, under which rule, and who shares. Raises what `signer_of` raises."""
    by, _ = signer_of(work, reward, seats)
    if reward.signatures:
        raise AlreadyDone(by=work.person(str(reward.signatures[0]["by"])))
    return by


def read_yuan(text: str) -> int:
    """Fen of a typed amount: `200`, `200元`, `1,200.50`, full-width digits. Raises AmountWrong."""
    plain = text.strip().translate(str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")).replace(",", "")
    found = re.fullmatch(r"[¥￥]?\s*(\d{1,8})(?:\.(\d{1,2}))?\s*(?:元|yuan)?", plain)
    if not found or int(found[1]) > MOST_YUAN:
        raise AmountWrong(lowest=None, highest=None)
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def choose_amount(work: Work, reward: r.Reward, by: r.Person, fen: int) -> None:
    """Fill a span. Raises AmountWrong outside of it."""
    if reward.grade is None and _is_graded(work, reward):
        raise AmountNeeded()
    if not 0 < reward.lowest_fen <= fen <= reward.highest_fen:
        raise AmountWrong(lowest=reward.lowest_fen, highest=reward.highest_fen)
    reward.amount_fen = fen
    _share_again(work, reward)
    _chosen(work, reward, by)


def _is_graded(work: Work, reward: r.Reward) -> bool:
    row = work.policy.reward.row(reward.rule)
    return row is not None and bool(row.grades)


def choose_rule(work: Work, reward: r.Reward, by: r.Person, rule: str) -> None:
    """Another rule instead of the row that fits: one that is applied by choice alone, or back again."""
    case = work.get(r.Case, reward.case_id)
    usual = eligibility.row_for(work, case)
    row = next((c for c in (*eligibility.choices_for(work, case), usual) if c is not None and c.id == rule), None)
    if row is None or reward.kind != "reward":
        raise Gone()
    cap = row.highest if row.statutory else work.policy.reward.cap_per_matter_fen
    reward.rule, reward.rule_from = row.id, work.policy.effective_from
    reward.lowest_fen, reward.highest_fen = min(row.lowest, cap), min(row.highest, cap)
    reward.amount_fen = row.amount_fen or 0
    reward.grade = reward.base_fen = None
    _share_again(work, reward)
    _chosen(work, reward, by)


def choose_grade(work: Work, reward: r.Reward, by: r.Person, grade_id: str, base_fen: int) -> None:
    """A share of fine and confiscation, at least the grade's minimum. Raises BaseTooLow where the rule is not for this matter."""
    row = work.policy.reward.row(reward.rule)
    grade = row.grade(grade_id) if row else None
    if row is None or grade is None:
        raise Gone()
    if base_fen < row.base_from_fen:
        raise BaseTooLow(least=row.base_from_fen)
    reward.grade, reward.base_fen = grade_id, base_fen
    reward.amount_fen = row.share_of(grade, base_fen)
    _share_again(work, reward)
    _chosen(work, reward, by)


def _chosen(work: Work, reward: r.Reward, by: r.Person) -> None:
    reward.rev += 1
    work.record(Kind.REWARD_CHOSEN, reward, by, amount_fen=reward.amount_fen, rule=reward.rule, grade=reward.grade)
    work.refresh(reward.id)


# ── later tips ───────────────────────────────────────────────────────────────────────────────────────────────────────


def share(work: Work, reward: r.Reward, by: r.Person, how: str) -> None:
    """`half`: each later tip gets a share by discretion · `equal`: they reported together, all get the same · `none`.

    Raises NothingToShare where the first one's amount leaves no room under the most that one matter may earn.
    """
    if reward.amount_fen == 0:
        raise AmountNeeded()
    case = work.get(r.Case, reward.case_id)
    first = work.get(r.Tip, reward.tip_id)
    later = eligibility.later_tips(work, first, eligibility.in_order(work, case))
    if how not in ("half", "equal", "none") or not later:
        raise Gone()
    whole = total_of(work, reward) if reward.flags.count("equal") else reward.amount_fen
    for old in work.shares_of(reward.id):
        work.session.delete(old)
    work.flush()
    reward.flags = [f for f in reward.flags if f not in ("half", "equal")]
    reward.amount_fen = whole
    if how != "none":
        reward.flags = [*reward.flags, how]
        each, reward.amount_fen = _split(work, reward, how, len(later))
        if each == 0:
            raise NothingToShare()
        for tip in later:
            work.add(
                r.Reward(
                    tip_id=tip.id,
                    case_id=case.id,
                    kind="share",
                    share_of=reward.id,
                    amount_fen=each,
                    lowest_fen=each,
                    highest_fen=each,
                    rule=reward.rule,
                    rule_from=reward.rule_from,
                    budget=reward.budget,
                    proposed_by=reward.proposed_by,
                    proposed_at=work.now,
                )
            )
    work.record(Kind.REWARD_CHOSEN, reward, by, amount_fen=reward.amount_fen, share=how, later=len(later))
    reward.rev += 1
    work.refresh(reward.id)


def _split(work: Work, reward: r.Reward, how: str, later: int) -> tuple[int, int]:
    """What each later tip gets, and what the first keeps. Whole yuan for the later ones; the first keeps the rest."""
    rules = work.policy.reward
    if how == "equal":
        each = reward.amount_fen // (later + 1) // 100 * 100
        return each, reward.amount_fen - each * later
    row = rules.row(reward.rule)
    cap = rules.cap_per_matter_fen if row is None or not row.statutory else row.highest
    each = reward.amount_fen * rules.later_share_percent // 100
    room = max(0, cap - reward.amount_fen) // later
    return min(each, room) // 100 * 100, reward.amount_fen


def _share_again(work: Work, reward: r.Reward) -> None:
    """A changed amount undoes the shares: they are chosen for an amount."""
    for old in work.shares_of(reward.id):
        work.session.delete(old)
    reward.flags = [f for f in reward.flags if f not in ("half", "equal")]


# ── yes or no ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sign(work: Work, reward: r.Reward, by: r.Person, signer: str) -> bool:
    """One signature. True: it was the last one that was needed. Raises AmountNeeded, SenderGone."""
    if reward.amount_fen == 0:
        raise AmountNeeded()
    ledger.allot(work, reward.budget)
    if any(work.live_key(work.get(r.Tip, one.tip_id).account) is None for one in (reward, *work.shares_of(reward.id))):
        raise SenderGone()
    reward.signatures = [*reward.signatures, {"signer": signer, "by": by.id, "at": work.now.isoformat()}]
    reward.rev += 1
    work.record(Kind.REWARD_SIGNED, reward, by, signer=signer, amount_fen=reward.amount_fen)
    work.refresh(reward.id)
    if open_signer(work, reward) is None:
        return True
    ask(work, reward)
    return False


def refuse(work: Work, reward: r.Reward, by: r.Person, reason: str) -> None:
    """Not approved: the senders are told why, and where it can be looked at again."""
    for one in (reward, *work.shares_of(reward.id)):
        one.move(RewardState.REFUSED)
        one.refused_reason = reason
        work.record(Kind.REWARD_REFUSED, one, by, reason=reason)
        tell(work, Kind.REWARD_REFUSED, one)
    work.cancel(reward.id, "reward.decide")
    work.refresh(reward.id)


def overdue(work: Work, reward: r.Reward) -> None:
    """The term for deciding has passed: whoever signs next is asked again, the desk is told, and again until it is decided."""
    if reward.state is not RewardState.PROPOSED:
        return
    signer = open_signer(work, reward)
    people = may_sign(work, reward, signer) if signer else []
    days = (work.now - reward.proposed_at).days
    work.record(Kind.REWARD_OVERDUE, reward, days=days, signer=signer or "")
    tell(
        work,
        Kind.REWARD_OVERDUE,
        reward,
        to=to_people(work, people),
        days=days,
        ref=reward.ref[:4],
        budget=reward.budget,
    )
    work.due("reward.decide", reward.id, add_workdays(work.now, work.policy.reward.terms.ask_again_wd, work.county))
