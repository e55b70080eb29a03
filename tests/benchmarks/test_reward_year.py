"""A short simulated year: what becomes of approved rewards adds up, nobody was left unreminded, and every chain is whole."""

import json
from pathlib import Path

from tests.benchmarks import reward_year


def test_of_a_years_approved_rewards_each_is_claimed_waived_lapsed_or_open_and_none_lapsed_unreminded(
    tmp_path: Path,
) -> None:
    code = reward_year.main(["--rewards", "24", "--json", str(tmp_path / "year.json")])

    figures = {one["figure"]: one["value"] for one in json.loads((tmp_path / "year.json").read_text())}
    shares = ("claimed and paid", "waived", "lapsed, back in the budget", "still open at the end of the year")
    assert code == 0 and figures["rewards approved"] == 24
    assert all(figures[name] > 0 for name in shares), "each way out was taken"
    assert abs(sum(figures[name] for name in shares) - 100) < 0.5
    assert figures["lapsed without all reminders"] == figures["proposed and not decided"] == 0
    assert figures["reminders sent"] > 0 and figures["problems that audit verify finds"] == 0
