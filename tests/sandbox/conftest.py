"""A sandbox on a free port, a bot that calls it and people who use it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox

VILLAGER = 501
STRANGER = 502
LEADER = 601


class Refusal(Exception):
    def __init__(self, code: int, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description, self.parameters = code, description, parameters


class Api:
    """Calls methods as form fields, the way bots do."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox, self.http = sandbox, http

    async def __call__(self, method: str, **params: Any) -> Any:
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        async with self.http.post(f"{self.sandbox.url}/bot{self.sandbox.token}/{method}", data=form) as response:
            body = await response.json()
            assert body["ok"] is (response.status == 200)
            if body["ok"]:
                return body["result"]
            assert body["error_code"] == response.status
            raise Refusal(response.status, body["description"], body.get("parameters", {}))

    async def refusal(self, method: str, **params: Any) -> str:
        """The words with which a call is refused."""
        with pytest.raises(Refusal) as caught:
            await self(method, **params)
        return str(caught.value)


class Controls:
    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox, self.http = sandbox, http

    async def post(self, name: str, body: Any = None, status: int = 200, **fields: Any) -> Any:
        if "sender" in fields:
            fields["from"] = fields.pop("sender")
        sent = fields if body is None else body
        async with self.http.post(f"{self.sandbox.url}/_/{name}", json=sent) as response:
            found = await response.json()
            assert response.status == status, found
            return found

    async def get(self, name: str, **query: Any) -> Any:
        async with self.http.get(f"{self.sandbox.url}/_/{name}", params=query) as response:
            found = await response.json()
            assert response.status == 200, found
            return found


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox()
    await sandbox.start()
    sandbox.world.person(VILLAGER, "村民", language_code="zh")
    sandbox.world.person(LEADER, "队长", username="leader")
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(sandbox: Sandbox, http: aiohttp.ClientSession) -> Api:
    return Api(sandbox, http)


@pytest.fixture
def controls(sandbox: Sandbox, http: aiohttp.ClientSession) -> Controls:
    return Controls(sandbox, http)


@pytest.fixture
def villager(sandbox: Sandbox) -> int:
    """Somebody who has written to the bot; the update is out of the way."""
    sandbox.world.send(VILLAGER, text="/start")
    sandbox.world.updates.clear()
    return VILLAGER


@pytest.fixture
def squad(sandbox: Sandbox) -> int:
    """A forum whose administrator the bot is."""
    chat = sandbox.world.group(title="云溪镇执法大队", forum=True, members=[LEADER, VILLAGER], bot_admin=True)
    sandbox.world.updates.clear()
    return chat.id


@pytest.fixture
def group(sandbox: Sandbox) -> int:
    """A basic group where the bot is an ordinary member."""
    chat = sandbox.world.group(title="联络员群", members=[LEADER, VILLAGER])
    sandbox.world.updates.clear()
    return chat.id
