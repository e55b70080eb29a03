"""How SQLAlchemy speaks to SQLite here."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.types import TypeEngine

from bot.compiling import ListCompiler


class Compiler(ListCompiler, SQLiteCompiler):
    """A list of values is given as one JSON text, which holds no bytes."""

    among = "{left} IN (SELECT value FROM json_each({values}))"
    not_among = "{left} NOT IN (SELECT value FROM json_each({values}))"

    def as_one(self, each: TypeEngine[Any]) -> TypeEngine[Any] | None:
        return None if isinstance(each, LargeBinary) else _Listed(each)


class _Listed(TypeEngine[Iterable[Any]]):
    """Values of one type as a JSON text."""

    def __init__(self, each: TypeEngine[Any]) -> None:
        self.each = each

    def bind_processor(self, dialect: Dialect) -> Any:
        kept = self.each.dialect_impl(dialect).bind_processor(dialect)
        return lambda values: orjson.dumps([*values] if kept is None else [*map(kept, values)]).decode()
