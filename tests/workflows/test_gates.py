"""One row a gate: what is attempted, which gate shuts, which article the officer reads. Nothing changes by an attempt that is refused."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from messages.render import FOLDER, LANGUAGES, Renderer
from tests.messages.gallery import keys
from tests.workflows.lawful import FACTS, REPORT, YES, Matter
from workflows import case as cases
from workflows import party, procedure, transfer
from workflows import records as r
from workflows import tip as tips
from workflows.gates import GATES, GateShut
from workflows.rulebook import Rulebook
from workflows.states import ActState, CallState, Stage

SPOT = {"id_shown": "yes", "told": "yes", "penalty": "fine", "fine": 10_000, "discretion": "standard"}
Try = Callable[[Matter], Any]


def simple(m: Matter, *marks: str, **details: str) -> Matter:
    m.course = "simple"
    m.begin().knows(**details)
    if marks:
        m.do("marks", marks=list(marks))
    return m


def spot(m: Matter, **answers: Any) -> r.Step:
    return m.take("on_spot", second="b", **{**SPOT, **answers})


def heavy(m: Matter) -> Matter:
    """A fine large enough for a hearing."""
    return m.answered(fine=600_000)


def wanted(m: Matter) -> Matter:
    """The party has asked for a hearing."""
    heavy(m).do("hearing_asked", asked="yes")
    return m


HELD = {"hearing_record": "双方都说了。", "checked": "signed"}


def notified(m: Matter) -> Matter:
    """… and the second reviewer is appointed to hold it on Thursday of next week."""
    wanted(m).do("hearing_notice", hearing_day="2026-11-12", hearing_place="镇政府", host=m.person("reviewer_2").id)
    return m


def complex_case(m: Matter) -> Matter:
    """Needs a review; not reviewed yet."""
    m.answered()
    m.do("marks", marks=["complex"])
    return m


def reviewed(m: Matter) -> Matter:
    complex_case(m).do("to_review")
    m.do("opinion", "reviewer", **{"pass": "passed"})
    return m


def then(m: Matter, kind: str, answers: dict[str, Any]) -> Matter:
    m.do(kind, **answers)
    return m


def decided(m: Matter) -> Matter:
    return then(m.answered(), "decision", {"fine": "as_told"})


def served(m: Matter) -> Matter:
    return then(decided(m), "service", {"how": "direct"})


def expired(m: Matter, name: str) -> None:
    m.person(name).certificate_valid_to = date(2026, 11, 1)


def _certificate(m: Matter) -> object:
    m.begin().knows()
    expired(m, "a")
    return m.take("inspection", second="b", record="…", **YES)


def _second_expired(m: Matter) -> object:
    m.begin().knows()
    expired(m, "b")
    return m.take("inspection", second="b", record="…", **YES)


def _second_expires_before_the_tap(m: Matter) -> object:
    m.begin().knows()
    step = m.take("inspection", second="b", record="…", **YES)
    expired(m, "b")
    return procedure.confirm(m.work, step, [m.person("b")])


def _elsewhere(m: Matter) -> object:
    first = Matter.__new__(Matter)
    first.__dict__.update(m.__dict__)
    first.case = m.opened(number="云溪-2026-0001")
    first.filed()
    m.begin().knows()
    return m.take("filing")


def _fined_twice(m: Matter) -> object:
    first = Matter.__new__(Matter)
    first.__dict__.update(m.__dict__)
    first.case = m.opened(number="云溪-2026-0001")
    simple(first).do("on_spot", **SPOT)
    simple(m)
    return spot(m)


def _fined_by_the_department(m: Matter) -> object:
    """A department that was called to this case has reported a penalty of its own."""
    simple(m)
    called(m, "CG", "penalty")
    return spot(m)


def called(m: Matter, unit: str, outcome: str) -> r.Call:
    work = m.work
    whistle = work.add(r.Whistle(case_id=m.case.id, township_id="QL01", by="QL01S-1", opened_at=work.now, reason="x"))
    call = work.add(
        r.Call(
            whistle_id=whistle.id, case_id=m.case.id, unit_id=unit, number=f"{m.case.number}-1", opened_at=work.now,
            due_at=work.now, state=CallState.REPORTED, outcome=outcome, window={},
        )
    )  # fmt: skip
    work.flush()
    return call


def _void(m: Matter) -> object:
    """A picture is added after the opinion, behind the procedure's back."""
    reviewed(m)
    m.work.add(r.Evidence(case_id=m.case.id, by="QL01S-5", at=m.work.now, kind="photo", file_id="x", proof="picture"))
    m.work.flush()
    return m.take("decision", fine="as_told", discussed="yes")


def _own_approval(m: Matter) -> object:
    m.begin().knows()
    step = m.take("filing")
    m.proc.officer_b = m.leader.id
    return procedure.confirm(m.work, step, [m.leader])


def _approval_on_an_officers_phone(m: Matter) -> object:
    """The head of the organ shares the phone of the second officer."""
    m.begin().knows()
    m.do("inspection", record="…", **YES)
    m.leader.account = m.person("b").account
    return procedure.confirm(m.work, m.take("filing"), [m.leader])


def _recused_by_another_seat(m: Matter) -> object:
    """Who stepped aside has another seat on the same phone."""
    m.begin().knows()
    m.do("inspection", record="…", **YES)
    m.do("officers", who="officer_b")
    m.person("other").account = m.person("b").account
    return m.take("inspection", second="other", record="…", **YES)


def _withdrawn(m: Matter) -> object:
    """The township's power ended between the beginning and the filing."""
    m.begin().knows()
    m.proc.matter_code = "SJ001"
    return m.take("filing")


def _recused(m: Matter) -> object:
    m.begin().knows()
    m.do("officers", who="officer_a", by="other")
    return m.take("inspection", second="other", record="…", **YES)


def _dated(**more: str) -> Callable[[Matter], object]:
    return lambda m: m.begin().take("facts", **{**FACTS, **more})


def _old(m: Matter) -> object:
    m.begin().knows()
    m.do("facts", **{**FACTS, "act_on": "2024-11-01"})
    return m.take("filing")


def _old_by_months(m: Matter) -> object:
    """Six months and a day, under the law that counts in months; harm does not lengthen it."""
    m.begin().knows()
    m.proc.profile_id = "public_security"
    m.do("marks", marks=["harm"])
    m.do("facts", **{**FACTS, "act_on": "2026-05-01"})
    return m.take("filing")


def _planned(m: Matter) -> object:
    """The fifth visit of a year that the squad planned itself."""
    for number in range(5):
        m.case = m.opened(number=f"云溪-2026-{number:04d}")
        m.begin().knows(kind="organisation", id_no="91110000000000000X")
        if number < 4:
            m.do("firm_approval")
    return m.take("firm_approval")


def _extended(m: Matter) -> object:
    m.filed().proc.profile_id = "public_security"
    for _ in range(2):
        m.do("decide_more")
    return m.take("decide_more")


def _firm(m: Matter) -> object:
    m.begin().knows(kind="organisation", id_no="91110000000000000X")
    return m.take("inspection", second="b", record="…", **YES)


def _delegated_seizure(m: Matter) -> object:
    m.matter = "JT010"
    m.begin().knows()
    return m.take("seizure", what="一车", heard="yes", **YES)


def _seized(m: Matter) -> Matter:
    m.begin().knows()
    m.do("inspection", record="…", **YES)
    m.do("seizure", what="一车", heard="yes", **YES)
    return m


def _longer(m: Matter) -> object:
    _seized(m).do("seizure_more")
    return m.take("seizure_more")


def _hearing_early(m: Matter) -> object:
    notified(m)
    return m.take("hearing", "reviewer_2", **HELD)


def _hosted(m: Matter) -> object:
    notified(m).later(days=10)
    return m.take("hearing", "b", **HELD)


def _hosted_by_a_witness(m: Matter) -> object:
    """She confirmed an inspection and then left the case: she investigated all the same."""
    m.begin().knows()
    step = m.take("inspection", second="other", record="…", **YES)
    procedure.confirm(m.work, step, [m.person("other")])
    m.do("filing"), m.do("report", **{**REPORT, "fine": 600_000}), m.do("told", how="direct")
    m.do("statement", said="nothing"), m.do("hearing_asked", asked="yes")
    assert m.proc.officer_b == m.person("b").id
    return m.take("hearing_notice", hearing_day="2026-11-12", hearing_place="镇政府", host=m.person("other").id)


def _hosted_by_another(m: Matter) -> object:
    notified(m).later(days=10)
    return m.take("hearing", "squad_leader", **HELD)


def _reviewed_by_handler(m: Matter) -> object:
    complex_case(m).do("to_review")
    m.proc.officer_b = m.person("reviewer").id
    return m.take("opinion", "reviewer", **{"pass": "passed"})


def _returned(m: Matter) -> object:
    complex_case(m).do("to_review")
    m.do("opinion", "reviewer", **{"pass": "returned", "why": ["facts"]})
    return m.take("decision", fine="as_told", discussed="yes")


def _untold(m: Matter) -> object:
    m.filed().do("report", **REPORT)
    return m.take("decision", fine="as_told")


def _no_penalty(m: Matter) -> object:
    m.filed().do("report", **{**REPORT, "proposal": "no_penalty"})
    return m.take("decision", educated="no")


def _monitored(m: Matter) -> object:
    m.answered().do("marks", marks=["remote"])
    return m.take("decision", fine="as_told")


def _crime(m: Matter) -> object:
    m.answered().do("crime")
    return m.take("decision", fine="as_told")


def _above_the_article(m: Matter) -> object:
    """The matter's article names five thousand yuan at most."""
    m.matter = "JT010"
    m.filed()
    return m.take("report", second="b", **{**REPORT, "fine": 500_001})


def _below_the_article(m: Matter) -> object:
    """The matter's article names fifty to a hundred yuan."""
    m.matter = "CG017"
    m.filed()
    return m.take("report", second="b", **{**REPORT, "fine": 4_000})


def _below_as_young(m: Matter) -> object:
    """… and he is forty-six."""
    m.matter = "CG017"
    m.filed()
    return m.take("report", second="b", **{**REPORT, "fine": 4_000, "below": "young"})


def _lower_still(m: Matter) -> object:
    """What was told had its reason; the leader's lower sum has none."""
    m.matter = "CG017"
    m.answered(fine=4_000, below="eased")
    return m.take("decision", fine=3_000)


def _firm_on_the_spot(m: Matter) -> object:
    """Five thousand yuan at least for a firm, three thousand at most on the spot."""
    m.matter = "CG020"
    simple(m, kind="organisation", id_no="91110000000000000X")
    return spot(m, fine=300_000)


def urged(m: Matter) -> Matter:
    return then(served(m), "urge", {"how": "direct"})


def _asked_in_time(m: Matter) -> object:
    """Ten working days have passed, the six months to sue have not."""
    return urged(m).later(days=30).take("court")


def _urged_late(m: Matter) -> object:
    """The remedies are over, the demand is a week old."""
    served(m).at(m.work.now + timedelta(days=185))
    m.do("urge", how="direct")
    m.at(m.work.now + timedelta(days=7))
    return m.take("court")


def _asked_too_late(m: Matter) -> object:
    urged(m).at(m.work.now + timedelta(days=280))
    return m.take("court")


def _paid(m: Matter) -> Matter:
    return then(served(m), "paid", {"day": "2026-11-02", "receipt": "A1"})


def _sealed_record(m: Matter) -> None:
    """治安 records are sealed, whatever a forged press asks for."""
    served(m).proc.profile_id = "public_security"
    m.take("publish", "reviewer", names="masked")


TABLE: list[tuple[str, str, Try]] = [
    ("stage", "第五十四条", lambda m: m.begin().take("report", second="b", **REPORT)),
    ("first", "第五十四条", lambda m: m.begin().take("keep_end", ended_how="given_back")),
    ("taken", "第五十四条", lambda m: then(served(m), "paid", {"day": "2026-11-02", "receipt": "A1"}).take("paid", receipt="A2")),
    ("power", "第二十四条", _withdrawn),
    ("certificate", "第四十二条", _certificate),
    ("two_officers", "第四十二条", lambda m: m.begin().take("inspection", second="a", record="…", **YES)),
    ("two_officers", "第四十二条", lambda m: m.begin().take("inspection", record="…", **YES)),
    ("two_officers", "第四十二条", _second_expired),
    ("two_officers", "第四十二条", _second_expires_before_the_tap),
    ("recusal", "第四十三条", _recused),
    ("recusal", "第四十三条", _recused_by_another_seat),
    ("id_shown", "第五十五条", lambda m: m.begin().take("inspection", second="b", record="…", id_shown="no")),
    ("firm", "国办发〔2024〕54号", _firm),
    ("firm_cap", "国办发〔2024〕54号", _planned),
    ("extended", "第一百一十八条", _extended),
    ("future", "第五十四条", _dated(act_on="2026-11-03")),
    ("future", "第五十四条", lambda m: served(m).take("paid", day="2026-11-01", receipt="A1")),
    ("past", "第五十四条", lambda m: m.begin().take("order", second="b", order_what="清走", until="2026-11-01")),
    ("party", "第五十九条", lambda m: m.begin().take("inquiry", second="b", **YES)),
    ("facts", "第五十四条", lambda m: m.begin().take("filing")),
    ("too_old", "第三十六条", _old),
    ("too_old", "《治安管理处罚法》第二十五条", _old_by_months),
    ("elsewhere", "第二十五条", _elsewhere),
    ("child", "第三十条", lambda m: spot(simple(m, id_no="110101201401011234"))),
    ("child", "第三十条", lambda m: spot(simple(m, "under_14"))),
    ("illness", "第三十一条", lambda m: spot(simple(m, "mental_illness"))),
    ("minor", "第三十三条", lambda m: spot(simple(m, "minor", "corrected", "harmless"))),
    ("amount", "第五十九条", lambda m: spot(simple(m), fine=0)),
    ("law_ceiling", "《公路安全保护条例》第六十九条", _above_the_article),
    ("simple_ceiling", "第五十一条", lambda m: spot(simple(m), fine=20_001)),
    ("simple_ceiling", "第五十一条", lambda m: spot(simple(m, kind="organisation", id_no="91110000000000000X"), fine=300_001)),
    ("simple_lowest", "第五十一条", _firm_on_the_spot),
    ("below_lowest", "第三十二条", _below_the_article),
    ("below_lowest", "第三十二条", _below_as_young),
    ("below_lowest", "第三十二条", _lower_still),
    ("told_on_spot", "第四十四条", lambda m: spot(simple(m), told="no")),
    ("id_shown", "第五十五条", lambda m: spot(simple(m), id_shown="no")),
    ("told", "第四十四条", _untold),
    ("statement", "第四十五条", lambda m: m.told().take("decision", fine="as_told")),
    ("heavier", "第四十五条", lambda m: m.answered().take("decision", fine=30_001)),
    ("hearing_offer", "第六十三条", lambda m: heavy(m).take("decision", fine="as_told")),
    ("hearing_term", "第六十四条", lambda m: then(heavy(m), "hearing_asked", {"asked": "silent"}).take("decision")),
    ("hearing_held", "第六十三条", lambda m: wanted(m).take("to_review")),
    ("hearing_unwanted", "第六十四条", lambda m: then(heavy(m), "hearing_asked", {"asked": "waived"}).take("hearing_notice")),
    ("hearing_soon", "第六十四条", lambda m: wanted(m).take("hearing_notice", hearing_day="2026-11-11")),
    ("hearing_day", "第六十四条", _hearing_early),
    ("host", "第六十四条", _hosted),
    ("host", "第六十四条", _hosted_by_a_witness),
    ("other_host", "第六十四条", _hosted_by_another),
    ("reviewer", "第五十八条", lambda m: [complex_case(m).do("to_review"), m.take("opinion", "other", **{"pass": "passed"})]),
    ("reviewer_handled", "第五十八条", _reviewed_by_handler),
    ("review", "第五十八条", lambda m: complex_case(m).take("decision", fine="as_told", discussed="yes")),
    ("review", "第五十八条", _returned),
    ("opinion_void", "第五十八条", _void),
    ("as_reviewed", "第五十八条", lambda m: reviewed(m).take("decision", fine=20_000, discussed="yes")),
    ("remote", "第四十一条", _monitored),
    ("crime", "《行政执法机关移送涉嫌犯罪案件的规定》第三条", _crime),
    ("twice", "第二十九条", _fined_twice),
    ("twice", "第二十九条", _fined_by_the_department),
    ("discussed", "第五十七条", lambda m: reviewed(m).take("decision", fine="as_told", discussed="no")),
    ("educated", "第三十三条", _no_penalty),
    ("leader", "第五十七条", _own_approval),
    ("leader", "第五十七条", _approval_on_an_officers_phone),
    ("seizure_delegated", "《行政强制法》第十七条", _delegated_seizure),
    ("seizure_alone", "《行政强制法》第十八条", lambda m: m.begin().take("seizure", what="一车", heard="yes", **YES)),
    ("seizure_heard", "《行政强制法》第十八条", lambda m: m.begin().take("seizure_urgent", second="b", what="一车", heard="no", **YES)),
    ("seizure_twice", "《行政强制法》第二十五条", _longer),
    ("electronic", "第六十一条", lambda m: decided(m).take("service", second="b", how="electronic", consent="no")),
    ("cash", "第六十八条", lambda m: then(simple(m), "on_spot", {**SPOT, "fine": 15_000}).take("cash", second="b", cash_why="small")),
    ("receipt", "第七十条", lambda m: served(m).take("paid", day="2026-11-02", receipt=" ")),
    ("demolition", "《行政强制法》第四十四条", lambda m: served(m).take("executed", result="demolition", quantity=120)),
    ("unpaid", "第六十七条", lambda m: served(m).take("end")),
    ("court_early", "《行政强制法》第五十四条", _asked_in_time),
    ("court_early", "《行政强制法》第五十四条", _urged_late),
    ("court_late", "《行政强制法》第五十三条", _asked_too_late),
    ("incomplete", "第四十七条", lambda m: _paid(m).take("end")),
    ("incomplete", "第四十七条", lambda m: _paid(m).whole("receipt").take("end", without="当面送的")),
    ("unexplained", "第四十七条", lambda m: _paid(m).whole("closing").take("end")),
    ("names", "第五十条", lambda m: served(m).take("publish", "reviewer", names="full")),
    ("summary", "第五十条", lambda m: served(m).take("publish", "reviewer", names="masked", summary="某甲在河口村倒垃圾。")),
    ("unpublishable", "《治安管理处罚法》第一百三十六条", _sealed_record),
]  # fmt: skip


@pytest.fixture(scope="module")
def texts(book: Rulebook) -> Renderer:
    return Renderer(book)


@pytest.mark.parametrize(("gate", "article", "attempt"), TABLE, ids=[f"{row[0]}-{n}" for n, row in enumerate(TABLE)])
def test_a_gate_shuts_and_names_its_article(
    book: Rulebook, texts: Renderer, gate: str, article: str, attempt: Try
) -> None:
    matter = Matter(book)

    with pytest.raises(GateShut) as shut:
        attempt(matter)

    assert shut.value.name == gate
    for lang in LANGUAGES:
        text = texts.line("gates", gate, lang, shut.value.spoken)
        assert 10 < len(text) <= 190, (lang, len(text), text)
        assert "None" not in text
    assert article in texts.line("gates", gate, "zh", shut.value.spoken)


def test_every_gate_has_its_row() -> None:
    assert {gate.id for gate in GATES} == {row[0] for row in TABLE}


def test_every_rule_fact_that_bars_a_step_has_its_gate() -> None:
    """R1…R46 that say no; the others are texts, clocks and records (see docs/procedure.md)."""
    assert {gate.fact for gate in GATES if gate.fact.startswith("R")} == {
        *("R1", "R2", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R15", "R16", "R17", "R18", "R19"),
        *("R13", "R21", "R22", "R23", "R25", "R26", "R27", "R28", "R32", "R33", "R37", "R42", "R43", "R45"),
    }


def test_a_refused_attempt_changes_nothing(book: Rulebook) -> None:
    matter = simple(Matter(book))
    before = (matter.proc.model_dump(), len(matter.events()), len(matter.work.steps(matter.case.id)))

    with pytest.raises(GateShut):
        spot(matter, fine=50_000)

    assert (matter.proc.model_dump(), len(matter.events()), len(matter.work.steps(matter.case.id))) == before


@pytest.mark.parametrize("fine", [1, 10_000, 20_000])
def test_up_to_the_ceiling_a_fine_is_decided_on_the_spot(book: Rulebook, fine: int) -> None:
    matter = simple(Matter(book))

    step = matter.do("on_spot", **{**SPOT, "fine": fine})

    assert (step.state, matter.proc.state, matter.proc.fine_fen) == (ActState.RECORDED, Stage.DECIDED, fine)
    assert {"R8", "R16", "R17", "R19", "R1"} <= set(step.gates), "every gate that it passed stands with the step"


def test_another_act_of_the_same_party_may_be_fined_when_the_officer_says_why(book: Rulebook) -> None:
    matter = Matter(book)
    with pytest.raises(GateShut):
        _fined_twice(matter)

    step = matter.do("on_spot", **SPOT, distinct="另一天、另一处倾倒。")

    assert step.facts["distinct"]


def test_what_a_department_reported_without_a_penalty_bars_no_fine(book: Rulebook) -> None:
    matter = simple(Matter(book))
    called(matter, "CG", "persuaded")

    assert matter.do("on_spot", **SPOT).state is ActState.RECORDED


def test_one_officer_is_enough_under_the_public_security_law_when_all_is_recorded(book: Rulebook) -> None:
    matter = simple(Matter(book))
    matter.proc.profile_id = "public_security"

    with pytest.raises(GateShut) as alone:
        matter.take("on_spot", **SPOT, recorded="no")
    step = matter.take("on_spot", **{**SPOT, "fine": 50_000}, recorded="yes")

    assert (alone.value.gate, alone.value.article) == ("two_officers", "ZA120")
    assert step.state is ActState.RECORDED


def test_under_the_public_security_law_each_number_names_its_own_article(book: Rulebook) -> None:
    """R43: read in the text in force since 1 January 2026, article by article."""
    law = book.laws.get("public_security")

    assert (law.simple.person_yuan, law.simple.rule, law.simple.one_officer_rule) == (500, "ZA119", "ZA120")
    assert (law.cash.yuan, law.cash.rule, law.cash.receipt_rule) == (200, "ZA123", "ZA125")
    assert (law.hearing.person_yuan, law.hearing.rule) == (4000, "ZA117")
    assert (law.limit_months, law.limit_rule, law.officers_rule) == (6, "ZA25", "ZA108")
    terms = {t.value: (law.terms[t].length, law.terms[t].unit.value, law.terms[t].rule) for t in law.terms}
    assert terms["decide"] == (30, "days", "ZA118") and terms["serve"] == (2, "days", "ZA116")
    assert terms["file_back"] == (24, "hours", "ZA120") and terms["pay"] == (15, "days", "ZA123")
    for rule in law.rules:
        found = book.articles.article(rule)
        assert found is not None and "、" not in found.article, "one article, not a handful"


def test_a_firm_is_inspected_after_approval_or_urgently_and_made_up(book: Rulebook) -> None:
    approved, urgent = Matter(book), Matter(book)
    for one in (approved, urgent):
        one.begin().knows(kind="organisation", id_no="91110000000000000X")

    approved.do("firm_approval")
    urgent.do("firm_urgent")
    for one in (approved, urgent):
        one.do("inspection", record="仓库通道堵塞。", **YES)
    urgent.later(days=3)

    assert urgent.events("term.ended"), "the approval was not made up within the county's term"
    assert not approved.events("term.ended")


def test_what_bars_the_beginning_is_said_with_its_rule(book: Rulebook, texts: Renderer) -> None:
    for matter, gate, article in (("SJ001", "power", "第二十四条"), ("XF009", "power", "第二十四条")):
        with pytest.raises(GateShut) as shut:
            Matter(book, matter=matter).begin()
        assert shut.value.gate == gate
        assert article in texts.line("gates", gate, "zh", shut.value.spoken)
    hidden = Matter(book)
    hidden.case.hidden = True
    with pytest.raises(GateShut) as shut:
        hidden.begin()
    assert shut.value.gate == "elsewhere_handled"


def test_the_party_is_sealed_and_found_again_by_its_mark(book: Rulebook) -> None:
    matter = simple(Matter(book), name="覃某", id_no="11010119800101123x")

    kept = matter.work.party_of(matter.case.id)

    assert kept is not None
    assert "覃某".encode() not in kept.content
    assert matter.work.procedures_of_party(kept.mark) == [matter.proc]
    known = party.details(matter.work, matter.case.id)
    assert known is not None
    assert (known.name, known.age_on(date(2026, 11, 2))) == ("覃某", 46)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_that_a_gate_names_exists_and_fits(texts: Renderer, lang: str) -> None:
    labels = {key: texts.line("procedure", key, lang) for key in keys("procedure", lang)}
    marks = r"〔([^〔〕]{1,20})〕" if lang == "zh" else r"\[([A-Z][^\[\]]{1,30})\]"
    for gate in keys("gates", lang):
        source = (FOLDER / lang / "gates.yaml").read_text("utf-8")
        line = next(one for one in source.splitlines() if one.startswith(f"{gate}:"))
        for named in re.findall(marks, line):
            assert re.fullmatch(r"\d{4}", named) or named in labels.values(), (gate, named)
    limit = 16 if lang == "zh" else 40
    long = [key for key, label in labels.items() if key.startswith(("step_", "opt_")) and len(label) > limit]
    assert not long


def test_a_visit_after_a_tip_is_not_barred_by_the_yearly_cap(book: Rulebook) -> None:
    matter = Matter(book)
    with pytest.raises(GateShut):
        _planned(matter)
    tip = matter.work.get(r.Tip, matter.case.tip_id)

    tip.by_staff = False

    assert matter.do("firm_approval").state is ActState.RECORDED


def test_inspecting_and_ordering_need_the_power_over_the_matter(book: Rulebook, texts: Renderer) -> None:
    matter = Matter(book)
    tip = matter.work.get(r.Tip, matter.case.tip_id)
    tip.matter_code = "SJ001"

    for code in ("inspect", "order"):
        with pytest.raises(GateShut) as shut:
            cases.do_act(matter.work, tip, matter.person("a"), code, matter.person("b"))
        assert "第二十四条" in texts.line("gates", shut.value.name, "zh", shut.value.spoken)
    assert cases.do_act(matter.work, tip, matter.person("a"), "dissuade").state is ActState.RECORDED


def test_a_case_that_another_unit_takes_over_ends_its_procedure(book: Rulebook) -> None:
    matter = Matter(book).filed()
    tip = matter.work.get(r.Tip, matter.case.tip_id)
    tips.look(matter.work, tip, matter.person("a"))
    offered = transfer.offer(matter.work, tip, matter.person("a"), "JT", "crime")
    matter.later(hours=7)

    transfer.take_over(matter.work, offered, matter.person("head"))
    matter.later(days=100)

    assert matter.events("transfer.reminded"), "a suspected crime is reminded every six hours"
    assert (matter.proc.state, matter.case.outcome) == (Stage.DROPPED, "transferred")
    assert [(o.kind, o.quantity, o.unit) for o in matter.work.outcomes(matter.case.id)] == [("hand_over", 1, "item")]
    assert not matter.events("term.ended")


def _other_course(m: Matter) -> object:
    """A forged press asks for the decision on the spot in a case of the ordinary course."""
    m.begin().knows()
    return spot(m)


def _no_remote_any_more(m: Matter) -> object:
    """The reviewer's form was open while the officer took the mark away."""
    m.filed().do("marks", marks=["remote"])
    m.do("marks", marks=[])
    return m.take("remote_checked", "reviewer", technical="yes", places_public="yes")


def _not_alone_any_more(m: Matter) -> object:
    """Two colleagues were asked; the first one has agreed."""
    m.begin().knows()
    late = m.take("second", second="other")
    m.do("second")
    return procedure.confirm(m.work, late, [m.person("other")])


@pytest.mark.parametrize("attempt", [_other_course, _no_remote_any_more, _not_alone_any_more])
def test_an_old_form_is_asked_again_whether_it_is_still_for_this_case(
    book: Rulebook, texts: Renderer, attempt: Try
) -> None:
    with pytest.raises(GateShut) as shut:
        attempt(Matter(book))

    assert shut.value.name == "not_for_this"
    for lang in LANGUAGES:
        assert 10 < len(texts.line("gates", "not_for_this", lang, shut.value.spoken)) <= 190
