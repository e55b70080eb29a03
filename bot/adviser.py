"""The county's own language-model service, where it has one: asked for a second opinion on a matter, and never needed.

It gets masked words and a short list of matters, nothing of who wrote, where or when. Whatever goes wrong, there is no opinion: the officer
is answered without it, and the service is left alone for a minute.
"""

from collections.abc import Sequence
from time import monotonic

import aiohttp
import orjson
import structlog

log = structlog.get_logger()

_LARGEST = 65_536
_MOST = 2
_READ = 600


class HttpAdviser:
    """POST `{"text", "choices": [{"code", "name"}]}` → `{"codes": [best first]}`."""

    def __init__(self, url: str, *, seconds: float = 3.0, rest_seconds: float = 60.0) -> None:
        self._url = url
        self._limits = aiohttp.ClientTimeout(total=seconds)
        self._rest_seconds = rest_seconds
        self._rests_until = 0.0

    async def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> list[str]:
        """Codes among the choices, at most two, best first; empty when there is no opinion. Raises nothing."""
        if monotonic() < self._rests_until:
            return []
        body = orjson.dumps({"text": text[:_READ], "choices": [{"code": code, "name": name} for code, name in choices]})
        try:
            async with (
                aiohttp.ClientSession(timeout=self._limits, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(
                    self._url, data=body, headers={"Content-Type": "application/json"}, allow_redirects=False
                ) as answer,
            ):
                if answer.status != 200:
                    raise ValueError(f"status {answer.status}")
                raw = await answer.content.read(_LARGEST)
                codes = orjson.loads(raw)["codes"]
                if not isinstance(codes, list):
                    raise ValueError("codes is no list")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            self._rests_until = monotonic() + self._rest_seconds
            log.warning("the adviser gave no answer", action="adviser.failed", error=type(error).__name__)
            return []
        offered = {code for code, _ in choices}
        return [code for code in dict.fromkeys(c for c in codes if isinstance(c, str)) if code in offered][:_MOST]
