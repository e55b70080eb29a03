"""The judge itself is on trial: what does not hold is named, each alone."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults import promised
from workflows import records as r
from workflows.states import CallState, OutboxState

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHAT = 9_000_000_001


def call(state: CallState = CallState.OPEN, **more: Any) -> r.Call:
    given = {"number": "1", "whistle_id": "w", "case_id": "c", "unit_id": "SJ", "opened_at": NOW - 9 * MINUTE}
    return r.Call(id="call", state=state, due_at=NOW + 6 * MINUTE, **{**given, **more})


def due(kind: str = "call.breach", at: datetime = NOW + 6 * MINUTE, **more: Any) -> r.Deadline:
    return r.Deadline(kind=kind, subject_id="call", due_at=at, **more)


def row(**more: Any) -> r.Outbox:
    given = {"act": "send", "lane": 0, "template": "call.opened", "audience": "liaison", "account": "liaison"}
    sent = {"state": OutboxState.SENT, "queued_at": NOW, "not_before": NOW, "sent_message": 5, "attempts": 1}
    return r.Outbox(**{**given, **sent, "subject_id": "call", "sending_at": NOW, **more})


def fault(*records: Any, messages: promised.Posted = [], log: tuple[str, ...] = ()) -> str:  # noqa: B006 (only read)
    """What the judge finds; nothing where all holds."""
    county: Any = SimpleNamespace(
        now=NOW,
        log=[{"level": level} for level in log],
        events=list,
        all=lambda model, **where: [one for one in records if isinstance(one, model) and not where],
        app=SimpleNamespace(vault=SimpleNamespace(account_of={CHAT: "liaison"}.get)),
        sandbox=SimpleNamespace(world=SimpleNamespace(chats=[CHAT])),
    )
    try:
        promised.judge(county, messages)
    except AssertionError as found:
        return str(found)
    return ""


@pytest.fixture(autouse=True)
def no_log_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """These records have no events; what follows from the log is judged in test_replay.py."""
    monkeypatch.setattr(promised.replay, "differences", lambda *_: [])


ENDED = {"state": CallState.REPORTED, "ended_at": NOW - MINUTE}
SIGNED = {"state": CallState.ACKNOWLEDGED, "acknowledged_at": NOW}
DOUBLE = [(CHAT, 5, "市监局:请签收"), (CHAT, 6, "市监局:请签收")]
MARKED = [(CHAT, 4, "市监局:请签收"), (CHAT, 5, "〔重发〕 市监局:请签收")]


@pytest.mark.parametrize(
    ("records", "messages"),
    [
        ([call(), due()], []),
        ([call(**SIGNED), due("call.ask_progress")], []),
        ([call(**SIGNED, window={"advised_at": "now"})], []),
        ([call(**ENDED), row(template="call.reported")], [(CHAT, 5, "已反馈")]),
        ([call(), due(), row()], [(CHAT, 5, "市监局:请签收")]),
        ([call(), due(), row(repeat=True, attempts=2)], MARKED),
        ([call(), due(), row(state=OutboxState.UNKNOWN, sent_message=None)], [(CHAT, 5, "还有五分钟")]),
    ],
)
def test_what_holds_is_let_be(records: list[Any], messages: promised.Posted) -> None:
    assert fault(*records, messages=messages) == ""


@pytest.mark.parametrize(
    ("what", "records", "messages"),
    [
        ("nothing will ever ask", [call()], []),
        ("nothing will ever ask", [call(), due("call.phone_hook")], []),
        ("nothing will ever ask", [call(taken_by="QL-desk-1"), due()], []),
        ("nothing will ever ask", [call(**SIGNED), due("call.breach")], []),
        ("has ended, and yet", [call(**ENDED), due("call.ask_report")], []),
        ("nobody handled it", [call(), due(), due("call.remind", NOW - MINUTE)], []),
        ("an end without an outcome", [call(), due(), due("call.remind", done_at=NOW)], []),
        ("before it was due", [call(), due(), due("call.remind", done_at=NOW, outcome="done")], []),
        ("after the end", [call(**ENDED), row(template="call.reminded")], [(CHAT, 5, "请签收")]),
        ("twice, unmarked", [call(), due(), row()], DOUBLE),
        ("twice, unmarked", [call(), due(), row(repeat=True, attempts=2)], [*DOUBLE, (CHAT, 7, "市监局:请签收")]),
        ("two rows for one message", [call(), due(), row(), row()], DOUBLE[:1]),
    ],
)
def test_what_does_not_hold_is_named(what: str, records: list[Any], messages: promised.Posted) -> None:
    assert what in fault(*records, messages=messages)


def test_an_error_in_the_log_is_one() -> None:
    assert fault(call(), due(), log=("warning",)) == ""
    assert fault(call(), due(), log=("warning", "error"))
