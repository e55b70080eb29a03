"""签收 · 出动 · 到场 · 反馈: four separate moments, for the called unit alone; and what happens when a contact cannot be reached."""

import struct
from datetime import timedelta

import pytest

from tests.county import PLANTED_WORDS, County
from tests.stories.walks import blows, button, tip_taken, until
from workflows import records as r
from workflows.states import CallState, OutboxState, TipState

pytestmark = pytest.mark.both_engines

NEAR_HEKOU = {"latitude": 28.6271357, "longitude": 109.4442468}
FAR_AWAY = {"latitude": 28.2013579, "longitude": 108.9024682}


async def test_four_moments_are_stamped_one_by_one(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    await blows(county, "市监局")
    stamps = []

    for label in ("签收", "出动", "到场"):
        await county.forward(minutes=2)
        await liaison.presses(label)
        stamps.append(county.now)
    await liaison.presses("反馈")
    await liaison.presses("不属实")
    stamps.append(county.now)

    call = county.one(r.Call)
    assert [call.acknowledged_at, call.departed_at, call.arrived_at, call.reported_at] == stamps
    assert len(set(stamps)) == 4
    assert call.state is CallState.REPORTED and call.outcome == "untrue"
    kinds = [e.kind for e in county.events() if e.subject_id == call.id]
    stamped = ["call.acknowledged", "call.departed", "call.arrived", "call.reported"]
    assert kinds == ["call.opened", "call.rung", *stamped]
    assert leader.heard == ["call.arrived", "call.reported"]
    assert liaison.heard == ["call.opened"]
    assert not [b for b in liaison.buttons if b in ("签收", "出动", "到场")]


@pytest.mark.parametrize("label", ["出动", "到场"])
async def test_a_forward_step_may_be_skipped_and_stops_the_clock(county: County, label: str) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    leader.ignores("call.arrived")
    await blows(county, "市监局")
    await county.forward(minutes=6)

    await liaison.presses(label)

    call = county.one(r.Call)
    assert call.acknowledged_at == (call.departed_at or call.arrived_at) and call.acknowledged_by == "SJ-1"
    assert (call.departed_at is None) is (label == "到场")
    await county.forward(hours=1)
    assert county.events("call.breached", "call.escalated") == []
    assert liaison.heard == ["call.opened", "call.reminded"]


@pytest.mark.scenario(11)
@pytest.mark.scenario(14)
@pytest.mark.scenario(15)
async def test_the_second_to_sign_is_told_who_was_first_and_when(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    await blows(county, "市监局", urgent=True)
    old, card = button(county, market.liaison_b, "签收")
    again, own = button(county, market.liaison_a, "签收")
    await market.liaison_a.presses("签收")

    await market.liaison_b.presses_data(old, card)
    await market.liaison_a.presses_data(again, own)

    assert market.liaison_b.toast["text"] == "市监局A岗 09:00 已经办过了"
    assert market.liaison_a.toast["text"] == "市监局A岗 09:00 已经办过了"
    assert county.one(r.Call).acknowledged_by == "SJ-1"
    assert len(county.events("call.acknowledged")) == 1
    assert "市监局A岗" in market.liaison_b.card and "签收" not in market.liaison_b.buttons
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        assert one.heard == ["call.opened"]
    assert leader.heard == []


@pytest.mark.scenario(16)
@pytest.mark.scenario(17)
async def test_a_units_buttons_are_refused_to_everybody_else_and_logged(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    market, traffic = county.market, county.traffic
    await blows(county, "市监局", "交警")
    await villager.says("/start")
    call = county.one(r.Call, unit_id="SJ")
    presses = [f"1:{verb}:{call.ref}:0" for verb in ("acknowledge", "depart", "arrive", "report", "dispute")]

    for other in (traffic.liaison_a, traffic.head, leader, villager):
        message = next((v["message_id"] for v in county.sandbox.world.messages(other.chat_id)), 1)
        for data in presses:
            await other.presses_data(data, message)
            assert (other.toast["show_alert"] and "什么都没有改动" in other.toast["text"]) or other is villager

    assert county.one(r.Call, unit_id="SJ").state is CallState.OPEN
    assert "要加入" in villager.toast["text"]
    refused = county.events("press.refused")
    assert len(refused) == 4 * len(presses)
    assert {(e.by, e.facts["why"]) for e in refused} == {
        ("JJ-1", "not_yours"),
        ("JJ-H", "not_yours"),
        ("QL01S-1", "not_yours"),
        ("stranger", "not_bound"),
    }
    assert market.liaison_a.heard == traffic.liaison_a.heard == ["call.opened"]


async def test_the_head_of_the_department_may_answer_for_its_station(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, head, station = county.yunxi.leader, county.market.head, county._seat("QL01-SJ-A")
    await leader.says("/whistle 市监所 河口集市食品")
    await leader.presses(county.one(r.Case, id=tip.case_id).number)
    await leader.presses("叫")
    county.group.ignores("whistle.opened")
    call = county.one(r.Call)
    assert call.unit_id == "QL01-SJ" and station.heard == ["call.opened"]

    await head.says("/calls")
    await head.presses(call.number)
    await head.presses("签收")

    assert county.one(r.Call).acknowledged_by == "SJ-H"
    head.ignores("call.opened")


async def test_the_leaders_tap_confirms_an_arrival_or_stamps_one(county: County) -> None:
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    await blows(county, "市监局", "交警")
    await market.liaison_a.presses("到场")
    said = county.one(r.Call, unit_id="SJ")
    assert said.arrival == "said" and leader.heard == ["call.arrived"]

    await leader.presses("已到", containing="市监局")
    await leader.presses("交警", on=county.group)

    assert county.one(r.Call, unit_id="SJ").arrival == "leader"
    assert county.one(r.Call, unit_id="SJ").arrived_at == said.arrived_at
    unsaid = county.one(r.Call, unit_id="JJ")
    assert unsaid.state is CallState.ARRIVED and unsaid.arrived_at == county.now and unsaid.arrival == "leader"
    await county.forward(hours=1)
    assert county.events("call.breached") == []
    assert market.liaison_a.heard == traffic.liaison_a.heard == ["call.opened"]


@pytest.mark.parametrize(("where", "kept"), [(NEAR_HEKOU, "near"), (FAR_AWAY, "far")])
async def test_one_position_is_kept_as_near_or_far_and_nothing_else(
    county: County, where: dict[str, float], kept: str
) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    leader.ignores("call.arrived")
    await blows(county, "市监局", on=(await tip_taken(county))[1])
    await liaison.presses("签收")
    await liaison.presses("到场")

    await liaison.sends(location=where)

    assert county.one(r.Call).arrival == kept
    assert ("已到附近" in liaison.last) is (kept == "near")
    assert liaison.heard == ["call.opened"]
    await county.restart()
    left = b"".join(p.read_bytes() for p in county.folder.rglob("*") if p.is_file()) + repr(county.log).encode()
    for number in where.values():
        assert str(number).encode() not in left
        assert struct.pack(">d", number) not in left and struct.pack("<d", number) not in left


async def test_a_position_can_be_the_answer_itself(county: County) -> None:
    leader, liaison = county.yunxi.leader, county.market.liaison_a
    await blows(county, "市监局", on=(await tip_taken(county))[1])

    await liaison.sends(location=NEAR_HEKOU)

    call = county.one(r.Call)
    assert call.state is CallState.ARRIVED and call.arrival == "near"
    assert call.acknowledged_at == county.now and call.late_seconds == 0
    assert leader.heard == ["call.arrived"]
    assert liaison.heard == ["call.opened"]


async def test_no_word_or_picture_of_the_villager_reaches_a_department_but_officers_pictures_do(
    county: County,
) -> None:
    villager, leader, liaison = county.villager(), county.yunxi.leader, county.market.liaison_a
    await villager.sends(photo=True, caption=f"河口村集市上有人卖过期食品,{PLANTED_WORDS}")
    if county.one(r.Tip).asks:
        await villager.presses(county.book.county.matter(county.one(r.Tip).guesses[0]).short)
    await leader.presses("受理", on=county.group)
    await blows(county, "市监局", on=county.one(r.Tip))
    assert "看现场照片" not in liaison.buttons
    await leader.sends(photo=True)

    await liaison.presses("看现场照片")

    sent = {
        who.chat_id: [v for v in county.sandbox.world.messages(who.chat_id) if v["kind"] == "photo"]
        for who in (villager, leader, liaison)
    }
    assert [v["file"]["file_id"] for v in sent[liaison.chat_id]] == [v["file"]["file_id"] for v in sent[leader.chat_id]]
    assert sent[villager.chat_id][0]["file"]["file_id"] != sent[liaison.chat_id][0]["file"]["file_id"]
    assert PLANTED_WORDS not in "".join(liaison.reads)
    assert sent[liaison.chat_id][0]["protect"]
    assert liaison.heard == ["call.opened"]
    assert villager.heard == ["tip.opened", "tip.accepted"]


@pytest.mark.scenario(62)
@pytest.mark.scenario(67)
async def test_a_contact_who_blocked_the_bot_is_passed_over_at_once_and_leader_and_desk_are_told(
    county: County,
) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    county.expected_errors.add("outbox")
    county.others_may_hear("call.undelivered", "call.escalated")
    county.sandbox.world.people[market.liaison_a.chat_id].blocked = True

    await blows(county, "市监局")

    call = county.one(r.Call)
    assert market.liaison_b.heard == ["call.opened"]
    assert leader.heard == office.desk.heard == ["call.undelivered"]
    assert office.admin.heard == ["person.unreachable"]
    told = county.one(r.Outbox, template="call.opened", account=market.liaison_b.account)
    assert told.queued_at == call.opened_at and call.due_at == county.one(r.Call).due_at
    await county.forward(minutes=16)
    failed = [o for o in county.all(r.Outbox) if o.account == market.liaison_a.account and o.template != "x"]
    assert [o.template for o in failed] == ["call.opened"]
    assert market.liaison_b.heard == [*["call.reminded"] * 3, "call.breached"]
    assert leader.heard == ["call.breached"]


async def test_a_blocked_unit_climbs_to_its_head_in_the_same_tick(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    county.expected_errors.add("outbox")
    county.others_may_hear("call.undelivered", "person.unreachable"), leader.ignores("call.undelivered")
    office.desk.ignores("call.undelivered")
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        county.sandbox.world.people[one.chat_id].blocked = True

    await blows(county, "市监局")

    assert market.head.heard == ["call.escalated"]
    assert "未送达" in market.head.last
    await county.forward(minutes=1)
    assert "未送达" in county.group.card
    await market.head.presses("签收")
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED


async def test_whoever_unblocks_the_bot_is_rung_again_next_time(county: County) -> None:
    market = county.market
    county.expected_errors.add("outbox"), county.others_may_hear("person.unreachable")
    county.sandbox.world.block(market.liaison_a.chat_id)
    await county.settled()
    county.sandbox.world.unblock(market.liaison_a.chat_id)
    await county.settled()

    await blows(county, "市监局")

    assert market.liaison_a.heard == ["call.opened"]


async def test_leaving_pressed_after_the_arrival_says_that_it_is_past(county: County) -> None:
    """出动 may be skipped; its button on an older message stays, and a typed 出发 comes late."""
    liaison = county.market.liaison_a
    county.yunxi.leader.ignores("call.arrived")
    await blows(county, "市监局")
    await liaison.presses("签收")
    await liaison.presses("1小时内")
    leave, card = button(county, liaison, "出动")
    await liaison.presses("到场")

    toast = await liaison.presses_data(leave, card)

    assert toast and "已经办过了" in toast["text"]
    call = county.one(r.Call)
    assert call.state is CallState.ARRIVED and call.departed_at is None
    assert county.events("update.failed") == [] and liaison.heard == ["call.opened"]


@pytest.mark.scenario(71)
async def test_a_reminder_that_waits_in_the_queue_when_the_unit_signs_is_never_sent(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    call = county.one(r.Call)
    county.sandbox.world.faults.order("429", method="sendMessage", chat=liaison.chat_id, retry_after=40)
    await until(county, call.opened_at + timedelta(minutes=5))
    (waiting,) = county.all(r.Outbox, template="call.reminded", account=liaison.account)
    assert waiting.state is OutboxState.QUEUED and waiting.error == "429"
    sign, card = button(county, liaison, "签收")

    await liaison.presses_data(sign, card)
    await county.forward(minutes=2)

    (dropped,) = county.all(r.Outbox, template="call.reminded", account=liaison.account)
    assert (dropped.state, dropped.error) == (OutboxState.DROPPED, "no longer true")
    assert liaison.heard == ["call.opened"] and not any("还没签收" in text for text in liaison.reads)
    await liaison.presses("1小时内")


@pytest.mark.scenario(84)
async def test_nothing_about_a_call_is_sent_after_the_case_is_closed(county: County) -> None:
    villager, tip = await tip_taken(county)
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    county.others_may_hear("call.escalated"), leader.ignores("call.breached", "dispute.raised")
    county.office.desk.ignores(), county.office.desk_2.ignores()
    await blows(county, "市监局", "交警", on=tip)
    await county.forward(minutes=4)
    await traffic.liaison_a.presses("不属我单位")
    await traffic.liaison_a.presses("不是法定职责")
    sign, card = button(county, market.liaison_a, "签收")

    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)

    closed_at = county.now
    assert county.one(r.Tip, id=tip.id).state is TipState.CLOSED
    assert {c.state for c in county.all(r.Call)} == {CallState.CLOSED}
    assert villager.heard == ["tip.closed"]
    await county.forward(hours=26)
    after = [o for o in county.all(r.Outbox) if o.sent_at and o.sent_at > closed_at and o.act != "edit"]
    assert [o.template for o in after if not o.template.startswith(("digest.", "shift."))] == []
    assert market.liaison_a.heard == traffic.liaison_a.heard == ["call.opened"]
    await market.liaison_a.presses_data(sign, card)
    assert "已经过去" in market.liaison_a.toast["text"]
    assert county.one(r.Call, unit_id="SJ").acknowledged_at is None


async def test_forged_choices_change_nothing_and_are_answered_kindly(county: County) -> None:
    _, tip = await tip_taken(county)
    leader, market, office = county.yunxi.leader, county.market, county.office
    await blows(county, "市监局", on=tip)
    call, whistle = county.one(r.Call), county.one(r.Whistle)
    await leader.presses("到现场看了", on=county.group)
    leader.ignores("evidence.added")
    await leader.presses("移送", on=county.group)
    draft = county.one(r.Draft, kind="transfer")
    forged = {
        market.liaison_a: [f"reported.nothing:{call.ref}", f"disputed.nothing:{call.ref}"],
        leader: [
            f"item.nothing:{whistle.ref}",
            f"to_reason.crime:{draft.ref}",
            f"to_unit.NOWHERE:{draft.ref}",
            f"to_unit.QL01S:{draft.ref}",
            f"outcome.nothing:{tip.ref}",
            f"act.nothing:{tip.ref}",
            "unit.SJ:AAAAAAAA",
            f"unit.SJ:{draft.ref}",
            f"blow:{draft.ref}",
            f"second.QL01S-5:{draft.ref}",
            f"for_tip.new:{draft.ref}",
            f"show_call:{call.ref}",
            f"early.nothing:{draft.ref}",
        ],
        office.desk: [f"assigned.NOWHERE:{tip.ref}", "officer.QL01S-2:AAAAAAAA", f"rule_theirs:{call.ref}"],
    }
    before = {model: len(county.all(model)) for model in (r.Call, r.Dispute, r.Transfer, r.Act, r.Paper)}

    for person, presses in forged.items():
        message = next((v["message_id"] for v in county.sandbox.world.messages(person.chat_id)), 1)
        for data in presses:
            await person.presses_data(f"1:{data}:0", message)
            assert person.toast and person.toast["text"], data

    assert {model: len(county.all(model)) for model in before} == before
    assert county.one(r.Call).state is CallState.OPEN
    assert county.one(r.Whistle).bring == []
    assert county.one(r.Tip).state is TipState.ACCEPTED
    assert county.all(r.Inbox, state="failed") == []
    assert market.liaison_a.heard == ["call.opened"]
