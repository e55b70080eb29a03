"""Say: committed outbox rows leave, alarms first, within Telegram's limits; every outcome is written down.

    queued ─► (does it still hold? drawn from the records) ─► sending ─► sent | failed | unknown | dropped

Nothing leaves before `sending` is committed. A row found `sending` at start may have arrived: alarms and answers go again, marked as a
repeat; edits are repeated; reminders and digests are let be.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
import structlog
from sqlalchemy import bindparam, or_, select, update
from sqlmodel import SQLModel, col
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.clean import CannotClean, clean
from bot.lease import Lease
from bot.request import AiohttpRequest, NotSent
from bot.store import Store
from messages import buttons, cards
from messages.picture import picture_of
from messages.render import Renderer, plain
from workflows import ahead, leaving, notify, roster, rows
from workflows import board as boards
from workflows import bundle as bundles
from workflows import records as r
from workflows import rung as rungs
from workflows import tip as tips
from workflows.events import Kind
from workflows.leaving import Leaving
from workflows.notify import Audience
from workflows.states import OutboxState
from workflows.work import BOARD, Lane, To, Work

log = structlog.get_logger()

_AT_ONCE = 96
_CLAIM = 72  # rows that a look reads at least
_NEVER_LEFT = timedelta(seconds=5)  # a claim whose commit failed
_SOON = timedelta(seconds=0.1)
_COUNTED = timedelta(seconds=1)
_FEW = 8
_PATIENCE = timedelta(seconds=0.05)
_DRAWN = 64  # messages that one batch draws, about 0.2 ms each: a press waits for these few
_CALLS_DRAWN = 16  # where some of them are about calls, about 2 ms each
_ROUNDS = 8  # a crowded chat must not hide the others behind its first rows
_RETRY_FOR = timedelta(seconds=60)
_LOOK_SECONDS = 1.0  # whoever is not woken looks that often whether something waits
_PRIVATE_BURST, _PRIVATE_RATE = 5.0, 1.0
_FREE = "free"  # in a session's info: chats whose last message has arrived, as this batch notes
_MAY_ARRIVE_AGAIN: dict[int, int] = {
    Lane.ALARM: 60,
    Lane.ANSWER: 6,
}  # how often a message may go out that may have arrived: an alarm for an hour
_MEDIA = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "voice": "sendVoice",
    "document": "sendDocument",
    "video_note": "sendVideoNote",
    "audio": "sendAudio",
}  # Telegram sends a file again only as what it was


@dataclass(slots=True)
class Ready:
    """One message drawn and marked `sending`."""

    row: Leaving
    """As it is on its way."""
    chat: str
    method: str
    params: dict[str, Any]
    fence: int
    look: str = ""
    topic: str | None = None
    mute: bool = False
    first: bool = False
    """Nothing was sent about this before."""


@dataclass(slots=True)
class _Answered:
    """Sends that were answered while the store was busy: they are noted together. Each with the number that the message has now."""

    sends: list[tuple[Ready, int | None]] = field(default_factory=list)
    closed: bool = False
    """Being noted: what is answered now belongs to the next."""
    noted: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Bucket:
    """How many messages a chat may still get at once, and how fast that grows again."""

    capacity: float
    per_second: float
    tokens: float
    at: datetime

    def ready_at(self, now: datetime) -> datetime:
        self.tokens = min(self.capacity, self.tokens + max(0.0, (now - self.at).total_seconds()) * self.per_second)
        self.at = now
        if self.tokens >= 1:
            return now
        return now + timedelta(seconds=(1 - self.tokens) / self.per_second)

    def take(self) -> None:
        self.tokens -= 1


@dataclass(slots=True)
class _Second:
    """At most so many in any one second, wherever the second begins; a few more for alarms, so that none waits behind what just left.

    It counts from the answer, which comes after Telegram has counted: those that left late, or were long on their way, would else be
    caught up with by those of the next second. What is never answered counts for two seconds.
    """

    most: int
    claimed: deque[datetime] = field(default_factory=deque)  # drawn, and about to leave
    away: dict[int, datetime] = field(default_factory=dict)  # outbox row → when it left
    answered: deque[datetime] = field(default_factory=deque)
    full_until: datetime | None = None  # when the first place of a second that was full for everything became free

    def worth_at(self, now: datetime) -> datetime:
        """When it is worth looking for what may leave. A full second ends place by place, as its answers came; a look for one message
        costs nearly as much as one for eight, so it waits for a few, and for a twentieth of a second at most."""
        at = self.ready_at(now, Lane.ALARM)
        if at > now:
            self.full_until = at
        elif self.full_until is not None:
            patient = self.full_until + _PATIENCE
            if now < patient and 0 < self._most(Lane.ALARM) - self._counted() < min(_FEW, self.most // 3):
                return patient
            self.full_until = None
        return at

    def ready_at(self, now: datetime, lane: int) -> datetime:
        while self.answered and now - self.answered[0] >= _COUNTED:
            self.answered.popleft()
        for row, at in list(self.away.items()):
            if now - at >= 2 * _COUNTED:
                del self.away[row]
        while self.claimed and now - self.claimed[0] >= _NEVER_LEFT:
            self.claimed.popleft()
        too_many = self._counted() - self._most(lane) + 1
        if too_many <= 0:
            return now
        return self.answered[too_many - 1] + _COUNTED if too_many <= len(self.answered) else now + _SOON

    def room(self, now: datetime, lane: int) -> int:
        """How many may be drawn now."""
        if self.ready_at(now, lane) > now:
            return 0
        return self._most(lane) - self._counted()

    def _counted(self) -> int:
        return len(self.claimed) + len(self.away) + len(self.answered)

    def _most(self, lane: int) -> int:
        return self.most + (max(1, self.most // 8) if lane == Lane.ALARM else 0)

    def take(self, now: datetime) -> None:
        self.claimed.append(now)

    def leaves(self, row: int, now: datetime) -> None:
        if self.claimed:
            self.claimed.popleft()
        self.away[row] = now

    def comes_back(self, row: int, now: datetime) -> None:
        """It was answered, or nobody will answer it any more."""
        if self.away.pop(row, None) is not None:
            self.answered.append(now)


@dataclass(slots=True)
class _Budgets:
    """Telegram's limits: per private chat, per group, in all."""

    rate: float
    group_per_minute: int
    everybody: _Second = field(init=False)
    chats: dict[str, _Bucket] = field(default_factory=dict)
    halted: dict[str, datetime] = field(default_factory=dict)
    waits: dict[str, datetime] = field(default_factory=dict)  # chats that have used up what they may get, until then
    halts: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=20))

    def __post_init__(self) -> None:
        self.everybody = _Second(max(1, int(self.rate)))

    def all_ready_at(self, now: datetime, lane: int) -> datetime:
        """When anything of this lane may leave, whoever it is for."""
        until = self.halted.get("*", now)
        return until if self.rate == 0 else max(until, self.everybody.ready_at(now, lane))

    def worth_at(self, now: datetime) -> datetime:
        """When it is worth looking for what may leave, whoever it is for."""
        until = self.halted.get("*", now)
        return until if self.rate == 0 else max(until, self.everybody.worth_at(now))

    def room(self, now: datetime, most: int) -> int:
        """How many may be drawn at once, of so many."""
        return most if self.rate == 0 else min(most, self.everybody.room(now, Lane.ALARM))

    def chat_ready_at(self, chat: str, now: datetime) -> datetime:
        until = self.halted.get(chat, now)
        return until if self.rate == 0 else max(until, self._bucket(chat, now).ready_at(now))

    def take(self, chat: str, now: datetime) -> None:
        if self.rate == 0:
            return
        self.everybody.take(now)
        bucket = self._bucket(chat, now)
        bucket.ready_at(now)
        bucket.take()

    def _bucket(self, key: str, now: datetime) -> _Bucket:
        found = self.chats.get(key)
        if found is None:
            if key.startswith("-"):
                capacity, per_second = float(self.group_per_minute), self.group_per_minute / 60
            else:
                capacity, per_second = _PRIVATE_BURST, _PRIVATE_RATE
            if len(self.chats) > 20_000:
                self.chats.clear()
            found = self.chats[key] = _Bucket(capacity, per_second, capacity, now)
        return found

    def halt(self, chat: str, now: datetime, seconds: float) -> None:
        """A 429 stops its own chat; three chats within a second mean that it is for all."""
        self.halted[chat] = now + timedelta(seconds=seconds)
        self.halts.append((now, chat))
        recent = {c for at, c in self.halts if now - at < timedelta(seconds=1)}
        if len(recent) >= 3:
            self.halted["*"] = now + timedelta(seconds=seconds)


class Sender:
    """One per bot token."""

    def __init__(
        self,
        store: Store,
        request: AiohttpRequest,
        base_url: str,
        renderer: Renderer,
        rate: float,
        lease: Lease | None = None,
    ) -> None:
        self._store = store
        self._lease = lease or Lease("send")
        self._recovered: int | None = None  # the fence under which what earlier holders left behind was taken up
        self._kept_back: set[int] = set()  # rows marked `sending` that did not leave, because the lease had run out
        self._request = request
        self._base = base_url
        self._renderer = renderer
        group_rate = store.book.policy.versions[-1].notice.group_sends_per_minute
        self._budgets = _Budgets(rate, group_rate)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._crowded: set[str] = set()  # chats for which the last look found more than may be on its way at once
        self._full = False  # it stopped before it had seen everything
        self._answered = _Answered(closed=True)
        self._task: asyncio.Task[None] | None = None
        self.next_at: datetime | None = None
        self._waits_for: datetime | None = None  # what `next_at` was when `_run` began to wait
        self.claiming = False
        self._stopping = False

    @property
    def idle(self) -> bool:
        """Nothing on the way, and nothing that could leave now."""
        return not self._busy and not self.claiming and not self._store.outbox_written.is_set()

    async def start(self) -> None:
        await self._take_up()
        self._store.outbox_written.set()
        self._store.sender = self
        self._task = asyncio.create_task(self._run(), name="sender")

    async def stop(self) -> None:
        """Let what is on the way arrive, then end."""
        self._stopping = True
        self._store.outbox_written.set()
        if self._task:
            await asyncio.wait([self._task], timeout=10)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            with suppress(TimeoutError):  # what is being marked `sending` must leave, or it would go twice later
                await asyncio.wait_for(self._store.decide(_nothing), 10)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while self._busy:
                    await asyncio.wait(set(self._busy.values()))

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._wait()
                if self._stopping:
                    return
                self.claiming = True
                self._store.outbox_written.clear()
                now = self._store.clock.now()
                if not await self._take_up():
                    self.next_at = None
                elif (at := self._budgets.worth_at(now)) > now:
                    self.next_at = at  # not even an alarm may leave before, or only one of them
                elif len(self._busy) < _AT_ONCE:
                    self._store.draw()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("the sender stumbled", action="sender.failed")
                await asyncio.sleep(0.5)
            finally:
                self.claiming = False

    async def _take_up(self) -> bool:
        """Whether we are the one who sends. Whoever has just become it first takes up what the one before left on the way."""
        lease = self._lease
        if not lease.held:
            return False
        if self._recovered != lease.fence:
            fence = lease.fence
            if await self._store.decide(_recover, lease):
                self._recovered = fence
        if self._kept_back:
            ids, self._kept_back = self._kept_back, set()
            await self._store.decide(_give_back, ids)
        return self._recovered == lease.fence

    def may_draw(self) -> bool:
        """Whether a batch may end with `claim`. Where it may not, `_run` knows when the next one may."""
        if self._stopping or self._kept_back or not self._lease.held or self._recovered != self._lease.fence:
            return False
        now = self._store.clock.now()
        return len(self._busy) < _AT_ONCE and self._budgets.worth_at(now) <= now

    def leave(self, claimed: list[Ready]) -> None:
        """These are marked, and that is committed."""
        for ready in claimed:
            self._busy[ready.chat] = asyncio.create_task(self._deliver(ready), name="delivery")
        late = self._crowded.difference(self._busy)  # free again before the look that missed it was committed
        self._crowded -= late
        if late or (self._full and len(self._busy) < _AT_ONCE):
            self._store.outbox_written.set()
        if self.next_at is not None and (self._waits_for is None or self.next_at < self._waits_for):
            self._store.outbox_written.set()

    def _free(self, chat: str, task: asyncio.Task[None] | None) -> None:
        """Unless another task has it now, nothing is on its way to this chat. The last look knows whether anything waits for that."""
        if self._busy.get(chat) is not task:
            return
        del self._busy[chat]
        if self._full or chat in self._crowded:
            self._crowded.discard(chat)
            self._store.outbox_written.set()

    async def _wait(self) -> None:
        timeout = _LOOK_SECONDS
        clock = self._store.clock
        self._waits_for = self.next_at
        if self.next_at is not None and clock.speed > 0:
            timeout = min(timeout, max(0.0, (self.next_at - clock.now()).total_seconds() / clock.speed))
        try:
            await asyncio.wait_for(self._store.outbox_written.wait(), timeout)
        except TimeoutError:
            return

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def claim(self, work: Work) -> list[Ready]:
        """Take the first rows of free chats, draw them from the records, mark them `sending`. One at a time: what it returns is on its
        way (`leave`) before the next one begins."""
        if not self._lease.holds(work):
            return []
        work.flush()
        looked_at: list[Leaving] = []
        with work.session.no_autoflush:
            taken = self._take(work, looked_at)
            leaving.write(work, looked_at)
        return taken

    def _take(self, work: Work, looked_at: list[Leaving]) -> list[Ready]:
        """Whatever is done with a row is done in hand; `looked_at` is what there is to write.

        A chat whose last message has arrived, as this batch notes, is free for what is said in it. An edit waits until that is committed:
        what changes meanwhile is told by the same edit, and a group may get few of them.
        """
        now = work.now
        freed: set[str] = work.session.info.get(_FREE, set())
        self._crowded -= freed
        busy = set(self._busy) - freed
        self.next_at, self._full = None, False
        unread = {c for c, until in list(self._budgets.halted.items()) if until > now and c != "*"}
        unread |= self._waiting_chats(now)
        passed = unread.union(busy)
        unread |= self._crowded.intersection(busy)
        taken: dict[str, Ready] = {}
        # where many may leave, the rows of one crowded chat must not make two looks of one
        read = max(_CLAIM, 2 * self._budgets.room(now, _DRAWN))
        for _ in range(_ROUNDS):
            found = leaving.first(work, unread, read)
            progress = False
            free = {row.chat: row for row in reversed(found)}
            most = _CALLS_DRAWN if any(row.template.startswith("call.") for row in found) else _DRAWN
            ahead.look_up_messages(work, [*reversed(free.values())][: self._budgets.room(now, most)])
            for row in found:
                chat = row.chat
                if row.lane == Lane.EDIT and chat in freed and chat not in passed:
                    passed.add(chat)
                    self._crowded.add(chat)
                if chat in passed:
                    unread.add(chat)
                    if chat in taken or chat in busy:
                        self._crowded.add(chat)
                    continue
                if len(taken) + len(busy) >= _AT_ONCE:
                    self._full = True
                    continue
                if len(taken) >= most:
                    work.sends = True
                    return list(taken.values())
                if (at := self._budgets.all_ready_at(now, row.lane)) > now:
                    self._wake_at(at)
                    return list(taken.values())  # nothing behind it may leave earlier
                passed.add(chat)
                unread.add(chat)
                if (at := self._budgets.chat_ready_at(chat, now)) > now:
                    self._budgets.waits[chat] = at
                    self._wake_at(at)
                    continue
                progress = True
                looked_at.append(row)
                ready = self._draw(work, row, chat)
                if ready is not None:
                    self._budgets.take(chat, now)
                    taken[chat] = ready
                else:
                    work.sends = True
            if len(found) < read:
                break
            if progress:
                work.sends = True  # we look again at once, and then at what comes later
                return list(taken.values())
        else:
            self._full = True
        later = leaving.next_at(work)
        if later is not None:
            self._wake_at(later)
        return list(taken.values())

    def _waiting_chats(self, now: datetime) -> set[str]:
        """Chats that get nothing yet: their rows are not even read."""
        waits = self._budgets.waits = {chat: at for chat, at in self._budgets.waits.items() if at > now}
        for at in waits.values():
            self._wake_at(at)
        return set(waits)

    def _wake_at(self, at: datetime) -> None:
        self.next_at = at if self.next_at is None else min(self.next_at, at)

    def _draw(self, work: Work, row: Leaving, chat: str) -> Ready | None:
        try:
            why = notify.withheld(work, row)
            if why is not None:
                _end(work, row, OutboxState.DROPPED, why)
                return None
            if row.template == bundles.LIST and row.act == "card" and not _list_waits(work, row):
                return None
            if row.account is not None and _not_served(work, row):
                _disabled(work, row)
                return None
            if row.act == "media" and row.template == "note.original" and _stays_sealed(work, row):
                _end(work, row, OutboxState.DROPPED, "sealed evidence")
                return None
            if row.template == Kind.TIP_SUBMITTED and row.act == "card" and row.chat_id is not None:
                self._bundle(work, row)
            if bundles.rings(row) and self._waits(work, row):
                return None
            method, params = self._message(work, row)
            chat_id = row.chat_id if row.chat_id is not None else work.chat_of(row.account or "")
        except Exception as error:
            log.exception(
                "a message cannot be drawn", action="outbox.failed", template=row.template, audience=row.audience
            )
            _end(work, row, OutboxState.FAILED, f"{type(error).__name__}")
            return None
        look = _look(work, row, params)
        card = work.find(r.Card, row.card_id)
        if card is not None and card.look == look:
            _end(work, row, OutboxState.DROPPED, "unchanged")
            return None
        if card is not None and row.template == BOARD:
            card.at = work.now  # the next edit waits from here
        row.state, row.sending_at, row.dedupe, row.error = OutboxState.SENDING, work.now, None, None
        row.fence = self._lease.fence
        row.attempts += 1
        params["chat_id"] = chat_id
        text = params.get("text")
        if isinstance(text, str):
            row.sent_text = work.seal(row.account, text) if row.account else text.encode()
        return Ready(
            row=row,
            chat=chat,
            method=method,
            params=params,
            fence=self._lease.fence,
            look=look,
            topic=_topic_name(work, row, self._renderer),
            mute=row.act == "media" and not _may_sound(work, row),
            first=work.is_new(row.subject_id),
        )

    def draw_only(self, work: Work, subject_ids: Sequence[str]) -> None:
        """Draw what waits about these, for a transaction that is undone: nothing leaves, no budget is used."""
        found = leaving.about(work, subject_ids, _CALLS_DRAWN)
        with work.session.no_autoflush:
            ahead.look_up_messages(work, found)
            for row in found:
                self._draw(work, row, row.chat)
            leaving.write(work, found)

    def _message(self, work: Work, row: Leaving) -> tuple[str, dict[str, Any]]:
        if row.act == "pin":
            return "pinChatMessage", {"message_id": row.message, "disable_notification": True}
        if row.act == "topic_closed":
            return "closeForumTopic", {"message_thread_id": row.thread}
        facts = dict(row.facts or (work.unseal(row.account or "", row.sealed) if row.sealed else {}))
        if row.act == "delete":
            return "deleteMessage", {"message_id": row.message}
        if row.act == "file":
            kept = (facts["name"], base64.b64decode(facts["content"]))
            return "sendDocument", {"document": kept}
        if row.act == "picture":
            # covered until it is tapped; the caption says nothing that a locked screen should not show
            caption = self._renderer.line("dialogs", "picture", row.lang)
            drawn = ("code.png", picture_of(facts["code"]))
            return "sendPhoto", {"photo": drawn, "caption": caption, "has_spoiler": True, "protect_content": True}
        if row.act == "code":
            caption = self._renderer.line("dialogs", "pay_code", row.lang, facts)
            drawn = ("code.png", picture_of(facts["code"]))
            return "sendPhoto", {"photo": drawn, "caption": caption, "parse_mode": "HTML"}
        if row.act == "media" and facts["kind"] == "location":
            here = {"latitude": facts["latitude"], "longitude": facts["longitude"], "protect_content": True}
            return "sendLocation", here
        if row.act == "media":
            return _MEDIA[facts["kind"]], {facts["kind"]: facts["file_id"], "protect_content": True}
        live = (
            cards.VIEWS.get(row.template)
            if row.act in ("card", "edit") and row.facts is None and row.sealed is None
            else None
        )
        if live is not None:
            reader = row.account if row.template == bundles.LIST else row.person_id
            facts = live(work, row.subject_id or "", reader) or facts
        text = self._renderer.message(row.template, row.lang, row.audience, facts, drill=row.drill)
        if row.repeat:
            text = f"{self._renderer.line('dialogs', 'repeat', row.lang)} {text}"
        params: dict[str, Any] = {"text": text, "parse_mode": "HTML"}
        keyboard = [[_button(b, self._renderer, row.lang) for b in line] for line in _keyboard(work, row, facts)]
        row.keyboard = keyboard or None
        if keyboard:
            params["reply_markup"] = {"inline_keyboard": keyboard}
        elif "reply_keyboard" in facts:
            params["reply_markup"] = _reply_keyboard(facts["reply_keyboard"], self._renderer, row.lang)
        if row.act == "edit":
            params["message_id"] = row.message
            params.setdefault("reply_markup", {"inline_keyboard": []})
            return "editMessageText", params
        if row.thread is not None:
            params["message_thread_id"] = row.thread
        if facts.get("protect"):
            params["protect_content"] = True
        if row.lane >= Lane.DIGEST or notify.is_silent(work, row.template, row.subject_id):
            params["disable_notification"] = True
        params["link_preview_options"] = {"is_disabled": True}
        return "sendMessage", params

    def _bundle(self, work: Work, row: Leaving) -> None:
        """More waiting cards than policy allows for one group become one list."""
        waiting = leaving.cards_for(work, row.chat_id or 0, row.template)
        if len(waiting) <= work.policy.squad_cards_before_list:
            return
        listed = []
        for tip in work.load(r.Tip, [one.subject_id for one in waiting]):
            due_at = tips.shown_due(work, tip)
            due = due_at.isoformat() if due_at else None
            listed.append(
                {
                    "name": tips.display(tip, work),
                    "place": cards.place_facts(tip),
                    "matter": tip.matter_code,
                    "due_at": due,
                    "ref": tip.ref,
                }
            )
        others = [one for one in waiting if one.id != row.id]
        for one in others:
            _end(work, one, OutboxState.DROPPED, "bundled")
        leaving.write(work, others)
        row.act, row.template, row.thread = "send", "tips.waiting", None
        row.facts = {"tips": listed[:20], "count": len(listed)}

    def _waits(self, work: Work, row: Leaving) -> bool:
        """Whether this call waits for others to come with it; if others ring the same person now, it becomes their list."""
        until = bundles.wait_until(work, row)
        if until is not None and until > work.now:
            row.not_before, row.error = until, bundles.HELD
            return True
        found = bundles.together(work, row)
        if found:
            ringing: list[Leaving | r.Outbox] = [row, *found]
            bundles.open_list(work, row.account or "", [(w.subject_id or "", w.person_id or "") for w in ringing])
            row.template = bundles.LIST
            for one in found:
                _end(work, one, OutboxState.DROPPED, "bundled")
        return False

    # ── delivering ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _deliver(self, ready: Ready) -> None:
        try:
            await self._try(ready)
        except Exception as error:
            log.error("an outcome cannot be noted", action="sender.failed", exc_info=error)
        finally:
            self._free(ready.chat, asyncio.current_task())

    async def _try(self, ready: Ready) -> None:
        if self._keeps_back(ready):
            return
        try:
            if ready.topic is not None:
                await self._make_topic(ready)
            if ready.row.act == "media" and ready.row.template == "note.original":
                await self._fresh_copy(ready)
            if self._keeps_back(ready):  # stopped while the topic was made or the picture cleaned
                return
            result = await self._counted(ready)
        except CannotClean:
            await self._store.decide(_kept_back, ready)
            return
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._failed(ready, error)
            return
        self._note(ready, result.get("message_id") if isinstance(result, dict) else None)

    def _note(self, ready: Ready, message: int | None) -> None:
        """It has arrived. Its chat stays busy until that is committed."""
        answered = self._answered
        if answered.closed:
            answered = self._answered = _Answered()
            answered.noted = asyncio.create_task(self._write_down(answered), name="outcomes")
        answered.sends.append((ready, message))
        assert answered.noted is not None  # noqa: S101
        self._busy[ready.chat] = answered.noted

    async def _write_down(self, answered: _Answered) -> None:
        try:
            await self._written(answered)
        finally:
            for ready, _ in answered.sends:
                self._free(ready.chat, answered.noted)

    async def _written(self, answered: _Answered) -> None:
        """One that cannot be noted keeps no other from it."""
        try:
            await self._store.decide(self._arrived, answered)
        except Exception as error:
            if len(answered.sends) == 1:
                log.error("an outcome cannot be noted", action="sender.failed", exc_info=error)
            else:
                await asyncio.gather(*[self._written(_Answered([one], closed=True)) for one in answered.sends])

    def _arrived(self, work: Work, answered: _Answered) -> None:
        """Note them. What waited for one of their chats is drawn at the end of the same batch, not after a commit of its own."""
        _sent(work, answered)
        chats = {ready.chat for ready, _ in answered.sends}
        work.session.info.setdefault(_FREE, set()).update(chats)
        work.sends |= self._full or not self._crowded.isdisjoint(chats)

    async def _counted(self, ready: Ready) -> Any:
        """The call itself, as the budget of all chats counts it."""
        everybody, clock = self._budgets.everybody, self._store.clock
        if self._budgets.rate:
            everybody.leaves(ready.row.id, clock.now())
        try:
            return await self._request.call(f"{self._base}/{ready.method}", ready.params)
        finally:
            everybody.comes_back(ready.row.id, clock.now())

    def _keeps_back(self, ready: Ready) -> bool:
        """We were stopped since this was marked: another sends now."""
        if self._lease.held and self._lease.fence == ready.fence:
            return False
        log.warning("kept back", action="outbox.kept_back", outbox=ready.row.id, fence=ready.fence)
        self._kept_back.add(ready.row.id)
        return True

    async def _fresh_copy(self, ready: Ready) -> None:
        """The sender's picture or file without what it says about them, as a new file: Telegram's own number of it changes too.

        Raises CannotClean: then it stays sealed.
        """
        kind = next((k for k in _MEDIA if k in ready.params), None)
        if kind is None or not isinstance(ready.params[kind], str):
            return
        try:
            found = await self._request.call(f"{self._base}/getFile", {"file_id": ready.params[kind]})
        except BadRequest as error:
            raise CannotClean("cannot be fetched") from error
        root, _, token = self._base.rpartition("/bot")
        data = await self._request.download(f"{root}/file/bot{token}/{found['file_path']}")
        name, fresh, _ = await asyncio.to_thread(partial(clean, data, mute=ready.mute))
        ready.params[kind] = (name, fresh)

    async def _make_topic(self, ready: Ready) -> None:
        params = {"chat_id": ready.params["chat_id"], "name": ready.topic}
        made = await self._request.call(f"{self._base}/createForumTopic", params)
        thread = int(made["message_thread_id"])
        ready.params["message_thread_id"] = thread
        await self._store.decide(_topic_made, ready, thread)
        ready.row.thread = thread

    async def _failed(self, ready: Ready, error: Exception) -> None:
        text = str(error).lower()
        now = self._store.clock.now()
        decide = self._store.decide
        if isinstance(error, ChatMigrated):
            await decide(_migrated, ready, int(error.new_chat_id))
        elif isinstance(error, RetryAfter):
            seconds = error.retry_after
            wait = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
            self._budgets.halt(ready.chat, now, wait)
            await decide(_told_to_wait, ready, now + timedelta(seconds=wait))
        elif isinstance(error, Forbidden) or (isinstance(error, BadRequest) and "chat not found" in text):
            log.warning("cannot be reached", action="outbox.unreachable", template=ready.row.template)
            await decide(_unreachable, ready, text[:80])
        elif isinstance(error, BadRequest):
            await self._refused(ready, text)
        elif isinstance(error, NotSent):
            await self._retry(ready, now, repeat=False, why="not sent")
        elif isinstance(error, TimedOut):
            await decide(_unknown, ready)
        elif isinstance(error, NetworkError | TelegramError):
            await self._retry(ready, now, repeat=False, why=type(error).__name__)
        else:
            log.error(
                "a message failed", action="outbox.failed", template=ready.row.template, error=type(error).__name__
            )
            await decide(_failed_for_good, ready, type(error).__name__)

    async def _refused(self, ready: Ready, text: str) -> None:
        decide = self._store.decide
        if ready.row.act == "pin":  # no right to pin, or the message is gone: the board is there all the same
            log.warning("the board cannot be pinned", action="board.unpinned", error=text[:80])
            await decide(_not_pinned, ready, text[:80])
        elif "message is not modified" in text or "topic_not_modified" in text:
            self._note(ready, None)
        elif (
            "message to edit not found" in text
            or "message can't be edited" in text
            or (ready.row.act == "delete" and "delete" in text)
        ):
            await decide(_card_gone, ready)
        elif "thread not found" in text:
            await decide(_topic_gone, ready)
        elif "can't parse entities" in text and "parse_mode" in ready.params:
            log.error("bad markup, sent plain", action="outbox.markup", template=ready.row.template)
            ready.params["text"] = plain(ready.params["text"])
            ready.params.pop("parse_mode")
            await self._try(ready)
        else:
            log.error(
                "Telegram refused a message", action="outbox.failed", template=ready.row.template, error=text[:120]
            )
            await decide(_failed_for_good, ready, text[:120])

    async def _retry(self, ready: Ready, now: datetime, *, repeat: bool, why: str) -> None:
        """1, 2, 4, 8 … seconds inside a minute; after four failures an alarm also goes to the next contact."""
        if now - ready.row.queued_at > _RETRY_FOR + timedelta(seconds=60) and ready.row.lane != Lane.ALARM:
            await self._store.decide(_failed_for_good, ready, why)
            return
        wait = min(2.0 ** (ready.row.attempts - 1), 15.0)
        if ready.row.attempts == 4:
            await self._store.decide(_given_up, ready)
        await self._store.decide(_again, ready, now + timedelta(seconds=wait), why, repeat=repeat)


# ── outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _look(work: Work, row: Leaving, params: dict[str, Any]) -> str:
    """What a live message will show, as a keyed hash; empty for messages that are not live."""
    if row.act not in ("card", "edit"):
        return ""
    shown = orjson.dumps([params.get("text"), params.get("reply_markup", {}).get("inline_keyboard") or []])
    return work.vault.mark("look", shown.decode())[:32]


def _row(work: Work, ready: Ready) -> r.Outbox | None:
    """The row, if it is still ours: whoever took the lease from us has taken up what was on the way, and we change it no more."""
    row = work.find(r.Outbox, ready.row.id)
    return row if row is not None and row.state is OutboxState.SENDING and row.fence == ready.fence else None


def _end(work: Work, row: r.Outbox | Leaving, state: OutboxState, error: str | None = None) -> None:
    row.state, row.error, row.dedupe, row.sealed = state, error, None, None


_TABLE = SQLModel.metadata.tables["outbox"]
_OURS = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row"), _TABLE.c.state == OutboxState.SENDING)
    .where(_TABLE.c.fence == bindparam("ours"))
    .values(state=OutboxState.SENT, sent_at=bindparam("now"), sent_message=bindparam("number"), error=None, sealed=None)
)
_ARRIVED = _OURS.where(_TABLE.c.error.is_(None))
_AS_THEY_ARE = select(*(_TABLE.c[name] for name in ("id", "state", "fence", "error", "sent_at", "sent_message"))).where(
    _TABLE.c.id.in_(bindparam("ids", expanding=True))
)


def _sent(work: Work, answered: _Answered) -> None:
    """These have arrived: whoever took the lease from us meanwhile has taken up what was on the way, and we change it no more."""
    answered.closed = True
    session = work.session
    if any(isinstance(one, r.Outbox) for one in session.dirty):
        session.flush()
    ours = _noted(work, answered.sends)
    session.info.pop("delivered", None)
    work.load(r.Card, [ready.row.card_id for ready, _ in ours])
    for ready, message in ours:
        leaving.forget(session, ready.row.id)
        _shown(work, ready.row, ready, message)


def _noted(work: Work, sends: list[tuple[Ready, int | None]]) -> list[tuple[Ready, int | None]]:
    """Mark them sent; those that were ours. One statement for nearly all: only where it did not find each of them as we left it, what
    became of them is looked at."""
    connection, now = work.session.connection(), work.now
    given = {ready.row.id: _as_ours(ready, message, now) for ready, message in sends}
    if rows.change(connection, _ARRIVED, list(given.values())) == len(given):
        return sends
    found = {row.id: row for row in connection.execute(_AS_THEY_ARE, {"ids": list(given)})}
    ours, changed = [], []
    for ready, message in sends:
        row = found.get(ready.row.id)
        if row is None or row.fence != ready.fence:
            continue
        if row.state is OutboxState.SENDING:  # what it shows was changed meanwhile
            ready.row.error = row.error
            changed.append(given[row.id])
            ours.append((ready, message))
        elif (row.state, row.sent_at, row.sent_message) == (OutboxState.SENT, now, message):
            ours.append((ready, message))
    rows.change(connection, _OURS, changed)
    return ours


def _as_ours(ready: Ready, message: int | None, now: datetime) -> dict[str, Any]:
    return {"row": ready.row.id, "ours": ready.fence, "now": now, "number": message}


def _shown(work: Work, row: Leaving, ready: Ready, message: int | None) -> None:
    """What follows from one message that has arrived; `row` as it was on its way."""
    _note_delay(work, row)
    if row.act == "picture" and message is not None:
        _picture_stays(work, row, message)
    if row.act == "card" and message is not None and row.subject_id:
        if not ready.first:  # it has moved down; only the newest is kept up to date
            work.drop_cards(row.subject_id, row.account, row.chat_id)
        if row.template == BOARD:
            boards.pin(work, To(row.account, row.chat_id, row.lang, row.person_id, row.thread), row.subject_id, message)
        for subject_id in _shown_on(work, row):
            work.keep_card(
                template=row.template,
                audience=row.audience,
                subject_id=subject_id,
                account=row.account,
                chat_id=row.chat_id,
                thread=row.thread,
                lang=row.lang,
                drill=row.drill,
                person_id=row.person_id,
                message=message,
                look=ready.look,
                at=work.now,
            )
        if row.error == "changed":
            work.refresh(row.subject_id)
    edited = work.find(r.Card, row.card_id)
    if edited is not None:
        edited.look = ready.look


def _not_served(work: Work, row: Leaving) -> bool:
    """The reader blocked the bot, or said /stop: then only the answers to what is typed or pressed leave."""
    identity = work.identity(row.account or "")
    answers = row.template.startswith(("note.", "ask.")) or (row.act == "edit" and row.template in notify.FOLDED)
    return identity.blocked_at is not None or (identity.stopped_at is not None and not answers)


def _list_waits(work: Work, row: Leaving) -> bool:
    if bundles.still_waits(work, row.account, row.subject_id):
        return True
    _end(work, row, OutboxState.DROPPED, "no longer true")
    return False


def _shown_on(work: Work, row: Leaving) -> list[str]:
    """The records whose changes draw this message anew: a list of calls shows several."""
    if row.template != bundles.LIST:
        return [row.subject_id or ""]
    found = bundles.list_with(work, row.account, row.subject_id or "")
    return [c.id for c in bundles.calls_of(work, found)] if found else []


def _again(work: Work, ready: Ready, at: datetime, why: str, *, repeat: bool) -> None:
    row = _row(work, ready)
    if row is not None:
        row.state, row.not_before, row.error = OutboxState.QUEUED, at, why
        row.repeat = row.repeat or repeat
        work.sends = True


def _picture_stays(work: Work, row: Leaving, message: int) -> None:
    """The picture of a claim code that arrives after its notice was folded goes away again."""
    reward = work.find(r.Reward, row.subject_id)
    if reward is not None and reward.shown_until is None:
        work.get(r.Outbox, row.id).subject_id = None
        work.send("picture", row.audience, To(account=row.account), act="delete", message=message, lane=Lane.EDIT)


def _unknown(work: Work, ready: Ready) -> None:
    """The request left and no answer came. Alarms and answers go again, marked; edits are repeated; the rest is let be."""
    row = _row(work, ready)
    if row is None:
        return
    _again_or_let_be(work, row)


def _again_or_let_be(work: Work, row: r.Outbox) -> None:
    if row.act in ("edit", "delete", "topic_closed"):
        row.state = OutboxState.QUEUED
    elif row.attempts < _MAY_ARRIVE_AGAIN.get(row.lane, 0):
        row.state, row.repeat = OutboxState.QUEUED, True
        row.not_before = work.now + timedelta(seconds=min(2.0 ** (row.attempts - 1), 60.0))
    else:
        row.state = OutboxState.UNKNOWN
    work.sends = True


def _recover(work: Work, lease: Lease) -> bool:
    """What was on the way when an earlier process ended, or when the lease was taken from another. False: it is not ours any more."""
    if not lease.holds(work):
        return False
    query = select(r.Outbox).where(col(r.Outbox.state) == OutboxState.SENDING)
    if lease.holder is not None:
        query = query.where(or_(col(r.Outbox.fence).is_(None), col(r.Outbox.fence) != lease.fence))
    for row in work.session.execute(query).scalars().all():
        _again_or_let_be(work, row)
        row.not_before = work.now
    return True


def _nothing(_work: Work) -> None:
    """Whatever was begun before is committed, or undone, when this returns."""


def _give_back(work: Work, ids: set[int]) -> None:
    """These were marked and did not leave; nobody has taken them up meanwhile."""
    for row_id in ids:
        row = work.find(r.Outbox, row_id)
        if row is not None and row.state is OutboxState.SENDING:
            row.state, row.attempts = OutboxState.QUEUED, row.attempts - 1
            work.sends = True


def _may_sound(work: Work, row: Leaving) -> bool:
    """Whether a film of this tip may be passed on with its sound."""
    tip = work.find(r.Tip, row.subject_id)
    return tip is None or tips.may_hear(tip)


def _stays_sealed(work: Work, row: Leaving) -> bool:
    """Since this was queued, the sender said that the picture was taken from home, or that the voice may not be heard."""
    tip = work.find(r.Tip, row.subject_id)
    typing = work.find(r.Typing, row.subject_id) if tip is None else None
    if typing is not None and row.audience == Audience.OWNER:
        spoken = work.find(r.Tip, typing.tip_id)
        return spoken is None or spoken.voice != "yes"
    return tip is not None and tip.home == "yes"


def _kept_back(work: Work, ready: Ready) -> None:
    """What we cannot take the origin out of is not passed on; whoever asked for it is told."""
    row = _row(work, ready)
    if row is None:
        return
    _end(work, row, OutboxState.DROPPED, "cannot be cleaned")
    to = To(account=row.account, lang=row.lang, person_id=row.person_id)
    work.send("note.kept_back", "owner", to, facts={})


def _failed_for_good(work: Work, ready: Ready, why: str) -> None:
    row = _row(work, ready)
    if row is not None:
        _end(work, row, OutboxState.FAILED, why)
        _next_contact(work, ready.row.template, ready.row.subject_id, ready.row.person_id)


def _next_contact(work: Work, template: str, subject_id: str | None, person_id: str | None) -> None:
    """A call that does not get through goes to the next contact in the same tick; of a list, each of its calls."""
    for call, person in _rung(work, template, subject_id, person_id):
        rungs.undelivered(work, call, person)


def _rung(work: Work, template: str, subject_id: str | None, person_id: str | None) -> list[tuple[r.Call, str]]:
    """Which calls this message rings, and at whom."""
    if not person_id or template not in (Kind.CALL_OPENED, bundles.LIST):
        return []
    rung = [(subject_id, person_id)]
    person = work.person(person_id)
    if template == bundles.LIST and person is not None:
        found = bundles.list_with(work, person.account, subject_id or "")
        rung = [(one["id"], one["person"]) for one in found.facts["calls"]] if found else []
    pairs = [(work.find(r.Call, call_id), seat) for call_id, seat in rung]
    return [(call, seat) for call, seat in pairs if call is not None]


def _given_up(work: Work, ready: Ready) -> None:
    """Four times in vain: it will be tried again, and the next contact is called as well."""
    if _row(work, ready) is not None:
        _next_contact(work, ready.row.template, ready.row.subject_id, ready.row.person_id)


def _disabled(work: Work, row: Leaving) -> None:
    """Since this was queued, its reader stopped or blocked the bot."""
    if row.act == "edit":
        _end(work, row, OutboxState.DROPPED, "disabled")
        return
    stopped = work.identity(row.account or "").blocked_at is None
    _end(work, row, OutboxState.DROPPED if stopped else OutboxState.FAILED, "stopped" if stopped else "disabled")
    log.warning("the address was disabled meanwhile", action="outbox.disabled", template=row.template)
    _next_contact(work, row.template, row.subject_id, row.person_id)


def _told_to_wait(work: Work, ready: Ready, at: datetime) -> None:
    """429: sent again at `at`. A call that would reach its reader only after its deadline rings the next contact meanwhile."""
    if _row(work, ready) is None:
        return
    _again(work, ready, at, "429", repeat=False)
    for call, person in _rung(work, ready.row.template, ready.row.subject_id, ready.row.person_id):
        if at > call.due_at:
            rungs.undelivered(work, call, person)


_SLOW = timedelta(seconds=60)


def _note_delay(work: Work, row: Leaving) -> None:
    """An alarm or answer that was longer on its way than a minute is a fact; what was held for quiet hours is not late."""
    waited = work.now - row.queued_at
    if row.lane > Lane.ANSWER or row.act not in ("send", "card") or row.template in notify.QUIET or waited <= _SLOW:
        return
    seconds = int(waited.total_seconds())
    subject = work.find(r.Call, row.subject_id) or work.get(r.Outbox, row.id)
    work.record(Kind.MESSAGE_DELAYED, subject, template=row.template, seconds=seconds)
    log.warning("a message was late", action="outbox.late", template=row.template, seconds=seconds)


def _unreachable(work: Work, ready: Ready, why: str) -> None:
    row = _row(work, ready)
    if row is None:
        return
    _end(work, row, OutboxState.FAILED, why)
    if ready.row.account:
        roster.unreachable(work, ready.row.account)
        _next_contact(work, ready.row.template, ready.row.subject_id, ready.row.person_id)
        return
    group = work.group(int(ready.chat))
    if group is not None and group.left_at is None:
        group.left_at = work.now
        work.record(Kind.GROUP_LEFT, group, unit=group.unit_id)
    tip = work.find(r.Tip, ready.row.subject_id)
    if tip is not None and ready.row.template == Kind.TIP_SUBMITTED:
        notify.tell(work, Kind.TIP_SUBMITTED, tip)
    whistle = work.find(r.Whistle, ready.row.subject_id)
    if whistle is not None and ready.row.template == Kind.WHISTLE_OPENED:
        notify.tell(work, Kind.WHISTLE_OPENED, whistle)


def _migrated(work: Work, ready: Ready, new_chat: int) -> None:
    """The group became a supergroup: its new id is stored and the message sent again."""
    if _row(work, ready) is None:
        return
    old = int(ready.chat)
    group = work.group(old)
    if group is not None and work.group(new_chat) is None:
        work.add(r.Group(chat_id=new_chat, unit_id=group.unit_id, forum=group.forum, bound_at=group.bound_at))
        group.left_at = work.now
    work.session.execute(
        update(r.Outbox)
        .where(col(r.Outbox.chat_id) == old, col(r.Outbox.state) == OutboxState.QUEUED)
        .values(chat_id=new_chat)
    )
    work.session.execute(update(r.Card).where(col(r.Card.chat_id) == old).values(chat_id=new_chat))
    row = _row(work, ready)
    if row is not None:
        row.chat_id, row.state, row.not_before = new_chat, OutboxState.QUEUED, work.now
        if row.act == "edit":
            _end(work, row, OutboxState.DROPPED, "the old group's message")
        work.sends = True


def _card_gone(work: Work, ready: Ready) -> None:
    """The message is not there any more; the next change makes no edit."""
    row = _row(work, ready)
    if row is None:
        return
    _end(work, row, OutboxState.DROPPED, "message gone")
    query = select(r.Card).where(col(r.Card.message) == row.message, col(r.Card.subject_id) == row.subject_id)
    for card in work.session.execute(query).scalars() if row.subject_id else ():
        work.session.delete(card)


def _not_pinned(work: Work, ready: Ready, why: str) -> None:
    row = _row(work, ready)
    if row is not None:
        _end(work, row, OutboxState.DROPPED, why)


def _topic_made(work: Work, ready: Ready, thread: int) -> None:
    row = _row(work, ready)
    if row is not None:
        work.add(r.Topic(chat_id=ready.params["chat_id"], subject_id=ready.row.subject_id or "", thread=thread))
        row.thread = thread


def _topic_gone(work: Work, ready: Ready) -> None:
    """Somebody deleted the topic: it is made again."""
    row = _row(work, ready)
    if row is None:
        return
    gone = select(r.Topic).where(col(r.Topic.chat_id) == row.chat_id, col(r.Topic.thread) == row.thread)
    for topic in work.session.execute(gone).scalars():
        work.session.delete(topic)
    if row.act == "topic_closed":
        _end(work, row, OutboxState.DROPPED, "topic gone")
        return
    row.thread, row.state, row.not_before = None, OutboxState.QUEUED, work.now
    work.sends = True


# ── small parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _topic_name(work: Work, row: Leaving, renderer: Renderer) -> str | None:
    """The name of the forum topic that must be made first, for the card of a tip in a forum group."""
    if row.chat_id is None or row.template != Kind.TIP_SUBMITTED or row.act != "card" or row.thread is not None:
        return None
    group = work.group(row.chat_id)
    tip = work.find(r.Tip, row.subject_id)
    if group is None or not group.forum or tip is None:
        return None
    known = work.thread_of(row.chat_id, tip.id)
    if known is not None:
        row.thread = known
        return None
    facts = {
        "urgent": tip.urgent,
        "name": tips.display(tip, work),
        "place": cards.place_facts(tip),
        "matter": tip.matter_code,
    }
    return renderer.line("words", "topic", row.lang, facts)[:128]


def _keyboard(work: Work, row: Leaving, facts: dict[str, Any]) -> buttons.Keyboard:
    if "keyboard" in facts:
        return [[_from_facts(b) for b in line] for line in facts["keyboard"]]
    if facts.get("folded"):
        return [[buttons.Button("open_notice", "unfold", facts["notice"])]]
    if row.template == "tips.waiting":
        return [[buttons.Button((t["name"], t["name"]), "show", t["ref"])] for t in facts["tips"][:10]]
    return buttons.keyboard_of(work, row.template, row.audience, row.subject_id, row)


def _from_facts(b: dict[str, Any]) -> buttons.Button:
    label = b["label"] if isinstance(b["label"], str) else (b["label"][0], b["label"][1])
    return buttons.Button(
        label, b.get("verb", ""), b.get("ref", ""), b.get("rev", 0), b.get("facts"), b.get("url"), b.get("style")
    )


def _button(b: buttons.Button, renderer: Renderer, lang: str) -> dict[str, Any]:
    text = (
        renderer.line("buttons", b.label, lang, b.facts)
        if isinstance(b.label, str)
        else b.label[0 if lang == "zh" else 1]
    )
    drawn: dict[str, Any] = {"text": text}
    if b.url:
        drawn["url"] = b.url
    else:
        drawn["callback_data"] = b.data
    if b.style:
        drawn["style"] = b.style
    return drawn


def _reply_keyboard(kind: str, renderer: Renderer, lang: str) -> dict[str, Any]:
    """`pin`: one tall button that sends the present position; `none`: take it away; `reply`: the next line is an answer."""
    if kind == "pin":
        text = renderer.line("buttons", "send_pin", lang)
        return {
            "keyboard": [[{"text": text, "request_location": True}]],
            "resize_keyboard": True,
            "one_time_keyboard": True,
        }
    if kind == "reply":
        return {"force_reply": True, "selective": True}
    return {"remove_keyboard": True}
