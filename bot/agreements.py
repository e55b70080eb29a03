"""The published 委托书 of delegated cases: kept in the evidence store as soon as a procedure rests on it, as it was that day.

agreements/AG01.pdf in the county's folder ─► SHA-256 stamped on the procedure ─► COMMIT ─► the same bytes in the store, under that name
"""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import structlog

from bot.evidence import Shelf
from bot.store import Store
from bot.worker import Worker
from workflows.county import County
from workflows.events import Kind
from workflows.work import Work

log = structlog.get_logger()
FOLDER = "agreements"
AGAIN = timedelta(minutes=1)


def bytes_of(county: Path, name: str) -> bytes | None:
    """The text with this SHA-256, if the county's folder still holds it."""
    for path in sorted((county / FOLDER).glob("*")):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == name:
            return data
    return None


def agreements_without_text(county: County) -> list[str]:
    """Numbers of those that the county has not put there: files of cases under them will lack it."""
    return [a.number for a in county.agreements if a.text is None]


class Agreements(Worker):
    """Copies what procedures rest on; what cannot be read now is tried again, and `whistle audit verify` names it."""

    name = "agreements"
    failed = "agreement.failed"
    wakes = frozenset({Kind.PROCEDURE_OPENED})

    def __init__(self, store: Store, shelf: Shelf, county: Path) -> None:
        super().__init__(store)
        self._shelf, self._county = shelf, county
        self._kept: set[str] = set()

    async def _work(self) -> None:
        self.next_at = None
        for name in await self._store.read(Work.agreement_texts):
            if name in self._kept:
                continue
            data = await asyncio.to_thread(bytes_of, self._county, name)
            try:
                if data is not None:
                    await self._shelf.put(data)
                self._kept.add(
                    name
                )  # without the bytes: replaced in the folder since; another replica or an earlier run has kept it
            except Exception as error:
                log.warning("an agreement could not be kept", action="agreement.retried", why=type(error).__name__)
                self.next_at = self._store.clock.now() + AGAIN
