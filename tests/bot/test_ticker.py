"""Time passes: what is due happens once, on the minute, each row for itself, and after a pause without blame."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from bot.store import Store
from bot.ticker import Ticker
from tests.bot.conftest import later, rows
from workflows import records as r
from workflows.work import Work

pytestmark = pytest.mark.both_engines


class Verbs:
    """What was done, and when."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.table = {"tip.remind": self.note, "call.breach": self.note, "tip.submit": self.broken}

    def note(self, work: Work, row: r.Deadline) -> None:
        self.done.append((row.kind, row.subject_id))

    def broken(self, work: Work, row: r.Deadline) -> None:
        work.meet(4711)
        raise ZeroDivisionError(row.subject_id)


@pytest.fixture
def verbs() -> Verbs:
    return Verbs()


async def due(store: Store, kind: str, subject: str, **how_long: float) -> None:
    await store.decide(lambda work: work.due(kind, subject, work.now + timedelta(**how_long)))


async def test_a_row_is_due_exactly_at_its_time(store: Store, ticker: Ticker, verbs: Verbs) -> None:
    await due(store, "call.breach", "c", minutes=15)

    await later(store, minutes=14, seconds=59.999)
    assert await ticker.tick() == 0
    await later(store, seconds=0.001)
    assert await ticker.tick() == 1
    assert await ticker.tick() == 0

    assert verbs.done == [("call.breach", "c")]
    row = rows(store, r.Deadline)[0]
    assert row.outcome == "done" and row.done_at == row.due_at


@pytest.mark.scenario(94)
async def test_a_poisoned_row_is_pushed_back_and_holds_up_nobody(
    store: Store, ticker: Ticker, verbs: Verbs, lines: list[dict[str, Any]]
) -> None:
    await due(store, "tip.submit", "poison", minutes=1)
    await due(store, "tip.remind", "t1", minutes=1)
    await due(store, "tip.remind", "t2", minutes=2)
    await later(store, minutes=2)

    await ticker.tick()

    assert verbs.done == [("tip.remind", "t1"), ("tip.remind", "t2")]
    poisoned = next(row for row in rows(store, r.Deadline) if row.kind == "tip.submit")
    assert poisoned.done_at is None and poisoned.attempts == 1 and poisoned.due_at > store.clock.now()
    assert rows(store, r.Identity) == [], "what the broken verb began is undone"
    assert [event.kind for event in rows(store, r.Event)] == ["deadline.failed"]
    assert "deadline.failed" in {line.get("action") for line in lines if line["level"] == "error"}


async def test_each_push_back_is_longer_up_to_an_hour(
    store: Store, ticker: Ticker, lines: list[dict[str, Any]]
) -> None:
    await due(store, "tip.submit", "poison")
    waits = []

    for _ in range(9):
        await ticker.tick()
        row = rows(store, r.Deadline)[0]
        waits.append((row.due_at - store.clock.now()).total_seconds())
        await later(store, seconds=waits[-1])

    assert waits[:3] == [60, 120, 240] and waits[-1] == 3600


async def test_a_thousand_rows_due_at_once_are_all_done(store: Store, ticker: Ticker, verbs: Verbs) -> None:
    def write(work: Work) -> None:
        for number in range(1000):
            work.due("tip.remind", f"t{number:04}", work.now + timedelta(seconds=number % 7))

    await store.decide(write)
    await later(store, seconds=7)
    commits = store.commits

    assert await ticker.tick() == 1000

    assert len({subject for _, subject in verbs.done}) == len(verbs.done) == 1000
    assert store.commits - commits < 500


async def test_a_press_in_the_middle_of_a_burst_does_not_wait_for_all_of_it(store: Store) -> None:
    """The press is handed in during the first row; on PostgreSQL the rows are done on a thread, which waits for that."""
    loop = asyncio.get_running_loop()
    done: list[str] = []
    before: list[int] = []
    pressed: list[asyncio.Task[None]] = []
    handed_in = threading.Event()

    def press() -> None:
        pressed.append(loop.create_task(store.decide(lambda work: before.append(len(done)))))
        loop.call_soon(handed_in.set)  # after the first step of the task

    def breach(work: Work, row: r.Deadline) -> None:
        if not done:
            loop.call_soon_threadsafe(press)
            if threading.current_thread() is not threading.main_thread():
                assert handed_in.wait(60)
        done.append(row.subject_id)

    await store.decide(lambda work: [work.due("call.breach", f"c{i}", work.now) for i in range(500)] and None)
    await Ticker(store, {"call.breach": breach}, asyncio.Event()).tick()
    await asyncio.gather(*pressed)

    assert len(done) == len(set(done)) == 500 and 0 < before[0] < 100


async def test_nothing_is_due_before_we_have_heard_what_was_said_meanwhile(store: Store, verbs: Verbs) -> None:
    caught_up = asyncio.Event()
    ticker = Ticker(store, verbs.table, caught_up)
    await due(store, "call.breach", "c")
    await ticker.start()
    await asyncio.sleep(0.1)
    assert verbs.done == []

    caught_up.set()
    async with asyncio.timeout(60):
        while not verbs.done:
            await asyncio.sleep(0.01)
    await ticker.stop()

    assert verbs.done == [("call.breach", "c")]


async def test_a_row_written_for_the_near_future_needs_no_full_second(store: Store, verbs: Verbs) -> None:
    caught_up = asyncio.Event()
    caught_up.set()
    ticker = Ticker(store, verbs.table, caught_up)
    await store.rehearse(speed=1.0)
    await ticker.start()
    while not ticker.idle:
        await asyncio.sleep(0.01)

    late: list[timedelta] = []
    for number in range(5):
        await due(store, "tip.remind", f"t{number}", seconds=0.15)
        async with asyncio.timeout(60):
            while (row := rows(store, r.Deadline)[number]).done_at is None:
                await asyncio.sleep(0.005)
        late.append(row.done_at - row.due_at)
    await ticker.stop()

    assert min(late) >= timedelta(0)
    assert min(late) < timedelta(seconds=0.5), "the tick waits for the row, not the row for the tick"


async def test_what_was_overtaken_meanwhile_is_not_done(store: Store, ticker: Ticker, verbs: Verbs) -> None:
    await due(store, "tip.remind", "t", minutes=1)
    await due(store, "call.breach", "t", minutes=1)
    await store.decide(lambda work: work.cancel("t", "tip.remind"))
    await later(store, minutes=1)

    await ticker.tick()

    assert verbs.done == [("call.breach", "t")]
    assert {row.kind: row.outcome for row in rows(store, r.Deadline)} == {
        "tip.remind": "overtaken",
        "call.breach": "done",
    }
