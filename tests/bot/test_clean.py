"""A picture or file that is passed on says what it shows, and nothing of where, when, by whom or with what it was made."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from bot.clean import CannotClean, clean
from bot.sandbox.files import _ogg_page, _voice

AUTHOR = "覃小暗号"
PLACE = b"+28.6283+109.4470/"


def photo(comment: str = AUTHOR, *, kind: str = "JPEG") -> bytes:
    """A picture with the phone's name, a place and a comment in its metadata."""
    picture = Image.effect_noise((64, 48), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x9286] = "PhoneMaker", "2026:11:02 09:00:00", comment.encode()
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 37.0, 42.0), 3: "E", 4: (109.0, 26.0, 49.0)})
    out = io.BytesIO()
    more = {"comment": comment.encode()} if kind == "JPEG" else {}
    picture.save(out, kind, exif=exif, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_phone_place_time_and_comment_and_still_shows_the_same(kind: str) -> None:
    given_ = photo(kind=kind)
    with Image.open(io.BytesIO(given_)) as opened:
        assert opened.getexif(), "the leak is there to begin with"

    name, fresh, media = clean(given_)

    with Image.open(io.BytesIO(fresh)) as left:
        assert left.size == (64, 48) and not left.getexif() and not left.info.get("comment")
    assert b"PhoneMaker" in given_ and b"PhoneMaker" not in fresh and AUTHOR.encode() not in fresh
    assert (name, media) == ("1.jpg", "image/jpeg")


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="覃小暗号abcdef0123456789 ", min_size=6, max_size=40))
def test_no_comment_survives(comment: str) -> None:
    assert comment.encode() in photo(comment)

    assert comment.encode() not in clean(photo(comment))[1]


def test_a_picture_that_lies_on_its_side_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG", exif=exif)

    with Image.open(io.BytesIO(clean(out.getvalue())[1])) as left:
        assert left.size == (20, 40)


def test_a_pdf_loses_the_small_picture_of_a_page_and_what_a_program_ties_to_it() -> None:
    """A thumbnail shows the page as it was before something was cut away or covered."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 100)
    thumb = StreamObject()
    thumb._data = AUTHOR.encode()
    for key in ("/Thumb", "/AA", "/B", "/PieceInfo"):
        page[NameObject(key)] = writer._add_object(thumb)
    out = io.BytesIO()
    writer.write(out)
    assert AUTHOR.encode() in out.getvalue()

    _, fresh, _ = clean(out.getvalue())

    assert AUTHOR.encode() not in fresh and b"/Thumb" not in fresh and b"/ID" not in fresh
    assert len(PdfReader(io.BytesIO(fresh)).pages) == 1


def test_a_pdf_loses_author_and_dates_and_keeps_its_pages() -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 100)
    writer.add_blank_page(200, 100)
    writer.add_metadata({"/Author": AUTHOR, "/Creator": "PhoneMaker", "/CreationDate": "D:20261102090000"})
    out = io.BytesIO()
    writer.write(out)
    assert PdfReader(io.BytesIO(out.getvalue())).metadata["/Author"] == AUTHOR

    _, fresh, _ = clean(out.getvalue())

    left = PdfReader(io.BytesIO(fresh))
    assert (
        len(left.pages) == 2 and "/Author" not in (left.metadata or {}) and "/CreationDate" not in (left.metadata or {})
    )
    assert b"PhoneMaker" not in fresh


def _box(kind: bytes, inside: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def test_a_film_loses_place_and_time_and_nothing_moves() -> None:
    made = struct.pack(">I", 3_800_000_000)
    header = _box(b"mvhd", bytes(4) + made + made + bytes(88))
    film = (
        _box(b"ftyp", b"isom" + bytes(4))
        + _box(b"moov", header + _box(b"udta", _box(b"\xa9xyz", PLACE)))
        + _box(b"mdat", b"frames")
    )

    _, fresh, media = clean(film)

    assert len(fresh) == len(film) and fresh.endswith(b"frames") and media == "video/mp4"
    assert PLACE in film and PLACE not in fresh and made not in fresh


_LIES = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x01moov"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 word", b"%PDF-1.7 broken", b"\xff\xd8\xff broken", _LIES])
def test_what_cannot_be_cleaned_is_refused_and_never_passed_on(data: bytes) -> None:
    with pytest.raises(CannotClean):
        clean(data)


def test_a_voice_loses_its_recorder_and_serial_number_and_stays_a_valid_stream() -> None:
    sound = _ogg_page(b"\x08sound", 2, 4, 77)
    given_ = _voice(77) + sound

    name, fresh, media = clean(given_)

    assert (name, media) == ("1.ogg", "audio/ogg") and len(fresh) == len(given_)
    assert b"sandbox" in given_ and b"sandbox" not in fresh and b"sound" in fresh
    assert fresh[-len(sound) :] == _ogg_page(b"\x08sound", 2, 4, 1), "same sound, checksum as another writer makes it"


@pytest.mark.parametrize(
    "broken", [_voice(7)[:40], b"OggS" + bytes(60), _voice(7)[:-3], _ogg_page(b"OpusHead" + bytes(11), 0, 2, 1) * 2]
)
def test_a_voice_that_cannot_be_read_is_not_passed_on(broken: bytes) -> None:
    with pytest.raises(CannotClean):
        clean(broken)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def film(kind: bytes = b"soun", *, wide: bool = False, more: bytes = b"") -> bytes:
    """A film with a picture track and one more, each of two chunks: picture samples are P, the others S."""
    start = len(box(b"ftyp", b"isom")) + 8

    def track(what: bytes, *at: int) -> bytes:
        offsets = b"".join(struct.pack(">Q" if wide else ">I", one) for one in at)
        table = box(
            b"stbl",
            box(b"stsz", struct.pack(">IIIIII", 0, 0, 3, 2, 2, 4)),
            box(b"stsc", struct.pack(">II", 0, 2), struct.pack(">III", 1, 2, 1), struct.pack(">III", 2, 1, 1)),
            box(b"co64" if wide else b"stco", struct.pack(">II", 0, 2), offsets),
        )
        return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), what, bytes(12)), box(b"minf", table)))

    mdat = box(b"mdat", b"PPPP", b"SSSS", b"PPPP", b"SSSS")
    tracks = track(b"vide", start, start + 8), track(kind, start + 4, start + 12)
    return box(b"ftyp", b"isom") + mdat + box(b"moov", *tracks) + more


@pytest.mark.parametrize("wide", [False, True])
def test_a_film_may_be_passed_on_without_its_sound(wide: bool) -> None:
    given_ = film(wide=wide)

    _, loud, _ = clean(given_)
    _, quiet, _ = clean(given_, mute=True)

    assert loud.count(b"S") == given_.count(b"S") and b"SSSS" in loud
    assert b"SSSS" not in quiet and quiet.count(b"P") == 8 and len(quiet) == len(given_) and b"soun" not in quiet
    assert clean(film(b"vide", wide=wide), mute=True)[1].count(b"S") >= 8, "what is no sound stays"


def test_a_film_loses_the_places_that_a_phone_or_a_cars_camera_wrote_beside_the_pictures() -> None:
    """A track of positions, a maker's box, a comment between the boxes, a block between the samples, the program's name."""
    tracked = film(b"meta")
    assert b"SSSS" in tracked

    bare = clean(tracked)[1]

    assert b"S" not in bare.replace(b"stsz", b"").replace(b"stsc", b"") and b"meta" not in bare
    assert bare.count(b"P") == 8 and len(bare) == len(tracked)
    for hidden in (
        box(b"free", PLACE),
        box(b"skip", PLACE),
        box(b"gps ", PLACE),
        box(b"uuid", PLACE),
        box(b"mdat", PLACE),
    ):
        assert PLACE not in clean(film(more=hidden))[1], hidden
    grown = film() + box(b"moov", box(b"mvhd", bytes(100)), box(b"gps0", PLACE), box(b"meta", PLACE))
    assert PLACE not in clean(grown)[1]
    named = box(b"ftyp", b"isom") + box(
        b"moov", box(b"mdia", box(b"hdlr", bytes(8), b"vide", bytes(12), b"PhoneMaker Video"))
    )
    assert b"PhoneMaker" in named and b"PhoneMaker" not in clean(named)[1]


def test_a_film_in_pieces_with_a_track_of_positions_or_with_pictures_elsewhere_is_not_passed_on() -> None:
    elsewhere = box(b"dref", bytes(4), struct.pack(">I", 1), box(b"alis", b"/Users/somebody/film.mov"))
    for film_ in (
        film(b"meta", more=box(b"moof")),
        box(b"ftyp", b"isom") + box(b"moov", box(b"minf", box(b"dinf", elsewhere))),
        film(b"meta").replace(b"stsz", b"xxxx"),
    ):
        with pytest.raises(CannotClean):
            clean(film_)


def test_a_film_whose_sound_cannot_be_found_is_not_passed_on_mute() -> None:
    for broken in (film(more=box(b"moof")), film().replace(b"stsz", b"xxxx"), film()[:-30] + bytes(30)):
        with pytest.raises(CannotClean):
            clean(broken, mute=True)


def test_a_photograph_inside_a_pdf_loses_what_the_camera_wrote() -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(photo())).save(out, "PDF")
    page = PdfWriter(clone_from=PdfReader(io.BytesIO(out.getvalue())))
    image = next(
        o.get_object() for o in page._objects if "/Subtype" in o.get_object() and o.get_object()["/Subtype"] == "/Image"
    )
    image._data = photo()
    leaky = io.BytesIO()
    page.write(leaky)
    assert b"PhoneMaker" in leaky.getvalue() and AUTHOR.encode() in leaky.getvalue()

    _, fresh, _ = clean(leaky.getvalue())

    assert b"PhoneMaker" not in fresh and AUTHOR.encode() not in fresh and b"Exif" not in fresh
    shown = PdfReader(io.BytesIO(fresh)).pages[0].images[0].image
    assert shown is not None and shown.size == (64, 48)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_film_and_voice_readers_do_anything_but_refuse_or_answer(junk: bytes) -> None:
    for data in (b"\x00\x00\x00\x10ftypisom" + junk, b"OggS" + junk, film()[:60] + junk, b"%PDF-1.4\n" + junk):
        try:
            name, fresh, _ = clean(data, mute=True)
        except CannotClean:
            continue
        assert name and isinstance(fresh, bytes)


def test_a_sound_file_loses_its_tags_at_both_ends() -> None:
    frames = b"\xff\xfb\x90\x00" + b"sound" * 200
    tag = AUTHOR.encode()
    first = b"ID3\x03\x00\x00" + bytes([0, 0, 0, len(tag)]) + tag
    last = b"TAG" + tag.ljust(125, b"\0")

    assert clean(first + frames + last) == ("1.mp3", frames, "audio/mpeg")
    for broken in (first, first + b"no frames", frames + b"APETAGEX" + tag, b"ID3"):
        with pytest.raises(CannotClean):
            clean(broken)
