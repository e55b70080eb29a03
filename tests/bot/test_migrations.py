"""The tables that the migrations make, from the first to the last, are the tables that the models mean: on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect, text
from sqlmodel import SQLModel

from bot import database
from tests.servers import Postgres
from workflows import records
from workflows.work import Lane

pytestmark = pytest.mark.both_engines


@pytest.fixture
def empty(tmp_path: Path, server: Postgres | None) -> Iterator[Engine]:
    """A database without any table."""
    url = server.create() if server else f"sqlite:///{tmp_path / 'whistle.db'}"
    engine = database.open_engine(url)
    yield engine
    engine.dispose()
    if server:
        server.drop(url)


def test_migrations_and_models_agree(empty: Engine) -> None:
    head = database.migrate(empty)

    with empty.connect() as connection:
        if connection.dialect.name == "postgresql":  # comparing takes longer than a decision may lie idle
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert database.version(empty) == (head, head)


def test_an_index_of_some_rows_knows_those_that_the_model_says(empty: Engine) -> None:
    """`compare_metadata` does not look at the condition of an index."""
    database.migrate(empty)
    meant = {
        index.name: str(index.info["where"])
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if "where" in index.info
    }

    found = {}
    for table in SQLModel.metadata.tables:
        for index in inspect(empty).get_indexes(table):
            where = index.get("dialect_options", {}).get(f"{empty.dialect.name}_where")
            if where is not None:
                found[index["name"]] = str(where)
    assert len(meant) > 5 and found.keys() == meant.keys()
    if empty.dialect.name == "sqlite":  # PostgreSQL says it in its own words
        assert found == meant
    assert meant["ix_outbox_rung"] == records.RINGS == f"lane = {int(Lane.ALARM)} AND account IS NOT NULL"


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    head = database.migrate(empty)

    assert database.migrate(empty) == head


def test_migrations_are_named_by_their_number() -> None:
    """`database.newest` reads file names, because loading Alembic takes a fifth of a second at every start."""
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)

    assert database.newest() == scripts.get_current_head()
    assert all(Path(script.path).name.startswith(f"{script.revision}_") for script in scripts.walk_revisions())


def test_where_the_tables_are_there_alembic_is_not_loaded(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    head = database.migrate(empty)
    monkeypatch.setattr(database, "_upgrade", lambda engine: pytest.fail("nothing was to be done"))

    assert database.migrate(empty) == head


def test_the_ledger_refuses_change_and_removal(empty: Engine) -> None:
    database.migrate(empty)
    ledger = SQLModel.metadata.tables["ledger"]
    entry = {c.name: "x" for c in ledger.columns if c.name not in ("id", "amount_fen", "at")}
    with empty.begin() as connection:
        connection.execute(insert(ledger), {**entry, "amount_fen": 100, "at": datetime(2026, 11, 2, tzinfo=UTC)})

    for attempt in ("UPDATE ledger SET amount_fen = 1", "DELETE FROM ledger"):
        with pytest.raises(Exception, match="append-only"), empty.begin() as connection:
            connection.execute(text(attempt))

    with empty.connect() as connection:
        assert connection.execute(text("SELECT amount_fen FROM ledger")).scalars().all() == [100]
