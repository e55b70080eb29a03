"""Updates that nobody should send: real shapes with parts torn out, swapped, blown up and forged. Everything from one seed."""

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

from handlers.press import PRESSES

JSON = dict[str, Any]

VILLAGERS = tuple(range(7_200_000_001, 7_200_000_041))
WORDS = (
    "河口村集市上有人卖过期食品", "着火了救命", "收到", "1", "到", "", " ", "\u202e倒着写\u202c", "👨‍👩‍👧‍👦" * 300,
    "a" * 5000, "<b>未闭合", "&lt;&amp;",
    "'; DROP TABLE tip;--", "{{ 7*7 }}{% for x in y %}", "\x00\x01\x02", "٣٤٥", "１２３", "云溪-2026-0001", "字" * 4096, "\n" * 500, "0000",
    "云溪责改〔2026〕3号 11月2日", "13800000000", "http://127.0.0.1/" + "x" * 200, "%s%n%d", "\ufeff\u200b\u200d", "9" * 400,
)  # fmt: skip
COMMANDS = (
    "/start", "/start x", "/start " + "A" * 3000, "/help", "/tip", "/mytips", "/mytips 123456789", "/lang", "/cancel", "/report",
    "/tips",
    "/whistle", "/whistle 市监 交警 摊贩", "/whistle " + "市监 " * 400, "/cases", "/case", "/case ../../etc/passwd",
    "/case 0001", "/reward",
    "/calls", "/onduty", "/offduty", "/open", "/pay", "/pay 12345678901234567890 1", "/pay " + "1" * 999, "/review", "/people", "/rota",
    "/stats", "/stats x", "/board", "/mute 20", "/mute -1", "/take", "/phone", "/extend 99999999999999", "/stop", "/privacy", "/mydata",
    "/forgetme", "/nosuch", "/", "/@", "/start@other_bot", "/ whistle", "/whistle@whistle_sandbox_bot 市监",
)  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, -(2**63), 2**63 - 1, 1e308, -0.0, "", "0", "null", "字" * 1000, "\u0000", [], [[]], {},
    {"id": {}}, [None],
    {"": ""}, "1:ack:AAAAAAAA:0", {"id": -1, "type": "private"}, [{"type": "bot_command", "offset": -5, "length": 10**9}],
)  # fmt: skip
VERBS = (*PRESSES, "old", "x", "__class__", "a" * 24)


def updates(
    seed: int, count: int, staff: Sequence[int], groups: Sequence[int], refs: Sequence[str] = ()
) -> Iterator[JSON]:
    """`count` updates with rising numbers. `staff` and `groups` are real chat ids, `refs` real names inside buttons."""
    chance = random.Random(seed)
    for number in range(count):
        made = _honest(chance, staff, groups, refs)
        for _ in range(chance.choice((0, 0, 0, 1, 1, 3))):
            _spoil(chance, made)
        made["update_id"] = 500_000_000 + number
        yield made


def _honest(chance: random.Random, staff: Sequence[int], groups: Sequence[int], refs: Sequence[str]) -> JSON:
    """An update as Telegram would send it, with words that it might carry."""
    sender = chance.choice(VILLAGERS if chance.random() < 0.5 else staff)
    user = {"id": sender, "is_bot": False, "first_name": chance.choice(("某", "<i>", "字" * 64, "\u202e"))}
    chat: JSON = {"id": sender, "type": "private", "first_name": "某"}
    if groups and chance.random() < 0.2:
        chat = {"id": chance.choice(groups), "type": chance.choice(("supergroup", "group", "channel")), "title": "群"}
    message = {"message_id": chance.randrange(1, 2**31), "date": 1_793_581_200, "chat": chat, "from": user}
    kind = chance.randrange(10)
    if kind < 3:
        message |= {"text": chance.choice(WORDS)}
    elif kind < 5:
        text = chance.choice(COMMANDS)
        message |= {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(" ")[0])}]}
    elif kind < 6:
        message |= chance.choice(_things(chance))
    elif kind < 7:
        return {"edited_message": {**message, "edit_date": 1_793_581_300, "text": chance.choice(WORDS)}}
    elif kind < 9:
        press = {
            "id": str(chance.randrange(10**18)),
            "from": user,
            "message": {**message, "text": "卡"},
            "chat_instance": "1",
        }
        return {"callback_query": {**press, "data": _data(chance, refs)}}
    else:
        was, now = (
            {"user": {"id": 1000001, "is_bot": True, "first_name": "哨"}, "status": s} for s in _statuses(chance)
        )
        return {
            "my_chat_member": {
                "chat": chat,
                "from": user,
                "date": 1_793_581_200,
                "old_chat_member": was,
                "new_chat_member": now,
            }
        }
    return {"message": message}


def _things(chance: random.Random) -> list[JSON]:
    file = {
        "file_id": chance.choice(("AgAC", "", "x" * 300)),
        "file_unique_id": "u",
        "file_size": chance.choice((0, 2**40)),
    }
    return [
        {"photo": [{**file, "width": 1, "height": 1}], "caption": chance.choice(WORDS)},
        {"photo": []},
        {"voice": {**file, "duration": 0}},
        {"video": {**file, "duration": 1, "width": 0, "height": -1}, "media_group_id": "g"},
        {"document": file},
        {"sticker": {**file, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
        {"location": {"latitude": chance.choice((28.6, 999.0, -91)), "longitude": chance.choice((109.4, 1e9))}},
        {"venue": {"location": {"latitude": 28.6, "longitude": 109.4}, "title": chance.choice(WORDS), "address": ""}},
        {"contact": {"phone_number": "13900000000", "first_name": "某"}},
        {"poll": {"id": "1", "question": "?", "options": [], "type": "regular"}},
        {"dice": {"emoji": "🎲", "value": 6}},
        {"new_chat_members": [{"id": 1000001, "is_bot": True, "first_name": "哨"}]},
        {"migrate_to_chat_id": -100999},
        {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}},
        {},
    ]


def _statuses(chance: random.Random) -> tuple[str, str]:
    known = ("member", "kicked", "left", "administrator", "creator", "restricted", "nonsense")
    return chance.choice(known), chance.choice(known[:4])


def _data(chance: random.Random, refs: Sequence[str]) -> Any:
    """What a button carries: ours, ours gone wrong, or anything."""
    ref = (
        chance.choice(refs) if refs and chance.random() < 0.7 else chance.choice(("AAAAAAAA", "-", "", "字", "0" * 12))
    )
    arg = chance.choice(("", "", ".in30", ".SJ", ".x" * 8, ".-1", "." + "9" * 32))
    whole = f"1:{chance.choice(VERBS)}{arg}:{ref}:{chance.choice((0, 1, 7, 999_999))}"
    return chance.choice((whole, whole, whole, f"0:{whole}", whole[:-3], "", ":" * 64, "\x00", None, "字" * 21))


def _spoil(chance: random.Random, update: JSON) -> None:
    """Tear one part out, swap it for junk, repeat it inside itself, or add one that is not known."""
    places = list(_places(update))
    if not places:
        return
    where, key = chance.choice(places)
    match chance.randrange(5):
        case 0 if isinstance(where, dict):
            where.pop(key, None)
        case 1:
            where[key] = copy.deepcopy(where)
        case 2 if isinstance(where, dict):
            where[chance.choice(("is_topic_message", "message_thread_id", "via_bot", "reply_to_message", "new"))] = (
                copy.deepcopy(chance.choice(JUNK))
            )
        case _:
            where[key] = copy.deepcopy(chance.choice(JUNK))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)
