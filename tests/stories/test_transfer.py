"""移送: to a unit with a reason, taken over by its liaison or handed back; nobody forgets it, and the source is told."""

from datetime import timedelta

from tests.county import County
from tests.stories.walks import blows, button, tip_taken, until
from workflows import records as r
from workflows.states import CallState, CaseState, TipState, TransferState


async def _offered(county: County) -> None:
    leader = county.yunxi.leader
    await leader.presses("到现场看了", on=county.group)
    leader.ignores("evidence.added")
    await leader.presses("移送", on=county.group)
    await leader.presses("交警", on=county.group)
    await leader.presses("属对方职责", on=county.group)


async def test_a_tip_is_handed_over_with_a_receipt_and_its_source_is_told(county: County) -> None:
    villager, _ = await tip_taken(county)
    leader, liaison = county.yunxi.leader, county.traffic.liaison_a
    await _offered(county)
    assert liaison.heard == ["transfer.offered"] and "属对方职责" in liaison.last
    assert county.one(r.Tip).state is TipState.ACCEPTED
    await county.forward(minutes=1)
    assert not [b for v in county.group.views for row in v["keyboard"] or [] for b in row if "移送" in b["text"]]

    await liaison.presses("收到")

    transfer = county.one(r.Transfer)
    assert transfer.state is TransferState.TAKEN_OVER and transfer.answered_by == "JJ-1"
    assert county.one(r.Tip).state is TipState.TRANSFERRED
    assert county.one(r.Case).state is CaseState.CLOSED and county.one(r.Case).outcome == "transferred"
    assert villager.heard == ["tip.transferred"] and "交警" not in villager.last
    await villager.presses("点开看")
    assert "交警" in villager.last
    assert leader.heard == ["transfer.taken_over"]
    offered = county.events("transfer.offered")[0]
    assert offered.facts["reason"] == "their_duty" and offered.facts["early"] is None
    await county.forward(days=3)
    assert leader.heard == liaison.heard == villager.heard == []
    county.others_may_hear("transfer.offered")


async def test_sender_and_unit_are_reminded_every_24_hours_until_it_is_taken_over(county: County) -> None:
    villager, _ = await tip_taken(county)
    leader, liaison = county.yunxi.leader, county.traffic.liaison_a
    county.others_may_hear("transfer.offered", "transfer.reminded")
    await _offered(county)
    offered_at = county.one(r.Transfer).offered_at

    await until(county, offered_at + timedelta(hours=48))

    assert [e.at - offered_at for e in county.events("transfer.reminded")] == [timedelta(hours=24), timedelta(hours=48)]
    assert leader.heard == ["transfer.reminded"] * 2
    assert liaison.heard == ["transfer.offered", *["transfer.reminded"] * 2]
    await liaison.presses("收到")
    await county.forward(days=2)
    assert leader.heard == ["transfer.taken_over"] and liaison.heard == []
    assert villager.heard == ["tip.transferred"]


async def test_a_unit_hands_back_with_a_reason_and_the_squad_goes_on(county: County) -> None:
    villager, _ = await tip_taken(county)
    leader, liaison = county.yunxi.leader, county.traffic.liaison_a
    county.others_may_hear("transfer.offered")
    await _offered(county)
    late = button(county, liaison, "收到")

    await liaison.presses("退回")
    await liaison.presses("地点不在辖区")

    assert county.one(r.Transfer).state is TransferState.RETURNED
    assert county.one(r.Tip).state is TipState.ACCEPTED
    assert leader.heard == ["transfer.returned"] and "地点不在辖区" in leader.last
    await liaison.presses_data(*late)
    assert "已经办过了" in liaison.toast["text"]
    assert county.one(r.Tip).state is TipState.ACCEPTED
    await county.forward(days=2)
    assert county.events("transfer.reminded") == []
    assert liaison.heard == ["transfer.offered"] and villager.heard == []
    assert [b for v in county.group.views for row in v["keyboard"] or [] for b in row if b["text"] == "移送"]
    leader.ignores("tip.reminded")


async def test_only_the_offered_unit_may_take_it_over(county: County) -> None:
    await tip_taken(county)
    leader, liaison, other = county.yunxi.leader, county.traffic.liaison_a, county.market.liaison_a
    await other.says("/start")
    county.others_may_hear("transfer.offered")
    await _offered(county)
    data, _ = button(county, liaison, "收到")

    for someone in (other, leader):
        await someone.presses_data(data, 1)

    assert "什么都没有改动" in other.toast["text"]
    assert county.one(r.Transfer).state is TransferState.OFFERED
    assert [e.facts["why"] for e in county.events("press.refused")] == ["not_yours"] * 2
    liaison.ignores("transfer.offered")


async def test_taking_over_after_the_squad_closed_the_case_changes_nothing(county: County) -> None:
    villager, _ = await tip_taken(county)
    leader, liaison = county.yunxi.leader, county.traffic.liaison_a
    county.others_may_hear("transfer.offered")
    await _offered(county)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    assert villager.heard == ["tip.closed"]

    await liaison.presses("收到")

    assert "已经过去" in liaison.toast["text"]
    assert county.one(r.Tip).state is TipState.CLOSED
    assert county.one(r.Transfer).state is not TransferState.TAKEN_OVER
    await county.forward(days=3)
    assert villager.heard == leader.heard == []
    assert liaison.heard == ["transfer.offered"]


async def test_what_still_rings_ends_when_the_matter_is_taken_over(county: County) -> None:
    villager, tip = await tip_taken(county)
    leader, liaison, market = county.yunxi.leader, county.traffic.liaison_a, county.market
    county.others_may_hear("transfer.offered")
    await blows(county, "市监局", on=tip)
    await _offered(county)

    await liaison.presses("收到")

    assert county.one(r.Call).state is CallState.CLOSED
    await county.forward(hours=2)
    assert county.events("call.reminded", "call.breached") == []
    assert market.liaison_a.heard == ["call.opened"] and liaison.heard == ["transfer.offered"]
    assert leader.heard == ["transfer.taken_over"] and villager.heard == ["tip.transferred"]
