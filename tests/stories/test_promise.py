"""约定到场: after 签收 a promise; silence after it is asked about; 来不了 is the desk's to decide; a code proves the arrival."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.county import County
from tests.stories.walks import blows, button, codes_from, until
from workflows import records as r
from workflows.states import CallState

LOCAL = ZoneInfo("Asia/Shanghai")


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


async def signed(county: County, unit: str = "市监局", *, urgent: bool = False) -> r.Call:
    """The market office was called and A has signed; what was heard until then is behind them."""
    county.yunxi.leader.ignores("call.reported", "call.arrived")
    await blows(county, unit, urgent=urgent)
    await county.market.liaison_a.presses("签收")
    assert county.market.liaison_a.heard == ["call.opened"]
    return county.one(r.Call)


async def test_signing_is_followed_by_a_promise_that_all_cards_show(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    call = await signed(county)
    assert "大概几点能到" in market.liaison_a.last
    assert market.liaison_a.buttons == ["30分钟内", "1小时内", "约个时间", "来不了", "点错了，收回"]

    await market.liaison_a.presses("30分钟内")

    promise = county.one(r.Call).window["promise"]
    assert datetime.fromisoformat(promise["at"]) == county.now + _minutes(30)
    said = f"{county.now.astimezone(LOCAL):%H:%M}"
    by = f"{(county.now + _minutes(30)).astimezone(LOCAL):%H:%M}"
    assert by in market.liaison_a.last
    for card in (market.liaison_a.card, county.group.card):
        assert f"{said} 说好" in card and by in card
    assert f"签收 {call.acknowledged_at.astimezone(LOCAL):%H:%M}" in market.liaison_a.card
    await county.forward(minutes=29)
    assert leader.heard == [] == market.liaison_a.heard


async def test_a_station_promises_no_later_than_its_distance_allows(county: County) -> None:
    county.others_may_hear("call.opened")
    county.group.ignores("tip.submitted", "whistle.opened")
    await blows(county, "派出所")
    call = county.one(r.Call)
    assert call.unit_id == "QL01-GA"
    officer = county._seat(call.called[0])
    officer.ignores()
    await officer.presses("签收")
    signed_at = county.now
    await county.forward(minutes=3)

    await officer.presses("1小时内")

    at = datetime.fromisoformat(county.one(r.Call).window["promise"]["at"])
    assert at == signed_at + _minutes(county.book.policy.on(county.now.date()).call.normal.arrival_minutes.station)


async def test_no_promise_is_asked_again_and_then_told_to_the_desk(county: County) -> None:
    market, desk = county.market, county.office.desk
    county.others_may_hear("call.unpromised")
    call = await signed(county)

    await until(county, call.acknowledged_at + _minutes(10))

    assert market.liaison_a.heard == ["call.promise_asked"] and desk.heard == []
    await until(county, call.acknowledged_at + _minutes(15))
    assert desk.heard == ["call.unpromised"] and market.liaison_a.heard == []
    assert f"{(call.acknowledged_at + _minutes(60)).astimezone(LOCAL):%H:%M}" in desk.last
    await market.liaison_a.presses("1小时内", containing="大概几点能到？\n云溪")
    at = datetime.fromisoformat(county.one(r.Call).window["promise"]["at"])
    assert at == call.acknowledged_at + _minutes(60)


async def test_an_appointment_is_chosen_among_times_without_typing(county: County) -> None:
    market, desk = county.market, county.office.desk
    await signed(county)

    await market.liaison_a.presses("约个时间")
    assert market.liaison_a.buttons[:2] == ["11月2日14:00", "11月2日16:00"]
    await market.liaison_a.presses("14:00")

    assert county.one(r.Call).window["promise"]["kind"] == "appointed"
    assert "11月2日14:00 前到" in county.group.card
    await until(county, datetime(2026, 11, 2, 14, 0, tzinfo=LOCAL))
    assert market.liaison_a.heard == [] == desk.heard


async def test_an_urgent_call_is_given_no_appointment(county: County) -> None:
    county.others_may_hear("call.opened")
    county.market.liaison_b.ignores(), county.market.duty_room.ignores()

    await signed(county, urgent=True)

    assert county.market.liaison_a.buttons == ["30分钟内", "1小时内", "来不了", "点错了，收回"]


async def test_a_promise_is_given_once(county: County) -> None:
    liaison = county.market.liaison_a
    await signed(county)
    data, message = button(county, liaison, "1小时内")
    await liaison.presses("30分钟内")

    await liaison.presses_data(data, message)

    assert county.one(r.Call).window["promise"]["kind"] == "in30"
    assert len(county.events("call.promised")) == 1


@pytest.mark.scenario(36)
async def test_silence_after_the_promise_is_asked_about_then_the_call_is_open_again(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    county.others_may_hear("call.escalated", "call.progress_asked", "call.handled")
    call = await signed(county)
    await market.liaison_a.presses("30分钟内")
    promised = county.now + _minutes(30)

    await until(county, promised + _minutes(10))

    assert market.liaison_a.heard == market.liaison_b.heard == ["call.progress_asked"]
    assert leader.heard == []
    await until(county, promised + _minutes(15))
    again = county.one(r.Call)
    assert again.state is CallState.OPEN and again.breached_at is None
    assert again.acknowledged_at == call.acknowledged_at
    assert leader.heard == ["call.reopened"] and market.liaison_a.heard == ["call.reopened"]
    assert market.liaison_b.heard == ["call.opened"] and "签收后没有消息" in market.liaison_b.card
    await county.forward(minutes=3)
    assert market.head.heard == ["call.escalated"] and "签收过" in market.head.last
    await county.forward(minutes=5)
    assert desk.heard == ["call.escalated"]

    await market.liaison_b.presses("签收")

    answered = county.one(r.Call)
    assert answered.state is CallState.ACKNOWLEDGED and answered.late_seconds == 0
    assert answered.breached_at is None and answered.acknowledged_at == call.acknowledged_at
    assert [e.facts.get("again") for e in county.events("call.acknowledged")] == [None, True]
    assert "大概几点能到" in market.liaison_b.last
    await county.forward(minutes=9)
    assert desk.heard == market.head.heard == ["call.handled"], "told once, and now relieved"


@pytest.mark.scenario(37)
async def test_on_the_way_begins_the_limit_anew_with_one_entry(county: County) -> None:
    market = county.market
    county.others_may_hear("call.progress_asked")
    await signed(county)
    await market.liaison_a.presses("30分钟内")
    await county.forward(minutes=40)
    assert market.liaison_a.heard == market.liaison_b.heard == ["call.progress_asked"]
    second, message = button(county, market.liaison_b, "在路上")

    await market.liaison_a.presses("在路上")
    await market.liaison_b.presses_data(second, message)

    assert len(county.events("call.on_way")) == 1
    said = county.events("call.on_way")[0].at
    await until(county, said + _minutes(9))
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED
    assert market.liaison_a.heard == [] == county.events("call.reopened")
    await until(county, said + _minutes(10))
    assert market.liaison_a.heard == market.liaison_b.heard == ["call.progress_asked"]
    await market.liaison_a.presses("到场")
    await county.forward(minutes=30)
    assert county.events("call.reopened") == []


async def _cannot_come(county: County) -> r.Call:
    county.others_may_hear("call.cannot_come")
    call = await signed(county)
    await county.market.liaison_a.presses("来不了")
    await county.market.liaison_a.presses("先电话指导")
    assert county.office.desk.heard == county.yunxi.leader.heard == ["call.cannot_come"]
    assert "说来不了" in county.group.card
    return call


async def test_advice_by_phone_is_enough_when_the_desk_says_so(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    await _cannot_come(county)

    await desk.presses("电话指导就行")

    assert market.liaison_a.heard == leader.heard == ["call.decided"]
    assert "电话指导" in market.liaison_a.last and "不到场" in county.group.card
    await county.forward(hours=3)
    assert market.liaison_a.heard == [] == county.events("call.progress_asked")


async def test_the_desk_agrees_a_later_time(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    county.others_may_hear("call.progress_asked")
    await _cannot_come(county)

    await desk.presses("改个时间")
    await desk.presses("16:00")

    assert market.liaison_a.heard == leader.heard == ["call.decided"]
    assert "11月2日16:00 前到" in market.liaison_a.card
    await until(county, datetime(2026, 11, 2, 16, 10, tzinfo=LOCAL))
    assert market.liaison_a.heard == market.liaison_b.heard == ["call.progress_asked"]


async def test_the_desk_sends_another_unit(county: County) -> None:
    market, desk, traffic = county.market, county.office.desk, county.traffic
    call = await _cannot_come(county)

    await desk.presses("改派")
    await desk.presses("交警")

    assert traffic.liaison_a.heard == ["call.opened"]
    assert market.liaison_a.heard == ["call.stood_down"] and "改由别的单位来" in market.liaison_a.last
    assert county.one(r.Call, id=call.id).state is CallState.STOOD_DOWN
    new = county.one(r.Call, unit_id="JJ")
    assert new.due_at == new.opened_at + _minutes(15) and new.whistle_id == call.whistle_id


async def test_only_the_desk_decides_about_a_unit_that_cannot_come(county: County) -> None:
    market, desk, leader = county.market, county.office.desk, county.yunxi.leader
    await _cannot_come(county)
    forged, _ = button(county, desk, "电话指导就行")
    _, message = button(county, market.liaison_a, "出动")

    await market.liaison_a.presses_data(forged, message)

    assert county.events("call.decided") == [] and leader.heard == []
    assert county.one(r.Call).window["cannot_come"] == "phone_advice"


async def test_the_code_of_the_squads_card_proves_the_arrival(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    codes_from(monkeypatch, 7391)
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    await signed(county)
    code = county.one(r.Call).window["code"]
    assert f"到场码 {code}" in county.group.card and code not in liaison.card

    await liaison.says(code)

    arrived = county.one(r.Call)
    assert arrived.state is CallState.ARRIVED and arrived.arrival == "code"
    assert leader.heard == ["call.arrived"]
    assert "报对到场码" in county.group.card and "到场码 " not in county.group.card


async def test_the_code_confirms_an_arrival_that_was_only_said(county: County) -> None:
    liaison = county.market.liaison_a
    await signed(county)
    await liaison.presses("到场")
    assert county.one(r.Call).arrival == "said" and "自报" in county.group.card
    pressed_at = county.one(r.Call).arrived_at

    await liaison.says(f" {county.one(r.Call).window['code']} ")

    arrived = county.one(r.Call)
    assert arrived.arrival == "code" and arrived.arrived_at == pressed_at


async def test_a_code_is_not_guessed(county: County) -> None:
    liaison = county.market.liaison_a
    await signed(county)
    code = county.one(r.Call).window["code"]
    wrong = f"{(int(code) + 1) % 10_000:04d}"
    for _ in range(5):
        await liaison.says(wrong)
        assert "不对" in liaison.last

    await liaison.says(code)

    assert county.one(r.Call).arrived_at is None and "不对" in liaison.last


async def test_whoever_was_there_is_reminded_to_report_back(county: County) -> None:
    market = county.market
    county.yunxi.leader.ignores("tip.reminded")
    await signed(county)
    await market.liaison_a.presses("到场")

    await county.forward(hours=24)

    assert market.liaison_a.heard == ["call.report_asked"]
    await market.liaison_a.presses("反馈", containing="办得怎样")
    await market.liaison_a.presses("已劝阻教育")
    assert county.one(r.Call).state is CallState.REPORTED


async def test_the_whistler_rates_a_unit_with_one_tap_and_once(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    await signed(county)
    await liaison.presses("到场")
    await liaison.presses("反馈")
    await liaison.presses("已劝阻教育")
    good, message = button(county, leader, "帮上忙了")
    poor, _ = button(county, leader, "没帮上")

    await leader.presses_data(good, message)
    await leader.presses_data(poor, message)

    assert county.one(r.Call).window["rating"] == "good"
    assert [e.facts["rating"] for e in county.events("call.rated")] == ["good"]
    assert "评价：帮上忙了" in county.group.card
