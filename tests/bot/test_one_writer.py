"""SQLite: how transactions begin, and the one connection on which a process writes."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot import database
from bot.store import Store
from tests.bot.conftest import rows
from workflows import records as r
from workflows.work import Work


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.open_engine(f"sqlite:///{tmp_path / 'county.db'}")


def test_whoever_reads_takes_no_write_lock_and_the_next_on_its_connection_does(engine: Engine) -> None:
    with engine.connect() as writer:
        writer.execute(text("CREATE TABLE one (n)"))
        with engine.connect().execution_options(readonly=True) as reader:
            assert reader.execute(text("SELECT 1")).scalar() == 1
            used = reader.connection.driver_connection
        writer.commit()

    with engine.connect() as first, engine.connect() as second:
        first.begin()
        mine = {id(one.connection.driver_connection): one for one in (first, second)}
        assert id(used) in mine
        second.execution_options(**{database.IMPATIENT: True})
        with pytest.raises(OperationalError, match="locked"):
            second.begin()


def test_patience_ends_with_the_connection_that_was_impatient(engine: Engine) -> None:
    def patience(connection: Any) -> int:
        return int(connection.connection.driver_connection.execute("PRAGMA busy_timeout").fetchone()[0])

    with engine.connect().execution_options(**{database.IMPATIENT: True}) as connection:
        assert patience(connection) == 20

    with engine.connect() as connection:
        assert patience(connection) == 30_000


def test_an_engine_whose_connections_are_read_only_is_one_too(engine: Engine) -> None:
    with engine.connect() as writer:
        writer.begin()
        with Session(engine.execution_options(readonly=True)) as session:
            assert session.connection().execute(text("SELECT 2")).scalar() == 2


async def test_no_listener_is_looked_for_at_each_statement(store: Store) -> None:
    assert not vars(store.engine).get("_has_events", False)  # the class has some once any test listens to all engines


async def test_a_batch_that_was_undone_leaves_nothing_on_the_connection(
    store: Store,
) -> None:
    def meet(work: Work, chat: int) -> Any:
        work.meet(chat)
        return work.session.connection()

    def break_(work: Work) -> None:
        work.meet(3)
        work.flush()
        raise sqlite3.OperationalError("disk I/O error")

    before = await store.decide(meet, 1)
    with pytest.raises(sqlite3.OperationalError):
        await store.decide(break_)
    assert not before.in_transaction()
    after = await store.decide(meet, 2)

    assert after is before
    assert len(rows(store, r.Identity)) == 2


async def test_a_crowd_of_decisions_lets_the_event_loop_turn(store: Store) -> None:
    """What takes long one by one lets others in between; what is quick follows each other at once."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    def work_for(_work: Work, seconds: float) -> int:
        ends = time.thread_time() + seconds
        while time.thread_time() < ends:
            pass
        return turns

    other = asyncio.create_task(turn())
    slow = await asyncio.gather(*[store.decide(work_for, 0.003) for _ in range(6)])
    quick = await asyncio.gather(*[store.decide(work_for, 0.0) for _ in range(20)])
    other.cancel()

    assert len(set(slow)) == len(slow)
    assert len(set(quick)) < len(quick) / 2
