"""How long does a start take, and how much memory does an idle process hold? Wall and processor time from `exec` to the open port.

`python -m tests.benchmarks.start [--json FILE] [--runs 5] [--calls 100000] [--idle 25] [--short]`

The database is there already, as at every start but the first; the sample county with its matcher, which has read one message before
memory is measured: on an empty database, and on one with 100,000 open calls (400,000 open deadlines). Then nobody writes to it for so many
seconds (`--idle`). Processor time beside wall time: it is what a busy machine cannot hide. Yardstick of that: a process that imports the
libraries of every such bot and nothing else.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.field import Bot, Field, field

Run = dict[str, float]
ROWS = (
    ("start → port open", "s", "ready", 2.5),
    ("whistle --help", "s", "help", 0.5),
    ("… processor time", "s", "help_cpu", None),
    ("memory, idle, after one message", "MB", "memory", 200.0),
    ("a process that nobody writes to, share of one core", "%", "idle", None),
    ("memory with 100,000 calls open, after one message", "MB", "memory_open", 300.0),
)
SENDER = 6_300_000_001
WARM_SECONDS = 30
LIBRARIES = "import aiohttp.web, sqlmodel, telegram.ext"


def one_round(folder: Path, idle: float) -> Run:
    """One start on a database that has been used, one of the libraries alone, and one `--help`; then so many seconds of nothing."""
    with field(folder) as ground:
        ground.start().kill()
        began = time.monotonic()
        bot = ground.start()
        found = {"ready": time.monotonic() - began, "ready_cpu": bot.cpu_seconds()}
        bare, _ = _took("-c", LIBRARIES)
        help_cpu, help_wall = _took("-m", "bot", "--help")
        more = {"libraries_cpu": bare, "help": help_wall, "help_cpu": help_cpu}
        memory = _after_a_message(ground, bot)
        return {**found, **more, "memory": memory, **_idle(bot, idle)}


def memory_with(folder: Path, calls: int, runs: int) -> list[float]:
    """Megabytes of each of so many processes on a database with so many calls open."""
    with field(folder) as ground:
        ground.fill(calls)
        found = []
        for number in range(runs):
            bot = ground.start()
            found.append(_after_a_message(ground, bot, SENDER + number))
            bot.kill()
        return found


def _after_a_message(ground: Field, bot: Bot, sender: int = SENDER) -> float:
    """A sender of its own each time: what the same one adds to an open tip is taken in without a word."""
    asked = ground.write_text(sender, "河口村集市上有人卖过期食品")
    ground.heard(lambda call: call["chat"] == sender and call["at"] >= asked)
    time.sleep(1)
    return bot.megabytes()


def _idle(bot: Bot, seconds: float) -> Run:
    """What it uses while nobody writes to it, in percent of one core, when it has warmed up (`bot/warm.py`)."""
    if not seconds:
        return {}
    time.sleep(WARM_SECONDS)
    before = bot.cpu_seconds()
    time.sleep(seconds)
    return {"idle": (bot.cpu_seconds() - before) / seconds * 100}


def _took(*command: str) -> tuple[float, float]:
    """Processor and wall seconds of a process of Python."""
    before, began = _children(), time.monotonic()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return _children() - before, time.monotonic() - began


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.start")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100_000, help="open while memory is measured; 0 leaves that out")
    parser.add_argument("--idle", type=float, default=25, help="seconds in which nobody writes; 0 leaves that out")
    parser.add_argument("--short", action="store_true", help="one round, without the calls and the idle seconds")
    given = parser.parse_args(argv)
    if given.short:
        given.runs, given.calls, given.idle = 1, 0, 0
    runs: list[Run] = []
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
            runs.append(one_round(Path(name), given.idle))
    if given.calls:
        with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
            for run, memory in zip(runs, memory_with(Path(name), given.calls, given.runs), strict=True):
                run["memory_open"] = memory
    starts, bare = ([run[name] for run in runs] for name in ("ready_cpu", "libraries_cpu"))
    rows = [
        report.row(figure, unit, [run[name] for run in runs], target=must)
        for figure, unit, name, must in ROWS
        if name in runs[0]
    ]
    rows.insert(1, report.against("… processor time ÷ importing its libraries", "s", starts, bare, target=None))
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
