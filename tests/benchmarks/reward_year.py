"""A simulated year of rewards: of those approved, how many were claimed, waived, lapsed or are still open, each reminded as promised?

How people behave is assumed (see People); what the product does about it is real: the verbs, the deadlines, the ledger, the working days.
The yardstick is the 67 % of a province that published its figures: a third of what was approved was never collected.

    python -m tests.benchmarks.reward_year [--rewards 1000] [--seed 1] [--json FILE]
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from bot import database
from bot.county_files import load_county
from bot.vault import MasterVault, new_master_key
from handlers.clock import DUE
from tests.county import START
from workflows import approval, audit, claim, eligibility, reward, roster
from workflows import records as r
from workflows.refusals import Refusal
from workflows.rulebook import Rulebook
from workflows.states import CaseState, RewardState, TipState
from workflows.work import Work

YARDSTICK = 67.0
"""Percent of approved money that was collected (辽宁, published batches)."""


@dataclass(frozen=True)
class People:
    """Assumed: of 100 senders, how many act by themselves, after each reminder, or never."""

    at_once: float = 0.55
    after_each_reminder: float = 0.25
    waive: float = 0.03
    extend: float = 0.05


def read_book() -> Rulebook:
    files = load_county()
    return files.rulebook()


class Year:
    """One database, walked day by day."""

    def __init__(self, folder: Path, rewards: int, seed: int, people: People) -> None:
        self.book, self.vault, self.people = read_book(), MasterVault(new_master_key()), people
        self.rng = random.Random(seed)
        self.engine = database.open_engine(f"sqlite:///{folder / 'year.db'}")
        database.migrate(self.engine)
        with sqlite3.connect(folder / "year.db") as quick:
            quick.execute("PRAGMA synchronous=OFF")
        self.now: datetime = START
        self.proposals = sorted(START + timedelta(days=self.rng.uniform(0, 365)) for _ in range(rewards))
        self.will: dict[str, datetime] = {}
        self.serial = 0
        self.decide(self._seats)

    def decide(self, fn: Any) -> Any:
        with Session(self.engine, expire_on_commit=False) as session:
            work = Work(session, self.now, self.book, self.vault)
            try:
                result = fn(work)
            except Refusal as refusal:
                session.rollback()
                return refusal
            work.flush()
            session.commit()
            return result

    def _seats(self, work: Work) -> None:
        roster.seat_everyone(work)
        work.flush()
        for number, seat in enumerate(("QL-desk-1", "QL-finance-1", "QL-finance-2")):
            work.get(r.Person, seat).account = work.meet(7_000_000 + number).account

    def _approved(self, work: Work) -> None:
        self.serial += 1
        account = work.meet(9_000_000 + self.serial).account
        tip = work.add(
            r.Tip(
                receipt=f"{self.serial:09d}",
                account=account,
                state=TipState.CLOSED,
                township_id="QL01",
                matter_code="CG013",
                owner_id=f"QL01S-{1 + self.serial % 3}",
                first_at=work.now,
                last_item_at=work.now,
            )
        )
        case = work.add(
            r.Case(
                number=f"云溪-2026-{self.serial:05d}",
                township_id="QL01",
                tip_id=tip.id,
                matter_code="CG013",
                state=CaseState.CLOSED,
                verdict="true",
                outcome="ordered",
                closed_by="QL01S-1",
                opened_at=work.now,
            )
        )
        paper = {"named_by": "QL01S-1", "named_at": work.now, "checked_by": "QL01S-5", "checked_at": work.now}
        work.add(r.Paper(case_id=case.id, kind="order", number=f"{self.serial}号", dated=date(2026, 11, 2), **paper))
        found = eligibility.propose_if_due(work, case)
        assert found is not None
        for seat in ("QL-desk-1", "QL-finance-2", "QL-supervisor-1", "QL-leader-1"):
            person = work.get(r.Person, seat)
            person.account = person.account or work.meet(7_100_000 + hash(seat) % 1000).account
            by, signer = approval.signer_of(work, found, [person])
            if approval.sign(work, found, by, signer):
                code = f"{self.serial:021d}"
                reward.approve(work, found, by, [reward.Code(code, work.vault.code_mac(code), "slow hash")])
                break
        self._plan(found)

    def _plan(self, found: r.Reward) -> None:
        """When its sender will go to a window by themselves, if at all."""
        if self.rng.random() < self.people.at_once:
            self.will[found.id] = self.now + timedelta(days=self.rng.expovariate(1 / 8))

    def _collect(self, work: Work, reward_id: str) -> None:
        one = work.get(r.Reward, reward_id)
        if one.state is not RewardState.ANNOUNCED:
            return
        account = work.get(r.Tip, one.tip_id).account
        if self.rng.random() < self.people.waive:
            reward.waive(work, one, account)
            return
        by = work.get(r.Person, "QL-finance-1")
        claim.claim(work, one, by)
        claim.pay(work, one, by, f"PZ-{one.ref}")

    def _due(self, work: Work, row_id: int) -> None:
        row = work.get(r.Deadline, row_id)
        row.done_at, row.outcome = work.now, "done"
        DUE[row.kind](work, row)
        if row.kind == "reward.remind" and row.subject_id not in self.will:
            one = work.get(r.Reward, row.subject_id)
            if self.rng.random() < self.people.extend and one.extended_at is None:
                reward.extend(work, one, work.get(r.Tip, one.tip_id).account)
            elif self.rng.random() < self.people.after_each_reminder:
                self.will[row.subject_id] = self.now + timedelta(days=self.rng.uniform(0.1, 2.5))

    def walk(self) -> None:
        """From moment to moment: a proposal, somebody at a window, a deadline."""
        end = START + timedelta(days=365)
        while True:
            with Session(self.engine) as session:
                open_rows = select(r.Deadline.due_at, r.Deadline.id).where(r.Deadline.done_at.is_(None))
                first = session.exec(open_rows.order_by(r.Deadline.due_at).limit(1)).first()
            moments = [(self.proposals[0], "propose", "")] if self.proposals else []
            moments += (
                [(at, "collect", key) for key, at in [min(self.will.items(), key=lambda w: w[1])]] if self.will else []
            )
            moments += [(first[0], "due", first[1])] if first else []
            moments = [m for m in moments if m[0] <= end]
            if not moments:
                return
            at, what, key = min(moments, key=lambda m: m[0])
            self.now = max(self.now, at)
            if what == "propose":
                self.proposals.pop(0)
                self.decide(self._approved)
            elif what == "collect":
                del self.will[str(key)]
                self.decide(lambda work, key=str(key): self._collect(work, key))
            else:
                self.decide(lambda work, key=int(key): self._due(work, key))

    def figures(self) -> list[dict[str, Any]]:
        with Session(self.engine) as session:
            rewards = [one for one in session.exec(select(r.Reward)).all() if one.approved_at]
            reminders = Counter(
                e.subject_id for e in session.exec(select(r.Event).where(r.Event.kind == "reward.reminded"))
            )
            whole = audit.verify(Work(session, self.now, self.book, self.vault))
        states = Counter(one.state for one in rewards)
        lapsed = [one for one in rewards if one.state is RewardState.LAPSED]
        silent = [one for one in lapsed if reminders[one.id] < (3 if one.extended_at is None else 4)]
        total = len(rewards)

        def share(count: int) -> float:
            return round(100 * count / total, 1)

        def row(figure: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
            return {
                "figure": figure,
                "value": value,
                "unit": unit,
                "yardstick": None,
                "ratio": None,
                "target": None,
            } | more

        collected = share(states[RewardState.PAID])
        undecided = self.serial - total
        return [
            row("rewards approved", total, "rewards"),
            row("proposed and not decided", undecided, "rewards", target=0),
            row("claimed and paid", collected, "%", yardstick=YARDSTICK, ratio=round(collected / YARDSTICK, 2)),
            row("waived", share(states[RewardState.WAIVED]), "%"),
            row("lapsed, back in the budget", share(len(lapsed)), "%"),
            row("still open at the end of the year", share(states[RewardState.ANNOUNCED]), "%"),
            row("lapsed without all reminders", len(silent), "rewards", target=0),
            row("reminders sent", sum(reminders.values()), "messages"),
            row("problems that audit verify finds", len(whole.problems), "rows", target=0),
        ]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewards", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        year = Year(Path(folder), args.rewards, args.seed, People())
        year.walk()
        rows = year.figures()
        year.engine.dispose()
    for one in rows:
        print(f"{one['figure']:38} {one['value']:>8} {one['unit']}")
    if args.json:
        args.json.write_text(json.dumps(rows, ensure_ascii=False, indent=2))
    return 0 if all(one["value"] == one["target"] for one in rows if one["target"] is not None) else 1


if __name__ == "__main__":
    sys.exit(main())
