"""A newcomer with a browser: the guided walk leads from one sentence to a paid reward, on a desk and on a phone."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, TimeoutError, expect

from tests.browser.conftest import ROOT, Open

pytestmark = pytest.mark.browser

SENTENCE = "河口村桥头洗车店的脏水流得满街都是"
SHOTS = ROOT / "docs" / "screenshots"


class Newcomer:
    """Does what the card says and presses what glows, as a person would."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taken: list[str] = []

    def step(self) -> str:
        return self.page.locator("#walk").get_attribute("data-step") or ""

    def walk_to(self, wanted: str, most: int = 90) -> None:
        """Goes on until the card shows the wanted step."""
        for _ in range(most):
            step = self.step()
            if step == wanted:
                return
            self.do(step)
        raise AssertionError(f"stuck at {self.step()} on the way to {wanted}; went {self.taken}")

    def do(self, step: str) -> None:
        """One thing: press OK on a pop-up, the glowing button, or the card's own."""
        for _ in range(600):
            if self.step() != step:
                return
            if self.press(self.page.locator(".alert:not([hidden]) .key:visible")):
                return
            if glowing := self.glowing():
                if self.press(self.page.locator(f'.phone .beckon[data-press="{glowing}"]:visible')):
                    self.taken.append(glowing.split(":")[1])
                    self.after(step, glowing)
                    return
            elif (kind := self.offered()) and self.press(self.page.locator(f'#walk .card-acts [data-walk="{kind}"]')):
                self.taken.append(f"{step}:{kind}")
                self.after(step, "", patience=400 if kind == "pass" else 80)
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"nothing to do at {step}")

    def press(self, what: Locator) -> bool:
        """False when there is nothing to press, or it has gone on by itself before the finger came down."""
        if what.count() == 0:
            return False
        try:
            what.first.click(timeout=2000)
        except TimeoutError:
            return False
        return True

    def glowing(self) -> str | None:
        """What the glowing button would send."""
        script = "found => found[0]?.dataset.press ?? null"
        found: str | None = self.page.locator(".phone .beckon:visible").evaluate_all(script)
        return found

    def offered(self) -> str | None:
        """What the card itself offers to do."""
        script = "found => found[0]?.dataset.walk ?? null"
        found: str | None = self.page.locator("#walk .card-acts [data-walk]:visible").evaluate_all(script)
        return found

    def after(self, step: str, pressed: str, patience: int = 60) -> None:
        """Until the walk has gone on, or another button glows, or a pop-up asks."""
        for _ in range(patience):
            if self.step() != step or self.page.locator(".alert:not([hidden])").count():
                return
            if pressed and self.glowing() not in (None, pressed):
                return
            self.page.wait_for_timeout(100)

    def chat(self, person: str) -> list[dict[str, Any]]:
        """All messages of that person's private chat."""
        script = """async (key) => {
            const state = await (await fetch('/demo/state')).json();
            const phone = state.phones.find((one) => one.key === key);
            return (await (await fetch(`/_/messages?chat=${phone.id}`)).json()).messages;
        }"""
        found: list[dict[str, Any]] = self.page.evaluate(script, person)
        return found

    def reads(self, person: str, *words: str) -> str:
        """All that the bot has written to that person, once these words are among it: a step is done with a press, what it says comes a
        moment later."""
        for _ in range(300):
            found = texts(self.chat(person))
            if found and all(word in found for word in words):
                return found
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{person} does not read {words}: {found}")

    def everything(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(
            "async () => (await (await fetch('/_/messages')).json()).messages"
        )
        return found


def texts(messages: list[dict[str, Any]]) -> str:
    return "\n".join(one["text"] or "" for one in messages if one["from"] == "bot")


def fits(page: Page) -> bool:
    """No sideways scrolling of the page, and nothing of a phone outside the window."""
    return bool(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth
            && [...document.querySelectorAll('.phone')].every((one) => {
                const box = one.getBoundingClientRect();
                return box.left >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
            })"""
        )
    )


def nameless(page: Page) -> list[str]:
    """Visible controls that a screen reader could not name."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, textarea')].filter((one) => one.offsetParent
            && !(one.textContent.trim() || one.getAttribute('aria-label') || one.title)).map((one) => one.outerHTML)"""
    )
    return found


def again_where_it_was(page: Page) -> None:
    """Loaded anew, at any moment, the page shows the same people and what glows: also if its shape changes meanwhile."""
    shown = "all => all.map(one => one.dataset.phone)"
    before = page.locator("#stage .phone").evaluate_all(shown)

    def slowly(route: Route) -> None:
        for width in (1438, 1440):  # as a browser does that measures its window late
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(200)
        route.continue_()

    page.route("**/_/messages", slowly)
    page.reload()
    page.wait_for_selector(".phone .beckon")
    page.unroute("**/_/messages")
    assert page.locator("#stage .phone").evaluate_all(shown) == before


def shoot(page: Page, name: str) -> None:
    if os.environ.get("WHISTLE_SHOTS") == "1":
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.mouse.move(0, 0)
        expect(page.locator(".toast:visible")).to_have_count(0, timeout=10_000)
        page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.slow
def test_a_newcomer_walks_from_one_sentence_to_a_paid_reward(open_page: Open) -> None:
    page = open_page("desktop")
    newcomer = Newcomer(page)

    newcomer.walk_to("accept")
    newcomer.reads("villager", "回执", "15分钟")
    assert fits(page) and not nameless(page)

    newcomer.walk_to("original")
    newcomer.reads("leader", SENTENCE)
    expect(page.locator('.phone[data-phone="leader"] blockquote')).to_contain_text(SENTENCE)

    newcomer.walk_to("sign")
    again_where_it_was(page)
    assert newcomer.step() == "sign"

    newcomer.walk_to("here")
    shoot(page, "desktop")

    newcomer.walk_to("desk")
    newcomer.reads("environment", "超时")
    assert newcomer.reads("head"), "the head of the silent unit was told"

    newcomer.walk_to("report")
    newcomer.reads("environment", "（晚 ")  # a late answer is taken, and said to be late

    newcomer.walk_to("end")
    assert "河口" not in newcomer.reads("finance", "已记付款 50元"), "the counter learns nothing of the matter"
    leaked = [one for one in newcomer.everything() if SENTENCE in (one["text"] or "") and one["from"] == "bot"]
    assert len(leaked) == 1, "her words went to the owner of the case and to nobody else"
    assert fits(page) and not nameless(page)


@pytest.mark.slow
def test_the_same_page_in_a_hand(open_page: Open) -> None:
    page = open_page("phone", has_touch=True)
    newcomer = Newcomer(page)
    assert page.locator(".phone:visible").count() == 1

    newcomer.walk_to("sign")

    assert fits(page) and not nameless(page)
    assert page.locator(".phone:visible").count() == 1
    shoot(page, "phone")


def test_what_people_can_send(open_page: Open) -> None:
    page = open_page("desktop")
    page.locator("#walk .card-tools .plain").last.click()
    phone = page.locator('.phone[data-phone="villager"]')

    phone.locator(".clip").click()
    phone.locator('[data-scene="river"]').click()
    expect(phone.locator("img.photo")).to_be_visible()
    phone.locator(".clip").click()
    phone.locator(".choice", has_text="一次三张").click()
    expect(phone.locator("img.photo")).to_have_count(4)
    phone.locator(".clip").click()
    phone.locator(".choice", has_text="语音").click()
    expect(phone.locator(".voice")).to_be_visible()
    phone.locator(".clip").click()
    phone.locator(".choice", has_text="现场").click()
    expect(phone.locator(".place")).to_contain_text("河口村桥头")
    phone.locator("textarea").fill("河口村桥头洗车")
    phone.locator("textarea").press("Enter")
    bubble = phone.locator(".own .words", has_text="河口村桥头洗车")
    expect(bubble).to_be_visible()

    own = phone.locator(".msg.own").last
    own.hover()
    own.locator(".act").click()
    phone.locator(".choice", has_text="修改").click()
    phone.locator("textarea").fill("河口村桥头洗车店")
    phone.locator("textarea").press("Enter")

    expect(own.locator(".stamp")).to_contain_text("改过")
    phone.locator(".slash").click()
    expect(phone.locator(".command").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(phone.locator(".sheet")).to_be_hidden()


def test_time_language_and_a_new_start(open_page: Open) -> None:
    page = open_page("desktop", forgive="net::ERR_")  # the server goes away for a moment when everything starts over
    page.locator("#speeds button", has_text="15分钟=15秒").click()
    expect(page.locator("#pace")).to_have_text("60倍")
    before = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(before)

    page.locator("#lang").click()
    page.locator("#panel .key.success").click()
    expect(page.locator("h1")).to_have_text("Whistle")
    assert fits(page) and not nameless(page)
    page.locator("[data-walk=say]").click()
    expect(page.locator('.phone[data-phone="villager"] .theirs .words').first).to_contain_text("eceipt")

    page.locator("#knows").click()
    expect(page.locator("#panel .sealed").first).to_be_visible()
    assert SENTENCE not in page.locator("#panel").inner_text()
    page.keyboard.press("Escape")

    page.locator("#again").click()
    with page.expect_navigation(timeout=30_000):
        page.locator("#panel .key.success").click()
    page.wait_for_selector(".phone")
    assert page.locator('.phone[data-phone="villager"] .msg').count() == 0
