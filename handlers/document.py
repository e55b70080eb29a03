"""文书 in the chat: pick a form, answer what is missing, print, sign. A half-filled form waits in the records."""

import asyncio
import base64
import io
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from handlers import filepage
from handlers import procedure as law
from handlers.edge import Edge, Press, Toast, button, grid, say, swap
from handlers.paper import CONVERTING
from messages import documents as printed
from messages.documents import case_forms
from workflows import document as documents
from workflows import file as files
from workflows import link, paperwork, printing, signature
from workflows import records as r
from workflows import tip as tips
from workflows.notify import to_person
from workflows.refusals import DocumentIncomplete, Gone, NotBound, Refusal
from workflows.states import DocumentState
from workflows.work import To, Work

log = structlog.get_logger()
_LISTED = 8
LINK = "document"
"""Kind of the one-time page on which a form is continued."""


def _case(work: Work, press: Press) -> tuple[r.Case, r.Person]:
    """The case of a tip's card, for an officer of its squad."""
    tip = tips.of_ref(work, press.ref)
    by = tips.officer_of(work, tip, press.staff())
    return work.get(r.Case, tip.case_id), by


def _document(work: Work, ref: str, seats: list[r.Person]) -> tuple[r.Document, r.Case, r.Person]:
    found = work.by_ref(r.Document, ref)
    case = work.get(r.Case, found.case_id)
    if not seats:
        raise NotBound()
    return found, case, tips.officer_of(work, work.get(r.Tip, case.tip_id), seats)


def _readable(work: Work, ref: str, seats: list[r.Person]) -> tuple[r.Document, r.Case, r.Person]:
    """For whoever may read the file, and for the leader or reviewer who is to sign it."""
    found = work.by_ref(r.Document, ref)
    case, form = work.get(r.Case, found.case_id), documents.form_of(work, found.form)
    signer = next((s for s in seats if s in signature.signers(work, case, form)), None)
    if not seats:
        raise NotBound()
    return found, case, signer or filepage.reader_of(work, work.get(r.Tip, case.tip_id), case, seats)


def menu(work: Work, press: Press) -> Toast:
    """文书: what is due now first, then the others; a tick stands before what is made."""
    case, _ = _case(work, press)
    _menu(work, press.private, case, everything=press.arg == "all")
    return Toast("sent_private")


def _menu(work: Work, to: To, case: r.Case, *, everything: bool = False) -> None:
    made = {d.form for d in documents.in_force(work, case.id)}
    begun = {d.form for d in work.documents(case.id) if d.state is DocumentState.DRAFT}
    known = files.of(work, case)
    wanted, holds = [form.code for form in files.due(work.book.forms, known)], known.only
    first = [f for f in work.book.forms.forms if f.code in wanted or f.code in made or f.code in begun]
    fits = ("both", known.course or "both") if known.course else ("both", "simple", "ordinary")
    others = [f for f in work.book.forms.forms if f not in first and f.code != "index" and f.course in fits]
    listed = [*first, *sorted(others, key=lambda f: 0 if f.only in holds else 1 if f.only in ("", "ordered") else 2)]
    shown = listed if everything else listed[: max(_LISTED, len(first))]
    keyboard = [
        button(
            (f"{_mark(f.code, made, begun)}{f.title}", f"{_mark(f.code, made, begun)}{f.title_en}"),
            f"doc.{f.code}",
            case.ref,
        )
        for f in shown
    ]
    more = [[button("doc_all", "documents.all", work.get(r.Tip, case.tip_id).ref)]] if len(shown) < len(listed) else []
    say(work, to, "ask.documents", name=case.number, keyboard=[*grid(keyboard, 2), *more])


def _mark(code: str, made: set[str], begun: set[str]) -> str:
    return "✅ " if code in made else "✏️ " if code in begun else ""


def pick(work: Work, press: Press) -> Toast:
    """One form: its draft is begun or continued; one that is made is shown with what can be done with it."""
    case = work.by_ref(r.Case, press.ref)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    form = documents.form_of(work, press.arg)
    standing = documents.in_force(work, case.id, form.code)
    waiting = [d for d in work.documents(case.id) if d.form == form.code and d.state is DocumentState.DRAFT]
    if standing and not waiting:
        _show(work, press.private, standing[-1])
    else:
        ask(work, press.private, documents.begin(work, case, form, by), None)
    return Toast("sent_private")


def again(work: Work, press: Press) -> Toast:
    """再做一份: another of the same kind, e.g. the record of a second inquiry."""
    document, case, by = _document(work, press.ref, press.staff())
    ask(work, press.private, documents.begin(work, case, documents.form_of(work, document.form), by), None)
    return Toast("sent_private")


def _words(edge: Edge) -> Callable[..., str]:
    return lambda key, **facts: edge.renderer.line("papers", key, "zh", facts)


def _known(work: Work, document: r.Document, words: Callable[..., str]) -> dict[str, Any]:
    case = work.get(r.Case, document.case_id)
    return case_forms.known(work, case, document.form, documents.given(work, document), words)


def missing_of(edge: Edge, work: Work, document: r.Document) -> list[str]:
    """Fields that neither the records nor a person has filled, in the county's order."""
    facts = _known(work, document, _words(edge))
    return work.book.forms.in_order(case_forms.missing(document.form, facts, edge.county_folder))


def _missing(edge: Edge, document_ref: str, work: Work) -> list[str]:
    return missing_of(edge, work, work.by_ref(r.Document, document_ref))


def ask(work: Work, to: To, document: r.Document, missing: list[str] | None) -> None:
    """What is still missing; None: it is looked up when the message has been pressed (the template is read outside)."""
    form = documents.form_of(work, document.form)
    case = work.get(r.Case, document.case_id)
    forms = work.book.forms
    labels = None if missing is None else [forms.spoken(name) for name in missing]
    ready = missing == []
    first = (
        [button("doc_make", "doc_make", document.ref, style="success")]
        if ready
        else [button("doc_fill", "doc_fill", document.ref, style="primary")]
    )
    page = [button("doc_page", "doc_page", document.ref)] if work.outside.public_url else []
    keyboard = [[*first, *page], *_second(work, case, missing or ()), [button("doc_drop", "doc_drop", document.ref)]]
    say(
        work,
        to,
        "ask.document",
        name=case.number,
        title=form.title,
        title_en=form.title_en,
        missing=labels,
        keyboard=keyboard,
    )


def _second(work: Work, case: r.Case, missing: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Where the paper waits for its second officer, one button names them."""
    proc = work.procedure_of(case.id)
    if proc is None or proc.officer_b is not None or not {"officers", "officers_short"} & set(missing):
        return []
    return [[law.second_button(proc)]]


def _show(work: Work, to: To, document: r.Document, *, mine: bool = True) -> None:
    """`mine`: to somebody who makes and serves it; a leader or reviewer who has signed has nothing more to do."""
    form = documents.form_of(work, document.form)
    case = work.get(r.Case, document.case_id)
    keys = [button("doc_get", "doc_get", document.ref)]
    if document.state is DocumentState.MADE:
        keys.append(button("doc_sign", "doc_sign", document.ref, style="success"))
    if document.state is DocumentState.SIGNED and documents.leaves(form):
        keys.append(button("doc_serve", "doc_serve", document.ref))
    keys += [button("doc_again", "doc_again", document.ref), button("doc_void", "doc_void", document.ref)]
    keys = keys if mine else keys[:1]
    say(
        work,
        to,
        "note.document_is",
        name=case.number,
        title=form.title,
        title_en=form.title_en,
        number=document.number or "",
        state=document.state.value,
        signed=len(document.signatures),
        signers=signature.needed(work, document, form),
        keyboard=grid(keys, 2),
    )


# ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def look(edge: Edge, press: Press) -> list[str]:
    """Which fields are missing: the template is read, which takes a moment, so outside the transaction."""
    return await edge.store.read(partial(_look, edge, press.account, press.ref))  # type: ignore[no-any-return]


def _look(edge: Edge, account: str, ref: str, work: Work) -> list[str]:
    seats = list(work.seats_of(account))
    document, _, _ = _document(work, ref, seats)
    if document.state is not DocumentState.DRAFT:
        return []
    return _missing(edge, ref, work)


def fill(work: Work, press: Press, missing: list[str]) -> Toast:
    """逐项填: the first missing field is asked for; the others follow each answer."""
    document, _, _ = _document(work, press.ref, press.staff())
    _next(work, press.private, press.account, document, missing)
    return Toast("type_private")


def _next(work: Work, to: To, account: str, document: r.Document, missing: list[str], answered: str = "") -> None:
    """The next field that somebody may type; one that was answered and is still missing is asked again, with how to write it."""
    open_ones = [name for name in missing if work.book.forms.may_type(name)]
    if not open_ones:
        ask(work, to, document, missing)
        return
    field = open_ones[0]
    work.ask(account, "document", document.ref, field=field)
    form = documents.form_of(work, document.form)
    asked = work.book.forms.spoken(field)
    say(
        work,
        to,
        "ask.document_field",
        title=form.title,
        title_en=form.title_en,
        label=asked["label"],
        label_en=asked["label_en"],
        ask=asked["ask"],
        ask_en=asked["ask_en"],
        left=len(open_ones),
        again=field if field == answered else "",
        reply_keyboard="reply",
    )


async def typed(edge: Edge, message: Any, line: str) -> None:
    """A typed field goes into the draft, and the next one is asked for."""
    account = edge.vault.account_of(message.chat.id)
    try:
        ref, field = await edge.store.decide(_keep_field, account, line)
        if ref:
            missing = await edge.store.read(partial(_missing, edge, ref))
            await edge.store.decide(_go_on, account, ref, missing, field)
    except Refusal as refusal:
        await edge.store.decide(_refused, account, refusal)


def _refused(work: Work, account: str, refusal: Refusal) -> None:
    work.unask(account)
    to = To(account=account, lang=work.identity(account).lang)
    say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken)


def _keep_field(work: Work, account: str, line: str) -> tuple[str, str]:
    prompt = work.prompt(account)
    if prompt is None or prompt.verb != "document":
        return "", ""
    work.unask(account)
    document, _, by = _document(work, prompt.ref, list(work.seats_of(account)))
    documents.fill_in(work, document, by, {str(prompt.facts["field"]): line})
    return document.ref, str(prompt.facts["field"])


def _go_on(work: Work, account: str, ref: str, missing: list[str], answered: str) -> None:
    to = To(account=account, lang=work.identity(account).lang)
    _next(work, to, account, work.by_ref(r.Document, ref), missing, answered)


def page(work: Work, press: Press) -> Toast:
    """在网页上填: a one-time page with every field; what it saves is this same draft."""
    document, case, by = _document(work, press.ref, press.staff())
    if document.state is not DocumentState.DRAFT:
        raise Gone()
    until = work.now + timedelta(hours=work.policy.page.form_hours)
    _, address = link.make(work, LINK, document.id, by.unit_id, by, until)
    form = documents.form_of(work, document.form)
    say(
        work,
        press.private,
        "note.document_page",
        sealed=True,
        name=case.number,
        title=form.title,
        title_en=form.title_en,
        address=address,
        until=until.isoformat(),
    )
    return Toast("sent_private")


# ── printing and signing ─────────────────────────────────────────────────────────────────────────────────────────────


async def prepare(edge: Edge, press: Press) -> dict[str, Any]:
    """Number it, print it, keep the files; then `sent` writes it down. Raises DocumentIncomplete, naming what is missing."""
    form, facts = await edge.store.decide(partial(_reserve, edge), press.account, press.ref)
    try:
        docx = await asyncio.to_thread(printed.fill, form, facts, edge.county_folder)
    except printed.MissingField as error:
        raise DocumentIncomplete(labels=[error.field], labels_en=[error.field]) from None
    pdf: bytes | None = None
    async with CONVERTING:
        try:
            pdf = (await asyncio.to_thread(printed.to_pdfs, [docx], archive=True))[0]
        except printed.NoConverter as error:  # the DOCX can be printed too; the PDF follows by itself
            log.warning("a PDF has to wait", action="printer.waits", papers=1, why=str(error)[:80])
    kept = {"facts": facts, "docx": await edge.shelf.put(docx), "pdf": None, "pages": 0, "files": []}
    kept["files"].append(("docx", base64.b64encode(docx).decode()))
    if pdf is not None:
        kept["pdf"], kept["pages"] = await edge.shelf.put(pdf), await asyncio.to_thread(_pages, pdf)
        kept["files"].append(("pdf", base64.b64encode(pdf).decode()))
    return kept


def _reserve(edge: Edge, work: Work, account: str, ref: str) -> tuple[str, dict[str, Any]]:
    document, _, _ = _document(work, ref, list(work.seats_of(account)))
    if document.state is not DocumentState.DRAFT:
        raise Gone()
    facts = _known(work, document, _words(edge))
    missing = work.book.forms.in_order(case_forms.missing(document.form, facts, edge.county_folder))
    if missing:
        spoken = [work.book.forms.spoken(name) for name in missing]
        raise DocumentIncomplete(labels=[s["label"] for s in spoken], labels_en=[s["label_en"] for s in spoken])
    return document.form, {**facts, "number": documents.reserve(work, document)}


def _pages(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


def sent(work: Work, press: Press, kept: dict[str, Any]) -> Toast:
    """It is made; its files leave, and it is shown with what comes next."""
    document, case, by = _document(work, press.ref, press.staff())
    documents.made(work, document, by, kept["facts"], kept["docx"], kept["pdf"], kept["pages"])
    if kept["pdf"] is None:
        printing.later(work, document)
        title = documents.form_of(work, document.form)
        say(work, press.private, "note.pdf_later", name=case.number, title=title.title, title_en=title.title_en)
    name = f"{documents.form_of(work, document.form).title}-{document.number or case.number}"
    for ending, content in kept["files"]:
        work.send(
            "file",
            "owner",
            press.private,
            act="file",
            facts={"name": f"{name}.{ending}", "content": content},
            sealed=True,
        )
    _show(work, press.private, document)
    return Toast("sent_private")


async def fetch(edge: Edge, press: Press) -> list[tuple[str, str]]:
    """The kept files of a document, read from the store and checked."""
    names = await edge.store.read(_names, press.account, press.ref)
    return [(name, base64.b64encode(await edge.shelf.get(kept)).decode()) for name, kept in names]


def _names(work: Work, account: str, ref: str) -> list[tuple[str, str]]:
    document, case, _ = _readable(work, ref, list(work.seats_of(account)))
    title = f"{documents.form_of(work, document.form).title}-{document.number or case.number}"
    return [(f"{title}.{ending}", kept) for ending, kept in (("docx", document.docx), ("pdf", document.pdf)) if kept]


def get(work: Work, press: Press, found: list[tuple[str, str]]) -> Toast:
    document, _, by = _readable(work, press.ref, press.staff())
    documents.was_printed(work, document, by)
    for name, content in found:
        work.send("file", "owner", press.private, act="file", facts={"name": name, "content": content}, sealed=True)
    return Toast("sent_private")


def sign(work: Work, press: Press) -> Toast:
    """签字, on the signer's own phone. What needs a second officer is offered to whoever is named on it."""
    found = work.by_ref(r.Document, press.ref)
    case, form = work.get(r.Case, found.case_id), documents.form_of(work, found.form)
    by = documents.signer_of(work, found, press.staff())
    if form.by in ("leader", "reviewer", "host") and by not in signature.signers(work, case, form):
        return Toast("asked_signer" if documents.ask_signer(work, found, by) else "no_signer", alert=True)
    whole = paperwork.sign(work, found, by)
    if not whole:
        documents.ask_second(work, found, by)
    maker = work.person(found.made_by)
    if whole and maker is not None and maker.account != press.account:
        for to in to_person(work, maker):  # whoever made it goes on from here
            _show(work, to, found)
    _show(work, press.private, found, mine=form.by not in ("leader", "reviewer"))
    return Toast("noted")


def serve(work: Work, press: Press) -> Toast:
    document, _, by = _document(work, press.ref, press.staff())
    kind, proc = paperwork.step_of_service(work, document), work.procedure_of(document.case_id)
    if kind is not None and proc is not None:
        return law.start(work, press, proc, kind)
    documents.serve(work, document, by)
    _show(work, press.private, document)
    return Toast("noted")


def void(work: Work, press: Press) -> Toast:
    """作废: why? The next typed line says it."""
    document, case, _ = _document(work, press.ref, press.staff())
    work.ask(press.account, "document_void", document.ref)
    say(
        work, press.private, "ask.document_void", name=case.number, number=document.number or "", reply_keyboard="reply"
    )
    return Toast("type_private")


def voided(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    document, case, by = _document(work, prompt.ref, seats)
    documents.void(work, document, by, text)
    work.unask(prompt.account)
    say(work, to, "note.document_voided", name=case.number, number=document.number or "", reply_keyboard="none")


def drop(work: Work, press: Press) -> Toast:
    """不做了: a draft goes; nothing of it was ever a document."""
    document, case, by = _document(work, press.ref, press.staff())
    if document.state is not DocumentState.DRAFT:
        raise Gone()
    documents.void(work, document, by, "")
    swap(work, press, "note.document_dropped", name=case.number)
    return Toast("noted")


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def file(work: Work, press: Press) -> Toast:
    """卷宗: what lies in it, and what is missing and who can supply it."""
    case, _ = _case(work, press)
    found = files.of(work, case)
    forms = work.book.forms
    entries = [
        {
            "volume": e.volume,
            "no": e.no,
            "title": _title(work, e.form),
            "title_en": _title(work, e.form, "en"),
            "kind": e.kind,
            "number": e.number,
            "count": e.count,
            "void": "void" in e.marks,
        }
        for e in files.index(forms, found)
    ]
    lacks = [
        {
            "what": one.what,
            "title": _title(work, one.form),
            "title_en": _title(work, one.form, "en"),
            "by": one.by,
            "count": one.count,
        }
        for one in files.lacks(forms, found)
    ]
    look = [button("see_evidence", "see_evidence", press.ref)] if found.pieces else []
    look += filepage.offered(work, press.ref)
    proc = work.procedure_of(case.id)
    second = [[law.second_button(proc)]] if proc is not None and any(o["what"] == "officers" for o in lacks) else []
    say(
        work,
        press.private,
        "note.file_is",
        name=case.number,
        entries=entries,
        lacks=lacks,
        begun=bool(found.course),
        keyboard=[*second, [button("documents", "documents", press.ref), *look]],
    )
    return Toast("sent_private")


def _title(work: Work, code: str, lang: str = "zh") -> str:
    form = work.book.forms.form(code)
    return "" if form is None else form.title if lang == "zh" else form.title_en


def _prepared(work: Work, press: Press) -> Toast:
    """These verbs are always prepared outside the transaction first."""
    raise Gone()


SLOW: dict[str, Callable[[Edge, Press], Awaitable[Any]]] = {"doc_fill": look, "doc_make": prepare, "doc_get": fetch}
PREPARED: dict[str, Callable[[Work, Press, Any], Toast]] = {"doc_fill": fill, "doc_make": sent, "doc_get": get}
OUTSIDE = {"document": typed}
PRESSES: dict[str, Callable[[Work, Press], Toast]] = {
    **dict.fromkeys(SLOW, _prepared),
    "documents": menu,
    "doc": pick,
    "doc_again": again,
    "doc_page": page,
    "doc_sign": sign,
    "doc_serve": serve,
    "doc_void": void,
    "doc_drop": drop,
    "file": file,
}
