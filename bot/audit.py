"""The notes outside the database: once a day, how long each chain is and how it ends, in a file that is only ever appended to.

One JSON line a note; each line is sealed onto the one before with the key of the chains. Whoever owns the database and not this file cannot
cut a tail off unseen; send the file to another machine (a log shipper, a mailbox, a write-once disk) and its owner cannot either.
"""

import asyncio
from collections.abc import Iterator
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
        self._last: tuple[int, date | None, tuple[int, str]] | None = None  # of a file of this size

    def read(self) -> tuple[dict[str, tuple[int, str]], str, date | None]:
        """Chain → count and head as last noted, the seal of the last line, and its day. Raises BadSetting for a broken file."""
        noted: dict[str, tuple[int, str]] = {}
        seal, day = "", None
        for note, mac in self._checked():
            noted.update({chain: (count, head) for chain, (count, head) in note["chains"].items()})
            seal, day = mac, date.fromisoformat(note["day"])
        return noted, seal, day

    def last(self) -> tuple[date | None, tuple[int, str]]:
        """The day of the last note, and the event from which on the next one looks."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if self._last is None or self._last[0] != size:
            day, since = None, (0, "")
            for note, _ in self._checked():
                day = date.fromisoformat(note["day"])
                since = (int(note.get("event", 0)), str(note.get("mac", "")))
            self._last = size, day, since
        return self._last[1:]

    def _checked(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each note with its seal, a line at a time. Raises BadSetting for a broken one."""
        if not self.path.exists():
            return
        seal = ""
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                seal = self._seal_of(number, line, seal)
                yield orjson.loads(line)["note"], seal

    def _seal_of(self, number: int, line: bytes, before: str) -> str:
        broken = BadSetting(
            f"{self.path}: line {number} is not as it was written — bring back the copy you keep elsewhere"
        )
        try:
            told = orjson.loads(line)
            body, mac = orjson.dumps(told["note"], option=orjson.OPT_SORT_KEYS), told["seal"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise broken from error
        if self._vault.link(before, body) != mac:
            raise broken
        return str(mac)

    def write(
        self, day: date, heads: dict[str, tuple[int, str]], of: int | None = None, mark: tuple[int, str] = (0, "")
    ) -> int:
        """Append a note of every chain that has grown since the last one; returns how many. `of`: how many chains there are in all;
        `mark`: the event from which on the next note looks."""
        noted, seal = {}, ""
        for note, mac in self._checked():
            noted.update({chain: end for chain, end in note["chains"].items() if chain in heads})
            seal = mac
        grown = {chain: list(end) for chain, end in sorted(heads.items()) if noted.get(chain) != list(end)}
        note = {
            "day": day.isoformat(),
            "all": len(heads) if of is None else of,
            "chains": grown,
            "event": mark[0],
            "mac": mark[1],
        }
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
        last, since = await asyncio.to_thread(self.notes.last)
        grown = await self._store.read(_grown, last, since)
        if grown is None:
            return False
        await asyncio.to_thread(self.notes.write, *grown)
        return True


def _grown(
    work: Work, last: date | None, since: tuple[int, str]
) -> tuple[date, dict[str, tuple[int, str]], int, tuple[int, str]] | None:
    """What today's note says: only chains with events since the last one are looked at, so a county's past costs nothing. None: it is
    written already."""
    if last is not None and last >= work.today:
        return None
    found = audit.heads(work, since[0] if audit.stands(work, since) else 0)
    return work.today, found, audit.chains(work), audit.mark(work)


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
