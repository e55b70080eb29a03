"""Papers: a county's own DOCX templates, filled from facts, and made into PDF.

    forms.py       which papers a reward has, and which facts each of them needs
    case_forms.py  what stands in the documents of a case, and what is missing
    zh/*.docx  the templates; a county puts its own of the same name into `documents/` of its folder and they are used instead
    draw.py, draw_case.py    draw the templates that come with the product (`python -m messages.documents.draw`)

A template is edited in Word: `{{ field }}` stands for a fact, `{%tr for row in rows %}` … `{%tr endfor %}` repeats a row. A field
that was not given is an error that names it: no paper leaves with a hole in it.
"""

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from messages.picture import picture_of
from workflows.document import printable

FOLDER = Path(__file__).parent
SECONDS = 120
"""How long LibreOffice may take for one paper."""


class NoTemplate(LookupError):
    """There is no paper of this name."""


class MissingField(ValueError):
    """A template asks for a field that was not given."""

    def __init__(self, form: str, field: str) -> None:
        super().__init__(f"{form}.docx: nothing is known for the field {field}")
        self.form, self.field = form, field


class NoConverter(RuntimeError):
    """LibreOffice is not installed, or could not make the PDF."""


def template_of(form: str, county: Path | None = None) -> Path:
    """The county's own template, else the product's. Raises NoTemplate."""
    for folder in ([county / "documents"] if county else []) + [FOLDER / "zh"]:
        path = folder / f"{form}.docx"
        if path.is_file():
            return path
    raise NoTemplate(form)


def fill(form: str, facts: dict[str, Any], county: Path | None = None) -> bytes:
    """The paper as DOCX. Raises NoTemplate or MissingField."""
    import jinja2  # imported when used: docxtpl alone costs a quarter of a second
    from docxtpl import DocxTemplate

    template = DocxTemplate(template_of(form, county))
    facts = _printable(facts)
    facts = {**facts, **{name: _picture(template, facts[name]) for name in PICTURES if facts.get(name)}}
    known = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    try:
        template.render(facts, known, autoescape=True)
    except jinja2.UndefinedError as error:
        raise MissingField(form, _named(str(error))) from None
    made = io.BytesIO()
    template.save(made)
    return made.getvalue()


def _printable(said: Any) -> Any:
    """One character that XML cannot hold, pasted into a fact long ago, must not keep a paper from being made."""
    if isinstance(said, str):
        return printable(said)
    if isinstance(said, dict):
        return {name: _printable(one) for name, one in said.items()}
    return [_printable(one) for one in said] if isinstance(said, (list, tuple)) else said


def plain(text: str) -> bytes:
    """A text that a county gave as such, as a DOCX that prints it line by line."""
    from docx import Document

    made = Document()
    for line in text.splitlines():
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


PICTURES = ("pay_qr",)
"""Facts that are printed as a QR code of 34 millimetres."""


def _picture(template: Any, said: str) -> Any:
    from docx.shared import Mm
    from docxtpl import InlineImage

    return InlineImage(template, io.BytesIO(picture_of(said)), width=Mm(34))


def fields_of(form: str, county: Path | None = None) -> set[str]:
    """The fields that a template asks for."""
    from docxtpl import DocxTemplate

    found: set[str] = DocxTemplate(template_of(form, county)).get_undeclared_template_variables()
    return found


def _named(said: str) -> str:
    """The field in "'x' is undefined" or "'dict object' has no attribute 'x'"."""
    quoted = said.split("'")[1::2]
    return quoted[-1] if quoted else said


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def can_convert() -> bool:
    """Whether LibreOffice is installed; it may still fail."""
    return _program() is not None


def to_pdf(docx: bytes) -> bytes:
    """The same paper as PDF, made by LibreOffice with a profile of its own. Takes seconds: call it in a thread. Raises NoConverter."""
    return to_pdfs([docx])[0]


ARCHIVE = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"},"UseTaggedPDF":{"type":"boolean","value":"true"}}'
"""PDF/A-2b, which archives keep: fonts inside, nothing that changes."""


INSTEAD = {"仿宋": "Noto Serif CJK SC", "方正小标宋简体": "Noto Serif CJK SC", "黑体": "Noto Sans CJK SC"}
"""Office fonts that are not free, and what stands in: left to itself, LibreOffice takes figures and characters from two hands."""


@lru_cache
def _absent() -> tuple[str, ...]:
    """Which of these fonts this machine has not."""
    program = shutil.which("fc-list")
    if program is None:
        return ()
    asked = {font: [program, f":family={font}", "family"] for font in INSTEAD}
    return tuple(
        font
        for font, command in asked.items()
        if not subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).stdout.strip()  # noqa: S603
    )


def _with_fonts_of_this_machine(docx: bytes) -> bytes:
    """The same paper for the PDF alone; the DOCX that people get names the county's fonts."""
    if not _absent():
        return docx
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in given.infolist():
            data = given.read(entry)
            if entry.filename.startswith("word/") and entry.filename.endswith(".xml"):
                for font in _absent():
                    data = data.replace(f'"{font}"'.encode(), f'"{INSTEAD[font]}"'.encode())
            made.writestr(entry, data)
    return out.getvalue()


def to_pdfs(papers: Sequence[bytes], *, archive: bool = False) -> list[bytes]:
    """Several papers with one start of LibreOffice, which is what takes the time; `archive` makes PDF/A-2b. Raises NoConverter."""
    program = _program()
    if program is None:
        raise NoConverter("LibreOffice is not installed: sudo apt-get install libreoffice-writer-nogui fonts-noto-cjk")
    if not papers:
        return []
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        names = [f"{number:03d}" for number in range(len(papers))]
        for name, docx in zip(names, papers, strict=True):
            (Path(folder) / f"{name}.docx").write_bytes(_with_fonts_of_this_machine(docx))
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        sources = [str(Path(folder) / f"{name}.docx") for name in names]
        command = [
            program,
            profile,
            "--headless",
            "--convert-to",
            ARCHIVE if archive else "pdf",
            "--outdir",
            folder,
            *sources,
        ]
        try:
            limit = SECONDS + 5 * len(papers)
            subprocess.run(command, check=True, capture_output=True, timeout=limit)  # noqa: S603 (a fixed command)
            return [(Path(folder) / f"{name}.pdf").read_bytes() for name in names]
        except (subprocess.SubprocessError, OSError) as error:
            raise NoConverter(f"LibreOffice could not make the PDF: {type(error).__name__}") from None
