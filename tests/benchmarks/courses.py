"""What does one tip leave behind? Three stories of the whole app are played, and what their county holds afterwards is counted.

`python -m tests.benchmarks.courses [--json FILE]`

Updates are those that came, messages what was sent or edited; values are the bytes of everything that stands in the rows, without indexes
and pages; pictures and papers are the files on the evidence shelf. The seating of the county, which is there before a story begins, does
not count. Nothing is timed, so one run is enough.
"""

import argparse
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from tests.benchmarks import report
from tests.benchmarks.growth import bytes_of_values
from workflows import records as r
from workflows.states import OutboxState

STORIES = {
    "answered by the squad": "test_on_the_spot.py::test_a_villager_is_heard_helped_and_told",
    "whistled, rewarded": "test_whistle_to_reward.py::test_from_a_tip_to_a_paid_reward",
    "penalty, ordinary course": "test_whole_case.py::test_the_ordinary_course_with_a_legal_review",
}
HERE = Path("tests/stories")
Held = dict[str, int]


def held(engine: Engine, shelf: Path) -> Held:
    """What a county holds now."""
    with Session(engine) as session:
        updates = session.exec(select(func.count()).select_from(r.Inbox)).one()
        sent = select(func.count()).where(col(r.Outbox.state) == OutboxState.SENT)
        messages = session.exec(sent).one()
    files = (file.stat().st_size for file in shelf.rglob("*") if file.is_file())
    return {"updates": updates, "messages": messages, "bytes": bytes_of_values(engine), "evidence": sum(files)}


class _Watch:
    """Looks at the county before and after each story."""

    def __init__(self) -> None:
        self.found: list[Held] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: Any) -> Generator[None, Any, Any]:
        county = pyfuncitem.funcargs["county"]
        shelf = county.folder / "whistle.db.evidence"
        before = held(county.app.engine, shelf)
        result = yield
        after = held(county.app.engine, shelf)
        self.found.append({name: after[name] - before[name] for name in after})
        return result


def played() -> dict[str, Held]:
    """Each course with what its story left. Raises SystemExit when a story fails."""
    watch = _Watch()
    how = ["-q", "-p", "no:cacheprovider", "--engine", "sqlite", "-k", "polling"]
    code = pytest.main([*how, *(str(HERE / one) for one in STORIES.values())], [watch])
    if code or len(watch.found) != len(STORIES):
        raise SystemExit("the stories were not all played to their end")
    return dict(zip(STORIES, watch.found, strict=True))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.courses")
    parser.add_argument("--json", type=Path, help="write the figures there")
    given = parser.parse_args(argv)
    rows = [
        report.row(f"{course}: {what}", "bytes" if what in ("bytes", "evidence") else "in all", [float(value)])
        for course, left in played().items()
        for what, value in left.items()
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
