"""Hear: every update is a sealed row before anything else happens to it, and is handled once, in order per chat.

    webhook / getUpdates ─► row (commit) ─► 200 / offset ─► one task per chat ─► parse ─► Application ─► done | failed
                                            └─ where another replica decides: handed over to it (bot/relay.py)

A repeat of an update_id has no effect. `kill -9` at any instant loses nothing: rows still `received` are taken up at the next start.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import structlog
from sqlalchemy import bindparam, func, update
from sqlmodel import SQLModel, col, select
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from bot import parse
from bot.lease import Lease
from bot.request import AiohttpRequest
from bot.store import HeardElsewhere, Hearing, Store, hearing, tell_replicas
from bot.vault import MasterVault
from messages.buttons import ref_of
from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell
from workflows.rows import write_new
from workflows.states import InboxState
from workflows.work import Work

if TYPE_CHECKING:
    from bot.relay import Relay

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_AT_ONCE = 64
_REVOKED_PAUSE = 30.0
_NOT_OURS_SECONDS = 0.1
_FRESH_SECONDS = 0.25
"""So long somebody who wrote or pressed may expect that time waits; who waits longer waits for a picture or for Telegram."""
_TABLE = SQLModel.metadata.tables["inbox"]


class Left(NamedTuple):
    """An update that waits for us in the database."""

    row_id: int
    chat: str
    sealed: bytes
    update_id: int


@dataclass(slots=True)
class _Arrivals:
    """Updates that came while the store was busy: they are written together. Update id, chat, sealed, payload."""

    rows: list[tuple[int, str, bytes, bytes]] = field(default_factory=list)
    brought: list[asyncio.Future[None]] = field(default_factory=list)
    """Of each who has brought some: told when they are written. One who hangs up stops nothing of what others have brought."""
    closed: bool = False
    """Being written: what comes now belongs to the next."""
    written: asyncio.Task[None] | None = None

    def tell(self, written: asyncio.Task[None]) -> None:
        error = None if written.cancelled() else written.exception()  # looked at, though everybody may have hung up
        for one in self.brought:
            if one.done():
                continue
            if written.cancelled():
                one.cancel()
            elif error is not None:
                one.set_exception(error)
            else:
                one.set_result(None)


class Inbox:
    """Takes updates in and hands them to the Application."""

    def __init__(
        self,
        store: Store,
        vault: MasterVault,
        application: "Application[Any, Any, Any, Any, Any, Any]",
        lease: Lease | None = None,
        relay: "Relay | None" = None,
    ) -> None:
        self._lease = lease or Lease("poll")
        self._relay = relay  # where there are replicas
        self._decides: str | None = None  # another replica, to which the last ones went
        self._left: list[int] = []  # row ids that others have just left for us
        self._fetching: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._store = store
        self._vault = vault
        self._application = application
        self._chats: dict[str, deque[tuple[int, bytes, int]]] = {}
        self._arrivals = _Arrivals(closed=True)
        self._writing: set[asyncio.Task[None]] = set()
        self._arriving: set[int] = set()  # update ids whose row may be committed and is not in hand yet
        self._looks: dict[int, set[int]] = {}  # of each look under way: row ids in hand when it began or since then
        self._tasks: dict[str, asyncio.Task[None]] = {}  # one per chat
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._taken_at = 0.0
        store.somebody_waits = self._somebody_waits
        self.caught_up = asyncio.Event()
        self.last_update_at: float | None = None

    @property
    def idle(self) -> bool:
        fetching = self._fetching is not None and not self._fetching.done()
        return not (self._chats or self._writing or fetching)

    def _somebody_waits(self) -> bool:
        in_hand = bool(self._arriving or self._chats)
        return in_hand and time.monotonic() < self._taken_at + _FRESH_SECONDS

    async def start(self) -> None:
        """Take up what an earlier process heard and did not finish."""
        if self._relay is None:
            await self._take_over(await self._store.decide(_left_over))
        else:
            await self._look(self._relay)

    def look(self) -> None:
        """Another replica has died and left what it had, or we were not told of something: see to it beside everything else."""
        if self._relay is not None and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look(self._relay), name="inbox")

    async def _look(self, relay: "Relay") -> None:
        await self._take_up(relay.look)

    def fetch(self, row_ids: list[int]) -> None:
        """Another replica has left these for us."""
        self._left += row_ids
        if self._relay is not None and (self._fetching is None or self._fetching.done()):
            self._fetching = asyncio.create_task(self._fetch(self._relay), name="fetch")

    async def _fetch(self, relay: "Relay") -> None:
        while self._left:
            row_ids, self._left = self._left, []
            await self._take_up(lambda _: relay.fetch(row_ids))  # noqa: B023

    async def _take_up(self, find: Callable[[set[int]], Awaitable[list[Left]]]) -> None:
        """What is found and not in hand yet: neither now nor at any moment since we began to look."""
        known = {row_id for waiting in self._chats.values() for row_id, *_ in waiting}
        self._looks[id(known)] = known
        try:
            found = await find(known)
            await self._take_over(
                [row for row in found if row.row_id not in known and row.update_id not in self._arriving]
            )
        except Exception as error:  # the database is away; the next beat looks again
            log.warning("the inbox cannot be looked at", action="inbox.failed", error=type(error).__name__)
        finally:
            del self._looks[id(known)]

    async def _take_over(self, rows: list[Left]) -> None:
        for row_id, chat, sealed, _ in rows:
            try:
                self._enqueue(row_id, chat, self._vault.unseal_update(sealed), self._store.begun)
            except Exception:
                log.exception("an update cannot be unsealed", action="update.failed", inbox=row_id)
                await self._store.decide(_fail, row_id, "cannot be unsealed")

    async def stop(self) -> None:
        await asyncio.gather(*self._writing, return_exceptions=True)
        tasks = [*self._tasks.values(), *(task for task in (self._looking, self._fetching) if task)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take(self, payloads: list[bytes]) -> int:
        """Commit these updates; returns when they are on the disk, with how many had no update_id and were left out."""
        rows = []
        for payload in payloads:
            update_id, raw = _numbered(payload)
            if update_id is not None:
                chat = self._vault.account_of(chat_of(raw))
                rows.append((update_id, chat, self._vault.seal_update(payload), payload))
        if not rows:
            return len(payloads)
        self._taken_at = time.monotonic()
        await self._arrive(rows)
        return len(payloads) - len(rows)

    def _arrive(self, rows: list[tuple[int, str, bytes, bytes]]) -> asyncio.Future[None]:
        """Join those that wait to be written. Done when they are."""
        arrivals = self._arrivals
        if arrivals.written is None or arrivals.closed or len(arrivals.rows) >= _AT_ONCE:
            arrivals = self._arrivals = _Arrivals()
            arrivals.written = asyncio.create_task(self._write(arrivals), name="arrivals")
            self._writing.add(arrivals.written)
            arrivals.written.add_done_callback(self._writing.discard)
            arrivals.written.add_done_callback(arrivals.tell)
        arrivals.rows += rows
        self._arriving.update(row[0] for row in rows)
        written = asyncio.get_running_loop().create_future()
        arrivals.brought.append(written)
        return written

    async def _write(self, arrivals: _Arrivals) -> None:
        try:
            decides = self._relay.decides() if self._relay else None
            if decides != self._decides:
                await self._earlier_are_written(arrivals)
                self._decides = decides
            if self._relay is not None and decides is not None:
                await self._relay.hand_over(decides, self._store.clock.now(), partial(self._close, arrivals))
                return
            new, left = await self._store.decide(_receive, arrivals, self._store.me, self._is_in_hand)
            in_hand = {row_id for waiting in self._chats.values() for row_id, *_ in waiting} if left else set()
            await self._take_over([row for row in left if row.row_id not in in_hand])
            for update_id, chat, _, payload in arrivals.rows:
                if update_id in new:
                    self._enqueue(new.pop(update_id), chat, payload)
        finally:
            arrivals.closed = True  # also where the store has refused it unheard: nobody would tell whoever joins now
            self._arriving.difference_update(row[0] for row in arrivals.rows)

    async def _earlier_are_written(self, arrivals: _Arrivals) -> None:
        """Whoever decides from here on: what came before is committed before, whichever way it goes."""
        earlier = [task for task in self._writing if task is not arrivals.written]
        if earlier:
            await asyncio.wait(earlier)

    def _close(self, arrivals: _Arrivals) -> list[tuple[int, str, bytes, bytes]]:
        """Another replica handles these: when its rows are committed, nothing of them is in hand here."""
        arrivals.closed = True
        self._arriving.difference_update(row[0] for row in arrivals.rows)
        return arrivals.rows

    def _is_in_hand(self, row_id: int, chat: str, update_id: int) -> bool:
        return update_id in self._arriving or any(row_id == one for one, *_ in self._chats.get(chat, ()))

    def _enqueue(self, row_id: int, chat: str, payload: bytes, since: int = 0) -> None:
        for known in self._looks.values():
            known.add(row_id)
        waiting = self._chats.get(chat)
        if waiting is not None:
            waiting.append((row_id, payload, since))
            return
        self._chats[chat] = deque([(row_id, payload, since)])
        self._tasks[chat] = asyncio.create_task(self._serve(chat), name="chat")

    async def _serve(self, chat: str) -> None:
        waiting = self._chats[chat]
        while waiting:
            async with self._slots:
                await self._handle(*waiting[0])
                waiting.popleft()
        del self._chats[chat], self._tasks[chat]

    async def _handle(self, row_id: int, payload: bytes, since: int) -> None:
        heard = Hearing(row_id, since=since)
        token = hearing.set(heard)
        try:
            parsed = parse.read(payload, self._application.bot)
            if isinstance(parsed, str):
                hearing.set(None)
                log.warning("an update is misshapen", action="update.misshapen", inbox=row_id, where=parsed)
                await self._store.decide(_fail, row_id, f"misshapen: {parsed}")
                return
            if parsed.effective_user is not None:
                heard.account = self._vault.account_of(parsed.effective_user.id)
            if parsed.callback_query is not None:
                heard.ref = ref_of(parsed.callback_query.data or "")
            if parsed.message is not None and parsed.message.chat.type == "private":
                said = parsed.message.text or parsed.message.caption or ""
                heard.text = "" if said.startswith("/") else said
            await self._application.process_update(parsed)
            if heard.error is not None:
                raise heard.error
            if not heard.done:
                await self._store.decide(_nothing)
        except HeardElsewhere:
            log.info("another replica has handled it", action="update.elsewhere", inbox=row_id)
        except Exception as error:
            hearing.set(None)
            log.exception("an update failed", action=Kind.UPDATE_FAILED.value, inbox=row_id, error=type(error).__name__)
            try:
                await self._store.decide(_fail, row_id, type(error).__name__)
            except Exception:  # the chat's next message must not wait for this one
                log.exception("a failure cannot be noted", action=Kind.UPDATE_FAILED.value, inbox=row_id)
        finally:
            hearing.reset(token)

    async def poll(self, request: AiohttpRequest, base_url: str, timeout_seconds: int = 25) -> None:
        """Long polling: the offset is raised only after the commit. Runs until cancelled."""
        offset: int | None = None
        pause = 0.5
        fence = self._lease.fence
        while True:
            if not self._lease.held:
                offset = None
                await asyncio.sleep(_NOT_OURS_SECONDS)
                continue
            if fence != self._lease.fence:  # taken from another: what was said since is heard first
                fence = self._lease.fence
                self.caught_up.clear()
            try:
                params = {
                    "offset": offset,
                    "timeout": timeout_seconds if self.caught_up.is_set() else 0,
                    "allowed_updates": ALLOWED_UPDATES,
                }
                raws = await request.call(f"{base_url}/getUpdates", params, read_timeout=timeout_seconds + 15.0)
            except InvalidToken:
                log.error("the token is no longer valid", action="poll.failed", wait=_REVOKED_PAUSE)
                await asyncio.sleep(_REVOKED_PAUSE)
                continue
            except Exception as error:  # whatever the server or the network does, the bot goes on asking
                wait = _seconds(error) or pause
                expected = isinstance(error, TelegramError)
                (log.warning if expected else log.exception)(
                    "getUpdates failed", action="poll.failed", error=type(error).__name__, wait=wait
                )
                await asyncio.sleep(wait)
                pause = min(pause * 2, 10.0)
                continue
            pause = 0.5
            if not raws:
                if not self.caught_up.is_set():
                    await self._all_handled()
                    self.caught_up.set()
                self._lease.ready = True
                continue
            payloads = [packed(raw) for raw in raws]
            if await self.take(payloads):
                log.error("getUpdates gave something without an update_id", action="poll.failed")
            ids = [update_id for update_id, _ in map(_numbered, payloads) if update_id is not None]
            if ids:
                offset = max(ids) + 1
            else:
                await asyncio.sleep(pause)

    async def _all_handled(self) -> None:
        """What was said while we were away has been decided too, also by another replica; a stuck chat holds up time for ten seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                if self._tasks:
                    await asyncio.wait(self._tasks.values())
                while self._relay is not None and await self._relay.any_wait():  # noqa: ASYNC110
                    await asyncio.sleep(_NOT_OURS_SECONDS)


def _seconds(error: Exception) -> float:
    """How long Telegram asks us to wait; 0 where it does not say."""
    asked = error.retry_after if isinstance(error, RetryAfter) else 0
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def packed(raw: Any) -> bytes:
    """What was polled, as it is kept. What is nested too deeply to be written is no update of Telegram's: its number is kept, and
    that it is misshapen, so that it is set aside and the next ones are asked for."""
    try:
        return orjson.dumps(raw)
    except TypeError:
        number = raw.get("update_id") if isinstance(raw, dict) else None
        return orjson.dumps({"update_id": number, "message": "nested too deeply"})


def _numbered(payload: bytes) -> tuple[int | None, dict[str, Any]]:
    """The update and its number; None when it has none that can be kept."""
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None, {}
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not -(2**63) <= update_id < 2**63:
        return None, {}
    return update_id, raw


def chat_of(raw: dict[str, Any]) -> int:
    """The chat whose order this update belongs to; 0 where none can be seen."""
    for key in ("message", "edited_message", "callback_query", "my_chat_member", "channel_post"):
        part = raw.get(key)
        if not isinstance(part, dict):
            continue
        about = part.get("message")
        for chat in (part.get("chat"), about.get("chat") if isinstance(about, dict) else None, part.get("from")):
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0


def _receive(
    work: Work, arrivals: _Arrivals, me: str | None, is_in_hand: Callable[[int, str, int], bool]
) -> tuple[dict[int, int], list[Left]]:
    """Row ids of the updates that are new and ours, by update_id; and what other replicas have left for us in these chats, which goes
    before. A chat whose earlier updates another replica has in hand is its."""
    arrivals.closed = True
    connection = work.session.connection()
    owners: dict[str, str] = {}
    left: list[int] = []
    if me is not None:
        for row_id, chat, update_id, owner in connection.execute(
            _WAITING, {"chats": list({row[1] for row in arrivals.rows})}
        ):
            owners[chat] = owner or me  # of each chat the first row that waits
            if owner == me and not is_in_hand(row_id, chat, update_id):
                left.append(row_id)
    values = [
        {
            "update_id": update_id,
            "chat": chat,
            "payload": sealed,
            "received_at": work.now,
            "state": InboxState.RECEIVED,
            "claimed_by": owners.get(chat, me),
        }
        for update_id, chat, sealed, _ in arrivals.rows
    ]
    written = write_new(connection, _TABLE, values, unless="update_id", returning=("update_id", "id", "claimed_by"))
    if any(owner != me for _, _, owner in written):
        tell_replicas(work, "inbox")
    before = [Left(*row) for row in connection.execute(_LEFT, {"ids": left})] if left else []
    return {update_id: row_id for update_id, row_id, owner in written if owner == me}, before


_WAITING = (
    select(_TABLE.c.id, _TABLE.c.chat, _TABLE.c.update_id, _TABLE.c.claimed_by)
    .where(_TABLE.c.state == InboxState.RECEIVED, _TABLE.c.chat.in_(bindparam("chats", expanding=True)))
    .order_by(_TABLE.c.id.desc())
)
_LEFT = (
    select(_TABLE.c.id, _TABLE.c.chat, _TABLE.c.payload, _TABLE.c.update_id)
    .where(_TABLE.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_TABLE.c.id)
)


def _left_over(work: Work) -> list[Left]:
    query = select(r.Inbox.id, r.Inbox.chat, r.Inbox.payload, r.Inbox.update_id)
    found = work.session.exec(query.where(r.Inbox.state == InboxState.RECEIVED).order_by(col(r.Inbox.id)))
    return [Left(row_id or 0, chat, payload or b"", update_id) for row_id, chat, payload, update_id in found]


def _nothing(work: Work) -> None:
    """The update asked for nothing; the store marks it done."""


def _fail(work: Work, row_id: int, error: str) -> None:
    work.session.execute(
        update(r.Inbox)
        .where(col(r.Inbox.id) == row_id, col(r.Inbox.state) == InboxState.RECEIVED)
        .values(state=InboxState.FAILED, error=error[:200], done_at=work.now)
    )
    row = r.Inbox(id=row_id, update_id=0, chat="", received_at=work.now)
    work.record(Kind.UPDATE_FAILED, row, error=error[:80])
    if work.count_events(Kind.UPDATE_FAILED, "", work.now - timedelta(minutes=1)) == 1:
        tell(work, Kind.UPDATE_FAILED, row)


def count_waiting(work: Work) -> int:
    """Updates that are received and not handled."""
    return work.session.exec(
        select(func.count()).select_from(r.Inbox).where(r.Inbox.state == InboxState.RECEIVED)
    ).one()
