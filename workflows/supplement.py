"""补证: the squad asks a grid inspector of the place for pictures; what comes is held until whoever handles the case takes it in.

    asked ─ sending ─ handed in (发完了, or ten minutes after the first piece) ─ taken | declined
      └─ unable | a day without a word: lapsed

The officer asks, an inspector never offers: so a picture in the file says nothing about who sent the tip, whether or not it was that
inspector. What inspectors have to add to a tip of their own goes where the tip is: sealed. Nobody opens the tip for any of this.
"""

from collections.abc import Sequence
from datetime import timedelta

from workflows import evidence, wish
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotYours, TooMuch
from workflows.states import CaseState, EvidenceState
from workflows.work import To, Work

KIND = VERB = "supplement"
OPEN = ("asked", "sending")


def inspectors(work: Work, tip: r.Tip) -> list[r.Person]:
    """Who may be asked: the inspectors of the village, else of the township; in the order of the grids, whoever sent the tip."""
    if tip.township_id is None:
        return []
    grids = [g for g in work.county.grids if g.township_id == tip.township_id]
    near = [g for g in grids if g.village_id == tip.village_id] or grids
    found = work.people([g.id for g in near], Role.GRID_INSPECTOR, on_duty=None)
    able = [p for p in found if p.account is not None and p.id not in tip.conflicted]
    return sorted(able, key=lambda p: p.unit_id)


def open_for(work: Work, case: r.Case) -> bool:
    """An open case that the township handles itself; what the county keeps from the village is asked of nobody there, and a matter whose
    sender wishes that the place is not looked at alone neither."""
    tip = work.get(r.Tip, case.tip_id)
    alone = not wish.goes_with_others(tip, work.merged_into(tip.id))
    return case.state is CaseState.OPEN and not case.hidden and not case.drill and alone and bool(inspectors(work, tip))


def ask(work: Work, case: r.Case, by: r.Person, inspector: r.Person) -> r.Draft:
    """Ask one inspector. Raises AlreadyClosed, Gone for somebody of another place, AlreadyDone while the last request is open."""
    if not open_for(work, case):
        raise AlreadyClosed()
    tip = work.get(r.Tip, case.tip_id)
    to = to_person(work, inspector)
    if inspector.id not in {p.id for p in inspectors(work, tip)} or not to:
        raise Gone()
    for other in work.open_drafts(case.id, KIND):
        if other.by == inspector.id:
            raise AlreadyDone(by=work.person(str(other.facts["asked_by"])), at=other.at)
    facts = {"asked_by": by.id, "stage": "asked", "pieces": []}
    draft = work.add(r.Draft(kind=KIND, subject_id=case.id, by=inspector.id, facts=facts, at=work.now))
    work.record(Kind.SUPPLEMENT_ASKED, case, by, inspector=inspector.id)
    until = work.now + timedelta(hours=work.policy.supplement.lapse_hours)
    work.due("supplement.lapse", draft.ref, until)
    waits = wish.waits_until(work, tip, work.merged_into(tip.id))
    place = {"township": tip.township_id, "village": tip.village_id, "grid": None}
    tell(
        work, Kind.SUPPLEMENT_ASKED, draft, to=to, name=case.number, place=place, matter=case.matter_code or tip.matter_code,
        who=by.label, who_en=by.label_en or by.label, wait_until=waits.isoformat() if waits else None, until=until.isoformat(),
    )  # fmt: skip
    return draft


def begin(work: Work, draft: r.Draft, seats: Sequence[r.Person]) -> r.Case:
    """我来拍: for an hour, what this chat sends goes there; pressed again, it goes on. Raises NotYours, AlreadyClosed."""
    case = _open(work, draft, seats)
    if draft.facts["stage"] == "asked":
        draft.facts = {**draft.facts, "stage": "sending"}
    return case


def unable(work: Work, draft: r.Draft, seats: Sequence[r.Person]) -> None:
    """去不了: no reason is asked; whoever asked hears it."""
    case = _open(work, draft, seats)
    _end(work, draft, "unable")
    by = work.get(r.Person, draft.by)
    work.record(Kind.SUPPLEMENT_UNABLE, case, by)
    _tell_unable(work, case, draft, by)


def add(work: Work, draft: r.Draft, seats: Sequence[r.Person], sent: evidence.Sent) -> int:
    """One piece, held. Returns how many there are. Raises what `evidence.add` does, TooMuch."""
    case = _open(work, draft, seats)
    pieces = list(draft.facts["pieces"])
    numbers = work.policy.supplement
    if len(pieces) >= numbers.most_pieces:
        raise TooMuch(most=numbers.most_pieces)
    made = evidence.add(work, case, work.get(r.Person, draft.by), sent, held=True)
    if not pieces:
        work.due("supplement.hand_in", draft.ref, work.now + timedelta(minutes=numbers.hand_in_minutes))
    draft.facts = {**draft.facts, "stage": "sending", "pieces": [*pieces, made.id]}
    return len(pieces) + 1


def hand_in(work: Work, draft: r.Draft) -> int:
    """发完了: whoever handles the case is asked whether it goes into the file. Returns how many pieces."""
    if draft.facts["stage"] not in OPEN or draft.done_at is not None:
        return len(draft.facts["pieces"])
    case = work.get(r.Case, draft.subject_id)
    found = pieces(work, draft)
    if not found:
        return 0
    draft.facts = {**draft.facts, "stage": "handed_in"}
    work.cancel(draft.ref)
    by = work.get(r.Person, draft.by)
    work.record(Kind.SUPPLEMENT_HANDED_IN, case, by, pieces=len(found))
    owner, label_en = _owner(work, case, draft), by.label_en or by.label
    tell(
        work,
        Kind.SUPPLEMENT_HANDED_IN,
        draft,
        to=owner,
        name=case.number,
        who=by.label,
        who_en=label_en,
        pieces=len(found),
    )
    return len(found)


def hand_in_due(work: Work, draft: r.Draft) -> None:
    """Ten minutes after the first piece."""
    hand_in(work, draft)


def lapse(work: Work, draft: r.Draft) -> None:
    """A day without a word: what did come is handed in, else the request is over and whoever asked hears it."""
    if draft.done_at is not None or draft.facts["stage"] not in OPEN or hand_in(work, draft):
        return
    case = work.get(r.Case, draft.subject_id)
    _end(work, draft, "lapsed")
    by = work.get(r.Person, draft.by)
    work.record(Kind.SUPPLEMENT_UNABLE, case, by, lapsed=True)
    if case.state is CaseState.OPEN:
        _tell_unable(work, case, draft, by)


def take(work: Work, draft: r.Draft, seats: list[r.Person]) -> int:
    """收进案卷, by an officer of the case: from now on it is evidence like any other. Raises AlreadyDone, AlreadyClosed, NotYours."""
    case, by = _handed_in(work, draft, seats)
    found = pieces(work, draft)
    for one in found:
        one.held = False
    _end(work, draft, "taken")
    work.record(Kind.SUPPLEMENT_TAKEN, case, by, pieces=[e.sha256 or e.id for e in found], inspector=draft.by)
    evidence.changed(work, case)
    return len(found)


def decline(work: Work, draft: r.Draft, seats: list[r.Person]) -> None:
    """不收: it stays outside the file; that it was offered and by whom it was declined is a fact."""
    case, by = _handed_in(work, draft, seats)
    _end(work, draft, "declined")
    work.record(
        Kind.SUPPLEMENT_DECLINED, case, by, pieces=[e.sha256 or e.id for e in pieces(work, draft)], inspector=draft.by
    )


def pieces(work: Work, draft: r.Draft) -> list[r.Evidence]:
    """What came and can be kept."""
    found = [work.get(r.Evidence, key) for key in draft.facts["pieces"]]
    return [e for e in found if e.state not in (EvidenceState.REFUSED, EvidenceState.LOST)]


def officer(work: Work, draft: r.Draft, seats: list[r.Person]) -> tuple[r.Case, r.Person]:
    """The case, and the seat that may look at what came. Raises NotYours."""
    case = work.get(r.Case, draft.subject_id)
    return case, tips.officer_of(work, work.get(r.Tip, case.tip_id), seats)


def _open(work: Work, draft: r.Draft, seats: Sequence[r.Person]) -> r.Case:
    if draft.kind != KIND:
        raise Gone()
    if draft.by not in {s.id for s in seats}:
        raise NotYours()
    case = work.get(r.Case, draft.subject_id)
    if case.state is not CaseState.OPEN or case.hidden or draft.done_at is not None or draft.facts["stage"] not in OPEN:
        raise AlreadyClosed()
    return case


def _handed_in(work: Work, draft: r.Draft, seats: list[r.Person]) -> tuple[r.Case, r.Person]:
    if draft.kind != KIND:
        raise Gone()
    case, by = officer(work, draft, seats)
    if draft.facts["stage"] in ("taken", "declined"):
        raise AlreadyDone(by=work.person(str(draft.facts.get("ended_by"))), at=draft.done_at)
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    if draft.facts["stage"] != "handed_in":
        raise Gone()
    draft.facts = {**draft.facts, "ended_by": by.id}
    return case, by


def _end(work: Work, draft: r.Draft, stage: str) -> None:
    draft.facts = {**draft.facts, "stage": stage}
    draft.done_at = work.now
    work.cancel(draft.ref)


def _tell_unable(work: Work, case: r.Case, draft: r.Draft, by: r.Person) -> None:
    owner, label_en = _owner(work, case, draft), by.label_en or by.label
    tell(work, Kind.SUPPLEMENT_UNABLE, draft, to=owner, name=case.number, who=by.label, who_en=label_en)


def _owner(work: Work, case: r.Case, draft: r.Draft) -> list[To]:
    """Whoever handles the case now; whoever asked, where nobody does."""
    tip = work.get(r.Tip, case.tip_id)
    return to_person(work, work.person(tip.owner_id) or work.person(str(draft.facts["asked_by"])))
