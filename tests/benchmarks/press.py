"""How many presses on a call's button a second: webhook → 签收 committed → answered, against a bare bot that only answers?

`python -m tests.benchmarks.press [--json FILE] [--runs 5] [--count 1000] [--window 64] [--seconds 5] [--short]`

Every press is the whole thing: a liaison signs an open call of the own unit, its clock stops, the township hears of it and the cards
are drawn anew. The yardstick is python-telegram-bot with `concurrent_updates`, a handler that answers and nothing else. Afterwards the
database is asked whether each call that was pressed is signed.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from bot import database
from bot.county_files import load_county
from bot.vault import MasterVault
from tests.benchmarks import report, yards
from tests.benchmarks.crowd import open_calls
from tests.benchmarks.race import Load, Result, Seated, race
from workflows.work import Work

BARE = "python-telegram-bot, concurrent"
MUST = 2.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.press")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=1000, help="presses, each on a call of its own")
    parser.add_argument("--window", type=int, default=64, help="how many wait for their answer at a time")
    parser.add_argument("--seconds", type=float, default=5, help="a run ends then, if not everybody has pressed before")
    parser.add_argument("--short", action="store_true", help="one small round, against the bare bot as it comes")
    given = parser.parse_args(argv)
    bare, warm = BARE, 64
    if given.short:
        bare, warm = "python-telegram-bot, stock", 16
        given.runs, given.count, given.window, given.seconds = 1, 150, 32, 8
    runner = yards.YARDSTICKS[bare]()
    ours: list[Result] = []
    theirs: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        ground, file = Seated(Path(name)), Path(name) / "presses.json"
        file.write_text(json.dumps(call_everybody(ground, given.count + warm)), "utf-8")
        load = Load(given.count, given.window, given.seconds, warm=warm, presses=file)
        for number in range(given.runs):
            ours.append(pressed(ground, load))
            theirs.append(race(yards.at(runner), load)[0])
            shown = ", ".join(f"{one['per_second']:.0f}/s {one['cpu_ms']:.1f} ms" for one in (ours[-1], theirs[-1]))
            print(f"round {number + 1}: {shown}", flush=True)
    rows = [
        report.against(figure, unit, [one[key] for one in ours], [one[key] for one in theirs], target=must)
        for figure, unit, key, must in (
            ("presses committed and answered ÷ bare answer", "/s", "per_second", None if given.short else MUST),
            ("processor time a press ÷ bare answer", "ms", "cpu_ms", None),
        )
    ]
    for figure, key in (
        ("from webhook to answer, everybody at once, median", "p50_ms"),
        ("… 99th percentile", "p99_ms"),
    ):
        rows.append(report.row(figure, "ms", [one[key] for one in ours]))
    rows.append(report.row("Bot API calls a press", "", [one["calls"] / one["updates"] for one in ours]))
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


def call_everybody(ground: Seated, count: int) -> list[tuple[int, str]]:
    """So many open calls, unit by unit in turn; who presses 签收 on which."""
    settings = ground.settings(ground.first)
    book = load_county(settings.county).rulebook()
    firsts = {s.unit_id: s.telegram_id for s in book.county.all_seats if s.role == "liaison" and s.post == "A"}
    units = sorted(unit for unit, chat in firsts.items() if chat)
    engine = database.open_engine(settings.database_url)
    with Session(engine) as session:
        session.connection()
        work = Work(session, datetime.now(UTC), book, MasterVault(ground.key))
        open_calls(work, [datetime.now(UTC) + timedelta(days=1)] * count, units)
        work.flush()
        session.commit()
        found = session.connection().execute(text("SELECT ref, unit_id FROM call ORDER BY number")).fetchall()
    engine.dispose()
    turns: dict[str, list[str]] = {}
    for ref, unit in found:
        turns.setdefault(unit, []).append(ref)
    rounds = range(max(map(len, turns.values())))
    return [
        (int(firsts[unit] or 0), f"1:acknowledge:{refs[turn]}:0")
        for turn in rounds
        for unit, refs in turns.items()
        if turn < len(refs)
    ]


def pressed(ground: Seated, load: Load) -> Result:
    """One run of the product. Raises SystemExit where a press that was answered is not committed."""
    with ground.copied() as url:
        found, _ = race(ground.bots(url), load)
        engine = database.open_engine(url)
        with engine.connect() as connection:
            signed = connection.execute(text("SELECT count(*) FROM event WHERE kind = 'call.acknowledged'")).scalar()
        engine.dispose()
    if signed != found["updates"] + load.warm:
        raise SystemExit(f"{found['updates'] + load.warm} presses answered, {signed} calls signed")
    return found


if __name__ == "__main__":
    sys.exit(main())
