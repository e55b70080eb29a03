"""A message that Telegram does not take at once: somebody else is called in time, and nothing is lost or said twice unmarked."""

from datetime import timedelta

import pytest

from tests.county import County
from tests.stories.walks import FOOD, blows, button, until
from workflows import records as r
from workflows.states import CallState, OutboxState

pytestmark = pytest.mark.both_engines

REPEAT = "〔重发〕"


def _sends(county: County, chat: int) -> list[str]:
    return [v["text"] or "" for v in county.sandbox.world.messages(chat) if v["from"] == "bot" and not v["deleted"]]


@pytest.mark.scenario(63)
async def test_told_to_wait_a_little_the_call_waits_and_nobody_else_is_rung(county: County) -> None:
    liaison, second = county.market.liaison_a, county.market.liaison_b
    county.sandbox.world.faults.order("429", method="sendMessage", chat=liaison.chat_id, retry_after=17)

    await blows(county, "市监局")

    call = county.one(r.Call)
    assert liaison.heard == []
    await until(county, call.opened_at + timedelta(seconds=16))
    assert liaison.heard == []
    await county.forward(seconds=2)
    assert liaison.heard == ["call.opened"] and second.heard == []
    sent = county.one(r.Outbox, template="call.opened", account=liaison.account)
    assert sent.sent_at - call.opened_at >= timedelta(seconds=17)
    assert not sent.repeat and not county.events("call.undelivered", "message.delayed")


@pytest.mark.scenario(63)
async def test_told_to_wait_beyond_the_deadline_the_next_contact_is_rung_meanwhile(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    county.others_may_hear("call.undelivered", "call.escalated")
    county.sandbox.world.faults.order("429", method="sendMessage", chat=market.liaison_a.chat_id, retry_after=16 * 60)

    await blows(county, "市监局")

    assert market.liaison_b.heard == ["call.opened"] and market.liaison_a.heard == []
    assert leader.heard == desk.heard == ["call.undelivered"]
    await market.liaison_b.presses("签收")
    await market.liaison_b.presses("1小时内")
    await county.forward(minutes=17)
    assert county.one(r.Call).late_seconds == 0 and county.one(r.Call).breached_at is None
    assert market.liaison_a.heard == ["call.opened"], "it comes when it may, so that both know"
    late = county.events("message.delayed")
    assert [(e.subject_id, e.facts["template"], e.facts["seconds"] >= 960) for e in late] == [
        (county.one(r.Call).id, "call.opened", True)
    ]


@pytest.mark.scenario(64)
@pytest.mark.parametrize("kind", ["500", "502"])
async def test_after_four_failures_inside_a_minute_the_next_contact_is_rung(county: County, kind: str) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    county.others_may_hear("call.undelivered")
    county.sandbox.world.faults.order(kind, method="sendMessage", chat=market.liaison_a.chat_id, times=4)

    await blows(county, "市监局")

    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(seconds=6))
    assert market.liaison_b.heard == []
    await until(county, call.opened_at + timedelta(seconds=8))
    assert market.liaison_b.heard == ["call.opened"]
    assert leader.heard == desk.heard == ["call.undelivered"]
    await until(county, call.opened_at + timedelta(seconds=60))
    assert market.liaison_a.heard == ["call.opened"], "the first is not given up either"
    sent = county.one(r.Outbox, template="call.opened", account=market.liaison_a.account)
    assert sent.attempts == 5 and not sent.repeat
    assert county.one(r.Call).due_at == call.due_at


@pytest.mark.scenario(65)
async def test_a_copy_that_may_have_arrived_twice_is_marked_and_either_answers_once(county: County) -> None:
    liaison = county.market.liaison_a
    county.sandbox.world.faults.order("lost_answer", method="sendMessage", chat=liaison.chat_id)

    await blows(county, "市监局")
    await county.forward(seconds=2)

    copies = [t for t in _sends(county, liaison.chat_id) if "-1</b>" in t or county.one(r.Call).number in t]
    assert [t.startswith(REPEAT) for t in copies] == [False, True]
    assert all(county.one(r.Call).number in t for t in copies)
    views = [v for v in county.sandbox.world.messages(liaison.chat_id) if v["from"] == "bot" and v["keyboard"]]
    for view in views[-2:]:
        await liaison.presses_data(view["keyboard"][0][0]["data"], view["message_id"])
    assert len(county.events("call.acknowledged")) == 1
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED
    assert liaison.heard == ["call.opened"]


@pytest.mark.scenario(66)
async def test_markup_that_telegram_cannot_read_goes_out_plain_at_once(county: County) -> None:
    liaison = county.market.liaison_a
    county.expected_errors.add("outbox.markup")
    words = "Bad Request: can't parse entities: Unsupported start tag"
    county.sandbox.world.faults.order("400", method="sendMessage", chat=liaison.chat_id, description=words)

    await blows(county, "市监局")

    sent = county.one(r.Outbox, template="call.opened", account=liaison.account)
    assert sent.state is OutboxState.SENT and sent.sent_at - sent.queued_at < timedelta(seconds=1)
    assert "<b>" not in liaison.last and county.one(r.Call).number in liaison.last
    await liaison.presses("签收")
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED
    assert liaison.heard == ["call.opened"]


@pytest.mark.scenario(68)
async def test_an_address_disabled_while_the_message_waited_is_passed_over(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    county.expected_errors.add("outbox")
    county.others_may_hear("call.undelivered", "person.unreachable")
    county.sandbox.world.faults.order("429", method="sendMessage", chat=market.liaison_a.chat_id, retry_after=30)
    await blows(county, "市监局")
    assert market.liaison_b.heard == []

    county.sandbox.world.block(market.liaison_a.chat_id)
    await county.settled()
    await county.forward(seconds=31)

    waited = county.one(r.Outbox, template="call.opened", account=market.liaison_a.account)
    assert (waited.state, waited.error, waited.attempts) == (OutboxState.FAILED, "disabled", 1)
    assert market.liaison_b.heard == ["call.opened"] and market.liaison_a.heard == []
    assert leader.heard == desk.heard == ["call.undelivered"]
    assert "outbox.disabled" in {line.get("action") for line in county.log}


@pytest.mark.scenario(76)
async def test_edits_that_come_fast_show_the_newest_state_and_their_refusals_are_no_errors(county: County) -> None:
    liaison, group = county.market.liaison_a, county.group
    await blows(county, "市监局")
    await county.forward(minutes=2)
    faults = county.sandbox.world.faults
    faults.order(
        "400", method="editMessageText", chat=group.chat_id, description="Bad Request: message is not modified"
    )
    await liaison.presses("签收")
    await county.forward(minutes=1)
    before = len(county.all(r.Outbox, act="edit", chat_id=group.chat_id))
    faults.order("429", method="editMessageText", chat=group.chat_id, retry_after=20)

    await liaison.presses("出动")
    await liaison.presses("到场")
    await county.forward(minutes=1)

    assert "到场" in group.card
    edits = [o for o in county.all(r.Outbox, act="edit", chat_id=group.chat_id) if o.template == "whistle.opened"]
    assert len(edits) - before <= 2, "edits of one message wait as one"
    assert OutboxState.FAILED not in {o.state for o in edits}
    gone = "Bad Request: message to edit not found"
    faults.order("400", method="editMessageText", chat=group.chat_id, description=gone)
    county.yunxi.leader.ignores("call.arrived", "call.reported")
    await liaison.presses("反馈")
    await liaison.presses(county.book.reasons.outcome[0].label)
    await county.forward(minutes=1)
    assert liaison.heard == ["call.opened"]


@pytest.mark.scenario(78)
async def test_a_press_that_is_too_old_to_be_answered_is_done_all_the_same(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    sign, card = button(county, liaison, "签收")
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    county.sandbox.world.faults.order("400", method="answerCallbackQuery", description=old)

    await county.sandbox.press(liaison.chat_id, liaison.chat_id, card, data=sign, wait=0.05)
    await county.settled()

    assert county.one(r.Call).state is CallState.ACKNOWLEDGED
    assert "签收" in liaison.card and liaison.heard == ["call.opened"]


@pytest.mark.scenario(75)
async def test_a_busy_group_gets_one_list_instead_of_a_flood(county: County) -> None:
    county.others_may_hear("tip.opened")
    county.group.ignores("tip.submitted", "tips.waiting")
    villagers = [county.villager(7_000_000_000 + n, f"村民{n}") for n in range(30)]
    for one in villagers:
        one.ignores()
        county.sandbox.world.send(one.chat_id, text=FOOD)
    await county.settled()
    county.group.ignores("tip.reminded", "tip.breached", "tip.escalated")
    county.others_may_hear("*")

    await county.forward(minutes=3)

    rows = county.all(r.Outbox, chat_id=county.group.chat_id)
    listed = [o for o in rows if o.template == "tips.waiting"]
    cards = [o for o in rows if o.template == "tip.submitted" and o.act == "card" and o.sent_at]
    assert len(county.all(r.Tip)) == len(cards) + sum(o.facts["count"] for o in listed) == 30, "none is lost"
    assert len(cards) + len(listed) <= 12
    assert all(t.receipt not in v["text"] for t in county.all(r.Tip) for v in county.group.views if v["text"])
