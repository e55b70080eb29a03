"""A unit that is paused: what is new waits and makes no sound, what runs goes on, and at the end it begins at the first step."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.county import County
from tests.stories.walks import blows, timeline, until
from workflows import records as r

SIX = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # 18:00 in the county


async def paused(county: County, label: str = "到 11月2日18:00") -> r.Pause:
    head = county.market.head
    await head.says("/people SJ")
    await head.presses("暂停呼叫")
    await head.presses(label)
    await head.presses("系统或线路维护")
    county.others_may_hear("pause.began", "pause.ended")
    county.office.desk.ignores("pause.began", "pause.ended")
    for one in (county.market.liaison_a, county.market.liaison_b, county.market.duty_room):
        one.ignores("pause.began", "pause.ended")
    return county.one(r.Pause)


@pytest.mark.scenario(80)
async def test_new_calls_wait_for_the_end_and_begin_at_the_first_step_while_running_ones_go_on(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    await blows(county, "市监局")
    running = county.one(r.Call)
    assert market.liaison_a.heard == ["call.opened"]
    pause = await paused(county)
    assert pause.ends_at == SIX and county.office.desk.heard == ["pause.began"]
    assert "市监局 暂停呼叫到 11月2日18:00" in county.office.desk.last

    await leader.says("/whistle 市监局 河口集市占道经营")
    await leader.presses("新的一件")
    assert "市监局暂停呼叫，11月2日18:00才响" in leader.last
    await leader.presses("叫")
    waiting = max(county.all(r.Call), key=lambda c: c.opened_at)
    assert "⏸ 暂停呼叫，11月2日18:00才响" in county.group.card
    assert market.liaison_a.heard == ["pause.began"]
    await until(county, running.opened_at + timedelta(minutes=6))
    assert market.liaison_a.heard == ["call.reminded"]  # of the one that runs
    assert market.liaison_a.last.splitlines()[0].find(running.number) >= 0
    await market.liaison_a.presses("签收")
    market.liaison_a.ignores("call.promise_asked", "call.progress_asked", "call.report_asked")
    await market.liaison_a.presses("到场")

    refused = await leader.presses("升级", on=county.group)
    assert refused and refused["show_alert"]
    assert refused["text"].startswith("市监局暂停呼叫到 11月2日18:00（系统或线路维护），到点从头叫。")

    await until(county, SIX - timedelta(seconds=1))
    assert [e.kind for e in county.events() if e.subject_id == waiting.id] == ["call.opened"]
    await until(county, SIX + timedelta(seconds=1))

    assert "call.opened" in market.liaison_a.heard
    assert county.one(r.Call, id=waiting.id).called == ["SJ-1"]
    await until(county, SIX + timedelta(minutes=15))
    assert [(k, w, after) for k, w, after in timeline(county, waiting, since=SIX) if k != "call.rung"][1:] == [
        ("call.reminded", "10", timedelta(minutes=5)),
        ("call.reminded", "5", timedelta(minutes=10)),
        ("call.reminded", "2", timedelta(minutes=13)),
        ("call.breached", "", timedelta(minutes=15)),
        ("call.escalated", "post_b", timedelta(minutes=15)),
    ]
    county.others_may_hear("*")
    market.liaison_a.ignores("call.reminded", "call.breached")
    market.liaison_b.ignores("call.opened")
    leader.ignores()


@pytest.mark.scenario(81)
async def test_a_pause_silences_first_message_reminders_and_escalation_alike_also_of_an_urgent_call(
    county: County,
) -> None:
    market, leader, office = county.market, county.yunxi.leader, county.office
    await paused(county)
    market.head.ignores("pause.ended")
    office.leader_on_duty.ignores("pause.ended")

    await blows(county, "市监局", urgent=True)
    await until(county, SIX - timedelta(seconds=10))

    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        assert set(one.heard) <= {"pause.began"}
    assert market.head.heard == office.leader_on_duty.heard == leader.heard == []
    assert office.desk.heard == ["pause.began"]
    call = county.one(r.Call)
    assert call.due_at == SIX + timedelta(minutes=15) and call.called == []
    await leader.presses("撤哨", on=county.group)
    await county.forward(hours=2)
    assert "call.opened" not in market.liaison_a.heard


async def test_when_it_ends_early_what_waited_rings_at_once(county: County) -> None:
    market, desk = county.market, county.office.desk
    await paused(county)
    await blows(county, "市监局")
    assert "call.opened" not in market.liaison_a.heard

    await desk.presses("恢复呼叫")

    call = county.one(r.Call)
    assert "call.opened" in market.liaison_a.heard
    assert call.due_at - county.events("pause.ended")[0].at == timedelta(minutes=15)
    again = await desk.presses_data(f"1:pause_end:{county.one(r.Pause).ref}:0", 1)
    assert again and "已经过去" in again["text"]
    await market.liaison_a.presses("签收")
    market.liaison_a.ignores("call.promise_asked")


async def test_only_the_desk_and_whoever_is_in_charge_may_pause_a_unit(county: County) -> None:
    liaison, leader, desk = county.market.liaison_a, county.yunxi.leader, county.office.desk

    for one in (liaison, leader):
        refused = await one.presses_data("1:pause.SJ:-:0", 1)
        assert refused and refused["show_alert"] and "负责人" in refused["text"]
    await desk.presses_data("1:pause.SJ:-:0", 1)

    assert "市监局 · 暂停呼叫到几点" in desk.last
    assert county.all(r.Pause) == []
