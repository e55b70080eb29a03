"""The benchmark itself: one short round, whose ratio by processor time has not fallen by more than half."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import deadlines

BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text("utf-8"))


@pytest.mark.slow
def test_opening_deadlines_has_not_become_twice_as_dear(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    assert deadlines.main(["--short", "--json", str(file)]) == 0

    rows = {row["figure"]: row for row in json.loads(file.read_text("utf-8"))}
    name = "… by processor time"
    assert {"figure", "value", "unit", "yardstick", "ratio", "target", "min", "max"} <= set(rows[name])
    assert rows[name]["ratio"] > BASELINE[f"deadlines: {name}"] / 2
