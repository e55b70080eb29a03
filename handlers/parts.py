"""A large file that comes in pieces: a connection that breaks goes on where it stopped, at whichever replica, also after a restart.

    GET  /p/TOKEN/part/KEY              {"have": bytes that lie here}
    PUT  /p/TOKEN/part/KEY?from=BYTES   the next piece, behind the others; 409 and the true number where `from` is another
    POST /p/TOKEN/part/KEY              name and type: it is whole, looked at and kept like any other

KEY is the browser's own mark of a file (name, size, time), so that choosing the same file again goes on. Pieces lie in the evidence store
under the number of their first byte, sealed and bound to their place, and go when the file is whole or a day has passed. Who writes a place
first has it: two tabs or two replicas do not write into one another.
"""

import asyncio
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from aiohttp import ClientError, web

from handlers import continued
from handlers.edge import Edge
from workflows.policy import Pages
from workflows.refusals import Refusal

log = structlog.get_logger()

PIECE = 8 * 1024 * 1024
"""Bytes that one request may bring, and that are held in memory meanwhile; the page sends four megabytes."""
_CHUNK = 256 * 1024


async def part(edge: Edge, request: web.Request, browser: str | None) -> web.Response:
    """All three requests. Raises what `may_upload` refuses."""
    found, limits = await edge.store.read(partial(continued.upload_link, request.match_info["token"], browser))
    upload = f"{found}/{request.match_info['key']}"
    if request.method == "GET":
        return await _have(edge, upload)
    return await (
        _append(edge, upload, request, limits) if request.method == "PUT" else _whole(edge, found, upload, request)
    )


async def _size(edge: Edge, upload: str) -> int:
    """Bytes that lie here without a gap."""
    end = 0
    for begins, holds in sorted((await edge.shelf.pieces(upload)).items()):
        if begins != end:
            break
        end += holds
    return end


async def _have(edge: Edge, upload: str, status: int = 200) -> web.Response:
    return web.json_response({"have": await _size(edge, upload)}, status=status)


async def _append(edge: Edge, upload: str, request: web.Request, limits: Pages) -> web.Response:
    """What arrived before a connection broke stays; the next piece begins behind it."""
    have = await _size(edge, upload)
    if request.query.get("from") != str(have):
        return await _have(edge, upload, 409)
    if not have:
        await edge.shelf.sweep(timedelta(hours=limits.upload_hours))
        if len(await edge.shelf.uploads(upload.partition("/")[0])) >= limits.most_files:
            return web.json_response({"have": 0, "said": "too_many"}, status=413)
    took = bytearray()
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            took += chunk
            if len(took) > PIECE or have + len(took) > limits.largest:
                return web.json_response({"have": have, "said": "too_big"}, status=413)
    except (ClientError, *continued.BROKEN):
        log.info(
            "an upload broke off, and goes on from here", action="upload.broke", took=len(took)
        )  # nobody is there to be answered
    if took:
        sealed = await asyncio.to_thread(edge.vault.seal_bytes, f"{upload}/{have}", bytes(took))
        if not await edge.shelf.put_piece(upload, have, sealed):
            return await _have(edge, upload, 409)
    return await _have(edge, upload)


async def _whole(edge: Edge, found: str, upload: str, request: web.Request) -> web.Response:
    """The file is whole: put together, looked at, kept, and the pieces go. Another size than it should have: go on sending."""
    form = await continued.heard(request.post())
    have = await _size(edge, upload)
    if str(form.get("size")) != str(have):
        return await _have(edge, upload, 409)
    name, declared = str(form.get("name", "")), str(form.get("type", ""))
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "file"
        await _together(edge, upload, path)
        try:
            said = await continued.keep(edge, found, path, name, declared)
        except Refusal:
            said = "over"
    await edge.shelf.drop(upload)
    return web.json_response({"said": said})


async def _together(edge: Edge, upload: str, path: Path) -> None:
    """One piece after the other, so that a large file never lies in memory."""
    with path.open("wb") as out:
        for begins in sorted(await edge.shelf.pieces(upload)):
            sealed = await edge.shelf.piece(upload, begins)
            data = await asyncio.to_thread(edge.vault.unseal_bytes, f"{upload}/{begins}", sealed)
            await asyncio.to_thread(out.write, data)
