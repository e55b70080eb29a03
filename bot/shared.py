"""The same store where several replicas write (PostgreSQL): one writer thread and one connection a process, batches as in `bot/store.py`.

Every transaction is serializable. A batch that another replica was quicker than is undone and done again **alone**: it waits until the
others' batches have ended, and theirs wait for it, so that nobody loses twice. When the server goes away, decisions wait in the
queue. A commit whose answer was lost is asked about by its number before anything is done again.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from bot import database
from bot.clock import Clock
from bot.store import TOLD, Outdated, Share, Store, _Decision, _finish, _more_to_send
from workflows.rulebook import Rulebook
from workflows.work import Pending, Vault, Work

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")
_ASK_AGAIN_SECONDS = 0.1
_AWAY_SECONDS = 0.5


@dataclass(slots=True)
class _Done:
    """Decisions that are committed together, with what they returned."""

    taken: list[_Decision]
    results: list[Any]
    works: list[Work]


@dataclass(slots=True)
class _Refused:
    """A decision that raised; nothing of it was kept."""

    decision: _Decision
    error: Exception


_Outcome = _Done | _Refused


class SharedStore(Store):
    """The records that this process shares with its replicas. `me` is its name among them."""

    def __init__(self, engine: Engine, vault: Vault, book: Rulebook, clock: Clock, me: str) -> None:
        super().__init__(engine, vault, book, clock)
        self.me = me
        self.sends: Callable[[], bool] = lambda: (
            False
        )  # whether we are the one that sends, and need not be told by others
        self.redone = 0  # batches that another replica was quicker than
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._doubt: tuple[str, _Done] | None = None
        self._away = False
        self._share = Share()

    def _look_at_clock(self) -> None:
        with self.engine.connect() as connection:
            self._anchor(connection)
            connection.rollback()

    def _before_reading(self, connection: Connection) -> None:
        found = database.moment(connection)
        self.clock.anchor(found.real, found.rehearsal)

    def _anchor(self, connection: Connection) -> None:
        found = database.moment(connection)
        self.version = self.version or found.version
        if found.version != self.version:
            raise Outdated(found.version)
        self.clock.anchor(found.real, found.rehearsal)

    async def stop(self) -> None:
        """Finish what was handed in, then end."""
        await super().stop()
        self._thread.shutdown(wait=False)

    def check_version(self, work: Work) -> None:
        """Every batch begins with it."""

    async def read(self, fn: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Where we were too slow for the server, the same again: nothing was written."""
        while True:
            try:
                return await super().read(fn, *args, **kwargs)
            except Exception as error:
                if not database.was_idle(error):
                    raise
                log.warning("we were too slow; looking again", action="store.slow")

    async def _batch(self) -> None:
        await self._more(Share())
        outcomes: list[_Outcome] = []
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._together, outcomes.append)
        except Outdated as error:
            self.outdate(error)
            self._asked_to_draw = False
            outcomes += [_Refused(self._queue.popleft(), error) for _ in range(len(self._queue))]
        except Exception as error:
            if not database.was_lost(error):
                raise
            if database.was_idle(error):
                log.warning("we were too slow; the batch is done again", action="store.slow")
                return
            tell = log.warning if self._away else log.error
            tell("the database is away; decisions wait", action="store.away", error=type(error).__name__)
            self._away = True
            self.engine.dispose()
            await asyncio.sleep(_AWAY_SECONDS)
        else:
            if self._away:
                log.warning("the database is back", action="store.back")
            self._away = False
        finally:
            for one in outcomes:
                if isinstance(one, _Done):
                    self._settle(one.taken, one.results, one.works)
                else:
                    self._refuse(one.decision, one.error)

    # ── on the writer thread ─────────────────────────────────────────────────────────────────────────────────────────

    def _together(self, tell: Callable[[_Outcome], None]) -> None:
        """One batch. What is lost with the connection goes back into the queue, in its order."""
        if self._doubt is not None:
            self._clear_doubt(*self._doubt, tell)
        taken: list[_Decision] = []
        self._share = Share()
        try:
            error = self._try(self._from_queue(taken), tell)
            if error is None:
                return
            if not taken:
                raise error
            if len(taken) == 1:
                tell(_Refused(taken[0], error))
                return
            while taken:
                error = self._try([taken[0]], tell)
                if error is not None:
                    tell(_Refused(taken[0], error))
                taken.pop(0)
        except Exception:
            kept = self._doubt[1].taken if self._doubt is not None else []
            self._put_back([one for one in taken if one not in kept])
            raise

    def _try(self, decisions: Iterable[_Decision], tell: Callable[[_Outcome], None]) -> Exception | None:
        """Together with the others; where another replica was quicker, the same again alone. Returns what a decision raised."""
        done = _Done([], [], [])
        for alone in (False, True):
            tried, done = done.taken, _Done([], [], [])
            try:
                self._attempt(tried if alone else decisions, done, alone=alone)
            except Exception as error:
                if database.was_lost(error) or isinstance(error, Outdated):
                    raise
                if not database.must_be_redone(error) or alone:
                    return error
                self.redone += 1
            else:
                if done.taken:
                    tell(done)
                return None
        return None

    def _attempt(self, decisions: Iterable[_Decision], done: _Done, *, alone: bool) -> None:
        self.begun += 1  # before it looks at anything
        with self._transaction() as session:
            connection = session.connection()
            database.take_turn(connection, alone=alone)
            self._anchor(connection)
            pending = Pending()
            for decision in decisions:
                done.taken.append(decision)
                work = self._work(session, pending)
                if not alone:
                    self._look_ahead(work, decision)
                done.results.append(self._share.run(decision, work))
                pending = work.pending
                done.works.append(work)
            if not done.works:
                return
            done.works[-1].flush()
            _finish(done.works[-1], done.taken, self.me)
            session.flush()
            number = database.seal(connection, self._said(session, done))
            try:
                connection.commit()
            except Exception as error:
                if number is not None and database.was_lost(error):
                    self._doubt = (number, done)
                raise
        self.commits += 1

    def _from_queue(self, taken: list[_Decision]) -> Iterator[_Decision]:
        while self._queue and self._share.has_room(patient=self._queue.patient_next):
            if self._queue.patient_next and self._share.has_time and self.somebody_waits():
                break  # they see it committed before the next piece begins
            if self._queue.heard_since(self.begun):
                break
            decision = self._queue.popleft()
            if not decision.future.cancelled():
                taken.append(decision)
                yield decision
        drawing = self._drawing(self._share)
        if drawing is not None:
            taken.append(drawing)
            yield drawing

    def _said(self, session: Session, done: _Done) -> str | None:
        """What the other replicas should look at when this is committed."""
        about = set(session.info.get(TOLD, ()))
        if self.sends():  # what waits to leave or falls due is seen to here; the others tick every second anyway
            return json.dumps({"from": self.me, "about": sorted(about), "due": None}) if about else None
        due = [work.earliest_due for work in done.works if work.earliest_due is not None]
        if _more_to_send(done.taken, done.works):
            about.add("outbox")
        if not about and not due:
            return None
        return json.dumps({"from": self.me, "about": sorted(about), "due": min(due).isoformat() if due else None})

    def _clear_doubt(self, number: str, done: _Done, tell: Callable[[_Outcome], None]) -> None:
        """The answer to a commit was lost: was it taken?"""
        with self.engine.connect() as connection:
            while (committed := database.was_committed(connection, number)) is None:
                connection.rollback()
                time.sleep(_ASK_AGAIN_SECONDS)
            connection.rollback()
        self._doubt = None
        log.warning("a commit without an answer", action="store.doubt", committed=committed)
        if committed:
            self.commits += 1
            tell(done)
        else:
            self._put_back(done.taken)
