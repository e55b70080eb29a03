"""Before the whistle: the same matter twice, too many open, the fourth of a day, the desk's word, seasons, 1/3/15."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.county_files import SAMPLE, CountyError, load_county
from tests.county import County, Person
from tests.stories.walks import FOOD, blows, button, nobody_is_paged, rules, tip_taken, until
from workflows import records as r
from workflows.policy import Season
from workflows.states import CallState, WhistleState

MATTERS = ("交警 河口村桥头货车占道", "环保局 石桥村桥头排污", "水利局 大坪村河里采砂", "林业局 河口村山上砍树")


async def asks(county: County, line: str, leader: Person | None = None) -> Person:
    """The whistle screen for a matter that the squad saw itself."""
    leader = leader or county.yunxi.leader
    county.group.ignores("tip.submitted", "whistle.opened")
    await leader.says(f"/whistle {line}")
    await leader.presses("新的一件")
    return leader


async def ordinary(county: County, count: int) -> None:
    """So many ordinary whistles today, each for a matter of its own."""
    for n in range(count):
        leader = await asks(county, MATTERS[n % len(MATTERS)])
        await leader.presses("叫")
        if n >= 3:
            county.yunxi.township_leader.ignores("whistle.asked"), leader.ignores("whistle.decided")
            await county.yunxi.township_leader.presses("同意")


# ── the ordinary case ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_ordinary_whistle_is_two_taps_with_the_station_called(county: County) -> None:
    await tip_taken(county, FOOD)
    leader, station = county.yunxi.leader, county._seat("QL01-SJ-A")
    county.group.ignores("whistle.opened")

    await leader.presses("吹哨", on=county.group)
    await leader.presses("叫", on=county.group)

    assert station.heard == ["call.opened"] and county.one(r.Call).state is CallState.OPEN


# ── the same matter in the same place ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(4)
async def test_the_same_matter_whistled_already_offers_its_card_and_a_forced_one_is_logged(county: County) -> None:
    deputy, traffic = county.yunxi.deputy, county.traffic
    await blows(county, "市监局")
    county.market.liaison_a.ignores()
    first = county.one(r.Whistle)
    number = county.one(r.Case, id=first.case_id).number

    await asks(county, "交警 河口集市占道经营", deputy)
    assert f"已经吹过哨：{number}" in deputy.last and "云溪镇队长" in deputy.last
    assert deputy.buttons[:2] == ["看那一件", "仍要另叫"]
    await deputy.presses("看那一件")
    assert f"{number} 吹哨" in deputy.last and "市监局" in deputy.last
    assert len(county.all(r.Whistle)) == 1

    await deputy.presses("仍要另叫")
    second = max(county.all(r.Whistle), key=lambda w: w.opened_at)
    opened = [e.facts.get("beside") for e in county.events("whistle.opened")]
    assert second.id != first.id and second.blown_by == "QL01S-2" and opened == [None, number]
    assert traffic.liaison_a.heard == ["call.opened"]
    deputy.ignores("whistle.opened")


@pytest.mark.scenario(4)
async def test_one_that_was_blown_while_the_screen_stood_open_is_shown_first(county: County) -> None:
    leader, deputy = county.yunxi.leader, county.yunxi.deputy
    county.others_may_hear("call.opened")
    await asks(county, "交警 河口集市占道经营", deputy)
    assert deputy.buttons[0] == "叫"
    call, message = button(county, deputy, "叫")
    await blows(county, "市监局")

    await deputy.presses_data(call, message)

    assert len(county.all(r.Whistle)) == 1
    assert "刚吹过哨" in deputy.toast["text"] and deputy.buttons[1] == "仍要另叫"
    await leader.presses("撤哨", on=county.group)
    county.others_may_hear("call.opened", "call.stood_down")
    await deputy.presses_data(call, message)
    assert [w.state for w in county.all(r.Whistle)].count(WhistleState.OPEN) == 1


async def test_another_place_or_another_matter_is_not_the_same(county: County) -> None:
    county.others_may_hear("call.opened")
    await blows(county, "市监局")

    for line in ("交警 石桥村集市占道经营", "环保局 河口村桥头排污", "环保局"):
        leader = await asks(county, line)
        assert "叫" in leader.buttons and "仍要另叫" not in leader.buttons


# ── too many ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(8)
async def test_a_township_with_too_many_open_is_told_how_many_and_the_open_ones_still_escalate(county: County) -> None:
    def limit(version: dict[str, Any]) -> None:
        version["whistle"]["open_normal_per_township"] = 2

    await rules(county, limit)
    leader, traffic = county.yunxi.leader, county.traffic
    leader.ignores("call.breached"), county.others_may_hear("*")
    await ordinary(county, 2)
    first = min(county.all(r.Call), key=lambda c: c.opened_at)

    await asks(county, MATTERS[2])
    await leader.presses("叫")

    assert "还有2件普通哨" in leader.toast["text"] and "上限是2件" in leader.toast["text"]
    assert len(county.all(r.Whistle)) == 2
    await leader.presses("改成特急")
    await leader.presses("叫")
    assert len(county.all(r.Whistle)) == 3  # 特急 is not counted
    await until(county, first.due_at + timedelta(minutes=3))
    assert traffic.head.heard == ["call.escalated"] and county.one(r.Call, id=first.id).breached_at == first.due_at
    await asks(county, MATTERS[3])
    await leader.presses("叫")
    assert "还有2件普通哨" in leader.toast["text"]
    await leader.presses("撤哨", on=county.group)
    traffic.liaison_a.ignores(), traffic.liaison_b.ignores(), traffic.duty_room.ignores()


# ── the fourth of a day ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_fourth_of_a_day_waits_for_the_township_leaders_word(county: County) -> None:
    leader, approver = county.yunxi.leader, county.yunxi.township_leader
    county.others_may_hear("call.opened", "call.reminded")
    await ordinary(county, 3)
    assert approver.heard == []

    await asks(county, MATTERS[3])
    assert "先请镇分管领导点头" in leader.last
    await leader.presses("叫")

    assert len(county.all(r.Whistle)) == 3 and "已问镇分管领导" in leader.last
    assert approver.heard == ["whistle.asked"] and "林业局" in approver.last
    await approver.presses("同意")
    fourth = max(county.all(r.Whistle), key=lambda w: w.opened_at)
    assert len(county.all(r.Whistle)) == 4 and fourth.blown_by == "QL01S-1"
    assert county.events("whistle.opened")[-1].facts["word"] == "QL01-L"
    assert leader.heard == ["whistle.decided"] and "云溪镇分管领导同意了" in leader.last
    await county.forward(minutes=11)
    assert len(county.all(r.Whistle)) == 4 and leader.heard == []


async def test_an_urgent_one_needs_nobodys_word_and_the_next_day_begins_anew(county: County) -> None:
    leader = county.yunxi.leader
    county.others_may_hear("*"), leader.ignores()
    await ordinary(county, 3)

    await asks(county, MATTERS[3])
    await leader.presses("改成特急")
    assert "先请镇分管领导" not in leader.last
    await leader.presses("叫")
    assert len(county.all(r.Whistle)) == 4
    await nobody_is_paged(county)
    await county.forward(hours=24)
    await asks(county, "交警 石桥村货车占道")
    assert "先请镇分管领导" not in leader.last


async def test_no_means_not_now_and_only_the_asked_may_say_so_once(county: County) -> None:
    leader, approver, other = county.yunxi.leader, county.yunxi.township_leader, county._seat("QL02-L")
    county.others_may_hear("call.opened", "call.reminded")
    await ordinary(county, 3)
    await asks(county, MATTERS[3])
    call, screen = button(county, leader, "叫")
    await leader.presses("叫")
    assert approver.heard == ["whistle.asked"]
    yes, message = button(county, approver, "同意")

    await leader.presses_data(call, screen)
    assert "已经办过" in leader.toast["text"]
    for person in (leader, other):
        await person.presses_data(yes, message)
        assert "没有改动" in person.toast["text"]
    await approver.presses("先不叫")
    await approver.presses_data(yes, message)

    assert "已经过去" in approver.toast["text"]
    assert len(county.all(r.Whistle)) == 3
    assert leader.heard == ["whistle.decided"] and "先不叫" in leader.last
    await county.forward(minutes=11)
    assert len(county.all(r.Whistle)) == 3


async def test_without_a_word_in_ten_minutes_it_is_blown_and_marked(county: County) -> None:
    leader, approver = county.yunxi.leader, county.yunxi.township_leader
    county.others_may_hear("call.opened", "call.reminded"), county.traffic.liaison_a.ignores()
    await ordinary(county, 3)
    await asks(county, MATTERS[3])
    await leader.presses("叫")
    assert approver.heard == ["whistle.asked"]
    yes, message = button(county, approver, "同意")

    await county.restart()
    await county.forward(minutes=10)

    assert len(county.all(r.Whistle)) == 4
    assert county.events("whistle.opened")[-1].facts["unconfirmed"] == "no_word"
    assert leader.heard == ["whistle.decided"] and "没有等到回话" in leader.last
    await approver.presses_data(yes, message)
    assert "已经过去" in approver.toast["text"] and len(county.all(r.Whistle)) == 4


async def test_with_nobody_to_ask_it_is_blown_at_once_and_marked(county: County) -> None:
    county.others_may_hear("call.opened")
    await county.yunxi.township_leader.says("/offduty")
    await ordinary(county, 3)
    leader = await asks(county, MATTERS[3])

    await leader.presses("叫")

    assert len(county.all(r.Whistle)) == 4
    assert county.events("whistle.opened")[-1].facts["unconfirmed"] == "nobody"


async def test_a_matter_that_ended_meanwhile_is_not_blown(county: County) -> None:
    leader, approver = county.yunxi.leader, county.yunxi.township_leader
    county.others_may_hear("*"), leader.ignores(), approver.ignores()
    villager, _ = await tip_taken(county, FOOD)
    villager.ignores()
    await ordinary(county, 3)
    await leader.presses("吹哨", on=county.group, containing="过期")
    await leader.presses("叫", on=county.group)
    assert len(county.all(r.Whistle)) == 3
    await leader.presses("结案", on=county.group, containing="过期")
    await leader.presses("不属实", on=county.group)

    await county.forward(minutes=11)

    assert len(county.all(r.Whistle)) == 3 and not county.all(r.Draft, kind="whistle", done_at=None)


# ── by the desk ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_county_may_have_ordinary_whistles_go_by_its_desk(county: County) -> None:
    await rules(county, lambda version: version["whistle"].update(via_desk=["normal"]))
    leader, desk, traffic = county.yunxi.leader, county.office.desk, county.traffic
    county.others_may_hear("whistle.asked")
    await asks(county, MATTERS[0])
    assert "先经县指挥中心" in leader.last
    await leader.presses("叫")
    assert desk.heard == ["whistle.asked"] and traffic.liaison_a.heard == []

    await desk.presses("同意")

    assert traffic.liaison_a.heard == ["call.opened"]
    assert leader.heard == ["whistle.decided"]
    await asks(county, MATTERS[1])
    await leader.presses("改成特急")
    await leader.presses("叫")
    assert len(county.all(r.Whistle)) == 2  # 特急 goes directly
    county.others_may_hear("whistle.asked", "call.opened")


async def test_the_desk_that_is_asked_may_send_another_unit(county: County) -> None:
    await rules(county, lambda version: version["whistle"].update(via_desk=["normal"]))
    leader, desk, traffic, urban = county.yunxi.leader, county.office.desk, county.traffic, county.urban
    county.others_may_hear("whistle.asked")
    await asks(county, MATTERS[0])
    await leader.presses("叫")
    assert desk.heard == ["whistle.asked"] and county.one(r.Draft, kind="whistle").facts["units"] == ["JJ"]
    ref = county.one(r.Draft, kind="whistle").ref
    foreign = await leader.presses_data(f"1:redirect.CG:{ref}:0", 1)
    assert foreign and foreign["show_alert"] and county.all(r.Whistle) == []

    await desk.presses("改派")
    assert "交警" not in desk.buttons
    await desk.presses("综执局")

    assert [c.unit_id for c in county.all(r.Call)] == ["CG"]
    assert urban.liaison_a.heard == ["call.opened"] and traffic.liaison_a.heard == []
    assert leader.heard == ["whistle.decided"] and "改派了" in leader.last and "没有叫交警" in leader.last
    whistle = county.one(r.Whistle)
    assert whistle.blown_by == "QL01S-1" and county.events("whistle.opened")[0].facts["word"] == "QL-desk-1"
    again = await desk.presses_data(f"1:redirect.HB:{ref}:0", 1)
    assert again and len(county.all(r.Call)) == 1


# ── seasons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_in_season_a_matter_is_urgent_by_itself_and_the_screen_says_why(county: County) -> None:
    leader = county.yunxi.leader
    county.others_may_hear("call.opened")
    await asks(county, "林业局 河口村有人上山野外用火")  # November: forest fire season
    assert county.one(r.Tip).matter_code == "LY001"

    assert "🔴 特急" in leader.last and "森林防火期，按特急叫" in leader.last
    await leader.presses("叫")

    assert county.one(r.Whistle).urgency == "urgent"
    assert county.events("whistle.opened")[0].facts["season"] == "forest_fire"


async def test_the_leader_may_lower_it_and_out_of_season_it_is_ordinary(county: County) -> None:
    leader = county.yunxi.leader
    county.others_may_hear("call.opened")
    await asks(county, "林业局 河口村有人上山野外用火")
    await leader.presses("改成普通")
    assert "防火期" not in leader.last
    await leader.presses("叫")
    assert county.one(r.Whistle).urgency == "normal" and "season" not in county.events("whistle.opened")[0].facts

    await asks(county, "农业局 石桥村有人露天烧秸秆")
    assert "特急叫" not in leader.last and "改成特急" in leader.buttons


@pytest.mark.parametrize(
    ("begins", "ends", "inside", "outside"),
    [("05-15", "06-20", "2026-05-15", "2026-06-21"), ("11-01", "04-30", "2027-02-28", "2026-05-01")],
)
def test_a_season_may_go_over_the_new_year(begins: str, ends: str, inside: str, outside: str) -> None:
    from datetime import date

    season = Season.model_validate(
        {"id": "x", "label": "某期", "label_en": "some season", "matters": ["*"], "from": begins, "to": ends}
    )

    assert season.holds(date.fromisoformat(inside)) and not season.holds(date.fromisoformat(outside))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("matters: [\"NY002\"], from: '05-15'", "matters: [\"ZZ999\"], from: '05-15'", "season_nothing"),
        ("from: '05-15'", "from: '05-35'", "month_day"),
        ('matters: [GA001, "YJ*", "XF*"]', 'matters: ["QQ*"]', "season_nothing"),
        ("sign_minutes: 1, leave_minutes: 3", "sign_minutes: 3, leave_minutes: 3", "not_rising"),
        ("via_desk: []", "via_desk: [soon]", "choice"),
    ],
)
def test_a_mistake_in_a_season_is_found_at_its_line(tmp_path: Path, old: str, new: str, rule: str) -> None:
    shutil.copytree(SAMPLE, tmp_path / "county")
    path = tmp_path / "county" / "policy.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")

    with pytest.raises(CountyError) as caught:
        load_county(tmp_path / "county")

    (problem,) = caught.value.problems
    assert problem.rule == rule and new in path.read_text("utf-8").splitlines()[problem.line - 1]


# ── 1/3/15 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def swift(version: dict[str, Any]) -> None:
    version["call"]["swift"] |= {"on": True, "matters": ["*"]}


async def test_where_the_switch_is_on_a_station_signs_leaves_and_arrives_in_1_3_and_15(county: County) -> None:
    await rules(county, swift)
    first, leader = county._seat("QL01-SJ-A"), county.yunxi.leader
    county.others_may_hear("call.opened", "call.not_left"), county._seat("QL01-SJ-B").ignores()
    leader.ignores("tip.reminded")

    await asks(county, "市监所 河口村卖过期食品")
    await leader.presses("改成特急")
    assert "1分钟签收、3分钟出动、15分钟到场" in leader.last
    await leader.presses("叫")

    call = county.one(r.Call)
    assert call.due_at - call.opened_at == timedelta(minutes=1)
    await first.presses("签收")
    assert county.one(r.Call).late_seconds == 0 and "几点能到" not in first.last
    await until(county, call.opened_at + timedelta(minutes=3))
    assert first.heard == ["call.opened", "call.not_left"] and leader.heard == ["call.not_left"]
    assert "该动身了" in first.last and "还没出动" in leader.last
    await first.presses("出动", containing="该动身了")
    by = county.one(r.Call).window["promise"]["at"]
    assert by == (call.opened_at + timedelta(minutes=15)).isoformat()
    await until(county, call.opened_at + timedelta(minutes=20))
    assert first.heard == ["call.progress_asked"]
    county.others_may_hear("call.opened", "call.not_left", "call.progress_asked")


async def test_1_3_and_15_kept_is_in_time_three_times_over_and_nobody_is_asked_anything(county: County) -> None:
    await rules(county, swift)
    first, leader = county._seat("QL01-SJ-A"), county.yunxi.leader
    county.others_may_hear("call.opened"), county._seat("QL01-SJ-B").ignores(), leader.ignores("tip.reminded")

    await blows(county, "市监所", urgent=True)
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(seconds=40))
    await first.presses("签收")
    await until(county, call.opened_at + timedelta(minutes=2, seconds=30))
    await first.presses("出动")
    await until(county, call.opened_at + timedelta(minutes=14))
    await first.presses("到场")
    await leader.presses("已到", on=county.group)
    await first.presses("反馈")
    await first.presses("不属实")
    await county.forward(minutes=30)

    done = county.one(r.Call)
    stamps = (done.acknowledged_at, done.departed_at, done.arrived_at)
    limits = [timedelta(minutes=minutes) for minutes in (1, 3, 15)]
    assert all(at - call.opened_at <= limit for at, limit in zip(stamps, limits, strict=True))
    assert done.arrived_at <= datetime.fromisoformat(done.window["promise"]["at"]) == call.opened_at + limits[2]
    assert (done.state, done.arrival) == (CallState.REPORTED, "leader")
    assert done.breached_at is None and done.late_seconds == 0
    assert first.heard == ["call.opened"] and leader.heard == ["call.arrived", "call.reported"]
    asked = ("call.not_left", "call.progress_asked", "call.breached", "call.escalated", "call.promise_asked")
    assert county.events(*asked) == []
    assert [d for d in county.all(r.Deadline, subject_id=call.id) if d.done_at is None] == []


async def test_silence_breaches_after_one_minute_and_the_ladder_goes_on(county: County) -> None:
    await rules(county, swift)
    county.others_may_hear("*"), county.yunxi.leader.ignores()

    await blows(county, "市监所", urgent=True)

    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=1))
    assert county.one(r.Call).breached_at == call.opened_at + timedelta(minutes=1)
    assert county.office.desk.heard == ["call.escalated"]


@pytest.mark.parametrize(("units", "urgent"), [("市监局", True), ("市监所", False)])
async def test_departments_and_ordinary_whistles_keep_their_windows(county: County, units: str, urgent: bool) -> None:
    await rules(county, swift)
    county.others_may_hear("call.opened")

    await blows(county, units, urgent=urgent)

    call = county.one(r.Call)
    assert call.due_at - call.opened_at == timedelta(minutes=15) and "leave_minutes" not in call.window


async def test_the_switch_is_off_by_default(county: County) -> None:
    county.others_may_hear("call.opened")

    await blows(county, "市监所", urgent=True)

    call = county.one(r.Call)
    assert call.due_at - call.opened_at == timedelta(minutes=15)
    assert call.window["rule"] == "urgent"
