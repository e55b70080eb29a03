"""A case in the chat: short questions that survive a restart, and refusals that lose nothing. The whole way is in `test_whole_case.py`."""

from tests.county import County, Person
from workflows import records as r
from workflows.states import Stage
from workflows.work import Work

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
    await officer.presses("办案", on=county.group)
    if "本镇可办" not in officer.last or "乱堆" not in officer.last:
        if "办案" in officer.last:
            await officer.presses("换一个事项")
        await officer.presses("其他")
        await officer.says("XZ004")
        await officer.presses("乱堆")
        await officer.presses("办案", containing="定为")
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
    await fills(officer, "是", "是", "罚款", "300")
    assert "第五十一条" in officer.last, "said at the question"
    await fills(officer, "100")
    assert "照裁量基准" in officer.buttons, "and asked no further than that question again"
    assert county.one(r.Procedure).state is Stage.OPENED


async def test_a_fine_below_the_range_says_why_and_who_confirms_reads_the_range_beside_it(county: County) -> None:
    officer, second = await begins(county, "简易程序"), county.yunxi.second
    await knows(officer)

    def of_another_matter(work: Work) -> None:
        work.get(r.Procedure, county.one(r.Procedure).id).matter_code = "CG017"  # fifty to a hundred yuan

    await county.app.store.decide(of_another_matter)
    await officer.presses("当场处罚")
    await fills(officer, "是", "是", "罚款", "40")
    assert "减轻情形" in officer.last and "五十元以上一百元以下" in officer.last
    assert "法条另一种情形" not in str(officer.buttons), "the table knows the whole article"
    toast = await officer.presses("十四到十七岁的人")
    assert toast is not None and "第三十二条" in toast["text"], "the party is forty-six: refused at this question"
    await fills(officer, "主动消除、减轻后果", "已经自己清走。", "云溪镇队员2")

    assert second.heard == ["step.asked"]
    assert "40元" in second.last and "五十元以上一百元以下" in second.last, "the same range, beside the sum"
    assert "主动消除、减轻后果" in second.last
    await second.presses("同意")
    assert county.one(r.Procedure).fine_fen == 4_000
    second.ignores(), county.group.ignores("tip.submitted")
