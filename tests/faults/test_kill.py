"""`kill -9` loses nothing: ten tips a kill, killed at seeded random moments, every tip heard once and answered.

Forty kills in CI, a thousand in `make faults` (WHISTLE_FAULTS=all); half of them polling, half by webhook.
"""

import asyncio
import os
import random
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.sandbox import Sandbox
from tests.faults.process import Supervisor
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import InboxState, OutboxState

KILLS = 500 if os.environ.get("WHISTLE_FAULTS") == "all" else 20
TIPS = KILLS * 10
FIRST = 6_100_000_001
WORDS = "河口村集市上有人卖过期食品"
REPEAT = "〔重发〕"


@pytest.mark.slow
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
@pytest.mark.scenario(87)
async def test_no_tip_is_lost_or_doubled_by_kills(tmp_path: Path, book: Rulebook, webhook: bool) -> None:
    chance = random.Random(20_261_102)
    sandbox = Sandbox()
    await sandbox.start()
    bot = Supervisor(tmp_path / "bot", sandbox, webhook=webhook)
    bot.seat(sandbox, book)
    villagers = [FIRST + i for i in range(TIPS)]
    for one in villagers:
        sandbox.world.person(one, f"村民{one}", language_code="zh-hans")
    waiting = iter(villagers)

    try:
        for _ in range(KILLS):
            await bot.start()
            await bot.ready()
            for _ in range(TIPS // KILLS):
                one = next(waiting)
                sandbox.world.send(one, text=WORDS)
                await asyncio.sleep(chance.choice((0, 0, 0.002, 0.01)))
            await asyncio.sleep(chance.uniform(0, 0.15))
            await bot.kill()
        await bot.start()
        await bot.ready()  # all may be done already: asked to stop while it starts, it would not yet know how
        await _settled(bot, sandbox, villagers)
        assert await bot.stop() == 0
    finally:
        await bot.stop()
        await sandbox.stop()

    _every_tip_once(bot, sandbox, villagers)
    _squad_told_of_each(bot)
    errors = [line for line in bot.lines() if line["level"] in ("error", "critical")]
    assert not errors, errors[:3]
    log = bot.log.read_text("utf-8")
    assert WORDS not in log and not any(str(one) in log for one in villagers)


def _receipts(sandbox: Sandbox, villager: int) -> list[str]:
    return [v["text"] for v in sandbox.world.messages(villager) if v["from"] == "bot" and not v["deleted"]]


async def _settled(bot: Supervisor, sandbox: Sandbox, villagers: list[int]) -> None:
    """Everybody is answered, the inbox is empty, and nothing is left to send."""
    ends = time.monotonic() + 40 + TIPS / 20
    on_the_way = select(r.Outbox.id).where(col(r.Outbox.state).in_((OutboxState.QUEUED, OutboxState.SENDING)))
    not_done = select(r.Inbox.id).where(col(r.Inbox.state) != InboxState.DONE)
    while True:
        unheard = len(sandbox.world.updates) + len(bot.rows(not_done))
        unsent = len(bot.rows(on_the_way))
        silent = [one for one in villagers if not _receipts(sandbox, one)]
        if not (unheard or unsent or silent):
            return
        assert time.monotonic() < ends, f"{unheard} not heard, {unsent} not sent, {len(silent)} without an answer"
        await asyncio.sleep(0.05)


def _every_tip_once(bot: Supervisor, sandbox: Sandbox, villagers: list[int]) -> None:
    tips, items, heard = (bot.rows(select(model)) for model in (r.Tip, r.TipItem, r.Inbox))
    assert len(tips) == len({tip.account for tip in tips}) == TIPS
    assert len(items) == TIPS
    assert len({tip.receipt for tip in tips}) == TIPS
    assert {row.state for row in heard} == {InboxState.DONE} and not any(row.payload for row in heard)
    shown = {one: _receipts(sandbox, one) for one in villagers}
    numbers = {one: {re.search(r"\d{3} \d{3} \d{3}", text)[0] for text in texts} for one, texts in shown.items()}
    assert all(len(found) == 1 for found in numbers.values()), "one villager, one receipt number"
    assert {found.pop().replace(" ", "") for found in numbers.values()} == {tip.receipt for tip in tips}
    for texts in shown.values():
        assert all(text.startswith(REPEAT) for text in texts[1:]), f"an unmarked double: {texts}"


def _squad_told_of_each(bot: Supervisor) -> None:
    """Each tip reached the squad as a card of its own or as one line of a list, and none twice."""
    rows = bot.rows(select(r.Outbox).where(col(r.Outbox.template).in_(("tip.submitted", "tips.waiting"))))
    assert {row.state for row in rows} <= {OutboxState.SENT, OutboxState.DROPPED}
    cards = Counter(row.subject_id for row in rows if row.act == "card" and row.state is OutboxState.SENT)
    lists = [row for row in rows if row.template == "tips.waiting" and row.state is OutboxState.SENT]
    listed = sum(row.facts["count"] for row in lists)
    bundled = [row for row in rows if row.error == "bundled"]
    assert listed == len(bundled) + len(lists)
    assert len(cards) + listed == TIPS
    assert set(cards.values()) <= {1}
