"""Every document of a case is whole: it says what the case says, names what it lacks, and prints."""

import io
import re
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader

from messages import documents
from messages.documents import case_forms
from messages.documents.draw_case import DRAWN
from tests.pdfa import breaches
from tests.workflows.case_papers import FACTS, FIRM
from workflows.rulebook import Rulebook

FORMS = tuple(DRAWN)
OF_FIRMS = ("visit_approval", "visit_notice", "hearing_notice", "notice", "receipt")


def _facts(form: str) -> dict[str, object]:
    return {**FACTS, **(FIRM if form in OF_FIRMS else {})}


def _text(docx: bytes) -> str:
    made = Document(io.BytesIO(docx))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join(
        [*(p.text for p in made.paragraphs), *cells, *(p.text for p in made.sections[0].footer.paragraphs)]
    )


def test_the_county_names_every_document_and_every_field_of_every_template(book: Rulebook) -> None:
    assert {form.code for form in book.forms.forms} == set(FORMS)
    wanted = {field for form in FORMS for field in documents.fields_of(form)} - case_forms.OPTIONAL
    assert wanted <= set(book.forms.fields), wanted - set(book.forms.fields)
    for field in wanted:
        said = book.forms.spoken(field)
        assert re.search(r"[\u4e00-\u9fff]", said["label"] + said["ask"]), field
        assert not re.search(r"[\u4e00-\u9fff]", said["label_en"] + said["ask_en"]), field


@pytest.mark.parametrize("form", FORMS)
def test_a_document_says_what_the_case_says_and_has_no_hole(form: str) -> None:
    facts = _facts(form)

    text = _text(documents.fill(form, facts))

    assert "{{" not in text and "{%" not in text
    for field in documents.fields_of(form):
        value = facts[field]
        for said in [value] if isinstance(value, str) and field not in documents.PICTURES else []:
            assert (
                (form == "notice" and field == "hearing")
                or said in text
                or said.replace("\n", "") in text.replace("\n", "")
            ), field
    assert facts["organ"] in text and facts["case_number"] in text
    assert (facts["acting"] in text) == bool(facts["acting"]) or not facts["acting"]
    assert ("⚠" in text) == bool(facts["caution"])


@pytest.mark.parametrize("form", FORMS)
def test_a_field_that_nobody_filled_is_named_and_nothing_is_printed(form: str, book: Rulebook) -> None:
    facts = _facts(form)
    needed = sorted(documents.fields_of(form) - case_forms.OPTIONAL)
    left_out = needed[len(form) % len(needed)]
    del facts[left_out]

    with pytest.raises(documents.MissingField) as error:
        documents.fill(form, facts)

    assert error.value.field == left_out
    assert case_forms.missing(form, facts) == ([] if left_out == "number" else [left_out])


def test_letterhead_remedy_and_caution_follow_the_source_of_the_power() -> None:
    own, entrusted = (_text(documents.fill("decision", facts)) for facts in (FACTS, {**FACTS, **FIRM}))

    assert "示例县云溪镇人民政府" in own and "委托" not in own and "⚠" not in own
    assert (
        "示例县市场监督管理局" in entrusted and "示例委托〔2026〕3号" in entrusted and "云溪镇人民政府" not in entrusted
    )
    assert "尚未核实" in entrusted
    spot = _text(documents.fill("spot_decision", FACTS))
    assert "应当先自收到本决定书之日起六十日内" in spot, "复议前置 (行政复议法第二十三条第一款)"
    assert "应当先" not in own and "也可以自收到本决定书之日起六个月内" in own


def test_a_county_puts_its_own_template_in_place(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    own = Document()
    own.add_paragraph("本县样式 {{ organ }} {{ grid_leader }}")
    own.save(str(folder / "order.docx"))

    assert case_forms.missing("order", dict(FACTS), tmp_path) == ["grid_leader"]
    assert "本县样式 示例县云溪镇人民政府 王" in _text(
        documents.fill("order", {**FACTS, "grid_leader": "王"}, tmp_path)
    )


def test_four_documents_become_pdf_a_of_one_or_two_pages_with_one_start_of_libreoffice() -> None:
    forms = ("decision", "site_record", "receipt", "payment")

    made = documents.to_pdfs([documents.fill(form, _facts(form)) for form in forms], archive=True)

    pages = [PdfReader(io.BytesIO(pdf)) for pdf in made]
    assert [len(p.pages) for p in pages] == [2, 1, 1, 1]
    assert [breaches(pdf) for pdf in made] == [[], [], [], []], "PDF/A-2b, as far as tests/pdfa.py looks"
    text = "".join(page.extract_text() for page in pages[0].pages).replace("\n", "")
    assert "行 政 处 罚 决 定 书" in text and "捌佰元整" in text and "第 2 页" in text
    fonts = {
        str(f["/BaseFont"])
        for p in pages[0].pages
        for f in (p["/Resources"]["/Font"][k].get_object() for k in p["/Resources"]["/Font"])
    }
    assert fonts and all("+" in font for font in fonts), "fonts are inside"


def test_typed_rows_become_rows() -> None:
    assert case_forms._typed("questions", "问：谁点的？\n答：我\n\n几点？\n九点") == [
        {"q": "谁点的？", "a": "我"},
        {"q": "几点？", "a": "九点"},
    ]
    assert case_forms._typed("goods", "打捆机，9YF,1台\n点火器") == [
        {"no": 1, "name": "打捆机", "model": "9YF", "count": "1台", "state": "—"},
        {"no": 2, "name": "点火器", "model": "—", "count": "—", "state": "—"},
    ]
