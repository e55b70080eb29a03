"""Telegram fails when told to, and only then."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox

from .conftest import Api, Controls


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "429", "retry_after": 7}, "429 Too Many Requests: retry after 7"),
        ({"kind": "403"}, "403 Forbidden: bot was blocked by the user"),
        (
            {"kind": "400", "description": "Bad Request: message thread not found"},
            "400 Bad Request: message thread not found",
        ),
        ({"kind": "500"}, "500 Internal Server Error"),
        ({"kind": "502"}, "502 Bad Gateway"),
    ],
)
async def test_an_ordered_error_comes_once(
    api: Api, controls: Controls, villager: int, fault: dict[str, Any], words: str
) -> None:
    await controls.post("fail", method="sendMessage", **fault)

    assert (await api("getMe"))["is_bot"]
    assert await api.refusal("sendMessage", chat_id=villager, text="x") == words
    assert (await api("sendMessage", chat_id=villager, text="x"))["text"] == "x"


async def test_a_fault_meets_its_chat_only_and_can_be_cleared(
    api: Api, controls: Controls, villager: int, group: int
) -> None:
    await controls.post("fail", kind="500", chat=group, times=0)

    assert (await api("sendMessage", chat_id=villager, text="x"))["text"] == "x"
    for _ in range(3):
        assert await api.refusal("sendMessage", chat_id=group, text="x") == "500 Internal Server Error"
    assert await controls.post("fail", clear=True) == {"faults": []}
    assert (await api("sendMessage", chat_id=group, text="x"))["text"] == "x"


async def test_a_fault_for_every_method_spares_polling(api: Api, controls: Controls) -> None:
    await controls.post("fail", kind="500")

    assert await api("getUpdates") == []
    assert await api.refusal("getMe") == "500 Internal Server Error"


@pytest.mark.parametrize(("kind", "arrived"), [("reset", 0), ("lost_answer", 1)])
async def test_a_broken_connection_says_nothing_of_what_was_done(
    sandbox: Sandbox, api: Api, controls: Controls, villager: int, kind: str, arrived: int
) -> None:
    await controls.post("fail", kind=kind, method="sendMessage")

    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=villager, text="x")

    assert [m["text"] for m in sandbox.world.messages(villager)].count("x") == arrived


async def test_a_call_can_hang_and_the_server_still_stops(
    sandbox: Sandbox, api: Api, controls: Controls, villager: int
) -> None:
    await controls.post("fail", kind="hang", method="sendMessage", times=2)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(api("sendMessage", chat_id=villager, text="x"), 0.2)
    pending = asyncio.create_task(api("sendMessage", chat_id=villager, text="x"))
    async with asyncio.timeout(60):
        while len(sandbox.world.faults):  # it has come, and hangs
            await asyncio.sleep(0.005)
    async with asyncio.timeout(2):
        await sandbox.stop()

    with pytest.raises(aiohttp.ClientError):
        await pending
    assert [m["text"] for m in sandbox.world.messages(villager)] == ["/start"]


async def test_a_slow_call_is_done_in_the_end(api: Api, controls: Controls, villager: int) -> None:
    await controls.post("fail", kind="slow", seconds=0.2)
    started = time.monotonic()

    await api("sendMessage", chat_id=villager, text="x")

    assert time.monotonic() - started >= 0.2


async def test_flood_limits_are_off_until_switched_on_and_follow_the_clock(
    sandbox: Sandbox, api: Api, controls: Controls, villager: int, group: int
) -> None:
    now = datetime(2026, 11, 2, 1, tzinfo=UTC)
    sandbox.now = lambda: now
    for _ in range(40):
        await api("sendMessage", chat_id=villager, text="x")

    await controls.post("limits", on=True)
    for _ in range(3):
        await api("sendMessage", chat_id=villager, text="x")
    assert await api.refusal("sendMessage", chat_id=villager, text="x") == "429 Too Many Requests: retry after 3"
    for _ in range(20):
        await api("sendMessage", chat_id=group, text="x")
    assert await api.refusal("sendMessage", chat_id=group, text="x") == "429 Too Many Requests: retry after 60"
    sandbox.now = lambda: now + timedelta(seconds=3)
    assert (await api("sendMessage", chat_id=villager, text="x"))["text"] == "x"
    assert await api.refusal("sendMessage", chat_id=group, text="x") == "429 Too Many Requests: retry after 57"


async def test_the_log_of_calls_holds_no_words(api: Api, controls: Controls, villager: int) -> None:
    await api("sendMessage", chat_id=villager, text="秘密")
    await api.refusal("sendMessage", chat_id=1, text="秘密")

    found = await controls.get("calls", after=0)

    assert [(c["method"], c["chat"], c["ok"]) for c in found["calls"]] == [
        ("sendMessage", villager, True),
        ("sendMessage", 1, False),
    ]
    assert found["calls"][1]["error"] == "Bad Request: chat not found"
    assert "秘密" not in str(found)
