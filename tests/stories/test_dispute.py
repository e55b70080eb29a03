"""不属我单位: said with a reason, ruled by the county desk while the clock runs; a breach stays a fact and may not count."""

from datetime import timedelta

from tests.county import County
from tests.stories.walks import blows, button, until
from workflows import records as r
from workflows.states import CallState, DisputeState


async def test_the_desk_rules_that_it_is_not_theirs_and_the_breach_does_not_count(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    market.liaison_a.ignores("call.reminded", "call.breached"), leader.ignores("call.breached")
    county.others_may_hear("dispute.raised")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at - timedelta(minutes=1))
    await market.liaison_a.presses("不属我单位")
    await market.liaison_a.presses("已下放给乡镇")
    assert leader.heard == ["dispute.raised"] and office.desk.heard == ["dispute.raised"]
    assert "已下放给乡镇" in leader.last and "已下放给乡镇" in office.desk.last
    await until(county, call.due_at + timedelta(minutes=1))
    assert county.one(r.Call).breached_at == call.due_at

    await office.desk.presses("不属于他们")

    ruled, dispute = county.one(r.Call), county.one(r.Dispute)
    assert dispute.state is DisputeState.UPHELD and dispute.ruled_by == "QL-desk-1"
    assert ruled.breached_at == call.due_at and ruled.counts is False
    assert ruled.state is CallState.CLOSED
    assert market.liaison_a.heard[-1] == "dispute.upheld" and leader.heard[-1] == "dispute.upheld"
    assert market.liaison_b.heard == ["call.opened", "dispute.upheld"]
    assert "不用来了" in market.liaison_a.card and "不计" in market.liaison_a.last
    await county.forward(hours=2)
    assert market.head.heard == office.desk.heard == leader.heard == []


async def test_the_desk_rules_that_it_is_theirs_and_the_clock_has_never_stopped(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    county.others_may_hear("dispute.raised")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await county.forward(minutes=6)
    await market.liaison_a.presses("不属我单位")
    await market.liaison_a.presses("不是法定职责")
    await county.forward(minutes=5)

    await office.desk.presses("属于他们")

    assert county.one(r.Dispute).state is DisputeState.REJECTED
    assert market.liaison_a.heard == ["call.opened", "call.reminded", "call.reminded", "dispute.rejected"]
    assert leader.heard == ["dispute.raised", "dispute.rejected"]
    assert office.desk.heard == ["dispute.raised"]
    await until(county, call.due_at)
    breached = county.one(r.Call)
    assert breached.breached_at == call.due_at and breached.counts and breached.state is CallState.OPEN
    assert "不属我单位" not in market.liaison_a.buttons
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.opened")
    county.others_may_hear("dispute.raised", "call.opened")


async def test_no_ruling_in_ten_minutes_is_told_to_the_leader_on_duty_and_asked_until_it_comes(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores("dispute.raised", "dispute.rejected", "call.arrived"), market.liaison_a.ignores()
    county.others_may_hear("dispute.raised", "dispute.overdue")
    await blows(county, "市监局")
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("不属我单位")
    await market.liaison_a.presses("地点不在辖区")
    raised = county.one(r.Dispute).raised_at
    assert office.desk.heard == ["dispute.raised"]

    await until(county, raised + timedelta(minutes=10))

    assert office.leader_on_duty.heard == office.desk.heard == ["dispute.overdue"]
    assert [e.at - raised for e in county.events("dispute.overdue")] == [timedelta(minutes=10)]
    await until(county, raised + timedelta(minutes=20))
    assert office.leader_on_duty.heard == office.desk.heard == ["dispute.overdue"]
    await office.leader_on_duty.presses("不属于他们")
    assert county.one(r.Dispute).state is DisputeState.RAISED
    assert "这一步要由" in office.leader_on_duty.toast["text"]
    await office.desk.presses("属于他们")
    await market.liaison_a.presses("到场")
    await county.forward(hours=2)
    assert office.leader_on_duty.heard == office.desk.heard == []


async def test_a_unit_disputes_once_and_a_ruling_is_given_once(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    county.others_may_hear("dispute.raised")
    await blows(county, "市监局")
    await market.liaison_a.presses("不属我单位")
    first = button(county, market.liaison_a, "不是法定职责")
    other = button(county, market.liaison_a, "地点不在辖区")
    ask, card = button(county, market.liaison_a, "不属我单位")
    await market.liaison_a.presses_data(*first)

    await market.liaison_a.presses_data(*other)
    await market.liaison_a.presses_data(ask, card)

    assert len(county.all(r.Dispute)) == 1 and county.one(r.Dispute).reason == "not_our_duty"
    assert "已经办过了" in market.liaison_a.toast["text"]
    ruling, message = button(county, office.desk, "不属于他们")
    await office.desk.presses("属于他们")
    await office.desk.presses_data(ruling, message)
    assert "已经办过了" in office.desk.toast["text"]
    assert county.one(r.Dispute).state is DisputeState.REJECTED and county.one(r.Call).counts
    assert market.liaison_a.heard == ["call.opened", "dispute.rejected"]
    assert leader.heard == ["dispute.raised", "dispute.rejected"]
    assert office.desk.heard == ["dispute.raised"]


async def test_a_ruling_after_the_case_closed_still_decides_whether_the_breach_counts(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores(), market.liaison_a.ignores(), market.liaison_b.ignores(), office.desk.ignores()
    county.others_may_hear("dispute.raised", "call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at)
    await market.liaison_a.presses("不属我单位")
    await market.liaison_a.presses("不是法定职责")
    await leader.presses("撤哨", on=county.group)

    await office.desk.presses("不属于他们")

    assert county.one(r.Call).counts is False and county.one(r.Call).breached_at == call.due_at
    assert county.one(r.Call).state is CallState.STOOD_DOWN
