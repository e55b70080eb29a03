"""What people ask for in a day is found among what lives: no statement of theirs walks through what was closed long ago.

SQLite keeps no statistics, so its plans are those of a county with a million closed cases: each statement of a day is explained.
"""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event

from tests.county import PLANTED_WORDS, County
from tests.stories.walks import FOOD

GROWS = [
    "tip",
    "tipitem",
    "case",
    "whistle",
    "call",
    "event",
    "deadline",
    "inbox",
    "outbox",
    "card",
    "identity",
    "chain",
    "reward",
]
"""What a closed case leaves behind."""
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
_STEP = re.compile(r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?: .*\((?P<by>.*)\))?")


def walks(plan: list[str], statement: str, given: Any) -> Iterator[str]:
    """The steps of a plan that take longer with each closed case."""
    sorts = any("TEMP B-TREE" in step for step in plan)
    for step in plan:
        found = _STEP.match(step.replace('"', ""))
        if found is None or found["table"] not in GROWS:
            continue
        by = (found["by"] or "").split(" AND ")
        newest = "LIMIT" in statement and not sorts  # read in the order of an index, and no further
        of_what_ended = by == ["state=?"] and bool(ENDED & {one for one in given if isinstance(one, str)})
        of_one_person = found["table"] in ("outbox", "tip") and by == [
            "account=?"
        ]  # liaison, inspector: thousands in a year
        coarse = len(by) == 1 and (by[0] in COARSE or of_one_person)
        if not newest and (not by[0] or coarse or of_what_ended):
            yield step


async def test_a_day_of_the_county_is_explained_by_its_indexes(county: County) -> None:
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    market, ecology = county.market, county.ecology
    for one in (villager, leader, desk, market.liaison_a, ecology.liaison_a, ecology.liaison_b, ecology.head):
        one.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            asked.setdefault(statement, given[0] if many else given)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await villager.says(f"{FOOD},{PLANTED_WORDS}")
        await leader.presses("受理", on=county.group)
        await leader.says("/whistle 市监局 环保局 河口集市食品和污水")
        await leader.presses("河口村")
        await leader.presses("叫")
        await market.liaison_a.presses("签收")
        await county.forward(minutes=19)
        await ecology.liaison_b.presses("签收")
        for who, lines in {
            villager: ("/mytips", "/mydata"),
            leader: ("/tips", "/cases", "/board", "/stats", "/reward"),
            market.liaison_a: ("/calls", "/stats", "/onduty"),
            desk: ("/open", "/stats"),
        }.items():
            for line in lines:
                await who.says(line)
        await county.app.metrics.text(0.0)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    found = []
    with county.app.engine.connect() as connection:
        for statement, given in asked.items():
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            plan = [row.detail for row in explained]
            found += [f"{step}: {statement}" for step in walks(plan, statement, given)]
    assert len(asked) > 100
    assert "\n\n".join(found) == ""


def test_a_walk_through_the_past_is_seen() -> None:
    """This is what such plans look like."""
    assert list(walks(["SCAN call"], "SELECT … ORDER BY due_at", ()))
    assert list(walks(["SEARCH call USING INDEX ix (unit_id=?)", "USE TEMP B-TREE FOR ORDER BY"], "… LIMIT ?", ("SJ",)))
    assert list(walks(["SEARCH outbox USING INDEX ix (state=?)"], "SELECT …", ("a", "sent")))
    assert list(walks(["SEARCH outbox USING INDEX ix (account=?)"], "SELECT …", ("a",)))
    assert list(walks(["SEARCH tip USING INDEX ix (account=?)", "USE TEMP B-TREE FOR ORDER BY"], "… LIMIT ?", ("a",)))
    assert not list(walks(["SEARCH case USING INDEX ix (township_id=?)"], "… LIMIT ?", ("QL01",)))
    assert not list(walks(["SEARCH outbox USING INDEX ix (state=?)", "SCAN outage"], "SELECT …", ("queued",)))
