"""Reminders, breach, steps and nags: whatever the numbers and however late we wake, there is always a next one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.county_files import load_county
from workflows import ladder
from workflows.policy import Urgency

OPENED = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


class Now:
    """A moment, and the deadlines that are written in it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.rows: list[tuple[str, timedelta, dict[str, Any]]] = []

    def due(self, kind: str, subject_id: str, at: datetime, /, **facts: Any) -> None:
        self.rows.append((kind, at - OPENED, facts))


@pytest.fixture(scope="module")
def normal() -> dict[str, Any]:
    return load_county().policy.versions[-1].call_window(Urgency.NORMAL).model_dump(mode="json")


@pytest.fixture(scope="module")
def urgent() -> dict[str, Any]:
    return load_county().policy.versions[-1].call_window(Urgency.URGENT).model_dump(mode="json")


def _minutes(*values: float) -> list[timedelta]:
    return [timedelta(minutes=value) for value in values]


def test_an_ordinary_window_writes_its_three_reminders_and_the_breach(normal: dict[str, Any]) -> None:
    work = Now(OPENED)

    due_at = ladder.start(work, "call", "c", OPENED, normal)  # type: ignore[arg-type]

    assert due_at == OPENED + timedelta(minutes=15)
    assert [(kind, at) for kind, at, _ in work.rows] == [
        *(("call.remind", at) for at in _minutes(5, 10, 13)),
        ("call.breach", timedelta(minutes=15)),
    ]
    assert [facts.get("left") for _, _, facts in work.rows] == [10, 5, 2, None]


def test_an_urgent_window_also_tells_the_head_at_five_and_the_desk_at_ten(urgent: dict[str, Any]) -> None:
    work = Now(OPENED)

    ladder.start(work, "call", "c", OPENED, urgent)  # type: ignore[arg-type]

    early = [at for kind, at, _ in work.rows if kind == "call.tell_early"]
    assert early == _minutes(5, 10)
    assert [step["who"] for step in urgent["told_early"]] == ["department_head", "desk"]
    assert [at for kind, at, _ in work.rows if kind == "call.remind"] == _minutes(3, 6, 10, 13)


def test_a_window_that_is_partly_over_writes_only_the_reminders_that_are_still_to_come(
    normal: dict[str, Any],
) -> None:
    work = Now(OPENED + timedelta(minutes=7))

    ladder.start(work, "tip", "t", OPENED, normal)  # type: ignore[arg-type]

    assert [at for _, at, _ in work.rows] == _minutes(10, 13, 15)


def _climb(window: dict[str, Any], now: datetime, number: int, reached: set[str]) -> tuple[list[str], Now]:
    work, told = Now(now), []

    def run(who: str, _step: int) -> list[Any]:
        told.append(who)
        return [who] if who in reached else []

    ladder.climb(work, "call", "c", OPENED, window, number, run)  # type: ignore[arg-type]
    return told, work


EVERYBODY = {"post_b", "department_head", "desk", "leader_on_duty"}


def test_each_step_is_told_once_and_writes_the_next(normal: dict[str, Any]) -> None:
    told, at, number, times = [], OPENED, 0, []
    for _ in range(7):
        one, work = _climb(normal, at, number, EVERYBODY)
        told.append(one)
        ((_, after, facts),) = work.rows
        at, number = OPENED + after, facts["step"]
        times.append(after)

    assert told == [["post_b"], ["department_head"], ["desk"], ["leader_on_duty"], ["desk"], ["desk"], ["desk"]]
    assert times == _minutes(3, 8, 18, 28, 38, 48, 58)


def test_steps_that_reach_nobody_run_on_at_once_and_the_nag_still_comes(normal: dict[str, Any]) -> None:
    told, work = _climb(normal, OPENED, 0, set())

    assert told == ["post_b", "department_head", "desk", "leader_on_duty"]
    assert [at for _, at, _ in work.rows] == _minutes(28)


@pytest.mark.scenario(45)
def test_after_a_long_pause_all_overdue_steps_are_told_once(normal: dict[str, Any]) -> None:
    told, work = _climb(normal, OPENED + timedelta(minutes=41), 0, EVERYBODY)

    assert told == ["post_b", "department_head", "desk", "leader_on_duty"]
    assert [at for _, at, _ in work.rows] == _minutes(48)


@given(
    minutes=st.integers(0, 600),
    number=st.integers(0, 12),
    reached=st.sets(st.sampled_from(sorted(EVERYBODY))),
    urgency=st.sampled_from([Urgency.NORMAL, Urgency.URGENT]),
)
def test_it_is_never_silent(minutes: int, number: int, reached: set[str], urgency: Urgency) -> None:
    window = _WINDOWS[urgency]
    now = OPENED + timedelta(minutes=minutes)

    _, work = _climb(window, now, number, reached)

    ((kind, after, facts),) = work.rows
    assert kind == "call.escalate" and OPENED + after > now
    if minutes >= window["ladder"][-1]["after_minutes"]:
        assert OPENED + after - now <= timedelta(minutes=window["nag"]["every_minutes"])
    assert facts["step"] > 0


_WINDOWS = {
    urgency: load_county().policy.versions[-1].call_window(urgency).model_dump(mode="json") for urgency in Urgency
}


@pytest.mark.parametrize(("left_at", "step"), [(0, 1), (2.9, 1), (3, 2), (8, 3), (18, 4), (90, 4)])
def test_the_ladder_goes_on_where_it_was_left(normal: dict[str, Any], left_at: float, step: int) -> None:
    assert ladder.step_after(Now(OPENED), OPENED, normal, OPENED + timedelta(minutes=left_at)) == step  # type: ignore[arg-type]
