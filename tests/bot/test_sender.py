"""Say: alarms first, within Telegram's limits, and every outcome written down. The network's far end is fake, and the clock is held."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import select
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.lease import Lease
from bot.request import NotSent
from bot.sender import Sender, _Second
from bot.store import Store
from messages.render import Renderer
from tests.bot.conftest import later, rows
from tests.county import START
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import OutboxState
from workflows.work import Lane, To, Work

GROUP = -1_002_000_000_001
LINE = "note.sorry"
REPEAT = "〔重发〕"


class FarEnd:
    """Takes what is sent; `fails[chat]` is raised once each, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.fails: dict[int, list[Exception]] = {}
        self.hold: asyncio.Event | None = None

    async def call(self, _url: str, params: dict[str, Any], **_more: Any) -> Any:
        if self.hold is not None:
            await self.hold.wait()
        chat = int(params["chat_id"])
        if self.fails.get(chat):
            raise self.fails[chat].pop(0)
        self.sent.append((chat, params.get("text", "")))
        return {"message_id": len(self.sent)}

    @property
    def chats(self) -> list[int]:
        return [chat for chat, _ in self.sent]


@pytest.fixture
def far() -> FarEnd:
    return FarEnd()


@pytest.fixture(scope="session")
def renderer(book: Rulebook) -> Renderer:
    return Renderer(book)


@pytest.fixture
async def sender(store: Store, far: FarEnd, renderer: Renderer, only_woken: None) -> AsyncIterator[Sender]:
    made = Sender(store, far, "http://api/bot", renderer, rate=25)  # type: ignore[arg-type]
    yield made
    await made.stop()


async def queue(store: Store, *chats: int, lane: Lane = Lane.ANSWER) -> None:
    """One message for each of these chats."""

    def write(work: Work) -> None:
        for chat in chats:
            to = To(chat_id=chat) if chat < 0 else To(account=work.meet(chat).account)
            work.send(LINE, "source", to, lane=lane, facts={})

    await store.decide(write)


async def quiet(store: Store, sender: Sender) -> None:
    """Everything that may leave now has left."""
    calm = 0
    async with asyncio.timeout(60):
        while calm < 3:
            await asyncio.sleep(0.005)
            calm = calm + 1 if sender.idle and store.idle else 0


def states(store: Store) -> Counter[str]:
    return Counter(row.state.value for row in rows(store, r.Outbox))


@pytest.mark.both_engines
@pytest.mark.scenario(72)
@pytest.mark.parametrize("waiting", [Lane.REMINDER, Lane.DIGEST])
async def test_an_alarm_overtakes_three_hundred_others(
    store: Store, sender: Sender, far: FarEnd, waiting: Lane
) -> None:
    await queue(store, *range(1, 301), lane=waiting)
    await queue(store, 999, lane=Lane.ALARM)

    await sender.start()
    await quiet(store, sender)

    assert far.chats[0] == 999
    assert len(far.sent) == 25, "the budget of one second"


async def test_an_alarm_that_comes_later_is_next(store: Store, sender: Sender, far: FarEnd) -> None:
    await queue(store, *range(1, 301), lane=Lane.DIGEST)
    await sender.start()
    await quiet(store, sender)
    before = len(far.sent)

    await queue(store, 999, lane=Lane.ALARM)
    await later(store, seconds=0.04)
    await quiet(store, sender)

    assert far.chats[before:] == [999]


async def test_lanes_leave_in_order(store: Store, sender: Sender, far: FarEnd) -> None:
    for chat, lane in ((1, Lane.DIGEST), (2, Lane.EDIT), (3, Lane.REMINDER), (4, Lane.ANSWER), (5, Lane.ALARM)):
        await queue(store, chat, lane=lane)

    await sender.start()
    await quiet(store, sender)

    assert far.chats == [5, 4, 3, 2, 1]


async def test_a_group_gets_twelve_messages_a_minute(store: Store, sender: Sender, far: FarEnd) -> None:
    await queue(store, *[GROUP] * 30)
    await sender.start()
    await quiet(store, sender)
    assert len(far.sent) == 12

    sent = []
    for _ in range(12):
        await later(store, seconds=5)
        await quiet(store, sender)
        sent.append(len(far.sent))

    assert sent == list(range(13, 25))


async def test_a_private_chat_gets_one_a_second_after_a_burst(store: Store, sender: Sender, far: FarEnd) -> None:
    await queue(store, *[1] * 8, 2)
    await sender.start()
    await quiet(store, sender)
    assert Counter(far.chats) == {1: 5, 2: 1}

    await later(store, seconds=0.9)
    await quiet(store, sender)
    assert len(far.sent) == 6
    await later(store, seconds=0.1)
    await quiet(store, sender)

    assert far.chats[-1] == 1 and len(far.sent) == 7


async def test_one_chat_hears_in_the_order_in_which_it_was_written(store: Store, sender: Sender, far: FarEnd) -> None:
    def write(work: Work) -> None:
        to = To(account=work.meet(1).account)
        for number in range(5):
            work.send("note.sorry" if number % 2 else "note.greeting", "source", to, facts={})

    await store.decide(write)

    await sender.start()
    await quiet(store, sender)

    texts = [text for _, text in far.sent]
    assert len(texts) == 5 and texts[0] == texts[2] == texts[4] != texts[1] == texts[3]


async def test_too_many_requests_halts_its_own_chat_only(store: Store, sender: Sender, far: FarEnd) -> None:
    far.fails[1] = [RetryAfter(7)]
    await queue(store, 1, 2, 3, 1)

    await sender.start()
    await quiet(store, sender)
    assert sorted(far.chats) == [2, 3]
    await later(store, seconds=6)
    await quiet(store, sender)
    assert len(far.sent) == 2
    await later(store, seconds=1)
    await quiet(store, sender)

    assert Counter(far.chats) == {2: 1, 3: 1, 1: 2}
    assert not any(REPEAT in text for _, text in far.sent), "a refused message never arrived"


async def test_three_chats_refused_at_once_mean_everybody(store: Store, sender: Sender, far: FarEnd) -> None:
    far.fails = {chat: [RetryAfter(7)] for chat in (1, 2, 3)}
    await queue(store, 1, 2, 3)
    await sender.start()
    await quiet(store, sender)

    await queue(store, 4)
    await quiet(store, sender)
    assert far.sent == []
    await later(store, seconds=7)
    await quiet(store, sender)

    assert sorted(far.chats) == [1, 2, 3, 4]


@pytest.mark.parametrize("error", [NetworkError("Bad Gateway"), NotSent("no connection")])
async def test_what_did_not_arrive_is_sent_again_within_a_minute_unmarked(
    store: Store, sender: Sender, far: FarEnd, error: Exception
) -> None:
    far.fails[1] = [error] * 3
    await queue(store, 1)
    await sender.start()

    for _ in range(60):
        await later(store, seconds=1)
        await quiet(store, sender)

    assert far.chats == [1] and REPEAT not in far.sent[0][1]
    assert states(store) == {"sent": 1}


@pytest.mark.parametrize("lane", [Lane.ALARM, Lane.ANSWER])
async def test_what_may_have_arrived_is_sent_again_marked(
    store: Store, sender: Sender, far: FarEnd, lane: Lane
) -> None:
    far.fails[1] = [TimedOut()]
    await queue(store, 1, lane=lane)
    await sender.start()
    await quiet(store, sender)

    await later(store, seconds=1)
    await quiet(store, sender)

    assert len(far.sent) == 1 and far.sent[0][1].startswith(REPEAT)


async def test_an_alarm_is_not_given_up_while_nobody_can_say_whether_it_arrived(
    store: Store, sender: Sender, far: FarEnd
) -> None:
    far.fails = {1: [TimedOut()] * 20, 2: [TimedOut()] * 20}
    await queue(store, 1, lane=Lane.ALARM)
    await queue(store, 2, lane=Lane.ANSWER)
    await sender.start()

    for _ in range(30):
        await later(store, minutes=1)
        await quiet(store, sender)

    assert far.chats == [1] and states(store) == {"sent": 1, "unknown": 1}


@pytest.mark.parametrize("lane", [Lane.REMINDER, Lane.DIGEST])
async def test_a_reminder_that_may_have_arrived_is_let_be(
    store: Store, sender: Sender, far: FarEnd, lane: Lane
) -> None:
    far.fails[1] = [TimedOut()]
    await queue(store, 1, lane=lane)
    await sender.start()
    await quiet(store, sender)

    await later(store, minutes=5)
    await quiet(store, sender)

    assert far.sent == [] and states(store) == {"unknown": 1}


async def test_what_an_earlier_process_was_sending_goes_again_marked_once(
    store: Store, sender: Sender, far: FarEnd
) -> None:
    await queue(store, 1, lane=Lane.ALARM)
    await queue(store, 2, lane=Lane.ANSWER)
    await queue(store, 3, lane=Lane.REMINDER)

    def killed(work: Work) -> None:
        for row in work.session.exec(select(r.Outbox)).all():
            row.state, row.sending_at, row.attempts = OutboxState.SENDING, work.now, 1

    await store.decide(killed)
    await sender.start()
    await quiet(store, sender)

    assert sorted(far.chats) == [1, 2] and all(text.startswith(REPEAT) for _, text in far.sent)
    assert states(store) == {"sent": 2, "unknown": 1}


async def test_who_blocked_the_bot_gets_no_more(store: Store, sender: Sender, far: FarEnd) -> None:
    far.fails[1] = [Forbidden("bot was blocked by the user")]
    await queue(store, 1)

    await sender.start()
    await quiet(store, sender)

    assert states(store) == {"failed": 1}
    assert rows(store, r.Identity)[0].blocked_at is not None


async def test_refused_markup_goes_out_as_plain_text_at_once(
    store: Store, sender: Sender, far: FarEnd, lines: list[dict[str, Any]]
) -> None:
    far.fails[1] = [BadRequest("Can't parse entities: unsupported start tag")]
    await queue(store, 1)

    await sender.start()
    await quiet(store, sender)

    assert len(far.sent) == 1 and "<" not in far.sent[0][1]
    assert "outbox.markup" in {line.get("action") for line in lines if line["level"] == "error"}


async def test_what_cannot_be_drawn_fails_alone_and_loudly(
    store: Store, sender: Sender, far: FarEnd, lines: list[dict[str, Any]]
) -> None:
    def write(work: Work) -> None:
        work.send("note.no_such_line", "source", To(account=work.meet(1).account), facts={})

    await store.decide(write)
    await queue(store, 2)

    await sender.start()
    await quiet(store, sender)

    assert far.chats == [2] and states(store) == {"failed": 1, "sent": 1}
    assert "outbox.failed" in {line.get("action") for line in lines if line["level"] == "error"}


async def test_a_polite_stop_leaves_nothing_on_the_way(store: Store, sender: Sender, far: FarEnd) -> None:
    far.hold = asyncio.Event()
    await queue(store, *range(1, 31))
    await sender.start()
    async with asyncio.timeout(60):
        while states(store)["sending"] == 0:
            await asyncio.sleep(0.005)

    stopping = asyncio.create_task(sender.stop())
    await asyncio.sleep(0.05)
    far.hold.set()
    await stopping

    assert states(store)["sending"] == 0 and states(store)["sent"] == len(far.sent) > 0


async def test_what_was_said_to_a_villager_is_kept_sealed(store: Store, sender: Sender, far: FarEnd) -> None:
    await queue(store, 1, GROUP)

    await sender.start()
    await quiet(store, sender)

    private = next(row for row in rows(store, r.Outbox) if row.account)
    group = next(row for row in rows(store, r.Outbox) if row.chat_id)
    words = dict(far.sent)
    assert words[1].encode() not in private.sent_text and group.sent_text.decode() == words[GROUP]
    assert await store.read(Work.unseal, private.account, private.sent_text) == words[1]


class StoppedMeanwhile(FarEnd):
    """The process is stopped while the forum topic is made; when it goes on, its lease has run out."""

    def __init__(self, lease: Lease) -> None:
        super().__init__()
        self.lease = lease

    async def call(self, url: str, params: dict[str, Any], **more: Any) -> Any:
        if url.endswith("/createForumTopic"):
            self.lease.lost()
            return {"message_thread_id": 7}
        return await super().call(url, params, **more)


@pytest.mark.scenario(90)
async def test_who_was_stopped_between_topic_and_card_sends_no_card(store: Store, renderer: Renderer) -> None:
    lease = Lease("send")
    far = StoppedMeanwhile(lease)
    sender = Sender(store, far, "http://api/bot", renderer, rate=25, lease=lease)  # type: ignore[arg-type]
    await queue(store, GROUP)
    (ready,) = await store.decide(sender.claim)
    ready.topic = "KFMH"

    await sender._deliver(ready)

    assert far.sent == [] and states(store) == {"sending": 1}, "another takes it up"


async def test_messages_that_were_late_to_leave_do_not_catch_up_with_the_next_second(
    store: Store, sender: Sender, far: FarEnd
) -> None:
    """Drawn at once, held up for 0.9 s on a busy machine: the next second begins when they have left."""
    budget = sender._budgets.everybody
    now = store.clock.now()
    for _ in range(25):
        budget.take(now)

    late = now + timedelta(seconds=0.9)
    for row in range(25):
        budget.leaves(row, late)
        budget.comes_back(row, late)

    assert budget.ready_at(now + timedelta(seconds=1), Lane.ANSWER) == late + timedelta(seconds=1)
    assert budget.ready_at(late + timedelta(seconds=1), Lane.ANSWER) == late + timedelta(seconds=1)


@pytest.mark.parametrize("journey", [0.02, 0.3, 0.9])
def test_no_second_sees_more_than_twenty_eight_however_long_they_are_on_their_way(journey: float) -> None:
    """Each journey takes another time, from nothing to this; two lanes; counted where they arrive, as Telegram counts."""
    budget, moment, chance = _Second(25), START, Random(7)
    arrived: list[datetime] = []
    coming_back: list[tuple[datetime, int]] = []
    for _ in range(4000):
        moment += timedelta(milliseconds=5)
        for at, row in [one for one in coming_back if one[0] <= moment]:
            budget.comes_back(row, at)
            coming_back.remove((at, row))
        lane = chance.choice((Lane.ALARM, Lane.ANSWER))
        while budget.ready_at(moment, lane) <= moment:
            budget.take(moment)
            budget.leaves(len(arrived), moment)
            there = moment + timedelta(seconds=chance.uniform(0, journey))
            coming_back.append((there + timedelta(milliseconds=5), len(arrived)))
            arrived.append(there)

    arrived.sort()
    assert len(arrived) > 200
    assert all(b - a > timedelta(seconds=1) for a, b in zip(arrived, arrived[28:], strict=False))


def test_a_full_second_that_ends_place_by_place_is_looked_at_for_a_few_at_once() -> None:
    """Thirty looks for one message each cost a burst a sixth of its time; nobody waits more than a twentieth of a second longer."""
    budget, most = _Second(25), 28
    for row in range(most):
        budget.take(START)
        budget.leaves(row, START)
        budget.comes_back(row, START + timedelta(milliseconds=4 * row))
    first = START + timedelta(seconds=1)

    assert budget.worth_at(START + timedelta(milliseconds=200)) == first
    assert budget.ready_at(first, Lane.ALARM) == first, "one may leave"
    assert budget.worth_at(first) == first + timedelta(milliseconds=50)
    assert budget.worth_at(first + timedelta(milliseconds=28)) <= first + timedelta(milliseconds=28), "eight may leave"


def test_one_that_may_leave_waits_a_twentieth_of_a_second_at_most() -> None:
    budget = _Second(25)
    for row in range(28):
        budget.take(START)
        budget.leaves(row, START)
        budget.comes_back(row, START + (timedelta() if row == 0 else timedelta(seconds=0.5)))
    first = START + timedelta(seconds=1)

    assert budget.worth_at(START) == first and budget.worth_at(first) > first
    patient = first + timedelta(milliseconds=50)
    assert budget.worth_at(patient) == patient


def test_whoever_is_far_from_the_limit_never_waits() -> None:
    """Also with few places left: only a second that was full for everything is waited for."""
    budget = _Second(25)
    for row in range(25):
        budget.take(START)
        budget.leaves(row, START)

    assert budget.worth_at(START) == START
