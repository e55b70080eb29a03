"""A tip that the squad settles itself: receipted, taken, looked at, helped, told."""

from tests.conftest import both_ways
from tests.county import PLANTED_WORDS, County


@both_ways
async def test_a_villager_is_heard_helped_and_told(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader

    await villager.says(f"河口村桥头有人把洗车废水排到河里,{PLANTED_WORDS}")

    assert villager.heard == ["tip.opened"]
    print(villager.reads)
    assert county.group.heard == ["tip.submitted"]
    print(county.group.card)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]
    print(villager.reads, county.group.card)
