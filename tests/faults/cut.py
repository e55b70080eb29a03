"""The power goes at a chosen moment: at any database statement, before or after any commit, before or after any call to the network.

    point 1 … N ── the moment ── from here on no statement runs and no request leaves ── everything dropped ── another process, same file

`Power` counts the moments of one process and cuts at the one it was given. `Outliving` is the county whose application dies there and is
started again on the same file, while sandbox and people live on; stories walk through it as through any other county.
"""

import asyncio
import contextvars
import gc
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
import structlog
from sqlalchemy import event

from bot import store as stores
from bot.app import App
from bot.request import AiohttpRequest
from messages.render import plain
from tests.county import County, _next_moment
from workflows import records as r
from workflows.states import OutboxState
from workflows.work import Lane, Work

T = TypeVar("T")
REPEAT = "〔重发〕"
_SENDS = ("sendMessage", "sendPhoto", "sendDocument", "sendLocation", "sendVoice", "sendVideo")


class PowerCut(BaseException):
    """Not an Exception: no `except` of the product may take it for an error that it can handle."""


class Power:
    """Counts the moments at which a process can be stopped; at number `at` it stops."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed: list[str] = []
        self.counting = False
        self.cut = asyncio.Event()
        self.where = ""

    def moment(self, where: str) -> None:
        if self.cut.is_set():
            raise PowerCut(where)
        if not self.counting:
            return
        self.passed.append(where)
        if len(self.passed) == self.at:
            self.where = where
            self.cut.set()
            raise PowerCut(where)


_owner: contextvars.ContextVar[Power | None] = contextvars.ContextVar("owner", default=None)
_timed = stores._timed


def _commit(act: Callable[[], object]) -> float:
    """A commit has a moment before it and one after it, when the disk knows and the process does not yet."""
    power = _owner.get()
    if power is not None:
        power.moment("before COMMIT")
    took = _timed(act)
    if power is not None:
        power.moment("after COMMIT")
    return took


stores._timed = _commit


class Outliving(County):
    """A county whose application may die; what is under way is dropped, and begun again by another one."""

    def __init__(self, *args: Any, at: int | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.power = Power()
        self.planned = at
        self.sent: list[tuple[int, str]] = []  # what reached the sandbox: chat and text
        self.reopened = 0
        self.where = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    # ── a process that can be dropped ────────────────────────────────────────────────────────────────────────────────

    async def _open(self) -> None:
        power = self.power
        token = _owner.set(power)
        try:
            asyncio.get_running_loop().set_task_factory(self._track)
            wired, sent = AiohttpRequest._exchange, self.sent

            async def exchange(request: AiohttpRequest, url: str, method: str, body: Any, limits: Any) -> Any:
                name = url.rpartition("/")[2]
                power.moment(f"before {name}")
                status, payload = await wired(request, url, method, body, limits)
                if status == 200 and name in _SENDS and isinstance(body, bytes):
                    said = orjson.loads(body)
                    sent.append((said["chat_id"], said.get("text") or name))
                power.moment(f"after {name}")
                return status, payload

            def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
                if _owner.get() is power:  # what the story itself looks up is no moment of the product
                    power.moment(statement[:60])

            opening = super()._open
            made = App.__init__

            def with_power(app: App, *args: Any, **more: Any) -> None:
                made(app, *args, **more)
                event.listen(app.engine, "before_cursor_execute", count)
                app.request._exchange = exchange.__get__(app.request)  # type: ignore[method-assign]

            App.__init__ = with_power  # type: ignore[method-assign]
            try:
                await opening()
            finally:
                App.__init__ = made  # type: ignore[method-assign]
        finally:
            _owner.reset(token)

    def _track(self, loop: Any, coro: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=loop, **more)
        if _owner.get() is self.power:
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: nobody is told of what a dead process did not finish

    async def start(self) -> "Outliving":
        await super().start()
        self.sandbox.press = self._press  # type: ignore[method-assign]
        self.sent.clear()
        self.power.at, self.power.counting = self.planned, True
        return self

    def _keep_line(self, logger: Any, name: str, line: Any) -> Any:
        if not self.power.cut.is_set():  # a dead process writes no log
            self.log.append(dict(line))
        raise structlog.DropEvent

    async def _press(self, sender: int, chat: int, message_id: int, *, data: str, wait: float = 0) -> dict[str, Any]:
        """A tap that waits for nobody's answer: whoever would give it may be dead."""
        self.sandbox.world.press(sender, chat, message_id, data=data)
        return {"answer": None}

    async def reopen(self) -> None:
        """Nothing of the dead process is left but its file; another one starts on it."""
        app = self.app
        cut_at = self.power.where
        if app.ticker._scheduler.running:
            app.ticker._scheduler.shutdown(wait=False)
        while self._tasks:  # again and again: `wait_for` may swallow one
            for task in list(self._tasks):
                task.cancel()
            await asyncio.wait(list(self._tasks), timeout=0.05)
        if app.request._session is not None:
            await app.request._session.close()
        if app._runner is not None:
            await app._runner.cleanup()
        app.engine.dispose()
        gc.unfreeze()
        self.power = Power()
        self.reopened += 1
        self.where = self.where or cut_at
        await self._open()

    async def _through(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do this, over any cut: begun again by the next process until one has done it."""
        while True:
            doing, cut = asyncio.ensure_future(act()), asyncio.ensure_future(self.power.cut.wait())
            await asyncio.wait({doing, cut}, return_when=asyncio.FIRST_COMPLETED)
            cut.cancel()
            if not self.power.cut.is_set():
                return doing.result()
            self._tasks.add(doing)  # whatever it waits for may be dead
            doing.add_done_callback(self._ended)
            await self.reopen()

    async def settled(self) -> None:
        await self._through(super().settled)

    async def _close(self) -> None:
        """Cut while it stops, too: another one ends what that one left."""
        settled, close = super().settled, super()._close

        async def ends() -> None:
            await settled()
            await close()

        await self._through(ends)

    async def forward(self, minutes: float = 0, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        target = self.now + timedelta(minutes=minutes, seconds=seconds, hours=hours, days=days)
        await self.settled()
        while True:
            at = await self._through(lambda: self.app.store.read(_next_moment))
            moments = [m for m in (at, self.app.sender.next_at) if m is not None and m <= target]
            if not moments:
                break
            moment = max(min(moments), self.now)
            await self._through(lambda: self._set(moment))  # noqa: B023 (done before the loop goes on)
            await self.settled()
        await self._through(lambda: self._set(target))
        await self.settled()

    async def _set(self, moment: datetime) -> None:
        """The clock moves and the process was alive meanwhile: both or neither, or a cut in between would look like an outage."""
        if moment > self.now:
            store = self.app.store
            store.clock.follow(await store.decide(_move_clock, moment, store.clock.real()))
            store.due_written.set()
            store.outbox_written.set()

    # ── what must be the same ────────────────────────────────────────────────────────────────────────────────────────

    def told(self) -> "Told":
        """Everything that a county can be held to, without what is drawn at random."""
        names: dict[str, str] = {}
        for noun, model in (("tip", r.Tip), ("case", r.Case), ("whistle", r.Whistle), ("call", r.Call), ("reward", r.Reward),
                            ("dispute", r.Dispute), ("transfer", r.Transfer), ("act", r.Act), ("paper", r.Paper)):  # fmt: skip
            for number, row in enumerate(sorted(self.all(model), key=_born), 1):
                names[row.id] = f"{noun}-{number}"
        events = Counter(
            (e.kind, names.get(e.subject_id, e.subject), e.by, e.at.isoformat(), _named(repr(e.facts), names))
            for e in self.events()
        )
        due = Counter(
            (d.kind, names.get(d.subject_id, "?"), d.due_at.isoformat(), d.outcome or "waits")
            for d in self.all(r.Deadline)
            if d.kind not in _PLANNED_ANEW
        )
        rows = Counter(
            _named(f"{type(one).__name__} {one.state} {sorted(one.model_dump(exclude=_RANDOM).items())!r}", names)
            for model in (r.Tip, r.Case, r.Whistle, r.Call, r.Dispute)
            for one in self.all(model)
        )
        screens = Counter((chat, text) for chat in self.sandbox.world.chats for text in self._screen(chat))
        sent = Counter((chat, _masked(text)) for chat, text in self.sent)
        unsure = [row for row in self.all(r.Outbox) if row.state is OutboxState.UNKNOWN and row.lane in _LET_BE]
        accounts = {self.app.vault.account_of(chat): chat for chat in self.sandbox.world.chats}
        let_be = Counter(row.chat_id or accounts[row.account] for row in unsure)
        return Told(events, due, rows, sent, screens, let_be)

    def _screen(self, chat: int) -> list[str]:
        """What one chat shows at the end: texts and buttons of the bot's messages that are still there."""
        shown = []
        for view in self.sandbox.world.messages(chat):
            if view["from"] == "bot" and not view["deleted"]:
                keys = [key["text"] for row in view["keyboard"] or [] for key in row]
                shown.append(_masked(f"{view['text']} {keys}"))
        return shown


def _move_clock(work: Work, moment: datetime, real: datetime) -> r.Clock:
    row = work.get(r.Clock, 1)
    row.real, row.shown = real, moment
    work.get(r.Alive, 1).at = moment
    return row


class Told:
    """One run of a day, told."""

    def __init__(self, events: Any, due: Any, rows: Any, sent: Any, screens: Any, let_be: Counter[int]) -> None:
        self.events, self.due, self.rows, self.sent, self.screens = events, due, rows, sent, screens
        self.let_be = let_be

    def differs(self, other: "Told") -> list[str]:
        """How this run, which was cut once, differs from the undisturbed `other` beyond one marked copy for one reader, or
        reminders that were on their way when the power went: they may have arrived, and are not repeated (docs/reliability.md).
        """
        found = []
        for name in ("events", "due", "rows"):
            mine, theirs = getattr(self, name), getattr(other, name)
            found += [f"{name}: lost {n}× {one}" for one, n in (theirs - mine).items()]
            found += [f"{name}: doubled {n}× {one}" for one, n in (mine - theirs).items()]
        bare: Counter[Any] = Counter()
        for (chat, text), n in self.sent.items():
            bare[chat, text.removeprefix(REPEAT).strip()] += n
        found += [f"sent: lost {n}× {one}" for one, n in (other.sent - bare).items() if n > self.let_be[one[0]]]
        extra, marked = (
            bare - other.sent,
            Counter(chat for chat, text in self.sent.elements() if text.startswith(REPEAT)),
        )
        for chat, copies in Counter(chat for chat, _ in extra.elements()).items():
            if copies > 1 or not marked[chat]:
                found.append(f"sent: {copies} copies in chat {chat}, {marked[chat]} marked: {extra}")
        unmarked = Counter({one: n for one, n in self.sent.items() if not one[1].startswith(REPEAT)})
        found += [f"sent: {n}× unmarked {one}" for one, n in (unmarked - other.sent).items()]
        gone = other.screens - _unmarked(self.screens)
        found += [f"screens: lost {n}× {one}" for one, n in gone.items() if n > self.let_be[one[0]]]
        return found


def _unmarked(screens: Counter[Any]) -> Counter[Any]:
    bare: Counter[Any] = Counter()
    for (chat, text), n in screens.items():
        bare[chat, text.removeprefix(REPEAT).strip()] += n
    return bare


_LET_BE = (Lane.REMINDER, Lane.DIGEST)
"""Not repeated when it is not known whether they arrived."""
_PLANNED_ANEW = {"shift.end"}
"""Rows that every start writes anew, overtaking the last start's."""
_RANDOM = {"ref", "rev", "receipt", "window", "code", "code_mac", "code_hash", "code_tail", "last_item_at"}
_HEX = re.compile(r"[0-9a-f]{32}")


def _born(row: Any) -> str:
    for name in ("opened_at", "first_at", "proposed_at", "raised_at", "offered_at", "named_at"):
        if getattr(row, name, None) is not None:
            return f"{getattr(row, name).isoformat()} {getattr(row, 'number', '')}"
    return ""


def _named(text: str, names: dict[str, str]) -> str:
    return _HEX.sub(lambda found: names.get(found[0], "?"), text)


def _masked(text: str) -> str:
    """Numbers and names are drawn at random (receipts, codes, WYZA); times are compared where the log keeps them."""
    return re.sub(r"\b(?=[2-7]*[A-Z])[A-Z2-7]{4}\b|\d", "#", plain(text))
