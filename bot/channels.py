"""Other ways to reach a person than the chat: the county's voice or SMS gateway, by signed HTTP.

    due row ─► ring row ─► COMMIT ─► Ringer claims it ─► Channel.deliver ─► rung | queued again (inside a minute) | failed
    the gateway ─► POST /hook/phone, signed likewise ─► answered · no_answer · heard

Signed as Standard Webhooks (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 HMAC-SHA256 of
id.timestamp.body>`. The id stays the same when a request is repeated: the gateway rings once.
"""

import asyncio
import base64
import binascii
import hmac
from datetime import datetime
from typing import Any, Protocol

import aiohttp
import orjson
import structlog
from aiohttp import web

from bot.store import Store
from bot.worker import Worker
from messages.render import Renderer
from workflows import ringing
from workflows.events import Kind
from workflows.refusals import Gone

log = structlog.get_logger()
PATH = "/hook/phone"
TOLERANCE = 300
"""Seconds that a callback's time may differ from ours."""


class NotNow(Exception):
    """It may work in a moment: no connection, no answer in time, 408, 429, 5xx."""


class NeverSo(Exception):
    """It will not work by repeating: refused, unknown address, wrong signature."""


class Channel(Protocol):
    """One way to reach a person. `deliver` returns when it was taken; raises NotNow or NeverSo."""

    async def deliver(self, message_id: str, body: dict[str, Any], at: datetime) -> None: ...


class Signer:
    """Signs and checks with one shared secret: any text, or `whsec_` and base64 as Standard Webhooks writes it."""

    def __init__(self, secret: str) -> None:
        raw = secret.removeprefix("whsec_")
        try:
            self._key = base64.b64decode(raw, validate=True) if raw != secret else secret.encode()
        except binascii.Error:
            self._key = secret.encode()

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        content = f"{message_id}.{timestamp}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(self._key, content, "sha256")).decode()

    def holds(self, message_id: str, timestamp: str, signatures: str, body: bytes, now: datetime) -> bool:
        """Whether one of the signatures is ours and the time is near."""
        if not (message_id and timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
            return False
        right = self.sign(message_id, int(timestamp), body).encode()
        return any([hmac.compare_digest(right, one.encode()) for one in signatures.split(" ")])  # noqa: C419 (all are tried)


class HttpHook:
    """The county's gateway behind one URL."""

    def __init__(self, url: str, signer: Signer, *, seconds: float = 10.0) -> None:
        self._url, self._signer = url, signer
        self._limits = aiohttp.ClientTimeout(total=seconds)

    async def deliver(self, message_id: str, body: dict[str, Any], at: datetime) -> None:
        raw, timestamp = orjson.dumps(body), int(at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self._signer.sign(message_id, timestamp, raw),
            "Idempotency-Key": message_id,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=self._limits, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self._url, data=raw, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotNow(type(error).__name__) from error
        if status in (408, 425, 429) or status >= 500:
            raise NotNow(f"status {status}")
        if not 200 <= status < 300:
            raise NeverSo(f"status {status}")


class Ringer(Worker):
    """Claims ring rows and hands them to a channel, a few at once; every outcome is written down."""

    name = "ringer"
    failed = "ringer.failed"
    wakes = frozenset({Kind.PHONE_QUEUED})

    def __init__(self, store: Store, channel: Channel, renderer: Renderer, callback: str) -> None:
        super().__init__(store)
        self._channel, self._renderer, self._callback = channel, renderer, callback

    async def _work(self) -> None:
        rings = await self._store.decide(ringing.claim)
        await asyncio.gather(*(self._ring(one) for one in rings))

    def _rest(self) -> float:
        return 1.0  # what is to be repeated inside a minute is looked for every second

    async def _ring(self, one: dict[str, Any]) -> None:
        body = {
            "id": one["id"],
            "kind": "call.reminder",
            "drill": one["drill"],
            "call": one["call"],
            "unit": one["unit"],
            "seat": one["seat"],
            "phone": one["phone"],
            "attempt": one["attempt"],
            "words": self._renderer.line("words", "phone_call", "zh", one),
            "callback": self._callback,
        }
        try:
            await self._channel.deliver(one["id"], body, self._store.clock.now())
        except NotNow as error:
            goes = await self._store.decide(ringing.again, one["id"], str(error))
            log.warning("a phone did not ring", action="phone.retried" if goes else "phone.failed", why=str(error))
        except NeverSo as error:
            await self._store.decide(ringing.failed, one["id"], str(error))
            log.warning("a phone cannot be rung", action="phone.failed", why=str(error))
        else:
            await self._store.decide(ringing.taken, one["id"])


def callback_route(store: Store, signer: Signer) -> web.RouteDef:
    """`POST /hook/phone`: {"id": ring, "result": answered | no_answer | heard}. 401 for a wrong signature or an old time."""

    async def hear(request: web.Request) -> web.Response:
        body, headers = await request.read(), request.headers
        message_id = headers.get("webhook-id", "")[:80]
        told = (message_id, headers.get("webhook-timestamp", ""), headers.get("webhook-signature", ""))
        if not signer.holds(*told, body, store.clock.now()):
            log.warning("a callback that is not signed by the gateway", action="hook.refused")
            return web.Response(status=401)
        try:
            said = orjson.loads(body)
            ring_id, outcome = str(said["id"]), str(said["result"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return web.Response(status=400)
        try:
            new = await store.decide(ringing.result, ring_id, message_id, outcome)
        except Gone:
            return web.Response(status=404)
        return web.json_response({"new": new})

    return web.post(PATH, hear)
