"""Papers look as a county's do, name nobody, and never leave with a hole in them."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from messages import documents
from messages.documents import forms

HEAD = {"county": "青岚县", "secret": "工作秘密", "printed": "2026年11月9日", "number": "云溪-2026-0147-奖"}
MONEY = {"ref": "K7QF", "amount": "100.00元", "capital": "壹佰元整", "tail": "1875", "budget": "综合行政执法局"}
PAPER = {"kind": "责令改正通知书", "number": "云溪责改〔2026〕3号", "dated": "2026年11月2日", "checked": "云溪镇队员1"}
SIGNED = {"as": "主管", "who": "县指挥中心1号席", "at": "2026年11月3日 11:02"}
ROW = {
    "no": 1,
    "ref": "K7QF",
    "amount": "100.00元",
    "budget": "综合行政执法局",
    "tail": "1875",
    "how": "代领",
    "payer": "县财政支付员1",
    "paid": "2026年11月9日",
    "voucher": "PZ-1",
    "payee": "凭码",
}
FACTS = {
    "tip_register": {
        **HEAD,
        "received": "2026年11月2日",
        "named": "匿名",
        "township": "云溪镇",
        "matter": "占道经营",
        "law": "",
        "later": 1,
        "accepted": "2026年11月2日 09:12",
        "handler": "云溪镇队长",
        "outcome": "属实，责令改正",
        "closed": "2026年11月3日",
        "papers": [PAPER],
    },
    "reward_approval": {
        **HEAD,
        **MONEY,
        "case": "云溪-2026-0147",
        "matter": "占道经营",
        "papers": [PAPER],
        "outcome": "属实，责令改正",
        "grade": "",
        "base": "",
        "rule": "占道",
        "source": "本县确定",
        "shares": "",
        "year": "2026",
        "proposed": "2026年11月3日 10:20",
        "proposer": "云溪镇队长",
        "signatures": [SIGNED],
        "decision": "同意奖励",
    },
    "claim_notice": {
        **HEAD,
        **MONEY,
        "found": "经查属实",
        "windows": "县政务大厅6号窗",
        "until": "2027年1月2日",
        "announced": "2026年11月3日",
        "ceiling": "1,000.00元",
    },
    "payout_list": {**HEAD, "rows": [ROW, ROW], "count": 2, "total": "200.00元", "capital": "贰佰元整"},
    "waiver": {**HEAD, **MONEY, "waived": "2026年11月4日 20:11"},
}


def _text(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as opened:
        return opened.read("word/document.xml").decode()


@pytest.mark.parametrize("form", forms.TITLES)
def test_a_paper_is_marked_a_work_secret_and_holds_its_facts(form: str) -> None:
    text = _text(documents.fill(form, FACTS[form]))

    assert "工作秘密" in text and "青岚县" in text
    assert "{{" not in text and "{%" not in text
    for field in documents.fields_of(form):
        fact = FACTS[form][field]
        if isinstance(fact, str) and (form, field) != ("reward_approval", "outcome"):  # the paper stands there
            assert fact in text, field


@pytest.mark.parametrize("form", forms.TITLES)
def test_a_missing_field_is_an_error_that_names_paper_and_field(form: str) -> None:
    for field in documents.fields_of(form) - {"outcome" if form == "reward_approval" else ""}:  # only without a paper
        facts = {name: value for name, value in FACTS[form].items() if name != field}
        with pytest.raises(documents.MissingField, match=f"{form}.docx: .* {field}"):
            documents.fill(form, facts)


def test_a_row_of_the_list_repeats_and_signatures_stand_in_their_order() -> None:
    text = _text(documents.fill("payout_list", FACTS["payout_list"]))

    assert text.count("PZ-1") == 2 and text.count("代领") == 2


def test_a_county_puts_its_own_template_in_place(tmp_path: Path) -> None:
    own = tmp_path / "documents"
    own.mkdir()
    shutil.copy(documents.FOLDER / "zh" / "waiver.docx", own / "claim_notice.docx")

    assert documents.template_of("claim_notice", tmp_path) == own / "claim_notice.docx"
    assert documents.template_of("waiver", tmp_path).parent == documents.FOLDER / "zh"
    with pytest.raises(documents.NoTemplate):
        documents.template_of("no_such_paper", tmp_path)


def test_the_templates_are_those_that_are_drawn(tmp_path: Path) -> None:
    from messages.documents import draw

    draw.main(tmp_path)

    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in (documents.FOLDER / "zh").iterdir()}
    for path in tmp_path.iterdir():
        assert _text(path.read_bytes()) == _text((documents.FOLDER / "zh" / path.name).read_bytes()), path.name


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (10_000, "壹佰元整"),
        (20_050, "贰佰元伍角整"),
        (30_005, "叁佰元零伍分"),
        (101_000, "壹仟零壹拾元整"),
        (100_000_000, "壹佰万元整"),
        (100_010_100, "壹佰万零壹佰零壹元整"),
        (12_345_678, "壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        (1_000_000_000_100, "壹佰亿零壹元整"),
    ],
)
def test_an_amount_in_capitals(fen: int, said: str) -> None:
    assert forms.capital(fen) == said


def test_no_amount_in_capitals_is_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        forms.capital(-1)


@pytest.mark.slow
def test_every_paper_becomes_a_page_of_pdf() -> None:
    """One call of LibreOffice each; what the pages look like was looked at by eye."""
    if shutil.which("soffice") is None:
        with pytest.raises(documents.NoConverter, match="apt-get install libreoffice"):
            documents.to_pdf(documents.fill("waiver", FACTS["waiver"]))
        return
    for form in ("reward_approval", "payout_list"):
        pdf = documents.to_pdf(documents.fill(form, FACTS[form]))
        assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type/Page/") == 1, form
