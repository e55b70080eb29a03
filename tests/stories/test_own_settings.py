"""What people set for themselves: mute, own reminders, status notices, /stop. No deadline, ladder or alarm moves by it."""

from datetime import timedelta

import pytest

from tests.county import County, Person
from tests.stories.walks import blows, reward_announced, timeline, until
from workflows import records as r
from workflows.states import CallState, OutboxState
from workflows.work import Work


def _minutes(county: County, person: Person, *templates: str) -> list[float]:
    """When these reached this phone, in minutes after the call was opened."""
    call = county.all(r.Call)[0]
    rows = [o for o in county.all(r.Outbox, account=person.account) if o.template in templates and o.sent_at]
    return sorted((o.sent_at - call.opened_at).total_seconds() / 60 for o in rows)


async def _both_seats(county: County, keeps: str, also: str) -> None:
    def binds(work: Work) -> None:
        work.get(r.Person, also).account = work.get(r.Person, keeps).account

    await county.app.store.decide(binds)


@pytest.mark.scenario(82)
async def test_muting_stops_own_reminders_and_moves_neither_deadline_nor_ladder(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    leader.ignores("call.breached"), county.others_may_hear("call.escalated")
    await blows(county, "市监局", urgent=True)
    call = county.one(r.Call)
    await county.forward(minutes=4)
    assert market.liaison_a.heard == ["call.opened", "call.reminded"]

    await market.liaison_a.presses("静音20分钟")

    assert "静音到 09:24" in market.liaison_a.toast["text"]
    await until(county, call.due_at + timedelta(minutes=6))
    assert market.liaison_a.heard == ["call.breached"], "an alarm is never muted"
    assert market.liaison_b.heard == ["call.opened", *["call.reminded"] * 4, "call.breached"]
    assert county.one(r.Call).breached_at == call.due_at
    steps = [(who, at) for kind, who, at in timeline(county, call, since=call.opened_at) if kind == "call.escalated"]
    assert ("desk", timedelta(minutes=15)) in steps and ("leader_on_duty", timedelta(minutes=20)) in steps
    dropped = county.all(r.Outbox, account=market.liaison_a.account, state=OutboxState.DROPPED)
    assert [o.error for o in dropped if o.template == "call.reminded"] == ["muted"] * 3
    market.duty_room.ignores(), office.desk.ignores(), office.leader_on_duty.ignores()


async def test_the_command_mutes_too_and_can_be_undone(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")

    await liaison.says("/mute")
    assert "静音到" in liaison.last
    await county.forward(minutes=6)
    assert liaison.heard == ["call.opened"]
    await liaison.presses("取消静音")
    await county.forward(minutes=5)

    assert liaison.heard == ["call.reminded"]
    assert [e.facts["until"] is None for e in county.events("person.muted")] == [False, True]
    stranger = county.villager()
    await stranger.says("/mute")
    assert "工作人员" in stranger.last


@pytest.mark.scenario(43)
async def test_an_own_reminder_added_later_never_fires_for_the_past(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=7))
    await liaison.says("/mute")
    await liaison.presses("取消静音")

    for minutes in (3, 6, 8, 12):
        await liaison.presses(f"响后{minutes}分钟再提醒")
    await until(county, call.opened_at + timedelta(minutes=14))

    assert _minutes(county, liaison, "call.nudged") == [8, 12]
    assert _minutes(county, liaison, "call.reminded") == [5, 10, 13]
    await liaison.presses("签收")
    await liaison.presses("30分钟内")
    assert "call.nudged" in liaison.heard
    await blows(county, "市监局")
    second = county.all(r.Call)[1]
    await liaison.says("/mute")
    await liaison.presses("取消静音")
    await liaison.presses("✅ 响后3分钟再提醒")
    await until(county, second.opened_at + timedelta(minutes=9))
    nudged = [e for e in county.events("call.nudged") if e.subject_id == second.id]
    assert [e.facts["minutes"] for e in nudged] == [6, 8], "what was switched off fires no more"
    liaison.ignores()


@pytest.mark.scenario(33)
async def test_a_new_round_restarts_own_reminders_and_equal_moments_go_out_once(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    for one in (leader, market.liaison_a, market.liaison_b, market.duty_room, office.desk_2, office.leader_on_duty):
        one.ignores()
    county.others_may_hear("call.escalated")
    await office.desk.says("/mute")
    await office.desk.presses("取消静音")
    for minutes in (3, 8):
        await office.desk.presses(f"响后{minutes}分钟再提醒")
    await blows(county, "市监局", urgent=True)
    call = county.one(r.Call)

    await until(county, call.due_at + timedelta(minutes=24, seconds=30))

    asked = [m - 15 for m in _minutes(county, office.desk, "call.escalated")]
    nudged = [m - 15 for m in _minutes(county, office.desk, "call.nudged")]
    assert asked == [-5, 0, 10, 15, 20]
    assert nudged == [-2, 3, 8, 13, 18, 23], "8 after one round and 3 after the next are one message"
    office.desk.ignores()


@pytest.mark.scenario(61)
async def test_one_person_of_two_departments_keeps_reminders_and_answers_per_call(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    county.others_may_hear("call.opened", "call.escalated"), leader.ignores("call.breached")
    await _both_seats(county, "SJ-1", "JJ-1")
    await liaison.says("/mute")
    await liaison.presses("取消静音")
    await liaison.presses("响后8分钟再提醒")
    await blows(county, "市监局", "交警")
    first, second = county.one(r.Call, unit_id="SJ"), county.one(r.Call, unit_id="JJ")
    await until(county, first.opened_at + timedelta(minutes=9))
    assert liaison.heard == ["calls.waiting", *["call.reminded"] * 2, *["call.nudged"] * 2]

    await liaison.presses(f"签收 {first.number}")

    await until(county, second.due_at)
    reminded = {c.id: [e for e in county.events("call.reminded") if e.subject_id == c.id] for c in (first, second)}
    assert [len(reminded[c.id]) for c in (first, second)] == [1, 3]
    assert county.one(r.Call, id=second.id).breached_at == second.due_at
    assert county.one(r.Call, id=first.id).breached_at is None
    assert county.one(r.Call, id=first.id).acknowledged_by == "SJ-1"
    liaison.ignores()


@pytest.mark.both_engines
@pytest.mark.scenario(69)
async def test_who_stops_is_skipped_and_later_served_again_and_the_log_shows_both(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    market.head.ignores("person.stopped")

    await market.liaison_a.says("/stop")
    assert "不再给您发消息" in market.liaison_a.last
    await blows(county, "市监局")
    assert market.liaison_a.heard == [] and market.liaison_b.heard == ["call.opened"]
    await leader.presses("撤哨", on=county.group)
    assert market.liaison_b.heard == ["call.stood_down"]
    await market.liaison_a.says("/start")
    await blows(county, "市监局")

    assert market.liaison_a.heard == ["call.opened"] and market.liaison_b.heard == []
    log = [(e.kind, e.by) for e in county.events("person.stopped", "person.started")]
    assert log == [("person.stopped", "SJ-1"), ("person.started", "SJ-1")]


@pytest.mark.both_engines
@pytest.mark.scenario(70)
async def test_who_stops_on_duty_is_no_target_from_now_on_and_the_head_is_told(county: County) -> None:
    market = county.market
    await blows(county, "市监局")
    call = county.one(r.Call)
    await county.forward(minutes=2)
    assert market.liaison_a.heard == ["call.opened"]

    await market.liaison_a.says("/stop")

    stopped = county.now
    assert market.liaison_b.heard == ["call.opened"]
    rung = county.one(r.Outbox, template="call.opened", account=market.liaison_b.account)
    assert rung.queued_at == stopped and county.one(r.Call).due_at == call.due_at
    assert market.head.heard == ["person.stopped"] and "市监局A岗" in market.head.last
    await county.forward(minutes=4)
    assert market.liaison_a.heard == [] and market.liaison_b.heard == ["call.reminded"]
    assert "签收" not in market.liaison_a.last
    await market.liaison_a.presses("恢复接收")
    await county.forward(minutes=5)
    assert market.liaison_a.heard == ["call.reminded"]
    market.liaison_b.ignores("call.reminded")


async def test_a_villager_who_stops_hears_nothing_until_she_writes_again(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("tip.submitted")
    await villager.says("河口村夜市有人摆摊占道")
    assert villager.heard == ["tip.opened"]

    await villager.says("/stop")
    await leader.presses("受理", on=county.group)

    assert villager.heard == [] and "不再给您发消息" in villager.last
    await county.forward(minutes=15)
    await villager.says("石桥村有人烧秸秆")
    assert villager.heard == ["tip.opened"]


@pytest.mark.scenario(85)
async def test_who_ends_it_is_not_told_that_it_ended(county: County) -> None:
    """The leader holds a liaison's seat too: his own 撤哨 is no news to him, and is to the other."""
    leader, market = county.yunxi.leader, county.market
    await _both_seats(county, "QL01S-1", "SJ-1")
    await blows(county, "市监局", urgent=True)
    assert leader.heard == ["call.opened"] and market.liaison_b.heard == ["call.opened"]

    await leader.presses("撤哨", on=county.group)

    assert county.one(r.Call).state is CallState.STOOD_DOWN
    assert leader.heard == [] and market.liaison_b.heard == ["call.stood_down"]
    market.duty_room.ignores("call.opened", "call.stood_down"), market.liaison_a.ignores()


@pytest.mark.scenario(86)
async def test_status_notices_can_be_switched_off_and_alarms_cannot(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    county.others_may_hear("call.escalated", "call.opened")
    await leader.says("/mute")
    await leader.presses("取消静音")
    await leader.presses("收进展通知")
    await blows(county, "市监局", "交警")

    await liaison.presses("到场")
    await county.forward(minutes=15)

    assert leader.heard == ["call.breached"], "交警 did not answer: an alarm"
    kept = county.one(r.Outbox, template="call.arrived", account=leader.account)
    assert (kept.state, kept.error) == (OutboxState.DROPPED, "notices off")
    liaison.ignores(), county.traffic.liaison_a.ignores()


@pytest.mark.scenario(86)
async def test_who_has_done_nothing_for_a_week_gets_no_status_notices_but_every_alarm(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    county.others_may_hear("*"), county.group.ignores("*")
    liaison.ignores()
    await blows(county, "市监局")
    await liaison.presses("到场")
    assert leader.heard == ["call.arrived"]
    await county.forward(days=7, hours=1)
    assert set(leader.heard) <= {"tip.reminded"}

    await liaison.presses("反馈")
    await liaison.presses("不属实")

    kept = county.one(r.Outbox, template="call.reported", account=leader.account)
    assert (kept.state, kept.error) == (OutboxState.DROPPED, "inactive") and leader.heard == []
    await county.villager().says("河口村夜市有人摆摊占道")
    await county.forward(minutes=16)
    assert leader.heard == [*["tip.reminded"] * 3, "tip.escalated"]
    county.named[-1].ignores()
    await leader.says("/tips")
    await blows(county, "市监局")
    await liaison.presses("到场")
    assert leader.heard == ["call.arrived"], "active again"


async def test_at_night_a_status_notice_waits_for_the_morning_unless_its_reader_is_up(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    county.others_may_hear("*"), liaison.ignores()
    await county.forward(hours=13)
    await blows(county, "市监局", urgent=True)
    await liaison.presses("到场")
    assert leader.heard == ["call.arrived"], "he has just blown the whistle: he is up"

    await county.forward(hours=2)
    assert "call.arrived" not in leader.heard
    await liaison.presses("反馈")
    await liaison.presses("不属实")
    assert leader.heard == []
    await county.forward(hours=8)

    assert leader.heard == ["call.reported"]
    sent = county.one(r.Outbox, template="call.reported", account=leader.account).sent_at
    assert f"{sent:%H:%M}" == "23:30", "07:30 in the county"


@pytest.mark.scenario(102)
async def test_the_notices_to_a_withdrawn_account_stop_and_the_reward_record_stays(county: County) -> None:
    villager, reward, code = await reward_announced(county)
    county.expected_errors.add("outbox"), county.others_may_hear("*")
    finance = county.office.finance
    ledger = county.all(r.LedgerEntry)
    county.sandbox.world.deactivate(villager.chat_id)

    await county.forward(days=31)

    assert [e.kind for e in county.events("reward.reminded")] == ["reward.reminded"], "it was due, and noted"
    sent = [o for o in county.all(r.Outbox, account=villager.account) if o.sent_at and o.template == "reward.reminded"]
    assert sent == []
    kept = county.one(r.Reward)
    assert (kept.state, kept.amount_fen, kept.code_mac) == (reward.state, reward.amount_fen, reward.code_mac)
    assert [e.id for e in county.all(r.LedgerEntry)] == [e.id for e in ledger]
    await finance.says(f"/pay {code}")
    assert "码是对的" in finance.last, "whoever holds the code is paid"
    finance.ignores()
