"""Where evidence lies: a folder or an S3-compatible store, each file under the SHA-256 of its bytes; and who fetches it there.

    evidence row (waiting) ─► COMMIT ─► Fetcher claims it ─► getFile, download ─► what is it really? ─► store ─► kept | refused
                                              └─ no answer ─► waiting again, from the row ─► … ─► lost after a day

Bytes are written once under their own name and never again: what is there already is left as it is. Reading them checks the name.
"""

import asyncio
import contextlib
import hashlib
import io
import mmap
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.engine import make_url
from telegram.error import BadRequest, TelegramError

from bot.settings import BadSetting, Settings
from bot.store import Store
from bot.worker import Worker
from workflows import evidence
from workflows.events import Kind
from workflows.work import Work

log = structlog.get_logger()
AT_ONCE = 4
"""Files that are fetched at the same time: each may take twenty megabytes of memory."""
PARTS = "parts"
"""Where pieces of unfinished uploads lie in the store; a kept file's folder is two hex digits."""
SEAL = 28
"""Bytes by which a sealed piece is longer than what it holds: nonce and tag of AES-GCM."""
_CHUNK = 1024 * 1024
_MOVIE_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)


class Missing(LookupError):
    """The store has no file of this name."""


class Changed(ValueError):
    """The bytes under this name are not those that were put there."""


class NotWhatItSays(ValueError):
    """A file that is not taken in. `why` is one of `evidence.refused`'s words, `seen` the type that it looks like."""

    def __init__(self, why: str, seen: str = "") -> None:
        super().__init__(why)
        self.why, self.seen = why, seen


# ── the store ────────────────────────────────────────────────────────────────────────────────────────────────────────


def url_of(settings: Settings) -> str:
    """The setting, else a folder beside the SQLite file, else one in the working directory."""
    if settings.evidence_url:
        return settings.evidence_url
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.evidence").absolute().as_uri()
    return Path("whistle.evidence").absolute().as_uri()


def warn_of_own_shelf(settings: Settings) -> None:
    """Several processes may share the database; a folder in the working directory they share only on one machine."""
    if not settings.evidence_url and make_url(settings.database_url).get_backend_name() != "sqlite":
        log.warning(
            "replicas on other machines will not find what lies here: set WHISTLE_EVIDENCE_URL",
            action="evidence.own_folder",
            folder=url_of(settings),
        )


class Shelf:
    """Puts and gets bytes by their SHA-256. The library is loaded with the first file."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        if parts.scheme not in ("file", "s3") or (parts.scheme == "s3" and not parts.netloc):
            raise BadSetting(
                f"WHISTLE_EVIDENCE_URL: {url} — give file:///folder or s3://bucket/prefix (keys and endpoint as AWS_… variables)"
            )
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        self._made: Any = None

    @property
    def _store(self) -> Any:
        if self._made is None:
            from obstore.store import LocalStore, S3Store

            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._made = LocalStore(self._folder)
            else:
                self._made = S3Store.from_url(self.url)
        return self._made

    # pieces of files that are not whole yet: sealed by whoever puts them, in the store, where every replica finds them

    async def pieces(self, upload: str) -> dict[int, int]:
        """The pieces of `<link>/<key>` that lie here: where each begins → how many bytes it holds."""
        found = await self._listed(f"{PARTS}/{upload}")
        return {int(one["path"].rpartition("/")[2]): one["size"] - SEAL for one in found}

    async def uploads(self, link: str) -> set[str]:
        """Keys of the files of one page that are not whole yet."""
        return {one["path"].split("/")[2] for one in await self._listed(f"{PARTS}/{link}")}

    async def put_piece(self, upload: str, begins: int, sealed: bytes) -> bool:
        """One more piece. False: another request has written there before, and nothing is changed."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        name = _piece(upload, begins)
        try:
            await obstore.put_async(self._store, name, sealed, mode="create")
        except AlreadyExistsError:
            return False
        if self._folder is not None:
            await asyncio.to_thread(_to_disk, self._folder / name)
        return True

    async def piece(self, upload: str, begins: int) -> bytes:
        """As it was put. Raises Missing."""
        import obstore

        try:
            found = await obstore.get_async(self._store, _piece(upload, begins))
        except FileNotFoundError:
            raise Missing(upload) from None
        return bytes(await found.bytes_async())

    async def drop(self, upload: str) -> None:
        """The file is whole, or not wanted."""
        await self._remove([one["path"] for one in await self._listed(f"{PARTS}/{upload}")])

    async def sweep(self, older: timedelta) -> None:
        """Pieces that nobody has gone on with for so long."""
        before = datetime.now(UTC) - older
        await self._remove([one["path"] for one in await self._listed(PARTS) if one["last_modified"] < before])

    async def _listed(self, prefix: str) -> list[Any]:
        import obstore

        return [one async for batch in obstore.list(self._store, prefix=prefix) for one in batch]

    async def _remove(self, paths: list[str]) -> None:
        import obstore

        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # another replica was faster
                await obstore.delete_async(self._store, path)

    async def put(self, data: bytes) -> str:
        """Keep these bytes; returns their name. What is there already stays as it is."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        name = hashlib.sha256(data).hexdigest()
        try:
            await obstore.put_async(self._store, path_of(name), data, mode="create")
        except AlreadyExistsError:
            if hashlib.sha256(await self._read(name)).hexdigest() != name:
                raise Changed(name) from None
            return name
        if self._folder is not None:
            await asyncio.to_thread(_to_disk, self._folder / path_of(name))
        return name

    async def take(self, path: Path, zone: ZoneInfo, declared: str) -> evidence.Found:
        """Keep a file that lies on this machine, however large; what it is. Raises NotWhatItSays."""
        import obstore

        found = await asyncio.to_thread(_examine_file, path, zone, declared)
        kept = path_of(found.sha256)
        try:
            await obstore.head_async(self._store, kept)
        except FileNotFoundError:
            await obstore.put_async(self._store, kept, path)
            if self._folder is not None:
                await asyncio.to_thread(_to_disk, self._folder / kept)
        return found

    async def get(self, name: str) -> bytes:
        """Raises Missing or Changed."""
        data = await self._read(name)
        if hashlib.sha256(data).hexdigest() != name:
            raise Changed(name)
        return data

    async def stream(self, name: str) -> tuple[int, AsyncIterator[bytes]]:
        """Its size and its bytes, a megabyte at a time; whoever reads them looks whether they are whole. Raises Missing."""
        import obstore

        try:
            found = await obstore.get_async(self._store, path_of(name))
        except FileNotFoundError:
            raise Missing(name) from None

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

        return int(found.meta["size"]), chunks()

    async def _read(self, name: str) -> bytes:
        import obstore

        try:
            found = await obstore.get_async(self._store, path_of(name))
        except FileNotFoundError:
            raise Missing(name) from None
        return bytes(await found.bytes_async())


def _piece(upload: str, begins: int) -> str:
    return f"{PARTS}/{upload}/{begins:012d}"


def path_of(name: str) -> str:
    return f"{name[:2]}/{name}"


def _to_disk(path: Path) -> None:
    """A power cut after this loses neither the file nor its name."""
    for one in (path, path.parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# ── what is it really? ───────────────────────────────────────────────────────────────────────────────────────────────

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (b"{\\rtf", "application/rtf"),
)
Bytes = bytes | mmap.mmap
_LONGEST_TEXT = 5_000_000
_KNOWN = (*(magic for magic, _ in _STARTS), b"RIFF")
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"dex\n")
_PAGES = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?php")
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_FAMILY = {
    "photo": ("image",),
    "video": ("video",),
    "video_note": ("video",),
    "voice": ("audio",),
    "audio": ("audio", "video"),
}
"""What a thing that came as this must be; a document may be anything that can be read."""


def kind_of(data: Bytes) -> str:
    """The media type by the bytes alone. Raises NotWhatItSays for what no file of a case is: nothing, a program, a page that runs."""
    if not data:
        raise NotWhatItSays("empty")
    start = data[:512]
    if len(data) > _LONGEST_TEXT and not start.startswith(_KNOWN) and start[4:8] != b"ftyp":
        raise NotWhatItSays("unknown", "application/octet-stream")
    if start.startswith(_PROGRAMS):
        raise NotWhatItSays("program", "application/x-executable")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGES):
        raise NotWhatItSays("page", "text/html")
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if start.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(data[8:12], "audio/wav")
    for magic, mime in _STARTS:
        if start.startswith(magic):
            if mime == "application/zip":
                return next(
                    (office for mark, office in _OFFICE.items() if mark in data[:4096] or mark in data[-8192:]), mime
                )
            return mime
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise NotWhatItSays("unknown", "application/octet-stream") from None
    if "\x00" in text:
        raise NotWhatItSays("unknown", "application/octet-stream")
    return "text/plain"


def examine(data: Bytes, kind: str, zone: ZoneInfo, declared: str = "") -> evidence.Found:
    """What the bytes are, how they look, and when they say that they were made. Raises NotWhatItSays."""
    mime = kind_of(data)
    family = mime.partition("/")[0]
    wanted = _FAMILY.get(kind)
    if wanted is not None and family not in wanted:
        raise NotWhatItSays("not_a_picture" if kind == "photo" else "unknown", mime)
    claimed = declared.partition("/")[0]
    if claimed in ("image", "video", "audio") and family != claimed and not {family, claimed} <= {"audio", "video"}:
        raise NotWhatItSays("not_a_picture" if claimed == "image" else "unknown", mime)
    if declared == "application/pdf" and mime != "application/pdf":
        raise NotWhatItSays("unknown", mime)
    look, taken = "", None
    if family == "image" and mime != "image/heic":
        look, taken = _picture(data, zone)
    elif mime in ("video/mp4", "video/quicktime"):
        taken = _filmed(data)
    return evidence.Found(hashlib.sha256(data).hexdigest(), len(data), mime, look, taken)


def _examine_file(path: Path, zone: ZoneInfo, declared: str) -> evidence.Found:
    """The same of a file that is too large to be read into memory: mapped, not loaded."""
    if not path.stat().st_size:
        raise NotWhatItSays("empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return examine(data, "document", zone, declared)


def _picture(data: Bytes, zone: ZoneInfo) -> tuple[str, datetime | None]:
    """How a picture looks in 64 bits (is each of 8×8 spots brighter than its left neighbour?), and its own time."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            taken = _exif_time(opened.getexif(), zone)
            small = ImageOps.exif_transpose(opened).convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NotWhatItSays("not_a_picture", "image") from None
    spots = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (spots[row * 9 + column] < spots[row * 9 + column + 1])
    plain = max(spots) - min(spots) < 8  # a wall, a night: everything would look like it
    return "" if plain else f"{bits:016x}", taken


def _exif_time(exif: Any, zone: ZoneInfo) -> datetime | None:
    text = exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132)
    try:
        return datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC) if text else None
    except ValueError:
        return None


def _filmed(data: Bytes) -> datetime | None:
    """When a film says that it was recorded; seconds since 1904."""
    at = data.find(b"mvhd")
    if at < 0 or at + 16 > len(data):
        return None
    wide = data[at + 4] == 1
    if wide and at + 16 > len(data):
        return None
    seconds = struct.unpack(">Q" if wide else ">I", data[at + 8 : at + (16 if wide else 12)])[0]
    try:
        return _MOVIE_EPOCH + timedelta(seconds=seconds) if seconds else None
    except OverflowError:
        return None


# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Download = Callable[[str], Awaitable[bytes]]


class Fetcher(Worker):
    """Claims rows that wait, a few at once; every outcome is written down."""

    name = "fetcher"
    failed = "evidence.failed"
    wakes = frozenset({Kind.EVIDENCE_ADDED})

    def __init__(self, store: Store, shelf: Shelf, request: Any, base: str, zone: ZoneInfo) -> None:
        super().__init__(store)
        self._shelf, self._request, self._base, self._zone = shelf, request, base, zone

    async def _work(self) -> None:
        while pieces := await self._store.decide(evidence.claim, AT_ONCE):
            await asyncio.gather(*(self._fetch(one) for one in pieces))
        self.next_at = await self._store.read(Work.next_evidence)

    async def _fetch(self, one: dict[str, Any]) -> None:
        try:
            data = await self._download(one["file_id"])
            found = await asyncio.to_thread(examine, data, one["kind"], self._zone, one["declared"])
            await self._shelf.put(data)
        except NotWhatItSays as error:
            await self._store.decide(evidence.refused, one["id"], error.why, error.seen)
        except BadRequest as error:  # Telegram will say the same tomorrow
            await self._store.decide(evidence.lost, one["id"], error.message)
            log.warning("a file of a case is not handed out", action="evidence.lost", why=error.message[:80])
        except Exception as error:
            goes = await self._store.decide(evidence.again, one["id"], type(error).__name__)
            expected = isinstance(error, TelegramError)
            tell = log.warning if goes and expected else log.error
            tell("a file of a case was not fetched", action="evidence.retried", why=type(error).__name__)
        else:
            await self._store.decide(evidence.kept, one["id"], found)

    async def _download(self, file_id: str) -> bytes:
        found = await self._request.call(f"{self._base}/getFile", {"file_id": file_id})
        root, _, token = self._base.rpartition("/bot")
        data: bytes = await self._request.download(f"{root}/file/bot{token}/{found['file_path']}")
        return data


# ── is everything still there? ───────────────────────────────────────────────────────────────────────────────────────


async def check(shelf: Shelf, names: list[str]) -> dict[str, str]:
    """Which of these are `missing` or `changed`."""
    wrong: dict[str, str] = {}
    for name in names:
        try:
            await shelf.get(name)
        except Missing:
            wrong[name] = "missing"
        except Changed:
            wrong[name] = "changed"
    return wrong
