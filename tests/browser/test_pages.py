"""A form and an upload on a narrow phone: what is typed is saved by itself, and a connection that breaks goes on by itself."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import FLAGS, ROOT
from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_continued import FILM, _address, _pages
from tests.stories.test_documents import procedure_of
from workflows import document as documents
from workflows import records as r

pytestmark = pytest.mark.browser
SHOTS = Path(os.environ.get("WHISTLE_PAGE_SHOTS", ROOT / "docs" / "screenshots"))


async def test_typing_and_sending_survive_a_broken_connection(county: County, chromium: str, tmp_path: Path) -> None:
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await procedure_of(county, county.one(r.Case))
    await leader.presses("文书", on=county.group)
    await leader.presses("现场检查笔录")
    await leader.presses("在网页上填")
    form = _address(leader.last)
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    upload = _address(leader.last)
    film = tmp_path / "现场.mp4"
    film.write_bytes(FILM)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await _types(county, page, context, form)
        await _sends(county, page, upload, film)
        await browser.close()
    assert complaints == []


async def _types(county: County, page: Page, context: Any, form: str) -> None:
    await page.goto(form)
    await page.get_by_role("button", name="在这部手机上打开").tap()
    field = page.get_by_label("检查情况")
    await expect(page.get_by_text("看到了什么？按顺序写")).to_be_visible()
    await _fits(page)
    await _shoot(page, "form")
    await field.fill("两堆稻秆正在燃烧，各约三米见方。")
    await expect(page.get_by_text("✓ 都存好了")).to_be_visible()
    await context.set_offline(True)
    await field.fill("两堆稻秆正在燃烧，各约三米见方，已扑灭。")
    await expect(page.get_by_text("连上就自动存")).to_be_visible()
    await context.set_offline(False)

    await expect(page.get_by_text("✓ 都存好了")).to_be_visible(timeout=15_000)
    given = county.look(lambda session: documents.given(_work(county, session), county.one(r.Document)))
    assert given == {"findings": "两堆稻秆正在燃烧，各约三米见方，已扑灭。"}


async def _sends(county: County, page: Page, upload: str, film: Path) -> None:
    pieces = 0

    async def dies_once(route: Any) -> None:
        nonlocal pieces
        pieces += route.request.method == "PUT"
        await (route.abort() if pieces == 3 and route.request.method == "PUT" else route.continue_())

    await page.route("**/part/*", dies_once)
    await page.goto(upload)
    await page.get_by_role("button", name="在这部手机上打开").tap()
    await page.locator("input[type=file]").set_input_files(film)
    await expect(page.get_by_text("收到了，已记进案件。")).to_be_visible(timeout=20_000)
    await _fits(page)
    await _shoot(page, "upload")

    (one,) = county.all(r.Evidence)
    assert (one.size, one.kind) == (len(FILM), "video") and pieces == 7, "six pieces, one of them twice"


def _work(county: County, session: Any) -> Any:
    from workflows.work import Work

    return Work(session, county.now, county.book, county.app.vault)


async def _fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


async def _shoot(page: Page, name: str) -> None:
    if "WHISTLE_PAGE_SHOTS" in os.environ:
        await page.screenshot(path=SHOTS / f"{name}.png")
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.screenshot(path=SHOTS / f"{name}-wide.png")
        await page.set_viewport_size({"width": 390, "height": 844})
