"""No sequence of presses, crashes and retries pays twice, pays an excluded person, or loses an approved reward.

The machine below presses whatever it likes, as whomever it likes, lets decisions die before their commit, tries again, and lets time pass.
After every step money, states and deadlines must agree; at the end every chain must be whole.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, select

from bot import database
from bot.vault import MasterVault, new_master_key
from handlers.clock import DUE
from tests.county import START
from workflows import approval, audit, claim, eligibility, reversal, reward, roster
from workflows import records as r
from workflows.refusals import Refusal
from workflows.rulebook import Rulebook
from workflows.states import RewardState, TipState
from workflows.work import Work

STAFF = (
    *("QL-desk-1", "QL-desk-2", "QL-finance-1", "QL-finance-2", "QL-finance-3", "QL-supervisor-1", "QL-leader-1"),
    *("HB-H", "QL01S-1", "QL01S-5", "SJ-H"),
)
SENDERS = ("villager", "other villager", "inspector")
LIVE = (RewardState.ANNOUNCED, RewardState.CLAIMED)
AFTER_APPROVAL = (*LIVE, RewardState.PAID, RewardState.WAIVED, RewardState.LAPSED, RewardState.REVERSED)


class Crash(Exception):
    """The process dies before the commit."""


class Prepared:
    """A county whose staff is bound, with three matters that ended 属实: made once, copied for every example."""

    def __init__(self, folder: Path, book: Rulebook) -> None:
        self.book = book
        self.vault = MasterVault(new_master_key())
        path = folder / "prepared.db"
        engine = database.open_engine(f"sqlite:///{path}")
        database.migrate(engine)
        with Session(engine, expire_on_commit=False) as session:
            work = Work(session, START, book, self.vault)
            roster.seat_everyone(work)
            work.flush()
            for number, seat in enumerate(STAFF):
                person = work.get(r.Person, seat)
                person.account = work.meet(7_000_000 + number).account
            self.accounts = {name: work.meet(8_000_000 + number).account for number, name in enumerate(SENDERS)}
            for name, matter in (("villager", "SJ003"), ("other villager", "HB001"), ("inspector", "CG013")):
                _ended_true(work, self.accounts[name], matter, inspector=name == "inspector")
            work.flush()
            session.commit()
        engine.dispose()
        with sqlite3.connect(path) as source, sqlite3.connect(":memory:") as copy:
            source.backup(copy)
            content = copy.serialize()
        self.content = content[:18] + b"\x01\x01" + content[20:]  # in memory there is no write-ahead log


def _ended_true(work: Work, account: str, matter: str, *, inspector: bool) -> None:
    tip = work.add(
        r.Tip(
            receipt=f"{len(matter):03d}{matter[-3:]}{'1' if inspector else '0'}00"[:9],
            account=account,
            by_inspector=inspector,
            state=TipState.CLOSED,
            township_id="QL01",
            village_id="QL01V03",
            matter_code=matter,
            owner_id="QL01S-1",
            first_at=work.now,
            last_item_at=work.now,
        )
    )
    case = work.add(
        r.Case(
            number=f"云溪-2026-{matter}",
            township_id="QL01",
            tip_id=tip.id,
            matter_code=matter,
            state="closed",
            verdict="true",
            outcome="ordered",
            closed_by="QL01S-1",
            opened_at=work.now,
            closed_at=work.now,
        )
    )
    tip.case_id = case.id
    work.add(
        r.Paper(
            case_id=case.id,
            kind="order",
            number="云溪责改〔2026〕3号",
            dated=date(2026, 11, 2),
            named_by="QL01S-1",
            named_at=work.now,
            checked_by="QL01S-5",
            checked_at=work.now,
        )
    )


class Presses(RuleBasedStateMachine):
    """What people, crashes and the clock do to three rewards."""

    prepared: Prepared
    reached: ClassVar[set[RewardState]] = set()
    """What any sequence has come to: a search that never pays proves nothing."""

    def __init__(self) -> None:
        super().__init__()
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        memory.deserialize(self.prepared.content)
        memory.isolation_level = None
        self.engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self.now = START
        self.codes: list[str] = []
        self.serial = 0

    def decide(self, fn: Callable[[Work], Any], *, crash: bool = False) -> Any:
        """One transaction; a refusal or a crash leaves nothing behind, and a crashed decision is made once more."""
        for attempt in (1, 2):
            with Session(self.engine, expire_on_commit=False) as session:
                work = Work(session, self.now, self.prepared.book, self.prepared.vault)
                try:
                    result = fn(work)
                    work.flush()
                    if crash and attempt == 1:
                        raise Crash
                    session.commit()
                    return result
                except Refusal:
                    session.rollback()
                    return None
                except Crash:
                    session.rollback()
        return None

    def look(self, fn: Callable[[Work], Any]) -> Any:
        with Session(self.engine, expire_on_commit=False) as session:
            found = fn(Work(session, self.now, self.prepared.book, self.prepared.vault))
            session.expunge_all()
            session.rollback()
            return found

    def rewards(self) -> list[r.Reward]:
        return list(self.look(lambda work: work.session.exec(select(r.Reward)).all()))

    def _one(self, work: Work, pick: int) -> r.Reward | None:
        found = sorted(work.session.exec(select(r.Reward)).all(), key=lambda one: one.id)
        return found[pick % len(found)] if found else None

    def _code(self) -> reward.Code:
        self.serial += 1
        code = f"{self.serial:021d}"
        self.codes.append(code)
        return reward.Code(code, self.prepared.vault.code_mac(code), "slow hash")

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @initialize()
    def closed(self) -> None:
        self.propose(False)

    @rule(crash=st.booleans())
    def propose(self, crash: bool) -> None:
        """The paper is ticked, again and again."""

        def again(work: Work) -> None:
            for case in work.session.exec(select(r.Case)).all():
                eligibility.propose_if_due(work, case)

        self.decide(again, crash=crash)

    @rule(
        pick=st.integers(0, 5),
        seat=st.sampled_from(STAFF),
        fen=st.sampled_from((0, -1, 50_000, 80_050, 200_000, 999_999)),
    )
    def choose(self, pick: int, seat: str, fen: int) -> None:
        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                approval.choose_amount(work, one, approval.first_signer(work, one, [work.get(r.Person, seat)]), fen)

        self.decide(act)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), crash=st.booleans())
    def sign(self, pick: int, seat: str, crash: bool) -> None:
        code = self._code()

        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                by, signer = approval.signer_of(work, one, [work.get(r.Person, seat)])
                if approval.sign(work, one, by, signer):
                    reward.approve(work, one, by, [code])

        self.decide(act, crash=crash)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), rare=st.integers(0, 5))
    def refuse(self, pick: int, seat: str, rare: int) -> None:
        def act(work: Work) -> None:
            one = self._one(work, pick)
            if one is not None and rare == 0:
                by, _ = approval.signer_of(work, one, [work.get(r.Person, seat)])
                approval.refuse(work, one, by, "known")

        self.decide(act)

    @rule(pick=st.integers(0, 200), seat=st.sampled_from(STAFF), crash=st.booleans())
    def claim_code(self, pick: int, seat: str, crash: bool) -> None:
        if not self.codes:
            return
        code = self.codes[-1 - pick % len(self.codes)]

        def act(work: Work) -> None:
            by = claim.payer_of(work, [work.get(r.Person, seat)])
            found = claim.find_by_code(work, self.prepared.vault.code_mac(code))
            if found is not None:
                claim.claim(work, work.get(r.Reward, found[0]), by)

        self.decide(act, crash=crash)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), crash=st.booleans())
    def pay(self, pick: int, seat: str, crash: bool) -> None:
        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                by = claim.payer_of(work, [work.get(r.Person, seat)])
                if claim.needs_payee(work, one):
                    claim.keep_payee(work, one, by, "某某某 43122519900101")
                claim.pay(work, one, by, "PZ-1")

        self.decide(act, crash=crash)

    @rule(pick=st.integers(0, 5), crash=st.booleans(), steps=st.integers(1, 5))
    def as_it_should(self, pick: int, crash: bool, steps: int) -> None:
        """The next steps by the first who may: chance alone hardly ever comes to the end of the pipeline."""
        for _ in range(steps):
            for seat in STAFF:
                before = self._how_far(pick)
                if before is None:
                    return
                one, back = before
                if one.state is RewardState.PROPOSED:
                    if one.amount_fen == 0:
                        self.choose(pick, seat, one.lowest_fen)
                    self.sign(pick, seat, crash)
                elif one.state is RewardState.ANNOUNCED and back is not None:
                    self.claim_code(back, seat, crash)
                elif one.state is RewardState.CLAIMED:
                    self.pay(pick, seat, crash)
                else:
                    return
                after = self._how_far(pick)
                if after is None or (after[0].state, len(after[0].signatures)) != (one.state, len(one.signatures)):
                    break

    def _how_far(self, pick: int) -> tuple[r.Reward, int | None] | None:
        """A reward, and how far back its code is among those that were made."""

        def find(work: Work) -> tuple[r.Reward, int | None] | None:
            one = self._one(work, pick)
            if one is None:
                return None
            macs = enumerate(self.prepared.vault.code_mac(code) for code in reversed(self.codes))
            back = (n for n, mac in macs if (found := claim.find_by_code(work, mac)) and found[0] == one.id)
            return one, next(back, None) if one.state is RewardState.ANNOUNCED else None

        found: tuple[r.Reward, int | None] | None = self.look(find)
        return found

    @rule(
        pick=st.integers(0, 5),
        sender=st.sampled_from(SENDERS),
        what=st.sampled_from((reward.unfold, reward.waive, reward.extend, reward.put_away)),
        rare=st.integers(0, 3),
    )
    def sender_presses(self, pick: int, sender: str, what: Any, rare: int) -> None:
        def act(work: Work) -> None:
            one = self._one(work, pick)
            if one is not None and (what is not reward.waive or rare == 0):
                what(work, one, self.prepared.accounts[sender])

        self.decide(act)

    @rule(pick=st.integers(0, 5), sender=st.sampled_from(SENDERS))
    def new_code(self, pick: int, sender: str) -> None:
        code = self._code()

        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                reward.new_code(work, one, self.prepared.accounts[sender], code)

        self.decide(act)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF))
    def release(self, pick: int, seat: str) -> None:
        def act(work: Work) -> None:
            one, by = self._one(work, pick), work.get(r.Person, seat)
            if one is not None and by.role == "desk":
                claim.release(work, one, by)

        self.decide(act)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), rare=st.integers(0, 5))
    def reverse(self, pick: int, seat: str, rare: int) -> None:
        def act(work: Work) -> None:
            one = self._one(work, pick)
            if one is not None and rare == 0:
                reversal.ask(work, one, reward.reverser_of(work, one, [work.get(r.Person, seat)]), "entered_wrongly")

        self.decide(act)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), yes=st.booleans())
    def reverse_too(self, pick: int, seat: str, yes: bool) -> None:
        """The second signature, by whoever it may be."""

        def act(work: Work) -> None:
            one = self._one(work, pick)
            draft = work.open_draft("reverse", one.id) if one is not None else None
            if draft is not None:
                (reversal.agree if yes else reversal.refuse)(work, draft, [work.get(r.Person, seat)])

        self.decide(act)

    @rule(days=st.sampled_from((0.02, 1, 8, 31, 90)), crash=st.booleans())
    def time_passes(self, days: float, crash: bool) -> None:
        """Whatever falls due on the way is done, each row in a transaction of its own."""
        end = self.now + timedelta(days=days)
        while True:
            due = self.look(
                lambda work: work.session.exec(select(r.Deadline).where(r.Deadline.done_at.is_(None))).all()
            )
            rows = sorted((d for d in due if d.due_at <= end), key=lambda d: (d.due_at, d.id or 0))
            if not rows:
                break
            self.now = max(self.now, rows[0].due_at)
            row_id = rows[0].id

            def do(work: Work, row_id: int | None = row_id) -> None:
                row = work.get(r.Deadline, row_id)
                row.done_at, row.outcome = work.now, "done"
                DUE[row.kind](work, row)

            self.decide(do, crash=crash)
        self.now = end

    # ── what must hold ───────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def all_holds(self) -> None:
        self.look(self._judge)

    def _judge(self, work: Work) -> None:
        rewards = work.session.exec(select(r.Reward)).all()
        entries = work.session.exec(select(r.LedgerEntry)).all()
        due = work.session.exec(select(r.Deadline).where(r.Deadline.done_at.is_(None))).all()
        waiting = {(d.subject_id, d.kind) for d in due}
        self.reached |= {one.state for one in rewards}
        for one in rewards:
            _nobody_is_paid_twice(one, [e.kind for e in entries if e.reward_id == one.id])
            _nobody_is_paid_who_has_a_duty_or_handled_it(one, work.get(r.Tip, one.tip_id).account in self._excluded)
            _no_approved_reward_is_lost(work, one, waiting)
        for budget in ("SJ", "HB", "CG"):
            _the_books_balance(budget, [one for one in rewards if one.budget == budget], entries)

    @property
    def _excluded(self) -> set[str]:
        return {self.prepared.accounts["inspector"]}

    def teardown(self) -> None:
        report = self.look(audit.verify)
        assert report.problems == (), report.problems[:3]
        self.engine.dispose()


def _nobody_is_paid_twice(one: r.Reward, kinds: list[str]) -> None:
    assert len(kinds) == len(set(kinds)), kinds
    assert ("paid" in kinds) == (one.paid_at is not None)
    assert ("approved" in kinds) == (one.state in AFTER_APPROVAL), (kinds, one.state)


def _nobody_is_paid_who_has_a_duty_or_handled_it(one: r.Reward, excluded: bool) -> None:
    if excluded:
        assert one.state is RewardState.REFUSED and one.amount_fen == 0
    signed = [str(s["by"]) for s in one.signatures]
    assert len(signed) == len(set(signed)) and not set(signed) & {"QL01S-1", "QL01S-5"}
    assert one.paid_by is None or one.paid_by not in signed
    if one.state in AFTER_APPROVAL:
        assert 0 < one.lowest_fen <= one.amount_fen <= one.highest_fen


def _no_approved_reward_is_lost(work: Work, one: r.Reward, waiting: set[tuple[str, str]]) -> None:
    if one.state is RewardState.PROPOSED:
        assert (one.id, "reward.decide") in waiting
    if one.state is RewardState.ANNOUNCED:
        assert (one.id, "reward.lapse") in waiting
        assert one.code is not None
        code = work.unseal(work.get(r.Tip, one.tip_id).account, one.code)
        found = claim.find_by_code(work, work.vault.code_mac(code))
        assert found is not None and found[0] == one.id, "the code on the sender's screen is the one that pays"


def _the_books_balance(budget: str, rewards: list[r.Reward], entries: Sequence[r.LedgerEntry]) -> None:
    balance = Counter[str]()
    for entry in entries:
        balance[entry.put_into] += entry.amount_fen
        balance[entry.taken_from] -= entry.amount_fen
    of = {account: balance[f"{account}:{budget}:2026"] for account in _ACCOUNTS}
    own = [one for one in rewards if one.budget_year == 2026]
    assert sum(of.values()) == 0 and of["available"] >= 0
    assert of["reserved"] == sum(one.amount_fen for one in own if one.state in LIVE)
    assert of["paid"] == sum(one.amount_fen for one in own if one.state is RewardState.PAID)


_ACCOUNTS = ("granted", "available", "reserved", "paid", "recoverable")


def test_no_sequence_pays_twice_pays_the_excluded_or_loses_an_approved_reward(tmp_path: Path, book: Rulebook) -> None:
    Presses.prepared = Prepared(tmp_path, book)
    Presses.reached.clear()

    run_state_machine_as_test(
        Presses,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert {RewardState.ANNOUNCED, RewardState.PAID} <= Presses.reached


def test_the_search_finds_a_reward_that_nothing_would_ever_end(
    tmp_path: Path, book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault is found: the promise above can fail."""
    Presses.prepared = Prepared(tmp_path, book)
    due = Work.due

    def forgets(work: Work, kind: str, subject_id: str, at: datetime, /, **facts: Any) -> None:
        if kind != "reward.lapse":
            due(work, kind, subject_id, at, **facts)

    monkeypatch.setattr(Work, "due", forgets)
    machine = Presses()
    machine.closed()
    machine.all_holds()
    with pytest.raises(AssertionError, match=r"reward\.lapse"):
        for turn in range(60):  # which reward comes first is drawn at random
            machine.as_it_should(turn, False, 1)
            machine.all_holds()
