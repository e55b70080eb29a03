"""The network and Telegram fail in every way they know: nothing is lost, nothing comes twice unmarked, nobody else waits."""

import asyncio
from typing import Any

import pytest

from tests.conftest import both_ways
from tests.county import PLANTED_WORDS, County, Group, Person
from workflows import records as r
from workflows import roster
from workflows.states import InboxState, OutboxState
from workflows.work import Work

REPEAT = "〔重发〕"
TIP = f"河口村集市上有人卖过期食品,{PLANTED_WORDS}"


def fail(county: County, kind: str, **more: Any) -> None:
    county.sandbox.world.faults.order(kind, **more)


def receipts(villager: Person) -> list[str]:
    return [text for text in villager.reads if "回执" in text]


async def test_a_lost_answer_is_made_good_by_a_marked_copy(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    fail(county, "lost_answer", method="sendMessage", chat=villager.chat_id)

    await villager.says(TIP)
    await county.forward(seconds=5)

    first, second = receipts(villager)
    assert second == f"{REPEAT} {first}"
    assert villager.heard == ["tip.opened"]


async def test_a_reset_connection_is_tried_again(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    fail(county, "reset", method="sendMessage", chat=villager.chat_id)

    await villager.says(TIP)
    await county.forward(seconds=5)

    assert len(receipts(villager)) == 1
    assert villager.heard == ["tip.opened"]


@pytest.mark.parametrize("kind", ["500", "502"])
async def test_a_server_error_is_tried_again_unmarked(county: County, kind: str) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    fail(county, kind, method="sendMessage", chat=villager.chat_id, times=3)

    await villager.says(TIP)
    await county.forward(seconds=10)

    assert len(receipts(villager)) == 1 and REPEAT not in receipts(villager)[0]
    assert villager.heard == ["tip.opened"]


async def test_too_many_requests_slow_their_own_chat_only(county: County) -> None:
    villager, other = county.villager(), county.villager(5_900_000_001, "路人")
    county.group.ignores("tip.submitted")
    fail(county, "429", method="sendMessage", chat=villager.chat_id, retry_after=20)

    await villager.says(TIP)
    await other.says("石门村有人烧秸秆")

    assert villager.heard == [] and other.heard == ["tip.opened"]
    await county.forward(seconds=20)
    assert villager.heard == ["tip.opened"]
    assert REPEAT not in receipts(villager)[0]


async def test_a_hanging_server_holds_up_nobody_else(county: County) -> None:
    villager, other = county.villager(), county.villager(5_900_000_001, "路人")
    county.group.ignores("tip.submitted")
    _has_little_patience(county, villager)
    fail(county, "hang", method="sendMessage", chat=villager.chat_id)

    await villager.says(TIP)
    await other.says("石门村有人烧秸秆")
    assert other.heard == ["tip.opened"]
    await county.forward(seconds=5)

    assert villager.heard == ["tip.opened"]
    assert receipts(villager)[-1].startswith(REPEAT)


def _has_little_patience(county: County, villager: Person) -> None:
    """The real twenty seconds are half a second, for the first message to this phone and for nothing else."""
    call, seconds = county.app.request.call, [0.5]

    async def impatient(url: str, params: dict[str, Any], **more: Any) -> Any:
        first = seconds and url.endswith("/sendMessage") and params["chat_id"] == villager.chat_id
        return await call(url, params, **({"read_timeout": seconds.pop()} if first else more))

    county.app.request.call = impatient  # type: ignore[method-assign]


async def test_a_call_that_cannot_be_delivered_goes_to_the_next_contact_at_once(county: County) -> None:
    villager, leader, market = county.villager(), county.yunxi.leader, county.market
    leader.ignores(), villager.ignores(), county.group.ignores("tip.submitted", "whistle.opened")
    county.others_may_hear("call.undelivered", "person.unreachable")
    await villager.says(TIP)
    await leader.presses("受理", on=county.group)
    fail(county, "403", method="sendMessage", chat=market.liaison_a.chat_id)

    await leader.says("/whistle 市监局 河口集市食品")
    await leader.presses("河口村")
    await leader.presses("叫")

    assert market.liaison_b.heard == ["call.opened"]
    account = county.one(r.Identity, account=market.liaison_a.account)
    assert account.blocked_at is not None
    assert "call.undelivered" in {event.kind for event in county.all(r.Event)}
    county.expected_errors.add("outbox")


async def test_refused_markup_goes_out_as_plain_text_at_once(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    county.expected_errors.add("outbox.markup")
    wrong = "Bad Request: can't parse entities: unsupported start tag at byte offset 4"
    fail(county, "400", method="sendMessage", chat=villager.chat_id, description=wrong)

    await villager.says(TIP)

    assert villager.heard == ["tip.opened"]
    assert "<" not in receipts(villager)[0] and REPEAT not in receipts(villager)[0]


@pytest.mark.both_engines
@pytest.mark.scenario(77)
async def test_a_group_that_became_a_supergroup_goes_on_under_its_new_id(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores()
    members = [seat.telegram_id for seat in county.book.county.seats(unit_id="QL01S") if seat.telegram_id]
    old = county.sandbox.world.group(title="云溪镇执法队", forum=False, members=members).id

    def instead(work: Work) -> None:
        work.get(r.Group, county.group.chat_id).left_at = work.now
        roster.seat_group(work, old, False, "QL01S")

    await county.app.store.decide(instead)
    new = county.sandbox.world.migrate(old).id
    squad = Group(county, new)
    county.named.append(squad)

    await villager.says(TIP)

    assert squad.heard == ["tip.submitted"]
    assert county.one(r.Group, chat_id=new).left_at is None
    assert county.one(r.Group, chat_id=old).left_at is not None
    await leader.presses("受理", on=squad)
    assert county.one(r.Tip).owner_id == leader.seat


@both_ways
async def test_an_update_that_comes_twice_is_heard_once(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    fail(county, "duplicate_update", chat=villager.chat_id)

    await villager.says(TIP)
    await county.forward(seconds=5)

    assert len(county.all(r.Tip)) == len(county.all(r.TipItem)) == 1
    assert villager.heard == ["tip.opened"]
    assert {row.state for row in county.all(r.Inbox)} == {InboxState.DONE}


async def test_an_edit_that_changes_nothing_is_no_error(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("tip.submitted")
    await villager.says(TIP)
    assert villager.heard == ["tip.opened"]
    fail(county, "400", method="editMessageText", description="Bad Request: message is not modified")

    await leader.presses("受理", on=county.group)
    await county.forward(minutes=1)

    assert villager.heard == ["tip.accepted"]
    assert {row.state for row in county.all(r.Outbox, act="edit")} <= {OutboxState.SENT, OutboxState.DROPPED}


async def test_a_deleted_topic_is_made_again(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores(), county.group.ignores("tip.submitted", "tip.breached"), leader.ignores()
    county.others_may_hear("tip.breached", "tip.escalated", "tip.reminded")
    await villager.says(TIP)
    topic = county.one(r.Topic)
    elsewhere = r.Topic(chat_id=-1_002_999, subject_id="another squad's", thread=topic.thread)
    await county.app.store.decide(lambda work: work.session.add(elsewhere))
    county.sandbox.world.topic(county.group.chat_id, topic.thread, deleted=True)

    await county.forward(minutes=16)

    assert county.one(r.Topic, chat_id=-1_002_999), "each group counts its topics from one"
    breached = [row for row in county.all(r.Outbox, template="tip.breached") if row.chat_id == county.group.chat_id]
    assert breached and all(row.state is OutboxState.SENT for row in breached)


async def test_a_topic_that_is_closed_already_is_no_error(county: County) -> None:
    """The process was killed after Telegram had closed it; the next one closes it again."""
    villager = county.villager()
    villager.ignores(), county.group.ignores("tip.submitted", "tip.withdrawn")
    await villager.says(TIP)
    county.sandbox.world.topic(county.group.chat_id, county.one(r.Topic).thread, closed=True)

    await villager.presses("撤回")

    closing = county.one(r.Outbox, act="topic_closed")
    assert closing.state is OutboxState.SENT


async def test_a_topic_that_is_gone_is_closed_no_more(county: County) -> None:
    """It was asked for again and again, without a pause."""
    villager = county.villager()
    villager.ignores(), county.group.ignores("tip.submitted", "tip.withdrawn")
    await villager.says(TIP)
    county.sandbox.world.topic(county.group.chat_id, county.one(r.Topic).thread, deleted=True)

    await villager.presses("撤回")
    await county.forward(minutes=1)

    closing = county.one(r.Outbox, act="topic_closed")
    assert closing.state is OutboxState.DROPPED and closing.attempts == 1


@pytest.mark.both_engines
@pytest.mark.scenario(91)
async def test_a_second_poller_is_endured(county: County) -> None:
    """Somebody started another bot with this token: 409 until it is gone, then everything that was said is heard."""
    villager = county.villager()
    county.group.ignores("tip.submitted")
    delivery = county.sandbox.delivery
    async with asyncio.timeout(60):
        while delivery._poll is None:  # the next question is on its way
            await asyncio.sleep(0.005)
    delivery._end_poll(
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )

    await villager.says(TIP)

    assert villager.heard == ["tip.opened"]
    assert "poll.failed" in {line.get("action") for line in county.log}


async def test_a_blocked_villager_is_noted_and_the_matter_goes_on(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("tip.submitted")
    await villager.says(TIP)
    assert villager.heard == ["tip.opened"]
    county.sandbox.world.block(villager.chat_id)
    await county.settled()

    await leader.presses("受理", on=county.group)
    await county.forward(minutes=1)

    assert county.one(r.Identity, account=villager.account).blocked_at is not None
    assert county.one(r.Tip).accepted_at is not None


async def test_a_command_from_who_was_noted_as_blocked_is_answered(county: County) -> None:
    """The update that told of the unblocking was lost, as Telegram drops what nobody fetches for a day."""
    villager = county.villager()
    await villager.says("/help")
    county.sandbox.world.block(villager.chat_id)
    await county.settled()
    county.sandbox.world.people[villager.chat_id].blocked = False
    said = len(villager.reads)

    await villager.says("/help")

    assert len(villager.reads) == said + 1
    assert county.one(r.Identity, account=villager.account).blocked_at is None


async def test_a_polite_restart_in_the_middle_repeats_nothing(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    await villager.says(TIP)
    assert villager.heard == ["tip.opened"]
    said = villager.reads

    await county.restart()
    await county.forward(minutes=1)

    assert villager.reads == said
