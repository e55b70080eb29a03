"""Does a county's past slow it down? Intake with a million closed cases in the database, against a thousand.

`python -m tests.benchmarks.growth [--json FILE] [--runs 5] [--cases 1000000] [--few 1000] [--count 3000] [--seconds 12] [--short]`

A closed case is its sender, tip, whistle, call, events, deadlines, messages and updates; the million is cloned inside SQLite and then
indexed (a minute and a half of processor time and seven gigabytes of the temporary folder). Both databases are used in turn, each round
with people never seen before.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path

from sqlalchemy import Engine, LargeBinary, cast
from sqlmodel import Session, SQLModel, func, select

from bot import database
from bot.audit import Notes
from bot.county_files import load_county
from bot.vault import MasterVault
from tests.benchmarks import report
from tests.benchmarks.race import WARM, Load, Result, Seated, counts, race
from workflows import audit
from workflows import records as r
from workflows.policy import Urgency
from workflows.states import CallState, CaseState, InboxState, OutboxState, TipState, WhistleState
from workflows.work import Work

MUST = 0.9
KEY = "printf('%08x%024x', n * {step}, n)"
"""The n-th key: they lie evenly among those that may come, which are random."""
NEAR = " || ".join(
    f"substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', (n * {{step}} >> {bits}) % 32 + 1, 1)" for bits in (27, 22, 17, 12)
)
"""The four characters that neighbours share, as evenly as the keys."""
OWN = {
    "id": KEY, "tip_id": KEY, "case_id": KEY, "whistle_id": KEY, "subject_id": KEY, "chain": KEY, "account": KEY, "chat": KEY,
    "ref": f"{NEAR} || printf('%08X', n)", "message": "n", "receipt": "printf('%09d', n * (1000000000 / {cases}))",
    "number": "printf('旧-%09d', n)", "update_id": "7000000000 + n",
}  # fmt: skip
"""What differs from case to case; all else is cloned."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument(
        "--count", type=int, default=3000, help="people who send one tip each, per run: five seconds of one"
    )
    parser.add_argument(
        "--seconds", type=float, default=12, help="a run ends then, if not everybody has written before"
    )
    parser.add_argument("--short", action="store_true", help="one small round")
    given = parser.parse_args(argv)
    if given.short:
        given.runs, given.cases, given.few, given.count = 1, 20_000, 1000, 120
    many: list[Result] = []
    few: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="whistle-bench-") as name:
        ground = Seated(Path(name))
        template(ground)
        urls = [ground.copy(), ground.copy()]
        for url, cases in zip(urls, (given.cases, given.few), strict=True):
            began = time.monotonic()
            size = close(Path(url.removeprefix("sqlite:///")), cases)
            note(ground, url)
            took = time.monotonic() - began
            share = size / _values(url)
            print(
                f"{cases:,} closed cases: {size / 2**20:,.0f} MB, {share:.2f} times their values, {took:.0f} s",
                flush=True,
            )
        for number in range(1, given.runs + 1):
            load = Load(given.count, seconds=given.seconds, first=number * (given.count + WARM))
            turns = [*zip(urls, (many, few), strict=True)]
            for url, runs in (
                turns if number % 2 else reversed(turns)
            ):  # whoever is second finds a warmer machine, or a fuller disk
                runs.append(taken(ground, url, load))
            print(f"round {number}: {many[-1]['per_second']:.0f}/s, {few[-1]['per_second']:.0f}/s", flush=True)
    rows = [
        report.against(figure, unit, [one[key] for one in many], [one[key] for one in few], target=must)
        for figure, unit, key, must in (
            (f"tips with {given.cases:,} closed cases ÷ with {given.few:,}", "/s", "per_second", MUST),
            ("processor time an update", "ms", "cpu_ms", None),
            ("from webhook to receipt, everybody at once, 99th percentile", "ms", "p99_ms", None),
            ("memory of the process", "MB", "megabytes", None),
        )
    ]
    print(report.table(rows))
    report.write(given.json, rows)
    return 0


def taken(ground: Seated, url: str, load: Load) -> Result:
    """One run on this database, whose tips are all there afterwards."""
    before = counts(url)
    found, _ = race(ground.bots(url), load)
    came = [now - then for now, then in zip(counts(url), before, strict=True)]
    if set(came) != {found["updates"] + load.warm}:
        raise SystemExit(f"not durable: {found['updates'] + load.warm} answered, but tips, done, receipts: {came}")
    return found


def _values(url: str) -> int:
    """Bytes of what stands in its rows, beside which the file holds indexes and what its pages leave free."""
    engine = database.open_engine(url)
    try:
        return bytes_of_values(engine)
    finally:
        engine.dispose()


def bytes_of_values(engine: Engine) -> int:
    """All that stands in all rows, a number as its digits; neither indexes nor what a page leaves free."""
    found = 0
    with Session(engine) as session:
        for table in SQLModel.metadata.tables.values():
            row = reduce(add, (func.coalesce(func.length(cast(column, LargeBinary)), 0) for column in table.columns))
            found += session.exec(select(func.coalesce(func.sum(row), 0)).select_from(table)).one()
    return found


def note(ground: Seated, url: str) -> None:
    """Today's note of the chains is written, and names none of these: those of the days before did."""
    engine, vault = database.open_engine(url), MasterVault(ground.key)
    with Session(engine) as session:
        work = Work(session, datetime.now(UTC), load_county().rulebook(), vault)
        Notes(ground.notes_of(url), vault).write(work.today, {}, audit.chains(work), audit.mark(work))
    engine.dispose()


def template(ground: Seated) -> None:
    """One closed case, as the product writes its rows."""
    settings = ground.settings(ground.first)
    book, at = load_county(settings.county).rulebook(), datetime.now(UTC) - timedelta(days=30)
    engine = database.open_engine(ground.first)
    with Session(engine) as session:
        vault = MasterVault(ground.key)
        key = vault.new_key()
        sealed = vault.seal(key, {"text": "河口村集市上有一家摊位在卖过期食品,已经好几天了,麻烦来人看看。"})
        window = book.policy.on(at.date()).call_window(Urgency.NORMAL).model_dump(mode="json")
        rows: list[SQLModel] = [
            r.Identity(account="旧", key=key, chat=vault.seal(key, 1), lang="zh", first_seen_at=at),
            r.Inbox(update_id=1, chat="旧", received_at=at, state=InboxState.DONE, done_at=at),
            r.Tip(id="旧", receipt="旧", account="旧", state=TipState.CLOSED, township_id="QL01", matter_code="CG013",
                  owner_id="QL01S-1", first_at=at, last_item_at=at, case_id="旧", window=window, ended_at=at),
            r.TipItem(tip_id="旧", account="旧", kind="text", at=at, message=1, content=sealed),
            r.Case(id="旧", number="旧", township_id="QL01", tip_id="旧", matter_code="CG013", state=CaseState.CLOSED,
                   opened_at=at, closed_at=at, closed_by="QL01S-1", verdict="true", outcome="ordered"),
            r.Whistle(id="旧", case_id="旧", township_id="QL01", blown_by="QL01S-1", opened_at=at, state=WhistleState.SETTLED,
                      ended_at=at),
            r.Call(id="旧", number="旧", whistle_id="旧", case_id="旧", unit_id="SJ", opened_at=at, due_at=at, ended_at=at,
                   state=CallState.REPORTED, window=window),
            r.Card(template="call.opened", audience="liaison", subject_id="旧", account="旧", message=1, at=at),
            r.Chain(id="旧", count=3, head="0" * 64),
        ]  # fmt: skip
        for seq, kind in enumerate(("tip.opened", "call.opened", "case.closed"), 1):
            rows.append(r.Event(kind=kind, subject="case", subject_id="旧", case_id="旧", by="QL01S-1", at=at, chain="旧",
                                seq=seq, mac="0" * 64))  # fmt: skip
        for kind in ("tip.remind", "call.breach"):
            rows.append(r.Deadline(kind=kind, subject_id="旧", due_at=at, done_at=at, outcome="overtaken"))
        for audience in ("owner", "liaison"):
            rows.append(r.Outbox(act="card", lane=1, template="旧", audience=audience, account="旧", subject_id="旧",
                                 state=OutboxState.SENT, queued_at=at, not_before=at, sent_at=at, sealed=sealed))  # fmt: skip
        session.add_all(rows)
        session.commit()
    engine.dispose()


def close(file: Path, cases: int) -> int:
    """Clone the one closed case so many times; bytes of the file afterwards. The template goes.

    Two thirds of them first, keys in order (each row is appended to table and key alike), then the other indexes, built in memory; then the
    last third between them. So the pages are three quarters full, as those of a file that has grown tip by tip: built at once they are
    quite full, and each new tip would have to split a dozen of them. At the end the file lies on the disk.
    """
    with sqlite3.connect(file, isolation_level=None) as connection:
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            "foreign_keys=OFF",
            "cache_size=-2000000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for index, _ in indexes:
            connection.execute(f'DROP INDEX "{index}"')
        connection.execute("BEGIN")
        for table in TABLES:
            _clone(connection, table, cases, "n % 3")
        for _, statement in indexes:
            connection.execute(statement)
        for table in TABLES:
            _clone(connection, table, cases, "n % 3 = 0", last=True)
        connection.execute("COMMIT")
        connection.execute("PRAGMA locking_mode=NORMAL")
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    with file.open("rb") as written:
        os.fsync(written)  # else the disk is busy with it while the first rounds are measured
    return file.stat().st_size


COUNT = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c"
TABLES = (
    "identity",
    "inbox",
    "tip",
    "tipitem",
    "case",
    "whistle",
    "call",
    "card",
    "chain",
    "event",
    "deadline",
    "outbox",
)


def _clone(connection: sqlite3.Connection, table: str, cases: int, which: str, *, last: bool = False) -> None:
    """The template's row of this table for all n of which this is true; with the last of them it goes."""
    columns = [row[1:3] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    numbered = [name for name, kind in columns if name == "id" and kind.upper() == "INTEGER"]
    kept = [name for name, _ in columns if name not in numbered]
    mark = next(name for name in ("case_id", "subject_id", "tip_id", "account", "chat", "id") if name in kept)
    own = {
        name: OWN[name].format(cases=cases, step=2**32 // cases)
        for name in kept
        if name in OWN and (table, name) != ("identity", "chat")
    }
    values = [f'iif(t."{name}" IS NULL, NULL, {own[name]})' if name in own else f't."{name}"' for name in kept]
    listed = ", ".join(f'"{name}"' for name in kept)
    statements = (
        f'CREATE TEMP TABLE one AS SELECT * FROM "{table}" WHERE "{mark}" = \'旧\'',  # noqa: S608
        f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(values)} FROM ({COUNT.format(cases)}) CROSS JOIN temp.one t WHERE {which}',  # noqa: S608
        "DROP TABLE temp.one",
        f'DELETE FROM "{table}" WHERE "{mark}" = \'旧\'',  # noqa: S608
    )
    for statement in statements if last else statements[:-1]:
        connection.execute(statement)


if __name__ == "__main__":
    sys.exit(main())
