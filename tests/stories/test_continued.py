"""A page for one browser: a large file for a case, a half-filled document."""

import io
from typing import Any

import aiohttp

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
    assert mine.status == 200 and "上传证据" in mine.text and "已收 0 份" in mine.text

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
    assert "收到了" in mine.text and "已收 1 份" in mine.text and "已收 1 份" in leader.card
    await _uploads(mine, ("现场.mp4", FILM, "video/mp4"))
    assert sorted(e.same_as or "" for e in county.all(r.Evidence)) == ["", one.id], "the same film is recognised"

    await _uploads(mine, ("清单.pdf", b"MZ" + bytes(99), "application/pdf"))
    assert "没有收" in mine.text
    await mine.presses("upload")
    assert "没有收到文件" in mine.text
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
    assert "改正要求" in page.text and "&lt;b&gt;恢复原状" in page.text and "改正期限 ·&nbsp;待填" in page.text
    assert "执法人员" not in page.text, "what comes from the records is not typed"

    await page.presses("save", **{"f.demand_by": "2026年11月5日前", "f.demand": "立即清理现场"})

    assert "存好了" in page.text and "待填" not in page.text
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
