"""What a text in HTML becomes: plain text and entities with offsets in UTF-16 units, or Telegram's error."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import bad_request

Entity = dict[str, Any]

_KINDS = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
    "a": "text_link", "tg-spoiler": "spoiler", "span": "spoiler", "tg-time": "date_time",
}  # fmt: skip
_TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote", "spoiler": "tg-spoiler",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"，。；！？、（）【】《》]+)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b)"
)


def units(text: str) -> int:
    """Length in UTF-16 code units, the measure of every limit and offset of the Bot API."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of a message in HTML; raises "can't parse entities: …" as Telegram words it."""
    if "<" not in source and "&" not in source:
        return trim(source, [])
    out: list[str] = []
    length = 0
    stack: list[_Open] = []
    entities: list[Entity] = []
    at, end = 0, len(source)
    while at < end:
        char = source[at]
        if char == "&":
            piece, at = _reference(source, at)
        elif char == "<":
            begin = at
            if source.startswith("</", at):
                at = _close(source, at, stack, entities, out, length)
            else:
                at = _open(source, begin, stack, length)
            continue
        else:
            stop = _next(source, at)
            piece, at = source[at:stop], stop
        out.append(piece)
        length += units(piece)
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return trim("".join(out), entities)


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Telegram drops surrounding blanks; entities move along and empty ones vanish."""
    stripped = text.strip()
    if len(stripped) == len(text):
        return text, entities
    lead = units(text[: len(text) - len(text.lstrip())])
    room = units(stripped)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        stop = min(entity["offset"] - lead + entity["length"], room)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return stripped, kept


def found_in(text: str) -> list[Entity]:
    """Commands, links and mentions that Telegram marks by itself."""
    if "/" not in text and "@" not in text:
        return []
    return [
        {"type": match.lastgroup, "offset": units(text[: match.start()]), "length": units(match.group())}
        for match in _FOUND.finditer(text)
    ]


def render_html(text: str, entities: Iterable[Entity]) -> str:
    """HTML for a page that shows the message; the reverse of parsing, escaped, links only to http, https and tg."""
    raw = text.encode("utf-16-le", "surrogatepass")
    marks: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        before, after = _tags_of(entity, _slice(raw, entity["offset"], entity["offset"] + entity["length"]))
        if before:
            marks.setdefault(entity["offset"], []).append(before)
            closing.setdefault(entity["offset"] + entity["length"], []).insert(0, after)
    out: list[str] = []
    at = 0
    for cut in sorted({*marks, *closing, len(raw) // 2}):
        out.append(html.escape(_slice(raw, at, cut)))
        out.extend(closing.get(cut, ()))
        out.extend(marks.get(cut, ()))
        at = cut
    return "".join(out)


def _tags_of(entity: Entity, covered: str) -> tuple[str, str]:
    kind = entity["type"]
    if kind == "text_link":
        return f'<a href="{html.escape(entity["url"])}">', "</a>"
    if kind == "url":
        return f'<a href="{html.escape(covered)}">', "</a>"
    if kind == "date_time":
        shape = entity.get("date_time_format")
        attribute = f' format="{html.escape(shape)}"' if shape else ""
        return f'<tg-time unix="{entity["unix_time"]}"{attribute}>', "</tg-time>"
    if kind == "pre" and entity.get("language"):
        return f'<pre><code class="language-{html.escape(entity["language"])}">', "</code></pre>"
    if kind == "expandable_blockquote":
        return "<blockquote expandable>", "</blockquote>"
    if tag := _TAGS.get(kind):
        return f"<{tag}>", f"</{tag}>"
    return "", ""


def _slice(raw: bytes, start: int, stop: int) -> str:
    return raw[start * 2 : stop * 2].decode("utf-16-le", "surrogatepass")


def _next(source: str, at: int) -> int:
    ends = [place for place in (source.find("<", at), source.find("&", at)) if place >= 0]
    return min(ends, default=len(source))


def _reference(source: str, at: int) -> tuple[str, int]:
    match = _REFERENCE.match(source, at)
    if match is None:
        return "&", at + 1  # an unknown name stays as it is written, as at Telegram
    if match[3]:
        return _NAMED[match[3]], match.end()
    code = int(match[1], 16) if match[1] else int(match[2])
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        return "&", at + 1
    return chr(code), match.end()


def _open(source: str, begin: int, stack: list[_Open], length: int) -> int:
    at = begin + 1
    while at < len(source) and not source[at].isspace() and source[at] not in "<>":
        at += 1
    tag = source[begin + 1 : at].lower()
    if at == len(source) or source[at] == "<":
        raise _unparsable(f"Unclosed start tag at byte offset {_bytes(source, begin)}")
    if tag not in _KINDS:
        raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {_bytes(source, begin)}')
    attributes: dict[str, str] = {}
    while source[at] != ">":
        at = _attribute(source, begin, at, tag, attributes)
        if at >= len(source):
            raise _unparsable(f"Unclosed start tag at byte offset {_bytes(source, begin)}")
    _check_attributes(source, begin, tag, attributes)
    stack.append(_Open(tag, length, attributes))
    return at + 1


def _attribute(source: str, begin: int, at: int, tag: str, attributes: dict[str, str]) -> int:
    end = len(source)
    while at < end and source[at].isspace():
        at += 1
    if at >= end or source[at] == ">":
        return at
    start = at
    while at < end and not source[at].isspace() and source[at] not in "=>/\"'":
        at += 1
    name = source[start:at].lower()
    if not name:
        raise _unparsable(f'Empty attribute name in the tag "{tag}" at byte offset {_bytes(source, begin)}')
    while at < end and source[at].isspace():
        at += 1
    if at >= end or source[at] != "=":
        attributes[name] = ""  # a bare name, as in <blockquote expandable>
        return at
    at += 1
    while at < end and source[at].isspace():
        at += 1
    if at < end and source[at] in "\"'":
        quote = source[at]
        stop = source.find(quote, at + 1)
        if stop < 0:
            raise _unparsable(f"Unclosed start tag at byte offset {_bytes(source, begin)}")
        value, at = source[at + 1 : stop], stop + 1
    else:
        start = at
        while at < end and (source[at].isalnum() or source[at] in ".-"):
            at += 1
        value = source[start:at]
        if at < end and not source[at].isspace() and source[at] != ">":
            raise _unparsable(f"Unexpected end of name token at byte offset {_bytes(source, start)}")
    attributes[name] = _REFERENCE.sub(lambda match: _reference(match[0], 0)[0], value)
    return at


def _check_attributes(source: str, begin: int, tag: str, attributes: dict[str, str]) -> None:
    where = _bytes(source, begin)
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    if tag == "tg-time":
        if not re.fullmatch(r"\d{1,12}", attributes.get("unix", "")):
            raise _unparsable(f"Invalid date entity Unix time specified at byte offset {where}")
        shape = attributes.get("format", "")
        if not _TIME_FORMAT.fullmatch(shape):
            raise _unparsable(f"Invalid date entity format specified at byte offset {where}")


def _close(source: str, begin: int, stack: list[_Open], entities: list[Entity], out: list[str], length: int) -> int:
    where = _bytes(source, begin)
    if not stack:
        raise _unparsable(f"Unexpected end tag at byte offset {where}")
    stop = begin + 2
    while stop < len(source) and not source[stop].isspace() and source[stop] != ">":
        stop += 1
    name = source[begin + 2 : stop].lower()
    while stop < len(source) and source[stop].isspace():
        stop += 1
    if stop >= len(source) or source[stop] != ">":
        raise _unparsable(f"Unclosed end tag at byte offset {where}")
    opened = stack.pop()
    if name and name != opened.tag:
        raise _unparsable(f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{name}>"')
    if length > opened.offset:
        covered = ""
        if opened.tag == "a" and not opened.attributes.get("href"):
            covered = ""
        if opened.tag == "a" and not opened.attributes.get("href"):
            covered = _slice("".join(out).encode("utf-16-le", "surrogatepass"), opened.offset, length)
        if entity := _entity(opened, covered, length):
            if opened.tag == "code" and stack and stack[-1].tag == "pre" and stack[-1].offset == opened.offset:
                language = opened.attributes.get("class", "")
                if language.startswith("language-"):
                    stack[-1].attributes["language"] = language.removeprefix("language-")
                    return stop + 1
            entities.append(entity)
    return stop + 1


def _entity(opened: _Open, covered: str, length: int) -> Entity | None:
    entity: Entity = {"type": _KINDS[opened.tag], "offset": opened.offset, "length": length - opened.offset}
    if opened.tag == "a":
        url = _link(opened.attributes.get("href") or covered)
        if url is None:
            return None  # Telegram drops a link it cannot use and keeps the words
        entity["url"] = url
    elif opened.tag == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    elif opened.tag == "pre" and "language" in opened.attributes:
        entity["language"] = opened.attributes["language"]
    elif opened.tag == "tg-time":
        entity["unix_time"] = int(opened.attributes["unix"])
        if shape := opened.attributes.get("format"):
            entity["date_time_format"] = shape
    return entity


def _link(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return url if parts.hostname else None
    if parts.scheme:
        return url if parts.scheme == "tg" else None
    return f"http://{url}" if "." in url and not url.startswith("/") else None


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode("utf-8", "surrogatepass"))


def _unparsable(why: str) -> Exception:
    return bad_request(f"can't parse entities: {why}")
