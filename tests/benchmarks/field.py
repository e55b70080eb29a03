"""What a benchmark of the response window stands on: a county with so many calls open, bots as they run, a Bot API that keeps the time."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text
from sqlmodel import Session

from bot import database
from bot.console import decide
from bot.county_files import load_county
from bot.settings import Settings
from bot.vault import MasterVault, new_master_key
from tests.benchmarks.crowd import open_calls
from tests.benchmarks.race import free_port, seat, wait_for
from workflows.work import Work

PER_CALL = 4
"""Open deadlines of one call: three reminders and the breach."""


@dataclass(slots=True)
class Bot:
    """One process of the product."""

    process: "subprocess.Popen[bytes]"
    port: int

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            return dict(json.load(answer))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def megabytes(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20

    def cpu_seconds(self) -> float:
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])


class Field:
    """A database, the settings that open it, and the processes that run on it."""

    def __init__(self, folder: Path, *, limit: int = 0, rate: str = "25", database_url: str | None = None) -> None:
        self.book = load_county().rulebook()
        self.folder = folder
        self.api = free_port()
        self.settings = Settings(
            bot_token="1000001:BENCH",
            vault_key=new_master_key(),
            database_url=database_url or f"sqlite:///{folder / 'whistle.db'}",
            api_url=f"http://127.0.0.1:{self.api}",
        )
        self.rate = rate
        api = ["-m", "tests.benchmarks.api", "--port", str(self.api), "--limit", str(limit)]
        self._api = subprocess.Popen([sys.executable, *api])
        self.bots: list[Bot] = []
        decide(self.settings, seat)
        wait_for(self.api)
        self.engine = database.open_engine(self.settings.database_url)
        self.vault = MasterVault(self.settings.vault_key.get_secret_value())
        self._said = 0

    # ── the records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def fill(self, calls: int) -> None:
        """So many open calls whose windows end tomorrow: the crowd among which what is due must be found."""
        self.write(open_calls, [datetime.now(UTC) + timedelta(days=1)] * calls, self.units())

    def due(self, count: int, at: datetime) -> None:
        """So many calls more, whose windows all end at this instant."""
        self.write(open_calls, [at] * count, self.units())

    def write(self, fn: Callable[..., None], *args: Any) -> None:
        """Beside the bot, in one short transaction, as the other commands do."""
        with Session(self.engine) as session:
            session.connection()
            work = Work(session, datetime.now(UTC), self.book, self.vault)
            fn(work, *args)
            work.flush()
            session.commit()

    def units(self) -> list[str]:
        """Every unit that has a contact A."""
        return sorted({s.unit_id for s in self.book.county.all_seats if s.role == "liaison" and s.post == "A"})

    def ask(self, query: str, **values: Any) -> Any:
        with self.engine.connect().execution_options(readonly=True) as connection:
            return connection.execute(text(query), values).fetchall()

    def until(self, query: str, count: int, seconds: float = 60) -> float:
        """When this count was first seen committed, by a reader outside of the bot (monotonic)."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.ask(query)[0][0] >= count:
                return time.monotonic()
            time.sleep(0.01)
        raise SystemExit(f"after {seconds} s only {self.ask(query)[0][0]} of {count}: {query}")

    # ── the processes ────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, *, ready: bool = True) -> Bot:
        port = free_port()
        env = {
            **os.environ,
            "WHISTLE_BOT_TOKEN": self.settings.token,
            "WHISTLE_VAULT_KEY": self.settings.vault_key.get_secret_value(),
            "WHISTLE_DATABASE_URL": self.settings.database_url,
            "WHISTLE_API_URL": str(self.settings.api_url),
            "WHISTLE_PORT": str(port),
            "WHISTLE_SEND_RATE": self.rate,
            "WHISTLE_AUDIT_FILE": str(self.folder / f"audit-{port}.jsonl"),
        }
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at each start
        with (self.folder / "bot.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=env, stdout=log, stderr=log)
        self.bots.append(bot := Bot(process, port))
        if ready:
            wait_for(port)
        return bot

    def stop(self) -> None:
        for process in (*(bot.process for bot in self.bots), self._api):
            if process.poll() is None:
                process.kill()
                process.wait()
        self.engine.dispose()

    # ── the phones ───────────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, **update: Any) -> float:
        """Somebody writes or presses; returns when (monotonic)."""
        self._said += 1
        return float(self._api_call("say", {"update_id": self._said, **update}))

    def press(self, who: int, data: str, name: str) -> float:
        """Somebody taps a button; `name` is what the answer will carry."""
        person = {"id": who, "is_bot": False, "first_name": "某"}
        message = {"message_id": 1, "date": 1, "chat": {"id": who, "type": "private"}}
        tap = {"id": name, "from": person, "message": message, "chat_instance": "1", "data": data}
        return self.say(callback_query=tap)

    def write_text(self, who: int, words: str) -> float:
        chat = {"id": who, "type": "private", "first_name": "某"}
        person = {"id": who, "is_bot": False, "first_name": "某", "language_code": "zh-hans"}
        said = {"message_id": self._said + 1, "date": int(time.time()), "chat": chat, "from": person, "text": words}
        return self.say(message=said)

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """What the bots have called the Bot API for."""
        found: list[dict[str, Any]] = self._api_call(f"calls?after={after}")["calls"]
        return found

    def refused(self) -> int:
        return int(self._api_call("calls?after=99999999")["refused"])

    def heard(self, wanted: Callable[[dict[str, Any]], bool], *, after: int = 0, seconds: float = 30) -> dict[str, Any]:
        """The first such call, as soon as it has come."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = next((one for one in self.calls(after) if wanted(one)), None)
            if found is not None:
                return found
            time.sleep(0.01)
        raise SystemExit(f"not heard within {seconds} s")

    def _api_call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/_/{path}", data, timeout=20) as answer:
            return json.load(answer)["result"]


@contextmanager
def field(folder: Path, **more: Any) -> Iterator[Field]:
    folder.mkdir(parents=True, exist_ok=True)
    made = Field(folder, **more)
    try:
        yield made
    finally:
        made.stop()
