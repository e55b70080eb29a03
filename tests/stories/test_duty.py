"""Duty by turns: who is called, what is handed over, who stands in, which hours are empty, whom nothing reaches."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.county import County
from tests.stories.duty import has_rota
from tests.stories.walks import _BOOKS, blows, button, until
from workflows import records as r
from workflows.county import Day
from workflows.turns import Days, Every, Listed, Rotation

TUESDAY_8 = datetime(2026, 11, 3, 0, 0, tzinfo=UTC)  # 08:00 in the county


async def test_a_post_with_a_rota_is_filled_by_it_and_others_by_their_own_word(county: County) -> None:
    market, traffic = county.market, county.traffic
    await has_rota(county, "SJ-2", "SJ-1")
    assert market.liaison_b.heard == ["rota.handed_over"]
    assert "您接班了：市监局A岗" in market.liaison_b.last and "到 11月3日08:00" in market.liaison_b.last

    await blows(county, "市监局", "交警")

    assert market.liaison_b.heard == ["call.opened"]
    assert market.liaison_a.heard == []
    assert traffic.liaison_a.heard == ["call.opened"]


@pytest.mark.scenario(56)
@pytest.mark.parametrize(("second", "who"), [(-1, "SJ-1"), (0, "SJ-2")])
async def test_on_the_second_of_the_change_the_other_one_is_called(county: County, second: int, who: str) -> None:
    market = county.market
    await has_rota(county, "SJ-1", "SJ-2")
    market.liaison_a.ignores("rota.handed_over")
    market.liaison_b.ignores("rota.handed_over")
    leader, group = county.yunxi.leader, county.group
    group.ignores("tip.submitted", "whistle.opened"), leader.ignores("shift.ended")
    await until(county, TUESDAY_8 - timedelta(seconds=10))
    await leader.says("/whistle 市监局 河口集市占道经营")
    await leader.presses("新的一件")
    call_now = button(county, leader, "叫")
    await until(county, TUESDAY_8 + timedelta(seconds=second))
    assert county.now == TUESDAY_8 + timedelta(seconds=second)

    def on_duty(work):
        return [p.id for p in work.people("SJ", "liaison", post="A", on_duty=True)]

    assert await county.app.store.read(on_duty) == [who]
    await leader.presses_data(*call_now)
    assert county.one(r.Call).opened_at == TUESDAY_8 + timedelta(seconds=second)
    called = market.liaison_a if who == "SJ-1" else market.liaison_b
    assert county.one(r.Call).called == [who] and "call.opened" in called.heard
    assert ("08:14" if second else "08:15") + " 前签收" in called.card, "local time"
    if second == 0:
        assert any("到 11月4日08:00" in text for text in market.liaison_b.reads)


@pytest.mark.scenario(60)
async def test_the_change_of_shift_is_told_to_both_and_the_group_and_no_change_to_nobody(county: County) -> None:
    officer, second, group = county.yunxi.officer, county.yunxi.second, county.group
    await has_rota(
        county, "QL01S-5", "QL01S-6", rota_id="QL01S", unit="QL01S", role="squad_member", post="", name="云溪镇队员"
    )
    assert officer.heard == ["rota.handed_over"] and second.heard == []
    assert group.heard == ["rota.handed_over"]

    await until(county, TUESDAY_8)

    assert officer.heard == second.heard == group.heard == ["rota.handed_over"]
    assert officer.last == "🤝 您交班了：云溪镇队员\n接班的是云溪镇队员2。辛苦了，好好休息。"
    assert second.last == "🤝 您接班了：云溪镇队员\n到 11月4日08:00。交班的是云溪镇队员1。\n手上没有没办完的事。"
    assert [e.facts for e in county.events("rota.handed_over")][-1] == {"come": ["QL01S-6"], "gone": ["QL01S-5"]}

    await has_rota(county, "QL01S-6", rota_id="QL01S", unit="QL01S", role="squad_member", post="", name="云溪镇队员")
    await county.forward(days=3)

    assert officer.heard == second.heard == group.heard == []


@pytest.mark.scenario(38)
async def test_the_incoming_liaison_receives_the_open_calls_in_the_hand_over(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    county.others_may_hear("call.escalated")
    leader.ignores("call.breached")
    await has_rota(county, "SJ-1", "SJ-2")
    assert market.liaison_a.heard == ["rota.handed_over"]
    await until(county, TUESDAY_8 - timedelta(minutes=20))
    await blows(county, "市监局")
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("1小时内")
    number = county.one(r.Call).number

    await until(county, TUESDAY_8)

    assert market.liaison_b.heard == ["rota.handed_over"]
    told = market.liaison_b.last
    assert "没办完的1件" in told and f"🟢 {number}" in told and "市监局A岗签收" in told and "11月3日08:" in told
    assert market.liaison_a.heard == ["call.opened", "rota.handed_over"]
    assert "没办完的1件已交代清楚" in market.liaison_a.last
    await market.liaison_b.presses(number)
    assert market.liaison_b.heard == ["call.opened"] and "出动" in market.liaison_b.buttons
    await market.liaison_b.presses("出动")
    assert county.one(r.Call).departed_at is not None


@pytest.mark.both_engines
@pytest.mark.scenario(47)
async def test_swapped_out_at_minute_six_the_other_is_called_at_once_with_what_is_left(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    head = market.head
    await has_rota(county, "SJ-1", "SJ-2")
    for one in (market.liaison_a, market.liaison_b):
        one.ignores("rota.handed_over", "rota.changed")
        one.passes_over("rota.handed_over", "rota.changed")
    await blows(county, "市监局")
    call = county.one(r.Call)
    assert market.liaison_a.heard == ["call.opened"]
    await until(county, call.opened_at + timedelta(minutes=6))

    await head.says("/rota")
    await head.presses("市监局A岗")
    await head.presses("换人")
    await head.presses("市监局A岗", containing="哪一班换人")  # the stretch that runs now
    await head.presses("市监局B岗")

    later = county.one(r.Call)
    assert market.liaison_b.heard == ["call.opened"]
    assert market.liaison_a.heard == ["call.reminded"], "at the fifth minute, while he was on duty"
    assert later.called == ["SJ-1", "SJ-2"] and later.due_at == call.due_at
    opened = county.one(r.Outbox, template="call.opened", person_id="SJ-2", act="card")
    assert opened.sent_at - call.opened_at < timedelta(minutes=6, seconds=10)
    assert f"{call.due_at + timedelta(hours=8):%H:%M} 前签收" in market.liaison_b.card
    await until(county, call.opened_at + timedelta(minutes=14))
    assert market.liaison_a.heard == [], "off duty, he is reminded no more"
    assert market.liaison_b.heard == ["call.reminded", "call.reminded"]
    await market.liaison_a.presses("签收")  # still there for him too
    assert county.one(r.Call).acknowledged_by == "SJ-1"
    assert "已签收" in market.liaison_b.card
    await county.forward(minutes=11)
    assert market.liaison_a.heard == ["call.promise_asked"], "he goes, so he is asked when he will be there"
    market.liaison_b.ignores("call.promise_asked"), county.others_may_hear("call.unpromised")
    leader.ignores("call.breached")


@pytest.mark.both_engines
@pytest.mark.scenario(48)
async def test_whoever_is_taken_out_of_the_seat_mid_call_gets_nothing_more_and_the_next_of_the_rota_is_called(
    county: County,
) -> None:
    market, admin = county.market, county.office.admin
    await has_rota(county, "SJ-1", "SJ-2")
    market.liaison_b.ignores("rota.handed_over", "call.reminded")
    await blows(county, "市监局")
    assert market.liaison_a.heard == ["rota.handed_over", "call.opened"]
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=4))

    def queue_one(work):
        from workflows.work import To

        person = work.person("SJ-1")
        work.send("call.reminded", "liaison", To(account=person.account, person_id="SJ-1"), facts={"x": 1},
                  not_before=work.now + timedelta(minutes=1), subject_id=call.id)  # fmt: skip

    await county.app.store.decide(queue_one)
    await admin.says("/people 市监局")
    await admin.presses("市监局A岗离岗")
    await admin.presses("市监局A岗离岗")

    assert market.liaison_b.heard == ["call.opened", "rota.handed_over"]
    assert county.one(r.Call).called == ["SJ-1", "SJ-2"]
    dropped = [o for o in county.all(r.Outbox, person_id="SJ-1") if o.error == "left"]
    assert len(dropped) == 1 and dropped[0].state == "dropped"
    await county.forward(minutes=30)
    assert market.liaison_a.heard == []
    left = county.events("person.left")[0]
    assert (left.subject_id, left.by) == ("SJ-1", "QL-admin-1")
    assert county.one(r.Person, id="SJ-1").label == "市监局A岗"
    county.others_may_hear("call.escalated")
    county.yunxi.leader.ignores("call.breached")
    market.liaison_b.ignores("call.breached")


# ── one for another ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_engines
@pytest.mark.scenario(51)
async def test_of_two_who_change_one_shift_at_the_same_instant_one_wins_and_the_other_reads_why(county: County) -> None:
    head, admin, market = county.market.head, county.office.admin, county.market
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        one.ignores("rota.handed_over", "rota.changed")
    await has_rota(county, "SJ-1", "SJ-2")
    for editor, line in ((head, "/rota"), (admin, "/rota 市监局")):
        await editor.says(line)
        if editor is head:
            await editor.presses("市监局A岗")
        await editor.presses("换人")
        await editor.presses("市监局A岗", containing="哪一班换人")

    sandbox = county.sandbox
    first = button(county, head, "市监局B岗")
    second = button(county, admin, "市监局值班室")
    import asyncio

    answers = await asyncio.gather(
        sandbox.press(head.chat_id, head.chat_id, first[1], data=first[0], wait=60),
        sandbox.press(admin.chat_id, admin.chat_id, second[1], data=second[0], wait=60),
    )
    await county.settled()

    live = [o for o in county.all(r.Override) if o.cancelled_at is None]
    assert len(live) == 1
    refused = [a["answer"]["text"] for a in answers if a["answer"] and a["answer"].get("show_alert")]
    assert len(refused) == 1 and "先改的算数" in refused[0] and "市监局A岗" in refused[0]
    assert [e.facts["why"] for e in county.events("press.refused")] == ["rota_clash"]


@pytest.mark.scenario(53)
async def test_a_request_that_nobody_takes_leaves_the_duty_where_it_is(county: County) -> None:
    market = county.market
    await has_rota(county, "SJ-1", "SJ-2")
    for one in (market.liaison_a, market.liaison_b):
        one.ignores("rota.handed_over")
    await market.liaison_a.says("/rota")
    await market.liaison_a.presses("请人代班")
    await market.liaison_a.presses("11月4日08:00")
    await market.liaison_a.presses("市监局B岗")
    assert market.liaison_b.heard == ["swap.offered"]
    assert "市监局A岗想请您代班" in market.liaison_b.last

    await until(county, TUESDAY_8 + timedelta(days=1))

    assert "swap.lapsed" in market.liaison_a.heard
    late = await market.liaison_b.presses("我来值")
    assert late and late["show_alert"] and "已经过去" in late["text"]

    def on_duty(work):
        return [p.id for p in work.people("SJ", "liaison", post="A", on_duty=True)]

    assert await county.app.store.read(on_duty) == ["SJ-1"]
    assert county.all(r.Override) == [] and county.one(r.Swap).state == "lapsed"


@pytest.mark.both_engines
@pytest.mark.scenario(54)
async def test_a_swap_that_is_taken_mid_shift_splits_it_and_each_part_pages_rightly(county: County) -> None:
    market, leader = county.market, county.yunxi.leader
    leader.ignores("call.breached")
    await has_rota(county, "SJ-1", "SJ-2", every="week")
    for one in (market.liaison_a, market.liaison_b):
        one.ignores("rota.handed_over")
    assert market.liaison_a.heard == ["rota.handed_over"]
    await market.liaison_a.says("/rota")
    await market.liaison_a.presses("请人代班")
    await market.liaison_a.presses("11月2日09:00")
    await market.liaison_a.presses("市监局B岗")
    await county.forward(hours=2)
    thanks = await market.liaison_b.presses("我来值")
    assert thanks and thanks["text"] == "谢谢您"
    assert "swap.taken" in market.liaison_a.heard and "swap.offered" in market.liaison_b.heard

    await blows(county, "市监局")

    assert market.liaison_b.heard == ["call.opened"] and market.liaison_a.heard == []
    spans = [(o.kind, o.person_id, o.other_id) for o in county.all(r.Override)]
    assert spans == [("replace", "SJ-1", "SJ-2")]
    again = await market.liaison_b.presses_data(*button_of_swap(county, market.liaison_b))
    assert again and "已经办过了" in again["text"]
    stranger = county.villager()
    refused = await stranger.presses_data(*button_of_swap(county, market.liaison_b))
    assert refused and refused["show_alert"]
    await market.liaison_b.presses("签收")
    market.liaison_b.ignores("call.promise_asked")


def button_of_swap(county: County, person) -> tuple[str, int]:
    swap = county.one(r.Swap)
    return f"1:take_shift:{swap.ref}:0", list(county.sandbox.world.messages(person.chat_id))[-1]["message_id"]


async def test_a_request_that_all_decline_is_told_and_changes_nothing(county: County) -> None:
    market = county.market
    await has_rota(county, "SJ-1", "SJ-2")
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        one.ignores("rota.handed_over")
    await market.liaison_a.says("/rota")
    await market.liaison_a.presses("请人代班")
    await market.liaison_a.presses("11月4日08:00")
    await market.liaison_a.presses("问所有人")
    assert market.liaison_b.heard == market.duty_room.heard == ["swap.offered"]

    await market.liaison_b.presses("不方便")
    assert market.liaison_a.heard == ["rota.handed_over"]
    await market.duty_room.presses("不方便")

    assert market.liaison_a.heard == ["swap.declined"] and "还由您值" in market.liaison_a.last
    assert county.one(r.Swap).state == "declined" and county.all(r.Override) == []


async def test_going_off_duty_ends_with_ones_own_shift_and_coming_on_duty_with_the_next_change(county: County) -> None:
    market = county.market
    await has_rota(county, "SJ-1", "SJ-2")
    for one in (market.liaison_a, market.liaison_b):
        one.ignores("rota.handed_over", "call.opened", "call.stood_down")

    await market.liaison_a.says("/offduty")
    assert "下一班 11月4日08:00" in market.liaison_a.reads[-1] + market.liaison_a.reads[-2]

    def on_duty(work):
        return [p.id for p in work.people("SJ", "liaison", post="A", on_duty=True)]

    read = county.app.store.read
    assert await read(on_duty) == []
    await market.liaison_a.says("/onduty")
    assert await read(on_duty) == ["SJ-1"]
    await until(county, TUESDAY_8)
    assert await read(on_duty) == ["SJ-2"]
    await market.liaison_a.says("/onduty")  # he helps, until the next change
    assert await read(on_duty) == ["SJ-1", "SJ-2"] and "按值班表到 11月4日08:00" in "".join(market.liaison_a.reads[-2:])
    await until(county, TUESDAY_8 + timedelta(days=2))
    assert await read(on_duty) == ["SJ-2"]


# ── looking ahead ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(58)
async def test_an_uncovered_hour_of_the_next_seven_days_is_told_to_the_head_once(county: County) -> None:
    head = county.market.head
    county.market.liaison_a.ignores("rota.handed_over")
    days = tuple(Listed(day=date(2026, 11, d), begins=time(8), members=("SJ-1",)) for d in range(1, 6))
    friday = Listed(day=date(2026, 11, 6), begins=time(9), members=("SJ-1",))
    more = tuple(Listed(day=date(2026, 11, d), begins=time(8), members=("SJ-1",)) for d in range(7, 30))

    await has_rota(county, listed=(*days, friday, *more), needed="always")

    assert head.heard == ["rota.gap"]
    assert head.last == "🟠 市监局A岗 有钟点没人值\n11月6日08:00–11月6日09:00\n请发 /rota 排上人。"
    await county.forward(days=3)
    assert head.heard == []
    await county.forward(days=4)
    assert head.heard == []
    assert len(county.events("rota.gap")) == 1


@pytest.mark.scenario(58)
async def test_nights_of_a_unit_that_nobody_has_to_answer_at_night_are_no_gap(county: County) -> None:
    head = county.market.head
    county.market.liaison_a.ignores("rota.handed_over")

    await has_rota(county, "SJ-1", begins=time(7, 30), ends=time(21), days=Days.WORKDAYS, needed="offices")
    await county.forward(days=1)

    assert head.heard == [] and county.events("rota.gap") == []


@pytest.mark.scenario(59)
async def test_whom_nothing_reaches_is_flagged_at_saving_and_daily_before_the_shift(county: County) -> None:
    head, admin, market = county.market.head, county.office.admin, county.market
    county.market.liaison_a.ignores("rota.handed_over")

    def unbind(work):
        work.person("SJ-2").account = None

    await county.app.store.decide(unbind)
    county.sandbox.world.block(market.duty_room.chat_id)
    await county.settled()
    assert admin.heard == ["person.unreachable"]

    await has_rota(county, "SJ-1", "SJ-2", "SJ-D")

    assert head.heard == admin.heard == ["rota.unreached"]
    assert "市监局B岗：还没有和机器人说过话" in head.last and "市监局值班室：拦下了机器人" in head.last
    await until(county, TUESDAY_8 - timedelta(minutes=1))
    assert head.heard == admin.heard == ["rota.unreached"]  # before the shift of SJ-2
    assert county.events("rota.unreached")[-1].at == TUESDAY_8 - timedelta(hours=1)
    assert len(county.events("rota.unreached")) == 2
    head.ignores("rota.unreached")
    admin.ignores("rota.unreached")


@pytest.mark.scenario(55)
async def test_on_the_holiday_the_holiday_rota_is_called_and_on_the_make_up_saturday_the_one_of_workdays(
    county: County,
) -> None:
    """The next make-up Saturday of the public calendar is a year away: the county declares one, as it may, 9 January 2027."""
    county.others_may_hear("*")
    saturday = Day(on=date(2027, 1, 9), work=True, source="县府办通知")
    county.book = replace(county.book, county=replace(county.book.county, days=(*county.book.county.days, saturday)))
    _BOOKS.append(county.book)
    await county.restart()

    def save(work):
        from workflows import plan as plans
        from workflows.turns import Plan

        rotations = tuple(
            Rotation(every=Every.DAY, begins=time(0), first_day=date(2026, 11, 2), days=days, members=((who,),))
            for days, who in ((Days.WORKDAYS, "SJ-1"), (Days.HOLIDAYS, "SJ-2"))
        )
        plan = Plan(since=work.now - timedelta(days=1), rotations=rotations)
        plans.save(work, None, "SJ-A", plan, unit_id="SJ", role="liaison", post="A", name="市监局A岗", needed="never")

    await county.app.store.decide(save)
    seen = {}
    for day in (date(2027, 1, 1), date(2027, 1, 4), date(2027, 1, 9), date(2027, 1, 10)):
        moment = datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)
        await county._set(moment)
        seen[day] = await county.app.store.read(
            lambda work: [p.id for p in work.people("SJ", "liaison", post="A", on_duty=True)]
        )

    weekday, holiday = ["SJ-1"], ["SJ-2"]
    assert list(seen.values()) == [holiday, weekday, weekday, holiday], "New Year, Monday, the make-up Saturday, Sunday"
