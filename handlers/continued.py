"""What a chat cannot hold, on a one-time page: a file over twenty megabytes for a case, and a half-filled document."""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from aiohttp import BodyPartReader, web

from handlers import document as forms
from handlers.edge import Edge, Press, Toast, say
from messages.documents.case_forms import LISTS, LONG
from workflows import document as documents
from workflows import evidence, link
from workflows import records as r
from workflows import tip as tips
from workflows.policy import Pages
from workflows.refusals import AlreadyClosed, Gone, Refusal
from workflows.states import CaseState, DocumentState
from workflows.work import To, Work

log = structlog.get_logger()
T = TypeVar("T")
UPLOAD = "evidence"
"""Kind of the page that takes files for a case; `handlers/document.py` names the other."""
_CHUNK = 256 * 1024
BROKEN = (ValueError, AssertionError, web.RequestPayloadError, ConnectionError, TimeoutError)
"""What aiohttp raises for a body that is no form, or that ends before its end."""
_KINDS = {"image": "photo", "video": "video", "audio": "audio"}


def offer(work: Work, press: Press) -> Toast:
    """上传大文件: a page for one browser, for a day."""
    case = work.by_ref(r.Case, press.ref)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    until = work.now + timedelta(hours=work.policy.page.upload_hours)
    _, address = link.make(work, UPLOAD, case.id, by.unit_id, by, until)
    say(
        work, press.private, "note.upload_page", sealed=True, name=case.number, address=address, until=until.isoformat()
    )
    return Toast("sent_private")


def maker(work: Work, found: r.Link) -> r.Person:
    """Whoever asked for the page, as long as they hold the seat and may handle the case: not after stepping aside. Raises Gone."""
    by = work.person(found.made_by)
    if by is None or by.account is None:
        raise Gone()
    of_form = found.kind == forms.LINK
    case_id = work.get(r.Document, found.subject_id).case_id if of_form else found.subject_id
    try:
        return tips.officer_of(work, work.get(r.Tip, work.get(r.Case, case_id).tip_id), [by])
    except Refusal as error:
        raise Gone() from error


# ── what the pages show ──────────────────────────────────────────────────────────────────────────────────────────────


def upload_facts(work: Work, found: r.Link) -> dict[str, Any]:
    case = work.get(r.Case, found.subject_id)
    pieces = evidence.of_case(work, case)
    return {
        "name": case.number,
        "pieces": len(pieces),
        "over": case.state is not CaseState.OPEN,
        "largest": work.policy.page.largest_mb,
    }


def form_facts(edge: Edge, found_id: str, work: Work) -> dict[str, Any]:
    """Every field that may be typed: what is typed already, what is missing, and what has to come first."""
    found = work.get(r.Link, found_id)
    document = work.get(r.Document, found.subject_id)
    form = documents.form_of(work, document.form)
    given = documents.given(work, document) if document.state is DocumentState.DRAFT else {}
    missing = forms.missing_of(edge, work, document) if document.state is DocumentState.DRAFT else []
    book = work.book.forms
    typed = book.in_order({*given, *(name for name in missing if book.may_type(name))})
    return {
        "name": work.get(r.Case, document.case_id).number,
        "title": form.title,
        "title_en": form.title_en,
        "over": document.state is not DocumentState.DRAFT,
        "fields": [
            {
                "key": n,
                **book.spoken(n),
                "text": given.get(n, ""),
                "missing": n in missing,
                "long": n in LISTS or n in LONG,
            }
            for n in typed
        ],
        "first": [book.spoken(n) for n in missing if not book.may_type(n)],
    }


# ── saving a form ────────────────────────────────────────────────────────────────────────────────────────────────────


def save(work: Work, found: r.Link, form: dict[str, str]) -> str:
    """What stands in the page's fields becomes the draft's."""
    if found.kind != forms.LINK:
        raise Gone()
    document = work.get(r.Document, found.subject_id)
    fields = {key.removeprefix("f."): text for key, text in form.items() if key.startswith("f.")}
    by = maker(work, found)
    documents.fill_in(work, document, by, fields)
    return "saved"


def told(edge: Edge, found_id: str, work: Work) -> None:
    """Back in the chat: what is still missing, or the button that makes it."""
    found = work.get(r.Link, found_id)
    by = maker(work, found)
    document = work.get(r.Document, found.subject_id)
    to = To(account=by.account, lang=work.identity(by.account or "").lang, person_id=by.id)
    forms.ask(work, to, document, forms.missing_of(edge, work, document))


# ── taking files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def upload_link(token: str, browser: str | None, work: Work) -> tuple[str, Pages]:
    """The link's id, and the numbers that hold today. Raises Gone for another browser or kind, AlreadyClosed for a case that has ended."""
    found = link.live(work, token)
    if found.kind != UPLOAD or not link.opens(work, found, browser):
        raise Gone()
    maker(work, found)
    if work.get(r.Case, found.subject_id).state is not CaseState.OPEN:
        raise AlreadyClosed()
    return found.id, work.policy.page


async def take(edge: Edge, request: web.Request, token: str, browser: str | None) -> str:
    """Take the files of one upload, each as soon as it is whole; what breaks off half-way leaves nothing. Returns what to say."""
    found_id, limits = await edge.store.read(partial(upload_link, token, browser))
    if not (request.content_type or "").startswith("multipart/"):
        return "nothing"
    kept, said = 0, "nothing"
    reader = await heard(request.multipart())
    while (part := await heard(reader.next())) is not None and kept < limits.most_files:
        if not isinstance(part, BodyPartReader) or part.name != "files" or not part.filename:
            continue
        with tempfile.TemporaryDirectory(prefix="upload-") as folder:
            path = Path(folder) / "file"
            if not await _receive(part, path, limits.largest):
                return "too_big"
            said = await keep(edge, found_id, path, part.filename, part.headers.get("Content-Type", ""))
            if said != "uploaded":
                return said
            kept += 1
    return said


async def heard(coming: Awaitable[T]) -> T:
    """What a browser sends. Raises HTTPBadRequest for a body that is no form or ends before its end: no error of ours."""
    try:
        return await coming
    except BROKEN as error:
        log.info("a body broke off, or is none", action="upload.broke", why=type(error).__name__)
        raise web.HTTPBadRequest from error


async def _receive(part: BodyPartReader, path: Path, most: int) -> bool:
    """Write a part to a file of its own. False: more bytes than we take."""
    size = 0
    with path.open("wb") as out:
        while chunk := await heard(part.read_chunk(_CHUNK)):
            size += len(chunk)
            if size > most:
                return False
            await asyncio.to_thread(out.write, chunk)
    return True


async def keep(edge: Edge, found_id: str, path: Path, name: str, declared: str) -> str:
    """A whole file that lies on this machine goes into the store and the case. Returns what to say."""
    zone = await edge.store.read(lambda work: work.county.timezone)
    try:
        found = await edge.shelf.take(path, ZoneInfo(zone), declared)
    except ValueError:  # not what it says
        return "not_kept"
    with contextlib.suppress(Refusal):
        await edge.store.decide(partial(_kept, found_id, name, declared, found))
        return "uploaded"
    return "over"


def _kept(found_id: str, name: str, declared: str, found: evidence.Found, work: Work) -> None:
    page = work.get(r.Link, found_id)
    case, by = work.get(r.Case, page.subject_id), maker(work, page)
    kind = _KINDS.get(found.mime.partition("/")[0], "document")
    evidence.by_page(work, case, by, kind, name, declared, found)
    evidence.show_card(work, case, To(account=by.account, lang=work.identity(by.account or "").lang, person_id=by.id))


PRESSES = {"upload_page": offer}
