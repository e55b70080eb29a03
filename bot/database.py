"""How the records are kept: one SQLite file by default (WAL, every commit on the disk), or PostgreSQL by URL.

What only one of the two understands stands here, in `bot/sqlite.py`, `bot/postgres.py`, `bot/replica.py` and in the migrations;
everything else is SQLAlchemy expressions.
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.characteristics import ConnectionCharacteristic
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from bot.settings import BadSetting
from bot.sqlite import Compiler

MIGRATIONS = Path(__file__).parent / "migrations"
IDLE_SECONDS = 3.0  # a transaction of a process that was stopped is ended by the server: nobody waits for it longer


class DatabaseProblem(BadSetting):
    """The database cannot be used; the message says what to do."""


_USE = "use sqlite:///path/to/whistle.db or postgresql://user@host/name"


def open_engine(url: str, idle_seconds: float = IDLE_SECONDS) -> Engine:
    """An engine whose transactions begin when we say so. Raises DatabaseProblem.

    SQLite: WAL, synchronous=FULL, foreign keys on. PostgreSQL: transactions are serializable, so that a decision that is right
    alone is right beside those of other replicas; readers get one snapshot; a transaction in which nothing has happened for
    `idle_seconds` is ended by the server.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgres(parsed, idle_seconds)
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {parsed.get_backend_name()} is not known here; {_USE}")
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {folder} cannot be made ({error.strerror})") from None
    engine = create_engine(  # connections stay open: closing the last one would checkpoint and delete the WAL each time
        url,
        poolclass=QueuePool,
        pool_use_lifo=True,  # the batch loop gets the connection that it had before, with its pages and prepared statements
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30, "cached_statements": 512, "factory": _Sqlite},
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "connect", _on_connect)
    dialect: Any = engine.dialect
    dialect.statement_compiler = Compiler
    dialect.do_begin = _begin  # not an event: an engine with one asks for listeners six times at each statement
    known = dialect.connection_characteristics
    dialect.connection_characteristics = known.union({"readonly": _ReadOnly(), IMPATIENT: _Impatient()})
    return engine


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: is no database address; {_USE}") from None


def is_shared(engine: Engine) -> bool:
    """Whether other replicas of this process may be writing too: PostgreSQL."""
    return engine.dialect.name == "postgresql"


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────

CHANNEL = "whistle"


def _open_postgres(url: URL, idle_seconds: float) -> Engine:
    from bot.postgres import Compiler

    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_use_lifo=True,  # whoever reads gets the connection that was last read on, with what the server has prepared there
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        isolation_level="SERIALIZABLE",
        connect_args=connect_arguments(idle_seconds),
    )
    dialect: Any = engine.dialect
    dialect.statement_compiler = Compiler
    dialect.connection_characteristics = dialect.connection_characteristics.union({"readonly": _Snapshot()})
    return engine


def connect_arguments(idle_seconds: float = IDLE_SECONDS) -> dict[str, Any]:
    """A server that has gone silent is noticed within ten seconds. Prepared statements are planned for their values: a plan made once
    for all would stay what it was while its table grows from nothing to thousands of rows."""
    return {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 10_000,
        "application_name": "whistle",
        "options": f"-c idle_in_transaction_session_timeout={round(idle_seconds * 1000)} -c timezone=UTC "
        "-c plan_cache_mode=force_custom_plan",
    }


class _Snapshot(ConnectionCharacteristic):
    """The execution option `readonly`: the driver's BEGIN says it, no statement of its own."""

    transactional = True

    def get_characteristic(self, dialect: Any, dbapi_conn: Any) -> bool:
        return bool(dialect.get_readonly(dbapi_conn))

    def set_characteristic(self, dialect: Any, dbapi_conn: Any, value: bool) -> None:
        dialect.set_isolation_level(dbapi_conn, "REPEATABLE READ" if value else "SERIALIZABLE")
        dialect.set_readonly(dbapi_conn, value)

    def reset_characteristic(self, dialect: Any, dbapi_conn: Any) -> None:
        self.set_characteristic(dialect, dbapi_conn, value=False)


def take_turn(connection: Connection, *, alone: bool) -> None:
    """First statement of a decision's transaction. Together: beside those of other replicas. Alone: when they have ended and
    before the next begins, so that nothing can be in the way. The lock is no statement that looks, so the snapshot comes after it.
    Backups are not held up: reading a table conflicts with neither.
    """
    connection.exec_driver_sql(f"LOCK TABLE turn IN {'EXCLUSIVE' if alone else 'ROW SHARE'} MODE")


class Moment(NamedTuple):
    """What time the database says it is, which version its tables have, and the rehearsal row."""

    real: datetime
    version: str | None
    rehearsal: tuple[datetime, datetime, float] | None


_MOMENT = text(
    "SELECT clock_timestamp() AS now, (SELECT version_num FROM alembic_version) AS version, c.real, c.shown, c.speed "
    "FROM (SELECT 1) AS one LEFT JOIN clock c ON c.id = 1"
)


def moment(connection: Connection) -> Moment:
    """Read in one statement at the start of each batch: every replica goes by the same clock."""
    now, version_num, real, shown, speed = connection.execute(_MOMENT).one()
    return Moment(now, version_num, None if real is None else (real, shown, speed))


_SEAL = text("SELECT pg_current_xact_id_if_assigned()::text")
_SEAL_AND_TELL = text("SELECT pg_current_xact_id_if_assigned()::text, pg_notify(:channel, :said)")


def seal(connection: Connection, said: str | None) -> str | None:
    """Last statement of a transaction: its number, by which it can be asked later whether it was committed (None: it wrote
    nothing), and what the other replicas are told when it is."""
    row = connection.execute(_SEAL_AND_TELL, {"channel": CHANNEL, "said": said}) if said else connection.execute(_SEAL)
    number: str | None = row.one()[0]
    return number


def was_committed(connection: Connection, number: str) -> bool | None:
    """What became of a transaction whose commit was not answered; None while it is under way."""
    status = connection.execute(text("SELECT pg_xact_status(CAST(:number AS xid8))"), {"number": number}).scalar()
    return None if status == "in progress" else status == "committed"


_HOLDS = text(
    "SELECT 1 FROM lease WHERE name = :name AND holder = :holder AND fence = :fence "
    "AND expires_at > clock_timestamp() FOR KEY SHARE"
)


def holds_lease(connection: Connection, name: str, holder: str, fence: int) -> bool:
    """Whether this lease is still this holder's; while the transaction lasts, nobody else can take it.

    Taking it changes columns of a unique index, which this lock forbids; renewing it does not. So the beat of each second neither waits
    for a batch nor makes it start anew because the row is not as it was when the batch began.
    """
    return connection.execute(_HOLDS, {"name": name, "holder": holder, "fence": fence}).first() is not None


def must_be_redone(error: BaseException) -> bool:
    """Another replica was quicker: a serialisation failure, a deadlock, or a row of the same name."""
    state = _sqlstate(error)
    return state in ("40001", "40P01", "23505", "25P02", "0A000")  # 0A000: a statement prepared before a migration


def was_idle(error: BaseException) -> bool:
    """The server ended our transaction because we were stopped, or starved, in the middle of it."""
    return _sqlstate(error) == "25P03"


def was_lost(error: BaseException) -> bool:
    """The server is gone, ended our session, or takes no connections: the same again later."""
    if not isinstance(error, DBAPIError):
        return False
    state = _sqlstate(error)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state[:2] in ("08", "57") or state in ("25P03", "53300", "55000", "3D000")


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) else None


IMPATIENT = "impatient"
"""An execution option: whoever waits for the write lock holds up an event loop, and had better ask again."""
_IMPATIENT_MS = 20
_PATIENT_MS = 30_000
_KEPT_KB = {True: 16_000, False: 2_000}
"""Pages of the file that a connection keeps in memory: much for the one that writes all day, else what SQLite takes by itself. Of a large
file each tip touches a dozen pages anywhere; what is not kept is read again, and in a crowd written twice."""
_LOG_PAGES = 10_000
"""The write-ahead log may grow to 40 MB before a commit has to write it into the file: by itself SQLite does so after 1,000 pages, which
is each commit of a burst, and two more fsyncs of each. `tidy` does it sooner, while nobody waits."""

# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Sqlite(sqlite3.Connection):
    """Knows how its transactions begin: whoever may write takes the write lock at once, whoever reads never does."""

    begins = "BEGIN IMMEDIATE"


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is in _begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_PATIENT_MS}",
        "temp_store=MEMORY",
        "secure_delete=ON",
        f"wal_autocheckpoint={_LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    connection.driver_connection.execute(connection.driver_connection.begins)


class _ReadOnly(ConnectionCharacteristic):
    """The execution option `readonly`."""

    transactional = True

    def get_characteristic(self, dialect: Any, dbapi_conn: Any) -> bool:
        return bool(dbapi_conn.begins == "BEGIN")

    def set_characteristic(self, dialect: Any, dbapi_conn: Any, value: bool) -> None:
        dbapi_conn.begins = "BEGIN" if value else _Sqlite.begins

    def reset_characteristic(self, dialect: Any, dbapi_conn: Any) -> None:
        self.set_characteristic(dialect, dbapi_conn, value=False)


class _Impatient(ConnectionCharacteristic):
    """The execution option `impatient`."""

    def get_characteristic(self, dialect: Any, dbapi_conn: Any) -> bool:
        return bool(dbapi_conn.execute("PRAGMA busy_timeout").fetchone()[0] == _IMPATIENT_MS)

    def set_characteristic(self, dialect: Any, dbapi_conn: Any, value: bool) -> None:
        dbapi_conn.execute(f"PRAGMA busy_timeout={_IMPATIENT_MS if value else _PATIENT_MS}")
        dbapi_conn.execute(f"PRAGMA cache_size=-{_KEPT_KB[value]}")

    def reset_characteristic(self, dialect: Any, dbapi_conn: Any) -> None:
        self.set_characteristic(dialect, dbapi_conn, value=False)


def is_busy(error: BaseException) -> bool:
    """Another process, one of our commands, is writing at this moment."""
    return (
        isinstance(error, OperationalError)
        and isinstance(error.orig, sqlite3.OperationalError)
        and "locked" in str(error.orig)
    )


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def migrate(engine: Engine) -> str:
    """Bring the tables to the newest version; returns its name. Where they are there already, Alembic is not even loaded."""
    at, head = version(engine)
    return head if at == head else _upgrade(engine)


def _upgrade(engine: Engine) -> str:
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
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {engine.url.database} cannot be used ({_why(error)})") from None
    return ScriptDirectory.from_config(config).get_current_head() or ""


def forget(engine: Engine, *, everything: bool = False) -> bool:
    """Take out of the write-ahead log what was erased: its pages go into the file, where secure_delete has overwritten them.

    `everything` also gives up free pages. Returns False when a reader was in the way; on another engine there is nothing to do here.
    """
    if engine.dialect.name != "sqlite":
        return True
    empty = "PRAGMA wal_checkpoint(TRUNCATE)"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement in (empty, "VACUUM", empty) if everything else (empty,):
            cursor.execute(statement)
        blocked = cursor.fetchone()
        cursor.close()
    finally:
        connection.close()
    return not (blocked and blocked[0])


def tidy(engine: Engine) -> None:
    """Write the write-ahead log into the file, as far as nobody reads or writes there: it waits for nobody, and nobody for it."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()
    finally:
        connection.close()


def version(engine: Engine) -> tuple[str | None, str]:
    """The version the database is at, and the newest one this program knows."""
    try:
        with engine.connect() as connection:
            at = version_now(connection) if inspect(connection).has_table("alembic_version") else None
    except DBAPIError as error:
        raise DatabaseProblem(f"WHISTLE_DATABASE_URL: {engine.url.database} cannot be used ({_why(error)})") from None
    return at, newest()


def newest() -> str:
    """The newest version: migrations are numbered, and their files are named by the number (`tests/bot/test_migrations.py` holds it)."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


_VERSION = text("SELECT version_num FROM alembic_version")


def version_now(connection: Connection) -> str | None:
    """The version of the tables, as this transaction sees it."""
    found: str | None = connection.execute(_VERSION).scalar()
    return found


def _why(error: DBAPIError) -> str:
    """The driver's words in one line."""
    return " ".join(str(error.orig).split())
