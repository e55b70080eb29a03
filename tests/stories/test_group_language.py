"""A group reads the language that its people chose with /lang there; its standing cards change too."""

from typing import Any

from tests.county import County
from tests.stories.opening import STALL
from tests.stories.test_english import CJK, _names
from workflows import records as r


def _foreign(county: County, view: dict[str, Any]) -> list[str]:
    rest = (view["text"] or "") + " ".join(key["text"] for row in view["keyboard"] or [] for key in row)
    for name in [*_names(county), "中文", "请选语言", "这个群用哪种语言"]:
        rest = rest.replace(name, "")
    return CJK.findall(rest.replace("？", ""))


async def test_a_squads_group_reads_english_once_somebody_there_chose_it(county: County) -> None:
    villager, leader, stranger = county.villager(), county.yunxi.leader, county.market.liaison_a
    villager.ignores(), county.group.ignores("tip.submitted"), leader.ignores(), stranger.ignores()
    county.others_may_hear("*")
    await villager.says(STALL)
    assert "河口村" in county.group.card and CJK.search(county.group.card.replace("河口村", ""))

    await leader.says("/lang", chat=county.group.chat_id)
    await leader.presses("English", on=county.group)
    await county.pass_seconds(5)

    assert county.one(r.Group, chat_id=county.group.chat_id).lang == "en"
    said = [v for v in county.group.views if v["from"] == "bot" and not v["deleted"]]
    assert {view["message_id"]: _foreign(county, view) for view in said if _foreign(county, view)} == {}, (
        "standing cards change too"
    )
    assert county.events("group.speaks")[0].by == leader.seat

    await leader.presses("Accept", on=county.group)
    await county.pass_seconds(5)
    assert all(not _foreign(county, v) for v in county.group.views if v["from"] == "bot" and not v["deleted"])
    assert county.all(r.Tip)[0].lang == "zh" and villager.reads and CJK.search(villager.reads[-1]), (
        "everybody else reads their own"
    )


async def test_somebody_of_another_unit_does_not_choose_for_a_group(county: County) -> None:
    leader, stranger = county.yunxi.leader, county.market.liaison_a
    there = county.sandbox.world.chats[county.group.chat_id]
    there.members = [*there.members, stranger.chat_id]
    await leader.says("/lang", chat=county.group.chat_id)

    toast = await stranger.presses("English", on=county.group)

    assert toast is not None and county.one(r.Group, chat_id=county.group.chat_id).lang == "zh"
    leader.ignores(), stranger.ignores(), county.group.ignores()
