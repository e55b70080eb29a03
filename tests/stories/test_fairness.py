"""Nobody is blamed for our own outage, and what was said in time counts as in time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import orjson
import pytest
from sqlmodel import Session

from tests.county import County
from tests.stories.walks import blows, button, until
from workflows import records as r
from workflows.states import CallState

pytestmark = pytest.mark.both_engines

MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def outage(county: County, *, until: datetime) -> AsyncIterator[Callable[[datetime], None]]:
    """The process is away until then; within, time and people go on. Yields what sets the time that Telegram knows."""
    await county.settled()
    clock: list[datetime] = [county.now]
    county.sandbox.now = lambda: clock[0]
    await county.app.stop()

    def at(moment: datetime) -> None:
        clock[0] = moment

    yield at
    at(until)
    with Session(county.app.engine) as session:
        row = session.get(r.Clock, 1)
        assert row is not None
        row.shown = until
        session.add(row)
        session.commit()
    await county._open()
    county.sandbox.now = lambda: county.app.clock.now()
    await county.settled()


def near(county: County, call: r.Call) -> dict[str, float]:
    """A position at the place of the matter."""
    tip = county.one(r.Tip, id=county.one(r.Case, id=call.case_id).tip_id)
    place = county.book.county.grid(tip.grid_id) if tip.grid_id else county.book.county.village(tip.village_id)
    return {"latitude": place.lat, "longitude": place.lon}


@pytest.mark.scenario(20)
@pytest.mark.parametrize(("verdict", "counts"), [("不计", False), ("计入", True)])
async def test_a_press_that_came_through_after_our_outage_is_taken_and_its_breach_waits_for_two_signatures(
    county: County, verdict: str, counts: bool
) -> None:
    liaison, desk = county.market.liaison_a, county.office.desk
    liaison.ignores(), county.others_may_hear("call.held")
    await blows(county, "市监局")
    sign, card = button(county, liaison, "签收")
    call = county.one(r.Call)
    await until(county, call.opened_at + 12 * MINUTE)
    away = county.now

    async with outage(county, until=call.opened_at + 17 * MINUTE) as at:
        at(call.opened_at + 14 * MINUTE)
        await county.sandbox.press(liaison.chat_id, liaison.chat_id, card, data=sign, wait=0)

    answered = county.one(r.Call)
    assert answered.state is CallState.ACKNOWLEDGED
    assert answered.acknowledged_at == call.opened_at + 17 * MINUTE and answered.late_seconds == 120
    assert answered.breached_at == call.due_at and not answered.counts
    assert [(e.facts["why"], e.facts["began_at"]) for e in county.events("call.held")] == [
        ("system outage overlaps", away.isoformat())
    ]
    assert "待核" in liaison.card and "待核" in county.group.card
    assert desk.heard == ["call.held"] and county.yunxi.leader.heard == []
    assert [(o.began_at, o.ended_at) for o in county.all(r.Outage)] == [(away, call.opened_at + 17 * MINUTE)]
    desk_2, on_duty = county.office.desk_2, county.office.leader_on_duty
    await desk.presses(verdict)
    assert not county.one(r.Call).counts and "待核" in liaison.card, "one name is not enough"
    alone = await desk.presses_data(f"1:review_agree:{call.ref}:0", card)
    assert alone["show_alert"] and "另一个人" in alone["text"]
    assert desk_2.heard == ["call.held", "call.review_proposed"] and on_duty.heard == ["call.review_proposed"]
    await on_duty.presses("不同意")
    assert desk.heard == ["call.review_returned"] and county.all(r.Event, kind="call.reviewed") == []
    await desk.presses(verdict, containing="重新定")
    await desk_2.presses("同意")
    assert county.one(r.Call).counts is counts and county.one(r.Call).breached_at == call.due_at
    assert "待核" not in liaison.card and ("不计" in liaison.card) is not counts
    late = await desk_2.presses_data(f"1:count_breach:{call.ref}:0", card)
    assert county.one(r.Call).counts is counts and "办过" in late["text"]
    (reviewed,) = county.events("call.reviewed")
    assert (reviewed.facts["first"], reviewed.by) == ("QL-desk-1", "QL-desk-2")
    assert desk_2.heard == ["call.review_returned", "call.review_proposed"] and on_duty.heard == [
        "call.review_proposed"
    ]
    left = [d.kind for d in county.all(r.Deadline, subject_id=call.id) if d.done_at is None]
    assert not {"call.remind", "call.breach", "call.escalate"} & set(left), "its window and ladder have ended"


@pytest.mark.scenario(21)
async def test_a_position_sent_in_time_while_we_were_away_is_in_time(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    liaison.ignores("call.reminded")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 12 * MINUTE)

    async with outage(county, until=call.opened_at + 17 * MINUTE) as at:
        at(call.opened_at + 14 * MINUTE)
        county.sandbox.world.send(liaison.chat_id, location=near(county, call))

    answered = county.one(r.Call)
    assert answered.state is CallState.ARRIVED
    said = answered.acknowledged_at
    assert abs(said - (call.opened_at + 14 * MINUTE)) < timedelta(seconds=1) and answered.arrived_at == said
    assert answered.late_seconds == 0 and answered.breached_at is None and answered.counts
    assert not county.events("call.breached", "call.held", "call.escalated")
    assert leader.heard == ["call.arrived"] and liaison.heard == ["call.opened", "call.reminded", "call.reminded"]


@pytest.mark.scenario(21)
async def test_a_position_sent_in_time_and_heard_late_lifts_the_breach(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    liaison.ignores(), leader.ignores("call.breached", "call.arrived"), county.others_may_hear("call.opened")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + 2 * MINUTE)
    assert county.one(r.Call).breached_at == call.due_at

    county.sandbox.now = lambda: call.due_at - MINUTE
    county.sandbox.world.send(liaison.chat_id, location=near(county, call))
    county.sandbox.now = lambda: county.app.clock.now()
    await county.settled()

    answered = county.one(r.Call)
    assert answered.state is CallState.ARRIVED and answered.breached_at is None and answered.late_seconds == 0
    assert len(county.events("call.lifted")) == len(county.events("call.breached")) == 1
    await county.forward(hours=1)
    assert not [e for e in county.events("call.escalated") if e.at > call.due_at + 2 * MINUTE]


@pytest.mark.scenario(18)
async def test_without_an_outage_a_late_press_counts_at_once(county: County) -> None:
    liaison = county.market.liaison_a
    liaison.ignores(), county.yunxi.leader.ignores("call.breached"), county.others_may_hear("call.opened")
    await blows(county, "市监局")
    await county.restart()
    await until(county, county.one(r.Call).due_at + MINUTE)

    await liaison.presses("签收")

    assert county.one(r.Call).counts and county.one(r.Call).breached_at
    assert county.all(r.Outage) == [] and not county.events("call.held")


@pytest.mark.scenario(44)
async def test_reminders_missed_while_we_were_away_become_one(county: County) -> None:
    liaison = county.market.liaison_a
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 4 * MINUTE)

    async with outage(county, until=call.opened_at + 11 * MINUTE):
        pass

    assert liaison.heard == ["call.opened", "call.reminded"]
    assert [e.facts["left"] for e in county.events("call.reminded")] == [5]
    outcomes = [d.outcome for d in county.all(r.Deadline, kind="call.remind")]
    assert outcomes == ["collapsed", "done", None] and county.one(r.Call).due_at == call.due_at
    await until(county, call.due_at - MINUTE)
    assert liaison.heard == ["call.reminded"]
    await liaison.presses("签收")
    assert county.one(r.Call).late_seconds == 0 and county.one(r.Call).counts


async def test_after_a_long_outage_the_breach_has_its_true_time_and_each_level_hears_once(county: County) -> None:
    market, office = county.market, county.office
    county.yunxi.leader.ignores("call.breached"), county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 4 * MINUTE)

    async with outage(county, until=call.opened_at + 40 * MINUTE):
        pass

    noted = county.one(r.Call)
    assert noted.breached_at == call.due_at and noted.noted_at == call.opened_at + 40 * MINUTE
    assert market.liaison_a.heard == ["call.opened", "call.breached"], "no reminder of a window that has ended"
    assert market.liaison_b.heard == ["call.opened"]
    assert market.head.heard == office.desk.heard == ["call.escalated"]
    assert {d.outcome for d in county.all(r.Deadline, kind="call.remind")} == {"collapsed"}


@pytest.mark.scenario(91)
async def test_a_second_poller_costs_no_update_and_doubles_none(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    for n in range(3):
        async with aiohttp.ClientSession() as other:
            url = f"{county.sandbox.url}/bot{county.sandbox.token}/getUpdates"
            async with other.post(url, json={"timeout": 0, "offset": None}) as answer:
                assert answer.status in (200, 409)
        county.sandbox.world.send(villager.chat_id, text=f"河口村集市上有人卖过期食品 {n}")
        await county.settled()

    assert len(county.all(r.TipItem)) == 3
    assert len({row.update_id for row in county.all(r.Inbox)}) == len(county.all(r.Inbox))
    assert villager.heard == ["tip.opened"]


@pytest.mark.scenario(97)
@pytest.mark.parametrize("county", ["webhook"], indirect=True)
@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}], ids=["none", "wrong"])
async def test_a_post_without_the_secret_is_refused_and_changes_nothing(
    county: County, headers: dict[str, str]
) -> None:
    before = len(county.all(r.Inbox))
    message = {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}, "text": "河口村有人占道"}
    forged = orjson.dumps({"update_id": 99_000_001, "message": message})

    async with (
        aiohttp.ClientSession() as session,
        session.post(str(county.app.settings.webhook_url), data=forged, headers=headers) as answer,
    ):
        assert answer.status == 403

    await county.settled()
    assert len(county.all(r.Inbox)) == before and county.all(r.Tip) == []
