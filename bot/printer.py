"""Makes the PDFs that had to wait: LibreOffice was not installed, or stumbled. See `workflows/printing.py`."""

import asyncio
import base64
import io
from typing import Any

import structlog

from bot.evidence import Changed, Missing, Shelf
from bot.store import Store
from bot.worker import Worker
from handlers.paper import CONVERTING
from messages import documents as printed
from workflows import printing
from workflows.events import Kind
from workflows.work import Work

log = structlog.get_logger()
AT_ONCE = 8
"""PDFs of one start of LibreOffice, which is what takes the time."""


class Printer(Worker):
    """Claims documents without a PDF; every outcome is written down."""

    name = "printer"
    failed = "printer.failed"
    wakes = frozenset({Kind.DOCUMENT_UNPRINTED})

    def __init__(self, store: Store, shelf: Shelf) -> None:
        super().__init__(store)
        self._shelf = shelf

    async def _work(self) -> None:
        while papers := await self._store.decide(printing.claim, AT_ONCE):
            sources = [(one["id"], await self._bytes(one["docx"])) for one in papers]
            if found := [(key, docx) for key, docx in sources if docx is not None]:
                await self._convert(found)
            if unread := [key for key, docx in sources if docx is None]:
                await self._store.decide(printing.again, unread)
        self.next_at = await self._store.read(Work.next_print)

    async def _bytes(self, name: str) -> bytes | None:
        try:
            return await self._shelf.get(name)
        except (Missing, Changed) as error:  # `whistle audit verify` tells the operator which
            log.warning("a document cannot be read", action="printer.unreadable", why=type(error).__name__)
            return None

    async def _convert(self, papers: list[tuple[str, bytes]]) -> None:
        """All with one start; where that fails, each alone, so that one bad template holds up no other."""
        try:
            async with CONVERTING:
                pdfs = await asyncio.to_thread(printed.to_pdfs, [docx for _, docx in papers], archive=True)
        except printed.NoConverter as error:
            if len(papers) > 1 and printed.can_convert():
                for one in papers:
                    await self._convert([one])
                return
            log.warning("a PDF has to wait", action="printer.waits", papers=len(papers), why=str(error)[:80])
            await self._store.decide(printing.again, [key for key, _ in papers])
            return
        for (key, _), pdf in zip(papers, pdfs, strict=True):
            name, pages = await self._shelf.put(pdf), await asyncio.to_thread(pages_of, pdf)
            await self._store.decide(printing.done, key, name, pages, base64.b64encode(pdf).decode())


def pages_of(pdf: bytes) -> Any:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)
