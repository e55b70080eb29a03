"""Say: what a batch writes is drawn in the same batch, and neither can spoil the other."""

import asyncio

import pytest

from bot.sender import Sender
from bot.store import Store
from messages.render import Renderer
from tests.bot.conftest import rows
from tests.bot.test_sender import FarEnd, far, queue, quiet, renderer, sender, states  # noqa: F401 (fixtures)
from workflows import records as r
from workflows.work import Work


@pytest.mark.both_engines
async def test_a_message_is_on_its_way_with_the_commit_that_wrote_it(store: Store, sender: Sender, far: FarEnd) -> None:  # noqa: F811
    far.hold = asyncio.Event()
    await sender.start()
    await quiet(store, sender)
    before = store.commits

    await queue(store, 1, 2)

    assert (states(store), store.commits - before) == ({"sending": 2}, 1)
    far.hold.set()
    await quiet(store, sender)
    assert sorted(far.chats) == [1, 2] and states(store) == {"sent": 2}


@pytest.mark.both_engines
async def test_two_for_one_chat_leave_one_after_the_other(store: Store, sender: Sender, far: FarEnd) -> None:  # noqa: F811
    far.hold = asyncio.Event()
    await sender.start()
    await quiet(store, sender)

    await asyncio.gather(queue(store, 1), queue(store, 1), queue(store, 2))

    assert states(store) == {"sending": 2, "queued": 1}
    far.hold.set()
    await quiet(store, sender)
    assert sorted(far.chats) == [1, 1, 2] and states(store) == {"sent": 3}


async def test_what_cannot_be_drawn_undoes_no_decision(
    store: Store,
    sender: Sender,  # noqa: F811
    far: FarEnd,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim, broken = sender.claim, [True]

    def stumble(work: Work) -> object:
        if broken:
            work.flush()
            raise RuntimeError("a bug of the sender's")
        return claim(work)

    monkeypatch.setattr(sender, "claim", stumble)
    await sender.start()

    await queue(store, 1)

    assert [row.state.value for row in rows(store, r.Outbox)] == ["queued"]
    broken.clear()
    await asyncio.sleep(0.3)
    await quiet(store, sender)
    assert far.chats == [1]


async def test_what_is_being_marked_when_the_sender_stops_still_leaves(
    store: Store,
    sender: Sender,  # noqa: F811
    far: FarEnd,  # noqa: F811
) -> None:
    await sender.start()
    await quiet(store, sender)

    writing = asyncio.create_task(queue(store, *range(1, 9)))
    await asyncio.sleep(0)
    await sender.stop()
    await writing

    assert "sending" not in states(store) and states(store)["sent"] == len(far.sent)


async def test_a_crowded_chat_makes_no_second_look_for_a_crowd(
    store: Store,
    far: FarEnd,  # noqa: F811
    renderer: Renderer,  # noqa: F811
    only_woken: None,
) -> None:
    """Where as much may leave as will, sixty that wait for one chat stand before forty others."""
    far.hold = asyncio.Event()
    sender = Sender(store, far, "http://api/bot", renderer, rate=0)  # type: ignore[arg-type]  # noqa: F811
    await queue(store, *[1] * 60, *range(2, 42))
    looks: list[int] = []
    claim = sender.claim
    sender.claim = lambda work: looks.append(len(taken := claim(work))) or taken  # type: ignore[method-assign,func-returns-value]

    await sender.start()
    async with asyncio.timeout(60):
        while states(store)["sending"] < 41:
            await asyncio.sleep(0.005)

    assert looks == [41]
    far.hold.set()
    await quiet(store, sender)
    await sender.stop()
    assert states(store) == {"sent": 100}
