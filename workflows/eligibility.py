"""Who has earned what? Proposes a reward when a tip is true and dealt with, and says why where there is none.

    case closed 属实 ─► a numbered paper, ticked by a second person ─► a row of the table ─► proposed
                    └─► a soft outcome (education, mediation) ───────► the thanks row ────► proposed

One reward a matter, for the first eligible tip by the time of its registration. Who has a duty to report gets an honour instead of money.
"""

from datetime import timedelta

from workflows import records as r
from workflows.county import TOWNSHIP_DEPT
from workflows.events import Kind
from workflows.hours import add_workdays
from workflows.notify import tell
from workflows.reward_rules import RewardRow
from workflows.states import CaseState, RewardState
from workflows.work import Work

FLAGS = ("staff_first", "over_count", "over_sum", "same_place", "later_tips")
SECOND_LOOK = ("over_count", "over_sum", "same_place")
"""Flags that call for one more signature."""
UNDECIDED = "no_decision"
"""The reason of `refuse_reward` that a decision takes away."""
YEAR = timedelta(days=365)
ENDED_WITHOUT = (RewardState.REFUSED, RewardState.WAIVED, RewardState.LAPSED, RewardState.REVERSED)


def propose_if_due(work: Work, case: r.Case) -> r.Reward | None:
    """属实 and 依法查处 (a paper ticked by a second person), or a soft outcome: a reward from the policy, once per matter."""
    if case.state is not CaseState.CLOSED or case.verdict != "true":
        return None
    outcome = work.book.reasons.find("outcome", case.outcome or "")
    decided = any(paper.checked_at for paper in work.papers(case.id))
    earlier = list(work.rewards_of_case(case.id))
    if earlier:
        return _once_more(work, case, earlier) if decided else None
    if not decided and not getattr(outcome, "soft", False):
        return None
    told = in_order(work, case)
    tip = next((t for t in told if eligible(work, t)), None)
    if tip is None:
        for one in told:
            _without(work, case, one)
        return None
    return _propose(work, case, tip, told, thanks=not decided)


def _once_more(work: Work, case: r.Case, earlier: list[r.Reward]) -> r.Reward | None:
    """还没有依法处理 was the only reason, and now there is a paper: it is proposed again, as its sender was told it would be."""
    refused = earlier[0]
    if len(earlier) > 1 or refused.state is not RewardState.REFUSED or refused.refused_reason != UNDECIDED:
        return None
    row, tip = row_for(work, case), work.get(r.Tip, refused.tip_id)
    if row is None or not eligible(work, tip):
        return None
    refused.move(RewardState.PROPOSED)
    fresh = _by_rule(work, case, tip, row)
    names = (
        "kind",
        "amount_fen",
        "lowest_fen",
        "highest_fen",
        "rule",
        "rule_from",
        "budget",
        "proposed_by",
        "proposed_at",
    )
    for name in names:
        setattr(refused, name, getattr(fresh, name))
    refused.refused_reason = refused.grade = refused.base_fen = refused.shown_until = None
    refused.signatures, refused.asked, refused.rev = [], [], refused.rev + 1
    return _ask(work, refused, tip, in_order(work, case), case)


def in_order(work: Work, case: r.Case) -> list[r.Tip]:
    """The tips about this matter by the time of their registration; what the squad saw itself has no sender."""
    first = work.get(r.Tip, case.tip_id)
    return sorted([first, *work.merged_into(first.id)], key=lambda tip: (tip.first_at, tip.id))


def eligible(work: Work, tip: r.Tip) -> bool:
    """A natural person without a duty to report, who has not had everything erased."""
    return not tip.by_staff and not on_duty_to_report(work, tip) and work.live_key(tip.account) is not None


def on_duty_to_report(work: Work, tip: r.Tip) -> bool:
    """Inspectors, officers and staff have a duty to report; they are not rewarded (W5, W14)."""
    if tip.by_inspector:
        return True
    return any(seat.role not in work.policy.reward.eligible_roles for seat in work.seats_of(tip.account))


def _without(work: Work, case: r.Case, tip: r.Tip) -> None:
    """Nobody to pay: who had a duty to report is honoured, or told why there is no money."""
    if tip.by_staff or work.live_key(tip.account) is None:
        return
    roles = [s.role for s in work.seats_of(tip.account)]
    honour = next((h for role in roles if (h := work.policy.reward.honour_for(role))), None)
    if honour is not None:
        work.record(Kind.REWARD_HONOURED, tip, "", honour=honour.label)
        tell(work, Kind.REWARD_HONOURED, tip, label=honour.label, label_en=honour.label_en, receipt=tip.receipt)
        return
    refuse_at_once(work, case, tip, "duty")


def refuse_at_once(work: Work, case: r.Case, tip: r.Tip, reason: str) -> r.Reward:
    """There is no money for this tip, for a reason of the county's list that its sender reads with the remedies (W16)."""
    refused = work.add(_row(work, case, tip, kind="reward", rule="", lowest=0, highest=0))
    refused.move(RewardState.REFUSED)
    refused.refused_reason = reason
    work.record(Kind.REWARD_REFUSED, refused, "", reason=reason)
    tell(work, Kind.REWARD_REFUSED, refused)
    return refused


def _propose(work: Work, case: r.Case, tip: r.Tip, told: list[r.Tip], *, thanks: bool) -> r.Reward | None:
    rules = work.policy.reward
    if thanks:
        if not rules.thanks.on:
            return None
        found = _row(
            work, case, tip, kind="thanks", rule="thanks", lowest=rules.thanks.min_fen, highest=rules.thanks.max_fen
        )
    else:
        row = row_for(work, case)
        if row is None:
            return None
        found = _by_rule(work, case, tip, row)
    return _ask(work, work.add(found), tip, told, case)


def _ask(work: Work, found: r.Reward, tip: r.Tip, told: list[r.Tip], case: r.Case) -> r.Reward:
    from workflows import approval  # both decide about the same record; approval is the later one

    found.flags = flags_of(work, tip, told, case)
    work.record(Kind.REWARD_PROPOSED, found, found.proposed_by, rule=found.rule, flags=found.flags)
    at = add_workdays(work.now, work.policy.reward.terms.decision_wd, work.county)
    work.due("reward.decide", found.id, at)
    work.refresh(found.id)
    approval.ask(work, found)
    return found


def _by_rule(work: Work, case: r.Case, tip: r.Tip, row: RewardRow) -> r.Reward:
    """What this row of the table gives, within the most that one matter earns."""
    cap = row.highest if row.statutory else work.policy.reward.cap_per_matter_fen
    lowest, highest = min(row.lowest, cap), min(row.highest, cap)
    found = _row(work, case, tip, kind="reward", rule=row.id, lowest=lowest, highest=highest)
    if row.grades:
        found.amount_fen = 0
    return found


def _row(work: Work, case: r.Case, tip: r.Tip, *, kind: str, rule: str, lowest: int, highest: int) -> r.Reward:
    return r.Reward(
        tip_id=tip.id,
        case_id=case.id,
        kind=kind,
        amount_fen=lowest if lowest == highest else 0,
        lowest_fen=lowest,
        highest_fen=highest,
        rule=rule,
        rule_from=work.policy.effective_from,
        budget=budget_of(work, case),
        proposed_by=case.closed_by or "",
        proposed_at=work.now,
    )


def row_for(work: Work, case: r.Case) -> RewardRow | None:
    matter = work.county.matter(case.matter_code) if case.matter_code else None
    rules = work.policy.reward
    return rules.row_for(matter.code, matter.checklist_tags) if matter else rules.row_for("*")


def choices_for(work: Work, case: r.Case) -> tuple[RewardRow, ...]:
    """Rules that the first signer may choose instead: only for a matter with a penalty decision, of which they pay a share."""
    if case.matter_code is None or not any(p.kind == "penalty" and p.checked_at for p in work.papers(case.id)):
        return ()
    matter = work.county.matter(case.matter_code)
    return work.policy.reward.choices_for(matter.code, matter.checklist_tags)


def budget_of(work: Work, case: r.Case) -> str:
    """The department in charge of the matter pays; the township where it is the township's own."""
    matter = work.county.matter(case.matter_code) if case.matter_code else None
    return matter.dept_code if matter and matter.dept_code != TOWNSHIP_DEPT else case.township_id


def flags_of(work: Work, tip: r.Tip, told: list[r.Tip], case: r.Case) -> list[str]:
    """What the signers should look at. None of it says anything about who the sender is."""
    caps = work.policy.reward.caps
    earlier = [
        (reward, work.get(r.Case, reward.case_id))
        for reward in work.rewards_of_sender(tip.account, work.now - YEAR)
        if reward.state not in ENDED_WITHOUT and reward.tip_id != tip.id
    ]
    found = []
    if any((t.by_staff or on_duty_to_report(work, t)) and t.first_at < tip.first_at for t in told):
        found.append("staff_first")
    if len(earlier) >= caps.count:
        found.append("over_count")
    if sum(reward.amount_fen for reward, _ in earlier) >= caps.fen:
        found.append("over_sum")
    since = work.now - timedelta(days=caps.same_place_days)
    if any(
        other.matter_code == case.matter_code
        and reward.proposed_at >= since
        and work.get(r.Tip, reward.tip_id).village_id == tip.village_id
        for reward, other in earlier
    ):
        found.append("same_place")
    if later_tips(work, tip, told):
        found.append("later_tips")
    return found


def later_tips(work: Work, tip: r.Tip, told: list[r.Tip]) -> list[r.Tip]:
    """Other people who told of the same matter after the first one, each once."""
    seen = {tip.account}
    found = []
    for one in told:
        if one.account not in seen and one.first_at >= tip.first_at and eligible(work, one):
            seen.add(one.account)
            found.append(one)
    return found
