"""Rows that every update writes, many with one statement.

SQLAlchemy builds the statement and knows how each value is kept; both are asked for once for each shape of row. Left to it row by row,
sixty columns of a tip cost more than the decision that made them.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Connection, Dialect, Table, insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from workflows import asjson

_Kept = Callable[[Any], Any]


class _Shape(NamedTuple):
    """A statement as the driver takes it, and what it is given for each row."""

    statement: str
    order: list[str]
    """Its columns."""
    pick: Callable[[dict[str, Any]], tuple[Any, ...]]
    """A row's values in that order."""
    kept: tuple[tuple[int, _Kept], ...]
    """How the value at a place is kept, where it is not kept as it is."""
    defaults: dict[str, Any]
    """Of values that the rows do not name: what their table says, or the statement itself."""
    positional: bool
    as_document: bool = False
    """All rows are one value: see `workflows/asjson.py`."""


def write(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    columns: tuple[str, ...] | None = None,
    unless: str | None = None,
) -> None:
    """Insert these rows; with `unless`, those whose value there is new; with `columns`, these of what each holds.

    Raises ValueError where one holds other columns than the first: what it has more would be lost without a word.
    """
    if not rows:
        return
    if columns is None:
        columns = _same_columns(table, rows)
    shape = _shape(connection.dialect, table, columns, unless)
    connection.exec_driver_sql(shape.statement, _for_driver(shape, rows))


def write_new(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, unless: str, returning: tuple[str, ...]
) -> Sequence[Any]:
    """Insert those of these rows whose value in `unless` is new; returns the named columns of each of them, numbers and texts."""
    shape = _shape(connection.dialect, table, _same_columns(table, rows), unless, returning)
    given = _for_driver(shape, rows)
    if shape.as_document:
        return connection.exec_driver_sql(shape.statement, given).all()
    before, one, after = shape.statement.partition(f"({', '.join('?' * len(shape.order))})")
    all_of_them = ", ".join([one] * len(given))  # an executemany of SQLite's driver returns nothing
    return connection.exec_driver_sql(before + all_of_them + after, tuple(chain.from_iterable(given))).all()


def _same_columns(table: Table, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {table.name} with different columns")
    return tuple(rows[0])


def insert_new(dialect: Dialect, table: Any, key: str) -> Any:
    """An INSERT that leaves a row alone whose `key` is there already."""
    own = import_module(f"sqlalchemy.dialects.{dialect.name}")  # of its engine alone; the other's costs a start 0.1 s
    return own.insert(table).on_conflict_do_nothing(index_elements=[key])


@lru_cache(maxsize=64)
def _shape(
    dialect: Dialect, table: Table, names: tuple[str, ...], unless: str | None, returning: tuple[str, ...] = ()
) -> _Shape:
    statement = insert(table) if unless is None else insert_new(dialect, table, unless)
    if returning and dialect.name != "postgresql":
        statement = statement.returning(*(table.c[name] for name in returning))
    defaults = {
        column.name: column.default.arg
        for column in table.c
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    }
    all_names = [*names, *defaults]
    if dialect.name == "postgresql":
        whole = asjson.insert_from(dialect, statement, table, all_names, returning)
        kept = _all_kept(_unless_none(asjson.how(dialect, table.c[name].type)) for name in all_names)
        return _Shape(whole, all_names, _picker(all_names), kept, defaults, positional=False, as_document=True)
    compiled: Any = statement.compile(dialect=dialect, column_keys=all_names, for_executemany=True)
    order: list[str] = list(compiled.positiontup) if compiled.positional else all_names
    kept = _all_kept(_how(dialect, table.c[name].type) for name in order)
    return _Shape(compiled.string, order, _picker(order), kept, defaults, compiled.positional)


def change(connection: Connection, statement: Any, given: Sequence[dict[str, Any]]) -> int:
    """An UPDATE with named values, made once by whoever calls, for each of these. Returns how many rows were changed."""
    if not given:
        return 0
    shape = _driven(connection.dialect, statement)
    return connection.exec_driver_sql(shape.statement, _for_driver(shape, given)).rowcount


@lru_cache(maxsize=128)
def _driven(dialect: Dialect, statement: Any) -> _Shape:
    compiled: Any = statement.compile(dialect=dialect)
    order: list[str] = list(compiled.positiontup) if compiled.positional else list(compiled.binds)
    kept = _all_kept(_unless_none(_how(dialect, compiled.binds[name].type)) for name in order)
    fixed = {name: one.value for name, one in compiled.binds.items() if not one.required}
    return _Shape(compiled.string, order, _picker(order), kept, fixed, compiled.positional)


def _for_driver(shape: _Shape, rows: Sequence[dict[str, Any]]) -> Any:
    if shape.defaults:
        rows = [{**shape.defaults, **row} for row in rows]
    given: list[Any] = []
    for row in rows:
        values = list(shape.pick(row))
        for place, kept in shape.kept:
            values[place] = kept(values[place])
        given.append(tuple(values) if shape.positional else dict(zip(shape.order, values, strict=True)))
    return asjson.given(given) if shape.as_document else given


def _how(dialect: Dialect, kind: TypeEngine[Any]) -> _Kept | None:
    """How a value of this type is kept; None: as it is. Both drivers know a bool, and a tip has sixteen."""
    return None if isinstance(kind, Boolean) else kind.dialect_impl(dialect).bind_processor(dialect)


def _unless_none(kept: _Kept | None) -> _Kept | None:
    return None if kept is None else lambda value: None if value is None else kept(value)


def _all_kept(all_of_them: Iterable[_Kept | None]) -> tuple[tuple[int, _Kept], ...]:
    return tuple((place, kept) for place, kept in enumerate(all_of_them) if kept is not None)


def _picker(order: list[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    pick = itemgetter(*order)
    return pick if len(order) > 1 else lambda row: (pick(row),)
