"""/review: the legal reviewer's queue, with the reviewer's own term and what changed since; then what waits to be published."""

from datetime import datetime
from typing import Any

from handlers.edge import Press, Toast, button, say
from handlers.procedure import next_buttons, of_squad, procedure_view
from handlers.public import waiting
from handlers.said import Said
from workflows import evidence, gates, publication, reviewed, term
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.gates import GateShut
from workflows.lawprofile import TermId
from workflows.work import Work


def review(work: Work, said: Said) -> None:
    """/review: what waits for an opinion, since when, until when, and what changed since the last look."""
    seat = said.seat(Role.LEGAL_REVIEWER)
    townships = work.county.unit(seat.unit_id).township_ids
    found = work.procedures_waiting(townships)
    due = [one for one in publication.due(work, townships) if one.term is TermId.PUBLISH]
    listed = []
    for proc in found:
        ends = next((t.ends for t in term.running(work, proc) if t.term is TermId.REVIEW), None)
        listed.append(
            {
                "name": work.get(r.Case, proc.case_id).number,
                "matter": proc.matter_code,
                "why": gates.review_why(work, proc),
                "ends": ends.isoformat() if ends else None,
                "changed": len(_since(work, proc, seat)),
                "first": _last_look(work, proc, seat) is None,
            }
        )
    keyboard = [
        [button((str(one["name"]), str(one["name"])), "law_look", proc.ref)]
        for one, proc in zip(listed, found, strict=True)
    ]
    public = waiting(work, due)
    keyboard += [
        [button((name, name), "law_look", one.proc.ref)]
        for one, name in zip(due, (c["name"] for c in public), strict=False)
    ]
    say(work, said.me, "note.reviews", cases=listed, public=public, keyboard=keyboard)


def _last_look(work: Work, proc: r.Procedure, reviewer: r.Person) -> datetime | None:
    return max((e.at for e in work.events_of(proc.id, Kind.REVIEW_LOOKED) if e.by == reviewer.id), default=None)


def _since(work: Work, proc: r.Procedure, reviewer: r.Person) -> list[dict[str, Any]]:
    """Steps, documents and evidence that are new since this reviewer last looked; everything before the first look."""
    last = _last_look(work, proc, reviewer)

    def new(at: datetime | None) -> bool:
        return at is not None and (last is None or at > last)

    steps = [{"step": s.kind} for s in work.steps(proc.case_id) if new(s.recorded_at)]
    papers = []
    for one in work.documents(proc.case_id):
        form = work.book.forms.form(one.form)
        if form is not None and (new(one.made_at) or (one.made_at and new(one.voided_at))):
            void = one.voided_at is not None
            papers.append({"step": "", "title": form.title, "title_en": form.title_en, "void": void, "pieces": 0})
    pieces = sum(new(e.at) for e in evidence.of_case(work, work.get(r.Case, proc.case_id)))
    return [*steps, *papers, *([{"step": "", "title": "", "pieces": pieces}] if pieces else [])]


def law_look(work: Work, press: Press) -> Toast:
    """The reviewer opens a file: what is new since last time, and the opinion's buttons."""
    proc = work.by_ref(r.Procedure, press.ref)
    by = of_squad(work, proc.township_id, press.staff())
    if not by.may_review:
        raise GateShut("reviewer", "CF58")
    reviewed.recheck(work, proc)
    since, first = _since(work, proc, by), _last_look(work, proc, by) is None
    work.record(Kind.REVIEW_LOOKED, proc, by, new=len(since))
    say(
        work,
        press.private,
        "note.procedure",
        since=since,
        first=first,
        keyboard=next_buttons(work, proc, press.seats),
        **procedure_view(work, proc),
    )
    return Toast()


PRESSES = {"law_look": law_look}
