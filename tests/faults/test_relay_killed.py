"""The replica that decides is killed while others take updates in for it: each is decided once, by the one that comes after it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from sqlmodel import col, select

from tests.faults.test_replicas import REPEAT, WORDS, Pair, two_replicas
from tests.servers import Postgres
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import InboxState, OutboxState

pytestmark = [pytest.mark.slow, pytest.mark.postgres_only]

FIRST, MANY = 6_300_000_000, 30
UPDATE = 500_000


@pytest.fixture
async def pair(tmp_path: Path, book: Rulebook, postgres: Postgres, engine: str) -> AsyncIterator[Pair]:
    async with two_replicas(tmp_path, book, postgres, webhook=True) as pair:
        yield pair


async def test_the_one_that_decides_is_killed_among_updates_and_each_is_decided_once(pair: Pair) -> None:
    holder, other = await pair.sending()
    people = [pair.villager(FIRST + number) for number in range(MANY)]
    for who in people:
        pair.sandbox.world.people[who].started = True
    done = 0

    async with aiohttp.ClientSession() as session:

        async def say(number: int, who: int) -> None:
            """To either in turn; whoever hangs up is asked no more, and the same goes to the other, as Telegram does it."""
            nonlocal done
            for bot in (holder, other) if number % 3 == 0 else (other,):
                try:
                    url = f"http://127.0.0.1:{bot.port}/telegram"
                    headers = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
                    async with session.post(url, data=_update(number, who), headers=headers) as answer:
                        assert answer.status == 200
                except aiohttp.ClientError:
                    continue
                done += 1
                return

        tasks = []
        for number, who in enumerate(people):
            tasks.append(asyncio.create_task(say(number, who)))
            await asyncio.sleep(0.02)
            if number == MANY // 2:
                await holder.kill()
        await asyncio.gather(*tasks)
    assert done == MANY
    async with asyncio.timeout(30):
        while _waits(pair):
            await asyncio.sleep(0.1)

    said = col(r.Inbox.update_id).in_(range(UPDATE, UPDATE + MANY))  # a new topic in a group is an update, too
    states = Counter(row.state for row in pair.rows(select(r.Inbox).where(said)))
    assert states == {InboxState.DONE: MANY}
    assert len(pair.rows(select(r.Tip))) == len(pair.rows(select(r.TipItem))) == MANY
    receipts = pair.rows(select(r.Outbox).where(r.Outbox.template == "tip.opened", r.Outbox.act == "card"))
    assert len(receipts) == MANY and {row.state for row in receipts} == {OutboxState.SENT}
    for who in people:
        shown = pair._texts(who)
        unmarked = [text for text in shown if not text.startswith(REPEAT)]
        assert len(unmarked) == len(set(unmarked)), "twice, and not marked"
        assert len(shown) - len(unmarked) <= 1, (
            "one may have arrived when its sender was killed; marked once, and no more"
        )


def _waits(pair: Pair) -> bool:
    inbox = pair.rows(select(r.Inbox.id).where(r.Inbox.state == InboxState.RECEIVED))
    receipts = select(r.Outbox.id).where(r.Outbox.template == "tip.opened", r.Outbox.act == "card")
    return bool(inbox or pair.rows(receipts.where(col(r.Outbox.state) != OutboxState.SENT)))


def _update(number: int, who: int) -> bytes:
    person = {"id": who, "is_bot": False, "first_name": f"村民{who}", "language_code": "zh-hans"}
    chat = {"id": who, "type": "private", "first_name": f"村民{who}"}
    message = {"message_id": 1, "from": person, "chat": chat, "date": 1_793_000_000, "text": f"{WORDS} {number}"}
    return orjson.dumps({"update_id": UPDATE + number, "message": message})
