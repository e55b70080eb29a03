"""What points to the sender is hidden before anybody handles it; the sender sees what others see, and decides."""

import base64

from tests.bot.test_clean import AUTHOR, photo
from tests.county import PLANTED_PHONE, County, Person
from workflows import records as r
from workflows.states import OutboxState

POINTS = f"河口村集市上卖过期食品,我家就在斜对面,联系电话{PLANTED_PHONE}"


async def taken(county: County, text: str = POINTS) -> tuple[Person, Person]:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("tip.submitted"), villager.ignores("tip.opened", "tip.accepted"), leader.ignores()
    await villager.says(text)
    await leader.presses("受理", on=county.group)
    return villager, leader


async def test_handlers_read_masked_words_and_the_sender_sees_the_same(county: County) -> None:
    villager, leader = await taken(county)

    await leader.presses("看原话", on=county.group)
    await villager.presses("别人看到什么")

    for reads in (leader.last, villager.last):
        assert "▇▇▇" in reads and PLANTED_PHONE not in reads and "斜对面" not in reads and "过期食品" in reads
        assert "电话" in reads and "说到自己的话" in reads, "it says what was hidden"


async def test_the_sender_may_let_the_words_stand_and_hide_them_again(county: County) -> None:
    villager, leader = await taken(county)
    await villager.presses("别人看到什么")

    await villager.presses("不用遮")
    await leader.presses("看原话", on=county.group)
    plain = leader.last
    await villager.presses("遮上")
    await leader.presses("看原话", on=county.group)
    foreign = await leader.presses_data(f"1:unmask:{county.one(r.Tip).ref}:0", 1)

    assert PLANTED_PHONE in plain and PLANTED_PHONE not in leader.last
    assert foreign and foreign["show_alert"], "nobody else lifts a mask"


async def test_an_answer_is_masked_too(county: County) -> None:
    villager, leader = await taken(county)
    await leader.presses("问一句", on=county.group)
    await leader.says("大概几点?")

    await villager.presses("点开看")
    await villager.says(f"晚上九点,有事打{PLANTED_PHONE}")

    assert "晚上九点" in leader.last and PLANTED_PHONE not in leader.last
    villager.ignores("tip.asked")


async def test_times_are_told_to_the_part_of_the_day(county: County) -> None:
    _, leader = await taken(county)

    await leader.presses("看原话", on=county.group)

    assert "11月2日上午" in leader.last and "09:0" not in leader.last


async def test_a_picture_reaches_the_handler_without_its_metadata_and_as_another_file(county: County) -> None:
    villager, leader = await taken(county)
    sent = photo()
    await villager.sends(document=True, file={"base64": base64.b64encode(sent).decode(), "name": f"{AUTHOR}.jpg"})

    await leader.presses("看原话", on=county.group)

    got = [v["file"] for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]
    assert len(got) == 1
    stored = [f for f in county.sandbox.world.files._by_id.values() if f.data]
    assert any(f.data == sent for f in stored), "the original is there, sealed behind its number"
    assert AUTHOR not in str(got) and AUTHOR.encode() not in stored[-1].data and b"PhoneMaker" not in stored[-1].data
    assert stored[-1].data != sent


async def test_a_file_that_cannot_be_cleaned_stays_sealed_and_the_handler_is_told(county: County) -> None:
    villager, leader = await taken(county)
    await villager.sends(
        document=True, file={"base64": base64.b64encode(b"PK\x03\x04 by someone").decode(), "name": "x.docx"}
    )

    await leader.presses("看原话", on=county.group)

    assert not [v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]
    assert "没有转给您" in leader.last


async def test_a_picture_from_home_stays_sealed(county: County) -> None:
    villager, leader = await taken(county)
    await villager.sends(photo=True)
    asked = villager.card
    await villager.presses("是，从家里拍的")

    await leader.presses("看原话", on=county.group)
    await county.forward(minutes=5)

    assert "从您家里拍的吗" in asked and "从您家里拍的吗" not in villager.card
    assert not [v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]
    assert "封存作证据" in leader.last


async def test_pictures_wait_for_the_answer_three_minutes_and_leave_on_a_step(county: County) -> None:
    villager, leader = await taken(county)
    await villager.sends(photo=True)
    await leader.presses("看原话", on=county.group)
    early = [v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]

    await county.forward(minutes=3)
    after_three = [v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]
    await county.forward(minutes=2)

    assert after_three == [], "three minutes to the second would tell when it was sent"
    assert early == [] and "等对方答一句" in "".join(leader.reads)
    assert len([v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]) == 1


async def test_an_answer_that_comes_while_they_wait_decides(county: County) -> None:
    villager, leader = await taken(county)
    await villager.sends(photo=True)
    await leader.presses("看原话", on=county.group)

    await villager.presses("是，从家里拍的")
    await county.forward(minutes=5)

    assert not [v for v in county.sandbox.world.messages(leader.chat_id) if v["file"]]
    assert [o.error for o in county.all(r.Outbox) if o.act == "media" and o.state is OutboxState.DROPPED] == [
        "sealed evidence"
    ]


async def test_who_wants_no_more_questions_gets_none_and_still_hears_the_end(county: County) -> None:
    villager, leader = await taken(county)
    await leader.presses("问一句", on=county.group)
    await leader.says("大概几点?")
    assert "tip.asked" in villager.heard

    await villager.presses("点开看")
    await villager.presses("别再问了")
    await leader.presses("问一句", on=county.group)
    await leader.says("再问一句?")
    refused = leader.last
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)

    assert "不想再被问" in refused
    assert villager.heard == ["tip.closed"]


async def test_a_merged_tip_and_a_taken_one_read_the_same(county: County) -> None:
    """Whoever sends a second time, to find out whether somebody has sent before, learns nothing."""
    first, leader = await taken(county, "河口村集市有人卖过期饼干")
    second = county.villager(6_100_000_000_077, "另一位")
    await second.says("河口村集市上卖的饼干过期了")

    await leader.presses("并案", on=county.group, containing=max(county.all(r.Tip), key=lambda t: t.first_at).letters)
    await leader.presses("云溪-2026-0001", on=county.group)

    assert second.heard == ["tip.opened", "tip.accepted"]
    tips = {t.account: t.receipt for t in county.all(r.Tip)}

    def bare(person: Person, text: str) -> str:
        return text.replace(" ", "").replace(tips[person.account], "")

    assert bare(first, first.card) == bare(second, second.card)
    assert bare(first, first.last) == bare(second, second.last)
    assert first.buttons == second.buttons
