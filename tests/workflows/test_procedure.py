"""Both courses from the confirmed matter to the end, their clocks, their papers and what voids an opinion."""

from dataclasses import replace
from datetime import date

import pytest

from messages import documents as documents_of
from messages.documents import case_forms
from messages.render import Renderer
from tests.workflows.lawful import REPORT, YES, Matter
from tests.workflows.test_gates import SPOT, complex_case, decided, heavy, reviewed, served, simple
from workflows import audit, evidence, gates, procedure, term
from workflows import case as cases
from workflows import document as documents
from workflows import records as r
from workflows.county import Day
from workflows.gates import GateShut
from workflows.lawprofile import TermId
from workflows.refusals import AlreadyClosed, AlreadyDone, NotOwner, ProcedureOpen
from workflows.rulebook import Rulebook
from workflows.states import ActState, CaseState, Stage


def next_steps(m: Matter, *names: str) -> set[str]:
    m.work.flush()
    return {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person(n) for n in names or ("a",)])}


def running(m: Matter) -> dict[TermId, str]:
    return {one.term: f"{one.ends.astimezone():%Y-%m-%d}" for one in term.running(m.work, m.proc)}


def test_the_simple_course_from_matter_to_end(book: Rulebook) -> None:
    m = simple(Matter(book))
    assert "on_spot" in next_steps(m)

    m.do("on_spot", **SPOT)
    m.do("service", how="on_the_spot")
    m.do("paid", day="2026-11-02", receipt="票0001")
    m.do("file_back")
    m.whole().do("end")

    assert (m.proc.state, m.case.state, m.case.outcome) == (Stage.ENDED, CaseState.CLOSED, "penalty")
    paper = m.work.papers(m.case.id)[0]
    assert (paper.number, paper.checked_by) == (m.proc.number, m.person("b").id), (
        "nothing is typed twice, and two have looked"
    )
    assert m.proc.number == "云溪当罚〔2026〕1号"
    assert [(o.kind, o.unit, o.quantity, o.penalty) for o in m.work.outcomes(m.case.id)] == [
        ("fine", "yuan", 10_000, True)
    ]
    assert audit.verify(m.work).problems == ()


def test_the_ordinary_course_with_hearing_and_review_from_matter_to_end(book: Rulebook) -> None:
    m = heavy(Matter(book))
    m.do("hearing_asked", asked="yes")
    m.do("hearing_notice", hearing_day="2026-11-12", hearing_place="镇政府", host=m.person("reviewer_2").id)
    m.later(days=10)
    m.do("hearing", "reviewer_2", hearing_record="双方到场。", checked="signed")
    assert gates.review_why(m.work, m.proc) == ["hearing"]
    m.do("to_review")
    assert {"opinion"} <= next_steps(m, "reviewer")
    m.do("opinion", "reviewer", **{"pass": "passed"})
    m.do("decision", fine="as_told")
    m.do("service", how="direct")
    m.do("paid", day="2026-11-12", receipt="票0002")
    m.do("publish", "reviewer", names="masked")
    m.whole().do("end")

    stages = [e["step"] for e in m.events("step.recorded")]
    assert stages == [
        *(
            "party",
            "facts",
            "inspection",
            "filing",
            "report",
            "told",
            "statement",
            "hearing_asked",
            "hearing_notice",
            "hearing",
        ),
        *("to_review", "opinion", "decision", "service", "paid", "publish", "end"),
    ]
    assert (m.proc.state, m.proc.decided_by, m.proc.reviewer) == (Stage.ENDED, m.leader.id, m.person("reviewer").id)
    assert {p["label"] for p in m.proc.certificates} == {m.person("a").label, m.person("b").label}
    assert m.case.state is CaseState.CLOSED
    assert audit.verify(m.work).problems == ()


def test_a_warning_is_a_penalty_with_a_number(book: Rulebook) -> None:
    """第九条: no warning without a numbered decision; a soft outcome is none."""
    m = simple(Matter(book))

    m.do("on_spot", **{**SPOT, "penalty": "warning", "fine": 0})

    assert m.proc.number == "云溪当罚〔2026〕1号"
    assert [(o.kind, o.penalty) for o in m.work.outcomes(m.case.id)] == [("warning", True)]
    assert m.work.papers(m.case.id)[0].kind == "penalty"


def test_no_penalty_needs_no_telling_but_education(book: Rulebook) -> None:
    m = Matter(book).filed()
    m.do("marks", marks=["minor", "corrected", "harmless"])
    m.do("report", **{**REPORT, "proposal": "no_penalty"})

    m.do("decision", educated="yes")

    assert (m.proc.penalties, m.proc.fine_fen, m.proc.number) == ([], 0, "云溪不罚〔2026〕1号")
    assert [(o.kind, o.penalty) for o in m.work.outcomes(m.case.id)] == [("educate", False)]


def test_delegated_power_is_used_in_the_departments_name_and_register(book: Rulebook) -> None:
    m = simple(Matter(book, matter="JT010"))

    m.do("on_spot", **SPOT)

    assert (m.proc.organ_id, m.proc.agreement_id, m.proc.power) == ("JT", "AG01", "委托")
    assert m.proc.number is not None
    assert not m.proc.number.startswith("云溪")
    assert [p.id for p in gates.leaders(m.work, m.proc)] == ["JT-H"], "its head approves"


def test_what_needs_the_second_officer_stands_only_after_that_officers_own_tap(book: Rulebook) -> None:
    m = simple(Matter(book))
    step = m.take("on_spot", second="b", **SPOT)
    assert (step.state, m.proc.state) == (ActState.PROPOSED, Stage.OPENED)
    assert m.messages("step.asked")[-1] == m.person("b").id

    with pytest.raises(NotOwner):
        procedure.confirm(m.work, step, [m.person("a")])
    with pytest.raises(NotOwner):
        procedure.confirm(m.work, step, [m.person("other")])
    procedure.confirm(m.work, step, [m.person("b")])
    with pytest.raises(AlreadyDone):
        procedure.confirm(m.work, step, [m.person("b")])
    with pytest.raises(AlreadyDone):
        procedure.refuse(m.work, step, [m.person("b")])

    assert (step.state, m.proc.state) == (ActState.RECORDED, Stage.DECIDED)


def test_a_step_that_was_not_agreed_to_leaves_everything_as_it_was(book: Rulebook) -> None:
    m = simple(Matter(book))
    step = m.take("on_spot", second="b", **SPOT)

    procedure.refuse(m.work, step, [m.person("b")])

    assert (step.state, m.proc.state, m.proc.number, m.proc.penalties) == (ActState.DROPPED, Stage.OPENED, None, [])
    assert m.messages("step.dropped") == [m.person("a").id]
    assert "on_spot" in next_steps(m)


@pytest.mark.parametrize("change", ["facts", "marks", "party"])
def test_a_change_after_the_opinion_voids_it_and_tells_the_reviewer(book: Rulebook, change: str) -> None:
    m = reviewed(Matter(book))
    assert m.proc.state is Stage.REVIEWED

    answers = {
        "facts": {"act_on": "2026-11-01", "place": "河口村桥头", "found": "改过的事实。"},
        "marks": {"marks": ["complex", "first_time"]},
        "party": {"party_kind": "person"},
    }
    m.do(change, **answers[change])

    assert (m.proc.state, m.proc.opinion) == (Stage.TOLD, "")
    assert m.messages("review.voided") == [m.person("reviewer").id, m.person("a").id, m.person("b").id]
    with pytest.raises(GateShut) as shut:
        m.take("decision", fine="as_told", discussed="yes")
    assert shut.value.gate == "review"


def _paper(m: Matter) -> r.Document:
    """An order that the review reads, made by hand."""
    one = documents.begin(m.work, m.case, documents.form_of(m.work, "order"), m.person("a"))
    documents.reserve(m.work, one)
    return documents.made(m.work, one, m.person("a"), {"demand": "三日内清走"}, "0" * 64, None, 1)


def _piece(m: Matter) -> r.Evidence:
    return evidence.add(m.work, m.case, m.person("a"), evidence.Sent(kind="record", words="又倒了一袋。"))


def _voided(m: Matter) -> None:
    documents.void(m.work, documents.in_force(m.work, m.case.id, "order")[0], m.person("a"), "日期写错了")


CHANGES = {"made": _paper, "voided": _voided, "evidence": _piece}


@pytest.mark.parametrize("what", CHANGES)
def test_a_paper_or_a_piece_of_evidence_voids_the_opinion_at_once(book: Rulebook, what: str) -> None:
    m = complex_case(Matter(book))
    if what == "voided":
        _paper(m)
    m.do("to_review")
    m.do("opinion", "reviewer", **{"pass": "passed"})

    CHANGES[what](m)

    assert (m.proc.state, m.proc.opinion) == (Stage.TOLD, "")
    assert m.messages("review.voided") == [m.person("reviewer").id, m.person("a").id, m.person("b").id]
    assert "to_review" in next_steps(m)


def test_a_decision_that_is_printed_after_the_opinion_leaves_it_standing(book: Rulebook) -> None:
    m = reviewed(Matter(book))

    one = documents.begin(m.work, m.case, documents.form_of(m.work, "review"), m.person("a"))
    documents.made(m.work, one, m.person("a"), {"review_opinion": "通过"}, "0" * 64, None, 1)

    assert (m.proc.state, m.proc.opinion) == (Stage.REVIEWED, "passed")


def test_a_returned_file_goes_back_with_standard_reasons_and_may_be_sent_again(book: Rulebook) -> None:
    m = complex_case(Matter(book))
    m.do("to_review")

    m.do("opinion", "reviewer", **{"pass": "returned", "why": ["facts", "papers"]})

    assert (m.proc.opinion, m.proc.opinion_why, m.proc.state) == ("returned", ["facts", "papers"], Stage.TOLD)
    assert m.messages("review.given") == [m.person("a").id]
    assert TermId.REVIEW not in running(m)
    assert "to_review" in next_steps(m)


def test_the_clocks_of_law_run_and_stop_with_their_steps(book: Rulebook) -> None:
    m = Matter(book).filed()
    assert running(m)[TermId.DECIDE] == "2027-01-31"
    m.do("keep", what="两台机器")
    assert running(m)[TermId.KEEP] == "2026-11-11"
    m.do("keep_end", ended_how="given_back")
    m.do("report", **REPORT)
    m.do("told", how="direct")
    m.do("statement", said="nothing")
    m.do("decision", fine="as_told")
    assert set(running(m)) == {TermId.SERVE}
    m.do("service", how="direct")

    assert set(running(m)) == {TermId.PAY, TermId.RECONSIDER, TermId.SUE, TermId.PUBLISH, TermId.COURT}
    assert running(m)[TermId.COURT] == "2027-08-02", "three months after the last remedy"
    assert (m.proc.pay_by, running(m)[TermId.SUE]) == (date(2026, 11, 17), "2027-05-02")
    assert m.proc.pay_ref is not None
    assert len(m.proc.pay_ref) == 16


def test_a_calendar_that_changes_moves_the_terms_of_working_days_and_tells_it_once(book: Rulebook) -> None:
    """调休: Friday 6 November becomes a holiday, Saturday 14 a working day; ninety days stay where they are."""
    m = Matter(book).filed()
    m.do("keep", what="两台机器")
    assert (running(m)[TermId.KEEP], running(m)[TermId.DECIDE]) == ("2026-11-11", "2027-01-31")
    moved = replace(m.work.county, days=(Day(on=date(2026, 11, 6), work=False), Day(on=date(2026, 11, 14), work=True)))
    m.work.county = moved

    assert term.recount(m.work) == 1
    assert term.recount(m.work) == 0, "once"

    assert (running(m)[TermId.KEEP], running(m)[TermId.DECIDE]) == ("2026-11-12", "2027-01-31")
    (told,) = m.events("term.moved")
    assert (told["term"], told["ends"][:10]) == ("keep", "2026-11-12")
    assert set(m.messages("term.moved")) == {m.person("a").id, m.person("b").id}
    m.later(days=30)
    assert [e["ends"][:10] for e in m.events("term.ended")] == ["2026-11-12"], "the old day rings no more"


def test_ninety_days_are_reminded_ahead_and_their_end_is_told_once(book: Rulebook) -> None:
    m = Matter(book).filed()

    m.later(days=95)

    assert [e["term"] for e in m.events("term.reminded")] == ["decide"] * 3
    assert [e["term"] for e in m.events("term.ended")] == ["decide"]
    assert set(m.messages("term.ended")) == {m.person("a").id, m.person("b").id}


def test_an_urgent_seizure_is_reported_within_a_day_and_ends_within_thirty(book: Rulebook) -> None:
    m = Matter(book).begin().knows()
    m.do("seizure_urgent", what="一车砂", heard="yes", **YES)
    assert {TermId.SEIZE, TermId.SEIZE_REPORT} <= set(running(m))

    m.do("seizure_report")
    assert TermId.SEIZE_REPORT not in running(m)
    m.do("seizure_more")

    assert running(m)[TermId.SEIZE_MORE] == "2027-01-01"
    m.do("seizure_end", ended_how="given_back")
    assert not {TermId.SEIZE, TermId.SEIZE_MORE} & set(running(m))


def test_a_suspected_crime_goes_to_the_police_within_a_day_of_the_leaders_word(book: Rulebook) -> None:
    m = Matter(book).filed()
    m.do("crime")
    m.do("crime_decided", hand="yes")
    assert TermId.CRIME_HAND in running(m)

    m.later(hours=25)
    assert [e["term"] for e in m.events("term.ended")] == ["crime_hand"]
    m.do("crime_handed", receipt="公回〔2026〕1号")

    assert ("hand_over", False) in [(o.kind, o.penalty) for o in m.work.outcomes(m.case.id)]


def test_hardship_moves_the_last_day_and_late_payment_is_capped(book: Rulebook) -> None:
    m = served(Matter(book))
    m.do("hardship", until="2026-12-31")

    assert (m.proc.pay_by, TermId.PAY in running(m)) == (date(2026, 12, 31), False)
    assert term.late_fen(30_000, date(2026, 11, 17), date(2026, 11, 17)) == 0
    assert term.late_fen(30_000, date(2026, 11, 17), date(2026, 11, 20)) == 2_700
    assert term.late_fen(30_000, date(2026, 11, 17), date(2027, 11, 20)) == 30_000


def test_a_published_decision_that_is_revoked_is_withdrawn_within_three_working_days(book: Rulebook) -> None:
    m = served(Matter(book))
    m.do("publish", "reviewer", names="masked")
    assert TermId.PUBLISH not in running(m)

    m.do("revoke", revoke_why="annulled")
    assert running(m)[TermId.WITHDRAW] == "2026-11-05"
    m.do("withdraw")

    assert TermId.WITHDRAW not in running(m)
    assert m.proc.withdrawn_at is not None


def test_a_statement_that_is_accepted_lowers_the_fine_and_never_raises_it(book: Rulebook) -> None:
    m = Matter(book).told()
    with pytest.raises(GateShut) as shut:
        m.take("statement", said="something", upheld="yes", fine=40_000)
    assert shut.value.gate == "heavier"

    m.do("statement", said="something", upheld="yes", fine=20_000)

    assert (m.proc.fine_fen, m.proc.told_fen) == (20_000, 30_000)


def test_who_steps_aside_takes_no_part_any_more(book: Rulebook) -> None:
    m = Matter(book).filed()

    m.do("officers", who="officer_a", by="b")

    assert (m.proc.officer_a, m.proc.officer_b) == (m.person("b").id, None)
    assert m.proc.recused == [m.person("a").id]


def test_a_case_with_a_running_procedure_is_not_closed_past_it(book: Rulebook) -> None:
    m = Matter(book).filed()

    with pytest.raises(ProcedureOpen):
        cases.close(m.work, m.case, m.person("a"), cases.outcome_of(m.work, "persuaded"))


def test_a_closed_case_takes_only_what_belongs_after_its_end(book: Rulebook) -> None:
    m = served(Matter(book))
    m.do("paid", day="2026-11-02", receipt="票3")
    m.whole().do("end")

    m.do("publish", "reviewer", names="masked")
    with pytest.raises(AlreadyClosed):
        m.take("paid", day="2026-11-02", receipt="票4")
    with pytest.raises(AlreadyClosed):
        m.begin()


def test_numbers_run_on_per_organ_and_series(book: Rulebook) -> None:
    m = decided(Matter(book))
    assert m.proc.number == "云溪罚决〔2026〕1号"

    m.case = m.opened(number="云溪-2026-0148")
    simple(m, name="某乙", id_no="110101198001015678").do("on_spot", **SPOT)
    assert m.proc.number == "云溪当罚〔2026〕1号"
    m.case = m.opened(number="云溪-2026-0149")
    simple(m, name="某丙", id_no="110101198001019999").do("on_spot", **SPOT)

    assert m.proc.number == "云溪当罚〔2026〕2号"


def test_the_four_moments_of_the_first_check(book: Rulebook) -> None:
    m = Matter(book)
    assert procedure.four_moments(m.work, m.case)["checked"] is None
    tip = m.work.get(r.Tip, m.case.tip_id)

    from workflows import tip as tips

    tips.look(m.work, tip, m.person("a"))
    m.later(minutes=10)
    cases.do_act(m.work, tip, m.person("a"), "record")
    m.later(minutes=10)
    m.begin().knows()
    m.do("filing")

    found = procedure.four_moments(m.work, m.case)
    assert found["owner"] == m.person("a").id
    assert found["found"] <= found["checked"] < found["secured"] < found["filed"]


def test_a_fine_below_the_range_is_read_by_the_leader_with_its_reason_and_printed(book: Rulebook) -> None:
    m = Matter(book, matter="CG017").filed()
    m.do("report", **{**REPORT, "fine": 4_000, "below": "eased"})
    m.do("told", how="direct"), m.do("statement", said="nothing")

    step = m.take("decision", fine="as_told")

    read = procedure.step_facts(m.work, step, m.person("a"))
    assert read["fines"] == [{"low_fen": 5_000, "high_fen": 10_000, "quote": "处以五十元以上一百元以下罚款"}]
    assert (read["whole"], read["fine_fen"], read["below"]) == (True, 4_000, "eased")
    words = Renderer(book)
    for form in ("report", "notice", "decision"):
        printed = case_forms.known(
            m.work, m.case, form, {}, lambda key, **facts: words.line("papers", key, "zh", facts)
        )
        assert "主动消除" in printed["mitigated"] and "第三十二条" in printed["mitigated"]
        assert "50.00元以下" in printed["mitigated"] and "mitigated" in documents_of.fields_of(form)


def test_a_statement_that_lowers_the_fine_below_the_range_needs_the_reason_too(book: Rulebook) -> None:
    m = Matter(book, matter="CG017").told(fine=6_000)

    with pytest.raises(GateShut) as shut:
        m.take("statement", said="something", upheld="yes", fine=4_000)
    m.do("statement", said="something", upheld="yes", fine=4_000, below="《某省实施办法》第九条")
    m.do("decision", fine="as_told")

    assert shut.value.gate == "below_lowest" and m.proc.fine_fen == 4_000
    assert procedure.step_facts(m.work, m.work.steps(m.case.id, "decision")[-1], m.person("a"))["below_words"]


def test_where_the_table_knows_a_part_of_the_article_another_case_of_it_may_apply(book: Rulebook) -> None:
    """NY002: five hundred to two thousand yuan, and the article goes on."""
    m = Matter(book, matter="NY002").filed()
    with pytest.raises(GateShut):
        m.take("report", second="b", **{**REPORT, "fine": 5_000})

    m.do("report", **{**REPORT, "fine": 5_000, "below": "other_case"})

    words = Renderer(book)
    printed = case_forms.known(
        m.work, m.case, "report", {}, lambda key, **facts: words.line("papers", key, "zh", facts)
    )
    assert printed["mitigated"] == "", "that is no mitigation, and no paper calls it one"
