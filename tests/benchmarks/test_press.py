"""The benchmark itself: one short round, in which every press that was answered is committed."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import press

BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text("utf-8"))


@pytest.mark.slow
def test_a_press_has_not_become_twice_as_dear(tmp_path: Path) -> None:
    """By processor time against a bare bot that only answers."""
    file = tmp_path / "figures.json"

    assert press.main(["--short", "--json", str(file)]) == 0

    rows = {row["figure"]: row for row in json.loads(file.read_text("utf-8"))}
    assert 0 < rows["processor time a press ÷ bare answer"]["ratio"] < 2 * BASELINE["press: processor time a press"]
    assert rows["Bot API calls a press"]["value"] >= 1
