"""The benchmark itself: one short round, in which what no load may change is right."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import window


@pytest.mark.slow
def test_one_short_round_is_exact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every time recorded exactly, no drift, everybody rung; how fast is shown and not asserted."""
    file = tmp_path / "figures.json"

    assert window.main(["--short", "--only", "burst", "--json", str(file)]) == 0

    rows = json.loads(file.read_text("utf-8"))
    assert {"figure", "value", "unit", "yardstick", "ratio", "target", "min", "max"} <= set(rows[0])
    assert {row["figure"]: row["value"] for row in rows}["drift of the third step against opened_at"] == 0
    assert rows[0]["figure"] in capsys.readouterr().out
