"""PostgreSQL ends a transaction that stands still: a stopped replica holds up nobody, and a starved one does it again."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.store import Store
from bot.vault import MasterVault
from tests.bot.conftest import START, open_store, rows
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.work import Work

pytestmark = pytest.mark.postgres_only


@pytest.fixture
async def hasty(
    database_url: str, book: Rulebook, vault: MasterVault, lines: list[dict[str, Any]]
) -> AsyncIterator[Store]:
    made = open_store(database_url, vault, book, idle_seconds=0.2)
    await made.start()
    await made.rehearse(shown=START, speed=0.0)
    yield made
    await made.stop()


class Slow:
    """Stands still in the middle of the transaction the first time."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, work: Work) -> int:
        self.times += 1
        work.session.connection().exec_driver_sql("SELECT 1")
        if self.times == 1:
            time.sleep(0.5)
        return len(work.session.connection().exec_driver_sql("SELECT id FROM alive").all())


async def test_a_decision_that_stood_still_is_done_again_once(hasty: Store, lines: list[dict[str, Any]]) -> None:
    slow = Slow()

    def write(work: Work) -> None:
        work.add(r.Alive(id=1, at=work.now))
        work.session.flush()
        slow(work)

    await hasty.decide(write)

    assert slow.times == 2 and len(rows(hasty, r.Alive)) == 1
    assert [line["action"] for line in lines if line["level"] == "warning"] == ["store.slow"]
    assert not [line for line in lines if line["level"] == "error"]


async def test_a_look_that_stood_still_is_done_again(hasty: Store, lines: list[dict[str, Any]]) -> None:
    slow = Slow()

    found = await hasty.read(slow)

    assert found == 0 and slow.times == 2
    assert [line["action"] for line in lines if line["level"] == "warning"] == ["store.slow"]


async def test_what_stood_still_held_up_nobody_for_long(hasty: Store, database_url: str, server: Any) -> None:
    """Another session that wants the same table gets it while the first one still sleeps."""

    def stopped(work: Work) -> float:
        work.session.connection().exec_driver_sql("LOCK TABLE alive")
        with server.connect(database_url) as other:
            began = time.monotonic()
            other.execute("TABLE alive")  # waits until the server has ended the one that stands still
            return time.monotonic() - began

    waits: list[float] = []

    def once(work: Work) -> None:
        if not waits:
            waits.append(stopped(work))

    await hasty.decide(once)

    assert 0.1 < waits[0] < 5
