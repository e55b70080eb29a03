"""What Telegram's servers hold: people, chats, messages, updates that wait, and a numbered feed of every change."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.faults import Faults, Limits
from bot.sandbox.files import File, Files
from bot.sandbox.markup import render_html

Json = dict[str, Any]
OFF_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
QUERY_LIVES = 15.0  # seconds of real time in which a callback query can be answered


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass
class Person:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    def as_user(self) -> Json:
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if (value := getattr(self, name)) is not None:
                user[name] = value
        return user


@dataclass
class Topic:
    thread: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    closed: bool = False
    deleted: bool = False


@dataclass(eq=False)
class Message:
    """`body` is the Bot API object; the rest is what the API does not say."""

    body: Json
    chat_id: int
    sender: int | None  # None: the bot
    kind: str
    file: File | None = None
    silent: bool = False
    reply_keyboard: Json | None = None
    seq: int = 0
    edited: int = 0
    deleted: bool = False
    pinned: bool = False

    @property
    def message_id(self) -> int:
        return int(self.body["message_id"])

    def as_reply(self) -> Json:
        return {name: value for name, value in self.body.items() if name not in ("reply_to_message", "pinned_message")}


@dataclass(eq=False)
class Chat:
    id: int
    type: str
    title: str | None = None
    forum: bool = False
    members: list[int] = field(default_factory=list)
    bot_status: str = "member"  # member | administrator | left | kicked
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)  # the latest changed last
    migrated_to: int | None = None
    last_message_id: int = 0

    def as_json(self, person: Person | None) -> Json:
        if person is not None:
            chat: Json = {"id": self.id, "type": "private", "first_name": person.first_name}
            if person.last_name is not None:
                chat["last_name"] = person.last_name
            if person.username is not None:
                chat["username"] = person.username
            return chat
        chat = {"id": self.id, "type": self.type, "title": self.title}
        if self.forum:
            chat["is_forum"] = True
        return chat


@dataclass(eq=False)
class Update:
    update_id: int
    chat_id: int
    raw: bytes
    again: bool = False  # delivered once more after it was confirmed


@dataclass(eq=False)
class Query:
    """A press that waits for its answer."""

    id: str
    person: int
    chat: int
    asked_at: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Json | None = None


@dataclass(frozen=True)
class Change:
    seq: int
    type: str
    chat: int | None
    message: Message | None
    more: Json


class State:
    """Pure state. Every change passes `note`, which numbers it and wakes whoever waits."""

    def __init__(self, now: Callable[[], datetime], bot_id: int, bot_username: str, *, keep: int = 2000) -> None:
        self.now = now
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "Whistle Sandbox", "username": bot_username}
        self.keep = keep
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.faults = Faults()
        self.limits = Limits(lambda: self.now().timestamp())
        self.updates: OrderedDict[int, Update] = OrderedDict()
        self.allowed: list[str] | None = None
        self.queries: OrderedDict[str, Query] = OrderedDict()
        self.commands: dict[tuple[str, int | None, int | None, str], list[Json]] = {}
        self.calls: deque[Json] = deque(maxlen=20_000)
        self.seq = 0
        self.on_update: list[Callable[[Update], None]] = []
        self._feed: deque[Change] = deque(maxlen=20_000)
        self._last_update_id = random.randrange(100_000_000, 900_000_000)
        self._last_private_id = random.randrange(100, 1000)  # one count for all private chats and basic groups
        self._waiting: list[asyncio.Future[None]] = []

    # time and change

    def timestamp(self) -> int:
        return int(self.now().timestamp())

    def note(self, type: str, chat: int | None = None, message: Message | None = None, **more: Any) -> int:
        """Numbers a change and wakes those who wait for one."""
        self.seq += 1
        if message is not None:
            message.seq = self.seq
        self._feed.append(Change(self.seq, type, chat, message, more))
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)
        return self.seq

    async def changed(self, since: int, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (the caller's words)
        """Waits until something happened after `since`; False when nothing did in `timeout` seconds."""
        if self.seq > since:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            if future in self._waiting:
                self._waiting.remove(future)
        return self.seq > since

    def wake(self) -> None:
        """Lets everyone who waits look again although nothing changed (used when the server stops)."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def feed(self, after: int) -> list[Change]:
        """Changes with a number above `after`, oldest first; only the last 20,000 are kept."""
        found: list[Change] = []
        for change in reversed(self._feed):
            if change.seq <= after:
                break
            found.append(change)
        return found[::-1]

    # updates

    def emit(self, kind: str, chat_id: int, payload: Json) -> int | None:
        """Puts an update in the queue unless the bot did not ask for its kind."""
        allowed = self.allowed
        if kind not in allowed if allowed else kind in OFF_BY_DEFAULT:
            return None
        self._last_update_id += 1
        raw = orjson.dumps({"update_id": self._last_update_id, kind: payload})
        update = Update(self._last_update_id, chat_id, raw, again=self.faults.duplicates(chat_id))
        self.updates[update.update_id] = update
        for hear in self.on_update:
            hear(update)
        return update.update_id

    # chats

    def chat_json(self, chat: Chat) -> Json:
        return chat.as_json(self.people.get(chat.id) if chat.type == "private" else None)

    def chat_for_bot(self, chat_id: int | str | None) -> Chat:
        """The chat a method names, if the bot may write there; else Telegram's refusal."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.type == "private":
            person = self.people[chat.id]
            if person.deactivated:
                raise forbidden("user is deactivated")
            if person.blocked:
                raise forbidden("bot was blocked by the user")
            if not person.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        elif chat.bot_status == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    # messages

    def post(
        self,
        chat: Chat,
        kind: str,
        content: Json,
        *,
        sender: Person | None = None,
        date: int | None = None,
        file: File | None = None,
        thread: int | None = None,
        reply_to: Message | None = None,
        silent: bool = False,
        reply_keyboard: Json | None = None,
    ) -> Message:
        """Adds a message to a chat and notes it; the caller decides whether the bot hears of it."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            message_id = chat.last_message_id
        else:
            self._last_private_id += 1
            message_id = self._last_private_id
        body: Json = {
            "message_id": message_id,
            "from": self.bot if sender is None else sender.as_user(),
            "chat": self.chat_json(chat),
            "date": self.timestamp() if date is None else date,
        }
        if thread is not None:
            body["message_thread_id"] = thread
            if chat.forum:
                body["is_topic_message"] = True
        if reply_to is not None:
            body["reply_to_message"] = reply_to.as_reply()
        body |= content
        message = Message(body, chat.id, sender.id if sender else None, kind, file, silent, reply_keyboard)
        chat.messages[message_id] = message
        while len(chat.messages) > self.keep:
            chat.messages.popitem(last=False)
        self.note("message", chat.id, message)
        return message

    def touch(self, message: Message, type: str) -> None:
        """Notes that a message changed and moves it to the end of its chat's order of changes."""
        messages = self.chats[message.chat_id].messages
        if message.message_id in messages:
            messages.move_to_end(message.message_id)
        self.note(type, message.chat_id, message)

    def ask(self, person: Person, chat: Chat) -> Query:
        now = time.monotonic()
        while self.queries and next(iter(self.queries.values())).asked_at < now - 4 * QUERY_LIVES:
            self.queries.popitem(last=False)
        query = Query(str(random.randrange(10**17, 10**18)), person.id, chat.id, now)
        self.queries[query.id] = query
        return query

    # what a page or a test sees

    def messages(self, chat: int | None = None, after: int = 0) -> Iterator[Json]:
        """Views of messages new or changed after `after`, in the order in which they were sent."""
        chats = [self.chats[chat]] if chat is not None else list(self.chats.values())
        found: list[Message] = []
        for one in chats:
            for message in reversed(one.messages.values()):
                if message.seq <= after:
                    break
                found.append(message)
        found.sort(key=lambda m: (m.body["date"], m.message_id) if chat is None else (0, m.message_id))
        return map(self.view, found)

    def view(self, message: Message) -> Json:
        body = message.body
        text = body.get("text")
        caption = body.get("caption")
        shown = text if text is not None else caption or ""
        entities = body.get("entities" if text is not None else "caption_entities", [])
        rows = body.get("reply_markup", {}).get("inline_keyboard")
        view: Json = {
            "message_id": message.message_id,
            "chat": message.chat_id,
            "from": "bot" if message.sender is None else message.sender,
            "date": body["date"],
            "kind": message.kind,
            "text": text,
            "caption": caption,
            "html": render_html(shown, entities),
            "file": message.file.view() if message.file else None,
            "keyboard": [[_button(button) for button in row] for row in rows] if rows else None,
            "reply_keyboard": message.reply_keyboard,
            "edited": message.edited,
            "deleted": message.deleted,
            "pinned": message.pinned,
            "thread": body.get("message_thread_id"),
            "protect": body.get("has_protected_content", False),
            "reply_to": body.get("reply_to_message", {}).get("message_id"),
            "silent": message.silent,
            "seq": message.seq,
        }
        for name in ("location", "contact", "media_group_id", "forward_origin"):
            if name in body:
                view[name] = body[name]
        if message.kind == "service":
            view["service"] = next((name for name in body if name in SERVICE), None)
        return view


SERVICE = (
    "pinned_message", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id", "group_chat_created",
)  # fmt: skip


def _button(button: Json) -> Json:
    shown: Json = {"text": button["text"]}
    for name, key in (("callback_data", "data"), ("url", "url"), ("style", "style"), ("web_app", "web_app")):
        if name in button:
            shown[key] = button[name]
    return shown
