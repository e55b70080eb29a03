"""Where it is: what is doubtful is asked, and what lies in two townships goes to the county."""

from tests.county import County
from workflows import records as r


async def test_a_place_across_two_townships_is_asked_about_and_without_an_answer_goes_to_the_county(
    county: County,
) -> None:
    villager, desk = county.villager(), county.office.desk
    county.others_may_hear("*")
    there = next(
        v
        for v in county.app.book.county.villages_of("QL02")
        if len(v.name) > 2 and v.name not in ("和平村", "团结村", "新塘村")
    )

    await villager.says(f"河口村和{there.name}交界的河里有人倒垃圾")
    asked, keys = villager.last, villager.buttons
    await villager.presses("说不清")
    await county.forward(minutes=4)

    tip = county.one(r.Tip)
    assert "哪个村" in asked and {"云溪镇河口村", f"石坪镇{there.name}"} <= set(keys)
    assert (tip.township_id, tip.desk, tip.state) == (None, True, "submitted")
    assert "河口村" in desk.card and there.name in desk.card and "跨镇" in desk.card
    villager.ignores(), desk.ignores()


async def test_the_old_place_is_a_question_not_a_guess(county: County) -> None:
    villager = county.villager()
    county.others_may_hear("*")

    await villager.says("老地方那家又在往河里排污水")
    first = villager.last
    await villager.says("就在桥头那家店后面")

    assert "在哪儿" in first and "在哪儿" in villager.reads[0] and county.one(r.Tip).village_id is None
    villager.ignores()


async def test_a_slip_in_the_villages_name_is_settled_with_one_tap(county: County) -> None:
    villager = county.villager()
    county.group.ignores("*")

    await villager.says("枫树弯村后山有人乱砍树")
    asked = villager.buttons
    await villager.presses("枫树湾村")

    assert asked[0] == "云溪镇枫树湾村" and county.one(r.Tip).village_id == "QL01V01"
    villager.ignores()
