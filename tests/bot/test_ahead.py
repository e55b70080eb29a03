"""A burst of breaches: full verb each, in few statements; and the one that is broken holds up nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from bot.demo import cast
from bot.sandbox.world import World
from bot.store import Store
from bot.ticker import Ticker
from handlers import clock
from tests.benchmarks.crowd import open_calls
from tests.bot.conftest import later, rows
from workflows import answer as answers
from workflows import records as r
from workflows.roster import seat_everyone
from workflows.work import Work

pytestmark = pytest.mark.both_engines
COUNT = 48


@pytest.fixture
async def ticker(store: Store) -> AsyncIterator[Ticker]:
    caught_up = asyncio.Event()
    caught_up.set()
    made = Ticker(store, dict(clock.DUE), caught_up)
    yield made
    await made.stop()


async def open_many(store: Store) -> None:
    """So many calls of all departments, whose windows end at the same instant."""

    def write(work: Work) -> None:
        seat_everyone(work)
        work.session.flush()
        cast.seat_all(work, cast.bring_in(World(lambda: work.now), work.county))
        units = sorted({s.unit_id for s in work.county.all_seats if s.role == "liaison" and s.post == "A"})
        open_calls(work, [work.now + timedelta(minutes=1)] * COUNT, units)

    await store.decide(write)
    await later(store, minutes=1)


async def test_a_burst_of_breaches_costs_few_statements_each(store: Store, ticker: Ticker) -> None:
    """One breach alone takes about thirty, a burst three each; a machine that is busy makes smaller batches."""
    await open_many(store)
    statements: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        await ticker.tick()
    finally:
        event.remove(Engine, "before_cursor_execute", count)

    found = rows(store, r.Call)
    assert [c.breached_at for c in found] == [c.due_at for c in found] and len(found) == COUNT
    assert len(rows(store, r.Event, r.Event.kind == "call.escalated")) == COUNT, "the ladder has begun for each"
    assert len(statements) < 12 * COUNT, f"{len(statements) / COUNT:.1f} statements a breach"


@pytest.mark.scenario(94)
async def test_one_broken_breach_of_many_is_pushed_back_and_the_others_are_noted(store: Store, ticker: Ticker) -> None:
    await open_many(store)
    broken = rows(store, r.Call)[COUNT // 2].id
    breach = clock.DUE["call.breach"]

    def stumble(work: Work, row: r.Deadline) -> None:
        breach(work, row)
        if row.subject_id == broken:
            raise ZeroDivisionError

    ticker._verbs["call.breach"] = stumble

    await ticker.tick()

    found = rows(store, r.Call)
    assert [c.id for c in found if c.breached_at is None] == [broken]
    assert len(rows(store, r.Event, r.Event.kind == "call.breached")) == COUNT - 1, "each once"
    waiting = [d for d in rows(store, r.Deadline) if d.kind == "call.breach" and d.done_at is None]
    assert [(d.subject_id, d.attempts) for d in waiting] == [(broken, 1)]


async def test_who_answers_in_the_same_batch_is_not_in_breach(store: Store, ticker: Ticker) -> None:
    """What the batch holds is what it has decided so far, not what it found at its beginning."""
    await open_many(store)
    answered = rows(store, r.Call)[-1].id

    def answer_last(work: Work, row: r.Deadline) -> None:
        call = work.get(r.Call, answered)
        if call.acknowledged_at is None:
            answers.acknowledge(work, call, work.person(call.called[0]) or r.Person(), call.due_at)
        clock.DUE["call.breach"](work, row)

    ticker._verbs["call.breach"] = answer_last

    await ticker.tick()

    found = {c.id: c for c in rows(store, r.Call)}
    assert found[answered].breached_at is None and found[answered].state == "acknowledged"
    assert sum(c.breached_at is not None for c in found.values()) == COUNT - 1
