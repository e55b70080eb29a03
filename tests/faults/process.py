"""The bot as a process of its own, that can be killed: `python -m bot run`, settings from the environment, log in a file.

A successor waits with its modules already imported, as a supervisor's restart would find them in the page cache; nothing else is shared.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bot import database
from bot.console import decide
from bot.demo import cast
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.vault import new_master_key
from tests.county import _free_port
from workflows.roster import seat_everyone
from workflows.rulebook import Rulebook
from workflows.work import Work

_WAIT_THEN_RUN = "import sys, bot.app, bot.cli, bot.lock; sys.stdin.readline(); sys.exit(bot.cli.main(['run']))"


class Supervisor:
    """Keeps one bot alive before one sandbox, and kills it when it is told to."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        *,
        webhook: bool,
        database_url: str | None = None,
        like: "Supervisor | None" = None,
    ) -> None:
        """`like`: another replica of that one, on the same records with the same key."""
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "bot.log"
        self.port = _free_port()
        self.settings = Settings(
            bot_token=sandbox.token,
            vault_key=like.settings.vault_key if like else new_master_key(),
            api_url=sandbox.url,
            database_url=like.settings.database_url if like else database_url or f"sqlite:///{folder / 'whistle.db'}",
        )
        self._env = {
            **os.environ,
            "WHISTLE_BOT_TOKEN": sandbox.token,
            "WHISTLE_VAULT_KEY": self.settings.vault_key.get_secret_value(),
            "WHISTLE_API_URL": sandbox.url,
            "WHISTLE_DATABASE_URL": self.settings.database_url,
            "WHISTLE_PORT": str(self.port),
            "WHISTLE_SEND_RATE": "0",
            "WHISTLE_LOG_FORMAT": "json",
            "WHISTLE_AUDIT_FILE": str(folder / "audit.jsonl"),
        }
        if webhook:
            self._env |= {
                "WHISTLE_WEBHOOK_URL": f"http://127.0.0.1:{self.port}/telegram",
                "WHISTLE_WEBHOOK_SECRET": "s3cret",
            }
        self.spare = like is None and database_url is None  # replicas are each other's spare
        self._next: asyncio.subprocess.Process | None = None
        self._now: asyncio.subprocess.Process | None = None
        self._read = 0

    def seat(self, sandbox: Sandbox, book: Rulebook) -> None:
        """The sample county's people and groups, before the bot is started for the first time."""
        groups = cast.bring_in(sandbox.world, book.county)

        def everyone(work: Work) -> None:
            seat_everyone(work)
            work.session.flush()
            cast.seat_all(work, groups)

        decide(self.settings, everyone)

    async def start(self) -> None:
        """The waiting process runs; another begins to wait."""
        process = self._next or await self._spawn()
        self._now, self._next = process, None
        self._read = self.log.stat().st_size
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await process.stdin.drain()
        if self.spare:
            self._next = await self._spawn()

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _WAIT_THEN_RUN,
                env=self._env,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> None:
        """The process hears and speaks."""
        async with asyncio.timeout(120):
            while b'"app.ready"' not in self._since_start():
                assert self._now is not None and self._now.returncode is None, self._since_start().decode()[-2000:]
                await asyncio.sleep(0.01)

    def _since_start(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._read)
            return log.read()

    async def kill(self) -> None:
        """`kill -9`."""
        assert self._now is not None
        assert self._now.returncode is None, f"it died by itself: {self._since_start().decode()[-2000:]}"
        self._now.kill()
        await self._now.wait()

    def stop_still(self) -> None:
        """SIGSTOP: it hangs, and keeps every connection that it has."""
        assert self._now is not None
        self._now.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        if self._now is not None and self._now.returncode is None:
            self._now.send_signal(signal.SIGCONT)

    async def stop(self) -> int | None:
        """Ask politely; returns the exit code."""
        waiting, self._next = self._next, None
        if waiting is not None and waiting.returncode is None:
            waiting.kill()
            await waiting.wait()
        if self._now is None:
            return None
        if self._now.returncode is None:
            self._now.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self._now.wait()

    def rows(self, query: Any) -> list[Any]:
        """What the records hold now; the bot may be running."""
        engine = database.open_engine(self.settings.database_url)
        with Session(engine.execution_options(readonly=True)) as session:
            found = list(session.exec(query).all())
            session.expunge_all()
            session.rollback()
        engine.dispose()
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Every log line that is JSON; what is not (a traceback) comes as the text of an error."""
        found = []
        for line in self.log.read_text("utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                found.append({"level": "error", "event": line})
        return found
