"""A villager says it in any form and any order: the first thing opens the tip, the rest joins it, nothing need be typed."""

from datetime import timedelta

import pytest

from tests.county import PLANTED_WORDS, START, County, digits
from tests.stories.opening import STALL, tip_sent_in
from workflows import records as r
from workflows.states import TipState

FORWARDED_FROM = "转发人暗号甲"
HOME = {"latitude": 28.62824, "longitude": 109.44689}  # the middle of grid 3 of 云溪镇

ANYTHING = {
    "text": {"text": f"看看这个,{PLANTED_WORDS}"},
    "photo": {"photo": True},
    "photo with words": {"photo": True, "caption": PLANTED_WORDS},
    "voice": {"voice": True},
    "video": {"video": True},
    "document": {"document": True},
    "location": {"location": HOME},
    "forwarded": {"text": PLANTED_WORDS, "forward_from_name": FORWARDED_FROM},
}


@pytest.mark.parametrize("first", list(ANYTHING))
async def test_whatever_comes_first_opens_the_tip_with_a_receipt_and_what_happens_next(
    county: County, first: str
) -> None:
    villager = county.villager()
    county.group.ignores("*")

    await villager.sends(**ANYTHING[first])

    assert villager.heard == ["tip.opened"]
    tip = county.one(r.Tip)
    assert tip.receipt in digits(villager.last) and len(tip.receipt) == 9
    assert len(set(villager.buttons) - {"牵涉镇村干部"}) in (1, 2, 3)
    assert tip.state is TipState.COLLECTING


async def test_eight_things_in_any_order_are_one_tip(county: County) -> None:
    villager = county.villager()
    county.planted.append(FORWARDED_FROM)
    county.others_may_hear("voice.queued")

    for what in ANYTHING.values():
        await villager.sends(**what)
    await county.forward(minutes=3)

    assert villager.heard == ["tip.opened"], "one receipt for all of it"
    assert county.group.heard == ["tip.submitted"]
    tip = county.one(r.Tip)
    assert len(county.all(r.Tip)) == 1 and len(county.all(r.TipItem)) == len(ANYTHING)
    assert (tip.photos, tip.videos, tip.voices, tip.files) == (2, 1, 1, 1)
    assert (tip.township_id, tip.grid_id) == ("QL01", "QL01G03")


async def test_the_card_counts_what_came_by_its_kind(county: County) -> None:
    villager = county.villager()

    await villager.sends(photo=True)
    await villager.sends(photo=True)
    await villager.sends(voice=True)
    await villager.says(STALL)

    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert "文字1条" in county.group.card and "照片2张" in county.group.card and "语音1条" in county.group.card
    assert "视频" not in county.group.card and PLANTED_WORDS not in county.group.card


async def test_an_album_and_its_late_sibling_are_one_tip(county: County) -> None:
    villager = county.villager()
    await villager.sends(photo=True, media_group_id="77001", caption=STALL)
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    await county.forward(minutes=20)
    county.others_may_hear("tip.reminded", "tip.breached", "tip.escalated")
    county.group.ignores("tip.breached")

    await villager.sends(photo=True, media_group_id="77001")

    assert villager.heard == []
    assert len(county.all(r.Tip)) == 1 and county.one(r.Tip).photos == 2


async def test_ten_pictures_at_once_are_one_tip_and_one_receipt(county: County) -> None:
    villager = county.villager()

    await villager.album(10, caption=STALL)

    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert len(county.all(r.Tip)) == 1 and county.one(r.Tip).photos == 10


async def test_an_edited_message_is_a_revision_and_only_its_newest_words_are_shown(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.planted.extend(["甲乙丙丁头一版", "甲乙丙丁第二版"])
    said = await villager.sends(text="河口村夜市摆摊占道,甲乙丙丁头一版")
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]

    await villager.sends(text="河口村夜市摆摊占道,甲乙丙丁第二版", edit=said)
    await villager.sends(text=f"河口村夜市摆摊占道,{PLANTED_WORDS}", edit=said)

    assert len(county.all(r.Tip)) == 1 and len(county.all(r.TipItem)) == 3, "earlier versions are kept"
    assert [e.kind for e in county.events("tip.revised")] == ["tip.revised"] * 2
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    assert villager.heard == ["tip.accepted"]
    assert PLANTED_WORDS in leader.last and "改过" in leader.last
    assert "头一版" not in leader.last and "第二版" not in leader.last


async def test_a_place_written_in_an_edit_answers_where(county: County) -> None:
    villager = county.villager()
    said = await villager.sends(text="夜市摆摊占道")
    assert "在哪儿" in villager.last and county.group.heard == []

    await villager.sends(text="河口村夜市摆摊占道", edit=said)

    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert county.one(r.Tip).village_id == "QL01V03"


async def test_an_abandoned_tip_is_submitted_three_minutes_after_its_last_item_with_what_there_is(
    county: County,
) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted", "tip.reminded")
    await villager.sends(photo=True)
    assert villager.heard == ["tip.opened"]
    await county.forward(minutes=2)
    await villager.sends(photo=True)

    await county.forward(minutes=2, seconds=58)
    before = county.one(r.Tip).state
    await county.forward(seconds=3)

    assert before is TipState.COLLECTING
    tip = county.one(r.Tip)
    assert tip.state is TipState.SUBMITTED and tip.photos == 2
    assert desk.heard == ["tip.submitted"], "nobody knows where: the county desk gets it"
    assert tip.due_at == START + timedelta(minutes=15) and tip.first_at < START + timedelta(minutes=1), (
        "the window runs from the step of the first message"
    )


async def test_what_comes_within_ten_minutes_joins_without_a_question(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    county.others_may_hear("tip.reminded")

    await county.forward(minutes=9)
    await villager.says("那人还在")

    assert villager.heard == []
    assert [i.tip_id for i in county.all(r.TipItem)] == [tip.id] * 2
    assert county.one(r.Tip).texts == 2


@pytest.mark.parametrize(("choice", "tips", "ended"), [("补充刚才那件", 1, "补到先前那件"), ("另一件", 2, "已报给")])
async def test_after_ten_minutes_the_bot_asks_whether_it_is_the_same_matter(
    county: County, choice: str, tips: int, ended: str
) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    leader.ignores()
    await villager.says(STALL)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.opened", "tip.accepted"] and county.group.heard == ["tip.submitted"]
    await county.forward(minutes=11)

    await villager.says("河口村夜市又摆摊占道了")
    asked = villager.buttons
    await villager.presses(choice)
    await villager.presses_data(_data_of(county, villager, choice), _receipt_message(villager))

    assert asked == ["补充刚才那件", "另一件"]
    assert villager.heard == ["tip.opened"]
    assert villager.toast and "过去" in villager.toast["text"], "a second press says so and changes nothing"
    assert ended in villager.last
    assert len([t for t in county.all(r.Tip) if t.state is not TipState.MERGED]) == tips
    assert county.group.heard == ["tip.submitted"] * (tips - 1)


async def test_words_for_the_same_matter_reach_whoever_took_it(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    leader.ignores()
    await villager.says("河口村夜市摆摊占道")
    await leader.presses("受理", on=county.group)
    await county.forward(minutes=11)
    await villager.says(PLANTED_WORDS)
    await villager.presses("补充刚才那件")
    villager.ignores(), county.group.ignores("*")

    await leader.presses("看原话", on=county.group)

    assert PLANTED_WORDS in leader.last


def _receipt_message(villager: object) -> int:
    views = [v for v in villager.county.sandbox.world.messages(villager.chat_id) if v["from"] == "bot"]
    return int(views[-1]["message_id"])


def _data_of(county: County, villager: object, choice: str) -> str:
    tip = max(county.all(r.Tip), key=lambda t: t.first_at)
    return f"1:{'same' if choice.startswith('补') else 'other'}:{tip.ref}:0"
