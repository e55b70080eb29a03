"""Who answers at this hour? Night, weekends and public holidays with their make-up workdays (调休), and the next duty hour.

Public holidays come from the `holidays` package, those of the years around now by way of `holidays.csv`: the package loads all countries
for the thirty dates of one, 16 MB that a process would keep. The county's own `calendar.csv` (date, 休|班, source) goes before both.
A year whose 调休 has not been announced is computed provisionally, from the holidays alone.

    python -m workflows.hours       write `holidays.csv` anew, after a new version of the package; a test says when
"""

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from workflows.county import County, Staffed, Unit
from workflows.policy import Hours

Public = tuple[frozenset[date], frozenset[date]]
"""Days off and make-up workdays of one year."""

TABLE = Path(__file__).with_name("holidays.csv")
TABLE_YEARS = range(2024, 2036)


@lru_cache(maxsize=32)
def _public(year: int) -> Public:
    return _table().get(year) or by_package(year)


@cache
def _table() -> dict[int, Public]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {int(row["year"]): (_days(row["off"]), _days(row["made_up"])) for row in csv.DictReader(file)}


def _days(text: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, text.split()))


def by_package(year: int) -> Public:
    """The same of any year in China. The package costs 200 ms and 16 MB when it is first asked."""
    import holidays  # imported when used

    known = holidays.country_holidays("CN", years=[year])
    return frozenset(known), frozenset(d for d in known.weekend_workdays if d.year == year)


def write_table(path: Path = TABLE) -> None:
    """`holidays.csv`, as the package has it today."""

    def said(days: Iterable[date]) -> str:
        return " ".join(day.isoformat() for day in sorted(days))

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("year", "off", "made_up"))
        rows.writerows((year, *map(said, by_package(year))) for year in TABLE_YEARS)


def load(*years: int) -> None:
    """Know the public holidays of these years from now on."""
    for year in years:
        _public(year)


def is_workday(day: date, county: County) -> bool:
    """Whether offices work on this local day."""
    for own in county.days:
        if own.on == day:
            return own.work
    off, made_up = _public(day.year)
    if day in made_up:
        return True
    return day.weekday() < 5 and day not in off


def is_provisional(year: int, county: County) -> bool:
    """Whether the make-up workdays of this year are not known yet: its working days will be computed again."""
    return not _public(year)[1] and not any(own.on.year == year for own in county.days)


def is_open(moment: datetime, county: County, hours: Hours) -> bool:
    """Whether it is day on a working day."""
    local = moment.astimezone(ZoneInfo(county.timezone))
    return is_workday(local.date(), county) and hours.day_from <= local.time() < hours.night_from


def rings_at(unit: Unit, moment: datetime, county: County, hours: Hours) -> datetime:
    """When a 普通 whistle rings at this unit: now, or at its next duty hour if nobody sits there at this hour."""
    if unit.staffed is Staffed.STAFFED or is_open(moment, county, hours):
        return moment
    return next_duty(moment, county, hours)


def worked(moment: datetime, minutes: int, county: County, hours: Hours) -> datetime:
    """So many minutes of working time later. Outside working hours no time passes."""
    zone = ZoneInfo(county.timezone)
    day = moment.astimezone(zone).date()
    left = timedelta(minutes=minutes)
    while True:
        for span in hours.office if is_workday(day, county) else ():
            begins = max(datetime.combine(day, span.from_, zone), moment.astimezone(zone))
            room = datetime.combine(day, span.to, zone) - begins
            if room > timedelta(0):
                if left <= room:
                    return (begins + left).astimezone(UTC)
                left -= room
        day += timedelta(days=1)


def slots(
    not_before: datetime, county: County, hours: Hours, count: int, *, also: date | None = None
) -> list[datetime]:
    """The next times that policy offers for an appointment: on working days, and on the day `also`."""
    zone = ZoneInfo(county.timezone)
    day = not_before.astimezone(zone).date()
    found: list[datetime] = []
    for _ in range(30):  # the longest holiday is shorter
        if is_workday(day, county) or day == also:
            times = [datetime.combine(day, at, zone) for at in hours.appointments]
            found += [at for at in times if at >= not_before]
        if len(found) >= count:
            break
        day += timedelta(days=1)
    return found[:count]


def after_workdays(moment: datetime, days: int, county: County) -> datetime:
    """The same time of day, so many working days later."""
    local = moment.astimezone(ZoneInfo(county.timezone))
    left = days
    while left > 0:
        local += timedelta(days=1)
        left -= is_workday(local.date(), county)
    return local


def next_duty(moment: datetime, county: County, hours: Hours) -> datetime:
    """The next time at which offices begin to work."""
    zone = ZoneInfo(county.timezone)
    local = moment.astimezone(zone)
    day = local.date()
    for _ in range(30):
        begins = datetime.combine(day, hours.duty_from, zone)
        if begins > moment and is_workday(day, county):
            return begins
        day += timedelta(days=1)
    return moment + timedelta(days=30)


def add_workdays(moment: datetime, days: int, county: County) -> datetime:
    """The same local hour so many working days later (行政处罚法第八十五条: terms of 2, 3, 5 and 7 days are working days)."""
    zone = ZoneInfo(county.timezone)
    local = moment.astimezone(zone)
    day = local.date()
    for _ in range(days):
        day += timedelta(days=1)
        while not is_workday(day, county):
            day += timedelta(days=1)
    return datetime.combine(day, local.time(), zone)


if __name__ == "__main__":
    write_table()
