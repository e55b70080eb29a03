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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    known = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    try:
        template.render(facts, known, autoescape=True)
    except jinja2.UndefinedError as error:
        raise MissingField(form, _named(str(error))) from None
    made = io.BytesIO()
    template.save(made)
    return made.getvalue()


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
            (Path(folder) / f"{name}.docx").write_bytes(docx)
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
