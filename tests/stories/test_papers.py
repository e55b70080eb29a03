"""Papers of a reward from the chat: who may print which, what a list with collectors costs, and that none of them names a sender."""

import io
import zipfile

import pytest

from tests.county import PLANTED_ID, PLANTED_NAME, County, Person, digits
from tests.stories.walks import reward_announced
from workflows import records as r
from workflows import traces
from workflows.states import RewardState
from workflows.work import Work

COLLECTOR = "覃某某 431225199001011234"


@pytest.fixture(autouse=True)
def no_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without LibreOffice: the DOCX alone leaves. That every paper becomes a PDF is shown in tests/workflows."""
    monkeypatch.setenv("PATH", "")


def files(county: County, person: Person) -> list[tuple[str, str]]:
    """Name and text of every file that stands in this chat."""
    found = []
    for view in county.sandbox.world.messages(person.chat_id):
        if view["kind"] == "document":
            stored = county.sandbox.world.files.find(view["file"]["file_id"])
            with zipfile.ZipFile(io.BytesIO(stored.data)) as paper:
                found.append((stored.name, paper.read("word/document.xml").decode()))
    return found


async def test_the_papers_of_a_reward_are_printed_by_who_may_hold_them_and_name_nobody(county: County) -> None:
    _, reward, _ = await reward_announced(county)
    desk, finance, stranger = county.office.desk, county.office.finance, county.traffic.liaison_a
    finance.ignores("reward.proposed", "reward.announced")
    await desk.says("/reward")
    await desk.presses("打印")
    assert "线索举报登记表" in desk.buttons and "奖励审批表" in desk.buttons and "放弃声明书" not in desk.buttons

    await desk.presses("奖励审批表")

    assert desk.heard == ["file"]
    await county.pass_seconds(2)
    assert "先用这份Word版" in desk.last, "nobody waits in vain for a PDF"
    ((name, text),) = files(county, desk)
    assert name.startswith("奖励审批表-") and name.endswith(".docx")
    assert "工作秘密" in text and "50.00元" in text and "云溪责改" in text
    assert PLANTED_NAME not in text and str(PLANTED_ID) not in text
    assert [(e.by, e.facts["form"]) for e in county.events("paper.printed")] == [("QL-desk-1", "reward_approval")]
    assert "paper.docx_alone" in {line.get("action") for line in county.log}
    foreign = await stranger.presses_data(f"1:print.reward_approval:{reward.ref}:0", 1)
    assert foreign["show_alert"] and files(county, stranger) == []
    await finance.presses_data(f"1:print.reward_approval:{reward.ref}:0", 1)
    assert files(county, finance) == [], "finance holds no paper that names the case"
    assert len(county.events("paper.printed")) == 1


async def test_a_list_with_collectors_is_finances_alone_with_a_reason_and_the_supervisor_hears(county: County) -> None:
    """Also of a sender who was erased before collecting, and after the clerk who paid has got a new key."""
    villager, reward, code = await reward_announced(county)
    desk, finance, supervisor = county.office.desk, county.office.finance, county._seat("QL-supervisor-1")
    finance.ignores("reward.proposed", "reward.announced", "file")
    county.others_may_hear("*"), villager.ignores()

    def large(work: Work) -> None:
        work.get(r.Reward, reward.id).amount_fen = 150_000

    county.tampered = True
    await county.app.store.decide(large)
    await villager.says("/forgetme")
    await villager.presses("现在全部抹掉")
    await county.forward(minutes=1)
    await finance.says(f"/pay {digits(code)}")
    await finance.presses("已付款")
    await finance.says(COLLECTOR)
    await finance.says("PZ-9")
    assert county.one(r.Reward).state is RewardState.PAID
    before = county.one(r.Reward).payee
    await county.app.store.decide(traces.seal_anew, finance.account)
    assert county.one(r.Reward).payee != before

    await finance.says("/reward")
    await finance.presses("发放表")
    ((_, plain),) = files(county, finance)
    assert "凭码" in plain and "PZ-9" in plain and "覃某某" not in plain
    await finance.presses("带领取人")
    await finance.says("要")
    assert "写明用途" in finance.last and county.events("paper.names_printed") == []
    await finance.says("/reward")
    await finance.presses("带领取人")
    await finance.says("年度审计核对发放名单")

    named = files(county, finance)[-1][1]
    assert "覃某某" in named and PLANTED_NAME not in named
    assert supervisor.heard == ["data.erased", "paper.names_printed"] and "年度审计" in supervisor.last
    refused = await desk.presses_data("1:payouts.named:-:0", 1)
    assert refused["show_alert"] and files(county, desk) == []
