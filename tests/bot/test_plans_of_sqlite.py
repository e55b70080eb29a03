"""SQLite keeps no statistics: an index that it does not choose by itself is none."""

from collections.abc import Callable
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

Plans = Callable[[Callable[[Work], object]], list[list[str]]]


@pytest.fixture
def plans(tmp_path: Path, book: Rulebook, vault: MasterVault) -> Plans:
    """The steps of each statement that something asks for, on an empty database."""

    def explained(ask: Callable[[Work], object]) -> list[list[str]]:
        engine = database.open_engine(f"sqlite:///{tmp_path / 'whistle.db'}")
        database.migrate(engine)
        asked: list[tuple[str, Any]] = []
        with Session(engine) as session:
            work = Work(session, START, book, vault)
            event.listen(
                engine, "before_cursor_execute", lambda c, u, statement, given, *_: asked.append((statement, given))
            )
            ask(work)
            connection = session.connection()
            found = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given).all() for one, given in [*asked]]
        engine.dispose()
        return [[row.detail for row in plan] for plan in found]

    return explained


@pytest.mark.parametrize("kinds", [(), ("call.breach",), ("call.breach", "call.remind")], ids=len)
def test_what_waits_for_a_subject_is_found_by_the_subject(plans: Plans, kinds: tuple[str, ...]) -> None:
    """In the order of time, among a hundred thousand that wait for others."""
    (plan,) = plans(lambda work: work.waiting("a call", *kinds))

    steps = [step for step in plan if "json_each" not in step and "LIST SUBQUERY" not in step]
    assert [step.rpartition(" (")[0] for step in steps] == ["SEARCH deadline USING INDEX ix_deadline_subject"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda work: work.tips_waiting(TipState.SUBMITTED),
        lambda work: work.tips_of_township("a township", TipState.SUBMITTED),
        lambda work: work.calls_under_way(None, CallState.OPEN, limit=10),
    ],
)
def test_of_tips_and_calls_that_wait_no_more_are_read_than_are_shown(
    plans: Plans, ask: Callable[[Work], object]
) -> None:
    """In the order of an index, up to the limit: nothing is sorted."""
    (plan,) = plans(ask)

    assert plan and not [step for step in plan if "ORDER BY" in step]
