"""Gates over the whole way, button by button: a form that grew old, the young, the ill, the poor and the remote, and a suspected crime."""

from datetime import date, timedelta

from tests.county import County, Person
from tests.stories.test_lawful import begins, fills, knows
from tests.stories.test_whole_case import by_leader, by_two
from workflows import records as r
from workflows.states import ActState, Stage
from workflows.work import Work


async def refused(officer: Person, label: str) -> str:
    """What the officer reads in the toast."""
    toast = await officer.presses(label)
    assert toast is not None and toast.get("show_alert"), (label, officer.last)
    return str(toast["text"])


async def registers(officer: Person, id_no: str) -> None:
    await officer.presses("登记当事人")
    await fills(officer, "个人", "某甲", id_no, "以后补")


async def test_a_form_that_was_lawful_when_it_was_begun_is_asked_again_when_it_is_finished(county: County) -> None:
    officer, second = await begins(county, "简易程序"), county.yunxi.second
    county.group.ignores("*"), county.others_may_hear("*"), officer.ignores("*")
    await knows(officer)
    await officer.presses("当场处罚")
    await fills(officer, "是", "是", "罚款", "100")

    def until_tomorrow(work: Work) -> None:
        work.get(r.Person, str(officer.seat)).certificate_valid_to = work.today + timedelta(days=1)

    await county.app.store.decide(until_tomorrow)
    await county.forward(days=2)
    said = await refused(officer, "照裁量基准")
    assert "执法证今天不在有效期" in said and "第四十二条" in said
    assert county.all(r.Step, kind="on_spot") == [] and second.heard == []

    def renewed(work: Work) -> None:
        work.get(r.Person, str(officer.seat)).certificate_valid_to = date(2027, 12, 31)

    await county.app.store.decide(renewed)
    forged = await officer.presses_data(f"1:step.filing:{county.one(r.Procedure).ref}:0", 1)
    assert forged and "不是这一件现在该走的一步" in forged["text"], "a step of the other course"
    await officer.says(f"/case {county.one(r.Case).number}")
    await officer.presses("办案")
    await officer.presses("接着填")
    await fills(officer, "照裁量基准", "云溪镇队员2")
    await second.presses("同意")
    assert county.one(r.Procedure).fine_fen == 10_000, "nothing that was filled in is lost"
    second.ignores("*")


async def test_the_young_the_ill_the_poor_and_the_remote(county: County) -> None:
    officer, second = await begins(county, "简易程序"), county.yunxi.second
    county.group.ignores("*"), county.others_may_hear("*"), officer.ignores("*"), second.ignores("*")
    county.yunxi.township_leader.ignores("*")
    await knows(officer)
    await registers(officer, "110101201501011234")
    assert "第三十条" in await refused(officer, "当场处罚"), "eleven years old"
    await registers(officer, "110101198001011234")
    await officer.presses("勾情节")
    await fills(officer, "精神疾病", "好了")
    assert "第三十一条" in await refused(officer, "当场处罚")
    await officer.presses("勾情节")
    await fills(officer, "精神疾病", "经济困难", "好了")
    assert county.one(r.Procedure).marks == ["hardship"]
    await by_two(county, "当场处罚", "是", "是", "罚款", "200", "照裁量基准")
    await by_two(county, "送达", "当场交付")
    first = county.one(r.Procedure).pay_by
    await by_leader(county, "暂缓或分期", "12月20日")
    assert first == date(2026, 11, 17) and county.one(r.Procedure).pay_by == date(2026, 12, 20)
    await officer.presses("当场收缴")
    small = await refused(officer, "一百元以下")
    assert "第六十八条" in small and "100元" in small, "two hundred is not small; refused at this question"
    await fills(officer, "边远，对方提出", "票00021", "云溪镇队员2")
    await second.presses("同意")

    paid = county.one(r.Procedure)
    assert (paid.receipt_no, paid.paid_on) == ("票00021", date(2026, 11, 2))


async def test_a_suspected_crime_bars_the_fine_until_the_head_has_decided(county: County) -> None:
    officer, leader = await begins(county, "简易程序"), county.yunxi.township_leader
    county.group.ignores("*"), county.others_may_hear("*"), officer.ignores("*")
    county.yunxi.second.ignores("*"), leader.ignores("*")
    await knows(officer)
    await by_two(county, "涉嫌犯罪，专案组")
    assert "第三条" in await refused(officer, "当场处罚")

    await county.forward(days=4)
    ended = [e.facts["term"] for e in county.events("term.ended")]
    assert "crime_decide" in ended, "three days, and nobody was asked by a penalty instead"
    await officer.says(f"/case {county.one(r.Case).number}")
    await officer.presses("办案")
    await by_leader(county, "定是否移送公安", "没有")
    await by_two(county, "当场处罚", "是", "是", "罚款", "100", "照裁量基准")

    assert county.one(r.Step, kind="on_spot").state is ActState.RECORDED
    assert county.one(r.Procedure).state is Stage.DECIDED
