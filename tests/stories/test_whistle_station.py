"""镇里的所先去: a station answers for its department, on one clock; who of the squad may blow what."""

from datetime import timedelta

from tests.county import County
from tests.stories.walks import FOOD, blows, button, tip_taken, until
from workflows import records as r
from workflows.states import CallState


async def test_the_station_in_the_township_is_called_before_its_department_on_one_clock(county: County) -> None:
    await tip_taken(county, FOOD)
    leader, market = county.yunxi.leader, county.market
    first, second = county._seat("QL01-SJ-A"), county._seat("QL01-SJ-B")
    county.group.ignores("whistle.opened"), leader.ignores("call.breached")

    await leader.presses("吹哨", on=county.group)
    asked = county.group.views[-1]["text"]
    await leader.presses("叫", on=county.group)

    assert "先响云溪市监所A岗：就在镇里，替市监局答复，没人应接着找市监局" in asked
    call = county.one(r.Call)
    assert call.unit_id == "QL01-SJ" and first.heard == ["call.opened"]
    assert market.liaison_a.heard == second.heard == []
    await until(county, call.due_at)
    assert first.heard == ["call.reminded"] * 3 + ["call.breached"]
    assert second.heard == market.liaison_b.heard == ["call.opened"]
    await until(county, call.due_at + timedelta(minutes=3))
    assert market.head.heard == ["call.escalated"]
    assert len(county.all(r.Call)) == 1 and market.liaison_a.heard == []


async def test_the_department_may_answer_the_call_of_its_station_and_then_drives_from_the_county_seat(
    county: County,
) -> None:
    await tip_taken(county, FOOD)
    leader, market = county.yunxi.leader, county.market
    first, stranger = county._seat("QL01-SJ-A"), county._seat("QL02-SJ-A")
    county.group.ignores("whistle.opened"), first.ignores("call.opened")
    await leader.presses("吹哨", on=county.group)
    await leader.presses("叫", on=county.group)
    sign, _ = button(county, first, "签收")

    await stranger.presses_data(sign, 1)
    assert "被叫到的单位" in stranger.toast["text"] and county.one(r.Call).state is CallState.OPEN
    await market.liaison_a.says("/calls")
    await market.liaison_a.presses("-1")
    await market.liaison_a.presses("签收")

    call = county.one(r.Call)
    assert call.acknowledged_by == "SJ-1"
    assert "最迟 10:0" in county.group.card  # 60 minutes for the department, not the station's 30
    assert market.liaison_a.heard == ["call.opened"]


async def test_a_station_with_nobody_on_duty_leaves_it_to_its_department_at_once(county: County) -> None:
    await tip_taken(county, FOOD)
    leader, market = county.yunxi.leader, county.market
    county.group.ignores("whistle.opened")
    for seat in ("QL01-SJ-A", "QL01-SJ-B"):
        await county._seat(seat).says("/offduty")

    await leader.presses("吹哨", on=county.group)
    asked = county.group.views[-1]["text"]
    await leader.presses("叫", on=county.group)

    assert "先响市监局A岗" in asked
    assert market.liaison_a.heard == ["call.opened"]
    assert [(e.facts["unit"], e.facts["reached"]) for e in county.events("call.escalated")] == [("QL01-SJ", 0)]
    assert county.one(r.Call).called == ["SJ-1"]


async def test_an_urgent_whistle_to_a_station_also_rings_the_duty_room_of_its_department(county: County) -> None:
    market = county.market
    first, second = county._seat("QL01-SJ-A"), county._seat("QL01-SJ-B")

    await blows(county, "市监所", urgent=True)

    assert county.one(r.Call).called == ["QL01-SJ-A", "QL01-SJ-B", "SJ-D"]
    assert first.heard == second.heard == market.duty_room.heard == ["call.opened"]


async def test_naming_the_department_calls_the_department_and_says_who_is_nearer(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    county.group.ignores("tip.submitted", "whistle.opened")
    await leader.says("/whistle 市监局 河口集市占道经营")
    await leader.presses("新的一件")

    assert "先响市监局A岗。镇里有云溪市监所，更近" in leader.last
    await leader.presses("叫")
    assert market.liaison_a.heard == ["call.opened"]
    assert county.one(r.Call).unit_id == "SJ"


async def test_a_department_and_its_station_are_one_call(county: County) -> None:
    leader = county.yunxi.leader
    county.others_may_hear("call.opened")
    await blows(county, "市监所", "市监局")
    assert [c.unit_id for c in county.all(r.Call)] == ["QL01-SJ"]

    await leader.presses("再加一家", on=county.group)
    await leader.presses("市监局", on=county.group)

    assert "已经办过" in leader.toast["text"]
    assert len(county.all(r.Call)) == 1


async def test_if_the_station_cannot_come_the_desk_may_send_its_department(county: County) -> None:
    first, market, desk = county._seat("QL01-SJ-A"), county.market, county.office.desk
    county.others_may_hear("call.cannot_come"), county.yunxi.leader.ignores("call.cannot_come")
    desk.ignores("call.cannot_come"), first.ignores()
    await blows(county, "市监所")
    await first.presses("签收")
    await first.presses("来不了")
    await first.presses("请改派")

    await desk.presses("改派")
    await desk.presses("市监局")

    assert {c.unit_id: c.state for c in county.all(r.Call)} == {
        "QL01-SJ": CallState.STOOD_DOWN,
        "SJ": CallState.OPEN,
    }
    assert market.liaison_a.heard == ["call.opened"]


async def test_a_member_on_duty_blows_an_urgent_whistle_and_the_leader_hears_at_once(county: County) -> None:
    await tip_taken(county, FOOD)
    officer, leader = county.yunxi.officer, county.yunxi.leader
    county.group.ignores("whistle.opened"), county.others_may_hear("call.opened", "call.stood_down")

    await officer.presses("吹哨", on=county.group)
    view = county.group.views[-1]
    assert "特急" in view["text"] and "马上告诉队长" in view["text"]
    assert not [k for row in view["keyboard"] for k in row if "普通" in k["text"]]
    await officer.presses("叫", on=county.group)

    whistle = county.one(r.Whistle)
    assert whistle.urgency == "urgent" and whistle.blown_by == "QL01S-5"
    assert leader.heard == ["whistle.announced"] and "云溪镇队员1吹了特急哨" in leader.last
    assert officer.heard == []
    await officer.presses("拖车", on=county.group)
    assert county.one(r.Whistle).bring == ["tow"]
    await leader.presses("撤哨")
    assert county.one(r.Whistle).state == "stood_down"


async def test_a_member_may_not_make_it_ordinary_nor_blow_off_duty(county: County) -> None:
    await tip_taken(county, FOOD)
    officer, leader = county.yunxi.officer, county.yunxi.leader
    await leader.presses("吹哨", on=county.group)
    ordinary, message = button(county, county.group, "叫")

    await officer.presses_data(ordinary, message, county.group.chat_id)
    assert "云溪镇队长" in officer.toast["text"]
    await officer.says("/offduty")
    await officer.presses("吹哨", on=county.group)

    assert "大队长" in officer.toast["text"] and "现在在岗" in officer.toast["text"]
    assert county.all(r.Whistle) == []
    assert leader.heard == []


async def test_with_no_leader_on_duty_a_members_whistle_reaches_the_deputy(county: County) -> None:
    await tip_taken(county, FOOD)
    officer, leader, deputy = county.yunxi.officer, county.yunxi.leader, county.yunxi.deputy
    county.group.ignores("whistle.opened"), county.others_may_hear("call.opened", "whistle.announced")
    await leader.says("/offduty")

    await officer.presses("吹哨", on=county.group)
    await officer.presses("叫", on=county.group)

    assert deputy.heard == ["whistle.announced"]
    assert leader.heard == []
