"""What two people have to decide about a breach is never left lying: asked again each working day, then the supervisor too."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from tests.workflows.lawful import Matter
from workflows import answer, explanation, held, whistle
from workflows import records as r
from workflows.policy import Urgency
from workflows.rulebook import Rulebook

DESK, LEADER, SUPERVISOR = "QL-desk-1", "QL-leader-1", "QL-supervisor-1"
ASKED = [DESK, LEADER]


def bound(m: Matter, *seats: str) -> None:
    for number, seat in enumerate(seats):
        m.person(seat).account = m.work.meet(7_100_000 + number).account


def late(m: Matter, *, outage: bool = False, drill: bool = False) -> r.Call:
    """The market office signs a minute late on Monday at 09:16; with `outage`, after we were away ourselves."""
    work = m.work
    if not m.person("SJ-1").account:
        bound(m, "SJ-1", "QL01S-1", DESK, "QL-desk-2", LEADER, SUPERVISOR)
    leader = m.person("QL01S-1")
    tip = whistle.found_by_squad(work, leader, "QL01", None, None)
    work.flush()
    blown = whistle.blow(work, tip, leader, ["SJ"], urgency=Urgency.NORMAL)
    work.flush()
    call = work.calls(blown.id)[0]
    call.drill = drill
    m.later(minutes=16)
    if outage:
        work.add(
            r.Outage(began_at=call.opened_at + timedelta(minutes=5), ended_at=call.opened_at + timedelta(minutes=8))
        )
        work.flush()
    answer.acknowledge(work, call, m.person("SJ-1"))
    answer.report(work, call, m.person("SJ-1"), "untrue")
    work.flush()
    assert call.breached_at == call.due_at and call.late_seconds == 60
    return call


def asked(m: Matter, kind: str) -> list[tuple[datetime, str]]:
    m.work.flush()
    rows = m.work.session.exec(select(r.Outbox).where(r.Outbox.template == kind).order_by(col(r.Outbox.id)))
    return [(row.queued_at, row.person_id or "") for row in rows]


def day(n: int) -> datetime:
    return datetime(2026, 11, n, 1, 16, tzinfo=UTC)


EVERY_WORKING_DAY = [
    *((day(d), who) for d in (5, 6) for who in ASKED),
    *((day(9), who) for who in (*ASKED, SUPERVISOR)),
]
"""From Thursday on; not at the weekend; the third time the supervisor too."""


def test_a_late_answer_held_for_our_outage_is_asked_about_each_working_day_until_two_have_signed(
    book: Rulebook,
) -> None:
    m = Matter(book)
    call = late(m, outage=True)
    assert call.window["review"] == "held" and not call.counts
    m.later(days=1)
    first = [(day(3), one) for one in (DESK, "QL-desk-2", LEADER)]
    assert asked(m, "call.review_overdue") == first, "the next working day, at the same hour"
    held.propose(m.work, call, m.person(DESK), counts=False)
    m.later(days=2)
    said = asked(m, "call.review_overdue")[len(first) :]
    assert {who for at, who in said if at == day(4)} == {DESK, "QL-desk-2", LEADER}
    assert {who for at, who in said if at == day(5)} == {DESK, "QL-desk-2", LEADER, SUPERVISOR}, "the third time"
    held.agree(m.work, call, m.person("QL-desk-2"))

    m.later(days=10)

    assert len(asked(m, "call.review_overdue")) == 3 + 3 + 4, "nothing after both have signed"
    assert m.events("call.review_overdue")[-1]["times"] == 3


def test_what_disagreement_sends_back_is_still_asked_about(book: Rulebook) -> None:
    m = Matter(book)
    call = late(m, outage=True)
    held.propose(m.work, call, m.person(DESK), counts=False)
    held.disagree(m.work, call, m.person("QL-desk-2"))

    m.later(days=1)

    assert len(asked(m, "call.review_overdue")) == 3


def test_what_the_answers_after_it_cancel_is_not_the_question(book: Rulebook) -> None:
    """Every answer ends all that was due for the call; this is not due for the call."""
    m = Matter(book)
    call = late(m, outage=True)
    assert call.ended_at is not None

    m.later(days=1)

    assert len(asked(m, "call.review_overdue")) == 3


def test_a_signature_taken_back_leaves_nothing_to_decide(book: Rulebook) -> None:
    m = Matter(book)
    call = late(m, outage=True)
    call.window = {**call.window, "review": None}

    m.later(days=9)

    assert asked(m, "call.review_overdue") == []


def test_where_nobody_of_desk_and_leaders_can_be_reached_the_supervisor_hears_at_once(book: Rulebook) -> None:
    m = Matter(book)
    late(m, outage=True)
    for seat in (DESK, "QL-desk-2", LEADER):
        m.person(seat).on_duty = False

    m.later(days=1)

    assert asked(m, "call.review_overdue") == [(day(3), SUPERVISOR)]


def test_an_explanation_that_nobody_decides_is_asked_about_each_working_day_then_by_the_supervisor_too(
    book: Rulebook,
) -> None:
    m = Matter(book)
    found = explanation.give(m.work, late(m), m.person("SJ-1"), "phoned")
    m.person("QL-desk-2").on_duty = False

    m.later(days=7)

    assert asked(m, "explanation.overdue") == EVERY_WORKING_DAY
    explanation.propose(m.work, found, m.person(DESK), counts=False)
    explanation.agree(m.work, found, m.person("QL-desk-2"))
    m.later(days=9)
    assert asked(m, "explanation.overdue") == EVERY_WORKING_DAY, "nothing after both have signed"


def accept(m: Matter, call: r.Call) -> None:
    found = explanation.give(m.work, call, m.person("SJ-1"), "phoned")
    explanation.propose(m.work, found, m.person(DESK), counts=False)
    explanation.agree(m.work, found, m.person("QL-desk-2"))


@pytest.mark.parametrize("drills", [True, False])
def test_drills_count_neither_among_the_breaches_nor_among_those_explained_away(book: Rulebook, drills: bool) -> None:
    m = Matter(book)
    calls = [late(m, drill=drills and n > 0) for n in range(5)]
    for call in calls[:2]:
        accept(m, call)

    told = asked(m, "explanation.piled_up")

    assert len(told) == (0 if drills else 1), "two of five is more than a fifth; one real breach says nothing"


def test_a_drill_explained_away_does_not_raise_the_share_of_real_breaches(book: Rulebook) -> None:
    m = Matter(book)
    for _ in range(5):
        call = late(m)
    accept(m, late(m, drill=True))
    accept(m, call)
    assert asked(m, "explanation.piled_up") == [], "one of five is a fifth, not more"


def test_the_share_is_that_of_the_month_of_the_breach(book: Rulebook) -> None:
    """Five breaches of November, two of them explained away in December: the share of November, of which December knows nothing."""
    m = Matter(book)
    m.at(datetime(2026, 11, 30, 1, 0, tzinfo=UTC))
    calls = [late(m) for _ in range(5)]
    found = [explanation.give(m.work, call, m.person("SJ-1"), "phoned") for call in calls[:2]]
    m.later(days=1)
    for one in found:
        explanation.propose(m.work, one, m.person(DESK), counts=False)
        explanation.agree(m.work, one, m.person("QL-desk-2"))

    assert [who for _, who in asked(m, "explanation.piled_up")] == [SUPERVISOR]


def test_at_night_whoever_is_not_up_is_asked_in_the_morning_and_alarms_wait_for_nothing(book: Rulebook) -> None:
    m = Matter(book)
    m.at(datetime(2026, 11, 2, 15, 0, tzinfo=UTC))  # 23:00 in the county
    bound(m, "SJ-1", "QL01S-1", DESK, "QL-desk-2", LEADER, SUPERVISOR)
    for seat in (DESK, "QL-desk-2"):
        m.work.identity(m.person(seat).account or "").active_at = None
    leader = m.person("QL01S-1")
    tip = whistle.found_by_squad(m.work, leader, "QL01", None, None)
    m.work.flush()
    blown = whistle.blow(m.work, tip, leader, ["SJ"], urgency=Urgency.URGENT)
    m.work.flush()
    call = m.work.calls(blown.id)[0]
    m.later(minutes=20)

    explanation.give(m.work, call, m.person("SJ-1"), "phoned")

    m.work.flush()
    rows = m.work.session.exec(select(r.Outbox)).all()
    waits = {row.not_before for row in rows if row.template == "explanation.given"}
    assert waits == {datetime(2026, 11, 2, 23, 30, tzinfo=UTC)}, "07:30"
    rung = [row for row in rows if row.template in ("call.opened", "call.breached", "call.escalated")]
    assert len({row.template for row in rung}) == 3 and all(row.not_before <= m.work.now for row in rung)
