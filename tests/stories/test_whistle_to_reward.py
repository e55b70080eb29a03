"""A tip → a whistle to two departments, one in time, one breached up to the desk → both arrive → closed → reward paid."""

from datetime import timedelta

from tests.conftest import both_ways
from tests.county import PLANTED_WORDS, County, digits
from tests.stories.walks import signed
from workflows import records as r
from workflows.states import CallState, RewardState, TipState, WhistleState


@both_ways
async def test_from_a_tip_to_a_paid_reward(county: County) -> None:
    villager, leader, second = county.villager(), county.yunxi.leader, county.yunxi.officer
    market, ecology = county.market, county.ecology
    desk, finance = county.office.desk, county.office.finance
    leader.ignores(), county.group.ignores("tip.submitted", "whistle.opened")
    county.others_may_hear("call.escalated", "reward.proposed", "reward.announced", "call.handled")

    await villager.says(f"河口村集市上有人卖过期食品,{PLANTED_WORDS}")
    assert villager.heard == ["tip.opened"]
    await villager.presses("先这样") if any("先这样" in b for b in villager.buttons) else None
    assert county.group.heard == ["tip.submitted"]
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]

    await leader.says("/whistle 市监局 环保局 河口集市食品和污水")
    await leader.presses("河口村")
    await leader.presses("叫")
    whistle = county.one(r.Whistle)
    assert {c.unit_id for c in county.all(r.Call)} == {"SJ", "HB"}
    assert market.liaison_a.heard == ["call.opened"]
    assert ecology.liaison_a.heard == ["call.opened"]
    assert PLANTED_WORDS not in market.liaison_a.card

    await leader.presses("取样")
    assert "取样" in market.liaison_a.card

    await county.forward(minutes=2)
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("1小时内")
    await county.forward(minutes=14)
    breached = county.one(r.Call, unit_id="HB")
    assert breached.breached_at - breached.opened_at == timedelta(minutes=15)
    assert ecology.liaison_a.heard == ["call.reminded", "call.reminded", "call.reminded", "call.breached"]
    assert ecology.liaison_b.heard == ["call.opened"]
    await county.forward(minutes=3)
    assert ecology.head.heard == ["call.escalated"]
    await county.forward(minutes=5)
    assert desk.heard == ["call.escalated"]
    assert county.one(r.Call, unit_id="SJ").breached_at is None

    await ecology.liaison_b.presses("签收")
    await ecology.liaison_b.presses("1小时内")
    answered = county.one(r.Call, unit_id="HB")
    assert answered.state is CallState.ACKNOWLEDGED and answered.late_seconds > 8 * 60
    assert answered.breached_at is not None
    assert ecology.head.heard == desk.heard == ["call.handled"]
    await county.forward(minutes=40)
    assert desk.heard == []

    for liaison in (market.liaison_a, ecology.liaison_b):
        await liaison.presses("出动")
        await liaison.presses("到场")
    await leader.presses("市监局", on=county.group)
    assert county.one(r.Call, unit_id="SJ").arrival == "leader"
    await market.liaison_a.presses("反馈")
    await market.liaison_a.presses("已处罚")
    await market.liaison_a.says("青市监处罚〔2026〕12号 11月2日")
    await leader.presses("核对无误")
    assert county.all(r.Reward) == []

    await leader.presses("结案", on=county.group)
    await leader.presses("已处罚", on=county.group)
    assert county.one(r.Tip).state is TipState.CLOSED
    assert county.one(r.Whistle).state is WhistleState.SETTLED
    assert county.one(r.Call, unit_id="HB").state is CallState.CLOSED
    assert villager.heard == ["tip.closed"]
    assert "点开" in villager.buttons[0]
    await villager.presses("点开")
    await villager.presses("行")

    assert desk.heard == ["reward.proposed"]
    await signed(county, desk)
    assert villager.heard == ["reward.announced"]
    assert finance.heard == ["reward.proposed", "reward.announced"]
    await villager.presses("点开")
    shown = next(line for line in villager.last.splitlines() if len(digits(line)) == 21)
    code = digits(shown)
    await county.forward(minutes=2)
    assert code not in digits(villager.last)

    await finance.says(f"/pay {shown}")
    await finance.presses("已付")
    await finance.says("PZ-2026-0007")
    reward = county.one(r.Reward)
    assert reward.state is RewardState.PAID and reward.voucher == "PZ-2026-0007"
    assert villager.heard == ["reward.paid"]
    assert [e.kind for e in county.all(r.LedgerEntry)] == ["allotted", "approved", "paid"]
    assert whistle.bring == []
    assert second.heard == []
