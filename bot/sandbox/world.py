"""What people do: they write, send files and places, press buttons, block the bot, move groups about."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.errors import Misused
from bot.sandbox.files import KINDS, File, decode
from bot.sandbox.markup import found_in, trim, units
from bot.sandbox.state import Chat, Json, Message, Person, Query, State

MOST_TEXT = 4096
_ADMIN_RIGHTS = dict.fromkeys(
    (
        "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
        "can_promote_members",
        "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
        "can_pin_messages", "can_manage_topics",
    ),
    True,
)  # fmt: skip


class World(State):
    """State and the people who change it; the control routes are these methods over HTTP."""

    def __init__(
        self,
        now: Callable[[], datetime],
        bot_id: int = 1000001,
        bot_username: str = "whistle_sandbox_bot",
        *,
        keep: int = 2000,
    ) -> None:
        super().__init__(now, bot_id, bot_username, keep=keep)
        self._group_ids = itertools.count(4_000_001)
        self._instance = random.randrange(10**15, 10**16)

    # who and where

    def person(
        self,
        id: int,
        first_name: str | None = None,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        """Creates a person, or changes what is given."""
        if not isinstance(id, int) or id <= 0:
            raise Misused("a person's id is a whole number above 0")
        person = self.people.get(id)
        if person is None:
            if not first_name:
                raise Misused(f"person {id} is new: give first_name")
            person = self.people[id] = Person(id, first_name)
            self.chats[id] = Chat(id, "private")
        person.first_name = first_name or person.first_name
        person.last_name = last_name if last_name is not None else person.last_name
        person.username = username if username is not None else person.username
        person.language_code = language_code if language_code is not None else person.language_code
        self.note("person", id)
        return person

    def group(
        self,
        id: int | None = None,
        title: str | None = None,
        forum: bool | None = None,
        members: Sequence[int] | None = None,
        bot_admin: bool | None = None,
        bot: bool = True,
    ) -> Chat:
        """Creates a group or changes what is given; the first member is its creator. Adding the bot is an update."""
        chat = self.chats.get(id) if id is not None else None
        for member in members or ():
            self._person(member)
        if chat is None:
            if id is not None and id >= 0:
                raise Misused("a group's id is below 0; a supergroup's starts with -100")
            if not title:
                raise Misused("a new group needs a title")
            if forum and id is not None and not _super(id):
                raise Misused("a forum is a supergroup: its id starts with -100 and has 13 digits")
            if bot and not members:
                raise Misused("a new group needs members: the first is its creator")
            number = next(self._group_ids)
            id = id if id is not None else (-1_000_000_000_000 - number if forum else -number)
            chat = Chat(id, "supergroup" if _super(id) else "group", title, bool(forum), bot_status="left")
            self.chats[id] = chat
        elif chat.type == "private":
            raise Misused(f"{id} is a person, not a group")
        chat.title = title or chat.title
        if forum is not None:
            if forum and chat.type != "supergroup":
                raise Misused(f"group {chat.id} is no supergroup: POST /_/migrate first")
            chat.forum = forum
        if members is not None:
            chat.members = list(dict.fromkeys(members))
        was_admin = chat.bot_status == "administrator"
        wanted = "administrator" if (was_admin if bot_admin is None else bot_admin) else "member"
        self._move_bot(chat, wanted if bot else "left")
        self.note("chat", chat.id)
        return chat

    def migrate(self, chat: int) -> Chat:
        """A basic group becomes a supergroup under a new id; both chats say so."""
        old = self._group(chat)
        if old.type != "group" or old.migrated_to is not None:
            raise Misused(f"only a basic group can be upgraded, and only once; {chat} is not one")
        new_id = -1_000_000_000_000 - next(self._group_ids)
        new = Chat(new_id, "supergroup", old.title, False, list(old.members), old.bot_status)
        self.chats[new_id] = new
        creator = self._someone_in(old)
        gone = self.post(old, "service", {"migrate_to_chat_id": new_id}, sender=creator)
        old.migrated_to = new_id
        come = self.post(new, "service", {"migrate_from_chat_id": old.id}, sender=creator)
        if old.bot_status in ("member", "administrator"):
            self.emit("message", old.id, gone.body)
            self.emit("message", new_id, come.body)
        self.note("chat", new_id)
        return new

    def topic(self, chat: int, thread: int, *, closed: bool | None = None, deleted: bool | None = None) -> None:
        """Somebody closes, reopens or deletes a topic by hand."""
        topic = self._group(chat).topics.get(thread)
        if topic is None:
            raise Misused(f"chat {chat} has no topic {thread}")
        topic.closed = topic.closed if closed is None else closed
        topic.deleted = topic.deleted if deleted is None else deleted
        self.note("topic", chat, thread=thread)

    def kick(self, chat: int) -> None:
        """The bot is removed from a group."""
        self._move_bot(self._group(chat), "kicked")

    def block(self, person: int) -> int | None:
        who = self._person(person)
        if who.blocked:
            return None
        who.blocked = True
        return self._membership(self.chats[person], who, "member", "kicked")

    def unblock(self, person: int) -> int | None:
        who = self._person(person)
        if not who.blocked:
            return None
        who.blocked = False
        return self._membership(self.chats[person], who, "kicked", "member")

    def deactivate(self, person: int) -> None:
        """The account is deleted: Telegram says nothing until the bot writes to it."""
        self._person(person).deactivated = True
        self.note("person", person)

    # messages

    def send(
        self,
        sender: int,
        chat: int | None = None,
        *,
        text: str | None = None,
        photo: bool | str | None = None,
        voice: bool | str | None = None,
        video: bool | str | None = None,
        document: bool | str | None = None,
        sticker: bool | str | None = None,
        location: Json | None = None,
        contact: Json | bool | None = None,
        caption: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        forward_from_name: str | None = None,
        media_group_id: str | None = None,
        edit: int | None = None,
        date: int | float | str | None = None,
        file: Json | None = None,
    ) -> list[tuple[Message, int | None]]:
        """A person's message (or its edit) and the update's id, None when the bot does not get to see it.

        A text above 4096 is cut into several messages, as Telegram's apps do; all else is one.
        """
        person, where = self._writer(sender, chat)
        media = {
            kind: value
            for kind, value in zip(KINDS, (photo, voice, video, document, sticker), strict=True)
            if value not in (None, False)
        }
        if len(media) + sum(item is not None for item in (text, location, contact)) > 1:
            raise Misused("a message is one thing: text, photo, voice, video, document, sticker, location or contact")
        when = _seconds(date)
        if edit is not None:
            return [self._edit(person, where, edit, text, caption, location, when)]
        parts: list[tuple[str, Json, File | None]]
        if media:
            kind, value = next(iter(media.items()))
            stored = self._file(kind, value, file)
            parts = [(kind, {kind: stored.as_json()} | _captioned(caption), stored)]
        elif location is not None:
            parts = [("location", {"location": _location(location)}, None)]
        elif contact is not None:
            parts = [("contact", {"contact": _contact(contact, person)}, None)]
        elif text is not None:
            parts = [("text", _written(part), None) for part in _cut(text)]
        else:
            raise Misused("say what is sent: text, photo, voice, video, document, sticker, location or contact")
        extra: Json = {}
        if forward_from_name is not None:
            origin_date = self.timestamp() if when is None else when
            extra["forward_origin"] = {
                "type": "hidden_user",
                "date": origin_date,
                "sender_user_name": forward_from_name,
            }
        if media_group_id is not None:
            extra["media_group_id"] = str(media_group_id)
        replied = self._message(where, reply_to) if reply_to is not None else None
        if replied is not None and thread is None and where.forum:
            thread = replied.body.get("message_thread_id")
        self._check_thread(where, thread)
        sent = []
        for kind, content, stored_file in parts:
            message = self.post(
                where,
                kind,
                content | extra,
                sender=person,
                date=when,
                file=stored_file,
                thread=thread,
                reply_to=replied,
            )
            sent.append((message, self._deliver(where, message, "message")))
        return sent

    def album(
        self, sender: int, chat: int | None = None, items: Sequence[Any] = (), caption: str | None = None, **more: Any
    ) -> list[tuple[Message, int | None]]:
        """Messages that share a media_group_id; the caption sits on the first. An item is a kind or {kind: true|id}."""
        if not 2 <= len(items) <= 10:
            raise Misused("an album has 2 to 10 items; an app sends a longer one as several albums")
        group = str(random.randrange(10**16, 10**17))
        sent = []
        for number, item in enumerate(items):
            fields: Json = {item: True} if isinstance(item, str) else dict(item)
            unknown = set(fields) - {"photo", "video", "document", "caption", "file"}
            if unknown:
                raise Misused(f"an album item is photo, video or document, not {', '.join(sorted(unknown))}")
            if number == 0 and caption is not None:
                fields["caption"] = caption
            sent += self.send(sender, chat, media_group_id=group, **fields, **more)
        return sent

    def press(
        self, sender: int, chat: int, message_id: int, *, text: str | None = None, data: str | None = None
    ) -> tuple[Query, int | None]:
        """A tap on an inline button, found by its words, or with any data at all (forged or stale)."""
        person = self._person(sender)
        where = self.chats.get(chat)
        if where is None:
            raise Misused(f"there is no chat {chat}")
        if sender not in (where.members if where.type != "private" else [where.id]):
            raise Misused(f"person {sender} is not in chat {chat}")
        message = where.messages.get(message_id)
        if message is not None and message.deleted:
            message = None
        if data is None:
            data = self._data_of(message, message_id, text)
        query = self.ask(person, where)
        shown: Json
        if message is None:
            shown = {"chat": self.chat_json(where), "message_id": message_id, "date": 0}
        else:
            shown = message.body
        payload = {
            "id": query.id,
            "from": person.as_user(),
            "message": shown,
            "chat_instance": str(self._instance + chat),
            "data": data,
        }
        return query, self.emit("callback_query", chat, payload)

    # what a page asks for

    def menu(self, chat: int, user: int) -> list[Json]:
        """The slash menu one person sees in one chat: the narrowest scope wins, then the language."""
        person = self._person(user)
        where = self.chats.get(chat)
        if where is None:
            raise Misused(f"there is no chat {chat}")
        scopes: list[tuple[str, int | None, int | None]]
        if where.type == "private":
            scopes = [("chat", chat, None), ("all_private_chats", None, None)]
        else:
            admin = where.members[:1] == [user]
            scopes = [("chat_member", chat, user)]
            scopes += [("chat_administrators", chat, None)] if admin else []
            scopes += [("chat", chat, None)]
            scopes += [("all_chat_administrators", None, None)] if admin else []
            scopes += [("all_group_chats", None, None)]
        for kind, at, member in [*scopes, ("default", None, None)]:
            for language in dict.fromkeys(((person.language_code or "")[:2], "")):
                if commands := self.commands.get((kind, at, member, language)):
                    return commands
        return []

    def chats_of(self, person: int) -> list[Json]:
        self._person(person)
        return [
            {
                "id": chat.id,
                "type": chat.type,
                "title": chat.title,
                "forum": chat.forum,
                "members": chat.members,
                "bot": "member" if chat.type == "private" else chat.bot_status,
                "topics": [
                    {"thread": topic.thread, "name": topic.name, "closed": topic.closed}
                    for topic in chat.topics.values()
                    if not topic.deleted
                ],
            }
            for chat in self.chats.values()
            if chat.migrated_to is None and (chat.id == person or person in chat.members)
        ]

    def member_json(self, chat: Chat, user_id: int) -> Json | None:
        """A ChatMember object, None for somebody Telegram does not know."""
        if user_id == self.bot["id"]:
            return self._bot_member("member" if chat.type == "private" else chat.bot_status)
        person = self.people.get(user_id)
        if person is None:
            return None
        if chat.members[:1] == [user_id]:
            return {"status": "creator", "user": person.as_user(), "is_anonymous": False}
        inside = user_id in chat.members or user_id == chat.id
        return {"status": "member" if inside else "left", "user": person.as_user()}

    # inside

    def _bot_member(self, status: str) -> Json:
        member: Json = {"status": status, "user": self.bot}
        if status == "administrator":
            member |= {"can_be_edited": False, "is_anonymous": False, **_ADMIN_RIGHTS}
        elif status == "kicked":
            member["until_date"] = 0
        return member

    def _move_bot(self, chat: Chat, status: str) -> None:
        before = chat.bot_status
        if status == before or (status == "left" and before == "kicked"):
            return
        chat.bot_status = status
        by = self._someone_in(chat)
        self._membership(chat, by, before, status)
        if before in ("left", "kicked"):
            joined = self.post(chat, "service", {"new_chat_members": [self.bot]}, sender=by)
            self.emit("message", chat.id, joined.body)

    def _membership(self, chat: Chat, by: Person, before: str, after: str) -> int | None:
        payload = {
            "chat": self.chat_json(chat),
            "from": by.as_user(),
            "date": self.timestamp(),
            "old_chat_member": self._bot_member(before),
            "new_chat_member": self._bot_member(after),
        }
        self.note("member", chat.id, status=after)
        return self.emit("my_chat_member", chat.id, payload)

    def _someone_in(self, chat: Chat) -> Person:
        if not chat.members:
            raise Misused(f"group {chat.id} has no members: give members, the first is its creator")
        return self._person(chat.members[0])

    def _edit(
        self,
        person: Person,
        chat: Chat,
        message_id: int,
        text: str | None,
        caption: str | None,
        location: Json | None,
        when: int | None,
    ) -> tuple[Message, int | None]:
        message = self._message(chat, message_id)
        if message.sender != person.id:
            raise Misused(f"message {message_id} is not from person {person.id}: people edit only their own")
        body = dict(message.body)
        if message.kind == "text" and text is not None:
            body.pop("entities", None)
            body |= _written(text)
        elif message.kind == "location" and location is not None:
            body["location"] = _location({**message.body["location"], **location})
        elif message.file is not None and caption is not None:
            body.pop("caption_entities", None)
            body |= _captioned(caption)
        else:
            raise Misused(f"message {message_id} is a {message.kind}: give what a {message.kind} can be changed to")
        body["edit_date"] = self.timestamp() if when is None else when
        message.body = body
        message.edited += 1
        self.touch(message, "edit")
        return message, self._deliver(chat, message, "edited_message")

    def _deliver(self, chat: Chat, message: Message, kind: str) -> int | None:
        return self.emit(kind, chat.id, message.body) if self._bot_hears(chat, message) else None

    def _bot_hears(self, chat: Chat, message: Message) -> bool:
        """In groups a bot that is no administrator gets commands, replies to it and mentions only (privacy mode)."""
        if chat.type == "private" or chat.bot_status == "administrator":
            return True
        if chat.bot_status != "member":
            return False
        body = message.body
        if body.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"]:
            return True
        text = body.get("text") or body.get("caption") or ""
        name = "@" + self.bot["username"].lower()
        raw = text.encode("utf-16-le")
        for entity in body.get("entities") or body.get("caption_entities") or ():
            start = entity["offset"] * 2
            word = raw[start : start + entity["length"] * 2].decode("utf-16-le").lower()
            if entity["type"] == "bot_command" and ("@" not in word or word.endswith(name)):
                return True
            if entity["type"] == "mention" and word == name:
                return True
        return False

    def _writer(self, sender: int, chat: int | None) -> tuple[Person, Chat]:
        person = self._person(sender)
        where = self.chats.get(sender if chat is None else chat)
        if where is None:
            raise Misused(f"there is no chat {chat}: create it with POST /_/group")
        if person.deactivated:
            raise Misused(f"person {sender} has deleted the account and sends nothing any more")
        if where.migrated_to is not None:
            raise Misused(f"group {where.id} was upgraded; it is {where.migrated_to} now")
        if where.type == "private":
            if where.id != sender:
                raise Misused(f"person {sender} cannot write in the private chat of {where.id}")
            if person.blocked:
                raise Misused(f"person {sender} has blocked the bot: POST /_/unblock first")
            person.started = True
        elif sender not in where.members:
            raise Misused(f"person {sender} is not in group {where.id}: add them with POST /_/group")
        return person, where

    def _person(self, id: int) -> Person:
        person = self.people.get(id)
        if person is None:
            raise Misused(f"person {id} is unknown: create them with POST /_/person")
        return person

    def _group(self, id: int) -> Chat:
        chat = self.chats.get(id)
        if chat is None or chat.type == "private":
            raise Misused(f"there is no group {id}: create it with POST /_/group")
        return chat

    def _message(self, chat: Chat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None or message.deleted:
            raise Misused(f"there is no message {message_id} in chat {chat.id}")
        return message

    def _check_thread(self, chat: Chat, thread: int | None) -> None:
        if thread is None:
            return
        topic = chat.topics.get(thread)
        if topic is None or topic.deleted:
            raise Misused(f"chat {chat.id} has no topic {thread}")
        if topic.closed:
            raise Misused(f"topic {thread} of chat {chat.id} is closed")

    def _file(self, kind: str, value: bool | str, declared: Json | None) -> File:
        if isinstance(value, str):
            stored = self.files.find(value)
            if stored is None:
                raise Misused(f"no such file: {value[:40]}; upload it with POST /_/upload")
            if stored.kind != kind:
                raise Misused(f"that file was uploaded as a {stored.kind}, not a {kind}")
            return stored
        if declared is None:
            return self.files.generate(kind)
        unknown = set(declared) - {"name", "mime", "base64", "size", "duration", "width", "height"}
        if unknown:
            raise Misused(
                f"file has name, mime, base64, size, duration, width, height; not {', '.join(sorted(unknown))}"
            )
        data = decode(declared["base64"]) if "base64" in declared else None
        if data is None and "size" not in declared:
            return self.files.generate(kind)
        shape = {name: int(declared[name]) for name in ("duration", "width", "height") if name in declared}
        size = int(declared["size"]) if data is None else None
        return self.files.store(kind, data, size=size, name=declared.get("name"), mime=declared.get("mime"), **shape)

    def _data_of(self, message: Message | None, message_id: int, text: str | None) -> str:
        if message is None:
            raise Misused(f"message {message_id} is not there any more; give data to press a button that is gone")
        rows = message.body.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        names = [button["text"] for button in buttons]
        if text is None:
            raise Misused("say which button: text, or data", buttons=names)
        for button in buttons:
            if button["text"].strip() == text.strip():
                if "callback_data" not in button:
                    raise Misused(f"〔{text}〕 opens a link, the bot does not hear of it", buttons=names)
                return str(button["callback_data"])
        raise Misused(f"message {message_id} has no button 〔{text}〕", buttons=names)


def age_of(query: Query) -> float:
    """Seconds of real time since the press."""
    return time.monotonic() - query.asked_at


def _super(id: int) -> bool:
    return id < -1_000_000_000_000


def _seconds(date: int | float | str | None) -> int | None:
    if date is None or isinstance(date, int | float):
        return None if date is None else int(date)
    return int(moment(date).timestamp())


def moment(text: int | float | str) -> datetime:
    """A time given to the controls: seconds since 1970, or ISO 8601 with its zone."""
    if isinstance(text, int | float):
        return datetime.fromtimestamp(text, UTC)
    try:
        when = datetime.fromisoformat(text)
    except ValueError as why:
        raise Misused(f"{text!r} is no time: give seconds since 1970 or ISO 8601") from why
    if when.tzinfo is None:
        raise Misused(f"{text!r} has no time zone: add +00:00 or +08:00")
    return when.astimezone(UTC)


def _written(text: str) -> Json:
    stripped, _ = trim(text, [])
    if not stripped:
        raise Misused("the text is empty; an app would not send it")
    content: Json = {"text": stripped}
    if entities := found_in(stripped):
        content["entities"] = entities
    return content


def _captioned(caption: str | None) -> Json:
    stripped = (caption or "").strip()
    if not stripped:
        return {}
    if units(stripped) > 1024:
        raise Misused("a caption has at most 1024 characters")
    content: Json = {"caption": stripped}
    if entities := found_in(stripped):
        content["caption_entities"] = entities
    return content


def _cut(text: str) -> list[str]:
    if units(text) <= MOST_TEXT:
        return [text]
    parts: list[str] = []
    part: list[str] = []
    size = 0
    for char in text:
        width = 2 if ord(char) > 0xFFFF else 1
        if size + width > MOST_TEXT:
            parts.append("".join(part))
            part, size = [], 0
        part.append(char)
        size += width
    return [piece for piece in (*parts, "".join(part)) if piece.strip()] or [text]


def _location(given: Json) -> Json:
    try:
        place: Json = {"latitude": float(given["latitude"]), "longitude": float(given["longitude"])}
    except (KeyError, TypeError, ValueError) as why:
        raise Misused("location needs latitude and longitude") from why
    for name in ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"):
        if given.get(name) is not None:
            place[name] = given[name]
    return place


def _contact(given: Json | bool, person: Person) -> Json:
    own: Json = {"phone_number": "+8613800000000", "first_name": person.first_name, "user_id": person.id}
    return own | given if isinstance(given, dict) else own
