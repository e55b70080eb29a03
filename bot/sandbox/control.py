"""The controls under /_/: what people do, what goes wrong, and what a page or a test may look at."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from bot.sandbox.errors import Misused
from bot.sandbox.files import KINDS, looks_like_picture
from bot.sandbox.state import Change, Json, Message
from bot.sandbox.world import moment

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

log = logging.getLogger(__name__)

Deed = Callable[..., Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEARTBEAT = 15.0  # seconds between signs of life of a quiet stream
_NUMBERS = ("id", "from", "chat", "message_id", "person", "reply_to", "thread", "edit", "user")
_SHOWN = ("image/", "audio/", "video/")


class Control:
    """HTTP routes around the methods of World; what a route takes is the signature of its function."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world

    def routes(self) -> list[web.AbstractRouteDef]:
        posts: dict[str, Deed] = {
            "person": self.person,
            "group": self.group,
            "migrate": self.migrate,
            "topic": self.topic,
            "send": self.send,
            "album": self.album,
            "press": self.press,
            "block": self.block,
            "unblock": self.unblock,
            "deactivate": self.deactivate,
            "kick": self.kick,
            "fail": self.fail,
            "limits": self.limits,
            "clock": self.clock,
        }
        gets: dict[str, Deed] = {
            "messages": self.messages,
            "calls": self.calls,
            "commands": self.commands,
            "chats": self.chats,
            "people": self.people,
            "faults": self.faults,
        }
        found: list[web.AbstractRouteDef] = [web.post(f"/_/{name}", _posted(deed)) for name, deed in posts.items()]
        found += [web.get(f"/_/{name}", _asked(deed)) for name, deed in gets.items()]
        found.append(web.post("/_/upload", _kindly(self.upload)))
        found.append(web.get("/_/file", _kindly(self.file)))
        found.append(web.get("/_/stream", _kindly(self.stream)))
        return found

    # people

    def person(self, **fields: Any) -> Json:
        person = self.world.person(**_fits(self.world.person, fields))
        return {**person.as_user(), "started": person.started, "blocked": person.blocked}

    def group(self, **fields: Any) -> Json:
        chat = self.world.group(**_fits(self.world.group, fields))
        return {
            **self.world.chat_json(chat),
            "members": chat.members,
            "bot": chat.bot_status,
        }

    def migrate(self, chat: int) -> Json:
        return self.world.chat_json(self.world.migrate(chat))

    def topic(self, chat: int, thread: int, closed: bool | None = None, deleted: bool | None = None) -> Json:
        self.world.topic(chat, thread, closed=closed, deleted=deleted)
        return {}

    def send(self, **fields: Any) -> Json:
        sent = self.world.send(**_fits(self.world.send, _from(fields)))
        shown = self._sent(sent)
        return shown[-1] | ({"parts": shown} if len(shown) > 1 else {})

    def album(self, **fields: Any) -> Json:
        sent = self._sent(self.world.album(**_from(fields)))
        return {"messages": [one["message"] for one in sent], "update_ids": [one["update_id"] for one in sent]}

    async def press(
        self,
        *,
        chat: int,
        message_id: int,
        text: str | None = None,
        data: str | None = None,
        wait: float = 0,
        **by: Any,
    ) -> Json:
        sender = _from(by).pop("sender", None)
        if sender is None or by:
            raise Misused("a press has from, chat, message_id, and text or data; wait is optional")
        return await self.sandbox.press(sender, chat, message_id, text=text, data=data, wait=wait)

    def block(self, person: int, by: str = "bot") -> Json:
        if by not in ("bot", "person"):
            raise Misused("by is bot: a person blocks the bot")
        return {"update_id": self.world.block(person)}

    def unblock(self, person: int) -> Json:
        return {"update_id": self.world.unblock(person)}

    def deactivate(self, person: int) -> Json:
        self.world.deactivate(person)
        return {}

    def kick(self, chat: int) -> Json:
        self.world.kick(chat)
        return {}

    # trouble and time

    def fail(self, kind: str | int | None = None, clear: bool = False, **more: Any) -> Json:
        if clear:
            self.world.faults.clear()
        if kind is not None:
            self.world.faults.order(**_fits(self.world.faults.order, {"kind": str(kind), **more}))
        elif not clear:
            raise Misused("give kind, or clear: true")
        return {"faults": self.world.faults.as_json()}

    def limits(self, on: bool) -> Json:
        self.world.limits.switch(bool(on))
        return {"on": self.world.limits.on}

    def clock(self, now: int | float | str | None = None) -> Json:
        """Pins the date of what happens next; null lets it run again."""
        if now is None:
            self.sandbox.now = self.sandbox.clock
        else:
            pinned = moment(now)
            self.sandbox.now = lambda: pinned
        return {"now": self.world.now().isoformat()}

    # looking

    def messages(self, chat: str | None = None, after: str = "0") -> Json:
        wanted = _whole("chat", chat) if chat is not None else None
        if wanted is not None and wanted not in self.world.chats:
            raise Misused(f"there is no chat {wanted}")
        return {"seq": self.world.seq, "messages": list(self.world.messages(wanted, _whole("after", after)))}

    def calls(self, after: str = "0") -> Json:
        since = _whole("after", after)
        return {"seq": self.world.seq, "calls": [call for call in self.world.calls if call["seq"] > since]}

    def commands(self, chat: str, user: str | None = None) -> Json:
        at = _whole("chat", chat)
        return {"commands": self.world.menu(at, _whole("user", user) if user is not None else at)}

    def chats(self, person: str) -> Json:
        return {"chats": self.world.chats_of(_whole("person", person))}

    def people(self) -> Json:
        return {
            "people": [{**p.as_user(), "started": p.started, "blocked": p.blocked} for p in self.world.people.values()]
        }

    def faults(self) -> Json:
        return {"faults": self.world.faults.as_json(), "limits": self.world.limits.on}

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """multipart: `file`, and `kind` (photo, voice, video, document, sticker) where the type does not say it."""
        if request.content_type != "multipart/form-data":
            raise Misused("upload as multipart/form-data with a field named file")
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise Misused("upload as multipart/form-data with a field named file")
        data = file.file.read()
        kind = form.get("kind") or _kind_of(file.content_type)
        if kind not in KINDS:
            raise Misused(f"kind must be one of {', '.join(KINDS)}")
        if kind == "photo" and not looks_like_picture(data):
            raise Misused("that is no picture an app would send as a photo; send it as a document")
        stored = self.world.files.store(str(kind), data, name=file.filename, mime=file.content_type)
        return _json(stored.view())

    async def file(self, request: web.Request) -> web.StreamResponse:
        stored = self.world.files.find(request.query.get("file_id", ""))
        if stored is None or stored.data is None:
            return _json({"error": "no bytes are kept for that file_id"}, 404)
        shown = stored.mime.startswith(_SHOWN) and "svg" not in stored.mime
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        if not shown:
            headers["Content-Disposition"] = "attachment"
        mime = stored.mime if shown else "application/octet-stream"
        return web.Response(body=stored.data, content_type=mime, headers=headers)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events of every change; `after` or Last-Event-ID replays, `calls=1` adds API calls."""
        start = request.headers.get("Last-Event-ID") or request.query.get("after")
        seq = _whole("after", start) if start else self.world.seq
        calls = request.query.get("calls") == "1"
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        try:
            await response.write(f": the sandbox, at {seq}\n\n".encode())
            while not self.sandbox.closing:
                changes = self.world.feed(seq)
                for change in changes:
                    seq = change.seq
                    if calls or change.type != "call":
                        await response.write(b"id: %d\ndata: %s\n\n" % (seq, orjson.dumps(self._change(change))))
                if not changes and not await self.world.changed(seq, HEARTBEAT):
                    await response.write(b": still here\n\n")
        except (ConnectionError, asyncio.CancelledError):
            pass  # the page was closed
        return response

    def _change(self, change: Change) -> Json:
        shown: Json = {"seq": change.seq, "type": change.type, "chat": change.chat, **change.more}
        if change.message is not None:
            shown["message"] = self.world.view(change.message)
        return shown

    def _sent(self, sent: list[tuple[Message, int | None]]) -> list[Json]:
        return [{"message": self.world.view(message), "update_id": update_id} for message, update_id in sent]


def _posted(deed: Deed) -> Handler:
    """A POST with a JSON object; a list of objects does each in turn (a benchmark sends hundreds at once)."""

    async def handle(request: web.Request) -> web.StreamResponse:
        _refuse_other_sites(request)
        try:
            body = orjson.loads(await request.read() or b"{}")
        except orjson.JSONDecodeError as why:
            raise Misused("the body must be JSON") from why
        if isinstance(body, list):
            return _json([await _do(deed, one) for one in body])
        return _json(await _do(deed, body))

    return _kindly(handle)


def _asked(deed: Deed) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return _json(await _do(deed, dict(request.query)))

    return _kindly(handle)


def _kindly(handle: Handler) -> Handler:
    async def kind(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except Misused as why:
            return _json({"error": str(why), **why.more}, 400)

    return kind


async def _do(deed: Deed, body: Any) -> Any:
    if not isinstance(body, dict):
        raise Misused("the body must be a JSON object")
    for name in _NUMBERS:
        if isinstance(body.get(name), str):
            body[name] = _whole(name, body[name])
    try:
        done = deed(**_fits(deed, body))
        return await done if inspect.isawaitable(done) else done
    except (TypeError, ValueError, AttributeError, KeyError) as why:
        if isinstance(why, Misused):
            raise
        log.debug("control call failed", exc_info=why)
        raise Misused(f"a field has the wrong type: {why}") from why


def _fits(deed: Deed, fields: Json) -> Json:
    signature = inspect.signature(deed)
    names = [name for name, one in signature.parameters.items() if one.kind is not one.VAR_KEYWORD]
    try:
        signature.bind(**fields)
    except TypeError as why:
        known = ", ".join("from" if name == "sender" else name for name in names) or "no fields"
        raise Misused(f"{why}; this takes: {known}") from why
    return fields


def _from(fields: Json) -> Json:
    if "from" in fields:
        fields["sender"] = fields.pop("from")
    return fields


def _refuse_other_sites(request: web.Request) -> None:
    """A page of another site, open in the same browser, must not play people here."""
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        raise Misused("controls are for this page only")


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as why:
        raise Misused(f"{name} must be a whole number, not {value!r}") from why


def _kind_of(mime: str) -> str:
    for start, kind in (("image/", "photo"), ("audio/", "voice"), ("video/", "video")):
        if mime.startswith(start):
            return kind
    return "document"


def _default(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body, default=_default), status=status, content_type="application/json")
