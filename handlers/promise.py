"""Taps about the promise: when they come, that they cannot, what the desk decides, 在路上, and how the whistler found it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.edge import Press, Toast, button, grid, options, say, swap
from workflows import call as calls
from workflows import promise as promises
from workflows import records as r
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone
from workflows.work import CALL_ENDED, To, Work

_SLOT = "%Y%m%d%H%M"


def _call(work: Work, press: Press) -> tuple[r.Call, r.Person]:
    call = work.by_ref(r.Call, press.ref)
    return call, calls.answerer_of(work, call, press.staff())


def ask(work: Work, to: To, call: r.Call) -> None:
    """大概几点能到? right after 签收."""
    ref = call.ref
    appointment = [button("appoint", "appoint", ref)] if promises.slots(work, call) else []
    keyboard = [
        [button("in30", "promise.in30", ref), button("in60", "promise.in60", ref)],
        [*appointment, button("cannot_come", "cannot_come", ref)],
        [button("take_back", "take_back", ref)],
    ]
    say(work, to, "ask.promise", name=call.number, keyboard=keyboard)


def promise(work: Work, press: Press) -> Toast:
    """30分钟内 · 1小时内"""
    call, by = _call(work, press)
    at = promises.promise(work, call, by, press.arg)
    swap(work, press, "note.promised", name=call.number, at=at.isoformat())
    return Toast("noted")


def _offer(work: Work, press: Press, call: r.Call, verb: str) -> None:
    zone = ZoneInfo(work.county.timezone)
    times = promises.slots(work, call)
    keys = [button("slot", f"{verb}.{at.astimezone(zone):{_SLOT}}", call.ref, at=at.isoformat()) for at in times]
    swap(work, press, "ask.slot", name=call.number, keyboard=grid(keys))


def _slot(work: Work, press: Press) -> datetime:
    try:
        return datetime.strptime(press.arg, _SLOT).replace(tzinfo=ZoneInfo(work.county.timezone))
    except ValueError as error:
        raise Gone() from error


def appoint(work: Work, press: Press) -> Toast:
    """约个时间: which?"""
    call, _ = _call(work, press)
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    _offer(work, press, call, "appointed")
    return Toast()


def appointed(work: Work, press: Press) -> Toast:
    call, by = _call(work, press)
    at = promises.appoint(work, call, by, _slot(work, press))
    swap(work, press, "note.promised", name=call.number, at=at.isoformat())
    return Toast("noted")


def cannot_come(work: Work, press: Press) -> Toast:
    """来不了: why?"""
    call, _ = _call(work, press)
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    keyboard = options(work.book.reasons.cannot_come, "not_coming", call.ref, width=1)
    swap(work, press, "ask.cannot_come", name=call.number, keyboard=keyboard)
    return Toast()


def not_coming(work: Work, press: Press) -> Toast:
    call, by = _call(work, press)
    promises.cannot_come(work, call, by, press.arg)
    swap(work, press, "note.cannot_come", name=call.number)
    return Toast("noted")


def on_the_way(work: Work, press: Press) -> Toast:
    """在路上"""
    call, by = _call(work, press)
    promises.on_the_way(work, call, by)
    swap(work, press, "note.on_the_way", name=call.number)
    return Toast("noted")


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _waiting(work: Work, press: Press) -> tuple[r.Call, r.Person]:
    call = work.by_ref(r.Call, press.ref)
    by = tips.desk_of(work, press.staff())
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    if not promises.waits_for_desk(call):
        raise AlreadyDone(by="", at=None)
    return call, by


def advice(work: Work, press: Press) -> Toast:
    """电话指导就行"""
    call, by = _waiting(work, press)
    promises.advise(work, call, by)
    swap(work, press, "note.advised", name=call.number, unit=call.unit_id)
    return Toast("noted")


def later(work: Work, press: Press) -> Toast:
    """改个时间: which?"""
    call, _ = _waiting(work, press)
    if not promises.slots(work, call):
        return Toast("no_appointment", alert=True)
    _offer(work, press, call, "agreed")
    return Toast()


def agreed(work: Work, press: Press) -> Toast:
    call, by = _waiting(work, press)
    at = _slot(work, press)
    promises.later(work, call, by, at)
    swap(work, press, "note.promised", name=call.number, at=at.isoformat())
    return Toast("noted")


def send_other(work: Work, press: Press) -> Toast:
    """改派: to whom?"""
    call, _ = _waiting(work, press)
    units = [work.county.unit(u) for u in promises.others(work, call)][:24]
    keyboard = grid([button((u.short, u.name_en), f"sent_other.{u.id}", call.ref) for u in units])
    swap(work, press, "ask.send_other", name=call.number, unit=call.unit_id, keyboard=keyboard)
    return Toast()


def sent_other(work: Work, press: Press) -> Toast:
    call, by = _waiting(work, press)
    if press.arg not in promises.others(work, call):
        raise Gone()
    opened = promises.send_other(work, call, by, press.arg)
    swap(work, press, "note.sent_other", name=opened.number, unit=call.unit_id, other=opened.unit_id)
    return Toast("called")


# ── the whistler ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rate(work: Work, press: Press) -> Toast:
    """Once, for each unit that came."""
    call = work.by_ref(r.Call, press.ref)
    whistle = work.get(r.Whistle, call.whistle_id)
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    promises.rate(work, call, whistles.leader_of(work, whistle.township_id, press.staff(), tip), press.arg)
    return Toast("rated")


PRESSES = {
    "promise": promise,
    "appoint": appoint,
    "appointed": appointed,
    "cannot_come": cannot_come,
    "not_coming": not_coming,
    "on_the_way": on_the_way,
    "advice": advice,
    "later": later,
    "agreed": agreed,
    "send_other": send_other,
    "sent_other": sent_other,
    "rate": rate,
}
