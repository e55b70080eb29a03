"""本单位的人: who sits where, whom the bot reaches, who is on duty; and the way out for somebody who has left."""

from typing import Any

from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import plan as plans
from workflows import records as r
from workflows import ringing
from workflows import shift as shifts
from workflows.county import Role, UnitKind
from workflows.refusals import Gone, NotBound, NotInCharge
from workflows.work import To, Work

SHOWN = 30


def open_people(work: Work, to: To, seats: list[r.Person], unit_ids: list[str]) -> None:
    """/people: the units one is in charge of, one at a time."""
    if not seats:
        raise NotBound()
    charge = shifts.units_in_charge(work, seats)
    if not charge or not set(unit_ids) <= set(charge):
        raise NotInCharge()
    units = unit_ids[:1] or charge
    if len(units) == 1:
        say(
            work,
            to,
            "note.people",
            **people_of(work, units[0], figures=_leads(work, seats, units[0])),
            keyboard=_keyboard(work, units[0]),
        )
        return
    rows = grid([button(_label(work, one), f"people.{one}", "-") for one in units[:80]], 3)
    say(work, to, "ask.people_unit", keyboard=rows)


def _label(work: Work, unit_id: str) -> tuple[str, str]:
    unit = work.county.unit(unit_id)
    return unit.short, unit.name_en


def people_of(work: Work, unit_id: str, *, figures: bool = False) -> dict[str, Any]:
    """`figures`: how late presses typically come; for the direct leader alone."""
    roles = [role.value for role in Role if role is not Role.VILLAGER]
    found = list(work.people(unit_id, *roles, bound=None))[:SHOWN]
    on_duty = {p.id for p in work.people(unit_id, *roles, on_duty=True)}
    return {
        "unit": unit_id,
        "people": [
            {
                "who": shifts.name_of(p),
                "phone": p.phone,
                "on_duty": p.id in on_duty,
                "joined": p.account is not None,
                "reached": work.live_account(p.account),
                "slow": ringing.is_slow(work, p),
                "lag": ringing.lag_of(work, p) if figures else None,
            }
            for p in found
        ],
    }


def _leads(work: Work, seats: list[r.Person], unit_id: str) -> bool:
    """Whether one of these is the direct leader of the unit's people: a person's figures go no further."""
    unit = work.county.unit(unit_id)
    return any(s.role == Role.DEPARTMENT_HEAD and s.unit_id in (unit.id, unit.dept_code) for s in seats)


def _keyboard(work: Work, unit_id: str) -> list[list[dict[str, Any]]]:
    bound = list(work.people(unit_id))[:SHOWN]
    if work.county.unit(unit_id).kind in (UnitKind.DEPARTMENT, UnitKind.STATION):
        pause = work.pause_of([unit_id])
        first = [button("resume", "pause_end", pause.ref)] if pause else [button("pause", f"pause.{unit_id}", "-")]
        return [first, *_leaving(bound)]
    return _leaving(bound)


def _leaving(bound: list[r.Person]) -> list[list[dict[str, Any]]]:
    return grid([button("take_out", f"person_left.{p.id}", "-", who=shifts.name_of(p)) for p in bound], 2)


def unit(work: Work, press: Press) -> Toast:
    if not work.county.has_unit(press.arg):
        raise Gone()
    shifts.in_charge(work, press.staff(), press.arg)
    say(
        work,
        press.private,
        "note.people",
        **people_of(work, press.arg, figures=_leads(work, press.staff(), press.arg)),
        keyboard=_keyboard(work, press.arg),
    )
    return Toast()


def left(work: Work, press: Press) -> Toast:
    """离岗: asked once more, since the person has to be invited anew to come back."""
    person = work.get(r.Person, press.arg)
    by = shifts.in_charge(work, press.staff(), person.unit_id)
    if press.ref != "YES":
        keyboard = [
            [
                button("take_out", f"person_left.{person.id}", "YES", style="danger", who=shifts.name_of(person)),
                button("back", f"people.{person.unit_id}", "-"),
            ]
        ]
        swap(work, press, "ask.person_left", who=shifts.name_of(person), unit=person.unit_id, keyboard=keyboard)
        return Toast()
    plans.leave(work, person, by)
    swap(work, press, "note.person_left_done", who=shifts.name_of(person), unit=person.unit_id)
    return Toast("noted")


PRESSES = {"people": unit, "person_left": left}
