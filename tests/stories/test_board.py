"""The board: one pinned message per chat with the open calls, edited in place; and a button for every command."""

from datetime import timedelta
from itertools import pairwise

import pytest

from handlers import command, roster
from handlers.roster import MENU
from tests.county import County, Group, Person
from tests.stories.walks import blows
from workflows import records as r
from workflows.states import OutboxState


async def _board(county: County, by: Person, group: Group | None = None) -> None:
    county.sandbox.world.send(by.chat_id, (group or by).chat_id, text="/board")
    await county.settled()


@pytest.mark.both_engines
@pytest.mark.scenario(75)
async def test_one_pinned_board_lists_the_open_calls_and_is_edited_in_place(county: County) -> None:
    leader, market, traffic, group = county.yunxi.leader, county.market, county.traffic, county.group
    group.ignores("board"), leader.ignores(), county.others_may_hear("*")
    market.liaison_a.ignores(), traffic.liaison_a.ignores(), traffic.liaison_b.ignores()
    await _board(county, leader, group)
    first = next(v for v in group.views if "看板" in (v["text"] or ""))
    assert "没有等着的" in first["text"]
    await blows(county, "市监局")
    await county.forward(minutes=1)
    await blows(county, "交警")
    await county.forward(seconds=25)

    def board() -> str:
        return next(v["text"] for v in group.views if v["message_id"] == first["message_id"])

    early, late = county.one(r.Call, unit_id="SJ"), county.one(r.Call, unit_id="JJ")
    assert board().index(early.number) < board().index(late.number)
    assert "09:15 前签收" in board() and board().count("已发出未见操作") == 2
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("30分钟内")
    await county.forward(seconds=25)
    assert board().index(late.number) < board().index(early.number), "what is due next stands first"
    assert "已签收" in board() and "前到" in board()
    await _board(county, leader, group)
    assert sum("云溪镇看板" in (v["text"] or "") for v in group.views) == 1, "one board, not two"
    assert [v["message_id"] for v in group.views if v.get("pinned")] == [first["message_id"]]
    assert len(county.all(r.Card, template="board")) == 1
    assert [o.act for o in county.all(r.Outbox, template="board") if o.act != "edit"] == ["card", "pin", "pin"]
    edits = [o for o in county.all(r.Outbox, template="board", act="edit") if o.sent_at]
    gaps = [later.sent_at - earlier.sent_at for earlier, later in pairwise(edits)]
    assert edits and all(gap >= timedelta(seconds=20) for gap in gaps), gaps


async def test_many_changes_at_once_are_one_edit_of_the_board(county: County) -> None:
    leader, group = county.yunxi.leader, county.group
    group.ignores("board"), leader.ignores(), county.others_may_hear("*")
    await _board(county, leader, group)

    for _ in range(4):
        await blows(county, "市监局", "交警")
    await county.forward(seconds=45)

    edits = [o for o in county.all(r.Outbox, template="board", act="edit") if o.sent_at]
    assert 1 <= len(edits) <= 4
    assert "在响、在办8件" in next(v["text"] for v in group.views if "看板" in (v["text"] or ""))


async def test_a_board_that_may_not_be_pinned_is_there_all_the_same(county: County) -> None:
    leader, group = county.yunxi.leader, county.group
    group.ignores("board")
    denied = "Bad Request: not enough rights to manage pinned messages in the chat"
    county.sandbox.world.faults.order("400", method="pinChatMessage", description=denied)

    await _board(county, leader, group)

    assert any("看板" in (v["text"] or "") for v in group.views)
    assert county.one(r.Outbox, template="board", act="pin").state is OutboxState.DROPPED


async def test_the_desk_has_the_countys_board_and_others_have_none(county: County) -> None:
    desk, liaison = county.office.desk, county.market.liaison_a
    desk.ignores("board"), liaison.ignores("call.opened"), county.others_may_hear("*")
    await blows(county, "市监局")

    await _board(county, desk)

    board = next(text for text in desk.reads if "看板" in text)
    assert "县" in board and county.one(r.Call).number in board
    for other in (liaison, county.villager()):
        await _board(county, other)
        assert "工作人员" in other.last
    assert len(county.all(r.Card, template="board")) == 1


async def test_every_command_of_a_menu_has_a_button_that_does_the_same(county: County) -> None:
    leader, liaison, desk = county.yunxi.leader, county.market.liaison_a, county.office.desk
    desk.ignores("board")
    for person, role in ((leader, "squad_leader"), (liaison, "liaison"), (desk, "desk")):
        await person.says("/help")
        assert {f"/{name}" for name in MENU[role] if name != "help"} <= set(person.buttons), role

    await liaison.presses("/calls")
    assert "没有要答复的呼叫" in liaison.last
    await liaison.presses("/mute")
    assert "静音到" in liaison.last
    await desk.presses("/open")
    assert "没有等着的" in desk.last
    await desk.presses("/board")
    assert any("看板" in text for text in desk.reads)
    await leader.presses("/offduty")
    assert "已下岗" in leader.last
    forged, message = "1:do.open:-:0", 1
    await liaison.presses_data(forged, message)
    assert "工作人员" in liaison.toast["text"]


def test_every_command_has_a_button_under_help_for_whoever_may_use_it() -> None:
    """All but /case, whose number is asked for by the buttons under /cases."""
    shown = {role: {*roster.menu_of([role]), *roster.more_of([role])} for role in roster.MENU}

    assert set(command.COMMANDS) - set().union(*shown.values()) == {"case"}
    assert all("stats" in shown[role] for role in ("squad_leader", "township_leader", "department_head"))
