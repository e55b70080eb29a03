"""A case goes through the law in the chat: short questions, the second officer and the leader on their own phones, the reviewer's queue."""

from tests.county import County, Person
from workflows import records as r
from workflows.states import CaseState, Stage

DUMPED = "河口村有人在路边乱堆垃圾"


async def accepted(county: County, text: str = DUMPED) -> Person:
    """A villager's tip that an officer of 云溪镇 has taken and looked at."""
    villager, officer = county.villager(), county.yunxi.officer
    county.group.ignores("tip.submitted"), villager.ignores()
    officer.ignores("step.recorded")
    await villager.says(text)
    for _ in range(3):
        if not county.one(r.Tip).asks:
            break
        await villager.presses("先这样")
    if county.one(r.Tip).state != "submitted":
        await villager.presses("没有了")
    await officer.presses("受理", on=county.group)
    await officer.presses("到现场看了", on=county.group)
    return officer


async def begins(county: County, course: str) -> Person:
    """The officer confirms the matter and picks the course."""
    officer = await accepted(county)
    await officer.presses("现场处置", on=county.group)
    await officer.presses("办案", on=county.group)
    if "本镇可办" not in officer.last or "乱堆" not in officer.last:
        await officer.presses("换一个事项")
        await officer.says("XZ004")
        await officer.presses("乱堆")
    assert "本镇可办（法定），以云溪镇名义" in officer.last
    assert "《村庄和集镇规划建设管理条例》第三十九条" in officer.last
    await officer.presses(course)
    return officer


async def fills(person: Person, *answers: str) -> None:
    """Each answer is a button if one of that name is there, else a typed line."""
    for one in answers:
        if any(one == label or one in label for label in person.buttons):
            await person.presses(one)
        else:
            await person.says(one)


async def knows(officer: Person) -> None:
    """Party and facts."""
    await officer.presses("登记当事人")
    await fills(officer, "个人", "某甲", "110101198001011234", "以后补")
    await officer.presses("写查明的事实")
    await fills(officer, "昨天", "就是卡片上的地点", "在路边堆放两车生活垃圾。")
    assert "当事人：已登记 · 事实：已写" in officer.last, officer.reads[-6:]


async def test_an_on_the_spot_penalty_from_tip_to_end(county: County) -> None:
    officer, second = await begins(county, "简易程序"), county.yunxi.second
    leader = county.yunxi.township_leader
    county.others_may_hear("reward.proposed")
    await knows(officer)

    await officer.presses("当场处罚")
    await fills(officer, "是", "是", "罚款", "100", "照裁量基准")
    await officer.presses("云溪镇队员2")
    assert second.heard == ["step.asked"]
    assert "100元" in second.last
    assert county.one(r.Procedure).state is Stage.OPENED
    await second.presses("同意")
    await officer.presses("接着办")
    assert "云溪当罚〔2026〕1号" in officer.last
    await officer.presses("送达")
    await fills(officer, "当场交付", "云溪镇队员2")
    await second.presses("同意", containing="送达")
    await officer.presses("接着办")
    assert "缴款识别号" in officer.last
    await officer.presses("记缴款")
    await fills(officer, "今天", "票00017")
    await officer.presses("报批结案")
    assert leader.heard == ["step.asked"]
    await leader.presses("同意")

    proc, case = county.one(r.Procedure), county.one(r.Case)
    assert (proc.state, proc.fine_fen, proc.receipt_no) == (Stage.ENDED, 10_000, "票00017")
    assert (case.state, case.outcome) == (CaseState.CLOSED, "penalty")
    assert second.heard == ["step.asked"]
    assert [p.checked_by for p in county.all(r.Paper)] == ["QL01S-6"], (
        "the second officer saw its number; nothing is typed twice"
    )
    assert county.one(r.Reward).state == "proposed", "a lawful end with a checked paper proposes the reward"
    assert "某甲" not in str([row.facts for row in county.all(r.Outbox)]), "the party's name is in no message"
    assert "某甲" not in str([e.facts for e in county.events()])


async def test_the_ordinary_course_with_review_on_three_phones(county: County) -> None:
    officer, second = await begins(county, "普通程序"), county.yunxi.second
    leader, reviewer = county.yunxi.township_leader, county.yunxi.reviewer
    officer.ignores("review.given"), county.others_may_hear("review.asked")
    await knows(officer)
    await officer.presses("勾情节")
    await fills(officer, "疑难复杂", "好了")

    async def by_two(step: str, *answers: str) -> None:
        await officer.presses(step)
        await fills(officer, *answers, "云溪镇队员2")
        await second.presses("同意")
        await officer.presses("接着办")

    async def by_leader(step: str, *answers: str) -> None:
        await officer.presses(step)
        await fills(officer, *answers)
        await leader.presses("同意")
        if county.one(r.Case).state is CaseState.OPEN:
            await officer.presses("接着办")

    await by_leader("报批立案")
    assert "作出决定：到 1月31日" in officer.last, "ninety days"
    await officer.says("/cases")
    assert "在办（已立案）" in officer.last
    await officer.says(f"/case {county.one(r.Case).number}")
    await by_two("调查终结", "处罚", "罚款", "好了", "300", "堆放两车，未及时清理。", "事实清楚，证据充分。")
    await by_two("事先告知", "送到本人")
    await officer.presses("记陈述申辩")
    await fills(officer, "没有要说的")
    await officer.presses("送法制审核")
    assert reviewer.heard == ["review.asked"]
    assert "报批决定" not in officer.buttons, "no decision without the opinion"
    await reviewer.says("/review")
    assert "要审的 1 件" in reviewer.last and "疑难复杂或重大" in reviewer.last
    await reviewer.presses("云溪-2026")
    assert "上次看过以后新增" in reviewer.last
    await reviewer.presses("出审核意见")
    await fills(reviewer, "通过")
    await officer.presses("接着办", containing="法制审核：通过")
    await by_leader("报批决定", "就按告知的数", "是")
    assert "云溪罚决〔2026〕1号" in officer.last
    await by_two("送达", "送到本人")
    await officer.presses("记缴款")
    await fills(officer, "今天", "票00018")
    await by_leader("报批结案")

    proc = county.one(r.Procedure)
    assert (proc.state, proc.fine_fen, proc.decided_by) == (Stage.ENDED, 30_000, leader.seat)
    assert county.one(r.Case).outcome == "penalty"
    assert second.heard == ["step.asked"] * 3
    assert leader.heard == ["step.asked"] * 3
    county.others_may_hear("review.asked", "reward.proposed")


async def test_a_half_filled_form_survives_a_restart_and_a_refusal_loses_nothing(county: County) -> None:
    officer = await begins(county, "简易程序")
    await officer.presses("登记当事人")
    await fills(officer, "个人", "某甲")

    await county.restart()
    await officer.says("/case")
    await officer.says(f"/case {county.one(r.Case).number}")
    await officer.presses("接着填")
    await fills(officer, "110101198001011234", "以后补")
    assert "当事人：已登记" in officer.last

    toast = await officer.presses("当场处罚")
    assert toast is not None and "写查明的事实" in toast["text"], "what bars it is said before anything is asked"
    await officer.presses("写查明的事实")
    await fills(officer, "前天啊", "11月1日", "就是卡片上的地点", "堆了两车垃圾。")
    assert "事实：已写" in officer.last
    await officer.presses("当场处罚")
    await fills(officer, "是", "是", "罚款", "300", "照裁量基准")
    assert officer.toast is not None and "第五十一条" in officer.toast["text"]
    assert county.one(r.Procedure).state is Stage.OPENED
