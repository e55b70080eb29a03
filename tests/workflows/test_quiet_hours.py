"""Quiet hours: every kind of message to staff either waits for the morning, or stands here with its reason."""

from workflows.events import Kind as K
from workflows.notify import TELL, WAITS_FOR_MORNING, Audience

AT_ONCE = {
    "a tip has a window, and whoever has taken it is at work": {
        K.TIP_SUBMITTED, K.TIP_ASSIGNED, K.TIP_REMINDED, K.TIP_BREACHED, K.TIP_ESCALATED, K.TIP_ANSWERED, K.TIP_RETURNED,
        K.TIP_WITHDRAWN, K.TIP_REASSIGNED, K.TIP_CONFLICTED, K.VOICE_QUEUED, K.VOICE_REMINDED, K.VOICE_OVERDUE, K.VOICE_TYPED,
    },
    "somebody is in danger, or asks who sent it because somebody may be": {
        K.TIP_THREATENED, K.REVEAL_ASKED, K.REVEAL_CONSENTED, K.REVEAL_REFUSED, K.REVEAL_OPENED, K.PAPER_NAMES_PRINTED,
    },
    "a whistle rings, or people are on their way because of it": {
        K.WHISTLE_OPENED, K.WHISTLE_ANNOUNCED, K.WHISTLE_ASKED, K.WHISTLE_DECIDED, K.CALL_OPENED, K.CALL_REMINDED, K.CALL_NUDGED,
        K.CALL_BREACHED, K.CALL_ESCALATED, K.CALL_UNDELIVERED, K.CALL_NOT_LEFT, K.CALL_EXTENDED, K.CALL_HANDLED, K.CALL_PROMISE_ASKED,
        K.CALL_UNPROMISED, K.CALL_CANNOT_COME, K.CALL_DECIDED, K.CALL_PROGRESS_ASKED, K.CALL_REOPENED, K.CALL_REPORT_ASKED,
        K.CALL_STOOD_DOWN, K.CALL_REASSIGNED, K.PHONE_ASKED, K.PHONE_FAILED, K.PHONE_SIGNED, K.PHONE_DENIED, K.DISPUTE_RAISED,
        K.DISPUTE_UPHELD, K.DISPUTE_REJECTED, K.DISPUTE_OVERDUE, K.DRILL_CALLED, K.DRILL_CLOSED,
    },
    "two officers stand in the same place at this moment": {
        K.ACT_PROPOSED, K.ACT_DROPPED, K.ACT_DUE, K.STEP_ASKED, K.STEP_DROPPED, K.DOCUMENT_SIGNED, K.DOCUMENT_CONVERTED,
        K.EVIDENCE_ADDED, K.EVIDENCE_DELAYED, K.EVIDENCE_REFUSED, K.EVIDENCE_LOST,
    },
    "who is on duty, now or next": {
        K.SHIFT_ENDED, K.SHIFT_TAKEN_OVER, K.SHIFT_UNCLAIMED, K.ROTA_HANDED_OVER, K.ROTA_CHANGED, K.ROTA_GAP, K.ROTA_UNREACHED,
        K.SWAP_OFFERED, K.SWAP_TAKEN, K.SWAP_DECLINED, K.SWAP_LAPSED, K.PAUSE_BEGAN, K.PAUSE_ENDED, K.PERSON_STOPPED,
        K.PERSON_UNREACHABLE,
    },
    "money must not be paid any more": {K.REWARD_REVERSED},
    "the service itself is hurt": {K.EVIDENCE_DAMAGED, K.UPDATE_FAILED, K.DEADLINE_FAILED},
}  # fmt: skip


def test_whatever_goes_out_at_night_has_its_reason() -> None:
    to_staff = {kind for kind, audiences in TELL.items() if set(audiences) - {Audience.SOURCE}}
    named = [kind for kinds in AT_ONCE.values() for kind in kinds]

    assert len(named) == len(set(named)), "one reason each"
    assert to_staff - WAITS_FOR_MORNING == set(named)


def test_what_waits_is_told_to_somebody() -> None:
    assert set(TELL) >= WAITS_FOR_MORNING
