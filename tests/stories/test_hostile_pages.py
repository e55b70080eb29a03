"""What a browser, a bad line or a stranger may send to a one-time page: nothing raises, and nothing half is kept."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest
from docx import Document as Docx
from yarl import URL

from bot.evidence import path_of
from tests.county import County, Person
from tests.stories.opening import tip_taken
from tests.stories.test_continued import FILM, KEY, _address, _pages
from tests.stories.test_crew import Browser
from tests.stories.test_crew import browsers as browsers
from tests.stories.test_documents import procedure_of
from workflows import records as r
from workflows.states import DocumentState
from workflows.work import Work

NASTY = "立即清理\x00现场\x0b\x1b[31m \ud800 \ufffe<b>{{ organ }}</b> & 𠮷".encode("utf-8", "replace").decode()
"""Characters that no document can hold, and some that it must."""


async def _leader(county: County) -> Person:
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await procedure_of(county, county.one(r.Case))
    return leader


async def _page(leader: Person, browsers: Any) -> Browser:
    page: Browser = browsers(_address(leader.last))
    await page.asks()
    await page.presses("open")
    return page


async def _raw(browser: Browser, act: str, head: str, body: bytes, *, cut: bool = False) -> bytes:
    """Exactly these bytes; `cut`: the line is dead after them. Returns the first line of the answer."""
    url = URL(f"{browser.address}/{act}")
    cookie = browser.session.cookie_jar.filter_cookies(url).output(header="", sep=";").strip()
    reader, writer = await asyncio.open_connection(url.host, url.port)
    start = f"POST {url.path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nCookie: {cookie}\r\nConnection: close\r\n{head}\r\n\r\n"
    writer.write(start.encode() + body)
    await writer.drain()
    if cut:
        await asyncio.sleep(0.2)
        writer.transport.abort()
        await asyncio.sleep(0.2)
        return b""
    line = await asyncio.wait_for(reader.readline(), 20)
    writer.close()
    return line


def _multipart(name: str, data: bytes, boundary: str = "x") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()


async def test_a_broken_or_lying_upload_without_a_script_leaves_nothing_half(county: County, browsers: Any) -> None:
    leader = await _leader(county)
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    page = await _page(leader, browsers)
    whole = _multipart("现场.mp4", FILM[:400_000])
    kind = "Content-Type: multipart/form-data; boundary=x"

    await _raw(page, "upload", f"{kind}\r\nContent-Length: {len(whole)}", whole[:200_000], cut=True)
    assert county.all(r.Evidence) == [], "half a film is no film"
    for head, body in (
        ("Content-Type: multipart/form-data\r\nContent-Length: 4", b"abcd"),
        (f"{kind}\r\nContent-Length: 4", b"abcd"),
        (f"{kind}\r\nContent-Length: 0", b""),
        (f"{kind}\r\nContent-Length: 40", b"--x\r\nNo-Disposition: 1\r\n\r\nabc\r\n--x--\r\n..."[:40]),
        ("Content-Type: multipart/mixed; boundary=x\r\nContent-Length: 4", b"--x\n"),
        (f"Content-Type: text/plain\r\nContent-Length: {len(whole)}", whole),
    ):
        line = await _raw(page, "upload", head, body)
        assert line.split()[1] in (b"303", b"400"), (head, line)
    assert county.all(r.Evidence) == []
    assert (await _raw(page, "upload", f"{kind}\r\nContent-Length: {len(whole)}", whole)).split()[1] == b"303"
    name = "../../../etc/\u202egnp.exe"
    evil = _multipart(name, FILM[:300_000])
    await _raw(page, "upload", f"{kind}\r\nContent-Length: {len(evil)}", evil)

    await county.settled()
    assert [(e.size, e.state.value) for e in county.all(r.Evidence)] == [(400_000, "kept"), (300_000, "kept")]
    files = [p for p in (county.folder / "whistle.db.evidence").rglob("*") if p.is_file()]
    assert sorted(p.name for p in files) == sorted(str(e.sha256) for e in county.all(r.Evidence)), (
        "kept by content alone"
    )


@pytest.mark.parametrize("begin", ["abc", "-1", "0x0", "", "１", "0 ", "1e3"])
async def test_a_piece_that_does_not_say_where_it_begins_is_not_taken(
    county: County, browsers: Any, begin: str
) -> None:
    leader = await _leader(county)
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    page = await _page(leader, browsers)
    part = URL(f"{page.address}/part/{KEY}").with_query({"from": begin})
    async with page.session.put(part, data=FILM[:1000]) as answer:
        assert (answer.status, await answer.json()) == (409, {"have": 0})
    for odd in ({}, {"size": "abc"}, {"size": "0"}, {"size": "-1", "name": "x" * 5000}):
        async with page.session.post(f"{page.address}/part/{KEY}", data=odd) as answer:
            assert answer.status in (200, 409), odd
    form = aiohttp.FormData()
    form.add_field("size", io.BytesIO(b"1000"), filename="size")
    async with page.session.post(f"{page.address}/part/{KEY}", data=form) as answer:
        assert answer.status == 409
    assert county.all(r.Evidence) == []


async def test_a_form_takes_every_character_and_its_paper_is_made_all_the_same(county: County, browsers: Any) -> None:
    leader = await _leader(county)
    await leader.presses("文书", on=county.group)
    await leader.presses("责令改正通知书")
    await leader.presses("在网页上填")
    page = await _page(leader, browsers)

    for odd in ({"f.": "x"}, {"f.a b": "x"}, {"f.officers": "别人"}, {f"f.{'a' * 300}": "x"}):
        async with page.session.post(f"{page.address}/type", data=odd) as answer:
            assert answer.status in (409, 410), odd
    many = {f"x{n}": "y" for n in range(900)}
    async with page.session.post(f"{page.address}/type", data=many) as answer:
        assert answer.status == 204, "fields of no form are let be"
    await page.presses("save", **{"f.demand": NASTY, "f.demand_by": "\x00\x0b"})
    assert page.status == 200 and "存好了" in page.text
    assert "都齐了" not in leader.last, "what cannot be seen fills nothing"
    await page.presses("save", **{"f.demand_by": "2026年11月5日前"})
    await leader.presses("齐了，生成")

    made = county.one(r.Document)
    assert made.state is DocumentState.MADE
    kept = (county.folder / "whistle.db.evidence" / path_of(made.docx or "")).read_bytes()
    text = "\n".join(p.text for p in Docx(io.BytesIO(kept)).paragraphs)
    assert "立即清理" in text and "<b>{{ organ }}</b> & 𠮷" in text and "\x00" not in text


async def test_every_button_of_a_paper_pressed_twice_late_and_in_the_wrong_order_says_a_kind_word(
    county: County,
) -> None:
    leader = await _leader(county)
    await leader.presses("文书", on=county.group)
    await leader.presses("责令改正通知书")
    document, case, tip = county.one(r.Document), county.one(r.Case), county.one(r.Tip)
    verbs = (
        "doc_make",
        "doc_get",
        "doc_sign",
        "doc_serve",
        "doc_fill",
        "doc_page",
        "doc_again",
        "doc_void",
        "doc_drop",
    )

    async def presses(*verbs: str) -> None:
        for verb in verbs:
            toast = await leader.presses_data(f"1:{verb}:{document.ref}:0", 1)
            assert toast is not None, verb

    await presses("doc_make", "doc_sign", "doc_serve", "doc_get")
    assert county.one(r.Document).state is DocumentState.DRAFT, (
        "nothing is made, signed or served of a draft with holes"
    )
    await presses("doc_drop", *verbs, *verbs)
    assert {d.state for d in county.all(r.Document)} <= {DocumentState.VOID, DocumentState.DRAFT}
    void = county.one(r.Document, id=document.id)
    assert (void.state, void.number, void.docx) == (DocumentState.VOID, None, None)
    await leader.says("/cancel")
    for data in (
        f"1:doc.order:{case.ref}:0",
        f"1:doc.nothing:{case.ref}:0",
        f"1:doc:{tip.ref}:0",
        f"1:file:{case.ref}:0",
    ):
        toast = await leader.presses_data(data, 1)
        assert toast is not None, data


async def test_whoever_steps_aside_or_leaves_fills_and_sends_nothing_more(county: County, browsers: Any) -> None:
    leader = await _leader(county)
    await leader.presses("文书", on=county.group)
    await leader.presses("责令改正通知书")
    await leader.presses("在网页上填")
    form = await _page(leader, browsers)
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    upload = await _page(leader, browsers)
    async with upload.session.put(f"{upload.address}/part/{KEY}?from=0", data=FILM[:1000]) as answer:
        assert answer.status == 200
    county.tampered = True  # the story writes it behind the log's back

    def aside(work: Work) -> None:
        tip = work.get(r.Tip, county.one(r.Tip).id)
        tip.conflicted = [*tip.conflicted, str(leader.seat)]

    await county.app.store.decide(aside)
    for page in (form, upload):
        await page.asks()
        assert page.status == 410 and "改正要求" not in page.text, page.address
    await form.presses("save", **{"f.demand": "改一下"})
    assert form.status == 410
    for method, data in (
        ("GET", None),
        ("PUT", FILM[:1000]),
        ("POST", {"size": "1000", "name": "x", "type": "video/mp4"}),
    ):
        async with upload.session.request(method, f"{upload.address}/part/{KEY}?from=1000", data=data) as answer:
            assert answer.status == 410, method
    assert county.all(r.Evidence) == [] and county.events("document.filled") == []
