"""How much, by which rule, and whose signatures: every branch from a proposal to its decision."""

from datetime import timedelta

import pytest

from tests.county import PLANTED_ID, PLANTED_WORDS, County, Person
from tests.stories.walks import FOOD, button, reward_proposed, signed, soon, tip_taken
from workflows import ledger
from workflows import records as r
from workflows.states import RewardState
from workflows.work import Work


async def _closed(
    county: County, matter: str, *, outcome: str = "责令改正", number: str = "云溪责改〔2026〕3号"
) -> Person:
    """A tip about this matter is taken, closed on a paper, and the paper found right."""
    villager, tip = await tip_taken(county)
    leader, second = county.yunxi.leader, county.yunxi.officer
    leader.ignores("paper.checked"), second.ignores("paper.named"), villager.ignores("tip.closed")

    def of_that_kind(work: Work) -> None:
        work.get(r.Tip, tip.id).matter_code = matter
        work.get(r.Case, tip.case_id).matter_code = matter

    await county.app.store.decide(of_that_kind)
    await leader.presses("结案", on=county.group)
    await leader.presses(outcome, on=county.group)
    await leader.says(f"{number} 11月2日")
    await leader.presses("云溪镇队员1")
    await second.presses("核对无误")
    county.others_may_hear("reward.proposed", "reward.announced")
    assert villager.heard == ["tip.closed"]
    return villager


def _clerk(county: County) -> Person:
    clerk = county._seat("QL-finance-2")
    clerk.ignores("reward.proposed", "reward.announced")
    return clerk


async def _earlier(county: County, count: int, fen: int, *, owner: str = "QL01S-2") -> None:
    """This sender has been rewarded before, for other matters elsewhere."""
    account = county.app.vault.account_of(PLANTED_ID)

    def before(work: Work) -> None:
        for number in range(count):
            at = work.now - timedelta(days=30 + number)
            tip = work.add(
                r.Tip(
                    receipt=f"{900_000_000 + number}",
                    account=account,
                    owner_id=owner,
                    first_at=at,
                    last_item_at=at,
                    state="closed",
                )
            )
            case = work.add(
                r.Case(number=f"旧-{number}", township_id="QL01", tip_id=tip.id, state="closed", opened_at=at)
            )
            work.add(
                r.Reward(
                    tip_id=tip.id,
                    case_id=case.id,
                    state=RewardState.PAID,
                    amount_fen=fen,
                    rule="other",
                    budget="SJ",
                    proposed_by="QL01S-1",
                    proposed_at=at,
                    approved_at=at,
                )
            )

    county.tampered = True
    await county.app.store.decide(before)


@pytest.mark.both_engines
async def test_a_span_is_filled_by_the_first_signer_and_a_large_amount_needs_the_head_too(county: County) -> None:
    villager = await _closed(county, "HB001")
    desk, clerk, head = county.office.desk, _clerk(county), county.ecology.head
    assert desk.heard == ["reward.proposed"]
    assert county.one(r.Reward).amount_fen == 0 and "500元到2000元" in desk.last and "本县确定" in desk.last
    assert "批准" not in desk.buttons

    await desk.presses_data(f"1:approve:{county.one(r.Reward).ref}:0", 1)
    assert "先定金额" in desk.toast["text"]
    await desk.presses("1200元" if "1200元" in desk.buttons else desk.buttons[1])
    chosen = county.one(r.Reward).amount_fen
    await signed(county, desk)

    assert 50_000 < chosen < 200_000 and county.one(r.Reward).state is RewardState.PROPOSED
    assert villager.heard == [] and head.heard == ["reward.proposed"]
    await head.presses("批准")
    reward = county.one(r.Reward)
    assert (reward.state, reward.amount_fen) == (RewardState.ANNOUNCED, chosen)
    assert [s["signer"] for s in reward.signatures] == ["department", "finance", "head"]
    assert villager.heard == ["reward.announced"]
    assert clerk.heard[:1] == ["reward.proposed"]


@pytest.mark.parametrize("typed", ["-800", "12.345", "九百", "499.99", "2000.01", "99999999999", "0"])
async def test_an_amount_that_is_none_or_outside_the_span_is_refused(county: County, typed: str) -> None:
    villager = await _closed(county, "HB001")
    desk = county.office.desk
    desk.ignores("reward.proposed")
    await desk.presses("填别的数")

    await desk.says(typed)

    assert "没看懂这个数" in desk.last or "500元到2000元之间" in desk.last
    assert county.one(r.Reward).amount_fen == 0 and county.all(r.LedgerEntry) == []
    assert villager.heard == []


async def test_a_typed_amount_is_kept_to_the_fen(county: County) -> None:
    await _closed(county, "HB001")
    desk = county.office.desk
    desk.ignores("reward.proposed")

    await desk.presses("填别的数")
    await desk.says("８00.50元")

    assert county.one(r.Reward).amount_fen == 80_050


@pytest.mark.both_engines
@pytest.mark.parametrize("outcome", ["已劝阻教育", "已调解"])
async def test_a_soft_outcome_earns_thanks_without_a_paper(county: County, outcome: str) -> None:
    villager, _ = await tip_taken(county)
    leader, desk = county.yunxi.leader, county.office.desk
    county.others_may_hear("reward.proposed", "reward.announced")
    await leader.presses("结案", on=county.group)
    await leader.presses(outcome, on=county.group)
    await leader.presses("1人" if outcome == "已劝阻教育" else "2起", on=county.group)
    assert villager.heard == ["tip.closed"] and desk.heard == ["reward.proposed"]
    assert "请审一笔感谢" in desk.last and "没有处罚" in desk.last

    await desk.presses("20元")
    await signed(county, desk)

    reward = county.one(r.Reward)
    assert (reward.kind, reward.rule, reward.amount_fen) == ("thanks", "thanks", 2000)
    assert villager.heard == ["reward.announced"]
    await villager.presses("点开", containing="新答复")
    assert "谢 20元" in villager.last


@pytest.mark.both_engines
async def test_a_grave_market_offence_pays_a_share_of_the_fine_and_a_panel_of_three_signs(county: County) -> None:
    villager = await _closed(county, "SJ003", outcome="已处罚", number="青市监处罚〔2026〕12号")
    desk = county.office.desk
    leader, supervisor = county.office.leader_on_duty, county._seat("QL-supervisor-1")
    desk.ignores("reward.proposed")
    assert county.one(r.Reward).rule == "other"

    await desk.presses("市场监管重大违法")
    assert "国市监稽规〔2021〕4号" in desk.last or "国市监稽规〔2021〕4号" in desk.card
    await desk.presses("一级")
    await desk.says("50000")
    assert "10万" in desk.last or "100000元" in desk.last, "the rule is for grave matters alone"
    await desk.presses("一级")
    await desk.says("200000")
    reward = county.one(r.Reward)
    assert (reward.grade, reward.base_fen, reward.amount_fen) == ("one", 20_000_000, 1_000_000)
    for one in (desk, leader, supervisor):
        await one.presses("批准")

    assert county.one(r.Reward).state is RewardState.ANNOUNCED
    assert [s["by"] for s in county.one(r.Reward).signatures] == ["QL-desk-1", "QL-leader-1", "QL-supervisor-1"]
    assert leader.heard == supervisor.heard == ["reward.proposed"]
    assert villager.heard == ["reward.announced"]


@pytest.mark.parametrize(("base", "fen"), [(10_000_000, 500_000), (12_345_678, 617_283), (3_000_000_000, 100_000_000)])
def test_a_share_has_its_least_and_its_most_and_loses_no_more_than_a_fen(county_rules, base: int, fen: int) -> None:
    row = county_rules.row("market_grave")

    assert row.share_of(row.grade("one"), base) == fen


@pytest.fixture
def county_rules(book):
    return book.policy.versions[-1].reward


async def _two_told(county: County) -> tuple[Person, Person]:
    """Another villager told of the same matter a little later; both tips are one case."""
    villager, first = await tip_taken(county)
    other = county.villager(6_100_000_000_001, "后来的人")
    leader, second = county.yunxi.leader, county.yunxi.officer
    other.ignores("tip.opened", "tip.merged", "tip.closed"), villager.ignores("tip.closed")
    county.group.ignores("tip.submitted")
    leader.ignores("paper.checked"), second.ignores("paper.named")
    await other.says(FOOD)
    if county.all(r.Tip)[-1].asks:
        await other.presses(county.book.county.matter(county.all(r.Tip)[-1].guesses[0]).short)
    await county.forward(minutes=4)
    later = next(t for t in county.all(r.Tip) if t.id != first.id)
    await leader.presses("并案", on=county.group, containing=later.letters)
    await leader.presses("云溪-2026-0001", on=county.group)
    await county.forward(minutes=1)
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号 11月2日")
    await leader.presses("云溪镇队员1")
    await second.presses("核对无误")
    county.others_may_hear("reward.proposed", "reward.announced")
    assert "后来也有人说过" in county.office.desk.last
    county.office.desk.ignores("reward.proposed")
    return villager, other


@pytest.mark.both_engines
@pytest.mark.parametrize(("label", "amounts"), [("各给一半", [5000, 2500]), ("平分", [2500, 2500])])
async def test_a_later_tip_that_added_something_gets_a_share(county: County, label: str, amounts: list[int]) -> None:
    villager, other = await _two_told(county)
    desk = county.office.desk

    await desk.presses(label)
    await signed(county, desk)

    rewards = sorted(county.all(r.Reward), key=lambda one: one.kind)
    assert [one.amount_fen for one in rewards] == amounts
    assert all(one.state is RewardState.ANNOUNCED for one in rewards)
    assert len({one.code_mac for one in rewards}) == 2
    assert villager.heard == ["tip.closed", "reward.announced"]
    assert other.heard[-1] == "reward.announced"


@pytest.mark.both_engines
async def test_whoever_came_later_and_gets_nothing_is_told_why_and_only_then(county: County) -> None:
    villager, other = await _two_told(county)
    assert "reward.refused" not in other.heard

    await signed(county)

    assert other.heard == ["reward.refused"] and villager.heard == ["tip.closed", "reward.announced"]
    await other.presses("点开", containing="新答复")
    assert "比您先说" in other.last and "行政复议" in other.last


@pytest.mark.both_engines
async def test_a_sender_over_the_yearly_count_is_looked_at_by_one_more_person_and_never_named(county: County) -> None:
    await _earlier(county, 5, 5000)
    villager, reward = await reward_proposed(county)
    desk, supervisor = county.office.desk, county._seat("QL-supervisor-1")
    assert "得奖次数已满" in desk.last and villager.account not in desk.last

    await signed(county, desk)

    assert county.one(r.Reward, id=reward.id).state is RewardState.PROPOSED and supervisor.heard == ["reward.proposed"]
    await supervisor.presses("批准")
    assert county.one(r.Reward, id=reward.id).state is RewardState.ANNOUNCED
    assert villager.heard == ["reward.announced"]


async def test_one_source_behind_most_of_one_handlers_rewards_is_a_figure_for_discipline(county: County) -> None:
    await _earlier(county, 4, 5000, owner="QL01S-1")
    villager, _ = await reward_proposed(county)
    discipline = county._seat("QL-discipline-1")

    await signed(county)

    assert discipline.heard == ["reward.concentrated"]
    assert "100%" in discipline.last and "5条" in discipline.last
    for secret in (villager.account, PLANTED_WORDS, county.one(r.Tip).receipt, "云溪镇队长"):
        assert secret not in discipline.last
    assert villager.heard == ["reward.announced"]


@pytest.mark.both_engines
async def test_an_empty_budget_asks_for_one_more_signature(county: County) -> None:
    villager, reward = await reward_proposed(county)
    supervisor = county._seat("QL-supervisor-1")
    county.others_may_hear("reward.proposed", "reward.announced")

    def spent(work: Work) -> None:
        ledger.allot(work, "SJ")
        tip = r.Tip(receipt="900000000", account="x", first_at=work.now, last_item_at=work.now)
        old = r.Reward(
            tip_id=tip.id,
            case_id="old",
            amount_fen=ledger.left(work, "SJ") - 100,
            rule="other",
            budget="SJ",
            proposed_by="",
            proposed_at=work.now,
        )
        ledger.enter(work, old, "approved", "test")

    county.tampered = True
    await county.app.store.decide(spent)
    await signed(county)

    assert county.one(r.Reward, id=reward.id).state is RewardState.PROPOSED
    await supervisor.presses("批准")
    assert county.one(r.Reward, id=reward.id).state is RewardState.ANNOUNCED
    assert await county.app.store.read(lambda work: ledger.left(work, "SJ")) == 100 - 5000
    assert supervisor.heard == ["reward.proposed"] and villager.heard == ["reward.announced"]


@pytest.mark.both_engines
async def test_a_proposal_that_nobody_decides_is_asked_again_and_the_desk_is_told(county: County) -> None:
    await soon(county)
    villager, reward = await reward_proposed(county)
    desk = county.office.desk
    desk.ignores("reward.proposed"), county.others_may_hear("reward.overdue")

    await county.forward(days=1)
    assert desk.heard[-1:] == ["reward.overdue"]
    await county.forward(days=1)
    assert len(county.events("reward.overdue")) == 2
    await signed(county, desk)
    await county.forward(days=1, hours=1)

    assert len(county.events("reward.overdue")) == 2 and county.one(r.Reward, id=reward.id).state == "announced"
    assert villager.heard == ["reward.announced", "reward.reminded"]
    desk.ignores("reward.overdue")


@pytest.mark.both_engines
async def test_each_signature_is_another_persons(county: County) -> None:
    villager, reward = await reward_proposed(county)
    desk, clerk = county.office.desk, _clerk(county)
    approve, message = button(county, desk, "批准")
    await desk.presses("批准")

    await desk.presses_data(approve, message)

    assert "已经办过" in desk.toast["text"]
    assert len(county.one(r.Reward, id=reward.id).signatures) == 1
    await clerk.presses("批准")
    assert county.one(r.Reward, id=reward.id).state is RewardState.ANNOUNCED
    assert villager.heard == ["reward.announced"]
    county.others_may_hear("reward.announced")


async def test_finance_signs_without_seeing_the_case(county: County) -> None:
    villager, reward = await reward_proposed(county)
    clerk = _clerk(county)
    await county.office.desk.presses("批准")

    shown = clerk.last

    assert "50元" in shown and reward.ref[:4] in shown
    for secret in ("云溪-2026", "河口", "食品", "云溪责改"):
        assert secret not in shown
    assert villager.heard == []


@pytest.mark.both_engines
async def test_a_reward_is_taken_back_by_an_entry_of_its_own(county: County) -> None:
    await soon(county)
    villager, reward = await reward_proposed(county)
    supervisor, finance = county._seat("QL-supervisor-1"), county.office.finance
    await signed(county)
    finance.ignores("reward.proposed", "reward.announced")
    assert villager.heard == ["reward.announced"]
    await supervisor.says("/reward")

    leader, inspector = county.office.leader_on_duty, county._seat("QL-discipline-1")
    await supervisor.presses("冲正")
    await supervisor.presses("决定被撤销")
    assert county.one(r.Reward, id=reward.id).state is RewardState.ANNOUNCED, "one name is not enough"
    await supervisor.presses("冲正")
    await supervisor.presses("决定被撤销")
    assert "已经办过" in supervisor.toast["text"] and leader.heard == ["reward.reversal_asked"]
    for secret in ("云溪-2026", "河口", "食品"):
        assert secret not in leader.last
    ref = county.one(r.Draft, kind="reverse").ref
    foreign = await finance.presses_data(f"1:reversal_agree:{ref}:0", 1)
    assert foreign["show_alert"] and county.one(r.Reward, id=reward.id).state is RewardState.ANNOUNCED
    await leader.presses("不同意")
    assert supervisor.heard == ["reward.reversal_refused"]
    await supervisor.says("/reward")
    await supervisor.presses("冲正")
    await supervisor.presses("决定被撤销")
    assert leader.heard == ["reward.reversal_asked"]
    assert inspector.heard == ["reward.reversal_asked", "reward.reversal_asked"]
    await inspector.presses("同意")
    late = await leader.presses_data(f"1:reversal_agree:{county.all(r.Draft, kind='reverse')[-1].ref}:0", 1)
    assert late["show_alert"]

    reversed_by = county.events("reward.reversed")[0]
    assert (reversed_by.by, reversed_by.facts["second"]) == ("QL-supervisor-1", "QL-discipline-1")
    assert county.one(r.Reward, id=reward.id).state is RewardState.REVERSED
    assert [e.kind for e in county.all(r.LedgerEntry) if e.reward_id] == ["approved", "reversed"]
    assert villager.heard == ["reward.reversed"] and finance.heard[-1] == "reward.reversed"
    await villager.presses("点开看", containing="新答复")
    assert "您没有做错什么" in villager.last and "奖" not in villager.last.splitlines()[0]
    county.others_may_hear("reward.reversed", "reward.announced", "reward.proposed")
    await county.forward(days=3)
    assert villager.heard == []


async def test_the_sender_sees_which_of_four_steps_it_stands_at(county: County) -> None:
    villager, _ = await reward_proposed(county)

    await villager.says("/mytips")
    assert "后续2/4步" in villager.last
    await signed(county)
    assert villager.heard == ["reward.announced"]
    await villager.says("/mytips")
    assert "后续3/4步" in villager.last
