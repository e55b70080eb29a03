"""The far side of a benchmark, in a process of its own: a Bot API server that only counts, and people who write or press.

`--count` people send one message each, or tap one button each (`--presses FILE`: a JSON list of [who, data]). At most `--window` of them
wait for their answer at a time, or they come at `--rate` a second, whoever waits. A message is answered when the bot's first
`sendMessage` to its chat has arrived here, a press by its `answerCallbackQuery`. The Bot API answers each call after `--delay`
milliseconds. With several `--bots`, their ports take turns. On stdout, after a
rest of `--rest` seconds: `measuring` when all is warm, then the result as a line of JSON.
"""

import argparse
import asyncio
import csv
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
import psutil
from aiohttp import web

FIRST_CHAT = 5_200_000_001
FIRST_MESSAGE = 100_000_001
"""A bot hears in one row, whoever writes: Telegram counts the messages of all its private chats together."""
TIPS = Path(__file__).parent.parent / "data" / "eval_dev.csv"
WHEN = (
    "",
    "今早",
    "晚上",
    "刚才",
    "最近",
    "一大早",
    "中午",
    "现在",
    "上周",
    "前天",
    "早上",
    "下午",
    "周末",
    "天天",
    "这阵子",
    "这两天",
)
VILLAGES = ("河口村", "石门村", "龙潭村")
BOT = {"id": 1000001, "is_bot": True, "first_name": "吹哨", "username": "bench_bot"}
_PLAIN = {"getme": BOT, "getupdates": [], "createforumtopic": {"message_thread_id": 7, "name": "-", "icon_color": 0}}


class FarSide:
    """Counts what the bot sends, and knows who waits for it."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.waiting: dict[str, asyncio.Future[float]] = {}
        self.webhook: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
        self.calls = 0
        self._message = itertools.count(1)

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        body = await request.read()
        given = _parameters(request.content_type, body)
        self.calls += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        if method == "setwebhook" and not self.webhook.done():
            self.webhook.set_result((str(given["url"]), str(given.get("secret_token", ""))))
        result: Any = _PLAIN.get(method, True)
        if method.startswith(("send", "edit")):
            chat = int(given["chat_id"])
            result = {
                "message_id": next(self._message),
                "date": 1,
                "chat": {"id": chat, "type": "private"},
                "text": "-",
            }
            if method == "sendmessage":
                self._answered(str(chat))
        elif method == "answercallbackquery":
            self._answered(str(given["callback_query_id"]))
        return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")

    def _answered(self, name: str) -> None:
        waits = self.waiting.pop(name, None)
        if waits is not None and not waits.done():
            waits.set_result(time.perf_counter())


def _parameters(content_type: str, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if content_type == "application/json":
        found: dict[str, Any] = orjson.loads(body)
        return found
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def updates(first_chat: int, how_many: int) -> Iterator[tuple[int, bytes]]:
    """One message of each of so many people; every other one names its village. No two say the same: what is remembered of one must not
    make another cheap."""
    with TIPS.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file) if row["is_actionable"] == "1"]
    for i in range(how_many):
        chat = first_chat + i
        who = {"id": chat, "first_name": f"村民{i}"}
        place = f"{VILLAGES[i // 2 % len(VILLAGES)]}," if i % 2 else ""
        message = {
            "message_id": chat - FIRST_CHAT + FIRST_MESSAGE,
            "from": {**who, "is_bot": False, "language_code": "zh-hans"},
            "chat": {**who, "type": "private"},
            "date": int(time.time()),
            "text": place + WHEN[i // len(texts) % len(WHEN)] + texts[i % len(texts)],
        }
        yield chat, orjson.dumps({"update_id": chat - FIRST_CHAT + 1, "message": message})


def presses(file: Path, first: int, how_many: int) -> Iterator[tuple[str, bytes]]:
    """One tap each: who taps, on which button."""
    for number, (who, data) in enumerate(json.loads(file.read_text("utf-8"))[first : first + how_many], first):
        person = {"id": who, "is_bot": False, "first_name": "某", "language_code": "zh-hans"}
        message = {"message_id": 1, "date": 1, "chat": {"id": who, "type": "private"}}
        tap = {"id": f"tap-{number}", "from": person, "message": message, "chat_instance": "1", "data": data}
        yield tap["id"], orjson.dumps({"update_id": number + 1, "callback_query": tap})


class Line(NamedTuple):
    """Where the bots listen, and how to reach them."""

    far: FarSide
    session: aiohttp.ClientSession
    urls: Iterator[str]
    headers: dict[str, str]

    async def say(self, name: str, raw: bytes) -> float:
        """Seconds until it was answered."""
        answered = self.far.waiting[name] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        async with self.session.post(next(self.urls), data=raw, headers=self.headers) as response:
            if response.status != 200:
                raise RuntimeError(f"the webhook answered {response.status}")
        return await asyncio.wait_for(answered, 60) - began

    async def crowd(self, source: Iterator[tuple[str, bytes]], window: int, ends: float) -> list[float]:
        """So many at a time, each as soon as one before has its answer."""
        took: list[float] = []

        async def one_after_another() -> None:
            for name, raw in source:
                took.append(await self.say(name, raw))
                if time.perf_counter() > ends:
                    return

        await asyncio.gather(*(one_after_another() for _ in range(window)))
        return took

    async def stream(self, source: Iterator[tuple[str, bytes]], rate: float, ends: float) -> list[float]:
        """So many a second, at random moments that are the same in every run, whoever is still waiting."""
        chance, tasks, at = random.Random(7), [], time.perf_counter()
        for name, raw in source:
            at += chance.expovariate(rate)
            if at > ends:
                break
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(self.say(name, raw)))
        return await asyncio.gather(*tasks)


async def _listening(url: str) -> None:
    """python-telegram-bot sets the webhook before its server listens."""
    target = urlsplit(url)
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection(target.hostname, target.port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    raise RuntimeError(f"nobody listens at {url}")


async def run(given: argparse.Namespace) -> dict[str, Any]:
    far = FarSide(given.delay / 1000)
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", far.call)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port, backlog=512).start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        url, secret = await asyncio.wait_for(asyncio.shield(far.webhook), 60)
        urls = [urlsplit(url)._replace(netloc=f"127.0.0.1:{port}").geturl() for port in given.bots.split(",")]
        for one in urls:
            await _listening(one)
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        line = Line(far, session, itertools.cycle(urls), headers)
        source = _source(given)
        await line.crowd(itertools.islice(source, given.warm), min(given.window, given.warm), time.perf_counter() + 60)
        await asyncio.sleep(given.rest)
        print("measuring", flush=True)
        me = psutil.Process()
        calls, cpu, began = far.calls, sum(me.cpu_times()[:2]), time.perf_counter()
        if given.rate:
            took = sorted(await line.stream(source, given.rate, began + given.seconds))
        else:
            took = sorted(await line.crowd(source, given.window, began + given.seconds))
        lasted = time.perf_counter() - began
        busy = (sum(me.cpu_times()[:2]) - cpu) / lasted
        counted = far.calls - calls
        while far.calls != calls:  # what is still on its way is answered, too
            calls = far.calls
            await asyncio.sleep(0.5)
    await runner.cleanup()
    return {
        "updates": len(took),
        "seconds": lasted,
        "per_second": len(took) / lasted,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[len(took) * 99 // 100] * 1000,
        "calls": counted,
        "far_side_busy": busy,
    }


def _source(given: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    total = given.warm + given.count
    if given.presses:
        return presses(given.presses, given.first, total)
    return ((str(chat), raw) for chat, raw in updates(FIRST_CHAT + given.first, total))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.far_side")
    kinds = {"port": int, "count": int, "window": int, "warm": int, "first": int, "seconds": float, "delay": float}
    for name, kind in {**kinds, "rate": float, "rest": float, "bots": str}.items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--presses", type=Path)
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args()))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
