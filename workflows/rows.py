"""Rows that every update writes, many with one statement.

SQLAlchemy builds the statement and knows how each value is kept; both are asked for once for each shape of row. Left to it row by row,
sixty columns of a tip cost more than the decision that made them.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault


class _Shape(NamedTuple):
    """A statement as the driver takes it, and what it is given for each row."""

    statement: str
    values: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    """In the statement's order; a column, and how its value is kept (None: as it is)."""
    defaults: dict[str, Any]
    """Of values that the rows do not name: what their table says, or the statement itself."""
    positional: bool


def write(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, unless: str | None = None) -> None:
    """Insert these rows; with `unless`, those whose value there is new. Raises ValueError where one holds other columns than the first:
    what it has more would be lost without a word."""
    if not rows:
        return
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {table.name} with different columns")
    shape = _shape(connection.dialect, table, tuple(rows[0]), unless)
    if shape.defaults:
        rows = [{**shape.defaults, **row} for row in rows]
    if shape.positional:
        given: Any = [
            tuple([row[name] if kept is None else kept(row[name]) for name, kept in shape.values]) for row in rows
        ]
    else:
        given = [{name: row[name] if kept is None else kept(row[name]) for name, kept in shape.values} for row in rows]
    connection.exec_driver_sql(shape.statement, given)


def insert_new(dialect: Dialect, table: Any, key: str) -> Any:
    """An INSERT that leaves a row alone whose `key` is there already."""
    own = import_module(f"sqlalchemy.dialects.{dialect.name}")  # of its engine alone; the other's costs a start 0.1 s
    return own.insert(table).on_conflict_do_nothing(index_elements=[key])


@lru_cache(maxsize=64)
def _shape(dialect: Dialect, table: Table, names: tuple[str, ...], unless: str | None) -> _Shape:
    statement = insert(table) if unless is None else insert_new(dialect, table, unless)
    defaults = {
        column.name: column.default.arg
        for column in table.c
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    }
    all_names = [*names, *defaults]
    compiled: Any = statement.compile(dialect=dialect, column_keys=all_names, for_executemany=True)
    kept = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in all_names}
    order = compiled.positiontup if compiled.positional else all_names
    return _Shape(compiled.string, tuple((name, kept[name]) for name in order), defaults, compiled.positional)


def change(connection: Connection, statement: Any, given: Sequence[dict[str, Any]]) -> int:
    """An UPDATE with named values, made once by whoever calls, for each of these. Returns how many rows were changed."""
    if not given:
        return 0
    shape = _driven(connection.dialect, statement)
    if shape.defaults:
        given = [{**shape.defaults, **one} for one in given]
    if shape.positional:
        each: Any = [tuple([_kept(one[name], kept) for name, kept in shape.values]) for one in given]
    else:
        each = [{name: _kept(one[name], kept) for name, kept in shape.values} for one in given]
    return connection.exec_driver_sql(shape.statement, each).rowcount


def _kept(value: Any, kept: Callable[[Any], Any] | None) -> Any:
    return value if kept is None or value is None else kept(value)


@lru_cache(maxsize=128)
def _driven(dialect: Dialect, statement: Any) -> _Shape:
    compiled: Any = statement.compile(dialect=dialect)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    kept = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order]
    fixed = {name: one.value for name, one in compiled.binds.items() if not one.required}
    return _Shape(compiled.string, tuple(kept), fixed, compiled.positional)
