"""职权争议: "not our remit". The desk rules while the clock runs; found right, the breach stays and does not count."""

from datetime import timedelta

from workflows import call as calls
from workflows import ladder
from workflows import precedent as precedents
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyClosed, AlreadyDone, NotYours
from workflows.states import DisputeState
from workflows.work import CALL_ENDED, Work


def raise_dispute(work: Work, call: r.Call, by: r.Person, reason: str) -> r.Dispute:
    """Once per call. Until the ruling the unit answers as called."""
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    earlier = work.dispute_of(call.id)
    if earlier is not None:
        raise AlreadyDone(by="", at=earlier.raised_at)
    own = call.window.get("dispute_ruling_minutes")
    due_at = work.now + timedelta(minutes=work.policy.call.dispute_ruling_minutes)
    if own:
        due_at = ladder.moment(work, call.window, work.now, own)
    dispute = work.add(r.Dispute(call_id=call.id, reason=reason, raised_by=by.id, raised_at=work.now, due_at=due_at))
    work.due("dispute.overdue", dispute.id, due_at)
    call.rev += 1
    work.record(Kind.DISPUTE_RAISED, dispute, by, reason=reason, call=call.id)
    facts = {**calls.spoken(work, call), "ruling_at": due_at.isoformat()}
    tell(work, Kind.DISPUTE_RAISED, dispute, by=by, reason=reason, **facts)
    work.refresh(call.id, call.whistle_id)
    return dispute


def rule(work: Work, dispute: r.Dispute, by: r.Person, upheld: bool) -> None:
    """The desk's word. Upheld: the unit need not come, and a breach of this call does not count."""
    if by.role != Role.DESK:
        raise NotYours()
    if dispute.state is not DisputeState.RAISED:
        raise AlreadyDone(by="", at=dispute.ruled_at)
    dispute.move(DisputeState.UPHELD if upheld else DisputeState.REJECTED)
    dispute.ruled_by, dispute.ruled_at = by.id, work.now
    work.cancel(dispute.id)
    call = work.get(r.Call, dispute.call_id)
    kind = Kind.DISPUTE_UPHELD if upheld else Kind.DISPUTE_REJECTED
    work.record(kind, dispute, by, call=call.id)
    tell(work, kind, dispute, by=by, **calls.spoken(work, call))
    precedents.of_dispute(work, dispute, call, by, theirs=not upheld)
    if upheld:
        call.counts = False
        call.rev += 1
        if call.state not in CALL_ENDED:
            calls.close(work, call, by)
    work.refresh(call.id, call.whistle_id)


def overdue(work: Work, dispute: r.Dispute) -> None:
    """No ruling in time: the leader on duty hears of it, and the desk is asked again until somebody rules."""
    if dispute.state is not DisputeState.RAISED:
        return
    call = work.get(r.Call, dispute.call_id)
    if call.state in CALL_ENDED:
        return  # nobody has to come any more; the desk may still rule whether a breach counts
    work.record(Kind.DISPUTE_OVERDUE, dispute, call=call.id)
    tell(
        work,
        Kind.DISPUTE_OVERDUE,
        dispute,
        reason=dispute.reason,
        ruling_at=dispute.due_at.isoformat(),
        **calls.spoken(work, call),
    )
    work.due("dispute.overdue", dispute.id, work.now + timedelta(minutes=work.policy.call.dispute_ruling_minutes))
