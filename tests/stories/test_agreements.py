"""A case done in a department's name: its published 委托书 is kept with the case, sealed with the export, and missed when it is gone."""

import asyncio
import hashlib
import io
import zipfile

from bot import audit
from bot.county_files import SAMPLE
from bot.evidence import path_of
from bot.export import export
from tests.county import County
from tests.stories.opening import tip_taken
from workflows import procedure
from workflows import records as r
from workflows.work import Work

TEXT = (SAMPLE / "agreements" / "AG01.docx").read_bytes()


async def test_the_published_agreement_is_kept_indexed_and_sealed_with_the_case(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores(), county.yunxi.officer.ignores()
    case = county.one(r.Case)

    def begin(work: Work) -> None:
        procedure.begin(work, work.get(r.Case, case.id), work.get(r.Person, "QL01S-5"), "JT010", "ordinary")

    await county.app.store.decide(begin)
    await county.settled()

    name = hashlib.sha256(TEXT).hexdigest()
    kept = county.folder / "whistle.db.evidence" / path_of(name)
    assert kept.read_bytes() == TEXT, "as it was on the day on which the case was begun"
    await county.yunxi.officer.presses("卷宗", on=county.group)
    assert "1. 委托书 示例委托〔2026〕1号" in county.yunxi.officer.last

    archive, _ = await asyncio.to_thread(export, county.app.settings, case.number, for_party=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = [n for n in opened.namelist() if "委托书" in n]
        assert names == ["正卷/01-委托书-示例委托〔2026〕1号.docx", "正卷/01-委托书-示例委托〔2026〕1号.pdf"]
        assert opened.read(names[0]) == TEXT and b"pdfaid" in opened.read(names[1])

    kept.unlink()
    county.others_may_hear("evidence.damaged")
    whole, lines = await asyncio.to_thread(audit.verify, county.app.settings)
    assert not whole and any(f"{case.number}: agreement {name[:16]}" in line for line in lines), lines
