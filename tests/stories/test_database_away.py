"""The database is locked or cannot be reached: the process goes on alone once it is there again, and catches up without blame."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.county import County
from tests.stories.walks import FOOD, blows, until
from workflows import records as r

pytestmark = pytest.mark.both_engines

MINUTE = timedelta(minutes=1)
AWAY_SECONDS = 1.5  # real ones; on the county's clock it is as long as the test says


@asynccontextmanager
async def away(county: County, *, until: datetime) -> AsyncIterator[None]:
    """Nobody can write; meanwhile the county's clock goes on to `until`."""
    if county.server is not None:
        county.expected_errors |= {"store.away"}
        county.server.cut(county.database)
        yield
        await _said(county, "store.away")
        await asyncio.sleep(AWAY_SECONDS)
        county.server.mend(county.database)
        county.server.set_clock(county.database, until)
        await _said(county, "store.back")
        return
    path = county.folder / "whistle.db"
    held, free = threading.Event(), threading.Event()
    now = await county.app.store.read(lambda work: work.get(r.Clock, 1))
    later = partial(county.app.clock.follow, r.Clock(real=now.real, shown=until, speed=now.speed))
    thread = threading.Thread(target=_lock, args=(path, until, held, free, later))
    thread.start()
    assert await asyncio.to_thread(held.wait, 60)
    threading.Timer(AWAY_SECONDS, free.set).start()  # the event loop waits for the file like everybody else
    yield
    await asyncio.sleep(0)
    await asyncio.to_thread(thread.join)
    county.app.ticker.poke()


async def _said(county: County, action: str) -> None:
    async with asyncio.timeout(60):
        while action not in {line.get("action") for line in county.log}:
            await asyncio.sleep(0.02)


def _lock(
    path: object, until: datetime, held: threading.Event, free: threading.Event, later: Callable[[], None]
) -> None:
    """`later`: the process knows how late it is before it can write again."""
    other = sqlite3.connect(str(path), timeout=60, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    held.set()
    free.wait(30)
    other.execute("UPDATE clock SET shown = ?", (until.replace(tzinfo=None).isoformat(" "),))
    later()
    other.execute("COMMIT")
    other.close()


@pytest.mark.scenario(96)
async def test_a_database_that_was_away_for_some_minutes_costs_one_reminder_and_no_update(county: County) -> None:
    liaison, villager = county.market.liaison_a, county.villager()
    villager.ignores(), county.group.ignores("tip.submitted"), county.others_may_hear("tip.submitted")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 4 * MINUTE)
    tips = len(county.all(r.Tip))

    async with away(county, until=call.opened_at + 11 * MINUTE):
        county.sandbox.world.send(villager.chat_id, text=FOOD)
    await county.settled()

    assert liaison.heard == ["call.opened", "call.reminded"], "two that were missed became one"
    assert [d.outcome for d in county.all(r.Deadline, kind="call.remind")] == ["collapsed", "done", None]
    assert county.one(r.Call).due_at == call.due_at
    assert len(county.all(r.Tip)) == tips + 1, "what was said meanwhile has been heard"
    await until(county, call.due_at - MINUTE)
    assert liaison.heard == ["call.reminded"]
    await liaison.presses("签收")
    assert county.one(r.Call).late_seconds == 0 and county.one(r.Call).breached_at is None


@pytest.mark.scenario(96)
async def test_after_a_long_while_the_breach_has_its_true_time_and_each_level_hears_once(county: County) -> None:
    market, desk = county.market, county.office.desk
    county.yunxi.leader.ignores("call.breached"), county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 4 * MINUTE)

    async with away(county, until=call.opened_at + 40 * MINUTE):
        pass
    await county.settled()

    noted = county.one(r.Call)
    assert noted.breached_at == call.due_at and noted.noted_at >= call.opened_at + 40 * MINUTE
    assert market.liaison_a.heard == ["call.opened", "call.breached"]
    assert market.liaison_b.heard == ["call.opened"]
    assert market.head.heard == desk.heard == ["call.escalated"]
    assert {d.outcome for d in county.all(r.Deadline, kind="call.remind")} == {"collapsed"}


@pytest.mark.postgres_only
@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
async def test_a_commit_whose_answer_is_lost_is_asked_about_and_done_once(county: County, taken: bool) -> None:
    """The connection breaks between COMMIT and its answer: whether the server took it, nothing is lost and nothing done twice."""
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    call = county.one(r.Call)
    assert liaison.heard == ["call.opened"]
    county.expected_errors |= {"store.away"}
    dialect = county.app.engine.dialect
    really, broken = dialect.do_commit, []

    def breaks(connection: Any) -> None:
        if broken or not _signed(connection, call.id):
            really(connection)
            return
        broken.append(connection)
        if taken:
            really(connection)
        connection.dbapi_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    dialect.do_commit = breaks  # type: ignore[method-assign]
    await liaison.presses("签收")
    async with asyncio.timeout(60):
        while county.one(r.Call).acknowledged_at is None or not county.app.store.idle:
            await asyncio.sleep(0.02)
    await county.settled()
    dialect.do_commit = really  # type: ignore[method-assign]

    assert len(broken) == 1 and "已签收" in liaison.card
    assert [line["committed"] for line in county.log if line.get("action") == "store.doubt"] == [taken]
    assert len(county.events("call.acknowledged")) == 1 and county.one(r.Call).acknowledged_by == "SJ-1"
    assert [d.kind for d in county.all(r.Deadline, subject_id=call.id, done_at=None)].count("call.ask_promise") == 1


def _signed(connection: Any, call_id: str) -> bool:
    """Whether this transaction is the one that signs the call."""
    found = connection.execute("SELECT acknowledged_at FROM call WHERE id = %s", (call_id,)).fetchone()
    return found is not None and found[0] is not None
