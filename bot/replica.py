"""Who of us is alive, who sends and who polls, and what another of us has just committed.

    alive ── every second, four seconds at a time ──► a row; what a dead replica had claimed is taken up by the others
    lease ── the same ──► `send`, `poll`: one holder; whoever takes it from another raises the fence
    NOTIFY ─► the others look at outbox, inbox, deadlines or clock at once instead of a second later
    relay ── what is taken in by one of us that does not send is decided by the one that does (`bot/relay.py`)

A lease counts by the database's time there and by the monotonic clock here, from before it was asked for: a process that was stopped
and wakes knows that it holds nothing, and its fence fits no row any more. No advisory lock: a stopped process would keep it.
"""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, Notify
from sqlalchemy.engine import make_url

from bot import database
from bot.lease import VALID_SECONDS, Lease
from bot.relay import Relay
from bot.shared import SharedStore

log = structlog.get_logger()

BEAT_SECONDS = 1.0
_RECONNECT_SECONDS = 0.5

_ALIVE = """
INSERT INTO replica (id, started_at, expires_at)
VALUES (%(me)s, clock_timestamp(), clock_timestamp() + %(valid)s * interval '1 second')
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
"""
_TAKE_OR_RENEW = """
INSERT INTO lease (name, holder, fence, ready, expires_at)
VALUES (%(name)s, %(me)s, 1, false, clock_timestamp() + %(valid)s * interval '1 second')
ON CONFLICT (name) DO UPDATE SET
    holder = %(me)s,
    fence = lease.fence + CASE WHEN lease.holder = %(me)s THEN 0 ELSE 1 END,
    ready = lease.holder = %(me)s AND %(ready)s,
    expires_at = clock_timestamp() + %(valid)s * interval '1 second'
WHERE lease.holder = %(me)s OR lease.expires_at < clock_timestamp()
RETURNING fence
"""
_RENEW = """
UPDATE lease SET ready = %(ready)s, expires_at = clock_timestamp() + %(valid)s * interval '1 second'
WHERE name = %(name)s AND holder = %(me)s
RETURNING fence
"""  # names neither holder nor fence, so that it passes by the batches that count on the lease: see `database.holds_lease`
_LOOK = """
SELECT replica.id, lease.ready, extract(epoch FROM lease.expires_at - clock_timestamp())::float8
FROM lease LEFT JOIN replica ON replica.id = lease.holder AND replica.expires_at > clock_timestamp()
WHERE lease.name = %(name)s
"""
_LET_GO = "UPDATE lease SET holder = '', ready = false, expires_at = clock_timestamp() WHERE holder = %(me)s"
_GONE = "DELETE FROM replica WHERE id = %(me)s OR expires_at < clock_timestamp() - interval '1 hour'"
_TELL = "SELECT pg_notify(%(channel)s, %(said)s)"


class Replicas:
    """This process among its replicas: one connection of its own, on the event loop, so that a loop that hangs loses its leases."""

    def __init__(self, url: str, store: SharedStore, me: str, bot: str, *, polls: bool) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._store = store
        self.me = me
        self.send, self.poll = Lease(f"send:{bot}", me), Lease(f"poll:{bot}", me)
        store.sends = lambda: self.send.held
        self.relay = Relay(self._url, me, lambda: self.send.elsewhere)
        self._leases = [self.send, self.poll] if polls else [self.send]
        self.on_inbox: Callable[[], None] = lambda: None
        self.on_left: Callable[[list[int]], None] = lambda ids: None
        self.on_beat: Callable[[], None] = lambda: None
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._task: asyncio.Task[None] | None = None
        self._away = False
        self._deaf = False

    async def start(self) -> None:
        """We are alive from here on."""
        await self._connect()
        await self._beat()
        self._task = asyncio.create_task(self._run(), name="replicas")

    async def hear_no_more(self) -> None:
        """From here on the others decide what comes in, and what waits here; we still hold what we hold."""
        self._deaf = True
        await self._tell(_GONE)

    async def stop(self) -> None:
        """Let go of everything at once, so that nobody has to wait until it expires."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.send.lost()
        self.poll.lost()
        await self._tell(_LET_GO, _GONE)
        await self._drop()
        await self.relay.stop()

    async def _tell(self, *statements: str) -> None:
        """These, and the others look at once; nothing where we have no connection any more."""
        if self._connection is None or self._connection.closed:
            return
        said = json.dumps({"from": self.me, "about": ["lease"], "due": None})
        try:
            async with asyncio.timeout(3), await AsyncConnection.connect(self._url, autocommit=True) as connection:
                for statement in statements:
                    await connection.execute(statement, {"me": self.me})
                await connection.execute(_TELL, {"channel": database.CHANNEL, "said": said})
        except (psycopg.Error, TimeoutError) as error:
            log.warning("the leases run out by themselves", action="replica.left", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    await self._connect()
                wait = await self._beat()
                if self._away:
                    log.warning("the database is back", action="replica.back")
                    self._away = False
                    self._look_at_everything()
                await self._listen(wait)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not self._away:
                    log.warning("the database is away", action="replica.away", error=type(error).__name__)
                self._away = True
                await self._drop()
                await asyncio.sleep(_RECONNECT_SECONDS)
            except Exception:
                log.exception("a beat failed", action="replica.failed")
                await self._drop()
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> None:
        arguments = database.connect_arguments()
        self._connection = await AsyncConnection.connect(self._url, autocommit=True, **arguments)
        await self._connection.execute(f'LISTEN {database.CHANNEL}; LISTEN "{database.CHANNEL}_{self.me}"')

    async def _beat(self) -> float:
        """Alive, and the leases renewed or taken; returns after how many seconds the next beat is due."""
        connection = self._connection
        if connection is None or self._store.outdated.is_set():
            return BEAT_SECONDS
        async with asyncio.timeout(VALID_SECONDS):
            if not self._deaf:
                await connection.execute(_ALIVE, {"me": self.me, "valid": VALID_SECONDS})
            waits = [await self._renew(connection, lease) for lease in self._leases]
        self.on_beat()
        return min(waits)

    async def _renew(self, connection: AsyncConnection[tuple[Any, ...]], lease: Lease) -> float:
        asked_at = time.monotonic()
        given = {"name": lease.name, "me": self.me, "valid": VALID_SECONDS, "ready": lease.ready}
        found = await (await connection.execute(_RENEW, given)).fetchone() if lease.held else None
        if found is None:
            found = await (await connection.execute(_TAKE_OR_RENEW, given)).fetchone()
        if found is not None:
            if not lease.held or lease.fence != found[0]:
                lease.ready = False
                log.info("taken", action="lease.taken", lease=lease.name, fence=found[0])
                self._store.outbox_written.set()
            lease.took(found[0], asked_at)
            return BEAT_SECONDS
        lease.lost()
        asked_at = time.monotonic()
        seen = await (await connection.execute(_LOOK, given)).fetchone()
        holder, ready, left = (seen[0], bool(seen[1]), float(seen[2])) if seen is not None else (None, False, 0.0)
        lease.seen(holder, left, asked_at, ready=ready)
        return min(BEAT_SECONDS, max(0.0, left) + 0.02)

    async def _listen(self, seconds: float) -> None:
        if self._connection is None:
            return
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            heard = [notify async for notify in self._connection.notifies(timeout=left, stop_after=1)]
            free = [self._heard(notify) for notify in heard]
            if any(free):
                return

    def _heard(self, notify: Notify) -> bool:
        """Another replica has committed something, or left updates for us. Returns whether a lease is free."""
        said = json.loads(notify.payload)
        if notify.channel != database.CHANNEL:
            self.on_left(said)
            return False
        if said["from"] == self.me:
            return False
        about = said["about"]
        if "outbox" in about:
            self._store.outbox_written.set()
        if "inbox" in about:
            self.on_inbox()
        due = datetime.fromisoformat(said["due"]) if said["due"] else None
        if due is not None and (self._store.earliest_due is None or due < self._store.earliest_due):
            self._store.earliest_due = due
            self._store.due_written.set()
        if "clock" in about:
            self._look_at_everything()
        return "lease" in about

    def _look_at_everything(self) -> None:
        self._store.outbox_written.set()
        self._store.due_written.set()
        self.on_inbox()
