"""Who is in the demo: every seat of the county sits before a phone; a few of them lie on the page.

The seats' Telegram ids are fictional; they are persons of the sandbox here and nowhere else.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.sandbox.world import World
from workflows import records as r
from workflows import roster
from workflows.county import County, Seat
from workflows.work import Work

_FILE = Path(__file__).parent / "cast.yaml"


@dataclass(frozen=True, slots=True)
class Group:
    """A unit's group chat in the sandbox."""

    chat: int
    unit: str
    zh: str
    en: str
    members: tuple[int, ...]


@lru_cache(maxsize=1)
def script() -> dict[str, Any]:
    """`cast.yaml` as it stands."""
    found: dict[str, Any] = YAML(typ="safe").load(_FILE.read_text("utf-8"))
    return found


def bring_in(world: World, county: County) -> list[Group]:
    """All people of the sample county as persons who have started the bot, and the groups, quietly: no update tells of it."""
    for seat in county.all_seats:
        if seat.telegram_id is not None:
            world.person(seat.telegram_id, seat.label, language_code="zh-hans").started = True
    for one in script()["stage"]:
        if "id" in one:
            world.person(one["id"], one["zh"], language_code="zh-hans")
    return [_gather(world, county, one) for one in script()["groups"]]


def _gather(world: World, county: County, given: dict[str, Any]) -> Group:
    seats = [s for s in county.seats(unit_id=given["unit"]) if s.role in given["roles"] and s.telegram_id is not None]
    members = tuple(s.telegram_id for s in seats if s.telegram_id is not None)
    chat = world.group(title=given["zh"], forum=True, members=members, bot=False)
    chat.bot_status = "administrator"
    return Group(chat.id, given["unit"], given["zh"], given["en"], members)


def seat_all(work: Work, groups: list[Group]) -> int:
    """Bind every seat that has an id to its account, and every group to its unit. Returns how many people."""
    bound = 0
    for seat in work.county.all_seats:
        person = work.find(r.Person, seat.id)
        if seat.telegram_id is None or person is None:
            continue
        on_duty = seat.on_duty
        roster.bind(work, person, work.meet(seat.telegram_id).account)
        person.on_duty = on_duty  # who is off duty in the county's files stays so
        bound += 1
    for group in groups:
        roster.seat_group(work, group.chat, True, group.unit)
    return bound


def stage(county: County, groups: list[Group]) -> list[dict[str, Any]]:
    """The phones that lie on the page, in order."""
    return [_phone(one, county.seat(one["seat"]) if "seat" in one else None, groups) for one in script()["stage"]]


def _phone(one: dict[str, Any], seat: Seat | None, groups: list[Group]) -> dict[str, Any]:
    number = seat.telegram_id if seat is not None else one["id"]
    shown = {name: one[name] for name in ("key", "zh", "en", "at_zh", "at_en", "initial_zh", "initial_en", "colour")}
    role = seat.role.value if seat is not None else "villager"
    return {**shown, "id": number, "role": role, "groups": [g.chat for g in groups if number in g.members]}


def bench(county: County, groups: list[Group], township: str) -> list[dict[str, Any]]:
    """Everybody else whose phone can be put on the page: the township's people, the departments and the county."""
    on_page = {one.get("seat") for one in script()["stage"]}
    found = []
    for seat in county.all_seats:
        if seat.telegram_id is None or seat.id in on_page or not _near(seat, township):
            continue
        found.append(
            {
                "key": seat.id, "id": seat.telegram_id, "role": seat.role.value,
                "zh": seat.label, "en": seat.label_en, "at_zh": seat.unit_id, "at_en": seat.unit_id,
                "initial_zh": seat.label[-1], "initial_en": seat.label_en[-1], "colour": "slate",
                "groups": [g.chat for g in groups if seat.telegram_id in g.members],
            }
        )  # fmt: skip
    return found


def _near(seat: Seat, township: str) -> bool:
    unit = seat.unit_id
    return unit.startswith(township) or not any(char.isdigit() for char in unit)


def places(county: County) -> list[dict[str, Any]]:
    """Positions that can be sent: real grid centres of the sample county."""
    found = []
    for one in script()["places"]:
        grid = county.grid(one["grid"]) if "grid" in one else None
        lat, lon = (grid.lat, grid.lon) if grid else (one["lat"], one["lon"])
        found.append({"zh": one["zh"], "en": one["en"], "latitude": lat, "longitude": lon})
    return found
