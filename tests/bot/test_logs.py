"""No log line holds what somebody wrote: neither the message of an exception nor a variable of a frame."""

import asyncio
import gc
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from bot import logs

SECRET = "俺在窗根底下瞅见的"


@pytest.fixture(autouse=True)
def libraries() -> Iterator[io.StringIO]:
    """What libraries log by themselves; everything is put back afterwards."""
    root, shown = logging.getLogger(), io.StringIO()
    before = list(root.handlers)
    root.handlers = [logging.StreamHandler(shown)]
    yield shown
    root.handlers = before
    logging.getLogger("asyncio").filters.clear()
    structlog.reset_defaults()


def _broken(said: str) -> int:
    words = {"text": said}
    try:
        return int(words["text"])
    except ValueError as error:
        raise KeyError(f"cannot read {said}") from error


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_shows_places_and_kinds_only(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form, "debug")
    log = structlog.get_logger()

    try:
        _broken(SECRET)
    except KeyError:
        log.exception("an update failed", action="update.failed", inbox=7)

    shown = "".join(capsys.readouterr())
    assert SECRET not in shown and SECRET.encode("unicode_escape").decode() not in shown
    for part in ("update.failed", "test_logs.py", "_broken", "KeyError", "ValueError"):
        assert part in shown


def test_a_library_that_logs_by_itself_keeps_to_it(libraries: io.StringIO) -> None:
    logs.configure("console", "info")

    try:
        _broken(SECRET)
    except KeyError:
        logging.getLogger("some.library").exception("it broke")

    shown = libraries.getvalue()
    assert "it broke" in shown and "KeyError" in shown and SECRET not in shown


async def test_a_task_that_nobody_waited_for_tells_no_words(libraries: io.StringIO) -> None:
    logs.configure("console", "info")

    async def alone() -> None:
        _broken(SECRET)

    task = asyncio.create_task(alone())
    await asyncio.sleep(0)
    del task
    gc.collect()

    shown = libraries.getvalue()
    assert "never retrieved" in shown and "KeyError" in shown and SECRET not in shown


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")

    structlog.get_logger().info("heard", action="tip.opened", subject="47")
    structlog.get_logger().debug("not asked for")

    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["tip.opened"]
    assert json.loads(lines[0])["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "said",
    [
        {"event": "call.breached", "action": "call.breached", "subject": "4f2a"},
        {"event": "ready", "action": "app.ready", "port": 8080, "polling": True, "lag": 0.25, "of": None},
        {"event": "a line that is longer than its column is wide", "why": "two words", "how": "a=b", "who": "it's"},
        {"event": "", "empty": "", "last": " "},
        {"event": "an error", "exception": "  file.py:1 f\nKeyError"},
        {"event": "of a library", "logger": "some.library", "tab": "a\tb"},
        {"event": 7, "list": [1, "x y"], "line": "a\nb"},
    ],
)
@pytest.mark.parametrize("level", ["info", "warning", "critical"])
def test_a_line_is_what_structlog_would_write(said: dict[str, object], level: str) -> None:
    """Put together faster, and to the letter the same."""
    given = {**said, "level": level, "timestamp": "2026-11-02T01:00:00.000000Z"}
    usual = structlog.dev.ConsoleRenderer(colors=False)

    assert logs.Lines()(None, "info", dict(given)) == usual(None, "info", dict(given))


@pytest.mark.parametrize("form", ["console", "json"])
def test_facts_that_are_told_together_read_as_if_each_had_been_told_alone(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(form, "info")
    log = structlog.get_logger().bind()
    facts = [("tip.opened", "a"), ("call.opened", "'b' 2"), ("tip.submitted", "c")]

    for kind, subject in facts:
        log.info(kind, action=kind, subject=subject)
    alone = capsys.readouterr().out
    log.info("facts", action="facts", each=facts)
    together = capsys.readouterr().out

    def read(shown: str) -> list[object]:
        lines = re.sub(r"20\d\d-\d\d-\d\dT[0-9:.]+Z", "", shown).splitlines()
        return [json.loads(line) for line in lines] if form == "json" else list(lines)

    assert len(read(alone)) == 3
    assert read(together) == read(alone)
