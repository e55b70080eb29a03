"""缴款: the party scans a code from the officer's screen or takes the notice to a bank; nobody of ours touches money."""

import io
from datetime import date

from pypdf import PdfReader

from messages.picture import picture_of
from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_documents import procedure_of
from workflows import records as r
from workflows.states import Stage
from workflows.work import Work

REFERENCE = "1234567890123452"


async def test_an_open_fine_is_shown_as_a_code_and_printed_as_a_notice_until_it_is_paid(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    officer, case = county.yunxi.officer, county.one(r.Case)
    await procedure_of(
        county, case, state=Stage.SERVED, penalties=["fine"], fine_fen=30_000, number="云溪罚决〔2026〕1号",
        pay_ref=REFERENCE, pay_by=date(2026, 11, 17), served_on=date(2026, 11, 2),
    )  # fmt: skip
    await officer.presses("现场处置", on=county.group)
    await officer.presses("办案", on=county.group)
    await officer.presses("缴款码")

    assert officer.heard == ["payment"]
    shown = list(county.sandbox.world.messages(officer.chat_id))[-1]
    for said in ("300元", REFERENCE, "11月17日", "农商银行", "执法人员不收钱"):
        assert said in shown["caption"], shown
    picture = county.sandbox.world.files.find(shown["file"]["file_id"])
    assert picture is not None and picture.data == picture_of(REFERENCE)

    await officer.presses("文书", on=county.group)
    assert "缴款通知书" in "".join(officer.buttons)
    await officer.presses("缴款通知书")
    await officer.presses("逐项填")
    await officer.presses("齐了，生成")
    assert officer.heard == ["file", "file"]
    notice = county.one(r.Document, form="payment")
    (page,) = PdfReader(io.BytesIO(await county.app.shelf.get(notice.pdf or ""))).pages
    text = page.extract_text().replace("\n", "")
    assert REFERENCE in text and "叁佰元整" in text and len(page.images) == 1

    stranger = county._seat("QL02S-1")
    proc = county.one(r.Procedure)
    toast = await stranger.presses_data(f"1:pay_code:{proc.ref}:0", 1)
    assert toast is not None and toast.get("show_alert") and stranger.heard == []

    def pays(work: Work) -> None:
        work.get(r.Procedure, proc.id).paid_on = work.today

    await county.app.store.decide(pays)
    toast = await officer.presses("缴款码")
    assert toast is not None and "已经办过" in toast["text"] and officer.heard == []
