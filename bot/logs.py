"""How log lines look. No line names a villager, their words or their chat; a traceback shows places and the kind of error, nothing else.

The message of an exception and the local variables of a frame may hold what somebody wrote, so neither is ever written.
"""

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog


def configure(form: str = "console", level: str = "info") -> None:
    """Key-value lines for people, or JSON for machines."""
    threshold = getattr(logging, level.upper())
    if form == "json":
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = Lines()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            places_only,
            Each(renderer),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_PlacesOnly("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("asyncio").addFilter(_first_line)
    for noisy in ("apscheduler", "httpx", "telegram", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


_RARE = {"exception", "exc_info", "stack", "logger", "logger_name"}
_FIRST = ("timestamp", "level", "event")
_needs_quotes = re.compile("[ \t=\r\n\"']").search


class Each:
    """What a batch has written down is one call of the logger, and a line of its own for each fact, as if each had been told alone: one
    time stamp, one write. `each` holds kind and subject."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def __call__(self, logger: Any, name: str, event: Any) -> Any:
        each = event.pop("each", None)
        if each is None:
            return self._line(logger, name, event)
        lines = ({**event, "event": kind, "action": kind, "subject": subject} for kind, subject in each)
        return "\n".join(self._line(logger, name, one) for one in lines)


class Lines:
    """structlog's lines for people, to the letter. Those without a traceback, which are nearly all, are put together here: a burst
    writes three for each breach, and a tenth of its processor time went into the console renderer's columns."""

    def __init__(self) -> None:
        self._rest = structlog.dev.ConsoleRenderer(colors=False)

    def __call__(self, logger: Any, name: str, event: Any) -> str:
        if not _RARE.isdisjoint(event) or {type(event.get(key)) for key in _FIRST} != {str}:
            return self._rest(logger, name, event)
        shown = [f"{key}={_shown(event[key])}" for key in sorted(event) if key not in _FIRST]
        line = f"{event['timestamp']} [{event['level']:<9}] {event['event']:<30} {' '.join(shown)}"
        return line.rstrip(" ")


def _shown(value: object) -> str:
    return value if isinstance(value, str) and not _needs_quotes(value) else repr(value)


def places_only(_logger: object, _name: str, event: Any) -> Any:
    """Turn exc_info into the places it went through, innermost last, each cause before its effect."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = places_of(error)
    return event


def places_of(error: BaseException) -> str:
    """File, line and function of every frame, and the kind of each error of the chain; no message, no values."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        parts.append(_frames(seen.__traceback__) + type(seen).__name__)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\ncaused\n".join(reversed(parts))


def _frames(begin: TracebackType | None) -> str:
    return "".join(f"  {f.filename}:{f.lineno} {f.name}\n" for f in traceback.extract_tb(begin, limit=-25))


def _first_line(record: logging.LogRecord) -> bool:
    """asyncio adds the repr of a task, which quotes the error's message; the places come from exc_info."""
    record.msg, record.args = record.getMessage().split("\n", 1)[0], ()
    return True


class _PlacesOnly(logging.Formatter):
    """The same for libraries that log by themselves."""

    def formatException(self, ei: Any) -> str:
        return places_of(ei[1]) if ei[1] is not None else ""
