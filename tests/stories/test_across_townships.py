"""B-12: what lies in two townships belongs to neither squad; the desk hands it straight to the county department."""

from tests.county import County
from tests.stories.walks import button
from workflows import records as r
from workflows.states import TipState, TransferState


async def _across(county: County) -> None:
    """A tip whose place lies in two townships, with the desk."""
    villager = county.villager()
    county.others_may_hear("*")
    book = county.app.book.county
    there = next(
        v for v in book.villages_of("QL02") if len(v.name) > 2 and v.name not in ("和平村", "团结村", "新塘村")
    )
    await villager.says(f"河口村和{there.name}交界的河里有工厂偷排污水")
    await villager.presses("说不清")
    await county.forward(minutes=4)
    villager.ignores(), county.office.desk.ignores("card")


async def _hands_over(county: County) -> list[str]:
    """To the department of the environment; returns the units that were offered."""
    desk = county.office.desk
    await desk.presses("移送")
    offered = desk.buttons
    await desk.presses(county.book.county.unit("HB").short)
    await desk.presses("属对方职责")
    return offered


async def test_the_desk_hands_it_to_the_county_department_without_any_township(county: County) -> None:
    await _across(county)
    desk, liaison = county.office.desk, county.ecology.liaison_a
    villager = county.villager()

    offered = await _hands_over(county)

    tip, transfer = county.one(r.Tip), county.one(r.Transfer)
    assert (transfer.unit_id, transfer.state) == ("HB", TransferState.OFFERED)
    assert (tip.township_id, tip.desk, tip.state) == (None, True, TipState.SUBMITTED)
    assert county.all(r.Case) == []
    assert offered[0] == county.book.county.unit("HB").short, "the department of the matter comes first"
    assert "跨镇" in liaison.last and "河口村" in liaison.last
    await county.forward(hours=3)
    assert county.one(r.Tip).state is TipState.SUBMITTED, "a tip on offer is not declined for want of a place"

    await liaison.presses("收到")

    assert county.one(r.Tip).state is TipState.TRANSFERRED
    await villager.presses("点开看")
    assert "生态分局" in villager.last
    county.others_may_hear("*"), desk.ignores(), villager.ignores(), liaison.ignores()


async def test_while_it_is_on_offer_it_goes_to_no_township_and_a_second_tap_changes_nothing(county: County) -> None:
    await _across(county)
    desk = county.office.desk
    transfer, assign = (button(county, desk, label) for label in ("移送", "派往乡镇"))
    await _hands_over(county)

    for late in (transfer, assign):
        answer = await desk.presses_data(*late)
        assert answer is not None and answer["text"]

    assert len(county.all(r.Transfer)) == 1 and county.one(r.Tip).township_id is None
    assert [b for b in desk.buttons if b in ("移送", "派往乡镇")] == []
    desk.ignores(), county.villager().ignores(), county.ecology.liaison_a.ignores()


async def test_handed_back_it_is_the_desks_again_with_a_new_window(county: County) -> None:
    await _across(county)
    desk, liaison = county.office.desk, county.ecology.liaison_a
    await _hands_over(county)
    before = county.one(r.Tip).due_at

    await liaison.presses("退回")
    await liaison.presses("地点不在辖区")

    tip = county.one(r.Tip)
    assert (tip.state, tip.desk) == (TipState.SUBMITTED, True)
    assert tip.due_at > before and county.one(r.Transfer).state is TransferState.RETURNED
    assert any("退回" in text for text in desk.reads)
    desk.ignores(), county.villager().ignores(), liaison.ignores()


async def test_the_sender_who_names_the_village_after_all_ends_the_offer(county: County) -> None:
    await _across(county)
    villager, liaison = county.villager(), county.ecology.liaison_a
    await _hands_over(county)
    late = button(county, liaison, "收到")

    await villager.says("就在河口村这边")

    assert county.one(r.Tip).township_id == "QL01" and county.one(r.Transfer).state is TransferState.RETURNED
    await liaison.presses_data(*late)
    assert county.one(r.Tip).state is TipState.SUBMITTED
    county.office.desk.ignores(), villager.ignores(), liaison.ignores(), county.group.ignores("*")


async def test_nobody_but_the_desk_may_hand_it_over(county: County) -> None:
    await _across(county)
    data, message = button(county, county.office.desk, "移送")

    await county.yunxi.leader.presses_data(data, message)

    assert county.all(r.Transfer) == [] and county.all(r.Draft, kind="transfer") == []
    county.office.desk.ignores(), county.villager().ignores(), county.yunxi.leader.ignores()
