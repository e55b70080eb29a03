"""文书: the documents of a case, from the first field that is typed to what is served.

    draft ─ made (numbered, its DOCX and PDF kept by content) ─ signed ─ served        draft | made | signed | served → void

A draft survives a restart and is continued in the chat or on a page. What is in a document is sealed with a key of its own: it names the
party. Once made, it never changes: a mistake is voided with a reason and made anew under the next number. `digest` tells a legal review
whether anything it looked at has changed since (行政处罚法第五十八条).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workflows import records as r
from workflows import reviewed, signature
from workflows.events import Kind
from workflows.forms import Form
from workflows.notify import tell, to_people
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotYours, SamePerson
from workflows.states import CaseState, DocumentState
from workflows.work import Work

LONGEST = 4000
"""Characters of one typed field."""
LONGEST_NAME = 60
"""Characters of the name of a field; a county's own template may have fields of its own."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
OF_DECISION = ("decision", "spot_decision")
"""These bear the number that the step of the decision was given."""
OF_THE_OFFICE = frozenset({"filing", "site_record", "inquiry", "hearing_record", "receipt", "closing", "index"})
"""Records and approvals in the open volume: they are signed, and handed to nobody."""


def form_of(work: Work, code: str) -> Form:
    found = work.book.forms.form(code)
    if found is None:
        raise Gone()
    return found


def in_force(work: Work, case_id: str, form: str | None = None) -> list[r.Document]:
    """Documents that are made and not void, in the order in which they were made."""
    out = (DocumentState.DRAFT, DocumentState.VOID)
    return [d for d in work.documents(case_id) if d.state not in out and (form is None or d.form == form)]


def begin(work: Work, case: r.Case, form: Form, by: r.Person) -> r.Document:
    """The draft of this form that waits to be continued, or a new one. Raises AlreadyClosed."""
    for one in work.documents(case.id):
        if one.form == form.code and one.state is DocumentState.DRAFT:
            return one
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    key = work.vault.new_key()
    sealed = work.vault.seal(key, {"given": {}, "facts": {}})
    made = r.Document(case_id=case.id, form=form.code, key=key, content=sealed, begun_by=by.id, begun_at=work.now)
    work.add(made)
    work.record(Kind.DOCUMENT_BEGUN, made, by, form=form.code)
    return made


def _content(work: Work, document: r.Document) -> dict[str, Any]:
    found: dict[str, Any] = work.vault.unseal(document.key, document.content)
    return found


def given(work: Work, document: r.Document) -> dict[str, Any]:
    """What people typed into it."""
    found: dict[str, Any] = _content(work, document)["given"]
    return found


def facts(work: Work, document: r.Document) -> dict[str, Any]:
    """All that is printed in it, as it was when it was made; empty for a draft."""
    found: dict[str, Any] = _content(work, document)["facts"]
    return found


def printable(text: str) -> str:
    """Without the characters that no document can hold (XML 1.0): pasted text brings them along, and nobody sees them."""
    return _UNPRINTABLE.sub("", text)


def fill_in(work: Work, document: r.Document, by: r.Person, fields: Mapping[str, str]) -> None:
    """Type fields of a draft; an empty text takes one away. Raises AlreadyDone once it is made."""
    if document.state is not DocumentState.DRAFT:
        raise AlreadyDone(by=work.person(document.made_by), at=document.made_at)
    before = given(work, document)
    kept = dict(before)
    for name, text in fields.items():
        if not name.isidentifier() or len(name) > LONGEST_NAME or not work.book.forms.may_type(name):
            raise Gone()
        words = printable(text).strip()[:LONGEST]
        if words:
            kept[name] = words
        else:
            kept.pop(name, None)
    changed = sorted(name for name in fields if kept.get(name) != before.get(name))
    if changed:
        document.content = work.vault.seal(document.key, {"given": kept, "facts": {}})
        document.rev += 1
        work.record(Kind.DOCUMENT_FILLED, document, by, form=document.form, fields=changed)


def organ_of(work: Work, case: r.Case) -> str:
    """In whose name: the procedure's organ, the township before there is one (R44)."""
    procedure = work.procedure_of(case.id)
    return procedure.organ_id if procedure is not None else case.township_id


def reserve(work: Work, document: r.Document) -> str:
    """The number that it will bear, given once: a draft that is continued after a kill keeps it. Empty for a form without numbers."""
    if document.state is DocumentState.DRAFT and document.number is None:
        case = work.get(r.Case, document.case_id)
        document.number = _next_number(work, case, form_of(work, document.form)) or None
    return document.number or ""


def _next_number(work: Work, case: r.Case, form: Form) -> str:
    """One series per organ, form and year; a decision bears the number it was given with its step."""
    procedure = work.procedure_of(case.id)
    if form.code in OF_DECISION and procedure is not None and procedure.number:
        taken = {d.number for d in work.documents(case.id)}
        if procedure.number not in taken:
            return procedure.number
    if not form.word:
        return ""
    organ = organ_of(work, case)
    short = next((t.short for t in work.county.townships if t.id == organ), "") or work.county.unit(organ).short
    count = work.next_decision_number(organ, f"doc:{form.code}", work.today.year)
    return work.book.forms.number.format(short=short, word=form.word, year=work.today.year, count=count)


def made(
    work: Work, document: r.Document, by: r.Person, facts: dict[str, Any], docx: str, pdf: str | None, pages: int
) -> r.Document:
    """It is numbered, printed and kept. `docx`, `pdf`: SHA-256 of the files in the store."""
    if document.state is not DocumentState.DRAFT:
        raise AlreadyDone(by=work.person(document.made_by), at=document.made_at)
    case = work.get(r.Case, document.case_id)
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    facts = {"named": signature.named(work, case, document.form), **facts}
    document.content = work.vault.seal(document.key, {"given": given(work, document), "facts": facts})
    document.move(DocumentState.MADE)
    document.made_by, document.made_at = by.id, work.now
    document.docx, document.pdf, document.pages = docx, pdf, pages
    document.digest = digest_of(document.form, facts)
    work.record(
        Kind.DOCUMENT_MADE, document, by, form=document.form, number=document.number, digest=document.digest, docx=docx
    )
    _changed(work, case)
    return document


def sign(work: Work, document: r.Document, by: r.Person) -> bool:
    """One more signature, on the signer's own phone. Returns whether all are there. Raises SamePerson and what `signature.check` raises."""
    if document.state is not DocumentState.MADE:
        raise AlreadyDone(by=work.person(document.made_by), at=document.made_at)
    account = by.account
    for one in document.signatures:
        signer = work.person(str(one["by"]))
        if one["by"] == by.id or (signer is not None and signer.account == account):
            raise SamePerson()
    form = form_of(work, document.form)
    signature.check(work, document, form, printed(work, document), by)
    document.signatures = [*document.signatures, {"by": by.id, "at": work.now.isoformat()}]
    work.record(Kind.DOCUMENT_SIGNED, document, by, form=document.form, number=document.number)
    whole = len(document.signatures) >= signature.needed(work, document, form)
    if whole:
        document.move(DocumentState.SIGNED)
    else:
        document.rev += 1
    _changed(work, work.get(r.Case, document.case_id))
    return whole


def printed(work: Work, document: r.Document) -> list[str]:
    """Ids of the officers whose act it writes down, as they stood when it was made."""
    kept = facts(work, document).get("named")
    if isinstance(kept, list):
        return [str(one) for one in kept]
    procedure = work.procedure_of(document.case_id)  # made before this was kept
    return [p for p in (procedure.officer_a, procedure.officer_b) if p] if procedure is not None else []


def signer_of(work: Work, document: r.Document, seats: list[r.Person]) -> r.Person:
    """The seat from which one of these people may sign it, else any of theirs near the case. Raises NotYours."""
    case, form = work.get(r.Case, document.case_id), form_of(work, document.form)
    near = {case.township_id, work.county.squad_of(case.township_id).id, organ_of(work, case)}
    among = [s for s in seats if s.unit_id in near]
    if not among:
        raise NotYours()
    theirs = {*printed(work, document), *(p.id for p in signature.signers(work, case, form))}
    return next((s for s in among if s.id in theirs), among[0])


def ask_second(work: Work, document: r.Document, by: r.Person) -> None:
    """Whoever else may sign is asked in private: the other officer named on it, else the certified colleagues on duty."""
    case = work.get(r.Case, document.case_id)
    signed = {str(one["by"]) for one in document.signatures}
    people = [p for p in map(work.person, printed(work, document)) if p is not None and p.id not in signed]
    if not people:
        squad = work.county.squad_of(case.township_id).id
        people = [p for p in work.people(squad, on_duty=True) if p.may_handle and p.account != by.account]
    form = form_of(work, document.form)
    _ask_to_sign(work, document, form, by, people[:3], signed=True)


def _ask_to_sign(
    work: Work, document: r.Document, form: Form, by: r.Person, people: Sequence[r.Person], *, signed: bool
) -> None:
    tell(
        work,
        Kind.DOCUMENT_SIGNED,
        document,
        to=to_people(work, people),
        name=work.get(r.Case, document.case_id).number,
        title=form.title,
        title_en=form.title_en,
        number=document.number or "",
        who=by.label,
        who_en=by.label_en,
        signed=signed,
    )


def ask_signer(work: Work, document: r.Document, by: r.Person) -> list[r.Person]:
    """What a leader or a reviewer signs is sent to their own phones. Returns whom; nobody where none of them has joined."""
    case, form = work.get(r.Case, document.case_id), form_of(work, document.form)
    people = [p for p in signature.signers(work, case, form) if p.account is not None and p.account != by.account][:3]
    _ask_to_sign(work, document, form, by, people, signed=False)
    return people


def leaves(form: Form) -> bool:
    """Whether this paper is handed to somebody outside, so that its service can be noted."""
    return form.volume == "main" and form.code not in OF_THE_OFFICE


def was_printed(work: Work, document: r.Document, by: r.Person) -> None:
    """Somebody took a copy."""
    work.record(Kind.DOCUMENT_PRINTED, document, by, form=document.form, number=document.number)


def serve(work: Work, document: r.Document, by: r.Person) -> None:
    """送达: handed over; the receipt of service is a document of its own."""
    if document.state is not DocumentState.SIGNED:
        raise AlreadyDone(by=work.person(document.made_by), at=document.served_at)
    document.move(DocumentState.SERVED)
    document.served_at = work.now
    work.record(Kind.DOCUMENT_SERVED, document, by, form=document.form, number=document.number)
    _changed(work, work.get(r.Case, document.case_id))


def void(work: Work, document: r.Document, by: r.Person, why: str) -> None:
    """作废: it stays in the file, with its number and the reason. Raises AlreadyDone."""
    if document.state is DocumentState.VOID:
        raise AlreadyDone(by="", at=document.voided_at)
    was = document.state
    document.move(DocumentState.VOID)
    document.voided_at, document.why = work.now, why.strip()[:200]
    if was is not DocumentState.DRAFT:
        work.record(Kind.DOCUMENT_VOIDED, document, by, form=document.form, number=document.number, why=document.why)
        _changed(work, work.get(r.Case, document.case_id))


def _changed(work: Work, case: r.Case) -> None:
    tip = work.get(r.Tip, case.tip_id)
    tip.rev += 1
    work.refresh(tip.id)
    reviewed.changed(work, case)


# ── has anything changed? ────────────────────────────────────────────────────────────────────────────────────────────


def digest_of(form: str, facts: Mapping[str, Any]) -> str:
    """SHA-256 of what a document says, whatever its look."""
    said = json.dumps([form, dict(facts)], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(said.encode()).hexdigest()
