"""台账: where does reward money stand? Each entry takes an amount out of one account of a budget and puts it into another.

    granted ─allotted► available ─approved► reserved ─paid► paid
                           ◄──waived · lapsed · reversed──┘    (paid ─reversed► recoverable)

A balance is a sum over entries, an entry is never edited, and a tip has at most one entry of a kind. Money itself moves elsewhere: from the
department's budget, never from fines (行政处罚法第七十四条).
"""

from typing import Literal

from workflows import records as r
from workflows.audit import entry_facts
from workflows.events import Kind
from workflows.work import Work

Account = Literal["granted", "available", "reserved", "paid", "recoverable"]

PATHS: dict[str, tuple[Account, Account]] = {
    "allotted": ("granted", "available"),
    "withdrawn": ("available", "granted"),
    "approved": ("available", "reserved"),
    "paid": ("reserved", "paid"),
    "waived": ("reserved", "available"),
    "lapsed": ("reserved", "available"),
    "reversed": ("reserved", "available"),
    "recovered": ("paid", "recoverable"),
}
"""Kind of entry → from where to where. `recovered`: a reward that was reversed after it was paid."""


def name(account: Account, budget: str, year: int) -> str:
    """`available:SJ:2026`"""
    return f"{account}:{budget}:{year}"


def enter(work: Work, reward: r.Reward, kind: str, by: str, note: str = "") -> None:
    """Move the whole amount of a reward along the path of this kind, in the budget year of its approval."""
    year = reward.budget_year or work.today.year
    source, target = PATHS[kind]
    entry = r.LedgerEntry(
        reward_id=reward.id,
        tip_id=reward.tip_id,
        case_id=reward.case_id,
        kind=kind,
        amount_fen=reward.amount_fen,
        taken_from=name(source, reward.budget, year),
        put_into=name(target, reward.budget, year),
        budget=reward.budget,
        by=by,
        at=work.now,
        note=note,
    )
    work.add(entry)
    work.record(Kind.LEDGER_ENTERED, reward, by, **entry_facts(entry))


def allot(work: Work, budget: str) -> None:
    """Bring the year's grant of a budget to the figure of the policy in force; a difference is an entry of its own.

    The budget stays locked until the commit: two approvals never spend the same money.
    """
    year = work.today.year
    wanted = work.policy.reward.budget_of(budget)
    chain = work.lock_chain(f"budget:{budget}:{year}")
    granted = -work.balance(name("granted", budget, year))
    if granted == wanted:
        return
    kind = "allotted" if wanted > granted else "withdrawn"
    source, target = PATHS[kind]
    entry = r.LedgerEntry(
        reward_id="",
        tip_id=f"{chain.id}:{chain.count + 1}",
        kind=kind,
        amount_fen=abs(wanted - granted),
        taken_from=name(source, budget, year),
        put_into=name(target, budget, year),
        budget=budget,
        by="policy",
        at=work.now,
        note=work.policy.effective_from.isoformat(),
    )
    work.add(entry)
    work.record(Kind.LEDGER_ENTERED, chain, "policy", **entry_facts(entry))


def left(work: Work, budget: str) -> int:
    """Fen that may still be approved from this year's budget, with the grant that policy gives it today."""
    year = work.today.year
    to_come = work.policy.reward.budget_of(budget) + work.balance(name("granted", budget, year))
    return work.balance(name("available", budget, year)) + to_come
