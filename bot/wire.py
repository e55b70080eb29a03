"""Connections that stay open, for short calls that post JSON and get a short answer.

aiohttp's own connection and parser, without its session: what that does for each request (cookies, redirects, proxies, authentication, a
writer's task, four timers) a call to the Bot API has no use for, and it takes longer than everything else of a call together.
"""

import asyncio
import ssl
from collections import deque
from functools import cached_property, lru_cache
from typing import NamedTuple

from aiohttp.client_proto import ResponseHandler
from yarl import URL

_KEPT_SECONDS = 30.0  # servers let go of what is idle, most of them after a minute


class Unconnected(OSError):
    """No connection could be made: nothing was written."""


class _Target(NamedTuple):
    """Where a URL leads, and how each request to it begins."""

    host: str
    port: int
    tls: bool
    head: bytes


@lru_cache(maxsize=256)
def _target(url: str) -> _Target:
    found = URL(url)
    head = (
        f"POST {found.raw_path_qs} HTTP/1.1\r\nHost: {found.host_port_subcomponent}\r\nAccept: */*\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    return _Target(found.raw_host or "", found.port or 80, found.scheme == "https", head.encode("ascii"))


class Wire:
    """At most `connections` at a time; seconds to make one in `connect_timeout`."""

    def __init__(self, connections: int, connect_timeout: float) -> None:
        self._room = asyncio.Semaphore(connections)
        self._connect_timeout = connect_timeout
        self._idle: dict[tuple[str, int, bool], deque[tuple[float, ResponseHandler]]] = {}

    async def post(self, url: str, body: bytes, read_timeout: float) -> tuple[int, bytes]:
        """Status and body of the answer. Raises Unconnected; TimeoutError after so many seconds without a byte of an answer; what else
        befalls a request, as aiohttp or the system says it."""
        to = _target(url)
        async with self._room:
            line = self._free(to)
            if line is None:
                line = await self._open(to)
            try:
                line.set_response_params(read_timeout=read_timeout, read_until_eof=True)
                line.transport.write(b"%b%d\r\n\r\n%b" % (to.head, len(body), body))  # type: ignore[union-attr]
                line.start_timeout()
                message, payload = await line.read()
                while 100 <= message.code < 200:
                    message, payload = await line.read()
                answer = payload.read_nowait() if payload.is_eof() else await payload.read()
            except BaseException:
                line.close()
                raise
            self._keep(to, line, close=message.should_close)
            return message.code, answer

    def close(self) -> None:
        """Whatever is idle."""
        for lines in self._idle.values():
            for _, line in lines:
                line.close()
        self._idle.clear()

    def _free(self, to: _Target) -> ResponseHandler | None:
        """The one used last: those that are not needed grow old."""
        lines = self._idle.get(to[:3])
        oldest = asyncio.get_running_loop().time() - _KEPT_SECONDS
        while lines:
            since, line = lines.pop()
            if since >= oldest and line.is_connected() and not line.should_close:
                return line
            line.close()
        return None

    def _keep(self, to: _Target, line: ResponseHandler, *, close: bool) -> None:
        if close or line.should_close:
            line.close()
            return
        now, lines = asyncio.get_running_loop().time(), self._idle.setdefault(to[:3], deque())
        lines.append((now, line))
        while lines[0][0] < now - _KEPT_SECONDS:
            lines.popleft()[1].close()

    async def _open(self, to: _Target) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                tls = self._tls if to.tls else None
                _, line = await loop.create_connection(
                    lambda: ResponseHandler(loop), to.host, to.port, ssl=tls, happy_eyeballs_delay=0.25
                )
        except (OSError, TimeoutError) as error:
            raise Unconnected(type(error).__name__) from error
        return line

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()
