"""What earns a reward: 属实, and a numbered paper that a second person has ticked. Who may approve it, and what its sender reads."""

import pytest

from tests.county import PLANTED_WORDS, County
from tests.stories.walks import FOOD, blows, button, closed_on_paper, reward_proposed, signed, tip_taken
from workflows import records as r
from workflows.states import CaseState, RewardState


@pytest.mark.both_engines
@pytest.mark.parametrize("outcome", ["不属实", "无法核实"])
async def test_no_reward_without_a_lawful_decision(county: County, outcome: str) -> None:
    villager, _ = await tip_taken(county)
    leader = county.yunxi.leader

    await leader.presses("结案", on=county.group)
    await leader.presses(outcome, on=county.group)

    assert county.one(r.Case).state is CaseState.CLOSED
    assert county.all(r.Reward) == county.all(r.LedgerEntry) == []
    assert villager.heard == ["tip.closed"]
    assert county.office.desk.heard == []


@pytest.mark.both_engines
async def test_a_paper_alone_earns_nothing_until_a_second_person_has_ticked_it(county: County) -> None:
    _, case = await closed_on_paper(county)
    leader, second, desk = county.yunxi.leader, county.yunxi.officer, county.office.desk
    county.others_may_hear("reward.proposed")
    assert county.all(r.Reward) == [] and desk.heard == []
    tick, message = button(county, second, "核对无误")
    await leader.presses_data(tick, 1)
    assert "另一个人" in leader.toast["text"]
    assert county.all(r.Reward) == []

    await second.presses_data(tick, message)

    reward, paper = county.one(r.Reward), county.one(r.Paper)
    assert paper.named_by == "QL01S-1" and paper.checked_by == "QL01S-5"
    assert reward.state is RewardState.PROPOSED and reward.case_id == case.id
    assert reward.amount_fen == 5000 and reward.rule == "other"
    assert desk.heard == ["reward.proposed"] and leader.heard == ["paper.checked"]
    await second.presses_data(tick, message)
    assert len(county.all(r.Reward)) == 1 and desk.heard == []


async def test_a_wrong_paper_is_named_again(county: County) -> None:
    await closed_on_paper(county)
    leader, second, desk = county.yunxi.leader, county.yunxi.officer, county.office.desk
    county.others_may_hear("reward.proposed")
    await second.presses("不对")
    assert leader.heard == ["paper.rejected"] and county.all(r.Reward) == []

    await leader.presses("重新填")
    await leader.says("云溪责改〔2026〕4号 11月1日")
    await leader.presses("云溪镇队员1")
    await second.presses("核对无误")

    wrong, right = sorted(county.all(r.Paper), key=lambda p: p.named_at)
    assert wrong.rejected_at and not wrong.checked_at
    assert (right.number, right.dated.isoformat()) == ("云溪责改〔2026〕4号", "2026-11-01") and right.checked_at
    assert second.heard == ["paper.named"] and leader.heard == ["paper.checked"]
    assert desk.heard == ["reward.proposed"]
    assert len(county.all(r.Reward)) == 1
    assert len(county.events("case.closed")) == 1


async def test_a_line_that_names_no_paper_is_asked_again_and_can_be_cancelled(county: County) -> None:
    villager, _ = await tip_taken(county)
    leader = county.yunxi.leader
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)

    for line in ("已经发了", "云溪责改", "云溪责改〔2026〕3号 13月45日", "云溪责改〔2026〕3号 12月31日"):
        await leader.says(line)
        assert "没看出文号和日期" in leader.last, line

    assert county.one(r.Case).state is CaseState.OPEN and county.all(r.Paper) == []
    await leader.says("/cancel")
    await leader.says("云溪责改〔2026〕3号 11月2日")
    assert county.one(r.Case).state is CaseState.OPEN and county.all(r.Paper) == []
    villager.ignores()


@pytest.mark.both_engines
async def test_a_units_own_paper_earns_the_reward_too(county: County) -> None:
    villager, tip = await tip_taken(county)
    leader, liaison, desk = county.yunxi.leader, county.market.liaison_a, county.office.desk
    county.others_may_hear("reward.proposed")
    await blows(county, "市监局", on=tip)
    await liaison.presses("反馈")
    await liaison.presses("已处罚")
    await liaison.says("青市监处罚〔2026〕12号")
    assert leader.heard == ["call.reported", "paper.named"]

    await leader.presses("核对无误")
    assert county.all(r.Reward) == []
    await leader.presses("结案", on=county.group)
    await leader.presses("已处罚", on=county.group)

    paper = county.one(r.Paper)
    assert (paper.named_by, paper.checked_by, paper.kind) == ("SJ-1", "QL01S-1", "penalty")
    assert county.one(r.Reward).budget == "SJ"
    assert desk.heard == ["reward.proposed"]
    assert villager.heard == ["tip.closed"]
    assert liaison.heard == ["call.opened"]


async def test_whoever_handled_the_matter_may_not_approve_and_a_stranger_neither(county: County) -> None:
    villager, _ = await reward_proposed(county)
    leader, second, finance = county.yunxi.leader, county.yunxi.officer, county.office.finance
    approve, _ = button(county, county.office.desk, "批准")
    await finance.says("/start")

    for someone in (leader, second, finance, villager):
        await someone.presses_data(approve, 1)
        assert someone.toast["show_alert"]

    assert county.one(r.Reward).state is RewardState.PROPOSED
    assert [e.facts["why"] for e in county.events("press.refused")] == ["not_yours"] * 3 + ["not_bound"]
    assert finance.heard == []


async def test_a_desk_person_who_sent_the_tip_or_ticked_its_paper_may_not_approve(county: County) -> None:
    villager, _ = await reward_proposed(county)
    desk, desk_2 = county.office.desk, county.office.desk_2
    approve, message = button(county, desk, "批准")

    def ticked_by_desk(work: object) -> None:
        work.session.get(r.Paper, county.one(r.Paper).id).checked_by = "QL-desk-1"  # type: ignore[attr-defined]

    await county.app.store.decide(ticked_by_desk)
    await desk.presses_data(approve, message)

    assert "经办过" in desk.toast["text"]
    assert county.one(r.Reward).state is RewardState.PROPOSED
    await signed(county, desk_2)
    assert [s["by"] for s in county.one(r.Reward).signatures] == ["QL-desk-2", "QL-finance-2"]
    assert villager.heard == ["reward.announced"]
    desk_2.ignores("reward.proposed"), county.others_may_hear("reward.announced")


@pytest.mark.both_engines
async def test_a_refused_reward_is_explained_to_its_sender(county: County) -> None:
    villager, _ = await reward_proposed(county)
    desk = county.office.desk

    await desk.presses("不批")
    await desk.presses("事先已经掌握")

    reward = county.one(r.Reward)
    assert reward.state is RewardState.REFUSED and reward.refused_reason == "known"
    assert villager.heard == ["reward.refused"]
    assert "奖" not in villager.last and "点开看" in villager.buttons
    await villager.presses("点开", containing="新答复")
    assert "在您说之前已经在查" in villager.last and "行政复议" in villager.last
    assert county.all(r.LedgerEntry) == []
    await county.forward(days=1)
    assert villager.heard == []


@pytest.mark.both_engines
async def test_approving_twice_makes_one_reward_with_one_code(county: County) -> None:
    villager, _ = await reward_proposed(county)
    desk, desk_2 = county.office.desk, county.office.desk_2
    other, card = button(county, desk_2, "批准")
    no, message = button(county, desk, "不批")
    await signed(county, desk)
    first = county.one(r.Reward).code_mac

    await desk_2.presses_data(other, card)
    assert "县财政支付员2" in desk_2.toast["text"]
    await desk.presses_data(no, message)
    refused = f"1:refused.known:{county.one(r.Reward).ref}:0"
    await desk_2.presses_data(refused, card)

    assert county.one(r.Reward).code_mac == first and county.one(r.Reward).state is RewardState.ANNOUNCED
    assert villager.heard == ["reward.announced"]
    assert [e.kind for e in county.all(r.LedgerEntry) if e.reward_id] == ["approved"]
    desk_2.ignores("reward.proposed"), county.others_may_hear("reward.announced", "reward.proposed")


@pytest.mark.both_engines
async def test_a_grid_inspector_earns_no_reward(county: County) -> None:
    inspector, leader, second = county.yunxi.inspector, county.yunxi.leader, county.yunxi.officer
    desk = county.office.desk
    inspector.ignores(), leader.ignores("paper.checked"), second.ignores("paper.named")
    county.group.ignores("tip.submitted")
    await inspector.says(FOOD)
    await county.forward(minutes=4)
    await leader.presses("受理", on=county.group)
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号 11月2日")
    await leader.presses("云溪镇队员1")

    await second.presses("核对无误")

    assert county.one(r.Paper).checked_at is not None
    assert county.all(r.Reward) == county.all(r.LedgerEntry) == []
    assert desk.heard == []
    await inspector.presses("点开看")
    assert "季度优秀上报" in inspector.last and "本职" in inspector.last
    assert len(county.events("reward.honoured")) == 1


@pytest.mark.both_engines
async def test_an_officer_who_wrote_as_a_villager_earns_no_reward(county: County) -> None:
    villager, _ = await closed_on_paper(county)
    second, desk, leader = county.yunxi.officer, county.office.desk, county.yunxi.leader
    leader.ignores("paper.checked")

    def joins(work: object) -> None:
        work.session.add(  # type: ignore[attr-defined]
            r.Person(id="QL02S-9", role="squad_member", unit_id="QL02S", label="石坪镇队员9", account=villager.account)
        )

    await county.app.store.decide(joins)
    await second.presses("核对无误")

    assert county.one(r.Paper).checked_at is not None
    refused = county.one(r.Reward)
    assert (refused.state, refused.refused_reason, refused.amount_fen) == (RewardState.REFUSED, "duty", 0)
    assert villager.heard == ["reward.refused"] and county.all(r.LedgerEntry) == []
    assert desk.heard == []
    await villager.presses("点开", containing="新答复")
    assert "本职" in villager.last and "行政复议" in villager.last


async def test_nobody_in_the_chain_learns_who_sent_it(county: County) -> None:
    villager, _ = await reward_proposed(county)
    desk, finance, second = county.office.desk, county.office.finance, county.yunxi.officer
    county.others_may_hear("reward.announced")
    await signed(county, desk)
    assert villager.heard == ["reward.announced"] and finance.heard == ["reward.proposed", "reward.announced"]

    seen = "".join("".join(p.reads) for p in (desk, finance, second, county.yunxi.leader))

    tip = county.one(r.Tip)
    for secret in (PLANTED_WORDS, tip.receipt, villager.account, "河口"):
        assert secret not in "".join(finance.reads), secret
    for secret in (PLANTED_WORDS, tip.receipt, tip.account, tip.account[:10]):
        assert secret not in seen, secret
    assert "云溪-2026" not in "".join(finance.reads)
