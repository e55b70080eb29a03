"""How SQLAlchemy speaks to PostgreSQL here. Loaded with its engine alone."""

from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg


class Compiler(PGCompiler_psycopg):
    """`x IN (one for each value)` is `x = ANY (an array)`: one statement whatever their number, so that it is compiled and prepared
    once; written out, each number of values is a text of its own, built, parsed and planned anew."""

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._among(binary, "= ANY", **kw) or self._generate_generic_binary(binary, " IN ", **kw)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._among(binary, "!= ALL", **kw) or f"({self._generate_generic_binary(binary, ' NOT IN ', **kw)})"

    def _among(self, binary: Any, how: str, **kw: Any) -> str | None:
        """None: no list of plain values, or one that is written out for a reader."""
        values = binary.right
        if (
            kw.get("literal_binds")
            or not isinstance(values, BindParameter)
            or not values.expanding
            or values.type._is_tuple_type
        ):
            return None
        array = values._clone()
        array.expanding, array.type = False, ARRAY(values.type)
        return f"{self.process(binary.left, **kw)} {how} ({self.process(array)})"
