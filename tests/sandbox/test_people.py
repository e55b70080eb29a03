"""What people do arrives as updates that python-telegram-bot reads."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from telegram import Update
from telegram.constants import MessageEntityType

from bot.sandbox import Sandbox
from bot.sandbox.errors import Misused

from .conftest import LEADER, STRANGER, VILLAGER


def last(sandbox: Sandbox) -> Update:
    newest = next(reversed(sandbox.world.updates.values()))
    update = Update.de_json(orjson.loads(newest.raw), None)
    assert update.update_id == newest.update_id
    assert_known(update)
    return update


def assert_known(update: Update) -> None:
    """Nothing of the update is unknown to the library, in any part that is sent."""
    if update.effective_message is not None and not update.callback_query:
        assert not update.effective_message.api_kwargs


KINDS: dict[str, dict[str, Any]] = {
    "text": {"text": "河边有人倒垃圾"},
    "photo": {"photo": True, "caption": "这里"},
    "voice": {"voice": True},
    "video": {"video": True},
    "document": {"document": True, "file": {"name": "a.txt", "mime": "text/plain", "base64": "5LqR"}},
    "sticker": {"sticker": True},
    "location": {"location": {"latitude": 28.1, "longitude": 119.2, "horizontal_accuracy": 12, "live_period": 900}},
    "contact": {"contact": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_by_the_library(sandbox: Sandbox, kind: str) -> None:
    [(message, update_id)] = sandbox.world.send(VILLAGER, **KINDS[kind])

    update = last(sandbox)
    assert update.update_id == update_id
    assert update.message.message_id == message.message_id
    assert update.message.from_user.language_code == "zh"
    assert getattr(update.message, kind)
    if message.file and kind != "photo":
        attachment = getattr(update.message, kind)
        assert attachment.file_size == message.file.size and not attachment.api_kwargs


def test_a_document_keeps_its_name_and_bytes(sandbox: Sandbox) -> None:
    sandbox.world.send(VILLAGER, **KINDS["document"])

    document = last(sandbox).message.document
    stored = sandbox.world.files.find(document.file_id)
    assert (document.file_name, document.mime_type, document.file_size) == ("a.txt", "text/plain", 3)
    assert stored is not None and stored.data == "云".encode()


def test_a_command_is_marked(sandbox: Sandbox) -> None:
    sandbox.world.send(VILLAGER, text="/start abc")

    entity = last(sandbox).message.entities[0]
    assert (entity.type, entity.offset, entity.length) == (MessageEntityType.BOT_COMMAND, 0, 6)


def test_an_edit_is_an_edited_message(sandbox: Sandbox) -> None:
    [(message, _)] = sandbox.world.send(VILLAGER, text="东村")
    sandbox.world.send(VILLAGER, text="西村", edit=message.message_id)

    edited = last(sandbox).edited_message
    assert (edited.message_id, edited.text) == (message.message_id, "西村")
    assert edited.edit_date is not None


def test_a_live_position_moves_by_edits(sandbox: Sandbox) -> None:
    [(message, _)] = sandbox.world.send(VILLAGER, **KINDS["location"])
    sandbox.world.send(VILLAGER, location={"latitude": 28.2, "longitude": 119.3}, edit=message.message_id)

    place = last(sandbox).edited_message.location
    assert place.latitude == 28.2
    assert place.to_dict()["live_period"] == 900


def test_forwards_and_replies_say_where_they_come_from(sandbox: Sandbox) -> None:
    [(first, _)] = sandbox.world.send(VILLAGER, text="a")
    sandbox.world.send(
        VILLAGER, text="b", forward_from_name="老王", reply_to=first.message_id, date="2026-11-02T09:00:00+08:00"
    )

    message = last(sandbox).message
    assert message.forward_origin.sender_user_name == "老王"
    assert message.reply_to_message.message_id == first.message_id
    assert message.date.isoformat() == "2026-11-02T01:00:00+00:00"


def test_an_album_shares_a_group_and_captions_its_first(sandbox: Sandbox) -> None:
    sent = sandbox.world.album(VILLAGER, items=["photo", {"video": True}, "photo"], caption="三张")

    bodies = [message.body for message, _ in sent]
    assert len({body["media_group_id"] for body in bodies}) == 1
    assert [body.get("caption") for body in bodies] == ["三张", None, None]
    assert len(sandbox.world.updates) == 3
    with pytest.raises(Misused, match="2 to 10"):
        sandbox.world.album(VILLAGER, items=["photo"])


def test_a_text_too_long_is_cut_as_apps_do(sandbox: Sandbox) -> None:
    sent = sandbox.world.send(VILLAGER, text="云" * 6000)

    assert [len(message.body["text"]) for message, _ in sent] == [4096, 1904]


def test_a_press_carries_its_data_even_a_forged_one(sandbox: Sandbox) -> None:
    sandbox.world.send(VILLAGER, text="/start")
    chat = sandbox.world.chats[VILLAGER]
    keyboard = {
        "inline_keyboard": [[{"text": "签收", "callback_data": "1:ack"}, {"text": "图", "url": "https://a.example"}]]
    }
    card = sandbox.world.post(chat, "text", {"text": "卡", "reply_markup": keyboard})

    sandbox.world.press(VILLAGER, VILLAGER, card.message_id, text="签收")
    assert last(sandbox).callback_query.data == "1:ack"
    sandbox.world.press(VILLAGER, VILLAGER, card.message_id, data="9:nonsense")
    assert last(sandbox).callback_query.data == "9:nonsense"
    sandbox.world.press(VILLAGER, VILLAGER, 10**6, data="old")
    assert not last(sandbox).callback_query.message.is_accessible
    with pytest.raises(Misused, match="has no button") as caught:
        sandbox.world.press(VILLAGER, VILLAGER, card.message_id, text="到场")
    assert caught.value.more == {"buttons": ["签收", "图"]}
    sandbox.world.person(STRANGER, "生人")
    with pytest.raises(Misused, match="not in chat"):
        sandbox.world.press(STRANGER, VILLAGER, card.message_id, text="签收")


def test_blocking_is_told_both_ways(sandbox: Sandbox) -> None:
    sandbox.world.send(VILLAGER, text="/start")
    sandbox.world.block(VILLAGER)
    assert last(sandbox).my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Misused, match="unblock"):
        sandbox.world.send(VILLAGER, text="x")
    sandbox.world.unblock(VILLAGER)
    assert last(sandbox).my_chat_member.new_chat_member.status == "member"


def test_a_group_with_the_bot_announces_it(sandbox: Sandbox) -> None:
    chat = sandbox.world.group(title="大队", forum=True, members=[LEADER], bot_admin=True)

    changed, joined = (Update.de_json(orjson.loads(u.raw), None) for u in sandbox.world.updates.values())
    assert changed.my_chat_member.new_chat_member.status == "administrator"
    assert changed.my_chat_member.chat.is_forum and changed.my_chat_member.chat.id == chat.id
    assert joined.message.new_chat_members[0].username == "whistle_sandbox_bot"


def test_an_upgrade_is_told_in_both_chats(sandbox: Sandbox, group: int) -> None:
    new = sandbox.world.migrate(group)

    old, come = (Update.de_json(orjson.loads(u.raw), None) for u in sandbox.world.updates.values())
    assert old.message.migrate_to_chat_id == new.id
    assert come.message.migrate_from_chat_id == group


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("大家好", False),
        ("/board", True),
        ("/board@whistle_sandbox_bot", True),
        ("/board@another_bot", False),
        ("@whistle_sandbox_bot 在吗", True),
    ],
)
def test_an_ordinary_member_hears_only_what_concerns_it(sandbox: Sandbox, group: int, text: str, heard: bool) -> None:
    [(_, update_id)] = sandbox.world.send(VILLAGER, group, text=text)

    assert (update_id is not None) is heard


def test_replies_to_the_bot_are_heard_and_an_admin_hears_all(sandbox: Sandbox, group: int, squad: int) -> None:
    mine = sandbox.world.post(sandbox.world.chats[group], "text", {"text": "在哪?"})

    assert sandbox.world.send(VILLAGER, group, text="东村", reply_to=mine.message_id)[0][1] is not None
    assert sandbox.world.send(VILLAGER, squad, text="大家好")[0][1] is not None


def test_old_messages_and_files_are_let_go(sandbox: Sandbox) -> None:
    sandbox.world.keep = 5
    sandbox.world.files.keep_files = 3
    for number in range(9):
        sandbox.world.send(VILLAGER, photo=True, caption=str(number))

    assert [view["caption"] for view in sandbox.world.messages(VILLAGER)] == ["4", "5", "6", "7", "8"]
    assert len(sandbox.world.files) == 3
