"""转给出勤人员: the liaison's taps."""

from handlers.edge import Press, Toast, button, say, swap
from messages import cards
from workflows import call as calls
from workflows import crew
from workflows import records as r
from workflows.work import Work


def hand_on(work: Work, press: Press) -> Toast:
    """A clean text with an address, to be passed on as it is. Sealed: the address is nobody else's."""
    call = work.by_ref(r.Call, press.ref)
    by = calls.answerer_of(work, call, press.staff())
    made, address = crew.hand_on(work, call, by)
    page = cards.crew_page(work, call)
    say(
        work,
        press.private,
        "note.crew",
        sealed=True,
        url=address,
        number=call.number,
        unit=call.unit_id,
        township=page["township"],
        place=page["place"],
        matter=page["matter"],
        bring=page["bring"],
        arrive_by=page["arrive_by"],
        expires_at=made.expires_at.isoformat(),
        keyboard=[[button("close_page", "close_page", made.ref)]],
    )
    return Toast("sent_private")


def close_page(work: Work, press: Press) -> Toast:
    """收回页面"""
    found = work.by_ref(r.Link, press.ref)
    call = crew.call_of(work, found)
    by = calls.answerer_of(work, call, press.staff())
    crew.take_back(work, found, by)
    swap(work, press, "note.page_closed", name=call.number)
    return Toast("noted")


PRESSES = {"hand_on": hand_on, "close_page": close_page}
