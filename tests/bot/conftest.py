"""A store on a new database, with the sample county, on a clock that the test holds."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Integer
from sqlmodel import Session, select

from bot import database
from bot import sender as sending
from bot.clock import Clock
from bot.settings import Settings
from bot.shared import SharedStore
from bot.store import Store
from bot.ticker import Ticker
from bot.vault import MasterVault, new_master_key
from tests.county import START
from tests.servers import Postgres
from workflows import records as r
from workflows.rulebook import Rulebook


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated file without rows, made once."""
    path = tmp_path_factory.mktemp("empty") / "whistle.db"
    engine = database.open_engine(f"sqlite:///{path}")
    database.migrate(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def vault() -> MasterVault:
    return MasterVault(new_master_key())


@pytest.fixture(scope="session")
def empty_postgres(postgres: Postgres) -> str:
    """The same as a database of the server, made once."""
    url = postgres.create()
    engine = database.open_engine(url)
    database.migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: bytes, server: Postgres | None
) -> Iterator[str]:
    """A database of one's own, with tables and without rows, on the engine of the test."""
    if server is None:
        (tmp_path / "whistle.db").write_bytes(empty_database)
        yield f"sqlite:///{tmp_path / 'whistle.db'}"
        return
    url = server.create(request.getfixturevalue("empty_postgres"))
    yield url
    server.drop(url)


@pytest.fixture
async def store(database_url: str, book: Rulebook, vault: MasterVault) -> AsyncIterator[Store]:
    made = open_store(database_url, vault, book)
    await made.start()
    await made.rehearse(shown=START, speed=0.0)
    yield made
    await made.stop()


def open_store(url: str, vault: MasterVault, book: Rulebook, idle_seconds: float = 30) -> Store:
    """A store as the process opens it."""
    engine = database.open_engine(url, idle_seconds)
    return (
        SharedStore(engine, vault, book, Clock(), r.new_id())
        if database.is_shared(engine)
        else Store(engine, vault, book, Clock())
    )


@pytest.fixture
async def ticker(store: Store, verbs: Any) -> AsyncIterator[Ticker]:
    """One that has caught up, and handles what is due with `verbs.table`."""
    caught_up = asyncio.Event()
    caught_up.set()
    made = Ticker(store, verbs.table, caught_up)
    yield made
    await made.stop()


@pytest.fixture
def only_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender never looks by itself: a commit more or less is nobody's second that has passed, and what leaves was told to."""
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 3600.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a process that reaches nothing."""
    return Settings(
        bot_token="1000001:TEST",
        vault_key=new_master_key(),
        api_url="http://127.0.0.1:9",
        database_url=f"sqlite:///{tmp_path / 'whistle.db'}",
        port=0,
    )


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """Every log line, as it is written."""
    kept: list[dict[str, Any]] = []

    def keep(_logger: Any, _name: str, event: Any) -> Any:
        kept.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, keep])
    yield kept
    structlog.reset_defaults()


def rows(store: Store, model: Any, *where: Any) -> list[Any]:
    """What is written, on a connection of its own; numbered rows in their order, for PostgreSQL puts last what was changed last."""
    numbered = [column for column in model.__table__.primary_key if isinstance(column.type, Integer)]
    with Session(store.engine.execution_options(readonly=True)) as session:
        found = list(session.exec(select(model).where(*where).order_by(*numbered)).all())
        session.expunge_all()
        session.rollback()
        return found


async def later(store: Store, **how_long: float) -> None:
    """Time passes."""
    await store.rehearse(shown=store.clock.now() + timedelta(**how_long))
