"""LibreOffice is not to be had: the Word file goes out with a kind word, the desk hears once, and the PDF follows by itself."""

from typing import Any

import pytest

from messages import documents as printed
from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_documents import procedure_of
from workflows import records as r


def _pdf() -> bytes:
    import io

    from pypdf import PdfWriter

    made, out = PdfWriter(), io.BytesIO()
    made.add_blank_page(width=595, height=842)
    made.write(out)
    return out.getvalue()


async def _orders(county: County, count: int) -> Any:
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await procedure_of(county, county.one(r.Case))
    officer = county.yunxi.officer
    for number in range(count):
        await officer.presses("文书", on=county.group)
        await officer.presses("责令改正通知书")
        if number:
            await officer.presses("再做一份")
        await officer.presses("逐项填")
        await officer.says("立即清理现场")
        await officer.says("2026年11月5日前")
        await officer.presses("齐了，生成")
    return officer


async def test_a_document_without_libreoffice_goes_out_as_word_and_its_pdf_follows_by_itself(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = False

    def to_pdfs(papers: list[bytes], *, archive: bool = False) -> list[bytes]:
        if not works:
            raise printed.NoConverter("LibreOffice is not installed")
        return [_pdf() for _ in papers]

    monkeypatch.setattr(printed, "to_pdfs", to_pdfs)
    monkeypatch.setattr(printed, "can_convert", lambda: works)
    desk, admin = county.office.desk, county.office.admin
    county.others_may_hear("document.unprinted")

    officer = await _orders(county, 2)

    assert officer.heard == ["file", "file"], "the Word file of each, at once"
    assert any("PDF稍后自动补来" in text for text in officer.reads)
    assert desk.heard == ["document.unprinted"] and "不用再催" in desk.last, "once, not once for each document"
    assert admin.heard == ["document.unprinted"] and "libreoffice-writer-nogui" in admin.last
    first = county.all(r.Document, form="order")[0]
    assert (first.state.value, first.pdf, first.pages) == ("made", None, 0) and first.pdf_at is not None

    await county.forward(minutes=90)
    assert officer.heard == desk.heard == [] and county.all(r.Document)[0].pdf_tries >= 3
    await county.restart()
    works = True
    await county.forward(hours=1)

    assert officer.heard == ["document.converted", "file", "document.converted", "file"]
    assert all(d.pdf and d.pages == 1 and d.pdf_at is None for d in county.all(r.Document))
    assert desk.heard == [] and county.app.printer.next_at is None
    name = county.all(r.Document)[0].pdf or ""
    assert (county.folder / "whistle.db.evidence" / name[:2] / name).read_bytes().startswith(b"%PDF")
    await officer.presses("看原件")
    assert officer.heard == ["file", "file"], "both files from now on"


async def test_a_bad_template_holds_up_no_other_and_a_void_document_is_not_sent_later(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, bad = False, b""

    def to_pdfs(papers: list[bytes], *, archive: bool = False) -> list[bytes]:
        if not works or bad in papers:
            raise printed.NoConverter("LibreOffice could not make the PDF: CalledProcessError")
        return [_pdf() for _ in papers]

    monkeypatch.setattr(printed, "to_pdfs", to_pdfs)
    monkeypatch.setattr(printed, "can_convert", lambda: True)
    county.others_may_hear("document.unprinted")
    officer = await _orders(county, 3)
    broken, voided, whole = sorted(county.all(r.Document, form="order"), key=lambda d: d.begun_at)
    await officer.presses("作废", containing=voided.number or "")
    await officer.says("日期写错了")
    bad = await county.app.shelf.get(broken.docx or "")
    officer.ignores("file"), officer.heard

    works = True
    await county.forward(minutes=5)

    state = {d.id: (d.pdf is not None, d.pdf_at is not None) for d in county.all(r.Document)}
    assert state == {broken.id: (False, True), voided.id: (True, False), whole.id: (True, False)}
    assert officer.heard.count("document.converted") == 1 and (whole.number or "") in officer.reads[-2]
