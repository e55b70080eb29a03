"""Rows that every update writes, many with one statement.

SQLAlchemy builds the statement and knows how each value is kept; both are asked for once for each shape of row. Left to it row by row,
sixty columns of a tip cost more than the decision that made them. What is the same in all rows of a shape stands in its statement: to
hand the driver a value takes half as long as to keep it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Dialect,
    Enum,
    LargeBinary,
    Table,
    bindparam,
    insert,
    literal,
    literal_column,
    select,
)
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
    fixed: dict[str, Any]
    """Of values that the rows do not name: what the statement says."""
    positional: bool
    as_document: bool = False
    """All rows are one value: see `workflows/asjson.py`."""


def write(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    columns: tuple[str, ...] | None = None,
    usual: tuple[str, ...] = (),
    unless: str | None = None,
) -> None:
    """Insert these rows, in their order; with `unless`, those whose value there is new; with `columns`, these of what each holds.

    `usual`: the columns in which most of them differ from a blank row. They alone are handed over for each of those rows.
    Raises ValueError where one holds more columns than the first or fewer, KeyError where it holds others: what it has more would be lost
    without a word.
    """
    if not rows:
        return
    if columns is None:
        columns = _same_columns(table, rows)
    if not usual:
        _insert(connection, _shape(connection.dialect, table, columns, unless), rows)
        return
    rest, blank = _rest(table, columns, usual)
    for is_usual, some in groupby(rows, lambda row: rest(row) == blank):
        shape = _shape(connection.dialect, table, usual if is_usual else columns, unless)
        _insert(connection, shape, list(some))


def _insert(connection: Connection, shape: _Shape, rows: Sequence[dict[str, Any]]) -> None:
    connection.exec_driver_sql(shape.statement, _for_driver(shape, rows))


@lru_cache(maxsize=64)
def _rest(
    table: Table, columns: tuple[str, ...], usual: tuple[str, ...]
) -> tuple[Callable[[dict[str, Any]], tuple[Any, ...]], tuple[Any, ...]]:
    """The columns that are not usual, of a row and of a blank one."""
    names = [name for name in columns if name not in usual]
    return _picker(names), tuple(_blank(table.c[name]) for name in names)


def _blank(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


def write_new(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, unless: str, returning: tuple[str, ...]
) -> Sequence[Any]:
    """Insert those of these rows whose value in `unless` is new; returns the named columns of each of them, numbers and texts."""
    shape = _shape(connection.dialect, table, _same_columns(table, rows), unless, returning)
    given = _for_driver(shape, rows)
    if shape.as_document:
        return connection.exec_driver_sql(shape.statement, given).all()
    before, values, rest = shape.statement.partition(" VALUES ")
    one, conflict, after = rest.partition(" ON CONFLICT ")
    all_of_them = ", ".join([one] * len(given))  # an executemany of SQLite's driver returns nothing
    statement = f"{before}{values}{all_of_them}{conflict}{after}"
    return connection.exec_driver_sql(statement, tuple(chain.from_iterable(given))).all()


def _same_columns(table: Table, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    columns = tuple(rows[0])
    if {*map(len, rows)} != {len(columns)}:  # that each has all of these, `_Shape.pick` finds out
        raise ValueError(f"rows of {table.name} with different columns")
    return columns


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
    blank: Any = {
        column.name: literal_column(_written(dialect, column))
        for column in table.c
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    }
    if dialect.name == "postgresql":
        whole = asjson.insert_from(dialect, statement, table, names, blank, returning)
        kept = _all_kept(_unless_none(asjson.how(dialect, table.c[name].type)) for name in names)
        return _Shape(whole, list(names), _picker(names), kept, {}, positional=False, as_document=True)
    compiled: Any = statement.values(blank).compile(dialect=dialect, column_keys=names, for_executemany=True)
    order: list[str] = list(compiled.positiontup) if compiled.positional else list(names)
    kept = _all_kept(_how(dialect, table.c[name].type) for name in order)
    return _Shape(compiled.string, order, _picker(order), kept, {}, compiled.positional)


def _written(dialect: Dialect, column: Column[Any]) -> str:
    """What a blank row holds there, as it is written in a statement."""
    value = _blank(column)
    plain = orjson.dumps(value).decode() if isinstance(value, list | dict) else value
    return str(literal(plain).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def present(connection: Connection, column: Column[str], values: Sequence[str]) -> set[str]:
    """Which of these texts stand in this column."""
    return set(connection.execute(_among(column), {"values": values}).scalars())


@lru_cache(maxsize=16)
def _among(column: Column[str]) -> Any:
    return select(column).where(column.in_(bindparam("values", expanding=True)))


def change(connection: Connection, statement: Any, given: Sequence[dict[str, Any]]) -> int:
    """An UPDATE of one row by its key, made once by whoever calls, with named values for each of these rows, none of them twice.
    Returns how many were changed."""
    if not given:
        return 0
    shape = _driven(connection.dialect, statement)
    return connection.exec_driver_sql(shape.statement, _for_driver(shape, given)).rowcount


@lru_cache(maxsize=128)
def _driven(dialect: Dialect, statement: Any) -> _Shape:
    compiled: Any = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    order: list[str] = list(compiled.positiontup) if compiled.positional else list(binds)
    fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
    if dialect.name == "postgresql":
        whole = asjson.update_from(dialect, statement, binds)
        kept = _all_kept(_unless_none(asjson.how(dialect, binds[name].type)) for name in order)
        return _Shape(whole, order, _picker(order), kept, fixed, positional=False, as_document=True)
    kept = _all_kept(_unless_none(_how(dialect, binds[name].type)) for name in order)
    return _Shape(compiled.string, order, _picker(order), kept, fixed, compiled.positional)


def _for_driver(shape: _Shape, rows: Sequence[dict[str, Any]]) -> Any:
    if shape.fixed:
        rows = [{**shape.fixed, **row} for row in rows]
    by_column: list[Iterable[Any]] = list(zip(*map(shape.pick, rows), strict=True))
    for place, kept in shape.kept:
        by_column[place] = map(kept, by_column[place])
    given: list[Any] = list(zip(*by_column, strict=True))
    if not shape.positional:
        given = [dict(zip(shape.order, values, strict=True)) for values in given]
    return asjson.given(given) if shape.as_document else given


def _how(dialect: Dialect, kind: TypeEngine[Any]) -> _Kept | None:
    """How a value of this type is kept; None: as it is. Both drivers know a bool, and bytes."""
    if isinstance(kind, Boolean | LargeBinary):
        return None
    kept: _Kept | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(kind, Enum) and kind.enum_class is not None and kept is not None:
        return {one: kept(one) for one in kind.enum_class}.__getitem__
    return kept


def _unless_none(kept: _Kept | None) -> _Kept | None:
    return None if kept is None else lambda value: None if value is None else kept(value)


def _all_kept(all_of_them: Iterable[_Kept | None]) -> tuple[tuple[int, _Kept], ...]:
    return tuple((place, kept) for place, kept in enumerate(all_of_them) if kept is not None)


def _picker(order: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    pick = itemgetter(*order)
    return pick if len(order) > 1 else lambda row: (pick(row),)
