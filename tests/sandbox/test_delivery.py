"""Updates reach the bot: once confirmed never again, never lost, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox import Sandbox

from .conftest import LEADER, VILLAGER, Api


class Hook:
    """A webhook that writes down what arrives and answers as told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[int] = []
        self.busy = self.most_busy = 0
        self.lets_go = asyncio.Event()
        self.lets_go.set()
        self.url = ""
        self.news = asyncio.Event()

    async def receive(self, request: web.Request) -> web.Response:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await self.lets_go.wait()
        self.busy -= 1
        self.heard.append(await request.json())
        self.news.set()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.heard]

    async def hears(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def _is_polled(sandbox: Sandbox) -> None:
    """Somebody's question waits there."""
    async with asyncio.timeout(60):
        while sandbox.delivery._poll is None:
            await asyncio.sleep(0.005)


async def test_updates_come_again_until_they_are_confirmed(sandbox: Sandbox, api: Api) -> None:
    for word in "abc":
        sandbox.world.send(VILLAGER, text=word)

    first = await api("getUpdates", limit=2)
    second = await api("getUpdates")
    third = await api("getUpdates", offset=second[1]["update_id"] + 1)

    assert first == second[:2]
    assert [u["message"]["text"] for u in third] == ["c"]
    assert [u["update_id"] - second[0]["update_id"] for u in second] == [0, 1, 2]
    assert await api("getUpdates", offset=third[0]["update_id"] + 1) == []


async def test_a_long_poll_wakes_on_news(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=300))
    await _is_polled(sandbox)
    assert not poll.done()

    sandbox.world.send(VILLAGER, text="有人倒垃圾")

    assert (await asyncio.wait_for(poll, 60))[0]["message"]["text"] == "有人倒垃圾"


async def test_a_second_poller_ends_the_first(sandbox: Sandbox, api: Api) -> None:
    first = asyncio.create_task(api.refusal("getUpdates", timeout=300))
    await _is_polled(sandbox)

    assert await api("getUpdates", timeout=0) == []

    assert await asyncio.wait_for(first, 60) == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )


async def test_only_wanted_kinds_are_queued(sandbox: Sandbox, api: Api, villager: int) -> None:
    await api("getUpdates", allowed_updates=["callback_query"])
    sandbox.world.send(villager, text="x")
    assert await api("getUpdates") == []

    await api("getUpdates", allowed_updates=[])
    sandbox.world.send(villager, text="y")
    assert len(await api("getUpdates")) == 1


async def test_a_webhook_gets_what_waited_and_what_comes_with_its_secret(
    sandbox: Sandbox, api: Api, hook: Hook
) -> None:
    sandbox.world.send(VILLAGER, text="before")
    await api("setWebhook", url=hook.url, secret_token="s-1")
    sandbox.world.send(VILLAGER, text="after")
    await hook.hears(2)

    assert hook.texts() == ["before", "after"]
    assert hook.secrets == ["s-1", "s-1"]
    conflict = await api.refusal("getUpdates")
    assert conflict.startswith("409 Conflict: can't use getUpdates method while webhook is active")
    info = await api("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (hook.url, 0)
    assert await api("deleteWebhook") is True
    assert await api("getUpdates") == []


async def test_a_webhook_that_fails_is_called_again_and_order_holds(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    hook.answers = [500, 503]
    await api("setWebhook", url=hook.url)
    for word in "ab":
        sandbox.world.send(VILLAGER, text=word)
    await hook.hears(4)

    assert hook.texts() == ["a", "a", "a", "b"]
    assert "503" in (await api("getWebhookInfo"))["last_error_message"]


async def test_a_webhook_that_is_down_loses_nothing(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    await api("setWebhook", url="http://127.0.0.1:9/hook")
    sandbox.world.send(VILLAGER, text="a")
    await asyncio.sleep(0.1)
    assert (await api("getWebhookInfo"))["pending_update_count"] == 1

    await api("setWebhook", url=hook.url)
    await hook.hears(1)

    assert hook.texts() == ["a"]


async def test_chats_go_side_by_side_but_each_in_order(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    hook.lets_go.clear()
    await api("setWebhook", url=hook.url, max_connections=2)
    sandbox.world.person(700, "甲")
    for word in "ab":
        for person in (VILLAGER, LEADER, 700):
            sandbox.world.send(person, text=word)
    async with asyncio.timeout(60):
        while hook.busy < 2:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)  # time enough for a third, if it may come
    hook.lets_go.set()
    await hook.hears(6)

    assert hook.most_busy == 2
    for person in (VILLAGER, LEADER, 700):
        assert [u["message"]["text"] for u in hook.heard if u["message"]["chat"]["id"] == person] == ["a", "b"]


@pytest.mark.parametrize("way", ["poll", "webhook"])
async def test_an_update_can_arrive_twice(sandbox: Sandbox, api: Api, hook: Hook, way: str) -> None:
    sandbox.world.faults.order("duplicate_update")
    if way == "webhook":
        await api("setWebhook", url=hook.url)
    for word in "ab":
        sandbox.world.send(VILLAGER, text=word)

    if way == "webhook":
        await hook.hears(3)
        assert hook.texts() == ["a", "a", "b"]
        assert hook.heard[0] == hook.heard[1]
    else:
        first = await api("getUpdates")
        again = await api("getUpdates", offset=first[-1]["update_id"] + 1)
        assert again == first[:1]
        assert await api("getUpdates", offset=first[-1]["update_id"] + 1) == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "http://a.example/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://127.0.0.1/hook", "secret_token": "a b"}, "secret token contains illegal characters"),
    ],
)
async def test_a_bad_webhook_is_refused(api: Api, params: dict[str, Any], words: str) -> None:
    assert await api.refusal("setWebhook", **params) == f"400 Bad Request: {words}"


async def test_pending_updates_can_be_dropped(sandbox: Sandbox, api: Api) -> None:
    sandbox.world.send(VILLAGER, text="a")

    await api("deleteWebhook", drop_pending_updates=True)

    assert await api("getUpdates") == []
