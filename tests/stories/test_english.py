"""Whoever reads English reads it at every step, except for names of the county's places, units and matters."""

import re
from collections.abc import Callable

from tests.county import PLANTED_WORDS, County, Person
from workflows import records as r

CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")


def _names(county: County) -> list[str]:
    there = county.book.county
    found = {there.name, "云溪"}
    found |= {v.name for v in there.villages} | {t.name for t in there.townships}
    found |= {u.short for u in there.units} | {u.name for u in there.units} | {m.short for m in there.matters}
    return sorted(found, key=len, reverse=True)


class Ears:
    """Collects every message, edit, button and pop-up that one phone has shown."""

    def __init__(self, county: County, person: Person) -> None:
        self.county, self.person, self.names = county, person, _names(county)
        self.seen: set[str] = set()

    def listen(self) -> None:
        for view in self.county.sandbox.world.messages(self.person.chat_id):
            if view["from"] == "bot":
                self.seen.add(view["text"] or "")
                self.seen |= {key["text"] for row in view["keyboard"] or [] for key in row}
                markup = view["reply_keyboard"] or {}
                self.seen |= {key["text"] for row in markup.get("keyboard", []) for key in row}
        if self.person.toast:
            self.seen.add(self.person.toast["text"])

    async def after(self, act: Callable) -> None:
        await act
        self.listen()

    def foreign(self) -> dict[str, list[str]]:
        """Texts with Chinese left in them once names are taken out."""
        found = {}
        for text in self.seen:
            rest = text
            for name in [*self.names, "中文", "换语言", "请选语言", PLANTED_WORDS]:
                rest = rest.replace(name, "")
            if CJK.search(rest):
                found[text] = CJK.findall(rest)
        return found


async def test_a_villager_whose_phone_speaks_english_reads_english_at_every_step(county: County) -> None:
    villager = county.villager(language="en")
    leader, desk = county.yunxi.leader, county.office.desk
    county.others_may_hear("*"), county.group.ignores("*"), leader.ignores(), desk.ignores(), villager.ignores()
    ears = Ears(county, villager)

    for act in (
        lambda: villager.says("/start"),
        lambda: villager.says("/help"),
        lambda: villager.says("/tip"),
        lambda: villager.says("/mytips"),
        lambda: villager.says("hello"),
        lambda: villager.sends(sticker=True),
        lambda: villager.sends(photo=True),
        lambda: (
            villager.presses("on the spot") if "on the spot" in "".join(villager.buttons) else villager.presses("📍")
        ),
        lambda: villager.presses_data(f"1:towns:{county.one(r.Tip).ref}:1", _receipt(county, villager)),
        lambda: villager.presses("Yunxi"),
        lambda: villager.presses("河口村"),
        lambda: (
            villager.presses("占道") if "占道" in "".join(villager.buttons) else villager.presses(villager.buttons[0])
        ),
        lambda: villager.presses_data(f"1:real_name:{county.one(r.Tip).ref}:9", _receipt(county, villager)),
        lambda: villager.presses_data(f"1:anonymous:{county.one(r.Tip).ref}:9", _receipt(county, villager)),
        lambda: leader.presses("受理", on=county.group),
        lambda: villager.presses_data(f"1:withdraw:{county.one(r.Tip).ref}:9", _receipt(county, villager)),
        lambda: leader.presses("问一句", on=county.group),
        lambda: leader.says("How many tables?"),
        lambda: villager.presses("Open"),
        lambda: villager.says(f"three, {PLANTED_WORDS}"),
        lambda: leader.presses("结案", on=county.group),
        lambda: leader.presses("不属实", on=county.group),
        lambda: villager.presses("Open"),
        lambda: villager.presses_data(f"1:unsolved:{county.one(r.Tip).ref}:9", 1),
        lambda: villager.says("/mytips"),
        lambda: desk.presses("另派人"),
        lambda: desk.presses("云溪镇队员1"),
        lambda: villager.says("/tips"),
        lambda: villager.says("/pay 123"),
        lambda: villager.says("/cancel"),
        lambda: villager.presses_data("0:old:AAAAAAAA:0", 1),
    ):
        await ears.after(act())

    assert len(ears.seen) > 40
    assert ears.foreign() == {}


async def test_the_other_ends_of_a_tip_are_english_too(county: County) -> None:
    villager, leader, desk = county.villager(language="en"), county.yunxi.leader, county.office.desk
    county.others_may_hear("*"), county.group.ignores("*"), leader.ignores(), desk.ignores(), villager.ignores()
    ears = Ears(county, villager)

    for act in (
        lambda: villager.says("河口村 fire! 着火了"),
        lambda: leader.presses("不予受理", on=county.group),
        lambda: leader.presses("不在本县", on=county.group),
        lambda: leader.presses("看内容", on=county.group),
        lambda: villager.presses("Open"),
        lambda: villager.presses("Ask the county"),
        lambda: desk.presses("维持"),
        lambda: villager.says("和平村有人占道摆摊"),
        lambda: villager.presses("和平村"),
        lambda: villager.presses("Withdraw"),
        lambda: villager.says("河口村有人占道摆摊"),
        lambda: leader.presses("移送", on=county.group, containing="值班"),
        lambda: leader.presses("到现场看了", on=county.group),
        lambda: leader.presses("移送", on=county.group, containing="承办"),
        lambda: leader.presses("市监局", on=county.group),
        lambda: leader.presses("属对方职责", on=county.group),
        lambda: county.market.liaison_a.presses("收到"),
    ):
        await ears.after(act())
    county.market.liaison_a.ignores()

    assert ears.foreign() == {}


async def test_language_is_changed_with_a_tap_and_back(county: County) -> None:
    villager = county.villager()

    await villager.says("/lang")
    await villager.presses("English")
    await villager.says("/help")
    english = villager.last
    await villager.says("/lang")
    await villager.presses("中文")
    await villager.says("/help")

    assert "If you see something wrong" in english
    assert "看到什么不对的事" in villager.last


async def test_a_tip_under_way_changes_its_language_with_its_sender(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("*"), leader.ignores()
    await villager.says(f"河口村夜市摆摊占道,{PLANTED_WORDS}")
    await villager.says("/lang")
    await villager.presses("English")

    await leader.presses("受理", on=county.group)

    assert villager.heard == ["tip.opened", "tip.accepted"]
    assert "Somebody" in villager.last


async def test_a_liaison_who_chose_english_reads_english_at_every_step(county: County) -> None:
    leader, desk = county.yunxi.leader, county.office.desk
    first, second = county.market.liaison_a, county.market.liaison_b
    for person in (leader, desk, first, second):
        person.ignores()
    county.others_may_hear("*"), county.group.ignores("*")
    ears = [Ears(county, first), Ears(county, second)]
    for person in (first, second):
        await person.says("/lang")
        await person.presses("English")

    async def both(act) -> None:
        await act
        for one in ears:
            one.listen()

    await leader.says("/whistle 市监局 expired food")
    await leader.presses("新的一件")
    await leader.presses("叫")
    for act in (
        lambda: leader.presses("取样"),
        lambda: first.says("/help"),
        lambda: first.says("/calls"),
        lambda: county.forward(minutes=16),
        lambda: first.presses("Not our remit"),
        lambda: first.presses("Not our duty"),
        lambda: desk.presses("属于他们"),
        lambda: first.presses("Acknowledge"),
        lambda: second.presses_data(f"1:acknowledge:{county.one(r.Call).ref}:0", 1),
        lambda: first.presses("On the way"),
        lambda: first.sends(location={"latitude": 28.2, "longitude": 108.9}),
        lambda: first.presses("Arrived"),
        lambda: first.says("what now"),
        lambda: first.presses("Report back"),
        lambda: first.presses("True, ordered"),
        lambda: first.says("no number"),
        lambda: first.says("青市监责改〔2026〕1号"),
        lambda: leader.presses("核对无误"),
        lambda: first.says("/tips"),
        lambda: first.says("/offduty"),
        lambda: first.says("/onduty"),
        lambda: first.presses_data(f"1:depart:{county.one(r.Call).ref}:0", 1),
    ):
        await both(act())

    foreign = {**ears[0].foreign(), **ears[1].foreign()}
    numbers = ("青市监责改〔2026〕1号", "云溪责改〔2026〕3号", "青环责改〔2026〕3号")  # numbers of papers are names
    assert {text: left for text, left in foreign.items() if not any(number in text for number in numbers)} == {}


def _receipt(county: County, person: Person) -> int:
    card = county.one(r.Card, account=person.account)
    return int(card.message)
