"""转给出勤人员: those who go are not in the chat. A clean text and a page let them depart, arrive and report back, as "crew of the unit".

No name is asked or kept, no picture and none of the sender's words goes along: township, place, matter, what to bring, by when.
"""

from datetime import timedelta

from workflows import answer as answers
from workflows import arrival, link, promise
from workflows import case as cases
from workflows import records as r
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone
from workflows.scrub import scrub
from workflows.states import CallState
from workflows.work import CALL_ENDED, Work

ROLE = "crew"
LONGEST_NOTE = 100
GOING = (CallState.ACKNOWLEDGED, CallState.DEPARTED, CallState.ARRIVED)
"""After 签收 by the unit's own people and before 反馈."""


def of_unit(unit_id: str) -> r.Person:
    """Whoever holds the page: nobody by name. Never written to the records."""
    return r.Person(id=f"{ROLE}:{unit_id}", role=ROLE, unit_id=unit_id, label="", label_en="")


def is_crew(person_id: str | None) -> bool:
    return bool(person_id) and str(person_id).startswith(f"{ROLE}:")


def may_hand_on(work: Work, call: r.Call) -> bool:
    return bool(work.outside.public_url) and call.state in GOING


def hand_on(work: Work, call: r.Call, by: r.Person) -> tuple[r.Link, str]:
    """A new page for this call; an earlier one ends. Returns the link and its address."""
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    if not may_hand_on(work, call):
        raise Gone()
    for earlier in work.links_of(call.id):
        link.revoke(work, earlier, by)
    expires_at = work.now + timedelta(hours=work.policy.call.crew_link_hours)
    return link.make(work, ROLE, call.id, call.unit_id, by, expires_at)


def take_back(work: Work, found: r.Link, by: r.Person) -> None:
    """收回: once."""
    if found.revoked_at is not None:
        raise AlreadyDone(by="", at=found.revoked_at)
    link.revoke(work, found, by)


def call_of(work: Work, found: r.Link) -> r.Call:
    """The call of a crew's page. Raises Gone for a page of another kind, AlreadyClosed once the call has ended."""
    if found.kind != ROLE:
        raise Gone()
    return work.get(r.Call, found.subject_id)


def depart(work: Work, found: r.Link) -> None:
    answers.depart(work, call_of(work, found), of_unit(found.unit_id))


def arrive(work: Work, found: r.Link, code: str) -> bool:
    """With the four digits of the squad's card; without any, it is only said. False: the digits are wrong."""
    call, by = call_of(work, found), of_unit(found.unit_id)
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    if code:
        return promise.by_code(work, [call], by, code) is not None
    answers.arrive(work, call, by)
    return True


def report(work: Work, found: r.Link, outcome: str, note: str) -> r.Call:
    """What came of it: one of the county's outcomes and, if wanted, a short sentence, masked like any text of an officer's."""
    call = call_of(work, found)
    chosen = cases.outcome_of(work, outcome)
    said = scrub(" ".join(note.split())[:LONGEST_NOTE]).text
    if call.reported_at is None and call.state not in CALL_ENDED:
        arrival.stamp(call, note=said or None)
    answers.report(work, call, of_unit(found.unit_id), chosen.code)
    return call
