"""Random and hostile updates: 5,000 in CI, ten times 10,000 in `make faults`. Nothing raises, no chat sticks, nothing is left over."""

import asyncio
import gc
import json
from pathlib import Path

import psutil
import pytest

from tests.county import County
from tests.faults import hostile
from tests.faults.shards import HOSTILE
from tests.faults.test_cut import ALL
from tests.stories.walks import FOOD
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import InboxState, OutboxState

COUNT = 10_000 if ALL else 5_000
PARTS = HOSTILE if ALL else 1
AT_ONCE = 250
FIRST = 500_000_000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
async def test_hostile_updates_raise_nothing_stick_nowhere_and_leak_nothing(
    tmp_path: Path, book: Rulebook, part: int
) -> None:
    county = await County(tmp_path / "county", book, settings={"send_rate": 0}).start()
    county.others_may_hear("*"), county.group.ignores("*")
    villager, leader = county.villager(), county.yunxi.leader
    villager.ignores("*"), leader.ignores("*")
    county.expected_errors |= {"outbox"}  # people whom no bot may write to first
    await villager.says(FOOD)
    await leader.says("/whistle 市监局 摊贩")
    for one in hostile.VILLAGERS:
        county.sandbox.world.person(one, "某")
    staff = [s.telegram_id for s in book.county.all_seats if s.telegram_id is not None]
    refs = [row.ref for model in (r.Tip, r.Case, r.Whistle, r.Call, r.Draft) for row in county.all(model)]
    groups = [group.chat for group in county.groups]
    grown: list[float] = []

    raw = hostile.updates(20_261_102 + part, COUNT, staff, groups, refs)
    for start in range(0, COUNT, AT_ONCE):
        payloads = [
            json.dumps(next(raw)).encode() for _ in range(AT_ONCE)
        ]  # orjson writes nothing that is nested this deeply
        assert await county.app.inbox.take(payloads) == 0
        while not county.app.inbox.idle:
            await asyncio.sleep(0.002)
        if start % 5_000 == 0:
            gc.collect()
            grown.append(psutil.Process().memory_info().rss / 2**20)
    await county.settled()

    rows = [row for row in county.all(r.Inbox) if FIRST <= row.update_id < FIRST + COUNT]
    assert len(rows) == COUNT
    raised = [row for row in rows if row.state is InboxState.FAILED and not (row.error or "").startswith("misshapen: ")]
    assert not raised, f"{len(raised)} handlers raised: {[(row.update_id, row.error) for row in raised[:5]]}"
    assert {row.state for row in rows} == {InboxState.DONE, InboxState.FAILED}
    assert sum(row.state is InboxState.DONE for row in rows) > COUNT / 4, "hardly any update came as far as a handler"
    assert not any(row.payload for row in rows if row.state is InboxState.DONE)
    assert not [row for row in county.all(r.Outbox) if row.state in (OutboxState.SENDING, OutboxState.UNKNOWN)]
    assert not county.app.inbox._tasks and not county.app.sender._busy
    assert grown[-1] - grown[min(1, len(grown) - 1)] < 200, f"memory grows: {grown} MB"
    for chat in (*hostile.VILLAGERS[:5], *staff[:5]):
        said = len(county.sandbox.world.chats[chat].messages)
        county.sandbox.world.send(chat, text="/help")
        await county.settled()
        assert len(county.sandbox.world.chats[chat].messages) > said + 1, f"chat {chat} is stuck"
    await county.stop()
