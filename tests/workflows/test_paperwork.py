"""文书和步骤, both ways; and what a file needs before its case is closed, by law or by the leader's word."""

from datetime import timedelta
from typing import Any

import pytest

from messages.documents import case_forms
from messages.render import Renderer
from tests.workflows.lawful import YES, Matter
from tests.workflows.test_gates import HELD, SPOT, _paid, decided, notified, served, simple, urged
from workflows import document as documents
from workflows import file as files
from workflows import paperwork, procedure
from workflows.gates import GateShut
from workflows.refusals import AlreadyDone, Gone, NotNamed
from workflows.rulebook import Rulebook
from workflows.states import ActState, CaseState, DocumentState, Stage


def steps(m: Matter, kind: str) -> list[tuple[str, str | None, ActState]]:
    return [(s.by, s.second, s.state) for s in m.work.steps(m.case.id, kind)]


@pytest.mark.parametrize(("form", "kind"), paperwork.SIGNED.items())
def test_a_record_that_both_officers_signed_is_its_step(book: Rulebook, form: str, kind: str) -> None:
    m = Matter(book).begin().knows()
    one = m.paper(form)

    paperwork.sign(m.work, one, m.person("a"))
    assert steps(m, kind) == []
    paperwork.sign(m.work, one, m.person("b"))

    assert steps(m, kind) == [(m.person("a").id, m.person("b").id, ActState.RECORDED)]
    step = m.work.steps(m.case.id, kind)[0]
    assert step.facts["paper"] == one.number and "R8" in step.gates
    assert (m.proc.officer_a, m.proc.officer_b) == (m.person("a").id, m.person("b").id)


def test_a_record_of_an_inspection_that_was_recorded_already_adds_none(book: Rulebook) -> None:
    m = Matter(book).begin().knows()
    m.do("inspection", record="两袋垃圾。", **YES)

    m.signed("site_record")
    assert len(steps(m, "inspection")) == 1
    m.signed("site_record")

    assert len(steps(m, "inspection")) == 2, "a second record is a second inspection"


def test_the_last_signature_is_refused_where_the_law_bars_the_step(book: Rulebook) -> None:
    m = Matter(book).begin().knows(kind="organisation", id_no="91110000000000000X")
    one = m.paper("site_record")
    paperwork.sign(m.work, one, m.person("a"))

    with pytest.raises(GateShut) as shut:
        paperwork.sign(m.work, one, m.person("b"))

    assert shut.value.gate == "firm", "nobody inspects a firm without approval, on paper neither"


def test_a_paper_that_is_signed_late_moves_nothing(book: Rulebook) -> None:
    m = Matter(book).told()
    before = len(m.work.steps(m.case.id))

    m.signed("site_record")

    assert len(m.work.steps(m.case.id)) == before


def test_a_decision_is_served_by_the_step_of_service_and_with_it(book: Rulebook) -> None:
    m = decided(Matter(book))
    paper = m.signed("decision")
    assert paperwork.step_of_service(m.work, paper) == "service"

    m.do("service", how="direct")

    assert paper.state is DocumentState.SERVED
    assert paperwork.step_of_service(m.work, m.signed("order")) is None, "an order is handed over on its own"
    with pytest.raises(AlreadyDone):
        documents.serve(m.work, paper, m.person("a"))


def test_a_notice_is_served_with_the_telling(book: Rulebook) -> None:
    m = Matter(book).filed()
    m.do("report", proposal="penalty", penalties=["fine"], fine=30_000, discretion="…", reasons="…")
    paper = m.signed("notice")

    m.do("told", how="direct")

    assert (paper.state, m.proc.state) == (DocumentState.SERVED, Stage.TOLD)


def test_each_stage_offers_the_papers_that_it_needs(book: Rulebook) -> None:
    m = simple(Matter(book))
    assert paperwork.wanted(m.work, m.proc) == []

    m.do("on_spot", **SPOT)
    assert [f.code for f in paperwork.wanted(m.work, m.proc)] == ["spot_decision"]
    m.signed("spot_decision")
    m.do("service", how="on_the_spot")

    assert [f.code for f in paperwork.wanted(m.work, m.proc)] == ["receipt"]


def test_what_no_law_asks_for_may_be_missing_when_the_leader_reads_why(book: Rulebook) -> None:
    m = _paid(Matter(book)).whole("closing", "report")
    must, may = files.at_end(book.forms, files.of(m.work, m.case))
    assert (must, [one.form for one in may]) == ([], ["closing", "report"])

    step = m.take("end", without="结案经过都在卷里。")
    assert procedure.step_facts(m.work, step, m.person("a"))["without"] == "结案经过都在卷里。"
    procedure.confirm(m.work, step, [m.leader])

    assert m.case.state is CaseState.CLOSED


def test_an_inspection_that_took_place_cannot_lack_its_record(book: Rulebook) -> None:
    m = _paid(Matter(book)).whole("site_record", "inquiry")

    must, may = files.at_end(book.forms, files.of(m.work, m.case))

    assert [one.form for one in must] == ["site_record"], "there was an inspection"
    assert [one.form for one in may] == ["inquiry"], "nobody was asked anything"


def test_what_is_gone_when_the_leader_taps_bars_the_end_again(book: Rulebook) -> None:
    m = _paid(Matter(book)).whole()
    step = m.take("end")
    documents.void(m.work, documents.in_force(m.work, m.case.id, "receipt")[0], m.person("a"), "写错了日期")

    with pytest.raises(GateShut) as shut:
        procedure.confirm(m.work, step, [m.leader])

    assert shut.value.gate == "incomplete" and m.case.state is CaseState.OPEN


@pytest.mark.parametrize("how", ["court_paid", "court_ended"])
def test_a_fine_that_the_court_carried_out_asks_for_its_ruling_and_no_receipt(book: Rulebook, how: str) -> None:
    m = urged(Matter(book))
    m.at(m.work.now + timedelta(days=200))
    m.do("court")
    m.do("court_done", court_how=how, ruling="（2027）示0101行审3号")
    must, _ = files.at_end(book.forms, files.of(m.work, m.case))
    assert "payment" not in [one.what for one in must]

    m.whole().do("end")

    assert (m.proc.state, m.case.state, m.proc.receipt_no) == (Stage.ENDED, CaseState.CLOSED, "")
    brought_in = [o for o in m.work.outcomes(m.case.id) if not o.penalty]
    assert [(o.kind, o.quantity) for o in brought_in] == ([("fine", 30_000)] if how == "court_paid" else [])


def _says(m: Matter, book: Rulebook, form: str, **given: str) -> dict[str, Any]:
    words = Renderer(book)
    return case_forms.known(m.work, m.case, form, given, lambda key, **facts: words.line("papers", key, "zh", facts))


def _due(m: Matter) -> set[str]:
    return {form.code for form in files.due(m.work.book.forms, files.of(m.work, m.case))}


def test_a_fine_that_is_not_paid_is_urged_in_writing_and_then_asked_of_the_court(book: Rulebook) -> None:
    m = served(Matter(book))
    for form in ("decision", "receipt"):
        m.signed(form)
    m.at(m.work.now + timedelta(days=15))
    assert "urge" not in _due(m), "the last day is still in time"
    m.at(m.work.now + timedelta(days=3))
    must, _ = files.at_end(book.forms, files.of(m.work, m.case))
    assert "urge" in [one.form for one in must] and "court_request" not in [one.form for one in must]

    said = _says(m, book, "urge")
    paper = m.signed("urge")
    assert paperwork.step_of_service(m.work, paper) == "urge", "handing it over is the step"
    m.do("urge", how="direct")
    assert paper.state is DocumentState.SERVED
    m.at(m.work.now + timedelta(days=185))
    m.do("court")

    assert (said["fine_amount"], said["late_amount"], said["owed_total"]) == ("300.00元", "27.00元", "327.00元")
    asked = _says(m, book, "court_request", court_to="示例县人民法院", appeal_line="期限内未申请复议、未起诉")
    assert (asked["owed_total"], asked["urged_line"]) == ("600.00元", "2026年11月20日直接送达"), (
        "never more than the fine again"
    )
    assert case_forms.missing("court_request", {**asked, "contact": "…"}) == []
    with pytest.raises(NotNamed):
        paperwork.sign(m.work, m.paper("court_request"), m.person("head"))
    assert m.signed("court_request").signatures[0]["by"] == m.leader.id, "the head of the organ signs (第五十五条)"


def test_the_record_of_a_hearing_is_signed_by_whoever_held_it_and_by_nobody_else(book: Rulebook) -> None:
    m = notified(Matter(book))
    assert "hearing_call" in _due(m) and "hearing_record" not in _due(m)
    assert _says(m, book, "hearing_call")["hearing_host"] == m.person("reviewer_2").label
    m.later(days=10)
    m.do("hearing", "reviewer_2", **HELD)
    assert "hearing_record" in _due(m)

    paper = m.paper("hearing_record")
    for other in ("a", "reviewer", "squad_leader"):
        with pytest.raises(NotNamed):
            paperwork.sign(m.work, paper, m.person(other))
    paperwork.sign(m.work, paper, m.person("reviewer_2"))

    assert paper.state is DocumentState.SIGNED
    assert _says(m, book, "hearing_record")["hearing_said"] == HELD["hearing_record"]
    draft = documents.begin(m.work, m.case, documents.form_of(m.work, "hearing_record"), m.person("a"))
    with pytest.raises(Gone):
        documents.fill_in(m.work, draft, m.person("a"), {"hearing_said": "别的话"})


@pytest.mark.parametrize("kind", ["seizure", "seizure_urgent"])
def test_what_is_seized_has_its_decision_and_list_handed_over(book: Rulebook, kind: str) -> None:
    m = Matter(book).begin().knows()
    m.do("inspection", record="…", **YES)
    assert "seizure" not in _due(m)

    m.do(kind, what="一车", heard="yes", **YES)

    said = _says(
        m, book, "seizure", seized_goods="打捆机，9YF，1台，完好", seize_basis="《…》第三十条", seized_at="就地"
    )
    assert "seizure" in _due(m), "the law wants it at once (行政强制法第二十四条)"
    assert (said["seized_from"], said["seized_to"]) == ("2026年11月2日", "2026年12月2日")
    assert said["seized_goods"] == [{"no": 1, "name": "打捆机", "model": "9YF", "count": "1台", "state": "完好"}]
    paper = m.signed("seizure")
    documents.serve(m.work, paper, m.person("a"))
    assert paper.state is DocumentState.SERVED
