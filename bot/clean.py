"""What a sender's picture or file says beside what it shows: where, when, with which phone, by whom. Taken out before anybody sees it.

Pictures are drawn anew (Pillow), PDFs copied page by page without their records (pypdf), films and voices lose their
tags in place. Anything else is not passed on. The original stays sealed as evidence.
"""

import io
import struct
from collections.abc import Iterator

_MOVIE_TAGS = (b"udta", b"meta", b"uuid")
_MOVIE_BOXES = (b"moov", b"trak", b"mdia")
_MOVIE_TIMES = (b"mvhd", b"tkhd", b"mdhd")
_LARGEST = 25_000_000


class CannotClean(Exception):
    """A kind of file from which we cannot take out where it came from."""


def clean(data: bytes) -> tuple[str, bytes, str]:
    """A neutral name, the same contents without metadata, and their media type. Raises CannotClean."""
    if len(data) > _LARGEST:
        raise CannotClean("too large")
    if data.startswith(b"%PDF"):
        return "1.pdf", _pdf(data), "application/pdf"
    if data[4:8] == b"ftyp":
        return "1.mp4", _movie(data), "video/mp4"
    if data.startswith(b"OggS"):
        return "1.ogg", _voice(data), "audio/ogg"
    return "1.jpg", _picture(data), "image/jpeg"


def _picture(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            fresh = Image.frombytes("RGB", upright.size, upright.tobytes())
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CannotClean("no picture") from error
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=90)
    return out.getvalue()


def _pdf(data: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader, writer = PdfReader(io.BytesIO(data)), PdfWriter()
        if reader.is_encrypted:
            raise CannotClean("locked")
        for page in reader.pages:
            for record in ("/Metadata", "/PieceInfo", "/LastModified", "/Annots"):
                page.pop(record, None)
            writer.add_page(page)
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotClean("no PDF that can be read") from error
    return out.getvalue()


def _movie(data: bytes) -> bytes:
    """Tags become free space of the same length, so that nothing moves; times of recording become zero."""
    fresh = bytearray(data)
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind in _MOVIE_TAGS:
            fresh[start + 4 : start + 8] = b"free"
            fresh[start + 8 : end] = bytes(end - start - 8)
        elif kind in _MOVIE_TIMES and end - start >= 28:
            wide = fresh[start + 8] == 1
            fresh[start + 12 : start + (28 if wide else 20)] = bytes(16 if wide else 8)
    return bytes(fresh)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        size = size or end - at
        if size < head or at + size > end:
            raise CannotClean("a film that cannot be read")
        yield kind, at, at + size
        if kind in _MOVIE_BOXES:
            yield from _boxes(data, at + head, at + size)
        at += size


def _voice(data: bytes) -> bytes:
    """An Ogg Opus stream with an empty comment of the same length and a serial number of its own: which recorder, when, is gone."""
    fresh = bytearray(data)
    at = number = 0
    while at < len(data):
        size = _page_size(data, at)
        body = at + 27 + data[at + 26]
        if number == 0 and data[body : body + 8] != b"OpusHead":
            raise CannotClean("no voice")
        if number == 1:
            if data[body : body + 8] != b"OpusTags" or data[at + 5] & 1 or size - (body - at) < 16:
                raise CannotClean("no voice that can be read")
            room = at + size - body - 16
            fresh[body : at + size] = b"OpusTags" + struct.pack("<I", room) + b" " * room + bytes(4)
        fresh[at + 14 : at + 18] = struct.pack("<I", 1)
        fresh[at + 22 : at + 26] = bytes(4)
        fresh[at + 22 : at + 26] = struct.pack("<I", _crc(fresh[at : at + size]))
        at, number = at + size, number + 1
    if number < 2:
        raise CannotClean("no voice")
    return bytes(fresh)


def _page_size(data: bytes, at: int) -> int:
    """Length of the Ogg page that begins here, with its header. Raises CannotClean."""
    if data[at : at + 4] != b"OggS" or at + 27 > len(data):
        raise CannotClean("no voice that can be read")
    segments = data[at + 27 : at + 27 + data[at + 26]]
    size = 27 + len(segments) + sum(segments)
    if at + size > len(data):
        raise CannotClean("a voice that was cut off")
    return size


def _table() -> list[int]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        found.append(value)
    return found


_CRC = _table()


def _crc(page: bytes | bytearray) -> int:
    """The checksum of an Ogg page (RFC 3533, section 6)."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CRC[(value >> 24) ^ byte]
    return value
