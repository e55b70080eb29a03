"""吹哨: whom the bot proposes, how the leader changes it, who rings, and how it is called off."""

import asyncio
import re
from datetime import timedelta

import pytest

from tests.county import County, Person
from tests.stories.walks import blows, button, tip_taken, until
from workflows import records as r
from workflows.states import CallState, TipState, WhistleState


async def test_the_common_case_takes_two_taps(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    station = county._seat("QL01-SJ-A")
    county.group.ignores("whistle.opened")
    await villager.says("河口村集市上有人卖过期食品")
    assert county.group.heard == ["tip.submitted"]

    await leader.presses("吹哨", on=county.group)
    asked = [v["text"] for v in county.group.views][-1]
    await leader.presses("叫", on=county.group)

    whistle = county.one(r.Whistle)
    lead = county.one(r.Call).unit_id
    assert whistle.state is WhistleState.OPEN
    assert len(county.all(r.Call)) == 1
    assert (
        county.book.county.unit(lead).short in asked and "归部门管" in asked and "《食品安全法》第一百二十四条" in asked
    )
    called = station if lead == "QL01-SJ" else county.market.liaison_a
    assert called.heard == ["call.opened"]
    assert county.one(r.Tip).state is TipState.ACCEPTED and county.one(r.Tip).owner_id == "QL01S-1"
    assert villager.heard == ["tip.opened", "tip.accepted"]
    assert leader.heard == []


async def test_one_lead_unit_is_proposed_and_at_most_one_more(county: County) -> None:
    _, tip = await tip_taken(county, "河口村桥头有人往河里倒垃圾和油桶")
    leader = county.yunxi.leader
    if tip.matter_code is None or not county.book.county.matter(tip.matter_code).co_dept_codes:
        pytest.fail(f"the sample matter has no second department: {tip.matter_code}")

    await leader.presses("吹哨", on=county.group)

    draft = county.one(r.Draft, kind="whistle")
    asked = [v["text"] for v in county.group.views][-1]
    matter = county.book.county.matter(tip.matter_code)
    assert len(draft.facts["units"]) == 1
    assert asked.count("可能还要") == 1
    assert county.book.county.unit(matter.co_dept_codes[0]).short in asked
    county.yunxi.leader.ignores(), county.villager().ignores()


async def test_the_leader_changes_the_unit_and_adds_one_before_calling(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, traffic, urban = county.yunxi.leader, county.traffic, county.urban
    county.group.ignores("whistle.opened")
    await leader.presses("吹哨", on=county.group)

    await leader.presses("换", on=county.group)
    await leader.presses("交警", on=county.group)
    await leader.presses("再加一家", on=county.group)
    await leader.presses("综执局", on=county.group)
    assert county.all(r.Call) == []
    await leader.presses("叫", on=county.group)

    assert sorted(c.unit_id for c in county.all(r.Call, case_id=tip.case_id)) == ["CG", "JJ"]
    assert traffic.liaison_a.heard == urban.liaison_a.heard == ["call.opened"]
    assert "综执局" in traffic.liaison_a.card and "交警" in urban.liaison_a.card


async def test_a_unit_that_was_added_by_mistake_is_taken_off_again(county: County) -> None:
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted", "whistle.opened"), county.others_may_hear("call.opened")
    await leader.says("/whistle 交警 河口集市占道经营")
    await leader.presses("新的一件")
    assert not [label for label in leader.buttons if label.startswith("去掉")], "one unit has to stay"
    await leader.presses("再加一家")
    assert ["云溪派出所", "云溪自然资源所"] in _rows(county, leader), "stations have rows of their own"
    await leader.presses("市监局")

    await leader.presses("去掉 市监局")

    last = await leader.presses_data(f"1:take_off.JJ:{county.one(r.Draft, kind='whistle').ref}:0", 1)
    assert last and last["show_alert"]
    await leader.presses("叫")
    assert [c.unit_id for c in county.all(r.Call)] == ["JJ"]


def _rows(county: County, person: Person) -> list[list[str]]:
    """The newest keyboard, row by row."""
    views = list(county.sandbox.world.messages(person.chat_id))
    return next([[k["text"] for k in row] for row in v["keyboard"]] for v in reversed(views) if v["keyboard"])


@pytest.mark.both_engines
@pytest.mark.scenario(3)
async def test_of_two_taps_within_a_second_one_blows_and_the_other_shows_its_number(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    county.group.ignores("tip.submitted", "whistle.opened")
    await leader.says("/whistle 市监局 河口集市占道经营")
    await leader.presses("新的一件")
    data, message = button(county, leader, "叫")

    taps = [county.sandbox.press(leader.chat_id, leader.chat_id, message, data=data, wait=60) for _ in range(2)]
    first, second = await asyncio.gather(*taps)
    await county.settled()

    number = county.one(r.Case).number
    assert len(county.all(r.Whistle)) == len(county.all(r.Call)) == 1
    assert (first["answer"]["text"], number in second["answer"]["text"]) == ("已吹哨", True)
    assert liaison.heard == ["call.opened"]


async def test_a_second_press_of_call_opens_nothing_new(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    await leader.says("/whistle 市监局 河口集市占道经营")
    await leader.presses("新的一件")
    again, message = button(county, leader, "叫")
    await leader.presses("叫")
    county.group.ignores("tip.submitted", "whistle.opened")

    await leader.presses_data(again, message)

    assert len(county.all(r.Whistle)) == len(county.all(r.Call)) == 1
    assert "已经" in leader.toast["text"]
    assert liaison.heard == ["call.opened"]


@pytest.mark.both_engines
@pytest.mark.scenario(3)
async def test_two_dialogs_for_one_tip_never_call_a_unit_twice(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, traffic = county.yunxi.leader, county.traffic
    county.group.ignores("whistle.opened")
    for _ in range(2):
        await leader.says("/whistle 交警 河口集市占道")
        await leader.presses(county.one(r.Case, id=tip.case_id).number)
    first, second = [
        (key["data"], view["message_id"])
        for view in county.sandbox.world.messages(leader.chat_id)
        for row in view["keyboard"] or []
        for key in row
        if key["text"].strip("〔〕") == "叫"
    ]
    await leader.presses_data(*first)

    await leader.presses_data(*second)

    assert [c.unit_id for c in county.all(r.Call)] == ["JJ"]
    assert len(county.all(r.Whistle)) == 1
    assert "已经" in leader.toast["text"]
    assert traffic.liaison_a.heard == ["call.opened"]
    await leader.presses("再加一家", on=county.group)
    data, message = button(county, county.group, "市监局")
    await leader.presses_data(data, message)
    await leader.presses("再加一家", on=county.group)
    forged = button(county, county.group, "综执局")
    await leader.presses_data(re.sub(r"unit\.CG", "unit.JJ", forged[0]), forged[1])
    assert sorted(c.unit_id for c in county.all(r.Call)) == ["JJ", "SJ"]
    assert county.market.liaison_a.heard == ["call.opened"]


async def test_an_urgent_whistle_rings_everyone_and_tells_head_and_desk_before_the_breach(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.escalated")

    await blows(county, "市监局", urgent=True)

    call = county.one(r.Call)
    assert call.called == ["SJ-1", "SJ-2", "SJ-D"]
    assert market.liaison_b.heard == market.duty_room.heard == ["call.opened"]
    assert "特急" in market.duty_room.card and "特急" in county.group.card
    await until(county, call.opened_at + timedelta(minutes=5))
    assert market.head.heard == ["call.escalated"]
    await until(county, call.opened_at + timedelta(minutes=10))
    assert office.desk.heard == ["call.escalated"]
    assert county.one(r.Call).breached_at is None
    reminded = [e.at - call.opened_at for e in county.events("call.reminded")]
    assert reminded == [timedelta(minutes=m) for m in (3, 6, 10)]
    await until(county, call.due_at + timedelta(minutes=5))
    assert office.desk.heard == ["call.escalated"]
    assert office.leader_on_duty.heard == ["call.escalated"]
    await market.duty_room.presses("签收")
    assert county.one(r.Call).acknowledged_by == "SJ-D"
    market.liaison_b.ignores(), market.duty_room.ignores()


async def test_an_ordinary_whistle_rings_the_first_post_alone(county: County) -> None:
    market = county.market

    await blows(county, "市监局")

    assert county.one(r.Call).called == ["SJ-1"]
    assert market.liaison_a.heard == ["call.opened"]
    assert market.liaison_b.heard == market.duty_room.heard == market.head.heard == []


async def test_what_to_bring_shows_on_every_call_and_is_taken_off_again(county: County) -> None:
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    await blows(county, "市监局", "交警")

    await leader.presses("拖车")
    await leader.presses("取样")

    for liaison in (market.liaison_a, traffic.liaison_a):
        assert liaison.heard == ["call.opened"]
        assert "拖车" in liaison.card and "取样" in liaison.card
    await leader.presses("拖车")
    assert county.one(r.Whistle).bring == ["sampling"]
    assert "拖车" not in traffic.liaison_a.card
    await leader.presses("好了")
    assert "取样" in leader.last


@pytest.mark.parametrize(
    ("words", "units"),
    [("工商局 交警队 占道", ["JJ", "SJ"]), ("城管 占道", ["CG"]), ("市监局、环保局，污水", ["HB", "SJ"])],
)
async def test_units_are_understood_by_short_old_and_everyday_names(
    county: County, words: str, units: list[str]
) -> None:
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted", "whistle.opened"), county.others_may_hear("call.opened")

    await leader.says(f"/whistle {words}")
    await leader.presses("新的一件")
    await leader.presses("叫")

    assert sorted(c.unit_id for c in county.all(r.Call)) == units


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("市临局 占道经营", "市监局"),
        ("", "没写叫哪一家"),
        ("河口集市占道经营", "没写叫哪一家"),
    ],
)
async def test_a_unit_that_is_not_understood_is_asked_back(county: County, words: str, answer: str) -> None:
    leader = county.yunxi.leader

    await leader.says(f"/whistle {words}".strip())

    assert answer in leader.last
    assert county.all(r.Whistle) == county.all(r.Draft) == []


async def test_a_whistle_without_a_tip_opens_a_matter_of_its_own(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.traffic.liaison_a
    county.group.ignores("tip.submitted", "whistle.opened")

    await leader.says("/whistle 交警 河口村桥头货车占道,电话13800001111")
    await leader.presses("新的一件")
    await leader.presses("叫")

    tip, case = county.one(r.Tip), county.one(r.Case)
    assert tip.by_staff and tip.village_id == "QL01V03" and case.number == "云溪-2026-0001"
    assert liaison.heard == ["call.opened"]
    assert "河口村" in liaison.card and "13800001111" not in liaison.card
    assert leader.heard == []


@pytest.mark.parametrize("seat", ["QL01S-2", "QL01S-D"])
async def test_the_deputy_and_the_dispatcher_may_blow(county: County, seat: str) -> None:
    blower = county._seat(seat)
    county.group.ignores("tip.submitted", "whistle.opened"), county.others_may_hear("call.opened")

    await blower.says("/whistle 市监局 占道")
    await blower.presses("新的一件")
    await blower.presses("叫")

    assert county.one(r.Whistle).blown_by == seat


async def test_nobody_else_may_blow_and_the_attempt_is_logged(county: County) -> None:
    villager, _ = await tip_taken(county)
    officer, liaison = county.yunxi.reviewer, county.market.liaison_a
    other = county._seat("QL02S-1")

    await officer.says("/whistle 市监局 占道")
    await liaison.says("/whistle 市监局 占道")
    await villager.says("/whistle 市监局 占道")
    await officer.presses("吹哨", on=county.group)

    assert "大队长" in officer.reads[0] and "大队长" in liaison.last
    assert "云溪镇队长" in officer.toast["text"] and "云溪镇副队长" in officer.toast["text"]
    assert "工作人员" in villager.last
    assert "大队长" in officer.toast["text"]
    refused = county.events("press.refused")
    assert [(e.by, e.facts["why"]) for e in refused] == [
        ("QL01S-3", "not_leader"),
        ("SJ-1", "not_leader"),
        ("stranger", "not_bound"),
        ("QL01S-3", "not_leader"),
    ]
    data, message = button(county, county.group, "吹哨")
    county.sandbox.world.chats[county.group.chat_id].members.append(other.chat_id)
    await other.presses_data(data, message, county.group.chat_id)
    assert "大队长" in other.toast["text"]
    assert county.all(r.Whistle) == []


async def test_the_board_shows_who_signed_where_and_by_when(county: County) -> None:
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    leader.ignores("call.arrived"), market.liaison_a.ignores(), traffic.liaison_a.ignores()
    await blows(county, "市监局", "交警")
    board = [v for v in county.group.views if "签收（" in (v["text"] or "")][-1]
    assert '<tg-time unix="' in board["html"]

    await market.liaison_a.presses("签收")
    await traffic.liaison_a.presses("出动")
    await traffic.liaison_a.presses("到场")
    await county.forward(minutes=1)

    shown = county.group.card
    assert re.search(r"市监局 09:0\d 签收：市监局A岗", shown)
    assert re.search(r"交警\S* 09:0\d 到场", shown)
    assert len([v for v in county.group.views if "吹哨 ·" in (v["text"] or "")]) == 1
    await leader.presses("交警", on=county.group)
    await county.forward(minutes=1)
    assert county.one(r.Call, unit_id="JJ").arrival == "leader"


@pytest.mark.scenario(22)
async def test_calling_off_is_one_tap_and_reaches_everyone_on_the_way(county: County) -> None:
    leader, market, traffic, ecology = county.yunxi.leader, county.market, county.traffic, county.ecology
    await blows(county, "市监局", "交警", "环保局")
    await market.liaison_a.presses("签收")
    await traffic.liaison_a.presses("出动")
    late, card = button(county, ecology.liaison_a, "签收")

    await leader.presses("撤哨", on=county.group)

    assert county.one(r.Whistle).state is WhistleState.STOOD_DOWN
    assert {c.state for c in county.all(r.Call)} == {CallState.STOOD_DOWN}
    for liaison in (market.liaison_a, traffic.liaison_a, ecology.liaison_a):
        assert liaison.heard == ["call.opened", "call.stood_down"]
        assert "请回" in liaison.last and "\n。" not in liaison.last
    await ecology.liaison_a.presses_data(late, card)
    assert "已经过去" in ecology.liaison_a.toast["text"]
    await leader.presses_data(*_gone_button(county))
    await county.forward(hours=2)
    assert county.events("call.reminded", "call.breached") == []
    assert ecology.liaison_a.heard == market.liaison_a.heard == leader.heard == []
    assert "已撤哨" in county.group.card


def _gone_button(county: County) -> tuple[str, int, int]:
    """The 撤哨 button as it stood on the board before it was pressed."""
    whistle = county.one(r.Whistle)
    card = [c for c in county.all(r.Card) if c.subject_id == whistle.id][-1]
    return f"1:stand_down:{whistle.ref}:0", card.message, county.group.chat_id


@pytest.mark.scenario(5)
async def test_after_calling_off_a_new_whistle_starts_afresh(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, market = county.yunxi.leader, county.market
    await blows(county, "市监局", on=tip)
    await county.forward(minutes=6)
    await leader.presses("撤哨", on=county.group)

    again = await blows(county, "市监局", on=tip)

    call = county.one(r.Call, whistle_id=again.id)
    assert call.due_at - call.opened_at == timedelta(minutes=15) and call.opened_at == again.opened_at
    assert call.number.endswith("-2")
    assert market.liaison_a.heard == ["call.opened", "call.reminded", "call.stood_down", "call.opened"]


async def test_a_tip_with_units_on_the_way_is_not_merged_away(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, market = county.yunxi.leader, county.market
    await blows(county, "市监局", on=tip)
    await blows(county, "交警")
    county.others_may_hear("call.opened")
    other = max(county.all(r.Tip), key=lambda t: t.first_at)
    card = county.group.views[0]["message_id"]

    await leader.presses_data(f"1:merge_into.{other.ref}:{tip.ref}:0", card, county.group.chat_id)

    assert "撤哨" in leader.toast["text"]
    assert county.one(r.Tip, id=tip.id).state is TipState.ACCEPTED
    assert market.liaison_a.heard == ["call.opened"]


@pytest.mark.both_engines
@pytest.mark.scenario(87)
async def test_a_restart_between_the_steps_of_a_whistle_loses_and_doubles_nothing(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    county.group.ignores("tip.submitted", "whistle.opened")
    await leader.says("/whistle 市监局 河口集市占道经营")
    await county.restart()
    await leader.presses("新的一件")
    await county.restart()
    await leader.presses("叫")
    await county.restart()
    await leader.presses("拖车")
    await county.restart()

    await market.liaison_a.presses("签收")

    assert len(county.all(r.Whistle)) == len(county.all(r.Call)) == len(county.all(r.Case)) == 1
    assert county.one(r.Whistle).bring == ["tow"] and "拖车" in market.liaison_a.card
    assert market.liaison_a.heard == ["call.opened"]
    assert not [t for t in market.liaison_a.reads if "重发" in t]
    await market.liaison_a.presses("1小时内")
    await county.forward(hours=1)
    assert county.events("call.breached") == []
