"""A calendar that changes while the process runs: the new days hold at once, what cannot be read changes nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.store import Store
from bot.vault import MasterVault
from bot.workdays import Workdays
from tests.bot.conftest import START, open_store, rows
from workflows import hours, term
from workflows import records as r
from workflows.lawprofile import TermId
from workflows.rulebook import Rulebook
from workflows.work import Work

HEAD = "date,kind,source\n"


def begun(work: Work) -> None:
    """A decision of Monday that is to be served within seven working days."""
    tip = work.add(
        r.Tip(receipt="123456789", account="x", first_at=work.now, last_item_at=work.now, township_id="QL01")
    )
    case = work.add(r.Case(number="云溪-2026-0001", township_id="QL01", tip_id=tip.id, opened_at=work.now))
    proc = work.add(
        r.Procedure(
            case_id=case.id, township_id="QL01", kind="ordinary", opened_at=work.now, matter_code="XZ004", matter_by="QL01S-5",
            power="法定", organ_id="QL01", officer_a="QL01S-5",
        )
    )  # fmt: skip
    term.begin(work, proc, TermId.SERVE)


async def test_a_day_off_that_is_announced_moves_what_runs_without_a_restart(
    database_url: str, book: Rulebook, vault: MasterVault, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    own = replace(book, county=replace(book.county))
    store: Store = open_store(database_url, vault, own)
    await store.start()
    await store.rehearse(shown=START, speed=0.0)
    await store.decide(begun)
    (tmp_path / "calendar.csv").write_text(HEAD)
    watch = Workdays(store, tmp_path)

    assert await watch.look() == 0
    assert hours.is_workday(date(2026, 11, 5), own.county)
    (tmp_path / "calendar.csv").write_text(HEAD + "2026-11-05,休,测试公告\n")
    assert await watch.look() == 1
    assert not hours.is_workday(date(2026, 11, 5), own.county)
    (row,) = [d for d in rows(store, r.Deadline) if d.kind == term.ENDS and d.done_at is None]
    assert row.due_at.date() == date(2026, 11, 12), "one working day later than the eleventh"

    (tmp_path / "calendar.csv").write_text(HEAD + "2026-11-0")
    assert await watch.look() == 0
    assert not hours.is_workday(date(2026, 11, 5), own.county), "what cannot be read changes nothing"
    assert [line["action"] for line in lines if str(line.get("action", "")).startswith("calendar.")] == [
        "calendar.read",
        "calendar.unread",
    ]
    assert hours.is_workday(date(2026, 11, 5), book.county), "the other books are their own"
    await store.stop()
