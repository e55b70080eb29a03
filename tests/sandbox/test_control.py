"""The controls over HTTP: what a test or the demo page does and sees."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.files import unique_picture

from .conftest import LEADER, VILLAGER, Api, Controls

KEYBOARD = {"inline_keyboard": [[{"text": "签收", "callback_data": "1:ack", "style": "success"}]]}


async def test_a_walk_through_the_controls(api: Api, controls: Controls) -> None:
    await controls.post("person", id=700, first_name="李", username="li")
    sent = await controls.post("send", sender=700, text="/start x")
    [update] = await api("getUpdates")
    card = await api("sendMessage", chat_id=700, text="<b>卡</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    pressing = asyncio.create_task(
        controls.post("press", sender=700, chat=700, message_id=card["message_id"], text="签收", wait=2)
    )
    [press] = await api("getUpdates", offset=update["update_id"] + 1, timeout=2)
    await api("answerCallbackQuery", callback_query_id=press["callback_query"]["id"], text="好")

    assert sent["update_id"] == update["update_id"]
    assert (await pressing)["answer"] == {"text": "好", "show_alert": False, "url": None}
    found = await controls.get("messages", chat=700, after=sent["message"]["seq"])
    [view] = found["messages"]
    assert (view["from"], view["text"], view["html"]) == ("bot", "卡", "<b>卡</b>")
    assert view["keyboard"] == [[{"text": "签收", "data": "1:ack", "style": "success"}]]
    assert found["seq"] >= view["seq"]


async def test_only_what_changed_is_shown_again(api: Api, controls: Controls, villager: int) -> None:
    one = await api("sendMessage", chat_id=villager, text="a")
    await api("sendMessage", chat_id=villager, text="b")
    seq = (await controls.get("messages", chat=villager))["seq"]
    await api("editMessageText", chat_id=villager, message_id=one["message_id"], text="c")

    [view] = (await controls.get("messages", chat=villager, after=seq))["messages"]

    assert (view["text"], view["edited"]) == ("c", 1)


@pytest.mark.parametrize(
    ("route", "body", "words"),
    [
        ("send", {"from": 1, "text": "x"}, "create them with POST /_/person"),
        ("send", {"from": VILLAGER}, "say what is sent"),
        ("send", {"from": VILLAGER, "text": "x", "photo": True}, "a message is one thing"),
        ("send", {"from": VILLAGER, "words": "x"}, "this takes: from, chat, text"),
        ("send", {"from": VILLAGER, "text": "x", "date": "2026-11-02T09:00:00"}, "no time zone"),
        ("send", {"from": VILLAGER, "photo": True, "file": {"base64": "%"}}, "not valid base64"),
        ("send", {"from": "abc", "text": "x"}, "from must be a whole number"),
        ("send", "x", "must be a JSON object"),
        ("group", {"title": "x"}, "needs members"),
        ("press", {"from": VILLAGER, "chat": VILLAGER, "message_id": 1, "text": "签收"}, "not there any more"),
        ("fail", {"kind": "418"}, "kind must be one of"),
        ("fail", {}, "give kind"),
        ("migrate", {"chat": VILLAGER}, "there is no group"),
    ],
)
async def test_a_wrong_control_says_what_to_do(controls: Controls, route: str, body: Any, words: str) -> None:
    answer = await controls.post(route, body, status=400)

    assert words in answer["error"]


async def test_a_missing_button_lists_those_that_are_there(api: Api, controls: Controls, villager: int) -> None:
    card = await api("sendMessage", chat_id=villager, text="x", reply_markup=KEYBOARD)

    answer = await controls.post(
        "press", sender=villager, chat=villager, message_id=card["message_id"], text="到场", status=400
    )

    assert answer["buttons"] == ["签收"]


async def test_a_picture_is_uploaded_sent_and_shown(sandbox: Sandbox, http, controls: Controls) -> None:
    form = aiohttp.FormData()
    form.add_field("file", unique_picture(9), filename="a.jpg", content_type="image/jpeg")
    async with http.post(f"{sandbox.url}/_/upload", data=form) as response:
        stored = await response.json()
    sent = await controls.post("send", sender=VILLAGER, photo=stored["file_id"])

    async with http.get(f"{sandbox.url}/_/file", params={"file_id": sent["message"]["file"]["file_id"]}) as response:
        assert response.content_type == "image/jpeg"
        assert await response.read() == unique_picture(9)
    assert (stored["width"], stored["height"]) == (96, 72)


async def test_a_page_of_another_site_cannot_play_people(sandbox: Sandbox, http) -> None:
    body = json.dumps({"from": VILLAGER, "text": "x"})
    async with http.post(f"{sandbox.url}/_/send", data=body, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 400
    async with http.post(f"{sandbox.url}/_/send", data=body, headers={"Origin": sandbox.url}) as response:
        assert response.status == 200


async def test_the_stream_tells_every_change_and_resumes(sandbox: Sandbox, http, api: Api, villager: int) -> None:
    async def read(stream: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            line = await asyncio.wait_for(stream.content.readline(), 60)
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
        return found

    async with http.get(f"{sandbox.url}/_/stream") as stream:
        await stream.content.readline()
        sent = await api("sendMessage", chat_id=villager, text="a")
        await api("editMessageText", chat_id=villager, message_id=sent["message_id"], text="b")
        await api("deleteMessage", chat_id=villager, message_id=sent["message_id"])
        first = await read(stream, 3)
    async with http.get(f"{sandbox.url}/_/stream", headers={"Last-Event-ID": str(first[0]["seq"])}) as stream:
        again = await read(stream, 2)

    assert [change["type"] for change in first] == ["message", "edit", "delete"]
    assert [change["seq"] for change in again] == [change["seq"] for change in first[1:]]
    assert first[2]["message"]["deleted"]


async def test_the_clock_is_pinned_and_let_go(controls: Controls) -> None:
    await controls.post("clock", now="2026-11-02T09:00:00+08:00")
    sent = await controls.post("send", sender=VILLAGER, text="x")
    await controls.post("clock", now=None)
    later = await controls.post("send", sender=VILLAGER, text="y")

    assert sent["message"]["date"] == 1793581200
    assert later["message"]["date"] != 1793581200


async def test_people_are_listed_with_their_chats(controls: Controls, squad: int) -> None:
    chats = (await controls.get("chats", person=LEADER))["chats"]

    assert [(chat["id"], chat["type"]) for chat in chats] == [(LEADER, "private"), (squad, "supergroup")]
    assert [one["id"] for one in (await controls.get("people"))["people"]] == [VILLAGER, LEADER]


async def test_a_list_is_done_one_by_one(api: Api, controls: Controls) -> None:
    await controls.post("send", [{"from": VILLAGER, "text": str(number)} for number in range(3)])

    assert [update["message"]["text"] for update in await api("getUpdates")] == ["0", "1", "2"]


async def test_waiting_ends_with_a_change_or_with_time(sandbox: Sandbox) -> None:
    world = sandbox.world
    waiting = asyncio.create_task(world.changed(world.seq, 2))
    await asyncio.sleep(0)
    world.send(VILLAGER, text="x")

    assert await waiting is True
    assert await world.changed(world.seq, 0.01) is False
