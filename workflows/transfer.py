"""移送: a tip handed to another unit, with a receipt; its sender is reminded until somebody takes it over.

What lies across two townships belongs to neither squad: the desk hands it straight to the county department (B-12).
"""

from datetime import timedelta
from typing import Any

from workflows import outcome as outcomes
from workflows import procedure, whistle
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyClosed, AlreadyDone, FirstCheck, NotYours
from workflows.states import CaseState, TipState, TransferState
from workflows.work import Work

HANDED_OVER = "hand_over"
"""Kind of the outcome."""


def crosses(work: Work, tip: r.Tip) -> bool:
    """Whether the place is said to lie in several townships and the tip is with the desk for that reason."""
    towns = {work.county.village(village).township_id for village in tip.candidates}
    return tip.desk and not tip.hidden and tip.township_id is None and len(towns) > 1


def sender_of(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """Who may hand it over: an officer of its squad; the desk, where it lies across townships. Raises NotYours, NotPlaced."""
    return tips.desk_of(work, seats) if crosses(work, tip) else tips.officer_of(work, tip, seats)


def first_check_due(work: Work, tip: r.Tip) -> bool:
    """首查责任 is the squad's: the desk has nobody to send for a first check of what lies across townships."""
    return tips.first_check_due(work, tip) and not crosses(work, tip)


def offer(work: Work, tip: r.Tip, by: r.Person, unit_id: str, reason: str) -> r.Transfer:
    """To a unit, with a reason, once the first check is recorded (T-02). Raises FirstCheck, AlreadyClosed, AlreadyDone."""
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED):
        raise AlreadyClosed()
    earlier = work.open_transfer(tip.id)
    if earlier is not None:
        raise AlreadyDone(by="", at=earlier.offered_at)
    across = crosses(work, tip)
    if first_check_due(work, tip):
        raise FirstCheck()
    early = "danger" if tip.first_look_at is None and not across else None
    transfer = work.add(
        r.Transfer(tip_id=tip.id, unit_id=unit_id, reason=reason, offered_by=by.id, offered_at=work.now)
    )
    work.due("transfer.remind", transfer.id, work.now + _again(work, transfer))
    work.record(Kind.TRANSFER_OFFERED, transfer, by, unit=unit_id, reason=reason, early=early, tip=tip.id)
    tell(work, Kind.TRANSFER_OFFERED, transfer, **_spoken(work, tip, transfer))
    if across:
        work.cancel(tip.id)  # the desk has decided; a transfer that comes back opens a new window
    elif tip.state is TipState.SUBMITTED:
        tips.accept(work, tip, by)
    tip.rev += 1
    work.refresh(tip.id)
    return transfer


def _again(work: Work, transfer: r.Transfer) -> timedelta:
    """How long a transfer may wait for its receipt before the next reminder."""
    policy = work.policy
    return timedelta(hours=policy.transfer_crime_hours if transfer.reason == "crime" else policy.transfer_remind_hours)


def _spoken(work: Work, tip: r.Tip, transfer: r.Transfer) -> dict[str, Any]:
    return {
        "name": tips.display(tip, work),
        "unit": transfer.unit_id,
        "township": tip.township_id,
        "village": tip.village_id,
        "grid": tip.grid_id,
        "matter": tip.matter_code,
        "reason": transfer.reason,
        "at": transfer.offered_at.isoformat(),
        "maybe": [{"township": work.county.village(v).township_id, "village": v} for v in tip.candidates]
        if tip.township_id is None
        else [],
    }


def receiver_of(work: Work, transfer: r.Transfer, seats: list[r.Person]) -> r.Person:
    """The seat from which the offered unit answers. Raises NotYours."""
    for seat in seats:
        if seat.unit_id == transfer.unit_id and seat.role in (Role.LIAISON, Role.DEPARTMENT_HEAD):
            return seat
    raise NotYours()


def take_over(work: Work, transfer: r.Transfer, by: r.Person) -> None:
    """收到: the matter is theirs now, what still rings for it ends; the tip's sender is told who handles it."""
    _still_offered(work, transfer)
    transfer.move(TransferState.TAKEN_OVER)
    transfer.answered_by, transfer.answered_at = by.id, work.now
    work.cancel(transfer.id)
    tip = work.get(r.Tip, transfer.tip_id)
    tip.move(TipState.TRANSFERRED)
    tip.ended_at = work.now
    work.cancel(tip.id)
    case = work.find(r.Case, tip.case_id)
    if case is not None and case.state is CaseState.OPEN:
        case.move(CaseState.CLOSED)
        case.closed_at, case.closed_by, case.outcome = work.now, by.id, "transferred"
        work.cancel(case.id)
        work.record(Kind.CASE_CLOSED, case, by, outcome="transferred")
        if transfer.reason == "crime":
            procedure.handed_to_police(work, case, transfer.offered_by)
        if not any(one.kind == HANDED_OVER for one in work.outcomes(case.id)):
            outcomes.write_down(work, case.id, by, HANDED_OVER, 1, "item")
        procedure.fall_away(work, case, by, "transferred")
        for blown in work.whistles(case.id):
            whistle.settle(work, blown, by)
    facts = _spoken(work, tip, transfer)
    work.record(Kind.TRANSFER_TAKEN_OVER, transfer, by, tip=tip.id)
    tell(work, Kind.TRANSFER_TAKEN_OVER, transfer, **facts)
    work.record(Kind.TIP_TRANSFERRED, tip, by, unit=transfer.unit_id)
    work.close_topics(tip.id)
    for one in (tip, *work.merged_into(tip.id)):
        if not one.by_staff:
            tell(work, Kind.TIP_TRANSFERRED, one, unit=transfer.unit_id, receipt=one.receipt)
        work.refresh(one.id)


def hand_back(work: Work, transfer: r.Transfer, by: r.Person, reason: str) -> None:
    """退回, with a reason; the squad goes on."""
    _still_offered(work, transfer)
    transfer.move(TransferState.RETURNED)
    transfer.answered_by, transfer.answered_at = by.id, work.now
    work.cancel(transfer.id)
    tip = work.get(r.Tip, transfer.tip_id)
    tip.rev += 1
    work.record(Kind.TRANSFER_RETURNED, transfer, by, reason=reason, tip=tip.id)
    if tip.state is TipState.SUBMITTED:
        due_at = tips.open_window(work, tip, work.now).isoformat()
        work.record(Kind.TIP_RETURNED, tip, by, desk=tip.desk, due_at=due_at)
    tell(work, Kind.TRANSFER_RETURNED, transfer, why=reason, **_spoken(work, tip, transfer))
    work.refresh(tip.id)


def remind(work: Work, transfer: r.Transfer) -> None:
    """Nobody has taken it over: the sender and the unit are reminded, again and again."""
    tip = work.get(r.Tip, transfer.tip_id)
    if transfer.state is not TransferState.OFFERED or not _is_open(work, tip):
        return
    work.record(Kind.TRANSFER_REMINDED, transfer, tip=tip.id)
    tell(work, Kind.TRANSFER_REMINDED, transfer, **_spoken(work, tip, transfer))
    work.due("transfer.remind", transfer.id, work.now + _again(work, transfer))


def _still_offered(work: Work, transfer: r.Transfer) -> None:
    """Raises AlreadyDone when the unit has answered, AlreadyClosed when the squad has ended the matter meanwhile."""
    if transfer.state is not TransferState.OFFERED and transfer.answered_by:
        raise AlreadyDone(by="", at=transfer.answered_at)
    if transfer.state is not TransferState.OFFERED or not _is_open(work, work.get(r.Tip, transfer.tip_id)):
        raise AlreadyClosed()


def _is_open(work: Work, tip: r.Tip) -> bool:
    """Whether there is still something to hand over: taken by a squad, or with the desk because it lies across townships."""
    return tip.state is TipState.ACCEPTED or (tip.state is TipState.SUBMITTED and crosses(work, tip))
