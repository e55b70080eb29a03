"""One transaction, many decisions: `await store.decide(fn, *args)` runs `fn(work, *args)` and returns after the commit.

Decisions that arrive while a commit is under way form the next batch (group commit, optimistic): they run one after the other on
one session. If one raises, the batch is rolled back and each is done again alone, so that a refusal or a bug undoes that one only.
Messages that a batch has written are drawn at its end, while all that they are drawn from is in hand.
Statements run on the event loop; the commit (fsync) in a thread, unless the disk is quick. A batch takes at most 50 ms of processor
time, and yields to the event loop every few milliseconds.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine, bindparam, update
from sqlmodel import Session, SQLModel

from bot import database
from bot.clock import Clock
from workflows import ahead
from workflows import records as r
from workflows.refusals import Refusal
from workflows.rows import change
from workflows.rulebook import Rulebook
from workflows.states import InboxState
from workflows.work import Outside, Pending, Vault, Work

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")
_BATCH_SECONDS = 0.050
_TIME_SECONDS = 0.100
_MIXED_SECONDS = 0.015
_PEOPLE_FIRST = 24  # decisions of people that go before one of time's
_TURNS = 3
_STRAIGHT_SECONDS = 0.002  # for so long decisions follow each other at once: each leaves the caches warm for the next
_MOMENT = 0.001
_ARRIVING = 12
_CROWD = 8  # decisions in the last batch from which on a batch waits for more
_GATHER_SECONDS = 0.002
_QUICK_DISK = 0.002  # an fsync shorter than this is done on the spot: handing it to a thread and back takes longer
_PAUSE = 0.2
_BUSY_PAUSE = 0.02
_TIDY_SECONDS = 10.0
TOLD = "told"  # in a session's info: what other replicas should look at once it is committed
_INBOX = SQLModel.metadata.tables["inbox"]
_NOT_DONE = (
    update(_INBOX)
    .where(_INBOX.c.state == InboxState.RECEIVED)
    .values(state=InboxState.DONE, payload=None, done_at=bindparam("now"))
)
_DONE = _NOT_DONE.where(_INBOX.c.id == bindparam("row"))
_DONE_BY_US = _NOT_DONE.where(_INBOX.c.id.in_(bindparam("ids", expanding=True)), _INBOX.c.claimed_by == bindparam("me"))


class Outdated(Exception):
    """A newer version of this program has changed the tables: this process decides, ticks and sends nothing more."""


class HeardElsewhere(Exception):
    """Another replica has handled this update meanwhile: what it caused here is undone."""


@dataclass(slots=True)
class Hearing:
    """The update that is being handled: its inbox row is marked done in the same transaction as what it caused."""

    inbox_id: int
    account: str = ""  # whoever wrote or pressed
    ref: str = ""  # what the button names
    text: str = ""  # what was written, where it is no command
    since: int = 0  # the last batch that had begun when another replica's row was read: a later one sees it
    done: bool = False
    error: Exception | None = None  # what a handler raised: python-telegram-bot swallows it otherwise


class Sends(Protocol):
    """Whoever sends what batches write."""

    def may_draw(self) -> bool:
        """Whether something may leave now, as far as can be told without looking."""

    def claim(self, work: Work) -> Any:
        """A decision: what may leave, drawn and marked."""

    def leave(self, claimed: Any) -> None:
        """It is committed. Called before the next batch begins."""


hearing: contextvars.ContextVar[Hearing | None] = contextvars.ContextVar("hearing", default=None)


@dataclass(slots=True)
class _Decision:
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: asyncio.Future[Any]
    hearing: Hearing | None
    patient: bool = False
    then: Callable[[Any], None] | None = None  # given the result as soon as it is committed: what draws has this


class _Queue:
    """Decisions in the order in which they came, in two rows that take turns: a thousand that time brings at once do not keep a press
    waiting, and a crowd that presses does not keep an alarm."""

    def __init__(self) -> None:
        self._rows: tuple[deque[_Decision], deque[_Decision]] = (deque(), deque())
        self._turn = 0  # people that have had their turn since time had its own

    def __len__(self) -> int:
        return len(self._rows[0]) + len(self._rows[1])

    def append(self, decision: _Decision) -> None:
        self._rows[decision.patient].append(decision)

    @property
    def people_wait(self) -> bool:
        return bool(self._rows[0])

    @property
    def patient_next(self) -> bool:
        return bool(self._rows[1]) and (self._turn >= _PEOPLE_FIRST or not self._rows[0])

    def heard(self) -> list[Hearing]:
        """Updates of people that wait to be decided; also asked from the thread of a batch, while more come."""
        return [d.hearing for d in list(self._rows[0]) if d.hearing is not None and d.hearing.account]

    def heard_since(self, batch: int) -> bool:
        """Whether the next one is about a row that was committed elsewhere, perhaps after this batch took its view of the records."""
        row = self._rows[self.patient_next]
        return bool(row) and row[0].hearing is not None and row[0].hearing.since >= batch

    def popleft(self) -> _Decision:
        """Raises IndexError when both are empty."""
        decision = self._rows[self.patient_next].popleft()
        self._turn = 0 if decision.patient else self._turn + 1
        return decision

    def put_back(self, decisions: list[_Decision]) -> None:
        """In front again, in their order."""
        for decision in reversed(decisions):
            self._rows[decision.patient].appendleft(decision)


class Batch(Session):
    """A session of one transaction that was begun before and is ended after it. It is asked for its connection ten times a tip, which
    SQLAlchemy answers anew each time."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False, autoflush=True)
        self._begun = connection

    def connection(self, *_: Any, **__: Any) -> Connection:
        return self._begun


class Share:
    """How much of a batch has gone to people and to time, in seconds of processor time: a busy machine makes no smaller batches."""

    def __init__(self) -> None:
        self._spent = [0.0, 0.0]
        self._ran = [False, False]
        self._ended = 0.0  # the last decision
        self.straight = 0.0  # since the event loop had a turn
        self.sends = False  # messages were written
        self.drawn = False

    def run(self, decision: "_Decision", work: Work) -> Any:
        """Run it, and count what it took since the one before, where the event loop had no turn in between."""
        self._ran[decision.patient] = True
        began = self._ended if self.straight else time.thread_time()
        result = decision.fn(work, *decision.args, **decision.kwargs)
        self._ended = time.thread_time()
        took = self._ended - began
        self._spent[decision.patient] += took
        self.straight += took
        self.sends |= work.sends
        return result

    @property
    def has_time(self) -> bool:
        """Whether something that time brought is in the batch."""
        return self._ran[True]

    def has_room(self, *, patient: bool) -> bool:
        """Whether one more may join. Time joins no batch with people in it; people may join time's for a little."""
        people, time_ = self._spent
        if patient:
            return not self._ran[False] and time_ < _TIME_SECONDS
        return people < (_MIXED_SECONDS if self.has_time else _BATCH_SECONDS)


class Store:
    """The records of one process. One writer: the batch loop."""

    me: str | None = None  # the name of this process among its replicas; it runs alone

    def __init__(self, engine: Engine, vault: Vault, book: Rulebook, clock: Clock) -> None:
        self.engine = engine
        self._writing: Connection | None = None
        self.vault = vault
        self.book = book
        self.clock = clock
        self.outside = Outside()
        self._receipts: set[str] = set()
        self.outbox_written = asyncio.Event()
        self.due_written = asyncio.Event()
        self.earliest_due: datetime | None = None
        self.version: str | None = None  # of the tables, when this process started
        self.outdated = asyncio.Event()
        self.begun = 0  # batches, counted where other replicas' rows come in between
        self.commits = 0
        self.decisions = 0
        self.sender: Sends | None = None
        self._asked_to_draw = False
        self.somebody_waits: Callable[[], bool] = lambda: False  # an update came a moment ago and is not answered yet
        self._queue = _Queue()
        self._waiting = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._tidier: asyncio.Task[None] | None = None
        self._busy = False
        self._crowd = False
        self._fsync_seconds = 1.0  # a running mean
        self._settled = asyncio.Event()
        self._on_commit: list[Callable[[list[tuple[str, str, dict[str, Any]]]], None]] = []

    async def start(self) -> None:
        """Begin to take decisions."""
        self._look_at_clock()
        self._event_loop = asyncio.get_running_loop()
        self._loop = asyncio.create_task(self._run(), name="store")
        if not database.is_shared(self.engine):
            self._tidier = asyncio.create_task(self._tidy(), name="tidier")

    def _look_at_clock(self) -> None:
        with Session(self.engine) as session:
            self.clock.follow(session.get(r.Clock, 1))
            self.version = database.version_now(session.connection())
            session.rollback()

    def check_version(self, work: Work) -> None:
        """A decision of every tick. Raises Outdated."""
        found = database.version_now(work.session.connection())
        if found != self.version:
            raise Outdated(found)

    def outdate(self, error: Outdated) -> None:
        """Told once; the process then ends, and whoever supervises it starts the new one."""
        if not self.outdated.is_set():
            log.error("the tables are newer than this program", action="store.outdated", version=str(error))
            self.outdated.set()

    async def stop(self) -> None:
        """Finish what was handed in, then end."""
        while not self.idle:
            await self._settled.wait()
            await asyncio.sleep(0)
        tasks = [task for task in (self._loop, self._tidier) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._writing is not None:
            self._writing.close()
        self.engine.dispose()

    @property
    def idle(self) -> bool:
        return not self._queue and not self._busy and not self._asked_to_draw

    def draw(self) -> None:
        """Have what waits to leave drawn at the end of a batch, whether that writes any messages or not."""
        self._asked_to_draw = True
        self._settled.clear()
        self._waiting.set()

    def on_commit(self, listener: Callable[[list[tuple[str, str, dict[str, Any]]]], None]) -> None:
        """Called after each commit with the events that were written (kind, subject id, facts)."""
        self._on_commit.append(listener)

    async def decide(self, fn: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a decision inside a transaction. Raises what the decision raises; then nothing was changed."""
        result: R = await self._hand_in(fn, args, kwargs, patient=False)
        return result

    async def decide_patiently(self, fn: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for what time brings: it takes turns with what people do."""
        result: R = await self._hand_in(fn, args, kwargs, patient=True)
        return result

    def _hand_in(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, patient: bool
    ) -> asyncio.Future[Any]:
        decision = _Decision(fn, args, kwargs, asyncio.get_running_loop().create_future(), hearing.get(), patient)
        self._queue.append(decision)
        self._settled.clear()
        self._waiting.set()
        return decision.future

    async def read(self, fn: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Look at the records on a connection of its own, in a thread; nothing is written."""

        def look() -> R:
            with self.engine.connect().execution_options(readonly=True) as connection, Session(connection) as session:
                self._before_reading(connection)
                result = fn(self._work(session), *args, **kwargs)
                session.expunge_all()
                session.rollback()
                return result

        return await asyncio.to_thread(look)

    def _before_reading(self, connection: Connection) -> None:
        """Where several processes write, each asks the database what time it is."""

    def _work(self, session: Session, pending: Pending | None = None) -> Work:
        work = Work(session, self.clock.now(), self.book, self.vault, pending)
        work.outside, work.receipts = self.outside, self._receipts
        return work

    async def _run(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while self._queue or self._asked_to_draw:
                self._busy = True
                try:
                    await self._batch()
                except Exception as error:
                    if database.is_busy(
                        error
                    ):  # a command is writing: a moment later, and the event loop turns meanwhile
                        await asyncio.sleep(_BUSY_PAUSE)
                        continue
                    log.exception("a batch failed", action="store.failed")
                    await asyncio.sleep(_PAUSE)  # the database may be gone; decisions wait in the queue
                finally:
                    self._busy = False
            self._settled.set()

    async def _tidy(self) -> None:
        """What was committed is written from SQLite's log into its file while nobody waits, not in the middle of a burst's commit."""
        tidied = self.commits
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            if self.commits == tidied:
                continue
            while not self.idle or self.somebody_waits():  # noqa: ASYNC110 (they have no common event)
                await asyncio.sleep(_PAUSE)
            tidied = self.commits
            try:
                await asyncio.to_thread(database.tidy, self.engine)
            except Exception as error:
                log.warning("the log cannot be tidied", action="store.untidy", error=type(error).__name__)

    async def _batch(self) -> None:
        taken: list[_Decision] = []
        results: list[Any] = []
        works: list[Work] = []
        with self._transaction() as session:
            pending, share = Pending(), Share()
            try:
                while (decision := await self._next(share)) is not None:
                    if decision.future.cancelled():
                        continue
                    taken.append(decision)
                    work = self._work(session, pending)
                    self._look_ahead(work, decision)
                    results.append(share.run(decision, work))
                    pending = work.pending
                    works.append(work)
                if works:
                    works[-1].flush()
                    _finish(works[-1], taken)
                await self._commit(session)
            except Exception as error:
                session.rollback()
                if len(taken) == 1 and not isinstance(error, _CommitFailed):
                    self._refuse(taken[0], error)
                    return
                failed = error
            else:
                self._settle(taken, results, works)
                return
        if isinstance(failed, _CommitFailed):
            self._put_back(taken)
            raise failed
        for number, decision in enumerate(taken):
            try:
                await self._alone(decision)
            except Exception:
                self._put_back(taken[number:])
                raise

    def _put_back(self, decisions: list[_Decision]) -> None:
        """Into the queue again; what draws comes at the end of the next batch."""
        self._queue.put_back([one for one in decisions if one.then is None])
        self._asked_to_draw |= any(one.then is not None for one in decisions)

    async def _next(self, share: Share) -> _Decision | None:
        """The next of the batch; at its end, what draws the messages that it wrote."""
        if not share.drawn and await self._more(share):
            return self._queue.popleft()
        return self._drawing(share)

    def _drawing(self, share: Share) -> _Decision | None:
        """What draws, once in a batch: two would not know of each other what is on its way."""
        wanted = share.sends
        if self._asked_to_draw:
            self._asked_to_draw, wanted = False, True
        if share.drawn or not wanted or self.sender is None or not self.sender.may_draw():
            return None
        share.drawn = True
        future = self._event_loop.create_future()
        future.add_done_callback(self._drew)
        return _Decision(self.sender.claim, (), {}, future, None, then=self.sender.leave)

    def _drew(self, future: asyncio.Future[Any]) -> None:
        """A bug keeps nothing from leaving later."""
        if (error := future.exception()) is not None:
            log.error("what waits to leave cannot be drawn", action="sender.failed", exc_info=error)
            self._event_loop.call_later(_PAUSE, self.outbox_written.set)

    def _look_ahead(self, work: Work, decision: _Decision) -> None:
        """Whoever speaks in this batch is looked up together with all who wait behind."""
        met: set[int] = work.session.info.setdefault("met", set())
        if decision.hearing is None or not decision.hearing.account or decision.hearing.inbox_id in met:
            return
        heard = [one for one in (decision.hearing, *self._queue.heard()) if one.inbox_id not in met]
        met.update(one.inbox_id for one in heard)
        ahead.look_up_speakers(work, [one.account for one in heard], [one.ref for one in heard if one.ref])
        ahead.read_messages(work, [(one.account, one.text) for one in heard if one.text])

    async def _more(self, share: Share) -> bool:
        """Whether another decision joins the batch. The event loop gets a few turns to bring those that are nearly here; in a
        crowd, two milliseconds: a commit costs more than that wait, and everybody in it shares the cost."""
        if self._queue.patient_next:
            if not share.has_room(patient=True) or (share.has_time and self.somebody_waits()):
                return False  # they see it committed before the next piece begins
            await self._let_people_in()
        elif self._queue and share.straight < _STRAIGHT_SECONDS:
            return share.has_room(patient=False)
        share.straight = 0.0
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if self._queue:
                return share.has_room(patient=self._queue.patient_next)
        if self._crowd and share.has_room(patient=False):
            await asyncio.sleep(_GATHER_SECONDS)
        return bool(self._queue) and share.has_room(patient=self._queue.patient_next)

    async def _let_people_in(self) -> None:
        """What is on its way to us, a press or the answer to a send, takes a dozen turns of the event loop and a moment of the network:
        without them it would wait for one more piece of a burst at each."""
        await asyncio.sleep(_MOMENT)
        for _ in range(_ARRIVING):
            if self._queue.people_wait:
                return
            await asyncio.sleep(0)

    async def _alone(self, decision: _Decision) -> None:
        with self._transaction() as session:
            work = self._work(session)
            try:
                result = decision.fn(work, *decision.args, **decision.kwargs)
                work.flush()
                _finish(work, [decision])
                await self._commit(session)
            except _CommitFailed:
                session.rollback()
                raise
            except Exception as error:
                session.rollback()
                self._refuse(decision, error)
            else:
                self._settle([decision], [result], [work])

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """A session of one transaction; undone where it is left without a commit. Its connection is kept for the next: taking one from the
        pool and giving it back is a third of what an empty batch costs."""
        if self._writing is None or self._writing.closed:
            self._writing = self.engine.connect().execution_options(**{database.IMPATIENT: True})
        self._writing.begin()
        try:
            with Batch(self._writing) as session:
                yield session
        finally:
            self._writing.rollback()

    async def _commit(self, session: Session) -> None:
        session.flush()
        connection = session.connection()
        try:
            fsync = partial(_timed, connection.connection.commit)
            took = fsync() if self._fsync_seconds < _QUICK_DISK else await asyncio.to_thread(fsync)
            self._fsync_seconds += (took - self._fsync_seconds) / 8
            connection.commit()
        except Exception as error:
            raise _CommitFailed from error
        self.commits += 1

    def _refuse(self, decision: _Decision, error: Exception) -> None:
        if not isinstance(error, Refusal):
            log.debug(
                "a decision raised",
                action="decision.failed",
                fn=getattr(decision.fn, "__name__", "?"),
                error=type(error).__name__,
            )
        if not decision.future.done():
            decision.future.set_exception(error)

    def _settle(self, taken: list[_Decision], results: list[Any], works: list[Work]) -> None:
        self.decisions += len(taken)
        self._crowd = len(taken) >= _CROWD
        facts: list[tuple[str, str, dict[str, Any]]] = []
        for decision, result, work in zip(taken, results, works, strict=True):
            if decision.hearing:
                decision.hearing.done = True
            facts += work.log
            if work.earliest_due and (self.earliest_due is None or work.earliest_due < self.earliest_due):
                self.earliest_due = work.earliest_due
                self.due_written.set()
            if decision.then is not None:
                decision.then(result)
            if not decision.future.done():
                decision.future.set_result(result)
        if _more_to_send(taken, works):
            self.outbox_written.set()
        if facts:
            log.info("facts", action="facts", each=[(kind, subject) for kind, subject, _ in facts])
        for listener in self._on_commit:
            listener(facts)

    # ── the rehearsal clock ──────────────────────────────────────────────────────────────────────────────────────────

    async def rehearse(self, *, shown: datetime | None = None, speed: float | None = None) -> None:
        """Set the rehearsal clock: `shown` is the time from now on, `speed` shown seconds per real second."""

        def set_clock(work: Work) -> r.Clock:
            row = work.session.get(r.Clock, 1)
            real, now = self.clock.real(), shown or work.now
            if row is None:
                row = work.add(r.Clock(real=real, shown=now, speed=1.0 if speed is None else speed))
            else:
                row.real, row.shown = real, now
                row.speed = row.speed if speed is None else speed
            tell_replicas(work, "clock")
            return row

        self.clock.follow(await self.decide(set_clock))
        self.due_written.set()
        self.outbox_written.set()


def tell_replicas(work: Work, about: str) -> None:
    """Once this is committed, other replicas look at `about` at once instead of a second later."""
    work.session.info.setdefault(TOLD, set()).add(about)


def _more_to_send(taken: list[_Decision], works: list[Work]) -> bool:
    """Whether messages wait to be looked at. What draws has looked at what the others wrote, and says itself whether there is more."""
    return works[-1].sends if taken and taken[-1].then is not None else any(work.sends for work in works)


def _timed(act: Callable[[], object]) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _finish(work: Work, taken: list[_Decision], me: str | None = None) -> None:
    """The updates behind these decisions are done, in the same transaction as what they caused."""
    ids = {d.hearing.inbox_id for d in taken if d.hearing is not None and not d.hearing.done}
    if not ids:
        return
    connection = work.session.connection()
    if me is None:
        done = change(connection, _DONE, [{"row": row, "now": work.now} for row in ids])
    else:
        done = connection.execute(_DONE_BY_US, {"ids": list(ids), "now": work.now, "me": me}).rowcount
    if done != len(ids):
        raise HeardElsewhere


class _CommitFailed(Exception):
    """The database did not take the batch; its decisions stay in the queue."""
