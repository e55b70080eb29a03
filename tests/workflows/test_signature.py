"""Who may sign which paper: the two officers of that act, the head who approved, the reviewer who gave the opinion, and nobody for them."""

from collections.abc import Callable
from datetime import date

import pytest

from messages.render import LANGUAGES, Renderer
from tests.workflows.lawful import YES, Matter
from tests.workflows.test_gates import SPOT, decided, reviewed, simple
from workflows import case as cases
from workflows import document as documents
from workflows import file as files
from workflows import paperwork, procedure, signature
from workflows import records as r
from workflows.gates import GateShut
from workflows.refusals import NotCertified, NotNamed, Refusal, SamePerson
from workflows.rulebook import Rulebook
from workflows.states import DocumentState


def sign(m: Matter, paper: r.Document, name: str) -> None:
    paperwork.sign(m.work, paper, m.person(name))


def _stranger(m: Matter) -> None:
    """A colleague of the squad, certified, who was not there."""
    sign(m, m.filed().paper("site_record"), "other")


def _third(m: Matter) -> None:
    paper = m.filed().paper("filing")
    sign(m, paper, "a")
    sign(m, paper, "squad_leader")


def _left(m: Matter) -> None:
    """He stepped aside after the paper had been printed with his name."""
    paper = m.filed().paper("site_record")
    m.do("officers", who="officer_b")
    sign(m, paper, "b")


def _came(m: Matter) -> None:
    """… and the one who came instead is not on that paper."""
    paper = m.filed().paper("site_record")
    m.do("officers", who="officer_b")
    m.take("second", second="other")
    procedure.confirm(m.work, m.work.steps(m.case.id, "second")[-1], [m.person("other")])
    sign(m, paper, "other")


def _expired(m: Matter) -> None:
    paper = m.filed().paper("site_record")
    m.person("b").certificate_valid_to = date(2026, 11, 1)
    sign(m, paper, "b")


def _twice(m: Matter) -> None:
    paper = m.filed().paper("site_record")
    sign(m, paper, "a")
    sign(m, paper, "a")


def _squad_leader(m: Matter) -> None:
    """The squad's leader is no head of the organ."""
    sign(m, decided(m).paper("decision"), "squad_leader")


def _handler(m: Matter) -> None:
    """An officer of the case, who is head as well."""
    decided(m).proc.officer_b = m.leader.id
    sign(m, m.paper("decision"), m.leader.id)


def _other_leader(m: Matter) -> None:
    """Another head than the one who decided."""
    decided(m).person("squad_leader").role = "township_leader"
    m.person("squad_leader").unit_id = "QL01"
    sign(m, m.paper("decision"), "squad_leader")


def _other_reviewer(m: Matter) -> None:
    sign(m, reviewed(m).paper("review"), "reviewer_2")


TABLE: list[tuple[str, type[Refusal], Callable[[Matter], None], str]] = [
    ("stranger", NotNamed, _stranger, "云溪镇队员1、云溪镇队员2"),
    ("third", NotNamed, _third, "云溪镇队员1、云溪镇队员2"),
    ("left", GateShut, _left, "云溪镇队员2要回避"),
    ("came", NotNamed, _came, "作废重做"),
    ("expired", NotCertified, _expired, "第四十二条"),
    ("twice", SamePerson, _twice, "另一个人"),
    ("squad_leader", NotNamed, _squad_leader, "云溪镇分管领导"),
    ("handler", SamePerson, _handler, "另一个人"),
    ("other_leader", NotNamed, _other_leader, "云溪镇分管领导"),
    ("other_reviewer", NotNamed, _other_reviewer, "云溪镇法制审核员1"),
]


@pytest.fixture(scope="module")
def texts(book: Rulebook) -> Renderer:
    return Renderer(book)


@pytest.mark.parametrize(("refused", "attempt", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_whoever_is_not_named_on_the_act_signs_nothing(
    book: Rulebook, texts: Renderer, refused: type[Refusal], attempt: Callable[[Matter], None], said: str
) -> None:
    m = Matter(book)

    with pytest.raises(refused) as caught:
        attempt(m)

    shut = caught.value
    for lang in LANGUAGES:
        text = texts.line(shut.group, shut.name, lang, shut.spoken)
        assert lang != "zh" or said in text, text
        assert len(text) <= 200, "it fits into the pop-up"
    assert all(len(d.signatures) < 2 for d in m.work.documents(m.case.id))


def test_each_record_bears_the_two_officers_of_its_own_act(book: Rulebook) -> None:
    m = Matter(book).begin().knows()
    for second in ("b", "other"):
        step = m.take("inspection", second=second, record="…", **YES)
        procedure.confirm(m.work, step, [m.person(second)])

    first = m.paper("site_record")
    with pytest.raises(NotNamed):
        sign(m, first, "other")
    sign(m, first, "a"), sign(m, first, "b")
    second_paper = m.paper("site_record")
    sign(m, second_paper, "a"), sign(m, second_paper, "other")

    assert [d.state for d in m.work.documents(m.case.id)] == [DocumentState.SIGNED] * 2
    assert len(m.work.steps(m.case.id, "inspection")) == 2, "both acts had been recorded; their papers add none"


def test_the_second_officer_is_whoever_confirmed_an_act_before_the_procedure(book: Rulebook) -> None:
    m = Matter(book)
    tip = m.work.get(r.Tip, m.case.tip_id)
    act = cases.do_act(m.work, tip, m.person("a"), "inspect", m.person("b"))
    cases.confirm_act(m.work, act, [m.person("b")])

    m.begin()

    assert m.proc.officer_b == m.person("b").id and len(m.proc.certificates) == 2
    assert "second" not in {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}


@pytest.mark.parametrize("why", ["not confirmed", "expired", "recused", "another's act"])
def test_nobody_is_proposed_who_could_not_confirm_today(book: Rulebook, why: str) -> None:
    m = Matter(book)
    tip = m.work.get(r.Tip, m.case.tip_id)
    act = cases.do_act(m.work, tip, m.person("other" if why == "another's act" else "a"), "inspect", m.person("b"))
    if why != "not confirmed":
        cases.confirm_act(m.work, act, [m.person("b")])
    if why == "expired":
        m.person("b").certificate_valid_to = date(2026, 11, 1)
    if why == "recused":
        tip.conflicted = [m.person("b").id]

    m.begin()

    assert m.proc.officer_b is None


@pytest.mark.parametrize("stage", ["begun", "filed", "decided"])
def test_the_second_officer_can_be_named_at_any_step_and_confirms_in_person(book: Rulebook, stage: str) -> None:
    m = Matter(book)
    if stage == "decided":
        decided(m).proc.officer_b = None
    else:
        m.begin().knows()
        if stage == "filed":
            m.do("filing")
    assert "second" in {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}

    step = m.take("second", second="other")
    assert m.proc.officer_b is None, "not before that officer's own tap"
    procedure.confirm(m.work, step, [m.person("other")])

    assert m.proc.officer_b == m.person("other").id
    assert "second" not in {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person("a")])}


def test_whoever_signs_beside_the_only_officer_becomes_the_second(book: Rulebook) -> None:
    m = Matter(book).begin().knows()
    m.do("filing")
    paper = m.paper("filing")

    sign(m, paper, "a"), sign(m, paper, "other")

    assert paper.state is DocumentState.SIGNED and m.proc.officer_b == m.person("other").id


def test_what_one_officer_decided_alone_where_the_law_allows_it_bears_one_signature(book: Rulebook) -> None:
    m = simple(Matter(book))
    m.proc.profile_id = "public_security"
    m.take("on_spot", **{**SPOT, "recorded": "yes"})
    assert [one.what for one in files.lacks(book.forms, files.of(m.work, m.case)) if one.form == "spot_decision"] == [
        "document"
    ]

    paper = m.paper("spot_decision")
    sign(m, paper, "a")

    assert paper.state is DocumentState.SIGNED
    assert not [one for one in files.lacks(book.forms, files.of(m.work, m.case)) if one.form == "spot_decision"]


def test_a_coordination_paper_is_for_any_certified_officer(book: Rulebook) -> None:
    m = Matter(book).filed()
    paper = m.paper("minutes")

    sign(m, paper, "squad_leader")

    assert paper.state is DocumentState.SIGNED


def test_the_one_asked_beside_the_first_is_the_other_one_named(book: Rulebook) -> None:
    m = Matter(book).filed()
    paper = m.paper("filing")
    sign(m, paper, "b")

    documents.ask_second(m.work, paper, m.person("b"))

    assert m.messages("document.signed") == [m.person("a").id]
    assert signature.signers(m.work, m.case, documents.form_of(m.work, "decision")) == [m.leader]
