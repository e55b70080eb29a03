"""先别马上来: the way to the spot waits at the sender's wish; the squad takes the matter over as quickly as ever."""

from datetime import datetime, timedelta

from tests.county import START, County, Person
from tests.stories.walks import FOOD, blows
from workflows import arrival
from workflows import records as r


async def sent(county: County) -> tuple[Person, Person]:
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("*"), villager.ignores(), leader.ignores()
    await villager.says(FOOD)
    return villager, leader


async def test_the_card_says_from_when_and_not_why_and_nobody_is_reminded_before(county: County) -> None:
    villager, leader = await sent(county)
    await leader.presses("受理", on=county.group)
    await villager.presses("先别马上来")
    assert villager.buttons == ["2小时后", "明天", "和别家一起查"]
    await villager.presses("明天")

    until = county.one(r.Tip).wish_until
    assert until.isoformat() == "2026-11-03T01:00:00+00:00", "nine o'clock in the county"
    assert "保护来源：11月3日" in county.group.card and "以后再到现场" in county.group.card
    assert "反映的人" not in county.group.card and "11月3日" in villager.card
    before = leader.heard
    await county.forward(hours=24)  # the usual hour of the reminder
    assert "tip.reminded" not in leader.heard and before is not None
    await county.forward(hours=2)
    assert "tip.reminded" in leader.heard, "two hours after the wish has ended"
    assert "保护来源" not in county.group.card


async def test_two_hours_end_on_a_half_hour_and_the_wish_may_change(county: County) -> None:
    villager, _ = await sent(county)
    await villager.presses("先别马上来")
    await villager.presses("2小时后")
    until = county.one(r.Tip).wish_until
    assert until.minute in (0, 30) and timedelta(hours=2) <= until - county.now <= timedelta(hours=2, minutes=30)
    assert county.one(r.Tip).due_at == START + timedelta(minutes=15), "受理 does not wait"

    twice = await villager.presses_data(f"1:visit.hours:{county.one(r.Tip).ref}:0", 1)
    await villager.presses("先别马上来")
    await villager.presses("和别家一起查")
    together = county.group.card
    await villager.presses("先别马上来")
    await villager.presses("不用等了")

    assert twice and "已经" in twice["text"]
    assert "和附近几家一起查，不单独去" in together and "保护来源" not in county.group.card


async def test_a_wish_of_somebody_merged_counts_and_shows_no_second_sender(county: County) -> None:
    first, leader = await sent(county)
    second = county.villager(6_400_000_000_001, "另一位")
    second.ignores()
    await second.says("河口村集市上卖的食品过期了")
    one, other = sorted(county.all(r.Tip), key=lambda t: t.first_at)
    await leader.presses("并案", on=county.group, containing=other.letters)
    await leader.presses(one.letters, on=county.group)

    await second.presses("先别马上来")
    await second.presses("明天")

    shown = next(v["text"] for v in county.group.views if one.letters in (v["text"] or "") and "值班" in v["text"])
    assert "11月3日" in shown and "11月3日" not in first.card


async def test_in_danger_after_the_look_and_by_others_nothing_waits(county: County) -> None:
    villager, leader = await sent(county)
    tip = county.one(r.Tip)
    stranger = county.villager(6_400_000_000_002, "旁人")
    for one in (stranger, leader):
        assert (await one.presses_data(f"1:visit.tomorrow:{tip.ref}:0", 1))["show_alert"]
    await villager.presses("先别马上来")
    await villager.presses("明天")
    await leader.presses("受理", on=county.group)
    await villager.says("着火了,快来人")
    assert "保护来源" not in county.group.card and "先别马上来" not in villager.buttons
    urgent = await villager.presses_data(f"1:visit.hours:{tip.ref}:0", 1)

    assert urgent and "有人有危险" in urgent["text"]
    await leader.presses("到现场看了", on=county.group)
    assert (await villager.presses_data(f"1:visit.hours:{tip.ref}:0", 1))["show_alert"]
    county.others_may_hear("*")


async def test_nothing_that_a_handler_reads_or_is_sent_tells_the_minute_of_the_message(county: County) -> None:
    """Card, reminders, breach and every page after it stand on a step: nobody counts back from them to when it was written."""
    await county.forward(minutes=3, seconds=20)
    villager, _ = await sent(county)
    tip = county.one(r.Tip)
    villager.ignores(), county.others_may_hear("*")
    at_once = {o.id for o in county.all(r.Outbox) if o.account != villager.account}

    assert tip.first_at.minute == 3 and tip.due_at == START + timedelta(minutes=15) and "09:15" in county.group.card
    await county.forward(minutes=40)
    later = [o for o in county.all(r.Outbox) if o.account != villager.account and o.id not in at_once]
    assert {"tip.reminded", "tip.breached", "tip.escalated"} <= {o.template for o in later}
    minutes = {o.queued_at.replace(microsecond=0) for o in later if o.template.startswith("tip.")}
    assert {(m.minute % 5, m.second) for m in minutes if m.minute != 13} == {(0, 0)}, sorted(minutes)
    shown = [v["html"] or "" for v in county.group.views] + county.yunxi.leader.reads
    assert [text for text in shown if "09:18" in text or "09:03" in text] == []


async def test_whoever_whistles_is_told_from_when(county: County) -> None:
    villager, leader = await sent(county)
    await leader.presses("受理", on=county.group)
    await villager.presses("先别马上来")
    await villager.presses("明天")

    await leader.presses("吹哨", on=county.group)

    asked = county.group.views[-1]["text"]
    assert "保护来源：11月3日" in asked and "以后再到现场" in asked


async def test_a_called_department_reads_from_when_and_its_clock_runs_from_there(county: County) -> None:
    villager, leader = await sent(county)
    liaison = county.market.liaison_a
    liaison.ignores(), county.others_may_hear("*")
    await leader.presses("受理", on=county.group)
    await villager.presses("先别马上来")
    await villager.presses("2小时后")
    until = county.one(r.Tip).wish_until
    await blows(county, "市监局", on=county.one(r.Tip))
    assert "保护来源：11月2日11:30 以后再到现场" in liaison.card

    await liaison.presses("签收")
    await liaison.presses("30分钟内")

    assert until == START + timedelta(hours=2, minutes=30)
    assert datetime.fromisoformat(county.one(r.Call).window["promise"]["at"]) == until + timedelta(minutes=30)
    assert "12:00" in liaison.card, "the promise counts from when one may come"
    await county.forward(hours=2, minutes=55)
    assert county.events("call.progress_asked", "call.unpromised") == []
    await county.forward(minutes=20)
    assert len(county.events("call.progress_asked")) == 1 and "保护来源" not in liaison.card


async def test_a_wish_after_the_promise_moves_the_clock_and_danger_moves_it_back(county: County) -> None:
    villager, leader = await sent(county)
    liaison = county.market.liaison_a
    liaison.ignores(), county.others_may_hear("*")
    await leader.presses("受理", on=county.group)
    await blows(county, "市监局", on=county.one(r.Tip))
    await liaison.presses("签收")
    await liaison.presses("30分钟内")
    promised = datetime.fromisoformat(county.one(r.Call).window["promise"]["at"])

    await villager.presses("先别马上来")
    await villager.presses("2小时后")

    until = county.one(r.Tip).wish_until
    expected = await county.app.store.read(
        lambda work: arrival.arrive_by(work, work.get(r.Call, county.one(r.Call).id))
    )
    assert promised < until < expected and "保护来源：11月2日11:30 以后再到现场" in liaison.card
    await villager.says("他们打起来了,有人拿刀")
    back = await county.app.store.read(lambda work: arrival.arrive_by(work, work.get(r.Call, county.one(r.Call).id)))
    assert back == promised and "保护来源" not in liaison.card, "in danger nobody waits"
    await county.forward(minutes=41)
    assert len(county.events("call.progress_asked")) == 1
