"""What PDF/A-2b (ISO 19005-2) asks of a file, as far as it can be seen with pypdf. veraPDF is in none of the registries that we use.

Looked at: header, trailer (file identifier, no encryption), the archive's own statement in XMP and its agreement with the document
information, output intent with an ICC profile, every font embedded, filters, colour without CMYK, actions, scripts, attachments,
annotations, blend modes, transfer functions, images. Not looked at: what is inside each font program (glyph widths, missing
glyphs), the syntax of every object and stream length, and of the ICC profile more than its signature and number of components.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject, StreamObject

_BLENDS = {
    *("Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn"),
    *("HardLight", "SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity"),
}
_ACTIONS = {"Launch", "Sound", "Movie", "ResetForm", "ImportData", "Hide", "SetOCGState", "Rendition", "Trans"}
_ACTIONS |= {"GoTo3DView", "JavaScript"}
_NAMED = {"NextPage", "PrevPage", "FirstPage", "LastPage"}


def breaches(pdf: bytes) -> list[str]:
    """Every rule that this file breaks, in words; empty: none of those that are looked at."""
    found = list(_outside(pdf))
    reader = PdfReader(io.BytesIO(pdf))
    if reader.is_encrypted:
        return [*found, "encrypted"]
    root: Any = reader.trailer["/Root"]
    found += _statement(reader, root)
    found += _intent(root)
    for one in _everything(reader):
        found += _object(one)
    for page in reader.pages:
        found += _page(page, reader)
    return found


def _outside(pdf: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7][\r\n]+%[\x80-\xff]{4}", pdf):
        yield "header: no version 1.0–1.7 followed by a comment of four high bytes"
    if not re.search(rb"%%EOF[\r\n]*$", pdf):
        yield "trailer: something follows the end"
    if not re.search(rb"/ID\s*\[\s*<[0-9A-Fa-f]{32,}>\s*<[0-9A-Fa-f]{32,}>\s*\]", pdf):
        yield "trailer: no file identifier"


def _statement(reader: PdfReader, root: Any) -> Iterator[str]:
    metadata = root.get("/Metadata")
    if metadata is None:
        yield "metadata: none"
        return
    stream = metadata.get_object()
    if "/Filter" in stream:
        yield "metadata: compressed"
    said = stream.get_data().decode("utf-8", "replace")

    def value(name: str) -> str:
        match = re.search(rf"{name}(?:=[\"']|>)([^\"'<]*)", said)
        return match[1].strip() if match else ""

    if (value("pdfaid:part"), value("pdfaid:conformance")) != ("2", "B"):
        yield f"metadata: says part {value('pdfaid:part')!r}, conformance {value('pdfaid:conformance')!r}"
    info = reader.metadata or {}
    digits = lambda text: re.sub(r"\D", "", str(text))[:14]  # noqa: E731
    for key, name in (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")):
        if key in info and digits(info[key]) != digits(value(name)):
            yield f"metadata: {key} says {info[key]}, {name} says {value(name)!r}"
    for key, name in (("/Producer", "pdf:Producer"), ("/Creator", "xmp:CreatorTool")):
        if key in info and str(info[key]) != value(name):
            yield f"metadata: {key} and {name} differ"


def _intent(root: Any) -> Iterator[str]:
    intents = [one.get_object() for one in root.get("/OutputIntents", [])]
    ours = [one for one in intents if one.get("/S") == "/GTS_PDFA1"]
    if not ours:
        yield "output intent: none of GTS_PDFA1"
    for one in ours:
        profile = one.get("/DestOutputProfile")
        data = profile.get_object().get_data() if profile is not None else b""
        if data[36:40] != b"acsp":
            yield "output intent: no ICC profile"
        elif (profile.get_object().get("/N"), data[16:20]) not in ((3, b"RGB "), (1, b"GRAY"), (4, b"CMYK")):
            yield "output intent: the profile is of another number of components than it says"


def _everything(reader: PdfReader) -> Iterator[Any]:
    """Every indirect object, once."""
    for generation, ids in reader.xref.items():
        for number in ids:
            yield reader.get_object(IndirectObject(number, generation, reader))
    for number in reader.xref_objStm:
        yield reader.get_object(IndirectObject(number, 0, reader))


def _object(one: Any) -> Iterator[str]:
    """What no object anywhere may be."""
    if isinstance(one, StreamObject):
        filters = one.get("/Filter", [])
        for name in filters if isinstance(filters, ArrayObject) else [filters]:
            if name in ("/LZWDecode", "/Crypt"):
                yield f"stream: {name}"
        if "/F" in one or "/FFilter" in one:
            yield "stream: its data lie outside the file"
    if not isinstance(one, DictionaryObject):
        return
    kind, sub = one.get("/Type"), one.get("/Subtype")
    if kind == "/Catalog":
        names = one.get("/Names")
        names = names.get_object() if names is not None else {}
        for key in ("/JavaScript", "/EmbeddedFiles"):
            if key in names:
                yield f"catalog: {key[1:]}"
        if "/AA" in one:
            yield "catalog: additional actions"
        form = one.get("/AcroForm")
        form = form.get_object() if form is not None else {}
        if form.get("/NeedAppearances") or "/XFA" in form:
            yield "form: drawn by the reader"
    if str(one.get("/S", "")).removeprefix("/") in _ACTIONS:
        yield f"action: {one['/S']}"
    if one.get("/S") == "/Named" and str(one.get("/N", "")).removeprefix("/") not in _NAMED:
        yield f"action: {one.get('/N')}"
    if kind == "/Font" and sub in ("/Type1", "/TrueType", "/MMType1", "/CIDFontType0", "/CIDFontType2"):
        descriptor = one.get("/FontDescriptor")
        inside = descriptor.get_object() if descriptor is not None else {}
        if not any(key in inside for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield f"font: {one.get('/BaseFont')} is not inside"
    if sub == "/Image":
        if one.get("/ColorSpace") == "/DeviceCMYK":
            yield "image: CMYK under an output intent of RGB"
        if one.get("/Interpolate") or "/Alternates" in one or "/OPI" in one:
            yield "image: interpolated, or with alternates"
    if kind == "/ExtGState" or "/BM" in one:
        mode = one.get("/BM", "/Normal")
        for name in mode if isinstance(mode, ArrayObject) else [mode]:
            if str(name).removeprefix("/") not in _BLENDS:
                yield f"graphics state: blend mode {name}"
        if "/TR" in one or one.get("/TR2", "/Default") != "/Default":
            yield "graphics state: transfer function"


def _page(page: Any, reader: PdfReader) -> Iterator[str]:
    if "/AA" in page:
        yield "page: additional actions"
    for reference in page.get("/Annots", []) or []:
        note = reference.get_object()
        flags = int(note.get("/F", 0))
        if note.get("/Subtype") not in ("/Link", "/Popup", "/Widget", "/Text", "/Highlight", "/Stamp"):
            yield f"annotation: {note.get('/Subtype')}"
        if note.get("/Subtype") != "/Popup" and (not flags & 4 or flags & 0b100011):
            yield f"annotation: {note.get('/Subtype')} is hidden, or not printed"
    contents = page.get_contents()
    if contents is not None:
        for _, operator in ContentStream(contents, reader).operations:
            if operator in (b"k", b"K"):
                yield "page: CMYK under an output intent of RGB"
                break
