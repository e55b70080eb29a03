"""How updates reach the bot: taken by long polling, or pushed to a webhook until it answers 2xx."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.sandbox.errors import Refused, bad_request
from bot.sandbox.params import Params
from bot.sandbox.state import Json, Update
from bot.sandbox.world import World

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
_SECRET_LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass
class Webhook:
    url: str
    secret: str | None
    max_connections: int
    last_error_date: int | None = None
    last_error: str | None = None


class Delivery:
    """Every update stays until it is confirmed. Per chat in order, chats side by side."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.webhook: Webhook | None = None
        self._session: aiohttp.ClientSession | None = None
        self._room = asyncio.Semaphore(1)
        self._lanes: dict[int, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._poll: asyncio.Future[str] | None = None  # resolved with "" for news, else with why the poll must end
        self._once_more: list[Update] = []
        world.on_update.append(self._heard)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=60)
        )

    async def stop(self) -> None:
        self._end_poll("Conflict: the server is shutting down")
        await self._drop_lanes()
        if self._session is not None:
            await self._session.close()
            self._session = None

    # methods

    async def get_updates(self, params: Params) -> list[Any]:
        """Long polling. A second poll ends the first, which hears 409."""
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._allow(params)
        offset = params.whole("offset", 0) or 0
        limit = min(max(params.whole("limit", 100) or 100, 1), 100)
        wait = min(max(params.whole("timeout", 0) or 0, 0), 50)
        self._end_poll(
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        )
        self._confirm(offset)
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            ready = self._ready(limit)
            left = deadline - asyncio.get_running_loop().time()
            if ready or left <= 0:
                return ready
            self._poll = poll = asyncio.get_running_loop().create_future()
            try:
                why = await asyncio.wait_for(poll, left)
            except TimeoutError:
                why = ""
            finally:
                if self._poll is poll:
                    self._poll = None
            if why:
                raise Refused(409, why)

    async def set_webhook(self, params: Params) -> bool:
        url = (params.text("url") or "").strip()
        if not url:
            return await self.delete_webhook(params)
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not local:
            raise bad_request("bad webhook: Failed to resolve host: Name or service not known")
        secret = params.text("secret_token") or None
        if secret and (len(secret) > 256 or not set(secret) <= _SECRET_LETTERS):
            raise bad_request(
                "secret token contains illegal characters" if len(secret) <= 256 else "secret token is too long"
            )
        connections = params.whole("max_connections", 40) or 40
        if not 1 <= connections <= 100:
            raise bad_request("max_connections must be between 1 and 100")
        self._allow(params)
        await self._drop_lanes()
        if params.flag("drop_pending_updates"):
            self._forget()
        self._end_poll("Conflict: terminated by setWebhook request")
        self.webhook = Webhook(url, secret, connections)
        self._room = asyncio.Semaphore(connections)
        for update in list(self.world.updates.values()):
            self._enqueue(update)
        return True

    async def delete_webhook(self, params: Params) -> bool:
        self.webhook = None
        await self._drop_lanes()
        if params.flag("drop_pending_updates"):
            self._forget()
        return True

    def webhook_info(self) -> Json:
        hook = self.webhook
        info: Json = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates),
        }
        if hook:
            info["max_connections"] = hook.max_connections
            info["ip_address"] = "127.0.0.1"
            if hook.last_error:
                info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
        if self.world.allowed:
            info["allowed_updates"] = self.world.allowed
        return info

    # polling

    def _allow(self, params: Params) -> None:
        """An absent list keeps the last one; an empty one means the default kinds."""
        if (wanted := params.json("allowed_updates")) is not None:
            if not isinstance(wanted, list):
                raise bad_request("can't parse allowed_updates: expected an Array of String")
            self.world.allowed = [str(kind) for kind in wanted] or None

    def _confirm(self, offset: int) -> None:
        updates = self.world.updates
        if offset < 0:
            while len(updates) > -offset:
                updates.popitem(last=False)
            return
        while updates:
            first = next(iter(updates))
            if first >= offset:
                return
            update = updates.pop(first)
            if update.again:
                self._once_more.append(update)

    def _ready(self, limit: int) -> list[Any]:
        again, self._once_more = self._once_more[:limit], self._once_more[limit:]
        found = [orjson.Fragment(update.raw) for update in again]
        for update in self.world.updates.values():
            if len(found) >= limit:
                break
            found.append(orjson.Fragment(update.raw))
        return found

    def _end_poll(self, why: str) -> None:
        poll, self._poll = self._poll, None
        if poll is not None and not poll.done():
            poll.set_result(why)

    # pushing

    def _heard(self, update: Update) -> None:
        if self.webhook is not None:
            self._enqueue(update)
        else:
            self._end_poll("")

    def _forget(self) -> None:
        self.world.updates.clear()
        self._once_more.clear()

    def _enqueue(self, update: Update) -> None:
        lane = self._lanes.get(update.chat_id)
        if lane is not None:
            lane.append(update)
            return
        lane = self._lanes[update.chat_id] = deque((update,))
        task = asyncio.get_running_loop().create_task(self._push_all(update.chat_id, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _push_all(self, chat_id: int, lane: deque[Update]) -> None:
        while lane:
            update = lane[0]
            pause = FIRST_PAUSE
            while not await self._push(update):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            if update.again:
                update.again = False
                continue
            self.world.updates.pop(update.update_id, None)
            lane.popleft()
        if self._lanes.get(chat_id) is lane:
            del self._lanes[chat_id]

    async def _push(self, update: Update) -> bool:
        hook, session = self.webhook, self._session
        if hook is None or session is None:
            return False
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        try:
            async with self._room, session.post(hook.url, data=update.raw, headers=headers) as response:
                await response.read()
                if 200 <= response.status < 300:
                    return True
                wrong = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError):
            wrong = "Connection refused"
        hook.last_error, hook.last_error_date = wrong, self.world.timestamp()
        return False

    async def _drop_lanes(self) -> None:
        tasks, self._lanes = list(self._tasks), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
