"""治安管理处罚法 (R43): a township that was given one matter of it handles it by that law's own limits, terms and papers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from messages import documents
from messages.documents import case_forms
from messages.render import Renderer
from tests.workflows.lawful import REPORT, Matter
from tests.workflows.test_case_papers import _text as text_of
from tests.workflows.test_gates import SPOT, simple
from workflows import file as files
from workflows import paperwork, procedure, publication, term
from workflows.county import Tier, TownshipMatter
from workflows.gates import GateShut
from workflows.lawprofile import TermId
from workflows.rulebook import Rulebook
from workflows.states import ActState, DocumentState, Stage

DOGS = "GA002"
"""饲养动物干扰他人正常生活: 警告, then up to a thousand yuan."""
TYPED = {
    "inspect_to": "2026年11月2日 9时55分",
    "questions": "问：狗是谁养的？\n答：我养的。",
    "defence_by": "2026年11月7日",
}


@pytest.fixture(scope="module")
def entrusted(book: Rulebook) -> Rulebook:
    """The sample county, where 云溪镇 was given this one matter."""
    power = TownshipMatter(township_id="QL01", matter_code=DOGS, tier=Tier.GRANTED, effective_from=date(2026, 1, 1))
    county = replace(book.county, township_matters=(*book.county.township_matters, power))
    return replace(book, county=county)


def says(m: Matter, form: str) -> dict[str, Any]:
    words = Renderer(m.work.book)
    return case_forms.known(
        m.work, m.case, form, dict(TYPED), lambda key, **facts: words.line("papers", key, "zh", facts)
    )


def printed(m: Matter, form: str) -> str:
    """The text of the paper as it would be filled; what nobody has typed stands as （待填）."""
    facts = says(m, form)
    for field in case_forms.missing(form, facts):
        facts[field] = "（待填）"
    return text_of(documents.fill(form, {"number": "1", **facts}))


def test_one_officer_with_everything_recorded_from_the_matter_to_the_closed_file(entrusted: Rulebook) -> None:
    m = simple(Matter(entrusted, matter=DOGS))
    assert m.proc.profile_id == "public_security"
    with pytest.raises(GateShut) as above:
        m.take("on_spot", **{**SPOT, "fine": 50_001}, recorded="yes")
    with pytest.raises(GateShut) as alone:
        m.take("on_spot", **SPOT, recorded="no")

    m.take("on_spot", **{**SPOT, "fine": 50_000}, recorded="yes")

    assert (above.value.article, alone.value.article) == ("ZA119", "ZA120")
    assert (m.proc.state, m.proc.fine_fen, m.proc.officer_b) == (Stage.DECIDED, 50_000, None)
    ends = {one.term: one.ends for one in term.running(m.work, m.proc)}
    assert ends[TermId.FILE_BACK] == m.work.now + timedelta(hours=24), "filed back within a day"
    assert ends[TermId.SERVE].astimezone().date() == date(2026, 11, 4), "served within two days"
    text = printed(m, "spot_decision")
    assert "《中华人民共和国治安管理处罚法》第一百二十条" in text and "由一人当场作出决定" in text
    assert "应当先自收到本决定书之日起六十日内向青岚县人民政府申请行政复议" in text
    assert text.count("__________") == 2, "one line for the officer, one for the party"
    paper = m.paper("spot_decision")
    paperwork.sign(m.work, paper, m.person("a"))
    assert paper.state is DocumentState.SIGNED, "one signature is all that this paper bears"


def test_the_ordinary_course_has_thirty_days_twice_longer_and_its_own_hearing_and_service(entrusted: Rulebook) -> None:
    m = Matter(entrusted, matter=DOGS).filed()
    ends = {one.term: one.ends for one in term.running(m.work, m.proc)}
    assert ends[TermId.DECIDE].astimezone().date() == date(2026, 12, 2)
    assert "自立案之日起三十日内" in printed(m, "filing") and "治安管理处罚法》第一百一十八条" in printed(m, "filing")
    m.do("report", **{**REPORT, "fine": 100_000}), m.do("told", how="direct")
    assert TermId.HEARING_ASK not in {one.term for one in term.running(m.work, m.proc)}, "below four thousand yuan"
    m.do("statement", said="nothing"), m.do("decision", fine="as_told")
    m.do("service", how="direct")

    assert "二日内送达（《中华人民共和国治安管理处罚法》第一百一十六条）" in printed(m, "receipt")
    text = printed(m, "decision")
    assert "治安管理处罚法》第八十九条" in text and "六十日内向青岚县人民政府申请行政复议" in text
    assert "初次,数量少。" in text, "what was typed without a full stop does not run into the next sentence"
    assert publication.barred(m.work, m.proc) == ("sealed", "ZA136"), "records of this law are sealed"
    assert "publish" not in {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("reviewer")])}
    assert files.lacks(entrusted.forms, files.of(m.work, m.case)), "the file asks for the same papers"


@pytest.mark.parametrize(("fen", "due"), [(399_900, False), (400_000, True)])
def test_from_four_thousand_yuan_the_party_is_told_of_a_hearing_by_the_laws_own_article(
    entrusted: Rulebook, fen: int, due: bool
) -> None:
    m = Matter(entrusted, matter=DOGS)
    m.work.book = replace(entrusted, county=replace(entrusted.county, fines=()))  # no ceiling stands in the way
    m.filed()
    m.do("report", **{**REPORT, "fine": fen})

    m.do("told", how="direct")

    assert (TermId.HEARING_ASK in {one.term for one in term.running(m.work, m.proc)}) is due
    if due:
        text = printed(m, "hearing_notice")
        assert "《中华人民共和国治安管理处罚法》第一百一十七条、《中华人民共和国行政处罚法》第六十四条" in text
        assert "五个工作日内" in text


def test_two_officers_are_wanted_where_not_all_is_recorded(entrusted: Rulebook) -> None:
    m = simple(Matter(entrusted, matter=DOGS))

    step = m.take("on_spot", second="b", **SPOT, recorded="no")

    assert step.state is ActState.PROPOSED
    procedure.confirm(m.work, step, [m.person("b")])
    assert printed(m, "spot_decision").count("__________") == 3 and "由一人" not in printed(m, "spot_decision")


def test_before_a_procedure_the_papers_name_the_terms_of_the_matters_law(entrusted: Rulebook) -> None:
    m = Matter(entrusted, matter=DOGS)
    general = says(m, "receipt")
    m.case.matter_code = DOGS

    own = says(m, "receipt")

    assert (general["serve_within"], own["serve_within"]) == ("七个工作日", "二日")
