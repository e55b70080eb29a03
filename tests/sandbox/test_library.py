"""python-telegram-bot itself, unchanged, cannot tell the sandbox from Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.sandbox import Sandbox
from bot.sandbox.files import unique_picture

from .conftest import VILLAGER


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(sandbox.token, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as bot:
        yield bot


async def test_a_conversation(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.world.send(VILLAGER, photo=True, caption="这里")
    [update] = await bot.get_updates(timeout=1)
    picture = await (await bot.get_file(update.message.photo[-1].file_id)).download_as_bytearray()
    button = InlineKeyboardButton("签收", callback_data="1:ack", style="success")
    card = await bot.send_message(
        VILLAGER,
        "<b>收到</b>",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup([[button]]),
        reply_parameters=ReplyParameters(update.message.message_id),
        protect_content=True,
    )
    sandbox.world.press(VILLAGER, VILLAGER, card.message_id, text="签收")
    [press] = await bot.get_updates(offset=update.update_id + 1, timeout=1)

    assert bytes(picture) == sandbox.world.files.find(update.message.photo[-1].file_id).data  # type: ignore[union-attr]
    assert card.reply_to_message.message_id == update.message.message_id
    assert card.has_protected_content and card.text_html == "<b>收到</b>"
    assert await bot.answer_callback_query(press.callback_query.id, "好")
    edited = await bot.edit_message_text("完", VILLAGER, card.message_id)
    assert edited.text == "完" and edited.reply_markup is None
    assert await bot.set_my_commands([BotCommand("tip", "报线索")], scope=BotCommandScopeChat(VILLAGER))
    assert [command["command"] for command in sandbox.world.menu(VILLAGER, VILLAGER)] == ["tip"]


async def test_uploads_in_every_shape(sandbox: Sandbox, bot: Bot, villager: int) -> None:
    photo = await bot.send_photo(villager, unique_picture(1), caption="一")
    paper = await bot.send_document(villager, "云".encode(), filename="卷宗.txt")
    album = await bot.send_media_group(
        villager, [InputMediaPhoto(unique_picture(2), caption="二"), InputMediaPhoto(photo.photo[-1].file_id)]
    )
    place = await bot.send_location(villager, 28.1, 119.2)

    assert (photo.photo[-1].width, photo.photo[-1].height) == (96, 72)
    assert (paper.document.file_name, paper.document.file_size) == ("卷宗.txt", 3)
    assert [one.caption for one in album] == ["二", None]
    assert album[1].photo[-1].file_id == photo.photo[-1].file_id
    assert place.location.latitude == 28.1


async def test_errors_are_the_librarys_own(sandbox: Sandbox, bot: Bot, villager: int, group: int) -> None:
    new = sandbox.world.migrate(group)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(group, "x")
    assert migrated.value.new_chat_id == new.id

    order = sandbox.world.faults.order
    order("429", retry_after=3)
    with pytest.raises(RetryAfter):
        await bot.send_message(villager, "x")
    order("502")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(villager, "x")
    order("reset")
    with pytest.raises(NetworkError):
        await bot.send_message(villager, "x")
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(villager, " ")
    sandbox.world.block(villager)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(villager, "x")
    await bot.set_webhook(f"{sandbox.url}/nowhere")
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_a_wrong_token_is_the_librarys_invalid_token(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidToken):
        await Bot("1000001:WRONG", base_url=f"{sandbox.url}/bot").initialize()
