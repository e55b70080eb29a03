"""看板: one message per chat with the open calls of a township, or of the county, pinned and edited in place.

It is drawn anew when something happened to one of its calls, once in a while at most; the countdowns run by themselves on each phone.
"""

from workflows import arrival
from workflows import records as r
from workflows.county import Role
from workflows.refusals import NotBound
from workflows.states import CallState
from workflows.work import BOARD, Lane, To, Work

SHOWN = 20
"""Calls on one board; the others are counted."""
_SQUAD = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER, Role.DISPATCHER)
_COUNTY = (Role.DESK, Role.LEADER_ON_DUTY)


def subject_of(work: Work, seats: list[r.Person]) -> str:
    """Whose board these people see: their township's, or the county's. Raises NotBound."""
    for seat in seats:
        if seat.role in _SQUAD:
            return f"{BOARD}:{work.county.unit(seat.unit_id).township_ids[0]}"
        if seat.role in _COUNTY:
            return f"{BOARD}:{work.county.id}"
    raise NotBound()


def show(work: Work, subject: str, to: To) -> bool:
    """Send the board of this chat, or bring the one that is there up to date and pin it again. Returns whether it is new."""
    card = work.card_in(subject, to)
    if card is None:
        work.send(BOARD, "squad", to, act="card", subject_id=subject, lane=Lane.ANSWER)
        return True
    work.redraw_board(card)
    pin(work, to, subject, card.message)
    return False


def pin(work: Work, to: To, subject: str, message: int) -> None:
    """Without a sound."""
    work.send(BOARD, "squad", to, act="pin", subject_id=subject, message=message, lane=Lane.EDIT)


def calls_of(work: Work, subject: str) -> list[r.Call]:
    """Its calls that have not ended, by what is due next. What the township must not know of is not on its board."""
    unit = subject.partition(":")[2]
    every = work.open_calls(limit=500)
    if unit != work.county.id:
        cases = {c.case_id: work.get(r.Case, c.case_id) for c in every}
        every = [c for c in every if cases[c.case_id].township_id == unit and not cases[c.case_id].hidden]

    def due(call: r.Call) -> tuple[object, str]:
        waited_for = None if call.state is CallState.OPEN else arrival.arrive_by(work, call)
        return waited_for or call.due_at, call.number

    return sorted(every, key=due)
