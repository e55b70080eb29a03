"""What people ask for in a day is found among what lives: no statement of theirs walks through what was closed long ago.

Every story is judged so at its end (`tests/plans.py`); this one asks for all that a day asks for.
"""

import pytest

from tests import plans
from tests.county import PLANTED_WORDS, County
from tests.plans import walks
from tests.stories.walks import FOOD


async def test_a_day_of_the_county_is_explained_by_its_indexes(county: County) -> None:
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    market, ecology = county.market, county.ecology
    for one in (villager, leader, desk, market.liaison_a, ecology.liaison_a, ecology.liaison_b, ecology.head):
        one.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
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

    assert plans.found(county.app.engine) == []


def test_a_walk_through_the_past_is_seen() -> None:
    """This is what such plans look like."""
    assert list(walks(["SCAN call"], "SELECT … ORDER BY due_at", ()))
    assert list(walks(["SEARCH call USING INDEX ix (unit_id=?)", "USE TEMP B-TREE FOR ORDER BY"], "… LIMIT ?", ("SJ",)))
    assert list(walks(["SEARCH outbox USING INDEX ix (state=?)"], "SELECT …", ("a", "sent")))
    assert list(walks(["SEARCH outbox USING INDEX ix (account=?)"], "SELECT …", ("a",)))
    assert list(walks(["SEARCH tip USING INDEX ix (account=?)", "USE TEMP B-TREE FOR ORDER BY"], "… LIMIT ?", ("a",)))
    assert not list(walks(["SEARCH case USING INDEX ix (township_id=?)"], "… LIMIT ?", ("QL01",)))
    assert not list(walks(["SEARCH outbox USING INDEX ix (state=?)", "SCAN outage"], "SELECT …", ("queued",)))


async def test_a_story_that_walks_is_judged_for_it_and_says_who_did(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = "SELECT * FROM tip WHERE reason = 'x'"
    monkeypatch.setattr(plans, "_asked", {statement: ((), "workflows/work.py:tips_declined")})
    monkeypatch.setattr(plans, "_new", [statement])

    (told,) = plans.found(county.app.engine)

    assert told.startswith("workflows/work.py:tips_declined: SCAN tip")
    monkeypatch.setattr(plans, "_asked", {statement: ((), "workflows/audit.py:heads")})
    monkeypatch.setattr(plans, "_new", [statement])
    assert plans.found(county.app.engine) == [], "it may, and it is said why"


async def test_what_the_product_asks_is_noted_with_who_asked(county: County) -> None:
    before, villager = set(plans._asked), county.villager()
    villager.ignores("*"), county.group.ignores("*")
    await villager.says(FOOD)

    by = {who for statement, (_, who) in plans._asked.items()}
    assert any(who.startswith("workflows/work.py:") for who in by) and not any("tests" in who for who in by)
    assert before <= set(plans._asked) and len(plans._asked) > 40
