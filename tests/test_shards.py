"""`make faults` goes on where it was stopped: tests/faults/shards.py."""

import json
from pathlib import Path

import pytest

from tests.faults import shards


def lines(*ended: tuple[str, str, bool]) -> list[str]:
    return [json.dumps({"shard": name, "sources": sources, "passed": passed}) for name, sources, passed in ended]


def test_every_file_of_the_folder_is_in_a_shard_and_every_moment_in_one_of_forty() -> None:
    every = shards.shards()

    named = {
        argument.partition("::")[0] for one in every for argument in one.arguments if argument.endswith((".py", "]"))
    }
    parts = [one for one in every if one.name.startswith("cut-")]

    assert named == {str(file) for file in Path("tests/faults").glob("test_*.py")}
    assert len(parts) == shards.MOMENTS
    assert len({one.name for one in every}) == len(every)


def test_what_passed_on_these_sources_is_not_run_again_and_what_failed_is() -> None:
    every = shards.shards()[:4]
    log = lines((every[0].name, "now", True), (every[1].name, "now", False), (every[2].name, "before", True))

    assert shards.left(every, iter(log), "now") == every[1:]


def test_it_stops_at_its_time_and_writes_down_what_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "DONE", tmp_path / "done")
    clock = iter(range(100))
    monkeypatch.setattr(shards.time, "monotonic", lambda: next(clock))
    every = shards.shards()[:9]

    failed = shards.walk(every, "now", lambda one: one is not every[0], ends=5)

    written = [json.loads(line) for line in (tmp_path / "done").read_text().splitlines()]
    assert failed == [every[0].name]
    assert [(one["shard"], one["passed"]) for one in written] == [(every[0].name, False), (every[1].name, True)]
    assert shards.left(every, iter((tmp_path / "done").read_text().splitlines()), "now") == [every[0], *every[2:]]


def test_another_program_begins_anew(tmp_path: Path) -> None:
    for folder in shards.SOURCES:
        (tmp_path / folder).mkdir()
    before = shards.digest(tmp_path)

    (tmp_path / "workflows" / "call.py").write_text("changed")

    assert shards.digest(tmp_path) != before
