"""升级, 撤一家, a longer deadline and a new policy for calls that are already running: taps and commands."""

from typing import TYPE_CHECKING

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import records as r
from workflows import whistle as whistles
from workflows import window as windows
from workflows.county import Role
from workflows.refusals import AlreadyClosed, Gone, NotYours, WhichCall
from workflows.states import WhistleState
from workflows.work import CALL_ENDED, Work

if TYPE_CHECKING:
    from handlers.said import Said

SHOWN = 10
"""So many calls are listed one by one before they are counted."""


def _watcher(work: Work, whistle: r.Whistle, press: Press) -> r.Person:
    """Who may send a call up: the county's desk, or who may change the whistle."""
    seats = press.staff()
    desk = next((s for s in seats if s.role in (Role.DESK, Role.LEADER_ON_DUTY)), None)
    return desk or whistles.keeper_of(work, whistle, seats)


def rise(work: Work, press: Press) -> Toast:
    """升级: the level that the button showed rides along; on an old message it is refused with the current one."""
    call = work.by_ref(r.Call, press.ref)
    by = _watcher(work, work.get(r.Whistle, call.whistle_id), press)
    if not press.arg.isdigit():
        raise Gone()
    return Toast("raised", {"who": windows.rise(work, call, by, int(press.arg))})


def _open_whistle(work: Work, press: Press) -> r.Whistle:
    whistle = work.by_ref(r.Whistle, press.ref)
    if whistle.state is not WhistleState.OPEN:
        raise AlreadyClosed()
    return whistle


def rise_which(work: Work, press: Press) -> Toast:
    """升级: which unit?"""
    whistle = _open_whistle(work, press)
    _watcher(work, whistle, press)
    rising = [c for c in work.calls(whistle.id) if windows.may_rise(c)]
    keys = [button("rise_unit", f"rise.{windows.level(c)}", c.ref, unit=c.unit_id) for c in rising]
    keyboard = [*grid(keys), [button("never_mind", "never_mind", whistle.ref)]]
    say(work, press.to, "ask.rise_which", name=work.get(r.Case, whistle.case_id).number, keyboard=keyboard)
    return Toast()


def call_off_which(work: Work, press: Press) -> Toast:
    """撤一家: which?"""
    whistle = _open_whistle(work, press)
    whistles.keeper_of(work, whistle, press.staff())
    live = [c for c in work.calls(whistle.id) if c.state not in CALL_ENDED]
    keys = [button("call_off_unit", "call_off", c.ref, unit=c.unit_id) for c in live]
    keyboard = [*grid(keys, 1), [button("never_mind", "never_mind", whistle.ref)]]
    say(work, press.to, "ask.call_off_which", name=work.get(r.Case, whistle.case_id).number, keyboard=keyboard)
    return Toast()


def call_off(work: Work, press: Press) -> Toast:
    """This unit alone; whoever was paged for it hears it once."""
    call = work.by_ref(r.Call, press.ref)
    by = whistles.keeper_of(work, work.get(r.Whistle, call.whistle_id), press.staff())
    whistles.call_off(work, call, by)
    swap(work, press, "note.call_off", name=call.number, unit=call.unit_id)
    return Toast("noted")


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def extend_(work: Work, said: "Said") -> None:
    """/extend 云溪-2026-0147-1 20 隧道里没信号"""
    by = said.seat(Role.DESK)
    words = said.line.split(None, 2)
    if len(words) < 3 or not words[1].isdecimal():
        raise WhichCall()
    number = words[0].upper()
    found = [c for c in work.open_calls(limit=500) if c.number == number or c.number.endswith(f"-{number}")]
    if len(found) != 1:
        raise WhichCall()
    before = found[0].due_at
    due_at = windows.extend(work, found[0], by, int(words[1][:5]), words[2][:100])
    say(work, said.me, "note.time_given", name=found[0].number, due_at=due_at.isoformat(), before=before.isoformat())


def apply_(work: Work, said: "Said") -> None:
    """/apply: which running calls have other numbers than today's policy, and what would change."""
    by = said.seat(Role.DESK, Role.ADMIN)
    found = windows.changes(work)
    listed = [
        {
            "number": one.call.number,
            "unit": one.call.unit_id,
            "ladder": one.ladder,
            "minutes": one.minutes,
            "other": one.other,
        }
        for one in found
    ]
    more = max(0, len(found) - SHOWN)
    if not found:
        say(work, said.me, "ask.apply", calls=[], more=0)
        return
    facts = {"calls": [one.call.id for one in found]}
    draft = work.add(r.Draft(kind="apply", subject_id=work.county.id, by=by.id, facts=facts, at=work.now))
    keyboard = [
        [button("apply_now", "apply_now", draft.ref, style="primary", count=len(found))],
        [button("never_mind", "never_mind", draft.ref)],
    ]
    say(work, said.me, "ask.apply", calls=listed[:SHOWN], more=more, keyboard=keyboard)


def apply_now(work: Work, press: Press) -> Toast:
    """The deliberate act: only the calls that were shown, as far as they still run and still differ."""
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "apply":
        raise Gone()
    by = next((s for s in press.staff() if s.role in (Role.DESK, Role.ADMIN)), None)
    if by is None:
        raise NotYours()
    if draft.done_at is not None:
        raise AlreadyClosed()
    draft.done_at = work.now
    running = [work.get(r.Call, one) for one in draft.facts["calls"]]
    count = sum(windows.apply(work, call, by) for call in running if call.state not in CALL_ENDED)
    swap(work, press, "note.applied", count=count)
    return Toast("applied", {"count": count})


PRESSES = {
    "rise": rise,
    "rise_which": rise_which,
    "call_off": call_off,
    "call_off_which": call_off_which,
    "apply_now": apply_now,
}
