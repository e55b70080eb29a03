"""What `workflows/holding.py` and `rows.write` rely on, of every kind of record."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, update
from sqlmodel import Session, SQLModel, select

from bot.vault import MasterVault, new_master_key
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.work import _MADE_DAILY, Work

MODELS = [
    one for one in vars(r).values() if isinstance(one, type) and issubclass(one, SQLModel) and hasattr(one, "__table__")
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_record_has_no_relationships(model: type[SQLModel]) -> None:
    """`holding.add` leaves out SQLAlchemy's walk along relationships."""
    assert not list(inspect(model).relationships), "then it must be session.add again"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_column_of_a_record_is_read_in_place_and_is_a_column_in_a_query(model: type[SQLModel]) -> None:
    one: Any = model(**{name: object() for name in model.model_fields})

    for name in model.model_fields:
        assert type(vars(model)[name]) is r._Read
        assert getattr(one, name) is vars(one)[name]
        assert getattr(model, name) is inspect(model).class_manager[name]


def test_what_is_expired_is_read_again_and_what_is_set_is_noted() -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[r.Prompt.__table__])  # type: ignore[attr-defined]
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with Session(engine) as session:
        one = r.Prompt(account="a", verb="v", ref="R", asked_at=now)
        session.add(one)
        session.commit()
        session.connection().execute(update(r.Prompt).values(verb="w"))

        assert "verb" not in vars(one) and one.verb == "w"

        one.verb = "x"
        assert inspect(one).attrs.verb.history.deleted == ["w"]
        assert one in session.dirty
        session.commit()
        assert session.exec(select(r.Prompt.verb).where(r.Prompt.verb == "x")).all() == ["x"]


@pytest.mark.parametrize("model", _MADE_DAILY, ids=lambda model: model.__name__)
def test_what_is_written_without_sqlalchemy_has_a_name_for_each_column(model: type[SQLModel]) -> None:
    mapper = inspect(model)

    assert {one.key for one in mapper.column_attrs} == {column.name for column in mapper.local_table.columns}


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
