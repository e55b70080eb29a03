"""The bot asks only for what is missing, one thing at a time, with at most three buttons; danger is answered before anything else."""

from datetime import timedelta

import pytest

from tests.county import PLANTED_WORDS, START, County
from tests.stories.opening import STALL, tip_sent_in
from workflows import records as r
from workflows.states import TipState

BRIDGE = {"latitude": 28.62824, "longitude": 109.44689}
FAR_AWAY = {"latitude": 28.2, "longitude": 108.9}


async def test_nothing_is_asked_when_place_and_matter_are_plain(county: County) -> None:
    villager, _ = await tip_sent_in(county)

    assert len(villager.reads) == 1
    assert "云溪镇" in villager.last and "15分钟" in villager.last and "看不到您是谁" in villager.last


async def test_where_is_answered_with_a_written_place(county: County) -> None:
    villager = county.villager()

    await villager.says("夜市摆摊占道")
    asked, offered = villager.last, villager.buttons
    await villager.says(f"就在河口村老粮站后面,{PLANTED_WORDS}")

    assert "在哪儿" in asked and offered == ["📍我在现场", "选村子", "说不清，先这样", "牵涉镇村干部"]
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert "河口村" in county.group.card and PLANTED_WORDS not in county.group.card


async def test_where_is_answered_by_picking_township_and_village(county: County) -> None:
    villager = county.villager()
    await villager.says("夜市摆摊占道")

    await villager.presses("选村子")
    towns = villager.buttons
    await villager.presses("云溪镇")
    villages = villager.buttons
    await villager.presses("河口村")

    assert len(towns) == 13 and towns[-1] == "说不清，先这样"
    assert "河口村" in villages and len(villages) == 12
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert county.one(r.Tip).village_id == "QL01V03"


async def test_where_is_answered_with_one_tall_button_that_sends_the_position(county: County) -> None:
    villager = county.villager()
    await villager.says("夜市摆摊占道")

    await villager.presses("我在现场")
    shown = [v for v in county.sandbox.world.messages(villager.chat_id) if v["from"] == "bot"][-1]
    await villager.sends(location=BRIDGE)

    assert "在家请别点" in (shown["text"] or "")
    assert shown["reply_keyboard"]["keyboard"][0][0]["request_location"] is True
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert "第3网格" in county.group.card


async def test_a_position_outside_the_county_does_not_answer_where(county: County) -> None:
    villager = county.villager()
    await villager.says("夜市摆摊占道")

    await villager.sends(location=FAR_AWAY)

    assert villager.heard == ["tip.opened"]
    assert county.one(r.Tip).township_id is None and "在哪儿" in villager.last


async def test_a_village_name_of_two_townships_is_asked_back_by_township(county: County) -> None:
    villager = county.villager()
    county.others_may_hear("tip.submitted")

    await villager.says("和平村有人在烧秸秆")
    offered = villager.buttons
    await villager.presses("和平村", containing="回执")

    tip = county.one(r.Tip)
    assert len(offered) == 3 and offered[2] == "说不清，先这样"
    assert {b[-3:] for b in offered[:2]} == {"和平村"} and len(set(offered)) == 3
    assert villager.heard == ["tip.opened"]
    assert tip.state is TipState.SUBMITTED and tip.village_id in ("QL04V05", "QL07V03")


async def test_a_picture_without_words_is_asked_what_it_shows(county: County) -> None:
    villager = county.villager()

    await villager.sends(photo=True)
    await villager.sends(location=BRIDGE)
    offered = villager.buttons
    await villager.presses(offered[0])

    assert len(offered) == 3 and offered[2] == "说不清，先这样"
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert county.one(r.Tip).matter_code is not None


async def test_who_cannot_say_is_not_asked_again(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")
    await villager.sends(photo=True)

    await villager.presses("说不清")
    assert "什么事" in villager.last
    await villager.presses("说不清")

    tip = county.one(r.Tip)
    assert tip.state is TipState.SUBMITTED and tip.desk
    assert villager.heard == ["tip.opened"] and desk.heard == ["tip.submitted"]
    assert "县指挥中心" in villager.last


async def test_a_double_tap_skips_one_question_and_not_the_next(county: County) -> None:
    villager = county.villager()
    await villager.sends(photo=True)
    view = [v for v in county.sandbox.world.messages(villager.chat_id) if v["from"] == "bot"][-1]
    skip = next(k["data"] for row in view["keyboard"] for k in row if "说不清" in k["text"])

    await villager.presses_data(skip, view["message_id"])
    again = await villager.presses_data(skip, view["message_id"])

    assert again and "再点一次" in again["text"]
    assert villager.heard == ["tip.opened"] and "什么事" in villager.last
    assert county.one(r.Tip).state is TipState.COLLECTING


async def test_a_village_told_late_sends_the_tip_from_the_desk_to_its_squad(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")
    await villager.says("夜市摆摊占道")
    await villager.presses("选村子")
    await villager.presses("云溪镇")
    await county.forward(minutes=4)
    assert desk.heard == ["tip.submitted"] and county.group.heard == []

    await villager.presses_data(f"1:village.QL01V03:{county.one(r.Tip).ref}:0", _newest(county, villager))

    assert county.group.heard == ["tip.submitted"]
    assert villager.heard == ["tip.opened"]
    tip = county.one(r.Tip)
    assert (tip.village_id, tip.desk) == ("QL01V03", False)


async def test_a_village_tapped_after_it_was_taken_changes_nothing(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    leader.ignores(), county.group.ignores("tip.submitted")
    await villager.says(STALL)
    await leader.presses("受理", on=county.group)
    villager.ignores()

    toast = await villager.presses_data(f"1:village.QL02V01:{county.one(r.Tip).ref}:0", _newest(county, villager))

    assert toast and "过去" in toast["text"]
    assert county.one(r.Tip).village_id == "QL01V03"


def _newest(county: County, villager: object) -> int:
    return int([v for v in county.sandbox.world.messages(villager.chat_id) if v["from"] == "bot"][-1]["message_id"])


# ── danger ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("河口村房子着火了", "119"),
        ("河口村有人掉河里了", "119"),
        ("河口村他拿刀说要打死我", "110"),
        ("河口村有人受伤流血不止", "120"),
    ],
)
async def test_danger_is_answered_first_with_the_number_to_dial_and_has_five_minutes(
    county: County, words: str, number: str
) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.others_may_hear("tip.escalated", "tip.breached")

    await villager.says(f"{words},{PLANTED_WORDS}")

    assert villager.heard == ["tip.emergency", "tip.opened"]
    assert number in villager.reads[0]
    assert county.group.heard == ["tip.submitted"]
    assert "🔴" in county.group.card and "特急" in county.group.card
    await county.forward(minutes=5, seconds=1)
    tip = county.one(r.Tip)
    assert tip.breached_at == START + timedelta(minutes=5) > tip.first_at
    assert county.group.heard == ["tip.breached"]
    assert leader.heard == ["tip.escalated"]


@pytest.mark.parametrize(
    "words", ["河口村这家店生意火爆,占道摆摊", "河口村火锅店占道摆摊", "河口村去年着火的那家占道摆摊"]
)
async def test_what_only_sounds_dangerous_has_the_usual_window(county: County, words: str) -> None:
    villager = county.villager()

    await villager.says(words)

    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    tip = county.one(r.Tip)
    assert not tip.urgent and tip.due_at == START + timedelta(minutes=15) > tip.first_at


async def test_danger_told_while_the_tip_waits_hurries_it(county: County) -> None:
    villager, _ = await tip_sent_in(county)
    county.others_may_hear("tip.reminded")
    await county.forward(minutes=6)

    await villager.says("他们打起来了,有人拿刀")

    assert villager.heard == ["tip.emergency"] and county.group.heard == ["tip.submitted"]
    assert "特急" in county.group.card
    assert 239 <= (county.one(r.Tip).due_at - county.now).total_seconds() <= 300


async def test_danger_told_to_whoever_has_taken_it_is_shown_in_the_squads_chat(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    await villager.says(STALL)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.opened", "tip.accepted"] and county.group.heard == ["tip.submitted"]

    await villager.says("他们打起来了,有人拿刀")

    assert villager.heard == ["tip.emergency"] and county.group.heard == ["tip.submitted"]
    assert "特急" in county.group.card and "承办" in county.group.card


async def test_danger_without_a_place_goes_to_the_desk_at_once(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")

    await villager.says(f"着火了,{PLANTED_WORDS}")

    assert villager.heard == ["tip.emergency", "tip.opened"]
    assert desk.heard == ["tip.submitted"]
    assert "特急" in desk.card
