"""One run of a benchmark: bots and the far side, each in a process of its own, on a county that is seated once and copied for each run."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from sqlmodel import Session, col, func, select

from bot import database
from bot.console import decide
from bot.demo import cast
from bot.sandbox.world import World
from bot.settings import Settings
from bot.vault import new_master_key
from tests.servers import Postgres
from workflows import records as r
from workflows.roster import seat_everyone
from workflows.states import InboxState, OutboxState
from workflows.work import Work

WARM = 64
"""Messages before the measuring begins."""
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """What the people do in one run; see `far_side`."""

    count: int = 1000
    window: int = 64
    seconds: float = 6
    delay: float = 0
    rate: float = 0
    first: int = 0
    warm: int = WARM
    rest: float = 0
    presses: Path | None = None

    def arguments(self) -> list[str]:
        more = ["--presses", str(self.presses)] if self.presses else []
        given = ("count", "window", "seconds", "delay", "rate", "first", "warm", "rest")
        return [word for name in given for word in (f"--{name}", str(getattr(self, name)))] + more


@dataclass(frozen=True, slots=True)
class Runner:
    """How a bot is started: its command and what it finds in its environment."""

    command: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)


def race(bots: Callable[[int, list[int]], list[Runner]], load: Load, *, replicas: int = 1) -> tuple[Result, list[str]]:
    """Far side and bots; what the far side measured with the processor time and memory of the bots, and what each bot said at the end.

    `bots` is given the port of the Bot API and a free one for each bot. Raises SystemExit with the bots' words when nothing was measured.
    """
    api, ports = free_port(), [free_port() for _ in range(replicas)]
    far = [sys.executable, "-m", "tests.benchmarks.far_side", "--port", str(api), *load.arguments()]
    far += ["--bots", ",".join(map(str, ports))]
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        people = subprocess.Popen(far, stdout=subprocess.PIPE, text=True)
        wait_for(api)
        logs = [Path(name) / f"bot-{port}.log" for port in ports]
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for runner, log in zip(bots(api, ports), logs, strict=True):
                with log.open("wb") as out:
                    env = {**os.environ, **runner.env}
                    processes.append(subprocess.Popen(runner.command, env=env, stdout=out, stderr=out))
            assert people.stdout is not None
            people.stdout.readline()
            used = [psutil.Process(process.pid) for process in processes]
            before = _cpu_seconds(used)
            measured, _ = people.communicate(timeout=180)
            cpu, memory = _cpu_seconds(used) - before, max(one.memory_info().rss for one in used) / 2**20
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(30)
        finally:
            for one in (people, *processes):
                if one.poll() is None:
                    one.kill()
                    one.wait()
        said = [log.read_text("utf-8", "replace") for log in logs if log.exists()]
    if not measured:
        raise SystemExit(f"the far side measured nothing; the bots said:\n{''.join(said)[-3000:]}")
    found = json.loads(measured)
    return {**found, "megabytes": memory, "cpu_ms": cpu / max(1, found["updates"]) * 1000}, said


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in processes)


# ── the product ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Seated:
    """A database in which everybody of the sample county is bound and every squad has its group; copied for each run."""

    def __init__(self, folder: Path, server: Postgres | None = None) -> None:
        self.folder, self.server = folder, server
        self.key = new_master_key()
        self.first = server.create() if server else f"sqlite:///{folder / 'seated.db'}"
        decide(self.settings(self.first), seat)
        self._copies = 0

    def settings(self, url: str) -> Settings:
        return Settings(bot_token="1000001:BENCH", vault_key=self.key, database_url=url, api_url="http://127.0.0.1:1")

    def copy(self) -> str:
        """The address of a new copy."""
        if self.server:
            return self.server.create(template=self.first)
        self._copies += 1
        file = self.folder / f"copy-{self._copies}.db"
        shutil.copyfile(self.folder / "seated.db", file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        if self.server:
            self.server.drop(url)
        else:
            for file in self.folder.glob(f"{Path(url).name}*"):
                file.unlink()

    @contextmanager
    def copied(self) -> Iterator[str]:
        url = self.copy()
        try:
            yield url
        finally:
            self.drop(url)

    def bots(self, url: str, *, count: bool = False) -> Callable[[int, list[int]], list[Runner]]:
        """The product as it runs, `python -m bot run`, on this database; its SQL statements counted where asked."""
        command = [sys.executable, *(("-m", "tests.benchmarks.durable") if count else ("-m", "bot", "run"))]

        def made(api: int, ports: list[int]) -> list[Runner]:
            return [Runner(command, self._env(url, api, port)) for port in ports]

        return made

    def _env(self, url: str, api: int, port: int) -> dict[str, str]:
        return {
            "WHISTLE_BOT_TOKEN": "1000001:BENCH",
            "WHISTLE_VAULT_KEY": self.key,
            "WHISTLE_DATABASE_URL": url,
            "WHISTLE_API_URL": f"http://127.0.0.1:{api}",
            "WHISTLE_PORT": str(port),
            "WHISTLE_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
            "WHISTLE_WEBHOOK_SECRET": "bench",
            "WHISTLE_SEND_RATE": "0",
            "WHISTLE_AUDIT_FILE": str(self.notes_of(url, port)),
        }

    def notes_of(self, url: str, port: int = 0) -> Path:
        """Where the daily notes about this database are kept: replicas have one each."""
        return self.folder / f"{Path(url).name}-{port if self.server else 0}.audit.jsonl"


def tips(ground: Seated, load: Load, *, count: bool = False, replicas: int = 1) -> Result:
    """One run of the product on a new database: every person sends one tip. Raises SystemExit where one of them is not durable."""
    with ground.copied() as url:
        found, said = race(ground.bots(url, count=count), load, replicas=replicas)
        all_durable(ground.settings(url), found["updates"] + load.warm)
    if count:
        statements = json.loads(said[0].strip().splitlines()[-1])
        found["statements"] = {name: n / (found["updates"] + load.warm) for name, n in statements.items()}
    return found


def all_durable(settings: Settings, counted: int) -> None:
    """Every tip that was counted is committed, handled and receipted."""
    found = counts(settings.database_url)
    if set(found) != {counted}:
        raise SystemExit(f"not durable: {counted} answered, but tips, handled, receipted: {found}")


def counts(url: str) -> tuple[int, int, int]:
    """Tips, updates that are done, receipts that have left."""
    engine = database.open_engine(url)
    with Session(engine) as session:
        tips = session.exec(select(func.count()).select_from(r.Tip)).one()
        done = session.exec(select(func.count()).select_from(r.Inbox).where(r.Inbox.state == InboxState.DONE)).one()
        receipts = session.exec(
            select(func.count())
            .select_from(r.Outbox)
            .where(r.Outbox.template == "tip.opened", r.Outbox.act == "card", col(r.Outbox.state) == OutboxState.SENT)
        ).one()
    engine.dispose()
    return tips, done, receipts


def seat(work: Work) -> None:
    """Everybody of the sample county is bound, and every squad has its group."""
    seat_everyone(work)
    work.session.flush()
    cast.seat_all(work, cast.bring_in(World(lambda: work.now), work.county))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens on port {port}")
