"""What `Work.add` and `rows.write` rely on, of every kind of record."""

import pytest
from sqlalchemy import inspect
from sqlmodel import SQLModel

from workflows import records as r
from workflows.work import _MADE_DAILY

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
