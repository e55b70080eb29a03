"""How long does one person wait for the receipt, at half of the load that the process can carry?

`python -m tests.benchmarks.latency [--json FILE] [--runs 5] [--seconds 6] [--short]`

In every round the process first shows what it can carry (64 wait at a time, as in `intake`); then people write at half of that rate, at
random moments, whoever else is waiting. Told is the median of the rounds' 99th percentiles.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.race import Load, Result, Seated, tips

MUST = 150.0
"""Milliseconds."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.latency")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="at half load, per round")
    parser.add_argument("--short", action="store_true", help="one small round")
    given = parser.parse_args(argv)
    if given.short:
        given.runs, given.seconds = 1, 2
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
        report.row("full load", "/s", [one["per_second"] for one in full]),
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
