"""What a sender's picture or file says beside what it shows: where, when, with which phone, by whom. Taken out before anybody sees it.

Pictures are drawn anew (Pillow), PDFs copied page by page without their records (pypdf), films and voices lose what
is neither picture nor sound in place. Anything else is not passed on. The original stays sealed as evidence.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

_MOVIE_TIMES = (b"mvhd", b"tkhd", b"mdhd")
_LARGEST = 25_000_000


class CannotClean(Exception):
    """A kind of file from which we cannot take out where it came from."""


def clean(data: bytes, *, mute: bool = False) -> tuple[str, bytes, str]:
    """A neutral name, the same contents without metadata, and their media type; `mute` takes the sound out of a film.

    Raises CannotClean.
    """
    if len(data) > _LARGEST:
        raise CannotClean("too large")
    if data.startswith(b"%PDF"):
        return "1.pdf", _pdf(data), "application/pdf"
    if data[4:8] == b"ftyp":
        return "1.mp4", silent(_movie(data)) if mute else _movie(data), "video/mp4"
    if data.startswith(b"OggS"):
        return "1.ogg", _voice(data), "audio/ogg"
    if data.startswith(b"ID3") or _is_mp3(data):
        return "1.mp3", _sound(data), "audio/mpeg"
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
            for record in [key for key in page if key not in _SHOWN]:
                page.pop(record, None)
            writer.add_page(page)
        writer.metadata = None
        for part in writer._objects:
            _plain_part(part)
        out = io.BytesIO()
        writer.write(out)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise CannotClean("no PDF that can be read") from error
    return out.getvalue()


_SHOWN = (
    *("/Type", "/Parent", "/Resources", "/Contents", "/Rotate", "/Group", "/UserUnit"),
    *("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"),
)
"""What a page needs to be seen; a small picture of it, notes, actions and a program's own records are not among it."""


def _plain_part(part: Any) -> None:
    """One object of a PDF without records of its own; a photograph in it without those of the camera. Raises CannotClean."""
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    if not isinstance(part, DictionaryObject):
        return
    for record in ("/Metadata", "/PieceInfo", "/LastModified"):
        part.pop(record, None)
    filters = part.get("/Filter", [])
    names = [str(one) for one in (filters if isinstance(filters, list) else [filters])]
    if not isinstance(part, StreamObject) or not names:
        return
    if "/JPXDecode" in names:
        raise CannotClean("a kind of picture whose records we cannot find")
    if names[-1] != "/DCTDecode":
        return
    data = part._data
    for name in names[:-1]:
        if name != "/FlateDecode":
            raise CannotClean("a picture in a wrapping that we do not know")
        data = zlib.decompress(data)
    part._data = bare_jpeg(data)
    part[NameObject("/Filter")] = NameObject("/DCTDecode")
    part.pop("/DecodeParms", None)


def bare_jpeg(data: bytes) -> bytes:
    """The same picture, bit for bit, without comments and application records but the one that colours need (Adobe). Raises CannotClean."""
    if not data.startswith(b"\xff\xd8"):
        raise CannotClean("no JPEG")
    fresh, at = bytearray(data[:2]), 2
    while True:
        while at + 1 < len(data) and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1  # filling
        if at + 4 > len(data) or data[at] != 0xFF:
            raise CannotClean("a JPEG that cannot be read")
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            ends = data.rfind(b"\xff\xd9")
            return bytes(fresh + data[at : ends + 2 if ends > at else len(data)])
        kept = not (0xE0 <= marker <= 0xEF or marker == 0xFE) or (marker == 0xEE and data[at + 4 : at + 9] == b"Adobe")
        if kept:
            fresh += data[at : at + 2 + size]
        at += 2 + size


def _movie(data: bytes) -> bytes:
    """Pictures and sound alone: what no player needs becomes empty space of the same length, so that nothing moves.

    A phone or a car's camera writes where it was into boxes of its own, into a track beside pictures and sound, or into the room between
    their samples; all of that is emptied. Times of recording become zero, names of programs are blank. Raises CannotClean.
    """
    fresh = bytearray(data)
    tracks, pieces = [], False
    for kind, start, end in _boxes(data, 0, len(data), _LOOKED_INTO):
        if kind not in _PLAYED:
            _empty(fresh, start, end)
        elif kind == b"trak":
            tracks.append((start, end))
        elif kind == b"hdlr":
            fresh[start + 32 : end] = bytes(max(0, end - start - 32))
        elif kind == b"dref" and fresh[start + 16 : end] not in (b"", _HERE):
            raise CannotClean("a film whose pictures lie elsewhere")
        elif kind in _MOVIE_TIMES and end - start >= 28:
            wide = fresh[start + 8] == 1
            fresh[start + 12 : start + (28 if wide else 20)] = bytes(16 if wide else 8)
        pieces = pieces or kind in (b"moof", b"mvex")
    samples: list[tuple[int, int]] = []
    for start, end in tracks:
        inside = {kind: (at, to) for kind, at, to in _boxes(data, start, end, _NESTED)}
        handler = inside.get(b"hdlr")
        if handler is not None and data[handler[0] + 16 : handler[0] + 20] in (b"vide", b"soun"):
            samples += () if pieces else _chunks(data, inside)
        elif pieces:
            raise CannotClean("a film in pieces, with more than pictures and sound")
        else:
            _empty(fresh, start, end)
    if tracks and not pieces:
        _only(fresh, data, samples)
    return bytes(fresh)


_HERE = b"\0\0\0\x0curl \0\0\0\1"
"""The one entry of a `dref` that says: in this very file."""
_LOOKED_INTO = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"moof", b"traf")
_PLAYED = frozenset(
    (
        *(b"ftyp", b"styp", b"mdat", b"sidx", b"moov", b"mvhd", b"iods", b"mvex", b"trak", b"tkhd", b"edts", b"tref"),
        *(b"mdia", b"mdhd", b"hdlr", b"minf", b"vmhd", b"smhd", b"nmhd", b"dinf", b"dref", b"stbl", b"stsd", b"stts"),
        *(b"stss", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"sdtp", b"sgpd", b"sbgp"),
        *(b"moof", b"mfhd", b"traf", b"tfhd", b"tfdt", b"trun"),
    )
)
"""What a player needs (ISO/IEC 14496-12); tags, places and makers' own boxes are not among them."""


def _empty(fresh: bytearray, start: int, end: int) -> None:
    fresh[start + 4 : start + 8] = b"free"
    fresh[start + 8 : end] = bytes(end - start - 8)


def _only(fresh: bytearray, data: bytes, samples: list[tuple[int, int]]) -> None:
    """Nothing is left in the room for samples but samples."""
    for kind, start, end in _boxes(data, 0, len(data), ()):
        if kind != b"mdat":
            continue
        at = start + (16 if data[start : start + 4] == b"\0\0\0\1" else 8)
        for begins, ends in sorted((max(o, at), o + n) for o, n in samples if o < end and o + n > at):
            fresh[at:begins] = bytes(max(0, begins - at))
            at = max(at, ends)
        fresh[at:end] = bytes(max(0, end - at))


_NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def silent(data: bytes) -> bytes:
    """A film whose every sound is zero and no sound track is named any more. Raises CannotClean where we cannot find all of it."""
    fresh = bytearray(data)
    tracks = [(start, end) for kind, start, end in _boxes(data, 0, len(data), _NESTED) if kind == b"trak"]
    pieces = any(kind in (b"moof", b"mvex") for kind, _, _ in _boxes(data, 0, len(data), _NESTED))
    for start, end in tracks:
        inside = {kind: (at, to) for kind, at, to in _boxes(data, start, end, _NESTED)}
        handler = inside.get(b"hdlr")
        if handler is None or data[handler[0] + 16 : handler[0] + 20] != b"soun":
            continue
        if pieces:
            raise CannotClean("a film in pieces, with sound")
        for at, size in _chunks(data, inside):
            fresh[at : at + size] = bytes(size)
        fresh[start + 4 : start + 8] = b"free"
        fresh[start + 8 : end] = bytes(end - start - 8)
    return bytes(fresh)


def _chunks(data: bytes, inside: dict[bytes, tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where the samples of one track lie: (position, length) of each chunk."""

    def table(kind: bytes, skip: int, form: str) -> list[tuple[int, ...]]:
        start, end = inside[kind]
        count = struct.unpack_from(">I", data, start + skip)[0]
        width, first = struct.calcsize(form), start + skip + 4
        if first + count * width > end:
            raise CannotClean("a film that cannot be read")
        return [struct.unpack_from(form, data, first + n * width) for n in range(count)]

    try:
        wide = b"co64" in inside
        offsets = [o for (o,) in table(b"co64" if wide else b"stco", 12, ">Q" if wide else ">I")]
        runs = table(b"stsc", 12, ">III")
        same = struct.unpack_from(">I", data, inside[b"stsz"][0] + 12)[0]
        many = struct.unpack_from(">I", data, inside[b"stsz"][0] + 16)[0]
        sizes = [same] * many if same else [size for (size,) in table(b"stsz", 16, ">I")]
    except (KeyError, struct.error) as error:
        raise CannotClean("a film that cannot be read") from error
    sample = 0
    for number, offset in enumerate(offsets, start=1):
        per = next((n for first, n, _ in reversed(runs) if first <= number), 0)
        size = sum(sizes[sample : sample + per])
        if per == 0 or sample + per > len(sizes) or offset + size > len(data):
            raise CannotClean("a film that cannot be read")
        yield offset, size
        sample += per
    if sample != len(sizes):
        raise CannotClean("a film with sound that is not told of")


def _boxes(data: bytes, at: int, end: int, nested: tuple[bytes, ...]) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        size = size or end - at
        if size < head or at + size > end:
            raise CannotClean("a film that cannot be read")
        yield kind, at, at + size
        if kind in nested:
            yield from _boxes(data, at + head, at + size, nested)
        at += size


def _sound(data: bytes) -> bytes:
    """An MP3 without its tags, at either end."""
    while data.startswith(b"ID3"):
        head = data[6:10].ljust(4, b"\0")
        size = head[0] << 21 | head[1] << 14 | head[2] << 7 | head[3]
        data = data[10 + size + (10 if data[5:6] >= b"\x10" else 0) :]
    if data[-128:-125] == b"TAG":
        data = data[:-128]
    if not _is_mp3(data) or b"APETAGEX" in data or b"LYRICS" in data or b"ID3" in data[-512:]:
        raise CannotClean("a sound file that cannot be read")
    return data


def _is_mp3(data: bytes) -> bool:
    """Whether a frame of MPEG audio, layer III, begins here."""
    return len(data) > 4 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2


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
