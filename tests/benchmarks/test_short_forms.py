"""The benchmarks themselves: one short round each, in which no ratio has become twice as bad as it was (`baseline.json`).

Ratios of processor time to a yardstick in the same run, which a busy machine makes dearer alike; no time of the clock is asserted.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import growth, latency, replicas, start

BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "run", "figure"),
    [
        ("start", start.main, "… processor time ÷ importing its libraries"),
        ("latency", latency.main, "processor time of an update alone ÷ python-telegram-bot, stock"),
        ("growth", growth.main, "processor time an update"),
        ("replicas", replicas.main, "processor time an update, all bots together"),
    ],
    ids=["start", "latency", "growth", "replicas"],
)
def test_nothing_has_become_twice_as_dear(
    tmp_path: Path, name: str, run: Callable[[list[str]], int], figure: str
) -> None:
    file = tmp_path / "figures.json"

    assert run(["--short", "--json", str(file)]) == 0

    row = {one["figure"]: one for one in json.loads(file.read_text("utf-8"))}[figure]
    assert {"value", "unit", "yardstick", "target", "min", "max"} <= set(row)
    assert 0 < row["ratio"] < 2 * BASELINE[f"{name}: {figure}"]
