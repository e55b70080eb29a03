"""What came of many sends is written down together, without reading the rows as records."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import sender as sending
from bot.sender import Sender
from bot.store import Store
from messages.render import Renderer
from tests.bot.conftest import rows
from tests.bot.test_sender import FarEnd, queue, quiet, states
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import OutboxState
from workflows.work import Work


@pytest.fixture
def far() -> FarEnd:
    return FarEnd()


@pytest.fixture
async def sender(store: Store, far: FarEnd, book: Rulebook, only_woken: None) -> AsyncIterator[Sender]:
    made = Sender(store, far, "http://api/bot", Renderer(book), rate=0)  # type: ignore[arg-type]
    await made.start()
    yield made
    await made.stop()


async def on_the_way(store: Store, far: FarEnd, *chats: int) -> None:
    """Marked and sent, and nothing answered yet."""
    far.hold = asyncio.Event()
    await queue(store, *chats)
    async with asyncio.timeout(60):
        while states(store)["sending"] < len(chats):
            await asyncio.sleep(0.01)


@pytest.mark.both_engines
async def test_those_that_arrive_together_are_noted_together_and_not_read_again(
    store: Store, sender: Sender, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_the_way(store, far, *range(1, 31))
    monkeypatch.setattr(sending, "_AS_THEY_ARE", None)
    before = store.decisions

    assert far.hold is not None
    far.hold.set()
    await quiet(store, sender)

    assert states(store) == {"sent": 30} and store.decisions - before <= 6


async def test_one_outcome_that_cannot_be_noted_keeps_no_other_from_it(
    store: Store, sender: Sender, far: FarEnd, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    await on_the_way(store, far, 1, 2, 3)
    bad = rows(store, r.Outbox)[1].id
    shown = sending._shown

    def stumble(work: Work, row: Any, *more: Any) -> None:
        if row.id == bad:
            raise ZeroDivisionError
        shown(work, row, *more)

    monkeypatch.setattr(sending, "_shown", stumble)
    assert far.hold is not None
    far.hold.set()
    await quiet(store, sender)

    assert states(store) == {"sent": 2, "sending": 1}
    assert [line["action"] for line in lines if line["level"] == "error"] == ["sender.failed"]


async def test_an_outcome_of_a_row_that_another_has_taken_up_changes_nothing(
    store: Store, sender: Sender, far: FarEnd
) -> None:
    await on_the_way(store, far, 1, 2)

    def taken_up(work: Work) -> None:
        work.session.get_one(r.Outbox, 1).fence = 7

    await store.decide(taken_up)
    assert far.hold is not None
    far.hold.set()
    await quiet(store, sender)

    assert [(row.id, row.state.value) for row in rows(store, r.Outbox)] == [(1, "sending"), (2, "sent")]


@pytest.mark.both_engines
async def test_of_many_that_arrive_together_each_is_looked_at_where_something_became_of_one(
    store: Store, sender: Sender, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One was changed on its way, one erased, one taken up by another; one has been noted already."""
    await on_the_way(store, far, 1, 2, 3, 4, 5)
    noted: list[tuple[int, str | None]] = []
    shown = sending._shown

    def seen(work: Work, row: Any, *more: Any) -> None:
        noted.append((row.id, row.error))
        shown(work, row, *more)

    def meanwhile(work: Work) -> None:
        changed, erased, taken, sent = (work.get(r.Outbox, number) for number in (2, 3, 4, 5))
        changed.error = "changed"
        erased.state, erased.error, erased.account = OutboxState.DROPPED, "erased", None
        taken.fence = 7
        sent.state, sent.sent_message = OutboxState.SENT, 99

    monkeypatch.setattr(sending, "_shown", seen)
    await store.decide(meanwhile)
    assert far.hold is not None
    far.hold.set()
    await quiet(store, sender)

    found = {row.id: (row.state.value, row.error, row.sent_message) for row in rows(store, r.Outbox)}
    assert sorted(noted) == [(1, None), (2, "changed")]
    assert found[3] == ("dropped", "erased", None) and found[5] == ("sent", None, 99)
    assert found[1][:2] == found[2][:2] == ("sent", None) and found[4][0] == "sending"
