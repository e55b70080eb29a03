"""Many rows as one JSON document, for PostgreSQL: a statement of one text and one value, which is prepared once, where its driver would
send a message for each row."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    Dialect,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.sql.visitors import replacement_traverse
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
    found = _given({name: table.c[name].type for name in names})
    statement = statement.from_select([*names, *same], select(*found.c, *same.values())).returning(
        *(table.c[name] for name in returning)
    )
    return str(statement.compile(dialect=dialect))


def update_from(dialect: Dialect, statement: Any, binds: Mapping[str, BindParameter[Any]]) -> str:
    """This UPDATE of one row by its key, for each row of a document: these values, by their names, come from there.

    What it compares with constants does so, too. The planner, which knows only as of some time ago how many rows hold a constant, could
    else begin with an index of those, and walk through all that have held it since; so it looks up each row by its key.
    """
    found = _given({name: bind.type for name, bind in binds.items()})
    names = {bind.key: name for name, bind in binds.items()}

    def from_document(element: Any, **_: Any) -> Any:
        return found.c[names[element.key]] if isinstance(element, BindParameter) else None

    return str(replacement_traverse(statement, {}, from_document).compile(dialect=dialect))


def _given(kinds: Mapping[str, TypeEngine[Any]]) -> Any:
    """The rows of the document, with these columns."""
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    return rows.table_valued(*(column(name, kind) for name, kind in kinds.items())).render_derived(
        "given", with_types=True
    )


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
