"""A call's own quarter of an hour: reminders, the breach, the ladder, and never silence."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.county import County
from tests.stories.walks import blows, button, timeline, until
from workflows import records as r
from workflows.states import CallState


def _after(minutes: float, seconds: float = 0) -> timedelta:
    return timedelta(minutes=minutes, seconds=seconds)


@pytest.mark.scenario(29)
@pytest.mark.scenario(30)
@pytest.mark.scenario(31)
async def test_silence_is_reminded_breached_on_the_minute_and_climbs_without_end(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.opened_at + _after(60))

    assert timeline(county, call, since=call.opened_at) == [
        ("call.opened", "", _after(0)),
        ("call.reminded", "10", _after(5)),
        ("call.reminded", "5", _after(10)),
        ("call.reminded", "2", _after(13)),
        ("call.breached", "", _after(15)),
        ("call.escalated", "post_b", _after(15)),
        ("call.escalated", "department_head", _after(18)),
        ("call.escalated", "desk", _after(23)),
        ("call.escalated", "leader_on_duty", _after(33)),
        ("call.escalated", "desk", _after(43)),
        ("call.escalated", "desk", _after(53)),
    ]
    assert county.one(r.Call).breached_at == call.due_at == call.opened_at + _after(15)
    assert market.liaison_a.heard == ["call.opened", *["call.reminded"] * 3, "call.breached"]
    assert market.liaison_b.heard == ["call.opened"]
    assert market.head.heard == ["call.escalated"]
    assert office.leader_on_duty.heard == ["call.escalated"]
    assert office.desk.heard == office.desk_2.heard == ["call.escalated"] * 3
    assert leader.heard == ["call.breached"]
    late = [o for o in county.all(r.Outbox) if o.sent_at and o.template.startswith("call.") and o.act != "edit"]
    assert max(o.sent_at - o.queued_at for o in late) <= timedelta(seconds=1)

    await county.forward(hours=1)

    assert office.desk.heard == office.desk_2.heard == ["call.escalated"] * 6


@pytest.mark.scenario(1)
@pytest.mark.scenario(12)
@pytest.mark.scenario(13)
@pytest.mark.scenario(100)
async def test_every_call_has_its_own_window(county: County) -> None:
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    await county.forward(minutes=4)
    await leader.presses("再加一家", on=county.group)
    await leader.presses("交警", on=county.group)
    first, second = county.one(r.Call, unit_id="SJ"), county.one(r.Call, unit_id="JJ")
    assert second.due_at - first.due_at > _after(4)
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("1小时内")

    await until(county, second.due_at)

    assert market.liaison_a.heard == ["call.opened"]
    assert market.liaison_b.heard == []
    assert traffic.liaison_a.heard == ["call.opened", *["call.reminded"] * 3, "call.breached"]
    assert traffic.liaison_b.heard == ["call.opened"]
    assert leader.heard == ["call.breached"]
    assert [c.unit_id for c in county.all(r.Call) if c.breached_at] == ["JJ"]


async def test_an_answer_on_the_very_second_is_in_time(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    leader.ignores("call.breached"), liaison.ignores(), county.others_may_hear("call.opened")
    await blows(county, "市监局")
    sign, card = button(county, liaison, "签收")
    call = county.one(r.Call)
    await until(county, call.due_at)

    await liaison.presses_data(sign, card)

    assert county.now == call.due_at
    answered = county.one(r.Call)
    assert answered.state is CallState.ACKNOWLEDGED
    assert answered.late_seconds == 0 and answered.breached_at is None
    assert "晚" not in liaison.toast["text"]
    await liaison.presses("1小时内")
    await county.forward(hours=1)
    assert not [e for e in county.events("call.escalated") if e.at > call.due_at]


@pytest.mark.scenario(18)
@pytest.mark.scenario(28)
async def test_a_late_answer_counts_as_late_ends_the_ladder_and_relieves_who_was_told(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    (
        market.liaison_a.ignores(),
        leader.ignores("call.breached"),
        county.others_may_hear("call.escalated", "call.handled"),
    )
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _after(9, 4))
    assert office.desk.heard == ["call.escalated"]

    await market.liaison_a.presses("签收")

    answered = county.one(r.Call)
    assert answered.state is CallState.ACKNOWLEDGED
    assert answered.late_seconds == 9 * 60 + 5
    assert answered.breached_at == call.due_at and answered.counts
    assert market.liaison_a.toast["text"].startswith("已签收") and "晚 09:05" in market.liaison_a.toast["text"]
    assert "晚 09:05" in market.liaison_a.card and "晚 09:05" in market.liaison_b.card
    await market.liaison_a.presses("1小时内")
    await market.liaison_a.presses("到场")
    assert leader.heard == ["call.breached", "call.arrived"]
    await county.forward(hours=2)
    assert office.desk.heard == ["call.handled"] and market.head.heard == ["call.escalated", "call.handled"]
    assert "市监局 有人应了，不用再催" in market.head.last and "市监局A岗已应" in market.head.last
    assert market.liaison_b.heard == ["call.opened"]


async def test_a_signature_taken_back_at_once_relieves_nobody_and_a_late_tap_of_the_leader_is_a_breach(
    county: County,
) -> None:
    """ "Handled" is said when it is sure; and 已到 after the deadline, for a unit that never signed, is late like any other answer."""
    leader, market, office = county.yunxi.leader, county.market, county.office
    market.liaison_a.ignores(), market.liaison_b.ignores(), leader.ignores("call.breached", "call.arrived")
    county.others_may_hear("call.escalated", "call.handled")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _after(4))
    assert market.head.heard == ["call.escalated"]

    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("点错了")
    await county.forward(seconds=30)
    assert market.head.heard == [] and county.one(r.Call).state is CallState.OPEN

    await leader.presses("已到", on=county.group)
    assert market.head.heard == ["call.handled"] and "人已到场" in market.head.last
    late = county.one(r.Call)
    assert late.breached_at == call.due_at and late.late_seconds > 240 and late.acknowledged_by is None
    await county.forward(minutes=30)
    assert market.head.heard == [] and office.desk.heard == []


@pytest.mark.scenario(32)
async def test_steps_with_nobody_on_duty_run_on_at_once(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.escalated")
    await market.liaison_b.says("/offduty")
    await market.head.says("/offduty")
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.due_at)

    assert office.desk.heard == ["call.escalated"]
    assert [(who, at) for kind, who, at in timeline(county, call, since=call.due_at) if kind == "call.escalated"] == [
        ("post_b", _after(0)),
        ("department_head", _after(0)),
        ("desk", _after(0)),
    ]
    assert [e.facts["reached"] for e in county.events("call.escalated")] == [0, 0, 2]
    assert market.liaison_b.heard == market.head.heard == []


@pytest.mark.scenario(7)
async def test_without_a_first_contact_the_second_rings_at_once(county: County) -> None:
    market = county.market
    await market.liaison_a.says("/offduty")

    await blows(county, "市监局")

    call = county.one(r.Call)
    assert market.liaison_b.heard == ["call.opened"]
    assert market.liaison_a.heard == []
    assert call.called == ["SJ-2"]
    await market.liaison_b.presses("签收")
    assert county.one(r.Call).acknowledged_by == "SJ-2"
    assert county.one(r.Call).late_seconds == 0


@pytest.mark.scenario(6)
async def test_a_unit_without_anybody_on_duty_goes_to_its_head_and_the_leader_reads_why(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        await one.says("/offduty")

    await blows(county, "市监局")

    assert market.head.heard == ["call.escalated"]
    assert "没有联络员在岗" in county.group.card
    await market.head.presses("签收")
    assert county.one(r.Call).acknowledged_by == "SJ-H"
    assert leader.heard == []


async def test_a_unit_without_even_a_head_goes_to_the_county_desk(county: County) -> None:
    market, office = county.market, county.office
    county.others_may_hear("call.escalated")
    for one in (market.liaison_a, market.liaison_b, market.duty_room, market.head):
        await one.says("/offduty")

    await blows(county, "市监局")

    assert office.desk.heard == ["call.escalated"]
    assert "无人在岗" in office.desk.last


async def test_taking_over_quiets_the_ladder_for_a_while_but_not_for_ever(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.escalated", "call.opened")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _after(8))
    assert office.desk.heard == office.desk_2.heard == ["call.escalated"]

    await office.desk.presses("我来催")

    taken = county.now
    assert leader.heard == ["call.breached", "call.taken"]
    await office.desk_2.presses("我来催")
    assert "县指挥中心1号席" in office.desk_2.toast["text"]
    await until(county, taken + _after(9, 59))
    assert office.desk.heard == office.leader_on_duty.heard == []
    await until(county, call.due_at + _after(60))
    assert office.leader_on_duty.heard == ["call.escalated"]
    told = [at for kind, who, at in timeline(county, call, since=taken) if who == "desk" and at > _after(0)]
    assert told[0] == _after(10)
    assert all(later - earlier <= _after(10) for earlier, later in pairwise(told))
    office.desk.ignores(), office.desk_2.ignores()


async def test_a_restart_in_the_middle_of_the_window_changes_nothing(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    await blows(county, "市监局")
    call = county.one(r.Call)
    await county.forward(minutes=6)
    await county.restart()
    await county.forward(minutes=6)
    await county.restart()

    await until(county, call.due_at)

    assert [at for kind, _, at in timeline(county, call, since=call.opened_at) if kind == "call.reminded"] == [
        _after(5),
        _after(10),
        _after(13),
    ]
    assert county.one(r.Call).breached_at == call.due_at
    assert market.liaison_a.heard == ["call.opened", *["call.reminded"] * 3, "call.breached"]
    assert market.liaison_b.heard == ["call.opened"]
    assert leader.heard == ["call.breached"]
