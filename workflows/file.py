"""卷宗: one case, one file. What lies in it, in which volume and order; what is missing, and who can supply it.

Pure: `lacks` and `index` look at a `File`, which `of` reads from the records once. What must be there follows from the course, the
stage and the county's `documents.yaml`; the rest from 行政处罚法: two officers (第四十二条), evidence (第四十六条), the whole course on
record (第四十七条), service (第六十一条), a receipt of payment (第六十七条).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from workflows import evidence
from workflows import records as r
from workflows.forms import Form, Forms
from workflows.states import ActState, CaseState, DocumentState, EvidenceState, Stage
from workflows.work import Work

_ORDER = {stage: place for place, stage in enumerate(Stage)}
"""Later stages need what the earlier ones needed."""


@dataclass(frozen=True, slots=True)
class Held:
    """One document as far as the file is concerned."""

    form: str
    state: DocumentState
    number: str
    at: datetime | None
    pages: int
    signatures: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Evidence, counted by what it is."""

    kind: str
    state: EvidenceState
    sha256: str
    at: datetime


@dataclass(frozen=True)
class File:
    """All that completeness and index depend on."""

    number: str
    course: str = ""
    """simple | ordinary; empty: no procedure was begun, so nothing of the law's is due yet."""
    stage: Stage = Stage.OPENED
    only: frozenset[str] = frozenset()
    """Which conditions of `Form.only` hold."""
    officers: int = 0
    fine: bool = False
    receipt_no: str = ""
    documents: tuple[Held, ...] = ()
    pieces: tuple[Piece, ...] = ()
    closed: bool = False
    steps: frozenset[str] = frozenset()
    """Kinds of step that are recorded."""
    agreement: str = ""
    """Number of the agreement under which it is done (委托); empty: the township's own power."""
    agreement_text: str = ""
    """SHA-256 of its published text; empty: the desk has not put it there."""
    agreement_from: datetime | None = None
    alone: bool = False
    """One officer decided on the spot, as the law of the matter allows: that paper bears one signature."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing, and who can supply it (`by`).

    `what`: document | signature | evidence | stored | officers | payment | agreement.
    """

    what: str
    form: str = ""
    by: str = "officer"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index. `form` is empty for evidence, whose `kind` says what it is."""

    volume: str
    no: int
    form: str
    kind: str
    number: str
    at: datetime | None
    pages: int
    count: int = 1
    marks: tuple[str, ...] = field(default=())


def of(work: Work, case: r.Case) -> File:
    """The file of a case as it stands."""
    procedure = work.procedure_of(case.id)
    held = tuple(
        Held(d.form, d.state, d.number or "", d.made_at, d.pages, len(d.signatures), d.id)
        for d in work.documents(case.id)
        if d.state is not DocumentState.DRAFT
    )
    pieces = tuple(
        Piece(e.kind, e.state, e.sha256 or "", e.taken_at or e.at)
        for e in evidence.of_case(work, case)
        if e.same_as is None
    )
    known = File(number=case.number, documents=held, pieces=pieces, closed=case.state is CaseState.CLOSED)
    if procedure is None:
        return known
    steps = [s for s in work.steps(case.id) if s.state is ActState.RECORDED]
    officers = len({one for one in (procedure.officer_a, procedure.officer_b) if one})
    return File(
        number=case.number,
        course=procedure.kind,
        stage=procedure.state,
        only=_conditions(work, case, procedure),
        officers=officers,
        fine=procedure.fine_fen > 0,
        receipt_no=procedure.receipt_no,
        documents=held,
        pieces=pieces,
        closed=known.closed,
        steps=frozenset(s.kind for s in steps),
        alone=alone(work, case.id),
        **_agreement(work, procedure),
    )


def _agreement(work: Work, procedure: r.Procedure) -> dict[str, Any]:
    """The 委托书 of a delegated case (第二十条): as it was when the case was begun, or put there since."""
    one = next((a for a in work.county.agreements if a.id == procedure.agreement_id), None)
    if one is None:
        return {}
    start = datetime.combine(one.valid_from, time(), ZoneInfo(work.county.timezone))
    return {
        "agreement": one.number,
        "agreement_text": procedure.agreement_text or one.text or "",
        "agreement_from": start,
    }


def alone(work: Work, case_id: str) -> bool:
    """Whether one officer decided on the spot with everything recorded, where the law of the matter allows it (R43)."""
    taken = [s for s in work.steps(case_id, "on_spot") if s.state is ActState.RECORDED]
    return bool(taken) and taken[-1].second is None


def _conditions(work: Work, case: r.Case, procedure: r.Procedure) -> frozenset[str]:
    steps = {s.kind for s in work.steps(case.id) if s.state is ActState.RECORDED}
    found = {
        "organisation": procedure.party_kind == "organisation",
        "hearing": "hearing_asked" in steps or "hearing_notice" in steps or _hearing_due(work, procedure),
        "hearing_set": "hearing_notice" in steps,
        "heard": "hearing" in steps,
        "urged": "urge" in steps or _overdue(work, procedure, steps),
        "court": "court" in steps,
        "review": procedure.reviewer is not None or "to_review" in steps,
        "ordered": "order" in steps,
        "kept": "keep" in steps,
        "seized": bool({"seizure", "seizure_urgent"} & steps),
        "handed_over": "crime_handed" in steps,
        "called": bool(work.calls_of_case(case.id)),
        "fine": procedure.fine_fen > 0 and procedure.served_on is not None,
    }
    return frozenset(name for name, holds in found.items() if holds)


def _overdue(work: Work, proc: r.Procedure, steps: set[str]) -> bool:
    """The fine was not paid by its last day, and no court has it: the party is urged in writing first (行政强制法第五十四条)."""
    owed = proc.fine_fen > 0 and proc.paid_on is None and "court_done" not in steps
    return owed and proc.pay_by is not None and proc.pay_by < work.today


def _hearing_due(work: Work, proc: r.Procedure) -> bool:
    told = max(proc.fine_fen, proc.told_fen or 0)
    return work.book.laws.get(proc.profile_id).hearing_due(proc.party_kind, proc.penalties, told)


# ── what is missing ──────────────────────────────────────────────────────────────────────────────────────────────────


def due(forms: Forms, file: File) -> list[Form]:
    """Documents that must be there at this stage, in the order of the file."""
    if not file.course:
        return []
    return sorted(
        (
            form
            for form in forms.forms
            if form.begins is not None
            and form.course in ("both", file.course)
            and (not form.only or form.only in file.only)
            and _reached(file.stage, form.begins, file.course)
        ),
        key=lambda form: (form.volume != "main", form.order),
    )


def _reached(stage: Stage, begins: Stage, course: str) -> bool:
    """A dropped case needs what it needed when it was filed; a simple one is decided in one step."""
    if stage is Stage.DROPPED:
        return begins is Stage.FILED and course == "ordinary"
    return _ORDER[stage] >= _ORDER[begins]


def lacks(forms: Forms, file: File) -> list[Lack]:
    """What is missing now, the most pressing first; nothing where nothing is due yet."""
    found: list[Lack] = []
    if not file.course:
        return found
    standing = [d for d in file.documents if d.state is not DocumentState.VOID]
    if file.course == "ordinary" and file.stage is not Stage.OPENED and file.officers < 2:
        found.append(Lack("officers"))
    if (
        _ORDER[file.stage] >= _ORDER[Stage.DECIDED if file.course == "simple" else Stage.INVESTIGATED]
        and not file.pieces
    ):
        found.append(Lack("evidence"))
    lost = sum(p.state is not EvidenceState.KEPT for p in file.pieces)
    if lost and _ORDER[file.stage] >= _ORDER[Stage.ENDED]:
        found.append(Lack("stored", by="operator", count=lost))
    for form in due(forms, file):
        among = [d for d in standing if d.form == form.code]
        if not among:
            found.append(Lack("document", form.code, form.by))
        elif (most := max(d.signatures for d in among)) < (wanted := signers(file.alone, form)):
            found.append(Lack("signature", form.code, form.by, wanted - most))
    if file.agreement and not file.agreement_text:
        found.append(Lack("agreement", by="desk"))
    if (
        file.fine
        and not file.receipt_no
        and "court_done" not in file.steps
        and file.stage in (Stage.EXECUTED, Stage.ENDED)
    ):
        found.append(Lack("payment"))
    return found


def signers(alone: bool, form: Form) -> int:
    """How many signatures a document bears: what one officer decided alone, where the law allows it, bears one."""
    return 1 if alone and form.code == "spot_decision" else form.signers


def at_end(forms: Forms, file: File) -> tuple[list[Lack], list[Lack]]:
    """What the case lacks if it is closed now: what the law wants, and what a leader may do without, saying why."""
    must: list[Lack] = []
    may: list[Lack] = []
    for one in lacks(forms, replace(file, stage=Stage.ENDED)):
        (may if _may_lack(forms, file, one) else must).append(one)
    return must, may


def _may_lack(forms: Forms, file: File, lack: Lack) -> bool:
    """A form the county lists, unless its step was taken; evidence that the store has lost, where other evidence is left."""
    if lack.what == "agreement":  # nobody of the township can supply it
        return True
    if lack.what == "stored":
        return any(p.state is EvidenceState.KEPT for p in file.pieces)
    return may_be_absent(forms, file, lack.form)


def may_be_absent(forms: Forms, file: File, code: str) -> bool:
    """A form that no law asks for in this case."""
    return code in forms.may_lack and forms.may_lack[code] not in file.steps


# ── the index ────────────────────────────────────────────────────────────────────────────────────────────────────────


def index(forms: Forms, file: File) -> list[Entry]:
    """正卷 first, each volume in the county's order; evidence stands before the decision. Void documents stay, marked so."""
    known = {form.code: form for form in forms.forms}
    drafted: list[tuple[str, int, datetime | None, Entry]] = []
    for one in file.documents:
        form = known.get(one.form)
        if form is None or one.form == "index":
            continue
        marks = ("void",) if one.state is DocumentState.VOID else ()
        entry = Entry(form.volume, 0, one.form, "", one.number, one.at, one.pages, marks=marks)
        drafted.append((form.volume, form.order, one.at, entry))
    if file.agreement:
        marks = (file.agreement_text[:8],) if file.agreement_text else ()
        entry = Entry("main", 0, "", "agreement", file.agreement, file.agreement_from, 0, marks=marks)
        drafted.append(("main", _AGREEMENT_AT, file.agreement_from, entry))
    for kind in dict.fromkeys(p.kind for p in file.pieces):
        among = [p for p in file.pieces if p.kind == kind]
        first = min(p.at for p in among)
        entry = Entry("main", 0, "", kind, "", first, len(among), count=len(among), marks=_fingerprints(among))
        drafted.append(("main", _EVIDENCE_AT, first, entry))
    ordered = sorted(drafted, key=lambda row: (row[0] != "main", row[1], row[2].timestamp() if row[2] else 0.0))
    numbered: dict[str, int] = {}
    made = []
    for volume, _, _, entry in ordered:
        numbered[volume] = numbered.get(volume, 0) + 1
        made.append(
            Entry(
                volume,
                numbered[volume],
                entry.form,
                entry.kind,
                entry.number,
                entry.at,
                entry.pages,
                entry.count,
                entry.marks,
            )
        )
    return made


_AGREEMENT_AT = 5
"""First of all: the power on which the rest stands."""
_EVIDENCE_AT = 28
"""After the records of inspection and inquiry, before what was decided."""


def _fingerprints(pieces: Iterable[Piece]) -> tuple[str, ...]:
    return tuple(p.sha256[:8] for p in pieces if p.sha256)
