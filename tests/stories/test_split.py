"""分成两件: one message tells of two matters; each gets a case, both have the same sender, and nobody learns more than before."""

import pytest

from tests.county import PLANTED_ID, County, Person, digits
from tests.stories.walks import button, signed
from workflows import records as r
from workflows.events import Kind
from workflows.states import CaseState, RewardState, TipState

BOTH = "河口村那家小吃店桌子摆到人行道上,碗筷还洗不干净"
DISHES = "餐具不消毒"


async def _taken(county: County) -> tuple[Person, Person]:
    """A message of two matters, taken by the leader."""
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("*"), county.others_may_hear("*")
    await villager.says(BOTH)
    await villager.presses("没有了") if county.one(r.Tip).state is TipState.COLLECTING else None
    await leader.presses("受理", on=county.group)
    villager.ignores(), leader.ignores()
    return villager, leader


def _tips(county: County) -> tuple[r.Tip, r.Tip]:
    first, second = sorted(county.all(r.Tip), key=lambda tip: tip.split_of is not None)
    return first, second


async def test_each_matter_gets_its_case_and_both_the_same_sender(county: County) -> None:
    villager, leader = await _taken(county)

    await leader.presses("分成两件", on=county.group)
    asked, offered = leader.last, leader.buttons
    await leader.presses(offered[0])

    first, second = _tips(county)
    assert "另一件是什么" in asked and county.book.county.matter(second.matter_code or "").short == offered[0]
    assert second.matter_code != first.matter_code and second.account == first.account
    assert (second.state, second.owner_id, second.first_at) == (TipState.ACCEPTED, first.owner_id, first.first_at)
    cases = county.all(r.Case)
    assert {case.tip_id for case in cases} == {first.id, second.id} and len({case.number for case in cases}) == 2
    assert [case.state for case in cases] == [CaseState.OPEN] * 2
    assert not first.two and second.receipt != first.receipt
    assert "分开办" not in villager.last and "您有一条新答复" in villager.last
    await villager.presses("点开看")
    assert "两件事" in villager.last
    assert county.replayed() == []


async def test_the_words_are_read_from_both_and_every_reading_is_noted(county: County) -> None:
    _, leader = await _taken(county)
    await leader.presses("分成两件", on=county.group)
    await leader.presses(leader.buttons[0])
    _, second = _tips(county)

    await leader.presses("看原话", on=county.group)

    assert any("碗筷还洗不干净" in text for text in leader.reads)
    assert {event.subject_id for event in county.events("tip.read")} == {second.id}


async def test_an_answer_to_a_question_about_the_second_reaches_the_second(county: County) -> None:
    villager, leader = await _taken(county)
    await leader.presses("分成两件", on=county.group)
    await leader.presses(leader.buttons[0])
    _, second = _tips(county)
    await leader.presses("问一句", on=county.group)
    await leader.says("天天晚上都这样吗?")
    assert county.one(r.Question).tip_id == second.id
    await villager.presses("点开看")

    await villager.says("每天晚上都这样")

    assert county.one(r.Question).answered_at is not None
    assert [event.subject_id for event in county.events("tip.answered")] == [second.id]
    await villager.says("刚才又看到了")
    assert county.events(Kind.TIP_ADDED.value)[-1].subject_id == county.all(r.Tip, split_of=None)[0].id


async def test_a_second_tap_and_a_strangers_tap_part_nothing_more(county: County) -> None:
    _, leader = await _taken(county)
    stranger = county.market.liaison_a
    late = button(county, county.group, "分成两件")
    await leader.presses("分成两件", on=county.group)
    again = button(county, leader, leader.buttons[0])

    await leader.presses_data(*again)
    await leader.presses_data(*again)
    await stranger.presses_data(*late)
    await stranger.presses_data(*again)

    assert len(county.all(r.Tip)) == 2 and len(county.events("tip.split")) == 1
    stranger.ignores()


async def test_parted_first_and_named_later(county: County) -> None:
    _, leader = await _taken(county)
    await leader.presses("分成两件", on=county.group)

    await leader.presses("先分开，事项再定")

    _, second = _tips(county)
    assert second.matter_code is None
    await leader.presses("定事项")
    await leader.presses(leader.buttons[0])
    assert county.one(r.Tip, id=second.id).matter_code is not None


@pytest.mark.parametrize("text", ["河口村有人在河里电鱼"])
async def test_where_one_thing_is_told_nothing_is_offered(county: County, text: str) -> None:
    villager, leader = county.villager(PLANTED_ID), county.yunxi.leader
    county.group.ignores("*"), county.others_may_hear("*")
    await villager.says(text)
    await leader.presses("受理", on=county.group)

    with pytest.raises(AssertionError):
        button(county, county.group, "分成两件")
    villager.ignores(), leader.ignores()


async def test_each_matter_goes_its_own_way_to_a_reward_of_its_own(county: County) -> None:
    """Both lawfully dealt with, each on a paper of its own; both rewards are the same sender's, by different rules, folded alike."""
    villager, leader = await _taken(county)
    second_officer = county.yunxi.officer
    await leader.presses("分成两件", on=county.group)
    await leader.presses(leader.buttons[0])
    first, second = _tips(county)
    number = {tip.id: county.one(r.Case, tip_id=tip.id).number for tip in (first, second)}
    villager.ignores(), leader.ignores(), second_officer.ignores("*")

    for tip, paper in ((first, "云溪责改〔2026〕3号 11月2日"), (second, "云溪责改〔2026〕4号 11月2日")):
        await leader.presses("结案", on=county.group, containing=number[tip.id])
        await leader.presses("责令改正", on=county.group)
        await leader.says(paper)
        await leader.presses("云溪镇队员1")
        await second_officer.presses("核对无误")
        await signed(county)

    mine, other = (county.one(r.Reward, tip_id=tip.id) for tip in (first, second))
    assert {mine.state, other.state} == {RewardState.ANNOUNCED}
    assert county.office.desk.heard == ["reward.proposed"] * 2
    assert first.account == second.account
    assert (mine.rule, other.rule) == ("street", "other") and mine.amount_fen != other.amount_fen
    codes = set()
    world = county.sandbox.world
    for view in [m for m in world.messages(villager.chat_id) if m["text"] == "您有一条新答复。"]:
        (key,) = [key for row in view["keyboard"] for key in row if "点开" in key["text"]]
        await county.pass_seconds(2)
        await villager.presses_data(key["data"], view["message_id"])
        (opened,) = [m for m in world.messages(villager.chat_id) if m["message_id"] == view["message_id"]]
        codes |= {digits(line) for line in opened["text"].splitlines() if len(digits(line)) == 21}
    assert len(codes) == 2, "each is collected with a code of its own"
    assert county.replayed() == []
    leader.ignores(), villager.ignores()
