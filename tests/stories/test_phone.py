"""The telephone beside the chat: the desk signs for a unit, the unit confirms or denies it; 打不通 and 已打通电话 are facts."""

from datetime import timedelta

import pytest

from tests.county import County
from tests.stories.walks import blows, button, timeline, until
from workflows import records as r
from workflows.states import CallState, PhoneState


def _minutes(number: float, seconds: float = 0) -> timedelta:
    return timedelta(minutes=number, seconds=seconds)


async def silent(county: County, *, minutes: float = 23, unit: str = "市监局") -> r.Call:
    """A call that nobody has answered for so long; what was heard until then is behind everybody."""
    county.others_may_hear("call.escalated", "call.opened", "call.promise_asked", "phone.denied", "call.stood_down")
    market, leader = county.market, county.yunxi.leader
    await blows(county, unit)
    call = county.one(r.Call)
    await until(county, call.opened_at + _minutes(minutes))
    for one in (market.liaison_a, market.liaison_b, market.head, leader, county.office.desk, county.office.desk_2):
        assert one.heard is not None
    for one in (county.office.desk, county.office.desk_2):
        one.ignores("call.handled")
    return call


async def phones(county: County, whom: str = "市监局A岗") -> None:
    await county.office.desk.presses("代签收")
    await county.office.desk.presses(whom)


async def test_the_desk_signs_for_a_unit_that_answered_by_phone_and_both_names_are_noted(county: County) -> None:
    market, desk = county.market, county.office.desk
    call = await silent(county)
    assert "我来催" in desk.buttons and "电话已通，代签收" in desk.buttons and "打不通" in desk.buttons

    await desk.presses("代签收")
    assert desk.buttons[:2] == ["市监局A岗", "市监局B岗"]
    await desk.presses("市监局A岗")

    signed = county.one(r.Call)
    assert signed.state is CallState.ACKNOWLEDGED and signed.acknowledged_by == "QL-desk-1"
    assert signed.breached_at == call.due_at and signed.late_seconds == 8 * 60 + 2, "late stays late"
    answer = county.one(r.PhoneAnswer)
    assert (answer.signed_by, answer.spoke_to, answer.state) == ("QL-desk-1", "SJ-1", PhoneState.WAITING)
    assert [e.facts["to"] for e in county.events("phone.signed")] == ["SJ-1"]
    for card in (market.liaison_a.card, county.group.card):
        assert "电话代签收，与市监局A岗通话，待对方确认" in card and "县指挥中心1号席" in card
    assert market.liaison_a.heard == ["phone.signed"] and market.liaison_b.heard == []
    left = [d.kind for d in county.all(r.Deadline, subject_id=call.id) if d.done_at is None]
    assert not {"call.remind", "call.breach", "call.escalate"} & set(left)
    await county.forward(minutes=9)
    assert not [e for e in county.events("call.escalated") if e.at > signed.acknowledged_at]
    assert market.head.heard == ["call.handled"] and "县指挥中心1号席已电话代签收" in market.head.last


async def test_a_call_answered_by_phone_in_time_is_in_time(county: County) -> None:
    desk = county.office.desk
    call = await silent(county, minutes=6)
    await desk.says("/phone")
    await desk.presses(call.number)
    await desk.presses("该单位别的人")

    signed = county.one(r.Call)
    assert signed.late_seconds == 0 and signed.breached_at is None
    assert county.one(r.PhoneAnswer).spoke_to is None
    assert county.market.liaison_a.heard == ["phone.signed"]
    await until(county, call.due_at + _minutes(5))
    assert county.events("call.breached") == []
    for one in (county.market.liaison_a, county.market.liaison_b, desk, county.office.desk_2):
        one.ignores("call.promise_asked", "call.unpromised")


async def test_the_person_confirms_with_one_tap_and_once(county: County) -> None:
    liaison = county.market.liaison_a
    await silent(county)
    await phones(county)
    yes, message = button(county, liaison, "是我们答应的")

    await liaison.presses_data(yes, message)
    await liaison.presses_data(yes, message)

    assert "办过了" in liaison.toast["text"]
    assert county.one(r.PhoneAnswer).state is PhoneState.CONFIRMED
    await county.forward(seconds=5)  # edits wait their turn
    assert "对方已确认" in county.group.card
    assert [e.by for e in county.events("phone.confirmed")] == ["SJ-1"]
    liaison.ignores("phone.signed")


async def test_a_day_without_a_word_counts_as_by_phone_unconfirmed_and_can_still_be_confirmed(county: County) -> None:
    liaison, office = county.market.liaison_a, county.office
    county.others_may_hear("*"), county.yunxi.leader.ignores(), office.desk.ignores(), office.desk_2.ignores()
    liaison.ignores(), county.market.liaison_b.ignores(), county.market.head.ignores()
    await silent(county)
    await phones(county)
    signed_at = county.now
    await county.yunxi.leader.presses("已到", on=county.group)

    await until(county, signed_at + timedelta(hours=24, seconds=1))

    assert county.one(r.PhoneAnswer).state is PhoneState.UNCONFIRMED
    assert "对方未确认" in county.group.card
    await liaison.presses("是我们答应的")
    assert county.one(r.PhoneAnswer).state is PhoneState.CONFIRMED


async def test_no_such_phone_call_opens_the_call_again_on_its_original_clock(county: County) -> None:
    market, desk, leader = county.market, county.office.desk, county.yunxi.leader
    market.liaison_a.ignores("phone.signed")
    call = await silent(county, minutes=6)
    await desk.says("/phone")
    await desk.presses(call.number)
    await desk.presses("市监局A岗")
    await county.forward(minutes=1)

    await market.liaison_a.presses("没有这回事")

    opened = county.one(r.Call)
    assert opened.state is CallState.OPEN and opened.acknowledged_at is None and opened.due_at == call.due_at
    assert desk.heard == ["phone.denied"] and leader.heard == ["phone.denied"]
    assert "重新在等签收" in desk.last
    await until(county, call.due_at)
    assert county.one(r.Call).breached_at == call.due_at
    left = [(who, at) for kind, who, at in timeline(county, call, since=call.opened_at) if kind == "call.reminded"]
    assert left == [("10", _minutes(5)), ("5", _minutes(10)), ("2", _minutes(13))]
    assert leader.heard == ["call.breached"]
    market.liaison_a.ignores(), market.liaison_b.ignores(), county.office.desk_2.ignores("phone.denied")


async def test_a_denial_after_the_breach_takes_the_ladder_up_where_it_was(county: County) -> None:
    market, office = county.market, county.office
    market.liaison_a.ignores("phone.signed")
    call = await silent(county, minutes=24)
    await phones(county)
    signed_at = county.now

    await market.liaison_a.presses("没有这回事")

    opened = county.one(r.Call)
    assert opened.state is CallState.OPEN and opened.breached_at == call.due_at and opened.late_seconds == 0
    office.desk.ignores("phone.denied"), county.yunxi.leader.ignores("phone.denied"), office.desk_2.ignores()
    await until(county, call.due_at + _minutes(18))
    told = [(who, at) for kind, who, at in timeline(county, call, since=call.due_at) if kind == "call.escalated"]
    assert told[-1] == ("leader_on_duty", _minutes(18)) and len(told) == 4, "nobody was told twice"
    assert signed_at < county.now


async def test_what_the_unit_does_itself_confirms_the_phone_call(county: County) -> None:
    liaison = county.market.liaison_a
    liaison.ignores(), county.yunxi.leader.ignores(), county.market.head.ignores("call.handled")
    await silent(county)
    await phones(county)

    await liaison.presses("出动")

    assert county.one(r.PhoneAnswer).state is PhoneState.CONFIRMED
    no, message = button(county, liaison, "没有这回事")
    await liaison.presses_data(no, message)
    assert county.one(r.Call).state is CallState.DEPARTED, "it is too late to deny it"
    assert county.events("phone.denied") == []


async def test_the_desk_notes_when_they_said_they_would_come(county: County) -> None:
    desk, liaison = county.office.desk, county.market.liaison_a
    liaison.ignores()
    await silent(county)
    await phones(county)

    await desk.presses("30分钟内")
    await county.settled()

    promise = county.one(r.Call).window["promise"]
    assert promise["kind"] == "in30" and promise["by"] == "QL-desk-1"
    assert county.market.head.heard == ["call.handled"]
    assert county.one(r.PhoneAnswer).state is PhoneState.WAITING, "the desk's note is not the unit's word"


@pytest.mark.scenario(16)
async def test_a_department_answers_with_its_own_buttons_and_the_desk_with_its_own(county: County) -> None:
    market, desk, ecology = county.market, county.office.desk, county.ecology
    call = await silent(county)
    sign, card = button(county, market.liaison_a, "签收")
    by_phone, message = button(county, desk, "代签收")

    refused = await desk.presses_data(sign, card)
    assert refused["show_alert"] and county.one(r.Call).state is CallState.OPEN
    for stranger in (market.liaison_a, county.yunxi.leader, county.villager()):
        toast = await stranger.presses_data(by_phone, message)
        assert toast["show_alert"]
        toast = await stranger.presses_data(f"1:phoned.SJ-1:{call.ref}:0", message)
        assert toast["show_alert"]
    assert county.one(r.Call).state is CallState.OPEN and county.all(r.PhoneAnswer) == []
    await phones(county)
    answer = county.one(r.PhoneAnswer)
    for stranger in (desk, ecology.liaison_a, county.yunxi.leader):
        for verb in ("phone_yes", "phone_no"):
            toast = await stranger.presses_data(f"1:{verb}:{answer.ref}:0", message)
            assert toast["show_alert"]
    assert county.one(r.PhoneAnswer).state is PhoneState.WAITING
    market.liaison_a.ignores("phone.signed")


async def test_signing_by_phone_twice_or_after_the_unit_or_after_the_end_changes_nothing(county: County) -> None:
    market, desk, desk_2 = county.market, county.office.desk, county.office.desk_2
    market.liaison_a.ignores(), market.liaison_b.ignores()
    desk.ignores("call.stood_down"), desk_2.ignores("call.stood_down"), market.head.ignores("call.stood_down")
    call = await silent(county)
    first, message = button(county, desk, "代签收")
    await phones(county)

    await desk_2.presses("代签收")
    assert "县指挥中心1号席" in desk_2.toast["text"] and len(county.all(r.PhoneAnswer)) == 1
    await desk.presses_data(f"1:phoned.SJ-2:{call.ref}:0", message)
    assert len(county.all(r.PhoneAnswer)) == 1
    forged = await desk.presses_data(f"1:phoned.HB-1:{call.ref}:0", message)
    assert forged is not None and len(county.all(r.PhoneAnswer)) == 1
    await county.yunxi.leader.presses("撤哨", on=county.group)
    await desk.presses_data(first, message)
    assert desk.toast["show_alert"] and county.one(r.Call).state is CallState.STOOD_DOWN


async def test_somebody_of_another_unit_cannot_have_been_at_the_other_end(county: County) -> None:
    desk = county.office.desk
    call = await silent(county)
    _, message = button(county, desk, "代签收")

    toast = await desk.presses_data(f"1:phoned.HB-1:{call.ref}:0", message)

    assert toast["show_alert"] and county.one(r.Call).state is CallState.OPEN


async def test_a_phone_that_is_not_answered_is_a_fact_on_the_card_and_the_ladder_goes_on(county: County) -> None:
    desk, office = county.office.desk, county.office
    call = await silent(county)

    await desk.presses("打不通")
    await desk.presses("打不通")
    await county.forward(minutes=2)
    await desk.presses("打不通")

    assert [e.facts["times"] for e in county.events("phone.unanswered")] == [1, 2]
    assert "打过2次电话，打不通" in county.group.card
    assert county.one(r.Call).state is CallState.OPEN
    await until(county, call.due_at + _minutes(18))
    assert office.leader_on_duty.heard == ["call.escalated"]
    assert "电话已通，代签收" in office.leader_on_duty.buttons, "the leader on duty stands behind the desk"


async def test_the_leaders_own_phone_call_holds_the_next_step_once_and_answers_nothing(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    office.desk.ignores("call.escalated"), office.desk_2.ignores("call.escalated")
    call = await silent(county, minutes=15)
    await county.forward(minutes=1)

    await leader.presses("已打通电话")
    spoke_at = county.now
    await leader.presses("已打通电话")

    assert "办过了" in leader.toast["text"] and len(county.events("phone.spoken")) == 1
    assert county.one(r.Call).state is CallState.OPEN and county.one(r.Call).acknowledged_at is None
    assert "打通过电话" in county.group.card
    await until(county, spoke_at + _minutes(4, 59))
    assert market.head.heard == []
    await until(county, spoke_at + _minutes(5))
    assert market.head.heard == ["call.escalated"]
    await until(county, call.due_at + _minutes(8))
    told = [(who, at) for kind, who, at in timeline(county, call, since=call.due_at) if kind == "call.escalated"]
    assert told[-1] == ("desk", _minutes(8)), "the steps after it keep their own time"
    await leader.presses("已打通电话")
    assert len(county.events("phone.spoken")) == 2, "once for each step"


async def test_only_who_may_blow_holds_a_step_and_not_after_an_answer(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    market.liaison_a.ignores()
    await silent(county, minutes=15)
    data, message = button(county, leader, "已打通电话")
    for stranger in (market.liaison_a, desk, county.villager()):
        assert (await stranger.presses_data(data, message))["show_alert"]
    await market.liaison_a.presses("签收")

    toast = await leader.presses_data(data, message)

    assert toast["show_alert"] and county.events("phone.spoken") == []
