"""How does the demo run? Sandbox, real bot and page in one process; time can be hurried, and everything begun anew."""

import asyncio
import base64
import contextlib
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web
from ruamel.yaml import YAML
from sqlmodel import col, select

from bot import settings as settings_of
from bot.app import App
from bot.demo import cast
from bot.logs import configure
from bot.sandbox import Sandbox
from bot.sandbox.state import utcnow
from bot.settings import BadSetting
from bot.vault import new_master_key
from handlers import roster
from workflows import records as r
from workflows.work import Work

PAGE = Path(__file__).parent / "page"
TOWNSHIP = "QL01"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_POLICY = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": _POLICY}
_DULL = ("window", "rev")  # the policy stamped on the tip, and a counter: nothing about a person
_LONGEST = 24 * 60  # minutes that may be let pass at once
_FASTEST = 600.0

Say = Callable[[str], None]


def _morning(now: datetime, timezone: str) -> datetime:
    """Nine o'clock on the next Monday: at night and on holidays half of the county sleeps, and the walk would wait for it."""
    local = now.astimezone(ZoneInfo(timezone))
    day = local + timedelta(days=7 - local.weekday())
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


class Demo:
    """One run: a fresh database, a fresh key, a fresh sandbox."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._folder = tempfile.TemporaryDirectory(prefix="whistle-demo-", ignore_cleanup_errors=True)
        self.run_id = secrets.token_hex(4)
        self.again = asyncio.Event()
        self._passing: asyncio.Task[None] | None = None
        self._later: asyncio.Task[None] | None = None
        self._app: App | None = None
        self._ready = False
        self._groups: list[cast.Group] = []
        token = f"1000001:{secrets.token_urlsafe(24)}"
        self.sandbox = Sandbox(token, now=self._now, bot_username="yunxi_whistle_bot")
        self.sandbox.app.router.add_routes(self._routes())

    @property
    def app(self) -> App:
        if self._app is None or not self._ready:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        return self._app

    def _now(self) -> datetime:
        return self._app.clock.now() if self._app is not None else utcnow()

    async def start(self, port: int, host: str) -> None:
        """Listening after the first step, ready after the last. Raises BadSetting when the port is taken."""
        self._say(line("sandbox"))
        try:
            await self.sandbox.start(host, port)
        except OSError as why:
            raise BadSetting(
                line("port_taken", host=host, port=port, why=why.strerror or why, other=_another(port))
            ) from None
        self._say(line("county"))
        settings = settings_of.load(
            bot_token=self.sandbox.token,
            vault_key=new_master_key(),
            api_url=self.sandbox.url,
            database_url=f"sqlite:///{Path(self._folder.name) / 'demo.db'}",
            webhook_url=None,
            county=settings_of.SAMPLE,
            host="127.0.0.1",
            port=0,
        )
        app = self._app = App(settings)
        self._say(line("bot"))
        self._groups = cast.bring_in(self.sandbox.world, app.book.county)
        await app.start()
        app.freeze()
        app.store.outside = replace(app.store.outside, public_url=f"http://127.0.0.1:{app.port}")
        await app.store.rehearse(shown=_morning(app.clock.now(), app.store.book.county.timezone), speed=1.0)
        count = await app.store.decide(cast.seat_all, self._groups)
        await self._set_menus(cast.stage(app.book.county, self._groups), "zh")
        self._later = asyncio.create_task(self._set_menus(cast.bench(app.book.county, self._groups, TOWNSHIP), "zh"))
        self._ready = True
        self._say(line("people", count=count))

    async def stop(self) -> None:
        for task in (self._passing, self._later):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        app, self._app = self._app, None
        if app is not None:
            with (
                contextlib.nullcontext() if self._ready else contextlib.suppress(Exception)
            ):  # half started: the first error counts
                await app.stop()
        await self.sandbox.stop()
        self._folder.cleanup()

    async def _set_menus(self, phones: list[dict[str, Any]], lang: str) -> None:
        """The slash menus that people get when they join by an invitation."""
        if self._app is None:
            return
        for phone in phones:
            if not self.sandbox.world.people[phone["id"]].started:
                continue  # a bot cannot reach who has never written
            roles = [] if phone["role"] == "villager" else [phone["role"]]
            await roster.set_menu(self._app.edge, phone["id"], roles, lang)

    # ── what the page asks ───────────────────────────────────────────────────────────────────────────────────────────

    def _routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self._index),
            web.get("/page/{name}", self._file),
            web.get("/demo/state", self._state),
            web.get("/demo/knows", self._knows),
            web.post("/demo/speed", self._speed),
            web.post("/demo/pass", self._pass),
            web.post("/demo/lang", self._lang),
            web.post("/demo/again", self._again),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=(PAGE / "index.html").read_text("utf-8"), content_type="text/html", headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = PAGE / request.match_info["name"]
        kind = _TYPES.get(path.suffix)
        if kind is None or path.parent != PAGE or not path.is_file():
            raise web.HTTPNotFound
        return web.Response(text=path.read_text("utf-8"), content_type=kind, headers=_HEADERS)

    async def _state(self, request: web.Request) -> web.StreamResponse:
        if not self._ready:
            return _json({"run": None})
        county = self.app.book.county
        script = cast.script()
        return _json(
            {
                "run": self.run_id,
                "product": script["product"],
                "speeds": script["speeds"],
                "zone": county.timezone,
                "clock": self._clock(),
                "phones": cast.stage(county, self._groups),
                "bench": cast.bench(county, self._groups, TOWNSHIP),
                "groups": [{"id": g.chat, "zh": g.zh, "en": g.en} for g in self._groups],
                "places": cast.places(county),
                "people": {str(s.telegram_id): [s.label, s.label_en] for s in county.all_seats if s.telegram_id},
            }
        )

    def _clock(self) -> dict[str, Any]:
        clock = self.app.clock
        return {"now": clock.now().timestamp(), "speed": clock.speed, "passing": self._passing is not None}

    async def _speed(self, request: web.Request) -> web.StreamResponse:
        speed = (await _body(request)).get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed <= _FASTEST:
            raise _wrong(f"speed is a number from 0 to {_FASTEST:.0f}")
        self._stop_passing()
        await self._hurry(float(speed))
        return _json(self._clock())

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        """Let so many minutes go by in about so many seconds, then go on as before."""
        body = await _body(request)
        minutes, seconds = body.get("minutes"), body.get("seconds", 15)
        if not isinstance(minutes, int | float) or not 0 < minutes <= _LONGEST:
            raise _wrong(f"minutes is a number above 0, at most {_LONGEST}")
        if not isinstance(seconds, int | float) or not 1 <= seconds <= 120:
            raise _wrong("seconds is a number from 1 to 120")
        self._stop_passing()
        until = self.app.clock.now() + timedelta(minutes=float(minutes))
        self._passing = asyncio.create_task(
            self._hurry_until(until, min(float(minutes) * 60 / float(seconds), _FASTEST))
        )
        return _json(self._clock())

    async def _hurry_until(self, until: datetime, speed: float) -> None:
        await self._hurry(speed)
        left = (until - self.app.clock.now()).total_seconds()
        await asyncio.sleep(max(0.0, left / speed))
        self._passing = None
        await self._hurry(1.0)

    async def _hurry(self, speed: float) -> None:
        await self.app.store.rehearse(speed=speed)
        self.sandbox.world.note("clock", None, clock=self._clock())

    def _stop_passing(self) -> None:
        if self._passing is not None:
            self._passing.cancel()
            self._passing = None

    async def _lang(self, request: web.Request) -> web.StreamResponse:
        """The language in which the bot speaks to everybody on the page, as if each had used /lang."""
        lang = (await _body(request)).get("lang")
        if lang not in ("zh", "en"):
            raise _wrong("lang is zh or en")
        phones = cast.stage(self.app.book.county, self._groups)
        await self.app.store.decide(_speak, [p["id"] for p in phones], [g.chat for g in self._groups], lang)
        await self._set_menus(phones, lang)
        return _json({"lang": lang})

    async def _knows(self, request: web.Request) -> web.StreamResponse:
        """What the database holds about the villager: read from the very tables, nothing unsealed."""
        villager = next(p for p in cast.stage(self.app.book.county, self._groups) if p["role"] == "villager")
        return _json(await self.app.store.read(_held, villager["id"]))

    async def _again(self, request: web.Request) -> web.StreamResponse:
        await _body(request)
        self.again.set()
        return _json({}, 202)


def _speak(work: Work, chats: list[int], groups: list[int], lang: str) -> None:
    for one in groups:
        group = work.group(one)
        if group is not None and group.lang != lang:
            group.lang = lang
            work.refresh(*work.subjects_shown_in(one))
    for chat in chats:
        identity = work.meet(chat)
        identity.lang, identity.lang_chosen = lang, True


def _held(work: Work, chat: int) -> dict[str, Any]:
    account = work.vault.account_of(chat)
    identity = work.session.get(r.Identity, account)
    tips = work.session.execute(select(r.Tip).where(col(r.Tip.account) == account)).scalars().all()
    items = (
        work.session.execute(select(r.TipItem).where(col(r.TipItem.tip_id).in_([t.id for t in tips]))).scalars().all()
    )
    return {
        "account": account if identity is not None else None,
        "identity": _columns(identity) if identity is not None else {},
        "tips": [_columns(tip) for tip in tips],
        "items": [_columns(item) for item in items],
    }


def _columns(row: Any) -> dict[str, str]:
    """A row as it lies in its table; bytes as the beginning of their base64."""
    values = {name: getattr(row, name) for name in type(row).model_fields if name not in _DULL}
    return {name: _shown(value) for name, value in values.items() if value not in (None, "", [], {})}


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{base64.b64encode(value[:18]).decode()}… ({len(value)} B)"
    return str(value)


async def _body(request: web.Request) -> dict[str, Any]:
    """A JSON object from this page; a page of another site must not turn our clock."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise _wrong("controls are for this page only")
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        raise _wrong("the body must be JSON") from None
    if not isinstance(body, dict):
        raise _wrong("the body must be a JSON object")
    return body


def _wrong(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(body=orjson.dumps({"error": why}), content_type="application/json")


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


# ── the console ──────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    found: dict[str, str] = YAML(typ="safe").load((Path(__file__).parent / "lines.yaml").read_text("utf-8"))
    return found


def line(key: str, **facts: object) -> str:
    """One line for the console, in both languages."""
    return _lines()[key].format_map(facts)


def say_on_console(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def serve(
    port: int, *, host: str = "127.0.0.1", ready: Callable[[str], None] | None = None, say: Say = say_on_console
) -> None:
    """Runs the demo until it is cancelled or told to end; 从头再来 on the page begins a new run on the same port."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    while not ended.is_set():
        demo = Demo(say)
        try:
            await demo.start(port, host)
            port = demo.sandbox.port
            say(line("ready", url=demo.sandbox.url))
            if ready is not None:
                ready(demo.sandbox.url)
            waits = [asyncio.create_task(event.wait()) for event in (ended, demo.again)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            await demo.stop()
        if not ended.is_set():
            say(line("again"))
    say(line("ended"))


def run(port: int, host: str = "127.0.0.1") -> int:
    """The command `whistle demo`; returns the exit code. Raises BadSetting when the port is taken."""
    configure("console", "warning")
    asyncio.run(serve(port, host=host))
    return 0


def _another(port: int) -> int:
    return port + 1 if 0 < port < 65535 else 8080
