"""The page of those who go, in a narrow phone's own browser, without a script: open, depart, arrive with the code, report back."""

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import FLAGS
from tests.county import County
from tests.stories.test_crew import handed_on
from workflows import records as r
from workflows.states import CallState

pytestmark = pytest.mark.browser


async def test_the_crew_departs_arrives_and_reports_on_a_narrow_phone(county: County, chromium: str) -> None:
    address = await handed_on(county)
    county.others_may_hear("*")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = await browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True, java_script_enabled=False
        )
        page = await context.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))

        await page.goto(address)
        assert "河口村" not in await page.content(), "nothing is shown before it is opened"
        await _tap(page, "在这部手机上打开")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("河口村")
        await _fits(page)

        await _tap(page, "我们出动了")
        assert county.one(r.Call).state is CallState.DEPARTED
        await page.get_by_label("四位到场码").fill(county.one(r.Call).window["code"])
        await _tap(page, "报到")
        assert county.one(r.Call).arrival == "code"
        await page.get_by_role("radio").first.check()
        await page.get_by_label("补一句").fill("已劝离")
        await _tap(page, "反馈")

        await expect(page.get_by_text("已反馈，辛苦了", exact=True)).to_be_visible()
        await _fits(page)
        await browser.close()
    assert county.one(r.Call).state is CallState.REPORTED and failed == []


async def _tap(page: Page, label: str) -> None:
    """A finger needs a target of 44 points."""
    key = page.get_by_role("button", name=label, exact=True)
    box = await key.bounding_box()
    assert box is not None and box["height"] >= 44, (label, box)
    async with page.expect_navigation():
        await key.tap()


async def _fits(page: Page) -> None:
    """Nothing sticks out to the right."""
    for element in await page.locator("body *:visible").all():
        box = await element.bounding_box()
        assert box is None or box["x"] + box["width"] <= 391, await element.evaluate("e => e.outerHTML.slice(0, 80)")
