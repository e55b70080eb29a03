"""No sequence of presses, crashes and retries pays twice, pays an excluded person, or loses an approved reward.

The machine below presses whatever it likes, as whomever it likes, lets decisions die before their commit, tries again, and lets time pass.
After every step money, states and deadlines must agree. Whatever has happened, what is still open can then be brought to each of its
ends: paid, waived, lapsed, refused, taken back before and after it was paid. At the very end every chain must be whole.
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
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, select

from bot import database
from bot.vault import MasterVault, new_master_key
from handlers.clock import DUE
from tests import servers
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
PAYERS = ("QL-finance-1", "QL-finance-2", "QL-finance-3")
SENDERS = ("villager", "other villager", "later villager", "inspector")
MATTERS = (("villager", "SJ003"), ("other villager", "HB001"), ("inspector", "CG013"))
LIVE = (RewardState.ANNOUNCED, RewardState.CLAIMED)
ENDS = (RewardState.PAID, RewardState.WAIVED, RewardState.LAPSED, RewardState.REVERSED)
AIMS = (*(state.value for state in ENDS), "reversed after payment", "refused")
AFTER_APPROVAL = (*LIVE, *ENDS)


class Crash(Exception):
    """The process dies before the commit."""


class Prepared:
    """A county whose staff is bound, with three matters that ended 属实, one of them told of twice: made once, copied for every example."""

    def __init__(self, folder: Path, book: Rulebook, server: servers.Postgres | None = None) -> None:
        self.book = book
        self.server = server
        self.vault = MasterVault(new_master_key())
        path = folder / "prepared.db"
        self.url = server.create() if server is not None else f"sqlite:///{path}"
        engine = database.open_engine(self.url)
        database.migrate(engine)
        with Session(engine, expire_on_commit=False) as session:
            work = Work(session, START, book, self.vault)
            roster.seat_everyone(work)
            work.flush()
            for number, seat in enumerate(STAFF):
                person = work.get(r.Person, seat)
                person.account = work.meet(7_000_000 + number).account
            self.accounts = {name: work.meet(8_000_000 + number).account for number, name in enumerate(SENDERS)}
            for number, (name, matter) in enumerate(MATTERS):
                first = _ended_true(work, self.accounts[name], matter, number)
                if name == "villager":
                    _told_too(work, first, self.accounts["later villager"], "900000001")
                    _told_too(work, first, self.accounts["inspector"], "900000002", by_inspector=True)
            work.flush()
            session.commit()
        engine.dispose()
        self.content = b"" if server is not None else _in_memory(path)

    def copy(self) -> tuple[Engine, Callable[[], None]]:
        """A county of one's own, and how to take it away again."""
        if self.server is not None:
            url = self.server.create(self.url)
            engine, server = database.open_engine(url), self.server

            def drop() -> None:
                engine.dispose()
                server.drop(url)

            return engine, drop
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        memory.deserialize(self.content)
        memory.isolation_level = None
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine, engine.dispose


def _in_memory(path: Path) -> bytes:
    with sqlite3.connect(path) as source, sqlite3.connect(":memory:") as copy:
        source.backup(copy)
        content = copy.serialize()
    return content[:18] + b"\x01\x01" + content[20:]  # in memory there is no write-ahead log


def _told_too(work: Work, first: r.Tip, account: str, receipt: str, *, by_inspector: bool = False) -> None:
    """Somebody else told of the same matter, later."""
    later = START + timedelta(minutes=5)
    work.add(
        r.Tip(
            receipt=receipt,
            account=account,
            by_inspector=by_inspector,
            state=TipState.MERGED,
            merged_into=first.id,
            township_id="QL01",
            village_id="QL01V03",
            matter_code=first.matter_code,
            first_at=later,
            last_item_at=later,
        )
    )


def _ended_true(work: Work, account: str, matter: str, number: int) -> r.Tip:
    tip = work.add(
        r.Tip(
            receipt=f"{100_000_000 + number}",
            account=account,
            by_inspector=matter == "CG013",
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
    return tip


class Presses(RuleBasedStateMachine):
    """What people, crashes and the clock do to three rewards."""

    prepared: Prepared
    aim: str
    """What becomes in the end of every reward that has not ended by itself."""
    reached: ClassVar[Counter[str]] = Counter()
    """In how many sequences what has been come to: a search that never pays proves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.engine, self.drop = self.prepared.copy()
        self.seen: set[str] = set()
        self.sound = True  # no step has failed
        self.now = START
        self.codes: list[str] = []
        self.serial = 0

    def decide(self, fn: Callable[[Work], Any], *, crash: bool = False) -> Any:
        """One transaction; a refusal or a crash leaves nothing behind, and a crashed decision is made once more."""
        self.sound = False
        result = self._decided(fn, crash)
        self.sound = True
        return result

    def _decided(self, fn: Callable[[Work], Any], crash: bool) -> Any:
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
        """The same one for the same number: ids are random, receipts are not."""
        receipts = {tip.id: tip.receipt for tip in work.session.exec(select(r.Tip)).all()}
        found = sorted(work.session.exec(select(r.Reward)).all(), key=lambda one: receipts[one.tip_id])
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
        codes = [self._code() for _ in range(2)]

        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                by, signer = approval.signer_of(work, one, [work.get(r.Person, seat)])
                if approval.sign(work, one, by, signer):
                    reward.approve(work, one, by, codes[: 1 + len(work.shares_of(one.id))])

        self.decide(act, crash=crash)

    @rule(pick=st.integers(0, 5), seat=st.sampled_from(STAFF), how=st.sampled_from(("half", "equal", "none", "most")))
    def share(self, pick: int, seat: str, how: str) -> None:
        def act(work: Work) -> None:
            if (one := self._one(work, pick)) is not None:
                approval.share(work, one, approval.first_signer(work, one, [work.get(r.Person, seat)]), how)

        self.decide(act)

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
            found = self._how_far(pick)
            if found is None:
                return
            one, signer, back = found
            if one.state is RewardState.PROPOSED and signer is not None:
                if one.amount_fen == 0:
                    self.choose(pick, signer, one.lowest_fen)
                self.sign(pick, signer, crash)
            elif one.state is RewardState.ANNOUNCED and back is not None:
                for seat in PAYERS:
                    self.claim_code(back, seat, crash)
            elif one.state is RewardState.CLAIMED:
                self.pay(pick, str(one.claimed_by), crash)
            else:
                return

    def _to_its_end(self, pick: int) -> None:
        """What the machine aims at, step by step; whoever may not is refused on the way, as always."""
        while (found := self._how_far(pick)) is not None and found[0].state not in LIVE and found[1] is not None:
            if self.aim == "refused":
                self.refuse(pick, found[1], 0)
            else:
                self.choose(pick, found[1], found[0].lowest_fen)
                self.share(pick, found[1], ("half", "equal")[AIMS.index(self.aim) % 2])
                self.all_holds()
                self.as_it_should(pick, False, 1)
            self.all_holds()
        if self.aim == RewardState.LAPSED:
            for seat in ("QL-desk-1", "QL-desk-2"):
                self.release(pick, seat)
            self.time_passes(200, False)
        elif self.aim == RewardState.WAIVED:
            for seat in ("QL-desk-1", "QL-desk-2"):
                self.release(pick, seat)
            for sender in SENDERS:
                self.sender_presses(pick, sender, reward.waive, 0)
        elif self.aim in (RewardState.PAID, "reversed after payment"):
            self.as_it_should(pick, False, 1)
            self.all_holds()
            self.as_it_should(pick, False, 1)
        if self.aim.startswith("reversed"):
            self.reverse(pick, "QL-supervisor-1", 0)
            for seat in STAFF:
                self.reverse_too(pick, seat, True)

    def _how_far(self, pick: int) -> tuple[r.Reward, str | None, int | None] | None:
        """A reward; who may sign next; how far back its code is among those that were made."""

        def find(work: Work) -> tuple[r.Reward, str | None, int | None] | None:
            one = self._one(work, pick)
            if one is None:
                return None
            name = approval.open_signer(work, one) if one.state is RewardState.PROPOSED and not one.share_of else None
            may = sorted(p.id for p in approval.may_sign(work, one, name) if p.id in STAFF) if name else []
            back = None
            if one.state is RewardState.ANNOUNCED:
                code = work.unseal(work.get(r.Tip, one.tip_id).account, one.code)
                back = self.codes[::-1].index(code)
            return one, next(iter(may), None), back

        found: tuple[r.Reward, str | None, int | None] | None = self.look(find)
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
        self.seen |= {one.state.value for one in rewards} | {one.kind for one in rewards}
        self.seen |= {f"{one.state.value} share" for one in rewards if one.kind == "share"}
        self.seen |= {"reversed after payment" for e in entries if e.kind == "recovered"}
        assert len(rewards) <= len(MATTERS) + 2 and len({one.tip_id for one in rewards}) == len(rewards)
        for one in rewards:
            _nobody_is_paid_twice(one, [e.kind for e in entries if e.reward_id == one.id])
            _nobody_is_paid_who_has_a_duty_or_handled_it(one, work.get(r.Tip, one.tip_id).account in self._excluded)
            _no_approved_reward_is_lost(work, one, waiting)
        for budget in ("SJ", "HB", "CG"):
            _the_books_balance(budget, [one for one in rewards if one.budget == budget], entries)

    def _all_end_as_aimed_at(self) -> None:
        """From wherever the sequence has led: nothing is stuck."""
        before = {one.id for one in self.rewards() if one.state in (RewardState.PROPOSED, *LIVE)}
        can_be = {one.id for one in self.rewards() if self.aim != "refused" or one.state is RewardState.PROPOSED}
        for pick in range(len(MATTERS) + 2):
            self._to_its_end(pick)
            self.all_holds()
        for one in self.rewards():
            if one.id in before & can_be:
                assert self.aim.startswith(one.state.value), f"{one.kind} is {one.state}, not {self.aim}"
                self.seen.add(self.aim)

    @property
    def _excluded(self) -> set[str]:
        return {self.prepared.accounts["inspector"]}

    def teardown(self) -> None:
        if self.sound:
            self._all_end_as_aimed_at()
        report = self.look(audit.verify)
        self.drop()
        self.reached.update(self.seen)
        assert report.problems == (), report.problems[:3]


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
        least = 0 if "equal" in one.flags else one.lowest_fen - 1
        assert 0 < one.amount_fen <= one.highest_fen and one.amount_fen > least


def _no_approved_reward_is_lost(work: Work, one: r.Reward, waiting: set[tuple[str, str]]) -> None:
    if one.state is RewardState.PROPOSED:
        assert (one.share_of or one.id, "reward.decide") in waiting, (
            "a share is decided with the reward it is a part of"
        )
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


MUST_REACH = {*(state.value for state in RewardState if state is not RewardState.APPROVED), "share", *AIMS}
"""Every state in which a reward can be found between two decisions; APPROVED lasts no longer than the last signature's own."""


@pytest.mark.both_engines
def test_no_sequence_pays_twice_pays_the_excluded_or_loses_an_approved_reward(
    tmp_path: Path, book: Rulebook, server: servers.Postgres | None
) -> None:
    """On PostgreSQL one short sequence for each end: each of its transactions takes longer."""
    Presses.prepared = Prepared(tmp_path, book, server)
    Presses.reached.clear()

    for aim in AIMS:
        Presses.aim = aim
        run_state_machine_as_test(
            Presses,
            settings=settings(
                max_examples=3 if server is None else 1,
                stateful_step_count=22 if server is None else 12,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    missing = MUST_REACH - set(Presses.reached)
    assert not missing, f"no sequence came to {sorted(missing)}; they came to {dict(Presses.reached)}"


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
    Presses.aim = "paid"
    machine = Presses()
    machine.closed()
    machine.all_holds()
    with pytest.raises(AssertionError, match=r"reward\.lapse"):
        for turn in range(60):  # which reward comes first is drawn at random
            machine.as_it_should(turn, False, 1)
            machine.all_holds()
