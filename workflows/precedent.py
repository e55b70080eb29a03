"""先例: which matter is this tip, as the words say and as officers decided before? And who was ruled to be in charge of it?

The words propose, an officer decides; what was decided changes the order of later proposals, with its count and its date shown. A
precedent holds no word of a sender: only what the words alone had put first, and what was chosen instead.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.matching import TOP
from workflows.refusals import AlreadyClosed, Gone, MatterFixed, NotYours
from workflows.scrub import scrub
from workflows.states import TipState
from workflows.work import Work

MATTER, THEIRS, NOT_THEIRS = "matter", "theirs", "not_theirs"
OPEN = (TipState.SUBMITTED, TipState.ACCEPTED)


@dataclass(frozen=True)
class Proposed:
    code: str
    times: int = 0
    """How often officers chose it where the words said the same."""
    newest: datetime | None = None
    moved: bool = False
    """It stands before what the words alone put first, because of precedents."""


@dataclass(frozen=True)
class Reading:
    """What the words of a tip were taken for."""

    read_as: str
    """The matter that the words alone put first; empty where they say none."""
    matters: tuple[Proposed, ...]
    """At most three, best first."""
    words: tuple[str, ...]
    """Those that decided, of the sender and masked: for those alone who may read the tip."""
    two: bool
    """The message seems to tell of two matters; they are the first two."""


def read(work: Work, tip: r.Tip) -> Reading:
    """The proposals for this tip. Where nothing can be read any more, those that were made when it came in."""
    text = "。".join(item["text"] for item in tips.as_others_see(work, tip) if item["text"])
    found = work.book.matcher.match(text) if text else None
    codes = [g.code for g in found.guesses] if found else []
    codes = codes or [code for code in tip.guesses if work.county.has_matter(code)]
    return Reading(
        codes[0] if codes else "",
        tuple(rerank(work, codes)),
        found.words if found and found.guesses else (),
        bool(found and found.matters == 2),
    )


OFFERED = 20
"""So many matters are named to a service outside."""


def outside(work: Work, tip: r.Tip) -> tuple[str, list[tuple[str, str]]] | None:
    """Masked words and the likeliest matters for a second opinion, or None: nothing of this tip may leave the house.

    Masked again even where the sender wants the words shown: that wish was about those who handle it.
    """
    if tip.hidden or tip.by_staff:
        return None
    text = "。".join(scrub(item["text"]).text for item in tips.as_others_see(work, tip) if item["text"])
    codes = work.book.matcher.search(text, OFFERED) if text else []
    return (text, [(code, work.county.matter(code).name) for code in codes]) if codes else None


def rerank(work: Work, codes: list[str]) -> list[Proposed]:
    """The matters that the words propose, in the order that officers' choices of the same reading give them."""
    if not codes:
        return []
    votes: dict[str, list[r.Precedent]] = defaultdict(list)
    for one in work.precedents([MATTER], codes[:1], _since(work)):
        if work.county.has_matter(one.chosen):
            votes[one.chosen].append(one)
    first = len(votes[codes[0]])
    ahead = [c for c in votes if len(votes[c]) >= work.policy.precedent.needed and len(votes[c]) > first]
    ahead.sort(key=lambda c: (-len(votes[c]), c))
    order = list(dict.fromkeys([*ahead, *codes]))[:TOP]
    return [
        Proposed(c, len(votes[c]), votes[c][-1].made_at if votes[c] else None, c in ahead and c != codes[0])
        for c in order
    ]


def _since(work: Work) -> datetime:
    return work.now - timedelta(days=work.policy.precedent.days)


def may_decide(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """The seat from which one of these may say what the matter is. Raises AlreadyClosed, MatterFixed, NotYours."""
    by = tips.handler_of(work, tip, seats)
    if tip.state not in OPEN:
        raise AlreadyClosed()
    if tip.case_id and work.procedure_of(tip.case_id) is not None:
        raise MatterFixed()
    return by


def decide(work: Work, tip: r.Tip, by: r.Person, code: str) -> None:
    """The officer says which matter it is. A later choice for the same tip takes the place of the earlier one."""
    if not work.county.has_matter(code):
        raise Gone()
    before, reading = tip.matter_code, read(work, tip)
    tip.matter_code = code
    tip.rev += 1
    case = work.find(r.Case, tip.case_id)
    if case is not None:
        case.matter_code = code
    work.record(Kind.TIP_CLASSED, tip, by, matter=code, before=before, read_as=reading.read_as)
    for earlier in work.precedents_of(tip.id):
        earlier.undone_by, earlier.undone_at = by.id, work.now
    if reading.read_as and not tip.drill and not tip.hidden:
        _keep(work, MATTER, reading.read_as, code, tip.township_id or "", tip.id, by)
    live = work.whistles(case.id) if case is not None else []
    work.refresh(tip.id, *(w.id for w in live), *(c.id for w in live for c in work.calls(w.id)))


def of_dispute(work: Work, dispute: r.Dispute, call: r.Call, by: r.Person, *, theirs: bool) -> None:
    """The desk's ruling is remembered for the matter (T-04). A drill teaches nothing."""
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    if tip.matter_code is None or tip.drill:
        return
    unit = work.county.department_of(call.unit_id)
    _keep(work, THEIRS if theirs else NOT_THEIRS, tip.matter_code, unit, tip.township_id or "", dispute.id, by)


def _keep(work: Work, kind: str, read_as: str, chosen: str, township_id: str, subject_id: str, by: r.Person) -> None:
    made = work.add(
        r.Precedent(
            kind=kind,
            read_as=read_as,
            chosen=chosen,
            township_id=township_id,
            subject_id=subject_id,
            made_by=by.id,
            made_at=work.now,
        )
    )
    work.forget_rulings()
    work.record(Kind.PRECEDENT_MADE, made, by, kind=kind, read_as=read_as, chosen=chosen)


def rulings(work: Work, matter_code: str) -> dict[str, r.Precedent]:
    """Department → the newest ruling on whether this matter is theirs."""
    return {one.chosen: one for one in work.rulings(matter_code, _since(work))}


def undo(work: Work, one: r.Precedent, by: r.Person) -> None:
    """The desk takes a precedent back: it counts no more, and stays in the list with who and when. Raises AlreadyClosed, NotYours."""
    if by.role != Role.DESK:
        raise NotYours()
    if one.undone_at is not None:
        raise AlreadyClosed()
    one.undone_by, one.undone_at = by.id, work.now
    work.forget_rulings()
    work.record(Kind.PRECEDENT_UNDONE, one, by, kind=one.kind, read_as=one.read_as, chosen=one.chosen)
