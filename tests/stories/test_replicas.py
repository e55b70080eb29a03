"""Several replicas of the process on one PostgreSQL are one county: nothing happens twice, and nobody can tell how many there are."""

import asyncio
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from bot.app import App
from tests.county import County, Person, _free_port
from tests.servers import Postgres
from tests.stories.walks import FOOD, blows, button, until
from workflows import digest
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import CallState, InboxState, OutboxState
from workflows.work import Work

pytestmark = pytest.mark.postgres_only

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def lasting_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody dies here: a machine that starves the process for some seconds must not make another replica the one that sends."""
    for module in ("lease", "replica"):
        monkeypatch.setattr(f"bot.{module}.VALID_SECONDS", 120.0)


def jump(county: County, moment: datetime) -> None:
    """The clock is moved where it is kept, and nobody is told."""
    with Session(county.app.engine) as session:
        row = session.get(r.Clock, 1)
        assert row is not None
        row.real, row.shown = county.app.clock.real(), moment
        session.add(row)
        session.commit()


@pytest.mark.scenario(88)
async def test_two_replicas_that_tick_at_once_do_each_step_once(county: County) -> None:
    units = {"市监局": county.market, "交警": county.traffic, "环保": county.ecology}
    await county.joined_by(1)
    county.yunxi.leader.ignores("call.breached"), county.others_may_hear("call.opened", "call.escalated")
    await blows(county, *units)
    calls = county.all(r.Call)
    assert len(calls) == 3

    for minute in (5, 10, 13, 15, 20, 25):
        jump(county, calls[0].opened_at + minute * MINUTE)
        await asyncio.gather(*(app.ticker.tick() for app in county.apps))
        await county.settled()

    for call in calls:
        mine = [e for e in county.events() if e.subject_id == call.id]
        kinds = Counter(e.kind for e in mine)
        assert kinds["call.reminded"] == 3 and kinds["call.breached"] == 1
        assert len({(e.kind, str(e.facts), e.at) for e in mine}) == len(mine), "a step stands twice in the log"
        rows = county.all(r.Deadline, subject_id=call.id)
        assert len({(d.kind, d.due_at) for d in rows}) == len(rows)
    for unit in units.values():
        assert unit.liaison_a.heard == ["call.opened", *["call.reminded"] * 3, "call.breached"]
    assert len(county.yunxi.leader.reads) == len(set(county.yunxi.leader.reads))


@pytest.mark.scenario(19)
@pytest.mark.parametrize("late", [0, 1], ids=["on the second", "a second later"])
async def test_an_answer_and_the_breach_at_one_instant_on_two_replicas_leave_one_outcome(
    county: County, late: int
) -> None:
    units = {"市监局": county.market, "交警": county.traffic, "环保": county.ecology, "城管": county.urban}
    other = (await county.joined_by(1))[0]
    county.yunxi.leader.ignores("call.breached"), county.others_may_hear("*")
    await blows(county, *units)
    presses = [(unit.liaison_a, *button(county, unit.liaison_a, "签收")) for unit in units.values()]
    due = county.one(r.Call).due_at
    await until(county, due - MINUTE)

    jump(county, due + timedelta(seconds=late))
    await asyncio.gather(
        other.ticker.tick(),
        *(county.sandbox.press(p.chat_id, p.chat_id, card, data=data, wait=5) for p, data, card in presses),
        county.app.ticker.tick(),
    )
    await county.settled()
    await county.forward(minutes=1)

    for call in county.all(r.Call):
        assert call.state is CallState.ACKNOWLEDGED
        assert call.acknowledged_at == due + timedelta(seconds=late) and call.late_seconds == late
        assert call.breached_at == (due if late else None)
        assert sum(e.kind == "call.acknowledged" for e in county.events() if e.subject_id == call.id) == 1
        if not late:
            told = county.all(r.Outbox, template="call.breached", subject_id=call.id)
            assert all(o.state is OutboxState.DROPPED or o.sent_at <= call.acknowledged_at for o in told)
    for unit in units.values():
        unit.liaison_a.ignores()


class Balancer:
    """Hands every request to the next replica in turn, as any load balancer may."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.turns: Any = itertools.cycle([])
        self.handed: Counter[int] = Counter()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/telegram", self._hand_on)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _hand_on(self, request: web.Request) -> web.Response:
        port = next(self.turns)
        self.handed[port] += 1
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "content-length")}
        url = f"http://127.0.0.1:{port}/telegram"
        async with self._session.post(url, data=await request.read(), headers=headers) as answer:
            return web.Response(status=answer.status)

    def before(self, apps: list[App]) -> None:
        self.turns = itertools.cycle([app.port for app in apps])


@pytest.fixture
async def balancer() -> AsyncIterator[Balancer]:
    made = Balancer()
    await made.start()
    yield made
    await made.stop()


@pytest.mark.scenario(89)
async def test_a_day_on_three_replicas_says_and_does_what_it_does_on_one(
    tmp_path: Path, book: Rulebook, postgres: Postgres, balancer: Balancer, engine: str
) -> None:
    seen = []
    for replicas in (1, 3):
        address = {"webhook_url": f"http://127.0.0.1:{balancer.port}/telegram", "webhook_secret": "s3cret"}
        county = County(tmp_path / str(replicas), book, webhook=True, settings=address, server=postgres)
        opening = asyncio.create_task(county.start())
        while not opening.done():  # its address is known before it can be asked
            if hasattr(county, "app") and county.app.port:
                balancer.before([county.app])
            await asyncio.sleep(0.005)
        await opening
        await county.joined_by(replicas - 1)
        balancer.before(county.apps)
        try:
            seen.append(await _day(county))
            assert all(app.store.decisions > 20 for app in county.apps), "each of them had a part in it"
        finally:
            await county.stop(judge=False)

    one, three = seen
    assert one["messages"] == three["messages"]
    assert one["events"] == three["events"]
    assert one["texts"] == three["texts"]


async def _day(county: County) -> dict[str, Counter[Any]]:
    """Two tips, one whistle for three units: one signs at once, one late, one never; what people and log have at the end."""
    leader, began = county.yunxi.leader, county.now
    first, second = county.villager(), county.villager(7_000_000_001, "村民二")
    for villager in (first, second):
        await villager.says(FOOD)
        await villager.says("就在桥头")
        await leader.presses("受理", on=county.group)
    await blows(county, "市监局", "交警", "环保")
    await county.market.liaison_a.presses("签收")
    await county.forward(minutes=16)
    await county.traffic.liaison_a.presses("签收")
    await county.forward(minutes=25)
    await county.market.liaison_a.presses("到场")
    await county.forward(hours=3)
    rows = [o for o in county.all(r.Outbox) if o.state is OutboxState.SENT and o.act != "edit"]
    views = [v for chat in sorted({o.chat_id for o in rows if o.chat_id}) for v in county.sandbox.world.messages(chat)]
    assert {i.state for i in county.all(r.Inbox)} == {InboxState.DONE}
    return {
        "messages": Counter((o.account or o.chat_id, o.template, o.audience, o.sent_at - began) for o in rows),
        "events": Counter((e.kind, e.by, e.at - began) for e in county.events() if e.at > began),
        "texts": Counter(
            re.sub(r"到场码 \d{4}|[A-Z2-7]{4}|\d{9}", "…", v["text"] or "") for v in views if not v["deleted"]
        ),
    }


async def test_a_chat_keeps_its_order_whichever_replica_hears_it(county: County) -> None:
    """Forty messages of one chat are handed to two replicas in turn; they are heard one after the other, in the order they came."""
    other, villager, heard = await _one_chat_and_another_replica(county)

    updates = [_message(county, villager.chat_id, 900_000 + n, f"补充 {n}") for n in range(40)]
    for n, payload in enumerate(updates):
        await (county.app if n % 2 else other).inbox.take([payload])
    await county.settled()

    rows = county.all(r.Inbox)[-40:]
    assert {row.state for row in rows} == {InboxState.DONE}
    assert heard == list(range(900_000, 900_040))


async def test_what_another_replica_has_left_goes_before_what_is_heard_after_it(county: County) -> None:
    """The second of three messages came in elsewhere, for a chat that is ours; the third is ours before we were told of it."""
    other, villager, heard = await _one_chat_and_another_replica(county)
    inbox = county.app.inbox
    inbox.look = lambda: None  # type: ignore[method-assign]
    county.app.replicas.on_inbox = inbox.look
    inbox._slots = asyncio.Semaphore(0)

    for n, replica in enumerate((county.app, other, county.app)):
        await replica.inbox.take([_message(county, villager.chat_id, 920_000 + n, f"补充 {n}")])
    inbox._slots.release()
    await county.settled()

    assert heard == list(range(920_000, 920_003))


async def test_a_look_at_the_inbox_while_an_update_comes_in_does_not_handle_it_twice(county: County) -> None:
    """The row is committed, its number has not come back yet, and a beat looks for what was left: it is not taken up twice."""
    _, villager, heard = await _one_chat_and_another_replica(county)
    decide = county.app.store.decide

    async def beaten(verb: Any, *args: Any, **named: Any) -> Any:
        done = await decide(verb, *args, **named)
        if verb.__name__ == "_receive":
            county.app.inbox.look()
            await county.app.inbox._looking
        return done

    county.app.store.decide = beaten  # type: ignore[method-assign]
    for n in range(5):
        await county.app.inbox.take([_message(county, villager.chat_id, 910_000 + n, f"补充 {n}")])
    await county.settled()

    assert heard == list(range(910_000, 910_005))


async def _one_chat_and_another_replica(county: County) -> tuple[App, Person, list[int]]:
    """A second replica, a villager who has told something, and what either replica hears from now on."""
    other = (await county.joined_by(1))[0]
    villager = county.villager()
    villager.ignores(), county.others_may_hear("*"), county.group.ignores("tip.submitted")
    await villager.says(FOOD)
    heard: list[int] = []
    for app in county.apps:
        _listen_in(app, heard)
    return other, villager, heard


def _listen_in(app: App, heard: list[int]) -> None:
    handle = app.application.process_update

    async def noted(update: Any) -> None:
        heard.append(
            update.update_id
        )  # as it begins: it may end on one replica while the other already has the next in hand
        await handle(update)

    app.application.process_update = noted  # type: ignore[method-assign]


def _message(county: County, chat: int, number: int, text: str) -> bytes:
    import orjson

    who = {"id": chat, "first_name": "村民", "is_bot": False}
    body = {
        "message_id": number,
        "from": who,
        "chat": {"id": chat, "type": "private"},
        "date": int(county.now.timestamp()),
    }
    return orjson.dumps({"update_id": number, "message": {**body, "text": text}})


async def test_what_a_dead_replica_had_in_hand_is_taken_up_in_order(county: County) -> None:
    villager = county.villager()
    villager.ignores(), county.others_may_hear("*"), county.group.ignores("tip.submitted")
    vault = county.app.vault
    await villager.says(FOOD)

    def left_behind(work: Any) -> None:
        for n in (1, 2):
            payload = _message(county, villager.chat_id, 700 + n, f"{FOOD} {n}")
            chat = vault.account_of(villager.chat_id)
            row = r.Inbox(update_id=700 + n, chat=chat, received_at=work.now, payload=vault.seal_update(payload))
            row.claimed_by = "a replica that was killed"
            work.add(row)

    await county.app.store.decide(left_behind)
    async with asyncio.timeout(60):
        while any(row.state is InboxState.RECEIVED for row in county.all(r.Inbox)):
            await asyncio.sleep(0.05)
    await county.settled()

    assert len(county.all(r.Tip)) == 1 and len(county.all(r.TipItem)) == 3
    assert "inbox.adopted" in {line.get("action") for line in county.log}


async def test_a_lease_is_renewed_beside_a_batch_that_counts_on_it(county: County) -> None:
    """The beat of each second makes no batch start anew, and waits for none."""
    assert county.app.replicas is not None
    lease, renewals = county.app.replicas.send, []

    def count_on_it(work: Work) -> bool:
        assert work.find(r.Clock, 1) is not None  # from here on the batch sees everything as it is now
        renewals.append(_renewed(county))
        held = lease.holds(work)
        renewals.append(_renewed(county))
        return held

    assert await county.app.store.decide(count_on_it)
    assert county.app.store.redone == 0 and len(renewals) == 2


def _renewed(county: County) -> datetime:
    """Waits until the lease lasts longer than it did; returns until when."""
    patience = time.monotonic() + 60
    with county.app.engine.connect() as connection:
        before = until_now = _lasts_until(connection)
        while until_now == before:
            assert time.monotonic() < patience, "the lease is not renewed"
            time.sleep(0.02)  # a decision runs in a thread: the beat goes on beside it
            connection.rollback()
            until_now = _lasts_until(connection)
    return until_now


def _lasts_until(connection: Connection) -> datetime:
    sends = select(r.Lease.expires_at).where(col(r.Lease.name).startswith("send"))
    found: datetime = connection.execute(sends).scalar_one()
    return found


async def test_a_lease_is_not_taken_while_a_batch_counts_on_it(county: County) -> None:
    assert county.app.replicas is not None
    lease = county.app.replicas.send

    def count_on_it(work: Work) -> str:
        assert lease.holds(work)
        with county.app.engine.connect() as other:
            other.execute(text("SET LOCAL lock_timeout = 200"))
            try:
                other.execute(update(r.Lease).values(holder="another", fence=lease.fence + 1))
            except OperationalError as error:
                return str(error.orig)
        return "taken"

    assert "lock timeout" in await county.app.store.decide(count_on_it)


async def test_replicas_that_start_together_plan_what_the_county_has_once(county: County) -> None:
    """Both look before either has written: the one that is second finds the row of the first and goes on."""
    (other,) = await county.joined_by(1)
    await county.app.store.decide(lambda work: work.cancel(digest.DUE))
    assert county.all(r.Deadline, kind=digest.DUE, done_at=None) == []
    planned: list[Work] = []
    looked = threading.Barrier(2, timeout=60)

    def plan(work: Work) -> None:
        planned.append(work)
        digest.plan(work)
        with suppress(threading.BrokenBarrierError):  # done again, it is alone
            looked.wait()
        looked.abort()

    await asyncio.gather(*(one.store.decide(plan) for one in (county.app, other)))

    assert len(county.all(r.Deadline, kind=digest.DUE, done_at=None)) == 1
    assert len(planned) == 3, "one of them was done again, whatever their ticks do meanwhile"
