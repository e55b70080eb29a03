"""The tip before its squad: one card, one owner, one window, and a ladder that is never silent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.county import PLANTED_PHONE, PLANTED_WORDS, START, County
from tests.stories.opening import STALL, tip_sent_in, tip_taken
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import TipState

SIX = [["受理", "不予受理"], ["并案", "现场处置"], ["吹哨", "移送"]]


def _keys(county: County, chat: int) -> list[list[str]]:
    view = next(v for v in reversed(list(county.sandbox.world.messages(chat))) if v["keyboard"])
    return [[key["text"] for key in row] for row in view["keyboard"]]


def _minutes(county: County, *kinds: str) -> list[tuple[str, int]]:
    start = county.one(r.Tip).first_at
    return [(e.kind, round((e.at - start).total_seconds() / 60)) for e in county.events(*kinds)]


async def test_one_card_with_six_buttons_and_none_of_the_villagers_words(county: County) -> None:
    await tip_sent_in(county, f"{STALL},我电话{PLANTED_PHONE}")

    assert _keys(county, county.group.chat_id) == SIX
    assert "占道摆摊" in county.group.card and "河口村" in county.group.card and "值班：" in county.group.card
    assert PLANTED_WORDS not in county.group.card and PLANTED_PHONE not in county.group.card
    assert "依法检查，线索来源保密" in county.group.card


async def test_a_forum_gets_a_topic_named_after_the_matter_which_is_closed_at_the_end(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    topics = county.sandbox.world.chats[county.group.chat_id].topics
    before = [(t.name, t.closed) for t in topics.values()]

    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    await county.forward(minutes=2)

    assert len(before) == 1
    assert "河口村" in before[0][0] and "占道摆摊" in before[0][0] and not before[0][1]
    assert [t.closed for t in topics.values()] == [True]
    assert villager.heard == ["tip.closed"]


@pytest.fixture
async def groupless(tmp_path: Path, book: Rulebook) -> AsyncIterator[County]:
    made = await County(tmp_path / "county", book, groups=False).start()
    yield made
    await made.stop()


async def test_without_a_group_the_people_on_duty_get_it_in_private(groupless: County) -> None:
    villager, leader, off_duty = groupless.villager(), groupless.yunxi.leader, groupless.yunxi.off_duty
    deputy, officer, dispatcher = groupless.yunxi.deputy, groupless.yunxi.officer, groupless._seat("QL01S-D")
    groupless.others_may_hear("tip.submitted")

    await villager.says(STALL)
    await officer.presses("受理")

    assert [p.heard for p in (leader, deputy, officer, dispatcher)] == [["tip.submitted"]] * 4
    assert off_duty.heard == []
    assert villager.heard == ["tip.opened", "tip.accepted"]
    assert "承办：云溪镇队员1" in leader.card and "承办：云溪镇队员1" in deputy.card, "everybody's card shows the owner"


async def test_a_group_that_has_thrown_the_bot_out_loses_nothing(county: County) -> None:
    leader, villager = county.yunxi.leader, county.villager()
    county.others_may_hear("tip.submitted")
    county.sandbox.world.kick(county.group.chat_id)
    await county.settled()

    await villager.says(STALL)

    assert villager.heard == ["tip.opened"] and county.group.heard == []
    assert leader.heard == ["tip.submitted"]


# ── the window ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_reminders_at_5_10_and_13_a_breach_at_15_then_leader_township_leader_and_desk(county: County) -> None:
    villager, _ = await tip_sent_in(county)
    leader, boss, desk = county.yunxi.leader, county.yunxi.township_leader, county.office.desk
    officer, off_duty = county.yunxi.officer, county.yunxi.off_duty
    county.others_may_hear("tip.reminded", "tip.escalated")

    await county.forward(minutes=14)
    reminded = [p.heard for p in (leader, officer, off_duty)]
    await county.forward(minutes=1)
    at_15 = leader.heard, county.group.heard, boss.heard, desk.heard
    await county.forward(minutes=5)
    at_20 = boss.heard, desk.heard
    await county.forward(minutes=5)
    at_25 = desk.heard

    assert reminded == [["tip.reminded"] * 3, ["tip.reminded"] * 3, []]
    assert at_15 == (["tip.escalated"], ["tip.breached"], [], [])
    assert at_20 == (["tip.escalated"], [])
    assert at_25 == ["tip.escalated"]
    assert _minutes(county, "tip.reminded", "tip.breached", "tip.escalated") == [
        ("tip.reminded", 5), ("tip.reminded", 10), ("tip.reminded", 13), ("tip.breached", 15),
        ("tip.escalated", 15), ("tip.escalated", 20), ("tip.escalated", 25),
    ]  # fmt: skip
    tip = county.one(r.Tip)
    assert tip.breached_at == tip.due_at == START + timedelta(minutes=15), "from the step on which the message came"
    assert tip.state is TipState.SUBMITTED, "a breach is a fact, not a state"
    assert villager.heard == []


async def test_a_reminder_says_which_tip_is_meant_and_how_long_is_left(county: County) -> None:
    _, tip = await tip_sent_in(county)
    officer = county.yunxi.officer
    county.others_may_hear("tip.reminded")

    await county.forward(minutes=5)

    assert officer.heard == ["tip.reminded"]
    assert tip.letters in officer.last and "河口村" in officer.last and "占道摆摊" in officer.last
    assert "还有10分钟" in officer.last


async def test_a_breach_and_every_step_say_which_tip_is_meant(county: County) -> None:
    _, tip = await tip_sent_in(county)
    boss, desk = county.yunxi.township_leader, county.office.desk
    county.others_may_hear("*"), county.group.ignores("*"), county.yunxi.leader.ignores()

    await county.forward(minutes=25)

    assert boss.heard == ["tip.escalated"] and desk.heard == ["tip.escalated"]
    for told in (county.yunxi.leader.last, boss.last, desk.last):
        assert tip.letters in told and "河口村" in told and "09:15" in told


async def test_the_desk_is_asked_again_and_again_until_somebody_takes_it(county: County) -> None:
    villager, _ = await tip_sent_in(county)
    leader, desk, desk_2 = county.yunxi.leader, county.office.desk, county.office.desk_2
    county.others_may_hear("*"), county.group.ignores("*"), leader.ignores()
    await county.forward(minutes=25)
    assert desk.heard == ["tip.escalated"]

    await county.forward(minutes=60)
    nagged = desk.heard
    await desk.presses("我来催")
    desk_2.ignores()
    second = await desk_2.presses("我来催")
    await county.forward(minutes=9)
    quiet = desk.heard
    await county.forward(minutes=3)
    asked_again = desk.heard
    await leader.presses("受理", on=county.group, containing="值班")
    await county.forward(hours=2)

    assert nagged == ["tip.escalated"] * 6
    assert second and "县指挥中心1号席" in second["text"], "who has taken it is said"
    assert quiet == [] and asked_again == ["tip.escalated"], "taking is not for ever"
    assert desk.heard == [] and villager.heard == ["tip.accepted"]
    tip = county.one(r.Tip)
    assert tip.breached_at == tip.due_at, "the breach stays"
    late = county.events("tip.accepted")[0].facts
    assert late["late"] and late["late_seconds"] > 3600


async def test_a_step_with_nobody_on_duty_runs_on_at_once(county: County) -> None:
    boss, desk = county.yunxi.township_leader, county.office.desk
    county.others_may_hear("*"), county.group.ignores("*")
    await boss.says("/offduty")
    await county.yunxi.leader.says("/offduty")
    await tip_sent_in(county)

    await county.forward(minutes=15)

    assert boss.heard == [] and county.yunxi.leader.heard == []
    assert desk.heard == ["tip.escalated"], "leader and township leader are off duty: the desk hears it at 15:00"


async def test_taken_at_the_last_moment_is_in_time_and_stops_everything(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    leader = county.yunxi.leader
    leader.ignores("tip.reminded"), county.others_may_hear("tip.reminded")
    await county.forward(seconds=(tip.due_at - county.now).total_seconds() - 2)

    await leader.presses("受理", on=county.group)
    await county.forward(hours=1)

    assert county.one(r.Tip).breached_at is None and county.events("tip.breached") == []
    assert not county.events("tip.accepted")[0].facts["late"]
    assert villager.heard == ["tip.accepted"] and county.group.heard == []


async def test_a_first_look_that_is_not_recorded_is_asked_for_after_a_day(county: County) -> None:
    _, leader, _ = await tip_taken(county)
    officer = county.yunxi.officer

    await county.forward(hours=24, minutes=1)

    assert leader.heard == ["tip.reminded"] and "到现场看了" in leader.last
    assert officer.heard == [], "only the owner is asked"


# ── the owner ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_accepting_names_the_owner_and_a_second_one_is_told_who_was_first(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    leader, officer = county.yunxi.leader, county.yunxi.officer
    card = _card(county)

    await officer.presses("受理", on=county.group)
    second = await leader.presses_data(f"1:accept:{tip.ref}:{tip.rev}", card, county.group.chat_id)
    third = await officer.presses_data(f"1:accept:{tip.ref}:{tip.rev}", card, county.group.chat_id)

    assert villager.heard == ["tip.accepted"] and "有人接手" in villager.last
    assert "承办：云溪镇队员1" in county.group.card
    for toast in (second, third):
        assert toast and "云溪镇队员1" in toast["text"] and "已经办过" in toast["text"]
    assert len(county.events("tip.accepted")) == 1 and len(county.all(r.Case)) == 1


async def test_words_and_pictures_open_for_the_owner_alone_and_opening_is_an_event(county: County) -> None:
    villager = county.villager()
    leader, officer = county.yunxi.leader, county.yunxi.officer
    county.group.ignores("tip.submitted")
    await villager.sends(photo=True, caption=STALL)
    await villager.sends(voice=True)
    await villager.presses("可以听")
    assert villager.heard == ["tip.opened"]
    early = await officer.presses_data(f"1:read:{county.one(r.Tip).ref}:0", _card(county), county.group.chat_id)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]

    refused = await officer.presses("看原话", on=county.group)
    await leader.presses("看原话", on=county.group)
    await county.forward(minutes=5)  # the picture waits for the sender's word on where it was taken

    for toast in (early, refused):
        assert toast and "原话只给接手的人看" in toast["text"]
    assert officer.reads == []
    mine = [v for v in county.sandbox.world.messages(leader.chat_id) if v["from"] == "bot"]
    assert sorted(v["kind"] for v in mine) == ["photo", "text", "voice"] and mine[0]["kind"] == "text"
    assert PLANTED_WORDS in (mine[0]["text"] or "") and all(v["protect"] for v in mine)
    assert [(e.by, e.kind) for e in county.events("tip.read")] == [("QL01S-1", "tip.read")]
    assert all(PLANTED_WORDS not in (v["text"] or "") for v in county.group.views)
    assert len(county.events("press.refused")) == 2


async def test_officers_of_another_township_and_strangers_are_refused_and_logged(county: County) -> None:
    _, tip = await tip_sent_in(county)
    other, liaison, stranger = (
        county._seat("QL02S-1"),
        county.market.liaison_a,
        county.villager(6_000_000_000_003, "过路人"),
    )
    for verb in ("accept", "decline", "merge", "settle", "whistle", "transfer", "look", "close", "question", "read"):
        for who in (other, liaison, stranger):
            toast = await who.presses_data(f"1:{verb}:{tip.ref}:{tip.rev}", 1)

            assert toast and toast["show_alert"] and len(toast["text"]) > 10, (verb, who.seat)

    assert county.one(r.Tip).state is TipState.SUBMITTED and county.all(r.Draft) == []
    refused = county.events("press.refused")
    assert len(refused) == 30 and {e.by for e in refused} == {"QL02S-1", "SJ-1", "stranger"}
    assert county.group.heard == []


# ── passing on ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_declining_before_the_first_look_needs_a_reason_of_its_own(county: County) -> None:
    villager, leader = (await tip_sent_in(county))[0], county.yunxi.leader

    await leader.presses("不予受理", on=county.group)
    await leader.presses("看过，不违法", on=county.group)
    asked, state = _last(county), county.one(r.Tip).state
    await leader.presses("现场去不了", on=county.group)

    assert "为什么就不予受理" in asked and state is TipState.SUBMITTED
    assert county.one(r.Tip).state is TipState.DECLINED and county.one(r.Tip).reason == "lawful"
    assert county.events("tip.declined")[0].facts["early"] == "not_reachable"
    assert villager.heard == ["tip.declined"]


async def test_after_the_first_look_passing_on_needs_no_further_reason(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    county.others_may_hear("transfer.offered")

    await leader.presses("到现场看了", on=county.group)
    await leader.presses("移送", on=county.group)
    await leader.presses("市监局", on=county.group)
    await leader.presses("属对方职责", on=county.group)

    transfer = county.one(r.Transfer)
    assert transfer.unit_id == "SJ" and "等对方收到" in county.group.card
    assert county.events("transfer.offered")[0].facts["early"] is None
    assert villager.heard == []


async def test_nothing_is_transferred_before_the_first_check_is_recorded(county: County) -> None:
    """首查责任 (T-02): by button, by an old button and by a made-up one."""
    _, leader, tip = await tip_taken(county)
    county.others_may_hear("transfer.offered")

    await leader.presses("移送", on=county.group)
    refused = _last(county)
    assert county.all(r.Draft, kind="transfer") == [] and "先首查，再移送" in refused
    await leader.presses("电话核实了", on=county.group)
    await leader.presses("移送", on=county.group)
    await leader.presses("市监局", on=county.group)
    await leader.presses("属对方职责", on=county.group)

    assert county.one(r.Transfer).unit_id == "SJ"
    assert county.events("tip.looked")[0].facts["how"] == "by_phone"
    await leader.presses_data(f"1:look.by_phone:{tip.ref}:0", 1)
    assert "已经办过了" in leader.toast["text"] and len(county.events("tip.looked")) == 1


async def test_danger_alone_is_handed_over_before_anybody_has_looked(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    county.others_may_hear("transfer.offered", "tip.emergency"), county.group.ignores("tip.submitted", "tip.emergency")
    villager.ignores(), leader.ignores()
    await villager.says("河口村着火了，火很大")
    assert county.one(r.Tip).urgent

    await leader.presses("移送", on=county.group)
    await leader.presses("市监局", on=county.group)
    await leader.presses("属对方职责", on=county.group)

    assert county.events("transfer.offered")[0].facts["early"] == "danger"


async def test_the_whistle_is_free_at_any_time(county: County) -> None:
    villager, _ = await tip_sent_in(county)
    leader = county.yunxi.leader
    county.others_may_hear("call.opened"), county.group.ignores("whistle.opened")

    await leader.presses("吹哨", on=county.group)
    await leader.presses("叫", on=county.group)

    assert len(county.all(r.Call)) == 1 and county.one(r.Tip).state is TipState.ACCEPTED
    assert villager.heard == ["tip.accepted"]


async def test_a_declining_that_is_thought_better_of_changes_nothing(county: County) -> None:
    villager, leader = (await tip_sent_in(county))[0], county.yunxi.leader

    await leader.presses("不予受理", on=county.group)
    await leader.presses("算了", on=county.group)

    assert "没有改动" in _last(county)
    assert county.one(r.Tip).state is TipState.SUBMITTED and villager.heard == []


async def test_a_choice_made_after_the_end_changes_nothing(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    leader, officer = county.yunxi.leader, county.yunxi.officer
    await leader.presses("不予受理", on=county.group)
    dialog = int(county.group.views[-1]["message_id"])
    await officer.presses("受理", on=county.group, containing="值班")

    late = await leader.presses_data(f"1:declined.dispute:{tip.ref}:0", dialog, county.group.chat_id)
    await county.settled()
    early = _data_in(county, dialog)
    if early:
        late = await leader.presses_data(early, dialog, county.group.chat_id)

    assert late and "过去" in late["text"]
    assert county.one(r.Tip).state is TipState.ACCEPTED
    assert villager.heard == ["tip.accepted"]


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_lists_show_what_waits_what_is_handled_and_what_happened(county: County) -> None:
    _, leader, tip = await tip_taken(county)
    officer = county.yunxi.officer
    officer.ignores("tip.submitted")
    await leader.presses("到现场看了", on=county.group)

    await officer.says("/tips")
    tips = officer.last
    await officer.presses("云溪-2026-0001")
    shown = officer.last
    await officer.says("/cases")
    cases = officer.last
    await officer.says("/case 0001")
    history = officer.last
    await officer.says("/case 9999")
    missing = officer.last

    assert "🔵 云溪-2026-0001" in tips and "河口村" in tips
    assert "承办：云溪镇队长" in shown
    assert "云溪-2026-0001" in cases and "在办" in cases
    for word in ("受理 · 云溪镇队长", "到现场首查 · 云溪镇队长"):
        assert word in history
    assert "没有案号" in missing
    assert PLANTED_WORDS not in tips + shown + cases + history and tip.receipt not in history


async def test_more_than_three_waiting_cards_become_one_list(county: County) -> None:
    leader = county.yunxi.leader
    leader.ignores("tip.reminded")
    villagers = [county.villager(6_000_000_000_100 + i, f"村民{i}") for i in range(18)]
    county.others_may_hear("tip.reminded")
    for villager in villagers:
        villager.ignores()
        county.sandbox.world.send(villager.chat_id, text="河口村夜市占道摆摊")
    await county.settled()

    await county.forward(minutes=4)

    heard = county.group.heard
    assert len(county.all(r.Tip)) == 18
    assert "tips.waiting" in heard and len(heard) < 18
    listed = next(v for v in county.group.views if "条线索等人受理" in (v["text"] or ""))
    assert len(listed["keyboard"]) >= 4
    await leader.presses_data(listed["keyboard"][0][0]["data"], listed["message_id"], county.group.chat_id)
    await county.forward(minutes=1)
    assert "tip.submitted" in county.group.heard, "a tap on its number opens the card"


def _card(county: County) -> int:
    return int(county.one(r.Card, chat_id=county.group.chat_id).message)


def _last(county: County) -> str:
    return str(county.group.views[-1]["text"])


def _data_in(county: County, message: int) -> str | None:
    view = next(v for v in county.group.views if v["message_id"] == message)
    return view["keyboard"][0][0]["data"] if view["keyboard"] else None
