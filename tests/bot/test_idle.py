"""PostgreSQL ends a transaction that stands still: a stopped replica holds up nobody, and a starved one does it again."""

import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

from bot.store import Store
from bot.vault import MasterVault
from tests.bot.conftest import START, open_store, rows
from tests.servers import Postgres
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.work import Work

pytestmark = pytest.mark.postgres_only


@pytest.fixture
async def patient(
    database_url: str, book: Rulebook, vault: MasterVault, lines: list[dict[str, Any]]
) -> AsyncIterator[Store]:
    """A busy machine may starve it: only what `stands_still` is ended."""
    made = open_store(database_url, vault, book, idle_seconds=120)
    await made.start()
    await made.rehearse(shown=START, speed=0.0)
    yield made
    await made.stop()


def hurry(connection: Connection) -> None:
    """This transaction alone is ended when it stands still for a fifth of a second."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 200")


class Slow:
    """Stands still in the middle of the transaction the first time, until the server has ended it."""

    def __init__(self, server: Postgres) -> None:
        self.times = 0
        self._server = server

    def __call__(self, work: Work) -> int:
        self.times += 1
        connection = work.session.connection()
        me = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        if self.times == 1:
            hurry(connection)
            _until_ended(self._server, me)
        return len(connection.exec_driver_sql("SELECT id FROM alive").all())


def _until_ended(server: Postgres, pid: int) -> None:
    waits = time.monotonic() + 60
    while server.admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone():
        assert time.monotonic() < waits, "a transaction that stands still is not ended"
        time.sleep(0.02)


async def test_a_session_is_ended_after_as_many_seconds_as_the_setting_says(
    database_url: str, book: Rulebook, vault: MasterVault
) -> None:
    store = open_store(database_url, vault, book, idle_seconds=7)
    with store.engine.connect() as connection:
        limit = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one()
        connection.rollback()
    store.engine.dispose()

    assert limit == "7s"


async def test_a_decision_that_stood_still_is_done_again_once(
    patient: Store, lines: list[dict[str, Any]], server: Postgres
) -> None:
    slow = Slow(server)

    def write(work: Work) -> None:
        work.add(r.Alive(id=1, at=work.now))
        work.session.flush()
        slow(work)

    await patient.decide(write)

    assert slow.times == 2 and len(rows(patient, r.Alive)) == 1
    assert [line["action"] for line in lines if line["level"] == "warning"] == ["store.slow"]
    assert not [line for line in lines if line["level"] == "error"]


async def test_a_look_that_stood_still_is_done_again(
    patient: Store, lines: list[dict[str, Any]], server: Postgres
) -> None:
    slow = Slow(server)

    found = await patient.read(slow)

    assert found == 0 and slow.times == 2
    assert [line["action"] for line in lines if line["level"] == "warning"] == ["store.slow"]


async def test_what_stood_still_holds_up_nobody(patient: Store, database_url: str, server: Postgres) -> None:
    """Another session that wants the same table gets it while the first one still stands there."""
    seen: list[str | int] = []

    def stands_still(work: Work) -> None:
        if seen:
            return
        connection = work.session.connection()
        connection.exec_driver_sql("LOCK TABLE alive")
        with server.connect(database_url) as other:
            with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
                other.execute("LOCK TABLE alive NOWAIT")
            seen.append("locked")
            hurry(connection)
            other.execute("SET statement_timeout = '5s'")
            seen.append(
                len(other.execute("TABLE alive").fetchall())
            )  # when the server has ended the one that stands still

    await patient.decide(stands_still)

    assert seen == ["locked", 0]
