"""A sealed file: anybody with a shell checks it, whoever touches it is found out, and who sent the tip is nowhere in it."""

import asyncio
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.cli import main
from bot.export import Incomplete, export
from bot.settings import BadSetting
from messages import documents as printed
from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_documents import NAME, procedure_of
from tests.workflows.case_papers import FACTS
from workflows import document as documents
from workflows import records as r
from workflows.states import Stage
from workflows.work import Work


async def _printed(county: County, case: r.Case, *forms: str) -> None:
    """These documents are made and kept, as if an officer had filled them."""
    for form in forms:
        facts = {**FACTS, "party_name": NAME, "number": f"{form}-1"}
        kept = await county.app.shelf.put(printed.fill(form, facts))

        def make(work: Work, form: str = form, facts: dict[str, Any] = facts, kept: str = kept) -> None:
            by = work.person("QL01S-5")
            assert by is not None
            one = documents.begin(work, work.get(r.Case, case.id), documents.form_of(work, form), by)
            one.number = facts["number"]
            documents.made(work, one, by, facts, kept, None, 1)

        await county.app.store.decide(make)


def _check(folder: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", str(folder / "verify.sh"), *more], check=False, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout


@pytest.fixture
async def file(county: County) -> tuple[County, r.Case]:
    """A case with two pictures and three documents, one of them the office's own."""
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    case = county.one(r.Case)
    await leader.presses("到现场看了", on=county.group)
    await leader.sends(photo=True)
    await leader.sends(photo=True)
    await procedure_of(county, case, state=Stage.INVESTIGATED)
    await _printed(county, case, "filing", "site_record", "report")
    return county, case


async def test_a_third_party_checks_it_with_a_shell_and_finds_whoever_touched_it(
    file: tuple[County, r.Case], tmp_path: Path
) -> None:
    county, case = file

    archive, told = await asyncio.to_thread(export, county.app.settings, case.number)

    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(folder)
        names = opened.namelist()
    assert _check(folder) == (0, "whole and signed 完整，签名相符\n")
    key = tmp_path / "published.pem"
    key.write_bytes(county.app.vault.public_key())
    assert _check(folder, str(key))[0] == 0
    assert [n for n in names if n.startswith("正卷")] == [
        "正卷/00-卷宗目录.pdf",
        "正卷/01-现场检查笔录-site_record-1.docx", "正卷/01-现场检查笔录-site_record-1.pdf",
    ]  # fmt: skip
    assert [n for n in names if n.startswith(("副卷", "证据"))] == [
        "副卷/00-卷宗目录.pdf", "副卷/01-立案审批表-filing-1.docx", "副卷/01-立案审批表-filing-1.pdf",
        "副卷/02-调查终结报告-report-1.docx", "副卷/02-调查终结报告-report-1.pdf",
        "证据/001-photo.jpg", "证据/002-photo.jpg",
    ]  # fmt: skip
    assert all(b"pdfaid" in (folder / n).read_bytes() for n in names if n.endswith(".pdf")), "PDF/A"
    data = orjson.loads((folder / "file.json").read_bytes())
    assert {(one["what"], one["form"]) for one in data["lacks"]} >= {("document", "inquiry"), ("signature", "filing")}
    assert told["files"] == len(names) - 3 and len(data["evidence"]) == 2
    assert {e["sha256"] for e in data["evidence"]} == {e.sha256 for e in county.all(r.Evidence)}
    (trace,) = county.events("file.exported")
    assert trace.case_id == case.id and county.events("evidence.shown")[0].facts["why"] == "export"

    inside = b"".join((folder / n).read_bytes() for n in names)
    for planted in [*county.planted, county.one(r.Tip).receipt, county.one(r.Tip).account]:
        assert planted.encode() not in inside, planted
    assert not any(e["kind"].startswith(("tip.", "reward.", "reveal.")) or e["by"] == "source" for e in data["events"])

    picture = folder / "证据/001-photo.jpg"
    whole = picture.read_bytes()
    picture.write_bytes(whole + b"x")
    assert _check(folder)[0] == 1
    picture.write_bytes(whole)
    (folder / "证据/003-photo.jpg").write_bytes(b"slipped in")
    assert "MORE" in _check(folder)[1]
    (folder / "证据/003-photo.jpg").unlink()
    (folder / "SHA256SUMS").write_bytes((folder / "SHA256SUMS").read_bytes() + b"\n")
    assert "NOT SIGNED" in _check(folder)[1]


async def test_the_party_gets_the_open_volume_and_copies_without_metadata(
    file: tuple[County, r.Case], tmp_path: Path
) -> None:
    county, case = file
    out = tmp_path / "party.zip"

    archive, _ = await asyncio.to_thread(export, county.app.settings, case.number, for_party=True)

    out.write_bytes(archive)
    with zipfile.ZipFile(out) as opened:
        names = opened.namelist()
        picture = opened.read("证据/001-photo.jpg")
        data = orjson.loads(opened.read("file.json"))
    assert not any(n.startswith("副卷") for n in names) and data["events"] == [] and data["procedure"] is None
    assert b"sandbox picture" not in picture, "the comment of the original is gone"
    assert sorted(d["form"] for d in data["documents"]) == ["site_record"]
    assert (
        set(data["documents"][0]["says"]) >= {"findings", "party_name"}
        and "review_points" not in data["documents"][0]["says"]
    )
    assert "by" not in data["evidence"][0] and data["opened_at"] is None
    assert "群众反映" not in str(data), "how and at what hour it became known stays in the office's own volume"


async def test_what_cannot_be_whole_is_not_sealed(
    file: tuple[County, r.Case], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county, case = file
    with pytest.raises(BadSetting, match="no case of this number"):
        await asyncio.to_thread(export, county.app.settings, "云溪-2026-9999")
    name = county.all(r.Evidence)[0].sha256 or ""
    (county.folder / "whistle.db.evidence" / name[:2] / name).unlink()

    with pytest.raises(Incomplete, match="001-photo"):
        await asyncio.to_thread(export, county.app.settings, case.number)

    assert main(["export", case.number, "--out", str(tmp_path / "nowhere" / "x.zip")]) == 2
    assert "there is no folder" in capsys.readouterr().err and county.events("file.exported") == []
