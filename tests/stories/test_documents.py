"""文书 from the first tap to the last signature: what the case knows is filled in, what is missing is asked, nothing is lost on the way."""

import io
from datetime import date
from typing import Any

from docx import Document as Docx
from sqlmodel import Session

from bot.evidence import path_of
from tests.county import County, Person
from tests.stories.opening import tip_taken
from workflows import document as documents
from workflows import party, reviewed
from workflows import records as r
from workflows.states import Stage
from workflows.work import Work

NAME = "李大田"
VERBS = ("doc_fill", "doc_make", "doc_get", "doc_sign", "doc_serve", "doc_void", "doc_drop", "doc_again")


async def procedure_of(county: County, case: r.Case, **more: Any) -> None:
    """The case is being handled by two officers against a farmer, in the township's own name."""

    def begin(work: Work) -> None:
        given: dict[str, Any] = {
            "kind": "ordinary",
            "state": Stage.FILED,
            "matter_code": "XZ004",
            "power": "法定",
            "organ_id": "QL01",
            "basis_verified": True,
            "officer_b": "QL01S-6",
            "act_on": date(2026, 11, 2),
            "place": "河口村桥头",
            "found": "露天焚烧稻秆两堆。",
            **more,
        }
        one = r.Procedure(
            case_id=case.id, township_id="QL01", opened_at=work.now, matter_by="QL01S-5", officer_a="QL01S-5", **given
        )
        work.add(one)
        party.keep(work, case, party.Details(name=NAME, id_no="430000197501010011", address="河口村3组"))

    await county.app.store.decide(begin)


async def _ready(county: County, **more: Any) -> tuple[Person, Person, r.Case]:
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    case = county.one(r.Case)
    await procedure_of(county, case, **more)
    return county.yunxi.officer, county.yunxi.second, case


def _docx(county: County, document: r.Document) -> str:
    kept = (county.folder / "whistle.db.evidence" / path_of(document.docx or "")).read_bytes()
    made = Docx(io.BytesIO(kept))
    return "\n".join(
        [*(p.text for p in made.paragraphs), *(c.text for t in made.tables for row in t.rows for c in row.cells)]
    )


async def test_a_record_is_filled_signed_by_two_and_kept(county: County) -> None:
    officer, second, _ = await _ready(county, officer_b=None)
    third = county.yunxi.deputy
    await officer.presses("文书", on=county.group)
    assert "现场检查笔录" in "".join(officer.buttons) and "立案审批表" in "".join(officer.buttons)
    await officer.presses("卷宗", on=county.group)
    assert "第二名执法员" in officer.last and any("定第二名执法员" in one for one in officer.buttons)
    await officer.presses("文书", on=county.group)
    await officer.presses("现场检查笔录")
    await officer.presses("逐项填")
    assert NAME not in officer.last and "检查几点开始" in officer.last, "the party is known; the hour is not"
    await officer.says("9时20分")
    assert "几点结束" in officer.last
    await county.restart()
    await officer.says("9时55分")
    assert "看到了什么" in officer.last
    await officer.says("两堆稻秆正在燃烧，各约三米见方。")
    assert "证据" in officer.last and "生成" not in "".join(officer.buttons), "evidence is never typed"
    assert "执法人员" in officer.last, "nor who was there"
    await officer.presses("定第二名执法员")
    await officer.presses("云溪镇队员2")
    assert second.heard == ["step.asked"] and county.one(r.Procedure).officer_b is None
    await second.presses("同意")
    assert county.one(r.Procedure).officer_b == "QL01S-6" and officer.heard == ["step.recorded"]
    await officer.presses("取证", on=county.group)
    await officer.sends(photo=True)
    await officer.presses("发完了")
    await officer.presses("文书", on=county.group)
    await officer.presses("现场检查笔录")
    await officer.presses("逐项填")
    await officer.presses("齐了，生成")

    assert officer.heard == ["file", "file"], "the DOCX and, where LibreOffice is installed, the PDF"
    (document,) = county.all(r.Document)
    assert document.state.value == "made" and document.number == "云溪检字〔2026〕第1号" and document.pages == 1
    text = _docx(county, document)
    for said in (
        NAME,
        "430000197501010011",
        "云溪镇队员1（执法证号",
        "两堆稻秆正在燃烧",
        "现场照片1张",
        "示例县云溪镇人民政府",
        document.number,
    ):
        assert said.replace("示例县", county.book.county.name) in text, said
    data = next(
        k["data"]
        for v in county.sandbox.world.messages(officer.chat_id)
        for row in v["keyboard"] or []
        for k in row
        if "doc_sign" in k["data"]
    )
    toast = await third.presses_data(data, 1)
    assert toast is not None and "云溪镇队员1、云溪镇队员2签" in toast["text"], "a colleague who was not there"
    await officer.presses("签字")
    assert second.heard == ["document.signed"] and document.number in second.last
    toast = await officer.presses("签字")
    assert toast is not None and county.one(r.Document).state.value == "made", "not twice by the same officer"
    await second.presses("签字")

    assert "已送达" not in officer.buttons, "a record is handed to nobody"
    kept = county.one(r.Document)
    assert kept.state.value == "signed" and [s["by"] for s in kept.signatures] == ["QL01S-5", "QL01S-6"]
    assert NAME.encode() not in kept.content and "两堆" not in str(county.events("document.filled")[0].facts)
    await officer.presses("卷宗", on=county.group)
    assert "正卷" in officer.last and "现场检查笔录" in officer.last and "立案审批表：承办人" in officer.last
    assert [e.kind for e in county.events("document.made", "document.signed")] == [
        "document.made",
        "document.signed",
        "document.signed",
    ]


async def test_what_a_review_looked_at_is_known_by_its_digest_and_a_void_document_keeps_its_number(
    county: County,
) -> None:
    officer, _, case = await _ready(county)

    def make(work: Work, form: str, **facts: str) -> r.Document:
        by = work.person("QL01S-5")
        assert by is not None
        one = documents.begin(work, work.get(r.Case, case.id), documents.form_of(work, form), by)
        number = documents.reserve(work, one)
        return documents.made(work, one, by, {**facts, "number": number}, "0" * 64, None, 1)

    def digest(session: Session) -> str:
        work = Work(session, county.now, county.book, county.app.vault)
        return reviewed.digest(work, work.get(r.Case, case.id))

    before = county.look(digest)
    await county.app.store.decide(make, "order", demand="立即停止")
    after_order = county.look(digest)
    await county.app.store.decide(make, "decision", penalty="警告")
    after_decision = county.look(digest)
    await officer.presses("文书", on=county.group)
    await officer.presses("责令改正通知书")
    await officer.presses("作废")
    await officer.says("日期写错了")
    voided = county.look(digest)
    await county.app.store.decide(make, "order", demand="三日内清理")

    assert before != after_order and after_order == after_decision, "the decision itself is not what was reviewed"
    assert voided == before and county.look(digest) not in (before, after_order)
    orders = county.all(r.Document, form="order")
    assert [(d.number, d.state.value, d.why) for d in sorted(orders, key=lambda d: d.begun_at)] == [
        ("云溪责改字〔2026〕第1号", "void", "日期写错了"),
        ("云溪责改字〔2026〕第2号", "made", ""),
    ]


async def test_a_question_without_its_answer_is_asked_again_with_the_way_to_write_it(county: County) -> None:
    officer, _, _ = await _ready(county)
    await officer.presses("文书", on=county.group)
    await officer.presses("询问笔录")
    await officer.presses("逐项填")
    for _ in range(6):
        if "一问一答" in officer.last:
            break
        await officer.says("听明白了")
    await officer.says("垃圾是谁倒的？")
    assert officer.last.startswith("少了答的那一句") and "答：是我倒的。" in officer.last

    await officer.says("问：垃圾是谁倒的？答：是我倒的。")

    assert "一问一答" not in officer.last, "on one line too, and the next thing is asked"


async def test_other_squads_and_strangers_see_no_document(county: County) -> None:
    officer, _, case = await _ready(county)
    await officer.presses("文书", on=county.group)
    await officer.presses("立案审批表")
    document = county.one(r.Document)
    stranger = county._seat("QL02S-1")
    stranger.ignores()
    tip = county.one(r.Tip).ref
    for verb, ref in (("documents", tip), ("file", tip), ("doc.order", case.ref), *((v, document.ref) for v in VERBS)):
        data = f"1:{verb}:{ref}:0"
        toast = await stranger.presses_data(data, 1)
        assert toast is not None and toast.get("show_alert"), data
    assert county.one(r.Document).state.value == "draft" and len(county.all(r.Document)) == 1
