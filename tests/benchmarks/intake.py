"""How many tips a second does one process take in? Webhook → sealed and committed → decided → receipt sent, against a bare echo bot.

`python -m tests.benchmarks.intake [--json FILE] [--runs 5] [--chats 1000] [--window 64] [--seconds 10] [--delay 50]`

Ours is the product as it runs: SQLite with synchronous=FULL, real handlers, real templates, the sample county with its people and groups;
every message comes from a new chat and opens a tip. Yardstick and ours alternate in the same run; the ratio is taken per round, then the
median. Afterwards the database is asked whether every tip that was counted is there, sealed, handled and receipted.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from sqlmodel import Session, col, func, select

from bot import database
from bot.console import decide
from bot.demo import cast
from bot.sandbox.world import World
from bot.settings import Settings
from bot.vault import new_master_key
from tests.benchmarks.report import machine
from workflows import records as r
from workflows.roster import seat_everyone
from workflows.states import InboxState, OutboxState
from workflows.work import Work

WARM = 64
TARGET = 2.0
TARGET_DELAYED = 15.0
"""Before a Bot API that answers after 50 ms."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.intake")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chats", type=int, default=1000, help="people who send one tip each, per run")
    parser.add_argument("--window", type=int, default=64, help="how many wait for their answer at a time")
    parser.add_argument(
        "--seconds", type=float, default=10, help="a run ends then, if not everybody has written before"
    )
    parser.add_argument("--delay", type=float, default=0, help="milliseconds until the Bot API answers a call")
    given = parser.parse_args(argv)
    ours, bare = [], []
    for number in range(given.runs):
        ours.append(durable(given.chats, given.window, given.seconds, delay=given.delay))
        bare.append(echo(given.chats, given.window, given.seconds, delay=given.delay))
        print(f"round {number + 1}: {ours[-1]['per_second']:.0f}/s, bare {bare[-1]['per_second']:.0f}/s", flush=True)
    counted = durable(given.chats, given.window, given.seconds, delay=given.delay, count=True)
    rows = figures(ours, bare, counted, TARGET_DELAYED if given.delay else TARGET)
    print(table(rows, ours, bare))
    if given.json:
        given.json.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


def durable(chats: int, window: int, seconds: float, *, delay: float = 0, count: bool = False) -> dict[str, Any]:
    """One run of the product on a new database."""
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        folder = Path(name)
        api, port = _free_port(), _free_port()
        settings = Settings(
            bot_token="1000001:BENCH",
            vault_key=new_master_key(),
            database_url=f"sqlite:///{folder / 'whistle.db'}",
            api_url=f"http://127.0.0.1:{api}",
        )
        decide(settings, _seat)
        env = {
            "WHISTLE_BOT_TOKEN": settings.token,
            "WHISTLE_VAULT_KEY": settings.vault_key.get_secret_value(),
            "WHISTLE_DATABASE_URL": settings.database_url,
            "WHISTLE_API_URL": str(settings.api_url),
            "WHISTLE_PORT": str(port),
            "WHISTLE_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
            "WHISTLE_WEBHOOK_SECRET": "bench",
            "WHISTLE_SEND_RATE": "0",
        }
        command = ["-m", "tests.benchmarks.durable"] if count else ["-m", "bot", "run"]
        found, said = _race(command, env, api, chats, window, seconds, folder, delay)
        _check(settings, found["updates"])
        if count:
            tips = found["updates"] + WARM
            statements = json.loads(said.strip().splitlines()[-1])
            found["statements"] = {name: n / tips for name, n in statements.items()}
        return found


def echo(chats: int, window: int, seconds: float, *, delay: float = 0) -> dict[str, Any]:
    """One run of the yardstick."""
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        api, port = _free_port(), _free_port()
        command = ["-m", "tests.benchmarks.echo", "--api", f"http://127.0.0.1:{api}", "--port", str(port)]
        return _race(command, {}, api, chats, window, seconds, Path(name), delay)[0]


def _seat(work: Work) -> None:
    """Everybody of the sample county is bound, and every squad has its group."""
    seat_everyone(work)
    work.session.flush()
    cast.seat_all(work, cast.bring_in(World(lambda: work.now), work.county))


def _race(
    command: list[str],
    env: dict[str, str],
    api: int,
    chats: int,
    window: int,
    seconds: float,
    folder: Path,
    delay: float,
) -> tuple[dict[str, Any], str]:
    """Far side and bot, each in a process of its own; what the far side measured, and what the bot said at the end."""
    far = [sys.executable, "-m", "tests.benchmarks.far_side", "--port", str(api), "--chats", str(chats)]
    far += ["--window", str(window), "--warm", str(WARM), "--seconds", str(seconds), "--delay", str(delay)]
    with (folder / "bot.log").open("w+") as log:
        people = subprocess.Popen(far, stdout=subprocess.PIPE, text=True)
        _wait_for(api)
        bot = subprocess.Popen([sys.executable, *command], env={**os.environ, **env}, stdout=log, stderr=log)
        try:
            assert people.stdout is not None
            people.stdout.readline()
            used = psutil.Process(bot.pid)
            before = sum(used.cpu_times()[:2])
            measured, _ = people.communicate(timeout=180)
            cpu = sum(used.cpu_times()[:2]) - before
            memory = used.memory_info().rss / 2**20
            bot.send_signal(signal.SIGTERM)
            bot.wait(30)
        finally:
            for process in (people, bot):
                if process.poll() is None:
                    process.kill()
                    process.wait()
        log.seek(0)
        said = log.read()
    if not measured:
        raise SystemExit(f"the far side measured nothing; the bot said:\n{said[-3000:]}")
    found = json.loads(measured)
    return {**found, "megabytes": memory, "cpu_ms": cpu / found["updates"] * 1000}, said


def _check(settings: Settings, counted: int) -> None:
    """Every tip that was counted is committed, handled and receipted; no word of it lies in the clear."""
    with Session(database.open_engine(settings.database_url)) as session:
        tips = session.exec(select(func.count()).select_from(r.Tip)).one()
        done = session.exec(select(func.count()).select_from(r.Inbox).where(r.Inbox.state == InboxState.DONE)).one()
        receipts = session.exec(
            select(func.count())
            .select_from(r.Outbox)
            .where(r.Outbox.template == "tip.opened", r.Outbox.act == "card", col(r.Outbox.state) == OutboxState.SENT)
        ).one()
    if not tips == done == receipts == counted + WARM:
        raise SystemExit(f"not durable: {counted + WARM} answered, {tips} tips, {done} handled, {receipts} receipts")


def figures(
    ours: list[dict[str, Any]], bare: list[dict[str, Any]], counted: dict[str, Any], target: float
) -> list[dict[str, Any]]:
    """The rows of the JSON file; the first is the one with a target."""
    ratios = [a["per_second"] / b["per_second"] for a, b in zip(ours, bare, strict=True)]
    rates = [a["per_second"] for a in ours]
    yard = statistics.median(b["per_second"] for b in bare)
    per_tip = sum(counted["statements"].values())

    def row(figure: str, unit: str, values: list[float], yardstick: float | None = None, **more: Any) -> dict[str, Any]:
        value = round(statistics.median(values), 3)
        shown = {"figure": figure, "value": value, "unit": unit, "yardstick": yardstick, "ratio": None, "target": None}
        return {**shown, "min": round(min(values), 3), "max": round(max(values), 3), **more}

    ratio = {"ratio": round(statistics.median(ratios), 3), "target": target, "ratios": [round(x, 3) for x in ratios]}
    return [
        row("tips taken in, committed and receipted", "updates/s", rates, round(yard, 1), **ratio),
        row("from webhook to receipt, median", "ms", [a["p50_ms"] for a in ours], _median(bare, "p50_ms")),
        row("from webhook to receipt, 99th percentile", "ms", [a["p99_ms"] for a in ours], _median(bare, "p99_ms")),
        row("CPU time of the process a message", "ms", [a["cpu_ms"] for a in ours], _median(bare, "cpu_ms")),
        row("memory of the process", "MB", [a["megabytes"] for a in ours], _median(bare, "megabytes")),
        row("SQL statements a tip (all causes)", "statements", [per_tip], by=_largest(counted["statements"])),
        row("commits a tip", "commits", [counted["statements"].get("BEGIN", 0.0)]),
    ]


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return round(float(statistics.median(run[name] for run in runs)), 3)


def _largest(statements: dict[str, float]) -> dict[str, float]:
    return {name: round(n, 2) for name, n in sorted(statements.items(), key=lambda pair: -pair[1]) if n >= 0.05}


def table(rows: list[dict[str, Any]], ours: list[dict[str, Any]], bare: list[dict[str, Any]]) -> str:
    """For people."""
    lines = [machine(), ""]
    lines.append(f"{'':44}{'median':>9}{'min':>9}{'max':>9}{'bare':>9}{'ratio':>8}")
    for one in rows:
        bare_value = "" if one["yardstick"] is None else f"{one['yardstick']:.1f}"
        ratio = "" if one["ratio"] is None else f"{one['ratio']:.2f}"
        values = "".join(f"{one[name]:>9.1f}" for name in ("value", "min", "max"))
        lines.append(f"{one['figure'] + ', ' + one['unit']:44}{values}{bare_value:>9}{ratio:>8}")
    busiest = max(run["far_side_busy"] for run in [*ours, *bare])
    lines.append(f"\nfar side: at most {busiest:.0%} of one core; statements a tip: {rows[5]['by']}")
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("the far side did not start")


if __name__ == "__main__":
    sys.exit(main())
