"""A page for one browser: a large file for a case, a half-filled document."""

import asyncio
import hashlib
import io
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from bot.evidence import path_of
from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_crew import Browser
from tests.stories.test_crew import browsers as browsers
from tests.stories.test_documents import procedure_of
from workflows import records as r
from workflows.work import Outside

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(21 * 1024 * 1024)


def _pages(county: County) -> None:
    county.app.store.outside = Outside(public_url=f"http://127.0.0.1:{county.app.port}")


def _address(text: str) -> str:
    return next(word for word in text.split() if "/p/" in word)


async def _uploads(browser: Browser, *files: tuple[str, bytes, str]) -> Browser:
    form = aiohttp.FormData()
    for name, data, mime in files:
        form.add_field("files", io.BytesIO(data), filename=name, content_type=mime)
    await browser._did(browser.session.post(f"{browser.address}/upload", data=form))
    await browser.county.settled()
    return browser


async def test_a_film_that_the_chat_does_not_take_comes_by_a_page(county: County, browsers: Any) -> None:
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    mine, other = browsers(_address(leader.last)), browsers(_address(leader.last))
    await mine.asks()
    await mine.presses("open")
    assert mine.status == 200 and "上传证据" in mine.text and ">0</span> 份" in mine.text

    await _uploads(mine, ("现场.mp4", FILM, "video/mp4"))

    (one,) = county.all(r.Evidence)
    assert (one.kind, one.size, one.mime, one.state.value, one.by) == (
        "video",
        len(FILM),
        "video/mp4",
        "kept",
        leader.seat,
    )
    assert (county.folder / "whistle.db.evidence" / path_of(one.sha256 or "")).stat().st_size == len(FILM)
    assert "收到了" in mine.text.partition("<form")[0] and ">1</span> 份" in mine.text and "已收 1 份" in leader.card
    await _uploads(mine, ("现场.mp4", FILM, "video/mp4"))
    assert sorted(e.same_as or "" for e in county.all(r.Evidence)) == ["", one.id], "the same film is recognised"

    await _uploads(mine, ("清单.pdf", b"MZ" + bytes(99), "application/pdf"))
    assert "内容和名字对不上" in mine.text.partition("<form")[0]
    await mine.presses("upload")
    assert "没有收到文件" in mine.text.partition("<form")[0]
    await other.asks()
    assert other.status == 403
    await _uploads(other, ("x.pdf", b"%PDF-1.7", "application/pdf"))
    assert other.status == 410 and len(county.all(r.Evidence)) == 2


async def test_a_half_filled_document_is_continued_on_a_page_and_finished_in_the_chat(
    county: County, browsers: Any
) -> None:
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await procedure_of(county, county.one(r.Case))
    await leader.presses("文书", on=county.group)
    await leader.presses("责令改正通知书")
    await leader.presses("逐项填")
    await leader.says("立即清理现场，{{ organ }} <b>恢复原状</b>")
    await leader.presses("在网页上填")
    page = browsers(_address(leader.last))
    await page.asks()
    await page.presses("open")
    assert "改正要求" in page.text and "&lt;b&gt;恢复原状" in page.text and page.text.count("field missing") == 1
    assert "执法人员" not in page.text, "what comes from the records is not typed"
    before = len(leader.reads)
    typed = await page.session.post(f"{page.address}/type", data={"f.demand_by": "2026年11月5"})
    assert typed.status == 204 and len(leader.reads) == before, "saved as one types, and nothing is said in the chat"
    await county.restart()
    page.address = page.address.replace(page.address.split("/")[2], f"127.0.0.1:{county.app.port}")
    _pages(county)
    await page.asks()
    assert "2026年11月5</textarea>" in page.text, "a restart loses nothing of it"
    assert len(county.events("document.filled")) == 2
    await page.session.post(f"{page.address}/type", data={"f.demand_by": "2026年11月5"})
    assert len(county.events("document.filled")) == 2, "what is the same again is no new fact"

    await page.presses("save", **{"f.demand_by": "2026年11月5日前", "f.demand": "立即清理现场"})

    assert "存好了" in page.text and "field missing" not in page.text
    assert "都齐了" in leader.last
    assert page.status == 200 and (await page.presses("save", **{"f.officers": "别人"})).status == 410, (
        "officers are never typed"
    )
    await leader.presses("齐了，生成")
    assert county.one(r.Document).state.value == "made"
    await page.asks()
    assert "不能再改" in page.text
    await page.presses("save", **{"f.demand": "改一下"})
    assert "已经办过" in page.text
    assert (await page.session.post(f"{page.address}/type", data={"f.demand": "x"})).status == 409


KEY = "0123456789abcdef"


async def test_a_connection_that_breaks_in_the_middle_goes_on_where_it_stopped_also_after_a_restart(
    county: County, browsers: Any
) -> None:
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    mine, other = browsers(_address(leader.last)), browsers(_address(leader.last))
    await mine.asks()
    await mine.presses("open")
    part = f"{mine.address}/part/{KEY}"

    async def sends(begin: int, data: bytes, browser: Browser = mine) -> tuple[int, Any]:
        async with browser.session.put(f"{part}?from={begin}", data=data) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async with mine.session.get(part) as answer:
        assert await answer.json() == {"have": 0}
    assert await sends(0, FILM[:4_000_000]) == (200, {"have": 4_000_000})
    (piece,) = _pieces(county)
    assert FILM[1_000_000:1_000_064] not in piece.read_bytes() and len(piece.read_bytes()) == 4_000_028, "sealed"
    await _breaks_off(mine, part, FILM[4_000_000:8_000_000])
    have = 4_000_000
    async with asyncio.timeout(60):
        while have == 4_000_000:  # until it is noticed that no more will come
            await asyncio.sleep(0.02)
            async with mine.session.get(part) as answer:
                have = (await answer.json())["have"]
    assert 4_000_000 < have < 8_000_000, "what arrived before it broke stays"
    assert await sends(4_000_000, b"x") == (409, {"have": have}), "nothing is written twice"
    assert (await sends(have, b"x", other))[0] == 410, "another browser sends nothing"

    await county.restart()
    _pages(county)
    part = part.replace(part.split("/")[2], f"127.0.0.1:{county.app.port}")
    mine.address = mine.address.replace(mine.address.split("/")[2], f"127.0.0.1:{county.app.port}")
    while have < len(FILM):
        status, said = await sends(have, FILM[have : have + 8_000_000])
        assert status == 200
        have = said["have"]
    whole = {"name": "现场.mp4", "type": "video/mp4", "size": str(len(FILM))}
    async with mine.session.post(part, data={**whole, "size": "7"}) as answer:
        assert answer.status == 409
    async with mine.session.post(part, data=whole) as answer:
        assert await answer.json() == {"said": "uploaded"}

    (one,) = county.all(r.Evidence)
    assert one.sha256 == hashlib.sha256(FILM).hexdigest() and one.state.value == "kept" and one.by == leader.seat
    await county.settled()
    assert "已收 1 份" in leader.card and _pieces(county) == []
    await sends(0, b"MZ" + bytes(99))
    async with mine.session.post(part, data={"name": "a.pdf", "type": "application/pdf", "size": "101"}) as answer:
        assert await answer.json() == {"said": "not_kept"}
    assert (await sends(0, bytes(9 * 1024 * 1024)))[0] == 413 and len(county.all(r.Evidence)) == 1


def _pieces(county: County) -> list[Path]:
    """Files of the store that are not whole yet."""
    return [p for p in (county.folder / "whistle.db.evidence" / "parts").rglob("*") if p.is_file()]


async def _breaks_off(browser: Browser, part: str, data: bytes) -> None:
    """Half of a piece, then the line is dead."""
    url = URL(f"{part}?from=4000000")
    cookie = browser.session.cookie_jar.filter_cookies(url).output(header="", sep=";").strip()
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"PUT {url.path_qs} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nCookie: {cookie}\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data[: len(data) // 2])
    writer.transport.set_write_buffer_limits(0)
    await writer.drain()  # it has left, and arrives though the line is dead afterwards
    writer.transport.abort()
    del reader
