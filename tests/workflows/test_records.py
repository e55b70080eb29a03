"""What `Work.add` and `rows.write` rely on, of every kind of record."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, inspect
from sqlmodel import Session, SQLModel

from bot.vault import MasterVault, new_master_key
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.work import _MADE_DAILY, Work

MODELS = [
    one for one in vars(r).values() if isinstance(one, type) and issubclass(one, SQLModel) and hasattr(one, "__table__")
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_record_has_no_relationships(model: type[SQLModel]) -> None:
    """`Work.add` leaves out SQLAlchemy's walk along relationships."""
    assert not list(inspect(model).relationships), "then Work.add must be session.add again"


@pytest.mark.parametrize("model", _MADE_DAILY, ids=lambda model: model.__name__)
def test_what_is_written_without_sqlalchemy_has_a_name_for_each_column(model: type[SQLModel]) -> None:
    mapper = inspect(model)

    assert {one.key for one in mapper.column_attrs} == {column.name for column in mapper.local_table.columns}


def test_what_a_session_holds_is_what_it_says_it_holds(book: Rulebook) -> None:
    """`Work` asks the record's own state; this is what SQLAlchemy answers after each thing that can happen to it."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[r.Prompt.__table__])  # type: ignore[attr-defined]
    now = datetime(2026, 11, 2, tzinfo=UTC)
    told: list[tuple[bool, bool]] = []
    with Session(engine) as session:
        work = Work(session, now, book, MasterVault(new_master_key()))
        one = r.Prompt(account="a", verb="v", ref="R", asked_at=now)
        for step in (
            lambda: None,
            lambda: work.add(one),
            session.flush,
            lambda: session.delete(one),
            session.flush,
            session.rollback,
        ):
            step()
            told.append((one in session, work._has(one)))
        other = work.add(r.Prompt(account="b", verb="v", ref="R", asked_at=now))
        session.expunge(other)
        told.append((other in session, work._has(other)))

    assert told == [(held, held) for held in (False, True, True, True, False, False, False)]


def test_a_batch_that_crosses_midnight_goes_by_the_policy_of_each_day(book: Rulebook) -> None:
    first, second = (
        book.policy.versions[0].model_copy(update={"effective_from": day})
        for day in (date(2026, 11, 1), date(2026, 11, 3))
    )
    dated = book.policy.model_copy(update={"versions": (first, second)})
    asked = replace(book, policy=dated)
    with Session() as session:
        found = [
            Work(session, at, asked, MasterVault(new_master_key())).policy
            for at in (
                datetime(2026, 11, 2, 15, 59, 59, 999999, tzinfo=UTC),
                datetime(2026, 11, 2, 16, tzinfo=UTC),
                datetime(2026, 11, 3, 15, 59, tzinfo=UTC),
            )
        ]

    assert found[0] is first and found[1] is found[2] is second
