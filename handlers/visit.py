"""Taps of 先别马上来: the sender asks that the visit waits."""

from handlers.edge import Press, Toast, button, grid, say, swap
from handlers.tip import mine
from workflows import visit as visits
from workflows.refusals import AlreadyClosed, CannotWait
from workflows.work import Work


def visit_later(work: Work, press: Press) -> Toast:
    """先别马上来: until when, or with others?"""
    tip = mine(work, press)
    if not visits.may_ask(work, tip):
        raise CannotWait() if tip.urgent else AlreadyClosed()
    offered = [
        button("visit_hours", "visit.hours", tip.ref, tip.rev, hours=work.policy.visit.hours),
        button("visit_tomorrow", "visit.tomorrow", tip.ref, tip.rev),
        button("visit_together", "visit.together", tip.ref, tip.rev),
        button("visit_now", "visit.now", tip.ref, tip.rev),
    ]
    if not tip.wish:
        offered.pop()
    say(work, press.private, "ask.visit_when", sealed=True, keyboard=grid(offered, 2))
    return Toast()


def visit(work: Work, press: Press) -> Toast:
    tip = mine(work, press)
    visits.ask(work, tip, press.account, press.arg)
    until = tip.wish_until.isoformat() if tip.wish_until else None
    swap(work, press, "note.visit", sealed=True, wish=tip.wish, until=until)
    return Toast("noted")


PRESSES = {"visit_later": visit_later, "visit": visit}
