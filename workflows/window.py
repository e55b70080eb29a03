"""The clock of a call that is already running: 升级, a longer deadline with a reason, a new policy for calls that ring.

升级       the next step of the ladder at once; a signed call is open again
/extend   old timers die, new ones live, both deadlines stay in the log
/apply    today's policy is stamped anew; nothing that a unit was promised gets shorter
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows import arrival, ladder, pause
from workflows import call as calls
from workflows import opening as openings
from workflows import records as r
from workflows import rung as rungs
from workflows import silence as silences
from workflows.events import Kind
from workflows.notify import tell
from workflows.policy import Urgency
from workflows.refusals import AlreadyClosed, AlreadyRaised, PastDue, TopOfLadder, WrongSpan
from workflows.scrub import scrub
from workflows.states import CallState
from workflows.work import CALL_ENDED, Work

_TIMES = ("call.remind", "call.tell_early", "call.breach")
_OWN_TIME = ("window_minutes", "remind_at", "told_early")
LONGEST_MINUTES = 240
"""So much longer at a time."""


# ── 升级 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def level(call: r.Call) -> int:
    """How many steps of the ladder have run: the number of the next one."""
    return int(call.window.get("level", 0))


def may_rise(call: r.Call) -> bool:
    return call.state in (CallState.OPEN, *arrival.WAITED_FOR) and level(call) < len(call.window["ladder"])


def rise(work: Work, call: r.Call, by: r.Person, seen: int) -> str:
    """升级: page the next step at once, and go on from there with the ladder's own distances. Returns whom.

    `seen` is the level that the button showed. Raises AlreadyRaised when the call has moved up since, TopOfLadder after the last step,
    Paused while the unit is not called.
    """
    if call.state not in (CallState.OPEN, *arrival.WAITED_FOR):
        raise AlreadyClosed()
    pause.check(work, call)
    steps, number = call.window["ladder"], level(call)
    if seen != number:
        raise AlreadyRaised(who=steps[number - 1]["who"])
    if number >= len(steps):
        raise TopOfLadder(who=steps[-1]["who"])
    signed = call.state is not CallState.OPEN
    if signed:
        silences.open_again(work, call, "raised", by)
    work.cancel(call.id, "call.escalate")
    _start_ladder(work, call, number)
    call.rev += 1
    work.record(Kind.CALL_RAISED, call, by, level=number, who=steps[number]["who"])
    silences.run_ladder(work, call, number)
    work.refresh(call.id, call.whistle_id)
    return str(steps[number]["who"])


def _start_ladder(work: Work, call: r.Call, number: int) -> None:
    """This step is due now, and the later ones as far behind it as the ladder says."""
    skip = call.window["ladder"][number]["after_minutes"] if number < len(call.window["ladder"]) else 0
    arrival.stamp(call, ladder_from=work.now.isoformat(), ladder_skip=skip)


# ── a longer deadline ────────────────────────────────────────────────────────────────────────────────────────────────


def extend(work: Work, call: r.Call, by: r.Person, minutes: int, reason: str) -> datetime:
    """The desk gives a unit more time to sign. Returns the new deadline. A breach is a fact: after it there is nothing to extend."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    if call.breached_at is not None or call.due_at <= work.now:
        raise PastDue()
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise WrongSpan(longest=LONGEST_MINUTES)
    before = call.due_at
    window = {
        **call.window,
        "window_minutes": call.window["window_minutes"] + minutes,
        "remind_at": [at + minutes for at in call.window["remind_at"]],
        "told_early": [
            {**step, "at_minutes": step["at_minutes"] + minutes} for step in call.window.get("told_early", ())
        ],
        "extended": call.window.get("extended", 0) + minutes,
    }
    call.window = window
    work.cancel(call.id, *_TIMES)
    call.due_at = ladder.start(work, "call", call.id, calls.rang_at(call), window)
    call.rev += 1
    facts = {"before": before.isoformat(), "due_at": call.due_at.isoformat(), "reason": scrub(reason).text}
    work.record(Kind.CALL_EXTENDED, call, by, minutes=minutes, **facts)
    tell(
        work,
        Kind.CALL_EXTENDED,
        call,
        by=by,
        before=facts["before"],
        reason=facts["reason"],
        who=by.label,
        who_en=by.label_en or by.label,
        **calls.spoken(work, call),
    )
    work.refresh(call.id, call.whistle_id)
    return call.due_at


# ── a new policy for calls that ring ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """What today's policy would change in one running call."""

    call: r.Call
    ladder: list[str]
    """Whom the new ladder names, if it is another."""
    minutes: int | None
    """The new window, if it is longer."""
    other: bool
    """Whether other numbers differ."""


def changes(work: Work) -> list[Change]:
    """The calls that ring or are on their way with other numbers than today's policy has, the most urgent first."""
    found = (_change(work, call) for call in work.open_calls(limit=500))
    return [one for one in found if one is not None]


def _change(work: Work, call: r.Call) -> Change | None:
    if call.state in CALL_ENDED:
        return None
    fresh = _fresh(work, call)
    differ = {key for key, value in fresh.items() if call.window.get(key) != value}
    if not differ:
        return None
    return Change(
        call,
        [step["who"] for step in fresh["ladder"]] if differ & {"ladder", "nag"} else [],
        fresh["window_minutes"] if "window_minutes" in differ else None,
        bool(differ - {"ladder", "nag", "window_minutes", "remind_at", "rule"}),
    )


def _fresh(work: Work, call: r.Call) -> dict[str, Any]:
    """Today's numbers for this call. A deadline that its unit has read never comes nearer, and one that the desk set stays."""
    whistle = work.get(r.Whistle, call.whistle_id)
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    fresh = openings.stamp_of(work, Urgency(whistle.urgency), call.unit_id, tip.matter_code)
    ends = ladder.moment(work, fresh, calls.rang_at(call), fresh["window_minutes"])
    if call.state is not CallState.OPEN or call.breached_at or call.window.get("extended") or ends < call.due_at:
        fresh = {key: value for key, value in fresh.items() if key not in _OWN_TIME}
    return fresh


def apply(work: Work, call: r.Call, by: r.Person) -> bool:
    """Stamp today's policy on a running call. False when nothing is different any more.

    A step that was paged and still stands is not paged again; if it was taken out, the step now in its place is paged at once; on another
    ladder (the unit has its own now, or no longer) the first step is paged at once, and the old one stays silent.
    """
    if _change(work, call) is None:
        return False
    fresh, old, number = _fresh(work, call), call.window, level(call)
    moved = old.get("rule") != fresh["rule"]
    call.window = {**old, **fresh}
    call.rev += 1
    if call.state is CallState.OPEN:
        if "window_minutes" in fresh:
            work.cancel(call.id, *_TIMES)
            call.due_at = ladder.start(work, "call", call.id, calls.rang_at(call), call.window)
        if call.called:
            rungs.ring_new_posts(work, call, [who for who in fresh["rings"] if who not in old["rings"]])
        if calls.silent_since(call) is not None and fresh["ladder"] != old["ladder"]:
            work.cancel(call.id, "call.escalate")
            _go_on(work, call, old["ladder"], number, moved)
    work.record(Kind.CALL_RESTAMPED, call, by, rule=fresh["rule"], due_at=call.due_at.isoformat())
    work.refresh(call.id, call.whistle_id)
    return True


def _go_on(work: Work, call: r.Call, old: list[dict[str, Any]], number: int, moved: bool) -> None:
    names = [step["who"] for step in call.window["ladder"]]
    current = old[number - 1]["who"] if number else None
    if not moved and current in names:
        arrival.stamp(call, level=names.index(current) + 1)
        silences.run_ladder(work, call, names.index(current) + 1)
        return
    number = 0 if moved or number == 0 else min(number - 1, len(names))
    arrival.stamp(call, level=number)
    _start_ladder(work, call, number)
    silences.run_ladder(work, call, number)
