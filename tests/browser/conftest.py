"""`whistle demo` as a process of its own, and pages of Debian's chromium that may not complain."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect as expect_async
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
STARTS_WITHIN = 15  # seconds, promised in the README; a loaded CI machine gets three times that
WINDOWS = {"desktop": (1440, 900), "phone": (390, 844)}

Open = Callable[..., Page]
for one in (expect, expect_async):
    one.set_options(timeout=30_000)  # milliseconds until something must be seen: a busy machine draws late


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed: CI must run the browser test")
        pytest.skip("chromium is not installed: sudo apt-get install chromium fonts-noto-cjk")
    return found


@pytest.fixture
def demo() -> Iterator[str]:
    """The address of a demo that has just started."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said: list[str] = []
    found: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                found.append(match[0])
                ready.set()
        ready.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        ready.wait(STARTS_WITHIN * 3)
        assert found, f"the demo did not start:\n{''.join(said)}"
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    listener.join(5)
    errors = [line for line in said if re.search(r"\[error|Traceback|ERROR", line)]
    assert not errors, f"the demo logged errors:\n{''.join(said)}"
    assert process.returncode == 0


@pytest.fixture(scope="module")  # playwright's own event loop must be gone before the next module needs one
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, demo: str) -> Iterator[Open]:
    """Opens the demo in a window of a given shape; at the end no page may have logged an error."""
    complaints: list[str] = []
    contexts = []

    def open_window(window: str, *, forgive: str = "$^", **more: Any) -> Page:
        width, height = WINDOWS[window]
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **more)
        contexts.append(context)
        page = context.new_page()

        def note(said: ConsoleMessage) -> None:
            if said.type in ("error", "warning") and not re.search(forgive, said.text):
                complaints.append(said.text)

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(demo)
        page.wait_for_selector(".phone")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not complaints
