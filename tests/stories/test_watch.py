"""Whoever takes a silent call is named with what he will do: 我来催, 改派, 报带班领导; behind the desk stands the leader on duty."""

from datetime import timedelta

from tests.county import County
from tests.stories.test_phone import silent
from tests.stories.walks import button, until
from workflows import records as r
from workflows.states import CallState


async def test_the_desk_reports_up_and_both_names_are_on_the_card(county: County) -> None:
    office, leader = county.office, county.yunxi.leader
    call = await silent(county)

    await office.desk.presses("报带班领导")

    assert office.leader_on_duty.heard == ["call.escalated"] and leader.heard == ["call.taken"]
    assert "县指挥中心1号席已报带班领导" in county.group.card
    assert [e.facts["plan"] for e in county.events("call.taken")] == ["leader"]
    taken = county.one(r.Call)
    assert taken.taken_by == "QL-desk-1" and taken.state is CallState.OPEN
    await until(county, taken.taken_at + timedelta(minutes=10))
    assert office.desk.heard == ["call.escalated"], "no choice lasts for ever"
    assert call.due_at and office.leader_on_duty.heard == ["call.escalated"]
    office.desk_2.ignores("call.escalated")


async def test_who_chases_may_still_report_up_and_nobody_else_takes_it(county: County) -> None:
    office = county.office
    county.yunxi.leader.ignores("call.taken")
    await silent(county)
    await office.desk.presses("我来催")

    await office.desk_2.presses("报带班领导")
    assert "县指挥中心1号席" in office.desk_2.toast["text"]
    await office.desk.presses("报带班领导")

    assert [e.facts["plan"] for e in county.events("call.taken")] == ["chase", "leader"]
    assert office.leader_on_duty.heard == ["call.escalated"]


async def test_without_a_leader_on_duty_the_desk_is_told_so_and_nothing_is_taken(county: County) -> None:
    office = county.office
    await office.leader_on_duty.says("/offduty")
    await silent(county)

    await office.desk.presses("报带班领导")

    assert office.desk.toast["show_alert"] and "没有带班领导在岗" in office.desk.toast["text"]
    assert county.one(r.Call).taken_by is None and county.events("call.taken") == []


async def test_another_unit_is_called_with_its_own_clock_and_the_first_is_stood_down(county: County) -> None:
    office, market, traffic, leader = county.office, county.market, county.traffic, county.yunxi.leader
    call = await silent(county)

    await office.desk.presses("改派别家")
    await office.desk.presses("交警")
    await office.desk.presses("一直没人应")
    how, message = button(county, office.desk, "只要后一家来")
    await office.desk.presses_data(how, message)
    await office.desk.presses_data(how, message)

    await county.forward(seconds=5)
    first, second = county.one(r.Call, id=call.id), county.one(r.Call, unit_id="JJ")
    assert first.state is CallState.STOOD_DOWN and first.breached_at == call.due_at and first.counts
    assert second.opened_at > call.due_at and second.due_at == second.opened_at + timedelta(minutes=15)
    assert len(county.all(r.Call)) == 2, "pressed twice, called once"
    assert traffic.liaison_a.heard == ["call.opened"] and market.liaison_a.heard == ["call.stood_down"]
    assert leader.heard == ["call.reassigned"]
    assert "没有应，已叫" in leader.last and "一直没人应" in leader.last and "县指挥中心1号席" in leader.last
    event = county.events("call.reassigned")[0]
    assert (event.by, event.facts["unit"], event.facts["reason"], event.facts["both"]) == (
        "QL-desk-1",
        "JJ",
        "silent",
        False,
    )
    market.liaison_b.ignores("call.stood_down"), market.head.ignores()
    office.desk.ignores("call.stood_down"), office.desk_2.ignores("call.stood_down")


async def test_both_may_come_and_the_first_ones_ladder_goes_on(county: County) -> None:
    office, market, traffic = county.office, county.market, county.traffic
    county.yunxi.leader.ignores()
    call = await silent(county)

    await office.desk.presses("改派别家")
    await office.desk.presses("交警")
    await office.desk.presses("另一家更近更快")
    await office.desk.presses("两家都来")

    assert county.one(r.Call, id=call.id).state is CallState.OPEN
    assert traffic.liaison_a.heard == ["call.opened"] and market.liaison_a.heard == []
    assert "已改叫" in county.group.card and "另一家更近更快" in county.group.card
    await until(county, call.due_at + timedelta(minutes=18))
    assert office.leader_on_duty.heard == ["call.escalated"]
    traffic.liaison_a.ignores("call.reminded")


async def test_only_the_county_reassigns_and_not_after_an_answer(county: County) -> None:
    office, liaison, leader = county.office, county.market.liaison_a, county.yunxi.leader
    liaison.ignores()
    call = await silent(county)
    for stranger in (liaison, leader, county.villager()):
        for verb in ("reassign_call", "report_up"):
            assert (await stranger.presses_data(f"1:{verb}:{call.ref}:0", 1))["show_alert"]
    await office.desk.presses("改派别家")
    other, message = button(county, office.desk, "交警")
    assert (await office.desk_2.presses_data(other, message))["show_alert"], "it is the other's question"
    await liaison.presses("签收")

    toast = await office.desk.presses_data(other, message)

    assert toast["show_alert"] and len(county.all(r.Call)) == 1


async def test_the_leader_on_duty_can_do_what_the_desk_can(county: County) -> None:
    office, market = county.office, county.market
    office.desk.ignores(), office.desk_2.ignores(), county.yunxi.leader.ignores(), market.liaison_a.ignores()
    call = await silent(county, minutes=33)
    assert office.leader_on_duty.heard == ["call.escalated"]

    await office.leader_on_duty.presses("代签收")
    await office.leader_on_duty.presses("市监局B岗")

    signed = county.one(r.Call, id=call.id)
    assert signed.acknowledged_by == "QL-leader-1" and market.liaison_b.heard == ["phone.signed"]
