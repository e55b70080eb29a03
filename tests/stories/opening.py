"""How many stories begin: a tip that needs no question, and one that the leader has taken."""

from tests.county import PLANTED_WORDS, County, Person
from workflows import records as r

STALL = f"河口村夜市有人摆摊占道,{PLANTED_WORDS}"
"""Place and matter are plain from the words: nothing is asked."""


async def tip_sent_in(county: County, text: str = STALL) -> tuple[Person, r.Tip]:
    """A villager's tip waits before the squad of 云溪镇; what was heard on the way is forgotten."""
    villager = county.villager()
    await villager.says(text)
    tip = county.one(r.Tip)
    assert tip.township_id == "QL01" and tip.state == "submitted", (tip.state, tip.asks)
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    return villager, tip


async def tip_taken(county: County, text: str = STALL) -> tuple[Person, Person, r.Tip]:
    """The leader has taken it: (villager, leader, tip)."""
    villager, _ = await tip_sent_in(county, text)
    leader = county.yunxi.leader
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]
    return villager, leader, county.one(r.Tip)
