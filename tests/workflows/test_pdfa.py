"""The check of PDF/A finds what is wrong: a file that is right is broken in one place at a time."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from messages import documents
from tests.pdfa import breaches
from tests.workflows.case_papers import FACTS

Root = Any


@pytest.fixture(scope="module")
def paper() -> bytes:
    """A document with a picture in it, as the archive gets it."""
    return documents.to_pdfs([documents.fill("payment", FACTS)], archive=True)[0]


def test_what_we_make_breaks_none_of_the_rules_and_carries_its_picture(paper: bytes) -> None:
    assert breaches(paper) == []
    (page,) = PdfReader(io.BytesIO(paper)).pages
    assert len(page.images) == 1 and "1234567890123452" not in page.extract_text()


def test_a_plain_pdf_is_told_from_one_for_the_archive() -> None:
    plain = documents.to_pdf(documents.fill("payment", FACTS))

    assert {one.partition(":")[0] for one in breaches(plain)} >= {"metadata", "output intent"}


def _script(root: Root) -> None:
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    root[NameObject("/OpenAction")] = script


def _attached(root: Root) -> None:
    root[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): DictionaryObject()})


def _no_intent(root: Root) -> None:
    del root["/OutputIntents"]


def _no_profile(root: Root) -> None:
    del root["/OutputIntents"][0].get_object()["/DestOutputProfile"]


def _no_statement(root: Root) -> None:
    del root["/Metadata"]


def _lying(root: Root) -> None:
    stream = root["/Metadata"].get_object()
    stream.set_data(stream.get_data().replace(b"<pdfaid:part>2", b"<pdfaid:part>1"))


def _pages(root: Root) -> Any:
    return root["/Pages"]["/Kids"][0].get_object()


def _font_outside(root: Root) -> None:
    fonts = _pages(root)["/Resources"]["/Font"]
    for key in list(fonts):
        font = fonts[key].get_object()
        held = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        descriptor = held["/FontDescriptor"].get_object()
        for name in ("/FontFile", "/FontFile2", "/FontFile3"):
            descriptor.pop(name, None)


def _hidden_note(root: Root) -> None:
    note = {"/Type": NameObject("/Annot"), "/Subtype": NameObject("/Link"), "/F": NumberObject(2)}
    _pages(root)[NameObject("/Annots")] = ArrayObject([DictionaryObject({NameObject(k): v for k, v in note.items()})])


def _film(root: Root) -> None:
    note = {"/Type": NameObject("/Annot"), "/Subtype": NameObject("/Movie"), "/F": NumberObject(4)}
    _pages(root)[NameObject("/Annots")] = ArrayObject([DictionaryObject({NameObject(k): v for k, v in note.items()})])


def _blend(root: Root) -> None:
    state = {"/Type": NameObject("/ExtGState"), "/BM": NameObject("/Dissolve")}
    made = DictionaryObject({NameObject(k): v for k, v in state.items()})
    _pages(root)["/Resources"][NameObject("/ExtGState")] = DictionaryObject({NameObject("/X"): made})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_script, "action"), (_attached, "catalog"), (_no_intent, "output intent"), (_no_profile, "output intent"),
        (_no_statement, "metadata"), (_lying, "metadata"), (_font_outside, "font"), (_hidden_note, "annotation"),
        (_film, "annotation"), (_blend, "graphics state"),
    ],
)  # fmt: skip
def test_each_thing_that_an_archive_does_not_take_is_found(
    paper: bytes, spoil: Callable[[Root], None], said: str
) -> None:
    writer, out = PdfWriter(clone_from=io.BytesIO(paper)), io.BytesIO()
    spoil(writer.root_object)
    for page in writer.pages:  # what was put in directly becomes an object of its own, as in any file
        for holder in (page.get("/Resources", {}).get("/ExtGState", {}),):
            for key in list(holder):
                holder[key] = writer._add_object(holder[key])
    if "/OpenAction" in writer.root_object:
        action = writer.root_object["/OpenAction"]
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    writer.write(out)

    assert said in {one.partition(":")[0] for one in breaches(out.getvalue())}


def test_a_file_with_a_password_is_none_for_an_archive(paper: bytes) -> None:
    writer, out = PdfWriter(clone_from=io.BytesIO(paper)), io.BytesIO()
    writer.encrypt("1", algorithm="AES-128")
    writer.write(out)

    assert "encrypted" in breaches(out.getvalue())
