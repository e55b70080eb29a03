"""预约: a whistle for an agreed time, on the working hours' clock."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.county import County
from tests.stories.walks import button, timeline, until
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import CallState

ONE = timedelta(hours=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A November day in the county."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 8 * ONE


async def appoints(county: County, slot: str = "11月3日10:00", unit: str = "环保局") -> r.Call:
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted", "whistle.opened")
    leader.ignores("tip.reminded"), county.others_may_hear("tip.reminded")  # the first look of the squad's own matter
    await leader.says(f"/whistle {unit} 河口村桥头排污")
    await leader.presses("新的一件")
    await leader.presses("约个时间")
    await leader.presses(slot)
    await leader.presses("叫", containing="🗓")
    return county.one(r.Call)


async def test_the_times_offered_leave_four_working_hours_to_sign(county: County) -> None:
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted")
    await leader.says("/whistle 环保局 河口村桥头排污")  # Monday 09:00: 12:00 is three hours, 15:00 the fourth
    await leader.presses("新的一件")

    await leader.presses("约个时间")

    assert leader.buttons[:3] == ["11月2日16:00", "11月3日08:30", "11月3日10:00"]
    await leader.presses("返回")
    assert leader.buttons[0] == "叫"
    assert county.all(r.Whistle) == []


async def test_signing_promises_the_appointment_and_nothing_more_is_asked(county: County) -> None:
    liaison, leader = county.ecology.liaison_a, county.yunxi.leader
    county.others_may_hear("call.progress_asked", "tip.reminded")
    call = await appoints(county)
    assert call.due_at - call.opened_at > 5 * ONE  # the noon break does not count
    assert liaison.heard == ["call.opened"]
    assert "请贵单位 11月3日10:00 到场" in liaison.card and "11月2日15:0" in liaison.card
    assert "预约 11月3日10:00" in county.group.card

    await liaison.presses("签收")

    assert "11月3日10:00 前到" in liaison.last and "几点能到" not in liaison.last
    assert "11月3日10:00 前到" in county.group.card
    await until(county, local(3, 10, 14))
    assert liaison.heard == [] and county.events("call.progress_asked", "call.promise_asked", "call.unpromised") == []
    await until(county, local(3, 10, 15))
    assert liaison.heard == ["call.progress_asked"]
    await liaison.presses("到场")
    leader.ignores("call.arrived")
    asked = county.all(r.Deadline, kind="call.ask_report", done_at=None)
    assert [d.due_at - local(4, 10, 15) < timedelta(minutes=1) for d in asked] == [True]  # one working day


async def test_silence_is_reminded_breached_and_climbs_in_working_hours_only(county: County) -> None:
    leader, ecology, office = county.yunxi.leader, county.ecology, county.office
    await county.forward(hours=7)  # Monday 16:00
    call = await appoints(county, "11月4日08:30")
    opened = call.opened_at
    rest = opened - local(2, 16)  # a few seconds

    await until(county, local(4, 12, 0))

    def at(day: int, hour: int, minute: int = 0) -> timedelta:
        return local(day, hour, minute) + rest - opened

    assert [(kind, who, after) for kind, who, after in timeline(county, call, since=opened) if kind != "call.rung"] == [
        ("call.opened", "", timedelta(0)),
        ("call.reminded", "180", at(2, 17)),
        ("call.reminded", "60", at(3, 10)),
        ("call.breached", "", at(3, 11)),
        ("call.escalated", "post_b", at(3, 11)),
        ("call.escalated", "department_head", at(3, 15)),
        ("call.escalated", "desk", at(3, 17)),
        ("call.escalated", "desk", at(4, 10)),
    ]
    assert "还有3小时" in next(t for t in ecology.liaison_a.reads if "还没签收" in t)
    assert ecology.liaison_a.heard == ["call.opened", "call.reminded", "call.reminded", "call.breached"]
    assert ecology.liaison_b.heard == ["call.opened"] and ecology.head.heard == ["call.escalated"]
    assert office.desk.heard == office.desk_2.heard == ["call.escalated"] * 2
    assert [name for name in leader.heard if name != "tip.reminded"] == ["call.breached"]


async def test_at_night_it_rings_at_once_without_a_sound(county: County) -> None:
    liaison = county.ecology.liaison_a
    await county.forward(hours=13)  # 22:00

    call = await appoints(county, "11月3日16:00")

    assert liaison.heard == ["call.opened"]
    assert call.called == ["HB-1"] and call.due_at == local(3, 14, 30)
    (view,) = [v for v in county.sandbox.world.messages(liaison.chat_id) if "签收" in (v["text"] or "")]
    message = county.sandbox.world.chats[liaison.chat_id].messages[view["message_id"]]
    assert message.silent
    await county.forward(hours=12)
    await liaison.presses("签收")
    assert county.one(r.Call).late_seconds == 0 and liaison.heard == ["call.reminded"]


async def test_an_agreed_time_that_has_come_too_near_is_not_taken(county: County) -> None:
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted")
    await leader.says("/whistle 环保局 河口村桥头排污")
    await leader.presses("新的一件")
    await leader.presses("约个时间")
    slot, message = button(county, leader, "11月2日16:00")
    await county.forward(hours=2)

    await leader.presses_data(slot, message)
    assert "不在了" in leader.toast["text"]
    await leader.presses_data(slot.replace("202611021600", "209911021600"), message)
    assert "不在了" in leader.toast["text"]
    await leader.presses_data(slot.replace("202611021600", "x"), message)

    assert county.all(r.Whistle) == [] and county.one(r.Draft, kind="whistle").facts["appointment"] is None


async def test_one_more_unit_comes_at_the_same_time(county: County) -> None:
    leader, traffic = county.yunxi.leader, county.traffic
    county.ecology.liaison_a.ignores("call.opened")
    await appoints(county)

    await leader.presses("再加一家", on=county.group)
    await leader.presses("交警", on=county.group)

    assert "请贵单位 11月3日10:00 到场" in traffic.liaison_a.card
    assert traffic.liaison_a.heard == ["call.opened"]
    await traffic.liaison_a.presses("出动")
    assert county.one(r.Call, unit_id="JJ").window["promise"]["kind"] == "appointed"
    assert len(county.all(r.Deadline, kind="call.ask_progress", done_at=None)) == 1


async def test_nobody_there_and_no_word_opens_the_call_again(county: County) -> None:
    ecology, leader = county.ecology, county.yunxi.leader
    leader.ignores("call.reopened"), ecology.liaison_a.ignores()
    await appoints(county)
    await ecology.liaison_a.presses("签收")

    await until(county, local(3, 10, 20))

    assert county.one(r.Call).state is CallState.OPEN
    assert ecology.liaison_b.heard == ["call.progress_asked", "call.opened"]
    ecology.liaison_b.ignores(), ecology.duty_room.ignores()


@pytest.fixture
async def plain(tmp_path: Path, book: Rulebook) -> AsyncIterator[County]:
    """A county whose policy has no appointments."""
    from dataclasses import replace

    version = book.policy.versions[-1]
    call = version.call.model_copy(update={"appointed": None})
    policy = book.policy.model_copy(update={"versions": (version.model_copy(update={"call": call}),)})
    made = await County(tmp_path / "county", replace(book, policy=policy)).start()
    yield made
    await made.stop()


async def test_a_county_without_appointments_says_so(plain: County) -> None:
    leader = plain.yunxi.leader
    plain.group.ignores("tip.submitted")
    await leader.says("/whistle 环保局 河口村桥头排污")
    await leader.presses("新的一件")

    assert "约个时间" not in leader.buttons
