"""What falls due: one verb per kind of deadline."""

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import SQLModel

from handlers import privacy
from workflows import answer as answers
from workflows import approval, bypass, coverage, digest, erasure, expiry, own, ringing
from workflows import case as cases
from workflows import claim as claims
from workflows import deskshift as deskshifts
from workflows import dispute as disputes
from workflows import drill as drills
from workflows import explanation as explanations
from workflows import handover as handovers
from workflows import hearing as hearings
from workflows import held as helds
from workflows import pause as pauses
from workflows import permit as permits
from workflows import phone as phones
from workflows import promise as promises
from workflows import records as r
from workflows import reveal as reveals
from workflows import reward as rewards
from workflows import rung as rungs
from workflows import silence as silences
from workflows import supplement as supplements
from workflows import swap as swaps
from workflows import term as terms
from workflows import tip as tips
from workflows import transfer as transfers
from workflows import visit as visits
from workflows import voice as voices
from workflows.work import Work

T = TypeVar("T", bound=SQLModel)
Due = Callable[[Work, r.Deadline], None]


def _of(model: type[T], verb: Callable[..., None], fact: str | None = None) -> Due:
    """The verb on the record that the deadline names; a fact of the row rides along."""

    def due(work: Work, row: r.Deadline) -> None:
        subject = work.find(model, row.subject_id)
        if subject is None:  # purged meanwhile
            work.done(row, "overtaken")
            return
        verb(work, subject, row.facts[fact]) if fact else verb(work, subject)

    return due


def _nudge(work: Work, row: r.Deadline) -> None:
    call = work.find(r.Call, row.subject_id)
    if call is not None:
        own.nudge(work, call, row.facts["person"], row.facts["minutes"])


def _explanation(work: Work, row: r.Deadline) -> None:
    found = work.find(r.Explanation, row.subject_id)
    if found is not None:
        explanations.overdue(work, found, row.facts.get("times", 1))


DUE: dict[str, Due] = {
    "whistle.expire": _of(r.Whistle, expiry.expire),
    digest.DUE: lambda work, _row: digest.send(work),
    "tip.submit": _of(r.Tip, tips.submit_abandoned),
    "tip.remind": _of(r.Tip, tips.remind, "left"),
    "tip.breach": _of(r.Tip, tips.breach),
    "tip.escalate": _of(r.Tip, tips.escalate, "step"),
    "tip.tell_early": _of(r.Tip, tips.escalate, "step"),
    "tip.taken_check": _of(r.Tip, tips.taken_check),
    "tip.first_look": _of(r.Tip, tips.first_look_due),
    erasure.NIGHTLY: erasure.nightly,
    "privacy.erase": lambda work, row: erasure.due(work, row.subject_id),
    "privacy.fold": privacy.fold,
    "reveal.expire": _of(r.Reveal, reveals.expire),
    "tip.bypass": _of(r.Tip, bypass.unanswered),
    "tip.fold": _of(r.Tip, tips.fold),
    "tip.visit": _of(r.Tip, visits.over),
    "tip.no_place": _of(r.Tip, tips.no_place),
    "voice.unanswered": _of(r.Typing, voices.unanswered),
    "voice.remind": _of(r.Typing, voices.remind, "left"),
    "voice.overdue": _of(r.Typing, voices.overdue),
    "case.visit": _of(r.Case, cases.visit_due),
    "whistle.lapse": _of(r.Draft, permits.lapse),
    "call.leave": _of(r.Call, silences.leave_due),
    "call.ring": _of(r.Call, rungs.ring),
    "call.remind": _of(r.Call, silences.remind, "left"),
    "call.tell_early": _of(r.Call, silences.tell_early, "step"),
    "call.nudge": _nudge,
    "call.breach": _of(r.Call, silences.breach),
    "call.escalate": _of(r.Call, silences.escalate, "step"),
    "call.relieve": _of(r.Call, answers.relieve, "by"),
    "call.taken_check": _of(r.Call, silences.taken_check),
    "call.ask_promise": _of(r.Call, promises.ask_again),
    "call.no_promise": _of(r.Call, promises.no_promise),
    "call.ask_progress": _of(r.Call, promises.ask_progress),
    "call.reopen": _of(r.Call, promises.reopen),
    "call.ask_report": _of(r.Call, promises.ask_report),
    "call.phone_hook": _of(r.Call, ringing.silent),
    "shift.end": lambda work, row: deskshifts.by_the_clock(work),
    "shift.unclaimed": _of(r.Shift, deskshifts.unclaimed),
    "explanation.overdue": _explanation,
    helds.OVERDUE: helds.overdue,
    "phone.unconfirmed": _of(r.PhoneAnswer, phones.unconfirmed),
    "dispute.overdue": _of(r.Dispute, disputes.overdue),
    hearings.REMIND: _of(r.Procedure, hearings.remind),
    "transfer.remind": _of(r.Transfer, transfers.remind),
    "reward.remind": _of(r.Reward, rewards.remind, "days"),
    "reward.decide": _of(r.Reward, approval.overdue),
    "reward.stuck": _of(r.Reward, claims.stuck),
    "reward.lapse": _of(r.Reward, rewards.lapse),
    terms.REMIND: terms.remind,
    terms.ENDS: terms.ended,
    "rota.change": _of(r.Rota, handovers.settle),
    "rota.look": _of(r.Rota, coverage.look_again),
    "drill.close": _of(r.Drill, drills.close),
    "pause.over": _of(r.Pause, pauses.over),
    "supplement.hand_in": _of(r.Draft, supplements.hand_in_due),
    "supplement.lapse": _of(r.Draft, supplements.lapse),
    "swap.lapse": _of(r.Swap, swaps.lapse),
    "reward.fold": _of(r.Reward, rewards.fold),
}
