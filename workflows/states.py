"""Which states a record can be in, and which moves are allowed. Everything else that happens is an event, not a state.

tip        collecting → submitted → accepted → closed
           submitted → declined | merged | transferred | withdrawn     accepted → transferred | merged | withdrawn
           merged → withdrawn     (its sender may not learn that it was merged)
           declined → submitted   (the desk looked again)              closed → accepted      (没解决, another handler)
case       open ⇄ closed
whistle    open → settled | stood_down
call       open → acknowledged → departed → arrived → reported   (forward steps may be skipped)
           back to open by 升级;  → stood_down | closed from anywhere
act, step  proposed → recorded | dropped       (what needs a second officer waits for that officer's own tap)
procedure  simple    opened ─────────────────────────────────────────────────► decided → served → executed → ended
           ordinary  opened → filed → investigated → told → heard → reviewed → decided → served → executed → ended
                     立案     调查终结       告知    听证 ↑   法制审核 ↑  决定      送达     执行       结案
                     (heard and reviewed only where due; reviewed → told when a paper changes after the opinion, or on 退回补正)
           opened | filed | investigated | told | heard | reviewed → dropped   (撤销案件, 移送)      served → ended (nothing to carry out)
evidence   waiting ⇄ fetching → kept | refused | lost
document   draft → made → signed → served;  → void from anywhere     (what is made never changes: it is voided and made anew)
dispute    raised → upheld | rejected
explanation given ⇄ proposed → accepted | rejected     (说明情况: the second signature decides)
phone      waiting → confirmed | unconfirmed | denied     unconfirmed → confirmed | denied
shift      ended → taken_over
transfer   offered → taken_over | returned
reward     proposed → approved → announced → claimed → paid;  → refused | waived | lapsed | reversed;  refused → proposed
           claimed → announced   (the desk releases what got stuck at a counter)
inbox      received → done | failed
outbox     queued → sending → sent | failed | unknown | dropped
invitation offered → used | expired | revoked
reveal     asked → consented → opened;  asked → refused;  asked | consented → expired
swap       offered → taken | declined | lapsed
"""

from enum import StrEnum


class TipState(StrEnum):
    COLLECTING = "collecting"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class WhistleState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    STOOD_DOWN = "stood_down"


class CallState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    REPORTED = "reported"
    STOOD_DOWN = "stood_down"
    CLOSED = "closed"


class ActState(StrEnum):
    PROPOSED = "proposed"
    RECORDED = "recorded"
    DROPPED = "dropped"


class Stage(StrEnum):
    """Where a case stands in its procedure (行政处罚法, chapter 5); drawn above."""

    OPENED = "opened"
    """The matter is confirmed: in whose name, under which law, simple or ordinary."""
    FILED = "filed"
    INVESTIGATED = "investigated"
    TOLD = "told"
    HEARD = "heard"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    SERVED = "served"
    EXECUTED = "executed"
    ENDED = "ended"
    DROPPED = "dropped"


class EvidenceState(StrEnum):
    WAITING = "waiting"
    FETCHING = "fetching"
    KEPT = "kept"
    REFUSED = "refused"
    LOST = "lost"


class DocumentState(StrEnum):
    DRAFT = "draft"
    MADE = "made"
    SIGNED = "signed"
    SERVED = "served"
    VOID = "void"


class DisputeState(StrEnum):
    RAISED = "raised"
    UPHELD = "upheld"
    REJECTED = "rejected"


class ExplanationState(StrEnum):
    GIVEN = "given"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class PhoneState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    DENIED = "denied"


class RingState(StrEnum):
    QUEUED = "queued"
    RINGING = "ringing"
    RUNG = "rung"
    FAILED = "failed"
    DROPPED = "dropped"


class ShiftState(StrEnum):
    ENDED = "ended"
    TAKEN_OVER = "taken_over"


class TransferState(StrEnum):
    OFFERED = "offered"
    TAKEN_OVER = "taken_over"
    RETURNED = "returned"


class RewardState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    ANNOUNCED = "announced"
    CLAIMED = "claimed"
    PAID = "paid"
    REFUSED = "refused"
    WAIVED = "waived"
    LAPSED = "lapsed"
    REVERSED = "reversed"


class RevealState(StrEnum):
    ASKED = "asked"
    CONSENTED = "consented"
    OPENED = "opened"
    REFUSED = "refused"
    EXPIRED = "expired"


class InboxState(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class InvitationState(StrEnum):
    OFFERED = "offered"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class SwapState(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"


_T, _C, _W, _R, _S = TipState, CallState, WhistleState, RewardState, Stage

MOVES: dict[type[StrEnum], dict[StrEnum, frozenset[StrEnum]]] = {
    TipState: {
        _T.COLLECTING: frozenset({_T.SUBMITTED, _T.WITHDRAWN, _T.MERGED}),
        _T.SUBMITTED: frozenset({_T.ACCEPTED, _T.DECLINED, _T.MERGED, _T.TRANSFERRED, _T.WITHDRAWN}),
        _T.ACCEPTED: frozenset({_T.CLOSED, _T.TRANSFERRED, _T.MERGED, _T.WITHDRAWN}),
        _T.DECLINED: frozenset({_T.SUBMITTED}),
        _T.MERGED: frozenset({_T.WITHDRAWN}),
        _T.CLOSED: frozenset({_T.ACCEPTED}),
    },
    CaseState: {
        CaseState.OPEN: frozenset({CaseState.CLOSED}),
        CaseState.CLOSED: frozenset({CaseState.OPEN}),
    },
    WhistleState: {_W.OPEN: frozenset({_W.SETTLED, _W.STOOD_DOWN})},
    CallState: {
        _C.OPEN: frozenset({_C.ACKNOWLEDGED, _C.DEPARTED, _C.ARRIVED, _C.REPORTED, _C.STOOD_DOWN, _C.CLOSED}),
        _C.ACKNOWLEDGED: frozenset({_C.OPEN, _C.DEPARTED, _C.ARRIVED, _C.REPORTED, _C.STOOD_DOWN, _C.CLOSED}),
        _C.DEPARTED: frozenset({_C.OPEN, _C.ARRIVED, _C.REPORTED, _C.STOOD_DOWN, _C.CLOSED}),
        _C.ARRIVED: frozenset({_C.OPEN, _C.REPORTED, _C.STOOD_DOWN, _C.CLOSED}),
        _C.REPORTED: frozenset({_C.STOOD_DOWN, _C.CLOSED}),
    },
    ActState: {ActState.PROPOSED: frozenset({ActState.RECORDED, ActState.DROPPED})},
    Stage: {
        _S.OPENED: frozenset({_S.FILED, _S.DECIDED, _S.DROPPED}),
        _S.FILED: frozenset({_S.INVESTIGATED, _S.DROPPED}),
        _S.INVESTIGATED: frozenset({_S.TOLD, _S.DECIDED, _S.DROPPED}),
        _S.TOLD: frozenset({_S.HEARD, _S.REVIEWED, _S.DECIDED, _S.DROPPED}),
        _S.HEARD: frozenset({_S.REVIEWED, _S.DECIDED, _S.DROPPED}),
        _S.REVIEWED: frozenset({_S.TOLD, _S.DECIDED, _S.DROPPED}),
        _S.DECIDED: frozenset({_S.SERVED}),
        _S.SERVED: frozenset({_S.EXECUTED, _S.ENDED}),
        _S.EXECUTED: frozenset({_S.ENDED}),
    },
    EvidenceState: {
        EvidenceState.WAITING: frozenset({EvidenceState.FETCHING}),
        EvidenceState.FETCHING: frozenset(
            {EvidenceState.WAITING, EvidenceState.KEPT, EvidenceState.REFUSED, EvidenceState.LOST}
        ),
    },
    DocumentState: {
        DocumentState.DRAFT: frozenset({DocumentState.MADE, DocumentState.VOID}),
        DocumentState.MADE: frozenset({DocumentState.SIGNED, DocumentState.VOID}),
        DocumentState.SIGNED: frozenset({DocumentState.SERVED, DocumentState.VOID}),
        DocumentState.SERVED: frozenset({DocumentState.VOID}),
    },
    DisputeState: {DisputeState.RAISED: frozenset({DisputeState.UPHELD, DisputeState.REJECTED})},
    ExplanationState: {
        ExplanationState.GIVEN: frozenset({ExplanationState.PROPOSED}),
        ExplanationState.PROPOSED: frozenset(
            {ExplanationState.GIVEN, ExplanationState.ACCEPTED, ExplanationState.REJECTED}
        ),
    },
    PhoneState: {
        PhoneState.WAITING: frozenset({PhoneState.CONFIRMED, PhoneState.UNCONFIRMED, PhoneState.DENIED}),
        PhoneState.UNCONFIRMED: frozenset({PhoneState.CONFIRMED, PhoneState.DENIED}),
    },
    ShiftState: {ShiftState.ENDED: frozenset({ShiftState.TAKEN_OVER})},
    TransferState: {TransferState.OFFERED: frozenset({TransferState.TAKEN_OVER, TransferState.RETURNED})},
    RewardState: {
        _R.PROPOSED: frozenset({_R.APPROVED, _R.REFUSED}),
        _R.APPROVED: frozenset({_R.ANNOUNCED, _R.REVERSED}),
        _R.ANNOUNCED: frozenset({_R.CLAIMED, _R.WAIVED, _R.LAPSED, _R.REVERSED}),
        _R.CLAIMED: frozenset({_R.PAID, _R.ANNOUNCED, _R.REVERSED}),
        _R.PAID: frozenset({_R.REVERSED}),
        _R.REFUSED: frozenset({_R.PROPOSED}),
    },
    RevealState: {
        RevealState.ASKED: frozenset({RevealState.CONSENTED, RevealState.REFUSED, RevealState.EXPIRED}),
        RevealState.CONSENTED: frozenset({RevealState.OPENED, RevealState.EXPIRED}),
    },
    InvitationState: {
        InvitationState.OFFERED: frozenset({InvitationState.USED, InvitationState.EXPIRED, InvitationState.REVOKED})
    },
    SwapState: {SwapState.OFFERED: frozenset({SwapState.TAKEN, SwapState.DECLINED, SwapState.LAPSED})},
}
"""By kind first: two StrEnums with the same word are the same dictionary key."""


class ImpossibleMove(Exception):
    """A record was asked to make a move that the diagram does not show: a bug of ours, never an answer to a user."""


def check_move(current: StrEnum, to: StrEnum) -> None:
    """Raise ImpossibleMove unless the diagram shows `current` → `to`."""
    if type(to) is not type(current) or to not in MOVES[type(current)].get(current, frozenset()):
        raise ImpossibleMove(f"{type(current).__name__} {current} → {to}")
