"""What does it cost to seal an event into its case's chain? Processor time of a flush, with and without.

python -m tests.benchmarks.chain [--json FILE]
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from sqlmodel import Session, SQLModel

from bot import database
from bot.vault import MasterVault, new_master_key
from tests.benchmarks.reward_year import read_book
from tests.county import START
from workflows import records as r
from workflows.events import Kind
from workflows.work import Work

ROUNDS = 200


def seconds(work: Work, subject: SQLModel, events: int) -> float:
    """Per event, the best of three rounds, when `events` are written at once."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for _ in range(max(1, ROUNDS // events)):
            for _ in range(events):
                work.record(Kind.PAPER_CHECKED, subject, "QL01S-1", number="云溪责改〔2026〕3号")
            work.flush()
        best = min(best, (time.process_time() - began) / (max(1, ROUNDS // events) * events))
    return best


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        engine = database.open_engine(f"sqlite:///{folder}/chain.db")
        database.migrate(engine)
        with Session(engine, expire_on_commit=False) as session:
            work = Work(session, START, read_book(), MasterVault(new_master_key()))
            case = work.add(r.Case(number="云溪-2026-0001", township_id="QL01", tip_id="t", opened_at=START))
            loose = r.Draft(kind="", subject_id="", by="", at=START)
            for events in (1, 50):
                sealed, bare = seconds(work, case, events), seconds(work, loose, events)
                figures = {
                    "value": round(sealed * 1e6),
                    "yardstick": round(bare * 1e6),
                    "ratio": round(sealed / bare, 2),
                }
                rows.append({"figure": f"sealed event, {events} a flush", "unit": "µs", "target": None} | figures)
        engine.dispose()
    for row in rows:
        print(f"{row['figure']:26} {row['value']:>5} {row['unit']}, without a chain {row['yardstick']}")
    if args.json:
        args.json.write_text(json.dumps(rows, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
