"""Stopped at any statement, any commit, any call to the network: no step lost, none doubled, at most one message twice and that one marked.

In CI a seeded share of the day's moments, about one in a hundred; `make faults` (WHISTLE_FAULTS=all) tries them all.
"""

import os
import random
from pathlib import Path

import pytest

from tests.county import County
from tests.faults.cut import Outliving, Told
from tests.faults.shards import MOMENTS
from tests.stories.walks import FOOD, blows
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import CallState

ALL = os.environ.get("WHISTLE_FAULTS") == "all"
SHARE = 20
PARTS = MOMENTS if ALL else 1


async def the_day(county: County) -> None:
    """A tip is taken and whistled for; one unit signs, promises and is silent, the other breaches; all is reported and closed."""
    villager, leader, market = county.villager(), county.yunxi.leader, county.market.liaison_a
    await villager.says(FOOD)
    await leader.presses("受理", on=county.group)
    await blows(county, "市监局", "交警大队", on=county.one(r.Tip))
    await county.forward(minutes=6)
    await market.presses("签收")
    await market.presses("30分钟")
    await county.forward(minutes=13)
    await county.traffic.liaison_b.presses("签收")
    await county.forward(minutes=24)
    await market.presses("到场")
    await market.presses("反馈")
    await market.presses("不属实")
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)


async def live(folder: Path, book: Rulebook, at: int | None) -> tuple[Outliving, Told]:
    """One day, cut at this moment; judged like every story, and stopped."""
    county = Outliving(folder, book, at=at)
    await county.start()
    county.others_may_hear("*"), county.group.ignores("*")
    await the_day(county)
    for one in county.named:
        one.ignores("*")
    states = {call.unit_id: call.state for call in county.all(r.Call)}
    assert states == {"SJ": CallState.REPORTED, "JJ": CallState.CLOSED}
    await county.stop()
    return county, county.told()


def chosen(moments: list[str], part: int) -> list[int]:
    """Which moments this part tries, from 1: all of its share, or in CI a few, half of them where something leaves the process."""
    numbers = range(1, len(moments) + 1)
    if ALL:
        return list(numbers[part::PARTS])
    chance = random.Random(87)
    leaving = [n for n in numbers if moments[n - 1].startswith(("before ", "after "))]
    return sorted({*chance.sample(leaving, SHARE // 2), *chance.sample(numbers, SHARE - SHARE // 2)})


@pytest.mark.slow
@pytest.mark.scenario(87)
@pytest.mark.parametrize("part", range(PARTS))
async def test_stopped_at_any_moment_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, book: Rulebook, part: int
) -> None:
    whole, day = await live(tmp_path / "whole", book, None)
    moments = whole.power.passed
    assert len(moments) > 1000 and {"before COMMIT", "after sendMessage", "after getUpdates"} <= set(moments)

    failures, came = [], 0
    for at in chosen(moments, part):
        county, told = await live(tmp_path / f"cut-{at}", book, at)
        if not county.reopened:  # a second of the machine is a tick, too: the same place of a day that took fewer
            at = at * len(county.power.passed) // len(moments)
            county, told = await live(tmp_path / f"cut-{at}-of-fewer", book, at)
        came += county.reopened
        failures += [f"cut at {at} ({county.where}): {line}" for line in told.differs(day)]

    assert not failures, failures[:5]
    assert came >= len(chosen(moments, part)) - 2  # the last moments of a day do not come in every run


async def evening(folder: Path, book: Rulebook, moment: int) -> tuple[Outliving, Told]:
    """A tip, then the process is told to stop, and is cut at this moment of stopping, from 1; 0: not at all."""
    county = Outliving(folder, book)
    await county.start()
    county.others_may_hear("*"), county.group.ignores("*")
    villager = county.villager()
    await villager.says(FOOD)
    villager.ignores("*")
    county.power.at = len(county.power.passed) + moment
    await county.stop()
    return county, county.told()


async def test_stopped_while_it_stops_another_one_ends_what_that_one_left(tmp_path: Path, book: Rulebook) -> None:
    _, day = await evening(tmp_path / "whole", book, 0)
    cuts = []
    while not cuts or cuts[-1]:
        county, told = await evening(tmp_path / f"cut-{len(cuts)}", book, len(cuts) + 1)
        assert not told.differs(day)
        cuts.append(county.where)
    assert len(cuts) > 2 and "before COMMIT" in cuts, cuts
