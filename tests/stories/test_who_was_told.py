"""Who received what and why not; the digest of the day; a whistle that ends by itself."""

from datetime import timedelta

import pytest

from tests.county import County
from tests.stories.walks import blows, nobody_is_paged, until
from workflows import records as r
from workflows.states import CallState, WhistleState
from workflows.work import Work


async def test_anyone_concerned_can_see_why_a_message_was_or_was_not_sent(county: County) -> None:
    leader, market, office, traffic = county.yunxi.leader, county.market, county.office, county.traffic
    county.expected_errors.add("outbox")
    for one in (leader, market.liaison_b, office.desk, office.admin, market.head):
        one.ignores()
    county.others_may_hear("*")
    await market.duty_room.says("/offduty")
    county.sandbox.world.people[market.liaison_a.chat_id].blocked = True
    await blows(county, "市监局")
    await county.forward(minutes=4)
    await market.liaison_b.says("/mute")
    await county.forward(minutes=12)

    await office.desk.says("/open")
    await leader.presses("谁收到了什么", on=county.group)

    read = leader.last
    lines = {line for line in read.splitlines() if line}
    number = county.one(r.Call).number
    assert number in read
    assert any("市监局A岗" in line and "未送达：对方屏蔽了机器人" in line for line in lines)
    assert any("市监局B岗" in line and "呼叫" in line and "09:00 已发出" in line for line in lines)
    assert sum("市监局B岗" in line and "没发：本人静音" in line for line in lines) == 3
    assert any("市监局值班室" in line and "不在岗" in line for line in lines)
    assert "未送达" in county.group.card and "未见操作" in county.group.card
    await market.liaison_b.presses("谁收到了什么")
    assert market.liaison_b.last == read
    data = f"1:deliveries:{county.one(r.Call).ref}:0"
    await traffic.liaison_a.presses_data(data, 1)
    assert "什么都没有改动" in traffic.liaison_a.toast["text"]
    await office.desk.presses_data(data, 1)
    assert office.desk.last == read
    await county.villager().presses_data(data, 1)


@pytest.mark.both_engines
@pytest.mark.scenario(79)
async def test_a_message_that_took_longer_than_a_minute_is_logged_and_reported(county: County) -> None:
    leader, liaison, desk = county.yunxi.leader, county.market.liaison_a, county.office.desk
    county.others_may_hear("*"), leader.ignores(), desk.ignores(), liaison.ignores()
    county.sandbox.world.faults.order("429", method="sendMessage", chat=liaison.chat_id, retry_after=75)

    await blows(county, "市监局")
    await county.forward(minutes=2)

    late = [e for e in county.log if e.get("action") == "outbox.late"]
    assert [e["seconds"] for e in late] == [75]
    assert [e.facts["seconds"] for e in county.events("message.delayed")] == [75]
    await leader.presses("谁收到了什么", on=county.group)
    assert "晚了75秒" in leader.last
    await liaison.presses("签收")
    await liaison.presses("到场")
    await county.forward(hours=9)
    assert "晚送1（最长75秒）" in desk.digests[-1]


@pytest.mark.both_engines
@pytest.mark.scenario(104)
async def test_a_digest_missed_while_we_were_away_is_sent_on_return_once_with_the_right_day(county: County) -> None:
    liaison, desk, leader = county.market.liaison_a, county.office.desk, county.yunxi.leader
    county.others_may_hear("*"), liaison.ignores(), leader.ignores(), desk.ignores()
    await blows(county, "市监局")
    await liaison.presses("到场")
    await county.forward(hours=8)
    assert desk.digests == leader.digests == []
    down = county.now
    await county.app.stop()

    await county._open()
    await county.app.store.rehearse(shown=down + timedelta(hours=3))
    await county.settled()
    await county.forward(minutes=5)

    assert len(desk.digests) == len(leader.digests) == 1
    assert "11月2日18:00 小结" in desk.digests[0] and "到场1" in desk.digests[0]
    assert "云溪镇" in leader.digests[0]
    await county.forward(hours=12, minutes=30)
    assert len(desk.digests) == 2 and "11月3日08:30 小结" in desk.digests[1]
    assert "到场0" in desk.digests[1], "what was told once is not told again"
    await county.forward(hours=10)
    assert len(desk.digests) == 3 and "11月3日18:00 小结" in desk.digests[2]


async def test_what_rings_elsewhere_does_not_push_a_townships_own_calls_out_of_its_digest(county: County) -> None:
    """Sixty calls of one township are due before the only one of another: its digest still has that one, and only that one."""
    leader, far = county.yunxi.leader, county._seat("QL02S-1")
    county.others_may_hear("*"), leader.ignores(), far.ignores(), county.office.desk.ignores()
    await blows(county, "市监局")
    call = county.one(r.Call)
    county.tampered = True  # rows that no event tells of
    await county.app.store.decide(_copies, call.id, 60, "QL02")
    await nobody_is_paged(county)

    await county.forward(hours=9)

    assert "呼叫1" in leader.digests[-1] and call.number in leader.digests[-1]
    assert "云溪-远" not in leader.digests[-1]
    assert sum("云溪-远" in line for line in far.digests[-1].splitlines()) == 11 and call.number not in far.digests[-1]
    sent = [o for o in county.all(r.Outbox) if o.template == "digest.sent"]
    assert {o.facts["township"]: o.facts["open"] for o in sent} == {None: 61, "QL01": 1, "QL02": 60}


def _copies(work: Work, call_id: str, many: int, township_id: str) -> None:
    """The call so many times again, in another township and due earlier."""
    call = work.get(r.Call, call_id)
    case = work.get(r.Case, call.case_id)
    for n in range(many):
        other = r.Case(**{**case.model_dump(), "id": f"far{n}", "ref": r.new_ref(), "number": f"云溪-远-{n}"})
        other.township_id = township_id
        work.add(other)
        copy = r.Call(**{**call.model_dump(), "id": f"far{n}", "ref": r.new_ref(), "number": f"云溪-远-{n}-1"})
        copy.case_id, copy.due_at = other.id, call.due_at - timedelta(minutes=1)
        work.add(copy)


@pytest.mark.scenario(39)
async def test_a_signed_whistle_ends_by_itself_after_fourteen_days_and_is_listed(county: County) -> None:
    leader, liaison, desk = county.yunxi.leader, county.market.liaison_a, county.office.desk
    for one in (leader, liaison):
        one.ignores("call.arrived", "call.report_asked", "tip.reminded", "call.opened", "whistle.expired")
    county.group.ignores("*"), county.others_may_hear("whistle.expired", "shift.ended"), desk.ignores("shift.ended")
    await blows(county, "市监局")
    call, whistle = county.one(r.Call), county.one(r.Whistle)
    await liaison.presses("到场")
    await until(county, whistle.opened_at + timedelta(days=14))
    assert county.one(r.Whistle).state is WhistleState.OPEN, "it has moved since it was blown"

    await county.forward(minutes=1)

    ended = county.one(r.Whistle)
    assert ended.state is WhistleState.SETTLED and county.one(r.Call).state is CallState.CLOSED
    settled = county.one(r.Event, kind="whistle.settled")
    assert (settled.facts["why"], settled.facts["days"]) == ("silent", 14)
    assert [name for name in desk.heard if name != "shift.ended"] == ["whistle.expired"]
    assert "14天没有新动静" in desk.last and "市监局" in desk.last
    before = len(county.all(r.Outbox))
    assert [d for d in county.all(r.Deadline, subject_id=call.id) if d.done_at is None] == []
    await county.forward(hours=10)
    assert "自动了结" in desk.digests[-1]
    await county.forward(days=3)
    told = [o for o in county.all(r.Outbox)[before:] if o.subject_id == call.id and o.act != "edit"]
    assert told == [] and liaison.heard[-1:] != ["call.reminded"]
