"""Nothing that people send or press raises, loses anything or goes without a kind answer; a flood slows its own chat alone."""

import asyncio
import random

import pytest
from telegram import Message

from bot.sender import _MEDIA
from handlers.message import item_of
from handlers.press import PRESSES
from tests.county import PLANTED_WORDS, County, Person, digits
from tests.stories.opening import STALL, tip_sent_in, tip_taken
from tests.stories.walks import blows
from workflows import records as r
from workflows.states import InboxState, TipState

NASTY = (
    "河口村夜市摆摊占道 <b>不闭合 & &amp; <script>alert(1)</script> 🦊👨‍👩‍👧‍👦 \u202e倒着写\u202c \u2066אבג\u2069 \u200b\u0000x "
    "{{ 7*7 }} {% raise %} %s %d \\n ' \" ; DROP TABLE tip; -- 𠮷𡈽"
)


def _all_is_well(county: County) -> None:
    """Every update was handled, none failed."""
    states = {row.state for row in county.all(r.Inbox)}
    assert states == {InboxState.DONE}, states


def _newest(county: County, person: Person) -> int:
    return int([v for v in county.sandbox.world.messages(person.chat_id) if v["from"] == "bot"][-1]["message_id"])


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(10)
async def test_six_thousand_characters_with_markup_emoji_and_marks_are_one_tip_kept_whole(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    text = (NASTY.replace("\u0000", "") + PLANTED_WORDS + "很长的一段话。" * 900)[:6000]

    await villager.says(text)
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert len(county.all(r.Tip)) == 1
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(seconds=10)

    assert villager.heard == ["tip.accepted"]
    words = "".join(t for t in leader.reads)
    assert "<script>alert(1)</script>" in words and "{{ 7*7 }}" in words and "🦊" in words and PLANTED_WORDS in words
    assert words.count("很长的一段话。") >= 780, "the whole of it can be read"
    assert all(len(t) <= 4096 and "\ufffd" not in t for t in leader.reads), "in pieces, and no character in two"
    market = county.market.liaison_a
    await blows(county, "市监局", on=county.one(r.Tip))
    assert market.heard == ["call.opened"] and any("签收" in label for label in market.buttons)
    assert PLANTED_WORDS not in market.card and "<script>" not in market.card
    _all_is_well(county)


@pytest.mark.parametrize(
    "text", ["<", "&", "\u202e\u202c", "👍", ".", "？？？", "0", "/", "//", "/ 你好", "@", "http://a.b"]
)
async def test_a_message_of_next_to_nothing_gets_a_kind_answer(county: County, text: str) -> None:
    villager = county.villager()
    villager.ignores(), county.others_may_hear("*")

    await villager.says(text)

    assert len(villager.reads) == 1 and len(villager.last) > 10
    _all_is_well(county)


async def test_a_caption_with_markup_is_read_as_it_was_written(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores(), county.group.ignores("*")
    await villager.sends(photo=True, caption=f"河口村夜市摆摊占道 <i>& {PLANTED_WORDS}")

    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(seconds=5)

    assert any(f"<i>& {PLANTED_WORDS}" in text for text in leader.reads)
    _all_is_well(county)


async def test_a_file_of_25_megabytes_is_kept_sealed_and_the_handler_is_told(county: County) -> None:
    """Over 20 MB nothing can be fetched, so nothing can be taken out of it: it stays sealed."""
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores(), county.group.ignores("*")

    await villager.sends(
        document=True, file={"name": "监控.mp4", "size": 25_000_000, "mime": "video/mp4"}, caption=STALL
    )
    await villager.sends(video=True, file={"size": 25_000_000})
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(minutes=8)

    assert villager.reads and county.one(r.Tip).files == 1 and county.one(r.Tip).videos == 1
    assert not [v for v in county.sandbox.world.messages(leader.chat_id) if v["from"] == "bot" and v["file"]]
    assert "没有转给您" in "".join(leader.reads)
    _all_is_well(county)


async def test_thirty_pictures_in_three_albums_are_one_tip(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores("tip.accepted"), county.group.ignores("*")

    for n in range(3):
        county.sandbox.world.album(villager.chat_id, items=[{"photo": True}] * 10, caption=STALL if n == 0 else None)
    await county.settled()
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(minutes=8)

    assert villager.heard[0] == "tip.opened" and len(county.all(r.Tip)) == 1
    assert county.one(r.Tip).photos == 30
    shown = [v for v in county.sandbox.world.messages(leader.chat_id) if v["from"] == "bot" and v["kind"] == "photo"]
    assert len(shown) == 30
    _all_is_well(county)


async def test_a_contact_is_kept_sealed_and_answered(county: County) -> None:
    villager = county.villager()
    county.planted.append("13812345987")

    await villager.sends(contact={"phone_number": "13812345987"})

    assert villager.heard == ["tip.opened"]
    _all_is_well(county)


async def test_an_edit_of_something_the_bot_never_saw_is_let_be(county: County) -> None:
    villager = county.villager()
    sticker = await villager.sends(sticker=True)
    said = await villager.sends(text="你好")

    await villager.sends(text="您好", edit=said)

    assert county.all(r.Tip) == [] and sticker
    _all_is_well(county)


async def test_an_edited_command_is_not_obeyed_twice(county: County) -> None:
    villager = county.villager()
    said = await villager.sends(text="/mytips")
    before = len(villager.reads)

    await villager.sends(text="/mytips 1", edit=said)

    assert len(villager.reads) == before
    _all_is_well(county)


@pytest.mark.parametrize(
    ("part", "kept"), [("video_note", "video"), ("audio", "document"), ("voice", "voice"), ("video", "video")]
)
def test_every_kind_of_recording_is_kept_so_that_it_can_be_sent_on_as_what_it_was(part: str, kept: str) -> None:
    file = {"file_id": "F", "file_unique_id": "U", "length": 240, "duration": 5, "width": 1, "height": 1}
    sent = {"message_id": 5, "date": 1793581200, "chat": {"id": 1, "type": "private"}, part: file}

    item = item_of(Message.de_json(sent, None))

    assert item is not None and (item.kind, item.content["file_id"]) == (kept, "F")
    assert item.content.get("sent_as", item.kind) == part
    assert _MEDIA[part].lower() == f"send{part.replace('_', '')}"


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line", ["/unknown", "/rm -rf", "/MYTIPS", "/help", "/tip", "/cancel", "/privacyy", "/start nonsense"]
)
async def test_every_command_of_a_villager_is_answered(county: County, line: str) -> None:
    villager = county.villager()

    await villager.says(line)

    assert len(villager.reads) == 1 and len(villager.last) > 8
    assert county.all(r.Tip) == []
    _all_is_well(county)


@pytest.mark.parametrize(
    "line",
    [
        "/tips",
        "/cases",
        "/case 1",
        "/whistle 市监局",
        "/calls",
        "/open",
        "/pay",
        "/pay 123",
        "/onduty",
        "/offduty",
        "/report",
    ],
)
async def test_a_strangers_command_of_the_staff_is_refused_politely_and_logged(county: County, line: str) -> None:
    stranger = county.villager()

    await stranger.says(line)

    assert "工作人员" in stranger.last
    assert [e.by for e in county.events("press.refused")] == ["stranger"]
    _all_is_well(county)


@pytest.mark.parametrize(
    "line",
    [
        "/whistle",
        "/whistle 外星人管理局 摆摊",
        "/whistle 市监局 外星局",
        "/case",
        "/case 云溪-2026-9999",
        "/cases 5",
        "/tips x",
    ],
)
async def test_a_leaders_command_with_odd_words_is_answered_with_what_to_do(county: County, line: str) -> None:
    leader = county.yunxi.leader

    await leader.says(line)

    assert len(leader.last) >= 8
    assert county.all(r.Call) == []
    _all_is_well(county)


async def test_a_claim_code_in_a_group_is_not_taken(county: County) -> None:
    leader, finance = county.yunxi.leader, county.office.finance
    code = "123 456 789 012 345 678 901"
    county.sandbox.world.group(
        county.group.chat_id, members=[*county.sandbox.world.chats[county.group.chat_id].members, finance.chat_id]
    )

    await finance.says(f"/pay {code}", chat=county.group.chat_id)

    assert "私聊" in finance.last
    assert code not in "".join(v["text"] or "" for v in county.group.views if v["from"] == "bot")
    assert leader.heard == []
    _all_is_well(county)


async def test_lists_of_the_squad_do_not_appear_in_a_group_that_is_not_the_squads(county: County) -> None:
    _, leader, _ = await tip_taken(county)
    family = county.sandbox.world.group(title="一家人", members=[leader.chat_id, 5_000_800_000_100_002], bot=False)
    family.bot_status = "administrator"

    for line in ("/tips", "/cases", "/case 0001"):
        await leader.says(line, chat=family.id)

    there = [v["text"] or "" for v in county.sandbox.world.messages(family.id) if v["from"] == "bot"]
    assert not any("云溪-2026-0001" in text or "河口村" in text for text in there)
    assert sum("云溪-2026-0001" in text for text in leader.reads) == 3, "they come in private instead"
    _all_is_well(county)


async def test_a_command_for_another_bot_in_the_group_is_left_alone(county: County) -> None:
    leader = county.yunxi.leader
    before = len(county.group.views)

    await leader.says("/tips@some_other_bot", chat=county.group.chat_id)
    await leader.says("/whistle@some_other_bot 市监局", chat=county.group.chat_id)
    await leader.says("/nonsense", chat=county.group.chat_id)
    await leader.says("大家早", chat=county.group.chat_id)

    assert len([v for v in county.group.views if v["from"] == "bot"]) == len(
        [v for v in county.group.views[:before] if v["from"] == "bot"]
    )
    _all_is_well(county)


async def test_private_commands_in_a_group_are_answered_in_private(county: County) -> None:
    leader = county.yunxi.leader

    for line in ("/mytips", "/cancel", "/onduty"):
        await leader.says(line, chat=county.group.chat_id)

    assert len(leader.reads) == 3
    assert not [v for v in county.group.views if v["from"] == "bot"]
    _all_is_well(county)


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FORGED = [
    "", ":", "1", "1:", "1:accept", "1:accept:ZZZZZZZZ:0", "0:accept:AAAAAAAA:0", "2:accept:AAAAAAAA:0", "99:x:y:0",
    "1:no_such_verb:AAAAAAAA:0", "1:accept:AAAAAAAA:-1", "1:accept:AAAAAAAA:99999999999", "1:accept:' OR 1=1 --:0",
    "x" * 64, "受" * 21, "1:" + "a" * 60, "1:village.QL01V03:AAAAAAAA:0", "{}", "null", "1:lang.xx:-:0", "1:__init__:A:0",
]  # fmt: skip


@pytest.mark.parametrize("who", ["villager", "leader", "desk"])
async def test_forged_old_and_foreign_button_data_gets_a_kind_word(county: County, who: str) -> None:
    villager, tip = await tip_sent_in(county)
    person = {"villager": villager, "leader": county.yunxi.leader, "desk": county.office.desk}[who]

    for data in FORGED:
        if not data:
            continue
        toast = await person.presses_data(data, 1)
        assert toast is not None and len(toast["text"]) >= 3, data

    assert county.one(r.Tip).state is TipState.SUBMITTED and county.one(r.Tip).rev == tip.rev
    _all_is_well(county)


ARGS = (
    "",
    "x",
    "QL01",
    "QL01V03",
    "SJ",
    "QL01S-5",
    "QL02S-1",
    "penalty",
    "dispute",
    "dissuade",
    "order",
    "-1",
    "A" * 32,
    "None",
    "new",
    "zh",
)


async def test_every_verb_with_every_odd_choice_by_everybody_raises_nothing(county: County) -> None:
    """The fuzz: each verb on records of each kind, with choices that belong elsewhere, by all kinds of people."""
    county.others_may_hear("*"), county.group.ignores("*")
    villager, leader, tip = await tip_taken(county)
    await leader.says("/whistle 市监局 河口夜市")
    await leader.presses("云溪-2026-0001")
    await leader.presses("叫")
    people = [
        villager,
        leader,
        county.yunxi.officer,
        county.office.desk,
        county.market.liaison_a,
        county.office.finance,
    ]
    for person in people:
        person.ignores()
    refs = [
        tip.ref,
        county.one(r.Whistle).ref,
        county.one(r.Call).ref,
        *(d.ref for d in county.all(r.Draft)),
        "AAAAAAAA",
        "-",
    ]
    calm = sorted(set(PRESSES) - {"stand_down", "close"})
    tries = [(p, f"1:{v}{'.' + a if a else ''}:{ref}:0") for p in people for v in calm for a in ARGS for ref in refs]
    random.Random(7).shuffle(tries)

    for person, data in tries[:300]:
        county.sandbox.world.press(person.chat_id, person.chat_id, 1, data=data)
        if random.Random(data).random() < 0.02:
            await county.settled()
    await county.settled()

    _all_is_well(county)
    await county.forward(minutes=2)  # what three hundred presses have asked for leaves at the pace a chat allows
    await leader.says("/tips")
    assert "云溪-2026" in leader.last, "and the service still answers"


async def test_a_button_pressed_twice_late_by_a_stranger_and_after_the_close(county: County) -> None:
    villager, leader, tip = await tip_taken(county)
    stranger = county.villager(6_000_000_000_009, "生人")
    card = int(county.one(r.Card, chat_id=county.group.chat_id).message)

    twice = await leader.presses_data(f"1:accept:{tip.ref}:0", card, county.group.chat_id)
    foreign = await stranger.presses_data(f"1:accept:{tip.ref}:0", 1)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    await county.forward(days=3)
    late = {}
    for verb in (
        "accept",
        "decline",
        "merge",
        "settle",
        "whistle",
        "transfer",
        "look",
        "close",
        "question",
        "act.dissuade",
        "outcome.untrue",
    ):
        toast = await leader.presses_data(f"1:{verb}:{tip.ref}:0", card, county.group.chat_id)
        late[verb] = toast["text"] if toast else ""

    assert twice and "办过" in twice["text"]
    assert foreign and "工作人员" in foreign["text"]
    assert all(late.values()), late
    assert villager.heard == ["tip.closed"]
    assert county.one(r.Tip).state is TipState.CLOSED
    _all_is_well(county)


async def test_the_buttons_of_somebody_elses_receipt_do_nothing(county: County) -> None:
    _, tip = await tip_sent_in(county)
    other = county.villager(6_000_000_000_010, "旁人")

    for verb in (
        "withdraw",
        "real_name",
        "anonymous",
        "village.QL02V01",
        "skip",
        "matter.NY002",
        "same",
        "appeal",
        "result",
        "solved",
        "pin",
    ):
        toast = await other.presses_data(f"1:{verb}:{tip.ref}:{tip.rev}", 1)
        assert toast and "发来的人" in toast["text"], verb

    after = county.one(r.Tip)
    assert (after.state, after.named, after.village_id) == (TipState.SUBMITTED, False, "QL01V03")


# ── a flood ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_flood_of_sixty_messages_slows_its_own_chat_and_nobody_elses(county: County) -> None:
    flooder, other = county.villager(6_000_000_000_020, "刷屏的人"), county.villager()
    county.others_may_hear("*"), county.group.ignores("*"), flooder.ignores()

    for n in range(60):
        county.sandbox.world.send(flooder.chat_id, text=f"河口村夜市摆摊占道第{n}遍")
    county.sandbox.world.send(other.chat_id, text=STALL)
    async with asyncio.timeout(10):
        while other.heard != ["tip.opened"]:
            await asyncio.sleep(0.01)
    await county.settled()

    mine = county.one(r.Tip, account=other.account)
    assert mine.receipt in digits(other.last)
    kept = [i for i in county.all(r.TipItem) if i.account == flooder.account]
    assert len(kept) == 60, "nothing of the flood is lost"
    assert len(county.all(r.Tip, account=flooder.account)) == 1 and len(flooder.reads) < 10
    _all_is_well(county)


async def test_a_hundred_stickers_do_not_stop_the_next_villager(county: County) -> None:
    pest, other = county.villager(6_000_000_000_021, "贴纸"), county.villager()
    county.others_may_hear("*"), county.group.ignores("*")
    for _ in range(100):
        county.sandbox.world.send(pest.chat_id, sticker=True)
    county.sandbox.world.send(other.chat_id, text=STALL)

    await county.settled()

    assert other.heard == ["tip.opened"]
    assert county.one(r.Tip).account == other.account
    assert 1 <= len(pest.reads) <= 10


async def test_eighty_answers_that_wait_for_one_chat_do_not_hide_the_next_chats_receipt(county: County) -> None:
    pest, other = county.villager(6_000_000_000_022, "总在问的人"), county.villager()
    county.group.ignores("*")
    for _ in range(80):
        county.sandbox.world.send(pest.chat_id, text="/help")
    await county.settled()

    county.sandbox.world.send(other.chat_id, text=STALL)
    await county.settled()

    assert len(pest.reads) < 80, "one a second for this chat"
    assert other.heard == ["tip.opened"]
    await county.forward(minutes=2)
    assert len(pest.reads) == 80, "and nothing is lost"
