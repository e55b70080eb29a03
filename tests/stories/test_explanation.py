"""说明情况: the breach stays; two people decide whether it counts; nobody signs twice, and the supervisor watches the share."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.county import County
from tests.stories.walks import blows, button, until
from workflows import records as r
from workflows.states import ExplanationState

LOCAL = ZoneInfo("Asia/Shanghai")


async def late(county: County) -> r.Call:
    """The market office was late; A has signed and was reminded of it."""
    county.others_may_hear("call.escalated", "call.opened", "explanation.given", "explanation.proposed")
    market, leader = county.market, county.yunxi.leader
    leader.ignores("call.breached"), market.liaison_b.ignores("call.opened")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.due_at + timedelta(minutes=1))
    await market.liaison_a.presses("签收")
    await leader.presses("已到", on=county.group)
    assert market.liaison_a.heard[-1] == "call.breached"
    return county.one(r.Call)


async def explains(county: County, why: str = "没有信号") -> r.Explanation:
    await county.market.liaison_a.presses("说明情况")
    await county.market.liaison_a.presses(why)
    county.office.desk_2.ignores("explanation.given")
    await county.forward(seconds=5)  # edits wait their turn
    assert county.office.desk.heard == ["explanation.given"]
    return county.one(r.Explanation)


@pytest.mark.parametrize(("verdict", "counts"), [("不计", False), ("认定超时", True)])
async def test_two_people_decide_and_the_breach_stays(county: County, verdict: str, counts: bool) -> None:
    liaison, office = county.market.liaison_a, county.office
    call = await late(county)

    given = await explains(county)
    assert given.reason == "no_signal" and "没有信号（待核定）" in liaison.card and "没有信号" in county.group.card
    await office.desk.presses(verdict)
    assert office.desk_2.heard[-1] == "explanation.proposed" and office.leader_on_duty.heard == ["explanation.proposed"]
    assert county.one(r.Call).counts, "one signature decides nothing"
    await office.desk_2.presses("同意")

    settled, decided = county.one(r.Call), county.one(r.Explanation)
    assert settled.counts is counts and settled.breached_at == call.breached_at and settled.late_seconds > 0
    assert (decided.proposed_by, decided.decided_by) == ("QL-desk-1", "QL-desk-2")
    await county.forward(seconds=5)
    assert liaison.heard == [f"explanation.{'rejected' if counts else 'accepted'}"]
    assert ("认定超时" if counts else "不计") in county.group.card
    left = [d for d in county.all(r.Deadline, subject_id=given.id) if d.done_at is None]
    assert left == []


async def test_nobody_signs_twice_and_only_the_county_signs(county: County) -> None:
    liaison, office, leader = county.market.liaison_a, county.office, county.yunxi.leader
    await late(county)
    given = await explains(county)
    for stranger in (liaison, leader, county.villager()):
        for verb in ("explain_waives", "explain_stands", "agree", "disagree"):
            toast = await stranger.presses_data(f"1:{verb}:{given.ref}:0", 1)
            assert toast["show_alert"], verb
    waive, message = button(county, office.desk, "不计")
    await office.desk.presses_data(waive, message)

    same = await office.desk.presses_data(f"1:agree:{given.ref}:0", message)
    again = await office.desk_2.presses_data(f"1:explain_stands:{given.ref}:0", message)

    assert same["show_alert"] and "另一个人" in same["text"]
    assert "县指挥中心1号席" in again["text"]
    assert county.one(r.Explanation).state is ExplanationState.PROPOSED and county.one(r.Call).counts
    office.desk_2.ignores(), office.leader_on_duty.ignores()


async def test_the_second_one_may_disagree_and_the_desk_decides_anew(county: County) -> None:
    liaison, office = county.market.liaison_a, county.office
    await late(county)
    await explains(county)
    await office.desk.presses("不计")
    assert office.leader_on_duty.heard == ["explanation.proposed"]
    office.desk_2.ignores()

    await office.leader_on_duty.presses("不同意")

    assert office.desk.heard == ["explanation.returned"] and county.one(r.Call).counts
    await office.desk.presses("认定超时")
    await office.leader_on_duty.presses("同意")
    assert county.one(r.Explanation).state is ExplanationState.REJECTED
    assert liaison.heard == ["explanation.rejected"] and office.leader_on_duty.heard == ["explanation.proposed"]


async def test_a_breach_is_explained_once_within_a_day_and_by_the_unit_alone(county: County) -> None:
    liaison, ecology = county.market.liaison_a, county.ecology.liaison_a
    county.yunxi.leader.ignores()
    call = await late(county)
    data, message = button(county, liaison, "说明情况")

    foreign = await ecology.presses_data(data, message)
    desk = await county.office.desk.presses_data(data, message)
    assert foreign["show_alert"] and desk["show_alert"]
    await explains(county)
    twice = await liaison.presses_data(data, message)
    assert "市监局A岗" in twice["text"] and len(county.all(r.Explanation)) == 1
    assert call.breached_at


async def test_after_a_day_it_is_too_late_to_explain(county: County) -> None:
    liaison = county.market.liaison_a
    county.yunxi.leader.ignores(), liaison.ignores()
    call = await late(county)
    data, message = button(county, liaison, "说明情况")
    county.others_may_hear("shift.ended", "shift.unclaimed")
    await until(county, call.noted_at + timedelta(hours=24, seconds=1))

    toast = await liaison.presses_data(data, message)

    assert "24小时" in toast["text"] and county.all(r.Explanation) == []


async def test_who_was_in_time_has_nothing_to_explain(county: County) -> None:
    liaison = county.market.liaison_a
    liaison.ignores()
    await blows(county, "市监局")
    await liaison.presses("签收")

    toast = await liaison.presses_data(f"1:explain:{county.one(r.Call).ref}:0", 1)

    assert toast["show_alert"] and county.all(r.Explanation) == []


async def test_undecided_after_three_working_days_desk_and_leader_are_asked(county: County) -> None:
    office = county.office
    (
        county.others_may_hear("explanation.overdue", "shift.unclaimed"),
        county.market.liaison_a.ignores(),
        county.market.liaison_b.ignores(),
    )
    county.yunxi.leader.ignores(), office.desk_2.ignores()
    await late(county)
    given = await explains(county)
    assert given.due_at.astimezone(LOCAL).date() == date(2026, 11, 5), "Monday and three working days"
    await county.yunxi.leader.presses("撤哨", on=county.group)

    await until(county, given.due_at)

    for one in (office.desk, office.leader_on_duty):
        assert [name for name in one.heard if name.startswith("explanation.")] == ["explanation.overdue"]
    await office.leader_on_duty.presses("不计")
    await office.desk.presses("同意")
    assert county.one(r.Explanation).state is ExplanationState.ACCEPTED, "the leader on duty may sign first too"
    office.desk.ignores(), office.leader_on_duty.ignores()


async def test_a_unit_that_is_often_let_off_is_told_to_the_supervisor_once_a_month(county: County) -> None:
    supervisor, office = county._seat("QL-supervisor-1"), county.office
    county.market.liaison_a.ignores(), office.desk_2.ignores(), office.leader_on_duty.ignores()
    await late(county)
    given = await explains(county)

    def four_more(work, call_id):
        call = work.get(r.Call, call_id)
        for number in range(4):
            other = {n: getattr(call, n) for n in r.Call.model_fields if n not in ("id", "ref", "number", "state")}
            work.add(r.Call(**other, number=f"x-{number}", state="closed"))

    await county.app.store.decide(four_more, given.call_id)
    await office.desk.presses("不计")
    await office.desk_2.presses("同意")
    assert supervisor.heard == [], "one of five is a fifth, not more"
    for number in range(2):
        other = county.one(r.Call, number=f"x-{number}")

        def explain(work, call_id):
            from workflows import explanation

            call = work.get(r.Call, call_id)
            found = explanation.give(work, call, work.person("SJ-1"), "phoned")
            explanation.propose(work, found, work.person("QL-desk-1"), False)
            explanation.agree(work, found, work.person("QL-desk-2"))

        await county.app.store.decide(explain, other.id)
        await county.settled()
    office.desk.ignores()
    await county.forward(seconds=5)

    assert supervisor.heard == ["explanation.piled_up"]
    assert "超时5次" in supervisor.last and "不计的2次" in supervisor.last
    forget = [one.id for one in county.all(r.Call) if one.number.startswith("x-")]

    def remove(work):
        for one in forget:
            work.session.delete(work.get(r.Call, one))

    await county.app.store.decide(remove)  # they were made without a log
