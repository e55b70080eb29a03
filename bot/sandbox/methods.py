"""The Bot API methods: what each takes, what it refuses and in which words."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from bot.sandbox.errors import Refused, bad_request
from bot.sandbox.files import MOST_DOWNLOADED, File
from bot.sandbox.keyboards import inline_keyboard, reply_markup
from bot.sandbox.markup import Entity, found_in, parse_html, trim, units
from bot.sandbox.params import Params
from bot.sandbox.state import QUERY_LIVES, Chat, Json, Message, Topic
from bot.sandbox.world import World, age_of

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_TOAST = 200
DELETABLE = 48 * 3600
FOREVER = 0x7FFFFFFF
_TOPIC_COLOURS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")

Method = Callable[[World, Params], Any]


def get_me(world: World, params: Params) -> Json:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def send_message(world: World, params: Params) -> Json:
    chat = world.chat_for_bot(params.chat_id())
    text, entities = _formatted(params, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if units(text) > MOST_TEXT:
        raise bad_request("message is too long")
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    return _send(world, params, chat, "text", content)


def send_photo(world: World, params: Params) -> Json:
    return _send_file(world, params, "photo")


def send_document(world: World, params: Params) -> Json:
    return _send_file(world, params, "document")


def send_voice(world: World, params: Params) -> Json:
    return _send_file(world, params, "voice")


def send_video(world: World, params: Params) -> Json:
    return _send_file(world, params, "video")


def send_location(world: World, params: Params) -> Json:
    chat = world.chat_for_bot(params.chat_id())
    place: Json = {}
    for name, most in (("latitude", 90), ("longitude", 180)):
        value = params.real(name)
        if value is None:
            raise bad_request(f"{name} is empty")
        if not -most <= value <= most:
            raise bad_request("wrong location specified")
        place[name] = value
    accuracy = params.real("horizontal_accuracy")
    if accuracy is not None:
        if not 0 <= accuracy <= 1500:
            raise bad_request("wrong horizontal accuracy specified")
        place["horizontal_accuracy"] = accuracy
    period = params.whole("live_period")
    if period:
        if not (60 <= period <= 86400 or period == FOREVER):
            raise bad_request("wrong live location period specified")
        place["live_period"] = period
    return _send(world, params, chat, "location", {"location": place})


def send_media_group(world: World, params: Params) -> list[Json]:
    chat = world.chat_for_bot(params.chat_id())
    media = params.json("media")
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise bad_request("can't parse media: expected an Array of Objects")
    if len(media) < 2:
        raise bad_request("too few messages to send as an album")
    if len(media) > 10:
        raise bad_request("too many messages to send as an album")
    kinds = {item.get("type") for item in media}
    if not kinds <= {"photo", "video", "document"}:
        raise bad_request("wrong media type specified")
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    options = _options(world, params, chat)
    ready = []
    for item in media:
        caption = _captioned(*_parsed(item.get("caption"), item.get("parse_mode"), item.get("caption_entities")))
        file = _take_file(world, params, item["type"], item.get("media"), None)
        ready.append((item["type"], {item["type"]: file.as_json()} | caption, file))
    world.limits.check(chat.id, weight=len(media))
    group = {"media_group_id": str(random.randrange(10**16, 10**17))}
    if options.pop("protect"):
        group["has_protected_content"] = True  # type: ignore[assignment]
    return [
        world.post(chat, kind, content | group, file=file, **_for_post(options)).body for kind, content, file in ready
    ]


def edit_message_text(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    text, entities = _formatted(params, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if units(text) > MOST_TEXT:
        raise bad_request("message is too long")
    keyboard = _keyboard_only(params, chat)
    body = message.body
    if "text" not in body:
        raise bad_request("there is no text in the message to edit")
    if (text, entities, keyboard) == (body["text"], body.get("entities", []), body.get("reply_markup")):
        raise _not_modified()
    changed = {name: value for name, value in body.items() if name not in ("entities", "reply_markup")}
    changed["text"] = text
    if entities:
        changed["entities"] = entities
    return _edited(world, message, changed, keyboard)


def edit_message_reply_markup(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    keyboard = _keyboard_only(params, chat)
    if keyboard == message.body.get("reply_markup"):
        raise _not_modified()
    changed = {name: value for name, value in message.body.items() if name != "reply_markup"}
    return _edited(world, message, changed, keyboard)


def answer_callback_query(world: World, params: Params) -> bool:
    text = params.text("text") or ""
    query = world.queries.get(params.text("callback_query_id") or "")
    if query is None or query.answer is not None or age_of(query) > QUERY_LIVES:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(text) > MOST_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    query.answered.set()
    world.note("answer", query.chat, person=query.person, **query.answer)
    return True


def delete_message(world: World, params: Params) -> bool:
    chat = world.chat_for_bot(params.chat_id())
    message = _find(chat, params.whole("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if message.sender is not None and chat.type != "private" and chat.bot_status != "administrator":
        raise bad_request("message can't be deleted")
    if world.timestamp() - message.body["date"] > DELETABLE:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    message.pinned = False
    world.touch(message, "delete")
    return True


def pin_chat_message(world: World, params: Params) -> bool:
    chat = world.chat_for_bot(params.chat_id())
    if chat.type != "private" and chat.bot_status != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    message = _find(chat, params.whole("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    if message.kind == "service":
        raise bad_request("message can't be pinned")
    if message.pinned:
        return True
    message.pinned = True
    world.touch(message, "pin")
    thread = message.body.get("message_thread_id")
    _service(world, chat, {"pinned_message": message.as_reply()}, thread, silent=params.flag("disable_notification"))
    return True


def get_file(world: World, params: Params) -> Json:
    file = world.files.find(params.text("file_id") or "")
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MOST_DOWNLOADED:
        raise bad_request("file is too big")
    return {
        "file_id": params.text("file_id"),
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def create_forum_topic(world: World, params: Params) -> Json:
    chat = _forum(world, params, "create a topic")
    name = _topic_name(params)
    colour = params.whole("icon_color") or random.choice(_TOPIC_COLOURS)
    if colour not in _TOPIC_COLOURS:
        raise bad_request("invalid forum topic icon color specified")
    world.limits.check(chat.id)
    made: Json = {"name": name, "icon_color": colour}
    if icon := params.text("icon_custom_emoji_id"):
        made["icon_custom_emoji_id"] = icon
    message = world.post(chat, "service", {"forum_topic_created": made})
    thread = message.message_id  # a topic is named by the message that opened it
    message.body |= {"message_thread_id": thread, "is_topic_message": True}
    chat.topics[thread] = Topic(thread, name, colour, icon)
    world.emit("message", chat.id, message.body)
    world.note("topic", chat.id, thread=thread, name=name)
    return {"message_thread_id": thread, **made}


def edit_forum_topic(world: World, params: Params) -> bool:
    chat = _forum(world, params, "manage topics")
    topic = _topic(chat, params)
    icon = params.text("icon_custom_emoji_id")
    name = _topic_name(params) if params.text("name") else topic.name
    if name == topic.name and icon in (None, topic.icon_custom_emoji_id):
        raise bad_request("TOPIC_NOT_MODIFIED")
    changed: Json = {"name": name} if name != topic.name else {}
    topic.name = name
    if icon is not None:
        topic.icon_custom_emoji_id = changed["icon_custom_emoji_id"] = icon
    _service(world, chat, {"forum_topic_edited": changed}, topic.thread)
    world.note("topic", chat.id, thread=topic.thread, name=name)
    return True


def close_forum_topic(world: World, params: Params) -> bool:
    chat = _forum(world, params, "manage topics")
    topic = _topic(chat, params)
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = True
    _service(world, chat, {"forum_topic_closed": {}}, topic.thread)
    world.note("topic", chat.id, thread=topic.thread, closed=True)
    return True


def set_my_commands(world: World, params: Params) -> bool:
    commands = params.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    clean = []
    for command in commands:
        word = str(command.get("command", "")) if isinstance(command, dict) else ""
        meaning = str(command.get("description", "")).strip() if isinstance(command, dict) else ""
        if not _COMMAND.fullmatch(word.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(meaning) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        clean.append({"command": word.removeprefix("/"), "description": meaning})
    language = params.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("BOT_COMMAND_LANGCODE_INVALID" if len(language) != 2 else "LANG_CODE_INVALID")
    scope = _scope(world, params.json("scope"))
    if clean:
        world.commands[(*scope, language)] = clean
    else:
        world.commands.pop((*scope, language), None)
    world.note("commands", scope[1])
    return True


def get_chat_member(world: World, params: Params) -> Json:
    chat = world.chat_for_bot(params.chat_id())
    user = params.whole("user_id")
    if user is None:
        raise bad_request("invalid user_id specified")
    member = world.member_json(chat, user)
    if member is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member


METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "sendvoice": send_voice,
    "sendvideo": send_video,
    "sendlocation": send_location,
    "sendmediagroup": send_media_group,
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "answercallbackquery": answer_callback_query,
    "deletemessage": delete_message,
    "pinchatmessage": pin_chat_message,
    "getfile": get_file,
    "createforumtopic": create_forum_topic,
    "editforumtopic": edit_forum_topic,
    "closeforumtopic": close_forum_topic,
    "setmycommands": set_my_commands,
    "getchatmember": get_chat_member,
}


def _formatted(params: Params, name: str, entities: str) -> tuple[str, list[Entity]]:
    return _parsed(params.text(name), params.text("parse_mode"), params.json(entities))


def _parsed(text: str | None, mode: str | None, given: Any) -> tuple[str, list[Entity]]:
    text = (text or "").replace("\r", "")
    if mode:
        if mode.lower() != "html":
            raise bad_request("unsupported parse_mode")  # this bot speaks HTML; the other two modes are not offered
        parsed, entities = parse_html(text)
        known = parsed
        taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in entities]
    else:
        if given is not None and not isinstance(given, list):
            raise bad_request("can't parse entities: expected an Array of MessageEntity")
        known, entities = trim(text, [dict(entity) for entity in given or ()])
        taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in entities]
    for entity in found_in(known):
        start, stop = entity["offset"], entity["offset"] + entity["length"]
        if not any(start < end and begin < stop for begin, end in taken):
            entities.append(entity)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return known, entities


def _captioned(text: str, entities: list[Entity]) -> Json:
    if units(text) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def _send_file(world: World, params: Params, kind: str) -> Json:
    chat = world.chat_for_bot(params.chat_id())
    caption = _captioned(*_formatted(params, "caption", "caption_entities"))
    file = _take_file(world, params, kind, params.values.get(kind), params.files.get(kind))
    return _send(world, params, chat, kind, {kind: file.as_json()} | caption, file)


def _take_file(world: World, params: Params, kind: str, value: Any, upload: Any) -> File:
    if upload is None and isinstance(value, str) and value.startswith("attach://"):
        upload = params.files.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
    if upload is not None:
        shape = {name: params.whole(name) or 0 for name in ("duration", "width", "height")} if kind != "photo" else {}
        return world.files.accept(kind, upload.data, name=upload.name, mime=upload.mime, **shape)
    if not isinstance(value, str) or not value:
        raise bad_request(f"there is no {kind} in the request")
    return world.files.reuse(kind, value)


def _send(world: World, params: Params, chat: Chat, kind: str, content: Json, file: File | None = None) -> Json:
    options = _options(world, params, chat)
    keyboard, reply_keyboard = reply_markup(params.json("reply_markup"), private=chat.type == "private")
    world.limits.check(chat.id)
    if options.pop("protect"):
        content["has_protected_content"] = True
    if keyboard is not None:
        content["reply_markup"] = keyboard
    return world.post(chat, kind, content, file=file, reply_keyboard=reply_keyboard, **_for_post(options)).body


def _options(world: World, params: Params, chat: Chat) -> dict[str, Any]:
    """Thread, reply, silence and protection, checked."""
    thread = params.whole("message_thread_id")
    if thread:
        topic = chat.topics.get(thread)
        if topic is None or topic.deleted:
            raise bad_request("message thread not found")
        if topic.closed and chat.bot_status != "administrator":
            raise bad_request("TOPIC_CLOSED")
    reply = params.json("reply_parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("can't parse reply parameters JSON object")
    wanted = reply.get("message_id", params.whole("reply_to_message_id"))
    replied = _find(chat, int(wanted)) if wanted else None
    if wanted and replied is None:
        lenient = reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
        if not lenient:
            raise bad_request("message to be replied not found")
    if replied is not None and not thread and chat.forum:
        thread = replied.body.get("message_thread_id")
    return {
        "thread": thread or None,
        "reply_to": replied,
        "silent": params.flag("disable_notification"),
        "protect": params.flag("protect_content"),
    }


def _for_post(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("thread", "reply_to", "silent")}


def _find(chat: Chat, message_id: int | None) -> Message | None:
    message = chat.messages.get(message_id or 0)
    return None if message is None or message.deleted else message


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    if params.chat_id() in (None, "") or params.whole("message_id") is None:
        raise bad_request("message identifier is not specified")
    chat = world.chat_for_bot(params.chat_id())
    message = _find(chat, params.whole("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    # a message that brought a reply keyboard cannot be edited either
    if message.sender is not None or message.kind == "service" or message.reply_keyboard is not None:
        raise bad_request("message can't be edited")
    return chat, message


def _keyboard_only(params: Params, chat: Chat) -> Json | None:
    markup = params.json("reply_markup")
    return inline_keyboard(markup, private=chat.type == "private") if markup else None


def _edited(world: World, message: Message, body: Json, keyboard: Json | None) -> Json:
    world.limits.check(message.chat_id)
    body["edit_date"] = world.timestamp()
    if keyboard is not None:
        body["reply_markup"] = keyboard
    message.body = body
    message.edited += 1
    world.touch(message, "edit")
    return body


def _not_modified() -> Refused:
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )


def _service(world: World, chat: Chat, content: Json, thread: int | None, *, silent: bool = False) -> None:
    """A service message of the bot's own doing; unlike its other messages the bot gets this one as an update."""
    message = world.post(chat, "service", content, thread=thread, silent=silent)
    world.emit("message", chat.id, message.body)


def _forum(world: World, params: Params, deed: str) -> Chat:
    chat = world.chat_for_bot(params.chat_id())
    if not chat.forum:
        raise bad_request("the chat is not a forum")
    if chat.bot_status != "administrator":
        raise bad_request(f"not enough rights to {deed}")
    return chat


def _topic(chat: Chat, params: Params) -> Topic:
    topic = chat.topics.get(params.whole("message_thread_id") or 0)
    if topic is None or topic.deleted:
        raise bad_request("message thread not found")
    return topic


def _topic_name(params: Params) -> str:
    name = (params.text("name") or "").strip()
    if not 1 <= len(name) <= 128:
        raise bad_request("topic name must be 1-128 characters long" if name else "TOPIC_TITLE_EMPTY")
    return name


def _scope(world: World, scope: Any) -> tuple[str, int | None, int | None]:
    scope = scope or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return kind, None, None
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    try:
        at = int(scope.get("chat_id", ""))
        member = int(scope.get("user_id", "")) if kind == "chat_member" else None
    except (TypeError, ValueError) as why:
        raise bad_request("can't parse BotCommandScope: chat or user identifier is not a number") from why
    chat = world.chat_for_bot(at)
    if kind == "chat_member" and (chat.type == "private" or member not in world.people):
        raise bad_request("user not found" if chat.type != "private" else "can't change commands in private chats")
    if kind == "chat_administrators" and chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return kind, at, member
