"""Reminders, breach, ladder, and never silence: one machine for the tip's own window and for every call.

    opened ─ remind ─ remind ─ remind ─ breach ─ step ─ step ─ … ─ last step ─ nag ─ nag ─ …   until a person answers or takes it

All times are counted from `opened_at`; a step with nobody on duty runs on to the next at once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from workflows.work import To, Work

Noun = Literal["tip", "call"]
Climb = Callable[[str, int], list[To]]


def start(work: Work, noun: Noun, subject_id: str, opened_at: datetime, window: dict[str, Any]) -> datetime:
    """Write the deadlines of one window (a stamped `Window`); returns when it ends."""
    due_at = opened_at + timedelta(minutes=window["window_minutes"])
    for minutes in window["remind_at"]:
        at = opened_at + timedelta(minutes=minutes)
        if at > work.now:
            work.due(f"{noun}.remind", subject_id, at, left=window["window_minutes"] - minutes)
    for number, step in enumerate(window.get("told_early", ())):
        at = opened_at + timedelta(minutes=step["at_minutes"])
        if at >= work.now:  # started again, it tells nobody twice
            work.due(f"{noun}.tell_early", subject_id, at, step=number)
    work.due(f"{noun}.breach", subject_id, due_at)
    return due_at


def go_on(
    work: Work, noun: Noun, subject_id: str, opened_at: datetime, window: dict[str, Any], stopped_at: datetime
) -> None:
    """Write again what was still to come of a window's reminders and early steps when it was stopped at `stopped_at`."""
    for minutes in window["remind_at"]:
        at = opened_at + timedelta(minutes=minutes)
        if at > stopped_at:
            work.due(f"{noun}.remind", subject_id, at, left=window["window_minutes"] - minutes)
    for number, step in enumerate(window.get("told_early", ())):
        at = opened_at + timedelta(minutes=step["at_minutes"])
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
        at = breached_at + timedelta(minutes=steps[number]["after_minutes"])
        if at > work.now and not skip:
            work.due(f"{noun}.escalate", subject_id, at, step=number)
            return
        skip = not run(steps[number]["who"], number)
        number += 1
    nag = window["nag"]
    last = breached_at + timedelta(minutes=steps[-1]["after_minutes"])
    every = timedelta(minutes=nag["every_minutes"])
    if number > len(steps):
        run(nag["who"], number)
    rounds = max(1, (work.now - last) // every + 1)
    work.due(f"{noun}.escalate", subject_id, last + every * rounds, step=len(steps) + rounds)


def step_after(breached_at: datetime, window: dict[str, Any], moment: datetime) -> int:
    """The first step that was not yet due at `moment`; the number of steps when all were."""
    steps = window["ladder"]
    waits = (n for n, step in enumerate(steps) if breached_at + timedelta(minutes=step["after_minutes"]) > moment)
    return next(waits, len(steps))
