"""The HTTP face: the URLs, envelopes and failures by which a bot knows Telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.control import Control
from bot.sandbox.delivery import Delivery
from bot.sandbox.errors import Misused, Refused
from bot.sandbox.faults import Fault
from bot.sandbox.methods import METHODS
from bot.sandbox.params import Params
from bot.sandbox.state import Json, utcnow
from bot.sandbox.world import World

log = logging.getLogger(__name__)

MOST_BODY = 64 * 1024 * 1024
_DELIVERY = ("getupdates", "setwebhook", "deletewebhook", "getwebhookinfo")


class Sandbox:
    """A Bot API server on loopback. Add routes to `app` before `start`; `world` is what it holds."""

    def __init__(
        self,
        token: str = "1000001:SANDBOX",  # noqa: S107 (not a secret: it opens this sandbox and nothing else)
        *,
        now: Callable[[], datetime] = utcnow,
        bot_username: str = "whistle_sandbox_bot",
        keep: int = 2000,
    ) -> None:
        number, _, secret = token.partition(":")
        if not (number.isascii() and number.isdigit() and secret):
            raise ValueError("a token looks like 1000001:LETTERS")
        self.token = token
        self.clock = now
        self.world = World(now, int(number), bot_username, keep=keep)
        self.delivery = Delivery(self.world)
        self.closing = False
        self.port = 0
        self._host = "127.0.0.1"
        self._closed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.app = web.Application(client_max_size=MOST_BODY)
        self.app.router.add_route("*", "/bot{token}/{method}", self._call)
        self.app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self.app.router.add_routes(Control(self).routes())
        self.app.on_startup.append(self._begin)
        self.app.on_shutdown.append(self._close)
        self.app.on_cleanup.append(self._end)

    @property
    def now(self) -> Callable[[], datetime]:
        return self.world.now

    @now.setter
    def now(self, clock: Callable[[], datetime]) -> None:
        self.world.now = clock

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        self._host = host
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def press(
        self,
        sender: int,
        chat: int,
        message_id: int,
        *,
        text: str | None = None,
        data: str | None = None,
        wait: float = 0,
    ) -> Json:
        """A tap; with `wait` seconds the answer the bot gave in that time, None when it gave none."""
        query, update_id = self.world.press(sender, chat, message_id, text=text, data=data)
        if wait:
            try:
                await asyncio.wait_for(query.answered.wait(), wait)
            except TimeoutError:
                pass
        return {"callback_query_id": query.id, "update_id": update_id, "answer": query.answer}

    async def _begin(self, app: web.Application) -> None:
        await self.delivery.start()

    async def _close(self, app: web.Application) -> None:
        self.closing = True
        self._closed.set()
        self.world.wake()
        await self.delivery.stop()

    async def _end(self, app: web.Application) -> None:
        await self.delivery.stop()

    # the Bot API

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _answer(Refused(401, "Unauthorized").envelope(), 401)
        name = request.match_info["method"]
        method = name.lower()
        if request.method not in ("GET", "POST") or (method not in METHODS and method not in _DELIVERY):
            return _answer(Refused(404, "Not Found").envelope(), 404)
        chat: int | None = None
        fault: Fault | None = None
        try:
            params = await Params.of(request)
            named = params.chat_id()
            chat = named if isinstance(named, int) else None
            fault = self.world.faults.take(method, chat)
            if fault is not None:
                await self._suffer(request, fault)
            result = await self._perform(method, params)
        except Refused as no:
            self._record(name, chat, no.description)
            return _answer(no.envelope(), no.code)
        except _Dropped as gone:
            self._record(name, chat, gone.why)
            return _drop(request)
        except web.HTTPRequestEntityTooLarge:
            self._record(name, chat, "Request Entity Too Large")
            return _answer(Refused(413, "Request Entity Too Large").envelope(), 413)
        except Misused as no:  # a file whose description is wrong
            return _answer(Refused(400, f"Bad Request: {no}").envelope(), 400)
        except Exception:
            log.exception("the sandbox failed in %s", name)
            self._record(name, chat, "Internal Server Error")
            return _answer(Refused(500, "Internal Server Error").envelope(), 500)
        if fault is not None and fault.kind == "lost_answer":
            self._record(name, chat, "done, but the answer was lost")
            return _drop(request)
        if method != "getupdates":
            self._record(name, chat, None)
        return _answer({"ok": True, "result": result}, 200)

    async def _perform(self, method: str, params: Params) -> Any:
        if method == "getupdates":
            return await self.delivery.get_updates(params)
        if method == "setwebhook":
            return await self.delivery.set_webhook(params)
        if method == "deletewebhook":
            return await self.delivery.delete_webhook(params)
        if method == "getwebhookinfo":
            return self.delivery.webhook_info()
        return METHODS[method](self.world, params)

    async def _suffer(self, request: web.Request, fault: Fault) -> None:
        if (error := fault.error()) is not None:
            raise error
        if fault.kind == "reset":
            raise _Dropped("reset before anything was done")
        if fault.kind == "slow":
            await self._pause(request, fault.seconds)
        elif fault.kind == "hang":
            await self._pause(request, None)
            raise _Dropped("hung")

    async def _pause(self, request: web.Request, seconds: float | None) -> None:
        """Waits, but no longer than the caller or this server lives."""
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        while not self.closing and (until is None or loop.time() < until):
            if until is None and (request.transport is None or request.transport.is_closing()):
                return
            step = 0.2 if until is None else min(0.2, until - loop.time())
            try:
                await asyncio.wait_for(self._closed.wait(), max(step, 0.001))
            except TimeoutError:
                pass

    def _record(self, name: str, chat: int | None, error: str | None) -> None:
        seq = self.world.note("call", chat, method=name, ok=error is None, error=error)
        self.world.calls.append({"seq": seq, "method": name, "chat": chat, "ok": error is None, "error": error})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _answer(Refused(401, "Unauthorized").envelope(), 401)
        file = self.world.files.at(request.match_info["path"])
        if file is None or file.data is None:
            return _answer(Refused(404, "Not Found").envelope(), 404)
        return web.Response(body=file.data, content_type="application/octet-stream")


class _Dropped(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _answer(body: Json, status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def _drop(request: web.Request) -> web.StreamResponse:
    """Cuts the connection without an answer, as a broken network does."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
