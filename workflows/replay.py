"""What was the state, told by the log alone? The events of every call, whistle, tip and case, folded one after the other.

    event ─► FOLDS[event.kind](log, subject, event) ─► what the record must hold by now

The records are what the product reads; the log is what it can be held to. `differences` compares them, column by column: a change that
no event tells, or an event that changed nothing, is named. A verb that changes one of these columns records an event from which the
change follows; a new event gets its line in FOLDS.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlmodel import SQLModel

from workflows import records as r
from workflows.events import Kind
from workflows.states import CallState, CaseState, TipState, WhistleState

State = dict[str, Any]

STATES: dict[str, tuple[str, ...]] = {
    "tip": (
        "state", "by_inspector", "by_staff", "named", "urgent", "numbers", "desk", "submitted_at", "due_at", "breached_at",
        "accepted_at", "owner_id", "taken_by", "former_owners", "first_look_at", "verdict", "case_id", "merged_into",
        "reason", "appealed_at", "rated", "reopened", "ended_at", "hidden", "hidden_why", "handlers", "conflicted",
    ),
    "case": ("state", "number", "township_id", "tip_id", "opened_at", "closed_at", "closed_by", "verdict", "outcome", "hidden"),
    "whistle": ("state", "case_id", "township_id", "urgency", "bring", "blown_by", "opened_at", "ended_at", "appointment"),
    "call": (
        "state", "number", "whistle_id", "case_id", "unit_id", "opened_at", "due_at", "called", "breached_at", "noted_at",
        "counts", "acknowledged_at", "acknowledged_by", "departed_at", "arrived_at", "arrival", "reported_at", "outcome",
        "late_seconds", "taken_by", "taken_at", "ended_at",
    ),
}  # fmt: skip
"""The columns that follow from the log."""

AGREED = ("promise", "cannot_come", "asked_at", "reopened_at", "review", "rating", "misread")
"""What is agreed about one call is stamped beside its window; these follow from the log too."""

NOT_TOLD: dict[str, str] = {
    "id": "the key",
    "two": "a guess from the sender's sealed words",
    "split_of": "whose words it shares is in the facts of tip.split; the sender is nobody's business",
    "drill": "whether it is a drill is known before the first event, whose facts carry it",
    "ref": "the name inside buttons, drawn at random",
    "rev": "how often a card was drawn, not what happened",
    "window": "the policy as it stood; what was agreed later is in AGREED",
    "receipt": "the sender's alone: no event holds it",
    "account": "who sent it: no event holds it",
    "lang": "the sender's setting",
    **dict.fromkeys(
        ("unmasked", "home", "home_asked_at", "no_questions", "voice", "wish", "wish_until"),
        "the sender's wishes, asked on the receipt",
    ),
    "insider": "what the sender was asked about the people involved",
    "shown_until": "how long the sender's screen shows a text",
    **dict.fromkeys(
        ("township_id", "village_id", "grid_id", "matter_code", "texts", "photos", "videos", "voices", "files",
         "asks", "asked", "guesses", "candidates", "same_as", "first_at", "last_item_at"),
        "understood from the sender's sealed words, and asked about there",
    ),
}  # fmt: skip
"""The columns that do not follow from the log, and why. `reason` of a whistle is an officer's own words, read from the record."""

_NEVER: datetime = datetime(1970, 1, 1, tzinfo=UTC)
_BLANK: dict[str, Callable[[], SQLModel]] = {
    "tip": lambda: r.Tip(receipt="", account="", first_at=_NEVER, last_item_at=_NEVER),
    "case": lambda: r.Case(number="", township_id="", tip_id="", opened_at=_NEVER),
    "whistle": lambda: r.Whistle(case_id="", township_id="", opened_at=_NEVER),
    "call": lambda: r.Call(number="", whistle_id="", case_id="", unit_id="", opened_at=_NEVER, due_at=_NEVER),
}


class Log:
    """The states that follow from the events read so far, by noun and id."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, State]] = defaultdict(dict)

    def of(self, noun: str, subject_id: str) -> State:
        """The state of one record; blank before its first event."""
        known = self.states[noun]
        if subject_id not in known:
            blank = _BLANK[noun]()
            known[subject_id] = {name: getattr(blank, name) for name in STATES[noun]}
            if noun == "call":
                known[subject_id] |= dict.fromkeys(AGREED)
        return known[subject_id]


def replay(events: Iterable[r.Event]) -> Log:
    """Fold events, oldest first."""
    log = Log()
    for event in events:
        fold = FOLDS.get(event.kind)
        if fold is not None:
            fold(log, event)
    return log


def differences(events: Iterable[r.Event], records: Iterable[SQLModel]) -> list[str]:
    """Where the stored records and the replayed log disagree, in words for an operator; empty when they agree."""
    log = replay(events)
    found = []
    for record in records:
        noun = type(record).__name__.lower()
        key = getattr(record, "id", "")
        told = log.of(noun, key)
        for name, value in told.items():
            stored = record.window.get(name) if name in AGREED and isinstance(record, r.Call) else getattr(record, name)
            if _plain(stored) != _plain(value):
                found.append(f"{noun} {key}: {name} is {stored!r}, the log tells {value!r}")
    return found


def _plain(value: Any) -> Any:
    """Times and enums in one form; an empty value is as good as none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value or None


# ── small parts of a fold ────────────────────────────────────────────────────────────────────────────────────────────

Fold = Callable[[Log, r.Event], None]


def _at(event: r.Event, name: str) -> datetime:
    """A time that the event names; without it, the time of the event."""
    told = event.facts.get(name)
    return datetime.fromisoformat(told) if told else event.at


def _time(event: r.Event, name: str) -> datetime | None:
    told = event.facts.get(name)
    return datetime.fromisoformat(told) if told else None


def _to(noun: str, **values: Any) -> Fold:
    """Set these columns. `AT` stands for the event's time, `BY` for who caused it."""

    def fold(log: Log, event: r.Event) -> None:
        state = log.of(noun, event.subject_id)
        for name, value in values.items():
            state[name] = event.at if value is AT else event.by if value is BY else value

    return fold


def _told(noun: str, *names: str, **values: Any) -> Fold:
    """Set columns from facts of the same name, then `values` as `_to` does."""
    then = _to(noun, **values)

    def fold(log: Log, event: r.Event) -> None:
        log.of(noun, event.subject_id).update({name: event.facts.get(name) for name in names})
        then(log, event)

    return fold


AT, BY = object(), object()

# ── the tip ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tip_submitted(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    staff = bool(event.facts.get("staff"))
    tip.update(state=TipState.SUBMITTED, submitted_at=event.at, desk=event.facts["desk"], by_staff=staff)
    tip.update(due_at=_time(event, "due_at"), breached_at=None, taken_by=None)


def _tip_emergency(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip.update(urgent=True, numbers=event.facts["numbers"])
    if event.facts.get("due_at"):
        tip.update(due_at=_at(event, "due_at"), taken_by=None)


def _tip_returned(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip.update(state=TipState.SUBMITTED, reason=None, ended_at=None, desk=event.facts["desk"])
    tip.update(due_at=_at(event, "due_at"), breached_at=None, taken_by=None)


def _tip_merged(log: Log, event: r.Event) -> None:
    into = event.facts["into"]
    for tip in log.states["tip"].values():
        if tip["merged_into"] == event.subject_id:
            tip["merged_into"] = into
    log.of("tip", event.subject_id).update(state=TipState.MERGED, merged_into=into, ended_at=event.at)


def _tip_split(log: Log, event: r.Event) -> None:
    """A second tip out of a first one: it begins as what the first one is, taken by whoever parted them."""
    first, second = log.of("tip", event.facts["of"]), log.of("tip", event.subject_id)
    kept = ("by_inspector", "by_staff", "named", "urgent", "numbers", "submitted_at", "first_look_at", "hidden", "hidden_why",
            "handlers", "conflicted")  # fmt: skip
    second.update({name: first[name] for name in kept})
    second.update(state=TipState.ACCEPTED, accepted_at=event.at, owner_id=event.facts["owner"])


def _tip_closed(log: Log, event: r.Event) -> None:
    for one in log.states["tip"].values():
        if one["merged_into"] == event.subject_id and not one["by_staff"]:
            one["rated"] = None
    tip = log.of("tip", event.subject_id)
    tip.update(state=TipState.CLOSED, verdict=event.facts["verdict"], ended_at=event.at)
    if not tip["by_staff"]:
        tip["rated"] = None


def _tip_rated(log: Log, event: r.Event) -> None:
    log.of("tip", event.subject_id)["rated"] = "solved" if event.facts["solved"] else "unsolved"


def _tip_reassigned(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip["former_owners"] = [*tip["former_owners"], *([tip["owner_id"]] if tip["owner_id"] else [])]
    tip.update(state=TipState.ACCEPTED, owner_id=event.facts["owner"], accepted_at=event.at, first_look_at=None)
    tip.update(verdict=None, ended_at=None, rated=None, reopened=tip["reopened"] + 1)


def _tip_bypassed(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip.update(hidden=True, hidden_why=event.facts["why"], urgent=tip["urgent"] or event.facts["why"] == "threatened")
    if event.facts.get("due_at"):
        tip.update(desk=True, due_at=_at(event, "due_at"), breached_at=None, taken_by=None)


def _tip_picked(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip.update(handlers=event.facts["handlers"], desk=False, taken_by=None)
    if event.facts.get("due_at"):
        tip.update(due_at=_at(event, "due_at"), breached_at=None)
        return
    tip["former_owners"] = [*tip["former_owners"], *([tip["owner_id"]] if tip["owner_id"] else [])]
    tip.update(owner_id=event.facts["handlers"][0], first_look_at=None)
    log.of("case", tip["case_id"])["hidden"] = True


def _tip_handed_on(log: Log, event: r.Event) -> None:
    tip = log.of("tip", event.subject_id)
    tip["former_owners"] = [*tip["former_owners"], *([tip["owner_id"]] if tip["owner_id"] else [])]
    tip["owner_id"] = event.facts["owner"]


def _tip_conflicted(log: Log, event: r.Event) -> None:
    if event.facts.get("person"):
        tip = log.of("tip", event.subject_id)
        tip["conflicted"] = [*tip["conflicted"], event.facts["person"]]


def _tip_breached(log: Log, event: r.Event) -> None:
    log.of("tip", event.subject_id)["breached_at"] = _at(event, "breached_at")


# ── the case and the whistle ─────────────────────────────────────────────────────────────────────────────────────────


def _case_opened(log: Log, event: r.Event) -> None:
    facts = event.facts
    case = log.of("case", event.subject_id)
    case.update(number=facts["number"], township_id=facts["township"], tip_id=facts["tip"], opened_at=event.at)
    case["hidden"] = bool(facts.get("hidden"))
    log.of("tip", facts["tip"])["case_id"] = event.subject_id


def _whistle_opened(log: Log, event: r.Event) -> None:
    whistle = log.of("whistle", event.subject_id)
    whistle.update(case_id=event.case_id, township_id=event.facts["township"], urgency=event.facts["urgency"])
    whistle.update(blown_by=event.by, opened_at=event.at, appointment=_time(event, "appointment"))


# ── the call ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _call_opened(log: Log, event: r.Event) -> None:
    facts = event.facts
    call = log.of("call", event.subject_id)
    call.update(number=facts["number"], whistle_id=facts["whistle"], case_id=event.case_id, unit_id=facts["unit"])
    call.update(opened_at=event.at, due_at=_at(event, "due_at"))


def _call_rung(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    call["called"] = [*call["called"], *event.facts["people"]]


def _call_due(log: Log, event: r.Event) -> None:
    log.of("call", event.subject_id)["due_at"] = _at(event, "due_at")


def _call_breached(log: Log, event: r.Event) -> None:
    log.of("call", event.subject_id).update(breached_at=_at(event, "breached_at"), noted_at=event.at)


def _call_acknowledged(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    call["state"] = CallState.ACKNOWLEDGED
    if not event.facts.get("again"):
        call.update(
            acknowledged_at=_at(event, "at"), acknowledged_by=event.by, late_seconds=event.facts["late_seconds"]
        )
    if not event.facts.get("went"):  # 签收 alone asks for a promise anew
        call["reopened_at"] = None
    call["promise"] = None


def _call_taken_back(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    call.update(state=CallState.OPEN, reopened_at=event.facts["reopened_at"], promise=None)
    if not event.facts["again"]:
        call.update(acknowledged_at=None, acknowledged_by=None, late_seconds=0)
    if event.facts["held"]:
        call.update(counts=True, review=None)


def _call_departed(log: Log, event: r.Event) -> None:
    log.of("call", event.subject_id).update(state=CallState.DEPARTED, departed_at=event.at)


def _call_arrived(log: Log, event: r.Event) -> None:
    arrived = {"arrived_at": _at(event, "at"), "arrival": event.facts["proof"]}
    log.of("call", event.subject_id).update(state=CallState.ARRIVED, **arrived)


def _call_confirmed(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    if call["arrived_at"] is None:
        call.update(state=CallState.ARRIVED, arrived_at=event.at)
        if call["acknowledged_at"] is None:
            call.update(acknowledged_at=event.at, late_seconds=event.facts["late_seconds"])
    call["arrival"] = event.facts["proof"]


def _call_promised(log: Log, event: r.Event) -> None:
    given = {"kind": event.facts["promise"], "at": event.facts["at"], "given_at": event.at.isoformat(), "by": event.by}
    log.of("call", event.subject_id).update(promise=given, cannot_come=None)


def _call_decided(log: Log, event: r.Event) -> None:
    log.of("call", event.subject_id)["cannot_come"] = None


def _call_misread(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    call["misread"] = (call["misread"] or 0) + 1


def _call_reviewed(log: Log, event: r.Event) -> None:
    counts = bool(event.facts["counts"])
    log.of("call", event.subject_id).update(counts=counts, review="counts" if counts else "waived")


def _call_reopened(log: Log, event: r.Event) -> None:
    call = log.of("call", event.subject_id)
    call.update(state=CallState.OPEN, reopened_at=event.at.isoformat(), asked_at=None, promise=None, cannot_come=None)
    call.update(taken_by=None, taken_at=None)


def _call_progress_asked(log: Log, event: r.Event) -> None:
    log.of("call", event.subject_id)["asked_at"] = event.at.isoformat()


def _does_not_count(log: Log, event: r.Event) -> None:
    log.of("call", event.facts["call"])["counts"] = False


def _counts(log: Log, event: r.Event) -> None:
    log.of("call", event.facts["call"])["counts"] = True


FOLDS: dict[str, Fold] = {
    Kind.TIP_OPENED: lambda log, event: log.of("tip", event.subject_id).update(by_inspector=event.facts["inspector"]),
    Kind.TIP_NAMED: _told("tip", "named"),
    Kind.TIP_EMERGENCY: _tip_emergency,
    Kind.TIP_SUBMITTED: _tip_submitted,
    Kind.TIP_ASSIGNED: _to("tip", desk=False, taken_by=None),
    Kind.TIP_BYPASSED: _tip_bypassed,
    Kind.TIP_CLEARED: _to("tip", hidden=False, hidden_why="", handlers=[]),
    Kind.TIP_PICKED: _tip_picked,
    Kind.TIP_CONFLICTED: _tip_conflicted,
    Kind.TIP_HANDED_ON: _tip_handed_on,
    Kind.TIP_BREACHED: _tip_breached,
    Kind.TIP_TAKEN: _to("tip", taken_by=BY),
    Kind.TIP_RELEASED: _to("tip", taken_by=None),
    Kind.TIP_ACCEPTED: _to("tip", state=TipState.ACCEPTED, accepted_at=AT, owner_id=BY),
    Kind.TIP_LOOKED: _to("tip", first_look_at=AT),
    Kind.TIP_DECLINED: _told("tip", "reason", state=TipState.DECLINED, ended_at=AT),
    Kind.TIP_APPEALED: _to("tip", appealed_at=AT),
    Kind.TIP_RETURNED: _tip_returned,
    Kind.TIP_MERGED: _tip_merged,
    Kind.TIP_SPLIT: _tip_split,
    Kind.TIP_TRANSFERRED: _to("tip", state=TipState.TRANSFERRED, ended_at=AT),
    Kind.TIP_WITHDRAWN: _to("tip", state=TipState.WITHDRAWN, ended_at=AT, merged_into=None),
    Kind.TIP_CLOSED: _tip_closed,
    Kind.TIP_RATED: _tip_rated,
    Kind.TIP_REASSIGNED: _tip_reassigned,
    Kind.CASE_OPENED: _case_opened,
    Kind.CASE_CLOSED: _told("case", "outcome", "verdict", state=CaseState.CLOSED, closed_at=AT, closed_by=BY),
    Kind.CASE_REOPENED: _to("case", state=CaseState.OPEN, closed_at=None, closed_by=None, verdict=None, outcome=None),
    Kind.WHISTLE_OPENED: _whistle_opened,
    Kind.WHISTLE_EQUIPPED: _told("whistle", "bring"),
    Kind.WHISTLE_STOOD_DOWN: _to("whistle", state=WhistleState.STOOD_DOWN, ended_at=AT),
    Kind.WHISTLE_SETTLED: _to("whistle", state=WhistleState.SETTLED, ended_at=AT),
    Kind.CALL_OPENED: _call_opened,
    Kind.CALL_RUNG: _call_rung,
    Kind.CALL_RETIMED: lambda log, event: log.of("call", event.subject_id).update(due_at=_at(event, "due_at")),
    Kind.CALL_BREACHED: _call_breached,
    Kind.CALL_EXTENDED: _call_due,
    Kind.CALL_RESTAMPED: _call_due,
    Kind.CALL_LIFTED: _to("call", breached_at=None, noted_at=None),
    Kind.CALL_HELD: _to("call", counts=False, review="held"),
    Kind.CALL_REVIEW_PROPOSED: _to("call", review="proposed"),
    Kind.CALL_REVIEW_RETURNED: _to("call", review="held"),
    Kind.CALL_REVIEWED: _call_reviewed,
    Kind.CALL_TAKEN: _to("call", taken_by=BY, taken_at=AT),
    Kind.CALL_RELEASED: _to("call", taken_by=None, taken_at=None),
    Kind.CALL_ACKNOWLEDGED: _call_acknowledged,
    Kind.CALL_UNSIGNED: _to(
        "call",
        state=CallState.OPEN,
        acknowledged_at=None,
        acknowledged_by=None,
        late_seconds=0,
        promise=None,
        asked_at=None,
        cannot_come=None,
    ),
    Kind.CALL_TAKEN_BACK: _call_taken_back,
    Kind.CALL_PROMISED: _call_promised,
    Kind.CALL_CANNOT_COME: lambda log, event: log.of("call", event.subject_id).update(
        cannot_come=event.facts["reason"]
    ),
    Kind.CALL_DECIDED: _call_decided,
    Kind.CALL_DEPARTED: _call_departed,
    Kind.CALL_PROGRESS_ASKED: _call_progress_asked,
    Kind.CALL_ON_WAY: _to("call", asked_at=None),
    Kind.CALL_REOPENED: _call_reopened,
    Kind.CALL_ARRIVED: _call_arrived,
    Kind.CALL_CONFIRMED: _call_confirmed,
    Kind.CALL_LOCATED: lambda log, event: log.of("call", event.subject_id).update(arrival=event.facts["proof"]),
    Kind.CALL_MISREAD: _call_misread,
    Kind.CALL_REPORTED: _told("call", "outcome", state=CallState.REPORTED, reported_at=AT, ended_at=AT),
    Kind.CALL_RATED: _told("call", "rating"),
    Kind.CALL_STOOD_DOWN: _to("call", state=CallState.STOOD_DOWN, ended_at=AT),
    Kind.CALL_CLOSED: _to("call", state=CallState.CLOSED, ended_at=AT),
    Kind.DISPUTE_UPHELD: _does_not_count,
    Kind.EXPLANATION_ACCEPTED: _does_not_count,
    Kind.EXPLANATION_REJECTED: _counts,
}
