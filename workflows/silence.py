"""What happens while a called unit is silent? Reminders, breach, ladder; the desk takes it over; a signed call opens again."""

from typing import Any

from workflows import arrival, ladder, nudge
from workflows import call as calls
from workflows import records as r
from workflows import rung as rungs
from workflows.events import Kind
from workflows.notify import tell, to_people
from workflows.refusals import AlreadyClosed, AlreadyDone
from workflows.states import CallState
from workflows.work import Work


def remind(work: Work, call: r.Call, left: int) -> None:
    if call.state is CallState.OPEN:
        work.record(Kind.CALL_REMINDED, call, left=left)
        tell(work, Kind.CALL_REMINDED, call, **calls.spoken(work, call), left=left)


def tell_early(work: Work, call: r.Call, number: int) -> None:
    """A step of the urgent ladder that comes before the breach."""
    if call.state is CallState.OPEN:
        rungs.tell_step(work, call, call.window["told_early"][number]["who"], number, early=True)


def leave_due(work: Work, call: r.Call) -> None:
    """1/3/15: not on the way after three minutes. Whoever was called is asked to leave, and the whistler knows."""
    if call.state not in (CallState.OPEN, CallState.ACKNOWLEDGED):
        return
    waits = arrival.visit_waits(work, call)
    if waits is not None:  # nobody is asked to leave while the visit is to wait
        work.due("call.leave", call.id, waits)
        return
    work.record(Kind.CALL_NOT_LEFT, call)
    by = arrival.agreed_at(call)
    tell(work, Kind.CALL_NOT_LEFT, call, arrive_by=by.isoformat() if by else None, **calls.spoken(work, call))


def breach(work: Work, call: r.Call) -> None:
    """The window has passed. The time of the breach is the deadline, whenever we notice."""
    if call.state is not CallState.OPEN or call.breached_at is not None:
        return
    climbing = calls.silent_since(call) is not None  # 升级 before the breach
    note_breach(work, call)
    tell(work, Kind.CALL_BREACHED, call, **calls.spoken(work, call), ladder=plan_ahead(work, call))
    work.refresh(call.whistle_id, call.id)
    if not climbing:
        escalate(work, call, 0)


def note_breach(work: Work, call: r.Call) -> None:
    call.breached_at, call.noted_at = call.due_at, work.now
    call.rev += 1
    work.record(Kind.CALL_BREACHED, call, breached_at=call.due_at.isoformat())


def plan_ahead(work: Work, call: r.Call) -> list[dict[str, Any]]:
    """The rest of the ladder with absolute times, so that a text can say who is next."""
    since = calls.silent_since(call) or call.due_at
    steps = list(enumerate(call.window["ladder"]))[call.window.get("level", 0) :]
    return [
        {
            "who": step["who"],
            "at": ladder.moment(work, call.window, since, ladder.after(call.window, n)).isoformat(),
        }
        for n, step in steps
    ]


def escalate(work: Work, call: r.Call, number: int) -> None:
    """The next step of the stamped ladder, or the nag that follows its end, until a person answers or takes it."""
    since = calls.silent_since(call)
    if call.state is not CallState.OPEN or since is None or call.taken_by:
        return
    ladder.climb(
        work,
        "call",
        call.id,
        since,
        call.window,
        number,
        lambda who, step: rungs.tell_step(work, call, who, step),
    )


def run_ladder(work: Work, call: r.Call, number: int) -> None:
    """This step now. While somebody of the desk has taken the call, that one alone: the rest waits as before."""
    if not call.taken_by:
        escalate(work, call, number)
    elif number < len(call.window["ladder"]):
        rungs.tell_step(work, call, call.window["ladder"][number]["who"], number)


def open_again(work: Work, call: r.Call, why: str, by: r.Person | None = None) -> None:
    """A signed call is waited for anew, because nobody came and nobody answers (`silent`), or by 升级 (`raised`)."""
    call.move(CallState.OPEN)
    work.cancel(call.id)
    arrival.stamp(call, reopened_at=work.now.isoformat(), asked_at=None, promise=None, cannot_come=None)
    arrival.stamp(call, ladder_from=None, ladder_skip=0, level=0)
    call.taken_by = call.taken_at = None
    work.record(Kind.CALL_REOPENED, call, by, why=why)
    calls.expect_silence(work, call, work.now)
    tell(work, Kind.CALL_REOPENED, call, by=by, why=why, **calls.spoken(work, call))
    nudge.begins(work, call, to_people(work, [p for p in map(work.person, call.called) if p is not None]))
    work.refresh(call.id, call.whistle_id)


def take(work: Work, call: r.Call, by: r.Person, plan: str = "chase") -> None:
    """A named person takes over the silence and says how: `chase` (我来催) or `leader` (报带班领导). The call stays open and
    breached; after the nag time it is asked again."""
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    if call.taken_by and (call.taken_by != by.id or call.window.get("plan") == plan):
        taker = work.person(call.taken_by)
        raise AlreadyDone(by=taker, at=call.taken_at)
    call.taken_by, call.taken_at = by.id, work.now
    arrival.stamp(call, plan=plan)
    call.rev += 1
    work.cancel(call.id, "call.escalate", "call.taken_check")
    again = ladder.moment(work, call.window, work.now, call.window["nag"]["every_minutes"])
    work.due("call.taken_check", call.id, again)
    work.record(Kind.CALL_TAKEN, call, by, plan=plan)
    tell(work, Kind.CALL_TAKEN, call, by=by, plan=plan, who=by.label, who_en=by.label_en, **calls.spoken(work, call))
    work.refresh(call.whistle_id)


def taken_check(work: Work, call: r.Call) -> None:
    """Taking is not for ever: if the unit is still silent, the desk is asked again and the ladder goes on where it was left."""
    if call.state is not CallState.OPEN or call.taken_at is None:
        return
    left_at, call.taken_by, call.taken_at = call.taken_at, None, None
    call.rev += 1
    work.record(Kind.CALL_RELEASED, call)
    work.refresh(call.whistle_id)
    since = calls.silent_since(call)
    if since is None:
        return  # the breach itself starts the ladder
    steps = call.window["ladder"]
    asked = call.window["nag"]["who"]
    number = max(ladder.step_after(work, since, call.window, left_at), call.window.get("level", 0))
    by_now = ladder.step_after(work, since, call.window, work.now)
    overdue = [step["who"] for step in steps[number:by_now]]
    if asked not in overdue:
        rungs.tell_step(work, call, asked, len(steps))
    escalate(work, call, number)
