"""What Telegram documents passes; what it never sends is named by its path, never by its content."""

import copy
from typing import Any

import pytest

from bot.shape import misshapen

USER = {"id": 7_000_000_001, "is_bot": False, "first_name": "某"}
CHAT = {"id": 7_000_000_001, "type": "private"}
COMMAND = [{"type": "bot_command", "offset": 0, "length": 5}]
MESSAGE = {"message_id": 5, "date": 1_793_581_200, "chat": CHAT, "from": USER, "text": "/help", "entities": COMMAND}
PRESS = {"id": "1", "from": USER, "message": MESSAGE, "chat_instance": "x", "data": "1:ack:AAAAAAAA:0"}


def _with(path: str, value: Any) -> dict[str, Any]:
    update: dict[str, Any] = {"update_id": 1, "message": copy.deepcopy(MESSAGE), "callback_query": copy.deepcopy(PRESS)}
    *way, last = path.split(".")
    place = update
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return update


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("message.message_id", 5),
        ("message.photo", [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]),
        ("message.location", {"latitude": 28, "longitude": 109.4}),
        ("message.sticker", {"anything": None}),
        ("callback_query.message", {"chat": CHAT, "message_id": 5, "date": 0}),
        ("inline_query", {"id": []}),
    ],
)
def test_what_telegram_documents_passes(path: str, value: Any):
    assert misshapen(_with(path, value)) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("update_id", "1"),
        ("message.message_id", 2**31),
        ("message.message_id", True),
        ("message.date", 2**40),
        ("message.chat.id", {"id": 1}),
        ("message.from.id", 2**63),
        ("message.text", ["/help"]),
        ("message.entities.0.length", -1),
        ("callback_query.data", {}),
        ("callback_query.message.chat", None),
    ],
)
def test_what_telegram_never_sends_is_named(path: str, value: Any):
    assert misshapen(_with(path, value)) == path


def test_a_place_beyond_the_poles_is_misshapen():
    assert misshapen(_with("message.location", {"latitude": 999.0, "longitude": 0.0})) == "message.location.latitude"


def test_an_entity_outside_of_its_text_is_misshapen():
    assert misshapen(_with("message.text", "/he")) == "message"


def test_what_was_said_is_not_in_the_answer():
    assert "秘密" not in (misshapen(_with("message.text", {"秘密": 1})) or "")
