"""Taps about a late answer after an outage of our own: the desk's first signature, somebody else's second."""

from handlers.edge import Press, Toast, swap
from workflows import held as helds
from workflows import phone as phones
from workflows import records as r
from workflows.work import Work


def count_breach(work: Work, press: Press) -> Toast:
    """计入"""
    return _propose(work, press, counts=True)


def waive_breach(work: Work, press: Press) -> Toast:
    """不计"""
    return _propose(work, press, counts=False)


def _propose(work: Work, press: Press, *, counts: bool) -> Toast:
    call = work.by_ref(r.Call, press.ref)
    asked = helds.propose(work, call, phones.watcher_of(press.staff()), counts)
    swap(work, press, "note.proposed", name=call.number, unit=call.unit_id, counts=counts, asked=asked)
    return Toast("noted")


def agree(work: Work, press: Press) -> Toast:
    """同意: the second signature"""
    call = work.by_ref(r.Call, press.ref)
    counts = helds.agree(work, call, phones.watcher_of(press.staff()))
    swap(work, press, "note.reviewed", name=call.number, unit=call.unit_id, counts=counts)
    return Toast("noted")


def disagree(work: Work, press: Press) -> Toast:
    """不同意: back to the desk"""
    call = work.by_ref(r.Call, press.ref)
    helds.disagree(work, call, phones.watcher_of(press.staff()))
    swap(work, press, "note.disagreed", name=call.number)
    return Toast("noted")


PRESSES = {
    "count_breach": count_breach,
    "waive_breach": waive_breach,
    "review_agree": agree,
    "review_disagree": disagree,
}
