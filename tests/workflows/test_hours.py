"""Day and night, holidays and their make-up workdays, and the next duty hour."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from workflows import hours
from workflows.county import Day, Staffed
from workflows.hours import is_open, is_provisional, is_workday, next_duty, rings_at
from workflows.policy import Hours
from workflows.rulebook import Rulebook

HOURS = Hours()
ZONE = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "work"),
    [("2026-10-09", True), ("2026-10-10", True), ("2026-10-11", False), ("2026-10-05", False), ("2026-02-14", True)],
)
def test_a_make_up_saturday_is_worked_and_a_holiday_is_not(book: Rulebook, day: str, work: bool) -> None:
    assert is_workday(date.fromisoformat(day), book.county) is work


def test_the_countys_own_calendar_goes_before_the_public_one(book: Rulebook) -> None:
    from dataclasses import replace

    county = replace(book.county, days=(Day(on=date(2026, 11, 3), work=False, source="县庆"),))

    assert is_workday(date(2026, 11, 3), book.county) and not is_workday(date(2026, 11, 3), county)


def test_a_year_without_make_up_workdays_is_marked_provisional(book: Rulebook) -> None:
    assert is_provisional(2028, book.county) and not is_provisional(2026, book.county)


def test_the_table_is_what_the_package_says(tmp_path: Path) -> None:
    """After a new version of the package, which may know the 调休 of one more year: `python -m workflows.hours`."""
    hours.write_table(tmp_path / "now.csv")

    assert hours.TABLE.read_text("utf-8") == (tmp_path / "now.csv").read_text("utf-8")


def test_a_year_outside_of_the_table_is_asked_of_the_package() -> None:
    off, made_up = hours._public(2019)

    assert 2019 not in hours.TABLE_YEARS and date(2019, 10, 1) in off and date(2019, 9, 29) in made_up


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-02T21:00", "2026-11-03T08:30"),  # Monday night
        ("2026-11-03T02:10", "2026-11-03T08:30"),
        ("2026-11-06T22:00", "2026-11-09T08:30"),  # Friday night
        ("2026-10-01T10:00", "2026-10-08T08:30"),  # the national holiday
    ],
)
def test_the_next_duty_hour_skips_nights_weekends_and_holidays(book: Rulebook, at: str, opens: str) -> None:
    assert not is_open(local(at), book.county, HOURS)
    assert next_duty(local(at), book.county, HOURS) == local(opens)


def test_a_unit_with_people_on_shift_rings_at_any_hour(book: Rulebook) -> None:
    unit, night = book.county.unit("SJ"), local("2026-11-03T02:10")
    at_home = unit.model_copy(update={"staffed": Staffed.ON_CALL})

    assert rings_at(unit, night, book.county, HOURS) == night
    assert rings_at(at_home, night, book.county, HOURS) == local("2026-11-03T08:30")
