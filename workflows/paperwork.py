"""文书和步骤, both ways: a paper that is signed or served moves the step it belongs to, and a step offers the paper that it needs.

检查笔录, 询问笔录, 责令改正 signed by both officers ─► the step stands, every gate passed as if it had been taken by dialog
告知书, 决定书, 催告书: 〔送达〕 ─► the step of service, whose second officer confirms; the paper is served with it
"""

from dataclasses import replace

from workflows import document as documents
from workflows import file as files
from workflows import procedure, signature
from workflows import records as r
from workflows.forms import Form
from workflows.refusals import Gone
from workflows.states import ActState, CaseState, DocumentState, Stage
from workflows.steps import BY_KIND
from workflows.work import Work

SIGNED = signature.OF_ACT
"""Both signatures stand on the signers' own phones, and the form itself says that the certificates were shown."""
SERVED = {
    "notice": "told",
    "hearing_notice": "told",
    "decision": "service",
    "spot_decision": "service",
    "urge": "urge",
}
OFFERED = 3
"""So many papers are offered at once; the rest is under 〔文书〕."""


def sign(work: Work, document: r.Document, by: r.Person) -> bool:
    """One more signature; the last one of a record is its step. Returns whether all are there. Raises what signing and the gates raise."""
    whole = documents.sign(work, document, by)
    proc = work.procedure_of(document.case_id)
    kind = SIGNED.get(document.form)
    if proc is not None and proc.officer_b is None and documents.form_of(work, document.form).by == "officer":
        procedure.together(proc, by)  # whoever signs beside the first officer is the second one
    if not whole or proc is None or kind is None or proc.state not in BY_KIND[kind].stages:
        return whole
    taken = len(work.steps(document.case_id, kind))  # recorded, or asked of the second officer
    signed = (DocumentState.SIGNED, DocumentState.SERVED)
    papers = sum(d.state in signed for d in documents.in_force(work, document.case_id, document.form))
    first = work.person(str(document.signatures[0]["by"]))
    if papers > taken and first is not None:
        answers = {"id_shown": "yes", "paper": document.number} if kind != "order" else {"paper": document.number}
        procedure.stand(work, proc, kind, first, by, answers)
    return whole


def step_of_service(work: Work, document: r.Document) -> str | None:
    """The step by which this paper is handed over, if it waits to be taken; None: the paper alone is served."""
    if document.state is not DocumentState.SIGNED:
        raise Gone()
    proc = work.procedure_of(document.case_id)
    kind = SERVED.get(document.form)
    if proc is None or kind is None or proc.state not in BY_KIND[kind].stages:
        return None
    waiting = any(s.state is ActState.PROPOSED for s in work.steps(document.case_id, kind))
    return None if waiting else kind


def wanted(work: Work, proc: r.Procedure) -> list[Form]:
    """The papers that are due at this stage and not made: those that cannot be absent first, of these the open volume."""
    case = work.get(r.Case, proc.case_id)
    if case.state is not CaseState.OPEN:
        return []
    made = {d.form for d in documents.in_force(work, case.id)}
    file = files.of(work, case)
    if proc.state is Stage.INVESTIGATED and proc.penalties:  # what is handed over tells the party: it is made first
        file = replace(file, stage=Stage.TOLD)
    due = files.due(work.book.forms, file)
    open_ones = [form for form in due if form.code not in made and form.code != "index"]
    return sorted(open_ones, key=lambda form: files.may_be_absent(work.book.forms, file, form.code))[:OFFERED]
