"""An update is parsed to the same whether python-telegram-bot guards its attributes meanwhile or not."""

import copy
import json
from typing import Any

import pytest
from telegram import Bot, TelegramObject, Update

from bot import parse
from tests.bot.test_shape import CHAT, MESSAGE, PRESS, USER

FILE = {"file_id": "a", "file_unique_id": "b"}
MEMBER = {"user": {**USER, "is_bot": True}, "status": "member"}
UPDATES: list[dict[str, Any]] = [
    {"message": MESSAGE},
    {"edited_message": {**MESSAGE, "edit_date": 1_793_581_300, "text": "河口村有人倒垃圾", "entities": []}},
    {"callback_query": PRESS},
    {"callback_query": {**PRESS, "message": {"chat": CHAT, "message_id": 5, "date": 0}}},
    {"message": {**MESSAGE, "photo": [{**FILE, "width": 1, "height": 1}], "caption": "看", "media_group_id": "1"}},
    {"message": {**MESSAGE, "voice": {**FILE, "duration": 3}, "reply_to_message": {**MESSAGE, "text": "前一句"}}},
    {"message": {**MESSAGE, "venue": {"location": {"latitude": 28, "longitude": 109.4}, "title": "村口", "address": "x"}}},
    {"message": {**MESSAGE, "contact": {"phone_number": "1", "first_name": "x"}, "unheard_of": {"a": [1]}}},
    {"my_chat_member": {"chat": CHAT, "from": USER, "date": 5, "old_chat_member": {**MEMBER, "status": "left"},
                        "new_chat_member": MEMBER}},
]  # fmt: skip


def _parsed(update: dict[str, Any]) -> Update:
    found = parse.read(json.dumps(update).encode(), Bot("1:TEST"))
    assert isinstance(found, Update), found
    return found


@pytest.mark.parametrize("update", UPDATES)
def test_the_same_is_read_with_and_without_the_guard(update: dict[str, Any]):
    update = {"update_id": 1, **copy.deepcopy(update)}
    TelegramObject.__setattr__ = parse.GUARD
    try:
        guarded = _parsed(update)
        with pytest.raises(AttributeError, match="can't be set"):
            guarded.update_id = 2
    finally:
        parse.let_be_set()
    plain = _parsed(update)

    assert _all_of(plain) == _all_of(guarded)
    assert plain.to_dict() == guarded.to_dict()
    assert (plain.effective_user, plain.effective_chat) == (guarded.effective_user, guarded.effective_chat)


def _all_of(value: Any) -> Any:
    """Whatever is in it, down to the last slot."""
    if isinstance(value, TelegramObject):
        slots = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
        return type(value), {name: _all_of(getattr(value, name, "not set")) for name in slots if name != "_bot"}
    return [_all_of(one) for one in value] if isinstance(value, tuple) else value


def test_what_is_no_attribute_is_still_refused():
    parse.let_be_set()

    with pytest.raises(AttributeError):
        _parsed({"update_id": 1, "message": MESSAGE}).message.sent_by_whom = "x"
