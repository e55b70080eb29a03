"""先别马上来: a visit right after a message shows who sent it, so its sender may ask that it waits, or that several places are looked at.

The squad takes the matter over as quickly as ever, and a department signs as quickly; only the way to the spot waits, and nobody is
reminded of it before. Cards say from when, never why or at whose wish. In danger nothing waits.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows import arrival
from workflows import records as r
from workflows import tip as tips
from workflows.events import Kind
from workflows.refusals import AlreadyClosed, AlreadyDone, CannotWait, Gone, NotYourTip
from workflows.states import CallState, TipState
from workflows.work import Work

WISHES = ("hours", "tomorrow", "together", "now")


def may_ask(work: Work, tip: r.Tip) -> bool:
    """While nobody has been there, and nobody is in danger."""
    final = tips.matter_of(work, tip)
    waits = final.state in (TipState.SUBMITTED, TipState.ACCEPTED) and final.first_look_at is None
    return waits and not final.urgent and not tip.by_inspector and not tip.by_staff


def ask(work: Work, tip: r.Tip, account: str, wish: str) -> None:
    """两小时后 · 明天 · 和别家一起查, or 不用等 after all. Raises CannotWait in danger, AlreadyClosed once somebody has been there."""
    if tip.account != account:
        raise NotYourTip()
    if wish not in WISHES:
        raise Gone()
    final = tips.matter_of(work, tip)
    if final.urgent:
        raise CannotWait()
    if not may_ask(work, tip):
        raise AlreadyClosed()
    chosen = "" if wish == "now" else wish
    if tip.wish == chosen:
        raise AlreadyDone(by="", at=None)
    tip.wish, tip.wish_until = chosen, _until(work, chosen)
    tip.rev += 1
    work.record(Kind.TIP_WISHED, tip, "source", wish=chosen)
    work.cancel(final.id, "tip.visit")
    if final.state is TipState.ACCEPTED:
        work.cancel(final.id, "tip.first_look")
        tips.plan_first_look(work, final)
    elif tip.wish_until is not None:
        work.due("tip.visit", final.id, tip.wish_until)
    spare(work, final)
    work.refresh(tip.id, final.id)


def spare(work: Work, tip: r.Tip) -> None:
    """Departments that are on their way to this matter are expected by the wish as it now is; those not yet signed read it."""
    for call in work.calls_of_case(tip.case_id) if tip.case_id else ():
        arrival.spare(work, call)
        if call.state is CallState.OPEN:
            work.refresh(call.id)


def _until(work: Work, wish: str) -> datetime | None:
    """On a full half hour: the minute of the tap is nobody's business."""
    rules, local = work.policy.visit, work.now.astimezone(ZoneInfo(work.county.timezone))
    if wish == "hours":
        whole = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
        return whole + timedelta(hours=rules.hours, minutes=0 if whole == local else 30)
    if wish == "tomorrow":
        at = rules.tomorrow_at
        return (local + timedelta(days=1)).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return None


def over(work: Work, tip: r.Tip) -> None:
    """The wish has ended: the cards are drawn anew without it."""
    work.refresh(tip.id, *(c.id for c in (work.calls_of_case(tip.case_id) if tip.case_id else ())))
