"""公开: what the public page says of a decision, what it never says, and how it is taken down."""

import pytest

from tests.workflows.lawful import Matter
from tests.workflows.test_gates import decided, served
from workflows import party, procedure, publication, term
from workflows import records as r
from workflows.gates import GateShut
from workflows.lawprofile import TermId
from workflows.rulebook import Rulebook

SUMMARY = "在路边堆放生活垃圾两车，未及时清理。"


def says(m: Matter) -> dict[str, object]:
    m.work.flush()
    one = m.work.publication_of(m.case.id)
    assert one is not None
    return publication.contents(m.work, one)


def offered(m: Matter, *names: str) -> set[str]:
    m.work.flush()
    return {rule.kind for rule in procedure.offered(m.work, m.proc, [m.person(n) for n in names or ("reviewer",)])}


def test_a_person_is_published_by_the_surname_and_without_place_or_day_of_the_act(book: Rulebook) -> None:
    m = served(Matter(book))
    party.keep(m.work, m.case, party.Details(name="欧阳小川", id_no="110101198001011234", address="河口村1号"))

    m.do("publish", "reviewer", names="masked", summary=SUMMARY)

    shown = says(m)
    assert (shown["party"], shown["code"], shown["summary"]) == ("欧阳某", "", SUMMARY)
    assert (shown["number"], shown["decided_on"], shown["fine_fen"]) == (m.proc.number, "2026-11-02", 30_000)
    everything = str(shown)
    for secret in ("小川", "110101", "河口", "2026-11-01", m.case.number, m.proc.place, m.proc.found):
        assert secret not in everything, secret
    assert "欧阳" not in str(m.events()), "no event names the party"


def test_a_firm_may_be_named_in_full_or_not_at_all(book: Rulebook) -> None:
    m = served(Matter(book))
    firm = party.Details(
        kind="organisation", name="云溪顺发商贸有限公司", id_no="91430000MA00000000", legal_person="王顺发"
    )
    party.keep(m.work, m.case, firm)
    m.proc.party_kind = "organisation"

    m.do("publish", "reviewer", names="full", summary=publication.BY_MATTER)
    full = says(m)
    m.do("republish", "reviewer", names="masked", summary=publication.BY_MATTER)
    hidden = says(m)

    assert (full["party"], full["code"], full["summary"]) == ("云溪顺发商贸有限公司", "91430000MA00000000", "")
    assert (hidden["party"], hidden["code"]) == ("", "") and "王顺发" not in str(full)


@pytest.mark.parametrize(
    ("name", "shown"), [("李大田", "李某"), ("李田", "李某"), ("欧阳", "欧某"), ("阿依古丽·买买提", "阿某"), ("", "")]
)
def test_a_name_is_hidden_however_long_it_is(name: str, shown: str) -> None:
    assert publication.masked(name) == shown


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("李大田在路边堆垃圾。", "name"),
        ("李 大 田在路边堆垃圾。", "name"),
        ("堆垃圾，电话13907431234。", "number"),
        ("证号430000197501010011的当事人堆垃圾。", "number"),
        ("在云溪镇河口村堆垃圾。", "place"),
        ("在河口堆垃圾。", "place"),
        ("在3组路口堆垃圾。", "place"),
        ("在第3网格堆垃圾。", "place"),
        ("11月2日堆垃圾。", "day"),
        ("2026-11-02堆垃圾。", "day"),
        ("昨天堆垃圾。", "day"),
        ("19:30堆垃圾。", "time"),
        ("夜里堆垃圾。", "time"),
        ("三点钟堆垃圾。", "time"),
        ("经群众举报，堆垃圾。", "source"),
        ("根据线索查明堆垃圾。", "source"),
        ("邻居说堆垃圾。", "source"),
        ("12345来电说堆垃圾。", "source"),
        (SUMMARY, ""),
        ("未经批准占用耕地120平方米建房，有一点油污，共3处。", ""),
        ("装载货物超过限定重量百分之二十，24小时内已改正。", ""),
    ],
)
def test_a_summary_names_nobody_and_leads_to_no_sender(book: Rulebook, text: str, what: str) -> None:
    m = served(Matter(book))
    party.keep(m.work, m.case, party.Details(name="李大田", id_no="430000197501010011", address="桥东路18号"))

    assert publication.unfit(m.work, m.proc, text) == what


def test_the_reviewers_are_reminded_and_whoever_says_no_says_why(book: Rulebook) -> None:
    m = served(Matter(book))
    assert {"publish", "unpublished"} <= offered(m) and not {"publish", "unpublished"} & offered(m, "a")
    (waits,) = publication.due(m.work, ["QL01"])
    assert (waits.term, publication.due(m.work, ["QL02"])) == (TermId.PUBLISH, [])
    m.later(days=8)
    assert set(m.messages("term.reminded")) >= {m.person("reviewer").id, m.person("reviewer_2").id}
    m.later(days=2)
    assert m.person("a").id not in m.messages("term.ended"), "what a reviewer has to do is told to reviewers"
    assert [(d.term, d.ends < m.work.now) for d in publication.due(m.work)] == [(TermId.PUBLISH, True)], (
        "late is not forgotten"
    )

    m.do("unpublished", "reviewer", private_why="little_effect")

    assert publication.due(m.work) == [] and not {"publish", "unpublished"} & offered(m)
    assert m.work.publication_of(m.case.id) is None


def test_what_was_annulled_is_gone_and_says_only_that(book: Rulebook) -> None:
    m = served(Matter(book))
    m.do("publish", "reviewer", names="masked", summary=SUMMARY)
    assert "withdraw" not in offered(m, "a")
    m.do("revoke", revoke_why="annulled")
    assert "republish" not in offered(m) and says(m), (
        "it stands until somebody withdraws it, three working days at most"
    )
    assert [d.term for d in publication.due(m.work)] == [TermId.WITHDRAW]

    m.do("withdraw")

    one = m.work.publication_of(m.case.id)
    assert one is not None and (one.key, one.content, one.why) == (None, b"", "annulled")
    assert says(m) == {} and one.number == m.proc.number and publication.due(m.work) == []
    assert [e["lapsed"] for e in m.events("decision.withdrawn")] == [False]


def test_nobody_withdraws_it_so_it_goes_by_itself_in_three_working_days(book: Rulebook) -> None:
    m = served(Matter(book))
    m.do("publish", "reviewer", names="masked", summary=SUMMARY)
    m.do("revoke", revoke_why="changed")

    m.later(days=3, hours=20)

    assert m.proc.withdrawn_at is not None and f"{m.proc.withdrawn_at:%d %H:%M}" == "05 15:59", "23:59 in the county"
    assert says(m) == {} and [e["lapsed"] for e in m.events("decision.withdrawn")] == [True]
    assert "withdraw" not in offered(m, "a") and m.messages("term.ended")


def test_what_is_revoked_before_it_was_published_is_not_published_any_more(book: Rulebook) -> None:
    m = served(Matter(book))

    m.do("revoke", revoke_why="revoked")

    assert publication.due(m.work) == [] and "publish" not in offered(m)
    assert TermId.PUBLISH not in {t.term for t in term.running(m.work, m.proc)}


@pytest.mark.parametrize(
    ("why", "rule", "change"),
    [
        ("sealed", "ZA136", lambda m: setattr(m.proc, "profile_id", "public_security")),
        ("young", "CF50", lambda m: setattr(m.proc, "marks", ["under_18"])),
        ("young", "CF50", lambda m: party.keep(m.work, m.case, party.Details(name="小明", birth="2010-05-01"))),
        ("hidden", "CF50", lambda m: setattr(m.case, "hidden", True)),
        ("no_penalty", "CF48", lambda m: setattr(m.proc, "penalties", [])),
    ],
)
def test_some_decisions_are_never_published(book: Rulebook, why: str, rule: str, change) -> None:
    m = served(Matter(book))
    change(m)
    assert publication.barred(m.work, m.proc) == (why, rule)

    assert not {"publish", "unpublished"} & offered(m)
    with pytest.raises(GateShut) as shut:
        m.take("publish", "reviewer", names="masked", summary=SUMMARY)

    assert (shut.value.gate, shut.value.spoken["why"]) == ("unpublishable", why)
    assert m.work.session.get(r.Publication, "x") is None and m.work.publication_of(m.case.id) is None


def test_no_term_runs_for_what_is_never_published(book: Rulebook) -> None:
    m = decided(Matter(book))
    m.proc.marks = ["under_18"]

    m.do("service", how="direct")

    assert TermId.PUBLISH not in {t.term for t in term.running(m.work, m.proc)}
