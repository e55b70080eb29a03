"""What a sender's picture or file says beside what it shows: where, when, with which phone, by whom. Taken out before anybody sees it.

Pictures are drawn anew (Pillow), PDFs copied page by page without their records (pypdf), films lose their tags in place. Anything else is
not passed on. The original stays sealed as evidence.
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
