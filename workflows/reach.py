"""Who is really behind an answer? A unit may be signed for by phone; what it does itself afterwards confirms that.

Below `call.py`, which asks here; the verbs of the telephone are in `phone.py`.
"""

from workflows import records as r
from workflows.events import Kind
from workflows.states import PhoneState
from workflows.work import Work


def phone_answer(work: Work, call: r.Call) -> r.PhoneAnswer | None:
    """The newest 电话代签 of this call."""
    return work.find(r.PhoneAnswer, call.window.get("phone"))


def signer_of(work: Work, call: r.Call) -> str | None:
    """Whom to ask about a signed call: whoever signed, or whoever said yes on the phone."""
    answer = phone_answer(work, call)
    if answer is not None and call.acknowledged_by == answer.signed_by:
        return answer.spoke_to
    return call.acknowledged_by


def unit_spoke(work: Work, call: r.Call, by: r.Person) -> None:
    """The unit itself has acted: what was said on the phone needs no other word."""
    answer = phone_answer(work, call)
    if answer is None or answer.state not in (PhoneState.WAITING, PhoneState.UNCONFIRMED):
        return
    if by.unit_id == work.county.id:
        return  # the desk acts for the unit, not the unit
    confirm(work, call, answer, by, how="acted")


def confirm(work: Work, call: r.Call, answer: r.PhoneAnswer, by: r.Person, how: str) -> None:
    """`how`: said, or acted."""
    answer.move(PhoneState.CONFIRMED)
    answer.answered_by, answer.answered_at = by.id, work.now
    work.cancel(answer.id)
    work.record(Kind.PHONE_CONFIRMED, call, by, how=how)
