"""From what Telegram sent to python-telegram-bot's `Update`, or to where it is not what Telegram's documentation says."""

from typing import Any

import orjson
from telegram import Bot, Update

from bot.shape import misshapen


def read(payload: bytes, bot: Bot) -> Update | str:
    """The update; or where it is misshapen."""
    raw = orjson.loads(payload)
    if b"\\u0000" in payload:
        raw = _readable(raw)
    where = misshapen(raw)
    if where is not None:
        return where
    try:
        return Update.de_json(raw, bot)
    except Exception as error:  # a part that no handler reads, but that cannot be parsed either
        return type(error).__name__


def _readable(value: Any) -> Any:
    """The same without U+0000, which no text of PostgreSQL can hold."""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, list):
        return [_readable(one) for one in value]
    if isinstance(value, dict):
        return {key: _readable(one) for key, one in value.items()}
    return value
