"""Presses that look right and come from somebody, or somewhere, they must not come from."""

from tests.county import County
from tests.stories.walks import FOOD, reward_announced, reward_proposed, tip_taken
from workflows import records as r
from workflows.states import RewardState, TipState


def stands(county: County, message: int) -> str:
    """What the squad's group reads in this message."""
    views = county.sandbox.world.messages(county.group.chat_id)
    return next(v["text"] for v in views if v["message_id"] == message)


async def test_a_senders_buttons_pressed_in_a_group_show_and_change_nothing(county: County) -> None:
    """Whoever sits in the squad's group and sent a tip would name themselves; somebody else's card would be overwritten."""
    villager = county.villager()
    county.group.ignores("tip.submitted")
    await villager.says(FOOD)
    tip = county.one(r.Tip)
    villager.ignores()
    county.sandbox.world.chats[county.group.chat_id].members.append(villager.chat_id)
    card = county.one(r.Card, chat_id=county.group.chat_id).message
    before = stands(county, card)
    buttons = [f"1:{verb}:{tip.ref}:0" for verb in ("appeal", "towns", "town.QL01", "result", "real_name", "withdraw")]

    for data in [*buttons, "1:lang.en:-:0"]:
        toast = await villager.presses_data(data, card, county.group.chat_id)
        assert toast and toast["text"], data

    assert stands(county, card) == before
    after = county.one(r.Tip)
    assert (after.state, after.named, after.appealed_at) == (TipState.SUBMITTED, False, None)
    assert tip.receipt not in str(county.group.views)


async def test_a_reason_that_is_not_on_the_countys_list_is_none(county: County) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    villager = county.villager()
    leader, desk = county.yunxi.leader, county.office.desk
    leader.ignores(), desk.ignores(), villager.ignores()
    await villager.says(FOOD)
    tip = county.one(r.Tip)
    card = county.one(r.Card, chat_id=county.group.chat_id).message

    for arg in (".forged", "", ".penalty"):
        toast = await leader.presses_data(f"1:declined{arg}:{tip.ref}:0", card, county.group.chat_id)
        assert toast and toast["text"], arg

    assert county.one(r.Tip).state is TipState.SUBMITTED
    assert county.all(r.Draft, kind="early") == []


async def test_a_tip_without_a_place_is_not_declined_for_a_reason_that_does_not_exist(county: County) -> None:
    county.others_may_hear("*")
    villager, desk = county.villager(), county.office.desk
    desk.ignores(), villager.ignores()
    await villager.says("有人乱倒垃圾")
    await county.forward(minutes=4)
    tip = county.one(r.Tip)
    assert tip.desk and tip.state is TipState.SUBMITTED

    for arg in (".forged", "", ".penalty"):
        toast = await desk.presses_data(f"1:declined{arg}:{tip.ref}:0", 1)
        assert toast and toast["text"], arg

    assert county.one(r.Tip).state is TipState.SUBMITTED


async def test_a_reward_is_not_refused_for_a_reason_that_does_not_exist(county: County) -> None:
    villager, reward = await reward_proposed(county)
    desk = county.office.desk

    for arg in (".forged", "", ".penalty"):
        toast = await desk.presses_data(f"1:refused{arg}:{reward.ref}:0", 1)
        assert toast and toast["text"], arg

    assert county.one(r.Reward).state is RewardState.PROPOSED
    assert villager.heard == []


async def test_the_desk_gives_a_reopened_matter_to_an_officer_only(county: County) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    villager, tip = await tip_taken(county)
    leader, desk = county.yunxi.leader, county.office.desk
    leader.ignores(), desk.ignores(), villager.ignores()
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    await villager.presses("点开")
    await villager.presses("没解决")
    not_officers = [s.id for s in county.book.county.seats(unit_id="QL01S") if "squad" not in s.role.value]
    assert not_officers

    for seat in not_officers:
        await desk.presses_data(f"1:officer.{seat}:{tip.ref}:0", 1)

    assert county.one(r.Tip, id=tip.id).state is TipState.CLOSED


async def test_a_leader_cannot_pull_another_townships_tip_into_a_whistle(county: County) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    _, tip = await tip_taken(county)
    other = county._seat("QL02S-1")
    other.ignores()
    await other.says("/whistle 市监局 占道经营")
    draft = county.one(r.Draft, kind="for_tip")

    toast = await other.presses_data(f"1:for_tip.{tip.ref}:{draft.ref}:0", 1)

    assert toast and toast["text"], "refused"
    assert county.one(r.Case).number not in "".join(other.reads)
    assert county.all(r.Draft, kind="whistle") == []


async def test_two_counters_race_for_one_code_and_one_pays(county: County) -> None:
    """The second clerk may neither claim it nor press 已付款 on what the first one is paying."""
    villager, reward, shown = await reward_announced(county)
    villager.ignores("reward.paid")
    first = county.office.finance
    first.ignores()
    second = county._seat("QL-finance-3")
    second.ignores()
    county.sandbox.world.send(first.chat_id, text=f"/pay {shown}")
    county.sandbox.world.send(second.chat_id, text=f"/pay {shown}")
    await county.settled()
    claimed = county.one(r.Reward)
    loser = second if claimed.claimed_by == first.seat else first
    winner = first if loser is second else second

    await loser.presses_data(f"1:paid:{reward.ref}:{claimed.rev}", 1)
    await loser.says("PZ-999")

    assert county.one(r.Reward).state is RewardState.CLAIMED
    await winner.presses("已付")
    await winner.says("PZ-1")
    paid = county.one(r.Reward)
    assert (paid.state, paid.paid_by, paid.voucher) == (RewardState.PAID, winner.seat, "PZ-1")
    assert [e.kind for e in county.all(r.LedgerEntry)].count("paid") == 1


async def test_words_after_slash_tip_are_heard_as_a_tip(county: County) -> None:
    """Nothing that a villager writes is lost because it begins with a command."""
    villager = county.villager()
    county.group.ignores("tip.submitted")

    await villager.says("/tip 河口村有人在路边摆摊占了半条路")

    assert len(county.all(r.Tip)) == 1
    assert villager.heard == ["tip.opened"]


async def test_a_message_that_begins_with_a_slash_and_is_no_command_is_a_tip(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")

    await villager.says("/jubao 河口村有人在路边摆摊占了半条路")

    assert len(county.all(r.Tip)) == 1
    assert villager.heard == ["tip.opened"]


async def test_a_villager_who_presses_anothers_buttons_reads_and_changes_nothing(county: County) -> None:
    """Every button of a receipt or result, with the other's reference, from the thief's own chat."""
    villager = county.villager()
    thief = county.villager(7_000_000_000_009, "偷看的")
    county.group.ignores("*"), county.others_may_hear("*"), villager.ignores()
    await villager.says(FOOD)
    tip = county.one(r.Tip)
    verbs = (
        *("done", "withdraw", "real_name", "past", "past_yes", "past_no", "threatened", "seen", "unmask", "mask_again"),
        *("home_yes", "home_no", "no_questions", "result", "solved", "unsolved", "appeal", "towns", "pin", "skip"),
    )

    for verb in verbs:
        toast = await thief.presses_data(f"1:{verb}:{tip.ref}:0", 1)
        assert toast and toast["show_alert"], verb
    await thief.says(f"/mytips {tip.receipt}")
    await thief.says(f"/opened {tip.receipt}")
    await thief.says(f"/reveal {tip.receipt}")

    assert "过期食品" not in " ".join(thief.reads) and tip.receipt not in " ".join(thief.reads).replace(" ", "")
    after = county.one(r.Tip)
    assert (after.state, after.named, after.hidden, after.unmasked, after.home) == (tip.state, False, False, False, "")
