"""Several calls for one person: which go out as one list, and what 全部签收 means.

    first call ─► at once      more calls, while that one is unanswered ─► wait a little ─► one list with a button for each

特急 never waits, and neither does a call whose window has passed. Calls of one whistle that ring the same person come as one list at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from workflows import answer as answers
from workflows import call as calls
from workflows import records as r
from workflows.events import Kind
from workflows.leaving import Leaving
from workflows.refusals import AlreadyClosed, NotYours
from workflows.states import CallState
from workflows.work import CALL_ENDED, Lane, Work

LIST = "calls.waiting"
"""The template of the list."""
HELD = "together"
"""Why a queued row waits."""


def rings(row: r.Outbox | Leaving) -> bool:
    """Whether this row is a call that rings one person, not a card shown on demand."""
    return (
        row.template == Kind.CALL_OPENED
        and row.act == "card"
        and row.lane == Lane.ALARM
        and row.account is not None
        and not row.drill
    )


def wait_until(work: Work, row: Leaving) -> datetime | None:
    """When this call may ring, if it has to wait for others; None: now."""
    call = work.find(r.Call, row.subject_id)
    if call is None or row.attempts or row.error == HELD or not _may_wait(work, call):
        return None
    seconds = min(work.policy.notice.calls_together_seconds, call.window["window_minutes"] * 60 // 5)
    last = None
    for sent in work.rung_since(row.account or "", work.now - timedelta(seconds=seconds)):
        earlier = work.find(r.Call, sent.subject_id)
        if earlier is not None and earlier.id != call.id and earlier.state is CallState.OPEN and sent.sent_at:
            last = max(last or sent.sent_at, sent.sent_at)
    return last + timedelta(seconds=seconds) if last else None


def _may_wait(work: Work, call: r.Call) -> bool:
    return work.get(r.Whistle, call.whistle_id).urgency != "urgent" and call.breached_at is None


def together(work: Work, row: Leaving) -> list[r.Outbox]:
    """The other rows that ring the same person now: those of the same whistle; after a wait, all that wait."""
    call = work.find(r.Call, row.subject_id)
    if call is None or row.attempts:
        return []
    found = []
    for other in work.queued_calls(row.account or "", None if row.error == HELD else call.whistle_id):
        one = work.find(r.Call, other.subject_id)
        if other.id == row.id or one is None or other.attempts or not rings(other):
            continue
        if one.whistle_id == call.whistle_id or (row.error == HELD and _may_wait(work, one)):
            found.append(other)
    return found


def open_list(work: Work, account: str, rung: Sequence[tuple[str, str]]) -> r.Draft:
    """A list of (call id, seat id) that one account is shown, so that one press can answer all."""
    facts: dict[str, Any] = {"calls": [{"id": call_id, "person": person_id} for call_id, person_id in rung]}
    by = rung[0][1] if rung else ""
    return work.add(r.Draft(kind="bundle", subject_id=account, by=by, facts=facts, at=work.now))


def calls_of(work: Work, draft: r.Draft) -> list[r.Call]:
    """Its calls that are still on record, in the order of their deadlines."""
    found = [work.find(r.Call, one["id"]) for one in draft.facts["calls"]]
    return sorted((c for c in found if c is not None), key=lambda c: (c.due_at, c.number))


def list_with(work: Work, account: str | None, call_id: str) -> r.Draft | None:
    """The newest list of this account that shows this call."""
    lists = work.drafts_of(account or "", "bundle")
    return next((d for d in lists if any(one["id"] == call_id for one in d.facts["calls"])), None)


def still_waits(work: Work, account: str | None, call_id: str | None) -> bool:
    """Whether any call of the list is still alive."""
    found = list_with(work, account, call_id or "")
    return found is not None and any(c.state not in CALL_ENDED for c in calls_of(work, found))


def sign_all(work: Work, draft: r.Draft, seats: list[r.Person]) -> list[r.Call]:
    """全部签收: only those still open and his, each with an entry of its own. Raises NotYours, AlreadyClosed when nothing is left."""
    signed, foreign = [], 0
    for call in calls_of(work, draft):
        if call.state is not CallState.OPEN:
            continue
        try:
            by = calls.answerer_of(work, call, seats)
        except NotYours:
            foreign += 1
            continue
        answers.acknowledge(work, call, by)
        signed.append(call)
    if not signed:
        raise NotYours() if foreign else AlreadyClosed()
    return signed
