"""Messages in hand on their way out: what is read is the row, what was changed is written, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.store import Store
from tests.bot.conftest import rows
from workflows import leaving
from workflows import records as r
from workflows.leaving import Leaving
from workflows.states import OutboxState
from workflows.work import Lane, To, Work

pytestmark = pytest.mark.both_engines
GROUP = -1_002_000_000_001


async def queue(store: Store, *chats: str, **more: Any) -> None:
    """A message for each: an account, or the number of a group."""

    def write(work: Work) -> None:
        for chat in chats:
            to = To(chat_id=int(chat)) if chat.startswith("-") else To(account=chat)
            work.send("note.sorry", "source", to, drill=False, **more)

    await store.decide(write)


async def first(store: Store, *passed: str, most: int = 40) -> list[Leaving]:
    return await store.decide(lambda work: leaving.first(work, passed, most))


async def test_what_is_in_hand_is_the_row(store: Store) -> None:
    await queue(store, "anna", facts={"名": [1, None]}, dedupe="once", message=7, card_id=3, subject_id="x")
    await queue(store, str(GROUP))

    for one, row in zip(await first(store), rows(store, r.Outbox), strict=True):
        assert {name: getattr(one, name) for name in leaving._READ} == {n: getattr(row, n) for n in leaving._READ}
        assert one.chat == (row.account or str(row.chat_id)) and one.changes() == {}


async def test_what_leaves_first_is_read_first_and_of_nobody_who_is_passed_over(store: Store) -> None:
    await queue(store, "anna", "berta", "clara", str(GROUP), str(GROUP - 1), lane=Lane.ANSWER)
    await queue(store, "dora", lane=Lane.ALARM)
    await queue(store, "emil", not_before=store.clock.now() + timedelta(hours=1))

    assert [one.chat for one in await first(store, most=3)] == ["dora", "anna", "berta"]
    assert [one.chat for one in await first(store, "dora", "berta")] == ["anna", "clara", str(GROUP), str(GROUP - 1)]
    passed = [str(GROUP), "anna", *(f"a{i}" for i in range(30))]
    assert [one.chat for one in await first(store, *passed)] == ["dora", "berta", "clara", str(GROUP - 1)]


async def test_when_the_next_may_leave_that_may_not_yet(store: Store) -> None:
    await queue(store, "anna")
    assert await store.decide(leaving.next_at) is None

    soon = store.clock.now() + timedelta(minutes=1)
    await queue(store, "berta", not_before=soon + timedelta(minutes=1))
    await queue(store, "clara", not_before=soon)

    assert await store.decide(leaving.next_at) == soon


async def test_what_was_changed_is_written_and_nothing_else(store: Store) -> None:
    await queue(store, "anna", "berta", "clara", facts={"n": 1})
    now = datetime(2026, 11, 2, 1, 0, 0, 5, tzinfo=UTC)

    def change(work: Work) -> None:
        sent, ended, held = leaving.first(work, (), 40)
        sent.state, sent.sending_at, sent.fence, sent.keyboard = OutboxState.SENDING, now, 4, [[{"text": "签收"}]]
        sent.attempts, sent.sent_text, sent.template, sent.facts = 1, b"sealed", "tips.waiting", {"tips": []}
        ended.state, ended.error = OutboxState.DROPPED, "no longer true"
        held.not_before, held.error = now, "together"
        work.session.connection().execute(text("UPDATE outbox SET lang = 'en', repeat = true WHERE account = 'anna'"))
        leaving.write(work, [sent, ended, held])

    await store.decide(change)

    sent, ended, held = sorted(rows(store, r.Outbox), key=lambda row: row.account)
    assert (sent.state, sent.sending_at, sent.fence, sent.keyboard) == ("sending", now, 4, [[{"text": "签收"}]])
    assert (sent.attempts, sent.sent_text, sent.template, sent.facts) == (1, b"sealed", "tips.waiting", {"tips": []})
    assert (sent.lang, sent.repeat) == ("en", True), "what was not changed in hand is as another left it"
    assert (ended.state, ended.error, ended.sending_at, ended.facts) == ("dropped", "no longer true", None, {"n": 1})
    assert (held.state, held.error, held.not_before, held.attempts) == ("queued", "together", now, 0)


async def test_a_message_without_buttons_that_goes_again_keeps_none_of_the_first_time(store: Store) -> None:
    await queue(store, "anna")

    def mark(keyboard: Any) -> Any:
        def marked(work: Work) -> None:
            work.session.connection().execute(text("UPDATE outbox SET state = 'queued'"))
            (one,) = leaving.first(work, (), 40)
            one.state, one.keyboard = OutboxState.SENDING, keyboard
            leaving.write(work, [one])

        return marked

    await store.decide(mark([[{"text": "签收"}]]))
    await store.decide(mark(None))

    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT keyboard FROM outbox WHERE keyboard IS NOT NULL")).all() == []


async def test_all_that_are_marked_in_one_look_are_one_statement(store: Store) -> None:
    await queue(store, *(f"a{i}" for i in range(20)), dedupe=None)
    await queue(store, "anna", dedupe="once", lane=Lane.EDIT)
    said: list[str] = []

    def mark(work: Work) -> None:
        found = leaving.first(work, (), 40)
        for number, one in enumerate(found):
            one.state, one.dedupe, one.attempts = OutboxState.SENDING, None, 1
            one.keyboard = [[]] if number % 2 else None
        event.listen(store.engine, "before_cursor_execute", note)
        leaving.write(work, found)
        event.remove(store.engine, "before_cursor_execute", note)

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    await store.decide(mark)

    assert len(said) == 1 and {row.state for row in rows(store, r.Outbox)} == {OutboxState.SENDING}


async def test_a_record_that_the_batch_has_read_already_shows_what_was_written(store: Store) -> None:
    await queue(store, "anna")

    def mark(work: Work) -> str:
        record = work.get(r.Outbox, rows(store, r.Outbox)[0].id)
        (one,) = leaving.first(work, (), 40)
        one.state, one.error = OutboxState.DROPPED, "muted"
        leaving.write(work, [one])
        return f"{record.state.value}: {record.error}"

    assert await store.decide(mark) == "dropped: muted"
