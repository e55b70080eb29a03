"""How SQLAlchemy speaks to SQLite here."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import BindParameter, Dialect, LargeBinary
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.types import TypeEngine


class Compiler(SQLiteCompiler):
    """`x IN (one for each value)` is `x IN` a list that is given as one JSON text: written out, each number of values is a statement
    of its own, and SQLAlchemy writes it anew each time."""

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._among(binary, "IN", **kw) or self._generate_generic_binary(binary, " IN ", **kw)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._among(binary, "NOT IN", **kw) or f"({self._generate_generic_binary(binary, ' NOT IN ', **kw)})"

    def _among(self, binary: Any, how: str, **kw: Any) -> str | None:
        """None: no list of plain values, one that is written out for a reader, or one that JSON cannot hold."""
        values = binary.right
        if (
            kw.get("literal_binds")
            or not isinstance(values, BindParameter)
            or not values.expanding
            or values.type._is_tuple_type
            or isinstance(values.type, LargeBinary)
        ):
            return None
        listed = values._clone()
        listed.expanding, listed.type = False, _Listed(values.type)
        each = f"SELECT value FROM json_each({self.process(listed)})"  # noqa: S608 (where a parameter goes, no value)
        return f"{self.process(binary.left, **kw)} {how} ({each})"


class _Listed(TypeEngine[Iterable[Any]]):
    """Values of one type as a JSON text."""

    def __init__(self, each: TypeEngine[Any]) -> None:
        self.each = each

    def bind_processor(self, dialect: Dialect) -> Any:
        kept = self.each.dialect_impl(dialect).bind_processor(dialect)
        return lambda values: orjson.dumps([*values] if kept is None else [*map(kept, values)]).decode()
