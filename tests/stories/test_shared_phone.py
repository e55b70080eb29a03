"""A phone that others pick up: a neutral line, opened with a tap, folded away again; and texts that tell nobody who else has spoken."""

from typing import Any

import pytest

from tests.county import County, Person
from tests.stories.walks import FOOD
from workflows import records as r

NEUTRAL = "您有一条新答复。"


async def asked(county: County) -> tuple[Person, Person]:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("*"), villager.ignores("tip.opened", "tip.accepted"), leader.ignores()
    await villager.says(FOOD)
    await leader.presses("受理", on=county.group)
    await leader.presses("问一句", on=county.group)
    await leader.says("摊子夜里也摆吗?")
    return villager, leader


async def test_a_question_opens_with_a_tap_and_folds_away_and_can_be_opened_again(county: County) -> None:
    villager, _ = await asked(county)
    assert villager.heard[-1] == "tip.asked" and villager.last == NEUTRAL and villager.buttons == ["点开看"]

    await villager.presses("点开看")
    assert "夜里也摆吗" in villager.last and villager.buttons == ["别再问了"]
    await county.restart()
    await county.forward(seconds=61)
    assert villager.last == NEUTRAL and villager.buttons == ["点开看"]

    await villager.presses("点开看")
    await villager.presses("点开看", containing=NEUTRAL) if villager.last == NEUTRAL else None
    assert "夜里也摆吗" in villager.last
    await villager.says("夜里也摆")
    assert county.one(r.Question).answered_at is not None
    await county.forward(seconds=61)
    assert "夜里也摆吗" not in "".join(villager.reads)


async def test_nobody_else_opens_it_and_not_in_a_group(county: County) -> None:
    villager, leader = await asked(county)
    data = f"1:unfold:{county.one(r.Draft, kind='folded').ref}:0"
    stranger = county.villager(6_300_000_000_001, "旁人")
    message = next(v["message_id"] for v in county.sandbox.world.messages(villager.chat_id) if v["text"] == NEUTRAL)

    for one in (stranger, leader):
        assert (await one.presses_data(data, 1))["show_alert"]
    county.sandbox.world.chats[county.group.chat_id].members.append(villager.chat_id)
    card = county.one(r.Card, chat_id=county.group.chat_id).message
    in_group = await villager.presses_data(data, card, county.group.chat_id)

    assert in_group and in_group["show_alert"] and "夜里也摆吗" not in str(county.group.views)
    assert await villager.presses_data(data, message) is not None and "夜里也摆吗" in villager.last
    villager.ignores("tip.asked")


async def test_what_arrived_before_stop_still_opens_and_folds(county: County) -> None:
    villager, _ = await asked(county)
    await villager.says("/stop")

    await villager.presses("点开看")
    assert any("夜里也摆吗" in text for text in villager.reads)
    await county.forward(seconds=61)

    assert "夜里也摆吗" not in "".join(villager.reads)
    villager.ignores("tip.asked")


async def test_ones_own_words_fold_away_too(county: County) -> None:
    villager = county.villager()
    villager.ignores(), county.group.ignores("*")
    await villager.says(FOOD)
    await villager.presses("别人看到什么")
    assert "过期食品" in villager.last

    await county.restart()
    await county.forward(seconds=61)
    assert "过期食品" not in villager.last
    await villager.presses("点开看")

    assert "过期食品" in villager.last
    await county.forward(seconds=61)
    assert "过期食品" not in "".join(villager.reads)


def bare(county: County, person: Person) -> tuple[list[str], list[str]]:
    """What this phone shows, without the receipt number."""
    receipt = next(t.receipt for t in county.all(r.Tip) if t.account == person.account)
    return [text.replace(" ", "").replace(receipt, "") for text in person.reads], person.buttons


@pytest.mark.parametrize("end", ["declined", "transferred", "closed"])
async def test_two_who_sent_the_same_read_the_same_up_to_the_end(county: County, end: str) -> None:
    """The second of them, who was merged into the first, finds nothing in any text or button by which to tell."""
    first, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    second = county.villager(6_300_000_000_002, "另一位")
    for one in (first, second, leader, desk, county.traffic.liaison_a):
        one.ignores("*")
    county.others_may_hear("*"), county.group.ignores("*")
    await first.says("河口村集市上有人卖过期饼干")
    await second.says("河口村集市上卖的饼干过期了")
    one, other = sorted(county.all(r.Tip), key=lambda t: t.first_at)
    if end != "declined":
        await leader.presses("受理", on=county.group, containing=one.letters)
    await leader.presses("并案", on=county.group, containing=other.letters)
    await leader.presses("云溪-2026-0001" if end != "declined" else one.letters, on=county.group)

    steps: list[tuple[Person, str, Any]] = {
        "declined": [(leader, "不予受理", county.group), (leader, "已经有处理结果", county.group), (leader, "看内容", county.group)],
        "transferred": [
            (leader, "到现场看了", county.group),
            (leader, "移送", county.group), (leader, "交警", county.group), (leader, "属对方职责", county.group),
            (county.traffic.liaison_a, "收到", None),
        ],
        "closed": [(leader, "结案", county.group), (leader, "不属实", county.group)],
    }[end]  # fmt: skip
    for who, button, where in steps:
        await who.presses(button, on=where)
        assert bare(county, first) == bare(county, second), button
    for reporter in (first, second):
        await reporter.presses("点开看")
    assert bare(county, first) == bare(county, second) and first.last != NEUTRAL
    assert not any(word in "".join(second.reads) for word in ("别人", "先前", "已经反映", "处理过", "一起办"))

    if end == "declined":
        await second.presses("请县里再看")
        await first.presses("请县里再看")
        await desk.presses("维持")
        assert {e.subject_id for e in county.events("tip.upheld")} == {one.id, other.id}
        assert bare(county, first) == bare(county, second)


async def test_one_alone_may_ask_the_county_again_and_the_other_does_not_hear_of_it(county: County) -> None:
    first, second, leader, desk = (
        county.villager(),
        county.villager(6_300_000_000_003, "另一位"),
        county.yunxi.leader,
        county.office.desk,
    )
    for one in (second, leader, desk):
        one.ignores("*")
    first.ignores("tip.opened")
    county.others_may_hear("*"), county.group.ignores("*")
    await first.says("河口村集市上有人卖过期饼干")
    await second.says("河口村集市上卖的饼干过期了")
    one, other = sorted(county.all(r.Tip), key=lambda t: t.first_at)
    await leader.presses("并案", on=county.group, containing=other.letters)
    await leader.presses(one.letters, on=county.group)
    for button in ("不予受理", "民事纠纷", "看内容"):
        await leader.presses(button, on=county.group)
    await second.presses("点开看")
    await second.presses("请县里再看")
    await desk.presses("看原话")
    assert "饼干" in desk.last, "the desk may read what it decides on"
    await desk.presses("维持")

    assert first.heard == ["tip.opened", "tip.declined"]
    late = await desk.presses_data(f"1:uphold:{one.ref}:0", 1)
    assert late and late["show_alert"]
    await first.presses("点开看")
    await first.presses("请县里再看")
    await desk.presses("请镇里重办")
    assert first.heard == ["tip.returned"]
