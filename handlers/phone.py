"""Taps about the telephone: 电话已通，代签收 and 打不通 of the desk, the unit's word on it, 已打通电话 of the leader."""

from handlers.edge import Press, Toast, button, grid, people_buttons, say, swap
from handlers.said import Said
from workflows import call as calls
from workflows import phone as phones
from workflows import promise as promises
from workflows import records as r
from workflows import whistle as whistles
from workflows.county import Role
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone
from workflows.states import CallState
from workflows.work import CALL_ENDED, Work

_LISTED = 8


def _waiting(work: Work, press: Press) -> tuple[r.Call, r.Person]:
    """A call that nobody has signed yet, and the desk's seat."""
    call = work.by_ref(r.Call, press.ref)
    by = phones.watcher_of(press.staff())
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    if call.state is not CallState.OPEN:
        raise AlreadyDone(by=work.person(call.acknowledged_by), at=call.acknowledged_at)
    return call, by


def by_phone(work: Work, press: Press) -> Toast:
    """电话已通，代签收: with whom?"""
    call, _ = _waiting(work, press)
    keyboard = [
        *people_buttons(phones.whom(work, call)[:_LISTED], "phoned", call.ref),
        [button("spoke_to_other", f"phoned.{phones.SOMEBODY}", call.ref), button("never_mind", "never_mind", call.ref)],
    ]
    say(work, press.private, "ask.by_phone", name=call.number, unit=call.unit_id, keyboard=keyboard)
    return Toast()


def phoned(work: Work, press: Press) -> Toast:
    call, by = _waiting(work, press)
    answer = phones.sign(work, call, by, press.arg)
    keyboard = [[button("in30", "phone_promise.in30", call.ref), button("in60", "phone_promise.in60", call.ref)]]
    swap(
        work,
        press,
        "note.phoned",
        name=call.number,
        unit=call.unit_id,
        confirm_by=answer.confirm_by.isoformat(),
        late_seconds=call.late_seconds,
        keyboard=keyboard,
    )
    return Toast("phoned")


def phone_promise(work: Work, press: Press) -> Toast:
    """What was said on the phone about when they come; only for a call that was signed by phone."""
    call = work.by_ref(r.Call, press.ref)
    by = phones.watcher_of(press.staff())
    if not call.window.get("phone"):
        raise Gone()
    at = promises.promise(work, call, by, press.arg)
    swap(work, press, "note.promised", name=call.number, at=at.isoformat())
    return Toast("noted")


def not_reached(work: Work, press: Press) -> Toast:
    """打不通"""
    call, by = _waiting(work, press)
    phones.not_reached(work, call, by)
    return Toast("not_reached")


def _answer(work: Work, press: Press) -> tuple[r.PhoneAnswer, r.Call, r.Person]:
    answer = work.by_ref(r.PhoneAnswer, press.ref)
    call = work.get(r.Call, answer.call_id)
    return answer, call, calls.answerer_of(work, call, press.staff())


def phone_yes(work: Work, press: Press) -> Toast:
    """是我们答应的"""
    answer, call, by = _answer(work, press)
    phones.confirm(work, answer, by)
    swap(work, press, "note.phone_confirmed", name=call.number)
    return Toast("noted")


def phone_no(work: Work, press: Press) -> Toast:
    """没有这回事"""
    answer, call, by = _answer(work, press)
    opens = phones.deny(work, answer, by)
    keyboard = [[button("acknowledge", "acknowledge", call.ref, style="success")]] if opens else []
    swap(
        work,
        press,
        "note.phone_denied",
        name=call.number,
        opens=opens,
        due_at=call.due_at.isoformat(),
        keyboard=keyboard,
    )
    return Toast("noted")


def spoke(work: Work, press: Press) -> Toast:
    """已打通电话: the leader's own call."""
    call = work.by_ref(r.Call, press.ref)
    whistle = work.get(r.Whistle, call.whistle_id)
    until = phones.spoke(work, call, whistles.leader_of(work, whistle.township_id, press.staff()))
    return Toast("spoke", {"until": until.isoformat()}, alert=True)


def phone(work: Work, said: Said) -> None:
    """/phone: which call was answered by phone?"""
    said.seat(Role.DESK, Role.LEADER_ON_DUTY)
    waiting = [c for c in work.open_calls() if c.state is CallState.OPEN and c.called][:_LISTED]
    keys = [button("phone_one", "by_phone", c.ref, name=c.number, unit=c.unit_id) for c in waiting]
    say(work, said.me, "ask.which_phoned", waiting=len(waiting), keyboard=grid(keys, 1))


PRESSES = {
    "by_phone": by_phone,
    "phoned": phoned,
    "phone_promise": phone_promise,
    "not_reached": not_reached,
    "phone_yes": phone_yes,
    "phone_no": phone_no,
    "spoke": spoke,
}
