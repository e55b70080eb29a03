"""越过镇村: a tip about village or township people goes to the county desk, and nobody in the township sees that it exists.

The sender asks for it (`raise_`), or words made the bot ask and no answer came (`unanswered`). The desk reads it, passes it on, or
picks two handlers anywhere in the county. To the township a tip that was pulled up looks like one that its sender withdrew.
Anybody may mark a handler as conflicted; 有人为难我 goes to desk and discipline alone.
"""

from datetime import timedelta

from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people
from workflows.refusals import AlreadyClosed, AlreadyDone, Conflicted, Gone, NotPlaced, NotYourTip
from workflows.states import CaseState, TipState
from workflows.work import TIP_OPEN, Work

_AGAIN = timedelta(minutes=10)


def raise_(work: Work, tip: r.Tip, account: str, why: str = "asked_for") -> None:
    """牵涉镇村干部, in one tap: before it is sent on it goes to the desk, after that it is pulled up. Raises AlreadyDone, AlreadyClosed."""
    if tip.account != account:
        raise NotYourTip()
    if tip.hidden or tip.insider == "told":
        raise AlreadyDone(by="", at=None)
    if tip.state not in TIP_OPEN:
        raise AlreadyClosed()
    if tip.state is TipState.ACCEPTED:
        tip.insider = "told"
        _told_desk(work, tip, "source")
    elif tip.state is TipState.SUBMITTED:
        _pull_up(work, tip, "source", why)
    else:
        tips.hide(work, tip, "source", why)
        tips.go_on(work, tip)
    work.refresh(tip.id)


def answer(work: Work, tip: r.Tip, account: str, involved: bool) -> None:
    """牵涉他们吗?"""
    if tip.account != account:
        raise NotYourTip()
    if tip.insider not in tips.ASKED or tip.hidden or tip.state not in TIP_OPEN:
        raise AlreadyClosed()
    if involved:
        raise_(work, tip, account, tips.why_hidden(tip))
        return
    tip.insider = "no"
    work.cancel(tip.id, "tip.bypass")
    tip.asks = "" if tip.asks == "past" else tip.asks
    tip.rev += 1
    tips.on_its_way(work, tip, "source")
    tips.go_on(work, tip)


def unanswered(work: Work, tip: r.Tip) -> None:
    """Asked after it had been sent on, and no answer: the desk decides."""
    if tip.insider not in tips.ASKED or tip.hidden:
        return
    if tip.state is TipState.SUBMITTED:
        _pull_up(work, tip, "", tips.why_hidden(tip))
        work.refresh(tip.id)
    elif tip.state is TipState.ACCEPTED:
        tip.insider, tip.asks = "told", ""
        _told_desk(work, tip, "")
        work.refresh(tip.id)


def _pull_up(work: Work, tip: r.Tip, by: str, why: str) -> None:
    """The squad has it: from now on it looks withdrawn to them, and is the desk's."""
    seen = not tip.desk
    if seen:
        work.close_topics(tip.id)
        tell(work, Kind.TIP_WITHDRAWN, tip, **tips.about(work, tip))
    tip.desk, tip.asks = True, ""
    tip.rev += 1
    work.cancel(tip.id)
    due_at = tips.open_window(work, tip, tips.on_step(work, tip, work.now)).isoformat()
    tips.hide(work, tip, by, why, due_at=due_at)
    tell(work, Kind.TIP_SUBMITTED, tip)


def _told_desk(work: Work, tip: r.Tip, by: r.Person | str, who: r.Person | None = None) -> None:
    work.record(Kind.TIP_CONFLICTED, tip, by, person=who.id if who else "")
    if tip.state is TipState.CLOSED:
        return  # heeded when the desk opens it again: nothing is to be decided now
    label, label_en = (who.label, who.label_en or who.label) if who else ("", "")
    tell(work, Kind.TIP_CONFLICTED, tip, name=tips.display(tip, work), who=label, who_en=label_en)


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def candidates(work: Work, tip: r.Tip, township_id: str) -> list[r.Person]:
    """Bound officers of one squad who may be picked."""
    squad = work.county.squad_of(township_id).id
    barred = {*tip.conflicted, *tip.former_owners, tip.owner_id}
    return [p for p in work.people(squad, *tips.OFFICER_ROLES) if p.id not in barred]


def pick(work: Work, tip: r.Tip, by: r.Person, officer_ids: list[str]) -> None:
    """The desk names who handles it; the first is the owner. Nobody else in any township sees it. Raises NotPlaced, Conflicted."""
    if tip.township_id is None:
        raise NotPlaced()
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED):
        raise AlreadyClosed()
    officers = [work.get(r.Person, i) for i in dict.fromkeys(officer_ids)]
    if not officers:
        raise Gone()
    for one in officers:
        if one.id in tip.conflicted:
            raise Conflicted()
        if one.role not in tips.OFFICER_ROLES:
            raise Gone()
    if not tip.hidden:
        if tip.state is TipState.SUBMITTED and not tip.desk:
            raise AlreadyClosed()
        tips.hide(work, tip, by, "conflict")
    tip.handlers, tip.desk, tip.taken_by = [one.id for one in officers], False, None
    tip.rev += 1
    case = work.find(r.Case, tip.case_id)
    due_at = None
    if tip.state is TipState.ACCEPTED and case is not None:
        case.hidden = True
        tip.former_owners = [*tip.former_owners, *([tip.owner_id] if tip.owner_id else [])]
        tip.owner_id, tip.first_look_at = officers[0].id, None
        work.close_topics(tip.id)
    else:
        work.cancel(tip.id)
        due_at = tips.open_window(work, tip, work.now).isoformat()
    work.record(Kind.TIP_PICKED, tip, by, handlers=tip.handlers, due_at=due_at)
    tell(work, Kind.TIP_SUBMITTED, tip)
    work.refresh(tip.id)


def change_owner(work: Work, tip: r.Tip, by: r.Person, officer: r.Person) -> None:
    """另派人 while the matter is open: another officer of the squad goes on with it."""
    case = work.find(r.Case, tip.case_id)
    if tip.state is not TipState.ACCEPTED or case is None or case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    if officer.id in (*tip.conflicted, *tip.former_owners, tip.owner_id):
        raise Conflicted()
    tip.former_owners = [*tip.former_owners, *([tip.owner_id] if tip.owner_id else [])]
    tip.owner_id = officer.id
    tip.rev += 1
    work.record(Kind.TIP_HANDED_ON, tip, by, owner=officer.id)
    tips.tell_reassigned(work, tip, case, "conflict")
    work.refresh(tip.id)


def keep_owner(work: Work, tip: r.Tip, by: r.Person) -> None:
    """不用换: the desk looked, and the handler stays; somebody who was marked may not."""
    if tip.state is not TipState.ACCEPTED:
        raise AlreadyClosed()
    if tip.owner_id in tip.conflicted:
        raise Conflicted()
    work.record(Kind.TIP_KEPT, tip, by)


# ── who must not handle it ───────────────────────────────────────────────────────────────────────────────────────────


WATCHERS = (Role.DESK, Role.DISCIPLINE, Role.SUPERVISOR, Role.LEADER_ON_DUTY)
"""Of the county: they may mark a handler of any matter, and of one that ended, before it is opened again."""


def marker_of(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """Who may say that somebody must step aside: an officer of the tip's squad, or one who watches. Raises NotYours, AlreadyClosed."""
    by = next((s for s in seats if s.role in WATCHERS), None)
    if by is None:
        by = tips.officer_of(work, tip, seats)
        if tip.state is TipState.CLOSED:
            raise AlreadyClosed()
    if tip.township_id is None:
        raise NotPlaced()
    if tip.state not in _MARKED:
        raise AlreadyClosed()
    return by


def may_be_marked(work: Work, tip: r.Tip) -> list[r.Person]:
    """Those who handle it or could: the picked ones, else the officers of its squad."""
    handlers = [p for p in map(work.person, tip.handlers) if p is not None]
    squad = work.county.squad_of(tip.township_id).id if tip.township_id else ""
    among = handlers or list(work.people(squad, *tips.OFFICER_ROLES))
    return [p for p in among if p.id not in tip.conflicted]


_MARKED = (TipState.SUBMITTED, TipState.ACCEPTED, TipState.CLOSED)


def mark(work: Work, tip: r.Tip, by: r.Person, person: r.Person) -> None:
    """回避: from now on this person may not act in the matter. Whoever marked is known to the desk and discipline only."""
    if tip.state not in _MARKED:
        raise AlreadyClosed()
    if person.id in tip.conflicted:
        raise AlreadyDone(by="", at=None)
    tip.conflicted = [*tip.conflicted, person.id]
    tip.rev += 1
    _told_desk(work, tip, by, person)
    work.refresh(tip.id)


def threatened(work: Work, tip: r.Tip, account: str) -> r.Tip:
    """有人为难我: 110 first, then desk and discipline at once; nobody in the township hears of it.

    It is a matter of its own, hidden from the first second: whatever the sender writes next belongs to it.
    """
    if tip.account != account:
        raise NotYourTip()
    told = work.events_of(tip.id, Kind.TIP_THREATENED)
    if told and work.now - told[-1].at < _AGAIN:
        raise AlreadyDone(by="", at=told[-1].at)
    work.record(Kind.TIP_THREATENED, tip, "source")
    about = tips.open_hidden(work, tip)
    readers = {e.by for e in work.events_of(tip.id, Kind.TIP_READ)}
    to = [
        *on_duty(work, work.county.id, Role.DESK),
        *on_duty(work, work.county.id, Role.DISCIPLINE),
    ] or to_people(work, list(work.people(work.county.id, Role.LEADER_ON_DUTY)))
    name, new = tips.display(tip, work), tips.display(about, work)
    tell(work, Kind.TIP_THREATENED, about, to=to, name=name, new=new, opened=len(readers))
    tell(work, Kind.TIP_SUBMITTED, about)
    return about
