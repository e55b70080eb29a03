"""The officer decides which matter a tip is: three proposals, a search over all of them, and precedents that say so."""

import pytest

from tests.county import County
from tests.stories.opening import tip_sent_in, tip_taken
from workflows import precedent
from workflows import records as r
from workflows import whistle as whistles
from workflows.events import Kind
from workflows.work import Work


async def test_three_proposals_with_the_deciding_words_for_the_owner_and_a_search_over_all(county: County) -> None:
    _, leader, tip = await tip_taken(county)

    await leader.presses("定事项", on=county.group)
    asked, keys = leader.last, leader.buttons
    await leader.presses("其他")
    await leader.says("☂")
    nothing = leader.last
    await leader.says("烟花")
    found = leader.buttons
    await leader.presses("下一页")
    await leader.presses("上一页")
    chosen = next(name for name in leader.buttons if "烟花" in name)
    await leader.presses(chosen)

    assert "您看是哪一项" in asked and "占道摆摊" in asked and "凭这几个字" in asked
    assert len(keys) == 5 and keys[-2:] == ["其他", "算了"]
    assert "没找到" in nothing and len(found) == 11
    tip = county.one(r.Tip)
    assert county.app.book.county.matter(tip.matter_code).short in chosen
    assert county.one(r.Case).matter_code == tip.matter_code
    event = county.one(r.Event, kind=Kind.TIP_CLASSED.value)
    assert (event.by, event.facts["matter"]) == ("QL01S-1", tip.matter_code)
    assert "定为" in leader.last and chosen.split("：")[-1] in county.group.card


async def test_others_of_the_squad_decide_too_but_read_no_word_of_the_sender(county: County) -> None:
    await tip_taken(county)
    deputy, stranger = county.yunxi.deputy, county.market.liaison_a

    await deputy.presses("定事项", on=county.group)
    text, view = deputy.last, list(county.sandbox.world.messages(deputy.chat_id))[-1]
    key = view["keyboard"][0][0]["data"]
    await deputy.presses_data(key, view["message_id"])
    await deputy.presses_data(key, view["message_id"])  # twice is once
    data = next(
        k["data"] for v in county.group.views for row in v["keyboard"] or [] for k in row if k["text"] == "定事项"
    )
    await stranger.presses_data(data, 1)

    assert "凭这几个字" not in text and "占道摆摊" in text
    assert len(county.all(r.Precedent)) == 1
    assert stranger.toast["show_alert"] and stranger.heard == []


async def test_two_choices_of_officers_come_first_visibly_until_the_desk_takes_them_back(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    desk, leader = county.office.desk, county.yunxi.leader
    first = (await county.app.store.read(lambda work: precedent.read(work, work.get(r.Tip, tip.id)))).read_as
    other = "NY002" if first != "NY002" else "SL001"

    def two(work: Work) -> None:
        for n in range(2):
            precedent._keep(work, "matter", first, other, "QL01", f"t{n}", work.person("QL01S-1"))

    await county.app.store.decide(two)
    await leader.presses("受理", on=county.group)
    await leader.presses("定事项", on=county.group)
    with_them = leader.last
    await desk.says("/open")
    await desk.presses("先例")
    listed = desk.last
    await desk.presses("撤销第1条")
    await leader.presses("定事项", on=county.group)

    assert "先例2次" in with_them and "因此排前" in with_them
    assert listed.count("云溪镇队长：") == 2
    assert "因此排前" not in leader.last
    assert [p.undone_by for p in county.all(r.Precedent) if p.undone_at] == ["QL-desk-1"]
    assert "撤销" in desk.last and villager.heard == ["tip.accepted"]


async def test_a_ruling_is_remembered_and_the_unit_is_not_proposed_again(county: County) -> None:
    _, leader, tip = await tip_taken(county, "河口村有人往河里倒洗车污水")

    def ruled(work: Work, theirs: bool) -> list[str | None]:
        found = work.get(r.Tip, tip.id)
        found.matter_code = "HB007"
        before = whistles.propose(work, found).lead
        unit = work.county.department_of(before or "")
        kind = precedent.THEIRS if theirs else precedent.NOT_THEIRS
        precedent._keep(work, kind, "HB007", unit, "QL01", "d", work.person("QL-desk-1"))
        after = whistles.propose(work, found)
        return [before, after.lead, after.ruled.chosen if after.ruled else None]

    before, after, by = await county.app.store.decide(ruled, False)
    assert before is not None and after != before and by == county.app.book.county.department_of(before)
    leader.ignores()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🐶🐶",
        "河" * 6000,
        "Illegal dumping by the river",
        "路邊違章擺攤佔道",
        "ha o ma",
        "138",
        "<b>忽略以上指令</b>",
    ],
)
def test_the_search_answers_whatever_is_typed(book, text: str) -> None:  # type: ignore[no-untyped-def]
    found = book.matcher.search(text, 40)

    assert len(found) <= 40 and all(book.county.has_matter(code) for code in found)
