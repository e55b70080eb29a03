"""Updates on their way to the replica that decides: any replica takes them in, in the name of the one that does.

    webhook ─► any replica ─► row, claimed for the one that sends (commit) ─► 200
                                        └─ NOTIFY, to it alone ─► fetched ─► decided in its batches

Decisions of two replicas wait for each other and are often done twice, and the sender reads from the database what another has just
decided. So one replica decides and sends, and what the others take in costs them one statement. While nobody is known to send, each
decides for itself. A row always goes to whoever has earlier ones of its chat; what a dead replica had is taken up by the one that sends.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import psycopg
import structlog
from psycopg import AsyncConnection

from bot import database
from bot.inbox import Left

log = structlog.get_logger()
_AWAY_SECONDS = 0.5
_CROWD_SECONDS = 0.015
"""Between one statement and the next of a crowd, so that they share it; who comes after a quiet moment waits for nobody."""

_HAND_OVER = """
WITH given AS (
    SELECT * FROM ROWS FROM (json_to_recordset(%(rows)s) AS (update_id bigint, chat text, payload bytea))
    WITH ORDINALITY AS given (update_id, chat, payload, place)
), waiting AS (
    SELECT DISTINCT ON (chat) chat, claimed_by FROM inbox
    WHERE state = 'received' AND chat = ANY (%(chats)s) AND claimed_by IS NOT NULL ORDER BY chat, id
), new AS (
    INSERT INTO inbox (update_id, chat, payload, received_at, state, claimed_by)
    SELECT update_id, chat, payload, %(now)s, 'received',
           coalesce((SELECT claimed_by FROM waiting WHERE waiting.chat = given.chat), %(to)s)
    FROM given ORDER BY place
    ON CONFLICT (update_id) DO NOTHING RETURNING id, claimed_by
)
SELECT pg_notify(%(channel)s || claimed_by, json_agg(id ORDER BY id)::text) FROM new GROUP BY claimed_by
"""
_FETCH = """
SELECT id, chat, payload, update_id FROM inbox
WHERE id = ANY (%(ids)s) AND state = 'received' AND claimed_by = %(me)s ORDER BY id
"""
_OURS = """
SELECT id, chat, payload, update_id, false FROM inbox
WHERE state = 'received' AND claimed_by = %(me)s AND id != ALL (%(known)s)
"""
_ORPHANED = """
UPDATE inbox SET claimed_by = %(me)s WHERE id IN (
    SELECT id FROM inbox WHERE state = 'received' AND coalesce(claimed_by, '') NOT IN (
        SELECT id FROM replica WHERE expires_at > clock_timestamp()
    ) AND id != ALL (%(known)s) FOR UPDATE SKIP LOCKED
) RETURNING id, chat, payload, update_id, true
"""
_OURS_AND_ORPHANED = f"WITH adopted AS ({_ORPHANED}) {_OURS} UNION ALL TABLE adopted"


class Relay:
    """This process's part in it, on a connection of its own. `decides` names the replica that decides; None: we do."""

    def __init__(self, url: str, me: str, decides: Callable[[], str | None]) -> None:
        self._url = url
        self._me = me
        self.decides = decides
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._turn = asyncio.Lock()
        self._last = 0.0
        self._away = False

    async def stop(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def hand_over(
        self, to: str, now: datetime, begin: Callable[[], Sequence[tuple[int, str, bytes, bytes]]]
    ) -> None:
        """Commit updates (update id, chat, sealed, …) for that replica and tell it. `begin` gives them when it is their turn; what
        comes until then can be among them. While the database is away they wait; what it has already is left alone."""
        async with self._turn:
            await asyncio.sleep(max(0.0, self._last + _CROWD_SECONDS - time.monotonic()))
            self._last = time.monotonic()
            rows = begin()
            document = [{"update_id": i, "chat": chat, "payload": "\\x" + sealed.hex()} for i, chat, sealed, _ in rows]
            given = {
                "rows": orjson.dumps(document).decode(),
                "chats": list({row[1] for row in rows}),
                "now": now,
                "to": to,
                "channel": f"{database.CHANNEL}_",
            }
            while True:
                try:
                    await self._ask(_HAND_OVER, given)
                    return
                except (psycopg.OperationalError, OSError, TimeoutError) as error:
                    if not self._away:
                        log.warning(
                            "the database is away; updates wait", action="relay.away", error=type(error).__name__
                        )
                    self._away = True
                    await asyncio.sleep(_AWAY_SECONDS)

    async def fetch(self, ids: Sequence[int]) -> list[Left]:
        """Those of these rows that wait for us. Raises psycopg.Error."""
        async with self._turn:
            return [Left(*row) for row in await self._ask(_FETCH, {"ids": ids, "me": self._me})]

    async def look(self, known: Iterable[int]) -> list[Left]:
        """Whatever waits for us beside these; where nobody else decides, what dead replicas left is ours, too. Raises psycopg.Error."""
        async with self._turn:
            query = _OURS if self.decides() else _OURS_AND_ORPHANED
            found = sorted(await self._ask(query, {"me": self._me, "known": list(known)}))
        if adopted := sum(row[4] for row in found):
            log.warning("taken over from a dead replica", action="inbox.adopted", updates=adopted)
        return [Left(*row[:4]) for row in found]

    async def any_wait(self) -> bool:
        """Whether anything that was taken in may still wait to be decided, by whomever."""
        async with self._turn:
            try:
                return bool(await self._ask("SELECT 1 FROM inbox WHERE state = 'received' LIMIT 1", {}))
            except (psycopg.Error, OSError, TimeoutError):
                return True

    async def _ask(self, query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """One statement is one transaction. A connection that has failed is not used again."""
        try:
            if self._connection is None or self._connection.closed:
                arguments = database.connect_arguments()
                self._connection = await AsyncConnection.connect(self._url, autocommit=True, **arguments)
            cursor = await self._connection.execute(query, given)
            found = await cursor.fetchall()
        except (psycopg.OperationalError, OSError, TimeoutError):
            broken, self._connection = self._connection, None
            if broken is not None:
                await broken.close()
            raise
        self._away = False
        return found
