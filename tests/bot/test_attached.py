"""What is attached to a tip is asked once for many cards, and never answered from before it was attached."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel

from bot.store import Store
from workflows import records as r
from workflows.states import TipState
from workflows.work import Work

pytestmark = pytest.mark.both_engines
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
GROUP = -1_002_000_000_001
ATTACHED: dict[str, Callable[[], SQLModel]] = {
    "question": lambda: r.Question(tip_id="a", asked_by="p", asked_at=NOW, question=b""),
    "transfer": lambda: r.Transfer(tip_id="a", unit_id="SJ", reason="x", offered_by="p", offered_at=NOW),
    "topic": lambda: r.Topic(chat_id=GROUP, subject_id="a", thread=7),
}


def tip(name: str, **more: Any) -> r.Tip:
    return r.Tip(id=name, receipt=f"{name:0>9}", account="x", first_at=NOW, last_item_at=NOW, **more)


def found(work: Work, name: str) -> dict[str, Any]:
    return {
        "question": work.open_question(name),
        "transfer": work.open_transfer(name),
        "topic": work.thread_of(GROUP, name),
        "merged": list(work.merged_into(name)),
    }


NOTHING = {"question": None, "transfer": None, "topic": None, "merged": []}


async def test_of_tips_to_which_nothing_was_attached_nothing_more_is_asked(store: Store) -> None:
    await store.decide(lambda work: [work.add(tip(name)) for name in "ab"])
    said: list[str] = []

    def look(work: Work) -> list[dict[str, Any]]:
        work.load_attached(["a", "b"])
        event.listen(store.engine, "before_cursor_execute", note)
        answers = [found(work, name) for name in "ab"]
        event.remove(store.engine, "before_cursor_execute", note)
        return answers

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    assert await store.decide(look) == [NOTHING, NOTHING] and said == []


@pytest.mark.parametrize("what", ATTACHED)
async def test_what_was_attached_is_found(store: Store, what: str) -> None:
    await store.decide(lambda work: [work.add(tip("a")), work.add(ATTACHED[what]())])

    def look(work: Work) -> list[str]:
        work.load_attached(["a"])
        return [name for name, value in found(work, "a").items() if value]

    assert await store.decide(look) == [what]


@pytest.mark.parametrize("what", ATTACHED)
async def test_what_the_same_batch_attaches_afterwards_is_found(store: Store, what: str) -> None:
    await store.decide(lambda work: work.add(tip("a")))

    def look(work: Work) -> list[str]:
        work.load_attached(["a"])
        work.add(ATTACHED[what]())
        return [name for name, value in found(work, "a").items() if value]

    assert await store.decide(look) == [what]


async def test_a_tip_that_is_merged_or_parted_in_the_same_batch_is_too(store: Store) -> None:
    await store.decide(lambda work: [work.add(tip("a")), work.add(tip("b", state=TipState.SUBMITTED))])

    def look(work: Work) -> list[list[str]]:
        seen = []
        work.load_attached(["a"])
        for into in ("a", None):
            work.get(r.Tip, "b").merged_into = into
            work.load_attached(["a"])
            seen.append([one.id for one in found(work, "a")["merged"]])
        return seen

    assert await store.decide(look) == [["b"], []]
