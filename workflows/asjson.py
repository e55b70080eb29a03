"""Many rows as one JSON document, for PostgreSQL: a statement of one text and one value, which is prepared once, where its driver would
send a message for each row."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Dialect, LargeBinary, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.types import TypeEngine


def insert_from(
    dialect: Dialect,
    statement: Any,
    table: Table,
    names: Sequence[str],
    same: Mapping[str, Any],
    returning: Sequence[str],
) -> str:
    """This INSERT, of the rows of a document in its order; it is given as `rows`. `same`: what all of them hold in other columns."""
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    columns = (column(name, table.c[name].type) for name in names)
    found = rows.table_valued(*columns).render_derived("given", with_types=True)
    statement = statement.from_select([*names, *same], select(*found.c, *same.values())).returning(
        *(table.c[name] for name in returning)
    )
    return str(statement.compile(dialect=dialect))


def given(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"rows": orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode()}


def how(dialect: Dialect, kind: TypeEngine[Any]) -> Any:
    """How a value of this type goes into the document, unless it is None; None: as it is."""
    impl = kind.dialect_impl(dialect)
    if isinstance(impl, JSON | Boolean):
        return None
    return _hex if isinstance(impl, LargeBinary) else impl.bind_processor(dialect)


def _hex(value: bytes) -> str:
    """As PostgreSQL reads bytes from text."""
    return "\\x" + value.hex()
