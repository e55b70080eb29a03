"""How fast are bare deadlines opened, against APScheduler's own store of jobs? Rows in one transaction, committed with fsync.

`python -m tests.benchmarks.deadlines [--json FILE] [--runs 5] [--count 100000] [--jobs 10000] [--short]`

Ours: `Work.due` for each, as every verb writes them, on SQLite with synchronous=FULL. Yardstick in the same run: APScheduler with
SQLAlchemyJobStore on a file of its own, one dated job each, at a tenth of the number. Compared is the number opened in a second.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlmodel import Session

from bot import database
from bot.vault import MasterVault, new_master_key
from tests.benchmarks import report
from tests.benchmarks.reward_year import read_book
from workflows.work import Work

TARGET = 20.0


def ours(folder: Path, count: int) -> tuple[float, float]:
    """Deadlines opened in a second, by the clock and by processor time."""
    engine = database.open_engine(f"sqlite:///{folder / 'whistle.db'}")
    database.migrate(engine)
    at = datetime.now(UTC) + timedelta(days=1)
    book, vault = read_book(), MasterVault(new_master_key())
    began, used = time.perf_counter(), time.process_time()
    with Session(engine) as session:
        work = Work(session, datetime.now(UTC), book, vault)
        for number in range(count):
            work.due("call.breach", f"call-{number}", at + timedelta(seconds=number))
        work.flush()
        session.commit()
    took, cpu = time.perf_counter() - began, time.process_time() - used
    engine.dispose()
    return count / took, count / cpu


def theirs(folder: Path, count: int) -> tuple[float, float]:
    """The same for jobs of APScheduler, which commits each."""
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")})
    scheduler.start(paused=True)
    at = datetime.now(UTC) + timedelta(days=1)
    began, used = time.perf_counter(), time.process_time()
    for number in range(count):
        scheduler.add_job(ring, "date", run_date=at + timedelta(seconds=number), args=[f"call-{number}"])
    took, cpu = time.perf_counter() - began, time.process_time() - used
    scheduler.shutdown(wait=False)
    return count / took, count / cpu


def ring(_call: str) -> None:
    """What a job would do."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.deadlines")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=10_000, help="of the yardstick")
    parser.add_argument("--short", action="store_true", help="one small round")
    given = parser.parse_args(argv)
    if given.short:
        given.runs, given.count, given.jobs = 1, 5000, 200
    mine, bare = [], []
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
            mine.append(ours(Path(name), given.count))
            bare.append(theirs(Path(name), given.jobs))
    rows = [
        report.against(figure, "deadlines/s", [one[n] for one in mine], [one[n] for one in bare], target=target)
        for n, figure, target in ((0, "deadlines opened and committed", TARGET), (1, "… by processor time", None))
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
