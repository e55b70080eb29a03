"""Every button of a whole case, kept and pressed again at the end by whoever sees it: nothing raises, nothing is undone."""

import random

import pytest

from tests.county import County, Person
from tests.stories.walks import blows, tip_taken
from workflows import records as r
from workflows.states import CallState, CaseState, InboxState, OutboxState, TipState

Press = tuple[int, int, str]


class _Album:
    """Every button that was ever shown in these chats."""

    def __init__(self, county: County, people: list[Person]) -> None:
        self.county, self.people = county, people
        self.seen: dict[Press, None] = {}

    def look(self) -> None:
        for chat in [p.chat_id for p in self.people] + [self.county.group.chat_id]:
            for view in self.county.sandbox.world.messages(chat):
                for row in view["keyboard"] or []:
                    for key in row:
                        self.seen[(chat, view["message_id"], key["data"])] = None


@pytest.mark.parametrize("seed", [1, 2])
async def test_late_and_doubled_presses_in_any_order_change_no_end(county: County, seed: int) -> None:
    villager, tip = await tip_taken(county)
    leader, second = county.yunxi.leader, county.yunxi.officer
    market, traffic, desk = county.market.liaison_a, county.traffic.liaison_a, county.office.desk
    people = [villager, leader, second, market, traffic, desk]
    for one in people:
        one.ignores()
    county.others_may_hear("*")
    album = _Album(county, people)
    album.look()
    await leader.presses("吹哨", on=county.group)
    album.look()
    await blows(county, "市监局", "交警", on=tip)
    album.look()
    await market.presses("签收")
    await traffic.presses("不属我单位")
    album.look()
    await traffic.presses("不是法定职责")
    await market.presses("反馈")
    album.look()
    await market.presses("已处罚")
    await market.says("青市监处罚〔2026〕12号")
    await desk.presses("不属于他们")
    await leader.presses("核对无误")
    album.look()
    await leader.presses("结案", on=county.group)
    album.look()
    await leader.presses("已处罚", on=county.group)
    await county.forward(minutes=2)
    album.look()
    calls = {c.number: c.state for c in county.all(r.Call)}
    assert county.one(r.Case).state is CaseState.CLOSED and county.one(r.Reward).state == "proposed"
    presses = [p for p in album.seen if not p[2].startswith(("1:approve", "1:refuse", "1:unsolved", "1:reassign"))]
    assert len(presses) > 60
    random.Random(seed).shuffle(presses)

    for chat, message, data in presses[:60]:
        members = [p for p in people if p.chat_id == chat] or [leader, second]
        for who in members:
            await who.presses_data(data, message, chat)

    assert county.all(r.Inbox, state=InboxState.FAILED) == []
    assert county.all(r.Outbox, state=OutboxState.FAILED) == []
    assert {c.number: c.state for c in county.all(r.Call) if c.number in calls} == calls
    assert set(calls.values()) <= {CallState.REPORTED, CallState.CLOSED}
    assert county.one(r.Tip, id=tip.id).state is TipState.CLOSED
    assert county.one(r.Case, id=tip.case_id).outcome == "penalty"
    assert len(county.all(r.Paper)) == len(county.all(r.Dispute)) == len(county.all(r.Reward)) == 1
    assert len(county.events("reward.proposed")) == 1 and county.all(r.LedgerEntry) == []
    assert len(county.events("case.closed")) == 1
