"""The benchmark itself: one short round, whose figures are whole and whose tips are all there."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import intake
from tests.benchmarks.far_side import FIRST_CHAT, updates


@pytest.mark.slow
def test_one_short_round_counts_only_what_is_durable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"

    assert intake.main(["--runs", "1", "--chats", "60", "--window", "16", "--json", str(file)]) == 0

    rows = json.loads(file.read_text("utf-8"))
    first = rows[0]
    assert {"figure", "value", "unit", "yardstick", "ratio", "target", "min", "max"} <= set(first)
    assert first["target"] == intake.TARGET and first["ratio"] == pytest.approx(
        first["value"] / first["yardstick"], rel=0.01
    )
    by_name = {row["figure"]: row for row in rows}
    assert 0 < by_name["commits a tip"]["value"] < 4
    assert 5 < by_name["SQL statements a tip (all causes)"]["value"] < 40
    assert first["figure"] in capsys.readouterr().out


def test_every_message_comes_from_a_chat_of_its_own_and_could_be_real() -> None:
    made = [(chat, json.loads(raw)) for chat, raw in updates(FIRST_CHAT, 300)]

    assert len({chat for chat, _ in made}) == len({raw["update_id"] for _, raw in made}) == 300
    assert all(raw["message"]["chat"]["id"] == chat and len(raw["message"]["text"]) > 3 for chat, raw in made)
