"""Which files Telegram knows: what was sent up or taken, by which id it is sent again, and when it is too big."""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import Misused, bad_request

MOST_UPLOADED = 50 * 1024 * 1024
MOST_PHOTO = 10 * 1024 * 1024
MOST_DOWNLOADED = 20 * 1024 * 1024

KINDS = ("photo", "voice", "video", "document", "sticker")
_FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "document": "documents", "sticker": "stickers"}
_ENDINGS = {"photo": "jpg", "voice": "oga", "video": "mp4", "document": "pdf", "sticker": "webp"}
_MIMES = {
    "photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4", "document": "application/pdf",
    "sticker": "image/webp",
}  # fmt: skip
_ID_STARTS = {"photo": "AgAC", "voice": "AwAC", "video": "BAAC", "document": "BQAC", "sticker": "CAAC"}

# A landscape of 96 by 72 pixels, for people who send "a photo" without naming one.
_PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb"
    "qmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCABI"
    "AGADASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAMFAgT/xAAWEAEBAQAAAAAAAAAAAAAAAAAAEhH/xAAYAQEAAwEAAAAAAAAAAAAAAA"
    "AAAQIDBP/EABcRAQEBAQAAAAAAAAAAAAAAAAARE2H/2gAMAwEAAhEDEQA/APXJKkkumueJySpJJSJySpJJSJySpJJSJySpJJSJySpJJSKySpJL"
    "OrxOSVJJKROSVJJKROSVJJKROSVJJKROSVJJKRSSWTprDXi8a0ksnTTXhGtJLJ0014RrSSydNNeEa0ksnTTXhGtJLJ0014RxpqemsRTTU9NBTT"
    "U9NBTTU9NBTTU9NBTTU9NBxpoJQaaAGmgBpoAaaAGmgD//2Q=="
)


@dataclass
class File:
    """One stored file; `data` is None when only its size was declared."""

    kind: str
    file_id: str
    unique_id: str
    path: str
    size: int
    mime: str
    name: str | None
    data: bytes | None
    width: int
    height: int
    duration: int
    thumb_id: str | None

    def as_json(self) -> Any:
        """The field of a message that carries this file."""
        body: dict[str, Any] = {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}
        if self.kind == "photo":
            ratio = 90 / max(self.width, self.height, 1)
            small = {
                "file_id": self.thumb_id,
                "file_unique_id": self.unique_id + "s",
                "file_size": self.size,
                "width": max(1, round(self.width * ratio)),
                "height": max(1, round(self.height * ratio)),
            }
            return [small, {**body, "width": self.width, "height": self.height}]
        if self.kind == "voice":
            return {**body, "duration": self.duration, "mime_type": self.mime}
        if self.kind == "sticker":
            shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {**body, **shape, "emoji": "👍"}
        body["mime_type"] = self.mime
        if self.name is not None:
            body["file_name"] = self.name
        if self.kind == "video":
            body |= {"width": self.width, "height": self.height, "duration": self.duration}
        return body

    def view(self) -> dict[str, Any]:
        """What a page needs to show it."""
        return {
            "file_id": self.file_id,
            "kind": self.kind,
            "name": self.name,
            "mime": self.mime,
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "stored": self.data is not None,
        }


class Files:
    """Every file by id and by path. The oldest are let go once `keep_bytes` or `keep_files` is passed."""

    def __init__(self, keep_bytes: int = 512 * 1024 * 1024, keep_files: int = 200_000) -> None:
        self.keep_bytes = keep_bytes
        self.keep_files = keep_files
        self._by_id: OrderedDict[str, File] = OrderedDict()
        self._by_thumb: dict[str, File] = {}
        self._by_path: dict[str, File] = {}
        self._bytes = 0
        self._count = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def store(
        self,
        kind: str,
        data: bytes | None,
        *,
        size: int | None = None,
        name: str | None = None,
        mime: str | None = None,
        duration: int = 0,
        width: int = 0,
        height: int = 0,
    ) -> File:
        """Keeps bytes (or only their declared size) and names them as Telegram does."""
        self._count += 1
        unique = hashlib.sha256(data).hexdigest()[:16] if data is not None else secrets.token_hex(8)
        ending = _ENDINGS[kind]
        if kind in ("document", "video") and name and "." in name:
            ending = "".join(char for char in name.rsplit(".", 1)[1] if char.isascii() and char.isalnum()) or ending
        if kind == "photo" and not (width and height):
            width, height = _dimensions(data or b"") or (1280, 960)
        if kind == "video" and not (width and height):
            width, height = 640, 360
        file = File(
            kind=kind,
            file_id=_new_id(kind),
            unique_id=f"AQAD{unique}",
            path=f"{_FOLDERS[kind]}/file_{self._count}.{ending}",
            size=len(data) if data is not None else size or 0,
            mime=_MIMES[kind] if kind in ("photo", "sticker") else mime or _MIMES[kind],
            name=name,
            data=data,
            width=width,
            height=height,
            duration=duration or (3 if kind in ("voice", "video") else 0),
            thumb_id=_new_id(kind) if kind == "photo" else None,
        )
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        if file.thumb_id:
            self._by_thumb[file.thumb_id] = file
        self._bytes += len(data or b"")
        self._let_go()
        return file

    def find(self, file_id: str) -> File | None:
        return self._by_id.get(file_id) or self._by_thumb.get(file_id)

    def at(self, path: str) -> File | None:
        return self._by_path.get(path)

    def generate(self, kind: str) -> File:
        """A small file of that kind, different each time."""
        number = self._count + 1
        if kind == "photo":
            return self.store(kind, unique_picture(number))
        if kind == "voice":
            return self.store(kind, _voice(number))
        if kind == "video":
            return self.store(kind, _video(number), name=f"video_{number}.mp4")
        if kind == "sticker":
            return self.store(kind, b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/" + struct.pack(">Q", number))
        return self.store(kind, _pdf(number), name=f"document_{number}.pdf")

    def accept(self, kind: str, data: bytes, *, name: str | None, mime: str | None, **shape: int) -> File:
        """A file the bot sends up, under Telegram's limits."""
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > MOST_UPLOADED:
            raise bad_request(f"file of size {len(data)} bytes is too big; the maximum size is {MOST_UPLOADED} bytes")
        if kind == "photo":
            if len(data) > MOST_PHOTO:
                big = f"file of size {len(data)} bytes is too big for a photo"
                raise bad_request(f"{big}; the maximum size is {MOST_PHOTO} bytes")
            if not looks_like_picture(data):
                raise bad_request("IMAGE_PROCESS_FAILED")
        return self.store(kind, data, name=name, mime=mime, **shape)

    def reuse(self, kind: str, file_id: str) -> File:
        """A file the bot sends again by its id."""
        if file_id.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")  # the sandbox never leaves this machine
        file = self.find(file_id)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
        return file

    def _let_go(self) -> None:
        while len(self._by_id) > self.keep_files or (self._bytes > self.keep_bytes and len(self._by_id) > 1):
            _, oldest = self._by_id.popitem(last=False)
            self._by_path.pop(oldest.path, None)
            if oldest.thumb_id:
                self._by_thumb.pop(oldest.thumb_id, None)
            self._bytes -= len(oldest.data or b"")


def looks_like_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")) or data[8:12] == b"WEBP"


def unique_picture(number: int) -> bytes:
    """A valid JPEG with its number in a comment, so that no two are the same file."""
    comment = f"sandbox picture {number}".encode()
    return _PICTURE[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _PICTURE[2:]


def decode(text: str) -> bytes:
    """Base64 from the controls, with or without a data: prefix."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as why:
        raise Misused("file.base64 is not valid base64") from why


def _new_id(kind: str) -> str:
    return _ID_STARTS[kind] + secrets.token_urlsafe(36)


def _dimensions(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def _voice(number: int) -> bytes:
    """The two header pages of an Ogg Opus stream; the comment holds the number."""
    head = b"OpusHead\x01\x01\x00\x00" + struct.pack("<I", 16000) + b"\x00\x00\x00"
    vendor = f"sandbox {number}".encode()
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    return _ogg_page(head, 0, 2, number) + _ogg_page(tags, 1, 4, number)


def _ogg_page(body: bytes, sequence: int, flags: int, serial: int) -> bytes:
    page = bytearray(b"OggS" + struct.pack("<BBqIIIBB", 0, flags, 0, serial, sequence, 0, 1, len(body)) + body)
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = ((checksum << 1) ^ 0x04C11DB7 if checksum & 0x80000000 else checksum << 1) & 0xFFFFFFFF
    page[22:26] = struct.pack("<I", checksum)
    return bytes(page)


def _video(number: int) -> bytes:
    brand = b"ftypisom\x00\x00\x02\x00isomiso2mp41"
    note = f"sandbox {number}".encode()
    return struct.pack(">I", len(brand) + 4) + brand + struct.pack(">I", len(note) + 8) + b"free" + note


def _pdf(number: int) -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%% sandbox " + str(number).encode() + b"\n%%EOF\n"
    )
