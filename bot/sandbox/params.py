"""How a Bot API call brings its parameters: query string, form, multipart or JSON, all read the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from bot.sandbox.errors import bad_request


@dataclass(frozen=True)
class Upload:
    name: str | None
    mime: str | None
    data: bytes


@dataclass
class Params:
    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    @classmethod
    async def of(cls, request: web.Request) -> Params:
        values: dict[str, Any] = dict(request.query) if request.query_string else {}
        if request.method != "POST" or not request.can_read_body:
            return cls(values)
        kind = request.content_type
        if kind == "multipart/form-data":
            files: dict[str, Upload] = {}
            form = await request.post()
            for name, value in form.items():
                if isinstance(value, web.FileField):
                    files[name] = Upload(value.filename or None, value.content_type, value.file.read())
                else:
                    values[name] = value if isinstance(value, str) else bytes(value).decode()
            return cls(values, files)
        body = await request.read()
        if kind == "application/json":
            try:
                given = orjson.loads(body)
            except orjson.JSONDecodeError as why:
                raise bad_request("can't parse request body as JSON") from why
            if not isinstance(given, dict):
                raise bad_request("request body must be a JSON object")
            return cls(values | given)
        try:
            values.update(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as why:
            raise bad_request("strings must be encoded in UTF-8") from why
        return cls(values)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        return orjson.dumps(value).decode()

    def whole(self, name: str, default: int | None = None) -> int | None:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError) as why:
            raise bad_request(f"{name} must be an integer") from why

    def real(self, name: str) -> float | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return float(value)
        except (TypeError, ValueError) as why:
            raise bad_request(f"{name} must be a number") from why

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value is True or (isinstance(value, str) and value.lower() in ("true", "1", "yes")) or value == 1

    def json(self, name: str) -> Any:
        """A structured parameter: native in a JSON body, a JSON string in a form."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if value.strip() == "":
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as why:
            raise bad_request(f"can't parse {name}: JSON expected") from why

    def chat_id(self) -> int | str | None:
        value = self.values.get("chat_id")
        if isinstance(value, str):
            value = value.strip()
            if value.lstrip("-").isascii() and value.lstrip("-").isdigit():
                return int(value)
            return value
        return value if isinstance(value, int) and not isinstance(value, bool) else None
