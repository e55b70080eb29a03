"""What a legal review looks at, and that a later change voids its opinion at once (行政处罚法第五十八条).

    looked_at(work, proc) ─► a hash, kept with the opinion        changed(work, case) ─► another hash: the opinion is void, back to 已告知

A leaf: documents, evidence and steps all call `changed` themselves, so no way in or out of the file goes past it.
"""

import hashlib
import json

from workflows import records as r
from workflows.events import Kind
from workflows.notify import tell, to_people
from workflows.states import DocumentState, EvidenceState, Stage
from workflows.work import Work

_NOT_LOOKED_AT = ("to_review", "opinion", "decision")


def digest(work: Work, case: r.Case) -> str:
    """SHA-256 of the documents in force that a review reads, and of all evidence."""
    read = {form.code for form in work.book.forms.forms if form.reviewed}
    out = (DocumentState.DRAFT, DocumentState.VOID)
    papers = sorted(
        f"{d.form}:{d.number}:{d.digest}" for d in work.documents(case.id) if d.form in read and d.state not in out
    )
    gone = (EvidenceState.REFUSED, EvidenceState.LOST)
    pieces = sorted(e.sha256 or f"{e.kind}:{e.id}:{e.words}" for e in work.evidence(case.id) if e.state not in gone)
    return hashlib.sha256("\n".join([*papers, "--", *pieces]).encode()).hexdigest()


def looked_at(work: Work, proc: r.Procedure) -> str:
    """A hash of everything the reviewer looks at: matter, facts, party, penalty, steps, documents, evidence."""
    known = work.party_of(proc.case_id)
    seen = {
        "matter": [proc.matter_code, proc.power, proc.organ_id, proc.agreement_id, proc.profile_id],
        "found": [proc.found, proc.reasons, proc.discretion, proc.place, str(proc.act_on), sorted(proc.marks)],
        "penalty": [sorted(proc.penalties), proc.fine_fen, proc.party_kind],
        "party": hashlib.sha256(known.content).hexdigest() if known else "",
        "steps": [[s.id, s.state.value, s.facts] for s in work.steps(proc.case_id) if s.kind not in _NOT_LOOKED_AT],
        "papers": digest(work, work.get(r.Case, proc.case_id)),
    }
    return hashlib.sha256(json.dumps(seen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def changed(work: Work, case: r.Case, because: str = "papers") -> None:
    """Something of the file has changed: where an opinion stands that did not see it, it stands no longer."""
    proc = work.procedure_of(case.id)
    if proc is not None:
        recheck(work, proc, because)


def recheck(work: Work, proc: r.Procedure, because: str = "papers") -> None:
    """Whether the opinion still covers what it looked at: steps, documents and evidence alike."""
    if proc.state is Stage.REVIEWED and proc.opinion == "passed" and proc.opinion_hash != looked_at(work, proc):
        void(work, proc, because)


def void(work: Work, proc: r.Procedure, because: str) -> None:
    """The legal opinion does not stand any more: back to 已告知, and reviewer and officers are told."""
    if proc.state is not Stage.REVIEWED:
        return
    proc.move(Stage.TOLD)
    proc.opinion = ""
    proc.rev += 1
    people = [p for p in map(work.person, (proc.reviewer, proc.officer_a, proc.officer_b)) if p is not None]
    work.record(Kind.REVIEW_VOIDED, proc, because=because)
    name = work.get(r.Case, proc.case_id).number
    tell(work, Kind.REVIEW_VOIDED, proc, to=to_people(work, people), name=name, step=because)
