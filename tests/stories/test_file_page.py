"""看全卷: whoever decides or reviews reads the whole file on a page of one browser; each look is a fact, nobody else sees a line."""

import hashlib
from typing import Any

from bot.evidence import path_of
from tests.county import County, Person
from tests.stories.opening import tip_taken
from tests.stories.test_continued import FILM, _address, _pages, _uploads
from tests.stories.test_crew import Browser
from tests.stories.test_crew import browsers as browsers
from tests.stories.test_documents import procedure_of
from workflows import document as documents
from workflows import records as r
from workflows.work import Work


async def _with_a_file(county: County, browsers: Any) -> tuple[Person, r.Case]:
    """A case with a picture, a typed line, a position, a film that came by a page, and one signed record."""
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    case = county.one(r.Case)
    await procedure_of(county, case)
    await leader.presses("取证", on=county.group)
    await leader.sends(photo=True)
    await leader.says("两堆垃圾，<b>约两袋</b>")
    await leader.sends(location={"latitude": 28.1, "longitude": 109.2})
    await leader.presses("上传大文件")
    upload = browsers(_address(leader.last))
    await upload.asks()
    await upload.presses("open")
    await _uploads(upload, ("现场.mp4", FILM[:3_000_000], "video/mp4"))
    paper = await county.app.shelf.put(b"PK\x03\x04 a record")
    await county.app.store.decide(_record, case.id, paper)
    return leader, case


def _record(work: Work, case_id: str, docx: str) -> None:
    by = work.get(r.Person, "QL01S-5")
    one = documents.begin(work, work.get(r.Case, case_id), documents.form_of(work, "site_record"), by)
    documents.reserve(work, one)
    documents.made(work, one, by, {"findings": "两堆"}, docx, None, 1)


async def _opened(person: Person, browsers: Any) -> Browser:
    page: Browser = browsers(_address(person.last))
    await page.asks()
    assert "约两袋" not in page.text, "nothing is shown before it is opened"
    await page.presses("open")
    return page


async def test_a_reviewer_reads_every_piece_and_paper_and_each_look_is_written_down(
    county: County, browsers: Any
) -> None:
    leader, case = await _with_a_file(county, browsers)
    await leader.presses("卷宗", on=county.group)
    await leader.presses("看全卷")
    assert case.number in leader.last
    page, other = await _opened(leader, browsers), browsers(_address(leader.last))

    pieces = county.all(r.Evidence)
    film = next(e for e in pieces if e.kind == "video")
    assert page.status == 200 and "证据 4 份" in page.text and "文书 1 份" in page.text and "现场检查笔录" in page.text
    assert "&lt;b&gt;约两袋" in page.text and "28.10000, 109.20000" in page.text and "现场.mp4" not in page.text
    looked = len(county.events("evidence.shown"))
    async with page.session.get(f"{page.address}/piece/{film.id}") as answer:
        body = await answer.read()
        assert hashlib.sha256(body).hexdigest() == film.sha256 and answer.headers["Content-Type"] == "video/mp4"
        assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    paper = county.one(r.Document)
    async with page.session.get(f"{page.address}/paper/{paper.ref}") as answer:
        assert answer.status == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    (shown,) = county.events("evidence.shown")[looked:]
    assert (shown.by, shown.facts["why"], shown.facts["pieces"]) == (leader.seat, "read", [film.sha256])
    assert [e.by for e in county.events("document.printed")] == [leader.seat]

    await other.asks()
    assert other.status == 403
    for what in (f"piece/{film.id}", f"paper/{paper.ref}"):
        async with other.session.get(f"{other.address}/{what}") as answer:
            assert answer.status == 410, "another browser reads nothing"
    typed = next(e for e in pieces if e.kind == "record")
    for what in (f"piece/{typed.id}", f"piece/{'0' * 32}", "paper/AAAAAAAA"):
        async with page.session.get(f"{page.address}/{what}") as answer:
            assert answer.status == 410, what

    kept = county.folder / "whistle.db.evidence" / path_of(film.sha256 or "")
    kept.unlink()
    async with page.session.get(f"{page.address}/piece/{film.id}") as answer:
        assert answer.status == 404, "a file that is gone is no crash"


async def test_who_may_read_and_who_may_not(county: County, browsers: Any) -> None:
    _, case = await _with_a_file(county, browsers)
    tip, document = county.one(r.Tip), county.one(r.Document)
    reviewer, head = county.yunxi.reviewer, county.yunxi.township_leader
    for stranger in (county._seat("QL02S-1"), county._seat("QL02S-3"), county.office.desk, county.market.liaison_a):
        stranger.ignores()
        for data in (f"1:file_page:{tip.ref}:0", f"1:see_evidence:{tip.ref}:0", f"1:doc_get:{document.ref}:0"):
            toast = await stranger.presses_data(data, 1)
            assert toast is not None and toast.get("show_alert"), (stranger.seat, data)
    assert county.all(r.Link, kind="file") == []

    for reader in (reviewer, head):
        reader.ignores()
        await reader.presses_data(f"1:file_page:{tip.ref}:0", 1)
        page = await _opened(reader, browsers)
        assert "证据 4 份" in page.text
    await reviewer.presses_data(f"1:doc_get:{document.ref}:0", 1)
    assert reviewer.heard[-1:] == ["file"] or "file" in reviewer.heard

    county.tampered = True  # the story hides it behind the log's back
    await county.app.store.decide(_hide, case.id)
    await page.asks()
    assert page.status == 410, "what the county keeps from the township is shut at once"


def _hide(work: Work, case_id: str) -> None:
    case = work.get(r.Case, case_id)
    case.hidden = work.get(r.Tip, case.tip_id).hidden = True
