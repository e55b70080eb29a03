"""The county desk: what has no place, what nobody answers; who takes it is named, and nothing is silent."""

from tests.county import PLANTED_WORDS, County
from workflows import records as r
from workflows.states import TipState

NOWHERE = f"夜市占道摆摊,{PLANTED_WORDS}"


async def _unplaced(county: County):
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")
    await villager.says(NOWHERE)
    await county.forward(minutes=3)
    assert villager.heard == ["tip.opened"] and desk.heard == ["tip.submitted"]
    return villager, desk


async def test_a_tip_without_a_place_comes_to_the_desk_with_its_own_buttons(county: County) -> None:
    _, desk = await _unplaced(county)

    assert desk.buttons == ["派往乡镇", "问一句", "不予受理"]
    assert "地点还不清楚" in desk.card and "占道摆摊" in desk.card and PLANTED_WORDS not in desk.card
    assert county.group.heard == []


async def test_the_desk_assigns_it_and_the_window_runs_on(county: County) -> None:
    villager, desk = await _unplaced(county)
    leader, due = county.yunxi.leader, county.one(r.Tip).due_at
    county.others_may_hear("tip.submitted")

    await desk.presses("派往乡镇")
    towns = desk.buttons
    await desk.presses("云溪镇")
    tip = county.one(r.Tip)
    twice = await desk.presses_data(f"1:assigned.QL02:{tip.ref}:0", _newest(county, desk))
    await leader.presses("受理", on=county.group)

    assert len(towns) == 13 and towns[-1] == "算了"
    assert county.group.heard == ["tip.submitted"]
    assert (tip.township_id, tip.desk, tip.due_at) == ("QL01", False, due)
    assert twice and twice["show_alert"]
    assert county.one(r.Tip).township_id == "QL01", "it is not sent on to a second township"
    assert villager.heard == ["tip.accepted"] and desk.heard == []
    assert "受理" not in desk.buttons, "the desk has passed it on"


async def test_the_desk_asks_where_and_the_answer_sends_it_on(county: County) -> None:
    villager, desk = await _unplaced(county)

    await desk.presses("问一句")
    await desk.says("请问在哪个村?")
    assert villager.heard == ["tip.asked"]
    await villager.presses("点开看")
    await villager.says("河口村桥头")

    assert desk.heard == ["tip.answered"] and "河口村桥头" in desk.last
    assert county.group.heard == ["tip.submitted"] and "河口村" in county.group.card
    assert county.one(r.Tip).township_id == "QL01"


async def test_no_answer_to_where_ends_after_a_day_with_a_word_to_the_source(county: County) -> None:
    villager, desk = await _unplaced(county)
    county.others_may_hear("*"), desk.ignores()
    await desk.presses("问一句")
    await desk.says("请问在哪个村?")
    assert villager.heard == ["tip.asked"]

    await county.forward(hours=24, minutes=1)
    silent = len(desk.heard)
    await county.forward(hours=3)

    assert villager.heard == ["tip.declined"]
    await villager.presses("点开看")
    assert "没等到您的答复" in villager.last
    assert county.one(r.Tip).state is TipState.DECLINED
    assert silent and desk.heard == [], "nobody is asked about it any more"


async def test_the_desk_may_decline_without_a_first_look(county: County) -> None:
    villager, desk = await _unplaced(county)

    await desk.presses("不予受理")
    await desk.presses("不在本县")

    assert villager.heard == ["tip.declined"]
    await villager.presses("点开看")
    assert "12345" in villager.last
    assert county.one(r.Tip).state is TipState.DECLINED


async def test_an_unplaced_tip_is_reminded_breached_and_asked_again_like_any_other(county: County) -> None:
    villager, desk = await _unplaced(county)
    county.others_may_hear("*")

    await county.forward(minutes=11)
    before = desk.heard
    await county.forward(minutes=1, seconds=2)
    at_15 = desk.heard
    await desk.presses("我来催")
    await county.forward(minutes=9)
    quiet = desk.heard
    await county.forward(minutes=2)

    assert before == ["tip.reminded"] * 3
    assert "tip.escalated" in at_15, "there is no squad to ask: the desk hears it at once"
    assert quiet == [] and desk.heard == ["tip.escalated"]
    assert villager.heard == []


async def test_a_squads_officer_cannot_decide_for_the_desk(county: County) -> None:
    await _unplaced(county)
    leader, tip = county.yunxi.leader, county.one(r.Tip)

    for verb in ("accept", "decline", "assign", "assigned.QL01", "take_tip", "desk_read", "merge", "settle", "whistle"):
        toast = await leader.presses_data(f"1:{verb}:{tip.ref}:0", 1)

        assert toast and toast["show_alert"], verb

    tip = county.one(r.Tip)
    assert tip.state is TipState.SUBMITTED and tip.desk and tip.taken_by is None


async def test_open_lists_who_has_not_answered_with_phone_numbers(county: County) -> None:
    _, desk = await _unplaced(county)
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    leader.ignores(), liaison.ignores(), county.group.ignores("*")
    await leader.says("/whistle 市监局 河口集市卖过期食品")
    await leader.presses("新的一件")
    await leader.presses("叫")

    await desk.says("/open")

    assert "还没签收" in desk.last and "还没受理" in desk.last
    assert county.book.county.seat("SJ-1").phone in desk.last
    assert county.one(r.Tip, desk=True).letters in desk.last and PLANTED_WORDS not in desk.last


async def test_open_is_not_for_everybody(county: County) -> None:
    leader, stranger = county.yunxi.leader, county.villager()

    await leader.says("/open")
    await stranger.says("/open")

    assert "工作人员" in leader.last and "工作人员" in stranger.last
    assert [(e.by, e.facts["command"]) for e in county.events("press.refused")] == [
        ("QL01S-1", "open"),
        ("stranger", "open"),
    ]


def _newest(county: County, person: object) -> int:
    return int([v for v in county.sandbox.world.messages(person.chat_id) if v["from"] == "bot"][-1]["message_id"])
