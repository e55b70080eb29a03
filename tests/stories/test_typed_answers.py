"""Somebody who was called types instead of tapping; nonsense, signatures taken back, and buttons of what is not there any more."""

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from tests.county import County
from tests.stories.walks import blows, button, timeline, until
from workflows import records as r
from workflows.states import CallState
from workflows.work import Work


@pytest.mark.scenario(24)
@pytest.mark.parametrize("line", ["收到", "到", " 1a ", "OK", "{number}", "{short} 收到", "{case}", "签收。"])
async def test_a_typed_word_or_number_signs_the_only_call_that_waits(county: County, line: str) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    call = county.one(r.Call)
    case, _, ordinal = call.number.rpartition("-")
    number = case.rsplit("-", 1)[1]

    await liaison.says(line.format(number=call.number, short=f"{number}-{ordinal}", case=number))

    signed = county.one(r.Call)
    assert (signed.state, signed.acknowledged_by, signed.late_seconds) == (CallState.ACKNOWLEDGED, "SJ-1", 0)
    assert "大概几点能到" in liaison.last and any(f"{call.number} · 已签收" in text for text in liaison.reads)
    await liaison.presses("30分钟内")
    assert liaison.heard == ["call.opened"]


@pytest.mark.scenario(24)
async def test_several_calls_that_match_are_asked_about(county: County) -> None:
    market = county.market
    await blows(county, "市监局")
    await county.forward(minutes=3)
    await blows(county, "市监局")
    first, second = sorted(county.all(r.Call), key=lambda c: c.number)
    market.liaison_a.ignores("call.reminded")

    for line in ("收到", "1a"):
        await market.liaison_a.says(line)
        assert "是哪一件" in market.liaison_a.last
        assert {c.state for c in county.all(r.Call)} == {CallState.OPEN}
    await market.liaison_a.presses(second.number, containing="是哪一件")

    states = {c.number: c.state for c in county.all(r.Call)}
    assert states == {first.number: CallState.OPEN, second.number: CallState.ACKNOWLEDGED}
    await market.liaison_a.says("收到")
    assert {c.state for c in county.all(r.Call)} == {CallState.ACKNOWLEDGED}
    await market.liaison_a.says("收到")
    assert "已签收" in market.liaison_a.last and len(county.events("call.acknowledged")) == 2
    assert market.liaison_a.heard == ["call.opened", "call.opened"]


async def test_a_typed_answer_counts_from_when_it_was_said(county: County) -> None:
    """Telegram's time of a message holds, as for a position."""
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    await blows(county, "市监局")
    await county.forward(minutes=14)
    await county.app.stop()
    county.sandbox.world.send(liaison.chat_id, text="收到")
    stamp = county.now
    await county._open()
    await county.app.store.rehearse(shown=stamp + timedelta(minutes=4))
    await county.settled()

    call = county.one(r.Call)
    assert call.state is CallState.ACKNOWLEDGED and call.late_seconds == 0 and call.breached_at is None
    assert call.acknowledged_at == stamp
    liaison.ignores(), leader.ignores()
    county.others_may_hear("*")


async def test_others_typed_words_answer_nothing(county: County) -> None:
    market, traffic, leader = county.market, county.traffic, county.yunxi.leader
    await blows(county, "市监局")
    number = county.one(r.Call).number

    await traffic.liaison_a.says("收到")
    assert "没有要答复的呼叫" in traffic.liaison_a.last
    await traffic.liaison_a.says(number)
    assert "没有找到" in traffic.liaison_a.last
    await leader.says("收到")
    await market.liaison_a.says("收到 但是我今天不一定去得了")

    assert county.one(r.Call).state is CallState.OPEN
    assert market.liaison_a.heard == ["call.opened"]


async def test_departure_and_arrival_can_be_typed_too(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    await blows(county, "市监局")

    await liaison.says("出发")
    assert county.one(r.Call).departed_at == county.now
    await liaison.says("到了")

    call = county.one(r.Call)
    assert call.state is CallState.ARRIVED and call.arrival == "said" and call.late_seconds == 0
    assert leader.heard == ["call.arrived"] and liaison.heard == ["call.opened"]


@pytest.mark.scenario(25)
async def test_nonsense_gets_at_most_five_help_replies_until_a_real_action(county: County) -> None:
    liaison = county.market.liaison_a
    before = len(liaison.reads)

    for n in range(10):
        await liaison.says(f"嘎嘎嘎{n}")
        await county.forward(seconds=5)

    assert len(liaison.reads) - before == 5
    await liaison.says("/lang")
    before = len(liaison.reads)
    for n in range(10):
        await liaison.says(f"/wat{n}" if n % 2 else f"嘎{n}")
    assert len(liaison.reads) - before == 5
    await blows(county, "市监局")
    await liaison.presses("签收")
    before = len(liaison.reads)
    await liaison.says("嘎嘎")
    assert len(liaison.reads) - before == 1
    assert liaison.heard == ["call.opened"]


@pytest.mark.scenario(25)
async def test_a_villagers_stickers_get_at_most_five_replies_until_she_says_something(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted"), villager.ignores()

    for _ in range(10):
        await villager.sends(sticker=True)
        await county.forward(seconds=5)

    assert len(villager.reads) == 5
    await villager.says("河口村夜市有人摆摊占道")
    before = len(villager.reads)
    await villager.sends(sticker=True)
    await county.forward(seconds=5)
    assert len(villager.reads) == before + 1


@pytest.mark.both_engines
@pytest.mark.scenario(27)
async def test_a_signature_taken_back_within_ten_seconds_lets_the_original_clock_go_on(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=9))
    await market.liaison_a.presses("签收")
    assert "🟢" in county.group.card
    await county.forward(seconds=9)

    await market.liaison_a.presses("点错了")

    again = county.one(r.Call)
    assert again.state is CallState.OPEN and again.due_at == call.due_at
    assert again.acknowledged_at is None and again.acknowledged_by is None
    assert "⏳" in county.group.card and "签收" in market.liaison_a.buttons
    assert "时限照旧" in market.liaison_a.last
    await until(county, call.due_at)
    marks = [(kind, at) for kind, _, at in timeline(county, call, since=call.opened_at)]
    assert [at for kind, at in marks if kind == "call.reminded"] == [timedelta(minutes=m) for m in (5, 10, 13)]
    assert ("call.breached", timedelta(minutes=15)) in marks
    assert market.liaison_a.heard == ["call.opened", *["call.reminded"] * 3, "call.breached"]
    assert market.liaison_b.heard == ["call.opened"] and leader.heard == ["call.breached"]
    assert [e.by for e in county.events("call.taken_back")] == ["SJ-1"]


async def test_a_signature_is_taken_back_once_in_time_and_by_its_own_hand_alone(county: County) -> None:
    market = county.market
    await blows(county, "市监局", urgent=True)
    for one in (market.liaison_b, market.duty_room):
        one.ignores("call.opened")
    await market.liaison_a.presses("签收")
    undo, card = button(county, market.liaison_a, "点错了")

    await market.liaison_b.presses_data(undo, card)
    assert "什么都没有改动" in market.liaison_b.toast["text"]
    await county.forward(seconds=11)
    await market.liaison_a.presses_data(undo, card)
    assert "过了10秒" in market.liaison_a.toast["text"]
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED
    await market.liaison_a.presses("30分钟内")
    await market.liaison_a.presses_data(undo, card)
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED and county.events("call.taken_back") == []
    assert market.liaison_a.heard == ["call.opened"]


async def test_what_fell_due_while_a_signature_stood_is_done_when_it_is_taken_back(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    leader.ignores("call.breached"), market.liaison_a.ignores()
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at - timedelta(seconds=4))
    await market.liaison_a.presses("签收")
    await county.forward(seconds=6)
    assert market.liaison_b.heard == []

    await market.liaison_a.presses("点错了")

    again = county.one(r.Call)
    assert again.state is CallState.OPEN and again.breached_at == call.due_at
    assert market.liaison_b.heard == ["call.opened"]


@pytest.mark.scenario(23)
async def test_buttons_of_a_purged_whistle_are_answered_and_change_nothing(county: County) -> None:
    leader, market, office = county.yunxi.leader, county.market, county.office
    for one in (leader, market.liaison_a, market.liaison_b, market.head, office.desk, office.desk_2):
        one.ignores()
    await blows(county, "市监局")
    await county.forward(minutes=24)
    refs = {one.ref for model in (r.Call, r.Whistle, r.Draft) for one in county.all(model)}
    kept = {
        who: [
            (key["data"], view["message_id"])
            for view in county.sandbox.world.messages(who.chat_id)
            for row in view["keyboard"] or []
            for key in row
            if key["data"].split(":")[2] in refs
        ]
        for who in (county.group, leader, market.liaison_a, market.liaison_b, market.head, office.desk)
    }
    assert sum(map(len, kept.values())) > 8 and kept[county.group] and kept[office.desk]

    def purge(work: Work) -> None:
        gone = [one.id for model in (r.Call, r.Whistle) for one in work.session.exec(select(model)).all()]
        work.session.execute(delete(r.Event).where(col(r.Event.subject_id).in_(gone)))
        for model in (r.Call, r.Whistle, r.Draft):
            work.session.execute(delete(model))

    await county.app.store.decide(purge)
    county.tampered = True

    for who, buttons in kept.items():
        hand = leader if who is county.group else who
        for data, message in buttons:
            await hand.presses_data(data, message, who.chat_id)
            assert hand.toast is not None and "已经不在了" in hand.toast["text"], (data, hand.toast)

    await county.forward(hours=1)
    assert county.all(r.Inbox, state="failed") == [] and county.events("deadline.failed") == []
