"""How SQLite is held: one connection decides, and its log is written into the file while nobody waits."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import database
from bot import store as stores
from bot.vault import MasterVault
from tests.bot.conftest import open_store
from workflows.rulebook import Rulebook
from workflows.work import Work

ACCOUNTS = 200


@pytest.fixture
def file(tmp_path: Path, empty_database: bytes) -> Iterator[Path]:
    path = tmp_path / "whistle.db"
    path.write_bytes(empty_database)
    yield path


def _in_file_alone(path: Path) -> int:
    """How many accounts the file holds by itself, without its log."""
    alone = path.with_name("alone.db")
    alone.write_bytes(path.read_bytes())
    with sqlite3.connect(f"file:{alone}?mode=ro&immutable=1", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM identity").fetchone()[0])


def _meet_many(work: Work) -> None:
    for chat in range(ACCOUNTS):
        work.meet(chat + 1)


async def test_a_commit_leaves_it_to_a_quiet_moment(
    file: Path, book: Rulebook, vault: MasterVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_TIDY_SECONDS", 0.3)
    tidy, tidied = database.tidy, threading.Event()
    monkeypatch.setattr(database, "tidy", lambda engine: (tidy(engine), tidied.set()))
    store = open_store(f"sqlite:///{file}", vault, book)
    await store.start()
    try:
        await store.decide(_meet_many)
        at_once = _in_file_alone(file)
        assert await asyncio.to_thread(tidied.wait, 60)  # a file that is being written is read torn
        in_quiet = _in_file_alone(file)
    finally:
        await store.stop()

    assert (at_once, in_quiet) == (0, ACCOUNTS), "the commit itself has written the log only"


def test_a_burst_of_pages_stays_in_the_log(file: Path) -> None:
    """By itself SQLite would write them into the file with each thousand pages: two fsyncs more for a commit that somebody waits for."""
    engine = database.open_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
        connection.rollback()
    engine.dispose()

    assert pages == 10_000


async def test_who_decides_keeps_the_connection_beside_those_who_read(
    file: Path, book: Rulebook, vault: MasterVault
) -> None:
    """Another one has read other pages, and has prepared no statement: a batch on it begins from nothing."""
    store = open_store(f"sqlite:///{file}", vault, book)
    await store.start()
    try:
        with store.engine.connect() as one, store.engine.connect() as another:
            assert one.connection.driver_connection is not another.connection.driver_connection
        decided = [
            await store.decide(lambda work: id(work.session.connection().connection.driver_connection))
            for _ in range(4)
        ]
    finally:
        await store.stop()

    assert len(set(decided)) == 1
