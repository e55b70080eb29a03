"""What is counted: on the tenth of a second, twice the same, without drills, outages and rulings; one's own unit only."""

from datetime import timedelta

import pytest

from tests.county import County, Person
from tests.stories.walks import blows
from workflows import figures
from workflows import records as r
from workflows import whistle as whistles
from workflows.figures import Figures
from workflows.work import Work


async def counted(county: County, *units: str) -> Figures:
    day = timedelta(days=1)
    found: Figures = await county.app.store.read(
        lambda work: figures.of_unit(work, units, county.now - day, county.now + day)
    )
    return found


async def answers_at(county: County, person: Person, call: r.Call, after: timedelta) -> None:
    """The press comes exactly so long after the call was opened."""
    ahead = call.opened_at + after - county.now - timedelta(seconds=1)  # a press takes a second
    await county.forward(seconds=ahead.total_seconds())
    await person.presses("签收", containing=call.number)


@pytest.mark.scenario(99)
@pytest.mark.scenario(100)
async def test_a_tenth_of_a_second_decides_the_side_and_a_second_count_is_the_same(county: County) -> None:
    market, traffic = county.market.liaison_a, county.traffic.liaison_a
    for one in (market, traffic, county.yunxi.leader):
        one.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局", "交警大队")
    first, second = (county.one(r.Call, unit_id=unit) for unit in ("SJ", "JJ"))

    await answers_at(county, market, first, timedelta(minutes=14, seconds=59.9))
    await county.app.store.rehearse(shown=second.opened_at + timedelta(minutes=15, seconds=0.1))
    await county.settled()
    county.sandbox.world.press(traffic.chat_id, traffic.chat_id, _card(county, traffic), text="签收")
    await county.settled()

    in_time, late = await counted(county, "SJ"), await counted(county, "JJ")
    assert (in_time.in_time, in_time.breaches, in_time.breach_rate) == (1, 0, 0.0)
    assert (late.in_time, late.breaches, late.breach_rate) == (0, 1, 1.0)
    assert in_time.mean_answer == timedelta(minutes=14, seconds=59.9)
    assert late.mean_answer == timedelta(minutes=15, seconds=0.1)
    assert county.one(r.Call, unit_id="JJ").late_seconds == 1
    both = await counted(county, "SJ", "JJ")
    assert (both.counted, both.in_time, both.breaches, both.breach_rate) == (2, 1, 1, 0.5)
    assert both == await counted(county, "SJ", "JJ")
    await county.restart()
    assert both == await counted(county, "SJ", "JJ")


def _card(county: County, person: Person) -> int:
    views = [v for v in county.sandbox.world.messages(person.chat_id) if v["keyboard"] and not v["deleted"]]
    return int(
        next(v["message_id"] for v in reversed(views) if any("签收" in k["text"] for row in v["keyboard"] for k in row))
    )


async def test_what_does_not_count_is_left_out_and_said_so(county: County) -> None:
    county.market.liaison_a.ignores("*"), county.yunxi.leader.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局")
    await county.forward(minutes=20)
    call = county.one(r.Call)
    assert (await counted(county, "SJ")).breaches == 1

    def waive(work: Work) -> None:
        work.get(r.Call, call.id).counts = False

    await county.app.store.decide(waive)
    found = await counted(county, "SJ")

    assert (found.counted, found.breaches, found.left_out) == (0, 0, 1)
    await county.app.store.decide(lambda work: setattr(work.get(r.Call, call.id), "counts", True))


async def test_a_call_stood_down_in_time_was_nobodys_duty(county: County) -> None:
    county.market.liaison_a.ignores("*"), county.yunxi.leader.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局")
    running = await counted(county, "SJ")

    def stand_down(work: Work) -> None:
        whistle = work.get(r.Whistle, county.one(r.Whistle).id)
        by = work.person(whistle.blown_by)
        assert by is not None
        whistles.stand_down(work, whistle, by, "solved")

    await county.app.store.decide(stand_down)
    await county.settled()

    assert running == Figures()
    assert await counted(county, "SJ") == Figures(left_out=1)


async def test_a_head_sees_the_own_department_and_a_leader_the_own_township(county: County) -> None:
    head, leader, liaison, desk = county.market.head, county.yunxi.leader, county.market.liaison_a, county.office.desk
    for one in (head, leader, liaison, desk):
        one.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局", "交警大队")
    await county.forward(minutes=16)

    await head.says("/stats")
    await county.traffic.head.says("/stats 2026-10")
    await leader.says("/stats")
    await liaison.says("/stats")

    assert (
        "按时签收 0 / 1 件" in head.last
        and "超时 1 件" in head.last
        and "不足 5 件" in head.last
        and "%" not in head.last
    )
    assert "没有要计的呼叫" in county.traffic.head.last
    assert "没有要计的线索" in leader.last
    assert "按时" not in liaison.last
    county.traffic.head.ignores("*")
    assert not any(p.label in head.last for p in county.all(r.Person) if p.unit_id == "SJ")
