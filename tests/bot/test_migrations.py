"""The tables that the migrations make are the tables that the models mean."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from bot import database
from workflows import records  # noqa: F401 (registers the tables)


def test_migrations_and_models_agree(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")

    head = database.migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert database.version(engine) == (head, head)
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")
    head = database.migrate(engine)

    assert database.migrate(engine) == head
    engine.dispose()
