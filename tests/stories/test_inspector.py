"""A grid inspector reports with photo, location and matter: three taps; the grid follows; no reward is meant for duty."""

from tests.county import County
from workflows import records as r
from workflows.states import TipState


async def test_photo_location_and_matter_are_three_taps(county: County) -> None:
    inspector = county.yunxi.inspector
    grid = county.book.county.grid("QL01G05")

    await inspector.sends(photo=True)
    await inspector.sends(location={"latitude": grid.lat, "longitude": grid.lon})
    offered = inspector.buttons
    await inspector.presses(offered[0])

    assert len(offered) == 4 and offered[-1] == "都不是"
    tip = county.one(r.Tip)
    assert tip.state is TipState.SUBMITTED and tip.by_inspector
    assert (tip.grid_id, tip.township_id) == ("QL01G05", "QL01"), "the position counts before the inspector's own grid"
    assert inspector.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert "网格员上报" in county.group.card and "第5网格" in county.group.card


async def test_without_a_position_the_grid_is_the_inspectors_own(county: County) -> None:
    inspector = county.yunxi.inspector

    await inspector.sends(photo=True)
    assert "公开处" in inspector.last
    await inspector.presses(inspector.buttons[1])

    tip = county.one(r.Tip)
    assert (tip.grid_id, tip.village_id) == ("QL01G03", "QL01V03")
    assert inspector.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]


async def test_none_of_the_offered_matters_is_an_answer_too(county: County) -> None:
    inspector = county.yunxi.inspector
    await inspector.sends(photo=True)

    await inspector.presses("都不是")

    assert county.one(r.Tip).matter_code is None
    assert inspector.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert "内容待看" in county.group.card


async def test_report_explains_the_three_taps_and_offers_the_position_button(county: County) -> None:
    inspector = county.yunxi.inspector

    await inspector.says("/report")

    shown = [v for v in county.sandbox.world.messages(inspector.chat_id) if v["from"] == "bot"][-1]
    assert "拍一张照片" in (shown["text"] or "") and "不用进门" in (shown["text"] or "")
    assert shown["reply_keyboard"]["keyboard"][0][0]["request_location"] is True


async def test_report_is_for_inspectors(county: County) -> None:
    villager = county.villager()

    await villager.says("/report")

    assert "工作人员" in villager.last
    assert [e.facts["command"] for e in county.events("press.refused")] == ["report"]


async def test_an_inspector_hears_who_took_it_and_how_it_ended_but_no_reward_is_proposed(county: County) -> None:
    inspector, leader, second = county.yunxi.inspector, county.yunxi.leader, county.yunxi.officer
    county.group.ignores("tip.submitted"), second.ignores(), leader.ignores()
    await inspector.says("夜市占道摆摊")
    assert inspector.heard == ["tip.opened"]

    await leader.presses("受理", on=county.group)
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号")
    await leader.presses("云溪镇队员1")
    await second.presses("核对无误")

    assert inspector.heard == ["tip.accepted", "tip.closed", "reward.honoured"]
    await inspector.presses("点开看", containing="新答复")
    assert "不另发钱" in inspector.last
    assert county.one(r.Case).outcome == "ordered" and county.one(r.Paper).checked_at is not None
    assert county.all(r.Reward) == []


async def test_coordinators_and_auxiliaries_tell_like_everybody_else(county: County) -> None:
    auxiliary = county._seat("QL01S-X1")

    await auxiliary.says("河口村夜市占道摆摊")

    assert auxiliary.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]
    assert not county.one(r.Tip).by_inspector
