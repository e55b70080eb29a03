"""How the sandbox says no: to the bot in Telegram's words, to the person at the controls in ours."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A Bot API error. The description is Telegram's, prefix included, because bots match on it."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class Misused(ValueError):
    """A control call that cannot be done; the message says what to do instead."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.more = more


def bad_request(what: str, **parameters: Any) -> Refused:
    return Refused(400, f"Bad Request: {what}", **parameters)


def forbidden(what: str) -> Refused:
    return Refused(403, f"Forbidden: {what}")
