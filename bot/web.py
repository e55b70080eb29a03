"""The web side: the webhook (secret header, row, 200) and whether the process is well."""

import hmac
from typing import Any

import structlog
from aiohttp import web

from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.settings import Settings

log = structlog.get_logger()
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATH = "/telegram"


def make_web(
    settings: Settings, inbox: Inbox, health: Any, metrics: Metrics, *more: web.AbstractRouteDef
) -> web.Application:
    """An application with the webhook (when one is set), `/healthz`, `/metrics` and what else is given."""
    app = web.Application(client_max_size=4 * 1024 * 1024)
    secret = settings.webhook_secret.get_secret_value().encode()

    async def telegram(request: web.Request) -> web.Response:
        given = request.headers.get(_HEADER, "").encode()
        if not hmac.compare_digest(given, secret):
            log.warning("a post without the secret", action="webhook.refused")
            return web.Response(status=403)
        if await inbox.take([await request.read()]):
            log.warning("a post that is no update", action="webhook.bad")
            return web.Response(status=400)
        return web.Response()

    async def healthz(_: web.Request) -> web.Response:
        found = health()
        return web.json_response(found, status=200 if found["ok"] else 503)

    async def figures(_: web.Request) -> web.Response:
        page = await metrics.text(health()["tick_lag_seconds"])
        return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    if settings.webhook_url is not None:
        app.router.add_post(settings.webhook_url.path or PATH, telegram)
    app.router.add_routes(more)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", figures)
    return app
