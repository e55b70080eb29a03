"""`x IN (list)` as one parameter: written out, each number of values is a statement of its own, which SQLAlchemy writes and the database
compiles anew. How a list is given, each database says for itself: `bot/sqlite.py`, `bot/postgres.py`."""

from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine


class ListCompiler(SQLCompiler):
    """Stands before a dialect's own compiler."""

    among: str
    not_among: str
    """SQL with places for `{left}` and `{values}`."""

    def as_one(self, each: TypeEngine[Any]) -> TypeEngine[Any] | None:
        """The type of a list of such values, given as one. None: there is none."""
        raise NotImplementedError

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._compared(binary, self.among, **kw) or self._generate_generic_binary(binary, " IN ", **kw)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        as_one = self._compared(binary, self.not_among, **kw)
        return as_one or f"({self._generate_generic_binary(binary, ' NOT IN ', **kw)})"

    def _compared(self, binary: Any, how: str, **kw: Any) -> str | None:
        """None: no list of plain values, or one that is written out for a reader."""
        values = binary.right
        if kw.get("literal_binds") or not isinstance(values, BindParameter) or not values.expanding:
            return None
        kind = None if values.type._is_tuple_type else self.as_one(values.type)
        if kind is None:
            return None
        given = values._clone()
        given.expanding, given.type = False, kind
        return how.format(left=self.process(binary.left, **kw), values=self.process(given))
