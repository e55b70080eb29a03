"""Say: a delivery wakes the sender only where something waits for it; a first message asks for no older ones."""

import asyncio

import pytest

from bot.sender import Sender
from bot.store import Store
from tests.bot.test_sender import FarEnd, far, queue, quiet, renderer, sender, states  # noqa: F401 (fixtures)
from workflows import records as r
from workflows.work import Work


async def held(store: Store, sender: Sender, far: FarEnd, *chats: int) -> None:  # noqa: F811
    """A message for each of these, one after the other; what is on its way to a chat arrives when the far end lets go."""
    far.hold = asyncio.Event()
    await sender.start()
    await quiet(store, sender)
    for chat in chats:
        await queue(store, chat)


async def test_an_arrival_that_nothing_waits_for_makes_no_batch_of_its_own(
    store: Store,
    sender: Sender,  # noqa: F811
    far: FarEnd,  # noqa: F811
) -> None:
    await held(store, sender, far, 1)
    before = store.commits

    far.hold.set()
    await quiet(store, sender)

    assert states(store) == {"sent": 1}
    assert store.commits - before == 1, "the outcome, and no look at a queue that is known to be empty"


async def test_what_waits_for_a_chat_leaves_as_soon_as_that_is_free(store: Store, sender: Sender, far: FarEnd) -> None:  # noqa: F811
    # the second is found behind the first, the third by a look that leaves the busy chat unread
    await held(store, sender, far, 1, 1, 2)
    assert states(store) == {"sending": 2, "queued": 1}

    far.hold.set()
    async with asyncio.timeout(60):  # the look of every second is switched off
        while len(far.sent) < 3:
            await asyncio.sleep(0.005)

    assert sorted(far.chats) == [1, 1, 2]


@pytest.mark.both_engines
async def test_what_waits_for_a_chat_is_on_its_way_with_the_commit_that_notes_the_one_before(
    store: Store,
    sender: Sender,  # noqa: F811
    far: FarEnd,  # noqa: F811
) -> None:
    await held(store, sender, far, 1, 1)
    before = store.commits

    far.hold.set()
    await quiet(store, sender)

    assert states(store) == {"sent": 2}
    assert store.commits - before == 2, "the first outcome with the second message, and the second outcome"


async def test_an_outcome_stays_noted_where_what_waited_behind_it_cannot_be_drawn(
    store: Store,
    sender: Sender,  # noqa: F811
    far: FarEnd,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await held(store, sender, far, 1, 1)
    claim, broken = sender.claim, [True]

    def stumble(work: Work) -> object:
        found = claim(work)
        if broken:
            raise RuntimeError("a bug of the sender's")
        return found

    monkeypatch.setattr(sender, "claim", stumble)
    far.hold.set()
    async with asyncio.timeout(60):
        while states(store) != {"sent": 1, "queued": 1}:
            await asyncio.sleep(0.01)
    broken.clear()
    async with asyncio.timeout(60):
        while states(store) != {"sent": 2}:
            await asyncio.sleep(0.01)

    assert far.chats == [1, 1]


async def test_a_tip_is_new_in_the_batch_that_opened_it_alone(store: Store) -> None:
    def opens(work: Work) -> tuple[str, bool, bool]:
        tip = work.add(
            r.Tip(
                receipt="123456789",
                account="a",
                lang="zh",
                first_at=work.now,
                last_item_at=work.now,
                by_inspector=False,
            )
        )
        work.flush()
        return tip.id, work.is_new(tip.id), work.is_new(None)

    tip_id, new, nothing = await store.decide(opens)

    assert (new, nothing) == (True, False)
    assert not await store.decide(Work.is_new, tip_id)
