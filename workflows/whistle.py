"""吹哨: who is called for a matter, and how the request opens, grows, stands down and settles."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workflows import call as calls
from workflows import drill as drills
from workflows import expiry, hours, ladder
from workflows import opening as openings
from workflows import precedent as precedents
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.notify import on_duty, tell, to_people
from workflows.policy import Season, Urgency, fits
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotLeader, NoUnit
from workflows.scrub import scrub
from workflows.states import CaseState, TipState, WhistleState
from workflows.work import CALL_ENDED, Work


@dataclass(frozen=True, slots=True)
class Proposal:
    """One lead unit and at most one more, with the reason in codes that a template words."""

    lead: str | None
    co: str | None
    reason: (
        str  # own: the township may act itself · lead: the matter belongs to that department · unknown: no matter yet
    )
    law: str = ""
    ruled: r.Precedent | None = None
    """The ruling of a dispute because of which it is not, or although it was disputed is, the catalogue's department."""


def propose(work: Work, tip: r.Tip) -> Proposal:
    """The department of the matter first, its co-department as the second, each by its station in the township if it has one.

    Nothing where the matter is unknown. A department of which a dispute decided that the matter is not theirs is left out; one of
    which it decided that it is theirs comes first.
    """
    if tip.matter_code is None or tip.township_id is None:
        return Proposal(None, None, "unknown")
    matter = work.county.matter(tip.matter_code)
    own = work.county.authority(tip.township_id, matter.code, work.today)
    ruled = precedents.rulings(work, matter.code)
    listed = [matter.dept_code, *matter.co_dept_codes]
    theirs = [code for code, one in ruled.items() if one.kind == precedents.THEIRS]
    departments = [code for code in dict.fromkeys([*theirs, *listed]) if work.county.has_unit(code)]
    units = [
        work.county.nearest(tip.township_id, code)
        for code in departments
        if _callable(work, code) and (code not in ruled or code in theirs)
    ]
    lead = units[0] if units else None
    co = units[1] if len(units) > 1 else None
    decided = ruled.get(theirs[0]) if theirs else next((ruled[code] for code in listed if code in ruled), None)
    return Proposal(lead, co, "own" if own else "lead", matter.legal_basis, decided)


def _callable(work: Work, unit_id: str) -> bool:
    return work.county.unit(unit_id).kind in ("department", "station")


def may_blow(work: Work, person: r.Person) -> bool:
    return work.policy.whistle.may_blow(person.role, person.post)


def may_blow_urgent(work: Work, person: r.Person) -> bool:
    on_duty = any(p.id == person.id for p in work.people(person.unit_id, person.role, on_duty=True))
    return work.policy.whistle.may_blow_urgent(person.role, person.post, on_duty)


def leader_of(work: Work, township_id: str, seats: list[r.Person], tip: r.Tip | None = None) -> r.Person:
    """The seat from which one of these people may blow, stand down and close in this township. Raises NotLeader.

    In a tip that the township does not see, whoever the desk picked leads.
    """
    return _seat_of(work, township_id, seats, may_blow, tip)


def blower_of(work: Work, township_id: str, seats: list[r.Person], tip: r.Tip | None = None) -> r.Person:
    """The same, or a member on duty, who may blow 特急 only. Raises NotLeader."""
    try:
        return leader_of(work, township_id, seats, tip)
    except NotLeader:
        return _seat_of(work, township_id, seats, may_blow_urgent, tip)


def keeper_of(work: Work, whistle: r.Whistle, seats: list[r.Person]) -> r.Person:
    """Who may change a whistle that was blown: the leaders, and whoever blew it. Raises NotLeader."""
    own = next((seat for seat in seats if seat.id == whistle.blown_by), None)
    tip = work.get(r.Tip, work.get(r.Case, whistle.case_id).tip_id)
    return own or leader_of(work, whistle.township_id, seats, tip)


def township_of(work: Work, seats: list[r.Person]) -> str:
    """The township of whoever blows by command; the first one that their squad serves. Raises NotLeader."""
    ranked = sorted(seats, key=lambda seat: not may_blow(work, seat))
    for seat in ranked:
        unit = work.county.unit(seat.unit_id)
        if unit.kind is UnitKind.SQUAD and unit.township_id:
            return unit.township_id
    raise NotLeader()


def _seat_of(
    work: Work,
    township_id: str,
    seats: list[r.Person],
    may: Callable[[Work, r.Person], bool],
    tip: r.Tip | None = None,
) -> r.Person:
    picked = next((s for s in seats if tip is not None and tip.hidden and s.id in tip.handlers), None)
    if picked is not None:
        return picked
    squad = work.county.squad_of(township_id).id
    for seat in seats:
        if tip is not None and seat.id in tip.conflicted:
            continue
        if seat.unit_id == squad and may(work, seat):
            if tip is not None and tip.hidden:
                raise AlreadyClosed()  # the very answer that a withdrawn tip gives
            return seat
    here = [p for p in work.people(squad, on_duty=True) if may_blow(work, p)]
    raise NotLeader([p.label for p in here], [p.label_en or p.label for p in here])


def blow(
    work: Work,
    tip: r.Tip,
    by: r.Person,
    unit_ids: list[str],
    *,
    urgency: Urgency = Urgency.NORMAL,
    reason: str = "",
    raised: str | None = None,
    appointment: datetime | None = None,
    **more: str | None,
) -> r.Whistle:
    """Each unit gets its own call with its own clock. A tip that nobody has taken yet is taken by whoever blows.

    A 预约 names its `appointment`, one of `appointments`. `more` stays in the log: season, beside (forced next to the same matter),
    unconfirmed, word (who allowed it).
    """
    if not unit_ids:
        raise NoUnit()
    if (urgency is Urgency.APPOINTED) != (appointment is not None):
        raise Gone()
    if appointment is not None and appointment <= work.now:
        raise Gone()
    if tip.state is TipState.SUBMITTED:
        tips.accept(work, tip, by)
    case = work.get(r.Case, tip.case_id)
    if tip.state is not TipState.ACCEPTED or case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    unit_ids = _not_yet_called(work, case, unit_ids)
    if tip.drill:
        drills.hold(work, unit_ids, case, by)
    member = not tip.hidden and not tip.drill and not may_blow(work, by)
    if member and urgency is not Urgency.URGENT:
        raise NotLeader()
    whistle = work.add(
        r.Whistle(
            drill=case.drill,
            case_id=case.id,
            township_id=case.township_id,
            urgency=urgency.value,
            reason=scrub(reason).text if reason else "",
            blown_by=by.id,
            opened_at=work.now,
            appointment=appointment,
        )
    )
    facts = {"units": unit_ids, "urgency": urgency.value, "raised": raised, "township": whistle.township_id}
    at = appointment.isoformat() if appointment else None
    known = {name: value for name, value in more.items() if value}
    work.record(Kind.WHISTLE_OPENED, whistle, by, **facts, appointment=at, **known)
    for unit_id in unit_ids:
        openings.open_call(work, whistle, case, unit_id)
    expiry.watch(work, whistle)
    tell(work, Kind.WHISTLE_OPENED, whistle)
    if member:
        _tell_leader(work, whistle, case, tip, by, unit_ids)
    tip.rev += 1
    work.refresh(tip.id)
    return whistle


def season_of(work: Work, tip: r.Tip) -> Season | None:
    """The season in which this matter is 特急 today."""
    if tip.matter_code is None:
        return None
    tags = work.county.matter(tip.matter_code).checklist_tags
    seasons = work.policy.whistle.seasons
    return next((s for s in seasons if s.holds(work.today) and fits(s.matters, tip.matter_code, tags)), None)


APPOINTMENTS_OFFERED = 8


def appointments(work: Work) -> list[datetime]:
    """The times that a 预约 may name: hours of policy on working days, after the units have had their time to sign. None: not offered."""
    if work.policy.call.appointed is None:
        return []
    return hours.slots(_first_appointment(work), work.county, work.policy.hours, APPOINTMENTS_OFFERED)


def may_appoint(work: Work, at: datetime) -> bool:
    """Whether the units would still have their whole window to sign."""
    return work.policy.call.appointed is not None and at >= _first_appointment(work)


def _first_appointment(work: Work) -> datetime:
    window = work.policy.call_window(Urgency.APPOINTED).stamped
    return ladder.moment(work, window, work.now, window["window_minutes"])


def _tell_leader(work: Work, whistle: r.Whistle, case: r.Case, tip: r.Tip, by: r.Person, unit_ids: list[str]) -> None:
    """A member blew: the leaders on duty hear of it at once; if none is, the deputy, else whoever leads the squad."""
    squad = work.county.squad_of(whistle.township_id).id
    here = on_duty(work, squad, Role.SQUAD_LEADER) or to_people(
        work, [p for p in work.people(squad, on_duty=True) if may_blow(work, p)]
    )
    to = here or to_people(work, work.people(squad, Role.SQUAD_LEADER))
    work.record(Kind.WHISTLE_ANNOUNCED, whistle, by, reached=len(to))
    tell(
        work,
        Kind.WHISTLE_ANNOUNCED,
        whistle,
        to=to,
        by=by,
        name=case.number,
        units=unit_ids,
        township=case.township_id,
        village=tip.village_id,
        grid=tip.grid_id,
        matter=tip.matter_code,
        at=work.now.isoformat(),
        who=by.label,
        who_en=by.label_en or by.label,
    )


def _not_yet_called(work: Work, case: r.Case, unit_ids: list[str]) -> list[str]:
    """A department still on its way for this case, or its station, is not called twice. Raises AlreadyDone if that leaves nobody."""
    department = work.county.department_of
    live = {department(c.unit_id): c for c in work.calls_of_case(case.id) if c.state not in CALL_ENDED}
    first = {
        department(u): u for u in reversed(unit_ids)
    }  # named twice, the department and its station: the first counts
    fresh = [u for u in dict.fromkeys(unit_ids) if department(u) not in live and first[department(u)] == u]
    if not fresh:
        earlier = live[department(unit_ids[0])]
        blower = work.person(work.get(r.Whistle, earlier.whistle_id).blown_by)
        raise AlreadyDone(by=blower, at=earlier.opened_at)
    return fresh


def extend(work: Work, whistle: r.Whistle, by: r.Person, unit_id: str) -> r.Call:
    """再加一家 after the whistle was blown."""
    if whistle.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    case = work.get(r.Case, whistle.case_id)
    _not_yet_called(work, case, [unit_id])
    if whistle.drill:
        drills.hold(work, [unit_id], case, by)
    work.record(Kind.WHISTLE_EXTENDED, whistle, by, unit=unit_id)
    opened = openings.open_call(work, whistle, case, unit_id)
    whistle.rev += 1
    work.refresh(whistle.id)
    return opened


def equip(work: Work, whistle: r.Whistle, by: r.Person, item: str) -> None:
    """需要带什么: toggled with a tap, shown on every call."""
    if whistle.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    whistle.bring = (
        [code for code in whistle.bring if code != item] if item in whistle.bring else [*whistle.bring, item]
    )
    work.record(Kind.WHISTLE_EQUIPPED, whistle, by, bring=whistle.bring)
    work.refresh(whistle.id, *(c.id for c in work.calls(whistle.id)))


def stand_down(work: Work, whistle: r.Whistle, by: r.Person, reason: str) -> None:
    """撤哨: one tap; everyone who is called or on the way hears it."""
    if whistle.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    whistle.move(WhistleState.STOOD_DOWN)
    whistle.ended_at = work.now
    work.record(Kind.WHISTLE_STOOD_DOWN, whistle, by, reason=reason)
    for one in work.calls(whistle.id):
        if one.state not in CALL_ENDED:
            calls.stand_down(work, one, by, reason)
    work.refresh(whistle.id)
    _refresh_tip(work, whistle)


def call_off(work: Work, call: r.Call, by: r.Person) -> None:
    """撤一家: this unit alone need not come; the others go on. Raises AlreadyClosed."""
    if call.state in CALL_ENDED or work.get(r.Whistle, call.whistle_id).state is not WhistleState.OPEN:
        raise AlreadyClosed()
    calls.stand_down(work, call, by, "")


def settle(work: Work, whistle: r.Whistle, by: r.Person) -> None:
    """The case is closed: what is still open of the whistle ends with it, and nothing is sent about it any more."""
    if whistle.state is not WhistleState.OPEN:
        return
    whistle.move(WhistleState.SETTLED)
    whistle.ended_at = work.now
    work.record(Kind.WHISTLE_SETTLED, whistle, by)
    for one in work.calls(whistle.id):
        if one.state not in CALL_ENDED:
            calls.close(work, one, by)
        work.cancel(one.id)
    work.refresh(whistle.id)


def _refresh_tip(work: Work, whistle: r.Whistle) -> None:
    case = work.get(r.Case, whistle.case_id)
    tip = work.get(r.Tip, case.tip_id)
    tip.rev += 1
    work.refresh(tip.id)


def exercise(work: Work, drill: r.Drill, by: r.Person, township_id: str) -> r.Whistle:
    """The desk blows an announced drill itself, in the name of one township. Raises AlreadyClosed, DrillNotToday, Gone."""
    drills.check_now(work, drill)
    if township_id not in {one.id for one in work.county.townships}:
        raise Gone()
    tip = found_by_squad(work, by, township_id, None, None, drill=True)
    return blow(work, tip, by, [drill.unit_id])


def found_by_squad(
    work: Work, by: r.Person, township_id: str, village_id: str | None, matter_code: str | None, *, drill: bool = False
) -> r.Tip:
    """The squad saw it itself: a case without a villager behind it, so that there is something to whistle for. Or a drill."""
    if by.account is None:
        raise NotLeader()
    tip = r.Tip(
        receipt=tips.new_receipt(work),
        account=by.account,
        by_staff=True,
        drill=drill,
        state=TipState.SUBMITTED,
        township_id=township_id,
        village_id=village_id,
        matter_code=matter_code,
        first_at=work.now,
        last_item_at=work.now,
        submitted_at=work.now,
        rev=1,
    )
    work.add(tip)
    tip.window = work.policy.tip_window(Urgency.NORMAL).stamped
    work.record(Kind.TIP_SUBMITTED, tip, by, urgent=False, township=township_id, desk=False, staff=True, due_at=None)
    tips.accept(work, tip, by)
    tell(work, Kind.TIP_SUBMITTED, tip)
    return tip
