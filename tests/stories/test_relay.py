"""What a replica takes in that does not send is decided by the one that does, at once, once, and in order."""

import asyncio
import threading
from typing import Any

import pytest

from bot.app import App
from tests.county import County, Person
from tests.stories.test_replicas import _listen_in, _message, lasting_leases  # noqa: F401 (fixture)
from tests.stories.walks import FOOD
from workflows import records as r
from workflows.states import InboxState

pytestmark = pytest.mark.postgres_only


async def _two(county: County) -> tuple[App, App, Person]:
    """The replica that sends, the other, and a villager of whom both know."""
    (other,) = await county.joined_by(1)
    sends = county.sending()
    villager = county.villager()
    villager.ignores(), county.others_may_hear("*"), county.group.ignores("tip.submitted")
    await villager.says(FOOD)
    return sends, next(one for one in (county.app, other) if one is not sends), villager


async def test_what_another_takes_in_is_told_to_the_one_that_sends_and_decided_by_it_alone(county: County) -> None:
    """Nobody has to look for it: the beat that would find it a second later is switched off."""
    sends, other, villager = await _two(county)
    for app in (sends, other):
        app.inbox.look = app.replicas.on_inbox = lambda: None  # type: ignore[method-assign, union-attr]
    heard: dict[App, list[int]] = {app: [] for app in (sends, other)}
    for app, noted in heard.items():
        _listen_in(app, noted)

    updates = [_message(county, villager.chat_id, 930_000 + n, f"补充 {n}") for n in range(8)]
    await asyncio.gather(*(other.inbox.take([one]) for one in updates[:4]))
    await other.inbox.take(updates[4:])
    assert not other.inbox._chats
    await county.settled()

    assert heard == {sends: list(range(930_000, 930_008)), other: []}
    rows = county.all(r.Inbox)[-8:]
    assert {row.claimed_by for row in rows} == {sends.me} and {row.state for row in rows} == {InboxState.DONE}


async def test_a_repeat_that_two_replicas_take_in_is_handled_once(county: County) -> None:
    sends, other, villager = await _two(county)
    heard: list[int] = []
    _listen_in(sends, heard)
    update = _message(county, villager.chat_id, 940_001, "补充")

    await asyncio.gather(*(app.inbox.take([update, update]) for app in (other, sends, other)))
    await other.inbox.take([update])
    await county.settled()

    assert heard == [940_001] and len(county.all(r.Inbox, update_id=940_001)) == 1


async def test_what_comes_while_a_batch_runs_that_cannot_see_it_is_decided_in_the_next_and_once(county: County) -> None:
    """The batch looks at the records as they were when it began: the row is not there, so that it could not be marked done."""
    sends, other, villager = await _two(county)
    looking, go_on, tries = threading.Event(), threading.Event(), []
    look_ahead = sends.store._look_ahead

    def counted(work: Any, decision: Any) -> None:
        if decision.hearing is not None:
            tries.append(decision.hearing.inbox_id)
        look_ahead(work, decision)

    def stands_still(work: Any) -> None:
        looking.set()
        go_on.wait(60)

    sends.store._look_ahead = counted  # type: ignore[method-assign]
    slow = asyncio.create_task(sends.store.decide(stands_still))
    await asyncio.to_thread(looking.wait, 60)
    await other.inbox.take([_message(county, villager.chat_id, 950_001, "补充")])
    async with asyncio.timeout(60):
        while not sends.store._queue.heard():  # a tick waits there, too
            await asyncio.sleep(0.005)
    go_on.set()
    await slow
    await county.settled()

    row = county.one(r.Inbox, update_id=950_001)
    assert tries == [row.id] and row.state is InboxState.DONE
    assert "update.elsewhere" not in {line.get("action") for line in county.log}


async def test_when_the_one_that_sends_ends_the_other_decides_and_nothing_is_left(county: County) -> None:
    """It says at once that it hears no more; what is taken in from then on, and what still waits there, is the other's."""
    sends, other, villager = await _two(county)
    sends.inbox._slots = asyncio.Semaphore(0)
    await other.inbox.take([_message(county, villager.chat_id, 960_001, "补充 1")])
    async with asyncio.timeout(60):
        while not sends.inbox._chats:
            await asyncio.sleep(0.005)
    heard: list[int] = []
    _listen_in(other, heard)

    assert sends.replicas is not None and other.replicas is not None
    assert other.replicas.relay.decides() == sends.me
    await sends.replicas.hear_no_more()
    async with asyncio.timeout(60):
        while other.replicas.relay.decides() is not None:
            await asyncio.sleep(0.005)
    await other.inbox.take([_message(county, villager.chat_id, 960_002, "补充 2")])
    async with asyncio.timeout(60):
        while len(heard) < 2 or not other.inbox.idle:
            await asyncio.sleep(0.01)
    sends.inbox._slots.release()
    await county.settled()

    assert heard == [960_001, 960_002]
    rows = county.all(r.Inbox)[-2:]
    assert {row.claimed_by for row in rows} == {other.me} and {row.state for row in rows} == {InboxState.DONE}
    assert len(county.all(r.TipItem)) == 3, "nothing is said twice, though the first let go of it only later"
