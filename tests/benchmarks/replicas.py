"""Do three replicas on one PostgreSQL take in as much as one, where they share two cores? They take turns with one in the same run.

`python -m tests.benchmarks.replicas [--json FILE] [--runs 5] [--replicas 3] [--count 600] [--seconds 5] [--short]`

Updates come to the replicas in turn. One of them at a time sends (Telegram counts per bot token), and each starts with three to four
seconds of imports, so this is about what they cost each other, not about what a second machine would give. Every tip is looked up
afterwards.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.race import Load, Result, Seated, tips
from tests.servers import DURABLE, postgres

MUST = 0.8


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.replicas")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--short", action="store_true", help="one small round with two")
    given = parser.parse_args(argv)
    load = Load(given.count, seconds=given.seconds)
    if given.short:
        given.runs, given.replicas, load = 1, 2, Load(120, 32, 8, warm=16)
    one: list[Result] = []
    more: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name, postgres(DURABLE) as server:
        ground = Seated(Path(name), server)
        for number in range(given.runs):
            one.append(tips(ground, load))
            more.append(tips(ground, load, replicas=given.replicas))
            print(f"round {number + 1}: {one[-1]['per_second']:.0f}/s, {more[-1]['per_second']:.0f}/s", flush=True)
    rates = [[run["per_second"] for run in runs] for runs in (more, one)]
    costs = [[run["cpu_ms"] for run in runs] for runs in (more, one)]
    waits = [[run["p99_ms"] for run in runs] for runs in (more, one)]
    rows = [
        report.against(f"tips of {given.replicas} replicas ÷ 1", "/s", *rates, target=MUST),
        report.against("processor time an update, all bots together", "ms", *costs, target=None),
        report.against("from webhook to receipt, everybody at once, 99th percentile", "ms", *waits, target=None),
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
