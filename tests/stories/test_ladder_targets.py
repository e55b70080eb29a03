"""Whom a step names: a duty, a seat, a rota, the group of a unit; and a department's own windows and ladders."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.county_files import SAMPLE, CountyError, load_county
from tests.county import County
from tests.stories.duty import has_rota
from tests.stories.walks import blows, rules, timeline, until
from workflows import records as r
from workflows.policy import Urgency


def _minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


def ladder(*steps: dict[str, Any], unit: str = "SJ", **more: Any):
    """A change of the policy: this unit has a 普通 ladder of its own."""

    def change(version: dict[str, Any]) -> None:
        county = version["call"]["normal"]
        version["call"]["units"] = {unit: {"normal": {**county, **more, "ladder": list(steps)}}}

    return change


@pytest.mark.scenario(9)
async def test_steps_with_gaps_in_their_numbers_run_in_their_order(county: County) -> None:
    leader, market = county.yunxi.leader, county.market
    leader.ignores("call.breached"), market.liaison_a.ignores(), county.others_may_hear("call.escalated")
    await rules(
        county,
        ladder(
            {"no": 1, "after_minutes": 0, "who": "post_b"},
            {"no": 3, "after_minutes": 4, "who": "department_head"},
            {"no": 7, "after_minutes": 6, "who": "desk"},
        ),
    )
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.due_at + _minutes(16))

    assert [(who, at) for kind, who, at in timeline(county, call, since=call.due_at) if kind == "call.escalated"] == [
        ("post_b", _minutes(0)),
        ("department_head", _minutes(4)),
        ("desk", _minutes(6)),
        ("desk", _minutes(16)),
    ]
    assert market.liaison_b.heard == ["call.opened"] and market.head.heard == ["call.escalated"]
    county.office.desk.ignores(), county.office.desk_2.ignores()


async def test_a_step_names_a_person_and_a_chat_and_the_leader_reads_whom(county: County) -> None:
    leader, market, traffic = county.yunxi.leader, county.market, county.traffic
    market.liaison_a.ignores(), county.group.ignores("call.escalated")
    await rules(
        county,
        ladder(
            {"after_minutes": 0, "person": "SJ-2"},
            {"after_minutes": 1, "person": "JJ-H"},
            {"after_minutes": 2, "chat": "QL01S"},
            {"after_minutes": 3, "chat": "SJ"},
            {"after_minutes": 3, "who": "desk"},
        ),
    )
    county.others_may_hear("call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.due_at + _minutes(3))

    assert leader.heard == ["call.breached"]
    assert "市监局B岗" in leader.last and "大队工作群" in leader.last and "市监局工作群" in leader.last
    assert market.liaison_b.heard == ["call.opened"]  # may answer: gets the call itself
    assert traffic.head.heard == ["call.escalated"]  # may not: is told
    assert county.group.heard[-1] == "call.escalated"
    reached = {e.facts["who"]: (e.facts["reached"], e.at - call.due_at) for e in county.events("call.escalated")}
    assert reached["chat:SJ"] == (0, _minutes(3)) and reached["desk"][1] == _minutes(3)  # nobody there: runs on at once
    await market.liaison_b.presses("签收")
    assert county.one(r.Call).acknowledged_by == "SJ-2"


TOMORROW = date(2026, 11, 3)


@pytest.mark.scenario(7)
async def test_a_step_names_a_rota_and_reaches_whoever_is_on_duty_by_it_now(county: County) -> None:
    market, traffic = county.market, county.traffic
    county.yunxi.leader.ignores("call.breached"), market.liaison_a.ignores()
    await has_rota(county, ["SJ-2", "JJ-1"], rota_id="night", role="", post="", name="夜间值守")
    await has_rota(county, rota_id="empty", role="", post="", name="没有人的班")
    await has_rota(county, ["SJ-2"], rota_id="later", role="", post="", name="明天才开始的班", first_day=TOMORROW)
    await rules(
        county,
        ladder(
            {"after_minutes": 0, "rota": "nowhere"},
            {"after_minutes": 1, "rota": "empty"},
            {"after_minutes": 2, "rota": "later"},
            {"after_minutes": 5, "rota": "night"},
            {"after_minutes": 9, "who": "department_head"},
        ),
    )
    for one in (market.liaison_b, traffic.liaison_a):
        one.ignores("duty.began", "rota.saved", "duty.handed_over", "rota.joined")
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.due_at)

    reached = [(e.facts["who"], e.facts["reached"], e.at) for e in county.events("call.escalated")]
    assert reached == [
        ("rota:nowhere", 0, call.due_at),
        ("rota:empty", 0, call.due_at),
        ("rota:later", 0, call.due_at),
        ("rota:night", 2, call.due_at),
    ]  # nobody there: runs on at once
    assert [n for n in market.liaison_b.heard if n.startswith("call.")] == ["call.opened"]
    assert [n for n in traffic.liaison_a.heard if n.startswith("call.")] == ["call.escalated"]
    await market.liaison_b.presses("签收")
    assert county.one(r.Call).acknowledged_by == "SJ-2" and market.head.heard == []


async def test_a_step_of_a_person_off_duty_runs_on_at_once(county: County) -> None:
    market = county.market
    county.yunxi.leader.ignores("call.breached"), market.liaison_a.ignores()
    await rules(county, ladder({"after_minutes": 0, "person": "SJ-2"}, {"after_minutes": 9, "who": "department_head"}))
    await market.liaison_b.says("/offduty")
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.due_at)

    assert market.head.heard == ["call.escalated"] and market.liaison_b.heard == []


async def test_a_department_has_its_own_window_and_its_station_the_same(county: County) -> None:
    change = ladder({"after_minutes": 0, "who": "desk"}, window_minutes=20, remind_at=[10])
    await rules(county, change)
    county.others_may_hear("call.opened"), county.market.liaison_a.ignores()

    await blows(county, "市监局", "交警")
    await blows(county, "市监所")

    windows = {c.unit_id: c.due_at - c.opened_at for c in county.all(r.Call)}
    assert windows == {"SJ": _minutes(20), "JJ": _minutes(15), "QL01-SJ": _minutes(20)}
    assert {c.unit_id: c.window["rule"] for c in county.all(r.Call)} == {
        "SJ": "SJ.normal",
        "JJ": "normal",
        "QL01-SJ": "SJ.normal",
    }


def test_a_unit_writes_only_what_is_different(tmp_path: Path) -> None:
    policy = _county(tmp_path, "units: {SJ: {normal: {window_minutes: 20}}, QL01-SJ: {urgent: {remind_at: [5]}}}")
    version = policy.versions[-1]

    own = version.call_window(Urgency.NORMAL, "QL01-SJ", "SJ")
    assert own.window_minutes == 20 and own.ladder == version.call.normal.ladder
    assert version.call_rule(Urgency.URGENT, "QL01-SJ", "SJ")[0] == "QL01-SJ.urgent"
    assert version.call_rule(Urgency.URGENT, "SJ")[0] == "urgent"


def test_a_step_may_name_a_rota_that_is_made_in_the_chat(tmp_path: Path) -> None:
    policy = _county(tmp_path, "units: {SJ: {normal: {ladder: [{after_minutes: 0, rota: SJ-liaison-duty_room}]}}}")

    assert policy.versions[-1].call_window(Urgency.NORMAL, "SJ").ladder[0].who == "rota:SJ-liaison-duty_room"


@pytest.mark.parametrize(
    ("written", "rule", "field"),
    [
        ("units: {SJ: {normal: {window_minutes: 5}}}", "remind_outside_window", None),
        ("units: {ZZ: {normal: {window_minutes: 20}}}", "unknown", "units"),
        ("units: {QL01S: {normal: {window_minutes: 20}}}", "unknown", "units"),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, person: NOBODY}]}}}", "unknown", "person"),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, chat: NOWHERE}]}}}", "unknown", "chat"),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, rota: sj-nite}]}}}", "unknown", "rota"),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, rota: SJ-liaison-C}]}}}", "unknown", "rota"),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, who: boss}]}}}", "choice", None),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0, who: desk, chat: SJ}]}}}", "one_target", None),
        ("units: {SJ: {normal: {ladder: [{after_minutes: 0}]}}}", "one_target", None),
        (
            "units: {SJ: {normal: {ladder: [{no: 3, after_minutes: 0, who: desk}, {no: 3, after_minutes: 1, who: desk}]}}}",
            "not_rising",
            None,
        ),
        ("units: {SJ: {soon: {window_minutes: 20}}}", "extra_forbidden", None),
    ],
)
def test_a_mistake_in_a_units_entry_is_found_at_its_line(
    tmp_path: Path, written: str, rule: str, field: str | None
) -> None:
    with pytest.raises(CountyError) as caught:
        _county(tmp_path, written)

    (problem,) = caught.value.problems
    line = (tmp_path / "county" / "policy.yaml").read_text("utf-8").splitlines()[problem.line - 1]
    assert (problem.path, problem.rule) == ("policy.yaml", rule), problem
    assert written in line
    assert field is None or problem.facts["field"] == field


def _county(folder: Path, units: str) -> Any:
    """The sample county with this line in its policy."""
    import shutil

    shutil.copytree(SAMPLE, folder / "county")
    path = folder / "county" / "policy.yaml"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("      dispute_ruling_minutes: 10\n", f"      {units}\n      dispute_ruling_minutes: 10\n"),
        "utf-8",
    )
    return load_county(folder / "county").policy
