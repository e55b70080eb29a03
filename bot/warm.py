"""While nobody waits, load what the first alarm would else load while somebody does.

What checks an update, the calendar of holidays, the matcher, the texts, and the statements of a silent call that is then signed: one
that is open is played through and undone, nothing of it is kept or sent. Without it the first press in a burst after a start takes a third
of a second longer.
"""

import asyncio
from collections.abc import Callable, Iterator

import structlog
from sqlmodel import col, select

from bot import shape
from bot.sender import Sender
from bot.store import Store
from handlers import clock
from messages.render import Renderer
from workflows import ahead, hours
from workflows import answer as answers
from workflows import records as r
from workflows.states import CallState
from workflows.work import Work

log = structlog.get_logger()
_QUIET_SECONDS = 1.0
_PAUSE_SECONDS = 0.01
_BUSY_SECONDS = 0.05  # a crowd that is there from the start is asked less often whether it has gone
_PLAYED = 3
"""So many calls: what is looked up for several at once is another statement than for one."""


class Undone(Exception):
    """Raised at the end of what is only played through: the transaction is rolled back."""


class Warmer:
    """One task after a start; it steps aside whenever there is something to do."""

    def __init__(self, store: Store, sender: Sender, renderer: Renderer, is_idle: Callable[[], bool]) -> None:
        self._store = store
        self._sender = sender
        self._renderer = renderer
        self._is_idle = is_idle
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="warmer")

    @property
    def at_work(self) -> bool:
        """Whether there is something left to load."""
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        """A failure costs only the first alarm's third of a second."""
        try:
            await asyncio.sleep(_QUIET_SECONDS)
            await self._quiet()
            shape.load()
            year = self._store.clock.now().year
            await asyncio.to_thread(hours.load, year, year + 1)
            await asyncio.to_thread(self._renderer.read_texts)
            await asyncio.to_thread(self._store.book.matcher.load)
            await self._load(self._renderer.load_texts(alarms_only=True))
            await self._play()
            await self._load(self._renderer.load_texts())
        except Exception as error:
            log.warning("not everything is loaded ahead", action="warm.failed", error=type(error).__name__)

    async def _load(self, texts: Iterator[str]) -> None:
        for _ in texts:
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._quiet()

    async def _quiet(self) -> None:
        while not self._is_idle():  # noqa: ASYNC110 (four loops that have no common event)
            await asyncio.sleep(_BUSY_SECONDS)

    async def _play(self) -> None:
        try:
            await self._store.decide_patiently(self.play)
        except Undone:
            return

    def play(self, work: Work) -> None:
        """The next open calls fall silent, ring whoever is next, are drawn and signed. Always raises, at the latest Undone."""
        query = select(r.Deadline.id).where(r.Deadline.kind == "call.breach", col(r.Deadline.done_at).is_(None))
        ids = work.session.exec(query.order_by(col(r.Deadline.due_at)).limit(_PLAYED)).all()
        rows = work.claim_due([i for i in ids if i is not None])
        ahead.look_up(work, rows)
        for row in rows:
            work.done(row)
            clock.DUE[row.kind](work, row)
        work.flush()
        self._sender.draw_only(work, [row.subject_id for row in rows])
        for row in rows:
            call = work.find(r.Call, row.subject_id)
            by = work.person(call.called[0]) if call is not None and call.called else None
            if call is not None and by is not None and call.state is CallState.OPEN:
                answers.acknowledge(work, call, by)
        work.flush()
        raise Undone
