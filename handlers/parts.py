"""A large file that comes in pieces: a connection that breaks goes on where it stopped, also after a restart of the bot.

    GET  /p/TOKEN/part/KEY              {"have": bytes that lie here}
    PUT  /p/TOKEN/part/KEY?from=BYTES   the next piece, appended; 409 and the true number where `from` is another
    POST /p/TOKEN/part/KEY              name and type: it is whole, looked at and kept like any other

KEY is the browser's own mark of a file (name, size, time), so that choosing the same file again goes on. Pieces lie beside the store,
readable by this service alone, and go when the file is whole or a day has passed.
"""

import asyncio
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientError, web

from handlers import continued
from handlers.edge import Edge
from workflows.refusals import Gone, Refusal

log = structlog.get_logger()

PIECE = 8 * 1024 * 1024
"""Bytes that one request may bring; the page sends four megabytes."""
_CHUNK = 256 * 1024
_BUSY: set[Path] = set()
"""Two tabs that send the same file do not write into one another."""


async def part(edge: Edge, request: web.Request, browser: str | None) -> web.Response:
    """All three requests. Raises what `may_upload` refuses."""
    found = await edge.store.read(partial(continued.upload_link, request.match_info["token"], browser))
    path = _folder(edge) / f"{found}-{request.match_info['key']}"
    if request.method == "GET":
        return _have(path)
    if path in _BUSY:
        return _have(path, 409)
    _BUSY.add(path)
    try:
        return await (_append(path, request) if request.method == "PUT" else _whole(edge, found, path, request))
    finally:
        _BUSY.discard(path)


def _folder(edge: Edge) -> Path:
    folder = edge.parts
    if folder is None:
        raise Gone()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _have(path: Path, status: int = 200) -> web.Response:
    return web.json_response({"have": path.stat().st_size if path.exists() else 0}, status=status)


async def _append(path: Path, request: web.Request) -> web.Response:
    """What arrived before a connection broke stays; the next piece begins behind it."""
    have = path.stat().st_size if path.exists() else 0
    if request.query.get("from") != str(have):
        return _have(path, 409)
    if not have:
        await asyncio.to_thread(_sweep, path.parent)
        if len(list(path.parent.glob(f"{path.name.partition('-')[0]}-*"))) >= continued.MOST:
            return web.json_response({"have": 0, "said": "too_many"}, status=413)
    took = 0
    with path.open("ab") as out:
        try:
            async for chunk in request.content.iter_chunked(_CHUNK):
                took += len(chunk)
                if took > PIECE or have + took > continued.LARGEST:
                    return web.json_response({"have": have, "said": "too_big"}, status=413)
                await asyncio.to_thread(out.write, chunk)
        except (ClientError, web.RequestPayloadError, ConnectionError, TimeoutError):
            log.info(
                "an upload broke off, and goes on from here", action="upload.broke", took=took
            )  # nobody is there to be answered
        finally:
            await asyncio.to_thread(_to_disk, out)
    return _have(path)


def _to_disk(out: Any) -> None:
    out.flush()
    os.fsync(out.fileno())


async def _whole(edge: Edge, found: str, path: Path, request: web.Request) -> web.Response:
    """The file is whole: looked at, kept, and the pieces go. Another size than it should have: go on sending."""
    form = await request.post()
    have = path.stat().st_size if path.exists() else 0
    if str(form.get("size")) != str(have):
        return _have(path, 409)
    name, declared = str(form.get("name", "")), str(form.get("type", ""))
    try:
        said = await continued.keep(edge, found, path, name, declared)
    except Refusal:
        said = "over"
    path.unlink(missing_ok=True)
    return web.json_response({"said": said})


def _sweep(folder: Path) -> None:
    """Pieces that nobody has gone on with for a day."""
    old = time.time() - continued.LIVES.total_seconds()
    for one in folder.iterdir():
        if one.stat().st_mtime < old:
            one.unlink(missing_ok=True)
