"""The benchmark itself: one short round, whose figures are whole and whose tips are all there."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import intake
from tests.benchmarks.far_side import FIRST_CHAT, updates

BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text("utf-8"))


@pytest.mark.slow
def test_one_short_round_counts_only_what_is_durable_and_has_not_become_twice_as_dear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By processor time against a bare echo bot: what a busy machine changes least."""
    file = tmp_path / "figures.json"

    assert intake.main(["--short", "--json", str(file)]) == 0

    rows = {row["figure"]: row for row in json.loads(file.read_text("utf-8"))}
    cost = rows["processor time an update ÷ python-telegram-bot, stock"]
    assert {"figure", "value", "unit", "yardstick", "ratio", "target", "min", "max"} <= set(cost)
    assert 0 < cost["ratio"] < 2 * BASELINE["intake: processor time an update"]
    assert 0 < rows["transactions a tip"]["value"] < 4
    assert 1 < rows["SQL statements a tip, all causes"]["value"] < 10
    assert cost["figure"] in capsys.readouterr().out


def test_every_message_comes_from_a_chat_of_its_own_and_could_be_real() -> None:
    made = [(chat, json.loads(raw)) for chat, raw in updates(FIRST_CHAT, 1064)]

    assert len({chat for chat, _ in made}) == len({raw["update_id"] for _, raw in made}) == 1064
    assert len({raw["message"]["text"] for _, raw in made}) == 1064, (
        "what is remembered of one would make another cheap"
    )
    assert all(raw["message"]["chat"]["id"] == chat and len(raw["message"]["text"]) > 3 for chat, raw in made)
