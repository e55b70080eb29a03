"""A voice can be recognised: whether it may be heard is asked once, else the desk types it, against a clock of its own."""

import base64
from datetime import timedelta

from tests.bot.test_clean import film
from tests.county import PLANTED_PHONE, County, Person
from tests.stories.walks import FOOD
from workflows import records as r
from workflows.states import TipState


def files(county: County, one: Person) -> list[str]:
    """What was sent to this phone as a file."""
    return [str(v["file"]) for v in county.sandbox.world.messages(one.chat_id) if v["file"] and v["from"] == "bot"]


async def spoken(county: County, text: str = FOOD) -> tuple[Person, r.Tip]:
    """A tip in words, and a voice after it."""
    villager = county.villager()
    villager.ignores("tip.opened", "tip.accepted"), county.group.ignores("tip.submitted")
    await villager.says(text)
    await villager.sends(voice=True)
    return villager, county.one(r.Tip)


async def test_with_a_yes_the_handler_hears_it_as_a_new_file_and_nobody_types(county: County) -> None:
    villager, _ = await spoken(county)
    leader = county.yunxi.leader
    assert "熟人可能听得出来" in villager.card and villager.buttons[:2] == ["可以听", "请打成文字"]
    assert "语音待转写" in county.group.card, "the card did not wait"

    await villager.presses("可以听")
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(minutes=30)

    sent = next(v["file"] for v in county.sandbox.world.messages(villager.chat_id) if v["file"])
    assert len(files(county, leader)) == 1 and sent["file_id"] not in files(county, leader)[0]
    got = next(v["file"] for v in county.sandbox.world.messages(leader.chat_id) if v["file"])
    held = county.sandbox.world.files._by_id
    assert b"sandbox" in held[sent["file_id"]].data and b"sandbox" not in held[got["file_id"]].data, "the tags are gone"
    assert county.events("voice.queued") == [] and "语音待转写" not in county.group.card
    leader.ignores()


async def test_without_a_word_the_desk_types_it_and_the_handler_reads_it_masked(county: County) -> None:
    county.others_may_hear("voice.queued")
    villager, tip = await spoken(county)
    leader, desk = county.yunxi.leader, county.office.desk
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    assert "待县里转写" in leader.last and files(county, leader) == []

    await county.forward(minutes=3)
    assert desk.heard == ["voice.queued"] and villager.heard == ["tip.opened", "tip.accepted"]
    typing = county.one(r.Typing)
    assert typing.due_at - typing.queued_at == timedelta(minutes=10)
    await desk.presses("听一遍")
    assert len(files(county, desk)) == 1, "one voice, in the desk's private chat"
    await desk.says(f"每天晚上九点摆出来,有事打{PLANTED_PHONE}")

    assert leader.heard == ["voice.typed"]
    await leader.presses("看原话", on=county.group)
    await villager.presses("别人看到什么")
    for read in (leader.last, villager.last):
        assert "晚上九点" in read and PLANTED_PHONE not in read and "▇▇▇" in read
    assert files(county, leader) == [] and "已转写" in county.group.card
    assert [e.by for e in county.events("voice.heard")] == ["QL-desk-1"]
    discipline = county._seat("QL-discipline-1")
    await discipline.says(f"/opened {tip.letters}")
    assert "听语音转写" in discipline.last


async def test_the_queue_has_a_clock_reminds_and_never_falls_silent(county: County) -> None:
    await spoken(county)
    desk, leader = county.office.desk, county.office.leader_on_duty
    county.others_may_hear("voice.queued", "voice.reminded", "voice.overdue")
    county.yunxi.leader.ignores(), county.group.ignores("*")
    await county.yunxi.leader.presses("受理", on=county.group)
    await county.forward(minutes=3)
    queued = county.one(r.Typing).queued_at

    await county.forward(minutes=25)

    assert desk.heard == ["voice.queued", "voice.reminded", "voice.overdue", "voice.overdue"]
    assert leader.heard == ["voice.overdue", "voice.overdue"]
    assert [e.at - queued for e in county.events("voice.overdue")] == [timedelta(minutes=m) for m in (10, 20)]
    await leader.presses("听一遍")
    await county.restart()
    await leader.says("集市东头第三家")
    await county.forward(minutes=30)
    assert (desk.heard, leader.heard) == ([], [])


async def test_in_danger_nobody_waits_and_the_sender_may_still_say_yes(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    villager.ignores(), county.group.ignores("*"), county.others_may_hear("*")
    await villager.says("河口村桥头着火了,快来")
    await villager.sends(voice=True)

    assert county.one(r.Tip).urgent and county.one(r.Tip).state is TipState.SUBMITTED
    assert "voice.queued" in desk.heard and "语音待转写" in county.group.card
    assert county.one(r.Typing).due_at - county.one(r.Typing).queued_at == timedelta(minutes=5)
    await villager.presses("可以听")
    stale = await desk.presses("听一遍")
    await county.forward(minutes=6)

    assert stale and stale["show_alert"] and files(county, desk) == []
    assert not {"voice.reminded", "voice.overdue"} & set(desk.heard)
    assert county.one(r.Typing).outcome == "moot"
    desk.ignores()


async def test_a_voice_alone_finds_its_squad_once_it_is_typed(county: County) -> None:
    county.others_may_hear("voice.queued")
    villager, desk = county.villager(), county.office.desk
    await villager.sends(voice=True)
    assert "熟人可能听得出来" in villager.card
    await villager.presses("请打成文字")
    assert "在哪儿" in villager.card, "the next question follows"
    assert desk.heard == ["voice.queued"]

    await desk.presses("听一遍")
    await desk.says("河口村集市上有人卖过期食品")

    assert county.group.heard == ["tip.submitted"] and county.one(r.Tip).township_id == "QL01"
    assert villager.heard == ["tip.opened"]


async def test_typed_words_about_insiders_are_asked_about_before_the_township_hears(county: County) -> None:
    county.others_may_hear("voice.queued", "tip.submitted")
    villager, desk = county.villager(), county.office.desk
    await villager.sends(voice=True)
    await county.forward(minutes=4)
    assert set(desk.heard) == {"voice.queued", "tip.submitted"} and county.one(r.Tip).desk
    await desk.presses("听一遍")

    await desk.says("河口村集市上卖过期食品的是村支书家亲戚")
    assert "干部" in villager.card and county.group.heard == []
    await villager.presses("没有")

    assert county.group.heard == ["tip.submitted"]
    villager.ignores("tip.opened"), desk.ignores()


async def test_every_button_twice_late_and_by_others_changes_nothing(county: County) -> None:
    villager, tip = await spoken(county)
    stranger, officer, desk, second = (
        county.villager(6_200_000_000_001, "旁人"),
        county.yunxi.officer,
        county.office.desk,
        county.office.desk_2,
    )
    officer.ignores(), desk.ignores(), second.ignores(), county.others_may_hear("*")
    county.group.ignores("*")
    assert (await stranger.presses_data(f"1:voice_yes:{tip.ref}:0", 1))["show_alert"]
    early = county.one(r.Typing)
    assert (await desk.presses_data(f"1:hear:{early.ref}:0", 1))["show_alert"], "not before the answer"
    await villager.presses("请打成文字")
    assert await villager.presses_data(f"1:voice_no:{tip.ref}:0", 1)
    for one in (stranger, officer):
        for verb in ("hear", "unclear"):
            assert (await one.presses_data(f"1:{verb}:{early.ref}:0", 1))["show_alert"], verb
    await desk.presses("听一遍")
    await second.presses("听一遍")

    await desk.presses("听不清", containing="请把这段语音")
    await second.says("我听清楚了")
    again = await second.presses_data(f"1:unclear:{early.ref}:0", 1)

    assert county.one(r.Typing).outcome == "unclear" and "县指挥中心" in second.last + str(again)
    assert [i.kind for i in county.all(r.TipItem)] == ["text", "voice"]
    assert len(county.events("voice.queued")) == 1
    await villager.presses("撤回")
    assert (await villager.presses_data(f"1:voice_yes:{tip.ref}:0", 1))["show_alert"]


async def test_what_was_withdrawn_is_not_typed(county: County) -> None:
    villager, desk = (await spoken(county))[0], county.office.desk
    county.group.ignores("*"), desk.ignores(), county.others_may_hear("*")
    await villager.presses("请打成文字")
    await villager.presses("撤回")
    refused = await desk.presses("听一遍")
    await county.forward(minutes=40)

    assert refused and refused["show_alert"] and files(county, desk) == []
    assert "voice.overdue" not in desk.heard and county.one(r.Typing).outcome == "moot"


async def test_several_voices_come_to_the_desk_one_after_the_other(county: County) -> None:
    villager, _ = await spoken(county)
    desk = county.office.desk
    county.others_may_hear("*"), county.group.ignores("*")
    await villager.sends(voice=True)
    await villager.sends(voice=True)
    await villager.presses("请打成文字")
    assert desk.heard == ["voice.queued"] and len(county.events("voice.queued")) == 3

    for number in (1, 2, 3):
        await desk.presses("听一遍")
        await desk.says(f"第{number}段")
        await county.forward(seconds=2)

    assert desk.heard == ["voice.queued"] * 2
    await county.yunxi.leader.presses("受理", on=county.group)
    await county.yunxi.leader.presses("看原话", on=county.group)
    assert [f"第{n}段" in county.yunxi.leader.last for n in (1, 2, 3)] == [True] * 3
    await county.forward(minutes=30)
    assert desk.heard == [] and "语音待转写" not in county.group.card
    county.yunxi.leader.ignores()


async def test_a_film_is_passed_on_without_its_sound_until_there_is_a_yes(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("*"), villager.ignores(), leader.ignores()
    await villager.says(FOOD)
    await villager.sends(video=True, file={"base64": base64.b64encode(film()).decode(), "name": "x.mp4"})
    await leader.presses("受理", on=county.group)
    await villager.presses("请打成文字")
    await villager.presses("不是")
    await leader.presses("看原话", on=county.group)
    quiet = _newest(county)
    assert "没有放声音" in "".join(leader.reads) and b"SSSS" not in quiet and b"PPPP" in quiet

    await villager.presses("别人看到什么")
    await villager.presses("可以听")
    await leader.presses("看原话", on=county.group)

    assert b"SSSS" in _newest(county) and county.all(r.Typing) == []


def _newest(county: County) -> bytes:
    """The file that was made last, as bytes."""
    return list(county.sandbox.world.files._by_id.values())[-1].data or b""


async def test_danger_in_a_voice_is_heeded_also_after_its_tip_was_joined_to_anothers(county: County) -> None:
    """The desk types it later: the matter is urgent from then on, and whoever spoke is told 119; the other sender hears nothing of it."""
    first, other = county.villager(), county.villager(6_100_000_000_001, "后来的人")
    leader, desk = county.yunxi.leader, county.office.desk
    first.ignores("tip.opened", "tip.accepted"), other.ignores("tip.opened", "tip.accepted")
    county.group.ignores("tip.submitted"), county.others_may_hear("voice.queued"), leader.ignores()
    await first.says(FOOD)
    await leader.presses("受理", on=county.group)
    handled = county.one(r.Tip)
    await other.says(FOOD)
    await other.sends(voice=True)
    await other.presses("请打成文字")
    later = next(t for t in county.all(r.Tip) if t.id != handled.id)
    await leader.presses("并案", on=county.group, containing=later.letters)
    await leader.presses("云溪-2026-0001", on=county.group)
    assert desk.heard == ["voice.queued"] and county.one(r.Tip, id=later.id).state is TipState.MERGED

    await desk.presses("听一遍")
    await desk.says("仓库着火了,里面还有人")

    assert other.heard[-1] == "tip.emergency" and "119" in other.reads[-2] + other.last
    assert first.heard == ["tip.opened", "tip.accepted"], "nobody learns that there is somebody else"
    assert county.one(r.Tip, id=handled.id).urgent and "特急" in county.group.card
    assert county.group.heard[-1] == "tip.submitted", "the squad's chat hears it as a new message"
