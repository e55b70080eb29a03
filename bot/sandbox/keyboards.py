"""Which reply_markup Telegram takes, and in which chats."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import bad_request

Markup = dict[str, Any]

MOST_BUTTONS = 100
_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_STYLES = ("danger", "success", "primary")
_PRIVATE_ONLY = {
    "request_location": "location can be requested in private chats only",
    "request_contact": "phone number can be requested in private chats only",
    "request_poll": "poll can be requested in private chats only",
    "request_users": "users can be requested in private chats only",
    "request_chat": "chats can be requested in private chats only",
    "web_app": "Web App buttons can be used in private chats only",
}


def inline_keyboard(markup: Any, *, private: bool) -> Markup | None:
    """The checked inline keyboard, None when it is empty; raises Telegram's error for anything else."""
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    rows = [[_inline_button(button, private) for button in row] for row in _rows(markup["inline_keyboard"], "inline")]
    rows = [row for row in rows if row]
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": rows} if rows else None


def reply_markup(markup: Any, *, private: bool) -> tuple[Markup | None, Markup | None]:
    """(inline keyboard, keyboard of the reply kind): at most one of the two is there."""
    if markup is None or markup == {}:
        return None, None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return inline_keyboard(markup, private=private), None
    if "keyboard" in markup:
        rows = [[_reply_button(button, private) for button in row] for row in _rows(markup["keyboard"], "reply")]
        if len(markup.get("input_field_placeholder") or "") > 64:
            raise bad_request("input field placeholder is too long")
        if sum(map(len, rows)) > 300:
            raise bad_request("REPLY_MARKUP_TOO_LONG")
        return None, {**markup, "keyboard": rows}
    if markup.get("remove_keyboard") is True or markup.get("force_reply") is True:
        return None, markup
    raise bad_request("can't parse reply keyboard markup JSON object")


def _rows(rows: Any, kind: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"can't parse {kind} keyboard markup JSON object: array of arrays expected")
    return rows


def _inline_button(button: Any, private: bool) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not text.strip():
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    actions = [name for name in _ACTIONS if button.get(name) is not None]
    if not actions or (actions == ["callback_data"] and button["callback_data"] == ""):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action must be used")
    if button.get("style") is not None and button["style"] not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    action = actions[0]
    if action == "callback_data":
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "surrogatepass")) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    elif action == "url":
        _check_url(button["url"])
    elif action == "web_app":
        if not private:
            raise bad_request("BUTTON_TYPE_INVALID")
        if urlsplit(str((button["web_app"] or {}).get("url", ""))).scheme != "https":
            url = (button["web_app"] or {}).get("url", "")
            raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    elif action == "copy_text" and not 1 <= len(str((button["copy_text"] or {}).get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return button


def _check_url(url: Any) -> None:
    wrong = f"inline keyboard button URL '{url}' is invalid"
    if not isinstance(url, str) or not url.strip():
        raise bad_request(f"{wrong}: URL must be non-empty")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise bad_request(f"{wrong}: Wrong HTTP URL") from None
    if parts.scheme not in ("http", "https", "tg"):
        raise bad_request(f"{wrong}: Unsupported URL protocol")
    if any(char.isspace() for char in url) or not host:
        raise bad_request(f"{wrong}: Wrong HTTP URL")


def _reply_button(button: Any, private: bool) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("can't parse keyboard button: Text must be non-empty")
    if button.get("style") is not None and button["style"] not in _STYLES:
        raise bad_request("can't parse keyboard button: invalid button style specified")
    for name, why in _PRIVATE_ONLY.items():
        if button.get(name) and not private:
            raise bad_request(why)
    return button
