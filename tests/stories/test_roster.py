"""How people join and leave: one-time invitations, slash menus, on and off duty; strangers are refused kindly and logged."""

import asyncio
import json
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.county import County, Person
from tests.stories.walks import blows
from workflows import records as r
from workflows.states import InvitationState

NEWCOMER = 6_200_000_000_001


async def _console(county: County, *words: str) -> tuple[int, str, str]:
    """`whistle …` as a process of its own beside the running bot, on the same database."""
    settings = county.settings()
    env = {
        "WHISTLE_BOT_TOKEN": settings.token,
        "WHISTLE_VAULT_KEY": settings.vault_key.get_secret_value(),
        "WHISTLE_API_URL": str(settings.api_url),
        "WHISTLE_DATABASE_URL": settings.database_url,
        "PYTHONPATH": ".",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def _invite(county: County, *words: str) -> dict[str, Any]:
    code, out, err = await _console(county, "invite", *words, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def _menu(county: County, person: Person) -> list[str]:
    return [c["command"] for c in county.sandbox.world.menu(person.chat_id, person.chat_id)]


@pytest.mark.scenario(103)
async def test_an_invitation_binds_once_and_the_code_is_dead_for_everybody_else(county: County) -> None:
    newcomer, other = county.villager(NEWCOMER, "新来的"), county.villager(NEWCOMER + 1, "别人")
    offered = await _invite(county, "--role", "liaison", "--unit", "SJ")
    assert (offered["role"], offered["unit"]) == ("liaison", "SJ")
    assert offered["link"] == f"https://t.me/whistle_sandbox_bot?start={offered['code']}"
    assert datetime.fromisoformat(offered["expires_at"]) - county.now == timedelta(hours=72)

    await newcomer.says(f"/start {offered['code']}")

    seat = county.one(r.Person, account=newcomer.account)
    assert (seat.role, seat.unit_id, seat.on_duty, seat.post) == ("liaison", "SJ", True, "B")
    assert "您已加入" in newcomer.last and "市监局" in newcomer.last
    assert _menu(county, newcomer) == ["calls", "rota", "onduty", "offduty", "mute", "lang", "help", "stop"]
    await other.says(f"/start {offered['code']}")
    await newcomer.says(f"/start {offered['code']}")
    assert "用过了、过期了" in other.last and "用过了、过期了" in newcomer.last
    assert county.all(r.Person, account=other.account) == []
    assert len(county.all(r.Person, account=newcomer.account)) == 1
    assert county.one(r.Invitation).state is InvitationState.USED
    assert offered["code"].encode() not in b"".join(p.read_bytes() for p in county.folder.rglob("*") if p.is_file())


async def test_a_newly_joined_liaison_is_rung(county: County) -> None:
    newcomer, market = county.villager(NEWCOMER, "新来的"), county.market
    market.liaison_a.ignores(), market.liaison_b.ignores(), county.yunxi.leader.ignores("call.breached")
    county.others_may_hear("call.escalated")
    offered = await _invite(county, "--role", "liaison", "--unit", "SJ")
    await newcomer.says(f"/start {offered['code']}")
    await blows(county, "市监局")

    await county.forward(minutes=15)
    await newcomer.presses("签收")

    assert newcomer.heard == ["call.opened"]
    assert county.one(r.Call).acknowledged_by == county.one(r.Person, account=newcomer.account).id


async def test_an_invitation_is_dead_after_72_hours(county: County) -> None:
    early, late = county.villager(NEWCOMER, "早到的"), county.villager(NEWCOMER + 1, "晚到的")
    first = await _invite(county, "--role", "squad_member", "--unit", "QL01S")
    second = await _invite(county, "--role", "squad_member", "--unit", "QL01S")

    await county.forward(hours=71, minutes=59)
    await early.says(f"/start {first['code']}")
    await county.forward(minutes=2)
    await late.says(f"/start {second['code']}")

    assert "您已加入" in early.last
    assert "过期" in late.last and county.all(r.Person, account=late.account) == []
    await late.says("河口村有人乱倒垃圾")
    assert "tip.opened" in late.heard
    late.ignores(), county.group.ignores("tip.submitted")


async def test_a_free_seat_of_the_county_is_taken_before_a_new_one_is_made(county: County) -> None:
    newcomer = county.villager(NEWCOMER, "新来的")

    def leaves(work: Any) -> None:
        work.get(r.Person, "SJ-2").account = None

    await county.app.store.decide(leaves)
    offered = await _invite(county, "--role", "liaison", "--unit", "SJ")

    await newcomer.says(f"/start {offered['code']}")

    seat = county.one(r.Person, account=newcomer.account)
    assert (seat.id, seat.post, seat.label) == ("SJ-2", "B", "市监局B岗")
    assert len(county.all(r.Person, unit_id="SJ", role="liaison")) == 3


async def test_a_group_invitation_binds_the_group_and_nothing_else(county: County) -> None:
    chief = county._seat("QL02S-1")
    offered = await _invite(county, "--group", "--unit", "QL02S")
    assert "?startgroup=" in offered["link"] and offered["role"] is None
    await chief.says(f"/start {offered['code']}")
    assert "用过了、过期了" in chief.last
    group = county.sandbox.world.group(title="石坪镇执法群", members=[chief.chat_id])
    await county.settled()

    county.sandbox.world.send(chief.chat_id, group.id, text=f"/start@whistle_sandbox_bot {offered['code']}")
    await county.settled()

    assert county.one(r.Group, chat_id=group.id).unit_id == "QL02S"
    told = [v["text"] for v in county.sandbox.world.messages(group.id) if v["from"] == "bot"]
    assert len(told) == 1 and "这个群接好了" in told[0]
    other = county.sandbox.world.group(title="别的群", members=[chief.chat_id])
    await county.settled()
    county.sandbox.world.send(chief.chat_id, other.id, text=f"/start@whistle_sandbox_bot {offered['code']}")
    await county.settled()
    assert county.all(r.Group, chat_id=other.id) == []
    county.others_may_hear("note.group_bound", "note.refused_command")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "boss", "--unit", "SJ"), "--role boss"),
        (("--role", "liaison", "--unit", "NOWHERE"), "--unit NOWHERE"),
        (("--role", "liaison", "--unit", "QL01S"), "department or station"),
        (("--role", "finance", "--unit", "SJ"), "county"),
        (("--group", "--unit", "SJ"), "squad"),
    ],
)
async def test_a_wrong_invitation_is_told_in_one_line(county: County, words: tuple[str, ...], said: str) -> None:
    code, out, err = await _console(county, "invite", *words, "--json")

    assert code == 2 and out == ""
    assert said in err and len(err.strip().splitlines()) == 1
    assert county.all(r.Invitation) == []


@pytest.mark.parametrize(
    ("role", "unit", "menu"),
    [
        ("squad_leader", "QL01S", {"whistle", "tips", "cases"}),
        ("squad_member", "QL01S", {"whistle", "tips", "cases"}),
        ("grid_inspector", "QL01G03", {"report", "tip", "mytips"}),
        ("desk", "QL", {"open"}),
        ("finance", "QL", {"pay"}),
    ],
)
async def test_each_role_sees_its_own_menu(county: County, role: str, unit: str, menu: set[str]) -> None:
    newcomer = county.villager(NEWCOMER, "新来的")
    await newcomer.says("/start")
    assert _menu(county, newcomer) == ["tip", "mytips", "privacy", "mydata", "forgetme", "lang", "help", "stop"]
    offered = await _invite(county, "--role", role, "--unit", unit)

    await newcomer.says(f"/start {offered['code']}")

    shown = set(_menu(county, newcomer))
    assert menu <= shown and len(shown) <= 9
    staff = {"whistle", "tips", "cases", "report", "calls", "open", "pay"}
    assert shown & staff == menu & staff


async def test_two_roles_of_one_account_share_one_menu(county: County) -> None:
    newcomer = county.villager(NEWCOMER, "新来的")
    for words in (("--role", "liaison", "--unit", "SJ"), ("--role", "finance", "--unit", "QL")):
        offered = await _invite(county, *words)
        await newcomer.says(f"/start {offered['code']}")

    shown = _menu(county, newcomer)

    assert {"calls", "pay"} <= set(shown) and len(shown) == len(set(shown))
    assert len(county.all(r.Person, account=newcomer.account)) == 2


async def test_going_off_duty_is_at_once_and_coming_back_too(county: County) -> None:
    market, leader = county.market, county.yunxi.leader

    await market.liaison_a.says("/offduty")
    assert "已下岗：市监局A岗" in market.liaison_a.last
    await blows(county, "市监局")
    assert market.liaison_a.heard == [] and market.liaison_b.heard == ["call.opened"]
    await market.liaison_a.says("/onduty")
    assert "已上岗：市监局A岗" in market.liaison_a.last
    await leader.presses("撤哨", on=county.group)
    await blows(county, "市监局")

    assert market.liaison_a.heard == ["call.opened"]
    assert market.liaison_b.heard == ["call.stood_down"]
    assert [(e.by, e.facts["on_duty"]) for e in county.events("person.duty")] == [("SJ-1", False), ("SJ-1", True)]


@pytest.mark.parametrize(
    "line", ["/tips", "/cases", "/open", "/calls", "/onduty", "/pay", "/report", "/whistle 市监局"]
)
async def test_a_strangers_command_is_refused_kindly_and_logged(county: County, line: str) -> None:
    stranger = county.villager()

    await stranger.says(line)

    assert "工作人员" in stranger.last and "直接发消息就行" in stranger.last
    refused = county.events("press.refused")
    assert [(e.by, e.facts["why"]) for e in refused] == [("stranger", "not_bound")]
    assert county.all(r.Tip) == county.all(r.Whistle) == []


async def test_whoever_blocks_the_bot_is_told_to_the_administrator_once(county: County) -> None:
    liaison, admin = county.market.liaison_a, county.office.admin

    county.sandbox.world.block(liaison.chat_id)
    await county.settled()

    assert admin.heard == ["person.unreachable"] and "市监局A岗" in admin.last
    await blows(county, "市监局")
    assert county.market.liaison_b.heard == ["call.opened"]
    assert admin.heard == []
