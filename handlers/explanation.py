"""Taps about 说明情况: the unit's reason, the desk's first signature, somebody else's second."""

from handlers.edge import Press, Toast, button, options, say, swap
from workflows import call as calls
from workflows import explanation as explanations
from workflows import phone as phones
from workflows import records as r
from workflows.work import Work


def explain(work: Work, press: Press) -> Toast:
    """说明情况: why?"""
    call = work.by_ref(r.Call, press.ref)
    calls.answerer_of(work, call, press.staff())
    explanations.check(work, call)
    keyboard = [
        *options(work.book.reasons.explain, "explained", call.ref, width=1),
        [button("never_mind", "never_mind", call.ref)],
    ]
    say(work, press.private, "ask.explain", name=call.number, keyboard=keyboard)
    return Toast()


def explained(work: Work, press: Press) -> Toast:
    call = work.by_ref(r.Call, press.ref)
    given = explanations.give(work, call, calls.answerer_of(work, call, press.staff()), press.arg)
    swap(work, press, "note.explained", name=call.number, reason=given.reason, decide_by=given.due_at.isoformat())
    return Toast("noted")


def explain_stands(work: Work, press: Press) -> Toast:
    """认定超时"""
    return _propose(work, press, counts=True)


def explain_waives(work: Work, press: Press) -> Toast:
    """不计"""
    return _propose(work, press, counts=False)


def _propose(work: Work, press: Press, *, counts: bool) -> Toast:
    found = work.by_ref(r.Explanation, press.ref)
    asked = explanations.propose(work, found, phones.watcher_of(press.staff()), counts)
    call = work.get(r.Call, found.call_id)
    swap(work, press, "note.proposed", name=call.number, unit=call.unit_id, counts=counts, asked=asked)
    return Toast("noted")


def agree(work: Work, press: Press) -> Toast:
    """同意: the second signature"""
    found = work.by_ref(r.Explanation, press.ref)
    counts = explanations.agree(work, found, phones.watcher_of(press.staff()))
    call = work.get(r.Call, found.call_id)
    swap(work, press, "note.reviewed", name=call.number, unit=call.unit_id, counts=counts)
    return Toast("noted")


def disagree(work: Work, press: Press) -> Toast:
    """不同意: back to the desk"""
    found = work.by_ref(r.Explanation, press.ref)
    explanations.disagree(work, found, phones.watcher_of(press.staff()))
    swap(work, press, "note.disagreed", name=work.get(r.Call, found.call_id).number)
    return Toast("noted")


PRESSES = {
    "explain": explain,
    "explained": explained,
    "explain_stands": explain_stands,
    "explain_waives": explain_waives,
    "agree": agree,
    "disagree": disagree,
}
