"""The notes outside the database: once a day, how long each chain is and how it ends, in a file that is only ever appended to.

One JSON line a note; each line is sealed onto the one before with the key of the chains. Whoever owns the database and not this file cannot
cut a tail off unseen; send the file to another machine (a log shipper, a mailbox, a write-once disk) and its owner cannot either.
"""

import asyncio
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy.engine import make_url

from bot import evidence as shelves
from bot.agreements import agreements_without_text
from bot.settings import BadSetting, Settings
from bot.store import Store
from bot.vault import MasterVault
from workflows import audit, evidence
from workflows.work import Vault, Work

log = structlog.get_logger()
_LOOK_EVERY = 600.0
"""Seconds between two looks whether a new day has begun."""


def file_of(settings: Settings) -> Path:
    """Where the notes are kept: the setting, else beside the SQLite file."""
    if settings.audit_file is not None:
        return settings.audit_file
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.audit.jsonl")
    return Path("whistle.audit.jsonl")


class Notes:
    """Writes the day's note, reads what was noted before."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path, self._vault = path, vault

    def read(self) -> tuple[dict[str, tuple[int, str]], str, date | None]:
        """Chain → count and head as last noted, the seal of the last line, and its day. Raises BadSetting for a broken file."""
        noted: dict[str, tuple[int, str]] = {}
        seal, day = "", None
        if not self.path.exists():
            return noted, seal, day
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            try:
                told = orjson.loads(line)
                body, mac = orjson.dumps(told["note"], option=orjson.OPT_SORT_KEYS), told["seal"]
                good = self._vault.link(seal, body) == mac
            except (orjson.JSONDecodeError, KeyError, TypeError):
                good = False
            if not good:
                raise BadSetting(
                    f"{self.path}: line {number} is not as it was written — bring back the copy you keep elsewhere"
                )
            noted.update({chain: (count, head) for chain, (count, head) in told["note"]["chains"].items()})
            seal, day = mac, date.fromisoformat(told["note"]["day"])
        return noted, seal, day

    def write(self, day: date, heads: dict[str, tuple[int, str]]) -> int:
        """Append a note of every chain that has grown since the last one; returns how many."""
        noted, seal, _ = self.read()
        grown = {chain: list(end) for chain, end in sorted(heads.items()) if noted.get(chain) != end}
        note: dict[str, Any] = {"day": day.isoformat(), "all": len(heads), "chains": grown}
        mac = self._vault.link(seal, orjson.dumps(note, option=orjson.OPT_SORT_KEYS))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(orjson.dumps({"note": note, "seal": mac}, option=orjson.OPT_APPEND_NEWLINE))
        return len(grown)


class DailyNote:
    """One per process: writes the note of a local day that has none yet."""

    def __init__(self, store: Store, notes: Notes) -> None:
        self._store, self.notes = store, notes
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="audit notes")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.if_due()
            except Exception:
                log.exception("the day's audit note could not be written", action="audit.failed")
            await asyncio.sleep(_LOOK_EVERY)

    async def if_due(self) -> bool:
        """Write the note if today has none; returns whether it did."""
        _, _, last = await asyncio.to_thread(self.notes.read)
        today, heads = await self._store.read(_today_and_heads)
        if last is not None and last >= today:
            return False
        await asyncio.to_thread(self.notes.write, today, heads)
        return True


def _today_and_heads(work: Work) -> tuple[date, dict[str, tuple[int, str]]]:
    return work.today, audit.heads(work)


SAYS = {
    "changed": "row {seq} was changed ({detail})",
    "missing": "row {seq} is missing (before {detail})",
    "inserted": "a row was inserted at {seq} ({detail})",
    "cut_off": "cut off after row {seq}; there were {detail}",
    "no_head": "its head is gone; {seq} rows are left",
    "ledger_changed": "ledger entry changed: {detail} (row {seq} says otherwise)",
    "ledger_missing": "ledger entry missing: {detail} (row {seq})",
    "ledger_inserted": "ledger entry inserted: {detail}",
}
"""For whoever runs the console; English like the rest of it."""
FILE_SAYS = {"missing": "is not in the evidence store any more", "changed": "was changed in the evidence store"}


def verify(settings: Settings) -> tuple[bool, list[str]]:
    """Whether all is whole, and what to say: a line for every row that is not as it was written, then the sum."""
    from bot.console import decide

    notes = Notes(file_of(settings), MasterVault(settings.vault_key.get_secret_value()))
    noted, _, day = notes.read()

    def look(work: Work) -> tuple[audit.Report, dict[str, str]]:
        found = audit.verify(work, noted)
        return found, {p.chain: audit.name_of(work, p.chain) for p in found.problems}

    report, names = decide(settings, look)
    lines = [
        f"{names[p.chain] or 'no case'}: {SAYS[p.what].format(seq=p.seq, detail=p.detail)}" for p in report.problems
    ]
    files, damaged = _evidence(settings)
    lines += damaged
    wanting = _wanting(settings)
    state = f"{len(lines)} problems" if lines else "whole"
    known = f"{report.chains} chains, {report.events} events, {report.entries} ledger entries, {files} files of cases"
    return not lines, [*lines, *wanting, f"{state}: {known}; last noted outside: {day or 'never'}"]


def _wanting(settings: Settings) -> list[str]:
    """What is not damaged but not there: agreements whose published text the county still has to put into its folder."""
    from bot.console import decide

    bare = decide(settings, lambda work: agreements_without_text(work.county))
    return [f"{number}: its published text is not in agreements/ — cases under it lack it" for number in bare]


def _evidence(settings: Settings) -> tuple[int, list[str]]:
    """Every kept file is read and its name computed anew. What is missing or changed is told here, and to the operator in the chat."""
    from bot.console import decide

    pieces = decide(settings, evidence.kept_files)
    names = list(dict.fromkeys(name for _, name, _, _ in pieces))
    wrong = asyncio.run(shelves.check(shelves.Shelf(shelves.url_of(settings)), names)) if names else {}
    lines = []
    for key, name, number, kind in pieces:
        if name in wrong:
            decide(settings, partial(evidence.damaged, key=key, sha256=name, what=wrong[name]))
            lines.append(f"{number}: {kind} {name[:16]}… {FILE_SAYS[wrong[name]]}")
    return len(names), lines
