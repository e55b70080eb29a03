"""The PostgreSQL that tests run on: it ends with its run, and what was written to its log is looked through."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import servers

pytestmark = pytest.mark.postgres_only

_RUN = """
import sys, time
from tests import servers
with servers.postgres() as server:
    print((server.data / "postmaster.pid").read_text().split()[0], server.data.parent, flush=True)
    time.sleep(60)
"""


def test_a_run_that_is_killed_takes_its_server_with_it(engine: str) -> None:
    run = subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()
    assert _lives(int(pid)) and Path(folder).is_dir()

    run.send_signal(signal.SIGKILL)
    run.wait(10)

    waits = time.monotonic() + 20
    while (_lives(int(pid)) or Path(folder).exists()) and time.monotonic() < waits:
        time.sleep(0.1)
    assert not _lives(int(pid)) and not Path(folder).exists()


def test_what_only_the_write_ahead_log_still_holds_is_found(server: servers.Postgres) -> None:
    url = server.create()
    with server.connect(url) as connection:
        connection.execute("CREATE TABLE leak (said text)")
        connection.execute("INSERT INTO leak VALUES ('a name nobody may read')")
        connection.execute("DROP TABLE leak")

    holding = [name for name, content in server.wal(url) if b"a name nobody may read" in content]

    server.drop(url)
    assert holding and all(name.startswith("pg_wal/") for name in holding)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs as another user
        return True
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"
