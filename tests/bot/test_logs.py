"""What a log line may say about a failure: where and of which kind, never what somebody wrote."""

import logging

import pytest
import structlog

from bot.logs import configure, places_of
from tests.county import PLANTED_WORDS


def _fails(words: str) -> None:
    secret = {"text": words}
    raise ValueError(f"cannot read {secret}")


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_holds_neither_message_nor_values(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(form)

    try:
        _fails(PLANTED_WORDS)
    except ValueError:
        structlog.get_logger().exception("an update failed", action="update.failed")
        logging.getLogger("aiohttp.server").exception("a handler failed")

    said = "".join(capsys.readouterr())
    assert "test_logs.py" in said and "ValueError" in said and "update.failed" in said
    assert PLANTED_WORDS not in said and PLANTED_WORDS.encode("unicode_escape").decode() not in said


def test_the_cause_of_an_error_is_named_before_it() -> None:
    try:
        try:
            _fails(PLANTED_WORDS)
        except ValueError as error:
            raise RuntimeError(PLANTED_WORDS) from error
    except RuntimeError as error:
        said = places_of(error)

    assert said.index("ValueError") < said.index("caused") < said.index("RuntimeError")
    assert PLANTED_WORDS not in said
