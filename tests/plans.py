"""No statement of the product walks through the past, unless it says here why it may.

SQLite keeps no statistics, so its plans are those of a county with a million closed cases. Each statement of any story is noted with the
function that asked for it, and explained once when a story ends.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from workflows import records  # noqa: F401 (registers the tables)

ROOT = f"{Path(__file__).parents[1]}/"
SMALL = {
    "person",
    "group_chat",
    "rota",
    "rota_override",
    "pause",
    "drill",
    "prompt",
    "clock",
    "alive",
    "outage",
    "lease",
    "seal",
}
"""As many rows as a county has people, posts and troubles: they do not grow with its cases."""
GROWS = SMALL ^ set(SQLModel.metadata.tables)
COARSE = {"township_id=?", "unit_id=?", "kind=?", "template=?", "subject=?"}
"""What many of them have in common."""
ENDED = {
    "sent",
    "dropped",
    "done",
    "closed",
    "reported",
    "settled",
    "stood_down",
    "declined",
    "merged",
    "paid",
    "lapsed",
}
MAY = {
    "audit": "the chains and the ledger are proved, or counted for the day's note; beside the decisions",
    "tip_called": "by the four letters of a card, for the discipline commission; the index alone is read",
    "tips_of": "of one sender, who asked to be forgotten",
    "open_rewards": "of one sender",
    "rewards_of_sender": "of one sender, once for each reward",
    "_live": "all that was said to one reader, who is forgotten",
    "seal_anew": "all that was said to one reader, whose key is made anew",
    "wipe": "all that was said to one sender, who is forgotten, and the updates of the last days",
    "_payees_again": "when a clerk's key is made anew",
    "agreement_texts": "agreements of delegation alone",
    "procedures_delegated": "agreements of delegation alone",
    "keys": "a new master key, by hand",
    "printed_documents": "every file is looked for on its shelf, by hand",
    "_migrated": "cards of a group that became a supergroup, once in its life",
    "drop_queued": "what waits to leave",
}
"""Function or file → why it may."""
_STEP = re.compile(r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?: .*\((?P<by>.*)\))?")
_SORTED = "USE TEMP B-TREE FOR ORDER BY"
_asked: dict[str, tuple[Any, str]] = {}
_new: list[str] = []


def walks(plan: list[str], statement: str, given: Any) -> Iterator[str]:
    """The steps of a plan that take longer with each closed case."""
    sorts = any(_SORTED in step for step in plan)
    for step in plan:
        found = _STEP.match(step.replace('"', ""))
        if found is None or found["table"] not in GROWS:
            continue
        by = (found["by"] or "").split(" AND ")
        one_end = "min(" in statement and "WHERE" not in statement
        newest = ("LIMIT" in statement and not sorts) or one_end  # in the order of an index, and no further
        of_what_ended = by == ["state=?"] and bool(ENDED.intersection(_texts(given)))
        of_one_person = found["table"] in ("outbox", "tip") and by == [
            "account=?"
        ]  # liaison, inspector: thousands in a year
        coarse = len(by) == 1 and (by[0] in COARSE or of_one_person)
        if not newest and (not by[0] or coarse or of_what_ended):
            yield step


def _texts(given: Any) -> Iterator[str]:
    """Also those of lists, which are given as JSON."""
    for one in given:
        if isinstance(one, str):
            yield from map(str, json.loads(one)) if one.startswith("[") else [one]


def note(connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
    """One that was not met before, if the product asks for it."""
    if (
        statement in _asked
        or connection.dialect.name != "sqlite"
        or not statement.startswith(("SELECT", "UPDATE", "DELETE"))
    ):
        return
    if by := _asked_by():
        _asked[statement] = (given[0] if many else given), by
        _new.append(statement)


def _asked_by() -> str:
    """The function of the product that asks: `file.py:name`. None, if a test does, or a migration."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        file = code.co_filename.removeprefix(ROOT)
        if file != code.co_filename and not file.startswith(".") and code.co_name != "_run":
            return "" if file.startswith(("tests/", "bot/migrations/")) else f"{file}:{code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def found(engine: Engine) -> list[str]:
    """Of what was asked for since the last time: the steps that walk through the past, and who took them."""
    if engine.dialect.name != "sqlite":
        return []
    told = []
    with engine.connect() as connection:
        while _new:
            statement = _new.pop()
            given, by = _asked[statement]
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            steps = walks([row.detail for row in explained], statement, given)
            if not any(one in MAY for one in by.split(":")) and Path(by.partition(":")[0]).stem not in MAY:
                told += [f"{by}: {step}: {statement}" for step in steps]
    return told


event.listen(Engine, "before_cursor_execute", note)
