"""Who may print which paper of a reward, and what is written down about it? Names of collectors are finance's alone."""

from workflows import claim
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import NotYours, PrintReasonNeeded
from workflows.states import RewardState
from workflows.work import Work

payer_of = claim.payer_of
PRINTERS = (Role.DESK, Role.LEADER_ON_DUTY, Role.SUPERVISOR, Role.LEGAL_REVIEWER, Role.DEPARTMENT_HEAD)
"""Roles that hold the papers of a case; finance holds those without one."""


def may_print(work: Work, reward: r.Reward, seats: list[r.Person]) -> list[str]:
    """The papers that these seats may print of this reward, as far as it has come. Raises NotYours."""
    case = work.get(r.Case, reward.case_id)
    near = {work.county.id, reward.budget, case.township_id, work.county.squad_of(case.township_id).id}
    full = any(s.role in PRINTERS and s.unit_id in near for s in seats)
    finance = any(s.role in work.policy.reward.payer_roles for s in seats)
    if not full and not finance:
        raise NotYours()
    found = ["tip_register", "reward_approval"] if full else []
    if reward.announced_at is not None and reward.state is not RewardState.WAIVED:
        found.append("claim_notice")
    if reward.state is RewardState.WAIVED:
        found.append("waiver")
    return found


def printed(work: Work, reward: r.Reward, seats: list[r.Person], form: str) -> None:
    """Raises NotYours for whoever may not hold it."""
    if form not in may_print(work, reward, seats):
        raise NotYours()
    work.record(Kind.PAPER_PRINTED, reward, seats[0], form=form)


def names_printed(work: Work, by: r.Person, reason: str) -> None:
    """Finance prints who collected what: with a reason, and the supervisor hears of it. Raises PrintReasonNeeded."""
    line = " ".join(reason.split())[:120]
    if len(line) < 4:
        raise PrintReasonNeeded()
    work.record(Kind.PAPER_NAMES_PRINTED, by, by, reason=line)
    tell(work, Kind.PAPER_NAMES_PRINTED, by, who=by.label, who_en=by.label_en, reason=line)
