"""交班: one page of what is open, by the hour or by /shift; somebody takes it over by name, or the leader on duty hears."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.county import County
from tests.stories.test_crew import browsers  # noqa: F401
from tests.stories.test_phone import phones, silent
from tests.stories.walks import button, until
from workflows import deskshift as deskshifts
from workflows import records as r
from workflows.states import ShiftState
from workflows.work import Outside

LOCAL = ZoneInfo("Asia/Shanghai")


async def test_the_page_lists_open_calls_promises_phone_answers_and_who_takes_what(county: County) -> None:
    office, market = county.office, county.market
    market.liaison_a.ignores()
    call = await silent(county)
    await phones(county)
    await office.desk.presses("1小时内")
    assert office.desk_2.heard == market.head.heard == ["call.handled"]  # whoever was paged hears of the promise

    await office.desk.says("/shift")

    assert office.desk_2.shifts == ["shift.ended"] and "县指挥中心1号席交班" in office.desk_2.last
    for text in (office.desk_2.last, office.desk.last):
        assert call.number in text and "电话代签" in text and "说好" in text
    await office.desk_2.presses("接班")
    assert office.desk.heard == ["shift.taken_over"] and "县指挥中心2号席接班了" in office.desk.last
    taken = county.one(r.Shift)
    assert (taken.ended_by, taken.taken_by, taken.state) == ("QL-desk-1", "QL-desk-2", ShiftState.TAKEN_OVER)
    assert [(e.kind, e.by) for e in county.events("shift.ended", "shift.taken_over")] == [
        ("shift.ended", "QL-desk-1"),
        ("shift.taken_over", "QL-desk-2"),
    ]


async def test_nobody_takes_over_from_himself_twice_or_from_outside(county: County) -> None:
    office, leader = county.office, county.yunxi.leader
    await office.desk.says("/shift")
    office.desk_2.ignores("shift.ended"), office.desk.ignores("shift.taken_over")
    data, message = button(county, office.desk_2, "接班")

    own = await office.desk.presses_data(data, message)
    stranger = await leader.presses_data(data, message)
    await office.desk_2.presses_data(data, message)
    late = await office.leader_on_duty.presses_data(data, message)

    assert "另一个人" in own["text"] and stranger["show_alert"] and "县指挥中心2号席" in late["text"]
    assert county.one(r.Shift).taken_by == "QL-desk-2" and len(county.events("shift.taken_over")) == 1
    await leader.says("/shift")
    assert "工作人员" in leader.last and len(county.all(r.Shift)) == 1


async def test_nobody_taking_over_is_told_to_the_leader_on_duty(county: County) -> None:
    office = county.office
    await office.desk.says("/shift")
    office.desk_2.ignores("shift.ended"), office.desk.ignores("shift.taken_over")

    await county.forward(minutes=30)

    assert office.leader_on_duty.shifts == ["shift.unclaimed"]
    await office.leader_on_duty.presses("接班")
    assert county.one(r.Shift).taken_by == "QL-leader-1"


async def test_by_the_hour_of_policy_and_only_when_something_is_open(county: County) -> None:
    office, market = county.office, county.market
    for one in (
        office.desk,
        office.desk_2,
        office.leader_on_duty,
        market.liaison_a,
        market.liaison_b,
        market.head,
        county.yunxi.leader,
    ):
        one.ignores()
    county.others_may_hear("*")
    await county.app.store.decide(deskshifts.plan)
    await until(county, datetime(2026, 11, 2, 20, 0, tzinfo=LOCAL))
    assert county.all(r.Shift) == [], "nothing open, nobody is written to"
    await until(county, datetime(2026, 11, 3, 7, 40, tzinfo=LOCAL))
    await silent(county, minutes=1)

    await until(county, datetime(2026, 11, 3, 8, 0, tzinfo=LOCAL))

    ended = county.one(r.Shift)
    assert ended.ended_by is None and ended.ended_at == datetime(2026, 11, 3, 8, 0, tzinfo=LOCAL)
    assert "到交班时间了" in office.desk.reads[-1] or any("到交班时间了" in text for text in office.desk.reads)
    waiting = [d.due_at for d in county.all(r.Deadline, kind="shift.end") if d.done_at is None]
    assert waiting == [datetime(2026, 11, 3, 20, 0, tzinfo=LOCAL)]
    await county.restart()
    waiting = [d.due_at for d in county.all(r.Deadline, kind="shift.end") if d.done_at is None]
    assert waiting == [datetime(2026, 11, 3, 20, 0, tzinfo=LOCAL)], "a restart plans it once"


async def test_the_page_prints_on_paper_with_two_signatures(county: County, browsers: Any) -> None:  # noqa: F811
    office = county.office
    county.market.liaison_a.ignores(), office.desk_2.ignores("shift.ended")
    call = await silent(county)
    county.app.store.outside = Outside(public_url=f"http://127.0.0.1:{county.app.port}")
    await office.desk.says("/shift")

    await office.desk.presses("打印页")

    address = re.findall(r"http://127\.0\.0\.1:\d+/p/[\w-]{22}", office.desk.last)[-1]
    paper = browsers(address)
    await paper.presses("open")
    assert paper.status == 200 and call.number in paper.text and "交班人：县指挥中心1号席" in paper.text
    assert "接班人" in paper.text and "size:A4" in paper.text
    await paper.presses("depart")
    assert county.one(r.Call).departed_at is None, "a page of another kind acts on no call"
    county.planted.append(address[-22:])
    assert county.now - county.one(r.Shift).ended_at < timedelta(minutes=1)
