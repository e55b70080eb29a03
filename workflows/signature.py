"""签字: who may sign which document of a case.

What officers sign is for the two who are named on that act, and printed on the paper; an approval for the head who approved it; the
opinion for the reviewer who gave it; the record of a hearing for whoever held it. Coordination papers, and papers of a case without a
procedure, are for any certified officer of the squad.
"""

from collections.abc import Sequence

from workflows import file as files
from workflows import gates
from workflows import records as r
from workflows.county import Role
from workflows.forms import Form
from workflows.gates import GateShut
from workflows.refusals import NotCertified, NotNamed, SamePerson
from workflows.states import ActState, DocumentState
from workflows.work import Work

OF_ACT = {"site_record": "inspection", "inquiry": "inquiry", "order": "order"}
"""A record bears the two officers of its own act; the others those of the case."""
OF_APPROVAL = {"decision": "decision", "visit_approval": "firm_approval", "court_request": "court"}
"""An approval on paper is signed by whoever approved the step."""


def named(work: Work, case: r.Case, form: str) -> list[str]:
    """The officers (their ids) whose act a document of this form writes down: as it stands now, the first officer first."""
    proc = work.procedure_of(case.id)
    if proc is None:
        return []
    kind = OF_ACT.get(form)
    if kind is not None:
        acts = [s for s in work.steps(case.id, kind) if s.state is ActState.RECORDED]
        by_paper = {str(s.facts["paper"]) for s in acts if s.facts.get("paper")}
        out = (DocumentState.DRAFT, DocumentState.VOID)
        written = [d for d in work.documents(case.id) if d.form == form and d.state not in out]
        told = [s for s in acts if not s.facts.get("paper")]
        place = sum(d.number not in by_paper for d in written)
        if place < len(told):  # an act that has no paper yet
            return [one for one in (told[place].by, told[place].second) if one]
    return [one for one in (proc.officer_a, proc.officer_b) if one]


def needed(work: Work, document: r.Document, form: Form) -> int:
    """How many signatures this one bears."""
    return files.signers(files.alone(work, document.case_id), form)


def check(work: Work, document: r.Document, form: Form, printed: Sequence[str], by: r.Person) -> None:
    """Raise NotCertified, GateShut, SamePerson or NotNamed unless this person may sign. `printed`: ids of the officers on the paper."""
    if form.by in ("officer", "squad"):
        _officer(work, document, form, printed, by)
        return
    able = signers(work, work.get(r.Case, document.case_id), form)
    if by.id not in {p.id for p in able}:
        raise _for(able)
    proc = work.procedure_of(document.case_id)
    handlers = gates.handlers(proc) if proc is not None else set()
    if by.id in handlers or (by.account is not None and by.account in gates.accounts(work, handlers)):
        raise SamePerson()


def _officer(work: Work, document: r.Document, form: Form, printed: Sequence[str], by: r.Person) -> None:
    if not gates.certified(work, by):
        raise NotCertified()
    proc = work.procedure_of(document.case_id)
    tip = work.find(r.Tip, work.get(r.Case, document.case_id).tip_id)
    if by.id in {*(proc.recused if proc else ()), *(tip.conflicted if tip else ())}:
        raise GateShut("recusal", "CF43", who=by.label, who_en=by.label_en)
    if proc is None or form.by == "squad" or by.id in printed:
        return
    free = needed(work, document, form) - len(printed)
    strangers = sum(str(one["by"]) not in printed for one in document.signatures)
    if strangers >= free:
        raise _for([p for p in map(work.person, printed) if p is not None])


def _for(people: Sequence[r.Person]) -> NotNamed:
    return NotNamed([p.label for p in people], [p.label_en or p.label for p in people])


def signers(work: Work, case: r.Case, form: Form) -> list[r.Person]:
    """Who signs what is not the officers': 负责人 of the organ in whose name it is done, its reviewer, or who held its hearing."""
    proc = work.procedure_of(case.id)
    if form.by == "leader":
        heads = (
            gates.leaders(work, proc) if proc is not None else list(work.people(case.township_id, Role.TOWNSHIP_LEADER))
        )
        kind = OF_APPROVAL.get(form.code)
        given = [s for s in work.steps(case.id, kind) if s.state is ActState.RECORDED] if kind else []
        own = [p for p in heads if given and p.id == given[-1].second and p.account is not None]
        return own or heads
    if form.by == "host":
        steps = [s for s in work.steps(case.id, "hearing") if s.state is ActState.RECORDED]
        chaired = work.person(steps[-1].by) if steps else None
        return [chaired] if chaired is not None and chaired.account is not None else []
    if form.by != "reviewer":
        return []
    gave = work.person(proc.reviewer) if proc is not None else None
    if gave is not None and gave.account is not None:
        return [gave]
    squad = work.county.squad_of(case.township_id).id
    return [p for p in work.people(squad, on_duty=None) if p.may_review]
