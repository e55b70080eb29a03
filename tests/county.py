"""The whole application against the sandbox, over HTTP, on a clock that only the story moves.

    county.yunxi.leader.says("/tips")     person.presses("受理")     person.heard     person.reads     await county.forward(minutes=15)

Fake are the network's far end (the sandbox) and the clock; nothing else. At the end of a story every message to a person whom it names must
have been asserted (`heard`) or waived (`ignores`), a message to anybody else fails unless `others_may_hear`, an ERROR line fails, and the
attack test looks for the planted identity in everything the process left behind.
"""

import asyncio
import base64
import hashlib
import logging
import re
import socket
import sqlite3
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog
from sqlalchemy import Integer
from sqlmodel import Session, col, select

from bot.app import App
from bot.demo import cast
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.vault import new_master_key
from messages.render import Renderer, plain
from tests import plans, servers
from workflows import audit, digest, erasure, replay
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import OutboxState
from workflows.work import Work

_AMBIENT = ("ask.", "note.", "evidence.added", "digest.", "shift.ended", "shift.unclaimed")
"""Dialogs of one's own presses, and what comes by the hour of the day alone: a story asks for it with `digests` and `shifts`."""

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in the county

PLANTED_ID = 5_812_345_678_901
PLANTED_NAME = "覃小暗号"
PLANTED_PHONE = "13907431234"
PLANTED_WORDS = "俺在窗根底下瞅见的真真切切"


class Group:
    """A squad's group chat."""

    def __init__(self, county: "County", chat_id: int) -> None:
        self.county, self.chat_id = county, chat_id
        self._seen = 0
        self._ignored: set[str] = set()

    @property
    def heard(self) -> list[str]:
        """Names of new messages since last asked; dialogs of somebody's presses are left out."""
        rows = self.county._sent(chat_id=self.chat_id, after=self._seen)
        self._seen = max([self._seen, *(row.id for row in rows)])
        return [row.template for row in rows if not row.template.startswith(_AMBIENT)]

    def ignores(self, *names: str) -> None:
        self._ignored |= set(names)

    @property
    def card(self) -> str:
        """The latest text of the newest live card."""
        return self.county._newest_card(self.chat_id)

    @property
    def views(self) -> list[dict[str, Any]]:
        return list(self.county.sandbox.world.messages(self.chat_id))


class Person:
    """One phone."""

    def __init__(self, county: "County", chat_id: int, seat: str | None = None, group: Group | None = None) -> None:
        self.county, self.chat_id, self.seat, self.group = county, chat_id, seat, group
        self.account = county.app.vault.account_of(chat_id)
        self.toast: dict[str, Any] | None = None
        self._seen = 0
        self._ignored: set[str] = set()
        self._passed_over: set[str] = set()

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def says(self, text: str, **more: Any) -> "Person":
        await self.county.pass_seconds(1)
        self.county.sandbox.world.send(self.chat_id, text=text, **more)
        await self.county.settled()
        return self

    async def sends(self, **what: Any) -> int:
        await self.county.pass_seconds(1)
        sent = self.county.sandbox.world.send(self.chat_id, **what)
        await self.county.settled()
        return int(sent[0][0].message_id)

    async def album(self, count: int, caption: str | None = None) -> None:
        await self.county.pass_seconds(1)
        self.county.sandbox.world.album(self.chat_id, items=[{"photo": True}] * count, caption=caption)
        await self.county.settled()

    async def presses(self, label: str, *, on: "Group | None" = None, containing: str = "") -> dict[str, Any] | None:
        """Press the newest button of this name in the private chat, or in the group; returns the toast."""
        await self.county.pass_seconds(1)
        chat = on.chat_id if on is not None else self.chat_id
        for view in reversed(list(self.county.sandbox.world.messages(chat))):
            if view["deleted"] or containing not in (view["text"] or ""):
                continue
            for row in view["keyboard"] or []:
                for key in row:
                    if label in key["text"]:
                        return await self.presses_data(key["data"], view["message_id"], chat)
        views = list(self.county.sandbox.world.messages(chat))
        there = [[k["text"] for row in v["keyboard"] or [] for k in row] for v in views][-4:]
        texts = [v["text"] for v in views][-2:]
        raise AssertionError(f"no button {label!r}; the newest messages have {there}; texts {texts}")

    async def presses_data(self, data: str, message_id: int, chat: int | None = None) -> dict[str, Any] | None:
        await self.county.settled()
        answer = await self.county.sandbox.press(self.chat_id, chat or self.chat_id, message_id, data=data, wait=5)
        await self.county.settled()
        asked = self.county.sandbox.world.queries.get(answer.get("callback_query_id", ""))
        self.toast = asked.answer if asked is not None else None  # also one that a busy machine gave late
        return self.toast

    # ── what this phone shows ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def heard(self) -> list[str]:
        """Names of new messages that this phone got since last asked; dialogs of one's own presses are left out."""
        rows = self.county._sent(account=self.account, after=self._seen)
        self._seen = max([self._seen, *(row.id for row in rows)])
        said = [row.template for row in rows if not row.template.startswith(_AMBIENT)]
        return [name for name in said if name not in self._passed_over]

    @property
    def shifts(self) -> list[str]:
        """Names of what this phone heard of the desk's shifts."""
        return [row.template for row in self.county._sent(account=self.account) if row.template.startswith("shift.")]

    @property
    def digests(self) -> list[str]:
        """Texts of the digests that stand in this chat."""
        rows = self.county._sent(account=self.account)
        found = {row.sent_message for row in rows if row.template.startswith("digest.")}
        return [v["text"] for v in list(self.county.sandbox.world.messages(self.chat_id)) if v["message_id"] in found]

    @property
    def reads(self) -> list[str]:
        """Texts of all messages from the bot that stand in this chat now."""
        return [
            v["text"] or ""
            for v in list(self.county.sandbox.world.messages(self.chat_id))
            if v["from"] == "bot" and not v["deleted"]
        ]

    @property
    def last(self) -> str:
        return self.reads[-1]

    @property
    def card(self) -> str:
        return self.county._newest_card(self.chat_id)

    @property
    def buttons(self) -> list[str]:
        """All buttons of the newest message that has any."""
        for view in reversed(list(self.county.sandbox.world.messages(self.chat_id))):
            if view["keyboard"]:
                return [k["text"] for row in view["keyboard"] for k in row]
        return []

    def passes_over(self, *names: str) -> None:
        """These messages are part of a walk that a helper takes: they are not listed in `heard`."""
        self._passed_over |= set(names)

    def ignores(self, *names: str) -> None:
        """These messages need no assertion; without names, all of them."""
        self._ignored |= set(names) or {"*"}


class County:
    """The sample county before its phones."""

    def __init__(
        self,
        folder: Path,
        book: Rulebook,
        *,
        webhook: bool = False,
        groups: bool = True,
        settings: dict[str, Any] | None = None,
        server: servers.Postgres | None = None,
    ) -> None:
        self.folder = folder
        self.book = book
        self.sandbox = Sandbox()
        self.webhook = webhook
        self.with_groups = groups
        self.extra = settings or {}
        self.server = server
        self.database = f"sqlite:///{folder / 'whistle.db'}"
        self.app: App
        self.others: list[App] = []  # further replicas of the same process
        self.key = _KEY
        self.log: list[dict[str, Any]] = []
        self.named: list[Person | Group] = []
        self._others: set[str] = set()
        self.expected_errors: set[str] = set()
        self.tampered = (
            False  # the story itself writes records behind the product's back: neither log nor chains can agree
        )
        self.planted = [str(PLANTED_ID), PLANTED_NAME, PLANTED_PHONE, PLANTED_WORDS, *_forms(PLANTED_ID)]

    async def start(self) -> "County":
        await self.sandbox.start()
        self.groups = cast.bring_in(self.sandbox.world, self.book.county)
        if self._copy_of_seated():
            await self._open()
            await self.app.store.rehearse(shown=START)
        else:
            await self._open()
            await self.app.store.rehearse(shown=START, speed=0.0)
            await self.app.store.decide(digest.plan)
            await self.app.store.decide(cast.seat_all, self.groups if self.with_groups else [])
            await self.settled()
            await self._keep_seated()
        await self.app.store.decide(erasure.ensure)
        self.sandbox.now = lambda: self.app.clock.now()
        await self.settled()
        self._people()
        return self

    def _copy_of_seated(self) -> bool:
        """Begin with a county where everybody is bound, if one has been made in this run."""
        seated = _SEATED.get((self.server, self.with_groups))
        if self.server is not None:
            self.database = self.server.create(seated)
        elif seated is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "whistle.db").write_bytes(seated)
        return seated is not None

    async def _keep_seated(self) -> None:
        if self.server is None:
            _SEATED[None, self.with_groups] = _copy_of(self.folder / "whistle.db")
            return
        await self.app.stop()
        _SEATED[self.server, self.with_groups] = self.database
        self.database = self.server.create(self.database)
        await self._open()

    def settings(self) -> Settings:
        port = _free_port()
        more: dict[str, Any] = (
            {"webhook_url": f"http://127.0.0.1:{port}/telegram", "webhook_secret": "s3cret"} if self.webhook else {}
        )
        if self.server is not None:
            more["database_idle_seconds"] = 30  # a busy machine starves a process for longer than three
            more["audit_file"] = self.folder / f"{port}.audit.jsonl"
            more["evidence_url"] = (self.folder / "whistle.db.evidence").absolute().as_uri()
        return Settings(
            bot_token=self.sandbox.token,
            vault_key=self.key,
            api_url=self.sandbox.url,
            database_url=self.database,
            port=port,
            log_level="debug",
            **{**more, **self.extra},
        )

    async def _open(self) -> None:
        structlog.configure(
            processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, self._keep_line]
        )
        if id(self.book) not in _RENDERERS:
            _RENDERERS[id(self.book)] = Renderer(self.book)
        self.app = App(self.settings(), book=self.book, renderer=_RENDERERS[id(self.book)])
        await self.app.start()
        if self.webhook:
            self.app.inbox.caught_up.set()

    def _keep_line(self, _logger: Any, _name: str, event: Any) -> Any:
        self.log.append(dict(event))
        raise structlog.DropEvent

    async def restart(self) -> None:
        """Stop the process politely and start another on the same records."""
        await self.app.stop()
        await self._open()
        await self.settled()

    async def joined_by(self, count: int) -> list[App]:
        """So many further replicas run beside the first, on the same records."""
        for _ in range(count):
            one = App(self.settings(), book=self.book, renderer=_RENDERERS[id(self.book)])
            await one.start()
            if self.webhook:
                one.inbox.caught_up.set()
            self.others.append(one)
        await self.settled()
        return self.others

    @property
    def apps(self) -> list[App]:
        return [self.app, *self.others]

    def sending(self) -> App:
        """The replica that sends at present."""
        return next((one for one in self.apps if one.replicas is None or one.replicas.send.held), self.app)

    def _people(self) -> None:
        chat = next((g.chat for g in self.groups if g.unit == "QL01S"), 0)
        self.group = self._named(Group(self, chat))
        seat = self._seat
        self.yunxi = _Lazy(
            leader=lambda: seat("QL01S-1"),
            deputy=lambda: seat("QL01S-2"),
            reviewer=lambda: seat("QL01S-3"),
            officer=lambda: seat("QL01S-5"),
            second=lambda: seat("QL01S-6"),
            off_duty=lambda: seat("QL01S-7"),
            township_leader=lambda: seat(
                next(s.id for s in self.book.county.seats(role="township_leader", unit_id="QL01"))
            ),
            inspector=lambda: seat(
                next(s.id for s in self.book.county.seats(role="grid_inspector", unit_id="QL01G03"))
            ),
        )
        self.market, self.traffic, self.ecology, self.urban = (self._unit(u) for u in ("SJ", "JJ", "HB", "CG"))
        self.office = _Lazy(
            desk=lambda: seat("QL-desk-1"),
            desk_2=lambda: seat("QL-desk-2"),
            finance=lambda: seat("QL-finance-1"),
            leader_on_duty=lambda: seat("QL-leader-1"),
            admin=lambda: seat("QL-admin-1"),
        )

    def _unit(self, unit: str) -> "_Lazy":
        return _Lazy(
            liaison_a=lambda: self._seat(f"{unit}-1"),
            liaison_b=lambda: self._seat(f"{unit}-2"),
            duty_room=lambda: self._seat(f"{unit}-D"),
            head=lambda: self._seat(f"{unit}-H"),
        )

    def _seat(self, seat_id: str) -> Person:
        telegram = self.book.county.seat(seat_id).telegram_id
        assert telegram is not None
        return self._named(Person(self, telegram, seat_id))

    def _named(self, one: Any) -> Any:
        self.named.append(one)
        return one

    def villager(self, chat_id: int = PLANTED_ID, name: str = PLANTED_NAME, language: str = "zh-hans") -> Person:
        """Somebody who has no seat; by default the planted one."""
        self.sandbox.world.person(chat_id, name, language_code=language)
        return self._named(Person(self, chat_id))

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> datetime:
        return self.app.clock.now()

    async def settled(self) -> None:
        """Every update has been heard, and everything that follows from it has left."""
        deadline = asyncio.get_running_loop().time() + 30
        while self.sandbox.world.updates:
            assert asyncio.get_running_loop().time() < deadline, "the bot does not fetch its updates"
            await asyncio.sleep(0.002)
        while True:
            await self.sending().settled()
            if all(one.inbox.idle and one.store.idle for one in self.apps):
                return
            await asyncio.sleep(0.005)

    async def pass_seconds(self, seconds: float) -> None:
        await self.forward(seconds=seconds)

    async def forward(self, minutes: float = 0, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        """Walk from due row to due row, settling at each."""
        target = self.now + timedelta(minutes=minutes, seconds=seconds, hours=hours, days=days)
        await self.settled()
        while True:
            at = await self.app.store.read(_next_moment)
            held = self.sending().sender.next_at
            moments = [
                m
                for m in (at, held, self.app.fetcher.next_at, self.app.printer.next_at)
                if m is not None and m <= target
            ]
            if not moments:
                break
            await self._set(max(min(moments), self.now))
            await self.settled()
        await self._set(target)
        await self.settled()

    async def _set(self, moment: datetime) -> None:
        if moment > self.now:
            await self.app.store.rehearse(shown=moment)
            if self.app.ringer:
                self.app.ringer.poke()
            self.app.fetcher.poke()
            if self.app.printer.next_at is not None:
                self.app.printer.poke()

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, fn: Any) -> Any:
        """Read the records directly."""
        with Session(self.app.engine.execution_options(readonly=True)) as session:
            found = fn(session)
            session.rollback()
            return found

    def one(self, model: Any, **where: Any) -> Any:
        """The only (or newest) row of a table."""
        rows = self.all(model, **where)
        assert rows, f"no {model.__name__} {where}"
        return rows[-1]

    def all(self, model: Any, **where: Any) -> list[Any]:
        def read(session: Session) -> list[Any]:
            query = select(model)
            for name, value in where.items():
                query = query.where(getattr(model, name) == value)
            found = list(session.exec(query.order_by(*_as_written(model))).all())
            session.expunge_all()
            return found

        return self.look(read)

    def events(self, *kinds: str) -> list[r.Event]:
        found = [e for e in self.all(r.Event) if not kinds or e.kind in kinds]
        return sorted(found, key=lambda e: e.id or 0)

    def _sent(self, *, account: str | None = None, chat_id: int | None = None, after: int = 0) -> list[r.Outbox]:
        def read(session: Session) -> list[r.Outbox]:
            query = select(r.Outbox).where(
                r.Outbox.state == OutboxState.SENT, r.Outbox.id > after, col(r.Outbox.act).not_in(("edit", "delete"))
            )
            query = query.where(r.Outbox.account == account) if account else query.where(r.Outbox.chat_id == chat_id)
            found = list(session.exec(query.order_by(col(r.Outbox.sent_at), col(r.Outbox.id))).all())
            session.expunge_all()
            return found

        return [row for row in self.look(read) if not row.act.startswith(("topic", "pin"))]

    def _newest_card(self, chat_id: int) -> str:
        account = self.app.vault.account_of(chat_id)
        cards = [c for c in self.all(r.Card) if c.chat_id == chat_id or c.account == account]
        assert cards, "no live card in this chat"
        message = cards[-1].message
        return next(v["text"] for v in list(self.sandbox.world.messages(chat_id)) if v["message_id"] == message)

    def others_may_hear(self, *names: str) -> None:
        """Messages to people whom the story does not name."""
        self._others |= set(names) or {"*"}

    # ── the end of a story ───────────────────────────────────────────────────────────────────────────────────────────

    async def stop(self, *, judge: bool = True) -> None:
        try:
            if judge:
                await self.settled()
                self._judge()
        finally:
            await self._close()
            await self.sandbox.stop()
        if judge:
            self.attack()
        if self.server is not None:
            self.server.drop(self.database)

    async def _close(self) -> None:
        for one in self.apps:
            await one.stop()

    def _judge(self) -> None:
        errors = [
            e
            for e in self.log
            if e.get("level") in ("error", "critical") and e.get("action") not in self.expected_errors
        ]
        assert not errors, f"ERROR lines: {errors[:3]}"
        untold = [] if self.tampered else self.replayed()
        assert not untold, f"the log tells another story (see workflows/replay.py): {untold[:5]}"
        walked = plans.found(self.app.engine)
        assert not walked, f"this takes longer with every closed case (see tests/plans.py): {walked}"
        broken = () if self.tampered else self.look(self._audited).problems
        assert not broken, f"the chains are broken (see workflows/audit.py): {broken[:5]}"
        failed = [row.error for row in self.all(r.Outbox) if row.state is OutboxState.FAILED]
        if "outbox" not in self.expected_errors:
            assert not failed, f"messages failed: {failed[:5]}"
        accounts: set[str] = set()
        chats: set[int] = set()
        for one in self.named:
            left = [name for name in one.heard if name not in one._ignored and "*" not in one._ignored]
            who = one.seat if isinstance(one, Person) else "group"
            assert not left, f"{who} got messages that the story does not mention: {left}"
            if isinstance(one, Person):
                accounts.add(one.account)
            else:
                chats.add(one.chat_id)
        if "*" in self._others:
            return
        for row in self.all(r.Outbox):
            if (
                row.state is not OutboxState.SENT
                or row.act in ("edit", "delete")
                or row.account in accounts
                or row.chat_id in chats
                or row.template.startswith(_AMBIENT[2:])
            ):
                continue
            assert row.template in self._others, f"somebody else got {row.template} for {row.audience}: {row.person_id}"

    def _audited(self, session: Session) -> audit.Report:
        return audit.verify(Work(session, self.now, self.book, self.app.vault))

    def replayed(self) -> list[str]:
        """Where the records and the replayed log disagree."""
        records = [one for model in (r.Tip, r.Case, r.Whistle, r.Call) for one in self.all(model)]
        return replay.differences(self.events(), records)

    def attack(self) -> None:
        """Look for the planted identity in the database, its WAL, the log lines and every file of the story's folder."""
        haystacks: list[tuple[str, bytes]] = [
            (p.name, p.read_bytes()) for p in sorted(self.folder.rglob("*")) if p.is_file()
        ]
        haystacks.append(("log lines", repr(self.log).encode()))
        if self.server is not None:
            haystacks += self.server.everything(self.database)
        else:
            assert any(name == "whistle.db" for name, _ in haystacks)
        for name, content in haystacks:
            for needle in self.planted:
                for form in (needle.encode(), needle.encode("unicode_escape"), needle.encode("utf-16-le")):
                    assert form not in content, f"{name} holds {needle!r} in the clear"


_KEY = new_master_key()
_SEATED: dict[
    tuple[servers.Postgres | None, bool], Any
] = {}  # the county with everybody bound, made once per run and copied for each story
_RENDERERS: dict[int, Renderer] = {}
_HELD: deque[socket.socket] = deque(maxlen=64)


def _copy_of(path: Path) -> bytes:
    with sqlite3.connect(path) as source, sqlite3.connect(":memory:") as copy:
        source.backup(copy)
        return copy.serialize()


def _forms(chat_id: int) -> list[str]:
    """Every way to write or compute an id without a key."""
    raw = str(chat_id).encode()
    hashes = [hashlib.new(name, raw).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")]
    packed = [chat_id.to_bytes(8, "big").hex(), chat_id.to_bytes(8, "little").hex(), hex(chat_id)[2:]]
    return [*hashes, *packed, base64.b64encode(raw).decode()]


class _Lazy(SimpleNamespace):
    """People that a story names come into being when they are named."""

    def __init__(self, **makers: Any) -> None:
        super().__init__()
        self.__dict__["_makers"] = makers

    def __getattr__(self, name: str) -> Any:
        makers = self.__dict__["_makers"]
        if name not in makers:
            raise AttributeError(name)
        self.__dict__[name] = makers[name]()
        return self.__dict__[name]


def _next_moment(work: Work) -> datetime | None:
    due = work.next_due()
    query = select(r.Outbox.not_before).where(r.Outbox.state == OutboxState.QUEUED, col(r.Outbox.not_before) > work.now)
    waiting = work.session.exec(query.order_by(col(r.Outbox.not_before)).limit(1)).first()
    moments = [m for m in (due, waiting, work.next_ring()) if m is not None]
    return min(moments) if moments else None


def _as_written(model: Any) -> list[Any]:
    """The order in which rows were written, which PostgreSQL does not keep by itself."""
    columns = model.__table__.columns
    if "id" in columns and isinstance(columns["id"].type, Integer):
        return [columns["id"]]
    return [c for c in columns if isinstance(c.type, r.UtcDateTime) and not c.nullable]


def _free_port() -> int:
    """A port that is given to nobody else meanwhile: it stays bound, and whoever asks for it by its number may listen there. Until then
    a connection to it is refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    if len(_HELD) == _HELD.maxlen:
        _HELD.popleft().close()
    _HELD.append(held)
    return int(held.getsockname()[1])


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def html_free(text: str) -> str:
    return plain(text)


def quiet_logging() -> Iterator[None]:
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    yield
