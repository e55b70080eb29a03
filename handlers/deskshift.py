"""交班 and 接班: /shift, the taps, and the page to print."""

from handlers.edge import Press, Toast, button, say, swap
from handlers.said import Said
from workflows import deskshift as deskshifts
from workflows import phone as phones
from workflows import records as r
from workflows.county import Role
from workflows.work import Work


def shift(work: Work, said: Said) -> None:
    """/shift: hand over now."""
    by = said.seat(Role.DESK, Role.LEADER_ON_DUTY)
    ended = deskshifts.end(work, by)
    say(work, said.me, "note.shift", page=ended.page, keyboard=_print_key(work, ended))


def _print_key(work: Work, ended: r.Shift) -> list[list[dict[str, object]]]:
    return [[button("print_shift", "print_shift", ended.ref)]] if work.outside.public_url else []


def take_over(work: Work, press: Press) -> Toast:
    """接班"""
    ended = work.by_ref(r.Shift, press.ref)
    deskshifts.take_over(work, ended, phones.watcher_of(press.staff()))
    swap(work, press, "note.taken_over_shift", page=ended.page, keyboard=_print_key(work, ended))
    return Toast("noted")


def print_shift(work: Work, press: Press) -> Toast:
    """打印页: an address for the one who asks, sealed."""
    ended = work.by_ref(r.Shift, press.ref)
    address = deskshifts.paper(work, ended, phones.watcher_of(press.staff()))
    say(work, press.private, "note.shift_page", sealed=True, url=address)
    return Toast("sent_private")


PRESSES = {"take_over": take_over, "print_shift": print_shift}
