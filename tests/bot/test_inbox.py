"""Hear: sealed before anything else, once, in order per chat; what cannot be read is failed and told, and never blocks the next."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter

from bot.inbox import Inbox, chat_of
from bot.store import Store, hearing
from bot.vault import MasterVault
from tests.bot.conftest import rows
from workflows import records as r
from workflows.states import InboxState
from workflows.work import Work

pytestmark = pytest.mark.both_engines

ALICE, BOB = 501, 502


class Handlers:
    """Stands where python-telegram-bot's Application stands: notes what it is given, and decides something about it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bot = None
        self.heard: list[tuple[int, str]] = []
        self.before: Callable[[str], Any] | None = None

    async def process_update(self, update: Update) -> None:
        message = update.message
        assert message is not None
        if self.before is not None:
            await self.before(message.text or "")
        await self.store.decide(_met, message.chat.id)
        self.heard.append((message.chat.id, message.text or ""))


def _met(work: Work, chat: int) -> None:
    work.meet(chat)


@pytest.fixture
def handlers(store: Store) -> Handlers:
    return Handlers(store)


@pytest.fixture
async def inbox(store: Store, vault: MasterVault, handlers: Handlers) -> AsyncIterator[Inbox]:
    made = Inbox(store, vault, handlers)  # type: ignore[arg-type]
    yield made
    await made.stop()


def update(update_id: int, chat: int, text: str) -> bytes:
    who = {"id": chat, "first_name": "村民", "type": "private", "is_bot": False}
    message = {"message_id": update_id, "from": who, "chat": who, "date": 1_793_000_000, "text": text}
    return orjson.dumps({"update_id": update_id, "message": message})


async def _done(inbox: Inbox) -> None:
    async with asyncio.timeout(60):
        while not inbox.idle:
            await asyncio.sleep(0.002)


async def test_what_is_taken_lies_sealed_until_it_is_done(store: Store, inbox: Inbox, handlers: Handlers) -> None:
    held = asyncio.Event()
    handlers.before = lambda _: held.wait()

    await inbox.take([update(1, ALICE, "河口村集市")])

    row = rows(store, r.Inbox)[0]
    assert row.state is InboxState.RECEIVED and "河口村".encode() not in row.payload and row.chat != str(ALICE)
    held.set()
    await _done(inbox)
    row = rows(store, r.Inbox)[0]
    assert row.state is InboxState.DONE and row.payload is None


async def test_one_chat_keeps_its_order_and_another_does_not_wait(
    store: Store, inbox: Inbox, handlers: Handlers
) -> None:
    slow = asyncio.Event()

    async def wait_for_bob(text: str) -> None:
        if text == "1":
            await slow.wait()
        if text == "b":
            slow.set()

    handlers.before = wait_for_bob
    await inbox.take([update(1, ALICE, "1"), update(2, ALICE, "2"), update(3, BOB, "b"), update(4, ALICE, "3")])
    await _done(inbox)

    assert handlers.heard == [(BOB, "b"), (ALICE, "1"), (ALICE, "2"), (ALICE, "3")]


async def test_a_repeat_has_no_effect(store: Store, inbox: Inbox, handlers: Handlers) -> None:
    for _ in range(2):
        assert await inbox.take([update(1, ALICE, "1"), update(1, ALICE, "1")]) == 0
        await _done(inbox)

    assert handlers.heard == [(ALICE, "1")]
    assert len(rows(store, r.Inbox)) == 1


@pytest.mark.parametrize(
    "raw",
    [
        {"message": "no object"},
        {"message": {"message_id": 1}},
        {"message": {"message_id": 1, "date": "soon", "chat": {"id": ALICE, "type": "private"}}},
        {"callback_query": {"id": 1, "message": "gone"}},
        {"my_chat_member": []},
    ],
)
async def test_what_cannot_be_parsed_is_failed_and_the_next_goes_on(
    store: Store, inbox: Inbox, handlers: Handlers, lines: list[dict[str, Any]], raw: dict[str, Any]
) -> None:
    await inbox.take([orjson.dumps({"update_id": 1, **raw}), update(2, ALICE, "next")])
    await _done(inbox)

    failed, done = rows(store, r.Inbox)
    assert failed.state is InboxState.FAILED and failed.error and failed.payload is not None
    assert done.state is InboxState.DONE and handlers.heard == [(ALICE, "next")]
    assert [event.kind for event in rows(store, r.Event)] == ["update.failed"]
    assert "update.misshapen" in {line.get("action") for line in lines if line["level"] == "warning"}


async def test_a_handler_that_breaks_fails_its_row_and_tells_the_administrator(
    store: Store, inbox: Inbox, handlers: Handlers, lines: list[dict[str, Any]]
) -> None:
    def admin(work: Work) -> None:
        account = work.meet(900).account
        work.add(r.Person(id="A", role="admin", unit_id=work.county.id, label="管理员", account=account))

    async def broken(text: str) -> None:
        if text == "1":
            raise ZeroDivisionError("my own words")

    await store.decide(admin)
    handlers.before = broken
    await inbox.take([update(1, ALICE, "1"), update(2, ALICE, "2")])
    await _done(inbox)

    assert [row.state for row in rows(store, r.Inbox)] == [InboxState.FAILED, InboxState.DONE]
    assert handlers.heard == [(ALICE, "2")]
    assert [(row.template, row.audience) for row in rows(store, r.Outbox)] == [("update.failed", "admin")]
    assert rows(store, r.Inbox)[0].error == "ZeroDivisionError"


async def test_a_crowd_is_written_together_and_whoever_hangs_up_loses_nothing(
    store: Store, inbox: Inbox, handlers: Handlers
) -> None:
    posts = [asyncio.create_task(inbox.take([update(n, ALICE if n % 2 else BOB, str(n))])) for n in range(1, 41)]
    before = store.decisions
    await asyncio.sleep(0)
    assert not inbox.idle
    posts[6].cancel()

    taken = await asyncio.gather(*posts, return_exceptions=True)
    written = store.decisions - before
    await _done(inbox)

    assert taken.count(0) == 39 and isinstance(taken[6], asyncio.CancelledError)
    assert written < 20
    assert [int(text) for chat, text in handlers.heard if chat == ALICE] == list(range(1, 41, 2))
    assert [int(text) for chat, text in handlers.heard if chat == BOB] == list(range(2, 41, 2))
    assert {row.state for row in rows(store, r.Inbox)} == {InboxState.DONE}


async def test_each_who_brought_what_cannot_be_written_is_told(
    store: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(store, "decide", fails)

    told = await asyncio.gather(
        inbox.take([update(1, ALICE, "1")]), inbox.take([update(2, BOB, "b")]), return_exceptions=True
    )

    assert [type(one) for one in told] == [OSError, OSError]


async def test_a_failure_that_nobody_waits_for_any_more_is_no_surprise_to_the_event_loop(
    store: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    surprises: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: surprises.append(what))
    hung_up = asyncio.Event()

    async def fails(*_: Any) -> None:
        await hung_up.wait()
        raise OSError

    monkeypatch.setattr(store, "decide", fails)
    asked = asyncio.create_task(inbox.take([update(1, ALICE, "1")]))
    await asyncio.sleep(0.01)

    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    hung_up.set()
    await _done(inbox)
    inbox._arrivals.written = None  # forgotten, as when somebody else brings something
    gc.collect()

    assert surprises == []


async def test_what_comes_after_what_was_refused_unheard_is_written(
    store: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(store, "decide", refuses)
        with pytest.raises(OSError):
            await inbox.take([update(1, ALICE, "1")])

    async with asyncio.timeout(60):
        await inbox.take([update(2, BOB, "b")])

    assert [row.update_id for row in rows(store, r.Inbox)] == [2]


async def test_what_an_earlier_process_left_is_taken_up_in_order(
    store: Store, vault: MasterVault, handlers: Handlers
) -> None:
    never = asyncio.Event()
    handlers.before = lambda _: never.wait()
    first = Inbox(store, vault, handlers)  # type: ignore[arg-type]
    await first.take([update(1, ALICE, "1"), update(2, ALICE, "2")])
    await first.stop()
    assert hearing.get() is None
    handlers.before = None

    second = Inbox(store, vault, handlers)  # type: ignore[arg-type]
    await second.start()
    await _done(second)

    assert handlers.heard == [(ALICE, "1"), (ALICE, "2")]


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b'{"update_id": "x"}', b'{"update_id": 1e30}', b"\xff", b"null"]
)
async def test_what_has_no_number_is_left_out(store: Store, inbox: Inbox, handlers: Handlers, payload: bytes) -> None:
    assert await inbox.take([payload, update(2, ALICE, "next")]) == 1
    await _done(inbox)

    assert handlers.heard == [(ALICE, "next")]


class Server:
    """Answers getUpdates from a list; an exception is raised, and the last answer ends the test."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.offsets: list[int | None] = []
        self.over = asyncio.Event()

    async def call(self, _url: str, params: dict[str, Any], **_more: Any) -> Any:
        self.offsets.append(params["offset"])
        if not self.answers:
            self.over.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def _polled(inbox: Inbox, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        return None

    monkeypatch.setattr("bot.inbox.asyncio.sleep", at_once)
    task = asyncio.create_task(inbox.poll(server, "http://api/bot"))  # type: ignore[arg-type]
    async with asyncio.timeout(60):
        await server.over.wait()
    task.cancel()
    monkeypatch.undo()
    await asyncio.gather(task, return_exceptions=True)
    await _done(inbox)


async def test_the_offset_is_raised_only_after_the_commit(
    store: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    class Watching(Server):
        async def call(self, url: str, params: dict[str, Any], **more: Any) -> Any:
            kept.append(len(rows(store, r.Inbox)))
            return await super().call(url, params, **more)

    server = Watching([orjson.loads(update(7, ALICE, "1"))], [orjson.loads(update(8, ALICE, "2"))], [])
    await _polled(inbox, server, monkeypatch)

    assert server.offsets == [None, 8, 9, 9]
    assert kept == [0, 1, 2, 2]
    assert inbox.caught_up.is_set()


@pytest.mark.parametrize(
    "trouble",
    [
        Conflict("terminated by other getUpdates request"),
        RetryAfter(3),
        InvalidToken("revoked"),
        KeyError("result"),
        ValueError("no JSON"),
        [{"no": "number"}],
        ["nothing"],
    ],
    ids=["second poller", "flood", "revoked", "no result", "no JSON", "no number", "no object"],
)
async def test_polling_goes_on_whatever_the_server_says(
    inbox: Inbox, handlers: Handlers, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    await _polled(inbox, Server(trouble, [orjson.loads(update(7, ALICE, "after"))]), monkeypatch)

    assert handlers.heard == [(ALICE, "after")]
    assert "poll.failed" in {line.get("action") for line in lines}


def test_the_chat_whose_order_counts() -> None:
    assert chat_of({"message": {"chat": {"id": 5}}}) == 5
    assert chat_of({"callback_query": {"message": {"chat": {"id": -7}}, "from": {"id": 5}}}) == -7
    assert chat_of({"callback_query": {"from": {"id": 5}}}) == 5
    assert chat_of({"my_chat_member": {"chat": {"id": -8}, "from": {"id": 5}}}) == -8
    assert chat_of({"message": "?"}) == chat_of({"callback_query": {"message": "?"}}) == chat_of({}) == 0


def _nested(update_id: int, depth: int, inner: str = '{"a":') -> bytes:
    return f'{{"update_id":{update_id},"message":{inner * depth}1{"}" * depth}}}'.encode()


@pytest.mark.parametrize("depth", [200, 400, 900, 1_000])
async def test_what_is_nested_too_deeply_is_set_aside_and_the_next_is_heard(
    store: Store, inbox: Inbox, handlers: Handlers, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    await inbox.take([_nested(6, depth), update(7, ALICE, "pushed")])
    await _done(inbox)
    polled = Server([orjson.loads(_nested(8, depth))], [orjson.loads(update(9, ALICE, "polled"))])
    await _polled(inbox, polled, monkeypatch)

    assert handlers.heard == [(ALICE, "pushed"), (ALICE, "polled")]
    assert polled.offsets == [None, 9, 10], "what was set aside is not asked for again"
    set_aside = [row for row in rows(store, r.Inbox) if row.state is InboxState.FAILED]
    assert [(row.update_id, (row.error or "").partition(":")[0]) for row in set_aside] == [
        (6, "misshapen"),
        (8, "misshapen"),
    ]
