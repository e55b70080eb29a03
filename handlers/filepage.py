"""案卷 on a page of one browser: all that lies in the file, for whoever may read it. Each file that is opened is a fact of the case.

    GET /p/TOKEN/piece/ID      one piece of evidence, as it was sent      GET /p/TOKEN/paper/REF      one document, as it was printed

The chat shows ten pictures; a film of a body camera, a typed line, a position and the signed records are read here.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import web

from handlers.edge import Edge, Press, Toast, button, say
from workflows import document as documents
from workflows import evidence, gates, link
from workflows import records as r
from workflows import tip as tips
from workflows.refusals import Gone
from workflows.states import CaseState, DocumentState, EvidenceState
from workflows.work import Work

log = structlog.get_logger()
KIND = "file"
"""Kind of the link."""
ROUTES = ("piece/{what:[0-9a-f-]{32,36}}", "paper/{what:[A-Z2-7]{8}}")
_SEEN = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain")
"""What a browser shows by itself. A film is saved: played in the page it would be fetched in bits, and each bit would be a look."""
_NAMED = (*_SEEN, "audio/", "video/")
"""What keeps its media type; anything else is bytes."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'"
"""Nothing of a file runs. A browser's own viewer of PDF is shut out by `sandbox`, and shields itself."""


def reader_of(work: Work, tip: r.Tip, case: r.Case, seats: Sequence[r.Person]) -> r.Person:
    """An officer of the case, the squad's legal reviewer, or the leader who decides it. Raises what `officer_of` raises."""
    if not case.hidden:
        squad, proc = work.county.squad_of(case.township_id).id, work.procedure_of(case.id)
        leaders = {p.id for p in gates.leaders(work, proc)} if proc is not None else set()
        for seat in seats:
            if seat.id not in tip.conflicted and (seat.id in leaders or (seat.may_review and seat.unit_id == squad)):
                return seat
    return tips.officer_of(work, tip, list(seats))


def offered(work: Work, tip_ref: str) -> list[dict[str, Any]]:
    """The button, where there are pages."""
    return [button("file_page", "file_page", tip_ref)] if work.outside.public_url else []


def offer(work: Work, press: Press) -> Toast:
    """看全卷: a page for one browser."""
    tip = tips.of_ref(work, press.ref)
    case = work.get(r.Case, tip.case_id)
    by = reader_of(work, tip, case, press.staff())
    until = work.now + timedelta(hours=work.policy.page.form_hours)
    _, address = link.make(work, KIND, case.id, by.unit_id, by, until)
    say(work, press.private, "note.file_page", sealed=True, name=case.number, address=address, until=until.isoformat())
    return Toast("sent_private")


def _reads(work: Work, found: r.Link) -> tuple[r.Case, r.Person]:
    """Whoever asked for the page, as long as they may still read the case. Raises Gone."""
    by, case = work.person(found.made_by), work.get(r.Case, found.subject_id)
    if by is None or by.account is None:
        raise Gone()
    return case, reader_of(work, work.get(r.Tip, case.tip_id), case, [by])


def facts(work: Work, found: r.Link) -> dict[str, Any]:
    """What the page lists."""
    case, _ = _reads(work, found)
    pieces = evidence.of_case(work, case)
    numbers = {e.id: n for n, e in enumerate(pieces, 1)}
    return {
        "name": case.number,
        "over": case.state is not CaseState.OPEN,
        "papers": [_paper(work, d) for d in documents.in_force(work, case.id)],
        "pieces": [
            {
                "no": numbers[e.id],
                "id": e.id,
                "kind": e.kind,
                "proof": e.proof,
                "shot": e.shot,
                "by": work.get(r.Person, e.by).label,
                "by_en": work.get(r.Person, e.by).label_en,
                "at": e.at.isoformat(),
                "taken_at": e.taken_at.isoformat() if e.taken_at else None,
                "words": e.words,
                "where": [e.latitude, e.longitude] if e.latitude is not None else None,
                "megabytes": round(e.size / 1024**2, 1),
                "name": e.name,
                "sha256": (e.sha256 or "")[:16],
                "same_as": numbers.get(e.same_as or ""),
                "like": numbers.get(e.like or ""),
                "there": e.sha256 is not None and e.state is EvidenceState.KEPT,
                "file": e.kind not in ("location", "record"),
            }
            for e in pieces
        ],
    }


def _paper(work: Work, one: r.Document) -> dict[str, Any]:
    form = documents.form_of(work, one.form)
    return {
        "ref": one.ref,
        "title": form.title,
        "title_en": form.title_en,
        "number": one.number or "",
        "state": one.state.value,
        "ending": "PDF" if one.pdf else "Word",
    }


# ── one file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def send(edge: Edge, request: web.Request, browser: str | None) -> web.StreamResponse:
    """The bytes, as they lie in the store; whoever opens them is written down first. Raises Gone and what a reader is refused with."""
    token, what = request.match_info["token"], request.match_info["what"]
    name, mime, sha256 = await edge.store.decide(partial(_opened, token, browser, what))
    shown = mime.startswith(_SEEN)
    kind = mime if mime.startswith(_NAMED) else "application/octet-stream"
    kind = f"{kind}; charset=utf-8" if kind == "text/plain" else kind
    file = quote(name)
    answer = web.StreamResponse(
        headers={
            "Content-Type": kind,
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{file}",
            "Content-Security-Policy": _POLICY if mime == "application/pdf" else f"{_POLICY}; sandbox",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    size, chunks = await edge.shelf.stream(sha256)
    answer.content_length = size
    await answer.prepare(request)
    seen = hashlib.sha256()
    async for chunk in chunks:
        seen.update(chunk)
        await answer.write(chunk)
    if seen.hexdigest() != sha256:  # `whistle audit verify` finds it too
        log.error("a kept file is not what it was", action="evidence.changed", sha256=sha256[:16])
    await answer.write_eof()
    return answer


def _opened(token: str, browser: str | None, what: str, work: Work) -> tuple[str, str, str]:
    """Name, media type and SHA-256; and the fact that it was opened."""
    found = link.live(work, token)
    if found.kind != KIND or not link.opens(work, found, browser):
        raise Gone()
    case, by = _reads(work, found)
    one = work.find(r.Evidence, what)
    if one is not None:
        if one.case_id != case.id or one.sha256 is None or one not in evidence.of_case(work, case):
            raise Gone()
        evidence.shown(work, case, by, [one], "read")
        return _named(work, case, one), one.mime, one.sha256
    paper = next((d for d in documents.in_force(work, case.id) if d.ref == what), None)
    kept = paper and (paper.pdf or paper.docx)
    if paper is None or not kept or paper.state is DocumentState.VOID:
        raise Gone()
    documents.was_printed(work, paper, by)
    title = f"{documents.form_of(work, paper.form).title}-{paper.number or case.number}"
    if paper.pdf:
        return f"{title}.pdf", "application/pdf", kept
    return f"{title}.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", kept


_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
    "audio/ogg": "ogg",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


def _named(work: Work, case: r.Case, one: r.Evidence) -> str:
    """The case's own name for a piece: never what somebody's phone called it."""
    number = next(n for n, e in enumerate(evidence.of_case(work, case), 1) if e.id == one.id)
    own = one.name.rpartition(".")[2][:5]
    ending = _ENDINGS.get(one.mime) or (own if own.isalnum() and own.isascii() else "bin")
    return f"{case.number}-{number}.{ending}"


PRESSES = {"file_page": offer}
