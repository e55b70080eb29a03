"""`make faults` in pieces that can be stopped and continued: what has passed on these sources is written down and not run again.

    python -m tests.faults.shards [KIND …] [--at-most MINUTES] [--list]

All of it takes hours of one core: every moment of a day (`cut`, 40 shards), a thousand kills (`kill`, 2), a hundred thousand hostile
updates (`hostile`, 10), two hundred random orders of forty steps (`order`, 20), and the other tests of this folder (`others`, 1). Each
shard is one pytest process; a line for each that ended goes into `.faults.jsonl`, with a digest of the sources, so that another program
begins anew.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path("tests/faults")
DONE = Path(".faults.jsonl")
MOMENTS, ORDERS, HOSTILE = 40, 20, 10
_HOSTILE = "test_hostile_updates_raise_nothing_stick_nowhere_and_leak_nothing"
SOURCES = ("bot", "handlers", "messages", "workflows", "tests")


@dataclass(frozen=True)
class Shard:
    """One pytest process."""

    name: str
    arguments: tuple[str, ...]


def shards() -> list[Shard]:
    """All of them, the cheapest kinds first."""
    cut, kill = HERE / "test_cut.py", HERE / "test_kill.py"
    hostile, order = HERE / "test_hostile_updates.py", HERE / "test_any_order.py"
    whole = sorted(set(HERE.glob("test_*.py")) - {cut, kill, hostile, order})
    return [
        Shard("others", tuple(map(str, whole))),
        *(Shard(f"hostile-{n}", (f"{hostile}::{_HOSTILE}[{n}]",)) for n in range(HOSTILE)),
        *(Shard(f"kill-{way}", (str(kill), "-k", way)) for way in ("polling", "webhook")),
        *(Shard(f"cut-{n}", (f"{cut}::test_stopped_at_any_moment_nothing_is_lost_and_nothing_doubled[{n}]",))
          for n in range(MOMENTS)),
        *(Shard(f"order-{n}", (str(order), f"--hypothesis-seed={n}")) for n in range(ORDERS)),
    ]  # fmt: skip


def digest(root: Path = Path()) -> str:
    """Of everything that these tests run."""
    found = hashlib.sha256()
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def left(everything: list[Shard], lines: Iterator[str], sources: str) -> list[Shard]:
    """What has not passed on these sources yet."""
    ended = [json.loads(line) for line in lines]
    passed = {one["shard"] for one in ended if one["sources"] == sources and one["passed"]}
    return [one for one in everything if one.name not in passed]


def walk(todo: list[Shard], sources: str, run: Callable[[Shard], bool], ends: float) -> list[str]:
    """Run them one after the other until `ends`; returns the names of those that failed."""
    failed = []
    for one in todo:
        if time.monotonic() >= ends:
            break
        began = time.monotonic()
        passed = run(one)
        line = {"shard": one.name, "sources": sources, "passed": passed, "seconds": round(time.monotonic() - began)}
        with DONE.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if not passed:
            failed.append(one.name)
    return failed


def _pytest(one: Shard) -> bool:
    print(f"── {one.name}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--timeout=0", *one.arguments]  # a shard takes an hour
    return subprocess.run(command, env={**os.environ, "WHISTLE_FAULTS": "all"}, check=False).returncode == 0


def main() -> int:
    given = argparse.ArgumentParser(description="the faults, continued where they were left")
    given.add_argument("kinds", nargs="*", metavar="KIND", help="only these: others, hostile, kill, cut, order")
    given.add_argument(
        "--at-most", type=float, default=float("inf"), metavar="MINUTES", help="begin no shard after that"
    )
    given.add_argument("--list", action="store_true", help="only say what is left")
    wanted = given.parse_args()
    sources = digest()
    wish = [one for one in shards() if not wanted.kinds or one.name.partition("-")[0] in wanted.kinds]
    todo = left(wish, iter(DONE.read_text().splitlines() if DONE.exists() else []), sources)
    if wanted.list:
        print(*(one.name for one in todo), sep="\n")
        return 0
    failed = walk(todo, sources, _pytest, time.monotonic() + wanted.at_most * 60)
    print(f"{len(todo)} shards were left; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
