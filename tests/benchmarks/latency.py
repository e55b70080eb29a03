"""How long does one person wait for the receipt, at half of the load that the process can carry?

`python -m tests.benchmarks.latency [--json FILE] [--runs 5] [--seconds 6] [--short]`

In every round the process first shows what it can carry (64 wait at a time, as in `intake`); then people write at half of that rate, at
random moments, whoever else is waiting. Told is the median of the rounds' 99th percentiles. `--short` is what CI runs: forty people,
one after the other, before ours and before python-telegram-bot as it comes; held is the processor time of what somebody waits for alone.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import report, yards
from tests.benchmarks.race import Load, Result, Seated, race, tips

MUST = 150.0
"""Milliseconds."""
BARE = "python-telegram-bot, stock"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.latency")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="at half load, per round")
    parser.add_argument("--short", action="store_true", help="one small round")
    given = parser.parse_args(argv)
    if given.short:
        rows = beside_a_bare_bot()
        print(report.table(rows))
        report.write(given.json, rows)
        return 0
    full: list[Result] = []
    half: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        ground = Seated(Path(name))
        for number in range(given.runs):
            full.append(tips(ground, Load(seconds=given.seconds / 2)))
            rate = full[-1]["per_second"] / 2
            half.append(tips(ground, Load(count=10_000, seconds=given.seconds, rate=rate)))
            print(f"round {number + 1}: at {rate:.0f}/s p99 {half[-1]['p99_ms']:.0f} ms", flush=True)
    rows = [
        report.row(
            "from webhook to receipt at half load, 99th percentile", "ms", [o["p99_ms"] for o in half], target=MUST
        ),
        report.row("… median", "ms", [one["p50_ms"] for one in half]),
        report.row("processor time of a tip at half load", "ms", [one["cpu_ms"] for one in half]),
        report.row("full load", "/s", [one["per_second"] for one in full]),
        report.row("processor time of a tip at full load", "ms", [one["cpu_ms"] for one in full]),
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


def beside_a_bare_bot() -> list[report.Row]:
    """Forty people one after the other, so that nobody shares a commit, after a rest in which all is loaded that is needed later.

    The wait itself is shown; on a machine that is busy with other work it is anything between four and forty times that of the bare bot.
    """
    load = Load(40, window=1, seconds=20, warm=8)
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        ours = tips(Seated(Path(name)), replace(load, rest=6))
    theirs = race(yards.at(yards.YARDSTICKS[BARE]()), load)[0]
    return [
        report.against(f"{figure} ÷ {BARE}", "ms", [ours[key]], [theirs[key]], target=None)
        for figure, key in (("processor time of an update alone", "cpu_ms"), ("its wait, median", "p50_ms"))
    ]


if __name__ == "__main__":
    sys.exit(main())
