"""A tip about village or township people: the county has it, and nobody in the township can tell that it exists."""

import re
from typing import Any

import pytest

from tests.county import PLANTED_WORDS, County, Person
from workflows import records as r
from workflows.states import TipState

COUSIN = "河口村桥头洗车店把脏水直接排到河里,老板是治保主任的亲戚"
PLAIN = "河口村集市上有人卖过期食品"


def township(county: County) -> list[Person]:
    """Everybody who has a phone in the township: squad, township leader, inspectors."""
    seats = [s for s in county.book.county.all_seats if s.telegram_id and (s.unit_id or "").startswith("QL01")]
    return [Person(county, s.telegram_id or 0, s.id) for s in seats]


def what_the_township_has(county: County) -> str:
    """Every message that any phone or group of the township has received."""
    views = [v for p in township(county) for v in county.sandbox.world.messages(p.chat_id)]
    views += county.group.views
    return "\n".join(str(v) for v in views if v["from"] == "bot")


async def says_what(county: County, villager: Person) -> None:
    """The bot may still ask what it is about."""
    tip = county.one(r.Tip)
    if tip.asks == "what":
        await villager.presses(county.book.county.matter(tip.guesses[0]).short)


async def hidden_tip(county: County, text: str = COUSIN) -> tuple[Person, r.Tip]:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted", "tip.escalated", "tip.reminded", "tip.breached")
    await villager.says(text)
    await villager.presses("有，直接报县里")
    await says_what(county, villager)
    assert villager.heard == ["tip.opened"] and desk.heard == ["tip.submitted"]
    return villager, county.one(r.Tip)


async def test_words_about_insiders_are_asked_about_once_and_yes_goes_past_the_township(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")

    await villager.says(COUSIN)
    asked, offered = villager.last, villager.buttons
    assert desk.heard == [] and county.group.heard == []
    await villager.presses("有，直接报县里")
    await says_what(county, villager)

    assert "干部" in asked and "不回这一句，也先报县里" in asked and offered == ["有，直接报县里", "没有"]
    assert "镇里、村里看不到" in villager.last
    assert villager.heard == ["tip.opened"] and desk.heard == ["tip.submitted"]
    assert county.group.heard == [] and what_the_township_has(county) == ""
    assert "🔒" in desk.card and PLANTED_WORDS not in desk.card
    assert desk.buttons == ["看原话", "问一句", "指定人办", "交给镇里", "不予受理", "回避"]


async def test_no_goes_to_the_squad_and_is_not_asked_again(county: County) -> None:
    villager = county.villager()
    await villager.says(COUSIN)

    await villager.presses("没有")
    await says_what(county, villager)
    await villager.says("治保主任也看见了")

    assert county.group.heard == ["tip.submitted"] and villager.heard == ["tip.opened"]
    assert county.one(r.Tip).hidden is False


async def test_no_answer_means_the_desk(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")
    await villager.says(COUSIN)

    await county.forward(minutes=3)

    assert desk.heard == ["tip.submitted"] and villager.heard == ["tip.opened"]
    assert county.group.heard == [] and what_the_township_has(county) == ""


@pytest.mark.parametrize("word", ["云溪镇队员1", "队长", "村支书", "治保主任", "所长", "亲戚"])
async def test_titles_and_the_names_of_handlers_make_the_bot_ask(county: County, word: str) -> None:
    villager = county.villager()

    await villager.says(f"河口村集市上卖过期食品的是{word}开的店")

    assert "干部" in villager.last and villager.heard == ["tip.opened"]
    assert county.group.heard == []


async def test_the_button_pulls_it_up_and_to_the_squad_it_looks_withdrawn(county: County) -> None:
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    county.others_may_hear("*")
    await villager.says(PLAIN)
    assert county.group.heard == ["tip.submitted"]

    await villager.presses("牵涉镇村干部")
    raised = county.group.card
    refused = await leader.presses_data(
        _accept(county), county.one(r.Card, chat_id=county.group.chat_id).message, county.group.chat_id
    )

    assert "镇里、村里看不到" in str(villager.toast) and desk.heard == ["tip.submitted"]
    assert county.group.heard == ["tip.withdrawn"] and "撤回" in raised
    assert county.one(r.Tip).state is TipState.SUBMITTED, "the squad's old button takes nothing"
    assert refused and refused["show_alert"]
    assert villager.heard == ["tip.opened"]


@pytest.mark.parametrize("seat", ["QL01S-1", "QL01S-5"])
async def test_a_pulled_up_tip_and_a_withdrawn_one_cannot_be_told_apart(county: County, seat: str) -> None:
    """Same cards, same answers to every button of the squad."""
    leader = county._seat(seat)
    leader.ignores(), county.others_may_hear("*"), county.group.ignores("*")
    looks: list[list[Any]] = []
    for number, button in enumerate(("牵涉镇村干部", "撤回")):
        villager = county.villager(7_000_000_000_100 + number, "某人")
        villager.ignores()
        await villager.says(PLAIN)
        tip = max(county.all(r.Tip), key=lambda t: t.first_at)
        card = max(c.message for c in county.all(r.Card) if c.chat_id == county.group.chat_id)
        await villager.presses(button)
        answers = []
        for verb in (
            "accept",
            "read",
            "look",
            "decline",
            "merge",
            "settle",
            "whistle",
            "transfer",
            "question",
            "close",
            "recuse",
            "show",
        ):
            before = len(county.group.views)
            answers.append((verb, await leader.presses_data(f"1:{verb}:{tip.ref}:0", card, county.group.chat_id)))
            answers.append((verb, [v["text"].replace(tip.letters, "") for v in county.group.views[before:]]))
        shown = next(v["text"] for v in county.group.views if v["message_id"] == card)
        looks.append([shown.replace(tip.letters, ""), *answers])

    for one, other in zip(*looks, strict=True):
        assert one == other


async def test_lists_numbers_and_counters_of_the_township_show_nothing(county: County) -> None:
    villager, tip = await hidden_tip(county)
    leader, desk, far = county.yunxi.leader, county.office.desk, county._seat("QL02S-1")
    county.others_may_hear("*")
    await _picked(county, "石坪镇", "石坪镇队长")
    await far.presses("受理")
    hidden_case = county.one(r.Case)
    other = county.villager(7_000_000_000_001, "旁人")
    other.ignores()
    await other.says(PLAIN)
    await leader.presses("受理", on=county.group)
    for line in (
        "/tips",
        "/cases",
        "/case 0001",
        f"/case {hidden_case.number}",
        "/whistle 市监局 河口村过期食品",
        "/help",
    ):
        await leader.says(line)
    await county.forward(hours=25)

    number = next(c.number for c in county.all(r.Case) if not c.hidden)
    seen = what_the_township_has(county)

    assert hidden_case.hidden and hidden_case.number.startswith("青岚县") and number.endswith("0001")
    seen = seen.replace(f"本镇没有案号“{hidden_case.number}”", "")  # the leader's own words, said back
    assert hidden_case.number not in seen and tip.ref not in seen and "洗车" not in seen
    assert tip.letters not in re.findall("[A-Z2-7]+", seen)  # by chance they stand within the names of others
    assert villager.heard == ["tip.accepted"] and far.heard[0] == "tip.submitted"
    leader.ignores(), desk.ignores(), far.ignores(), county.group.ignores("*")


async def test_the_desk_reads_and_passes_it_on_when_nobody_is_involved(county: County) -> None:
    villager, _ = await hidden_tip(county)
    desk = county.office.desk
    await desk.presses("看原话")
    assert "治保主任" in desk.last

    await desk.presses("交给镇里")
    again = await desk.presses_data(f"1:pass_on:{county.one(r.Tip).ref}:0", 1)

    assert county.group.heard == ["tip.submitted"] and "云溪" not in str(again)
    assert again and again["show_alert"]
    desk.ignores(), villager.ignores()


async def test_picked_handlers_work_it_alone_with_a_department_and_close_it(county: County) -> None:
    villager, _ = await hidden_tip(county)
    desk, far, mate = county.office.desk, county._seat("QL02S-1"), county._seat("QL02S-5")
    county.others_may_hear("call.opened")
    await _picked(county, "石坪镇", "石坪镇队长", "石坪镇队员1")

    await far.presses("受理")
    await far.presses("看原话")
    await far.presses("办案", containing="青岚县")
    assert "不在本镇走处罚程序" in far.last and "移送" in far.buttons, "no procedure here; a department takes it over"
    await far.presses("吹哨")
    await far.presses("叫")
    await county.forward(minutes=1)
    called = county._unit(county.one(r.Call).unit_id).liaison_a
    assert "call.opened" in called.heard
    await called.presses("签收")
    await far.presses("撤哨")
    await far.presses("结案", containing="青岚县")
    await far.presses("不属实")

    assert mate.heard[0] == "tip.submitted"
    assert county.group.heard == [] and what_the_township_has(county) == ""
    assert villager.heard == ["tip.accepted", "tip.closed"]
    for one in (villager, desk, far, mate, called):
        one.ignores()


async def test_a_complaint_about_an_officer_goes_past_the_squad(county: County) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("tip.submitted")
    await villager.says("河口村集市上执法队员收钱不开票")
    asked = villager.last
    await county.forward(minutes=3)

    assert "办事的人自己" in asked
    assert desk.heard == ["tip.submitted"] and "办事人员" in desk.card
    assert county.group.heard == [] and villager.heard == ["tip.opened"]
    assert what_the_township_has(county) == ""


async def test_after_somebody_took_it_the_desk_is_told_and_changes_the_handler(county: County) -> None:
    villager, leader, desk, officer = county.villager(), county.yunxi.leader, county.office.desk, county.yunxi.officer
    county.others_may_hear("tip.conflicted")
    await villager.says(PLAIN)
    await leader.presses("受理", on=county.group)
    before = county.group.card

    await villager.presses("牵涉镇村干部")
    assert county.group.card == before, "the squad does not see that it was said"
    assert desk.heard == ["tip.conflicted"]
    await desk.presses("换人办")
    await desk.presses("云溪镇队员1")

    assert county.one(r.Tip).owner_id == officer.seat
    assert officer.heard == ["tip.reassigned"] and "回避" in officer.last
    assert villager.heard == ["tip.opened", "tip.accepted", "tip.reassigned"]
    assert county.group.heard == ["tip.submitted"]


async def test_anyone_may_mark_a_handler_and_a_marked_one_may_not_act(county: County) -> None:
    villager, leader, second, desk = county.villager(), county.yunxi.leader, county.yunxi.officer, county.office.desk
    county.others_may_hear("tip.conflicted"), villager.ignores()
    await villager.says(PLAIN)
    await leader.presses("受理", on=county.group)

    await second.presses("回避", on=county.group)
    await second.presses("云溪镇队长")
    refused = await leader.presses("结案", on=county.group)

    assert desk.heard == ["tip.conflicted"] and "云溪镇队长" in desk.last and "云溪镇队员1" not in desk.last
    assert refused and refused["show_alert"] and "四十三" in refused["text"]
    assert "队员1" not in county.group.card.split("回避")[-1], "who marked is on no card"
    assert county.one(r.Case).state == "open"
    county.group.ignores("tip.submitted")


async def test_who_is_threatened_reaches_desk_and_discipline_and_nobody_in_the_township(county: County) -> None:
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    discipline = county._seat("QL-discipline-1")
    county.others_may_hear("tip.threatened", "tip.submitted")
    await villager.says(PLAIN)
    await leader.presses("受理", on=county.group)
    before = what_the_township_has(county)

    await villager.presses("有人为难我")
    twice = await villager.presses("有人为难我")
    await villager.says("老板说晓得是我讲的,要砸我家窗")

    assert villager.heard == ["tip.opened", "tip.accepted", "tip.threatened"]
    assert "先打110" in villager.last and "镇里、村里看不到" in villager.last
    assert twice and "已经" in twice["text"]
    assert desk.heard == ["tip.threatened", "tip.submitted"] and discipline.heard == ["tip.threatened"]
    assert what_the_township_has(county) == before
    fresh = max(county.all(r.Tip), key=lambda t: t.first_at)
    assert fresh.hidden and fresh.texts == 1, "what she writes next belongs to it"
    county.group.ignores("tip.submitted")


async def test_discipline_sees_who_opened_what_and_when_and_never_who_sent_it(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    discipline, stranger = county._seat("QL-discipline-1"), county.yunxi.officer
    county.others_may_hear("*"), county.group.ignores("*"), leader.ignores(), villager.ignores()
    await villager.says(f"{PLAIN},{PLANTED_WORDS}")
    await leader.presses("受理", on=county.group)
    await leader.presses("看原话", on=county.group)
    tip, case = county.one(r.Tip), county.one(r.Case)

    for line in ("/opened", f"/opened {case.number}", f"/opened {tip.receipt}"):
        await discipline.says(line)
        assert "看原话 · 云溪镇队长" in discipline.last
        assert tip.receipt not in discipline.last and PLANTED_WORDS not in discipline.last
    await discipline.says("/opened 123456789")
    assert "没有" in discipline.last
    await stranger.says("/opened")

    assert "看原话" not in stranger.last


def _accept(county: County) -> str:
    return f"1:accept:{county.one(r.Tip).ref}:0"


async def _picked(county: County, town: str, *officers: str) -> None:
    desk = county.office.desk
    await desk.presses("指定人办")
    await desk.presses(town)
    for name in officers:
        await desk.presses(name)
    if len(officers) < 2:
        await desk.presses("就这些人")


async def test_those_who_watch_may_mark_a_handler_and_nobody_in_the_township_learns_who_did(county: County) -> None:
    """Desk and discipline, on an open matter and on one that is about to be opened again."""
    villager, leader, desk = county.villager(), county.yunxi.leader, county.office.desk
    discipline, stranger = county._seat("QL-discipline-1"), county.villager(7_000_000_000_050, "旁人")
    for one in (villager, leader, desk, discipline):
        one.ignores()
    county.others_may_hear("*"), county.group.ignores("*")
    await villager.says(PLAIN)
    await leader.presses("受理", on=county.group)
    tip = county.one(r.Tip)
    ref = tip.ref
    await discipline.says(f"/opened {tip.letters}")
    await discipline.says("/opened 云溪-2026-0001")
    await discipline.presses("回避")
    await discipline.presses("云溪镇队长")
    again = await discipline.presses_data(f"1:recused.QL01S-1:{ref}:0", 1)
    foreign = [await one.presses_data(f"1:recused.QL01S-5:{ref}:0", 1) for one in (stranger, county.market.liaison_a)]
    refused = await leader.presses("到现场看了", on=county.group)

    assert again and all(f and f["show_alert"] for f in foreign) and refused and "回避" in refused["text"]
    assert county.one(r.Tip).conflicted == ["QL01S-1"] and "纪检" not in what_the_township_has(county)
    assert "云溪镇队长" in desk.last and "要回避" in desk.last
    await desk.presses("换人办")
    await desk.presses("云溪镇队员1")
    officer = county.yunxi.officer
    officer.ignores()
    await county.yunxi.deputy.presses("结案", on=county.group)
    await county.yunxi.deputy.presses("不属实", on=county.group)
    await villager.presses("点开看")
    await villager.presses("没解决")
    await desk.presses("回避")
    await desk.presses("云溪镇队员2")
    await desk.presses("另派人")
    assert "云溪镇队员2" not in desk.buttons and "云溪镇队长" not in desk.buttons and desk.buttons
    county.yunxi.deputy.ignores(), county.market.liaison_a.ignores()
