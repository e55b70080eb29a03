"""How many tips a second does one process take in? Webhook → sealed and committed → decided → receipt sent, against bare echo bots.

`python -m tests.benchmarks.intake [--json FILE] [--runs 5] [--count 1000] [--warm 64] [--window 64] [--seconds 5] [--delay 50] [--short]`

Ours is the product as it runs: SQLite with synchronous=FULL (and PostgreSQL with fsync), real handlers, real templates, the sample county
with its people and groups; every message comes from a new chat and opens a tip. All take turns in the same run; the ratio is taken per
round, then the median. After each run the database is asked whether every tip that was counted is there, handled and receipted.
`--delay`: the Bot API answers after so many milliseconds; the yardstick is then python-telegram-bot as it comes. `--short` is what CI runs.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks import report, yards
from tests.benchmarks.race import WARM, Load, Result, Seated, race, tips
from tests.servers import DURABLE, postgres

OURS, ON_POSTGRES = "SQLite", "PostgreSQL"
MUST: dict[str, float | None] = {
    "python-telegram-bot, concurrent": 2.0,
    "python-telegram-bot, best": 1.0,
    "aiogram": 0.7,
    "grammY": None,
}
MUST_DELAYED: dict[str, float | None] = {"python-telegram-bot, stock": 15.0, "python-telegram-bot, concurrent": None}
"""Before a Bot API that answers after 50 ms."""
MUST_ON_POSTGRES = 0.5
MUST_CPU = 1.0
"""Processor time an update: at most aiogram's."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.intake")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=1000, help="people who send one tip each, per run")
    parser.add_argument("--warm", type=int, default=WARM, help="people who write before the measuring begins")
    parser.add_argument("--window", type=int, default=64, help="how many wait for their answer at a time")
    parser.add_argument("--seconds", type=float, default=5, help="a run ends then, if not everybody has written before")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds until the Bot API answers a call")
    parser.add_argument("--short", action="store_true", help="one small round on SQLite, against python-telegram-bot")
    given = parser.parse_args(argv)
    load = Load(given.count, given.window, given.seconds, given.delay, warm=given.warm)
    musts = MUST_DELAYED if given.delay else MUST
    if given.short:
        given.runs, load = 1, Load(150, 32, 8, warm=16)
        musts = {"python-telegram-bot, stock": None}
    bare = yards.those_here(list(musts))
    with ExitStack() as stack:
        grounds = {OURS: Seated(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whistle-bench-"))))}
        if not (given.short or given.delay):
            server = stack.enter_context(postgres(DURABLE))
            grounds[ON_POSTGRES] = Seated(grounds[OURS].folder, server)
        rounds: list[dict[str, Result]] = []
        for number in range(given.runs):
            found = {name: tips(ground, load, count=given.short) for name, ground in grounds.items()}
            found |= {name: race(yards.at(runner), load)[0] for name, runner in bare.items()}
            rounds.append(found)
            shown = ", ".join(f"{name} {one['per_second']:.0f}/s {one['cpu_ms']:.1f} ms" for name, one in found.items())
            print(f"round {number + 1}: {shown}", flush=True)
        counted = rounds[-1][OURS] if given.short else tips(grounds[OURS], load, count=True)
    rows = figures(rounds, {name: musts[name] for name in bare}, counted)
    print(report.table(rows))
    print(
        f"far side: at most {max(one['far_side_busy'] for found in rounds for one in found.values()):.0%} of one core"
    )
    print(f"statements a tip: {_largest(counted['statements'])}")
    report.write(given.json, rows)
    return 0


def figures(rounds: list[dict[str, Result]], musts: dict[str, float | None], counted: Result) -> list[dict[str, Any]]:
    """A row for each yardstick, then what it costs; the first is the one that CI looks at."""

    def runs(name: str, figure: str) -> list[float]:
        return [found[name][figure] for found in rounds]

    def against(figure: str, name: str, ours: str, unit: str, bare: str, must: float | None) -> dict[str, Any]:
        return report.against(figure, unit, runs(ours, name), runs(bare, name), target=must)

    rows = [
        against(f"tips committed and receipted ÷ {bare}", "per_second", OURS, "/s", bare, must)
        for bare, must in musts.items()
    ]
    if ON_POSTGRES in rounds[0] and "aiogram" in musts:
        rows.append(against("… on PostgreSQL ÷ aiogram", "per_second", ON_POSTGRES, "/s", "aiogram", MUST_ON_POSTGRES))
    for bare in musts:
        must = MUST_CPU if bare == "aiogram" else None
        rows.append(against(f"processor time an update ÷ {bare}", "cpu_ms", OURS, "ms", bare, must))
    if ON_POSTGRES in rounds[0]:
        rows.append(report.row("processor time of the bot an update, PostgreSQL", "ms", runs(ON_POSTGRES, "cpu_ms")))
    statements = counted["statements"]
    sent = [one[OURS]["calls"] / one[OURS]["updates"] for one in rounds]
    return [
        *rows,
        report.row("from webhook to receipt, everybody at once, median", "ms", runs(OURS, "p50_ms")),
        report.row("… 99th percentile", "ms", runs(OURS, "p99_ms")),
        report.row("memory of the process", "MB", runs(OURS, "megabytes")),
        report.row("SQL statements a tip, all causes", "", [sum(statements.values())], by=_largest(statements)),
        report.row("transactions a tip", "", [statements.get("BEGIN", 0.0)]),
        report.row("Bot API calls a tip", "", sent),
    ]


def _largest(statements: dict[str, float]) -> dict[str, float]:
    return {name: round(n, 2) for name, n in sorted(statements.items(), key=lambda pair: -pair[1]) if n >= 0.05}


if __name__ == "__main__":
    sys.exit(main())
