"""The product as it runs, `python -m bot run`, with its SQL statements counted: one line of JSON on stderr at the end."""

import json
import sys
from typing import Any

from sqlalchemy import Connection, Engine, event

from bot.cli import main

statements: dict[str, int] = {}


def _count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
    words = statement.split(None, 3)
    name = " ".join(words[:3] if words[0] in ("INSERT", "DELETE") else words[:2] if words[0] == "UPDATE" else words[:1])
    if words[0] == "SELECT":
        name = f"SELECT {statement.rsplit('FROM', 1)[-1].split()[0]}"
    statements[name] = statements.get(name, 0) + 1


def _begun(connection: Connection) -> None:
    """On SQLite the dialect begins, and its BEGIN is executed by no cursor."""
    if connection.dialect.name == "sqlite":
        statements["BEGIN"] = statements.get("BEGIN", 0) + 1


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", _count)
    event.listen(Engine, "begin", _begun)
    code = main(["run"])
    sys.stderr.write(json.dumps(statements) + "\n")
    sys.exit(code)
