"""For random rotas, lists, changes, swaps and zones: at every instant exactly the expected people are on duty.

The oracle knows nothing of shifts that are asked by instant: it writes every local day out, one after the other, and looks the instant up.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.rota import Calendar, Change, Clash, Kind, Schedule, handed_on
from workflows.turns import Days, Every, Listed, Plan, Rotation, Weekday

PEOPLE = list("ABCDEF")
ZONES = ("Asia/Shanghai", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC")
FIRST = date(2027, 2, 20)  # forty days with the changes of summer time of Chicago (14 March) and Berlin (28 March)
DAYS = 40
HOLIDAYS = {FIRST + timedelta(days=n) for n in (3, 4, 5, 17, 31)}
MADE_UP = {FIRST + timedelta(days=n) for n in (7, 28)}  # Saturdays that are worked


def is_workday(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


CALENDAR = Calendar(is_workday)
hours = st.sampled_from([time(0), time(1, 30), time(2), time(2, 30), time(3), time(8), time(17, 30), time(23, 59)])
turns = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple)
days = st.integers(0, DAYS - 1).map(lambda n: FIRST + timedelta(days=n))
instants = st.integers(0, DAYS * 24 * 60).map(
    lambda minute: datetime(2027, 2, 20, tzinfo=UTC) + timedelta(minutes=minute, seconds=minute % 60)
)


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    begins = draw(hours)
    return Rotation(
        every=draw(st.sampled_from(Every)),
        turns=draw(st.integers(1, 3)),
        days=draw(st.sampled_from(Days)),
        begins=begins,
        ends=draw(st.none() | hours.filter(lambda at: at != begins)),
        weekday=draw(st.sampled_from(Weekday)),
        first_day=FIRST - timedelta(days=draw(st.integers(-10, 30))),
        members=tuple(draw(st.lists(turns, min_size=1, max_size=4))),
    )


listed = st.builds(
    lambda day, begins, ends, members: Listed(
        day=day, begins=begins, ends=None if ends == begins else ends, members=members
    ),
    days,
    hours,
    hours,
    turns,
)
schedules = st.builds(
    lambda zone, first, second, since, more: Schedule(
        zone,
        (
            Plan(since=datetime(2020, 1, 1, tzinfo=UTC), rotations=tuple(first), listed=tuple(more)),
            Plan(since=since, rotations=tuple(second)),
        ),
        CALENDAR,
    ),
    st.sampled_from(ZONES),
    st.lists(rotations(), max_size=3),
    st.lists(rotations(), max_size=2),
    instants,
    st.lists(listed, max_size=3),
)


@st.composite
def change(draw: st.DrawFn) -> Change:
    kind = draw(st.sampled_from(Kind))
    person, other = draw(st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=2, unique=True))
    begins = draw(instants)
    ends = begins + timedelta(minutes=draw(st.integers(1, 5000)))
    return Change(kind, person, begins, ends, other if kind is Kind.REPLACE else None)


def written_out(rota: Schedule, plan: Plan) -> list[tuple[datetime, datetime, tuple[str, ...]]]:
    """Every shift of a plan, day by day, counted up by hand."""
    found = []

    def local(day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(rota.zone)).astimezone(UTC)

    for rotation in plan.rotations:
        matched, day = 0, rotation.first_day
        week_began = day - timedelta(days=(day.weekday() - list(Weekday).index(rotation.weekday)) % 7)
        while day < FIRST + timedelta(days=DAYS + 3):
            wanted = {Days.ALL: True, Days.WORKDAYS: is_workday(day), Days.HOLIDAYS: not is_workday(day)}[rotation.days]
            if wanted:
                weeks = (day - week_began).days // 7
                number = (weeks if rotation.every is Every.WEEK else matched) // rotation.turns
                members = rotation.members[number % len(rotation.members)]
                following = day + timedelta(days=1)
                if rotation.ends is None:
                    ends = local(following, rotation.begins)
                else:
                    ends = local(day if rotation.ends > rotation.begins else following, rotation.ends)
                found.append((local(day, rotation.begins), ends, members))
                matched += 1
            day += timedelta(days=1)
    for one in plan.listed:
        following = one.day + timedelta(days=1)
        ends = (
            local(following, one.begins)
            if one.ends is None
            else local(one.day if one.ends > one.begins else following, one.ends)
        )
        found.append((local(one.day, one.begins), ends, one.members))
    return found


def expected(rota: Schedule, moment: datetime, changes: list[Change]) -> set[str]:
    plan = [one for one in rota.plans if one.since <= moment][-1]
    planned = {p for begins, ends, members in written_out(rota, plan) if begins <= moment < ends for p in members}
    on = set(planned)
    for one in changes:
        if not one.begins <= moment < one.ends:
            continue
        if one.kind is Kind.ADD:
            on |= {one.person}
        elif one.person in planned:
            on -= {one.person}
            on |= {one.other} if one.other else set()
    return on


def compatible(candidates: list[Change]) -> list[Change]:
    """As the records keep them: whatever would clash was refused."""
    kept: list[Change] = []
    for one in candidates:
        if not any(one.clashes(other) for other in kept):
            kept.append(one)
    return kept


@given(schedules, st.lists(change(), max_size=5), st.lists(instants, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_at_every_instant_exactly_the_expected_people_are_on_duty(
    rota: Schedule, candidates: list[Change], moments: list[datetime]
) -> None:
    changes = compatible(candidates)
    edges = [plan.since for plan in rota.plans[1:]] + [at for one in changes for at in (one.begins, one.ends)]
    edges += [at for plan in rota.plans for begins, ends, _ in written_out(rota, plan) for at in (begins, ends)][:40]

    for moment in [*moments, *edges, *(at - timedelta(microseconds=1) for at in edges)]:
        if FIRST < moment.date() < FIRST + timedelta(days=DAYS):
            assert rota.on_duty(moment, changes) == expected(rota, moment, changes)


@given(schedules, st.lists(change(), max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_spans_cover_the_time_without_gap_or_overlap_and_each_says_the_truth(
    rota: Schedule, candidates: list[Change]
) -> None:
    changes = compatible(candidates)
    begins, ends = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 30, tzinfo=UTC)

    spans = rota.spans(begins, ends, changes)

    assert (spans[0].begins, spans[-1].ends) == (begins, ends)
    for before, after in pairwise(spans):
        assert before.ends == after.begins and before.members != after.members
    for span in spans:
        middle = span.begins + (span.ends - span.begins) / 2
        for moment in (span.begins, middle, span.ends - timedelta(microseconds=1)):
            assert rota.on_duty(moment, changes) == span.members


@given(st.sampled_from(ZONES), hours, st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=5, unique=True))
@settings(max_examples=60, deadline=None)
def test_turns_that_follow_each_other_leave_no_second_empty_and_share_none(
    zone: str, begins: time, members: list[str]
) -> None:
    rotation = Rotation(every=Every.DAY, begins=begins, first_day=FIRST, members=tuple((m,) for m in members))
    rota = Schedule(zone, (Plan(since=datetime(2020, 1, 1, tzinfo=UTC), rotations=(rotation,)),), CALENDAR)

    spans = rota.spans(datetime(2027, 2, 22, tzinfo=UTC), datetime(2027, 4, 20, tzinfo=UTC))

    assert all(len(span.members) == 1 for span in spans)
    assert all(timedelta(hours=22) < b.begins - a.begins < timedelta(hours=26) for a, b in pairwise(spans[1:]))


@given(schedules, st.lists(change(), max_size=4), st.lists(st.tuples(change(), st.booleans()), max_size=3))
@settings(max_examples=100, deadline=None)
def test_whatever_is_handed_on_goes_to_the_other_exactly_while_the_first_would_have_served(
    rota: Schedule, candidates: list[Change], swaps: list[tuple[Change, bool]]
) -> None:
    changes = compatible(candidates)
    for asked, somebody in swaps:
        person, other = asked.person, next(p for p in PEOPLE if p != asked.person) if somebody else None
        before = list(changes)
        try:
            gone, made = handed_on(changes, person, other, asked.begins, asked.ends)
        except Clash:
            continue
        changes = [one for one in changes if one not in gone] + made

        assert changes == [*[c for c in before if c not in gone], *made]
        assert not any(a.clashes(b) for n, a in enumerate(changes) for b in changes[:n])
        for span in rota.spans(asked.begins - timedelta(days=1), asked.ends + timedelta(days=1), [*before, *changes]):
            was, now = rota.on_duty(span.begins, before), rota.on_duty(span.begins, changes)
            if not asked.begins <= span.begins < asked.ends or person not in was:
                assert now == was
            else:
                assert now == (was - {person}) | ({other} if other else set())


@given(schedules, st.sampled_from(PEOPLE), instants)
@settings(max_examples=100, deadline=None)
def test_leaving_one_out_changes_nothing_for_whoever_is_on_duty_and_nothing_in_the_past(
    rota: Schedule, person: str, moment: datetime
) -> None:
    left = rota.without(person, moment)

    past = moment - timedelta(microseconds=1)
    assert left.on_duty(past) == rota.on_duty(past)
    assert rota.on_duty(moment) - {person} <= left.on_duty(moment)
    for ahead in range(30):
        assert person not in left.on_duty(moment + timedelta(days=ahead))
