"""Several calls for one person: at once the first, as one list the others, none lost; 全部签收 signs what is open and his."""

from datetime import timedelta

import pytest

from tests.county import County
from tests.stories.walks import blows, button
from workflows import records as r
from workflows.states import CallState, OutboxState
from workflows.work import Work


@pytest.mark.both_engines
@pytest.mark.scenario(73)
async def test_eight_whistles_for_one_liaison_are_one_call_at_once_and_one_list(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    first = county.one(r.Call)
    assert liaison.heard == ["call.opened"]
    for _ in range(7):
        await county.forward(seconds=5)
        await blows(county, "市监局")
    began = first.opened_at
    assert county.now - began < timedelta(minutes=2)
    assert liaison.heard == []

    await county.forward(seconds=(began + timedelta(minutes=2, seconds=2) - county.now).total_seconds())

    assert liaison.heard == ["calls.waiting"]
    rest = [c for c in county.all(r.Call) if c.id != first.id]
    assert len(rest) == 7
    for call in rest:
        assert call.number in liaison.last and call.called == ["SJ-1"]
        assert any(call.number in label for label in liaison.buttons)
    rows = county.all(r.Outbox, template="call.opened", account=liaison.account)
    assert [o.error for o in rows if o.state is OutboxState.DROPPED] == ["bundled"] * 6
    await liaison.presses(f"签收 {rest[3].number}")
    assert county.one(r.Call, id=rest[3].id).state is CallState.ACKNOWLEDGED
    assert "已签收" in next(line for line in liaison.card.splitlines() if rest[3].number in line)
    await county.forward(minutes=4)
    assert liaison.heard == ["call.reminded"] * 7, "each call has reminders of its own"


@pytest.mark.both_engines
@pytest.mark.scenario(26)
async def test_sign_all_signs_only_those_still_open_and_his(county: County) -> None:
    market, traffic, leader = county.market, county.traffic, county.yunxi.leader
    market.liaison_b.ignores(), traffic.liaison_a.ignores()
    for _ in range(5):
        await blows(county, "市监局")
    await county.forward(minutes=2)
    assert market.liaison_a.heard == ["call.opened", "calls.waiting"]
    listed = [c for c in county.all(r.Call) if c.number in market.liaison_a.last]
    assert len(listed) == 4
    gone = max(county.all(r.Whistle), key=lambda w: w.opened_at)
    ended = next(c for c in listed if c.whistle_id == gone.id)
    await leader.presses("撤哨", on=county.group, containing=ended.number.rsplit("-", 1)[0])
    signed = next(c for c in listed if c.id != ended.id)
    await market.liaison_b.says("/calls")
    await market.liaison_b.presses(signed.number)
    await market.liaison_b.presses("签收")
    stranger = next(c for c in listed if c.id not in (ended.id, signed.id))

    def goes_elsewhere(work: Work) -> None:
        work.get(r.Call, stranger.id).unit_id = "JJ"

    await county.app.store.decide(goes_elsewhere)
    data, message = button(county, market.liaison_a, "全部签收")
    await traffic.liaison_a.presses_data(data, message)
    assert "什么都没有改动" in traffic.liaison_a.toast["text"]

    await market.liaison_a.presses_data(data, message)

    left = next(c for c in listed if c.id not in (ended.id, signed.id, stranger.id))
    assert market.liaison_a.toast["text"] == "已签收1件，谢谢"
    by = {e.subject_id: e.by for e in county.events("call.acknowledged")}
    assert by == {signed.id: "SJ-2", left.id: "SJ-1"}
    assert county.one(r.Call, id=stranger.id).state is CallState.OPEN
    assert county.one(r.Call, id=ended.id).state is CallState.STOOD_DOWN
    await market.liaison_a.presses_data(data, message)
    assert "什么都没有改动" in market.liaison_a.toast["text"]
    assert len(county.events("call.acknowledged")) == 2
    assert market.liaison_a.heard == ["call.stood_down"]
    await county.app.store.decide(lambda work: setattr(work.get(r.Call, stranger.id), "unit_id", "SJ"))


async def test_one_press_signs_four_and_one_answer_promises_for_all(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    for _ in range(4):
        await blows(county, "市监局")
    await county.forward(minutes=2)

    await liaison.says("/calls")
    await liaison.presses("全部签收")
    await liaison.presses("30分钟内")

    assert {c.state for c in county.all(r.Call)} == {CallState.ACKNOWLEDGED}
    assert len(county.events("call.acknowledged")) == len(county.events("call.promised")) == 4
    await county.forward(minutes=20)
    assert liaison.heard == ["call.opened", "calls.waiting"] and leader.heard == []


@pytest.mark.both_engines
@pytest.mark.scenario(2)
async def test_one_liaison_of_two_called_units_gets_one_list_and_signs_each(county: County) -> None:
    liaison = county.market.liaison_a

    def covers_both(work: Work) -> None:
        work.get(r.Person, "JJ-1").account = work.get(r.Person, "SJ-1").account

    await county.app.store.decide(covers_both)

    await blows(county, "市监局", "交警")

    assert liaison.heard == ["calls.waiting"]
    first, second = county.one(r.Call, unit_id="SJ"), county.one(r.Call, unit_id="JJ")
    await liaison.presses(f"签收 {first.number}")
    assert county.one(r.Call, unit_id="JJ").state is CallState.OPEN
    await liaison.presses(f"签收 {second.number}")
    assert {(e.subject_id, e.by) for e in county.events("call.acknowledged")} == {
        (first.id, "SJ-1"),
        (second.id, "JJ-1"),
    }


async def test_an_urgent_call_never_waits_for_others(county: County) -> None:
    liaison = county.market.liaison_a
    county.others_may_hear("call.opened")
    await blows(county, "市监局")

    await blows(county, "市监局", urgent=True)

    assert liaison.heard == ["call.opened", "call.opened"]
    assert "特急" in liaison.last


async def test_a_list_that_cannot_be_delivered_goes_to_the_next_contact_call_by_call(county: County) -> None:
    market, leader, office = county.market, county.yunxi.leader, county.office
    county.expected_errors.add("outbox")
    county.others_may_hear("call.undelivered", "person.unreachable")
    leader.ignores(), office.desk.ignores(), market.liaison_b.ignores("call.opened", "calls.waiting", "call.reminded")
    for _ in range(3):
        await blows(county, "市监局")
    county.sandbox.world.people[market.liaison_a.chat_id].blocked = True

    await county.forward(minutes=4)

    waited = [c for c in county.all(r.Call) if "SJ-2" in c.called]
    assert len(waited) == 2, "the two of the list; the first had arrived"
    assert market.liaison_a.heard == ["call.opened"]
