"""Clocks of law: which terms run on a case, when they end, who is reminded ahead, and that they passed.

    begin(work, proc, TermId.DECIDE) ─► a deadline row "term.ends" and one "term.remind" for each reminder of the profile

Lengths are data (`law_profiles.yaml`). Each term has rows of its own, named `<procedure>:<term>`, so that ending one leaves the others.
A term that passed is a fact, told once; it undoes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from workflows import gates, publication
from workflows import records as r
from workflows.events import Kind
from workflows.lawprofile import Length, TermId
from workflows.notify import tell, to_people
from workflows.states import CaseState, Stage
from workflows.work import Work

ENDS, REMIND = "term.ends", "term.remind"
RIGHTS = (TermId.RECONSIDER, TermId.SUE, TermId.HEARING_ASK)
"""Terms of the party: nobody of the staff is late when they end, so nobody is told that they passed."""
LEADERS = (TermId.CRIME_DECIDE, TermId.SEIZE_REPORT)
"""Terms in which the leader has to act: the leader hears of them too."""


@dataclass(frozen=True, slots=True)
class Running:
    term: TermId
    ends: datetime
    rule: str
    verified: bool


def begin(work: Work, proc: r.Procedure, term: TermId, start: datetime | None = None) -> datetime:
    """The term runs from `start` (now); an earlier run of the same term is overtaken. Returns its last moment."""
    rule = work.book.laws.get(proc.profile_id).terms[term]
    ends = rule.ends(start or work.now, work.county)
    stop(work, proc, term)
    key = f"{proc.id}:{term.value}"
    for ahead in rule.remind_hours:
        at = ends - timedelta(hours=ahead)
        if at > work.now:
            work.due(REMIND, key, at, ends=ends.isoformat())
    work.due(ENDS, key, ends, ends=ends.isoformat(), start=(start or work.now).isoformat())
    work.record(Kind.TERM_BEGAN, proc, term=term.value, ends=ends.isoformat(), rule=rule.rule)
    return ends


def stop(work: Work, proc: r.Procedure, *terms: TermId) -> None:
    """What these terms waited for has happened; without any, all of them end."""
    for term in terms or tuple(TermId):
        work.cancel(f"{proc.id}:{term.value}", outcome="done")


def recount(work: Work) -> int:
    """The county's calendar may have changed (调休 announced, a day added): every term of working days that runs is counted anew.

    Done at every start of the process and when `calendar.csv` changes under it (`bot/workdays.py`). What moved is a fact, and whoever
    has to act is told. Returns how many.
    """
    moved = 0
    for row in work.deadlines_open(ENDS):
        proc, term = _of(work, row)
        if proc is None or _over(work, proc) or not row.facts.get("start"):
            continue
        rule = work.book.laws.get(proc.profile_id).terms[term]
        if rule.unit is not Length.WORKDAYS:
            continue
        start = datetime.fromisoformat(row.facts["start"])
        ends = rule.ends(start, work.county)
        if ends == datetime.fromisoformat(row.facts["ends"]):
            continue
        was = row.facts["ends"]
        begin(work, proc, term, start)
        work.record(Kind.TERM_MOVED, proc, term=term.value, was=was, ends=ends.isoformat())
        facts = {
            "name": work.get(r.Case, proc.case_id).number,
            "term": term.value,
            "was": was,
            "ends": ends.isoformat(),
        }
        tell(work, Kind.TERM_MOVED, proc, to=to_people(work, concerned(work, proc, term)), **facts)
        moved += 1
    return moved


def running(work: Work, proc: r.Procedure) -> list[Running]:
    """The terms that run, the next to end first."""
    profile = work.book.laws.get(proc.profile_id)
    found = []
    for row in work.deadlines_of([f"{proc.id}:{t.value}" for t in TermId], ENDS):
        term = TermId(row.subject_id.rpartition(":")[2])
        rule = profile.terms[term]
        found.append(Running(term, row.due_at, rule.rule or "policy", rule.verified))
    return sorted(found, key=lambda one: one.ends)


def remind(work: Work, row: r.Deadline) -> None:
    """Ahead of the end: whoever has to act reads what ends when."""
    proc, term = _of(work, row)
    if proc is None or _over(work, proc):
        return
    work.record(Kind.TERM_REMINDED, proc, term=term.value, ends=row.facts["ends"])
    tell(
        work,
        Kind.TERM_REMINDED,
        proc,
        to=to_people(work, concerned(work, proc, term)),
        **term_facts(work, proc, term, row),
    )


def ended(work: Work, row: r.Deadline) -> None:
    """The term has passed with nothing done: a fact, told once."""
    proc, term = _of(work, row)
    if proc is None or _over(work, proc):
        return
    work.record(Kind.TERM_ENDED, proc, term=term.value, ends=row.facts["ends"])
    if term is TermId.WITHDRAW:
        publication.lapse(work, proc)
    if term not in RIGHTS:
        tell(
            work,
            Kind.TERM_ENDED,
            proc,
            to=to_people(work, concerned(work, proc, term)),
            **term_facts(work, proc, term, row),
        )


def _of(work: Work, row: r.Deadline) -> tuple[r.Procedure | None, TermId]:
    proc_id, _, term = row.subject_id.rpartition(":")
    return work.find(r.Procedure, proc_id), TermId(term)


def _over(work: Work, proc: r.Procedure) -> bool:
    """The case ended in another way: handed over, merged, dropped."""
    closed = work.get(r.Case, proc.case_id).state is CaseState.CLOSED
    return proc.state is Stage.DROPPED or (closed and proc.state is not Stage.ENDED)


def term_facts(work: Work, proc: r.Procedure, term: TermId, row: r.Deadline) -> dict[str, Any]:
    rule = work.book.laws.get(proc.profile_id).terms[term]
    name = work.get(r.Case, proc.case_id).number
    return {
        "name": name,
        "term": term.value,
        "ends": row.facts["ends"],
        "rule": rule.rule or "",
        "verified": rule.verified,
    }


def concerned(work: Work, proc: r.Procedure, term: TermId) -> list[r.Person]:
    """Who has to act before this term ends."""
    if term is TermId.REVIEW:
        return reviewers(work, proc)
    if term is TermId.PUBLISH:
        return publishers(work, proc)
    people = [p for p in map(work.person, (proc.officer_a, proc.officer_b)) if p is not None]
    return [*people, *gates.leaders(work, proc)] if term in LEADERS else people


def reviewers(work: Work, proc: r.Procedure) -> list[r.Person]:
    """Who may give the legal opinion: of the squad, and no handler of the case (第五十八条)."""
    squad = work.county.squad_of(proc.township_id).id
    handled = gates.handlers(proc)
    return [p for p in work.people(squad, on_duty=None) if p.may_review and p.id not in handled]


def publishers(work: Work, proc: r.Procedure) -> list[r.Person]:
    """Who decides on publication: the reviewers of the squad, whoever looked at the case before."""
    squad = work.county.squad_of(proc.township_id).id
    return [p for p in work.people(squad, on_duty=None) if p.may_review]


def late_fen(fine_fen: int, pay_by: date, day: date) -> int:
    """加处罚款: three per cent of the fine a day after the last day to pay, never more than the fine (第七十二条). In fen."""
    days = max(0, (day - pay_by).days)
    return min(fine_fen, fine_fen * 3 * days // 100)
