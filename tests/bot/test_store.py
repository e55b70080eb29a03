"""One transaction, many decisions: what a batch may share, and what it must not."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from bot.store import Hearing, Store, _CommitFailed, hearing
from bot.ticker import Ticker
from tests.bot.conftest import later, rows
from workflows import records as r
from workflows.events import Kind
from workflows.refusals import AlreadyClosed
from workflows.states import InboxState
from workflows.work import _DRAWN_AT_ONCE, To, Work

pytestmark = pytest.mark.both_engines


def _meet(work: Work, chat: int) -> str:
    return work.meet(chat).account


def _meet_and_refuse(work: Work, chat: int) -> None:
    work.meet(chat)
    work.send("note.welcome", "source", To(chat_id=-1), facts={})
    raise AlreadyClosed


def _meet_and_break(work: Work, chat: int) -> None:
    work.meet(chat)
    work.due("tip.submit", "x", work.now)
    raise ZeroDivisionError


async def test_decisions_that_arrive_together_share_a_commit(store: Store) -> None:
    before = store.commits

    await asyncio.gather(*(store.decide(_meet, chat) for chat in range(1, 101)))

    assert len(rows(store, r.Identity)) == 100
    assert store.commits - before <= 20


async def test_a_refusal_undoes_only_its_own_decision(store: Store) -> None:
    results = await asyncio.gather(
        store.decide(_meet, 1), store.decide(_meet_and_refuse, 2), store.decide(_meet, 3), return_exceptions=True
    )

    assert isinstance(results[1], AlreadyClosed)
    assert {row.account for row in rows(store, r.Identity)} == {results[0], results[2]}
    assert rows(store, r.Outbox) == []


async def test_a_bug_does_not_hold_up_the_others(store: Store) -> None:
    results = await asyncio.gather(
        *(store.decide(_meet_and_break if chat % 3 == 0 else _meet, chat) for chat in range(1, 31)),
        return_exceptions=True,
    )

    assert [isinstance(one, ZeroDivisionError) for one in results] == [chat % 3 == 0 for chat in range(1, 31)]
    assert len(rows(store, r.Identity)) == 20
    assert rows(store, r.Deadline) == []


async def test_a_violated_constraint_undoes_only_its_own_decision(store: Store) -> None:
    def tip(work: Work, receipt: str) -> None:
        work.add(r.Tip(receipt=receipt, account="a", first_at=work.now, last_item_at=work.now))

    results = await asyncio.gather(
        store.decide(tip, "111111111"), store.decide(tip, "111111111"), store.decide(tip, "222222222"),
        return_exceptions=True,
    )  # fmt: skip

    assert sum(isinstance(one, Exception) for one in results) == 1
    assert sorted(row.receipt for row in rows(store, r.Tip)) == ["111111111", "222222222"]


async def test_an_update_is_done_in_the_transaction_of_what_it_caused(store: Store) -> None:
    def received(work: Work) -> int:
        row = work.add(r.Inbox(update_id=7, chat="c", received_at=work.now, payload=b"sealed", claimed_by=store.me))
        work.session.flush()
        return row.id or 0

    heard = Hearing(await store.decide(received))
    token = hearing.set(heard)
    with pytest.raises(AlreadyClosed):
        await store.decide(_meet_and_refuse, 1)
    assert rows(store, r.Inbox)[0].state is InboxState.RECEIVED

    await store.decide(_meet, 1)
    hearing.reset(token)

    done = rows(store, r.Inbox)[0]
    assert done.state is InboxState.DONE and done.payload is None and heard.done


async def test_a_record_is_found_before_it_is_written(store: Store) -> None:
    """`find` and `newest_tips` see what this batch has added, also from another decision."""

    def opened(work: Work) -> None:
        tip = work.add(r.Tip(receipt="333333333", account="a", first_at=work.now, last_item_at=work.now))
        assert work.get(r.Tip, tip.id) is tip
        assert [one.id for one in work.newest_tips("a")] == [tip.id]
        assert work.tips_since("a", work.now) == 1

    def looked(work: Work) -> int:
        return len(work.newest_tips("a")) + work.tips_since("a", work.now)

    _, seen = await asyncio.gather(store.decide(opened), store.decide(looked))

    assert seen == 2


async def test_no_two_tips_get_one_receipt(store: Store) -> None:
    """Neither a number that is written, nor one of this batch, however often the dice fall the same."""
    drawn = iter(f"{number:09}" for number in (1, 2, 1, 2, 3) for _ in range(_DRAWN_AT_ONCE))

    def opened(work: Work) -> str:
        receipt = work.free_receipt(lambda _: next(drawn))
        work.add(r.Tip(receipt=receipt, account="a", first_at=work.now, last_item_at=work.now))
        return receipt

    first = await store.decide(opened)
    others = await asyncio.gather(store.decide(opened), store.decide(opened))

    assert [first, *others] == ["000000001", "000000002", "000000003"]


@pytest.mark.postgres_only
async def test_a_receipt_that_another_replica_gave_meanwhile_is_given_once(store: Store) -> None:
    """Numbers are asked about ahead; the table has the last word, and the later tip is decided again."""

    def opened(work: Work, *numbers: int) -> str:
        work.receipts.update(f"{number:09}" for number in numbers)
        receipt = work.free_receipt(lambda _: "000000009")
        work.add(r.Tip(receipt=receipt, account="a", first_at=work.now, last_item_at=work.now))
        return receipt

    await store.decide(opened, 1)
    again = await store.decide(opened)
    store._receipts.add("000000001")  # asked about before the first was written

    def stale(work: Work) -> str:
        receipt = work.free_receipt(lambda _: "000000008")
        work.add(r.Tip(receipt=receipt, account="b", first_at=work.now, last_item_at=work.now))
        return receipt

    assert [again, await store.decide(stale)] == ["000000009", "000000008"]
    assert len(rows(store, r.Tip)) == 3


async def test_only_the_newest_message_of_a_chat_is_kept_up_to_date(store: Store) -> None:
    def card(message: int, account: str | None, chat_id: int | None) -> dict[str, Any]:
        here = {"account": account, "chat_id": chat_id, "thread": None, "person_id": None, "lang": "zh"}
        shown = {"template": "tip.opened", "audience": "source", "subject_id": "s", "drill": False, "look": ""}
        return {**here, **shown, "message": message, "at": datetime.now(UTC)}

    def sent(work: Work, message: int, account: str | None, chat_id: int | None) -> int:
        work.drop_cards("s", account, chat_id)
        work.keep_card(**card(message, account, chat_id))
        here = work.card_in("s", To(account=account, chat_id=chat_id))
        return here.message if here else 0

    everywhere = [("a", None), ("b", None), (None, -5), (None, -6)]
    for message in (1, 2):
        await asyncio.gather(*(store.decide(sent, message, *where) for where in everywhere))
    again = await asyncio.gather(store.decide(sent, 3, "a", None), store.decide(sent, 4, "a", None))

    kept = {(one.account, one.chat_id): one.message for one in rows(store, r.Card)}
    assert kept == {("a", None): 4, ("b", None): 2, (None, -5): 2, (None, -6): 2} and len(rows(store, r.Card)) == 4
    assert again == [3, 4]


async def test_a_group_that_is_bound_or_left_is_known_at_once(store: Store) -> None:
    def look(work: Work) -> list[int]:
        return [one.chat_id for one in work.groups_of("QL01S")]

    def bind(work: Work) -> None:
        work.add(r.Group(chat_id=-77, unit_id="QL01S", bound_at=work.now))

    def leave(work: Work) -> None:
        work.get(r.Group, -77).left_at = work.now

    decisions = (look, bind, look, leave, look)
    found = await asyncio.gather(*(store.decide(one) for one in decisions))

    assert found[0] == found[4] == [] and found[2] == [-77]


async def test_what_is_cancelled_in_its_own_decision_never_falls_due(store: Store) -> None:
    def opened_and_closed(work: Work) -> None:
        tip = work.add(r.Tip(receipt="333333333", account="a", first_at=work.now, last_item_at=work.now))
        work.due("tip.submit", tip.id, work.now)
        work.cancel(tip.id)

    await store.decide(opened_and_closed)

    assert rows(store, r.Deadline) == []


async def test_edits_of_one_card_wait_as_one(store: Store) -> None:
    def shown(work: Work) -> str:
        tip = work.add(r.Tip(receipt="333333333", account="a", first_at=work.now, last_item_at=work.now))
        return tip.id

    tip_id = await store.decide(shown)

    def sent(work: Work) -> None:
        work.keep_card(
            template="tip.submitted", audience="squad", subject_id=tip_id, account=None, chat_id=-5, thread=None,
            lang="zh", person_id=None, message=9, look="", at=work.now,
        )  # fmt: skip
        work.refresh(tip_id)
        work.refresh(tip_id)

    await store.decide(sent)
    await store.decide(Work.refresh, tip_id)

    assert [(row.act, row.message) for row in rows(store, r.Outbox)] == [("edit", 9)]


async def test_a_reader_sees_what_is_committed_and_writes_nothing(store: Store) -> None:
    account = await store.decide(_meet, 1)

    def look(work: Work) -> str:
        return work.identity(account).lang

    assert await store.read(look) == "zh"


@pytest.mark.scenario(92)
async def test_a_jump_of_the_hosts_clock_moves_no_deadline(
    store: Store, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []
    caught_up = asyncio.Event()
    caught_up.set()
    ticker = Ticker(store, {"call.breach": lambda work, row: done.append(work.now)}, caught_up)
    await store.rehearse(speed=1.0)
    began = store.clock.now()
    await store.decide(lambda work: work.due("call.breach", "c", began + timedelta(minutes=5)))

    for jump in (timedelta(minutes=10), -timedelta(minutes=10)):
        monkeypatch.setattr("bot.clock.datetime", _jumped(jump))
        store.clock.check()
        assert await ticker.tick() == 0 and done == []
        assert timedelta(0) <= await store.decide(lambda work: work.now) - began < timedelta(minutes=4)
    assert [line["seconds"] for line in lines if line.get("action") == "clock.jumped"] == [
        pytest.approx(600, abs=1),
        pytest.approx(-1200, abs=1),
    ]
    await later(store, minutes=5)

    assert await ticker.tick() == 1 and done[0] >= began + timedelta(minutes=5)
    await ticker.stop()


def _jumped(by: timedelta) -> Any:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + by

    return Jumped


@pytest.mark.scenario(93)
async def test_old_code_does_not_tick_on_newer_tables(store: Store, lines: list[dict[str, Any]]) -> None:
    done: list[str] = []
    caught_up = asyncio.Event()
    caught_up.set()
    ticker = Ticker(store, {"call.breach": lambda work, row: done.append(row.subject_id)}, caught_up)
    await store.decide(lambda work: work.due("call.breach", "c", work.now))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await ticker.start()
    async with asyncio.timeout(10):
        await store.outdated.wait()
    await ticker.stop()

    assert done == [] and rows(store, r.Deadline)[0].done_at is None
    assert [line["version"] for line in lines if line.get("action") == "store.outdated"] == ["9999"]


async def test_what_people_do_takes_turns_with_what_time_brings(store: Store) -> None:
    """A press goes before the rest of a burst; a crowd of presses lets an alarm in after every two dozen."""
    order: list[str] = []

    def note(work: Work, name: str) -> None:
        order.append(name)

    await asyncio.gather(
        *(store.decide_patiently(note, f"time {n}") for n in range(40)),
        *(store.decide(note, f"press {n}") for n in range(60)),
    )

    first, second, third = (order.index(f"time {n}") for n in range(3))
    assert first <= 24 and second - first == 25 and third == 62
    assert [name for name in order if name.startswith("time")] == [f"time {n}" for n in range(40)]
    assert [name for name in order if name.startswith("press")] == [f"press {n}" for n in range(60)]


async def test_a_seat_is_found_by_unit_as_soon_as_it_is_made(store: Store) -> None:
    """Who serves a unit is asked once in a batch; a seat that is made meanwhile is asked for anew."""

    def made(work: Work) -> tuple[list[str], list[str], list[str]]:
        before = [p.id for p in work.people("SJ", "liaison", bound=None)]
        seat = work.add(r.Person(id="SJ-new", role="liaison", unit_id="SJ", label="新"))
        after = [p.id for p in work.people("SJ", "liaison", bound=None)]
        seat.account, seat.on_duty = "a", False
        return before, after, [p.id for p in work.people("SJ", "liaison", on_duty=True)]

    before, after, on_duty = await store.decide(made)

    assert (before, after, on_duty) == ([], ["SJ-new"], [])


async def test_facts_that_were_fetched_ahead_grow_with_what_is_written(store: Store) -> None:
    def seen(work: Work) -> tuple[int, int, int]:
        draft = work.add(r.Draft(kind="whistle", subject_id="t", by="b", at=work.now))
        work.load_events(Kind.CALL_UNDELIVERED, [draft.ref])
        none = len(work.events_of(draft.ref, Kind.CALL_UNDELIVERED))
        work.record(Kind.CALL_UNDELIVERED, draft)
        one = len(work.events_of(draft.ref, Kind.CALL_UNDELIVERED))
        work.record(Kind.CALL_UNDELIVERED, draft)
        return none, one, len(work.events_of(draft.ref))

    assert await store.decide(seen) == (0, 1, 2)


async def test_a_command_that_writes_for_long_does_not_hold_up_the_event_loop(database_url: str, store: Store) -> None:
    """SQLite lets one process write at a time. While `whistle import` does, decisions wait, and everything else goes on."""
    if not database_url.startswith("sqlite"):
        return
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.decide(_meet, 1))
    longest, ends = 0.0, time.monotonic() + 1
    while (began := time.monotonic()) < ends:
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - began)
    still_waiting = not waiting.done()
    other.execute("ROLLBACK")
    other.close()

    assert still_waiting and await waiting
    assert longest < 5, f"the loop stood still for {longest:.1f} s; SQLite's own wait would be thirty"
    assert len(rows(store, r.Identity)) == 1


async def test_a_commit_that_fails_while_each_is_done_alone_loses_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if type(store) is not Store:
        return  # the other engine asks what became of a commit: tests/stories/test_database_away.py
    commit, tried = store._commit, 0

    async def stumble(session: Session) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise _CommitFailed
        await commit(session)

    def broken(work: Work) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(store, "_commit", stumble)
    first, bad, second = await asyncio.gather(
        store.decide(_meet, 1), store.decide(broken), store.decide(_meet, 2), return_exceptions=True
    )

    assert isinstance(bad, ZeroDivisionError) and isinstance(first, str) and isinstance(second, str)
    assert len(rows(store, r.Identity)) == 2 and tried >= 3


async def test_a_piece_of_a_burst_is_committed_by_itself_while_somebody_waits(store: Store) -> None:
    """Their own decision, and its answer, would else wait for the pieces that share a commit with it."""

    async def commits_of_six() -> int:
        before = store.commits
        await asyncio.gather(*(store.decide_patiently(_meet, 1) for _ in range(6)))
        return store.commits - before

    together = await commits_of_six()
    store.somebody_waits = lambda: True

    assert (together < 6, await commits_of_six()) == (True, 6)
