"""One case, one file: from a villager's tip to the sealed file that a shell script checks, for each procedure, on both engines.

tip → card → 受理 → first check with its four moments → matter and power → pictures by chat → two officers, each on their own phone →
documents → decision → served → paid → nothing missing → sealed → the reward is proposed.
"""

import asyncio
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.export import export
from messages import documents as printed
from tests.county import County, Person
from tests.stories.test_lawful import begins, fills, knows
from workflows import records as r
from workflows.states import CaseState, DocumentState, Stage

pytestmark = pytest.mark.both_engines
TYPED = "照实记录，见现场照片。"
"""What an officer types where a paper asks for words."""
PARTY = "某甲"


@pytest.fixture(autouse=True)
def at_the_roadside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No LibreOffice beside the road: papers are made as DOCX, and as PDF/A when the file is sealed in the office."""
    whole = printed.to_pdfs

    def on_the_road(papers: Any, *, archive: bool = False) -> list[bytes]:
        raise printed.NoConverter("none here")

    monkeypatch.setattr(printed, "to_pdfs", on_the_road)
    monkeypatch.setattr(printed, "in_the_office", whole, raising=False)


async def photographs(officer: Person) -> None:
    """全景、近景、标识"""
    for _ in range(3):
        await officer.sends(photo=True)


async def papers(officer: Person, second: Person | None, *titles: str) -> None:
    """Each is offered by the case itself; what is missing is asked in short questions; who has to sign does so on their own phone."""
    for title in titles:
        await officer.presses(f"📄 {title}")
        await officer.presses("逐项填")
        for _ in range(12):
            if any("齐了，生成" in one for one in officer.buttons):
                break
            await officer.says(TYPED)
        await officer.presses("齐了，生成")
        await officer.county.pass_seconds(4)  # a chat gets one message a second
        await officer.presses("签字")
        if second is not None:
            await second.presses("签字")
            assert second.heard[-1] == "document.signed"
            await second.county.pass_seconds(2)


async def goes_on(county: County, officer: Person) -> None:
    await officer.says(f"/case {county.one(r.Case).number}")
    await officer.presses("办案")


def sealed(county: County, archive: bytes, folder: Path) -> dict[str, Any]:
    """Unpacked and checked with a shell and openssl alone; what the file says of itself."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(folder)
    done = subprocess.run(["sh", str(folder / "verify.sh")], check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "whole and signed 完整，签名相符\n", done
    said: dict[str, Any] = orjson.loads((folder / "file.json").read_bytes())
    inside = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    for planted in county.planted:
        assert planted.encode() not in inside, "who sent the tip is nowhere in the file"
    return said


async def seal(county: County, monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, Any]:
    monkeypatch.setattr(printed, "to_pdfs", printed.in_the_office)  # type: ignore[attr-defined]
    archive, _ = await asyncio.to_thread(export, county.app.settings, county.one(r.Case).number)
    return sealed(county, archive, folder)


async def test_a_penalty_on_the_spot(county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, second = await begins(county, "简易程序"), county.yunxi.second
    leader, desk = county.yunxi.township_leader, county.office.desk
    (
        county.others_may_hear("reward.proposed", "document.unprinted"),
        desk.ignores("document.unprinted"),
        officer.ignores("evidence.added", "file"),
    )
    await photographs(officer)
    await goes_on(county, officer)
    await knows(officer)

    await officer.presses("当场处罚")
    await fills(officer, "是", "是", "罚款", "100", "照裁量基准")
    await officer.presses("云溪镇队员2")
    assert second.heard == ["step.asked"] and "100元" in second.last
    assert county.one(r.Procedure).state is Stage.OPENED, "one officer alone decides nothing"
    await second.presses("同意")
    await officer.presses("接着办")
    assert "云溪当罚〔2026〕1号" in officer.last
    await papers(officer, second, "当场处罚决定书")
    paper = county.one(r.Document, form="spot_decision")
    assert (paper.number, paper.state) == ("云溪当罚〔2026〕1号", DocumentState.SIGNED), "nothing is typed twice"
    await officer.presses("送达", containing="当场处罚决定书")
    await fills(officer, "当场交付", "云溪镇队员2")
    await second.presses("同意", containing="送达")
    assert county.one(r.Document, form="spot_decision").state is DocumentState.SERVED
    await officer.presses("接着办", containing="送达")
    assert "缴款识别号" in officer.last
    await officer.presses("记缴款")
    await fills(officer, "今天", "票00017")

    await officer.presses("报批结案")
    assert "送达回证" in officer.last and "承办人" in officer.last and leader.heard == [], officer.last
    await papers(officer, second, "送达回证")
    await goes_on(county, officer)
    await officer.presses("报批结案")
    await officer.presses("写明理由，照样结案")
    await officer.says("经过都在决定书里。")
    assert leader.heard == ["step.asked"] and "经过都在决定书里" in leader.last
    await leader.presses("同意")

    proc, case = county.one(r.Procedure), county.one(r.Case)
    assert (proc.state, proc.fine_fen, proc.receipt_no) == (Stage.ENDED, 10_000, "票00017")
    assert (case.state, case.outcome) == (CaseState.CLOSED, "penalty")
    assert county.one(r.Reward).state == "proposed" and desk.heard[-1] == "reward.proposed"
    assert PARTY not in str([row.facts for row in county.all(r.Outbox)]), "the party's name is in no message"
    assert PARTY not in str([e.facts for e in county.events()])
    file = await seal(county, monkeypatch, tmp_path / "sealed")
    assert [d["form"] for d in file["documents"]] == ["spot_decision", "receipt"] and len(file["evidence"]) == 3
    assert [one["form"] for one in file["lacks"]] == ["closing"], "what was done without is said in the file too"
    county.group.ignores(), second.ignores(), leader.ignores()
