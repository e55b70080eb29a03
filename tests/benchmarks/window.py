"""How fast is the response window when everything comes at once? Every figure of the window, each against its target.

`python -m tests.benchmarks.window [--json FILE] [--runs 5] [--calls 25000] [--due 1000] [--only burst] [--short]`

Bots run as they are deployed, in processes of their own, on SQLite with synchronous=FULL (replicas: on PostgreSQL); a Bot API that keeps
the time is another process; commits are seen by a reader outside of the bot. Medians of the runs, with the best and the worst.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import SQLModel

from handlers.whistle import open_draft
from tests.benchmarks import report
from tests.benchmarks.crowd import open_calls
from tests.benchmarks.field import PER_CALL, Bot, Field, field
from tests.servers import postgres
from workflows import records as r
from workflows.events import Kind
from workflows.policy import Urgency
from workflows.states import TipState
from workflows.work import Lane, To, Work

BREACHED = "SELECT count(*) FROM event WHERE kind = 'call.breached'"
INEXACT = "SELECT count(*) FROM call WHERE breached_at IS NOT NULL AND breached_at != due_at"
THIRD = (
    "SELECT max(abs(round((julianday(d.due_at) - julianday(c.opened_at)) * 86400000 - :planned))) FROM deadline d JOIN call c "
    "ON c.id = d.subject_id WHERE d.kind = 'call.escalate' AND json_extract(d.facts, '$.step') = 1"
)
LEAD = 6
"""Seconds between writing what falls due together and the moment itself."""
PRESSES = 10
"""Taps during the burst, a tenth of a second apart."""
DIGESTS = 10_000
Run = dict[str, float]


# ── a thousand at once ───────────────────────────────────────────────────────────────────────────────────────────────


def burst(folder: Path, calls: int, due: int) -> Run:
    """So many windows end in the same second among all that are open; meanwhile liaisons sign other calls."""
    with field(folder) as ground:
        ground.fill(calls)
        bot = ground.start()
        pressed = _to_press(ground)
        moment, at = _soon(lambda at: ground.due(due, at))
        time.sleep(max(0.0, moment - time.monotonic() + 0.02))
        before = bot.cpu_seconds()
        sent = {}
        for number, (who, ref) in enumerate(pressed):
            sent[str(number)] = ground.press(who, f"1:acknowledge:{ref}:0", str(number))
            time.sleep(0.1)
        last = ground.until(BREACHED, due)
        cpu = bot.cpu_seconds() - before
        waited = [ground.heard(lambda c, n=name: c["id"] == n)["at"] - since for name, since in sent.items()]
        signed = ground.ask("SELECT count(*) FROM call WHERE state = 'ACKNOWLEDGED' OR state = 'acknowledged'")[0][0]
        if signed != len(pressed):
            raise SystemExit(f"{signed} of {len(pressed)} presses were committed")
        window = ground.book.policy.on(at.date()).call_window(Urgency.NORMAL).model_dump(mode="json")
        planned = (window["window_minutes"] + window["ladder"][1]["after_minutes"]) * 60_000
        return {
            "last": last - moment,
            "cpu_each": cpu / due * 1000,
            "press": max(waited),
            "press_median": sorted(waited)[len(waited) // 2],
            "inexact": ground.ask(INEXACT)[0][0],
            "drift": ground.ask(THIRD, planned=planned)[0][0] or 0.0,
            "memory": bot.megabytes(),
        }


def _to_press(ground: Field) -> list[tuple[int, str]]:
    """Who signs which call: a contact A for each of so many units, and an open call of that unit."""
    seats = {s.unit_id: s.telegram_id for s in ground.book.county.all_seats if s.role == "liaison" and s.post == "A"}
    found = []
    for unit in ground.units()[:PRESSES]:
        ref = ground.ask("SELECT ref FROM call WHERE unit_id = :unit LIMIT 1", unit=unit)[0][0]
        found.append((int(seats[unit] or 0), str(ref)))
    return found


def _soon(write: Callable[[datetime], None]) -> tuple[float, datetime]:
    """Write rows that fall due together in a few seconds, when the bot has seen them; that instant, also as monotonic time."""
    time.sleep(1)
    at = (datetime.now(UTC) + timedelta(seconds=LEAD)).replace(microsecond=0)
    write(at)
    moment = time.monotonic() + (at - datetime.now(UTC)).total_seconds()
    if moment < time.monotonic() + 1:
        raise SystemExit("the machine is too busy: writing what falls due took too long")
    return moment, at


# ── the process dies ─────────────────────────────────────────────────────────────────────────────────────────────────


def killed(folder: Path, calls: int, due: int) -> Run:
    """The process was killed; while it was away so many windows ended. From the start of its successor to the first and the last."""
    with field(folder) as ground:
        ground.fill(calls)
        ground.start().kill()
        ground.due(due, datetime.now(UTC).replace(microsecond=0))
        time.sleep(1)
        began = time.monotonic()
        ground.start(ready=False)
        first = ground.until(BREACHED, 1) - began
        return {"first": first, "all": ground.until(BREACHED, due) - began, "late_times": ground.ask(INEXACT)[0][0]}


# ── a hundred phones ─────────────────────────────────────────────────────────────────────────────────────────────────


def rung(folder: Path, liaisons: int) -> Run:
    """So many liaisons are called at one instant, at the default rate, before an API that allows thirty a second."""
    with field(folder, limit=30) as ground:
        ground.start()
        moment, _ = _soon(lambda at: ground.write(_ring_at, at, liaisons))
        ends = moment + 15
        while time.monotonic() < ends:
            called = [c for c in ground.calls() if c["method"] == "sendmessage" and "请在" in c["text"]]
            if len({c["chat"] for c in called}) >= liaisons:
                break
            time.sleep(0.05)
        first: dict[int, float] = {}
        for call in called:
            first.setdefault(call["chat"], call["at"])
        return {
            "rung": sorted(first.values())[min(liaisons, len(first)) - 1] - moment if first else ends - moment,
            "unrung": max(0, liaisons - len(first)),
            "refused": ground.refused(),
        }


def _ring_at(work: Work, at: datetime, count: int) -> None:
    """So many calls that ring at this instant, each one other person: every liaison is contact A of a unit of their own."""
    people = [p for p in work.everyone() if p.role == "liaison" and p.account][:count]
    units = sorted({s.unit_id for s in work.county.all_seats if s.role == "liaison" and s.post == "A"})
    for person in people:
        person.on_duty, person.post = True, "A"
    work.session.flush()
    open_calls(work, [at + timedelta(minutes=15)] * len(units), units)
    connection = work.session.connection()
    connection.execute(update(_table(r.Deadline)).values(kind="call.ring", due_at=at))
    connection.execute(update(_table(r.Call)).values(called=[]))
    connection.execute(update(_table(r.Whistle)).values(urgency="urgent"))  # rings at once, waits for no other


# ── behind the digests ───────────────────────────────────────────────────────────────────────────────────────────────


def queued(folder: Path, whistles: int) -> list[float]:
    """Ten thousand digests wait at 25 a second. From the tap on 〔叫〕 to the first send to whoever is called, for each whistle."""
    with field(folder) as ground:
        drafts: list[tuple[int, str, int]] = []
        ground.write(lambda work: drafts.extend(_about_to_blow(work, whistles)))
        ground.write(_digests)
        ground.start()
        time.sleep(2)
        waits = []
        for number, (leader, ref, liaison) in enumerate(drafts):
            after = len(ground.calls())
            since = ground.press(leader, f"1:blow.forced:{ref}:0", str(number))
            rings = ground.heard(lambda c, to=liaison: c["chat"] == to and "请在" in c["text"], after=after)
            waits.append(rings["at"] - since)
            time.sleep(0.1)
        left = ground.ask("SELECT count(*) FROM outbox WHERE lane = :lane AND sent_at IS NULL", lane=int(Lane.DIGEST))
        if left[0][0] < DIGESTS / 2:
            raise SystemExit(f"only {left[0][0]} digests were left to wait behind")
        return waits


def _about_to_blow(work: Work, count: int) -> Iterator[tuple[int, str, int]]:
    """Tips before their leaders, each with an open dialog 〔叫〕 that names one department: leader, dialog, who is called."""
    seats = work.county.all_seats
    leaders = [s for s in seats if s.role == "squad_leader" and s.telegram_id]
    firsts = [s for s in seats if s.role == "liaison" and s.post == "A" and s.on_duty and s.telegram_id]
    firsts = [s for s in firsts if s.unit_id == work.county.department_of(s.unit_id)]
    for number in range(count):
        leader, first = leaders[number % len(leaders)], firsts[number % len(firsts)]
        person = work.get(r.Person, leader.id)
        tip = work.add(
            r.Tip(
                receipt=f"{number:09}", account=person.account or "", by_staff=True, state=TipState.SUBMITTED,
                township_id=leader.unit_id[:4], first_at=work.now, last_item_at=work.now, urgent=True, submitted_at=work.now,
            )
        )  # fmt: skip
        draft = open_draft(work, tip, person, [first.unit_id])
        yield leader.telegram_id or 0, draft.ref, first.telegram_id or 0


def _digests(work: Work) -> None:
    """So many queued digests, each to a chat of its own."""
    facts: dict[str, Any] = {
        "day": "2026-11-25", "at": work.now.isoformat(), "since": work.now.isoformat(), "township": None,
        "longest_delay": 0, "open": 3, "unsigned": [], "under_way": [], "tips": ["云溪-2026-0001"], "expired": [],
    }  # fmt: skip
    counted = ("tips", "called", "signed", "breached", "arrived", "reported", "undelivered", "delayed")
    facts |= {"counts": dict.fromkeys(counted, 1)}
    people = []
    for number in range(DIGESTS):
        key, account = work.vault.new_key(), work.vault.account_of(6_000_000_000 + number)
        chat = work.vault.seal(key, 6_000_000_000 + number)
        people.append(r.Identity(account=account, key=key, chat=chat, lang="zh", first_seen_at=work.now).model_dump())
        to = To(account=account)
        work.send(Kind.DIGEST_SENT.value, "step", to, lane=Lane.DIGEST, subject_id="d", facts=facts, drill=False)
    work.session.connection().execute(insert(_table(r.Identity)), people)


# ── one of two replicas ──────────────────────────────────────────────────────────────────────────────────────────────


def replicas(folder: Path, how: str) -> Run:
    """The replica that sends is killed, or stopped; from there to the next answer to a villager, who writes in that moment."""
    with postgres() as server, field(folder, rate="0", database_url=server.create()) as ground:
        bots = [ground.start(), ground.start()]
        holder = next(bot for bot in bots if bot.health()["sends"])
        asked = ground.write_text(6_200_000_001, "河口村集市上有人卖过期食品")
        usual = ground.heard(lambda c: c["chat"] == 6_200_000_001)["at"] - asked
        after = len(ground.calls())
        (holder.kill if how == "killed" else holder.process.send_signal)(*(() if how == "killed" else (19,)))
        gone = time.monotonic()
        ground.write_text(6_200_000_002, "石门村有人往河里倒垃圾")
        took = (
            ground.heard(lambda c: c["chat"] == 6_200_000_002 and c["method"] == "sendmessage", after=after)["at"]
            - gone
        )
        found = {f"{how}_other_sends": took, "usual_answer": usual}
        return found if how == "killed" else {**found, "woken_changed": _woken(ground, holder)}


def _woken(ground: Field, holder: Bot) -> int:
    """How many rows and calls differ after the stopped one has run again for three seconds."""
    time.sleep(3)
    query = "SELECT id, state, fence, sent_message, attempts FROM outbox ORDER BY id"
    rows, calls = ground.ask(query), len(ground.calls())
    holder.process.send_signal(18)
    time.sleep(3)
    return sum(a != b for a, b in zip(rows, ground.ask(query), strict=True)) + len(ground.calls()) - calls


def _table(model: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(model.__tablename__)]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

ROWS = (
    ("1,000 due in the same second of 100,000 open, last committed", "s", "last", 2.0),
    ("… processor time of the bot for each, sends and presses with it", "ms", "cpu_each", None),
    ("… recorded times that are not exact", "calls", "inexact", 0.0),
    ("a press during that burst, answered, the slowest of ten", "s", "press", 0.2),
    ("… the median of ten", "s", "press_median", 0.2),
    ("drift of the third step against opened_at", "ms", "drift", 0.0),
    ("memory at 100,000 open deadlines, after the burst", "MB", "memory", 300.0),
    ("killed → first overdue handled, from the start of the process", "s", "first", 3.0),
    ("killed → all 1,000 handled, 100,000 open", "s", "all", 6.0),
    ("… recorded times that are not exact", "calls", "late_times", 0.0),
    ("100 liaisons called at once, last send", "s", "rung", 5.0),
    ("… not rung", "people", "unrung", 0.0),
    ("… 429 provoked at 30/s", "answers", "refused", 0.0),
    ("whistle confirmed → first call sent, 10,000 digests queued, p99", "s", "queued_p99", 1.0),
    ("… median", "s", "queued_median", None),
    ("replica killed → another sends", "s", "killed_other_sends", 5.0),
    ("replica stopped (SIGSTOP) → another sends", "s", "stopped_other_sends", 5.0),
    ("… an ordinary answer on two replicas", "s", "usual_answer", None),
    ("… rows and messages changed by the stopped one, woken", "changes", "woken_changed", 0.0),
)
EXACT = ("inexact", "drift", "late_times", "unrung", "woken_changed")
"""What must hold on any machine, however busy. (A busy far side bunches what arrives: it may refuse what left in good time.)"""


def one_round(folder: Path, given: argparse.Namespace) -> Run:
    """Each part on a database of its own."""
    parts: dict[str, Callable[[], Run]] = {
        "burst": lambda: burst(folder / "burst", given.calls, given.due),
        "killed": lambda: killed(folder / "killed", given.calls, given.due),
        "rung": lambda: rung(folder / "rung", 100),
        "queued": lambda: _percentiles(queued(folder / "queued", given.whistles)),
        "replicas": lambda: {**replicas(folder / "a", "killed"), **replicas(folder / "b", "stopped")},
    }
    found: Run = {}
    for name, measure in parts.items():
        if not given.only or name in given.only:
            found |= measure()
    return found


def _percentiles(waits: list[float]) -> Run:
    ordered = sorted(waits)
    return {"queued_p99": ordered[-max(1, len(ordered) // 100)], "queued_median": ordered[len(ordered) // 2]}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.window")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100_000 // PER_CALL, help="calls open; four deadlines each")
    parser.add_argument("--due", type=int, default=1000, help="calls whose window ends in the same second")
    parser.add_argument("--whistles", type=int, default=60, help="blown behind the digests")
    parser.add_argument("--only", action="append", choices=("burst", "killed", "rung", "queued", "replicas"))
    parser.add_argument("--short", action="store_true", help="one small round that holds only what no load may change")
    given = parser.parse_args(argv)
    if given.short:
        given.runs, given.calls, given.due, given.only = 1, 500, 100, given.only or ["burst", "killed", "rung"]
    runs: list[Run] = []
    for number in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
            runs.append(one_round(Path(name), given))
        print(f"round {number + 1}: " + ", ".join(f"{k} {v:.3f}" for k, v in runs[-1].items()), flush=True)
    rows = [
        report.row(figure, unit, [run[name] for run in runs], target=target)
        for figure, unit, name, target in ROWS
        if name in runs[0]
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    wrong = {name: run[name] for run in runs for name in EXACT if run.get(name)}
    if wrong:
        print(f"wrong, whatever the machine: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
