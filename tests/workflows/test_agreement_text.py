"""委托书: the published agreement of a delegated case lies in its file as it was on that day, and is missed where it is not."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.agreements import agreements_without_text, bytes_of
from bot.cli import main
from bot.county_files import SAMPLE, CountyError, load_county
from tests.workflows.lawful import Matter
from workflows import evidence
from workflows import file as files
from workflows.file import Lack
from workflows.rulebook import Rulebook

NUMBER = "示例委托〔2026〕1号"


def without_texts(book: Rulebook) -> Rulebook:
    bare = tuple(a.model_copy(update={"text": None, "text_file": ""}) for a in book.county.agreements)
    return replace(book, county=replace(book.county, agreements=bare))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "county")


def test_the_text_is_that_of_the_day_and_stands_first_in_the_open_volume(book: Rulebook) -> None:
    m = Matter(book, matter="JT010").begin()
    was = m.proc.agreement_text
    assert was == hashlib.sha256((SAMPLE / "agreements" / "AG01.docx").read_bytes()).hexdigest()
    newer = [a.model_copy(update={"text": "f" * 64}) for a in book.county.agreements]
    m.work.county = replace(book.county, agreements=tuple(newer))

    file = files.of(m.work, m.case)

    first = files.index(book.forms, file)[0]
    assert (first.volume, first.no, first.kind, first.number) == ("main", 1, "agreement", NUMBER)
    assert (file.agreement_text, first.marks) == (was, (was[:8],)), "what the county changed since is another paper"
    assert Lack("agreement", by="desk") not in files.lacks(book.forms, file)
    assert (m.proc.id, was, m.case.number, "agreement") in evidence.kept_files(m.work), "the audit looks for it"


def test_a_case_of_the_townships_own_power_needs_none(book: Rulebook) -> None:
    m = Matter(book).begin()

    file = files.of(m.work, m.case)

    assert (file.agreement, m.proc.agreement_text) == ("", None)
    assert all(e.kind != "agreement" for e in files.index(book.forms, file))


def test_a_missing_text_is_asked_of_the_desk_and_no_officer_is_kept_from_closing(book: Rulebook) -> None:
    m = Matter(without_texts(book), matter="JT010").begin()
    file = files.of(m.work, m.case)
    assert files.lacks(book.forms, file) == [Lack("agreement", by="desk")]
    assert Lack("agreement", by="desk") in files.at_end(book.forms, file)[1], "a leader may do without, and reads why"

    m.work.county = book.county  # the desk has put it there since

    assert files.lacks(book.forms, files.of(m.work, m.case)) == []


@pytest.mark.parametrize(
    ("name", "data", "good"),
    [
        ("AG01.txt", "委托书正文".encode(), True),
        (f"{NUMBER}.pdf", b"%PDF-1.7 ...", True),
        ("AG01.pdf", b"not a pdf", False),
        ("AG01.txt", b"\xff\xfe\x00", False),
        ("AG01.docx", b"  \n", False),
    ],
)
def test_a_county_puts_the_text_beside_the_table(folder: Path, name: str, data: bytes, good: bool) -> None:
    (folder / "agreements" / "AG01.docx").unlink()
    (folder / "agreements" / name).write_bytes(data)

    if not good:
        with pytest.raises(CountyError, match=r"agreements\.csv:2: agreements/AG01"):
            load_county(folder)
        return
    one = load_county(folder).county.agreements[0]

    assert (one.text, one.text_file) == (hashlib.sha256(data).hexdigest(), name)
    assert bytes_of(folder, str(one.text)) == data and bytes_of(folder, "0" * 64) is None


def test_the_operator_is_told_which_texts_are_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(folder), "--check"]) == 0
    assert "agreements_without_text" not in capsys.readouterr().out

    (folder / "agreements" / "AG02.docx").unlink()

    assert main(["import", str(folder), "--check"]) == 0
    assert '"agreements_without_text": ["示例委托〔2026〕2号"]' in capsys.readouterr().out
    assert agreements_without_text(load_county(folder).county) == ["示例委托〔2026〕2号"]
