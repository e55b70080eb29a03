"""From what Telegram sent to python-telegram-bot's `Update`, or to where it is not what Telegram's documentation says."""

from typing import Any

import orjson
from telegram import Bot, Update
from telegram import TelegramObject as Part

from bot.shape import misshapen

GUARD = Part.__setattr__
"""What python-telegram-bot asks at each attribute that is set: whether this object may still be changed."""


def let_be_set() -> None:
    """An update has two hundred attributes, each set once, when it is parsed. Asking `GUARD` for each is half of what parsing costs, and
    nobody here ever sets one later: without it they are set as in any other class with slots."""
    if "__setattr__" in vars(Part):
        delattr(Part, "__setattr__")


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
