"""docs/reliability.md: every promise names a test, and the test exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "|---"))]


def missing(text: str) -> list[str]:
    """Tests that are named there and are nowhere. `…::` stands for the file named last; a name may end in `…`."""
    file, found = "", []
    for path, name in re.findall(r"`(…|tests/[\w/]+\.py)(?:::(\w+))?(?:…)?[` (]", text):
        file = file if path == "…" else path
        there = ROOT / file
        if not there.is_file() or (name and not re.search(rf"def {name}", there.read_text("utf-8"))):
            found.append(f"{file}::{name}")
    return found


def test_every_test_that_a_promise_names_exists() -> None:
    assert missing(TEXT) == []


@pytest.mark.parametrize("row", ROWS, ids=[row[2:40] for row in ROWS])
def test_every_promise_names_a_test(row: str) -> None:
    assert re.search(r"`(…|tests/[\w/]+\.py)|make \w+|end of every story", row), row


def test_a_test_that_is_not_there_is_missed() -> None:
    assert missing("`tests/test_promises.py::test_of_nothing`") == ["tests/test_promises.py::test_of_nothing"]
    assert missing("`tests/test_promises.py`, `…::test_a_test_that_is_not_there_is_missed`") == []
