"""How the records are kept: one SQLite file by default (WAL, every commit on the disk), or PostgreSQL by URL."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from bot.settings import BadSetting

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseProblem(BadSetting):
    """The database cannot be used; the message says what to do."""


def open_engine(url: str) -> Engine:
    """An engine whose transactions begin when we say so. SQLite: WAL, synchronous=FULL, foreign keys on."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseProblem(
            "WHISTLE_DATABASE_URL: is no database address; use sqlite:///path/to/whistle.db"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseProblem(
            "WHISTLE_DATABASE_URL: this version keeps its records in SQLite; use sqlite:///path/to/whistle.db"
        )
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {folder} cannot be made ({error.strerror})") from None
    engine = create_engine(  # connections stay open: closing the last one would checkpoint and delete the WAL each time
        url, poolclass=QueuePool, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30}
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is in _on_begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "temp_store=MEMORY",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def migrate(engine: Engine) -> str:
    """Bring the tables to the newest version; returns its name."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise DatabaseProblem(
            f"WHISTLE_DATABASE_URL: {engine.url.database} was made by a newer version of this program — run that one"
        ) from None
    except DBAPIError as error:
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {engine.url.database} cannot be used ({error.orig})") from None
    return ScriptDirectory.from_config(config).get_current_head() or ""


def forget(engine: Engine) -> None:
    """Overwrite what earlier commits left behind: the write-ahead log is emptied into the file, free pages are given up."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            cursor.execute(statement)
        cursor.close()
    finally:
        connection.close()


def version(engine: Engine) -> tuple[str | None, str | None]:
    """The version the database is at, and the newest one this program knows."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None, head
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar(), head
    except DBAPIError as error:
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {engine.url.database} cannot be used ({error.orig})") from None
