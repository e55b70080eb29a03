"""Who was told about a call, when, and why not? Read from the messages and events themselves; no villager is ever in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from workflows import bundle as bundles
from workflows import call as calls
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.refusals import NotYours
from workflows.states import CallState, OutboxState
from workflows.work import Work

LATE = timedelta(seconds=60)
"""A message that took longer is shown with its delay."""
_MAY_SEE = (Role.DESK, Role.LEADER_ON_DUTY, Role.SUPERVISOR, Role.ADMIN)
_FAILED = {
    "blocked": "blocked",
    "deactivated": "deactivated",
    "not found": "not_found",
    "disabled": "blocked",
}
_MOST = 25


def check_access(work: Work, call: r.Call, seats: Sequence[r.Person]) -> None:
    """The called unit, the squad that blew, the county desk and those who watch. Raises NotYours."""
    if any(s.role in _MAY_SEE for s in seats):
        return
    case = work.get(r.Case, call.case_id)
    squad = work.county.squad_of(case.township_id).id
    if not case.hidden and any(s.unit_id == squad for s in seats):
        return
    calls.answerer_of(work, call, list(seats))


def told(work: Work, call: r.Call) -> list[dict[str, Any]]:
    """One line a message, oldest first: to whom, what, when it was queued and sent, or why it was not."""
    rows = [*work.messages_about(call.id), *_lists_with(work, call)]
    rows.sort(key=lambda row: (row.queued_at, row.id or 0))
    return [_line(work, row) for row in rows if row.audience != "source" and (row.person_id or row.chat_id)][-_MOST:]


def _lists_with(work: Work, call: r.Call) -> list[r.Outbox]:
    """Lists on which this call went out beside others."""
    found = []
    for person_id in call.called:
        person = work.person(person_id)
        listed = bundles.list_with(work, person.account, call.id) if person is not None else None
        if listed is not None:
            first = [one["id"] for one in listed.facts["calls"]]
            found += [row for other in first if other != call.id for row in work.messages_about(other, bundles.LIST)]
    return found


def _line(work: Work, row: r.Outbox) -> dict[str, Any]:
    person = work.person(row.person_id)
    group = work.group(row.chat_id) if row.chat_id is not None else None
    waited = row.sent_at - row.queued_at if row.sent_at else timedelta()
    return {
        "who": person.label if person else "",
        "who_en": (person.label_en or person.label) if person else "",
        "group": group.unit_id if group else None,
        "what": row.template,
        "queued_at": row.queued_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "late_seconds": int(waited.total_seconds()) if waited > LATE else 0,
        "repeat": row.repeat,
        "how": _how(work, row),
    }


def _how(work: Work, row: r.Outbox) -> str:
    """sent · waiting · held · 429 · together · blocked · deactivated · not_found · failed · unknown · muted · … as one word."""
    why = row.error or ""
    if row.state is OutboxState.SENT:
        return "sent"
    if row.state in (OutboxState.QUEUED, OutboxState.SENDING):
        if why in ("429", bundles.HELD):
            return why
        return "held" if row.not_before > work.now else "waiting"
    if row.state is OutboxState.UNKNOWN:
        return "unknown"
    if row.state is OutboxState.FAILED:
        return next((word for part, word in _FAILED.items() if part in why), "failed")
    return why.replace(" ", "_") or "dropped"


def not_rung(work: Work, call: r.Call) -> list[dict[str, Any]]:
    """Liaisons of the called unit who were not rung, and what stands in the way now."""
    found = []
    for unit in work.county.answering(call.unit_id)[:1]:
        on_duty = {p.id for p in work.people(unit, Role.LIAISON, on_duty=True)}
        for person in work.people(unit, Role.LIAISON, bound=None):
            if person.id in call.called:
                continue
            identity = work.find(r.Identity, person.account)
            why = "not_yet" if call.state is CallState.OPEN else "answered"
            if identity is None:
                why = "not_bound"
            elif identity.blocked_at is not None:
                why = "blocked"
            elif identity.stopped_at is not None:
                why = "stopped"
            elif person.id not in on_duty:
                why = "off_duty"
            found.append({"who": person.label, "who_en": person.label_en or person.label, "why": why})
    return found


def of(work: Work, call: r.Call) -> dict[str, Any]:
    """Everything about one call."""
    rings = calls.rang_at(call)
    waits = rings > work.now and not call.called and call.state is CallState.OPEN
    return {
        "number": call.number,
        "unit": call.unit_id,
        "lines": told(work, call),
        "not_rung": not_rung(work, call),
        "gaps": gaps(work, call),
        "rings_at": rings.isoformat() if waits else None,
        "paused": bool(call.window.get("paused")),
    }


def gaps(work: Work, call: r.Call) -> list[dict[str, Any]]:
    """Steps at which nobody was on duty or could be written to, so that the next one ran at once."""
    steps = [e for e in work.events_of(call.id, Kind.CALL_ESCALATED) if not e.facts["reached"]]
    return [{"who": None if e.facts["who"] == "gap" else e.facts["who"], "at": e.at.isoformat()} for e in steps]


def visible(work: Work, whistle: r.Whistle, seats: Sequence[r.Person]) -> list[r.Call]:
    """The calls of a whistle that these people may look at. Raises NotYours when it is none."""
    seen = []
    for call in work.calls(whistle.id):
        try:
            check_access(work, call, seats)
        except NotYours:
            continue
        seen.append(call)
    if not seen:
        raise NotYours()
    return seen
