"""Reminders, breach, ladder, and never silence: one machine for the tip's own window and for every call.

    opened ─ remind ─ remind ─ remind ─ breach ─ step ─ step ─ … ─ last step ─ nag ─ nag ─ …   until a person answers or takes it

All times are counted from `opened_at`; a step with nobody on duty runs on to the next at once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from workflows import hours
from workflows.policy import Clock
from workflows.work import To, Work

Noun = Literal["tip", "call"]
Climb = Callable[[str, int], list[To]]


def moment(work: Work, window: dict[str, Any], base: datetime, minutes: int) -> datetime:
    """So many minutes of the window's own clock after `base`: day and night, or working hours only."""
    if window.get("clock") == Clock.WORKING:
        return hours.worked(base, minutes, work.county, work.policy.hours)
    return base + timedelta(minutes=minutes)


def after(window: dict[str, Any], number: int) -> int:
    """Minutes from the ladder's beginning to this step; 升级 shortens the way to it by `ladder_skip`."""
    minutes: int = window["ladder"][number]["after_minutes"]
    return max(0, minutes - int(window.get("ladder_skip") or 0))


def start(work: Work, noun: Noun, subject_id: str, opened_at: datetime, window: dict[str, Any]) -> datetime:
    """Write the deadlines of one window (a stamped `Window`); returns when it ends."""
    due_at = moment(work, window, opened_at, window["window_minutes"])
    for minutes in window["remind_at"]:
        at = moment(work, window, opened_at, minutes)
        if at > work.now:
            work.due(f"{noun}.remind", subject_id, at, left=window["window_minutes"] - minutes)
    for number, step in enumerate(window.get("told_early", ())):
        at = moment(work, window, opened_at, step["at_minutes"])
        if at >= work.now:  # started again, it tells nobody twice
            work.due(f"{noun}.tell_early", subject_id, at, step=number)
    work.due(f"{noun}.breach", subject_id, due_at)
    return due_at


def go_on(
    work: Work, noun: Noun, subject_id: str, opened_at: datetime, window: dict[str, Any], stopped_at: datetime
) -> None:
    """Write again what was still to come of a window's reminders and early steps when it was stopped at `stopped_at`."""
    for minutes in window["remind_at"]:
        at = moment(work, window, opened_at, minutes)
        if at > stopped_at:
            work.due(f"{noun}.remind", subject_id, at, left=window["window_minutes"] - minutes)
    for number, step in enumerate(window.get("told_early", ())):
        at = moment(work, window, opened_at, step["at_minutes"])
        if at > stopped_at:
            work.due(f"{noun}.tell_early", subject_id, at, step=number)


def climb(
    work: Work, noun: Noun, subject_id: str, breached_at: datetime, window: dict[str, Any], number: int, run: Climb
) -> None:
    """Run the step `number` and all that are due by now; write the deadline of the next one.

    `run(who, number)` tells that duty and returns whom it reached; nobody means the next step runs at once.
    """
    steps = window["ladder"]
    skip = False
    while number < len(steps):
        at = moment(work, window, breached_at, after(window, number))
        if at > work.now and not skip:
            work.due(f"{noun}.escalate", subject_id, at, step=number)
            return
        skip = not run(steps[number]["who"], number)
        number += 1
    nag = window["nag"]
    last = moment(work, window, breached_at, after(window, len(steps) - 1))
    every = nag["every_minutes"]
    if number > len(steps):
        run(nag["who"], number)
    rounds = max(1, (work.now - last) // timedelta(minutes=every) + 1) if window.get("clock") != Clock.WORKING else 1
    while (at := moment(work, window, last, every * rounds)) <= work.now:
        rounds += 1
    work.due(f"{noun}.escalate", subject_id, at, step=len(steps) + rounds)


def step_after(work: Work, breached_at: datetime, window: dict[str, Any], at: datetime) -> int:
    """The first step that was not yet due at this time; the number of steps when all were."""
    steps = window["ladder"]
    waits = (n for n in range(len(steps)) if moment(work, window, breached_at, after(window, n)) > at)
    return next(waits, len(steps))
