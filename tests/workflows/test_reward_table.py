"""How much, for whom, and why not: one row for each rule of a reward, and one for each reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot import database
from bot.vault import MasterVault, new_master_key
from messages import cards
from messages.render import Renderer
from tests.county import START
from workflows import approval, claim, eligibility, erasure, reward, roster
from workflows import records as r
from workflows.events import Kind
from workflows.policy import Policy
from workflows.refusals import AmountWrong, BaseTooLow, Gone, NothingToShare, PayeeNeeded
from workflows.rulebook import Rulebook
from workflows.states import CaseState, RewardState, TipState
from workflows.work import Work

YUAN = 100
DESK = "QL-desk-1"


@dataclass(frozen=True)
class Office:
    """A migrated database with everybody's seat; each test works in a transaction that is rolled back."""

    engine: Engine
    book: Rulebook
    vault: MasterVault

    @contextmanager
    def open(self, book: Rulebook | None = None) -> Iterator[County]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield County(Work(session, START, book or self.book, self.vault))
            session.rollback()


class County:
    """People who tell, and matters that ended."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.number = 0

    def told(self, who: int = 1, matter: str = "SJ003", *, minutes: int = 0, **more: Any) -> r.Tip:
        self.number += 1
        at = self.work.now + timedelta(minutes=minutes)
        account = self.work.meet(8_000_000 + who).account
        facts: dict[str, Any] = {"village_id": "QL01V03", "state": TipState.CLOSED, "owner_id": "QL01S-1", **more}
        return self.work.add(
            r.Tip(
                receipt=f"{100_000_000 + self.number}",
                account=account,
                township_id="QL01",
                matter_code=matter,
                first_at=at,
                last_item_at=at,
                **facts,
            )
        )

    def ended(self, tip: r.Tip, *later: r.Tip, outcome: str = "ordered", paper: str | None = "order") -> r.Case:
        """The matter was true and is closed; these later ones had been merged into it."""
        at = self.work.now
        case = self.work.add(
            r.Case(
                number=f"云溪-2026-{self.number:04d}",
                township_id="QL01",
                tip_id=tip.id,
                matter_code=tip.matter_code,
                state=CaseState.CLOSED,
                verdict="true",
                outcome=outcome,
                closed_by="QL01S-1",
                opened_at=at,
                closed_at=at,
            )
        )
        tip.case_id = case.id
        for one in later:
            one.state, one.merged_into = TipState.MERGED, tip.id
        if paper is not None:
            self.paper(case, paper)
        self.work.flush()
        return case

    def paper(self, case: r.Case, kind: str) -> None:
        at = self.work.now
        named = {"named_by": "QL01S-1", "named_at": at, "checked_by": "QL01S-5", "checked_at": at}
        self.work.add(r.Paper(case_id=case.id, kind=kind, number="文〔2026〕3号", dated=date(2026, 11, 2), **named))
        self.work.flush()

    def proposed(self, matter: str = "SJ003", *later: r.Tip, **more: Any) -> r.Reward:
        found = eligibility.propose_if_due(self.work, self.ended(self.told(matter=matter), *later, **more))
        assert found is not None
        self.work.flush()
        return found

    def desk(self) -> r.Person:
        return self.work.get(r.Person, DESK)

    def rewards(self) -> list[r.Reward]:
        self.work.flush()
        return sorted(self.work.session.exec(select(r.Reward)).all(), key=lambda one: one.proposed_at)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, book: Rulebook) -> Iterator[Office]:
    engine = database.open_engine(f"sqlite:///{tmp_path_factory.mktemp('office') / 'office.db'}")
    database.migrate(engine)
    vault = MasterVault(new_master_key())
    with Session(engine) as session:
        work = Work(session, START, book, vault)
        roster.seat_everyone(work)
        for number, seat in enumerate((DESK, "QL-finance-1", "QL-finance-2", "QL-supervisor-1", "QL-leader-1", "SJ-H")):
            work.flush()
            work.get(r.Person, seat).account = work.meet(7_000_000 + number).account
        work.flush()
        session.commit()
    yield Office(engine, book, vault)
    engine.dispose()


def changed(book: Rulebook, change: Any) -> Rulebook:
    plain = book.policy.model_dump(mode="json", by_alias=True)
    change(plain)
    return replace(book, policy=Policy.model_validate(plain))


# ── how much ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("matter", "rule", "lowest", "highest"),
    [
        ("NY002", "straw", 200, 200),
        ("YJ007", "safety", 200, 500),
        ("HB001", "grave", 500, 2000),
        ("NY001", "building", 300, 300),
        ("CG013", "street", 100, 100),
        ("CG022", "litter", 50, 50),
        ("SJ003", "other", 50, 50),
    ],
)
def test_a_flat_amount_or_a_span_by_the_matter(
    office: Office, matter: str, rule: str, lowest: int, highest: int
) -> None:
    with office.open() as county:
        found = county.proposed(matter)

        assert (found.kind, found.rule, found.lowest_fen, found.highest_fen) == (
            *("reward", rule, lowest * YUAN, highest * YUAN),
        )
        assert found.amount_fen == (lowest * YUAN if lowest == highest else 0), "a span is filled by the first signer"
        assert cards.rule_of(county.work, found).source, "which rule, and from where, stands on the card"


@pytest.mark.parametrize(
    ("rule", "grade", "base", "fen"),
    [
        ("market_grave", "one", 100_000, 5_000 * YUAN),
        ("market_grave", "one", 200_000, 10_000 * YUAN),
        ("market_grave", "two", 100_000, 3_000 * YUAN),
        ("market_grave", "two", 1_000_000, 30_000 * YUAN),
        ("market_grave", "three", 100_000, 1_000 * YUAN),
        ("market_grave", "three", 123_456, 1_234_56),
        ("market_grave", "one", 90_000_000, 1_000_000 * YUAN),
    ],
)
def test_a_share_of_the_fine_with_its_least_and_its_most(
    office: Office, rule: str, grade: str, base: int, fen: int
) -> None:
    with office.open() as county:
        found = county.proposed("SJ003", paper="penalty")
        approval.choose_rule(county.work, found, county.desk(), rule)
        assert found.amount_fen == 0

        approval.choose_grade(county.work, found, county.desk(), grade, base * YUAN)

        assert found.amount_fen == fen
        by_amount = ["panel"] * 3 if fen > 3_000 * YUAN else ["department", "finance", "head"]
        assert approval.needed(county.work, found)[: len(by_amount)] == by_amount


def test_the_share_of_a_safety_hazard_has_a_least_amount_also_without_a_fine(office: Office) -> None:
    with office.open() as county:
        found = county.proposed("YJ007", paper="penalty")
        approval.choose_rule(county.work, found, county.desk(), "safety_grave")

        for base, fen in ((0, 3_000), (10_000, 3_000), (100_000, 15_000), (9_000_000, 300_000)):
            approval.choose_grade(county.work, found, county.desk(), "hidden", base * YUAN)
            assert found.amount_fen == fen * YUAN


def test_a_rule_of_shares_is_for_a_penalty_and_a_grave_matter_alone(office: Office) -> None:
    with office.open() as county:
        ordered = county.proposed("SJ003", paper="order")
        with pytest.raises(Gone):
            approval.choose_rule(county.work, ordered, county.desk(), "market_grave")
    with office.open() as county:
        found = county.proposed("SJ003", paper="penalty")
        approval.choose_rule(county.work, found, county.desk(), "market_grave")
        with pytest.raises(BaseTooLow):
            approval.choose_grade(county.work, found, county.desk(), "one", 99_999 * YUAN)
        with pytest.raises(Gone):
            approval.choose_grade(county.work, found, county.desk(), "four", 200_000 * YUAN)
        assert found.amount_fen == 0


@pytest.mark.parametrize("fen", [-1, 0, 49_999, 200_001, 10**12])
def test_an_amount_outside_the_span_is_refused(office: Office, fen: int) -> None:
    with office.open() as county:
        found = county.proposed("HB001")

        with pytest.raises(AmountWrong):
            approval.choose_amount(county.work, found, county.desk(), fen)

        assert found.amount_fen == 0


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("200", 20_000), ("1,200.50元", 120_050), ("８００", 80_000), ("¥ 50", 5_000), ("0.01", 1), ("99.9", 9_990)],
)
def test_a_typed_amount_is_whole_fen(typed: str, fen: int) -> None:
    assert approval.read_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["", "-5", "1.234", "1e3", "二百", "5 0", "∞", "10000001", "0x10", "50%", "NaN"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(AmountWrong):
        approval.read_yuan(typed)


# ── from when ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _from_tomorrow_double(plain: dict[str, Any]) -> None:
    newer = {**plain["versions"][-1], "effective_from": "2026-11-03"}
    table = [dict(row) for row in newer["reward"]["table"]]
    for row in table:
        row["amount_fen"] = row["amount_fen"] and row["amount_fen"] * 2
    newer["reward"] = {**newer["reward"], "table": table}
    plain["versions"].append(newer)


def test_the_rules_of_the_day_count_and_stay_with_the_proposal(office: Office) -> None:
    book = changed(office.book, _from_tomorrow_double)
    with office.open(book) as county:
        today = county.proposed("NY002")
        county.work = Work(county.work.session, START + timedelta(days=1), book, office.vault)
        tomorrow = eligibility.propose_if_due(county.work, county.ended(county.told(2, "NY002")))

        assert tomorrow is not None and (today.amount_fen, tomorrow.amount_fen) == (200 * YUAN, 400 * YUAN)
        assert tomorrow.rule_from == date(2026, 11, 3) > today.rule_from
        assert cards.rule_of(county.work, today).amount_fen == 200 * YUAN, (
            "the card names the version it was proposed by"
        )


# ── who, and how many ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_by_registration_not_the_one_whose_card_was_first(office: Office) -> None:
    with office.open() as county:
        late, early = county.told(1, minutes=9), county.told(2)

        found = eligibility.propose_if_due(county.work, county.ended(late, early))

        assert found is not None and found.tip_id == early.id and "later_tips" in found.flags


@pytest.mark.parametrize(
    ("matter", "fen", "how", "later", "first_gets", "each_gets"),
    [
        ("SJ003", 50, "half", 1, 50, 25),
        ("SJ003", 50, "equal", 1, 25, 25),
        ("SJ003", 50, "equal", 2, 18, 16),
        ("SJ003", 50, "none", 2, 50, None),
        ("HB001", 2000, "half", 1, 2000, 1000),
        ("HB001", 2000, "half", 4, 2000, 250),
    ],
)
def test_later_tips_share_by_discretion_or_equally_and_never_beyond_the_cap(
    office: Office, matter: str, fen: int, how: str, later: int, first_gets: int, each_gets: int | None
) -> None:
    with office.open() as county:
        others = [county.told(10 + n, matter, minutes=1 + n) for n in range(later)]
        found = county.proposed(matter, *others)
        if found.amount_fen == 0:
            approval.choose_amount(county.work, found, county.desk(), fen * YUAN)

        approval.share(county.work, found, county.desk(), how)

        shares = [one.amount_fen for one in county.work.shares_of(found.id)]
        assert found.amount_fen == first_gets * YUAN
        assert shares == ([] if each_gets is None else [each_gets * YUAN] * later)
        assert approval.total_of(county.work, found) <= county.work.policy.reward.cap_per_matter_fen
        if how == "equal":
            assert found.amount_fen + sum(shares) == fen * YUAN, "not a fen is lost"


def test_where_nothing_is_left_under_the_cap_there_is_nothing_to_share(office: Office) -> None:
    book = changed(office.book, lambda plain: plain["versions"][-1]["reward"].update(cap_per_matter_fen=200_000))
    with office.open(book) as county:
        found = county.proposed("HB001", county.told(2, "HB001", minutes=1))
        approval.choose_amount(county.work, found, county.desk(), 200_000)

        with pytest.raises(NothingToShare):
            approval.share(county.work, found, county.desk(), "half")

        county.work.session.expire_all()
    with office.open(book) as county:
        found = county.proposed("HB001", county.told(2, "HB001", minutes=1))
        approval.choose_amount(county.work, found, county.desk(), 200_000)
        approval.share(county.work, found, county.desk(), "equal")
        assert [one.amount_fen for one in county.work.shares_of(found.id)] == [100_000]


def test_one_reward_a_matter_and_one_share_a_person(office: Office) -> None:
    with office.open() as county:
        again, twice = county.told(1, minutes=5), county.told(2, minutes=6)
        case = county.ended(county.told(1), again, twice, county.told(2, minutes=7))
        found = eligibility.propose_if_due(county.work, case)
        assert found is not None

        assert eligibility.propose_if_due(county.work, case) is None
        approval.share(county.work, found, county.desk(), "half")
        approval.share(county.work, found, county.desk(), "half")

        assert [one.tip_id for one in county.rewards()] == [found.tip_id, twice.id]


@pytest.mark.parametrize(
    ("earlier", "fen", "flag"), [(4, 50, None), (5, 50, "over_count"), (2, 1499, None), (2, 1500, "over_sum")]
)
def test_a_sender_over_the_years_count_or_sum_needs_one_more_signature(
    office: Office, earlier: int, fen: int, flag: str | None
) -> None:
    with office.open() as county:
        for _ in range(earlier):
            tip = county.told(1, "CG013", village_id="QL01V01")
            past = eligibility.propose_if_due(county.work, county.ended(tip))
            assert past is not None
            past.amount_fen = fen * YUAN
            past.proposed_at = county.work.now - timedelta(days=200)

        found = county.proposed("SJ003")

        assert set(found.flags) == ({flag} if flag else set())
        assert ("supervisor" in approval.needed(county.work, found)) is (flag is not None)


@pytest.mark.parametrize(
    ("days", "village", "flagged"), [(89, "QL01V03", True), (91, "QL01V03", False), (1, "QL01V01", False)]
)
def test_the_same_sender_matter_and_village_again_may_be_staged_and_is_looked_at_twice(
    office: Office, days: int, village: str, flagged: bool
) -> None:
    with office.open() as county:
        past = eligibility.propose_if_due(county.work, county.ended(county.told(1, village_id=village)))
        assert past is not None
        past.proposed_at = county.work.now - timedelta(days=days)

        found = county.proposed("SJ003")

        assert ("same_place" in found.flags) is flagged
        assert ("supervisor" in approval.needed(county.work, found)) is flagged


@pytest.mark.parametrize(
    ("yuan", "signers"),
    [(500, ["department", "finance"]), (501, ["department", "finance", "head"]), (3000, ["department", "finance", "head"]),
     (3001, ["panel"] * 3)],
)  # fmt: skip
def test_larger_amounts_need_more_signatures(office: Office, yuan: int, signers: list[str]) -> None:
    with office.open() as county:
        found = county.proposed("SJ003")
        found.amount_fen = yuan * YUAN

        assert approval.needed(county.work, found) == signers


@pytest.mark.parametrize(("yuan", "asked"), [(1000, False), (1001, True)])
def test_above_the_ceiling_a_code_alone_does_not_pay(office: Office, yuan: int, asked: bool) -> None:
    with office.open() as county:
        found = county.proposed("SJ003")
        payer = county.work.get(r.Person, "QL-finance-1")
        found.amount_fen, found.state, found.claimed_by = yuan * YUAN, RewardState.CLAIMED, payer.id
        found.budget_year, found.code_tail = 2026, "1234"

        if asked:
            with pytest.raises(PayeeNeeded):
                claim.pay(county.work, found, payer, "PZ-1")
        else:
            claim.pay(county.work, found, payer, "PZ-1")

        assert (found.state is RewardState.PAID) is not asked


def test_a_county_may_give_thirty_days_or_one_hundred_and_eighty_in_all(office: Office) -> None:
    terms = office.book.policy.versions[-1].reward.terms

    assert (terms.claim_days, terms.claim_days + terms.extension_days) == (60, 180)
    assert terms.remind_days_left == (30, 10, 3)
    short = changed(
        office.book,
        lambda plain: plain["versions"][-1]["reward"]["terms"].update(claim_days=30, remind_days_left=[10, 3]),
    )
    assert short.policy.versions[-1].reward.terms.claim_days == 30


# ── nothing, and why ─────────────────────────────────────────────────────────────────────────────────────────────────


def _by_inspector(county: County) -> r.Tip:
    return county.told(by_inspector=True)


def _by_officer(county: County) -> r.Tip:
    tip = county.told(5)
    county.work.get(r.Person, "QL01S-7").account = tip.account
    county.work.flush()
    return tip


def _erased(county: County) -> r.Tip:
    tip = county.told(6)
    county.work.flush()
    erasure.erase(county.work, tip.account)
    return tip


@pytest.mark.parametrize(
    ("who", "reason", "said"),
    [
        (lambda c: c.told(by_staff=True), None, None),
        (_erased, None, None),
        (_by_officer, "duty", "本职"),
        (_by_inspector, "duty", "本职"),
    ],
)
def test_whoever_has_a_duty_to_report_is_not_paid_and_reads_why(
    office: Office, who: Any, reason: str | None, said: str | None
) -> None:
    with office.open() as county:
        case = county.ended(who(county))

        assert eligibility.propose_if_due(county.work, case) is None

        found = county.rewards()
        assert [(one.state, one.refused_reason, one.amount_fen) for one in found] == (
            [(RewardState.REFUSED, reason, 0)] if reason else []
        )
        for one in found:
            assert said in office.book.reasons.find("refuse_reward", one.refused_reason).tell


def test_a_grid_inspector_is_honoured_and_the_villager_who_came_after_is_paid(office: Office) -> None:
    with office.open() as county:
        inspector = county.told(9, by_inspector=True)
        seat = county.work.get(r.Person, next(s.id for s in office.book.county.seats(unit_id="QL01G03")))
        seat.account = inspector.account
        villager = county.told(1, minutes=30)

        found = eligibility.propose_if_due(county.work, county.ended(inspector, villager))

        assert found is not None and found.tip_id == villager.id and found.flags == ["staff_first"]
    with office.open() as county:
        inspector = county.told(9, by_inspector=True)
        seat = county.work.get(r.Person, next(s.id for s in office.book.county.seats(unit_id="QL01G03")))
        seat.account = inspector.account
        county.work.flush()
        assert eligibility.propose_if_due(county.work, county.ended(inspector)) is None
        county.work.flush()
        honoured = county.work.session.exec(select(r.Event).where(r.Event.kind == Kind.REWARD_HONOURED)).all()
        assert len(honoured) == 1 and county.rewards() == []


@pytest.mark.parametrize(
    ("verdict", "outcome", "paper", "kind"),
    [
        ("false", "untrue", None, None),
        ("unclear", "unclear", None, None),
        ("true", "ordered", None, None),
        ("true", "persuaded", None, "thanks"),
        ("true", "mediated", None, "thanks"),
        ("true", "persuaded", "order", "reward"),
        ("true", "punished", "penalty", "reward"),
        ("true", "punished", "no_penalty", "reward"),
        ("true", "handed_over", "filed", "reward"),
    ],
)
def test_what_counts_as_dealt_with_by_law(
    office: Office, verdict: str, outcome: str, paper: str | None, kind: str | None
) -> None:
    with office.open() as county:
        case = county.ended(county.told(), outcome=outcome, paper=paper)
        case.verdict = verdict

        found = eligibility.propose_if_due(county.work, case)

        assert (found.kind if found else None) == kind


REASONS = {
    "known": "在您说之前已经在查",
    "no_decision": "还没有依法处理的文书",
    "duty": "您的本职",
    "not_first": "比您先说",
    "party": "与您自己有利害关系",
    "offender": "参与过这件事",
    "organisation": "奖金只发给个人",
    "rewarded": "一件事只发一次",
    "not_eligible": "不在发奖范围",
    "staged": "经过还有疑问",
}
"""Each reason of the county's list, and what stands in its sentence."""


def test_every_reason_has_its_row(office: Office) -> None:
    assert {one.code for one in office.book.reasons.refuse_reward} == set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_each_refusal_gives_reason_and_remedy_in_everyday_words(office: Office, reason: str) -> None:
    renderer = Renderer(office.book)
    with office.open() as county:
        found = county.proposed("SJ003")

        approval.refuse(county.work, found, county.desk(), reason)
        reward.unfold(county.work, found, county.work.get(r.Tip, found.tip_id).account)

        facts = cards.reward_card(county.work, found.id, None)
        zh = renderer.message("reward.refused", "zh", "source", facts)
        en = renderer.message("reward.refused", "en", "source", facts)
        assert found.state is RewardState.REFUSED and found.amount_fen == 5_000
        assert REASONS[reason] in zh and "行政复议" in zh and "60日" in zh and "法院" in zh and "6个月" in zh
        assert "reconsider" in en and "court" in en and "60 days" in en
        assert len(zh.splitlines()[0]) <= 40 and "举报" not in zh and "违法" not in zh


def test_a_refusal_for_want_of_a_decision_is_proposed_again_when_there_is_one(office: Office) -> None:
    """«有了会再给您算» is a promise."""
    with office.open() as county:
        case = county.ended(county.told(), outcome="persuaded", paper=None)
        found = eligibility.propose_if_due(county.work, case)
        assert found is not None and found.kind == "thanks"
        approval.refuse(county.work, found, county.desk(), "no_decision")
        assert eligibility.propose_if_due(county.work, case) is None, "nothing has come yet"

        county.paper(case, "order")
        again = eligibility.propose_if_due(county.work, case)

        assert again is found and (found.state, found.kind, found.amount_fen) == (RewardState.PROPOSED, "reward", 5_000)
        assert found.refused_reason is None and found.signatures == [] and len(county.rewards()) == 1
        waiting = county.work.session.exec(select(r.Deadline).where(r.Deadline.subject_id == found.id)).all()
        assert [d.kind for d in waiting if d.done_at is None] == ["reward.decide"]


@pytest.mark.parametrize("reason", [code for code in REASONS if code != "no_decision"])
def test_any_other_refusal_stands(office: Office, reason: str) -> None:
    with office.open() as county:
        case = county.ended(county.told(), outcome="persuaded", paper=None)
        found = eligibility.propose_if_due(county.work, case)
        assert found is not None
        approval.refuse(county.work, found, county.desk(), reason)

        county.paper(case, "order")

        assert eligibility.propose_if_due(county.work, case) is None and found.state is RewardState.REFUSED
