"""听证: who may be appointed to hold it, who is told when, and that nobody is reminded of what has taken place or been moved."""

from datetime import UTC, datetime

import pytest

from tests.workflows.lawful import Matter
from tests.workflows.test_gates import HELD, heavy, notified, wanted
from workflows import hearing, procedure
from workflows.gates import GateShut
from workflows.rulebook import Rulebook
from workflows.states import CaseState, Stage


def test_only_those_who_did_not_investigate_are_offered_as_hosts(book: Rulebook) -> None:
    m = wanted(Matter(book))
    seats = {p.id for p in hearing.hosts(m.work, m.proc)}
    assert {m.person("reviewer").id, m.person("reviewer_2").id, m.person("squad_leader").id} <= seats
    assert not seats & {m.person("a").id, m.person("b").id, m.leader.id}, "neither officer of the case, nor who decides"

    step = m.take("order", second="other", order_what="清走", until="2026-11-03")
    procedure.confirm(m.work, step, [m.person("other")])
    m.person("squad_leader").account = m.person("a").account

    left = {p.id for p in hearing.hosts(m.work, m.proc)}
    assert not left & {m.person("other").id, m.person("squad_leader").id}, (
        "who confirmed an act; who has an officer's phone"
    )


def test_the_host_is_told_at_once_and_all_three_on_the_day_before(book: Rulebook) -> None:
    m = notified(Matter(book))
    host = m.person("reviewer_2").id
    assert m.messages("hearing.appointed") == [host]

    m.later(days=8)
    assert m.messages("hearing.reminded") == []
    m.later(days=1)

    assert m.messages("hearing.reminded") == [host, m.person("a").id, m.person("b").id]
    m.later(days=1).do("hearing", "reviewer_2", **HELD)
    assert m.proc.state is Stage.HEARD and m.messages("hearing.held") == [m.person("a").id, m.person("b").id]


def test_a_later_notice_takes_the_place_of_an_earlier_one(book: Rulebook) -> None:
    m = notified(Matter(book))
    m.do("hearing_notice", hearing_day="2026-11-20", hearing_place="村委会", host=m.person("squad_leader").id)

    m.later(days=17)

    reminded = m.events("hearing.reminded")
    assert [one["day"] for one in reminded] == ["2026-11-20"], "once, for the day that holds"
    assert hearing.appointed(m.work, m.proc) == m.person("squad_leader").id
    assert m.work.now < datetime(2026, 11, 20, tzinfo=UTC)


def test_nobody_is_reminded_of_a_hearing_in_a_case_that_is_over(book: Rulebook) -> None:
    m = notified(Matter(book))
    m.do("drop", drop_why="untrue")
    m.later(days=10)
    assert m.messages("hearing.reminded") == []

    m = notified(Matter(book))
    m.case.state = CaseState.CLOSED
    m.later(days=10)
    assert m.messages("hearing.reminded") == []


def test_the_record_of_the_host_is_offered_to_the_host_alone(book: Rulebook) -> None:
    m = notified(Matter(book)).later(days=10)
    for seat, there in (("reviewer_2", True), ("a", False), ("b", False)):
        kinds = {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person(seat)])}
        assert ("hearing" in kinds) is there, seat


def test_a_party_that_had_not_answered_may_still_ask_and_speak(book: Rulebook) -> None:
    m = heavy(Matter(book))
    m.do("hearing_asked", asked="silent")
    m.later(days=3)
    kinds = {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}
    assert {"hearing_asked", "statement"} <= kinds, "silence, and nothing to say, are no last word"

    m.do("hearing_asked", asked="yes")
    m.do("statement", said="something", upheld="no")

    kinds = {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}
    assert "hearing_notice" in kinds and not {"hearing_asked", "statement"} & kinds
    for kind, answers in (("hearing_asked", {"asked": "waived"}), ("statement", {"said": "nothing"})):
        with pytest.raises(GateShut) as shut:
            m.take(kind, **answers)
        assert shut.value.gate == "taken"


def test_a_hearing_that_was_asked_for_is_held_also_when_the_fine_was_lowered_since(book: Rulebook) -> None:
    m = Matter(book).told(fine=600_000)
    m.do("hearing_asked", asked="yes")
    m.do("statement", said="something", upheld="yes", fine=400_000)

    kinds = {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}

    assert "hearing_notice" in kinds
    with pytest.raises(GateShut) as shut:
        m.take("to_review")
    assert shut.value.gate == "hearing_held"
