"""SQLite keeps no statistics: an index that it does not choose by itself is none."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from bot import database
from bot.vault import MasterVault
from tests.bot.conftest import START
from workflows.rulebook import Rulebook
from workflows.states import CallState, TipState
from workflows.work import Work


@pytest.mark.parametrize("kinds", [(), ("call.breach",), ("call.breach", "call.remind")], ids=len)
def test_what_waits_for_a_subject_is_found_by_the_subject(
    tmp_path: Path, book: Rulebook, vault: MasterVault, kinds: tuple[str, ...]
) -> None:
    """In the order of time, among a hundred thousand that wait for others."""
    engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")
    database.migrate(engine)
    asked: list[tuple[str, Any]] = []
    with Session(engine) as session:
        event.listen(
            engine, "before_cursor_execute", lambda c, u, statement, given, *_: asked.append((statement, given))
        )
        Work(session, START, book, vault).waiting("a call", *kinds)
        statement, given = asked[-1]

        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()

    engine.dispose()
    steps = [row.detail for row in plan if "json_each" not in row.detail and "LIST SUBQUERY" not in row.detail]
    assert [step.rpartition(" (")[0] for step in steps] == ["SEARCH deadline USING INDEX ix_deadline_subject"]


def test_of_tips_and_calls_that_wait_no_more_are_read_than_are_shown(
    tmp_path: Path, book: Rulebook, vault: MasterVault
) -> None:
    """In the order of an index, up to the limit: nothing is sorted."""
    engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")
    database.migrate(engine)
    asked: list[tuple[str, Any]] = []
    with Session(engine) as session:
        event.listen(
            engine, "before_cursor_execute", lambda c, u, statement, given, *_: asked.append((statement, given))
        )
        work = Work(session, START, book, vault)
        work.tips_waiting(TipState.SUBMITTED)
        work.tips_of_township("a township", TipState.SUBMITTED)
        work.calls_under_way(None, CallState.OPEN, limit=10)

        connection = session.connection()
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given).all() for one, given in asked[-3:]]

    engine.dispose()
    assert not [row.detail for plan in plans for row in plan if "ORDER BY" in row.detail]
