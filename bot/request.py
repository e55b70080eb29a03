"""The HTTP side of python-telegram-bot on aiohttp: one connection pool, and errors that say whether a message may have arrived.

`NotSent`: the request never left, so it may be sent again without a mark. `TimedOut`: it left and no answer came; a copy may exist.
"""

from functools import lru_cache
from typing import Any

import aiohttp
import orjson
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData


class NotSent(NetworkError):
    """The connection could not be made, or broke before the request was written."""


class AiohttpRequest(BaseRequest):
    """What python-telegram-bot asks of a transport; timeouts in seconds."""

    def __init__(self, *, connections: int = 100, read_timeout: float = 20.0, connect_timeout: float = 5.0) -> None:
        self._connections = connections
        self._read = read_timeout
        self._connect = connect_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body; raises NotSent or TimedOut."""
        if self._session is None:
            raise RuntimeError("the request class is not initialized")
        read = self._read if not isinstance(read_timeout, (int, float)) else float(read_timeout)
        connect = self._connect if not isinstance(connect_timeout, (int, float)) else float(connect_timeout)
        return await self._exchange(url, method, _body(request_data), _limits(connect, read))

    async def download(self, url: str) -> bytes:
        """A file's bytes. Raises python-telegram-bot's errors."""
        status, payload = await self._exchange(url, "GET", None, _limits(self._connect, self._read))
        return payload if status == 200 else await self._raise(url, status, payload)

    async def call(self, url: str, params: dict[str, Any], *, read_timeout: float | None = None) -> Any:
        """One Bot API call with a plain dict, for the sender; the result as parsed JSON. Raises python-telegram-bot's errors.

        A file that is not on Telegram's servers yet is a pair of name and bytes; the call is a form then.
        """
        limits = _limits(self._connect, read_timeout or self._read)
        body = _form(params) if any(isinstance(v, tuple) for v in params.values()) else _json(params)
        status, payload = await self._exchange(url, "POST", body, limits)
        if status == 200:
            return orjson.loads(payload)["result"]
        return await self._raise(url, status, payload)

    async def _raise(self, url: str, status: int, payload: bytes) -> Any:
        """Let python-telegram-bot turn an error answer into its error classes."""
        return await _Answered(status, payload).post(url)

    async def _exchange(self, url: str, method: str, body: Any, limits: aiohttp.ClientTimeout) -> tuple[int, bytes]:
        assert self._session is not None  # noqa: S101
        try:
            async with self._session.request(method, url, data=body, timeout=limits) as response:
                return response.status, await response.read()
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NotSent(f"no connection: {type(error).__name__}") from error
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TimedOut(f"the answer was lost: {type(error).__name__}") from error


@lru_cache(maxsize=16)
def _limits(connect: float, read: float) -> aiohttp.ClientTimeout:
    """Seconds until it is connected, and until the next piece of the answer comes."""
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)


def _json(params: dict[str, Any]) -> aiohttp.BytesPayload:
    given = orjson.dumps({k: v for k, v in params.items() if v is not None})
    return aiohttp.BytesPayload(given, content_type="application/json")


def _form(params: dict[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # a quoted Chinese file name is shown quoted
    for name, value in params.items():
        if isinstance(value, tuple):
            form.add_field(name, value[1], filename=value[0], content_type="application/octet-stream")
        elif value is not None:
            form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    return form


class _Answered(BaseRequest):
    """An answer that was already read, given to python-telegram-bot's own error parsing."""

    def __init__(self, status: int, payload: bytes) -> None:
        self._answer = (status, payload)

    @property
    def read_timeout(self) -> float:
        return 0.0

    async def initialize(self) -> None:
        return

    async def shutdown(self) -> None:
        return

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self._answer


def _body(request_data: RequestData | None) -> Any:
    if request_data is None:
        return None
    if request_data.contains_files:
        form = aiohttp.FormData(quote_fields=False)  # a quoted Chinese file name is shown quoted
        for name, value in request_data.json_parameters.items():
            form.add_field(name, value)
        for name, part in request_data.multipart_data.items():
            filename, content, mime = part
            form.add_field(name, content, filename=filename, content_type=mime)
        return form
    return request_data.json_parameters
