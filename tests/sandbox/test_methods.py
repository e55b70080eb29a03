"""Each rule that Telegram holds a bot to, refused with Telegram's status and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from telegram import ChatMember, File, ForumTopic, Message, User

from bot.sandbox import Sandbox
from bot.sandbox.files import unique_picture

from .conftest import LEADER, STRANGER, VILLAGER, Api, Controls

BAD = "400 Bad Request: "
TOO_OLD = BAD + "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    BAD + "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "签收", **button}]]}


async def test_a_wrong_token_is_unauthorized_and_an_unknown_method_not_found(sandbox: Sandbox, http, api: Api) -> None:
    async with http.post(f"{sandbox.url}/bot1:WRONG/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")
    assert await api.refusal("sendDice", chat_id=1) == "404 Not Found"


async def test_get_me_names_the_bot_whatever_the_letters_case(api: Api) -> None:
    me = User.de_json(await api("GETME"), None)

    assert (me.id, me.username, me.is_bot) == (1000001, "whistle_sandbox_bot", True)


async def test_parameters_come_as_form_query_json_or_multipart(sandbox: Sandbox, http, villager: int) -> None:
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    multipart = aiohttp.FormData({"chat_id": str(villager), "text": "m"}, default_to_multipart=True)

    async with http.get(url, params={"chat_id": villager, "text": "q"}) as one:
        assert one.status == 200
    async with http.post(
        url, json={"chat_id": villager, "text": "j", "reply_markup": inline(callback_data="1")}
    ) as two:
        assert two.status == 200
    async with http.post(url, data=multipart) as three:
        assert three.status == 200

    assert [m["text"] for m in sandbox.world.messages(villager)][1:] == ["q", "j", "m"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "云" * 4097}, "message is too long"),
        ({"text": "🔔" * 2049}, "message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "*x*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": inline(callback_data="云" * 22)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": inline()},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": inline(url="tel:12345")},
            "inline keyboard button URL 'tel:12345' is invalid: Unsupported URL protocol",
        ),
        ({"text": "x", "reply_markup": {"buttons": []}}, "can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_parameters": {"message_id": 99999}}, "message to be replied not found"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup: JSON expected"),
    ],
)
async def test_a_message_against_the_rules_is_refused(
    api: Api, villager: int, params: dict[str, Any], words: str
) -> None:
    assert await api.refusal("sendMessage", chat_id=villager, **params) == BAD + words


async def test_the_limits_themselves_are_allowed(api: Api, villager: int) -> None:
    sent = await api("sendMessage", chat_id=villager, text="云" * 4096)
    marked = await api("sendMessage", chat_id=villager, text="<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    pressed = await api("sendMessage", chat_id=villager, text="x", reply_markup=inline(callback_data="云" * 21 + "x"))

    assert len(sent["text"]) == len(marked["text"]) == 4096
    assert Message.de_json(pressed, None).reply_markup.inline_keyboard[0][0].text == "签收"


async def test_a_bot_writes_only_to_those_who_wrote_first(sandbox: Sandbox, api: Api) -> None:
    assert await api.refusal("sendMessage", chat_id=999, text="x") == BAD + "chat not found"
    assert await api.refusal("sendMessage", text="x") == BAD + "chat_id is empty"
    started = "403 Forbidden: bot can't initiate conversation with a user"
    assert await api.refusal("sendMessage", chat_id=VILLAGER, text="x") == started


async def test_blocked_and_deleted_people_are_out_of_reach(sandbox: Sandbox, api: Api, villager: int) -> None:
    sandbox.world.block(villager)
    assert await api.refusal("sendMessage", chat_id=villager, text="x") == "403 Forbidden: bot was blocked by the user"
    sandbox.world.unblock(villager)
    assert (await api("sendMessage", chat_id=villager, text="x"))["text"] == "x"
    sandbox.world.deactivate(villager)
    assert await api.refusal("sendMessage", chat_id=villager, text="x") == "403 Forbidden: user is deactivated"


async def test_a_bot_that_left_a_group_is_told_how(sandbox: Sandbox, api: Api, group: int, squad: int) -> None:
    sandbox.world.kick(group)
    sandbox.world.kick(squad)
    without = sandbox.world.group(title="别的群", members=[LEADER], bot=False)

    kicked = "403 Forbidden: bot was kicked from the {} chat"
    assert await api.refusal("sendMessage", chat_id=group, text="x") == kicked.format("group")
    assert await api.refusal("sendMessage", chat_id=squad, text="x") == kicked.format("supergroup")
    outside = "403 Forbidden: bot is not a member of the group chat"
    assert await api.refusal("sendMessage", chat_id=without.id, text="x") == outside


async def test_an_upgraded_group_names_its_new_id(sandbox: Sandbox, api: Api, group: int) -> None:
    new = sandbox.world.migrate(group)

    with pytest.raises(Exception, match="group chat was upgraded to a supergroup chat") as caught:
        await api("sendMessage", chat_id=group, text="x")

    assert caught.value.parameters == {"migrate_to_chat_id": new.id}  # type: ignore[attr-defined]
    assert (await api("sendMessage", chat_id=new.id, text="x"))["chat"]["type"] == "supergroup"


async def test_places_and_phones_are_asked_for_in_private_only(api: Api, villager: int, group: int) -> None:
    def ask(kind: str) -> dict[str, Any]:
        return {"keyboard": [[{"text": "📍", kind: True}]], "resize_keyboard": True}

    place = await api.refusal("sendMessage", chat_id=group, text="x", reply_markup=ask("request_location"))
    phone = await api.refusal("sendMessage", chat_id=group, text="x", reply_markup=ask("request_contact"))
    assert place == BAD + "location can be requested in private chats only"
    assert phone == BAD + "phone number can be requested in private chats only"

    sent = await api("sendMessage", chat_id=villager, text="x", reply_markup=ask("request_location"))
    assert "reply_markup" not in sent
    why = await api.refusal("editMessageText", chat_id=villager, message_id=sent["message_id"], text="y")
    assert why == BAD + "message can't be edited"


async def test_an_edit_must_change_something_of_the_bots_own(sandbox: Sandbox, api: Api, villager: int) -> None:
    markup = inline(callback_data="1")
    sent = await api("sendMessage", chat_id=villager, text="<b>x</b>", parse_mode="HTML", reply_markup=markup)
    mine = {"chat_id": villager, "message_id": sent["message_id"]}
    theirs = sandbox.world.send(villager, text="y")[0][0].message_id

    same = await api.refusal("editMessageText", **mine, text="<b>x</b>", parse_mode="HTML", reply_markup=markup)
    assert same == NOT_MODIFIED
    assert await api.refusal("editMessageReplyMarkup", **mine, reply_markup=markup) == NOT_MODIFIED
    other = await api.refusal("editMessageText", chat_id=villager, message_id=theirs, text="z")
    assert other == BAD + "message can't be edited"
    gone = await api.refusal("editMessageText", chat_id=villager, message_id=10**6, text="z")
    assert gone == BAD + "message to edit not found"

    edited = await api("editMessageText", **mine, text="z")
    assert edited["text"] == "z" and "reply_markup" not in edited and "entities" not in edited
    assert edited["edit_date"] >= edited["date"]


async def test_a_press_is_answered_once_and_in_time(sandbox: Sandbox, api: Api, villager: int) -> None:
    sent = await api("sendMessage", chat_id=villager, text="x", reply_markup=inline(callback_data="1"))
    query, _ = sandbox.world.press(villager, villager, sent["message_id"], text="签收")
    late, _ = sandbox.world.press(villager, villager, sent["message_id"], text="签收")
    late.asked_at -= 16

    long = await api.refusal("answerCallbackQuery", callback_query_id=query.id, text="x" * 201)
    assert long == BAD + "MESSAGE_TOO_LONG"
    assert await api("answerCallbackQuery", callback_query_id=query.id, text="好", show_alert=True) is True
    assert query.answer == {"text": "好", "show_alert": True, "url": None}
    assert await api.refusal("answerCallbackQuery", callback_query_id=query.id) == TOO_OLD
    assert await api.refusal("answerCallbackQuery", callback_query_id=late.id) == TOO_OLD
    assert await api.refusal("answerCallbackQuery", callback_query_id="7") == TOO_OLD


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "video"])
async def test_a_file_goes_up_comes_down_and_is_sent_again(
    sandbox: Sandbox, http, api: Api, villager: int, kind: str
) -> None:
    data = unique_picture(1)
    form = aiohttp.FormData({"chat_id": str(villager), "caption": "<b>云</b>", "parse_mode": "HTML"})
    form.add_field(kind, data, filename="a.jpg", content_type="image/jpeg")
    async with http.post(f"{sandbox.url}/bot{sandbox.token}/send{kind}", data=form) as response:
        body = (await response.json())["result"]

    message = Message.de_json(body, None)
    file_id = (message.photo[-1] if kind == "photo" else getattr(message, kind)).file_id
    stored = File.de_json(await api("getFile", file_id=file_id), None)
    async with http.get(f"{sandbox.url}/file/bot{sandbox.token}/{stored.file_path}") as response:
        assert await response.read() == data
    again = await api(f"send{kind}", chat_id=villager, **{kind: file_id}, protect_content=True)

    assert message.caption == "云" and message.caption_entities[0].type == "bold"
    assert again["has_protected_content"] is True
    wrong = await api.refusal(f"send{kind}", chat_id=villager, **{kind: "AgACnothing"})
    assert wrong == BAD + "wrong file identifier/HTTP URL specified"


async def test_files_have_limits(sandbox: Sandbox, http, api: Api, villager: int) -> None:
    big = sandbox.world.send(villager, document=True, file={"size": 21 * 1024 * 1024, "name": "a.zip"})[0][0]
    photo = sandbox.world.send(villager, photo=True)[0][0].file
    assert big.file and photo

    assert await api.refusal("getFile", file_id=big.file.file_id) == BAD + "file is too big"
    assert await api.refusal("getFile", file_id="x") == BAD + "invalid file_id"
    caption = await api.refusal("sendPhoto", chat_id=villager, photo=photo.file_id, caption="云" * 1025)
    assert caption == BAD + "message caption is too long"
    swapped = await api.refusal("sendDocument", chat_id=villager, document=photo.file_id)
    assert swapped == BAD + "can't use file of type Photo as Document"
    async with http.get(f"{sandbox.url}/file/bot{sandbox.token}/photos/nothing.jpg") as response:
        assert response.status == 404


async def test_an_album_has_two_to_ten_items(sandbox: Sandbox, api: Api, villager: int) -> None:
    photo = sandbox.world.send(villager, photo=True)[0][0].file
    assert photo
    item = {"type": "photo", "media": photo.file_id}

    sent = await api("sendMediaGroup", chat_id=villager, media=[{**item, "caption": "两张"}, item])
    few = await api.refusal("sendMediaGroup", chat_id=villager, media=[item])
    many = await api.refusal("sendMediaGroup", chat_id=villager, media=[item] * 11)

    messages = [Message.de_json(one, None) for one in sent]
    assert messages[0].media_group_id == messages[1].media_group_id
    assert [m.caption for m in messages] == ["两张", None]
    assert few == BAD + "too few messages to send as an album"
    assert many == BAD + "too many messages to send as an album"


async def test_a_place_is_on_earth(api: Api, villager: int) -> None:
    sent = Message.de_json(await api("sendLocation", chat_id=villager, latitude=28.1, longitude=119.2), None)

    assert (sent.location.latitude, sent.location.longitude) == (28.1, 119.2)
    wrong = await api.refusal("sendLocation", chat_id=villager, latitude=91, longitude=0)
    assert wrong == BAD + "wrong location specified"


async def test_messages_are_deleted_within_two_days(sandbox: Sandbox, api: Api, villager: int, group: int) -> None:
    now = datetime(2026, 11, 2, 1, tzinfo=UTC)
    sandbox.now = lambda: now
    first = (await api("sendMessage", chat_id=villager, text="a"))["message_id"]
    second = (await api("sendMessage", chat_id=villager, text="b"))["message_id"]
    theirs = sandbox.world.send(VILLAGER, group, text="x")[0][0].message_id

    assert await api("deleteMessage", chat_id=villager, message_id=first) is True
    again = await api.refusal("deleteMessage", chat_id=villager, message_id=first)
    assert again == BAD + "message to delete not found"
    foreign = await api.refusal("deleteMessage", chat_id=group, message_id=theirs)
    assert foreign == BAD + "message can't be deleted"
    sandbox.now = lambda: now + timedelta(hours=48, seconds=1)
    late = await api.refusal("deleteMessage", chat_id=villager, message_id=second)
    assert late == BAD + "message can't be deleted for everyone"


async def test_a_pin_leaves_a_service_message(sandbox: Sandbox, api: Api, squad: int, group: int) -> None:
    board = await api("sendMessage", chat_id=squad, text="看板")
    assert await api("pinChatMessage", chat_id=squad, message_id=board["message_id"], disable_notification=True) is True

    service = list(sandbox.world.messages(squad))[-1]
    assert service["service"] == "pinned_message" and service["silent"]
    heard = Message.de_json((await api("getUpdates"))[-1]["message"], None)
    assert heard.pinned_message.message_id == board["message_id"]
    plain = await api("sendMessage", chat_id=group, text="x")
    why = await api.refusal("pinChatMessage", chat_id=group, message_id=plain["message_id"])
    assert why == BAD + "not enough rights to manage pinned messages in the chat"


async def test_topics_live_in_forums_of_which_the_bot_is_admin(
    sandbox: Sandbox, api: Api, squad: int, group: int
) -> None:
    topic = ForumTopic.de_json(await api("createForumTopic", chat_id=squad, name="🔴#0147 枫树湾村"), None)
    here = {"chat_id": squad, "message_thread_id": topic.message_thread_id}
    card = Message.de_json(await api("sendMessage", **here, text="卡片"), None)
    reply = await api("sendMessage", chat_id=squad, text="r", reply_parameters={"message_id": card.message_id})

    assert card.message_thread_id == topic.message_thread_id and card.is_topic_message
    assert reply["message_thread_id"] == topic.message_thread_id
    assert reply["reply_to_message"]["message_id"] == card.message_id
    assert await api("editForumTopic", **here, name="✅#0147") is True
    assert await api.refusal("editForumTopic", **here, name="✅#0147") == BAD + "TOPIC_NOT_MODIFIED"
    assert await api("closeForumTopic", **here) is True
    sandbox.world.topic(squad, topic.message_thread_id, deleted=True)
    assert await api.refusal("sendMessage", **here, text="x") == BAD + "message thread not found"
    assert await api.refusal("createForumTopic", chat_id=group, name="x") == BAD + "the chat is not a forum"
    sandbox.world.group(squad, bot_admin=False)
    why = await api.refusal("createForumTopic", chat_id=squad, name="x")
    assert why == BAD + "not enough rights to create a topic"


async def test_the_narrowest_menu_wins(api: Api, controls: Controls, villager: int, squad: int) -> None:
    async def menu(chat: int, user: int) -> list[str]:
        found = await controls.get("commands", chat=chat, user=user)
        return [command["command"] for command in found["commands"]]

    def one(word: str) -> list[dict[str, str]]:
        return [{"command": word, "description": word}]

    await api("setMyCommands", commands=one("help"))
    await api("setMyCommands", commands=one("tip"), scope={"type": "all_private_chats"})
    await api("setMyCommands", commands=one("mytips"), scope={"type": "chat", "chat_id": villager}, language_code="zh")
    member = {"type": "chat_member", "chat_id": squad, "user_id": LEADER}
    await api("setMyCommands", commands=one("whistle"), scope=member)

    assert await menu(villager, villager) == ["mytips"]
    assert await menu(LEADER, LEADER) == ["tip"]
    assert await menu(squad, LEADER) == ["whistle"]
    assert await menu(squad, villager) == ["help"]
    wrong = await api.refusal("setMyCommands", commands=[{"command": "吹哨", "description": "x"}])
    assert wrong == BAD + "BOT_COMMAND_INVALID"


async def test_membership_is_told(sandbox: Sandbox, api: Api, squad: int) -> None:
    sandbox.world.person(STRANGER, "生人")

    async def status(user: int) -> str:
        return str(ChatMember.de_json(await api("getChatMember", chat_id=squad, user_id=user), None).status)

    assert await status(LEADER) == "creator"
    assert await status(VILLAGER) == "member"
    assert await status(STRANGER) == "left"
    assert await status(1000001) == "administrator"
    assert await api.refusal("getChatMember", chat_id=squad, user_id=77) == BAD + "PARTICIPANT_ID_INVALID"
