"""A clock that is changed while it runs: 升级, more time with a reason, one unit withdrawn, a new policy stamped on purpose."""

from datetime import timedelta
from typing import Any

import pytest

from tests.county import County
from tests.stories.test_ladder_targets import ladder
from tests.stories.walks import blows, button, rules, timeline, until
from workflows import records as r
from workflows.states import CallState, WhistleState

HEAD = {"after_minutes": 3, "who": "department_head"}
DESK = {"after_minutes": 8, "who": "desk"}


def _minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


def escalations(county: County, call: r.Call) -> list[tuple[str, timedelta]]:
    return [(who, at) for kind, who, at in timeline(county, call, since=call.due_at) if kind == "call.escalated"]


# ── 升级 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(35)
async def test_going_up_on_a_signed_call_pages_the_next_level_and_opens_it_again(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    await blows(county, "市监局")
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("30分钟内")
    await county.forward(minutes=20)

    await leader.presses("升级", on=county.group)

    call = county.one(r.Call)
    assert call.state is CallState.OPEN and call.acknowledged_by == "SJ-1" and call.breached_at is None
    assert market.liaison_b.heard == ["call.opened"] and "B岗" in leader.toast["text"]
    assert market.liaison_a.heard == ["call.opened", "call.reopened"] and "还要人" in market.liaison_a.last
    raised = county.now
    await until(county, raised + _minutes(3))
    assert market.head.heard == ["call.escalated"]  # the ladder's own distance from here on
    await market.head.presses("签收")
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED and county.one(r.Call).acknowledged_by == "SJ-1"
    await county.forward(minutes=4)
    assert leader.heard == []


@pytest.mark.scenario(34)
async def test_going_up_on_an_old_message_is_refused_with_the_current_level(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    market.liaison_a.ignores(), market.liaison_b.ignores("call.opened")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _minutes(1))
    assert leader.heard == ["call.breached"]
    old, message = button(county, leader, "升级")
    await until(county, call.due_at + _minutes(4))
    assert market.head.heard == ["call.escalated"]

    await leader.presses_data(old, message)

    assert "已经升到单位负责人" in leader.toast["text"]
    assert county.events("call.raised") == []
    assert market.head.heard == [] and county.office.desk.heard == []
    await leader.presses("升级", on=county.group)
    assert county.office.desk.heard == ["call.escalated"] and "县指挥中心" in leader.toast["text"]
    county.office.desk_2.ignores()


async def test_going_up_before_the_breach_changes_neither_deadline_nor_breach(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + _minutes(6))

    await leader.presses("升级", on=county.group)
    await leader.presses("升级", on=county.group)

    at = county.now - call.due_at
    assert market.liaison_b.heard == ["call.opened"] and market.head.heard == ["call.escalated"]
    await until(county, call.due_at)
    assert county.one(r.Call).breached_at == call.due_at and county.one(r.Call).due_at == call.due_at
    assert [who for who, _ in escalations(county, call)] == ["post_b", "department_head", "desk"]
    assert escalations(county, call)[-1] == ("desk", at + _minutes(5))
    assert "县指挥中心" not in next(t for t in leader.reads if "接下来会找" in t)  # told already
    assert "带班领导" in next(t for t in leader.reads if "接下来会找" in t)
    assert market.head.heard == []
    assert market.liaison_b.heard == ["call.reminded", "call.reminded", "call.breached"]


async def test_above_the_last_step_there_is_nobody(county: County) -> None:
    leader, office = county.yunxi.leader, county.office
    leader.ignores(), county.others_may_hear("call.escalated", "call.opened", "call.breached", "call.reminded")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _minutes(18))
    stale, message = button(county, county.group, "撤哨")
    assert "升级" not in [k["text"] for v in county.group.views[-1:] for row in v["keyboard"] or [] for k in row]

    await leader.presses_data(f"1:rise.4:{call.ref}:0", message, county.group.chat_id)

    assert "最上面一级（带班领导）" in leader.toast["text"] and stale
    office.desk.ignores(), office.desk_2.ignores(), office.leader_on_duty.ignores()


async def test_only_who_may_blow_and_the_desk_send_a_call_up(county: County) -> None:
    market, desk = county.market, county.office.desk
    market.liaison_a.ignores(), market.liaison_b.ignores()
    await blows(county, "市监局")
    press, message = button(county, county.group, "升级")

    for person in (market.liaison_a, county.yunxi.reviewer, county._seat("QL02S-1")):
        await person.presses_data(press, message)
        assert "大队长" in person.toast["text"]
    assert county.events("call.raised") == []
    await desk.presses_data(press, message)
    await desk.presses_data(press, message)

    assert len(county.events("call.raised")) == 1 and "已经升到B岗" in desk.toast["text"]
    await county.yunxi.leader.presses("撤哨", on=county.group)
    await desk.presses_data(press, message)
    assert "已经过去" in desk.toast["text"]


# ── one unit withdrawn ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(83)
async def test_one_unit_is_withdrawn_and_everyone_paged_for_it_hears_it_once(county: County) -> None:
    leader, market, traffic, office = county.yunxi.leader, county.market, county.traffic, county.office
    leader.ignores("call.breached"), county.others_may_hear("call.escalated")
    await blows(county, "市监局", "交警")
    await traffic.liaison_a.presses("签收")
    await traffic.liaison_a.presses("1小时内")
    call = county.one(r.Call, unit_id="SJ")
    await until(county, call.due_at + _minutes(9))
    assert market.head.heard == office.desk.heard == ["call.escalated"]
    assert market.liaison_b.heard == ["call.opened"]
    market.liaison_a.heard

    await leader.presses("撤一家", on=county.group)
    await leader.presses("不用市监局来", on=county.group)

    for person in (market.liaison_a, market.liaison_b, market.head, office.desk, office.desk_2):
        assert person.heard[-1:] == ["call.stood_down"]
    assert county.one(r.Call, unit_id="SJ").state is CallState.STOOD_DOWN
    assert county.one(r.Call, unit_id="JJ").state is CallState.ACKNOWLEDGED
    assert county.one(r.Whistle).state is WhistleState.OPEN
    await county.forward(minutes=40)
    assert market.liaison_a.heard == market.head.heard == office.desk.heard == []
    assert traffic.liaison_a.heard == ["call.opened"]  # goes on: the promised hour has not passed
    assert "撤一家" not in [
        k["text"] for v in county.group.views for row in v["keyboard"] or [] for k in row if "吹哨 ·" in v["text"]
    ]


async def test_withdrawing_one_unit_twice_late_or_by_a_stranger_changes_nothing(county: County) -> None:
    leader, other = county.yunxi.leader, county._seat("QL02S-1")
    county.others_may_hear("call.opened", "call.stood_down")
    await blows(county, "市监局", "交警")
    await leader.presses("撤一家", on=county.group)
    off, message = button(county, county.group, "不用市监局来")

    await other.presses_data(off, message)
    assert "大队长" in other.toast["text"]
    await leader.presses_data(off, message, county.group.chat_id)
    await leader.presses_data(off, message, county.group.chat_id)

    assert "已经过去" in leader.toast["text"]
    assert len(county.events("call.stood_down")) == 1


# ── more time ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(46)
async def test_more_time_replaces_the_old_timers_and_keeps_both_deadlines_in_the_log(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + _minutes(6))
    assert market.liaison_a.heard == ["call.opened", "call.reminded"]

    await desk.says(f"/extend {call.number} 20 隧道里没信号,电话13800001111")

    longer = county.one(r.Call)
    assert longer.due_at == call.due_at + _minutes(20)
    (event,) = county.events("call.extended")
    assert (event.facts["before"], event.facts["due_at"]) == (call.due_at.isoformat(), longer.due_at.isoformat())
    assert "隧道里没信号" in event.facts["reason"] and "13800001111" not in event.facts["reason"]
    assert event.by == "QL-desk-1"
    assert market.liaison_a.heard == ["call.extended"] and leader.heard == ["call.extended"]
    assert "隧道里没信号" in market.liaison_a.last and "隧道" in leader.last
    await until(county, longer.due_at)
    reminded = [at for kind, _, at in timeline(county, call, since=longer.due_at) if kind == "call.reminded"]
    assert reminded[1:] == [_minutes(-10), _minutes(-5), _minutes(-2)]
    assert county.one(r.Call).breached_at == longer.due_at
    assert market.liaison_a.heard == [*["call.reminded"] * 3, "call.breached"]
    assert leader.heard == ["call.breached"] and market.liaison_b.heard == ["call.opened"]
    await desk.says(f"/extend {call.number} 20 再等等")
    assert "不能再延" in desk.last and county.one(r.Call).due_at == longer.due_at


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", "/extend"),
        ("云溪-2026-0001-1 20", "/extend"),
        ("云溪-2026-0001-1 x 堵车", "/extend"),
        ("云溪-2026-0009-1 20 堵车", "没认准"),
        ("云溪-2026-0001-1 0 堵车", "1到240分钟"),
        ("云溪-2026-0001-1 999 堵车", "1到240分钟"),
    ],
)
async def test_an_extension_that_is_not_understood_changes_nothing(county: County, line: str, answer: str) -> None:
    county.market.liaison_a.ignores("call.opened")
    desk = county.office.desk
    await blows(county, "市监局")
    before = county.one(r.Call).due_at

    await desk.says(f"/extend {line}".strip())

    assert answer in desk.last
    assert county.one(r.Call).due_at == before


async def test_only_the_desk_gives_more_time(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    liaison.ignores("call.opened")
    await blows(county, "市监局")
    call = county.one(r.Call)

    for person in (leader, liaison, county.villager()):
        await person.says(f"/extend {call.number} 20 堵车")
        assert "工作人员" in person.last
        person.ignores("tip.opened")

    assert county.one(r.Call).due_at == call.due_at and county.events("call.extended") == []


# ── a new policy for calls that ring ─────────────────────────────────────────────────────────────────────────────────


def county_ladder(*steps: dict[str, Any], **more: Any):
    def change(version: dict[str, Any]) -> None:
        version["call"]["normal"] |= {"ladder": list(steps), **more}

    return change


@pytest.mark.scenario(40)
async def test_an_edited_ladder_leaves_running_calls_alone_unless_it_is_applied(county: County) -> None:
    market, desk = county.market, county.office.desk
    (
        county.yunxi.leader.ignores("call.breached"),
        market.liaison_a.ignores(),
        desk.ignores(),
        county.office.desk_2.ignores(),
    )
    await blows(county, "市监局")
    call = county.one(r.Call)
    await rules(county, county_ladder({"after_minutes": 0, "who": "duty_room"}, DESK))

    await until(county, call.due_at + _minutes(4))
    assert market.liaison_b.heard == ["call.opened"] and market.head.heard == ["call.escalated"]
    assert market.duty_room.heard == []
    await blows(county, "市监所")
    fresh = county.one(r.Call, unit_id="QL01-SJ")
    assert [step["who"] for step in fresh.window["ladder"]] == ["duty_room", "desk"]
    county._seat("QL01-SJ-A").ignores()


@pytest.mark.scenario(41)
async def test_a_department_on_another_ladder_has_its_first_step_paged_at_once(county: County) -> None:
    market, traffic, desk = county.market, county.traffic, county.office.desk
    county.yunxi.leader.ignores("call.breached"), market.liaison_a.ignores(), market.liaison_b.ignores()
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _minutes(1))
    await rules(county, ladder({"after_minutes": 0, "person": "JJ-H"}, {"after_minutes": 6, "who": "duty_room"}, DESK))

    await desk.says("/apply")
    assert call.number in desk.last and "交警大队负责人" in desk.last
    assert traffic.head.heard == []  # nothing before the deliberate act
    await desk.presses("套用到这1件")

    applied = county.now
    assert traffic.head.heard == ["call.escalated"]
    assert county.one(r.Call).window["rule"] == "SJ.normal" and county.events("call.restamped")[0].by == "QL-desk-1"
    await until(county, applied + _minutes(6))
    assert market.duty_room.heard == ["call.opened"]
    assert market.head.heard == []  # the old ladder's head, due at three minutes, is silent
    assert county.one(r.Call).due_at == call.due_at and county.one(r.Call).breached_at == call.due_at
    await desk.presses("签收") if "签收" in desk.buttons else None
    assert desk.heard == []


@pytest.mark.scenario(42)
async def test_when_the_current_step_is_taken_out_the_step_in_its_place_is_paged(county: County) -> None:
    market, office = county.market, county.office
    county.yunxi.leader.ignores("call.breached"), market.liaison_a.ignores(), market.liaison_b.ignores()
    county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _minutes(4))
    assert market.head.heard == ["call.escalated"]
    await rules(
        county,
        county_ladder(
            {"no": 1, "after_minutes": 0, "who": "post_b"},
            {"no": 3, "after_minutes": 8, "who": "duty_room"},
            {"no": 4, "after_minutes": 10, "who": "desk"},
        ),
    )

    await office.admin.says("/apply")
    await office.admin.presses("套用到这1件")

    applied = county.now
    assert market.duty_room.heard == ["call.opened"]
    await until(county, applied + _minutes(2))
    assert office.desk.heard == ["call.escalated"]
    assert market.head.heard == []


async def test_a_step_that_still_stands_is_not_paged_again(county: County) -> None:
    market, office = county.market, county.office
    county.yunxi.leader.ignores("call.breached"), market.liaison_a.ignores(), office.admin.ignores()
    county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + _minutes(1))
    await rules(county, county_ladder({"after_minutes": 0, "who": "post_b"}, {"after_minutes": 5, "who": "desk"}))

    await office.admin.says("/apply")
    await office.admin.presses("套用到这1件")

    assert market.liaison_b.heard == ["call.opened"]
    await until(county, call.due_at + _minutes(5))
    assert market.liaison_b.heard == [] and office.desk.heard == ["call.escalated"] and market.head.heard == []


async def test_a_deadline_that_was_read_moves_back_but_never_nearer(county: County) -> None:
    market, traffic, admin = county.market, county.traffic, county.office.admin
    county.others_may_hear("call.reminded"), market.liaison_a.ignores(), traffic.liaison_a.ignores()
    await blows(county, "市监局", "交警")
    before = {c.unit_id: c.due_at for c in county.all(r.Call)}

    def change(version: dict[str, Any]) -> None:
        ladder(HEAD, window_minutes=30, remind_at=[20])(version)
        version["call"]["normal"] |= {"window_minutes": 6, "remind_at": [3]}

    await rules(county, change)
    await admin.says("/apply")
    assert "签收时限30分钟" in admin.last
    await admin.presses("套用到这")

    after = {c.unit_id: c.due_at for c in county.all(r.Call)}
    assert after == {"SJ": before["SJ"] + _minutes(15), "JJ": before["JJ"]}
    await until(county, before["SJ"])
    assert county.one(r.Call, unit_id="SJ").breached_at is None
    county.yunxi.leader.ignores("call.breached"), traffic.liaison_b.ignores()


async def test_applying_is_deliberate_once_and_for_desk_or_admin_only(county: County) -> None:
    leader, admin, desk = county.yunxi.leader, county.office.admin, county.office.desk
    county.market.liaison_a.ignores()
    await blows(county, "市监局")
    await admin.says("/apply")
    assert "没有要改的" in admin.last
    await rules(county, county_ladder(HEAD, DESK))
    await leader.says("/apply")
    assert "工作人员" in leader.last
    await admin.says("/apply")
    press, message = button(county, admin, "套用到这1件")
    assert county.events("call.restamped") == []

    await leader.presses_data(press, message)
    assert "被叫到的单位" in leader.toast["text"]
    await desk.presses_data(press, message)
    await admin.presses_data(press, message)

    assert "已经过去" in admin.toast["text"]
    assert len(county.events("call.restamped")) == 1
    assert [step["who"] for step in county.one(r.Call).window["ladder"]] == ["department_head", "desk"]
    await admin.says("/apply")
    assert "没有要改的" in admin.last
