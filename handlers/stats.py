"""/stats: one's own unit this quarter or in one month, nobody else's and no person's."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from handlers.edge import say
from handlers.said import Said
from workflows import figures
from workflows import hotspot as hotspots
from workflows.county import Role
from workflows.work import Work

_SPOTS = 3
_MONTH = re.compile(r"(\d{4})[-年/.]?(\d{1,2})月?")


def stats(work: Work, said: Said) -> None:
    """The squad leader and the township's leader: its tips, and what comes again and again.

    The head of a department: its calls, with those of its stations.
    """
    since, until = period(work, said.line)
    seat = said.seat(Role.SQUAD_LEADER, Role.TOWNSHIP_LEADER, Role.DEPARTMENT_HEAD)
    squad = seat.role != Role.DEPARTMENT_HEAD
    spots: list[hotspots.Hotspot] = []
    reached: list[tuple[str, str, int]] = []
    if squad:
        unit = work.county.unit(seat.unit_id)
        township_id = unit.township_id or unit.id
        found = figures.of_squad(work, township_id, since, until)
        reached = figures.reached(work, township_id, since, until)
        spots = hotspots.find(work, township_id)[:_SPOTS]
    else:
        found = figures.of_unit(work, work.county.with_stations([seat.unit_id]), since, until)
    rate, mean, least = found.breach_rate, found.mean_answer, work.policy.assessment.least_calls
    say(
        work,
        said.me,
        "note.stats",
        unit=seat.unit_id,
        squad=squad,
        since=since.isoformat(),
        until=min(until, work.now).isoformat(),
        counted=found.counted,
        in_time=found.in_time,
        breaches=found.breaches,
        percent=round((1 - rate) * 100) if rate is not None else None,
        minutes=round(mean.total_seconds() / 60, 1) if mean is not None else None,
        expected=found.expected,
        kept=found.kept,
        left_out=found.left_out,
        least=least,
        enough=found.counted >= least,
        reached=[{"outcome": code, "unit": unit, "quantity": quantity} for code, unit, quantity in reached],
        spots=[hotspots.line(one) for one in spots],
        days=work.policy.hotspot.days,
    )


def period(work: Work, line: str) -> tuple[datetime, datetime]:
    """The quarter that today lies in, or the month that the line names (2026-10, 2026年10月)."""
    named = _MONTH.fullmatch(line.strip())
    if named and 1 <= int(named[2]) <= 12 and 2000 <= int(named[1]) <= 2199:
        first, months = date(int(named[1]), int(named[2]), 1), 1
    else:
        first, months = date(work.today.year, (work.today.month - 1) // 3 * 3 + 1, 1), 3
    over = first.month - 1 + months
    after = date(first.year + over // 12, over % 12 + 1, 1)
    zone = ZoneInfo(work.county.timezone)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)
