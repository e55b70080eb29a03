"""A Bot API server that keeps the time: in a process of its own, it hands out updates and writes down when each call came.

    POST /_/say {update}   hand one update to the bot; returns when       GET /_/calls?after=N   what came since: method, chat, at, text
    `--limit 30`: more than so many sends in any second get a 429, as Telegram does.     `--delay 50`: milliseconds before each answer.

Times are `time.monotonic()`, which all processes of one machine share.
"""

import argparse
import asyncio
import itertools
import time
from collections import deque
from typing import Any

import orjson
from aiohttp import web

from tests.benchmarks.far_side import _PLAIN, _parameters

_TOO_MANY = orjson.dumps(
    {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
)


class Api:
    """What the bot sees of Telegram."""

    def __init__(self, limit: int, delay: float) -> None:
        self.limit, self.delay = limit, delay
        self.waiting: deque[dict[str, Any]] = deque()
        self.come = asyncio.Event()
        self.calls: list[dict[str, Any]] = []
        self.recent: deque[float] = deque()
        self.refused = 0
        self._message = itertools.count(1)

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        given = _parameters(request.content_type, await request.read())
        if method == "getupdates":
            return _ok(await self._updates(given))
        now = time.monotonic()
        if self.delay:
            await asyncio.sleep(self.delay)
        sends = method.startswith(("send", "edit"))
        if sends and self._too_many(now):
            self.refused += 1
            return web.Response(status=429, body=_TOO_MANY, content_type="application/json")
        result: Any = _PLAIN.get(method, True)
        if sends:
            chat = {"id": int(given["chat_id"]), "type": "private"}
            result = {"message_id": next(self._message), "date": 1, "chat": chat, "text": "-"}
        said = {"method": method, "at": now, "chat": given.get("chat_id"), "id": given.get("callback_query_id")}
        self.calls.append({**said, "text": str(given.get("text", ""))[:80]})
        return _ok(result)

    def _too_many(self, now: float) -> bool:
        while self.recent and self.recent[0] <= now - 1.0:
            self.recent.popleft()
        if self.limit and len(self.recent) >= self.limit:
            return True
        self.recent.append(now)
        return False

    async def _updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        offset, timeout = int(given.get("offset") or 0), float(given.get("timeout") or 0)
        while self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()
        if not self.waiting and timeout:
            self.come.clear()
            try:
                await asyncio.wait_for(self.come.wait(), timeout)
            except TimeoutError:
                return []
        return [one for one in self.waiting if one["update_id"] >= offset][:100]

    async def say(self, request: web.Request) -> web.Response:
        self.waiting.append(orjson.loads(await request.read()))
        self.come.set()
        return _ok(time.monotonic())

    async def tell(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", 0))
        return _ok({"calls": self.calls[after:], "count": len(self.calls), "refused": self.refused})


def _ok(result: Any) -> web.Response:
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


async def serve(port: int, limit: int, delay: float) -> None:
    api, app = Api(limit, delay), web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.call)
    app.router.add_post("/_/say", api.say)
    app.router.add_get("/_/calls", api.tell)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=512).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.api")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.limit, given.delay / 1000))
