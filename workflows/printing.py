"""The PDF of a document where LibreOffice was not to be had: the DOCX is there at once, the PDF follows as soon as it can be made.

    made with its DOCX alone (`pdf_at` says when the next try is due) ─► claimed (the claim itself lapses) ─► made | tried again, for good

Whoever made the document gets the PDF into the same chat. The desk and the operator hear of it once, not once for each document.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell, to_person
from workflows.states import DocumentState
from workflows.work import Work

WAITS = (60, 300, 900, 3600)
"""Seconds before the next try; the last one is repeated: somebody has to install a program first."""
CLAIM = timedelta(minutes=5)
"""What was claimed for so long belongs to a process that has ended."""


def later(work: Work, document: r.Document) -> None:
    """There is no PDF yet. Nobody is asked to come back for it."""
    first = not work.prints_wait()
    document.pdf_at = work.now + timedelta(seconds=WAITS[0])
    work.record(Kind.DOCUMENT_UNPRINTED, document, form=document.form, number=document.number)
    if first:
        tell(work, Kind.DOCUMENT_UNPRINTED, document, name=work.get(r.Case, document.case_id).number)


def claim(work: Work, limit: int) -> list[dict[str, Any]]:
    """What may be tried now: id, name of its DOCX in the store, and what the file will be called."""
    found = []
    for one in work.prints_due(limit):
        one.pdf_at, one.pdf_tries = work.now + CLAIM, one.pdf_tries + 1
        found.append({"id": one.id, "docx": one.docx})
    return found


def again(work: Work, ids: Sequence[str]) -> None:
    """It cannot be made now either."""
    for one in (work.get(r.Document, key) for key in ids):
        if one.pdf is None and one.pdf_at is not None:
            one.pdf_at = work.now + timedelta(seconds=WAITS[min(one.pdf_tries, len(WAITS) - 1)])


def done(work: Work, document_id: str, pdf: str, pages: int, content: str) -> None:
    """The PDF lies in the store as `pdf` (its SHA-256); `content` is the same in base64, for the chat of whoever made the document."""
    one = work.get(r.Document, document_id)
    if one.pdf is not None or one.pdf_at is None:
        return
    one.pdf, one.pages, one.pdf_at = pdf, pages, None
    work.record(Kind.DOCUMENT_CONVERTED, one, form=one.form, number=one.number, pdf=pdf)
    if one.state is DocumentState.VOID:
        return
    form, case = work.book.forms.form(one.form), work.get(r.Case, one.case_id)
    title, title_en = (form.title, form.title_en) if form else (one.form, one.form)
    called = one.number or case.number
    for to in to_person(work, work.person(one.made_by)):
        tell(
            work, Kind.DOCUMENT_CONVERTED, one, to=[to], name=case.number, title=title, title_en=title_en, number=called
        )
        facts = {"name": f"{title}-{called}.pdf", "content": content}
        work.send("file", "owner", to, act="file", facts=facts, sealed=True)
