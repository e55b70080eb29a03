"""演练: the desk picks a unit and a day; on the day it is blown, by the desk here or by a squad, or a roll is called."""

from datetime import date, timedelta
from typing import Any

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import drill as drills
from workflows import hours
from workflows import records as r
from workflows import whistle as whistles
from workflows.refusals import Gone
from workflows.work import To, Work

DAYS_OFFERED = 6


def ask(work: Work, press: Press) -> Toast:
    """Which unit, or a roll-call of all?"""
    drills.desk_of(press.staff())
    open_drills(work, press.private)
    return Toast("sent_private" if press.chat_id is not None else "")


def open_drills(work: Work, to: To) -> None:
    """What is set, and the units for which one can be set."""
    county = work.county.id
    departments = work.county.departments()
    announced = [
        *work.drills(drills.WHISTLE, [unit.id for unit in departments]),
        *work.drills(drills.ROLL_CALL, [county]),
    ]
    coming = [one for one in announced if one.started_at is None and one.day >= work.today]
    today = [one for one in coming if one.day == work.today]
    rolls = [one for one in today if one.kind == drills.ROLL_CALL]
    whistled = [one for one in today if one.kind == drills.WHISTLE and drills.today(work, [one.unit_id])]
    names = [button((u.short, u.name_en), f"drill_unit.{u.id}", "-") for u in departments]
    keyboard = [
        *[[button("call_roll", "drill_roll", one.ref)] for one in rolls],
        *[[button("drill_now", "drill_now", one.ref, unit=one.unit_id)] for one in whistled],
        *[[button("drill_off", "drill_off", one.ref, unit=one.unit_id, day=one.day.isoformat())] for one in coming],
        [button("roll_call", f"drill_unit.{county}", "-")],
        *grid(names, 3),
    ]
    listed = [{"unit": one.unit_id, "kind": one.kind, "day": one.day.isoformat()} for one in coming]
    say(work, to, "ask.drill", drills=listed, keyboard=keyboard)


def unit(work: Work, press: Press) -> Toast:
    """On which day? Only days that policy leaves free are offered."""
    drills.desk_of(press.staff())
    if not work.county.has_unit(press.arg):
        raise Gone()
    kind = _kind(work, press.arg)
    swap(work, press, "ask.drill_day", unit=press.arg, kind=kind, keyboard=_days(work, kind, press.arg))
    return Toast()


def _kind(work: Work, unit_id: str) -> str:
    return drills.ROLL_CALL if unit_id == work.county.id else drills.WHISTLE


def _days(work: Work, kind: str, unit_id: str) -> list[list[dict[str, Any]]]:
    found: list[date] = []
    for ahead in range(1, 60):
        day = work.today + timedelta(days=ahead)
        if hours.is_workday(day, work.county) and drills.may_be_on(work, kind, unit_id, day):
            found.append(day)
    return grid(
        [button("day", f"drill_day.{unit_id}_{day:%Y%m%d}", "-", day=day.isoformat()) for day in found[:DAYS_OFFERED]],
        3,
    )


def day(work: Work, press: Press) -> Toast:
    by = drills.desk_of(press.staff())
    unit_id, _, text = press.arg.partition("_")
    if not work.county.has_unit(unit_id) or len(text) != 8 or not text.isdigit():
        raise Gone()
    chosen = date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    drill = drills.announce(work, by, _kind(work, unit_id), unit_id, chosen)
    keyboard = [[button("drill_off", "drill_off", drill.ref, unit=unit_id, day=chosen.isoformat())]]
    swap(work, press, "note.drill_announced", unit=unit_id, kind=drill.kind, day=chosen.isoformat(), keyboard=keyboard)
    return Toast("noted")


def call_off(work: Work, press: Press) -> Toast:
    by = drills.desk_of(press.staff())
    drill = work.by_ref(r.Drill, press.ref)
    drills.cancel(work, drill, by)
    swap(work, press, "note.drill_off", unit=drill.unit_id, kind=drill.kind, day=drill.day.isoformat())
    return Toast("noted")


def now(work: Work, press: Press) -> Toast:
    """现在演练: in the name of which township?"""
    drills.desk_of(press.staff())
    drill = work.by_ref(r.Drill, press.ref)
    drills.check_now(work, drill)
    names = [button((t.name, t.name_en), f"drill_at.{t.id}", drill.ref) for t in work.county.townships]
    swap(work, press, "ask.drill_where", unit=drill.unit_id, keyboard=[*grid(names, 3), [_back()]])
    return Toast()


def _back() -> dict[str, Any]:
    return button("back", "drill", "-")


def blow(work: Work, press: Press) -> Toast:
    """It runs like any other; the desk may stand it down."""
    by = drills.desk_of(press.staff())
    found = whistles.exercise(work, work.by_ref(r.Drill, press.ref), by, press.arg)
    name = work.get(r.Case, found.case_id).number
    units = [call.unit_id for call in work.calls(found.id)]
    keyboard = [[button("stand_down", "stand_down", found.ref)]]
    swap(work, press, "note.drill_blown", name=name, units=units, township=found.township_id, keyboard=keyboard)
    return Toast("blown")


def roll(work: Work, press: Press) -> Toast:
    """现在点名"""
    by = drills.desk_of(press.staff())
    drill = work.by_ref(r.Drill, press.ref)
    drills.call_the_roll(work, drill, by)
    swap(work, press, "note.roll_called", asked=len(drill.asked))
    return Toast("noted")


def here(work: Work, press: Press) -> Toast:
    """在岗"""
    drill = work.by_ref(r.Drill, press.ref)
    drills.answer(work, drill, press.staff())
    return Toast("thanks")


PRESSES = {
    "drill": ask,
    "drill_unit": unit,
    "drill_day": day,
    "drill_off": call_off,
    "drill_now": now,
    "drill_at": blow,
    "drill_roll": roll,
    "drill_here": here,
}
