"""TELL: who hears which event. What they read is one template file per event, one block per audience.

`work.tell(…)` style helpers live here too: `tell` writes the outgoing messages of an event, `still_holds` says whether one that waits in
the queue is still true when its turn comes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

from workflows import arrival, hours
from workflows import records as r
from workflows.county import Role, UnitKind
from workflows.events import Kind
from workflows.leaving import Leaving
from workflows.policy import Clock
from workflows.states import (
    ActState,
    CallState,
    CaseState,
    RewardState,
    SwapState,
    TipState,
    TransferState,
    WhistleState,
)
from workflows.work import CALL_ENDED, Lane, To, Work, key_of


class Audience(StrEnum):
    SOURCE = "source"  # whoever sent the tip; known to the vault alone
    SQUAD = "squad"  # the squad's group, or its people on duty in private
    ON_DUTY = "on_duty"  # the squad's people on duty, in private: they must act now
    OWNER = "owner"
    LEADER = "leader"  # the squad's leaders on duty
    TOWNSHIP_LEADER = "township_leader"
    DESK = "desk"
    LEADER_ON_DUTY = "leader_on_duty"
    LIAISON = "liaison"  # whoever of the unit was called
    UNIT = "unit"  # the unit's liaisons on duty
    HEAD = "head"
    WHISTLER = "whistler"
    STEP = "step"  # the step of a ladder: named by the caller
    SECOND = "second"  # the officer or colleague who is asked to confirm
    APPROVER = "approver"
    FINANCE = "finance"
    DISCIPLINE = "discipline"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"  # whoever watches the watchers: 司法局
    CHIEF = "chief"  # whoever answers for a rota: the unit's head, the squad's leader, the administrator
    INCOMING = "incoming"  # comes on duty: named by the caller
    OUTGOING = "outgoing"  # goes off duty: named by the caller
    CONCERNED = "concerned"  # whose own duty it is about: named by the caller
    GROUP = "group"  # the unit's group chat


A = Audience

TELL: dict[Kind, tuple[Audience, ...]] = {
    Kind.TIP_OPENED: (A.SOURCE,),
    Kind.TIP_SUBMITTED: (A.SQUAD,),
    Kind.TIP_ASSIGNED: (A.SQUAD,),
    Kind.TIP_REMINDED: (A.ON_DUTY,),
    Kind.TIP_BREACHED: (A.SQUAD,),  # the leaders are the ladder's first step
    Kind.TIP_ESCALATED: (A.STEP,),
    Kind.TIP_TAKEN: (A.LEADER,),
    Kind.TIP_ACCEPTED: (A.SOURCE,),
    Kind.TIP_ASKED: (A.SOURCE,),
    Kind.TIP_ANSWERED: (A.OWNER,),
    Kind.TIP_DECLINED: (A.SOURCE,),
    Kind.TIP_APPEALED: (A.DESK,),
    Kind.TIP_UPHELD: (A.SOURCE,),
    Kind.TIP_RETURNED: (A.SOURCE, A.SQUAD),
    Kind.TIP_SPLIT: (A.SOURCE,),
    Kind.TIP_TRANSFERRED: (A.SOURCE,),
    Kind.TIP_WITHDRAWN: (A.SQUAD,),
    Kind.TIP_CLOSED: (A.SOURCE,),
    Kind.TIP_UNSOLVED: (A.DESK,),
    Kind.TIP_REASSIGNED: (A.OWNER, A.SOURCE),
    Kind.TIP_CONFLICTED: (A.DESK,),
    Kind.TIP_THREATENED: (A.SOURCE, A.STEP),
    Kind.VOICE_QUEUED: (A.DESK,),
    Kind.VOICE_REMINDED: (A.DESK,),
    Kind.VOICE_OVERDUE: (A.DESK, A.LEADER_ON_DUTY),
    Kind.VOICE_TYPED: (A.OWNER,),
    Kind.ACT_PROPOSED: (A.SECOND,),
    Kind.ACT_RECORDED: (A.OWNER,),
    Kind.ACT_DROPPED: (A.OWNER,),
    Kind.ACT_DUE: (A.OWNER,),
    Kind.PAPER_NAMED: (A.SECOND,),
    Kind.STEP_ASKED: (A.SECOND,),
    Kind.STEP_RECORDED: (A.OWNER,),
    Kind.STEP_DROPPED: (A.OWNER,),
    Kind.TERM_REMINDED: (A.OWNER,),
    Kind.TERM_ENDED: (A.OWNER,),
    Kind.TERM_MOVED: (A.OWNER,),
    Kind.HEARING_APPOINTED: (A.CONCERNED,),
    Kind.HEARING_REMINDED: (A.CONCERNED,),
    Kind.HEARING_HELD: (A.CONCERNED,),
    Kind.REVIEW_ASKED: (A.SECOND,),
    Kind.REVIEW_GIVEN: (A.OWNER,),
    Kind.REVIEW_VOIDED: (A.OWNER,),
    Kind.PAPER_CHECKED: (A.LEADER,),
    Kind.PAPER_REJECTED: (A.LEADER,),
    Kind.WHISTLE_OPENED: (A.SQUAD,),
    Kind.WHISTLE_ANNOUNCED: (A.LEADER,),
    Kind.WHISTLE_ASKED: (A.APPROVER,),
    Kind.WHISTLE_DECIDED: (A.OWNER,),
    Kind.WHISTLE_EQUIPPED: (),
    Kind.WHISTLE_STOOD_DOWN: (),
    Kind.CALL_OPENED: (A.LIAISON,),
    Kind.CALL_REMINDED: (A.LIAISON,),
    Kind.CALL_NUDGED: (A.STEP,),
    Kind.CALL_BREACHED: (A.LIAISON, A.WHISTLER),
    Kind.CALL_ESCALATED: (A.STEP,),
    Kind.CALL_UNDELIVERED: (A.WHISTLER, A.DESK),
    Kind.CALL_HELD: (A.DESK,),
    Kind.CALL_REVIEW_PROPOSED: (A.SECOND,),
    Kind.CALL_REVIEW_RETURNED: (A.DESK,),
    Kind.CALL_REVIEW_OVERDUE: (A.DESK, A.LEADER_ON_DUTY, A.SUPERVISOR),
    Kind.CALL_NOT_LEFT: (A.LIAISON, A.WHISTLER),
    Kind.CALL_EXTENDED: (A.LIAISON, A.WHISTLER),
    Kind.CALL_TAKEN: (A.WHISTLER,),
    Kind.CALL_ACKNOWLEDGED: (),
    Kind.CALL_HANDLED: (A.STEP,),
    Kind.CALL_DEPARTED: (),
    Kind.CALL_PROMISE_ASKED: (A.LIAISON,),
    Kind.CALL_UNPROMISED: (A.DESK,),
    Kind.CALL_CANNOT_COME: (A.DESK, A.WHISTLER),
    Kind.CALL_DECIDED: (A.LIAISON, A.WHISTLER),
    Kind.CALL_PROGRESS_ASKED: (A.LIAISON,),
    Kind.CALL_REOPENED: (A.LIAISON, A.WHISTLER),
    Kind.CALL_REPORT_ASKED: (A.LIAISON,),
    Kind.CALL_ARRIVED: (A.WHISTLER,),
    Kind.CALL_REPORTED: (A.WHISTLER,),
    Kind.CALL_STOOD_DOWN: (A.LIAISON,),
    Kind.CALL_REASSIGNED: (A.WHISTLER,),
    Kind.EXPLANATION_GIVEN: (A.DESK,),
    Kind.EXPLANATION_PROPOSED: (A.SECOND,),
    Kind.EXPLANATION_RETURNED: (A.DESK,),
    Kind.EXPLANATION_ACCEPTED: (A.LIAISON,),
    Kind.EXPLANATION_REJECTED: (A.LIAISON,),
    Kind.EXPLANATION_OVERDUE: (A.DESK, A.LEADER_ON_DUTY, A.SUPERVISOR),
    Kind.EXPLANATION_PILED_UP: (A.SUPERVISOR,),
    Kind.SHIFT_ENDED: (A.SECOND,),
    Kind.SHIFT_TAKEN_OVER: (A.OWNER,),
    Kind.SHIFT_UNCLAIMED: (A.LEADER_ON_DUTY,),
    Kind.PHONE_ASKED: (A.STEP,),
    Kind.PHONE_FAILED: (A.STEP,),
    Kind.PHONE_SIGNED: (A.LIAISON,),
    Kind.PHONE_DENIED: (A.DESK, A.WHISTLER),
    Kind.DISPUTE_RAISED: (A.WHISTLER, A.DESK),
    Kind.DISPUTE_UPHELD: (A.LIAISON, A.WHISTLER),
    Kind.DISPUTE_REJECTED: (A.LIAISON, A.WHISTLER),
    Kind.DISPUTE_OVERDUE: (A.LEADER_ON_DUTY, A.DESK),
    Kind.TRANSFER_OFFERED: (A.UNIT,),
    Kind.TRANSFER_TAKEN_OVER: (A.LEADER,),
    Kind.TRANSFER_RETURNED: (A.LEADER,),
    Kind.TRANSFER_REMINDED: (A.LEADER, A.UNIT),
    Kind.REWARD_PROPOSED: (A.APPROVER,),
    Kind.REWARD_REFUSED: (A.SOURCE,),
    Kind.REWARD_ANNOUNCED: (A.SOURCE, A.FINANCE),
    Kind.REWARD_REMINDED: (A.SOURCE,),
    Kind.REWARD_PAID: (A.SOURCE,),
    Kind.REWARD_LAPSED: (A.SOURCE,),
    Kind.REVEAL_ASKED: (A.STEP, A.SUPERVISOR),
    Kind.REVEAL_CONSENTED: (A.OWNER, A.SUPERVISOR),
    Kind.REVEAL_REFUSED: (A.OWNER, A.SUPERVISOR),
    Kind.REVEAL_OPENED: (A.SUPERVISOR,),
    Kind.DATA_ERASED: (A.SUPERVISOR, A.ADMIN),
    Kind.REWARD_OVERDUE: (A.APPROVER, A.DESK),
    Kind.PAPER_NAMES_PRINTED: (A.SUPERVISOR,),
    Kind.REWARD_HONOURED: (A.SOURCE,),
    Kind.REWARD_CONCENTRATED: (A.DISCIPLINE,),
    Kind.REWARD_STUCK: (A.DESK,),
    Kind.REWARD_REVERSAL_ASKED: (A.SECOND,),
    Kind.REWARD_REVERSAL_REFUSED: (A.OWNER,),
    Kind.REWARD_REVERSED: (A.SOURCE, A.FINANCE),
    Kind.PERSON_UNREACHABLE: (A.ADMIN,),
    Kind.ROTA_HANDED_OVER: (A.INCOMING, A.OUTGOING, A.GROUP),
    Kind.ROTA_CHANGED: (A.CONCERNED,),
    Kind.ROTA_GAP: (A.CHIEF,),
    Kind.ROTA_UNREACHED: (A.CHIEF, A.ADMIN),
    Kind.DRILL_ANNOUNCED: (A.CONCERNED,),
    Kind.DRILL_CANCELLED: (A.CONCERNED,),
    Kind.DRILL_CALLED: (A.CONCERNED,),
    Kind.DRILL_CLOSED: (A.DESK,),
    Kind.PAUSE_BEGAN: (A.UNIT, A.DESK),
    Kind.PAUSE_ENDED: (A.UNIT, A.DESK),
    Kind.SWAP_OFFERED: (A.CONCERNED,),
    Kind.SWAP_TAKEN: (A.CONCERNED,),
    Kind.SWAP_DECLINED: (A.CONCERNED,),
    Kind.SWAP_LAPSED: (A.CONCERNED,),
    Kind.PERSON_STOPPED: (A.STEP,),
    Kind.WHISTLE_EXPIRED: (A.DESK, A.LEADER),
    Kind.DIGEST_SENT: (A.STEP,),
    Kind.DOCUMENT_SIGNED: (A.CONCERNED,),
    Kind.DOCUMENT_UNPRINTED: (A.DESK, A.ADMIN),
    Kind.DOCUMENT_CONVERTED: (A.CONCERNED,),
    Kind.EVIDENCE_ADDED: (A.CONCERNED,),
    Kind.EVIDENCE_DELAYED: (A.CONCERNED,),
    Kind.EVIDENCE_REFUSED: (A.CONCERNED,),
    Kind.EVIDENCE_LOST: (A.CONCERNED,),
    Kind.EVIDENCE_DAMAGED: (A.ADMIN,),
    Kind.SUPPLEMENT_ASKED: (A.CONCERNED,),
    Kind.SUPPLEMENT_UNABLE: (A.OWNER,),
    Kind.SUPPLEMENT_HANDED_IN: (A.OWNER,),
    Kind.UPDATE_FAILED: (A.ADMIN,),
    Kind.DEADLINE_FAILED: (A.ADMIN,),
}

LIVE: frozenset[tuple[Kind, Audience]] = frozenset(
    {
        (Kind.TIP_OPENED, A.SOURCE),
        (Kind.TIP_SUBMITTED, A.SQUAD),
        (Kind.WHISTLE_OPENED, A.SQUAD),
        (Kind.CALL_OPENED, A.LIAISON),
        (Kind.TIP_CLOSED, A.SOURCE),
        (Kind.REWARD_ANNOUNCED, A.SOURCE),
        (Kind.REWARD_REFUSED, A.SOURCE),
        (Kind.REWARD_PROPOSED, A.APPROVER),
        (Kind.EVIDENCE_ADDED, A.CONCERNED),
    }
)
"""These stay: the message is drawn anew whenever its record changes."""

ALARMS = frozenset(
    {
        Kind.WHISTLE_ANNOUNCED,
        Kind.WHISTLE_ASKED,
        Kind.CALL_NOT_LEFT,
        Kind.CALL_OPENED,
        Kind.CALL_BREACHED,
        Kind.CALL_ESCALATED,
        Kind.CALL_UNDELIVERED,
        Kind.CALL_STOOD_DOWN,
        Kind.CALL_CANNOT_COME,
        Kind.CALL_PROGRESS_ASKED,
        Kind.CALL_REOPENED,
        Kind.PHONE_DENIED,
        Kind.PHONE_ASKED,
        Kind.TIP_SUBMITTED,
        Kind.TIP_ASSIGNED,
        Kind.TIP_BREACHED,
        Kind.TIP_ESCALATED,
        Kind.TIP_CONFLICTED,
        Kind.TIP_THREATENED,
        Kind.VOICE_QUEUED,
        Kind.VOICE_OVERDUE,
        Kind.DISPUTE_RAISED,
        Kind.DISPUTE_OVERDUE,
        Kind.ACT_PROPOSED,
        Kind.STEP_ASKED,
        Kind.PERSON_STOPPED,
    }
)
REMINDERS = frozenset(
    {
        Kind.CALL_REMINDED,
        Kind.CALL_NUDGED,
        Kind.CALL_PROMISE_ASKED,
        Kind.EXPLANATION_GIVEN,
        Kind.EXPLANATION_OVERDUE,
        Kind.CALL_REVIEW_OVERDUE,
        Kind.CALL_UNPROMISED,
        Kind.CALL_REPORT_ASKED,
        Kind.TIP_REMINDED,
        Kind.VOICE_REMINDED,
        Kind.TRANSFER_REMINDED,
        Kind.REWARD_REMINDED,
        Kind.REWARD_OVERDUE,
        Kind.ACT_DUE,
        Kind.TERM_REMINDED,
        Kind.HEARING_REMINDED,
    }
)


FOLDED = frozenset(
    {
        Kind.TIP_ASKED,
        Kind.TIP_DECLINED,
        Kind.TIP_UPHELD,
        Kind.TIP_RETURNED,
        Kind.TIP_SPLIT,
        Kind.TIP_TRANSFERRED,
        Kind.REWARD_PAID,
        Kind.REWARD_LAPSED,
        Kind.REWARD_HONOURED,
        Kind.REWARD_REVERSED,
    }
)
"""To a sender these arrive as one neutral line: what they say opens with a tap and folds away again."""

QUIET = frozenset(
    {
        Kind.TIP_CLOSED,
        Kind.REWARD_ANNOUNCED,
        Kind.REWARD_REFUSED,
        Kind.REWARD_REMINDED,
        Kind.REWARD_PAID,
        Kind.REWARD_LAPSED,
        Kind.REWARD_HONOURED,
        Kind.REWARD_REVERSED,
    }
)
"""Results and rewards to a sender: only in the hours that policy allows. Alarms and answers are never quiet."""


STATUS = frozenset(
    {
        Kind.CALL_TAKEN,
        Kind.CALL_ARRIVED,
        Kind.CALL_REPORTED,
        Kind.TIP_TAKEN,
        Kind.ACT_RECORDED,
        Kind.PAPER_CHECKED,
        Kind.TRANSFER_TAKEN_OVER,
        Kind.STEP_RECORDED,
    }
)
"""Status notices: nothing is asked by them. Who has switched them off, or has done nothing here for a week, gets none."""

WAITS_FOR_MORNING = STATUS | {
    Kind.SUPPLEMENT_ASKED,
    Kind.SUPPLEMENT_UNABLE,
    Kind.SUPPLEMENT_HANDED_IN,
    Kind.EXPLANATION_GIVEN,
    Kind.EXPLANATION_PROPOSED,
    Kind.EXPLANATION_RETURNED,
    Kind.EXPLANATION_ACCEPTED,
    Kind.EXPLANATION_REJECTED,
    Kind.EXPLANATION_OVERDUE,
    Kind.EXPLANATION_PILED_UP,
    Kind.CALL_HELD,
    Kind.CALL_REVIEW_PROPOSED,
    Kind.CALL_REVIEW_RETURNED,
    Kind.CALL_REVIEW_OVERDUE,
    Kind.DRILL_ANNOUNCED,
    Kind.DRILL_CANCELLED,
    Kind.TERM_REMINDED,
    Kind.TERM_ENDED,
    Kind.TERM_MOVED,
    Kind.HEARING_APPOINTED,
    Kind.HEARING_REMINDED,
    Kind.HEARING_HELD,
    Kind.REVIEW_ASKED,
    Kind.REVIEW_GIVEN,
    Kind.REVIEW_VOIDED,
    Kind.PAPER_NAMED,
    Kind.PAPER_REJECTED,
    Kind.TRANSFER_OFFERED,
    Kind.TRANSFER_RETURNED,
    Kind.TRANSFER_REMINDED,
    Kind.REWARD_PROPOSED,
    Kind.REWARD_ANNOUNCED,
    Kind.REWARD_OVERDUE,
    Kind.REWARD_STUCK,
    Kind.REWARD_CONCENTRATED,
    Kind.REWARD_REVERSAL_ASKED,
    Kind.REWARD_REVERSAL_REFUSED,
    Kind.TIP_APPEALED,
    Kind.TIP_UNSOLVED,
    Kind.DATA_ERASED,
    Kind.WHISTLE_EXPIRED,
    Kind.DIGEST_SENT,
    Kind.DOCUMENT_UNPRINTED,
}
"""What colleagues need not be woken for: at night it reaches only those who are up and doing; the others in the morning."""


def _not_before(work: Work, kind: Kind, audience: Audience, to: To) -> datetime | None:
    if audience is not A.SOURCE:
        return _morning(work, to) if kind in WAITS_FOR_MORNING else None
    if kind not in QUIET or (hours := work.policy.notice.results_between) is None:
        return None
    local = work.now.astimezone(ZoneInfo(work.county.timezone))
    if hours.open_at(local.time()):
        return None
    opens = local.replace(hour=hours.from_.hour, minute=hours.from_.minute, second=0, microsecond=0)
    return opens if opens > local else opens + timedelta(days=1)


def is_silent(work: Work, template: str, subject_id: str | None) -> bool:
    """预约 rings at once, but at night and on holidays without a sound."""
    if template != Kind.CALL_OPENED or hours.is_open(work.now, work.county, work.policy.hours):
        return False
    call = work.find(r.Call, subject_id)
    return call is not None and call.window.get("clock") == Clock.WORKING


def _morning(work: Work, to: To) -> datetime | None:
    """When the day begins, if it is night and this reader is not up; None: now."""
    hours = work.policy.hours
    local = work.now.astimezone(ZoneInfo(work.county.timezone))
    if to.account is None or hours.day_from <= local.time() < hours.night_from:
        return None
    active = work.identity(to.account).active_at
    if active is not None and work.now - active <= timedelta(minutes=work.policy.notice.awake_minutes):
        return None
    begins = local.replace(hour=hours.day_from.hour, minute=hours.day_from.minute, second=0, microsecond=0)
    return begins if begins > local else begins + timedelta(days=1)


def touch(work: Work, account: str) -> None:
    """A colleague does something here; noted to five minutes."""
    identity = work.identity(account)
    if identity.active_at is None or work.now - identity.active_at >= timedelta(minutes=5):
        identity.active_at = work.now


def withheld(work: Work, row: Leaving) -> str | None:
    """Why a message that waited does not leave after all; None: it does. Alarms are withheld only when they are true no more."""
    if row.act in ("send", "card") and not still_holds(work, row.template, row.subject_id):
        return "no longer true"
    if row.account is None or row.template.startswith(("note.", "ask.")):
        return None
    identity = work.identity(row.account)
    if row.lane == Lane.REMINDER and identity.muted_until is not None and identity.muted_until > work.now:
        return "muted"
    if row.template in STATUS and row.act == "send":
        if identity.notices_off:
            return "notices off"
        seats = work.seats_of(row.account)
        seen = max([identity.active_at or identity.first_seen_at, *(s.bound_at for s in seats if s.bound_at)])
        if work.now - seen >= timedelta(days=work.policy.notice.inactive_days):
            return "inactive"
    return None


def lane_of(kind: Kind) -> Lane:
    if kind is Kind.DIGEST_SENT:
        return Lane.DIGEST
    if kind in ALARMS:
        return Lane.ALARM
    return Lane.REMINDER if kind in REMINDERS else Lane.ANSWER


def fold(work: Work, kind: Kind, subject: SQLModel, to: To, facts: dict[str, Any]) -> dict[str, Any]:
    """What is sent in place of a text that opens with a tap. A question is read from its sealed record when it is opened."""
    kept = {name: value for name, value in facts.items() if name != "question"}
    draft = r.Draft(kind="folded", subject_id=tip_of(work, subject).id, by=to.account or "", facts={}, at=work.now)
    draft.facts = {"event": kind.value, "text": kept, "lang": to.lang}
    return {"folded": True, "notice": work.add(draft).ref}


NAMED = (A.STEP, A.SECOND, A.LIAISON, A.OWNER, A.ON_DUTY, A.LEADER, A.CONCERNED, A.APPROVER)
"""Audiences that whoever tells may name."""


def tell(
    work: Work,
    kind: Kind,
    subject: SQLModel,
    /,
    *,
    to: Sequence[To] | dict[Audience, list[To]] | None = None,
    by: r.Person | None = None,
    **facts: Any,
) -> None:
    """Queue the messages of an event for each of its audiences. `to` names the recipients of STEP, SECOND and LIAISON."""
    subject_id = key_of(subject)
    drill = work.is_drill(subject) or type(subject) is r.Drill
    heard: set[tuple[str | None, int | None]] = set()
    for audience in TELL.get(kind, ()):
        if isinstance(to, dict) and audience in to:
            recipients = to[audience]
        elif to is not None and not isinstance(to, dict) and audience in NAMED:
            recipients = list(to)
        else:
            recipients = AUDIENCES[audience](work, subject)
        for one in recipients:
            address = (one.account, one.chat_id)
            if address in heard or (by is not None and one.account is not None and one.account == by.account):
                continue
            heard.add(address)
            live = (kind, audience) in LIVE
            folded = kind in FOLDED and audience is A.SOURCE
            work.send(
                kind.value,
                audience.value,
                one,
                lane=Lane.ANSWER if kind is Kind.TIP_OPENED else lane_of(kind),
                act="card" if live else "send",
                subject_id=subject_id,
                drill=drill,
                facts=None if live else fold(work, kind, subject, one, facts) if folded else facts,
                sealed=audience is A.SOURCE and not live,
                not_before=_not_before(work, kind, audience, one),
            )


def to_person(work: Work, person: r.Person | None) -> list[To]:
    """A seat's private chat, if it is bound."""
    if person is None or person.account is None:
        return []
    identity = work.find(r.Identity, person.account)
    if identity is None or identity.blocked_at is not None or identity.stopped_at is not None:
        return []  # cannot be reached: whoever tells goes on to the next
    return [To(account=person.account, lang=identity.lang, person_id=person.id)]


def to_people(work: Work, people: Sequence[r.Person]) -> list[To]:
    work.load(r.Identity, [person.account for person in people])
    return [one for person in people for one in to_person(work, person)]


def on_duty(work: Work, unit_id: str, *roles: str, post: str | None = None) -> list[To]:
    """Bound people of a unit on duty."""
    return to_people(work, work.people(unit_id, *roles, post=post, on_duty=True))


def on_duty_near(work: Work, unit_id: str, *roles: str) -> list[To]:
    """Whoever is on duty at a station; if nobody is, at its department."""
    return next((found for unit in work.county.answering(unit_id) if (found := on_duty(work, unit, *roles))), [])


# ── audiences ────────────────────────────────────────────────────────────────────────────────────────────────────────

OF_CALL = r.Dispute | r.PhoneAnswer | r.Explanation
"""Records that belong to one call."""
SQUAD_ROLES = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER, Role.DISPATCHER)


def tip_of(work: Work, subject: SQLModel) -> r.Tip:
    """The tip behind any record of a matter."""
    if isinstance(subject, r.Tip):
        return subject
    if isinstance(subject, r.Reveal | r.Reward | r.Question | r.Transfer | r.Typing | r.Case):
        return work.get(r.Tip, subject.tip_id)
    if isinstance(subject, OF_CALL):
        subject = work.get(r.Call, subject.call_id)
    case_id = getattr(subject, "case_id", None)
    return work.get(r.Tip, work.get(r.Case, case_id).tip_id)


def call_of(work: Work, subject: SQLModel) -> r.Call:
    if isinstance(subject, OF_CALL):
        return work.get(r.Call, subject.call_id)
    if not isinstance(subject, r.Call):
        raise TypeError(f"{type(subject).__name__} has no call")
    return subject


def squad_unit(work: Work, tip: r.Tip) -> str | None:
    """The unit of the squad that serves the tip's township."""
    if tip.township_id is None:
        return None
    return work.county.squad_of(tip.township_id).id


def _source(work: Work, subject: SQLModel) -> list[To]:
    tip = tip_of(work, subject)
    if tip.by_staff:
        return []  # the squad saw it itself: nobody waits for an answer
    return [To(account=tip.account, lang=tip.lang)] if work.live_account(tip.account) else []


def _squad(work: Work, subject: SQLModel) -> list[To]:
    tip = tip_of(work, subject)
    if tip.hidden and tip.handlers:
        return _handlers(work, tip)
    unit = squad_unit(work, tip)
    if unit is None or tip.desk:
        return _desk(work, subject)
    groups = work.groups_of(unit)
    if groups:
        return [To(chat_id=g.chat_id, thread=work.thread_of(g.chat_id, tip.id) if g.forum else None) for g in groups]
    return _on_duty(work, subject)


def _on_duty(work: Work, subject: SQLModel) -> list[To]:
    tip = tip_of(work, subject)
    if tip.hidden and tip.handlers:
        return _handlers(work, tip)
    unit = squad_unit(work, tip)
    if unit is None or tip.desk:
        return _desk(work, subject)
    return on_duty(work, unit, *SQUAD_ROLES)


def _handlers(work: Work, tip: r.Tip) -> list[To]:
    """Whom the desk picked for a tip that the township does not see."""
    people = [work.person(i) for i in tip.handlers]
    return to_people(work, [p for p in people if p is not None])


def _owner(work: Work, subject: SQLModel) -> list[To]:
    return to_person(work, work.person(tip_of(work, subject).owner_id))


def _leader(work: Work, subject: SQLModel) -> list[To]:
    tip = tip_of(work, subject)
    if tip.hidden and tip.handlers:
        return _handlers(work, tip)
    unit = squad_unit(work, tip)
    if unit is None or tip.desk:
        return _desk(work, subject)
    return on_duty(work, unit, Role.SQUAD_LEADER)


def _township_leader(work: Work, subject: SQLModel) -> list[To]:
    tip = tip_of(work, subject)
    return on_duty(work, tip.township_id, Role.TOWNSHIP_LEADER) if tip.township_id and not tip.hidden else []


def _desk(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, Role.DESK)


def _leader_on_duty(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, Role.LEADER_ON_DUTY)


def _liaison(work: Work, subject: SQLModel) -> list[To]:
    """Whoever of the unit was called; not who has gone off duty since and is replaced."""
    call = call_of(work, subject)
    off = call.window.get("handed_on", [])
    people = [work.person(i) for i in call.called if i not in off]
    return to_people(work, [p for p in people if p is not None])


def _unit(work: Work, subject: SQLModel) -> list[To]:
    if isinstance(subject, r.Transfer | r.Call | r.Pause):
        return on_duty_near(work, subject.unit_id, Role.LIAISON)
    raise TypeError(f"{type(subject).__name__} has no unit")


def _head(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.department_of(call_of(work, subject).unit_id), Role.DEPARTMENT_HEAD)


def _whistler(work: Work, subject: SQLModel) -> list[To]:
    whistle = subject if isinstance(subject, r.Whistle) else work.brief(call_of(work, subject))
    return to_person(work, work.person(whistle.blown_by))


def _finance(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, *work.policy.reward.payer_roles)


def _supervisor(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, Role.SUPERVISOR)


def _discipline(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, Role.DISCIPLINE)


def _admin(work: Work, subject: SQLModel) -> list[To]:
    return on_duty(work, work.county.id, Role.ADMIN)


def chiefs(work: Work, unit_id: str) -> list[r.Person]:
    """Who answers for a unit's duty, whether on duty or not; the administrators, where nobody of the unit can be reached."""
    unit = work.county.unit(unit_id)
    if unit.kind in (UnitKind.DEPARTMENT, UnitKind.STATION):
        found = work.people(unit.dept_code or unit.id, Role.DEPARTMENT_HEAD)
    elif unit.kind is UnitKind.SQUAD:
        found = work.people(unit_id, Role.SQUAD_LEADER)
    else:
        found = work.people(unit_id, Role.TOWNSHIP_LEADER)
    reached = [one for one in found if work.live_account(one.account)]
    return reached or list(work.people(work.county.id, Role.ADMIN))


def _chief(work: Work, subject: SQLModel) -> list[To]:
    if not isinstance(subject, r.Rota):
        raise TypeError(f"{type(subject).__name__} has no chief")
    return to_people(work, chiefs(work, subject.unit_id))


def _group(work: Work, subject: SQLModel) -> list[To]:
    unit_id = getattr(subject, "unit_id", None)
    return [To(chat_id=group.chat_id) for group in work.groups_of(unit_id)] if unit_id else []


def _named(work: Work, subject: SQLModel) -> list[To]:
    raise LookupError("this audience is named by whoever tells")


AUDIENCES: dict[Audience, Callable[[Work, SQLModel], list[To]]] = {
    A.SOURCE: _source,
    A.SQUAD: _squad,
    A.ON_DUTY: _on_duty,
    A.OWNER: _owner,
    A.LEADER: _leader,
    A.TOWNSHIP_LEADER: _township_leader,
    A.DESK: _desk,
    A.LEADER_ON_DUTY: _leader_on_duty,
    A.LIAISON: _liaison,
    A.UNIT: _unit,
    A.HEAD: _head,
    A.WHISTLER: _whistler,
    A.STEP: _named,
    A.SECOND: _named,
    A.APPROVER: _named,
    A.FINANCE: _finance,
    A.DISCIPLINE: _discipline,
    A.SUPERVISOR: _supervisor,
    A.ADMIN: _admin,
    A.CHIEF: _chief,
    A.INCOMING: _named,
    A.OUTGOING: _named,
    A.CONCERNED: _named,
    A.GROUP: _group,
}


# ── does it still hold? ──────────────────────────────────────────────────────────────────────────────────────────────


def _tip_waits(work: Work, subject_id: str) -> bool:
    tip = work.find(r.Tip, subject_id)
    return tip is not None and tip.state is TipState.SUBMITTED


def _tip_waits_or_is_unseen(work: Work, subject_id: str) -> bool:
    tip = work.find(r.Tip, subject_id)
    unseen = tip is not None and tip.state is TipState.ACCEPTED and tip.first_look_at is None
    return unseen or _tip_waits(work, subject_id)


def _call_waits(work: Work, subject_id: str) -> bool:
    call = work.find(r.Call, subject_id)
    return call is not None and call.state is CallState.OPEN


def _call_lives(work: Work, subject_id: str) -> bool:
    call = work.find(r.Call, subject_id)
    return call is not None and call.state not in CALL_ENDED


def _promise_waits(work: Work, subject_id: str) -> bool:
    call = work.find(r.Call, subject_id)
    return call is not None and call.state is CallState.ACKNOWLEDGED and arrival.promise_of(call) is None


def _arrival_waits(work: Work, subject_id: str) -> bool:
    call = work.find(r.Call, subject_id)
    return call is not None and call.state in arrival.WAITED_FOR


def _transfer_waits(work: Work, subject_id: str) -> bool:
    transfer = work.find(r.Transfer, subject_id)
    return transfer is not None and transfer.state is TransferState.OFFERED


def _reward_waits(work: Work, subject_id: str) -> bool:
    reward = work.find(r.Reward, subject_id)
    return reward is not None and reward.state is RewardState.ANNOUNCED


def _reward_undecided(work: Work, subject_id: str) -> bool:
    reward = work.find(r.Reward, subject_id)
    return reward is not None and reward.state is RewardState.PROPOSED


def _reward_stuck(work: Work, subject_id: str) -> bool:
    reward = work.find(r.Reward, subject_id)
    return reward is not None and reward.state is RewardState.CLAIMED


def _whistle_lives(work: Work, subject_id: str) -> bool:
    whistle = work.find(r.Whistle, subject_id)
    return whistle is not None and whistle.state is WhistleState.OPEN


def _swap_waits(work: Work, subject_id: str) -> bool:
    swap = work.find(r.Swap, subject_id)
    return swap is not None and swap.state is SwapState.OFFERED


def _case_open(work: Work, subject_id: str) -> bool:
    act = work.find(r.Act, subject_id)
    return act is not None and work.get(r.Case, act.case_id).state is CaseState.OPEN


def _asked_waits(work: Work, ref: str) -> bool:
    draft = work.find(r.Draft, ref)
    return draft is not None and draft.done_at is None


def _typing_waits(work: Work, subject_id: str) -> bool:
    typing = work.find(r.Typing, subject_id)
    return typing is not None and typing.done_at is None


def _step_waits(work: Work, subject_id: str) -> bool:
    step = work.find(r.Step, subject_id)
    return step is not None and step.state is ActState.PROPOSED


def _not_left(work: Work, subject_id: str) -> bool:
    call = work.find(r.Call, subject_id)
    return call is not None and call.state in (CallState.OPEN, CallState.ACKNOWLEDGED)


HOLDS: dict[str, Callable[[Work, str], bool]] = {
    Kind.TIP_REMINDED.value: _tip_waits_or_is_unseen,
    Kind.VOICE_QUEUED.value: _typing_waits,
    Kind.VOICE_REMINDED.value: _typing_waits,
    Kind.VOICE_OVERDUE.value: _typing_waits,
    Kind.TIP_BREACHED.value: _tip_waits,
    Kind.TIP_ESCALATED.value: _tip_waits,
    Kind.CALL_OPENED.value: _call_lives,
    Kind.CALL_REMINDED.value: _call_waits,
    Kind.CALL_NUDGED.value: _call_waits,
    Kind.CALL_ESCALATED.value: _call_waits,
    Kind.CALL_EXTENDED.value: _call_waits,
    Kind.CALL_UNDELIVERED.value: _call_waits,
    Kind.CALL_PROMISE_ASKED.value: _promise_waits,
    Kind.CALL_UNPROMISED.value: _promise_waits,
    Kind.CALL_CANNOT_COME.value: _arrival_waits,
    Kind.CALL_PROGRESS_ASKED.value: _arrival_waits,
    Kind.CALL_REOPENED.value: _call_waits,
    Kind.CALL_REPORT_ASKED.value: _call_lives,
    Kind.TRANSFER_REMINDED.value: _transfer_waits,
    Kind.REWARD_REMINDED.value: _reward_waits,
    Kind.REWARD_OVERDUE.value: _reward_undecided,
    Kind.REWARD_STUCK.value: _reward_stuck,
    Kind.WHISTLE_OPENED.value: _whistle_lives,
    Kind.WHISTLE_ASKED.value: _asked_waits,
    Kind.CALL_NOT_LEFT.value: _not_left,
    Kind.WHISTLE_ANNOUNCED.value: _whistle_lives,
    Kind.SWAP_OFFERED.value: _swap_waits,
    Kind.STEP_ASKED.value: _step_waits,
}


def still_holds(work: Work, template: str, subject_id: str | None) -> bool:
    """Whether an alarm or reminder that waited in the queue is still true; edits and answers always are."""
    check = HOLDS.get(template)
    return check is None or subject_id is None or check(work, subject_id)
