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
from workflows import printing
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
    monkeypatch.setattr(printing, "WAITS", (30 * 86_400,))  # nobody is back before the case is closed
    monkeypatch.setattr(printed, "in_the_office", whole, raising=False)


async def photographs(officer: Person) -> None:
    """全景、近景、标识"""
    for _ in range(3):
        await officer.sends(photo=True)


async def typed(officer: Person) -> None:
    """What the case does not know yet is asked in short questions; then the paper is made."""
    await officer.presses("逐项填")
    for _ in range(12):
        if any("齐了，生成" in one for one in officer.buttons):
            break
        asked = "一问一答" in officer.last
        await officer.says("问：垃圾是谁倒的？\n答：是我倒的。" if asked else TYPED)
    await officer.presses("齐了，生成")
    await officer.county.pass_seconds(4)  # a chat gets one message a second


async def signs(officer: Person, second: Person | None) -> None:
    """Each on their own phone."""
    await officer.presses("签字")
    await officer.county.pass_seconds(2)
    if second is not None:
        await second.presses("签字")
        heard = second.heard
        assert heard and heard[-1] == "document.signed", (
            officer.toast,
            officer.reads[-4:],
            second.reads[-3:],
            second.toast,
        )
        await second.county.pass_seconds(2)


async def papers(officer: Person, second: Person | None, *titles: str) -> None:
    """Each is offered by the case itself."""
    for title in titles:
        await officer.presses(f"📄 {title}")
        await typed(officer)
        await signs(officer, second)


async def by_two(county: County, step: str, *answers: str) -> None:
    """An act of enforcement: the second officer taps on their own phone."""
    officer = county.yunxi.officer
    await officer.presses(step)
    await fills(officer, *answers, "云溪镇队员2")
    await county.yunxi.second.presses("同意")
    await officer.presses("接着办")


async def by_leader(county: County, step: str, *answers: str) -> None:
    officer = county.yunxi.officer
    await officer.presses(step)
    await fills(officer, *answers)
    await county.yunxi.township_leader.presses("同意")
    if county.one(r.Case).state is CaseState.OPEN:
        await officer.presses("接着办")


async def signed_by(person: Person, title: str) -> None:
    """What the officers do not sign themselves comes to the signer's own phone."""
    await papers(person.county.yunxi.officer, None, title)
    assert person.heard[-1] == "document.signed"
    await person.presses("看原件")
    assert person.heard == ["file"]
    await person.presses("签字")


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
    county.group.ignores("tip.submitted"), second.ignores(), leader.ignores()


async def test_the_ordinary_course_with_a_legal_review(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, second = await begins(county, "普通程序"), county.yunxi.second
    leader, reviewer = county.yunxi.township_leader, county.yunxi.reviewer
    county.others_may_hear("reward.proposed", "document.unprinted", "review.asked", "document.signed")
    officer.ignores("evidence.added", "file", "review.given", "review.voided"), reviewer.ignores()
    await photographs(officer)
    await goes_on(county, officer)
    await knows(officer)
    await officer.presses("勾情节")
    await fills(officer, "疑难复杂", "好了")

    await by_two(county, "记现场检查", "是", "路边堆着两车生活垃圾。")
    await by_leader(county, "报批立案")
    assert "作出决定：到 1月31日" in officer.last, "ninety days"
    moments = {one for one in officer.last.splitlines() if one.startswith("首查")}
    assert moments and "—" not in moments.pop(), "found, checked, secured, filed: each has its moment"
    await papers(officer, second, "立案审批表")
    await goes_on(county, officer)
    await officer.presses("文书", on=county.group)
    await officer.presses("询问笔录")
    await typed(officer)
    await signs(officer, second)
    assert [s.second for s in county.all(r.Step, kind="inquiry")] == [second.seat], "the signed record is the step"
    await goes_on(county, officer)
    await by_two(county, "调查终结", "处罚", "罚款", "好了", "300", "堆放两车，未及时清理。", "事实清楚，证据充分。")
    await papers(officer, second, "现场检查笔录")
    await goes_on(county, officer)
    await officer.presses("事先告知")
    await fills(officer, "送到本人", "云溪镇队员2")
    await second.presses("同意")
    await officer.presses("接着办")
    await papers(officer, None, "行政处罚事先告知书")
    await goes_on(county, officer)
    await officer.presses("记陈述申辩")
    await fills(officer, "没有要说的")
    await officer.presses("送法制审核")
    assert "报批决定" not in officer.buttons, "no decision without the opinion"
    await reviewer.says("/review")
    assert "要审的 1 件" in reviewer.last and "疑难复杂或重大" in reviewer.last
    await reviewer.presses("云溪-2026")
    await reviewer.presses("出审核意见")
    await fills(reviewer, "通过")
    await officer.sends(photo=True)
    assert county.one(r.Procedure).state is Stage.TOLD, "a picture after the opinion voids it at once"
    assert "review.voided" in reviewer.heard
    await goes_on(county, officer)
    await officer.presses("送法制审核")
    await reviewer.says("/review")
    await reviewer.presses("云溪-2026")
    assert "新增：" in reviewer.last and "证据 1 份" in reviewer.last, (
        "what is new since the last look, and nothing else"
    )
    await reviewer.presses("出审核意见")
    await fills(reviewer, "通过")
    await officer.presses("接着办", containing="法制审核：通过")
    await by_leader(county, "报批决定", "就按告知的数", "是")
    assert "云溪罚决〔2026〕1号" in officer.last
    await signed_by(reviewer, "法制审核意见书")
    await goes_on(county, officer)
    await signed_by(leader, "行政处罚决定书")
    await officer.presses("送达", containing="行政处罚决定书")
    await fills(officer, "送到本人", "云溪镇队员2")
    await second.presses("同意")
    assert county.one(r.Document, form="decision").state is DocumentState.SERVED
    await officer.presses("接着办")
    await papers(officer, second, "送达回证")
    await goes_on(county, officer)
    await officer.presses("记缴款")
    await fills(officer, "今天", "票00018")
    await officer.presses("报批结案")
    await by_leader(county, "写明理由，照样结案", "经过都在笔录和决定书里。")

    proc = county.one(r.Procedure)
    assert (proc.state, proc.fine_fen, proc.decided_by) == (Stage.ENDED, 30_000, leader.seat)
    assert county.one(r.Case).outcome == "penalty" and county.one(r.Reward).state == "proposed"
    file = await seal(county, monkeypatch, tmp_path / "sealed")
    assert {d["form"] for d in file["documents"]} == {
        *("filing", "site_record", "inquiry", "notice", "review", "decision", "receipt"),
    }
    assert {one["form"] for one in file["lacks"]} == {"report", "closing"}
    life = {e["kind"] for e in file["events"]}
    assert {"term.began", "review.asked", "review.looked", "review.given", "review.voided", "outcome.recorded"} <= life
    county.group.ignores("tip.submitted"), second.ignores(), leader.ignores(), officer.ignores()


async def test_a_heavy_fine_with_a_hearing(county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, second = await begins(county, "普通程序"), county.yunxi.second
    leader, reviewer, host = county.yunxi.township_leader, county.yunxi.reviewer, county.yunxi.deputy
    county.others_may_hear("reward.proposed", "document.unprinted", "review.asked", "document.signed", "term.reminded")
    officer.ignores("evidence.added", "file", "review.given", "term.reminded"), reviewer.ignores()
    await photographs(officer)
    await goes_on(county, officer)
    await knows(officer)
    await by_two(county, "记现场检查", "是", "路边堆着二十车生活垃圾。")
    await by_leader(county, "报批立案")
    await papers(officer, second, "立案审批表")
    await goes_on(county, officer)
    await by_two(county, "调查终结", "处罚", "罚款", "好了", "6000", "堆放二十车，拒不清理。", "事实清楚，证据充分。")
    await papers(officer, second, "现场检查笔录")
    await goes_on(county, officer)
    await papers(officer, None, "行政处罚事先告知书")
    await goes_on(county, officer)
    await papers(officer, None, "听证告知书")
    await officer.presses("送达", containing="听证告知书")
    await fills(officer, "送到本人", "云溪镇队员2")
    await second.presses("同意")
    assert {d.form for d in county.all(r.Document, state=DocumentState.SERVED)} == {"notice", "hearing_notice"}
    await officer.presses("接着办")
    assert "听证要不要" in officer.buttons and "报批决定" not in officer.buttons, "so much cannot be decided unheard"
    await officer.presses("记陈述申辩")
    await fills(officer, "没有要说的")
    await officer.presses("听证要不要")
    await fills(officer, "是")

    await officer.presses("通知听证")
    await officer.says("11月11日")
    assert "七个工作日前通知" in officer.last and "第六十四条" in officer.last, (
        "said at the question, not after the last one"
    )
    await officer.presses("接着填")
    await fills(officer, "八个工作日后", "在镇政府")
    assert "云溪镇队员2" not in officer.buttons and "云溪镇队员1" not in officer.buttons, "neither officer of the case"
    await fills(officer, "云溪镇副队长")
    assert host.heard == ["hearing.appointed"] and "11月12日" in host.last
    assert "听证：11月12日" in officer.last and "云溪镇副队长主持" in officer.last
    await papers(officer, None, "听证通知书")
    await goes_on(county, officer)
    await host.presses("接着办")
    toast = await host.presses("记听证")
    assert toast is not None and "还没到" in toast["text"], "not before its day"
    await county.forward(days=10)
    assert (
        host.heard == ["hearing.reminded"]
        and "hearing.reminded" in officer.heard
        and "hearing.reminded" in second.heard
    )
    await host.presses("接着办", containing="听证就在")
    await host.presses("记听证")
    await fills(host, "当事人说堆放不到一个月；执法员出示照片三张。", "核对过")
    assert county.one(r.Procedure).state is Stage.HEARD
    assert officer.heard[-1] == "hearing.held" and second.heard[-1] == "hearing.held"

    await officer.presses("接着办", containing="听证开完了")
    await signed_by(host, "听证笔录")
    said = county.one(r.Document, form="hearing_record")
    assert (said.state, [one["by"] for one in said.signatures]) == (DocumentState.SIGNED, [host.seat])
    await goes_on(county, officer)
    await officer.presses("送法制审核")
    await reviewer.says("/review")
    assert "听证过" in reviewer.last
    await reviewer.presses("云溪-2026")
    await reviewer.presses("出审核意见")
    await fills(reviewer, "通过")
    await officer.presses("接着办", containing="法制审核：通过")
    await by_leader(county, "报批决定", "就按告知的数")
    await signed_by(reviewer, "法制审核意见书")
    await goes_on(county, officer)
    await signed_by(leader, "行政处罚决定书")
    await officer.presses("送达", containing="行政处罚决定书")
    await fills(officer, "送到本人", "云溪镇队员2")
    await second.presses("同意")
    await officer.presses("接着办")
    await papers(officer, second, "送达回证")
    await goes_on(county, officer)
    await officer.presses("记缴款")
    await fills(officer, "今天", "票00019")
    await officer.presses("报批结案")
    await by_leader(county, "写明理由，照样结案", "经过都在听证笔录和决定书里。")

    proc, case = county.one(r.Procedure), county.one(r.Case)
    assert (proc.state, proc.fine_fen, case.state) == (Stage.ENDED, 600_000, CaseState.CLOSED)
    file = await seal(county, monkeypatch, tmp_path / "sealed")
    assert {d["form"] for d in file["documents"]} == {
        *("filing", "site_record", "notice", "hearing_notice", "hearing_call", "hearing_record"),
        *("review", "decision", "receipt"),
    }
    record = next(d for d in file["documents"] if d["form"] == "hearing_record")
    assert record["says"]["hearing_said"] == "当事人说堆放不到一个月；执法员出示照片三张。", "the host's own words"
    assert {"hearing.appointed", "hearing.reminded", "hearing.held"} <= {e["kind"] for e in file["events"]}
    county.group.ignores("tip.submitted"), second.ignores(), leader.ignores(), officer.ignores(), host.ignores()


async def test_a_suspected_crime_goes_to_the_police_within_a_day(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, second = await begins(county, "普通程序"), county.yunxi.second
    leader, police = county.yunxi.township_leader, county._seat("GA-1")
    county.others_may_hear("document.unprinted", "transfer.offered", "transfer.reminded", "digest.sent")
    officer.ignores("evidence.added", "file", "term.reminded")
    await photographs(officer)
    await goes_on(county, officer)
    await knows(officer)
    await officer.presses("报批立案")
    await leader.presses("同意")
    await officer.presses("接着办")
    await officer.presses("涉嫌犯罪，专案组")
    await fills(officer, "云溪镇队员2")
    await second.presses("同意")
    await officer.presses("接着办")
    assert "定是否移送公安：到 11月5日" in officer.last, "the head decides within three days"
    await officer.presses("定是否移送公安")
    await fills(officer, "是")
    await leader.presses("同意")
    await officer.presses("接着办")
    assert "移送公安：到 11月3日" in officer.last, "within twenty-four hours of that word"
    decided_at = county.now

    await officer.presses("移送", containing="移送公安")
    await officer.presses("公安局")
    await officer.presses("涉嫌犯罪")
    assert police.heard == ["transfer.offered"] and "涉嫌犯罪" in police.last
    await county.forward(hours=7)
    assert police.heard == ["transfer.reminded"], "watched until somebody has it, every six hours"
    assert county.one(r.Procedure).state is Stage.FILED, "until then it is the township's"
    await police.presses("收到")

    proc, case = county.one(r.Procedure), county.one(r.Case)
    (handed,) = county.all(r.Step, kind="crime_handed")
    assert (proc.state, case.state, case.outcome) == (Stage.DROPPED, CaseState.CLOSED, "transferred")
    assert handed.recorded_at is not None and (handed.recorded_at - decided_at).total_seconds() < 86_400
    assert [o.kind for o in county.all(r.Outcome)] == ["hand_over"]
    await county.pass_seconds(3)
    assert "transfer.taken_over" in officer.heard + county.yunxi.leader.heard
    await county.forward(days=2)
    assert county.events("term.ended") == [], "no clock rings any more"
    file = await seal(county, monkeypatch, tmp_path / "sealed")
    assert len(file["evidence"]) == 3 and [one["form"] for one in file["lacks"]] == ["filing"]
    told = file["events"]
    life = {e["kind"] for e in told}
    assert {"term.began", "outcome.recorded", "step.recorded", "case.closed"} <= life
    (handed_over,) = file["transfers"]
    assert (handed_over["unit_id"], handed_over["state"], handed_over["answered_by"]) == (
        "GA",
        "taken_over",
        police.seat,
    )
    assert not [e for e in told if e["kind"].startswith(("tip.", "reward.", "reveal.", "data.")) or "tip" in e["facts"]]
    assert county.one(r.Tip).receipt not in str(file) and county.one(r.Tip).id not in str(file), (
        "nothing leads to the tip"
    )
    second.ignores(), leader.ignores(), police.ignores("transfer.reminded"), officer.ignores("transfer.reminded")
