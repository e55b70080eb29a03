"""The arithmetic of duty rotas: turns, lists, holidays, zones, and what is changed by hand."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from workflows.rota import Calendar, Change, Clash, Kind, Schedule, handed_on, instant
from workflows.rulebook import Rulebook
from workflows.turns import Days, Every, Listed, Plan, Rotation

SHANGHAI, CHICAGO = "Asia/Shanghai", "America/Chicago"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WEEKDAYS = Calendar(lambda day: day.weekday() < 5)
MONDAY = date(2026, 11, 2)


def daily(*members: str, **more: object) -> Rotation:
    given = {"every": Every.DAY, "begins": time(8), "first_day": MONDAY, "members": members, **more}
    return Rotation.model_validate(given)


def schedule(*rotations: Rotation, zone: str = SHANGHAI, calendar: Calendar = WEEKDAYS, **more: object) -> Schedule:
    return Schedule(zone, (Plan(since=LONG_AGO, rotations=rotations, **more),), calendar)  # type: ignore[arg-type]


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def who(rota: Schedule, text: str, *changes: Change, zone: str = SHANGHAI) -> str:
    return "".join(sorted(rota.on_duty(at(text, zone), changes)))


@pytest.mark.scenario(50)
def test_a_rota_that_ends_wraps_to_the_first() -> None:
    days = schedule(daily("A", "B", "C"))
    weeks = schedule(daily("A", "B", "C", every=Every.WEEK, turns=2))

    assert [who(days, f"2026-11-0{d} 12:00") for d in range(2, 9)] == list("ABCABCA")
    assert [who(weeks, f"{MONDAY + timedelta(weeks=w)} 12:00") for w in range(8)] == list("AABBCCAA")
    assert who(days, "2026-11-02 07:59:59") == ""


@pytest.mark.scenario(56)
@pytest.mark.parametrize(("moment", "expected"), [("2026-11-03 07:59:59", "A"), ("2026-11-03 08:00:00", "B")])
def test_a_shift_ends_on_the_second_in_local_time_wherever_the_server_stands(moment: str, expected: str) -> None:
    rota = schedule(daily("A", "B"))

    assert at("2026-11-03 08:00:00") == datetime(2026, 11, 3, 0, 0, tzinfo=UTC)
    assert who(rota, moment) == expected


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    rota = schedule(
        daily("A", "B", begins=time(8, 30), ends=time(17, 30)), daily("C", "D", begins=time(17, 30), ends=time(8, 30))
    )

    seen = [
        who(rota, f"2026-11-{d} {h}") for d, h in [("02", "17:29"), ("02", "17:30"), ("03", "08:29"), ("03", "08:30")]
    ]

    assert seen == list("ACCB")
    assert rota.gaps(at("2026-11-02 08:30"), at("2026-12-02 08:30")) == []


@pytest.mark.scenario(57)
@pytest.mark.parametrize("hour", [time(0), time(1, 30), time(2), time(2, 30), time(3), time(8)])
@pytest.mark.parametrize("change", [date(2027, 3, 14), date(2026, 11, 1)])
def test_where_the_clock_is_put_forward_or_back_there_is_no_gap_and_no_overlap(change: date, hour: time) -> None:
    rota = schedule(
        daily("A", "B", begins=hour, first_day=date(2026, 10, 26)),
        zone=CHICAGO,
    )
    begins = instant(change - timedelta(days=3), hour, CHICAGO)

    spans = rota.spans(begins, begins + timedelta(days=7))

    assert all(len(span.members) == 1 for span in spans)
    assert [(b.begins - a.ends, a.members != b.members) for a, b in pairwise(spans)] == [(timedelta(0), True)] * (
        len(spans) - 1
    )
    lengths = {(span.ends - span.begins) for span in spans[:-1]}
    odd = timedelta(hours=23) if change.month == 3 else timedelta(hours=25)
    assert lengths == {timedelta(hours=24), odd}


@pytest.mark.scenario(57)
def test_a_quarter_of_an_hour_across_the_change_is_nine_hundred_real_seconds() -> None:
    opened = at("2027-03-14 01:50", CHICAGO)
    due = opened + timedelta(minutes=15)

    assert due.timestamp() - opened.timestamp() == 900
    assert due.astimezone(ZoneInfo(CHICAGO)).strftime("%H:%M") == "03:05"


@pytest.mark.scenario(55)
def test_holidays_have_their_own_rota_and_make_up_saturdays_the_one_of_workdays(book: Rulebook) -> None:
    rota = schedule(
        daily("A", "B", days=Days.WORKDAYS, first_day=date(2026, 9, 28)),
        daily("X", "Y", days=Days.HOLIDAYS, first_day=date(2026, 9, 28)),
        calendar=book.calendar,
    )

    # 2026: 1–7 October are off, Saturday the 10th is worked, Sunday the 11th is off
    seen = {day: who(rota, f"2026-10-{day:02} 12:00") for day in (1, 2, 7, 8, 9, 10, 11, 12)}

    assert seen == {1: "X", 2: "Y", 7: "X", 8: "B", 9: "A", 10: "B", 11: "Y", 12: "A"}


@pytest.mark.scenario(55)
def test_turns_go_round_by_the_days_that_count_so_that_holidays_are_shared(book: Rulebook) -> None:
    rota = schedule(daily("A", "B", "C", days=Days.HOLIDAYS, first_day=date(2026, 11, 7)), calendar=book.calendar)

    weekends = [date(2026, 11, 7) + timedelta(days=7 * w + d) for w in range(3) for d in (0, 1)]

    assert [who(rota, f"{day} 12:00") for day in weekends] == list("ABCABC")


def test_the_count_of_workdays_agrees_with_counting_one_by_one(book: Rulebook) -> None:
    first = date(2025, 12, 20)
    for days in range(0, 800, 13):
        last = first + timedelta(days=days)
        one_by_one = sum(book.calendar.workday(first + timedelta(days=d)) for d in range(days))
        assert book.calendar.workdays_between(first, last) == one_by_one


def test_a_printed_list_and_a_rotation_stand_side_by_side() -> None:
    rota = schedule(daily("A"), listed=(Listed(day=MONDAY, begins=time(18), ends=time(6), members=("L", "M")),))

    assert who(rota, "2026-11-02 18:00") == "ALM" and who(rota, "2026-11-03 06:00") == "A"


# ── what is changed by hand ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(52)
def test_add_remove_and_replace_hold_inside_their_interval_alone() -> None:
    rota = schedule(daily("A", "B"))
    begins, ends = at("2026-11-02 10:00"), at("2026-11-02 12:00")

    def around(change: Change) -> list[str]:
        return [who(rota, f"2026-11-02 {h}", change) for h in ("09:59:59", "10:00:00", "11:59:59", "12:00:00")]

    assert around(Change(Kind.ADD, "X", begins, ends)) == ["A", "AX", "AX", "A"]
    assert around(Change(Kind.REMOVE, "A", begins, ends)) == ["A", "", "", "A"]
    assert around(Change(Kind.REPLACE, "A", begins, ends, "X")) == ["A", "X", "X", "A"]
    assert around(Change(Kind.REPLACE, "B", begins, ends, "X")) == ["A"] * 4


@pytest.mark.scenario(54)
def test_a_stretch_that_is_handed_on_in_the_middle_splits_the_shift() -> None:
    rota = schedule(daily("A", "B"))

    gone, made = handed_on([], "A", "C", at("2026-11-02 12:00"), at("2026-11-02 20:00"))

    assert gone == []
    assert [who(rota, f"2026-11-02 {h}", *made) for h in ("11:59:59", "12:00:00", "19:59:59", "20:00:00")] == list(
        "ACCA"
    )
    spans = rota.spans(at("2026-11-02 08:00"), at("2026-11-04 08:00"), made)
    assert [("".join(s.members), (s.ends - s.begins) // timedelta(hours=1)) for s in spans] == [
        ("A", 4),
        ("C", 8),
        ("A", 12),
        ("B", 24),
    ]


def test_what_was_taken_over_can_be_handed_on_again() -> None:
    rota = schedule(daily("A", "B"))
    _, first = handed_on([], "A", "C", at("2026-11-02 08:00"), at("2026-11-03 08:00"))

    gone, second = handed_on(first, "C", "D", at("2026-11-02 12:00"), at("2026-11-02 14:00"))

    assert gone == first
    assert [who(rota, f"2026-11-02 {h}", *second) for h in ("11:00", "12:00", "13:59", "14:00")] == list("CDDC")


@pytest.mark.parametrize(("to", "serves"), [("A", "A"), ("C", "C"), (None, "")])
def test_whoever_stood_in_hands_on_an_own_turn_of_that_time_as_well(to: str | None, serves: str) -> None:
    """B stands in for A at a time when A is not on duty and B is: handed on, or back to A, B's own turn goes too."""
    rota = schedule(daily("B"))
    noon, two = at("2026-11-02 12:00"), at("2026-11-02 14:00")
    _, first = handed_on([], "A", "B", noon, two)

    _, second = handed_on(first, "B", to, noon, two)

    assert rota.on_duty(noon, second) == frozenset(serves)
    assert not any(a.clashes(b) for n, a in enumerate(second) for b in second[:n])
    assert rota.on_duty(two, second) == frozenset("B")


@pytest.mark.scenario(51)
def test_two_changes_about_one_person_at_one_time_clash_and_others_do_not() -> None:
    ten, eleven, twelve = (at(f"2026-11-02 {h}:00") for h in (10, 11, 12))
    first = Change(Kind.REPLACE, "A", ten, twelve, "X")

    assert first.clashes(Change(Kind.REPLACE, "A", eleven, twelve, "Y"))
    assert first.clashes(Change(Kind.REMOVE, "X", eleven, twelve))
    assert not first.clashes(Change(Kind.ADD, "Y", ten, twelve))
    assert not first.clashes(Change(Kind.REPLACE, "B", eleven, twelve, "X"))  # one stands in for two
    assert not first.clashes(Change(Kind.REMOVE, "A", twelve, twelve + timedelta(hours=1)))
    with pytest.raises(Clash) as refused:
        handed_on([first], "A", "Y", eleven, twelve)
    assert refused.value.other is first


@pytest.mark.scenario(49)
def test_who_is_on_duty_stays_when_another_is_left_out() -> None:
    rota = schedule(daily("A", "B", "C"))

    left = rota.without("A", at("2026-11-03 12:00"))

    assert [who(left, f"2026-11-0{d} 12:00") for d in (2, 3, 4, 5, 6)] == list("ABCBC")


@pytest.mark.scenario(48)
def test_when_the_one_on_duty_is_left_out_the_next_begins_at_once() -> None:
    rota = schedule(daily("A", "B", "C", every=Every.WEEK))

    left = rota.without("B", at("2026-11-11 12:00"))

    assert who(left, "2026-11-11 11:59") == "B" and who(left, "2026-11-11 12:00") == "C"
    assert [who(left, f"{d} 12:00") for d in ("2026-11-15", "2026-11-16", "2026-11-23")] == list("CAC")


def test_half_of_a_long_turn_stays_half_when_somebody_is_left_out() -> None:
    rota = schedule(daily("A", "B", "C", turns=3))

    left = rota.without("C", at("2026-11-06 12:00"))  # B's second day of three

    assert [who(left, f"2026-11-{d:02} 12:00") for d in range(5, 12)] == list("BBBAAAB")


def test_the_last_one_who_is_left_out_leaves_nobody() -> None:
    left = schedule(daily("A")).without("A", at("2026-11-03 12:00"))

    assert who(left, "2026-11-03 12:00") == ""
