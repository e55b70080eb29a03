"""A tip that the squad settles itself: receipted, taken, looked at, helped, told."""

from tests.conftest import both_ways
from tests.county import PLANTED_PHONE, PLANTED_WORDS, County
from workflows import records as r
from workflows.states import ActState, CaseState, TipState


@both_ways
async def test_a_villager_is_heard_helped_and_told(county: County) -> None:
    villager, officer, second = county.villager(), county.yunxi.officer, county.yunxi.second
    officer.ignores("act.recorded"), county.group.ignores("tip.submitted")

    await villager.says(f"河口村有人在路边乱堆垃圾,{PLANTED_WORDS},我电话{PLANTED_PHONE}")
    while "没有了" not in "".join(villager.buttons) and villager.buttons and "撤回" not in "".join(villager.buttons):
        await villager.presses("先这样")
    assert villager.heard == ["tip.opened"]
    assert "15分钟" in villager.card
    await officer.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]
    assert "云溪镇队员1" in county.group.card

    await officer.presses("看原话", on=county.group)
    assert any(PLANTED_WORDS in text for text in officer.reads)
    await officer.presses("到现场看了", on=county.group)
    await officer.presses("现场处置", on=county.group)
    await officer.presses("劝阻", on=county.group)
    await county.forward(minutes=1)
    await officer.presses("现场处置", on=county.group)
    await officer.presses("责令改正", on=county.group)
    await officer.presses("云溪镇队员2", on=county.group)
    assert second.heard == ["act.proposed"]
    await second.presses("我在场")
    await county.forward(minutes=1)
    await officer.presses("结案", on=county.group)
    await officer.presses("已劝阻教育", on=county.group)
    offered = [key["text"] for row in county.group.views[-1]["keyboard"] for key in row]
    assert offered == ["1人", "2人", "3人", "1户", "1处", "其他数字"], "one tap ends it, with unit and quantity"
    await officer.presses("2人", on=county.group)
    county.others_may_hear("reward.proposed")  # a thank-you

    tip, case, reached = county.one(r.Tip), county.one(r.Case), county.one(r.Outcome)
    assert (reached.kind, reached.unit, reached.quantity, reached.penalty) == ("persuaded", "person", 2, False)
    assert (tip.state, tip.verdict, case.state) == (TipState.CLOSED, "true", CaseState.CLOSED)
    assert [(a.kind, a.state) for a in county.all(r.Act)] == [
        ("dissuade", ActState.RECORDED),
        ("order", ActState.RECORDED),
    ]
    assert villager.heard == ["tip.closed"]
    assert villager.last == "您有一条新答复。"
    await villager.presses("点开")
    assert "我们去劝过了" in villager.last
    await villager.presses("行")
    assert county.one(r.Tip).rated == "solved"
    assert county.one(r.Reward).kind == "thanks" and county.one(r.Reward).state == "proposed"
    assert [e.kind for e in county.events("tip.read")] == ["tip.read"]


@both_ways
async def test_a_declined_tip_is_told_in_everyday_words_and_may_be_looked_at_once_more(county: County) -> None:
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    county.group.ignores("tip.submitted"), county.others_may_hear("tip.appealed")

    await villager.says(f"河口村邻居把摊子摆到路口占道,{PLANTED_WORDS}")
    while "撤回" not in "".join(villager.buttons):
        await villager.presses("先这样")
    await leader.presses("不予受理", on=county.group)
    await leader.presses("民事纠纷", on=county.group)
    await leader.presses("看内容", on=county.group)
    assert villager.heard == ["tip.opened", "tip.declined"]
    await villager.presses("点开看")
    assert "调解员" in villager.last and "不予受理" not in villager.last
    await villager.presses("请县里再看")
    assert desk.heard == ["tip.appealed"]
    await desk.presses("维持")

    assert villager.heard == ["tip.upheld"]
    assert county.one(r.Tip).state is TipState.DECLINED
    assert leader.heard == []


@both_ways
async def test_a_second_tip_of_the_same_matter_is_merged_and_its_sender_hears_the_end(county: County) -> None:
    first, second, leader = county.villager(), county.villager(6_100_000_000_077, "另一位"), county.yunxi.leader
    county.group.ignores("tip.submitted"), leader.ignores()
    for villager, words in ((first, "河口村集市有人卖过期饼干"), (second, "河口村集市上卖的饼干过期了")):
        await villager.says(words)
        while "撤回" not in "".join(villager.buttons):
            await villager.presses("先这样")
        assert villager.heard == ["tip.opened"]

    await leader.presses("受理", on=county.group, containing=county.all(r.Tip)[0].letters)
    await leader.presses("并案", on=county.group, containing=county.all(r.Tip)[1].letters)
    await leader.presses("云溪-2026-0001", on=county.group)
    await county.forward(minutes=1)
    await leader.presses("结案", on=county.group)
    await leader.presses("已劝阻教育", on=county.group)
    await leader.presses("1人", on=county.group)
    county.others_may_hear("reward.proposed")

    assert first.heard == ["tip.accepted", "tip.closed"]
    assert second.heard == ["tip.accepted", "tip.closed"]
    assert [t.state for t in county.all(r.Tip)] == [TipState.CLOSED, TipState.MERGED]
    await second.presses("点开")
    assert "我们去劝过了" in second.last
