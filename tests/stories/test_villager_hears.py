"""What a villager can see, undo and answer afterwards: steps, name, withdrawal, refusal and appeal, questions, merging, the result."""

import pytest

from tests.county import PLANTED_NAME, PLANTED_WORDS, County, digits
from tests.stories.opening import STALL, tip_sent_in, tip_taken
from tests.stories.walks import signed
from workflows import records as r
from workflows.states import CaseState, TipState


async def test_mytips_shows_each_step_from_received_to_result(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    leader.ignores(), county.group.ignores("*"), villager.ignores()
    steps = []

    async def step() -> None:
        await villager.says("/mytips")
        steps.append(next(line for line in villager.last.splitlines() if county.one(r.Tip).receipt in digits(line)))

    await villager.says(STALL)
    await step()
    await leader.presses("受理", on=county.group)
    await step()
    await leader.presses("到现场看了", on=county.group)
    await step()
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    await step()

    assert [line.split(" · ")[-1] for line in steps] == ["收到", "核查", "处理", "结果"]


async def test_mytips_of_somebody_else_shows_nothing(county: County) -> None:
    _, tip = await tip_sent_in(county)
    other = county.villager(6_000_000_000_001, "另一个村民")

    await other.says("/mytips")

    assert "还没有说过" in other.last and tip.receipt not in digits(other.last)


async def test_anonymous_is_the_default_and_real_name_one_tap_either_way(county: County) -> None:
    villager, tip = await tip_sent_in(county)
    identity = county.one(r.Identity, account=villager.account)
    assert not tip.named and identity.name is None

    named = await villager.presses("我要实名")
    kept = county.one(r.Identity, account=villager.account).name
    shown = villager.buttons
    again = await villager.presses("改回匿名")

    assert named and "看不到" in named["text"] and named["show_alert"]
    assert kept is not None and PLANTED_NAME.encode() not in kept
    assert "改回匿名" in shown
    assert again and "没有留下" in again["text"]
    assert not county.one(r.Tip).named and county.one(r.Identity, account=villager.account).name is None
    assert villager.heard == []


async def test_a_tip_is_withdrawn_with_one_tap_until_somebody_takes_it(county: County) -> None:
    villager, leader = county.villager(), county.yunxi.leader
    await villager.says(STALL)
    assert villager.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]

    await villager.presses("撤回")
    late = await leader.presses_data(f"1:accept:{county.one(r.Tip).ref}:0", _card(county), county.group.chat_id)

    assert county.one(r.Tip).state is TipState.WITHDRAWN
    assert county.group.heard == ["tip.withdrawn"] and villager.heard == []
    assert "已经撤回" in villager.last and "撤回" in county.group.card
    assert late and "过去" in late["text"]
    await county.forward(hours=1)
    assert {d.outcome for d in county.all(r.Deadline) if d.kind.startswith("tip.")} == {"overtaken"}


async def test_a_taken_tip_cannot_be_withdrawn_with_an_old_button(county: County) -> None:
    villager, _, tip = await tip_taken(county)

    toast = await villager.presses_data(f"1:withdraw:{tip.ref}:0", 1)

    assert toast and "过去" in toast["text"]
    assert county.one(r.Tip).state is TipState.ACCEPTED


@pytest.mark.parametrize("words", ["你好", "在吗", "谢谢", "收到"])
async def test_a_greeting_is_answered_kindly_and_opens_nothing(county: County, words: str) -> None:
    villager = county.villager()

    await villager.says(words)

    assert "直接发来" in villager.last
    assert county.all(r.Tip) == []


async def test_thanks_after_somebody_took_it_are_no_new_tip(county: County) -> None:
    villager, _, _ = await tip_taken(county)
    await county.forward(minutes=30)

    await villager.says("谢谢")

    assert len(county.all(r.Tip)) == 1 and len(county.all(r.TipItem)) == 1
    assert villager.heard == []


async def test_a_sticker_is_answered_kindly_and_opens_nothing(county: County) -> None:
    villager = county.villager()

    await villager.sends(sticker=True)

    assert "看不懂" in villager.last and "照片" in villager.last
    assert county.all(r.Tip) == []


# ── declined ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _declined(county: County):
    villager, leader = county.villager(), county.yunxi.leader
    county.group.ignores("tip.submitted")
    await villager.says(STALL)
    await leader.presses("不予受理", on=county.group)
    await leader.presses("民事纠纷", on=county.group)
    await leader.presses("看内容", on=county.group)
    assert villager.heard == ["tip.opened", "tip.declined"]
    assert villager.last == "您有一条新答复。" and villager.buttons == ["点开看"], "nothing on a locked screen"
    await villager.presses("点开看")
    return villager, leader


async def test_a_refusal_is_told_in_everyday_words(county: County) -> None:
    villager, _ = await _declined(county)

    assert "调解员" in villager.last and "不予受理" not in villager.last
    assert villager.buttons == ["请县里再看", "好的"]


async def test_the_county_is_asked_once_and_may_uphold(county: County) -> None:
    villager, _ = await _declined(county)
    desk = county.office.desk
    county.others_may_hear("tip.appealed")

    notice = _newest(county, villager)
    await villager.presses("请县里再看")
    twice = await villager.presses_data(f"1:appeal:{county.one(r.Tip).ref}:0", notice)
    await desk.presses("看原话")
    assert PLANTED_WORDS in desk.last
    await desk.presses("维持")

    assert twice and "只再看一遍" in twice["text"]
    assert desk.heard == ["tip.appealed"] and villager.heard == ["tip.upheld"]
    await villager.presses("点开看")
    assert "还是一样的答复" in villager.last and "调解员" in villager.last
    assert county.one(r.Tip).state is TipState.DECLINED
    assert [e.by for e in county.events("tip.read")] == ["QL-desk-1"]


async def test_the_county_may_give_it_back_with_a_fresh_window(county: County) -> None:
    villager, leader = await _declined(county)
    desk = county.office.desk
    county.others_may_hear("tip.appealed", "tip.reminded")
    county.group.ignores("tip.returned")
    await county.forward(minutes=30)
    await villager.presses("点开看")
    await villager.presses("请县里再看")

    await desk.presses("请镇里重办")
    tip = county.one(r.Tip)
    late = await desk.presses_data(f"1:uphold:{tip.ref}:0", _newest(county, desk))

    assert desk.heard == ["tip.appealed"] and villager.heard == ["tip.returned"]
    assert tip.state is TipState.SUBMITTED and (tip.due_at - county.now).total_seconds() > 14 * 60
    assert late and "过去" in late["text"], "two decisions are not possible"
    await county.forward(minutes=1)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.accepted"]


async def test_a_tip_given_back_once_and_declined_again_is_not_looked_at_twice(county: County) -> None:
    villager, leader = await _declined(county)
    county.others_may_hear("*"), county.group.ignores("*"), leader.ignores()
    await villager.presses("请县里再看")
    await county.office.desk.presses("请镇里重办")
    await county.forward(minutes=1)
    county.office.desk.ignores()
    await leader.presses("不予受理", on=county.group)
    await leader.presses("看过", on=county.group)
    await leader.presses("看内容", on=county.group)

    assert villager.heard == ["tip.returned", "tip.declined"]
    await villager.presses("点开看")
    assert "请县里再看" not in _keys(county, villager), "the county looks once"
    assert "县里已经看过一次" in villager.last


# ── asked back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_question_goes_back_through_the_bot_and_its_answer_to_the_asker_alone(county: County) -> None:
    villager, leader, tip = await tip_taken(county)
    second = county.yunxi.second

    await leader.presses("问一句", on=county.group)
    twice = await leader.presses("问一句", on=county.group)
    await leader.says("摊子是白天摆还是夜里摆?")
    waiting = await leader.presses("问一句", on=county.group)
    assert villager.heard == ["tip.asked"] and villager.last == "您有一条新答复。"
    await villager.presses("点开看")
    assert "白天摆还是夜里摆" in villager.last and "云溪" not in villager.last, "nobody learns who asks"
    await county.forward(hours=2)
    await villager.says(f"夜里,{PLANTED_WORDS}")

    assert twice and "私聊" in twice["text"]
    assert waiting and "等回话" in waiting["text"]
    assert leader.heard == ["tip.answered"] and PLANTED_WORDS in leader.last
    assert villager.heard == [] and len(county.all(r.Tip)) == 1
    assert second.heard == [] and county.one(r.Tip).id == tip.id
    assert PLANTED_WORDS not in county.group.card


async def test_a_spoken_answer_is_opened_by_the_owner(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    await leader.presses("问一句", on=county.group)
    await leader.says("还在吗?")
    assert villager.heard == ["tip.asked"]

    await villager.presses("点开看")
    await villager.sends(voice=True)
    await villager.presses("可以听")
    await leader.presses("看原话", on=county.group)

    assert leader.heard == ["tip.answered"]
    voices = [v for v in county.sandbox.world.messages(leader.chat_id) if v["from"] == "bot" and v["kind"] == "voice"]
    assert len(voices) == 1


async def test_what_is_said_before_a_question_is_read_is_no_answer_to_it(county: County) -> None:
    villager, leader, tip = await tip_taken(county)
    await leader.presses("问一句", on=county.group)
    await leader.says("摊子多大?")
    assert villager.heard == ["tip.asked"]

    await villager.says("刚才忘了说,他们还放喇叭")

    assert leader.heard == [] and county.one(r.Question).answered_at is None, "it came before the question was read"
    assert county.one(r.Tip).texts == tip.texts + 1
    await villager.presses("点开看")
    await villager.says("三张桌子")
    assert leader.heard == ["tip.answered"] and "三张桌子" in leader.last and "喇叭" not in leader.last


async def test_an_answer_belongs_to_the_matter_that_was_asked_about(county: County) -> None:
    """The sender has told of something else since: what is said after reading goes to whoever asked."""
    villager, leader, first = await tip_taken(county)
    county.others_may_hear("*"), county.group.ignores("*")
    await county.forward(minutes=20)
    await villager.says("河口村桥头有人乱倒垃圾")
    villager.ignores()
    await villager.presses("另一件")
    await county.forward(minutes=20)
    assert len(county.all(r.Tip)) == 2
    await leader.presses("问一句", on=county.group, containing=county.one(r.Case).number)
    await leader.says("摊子多大?")

    await villager.presses("点开看")
    await villager.says("三张桌子")

    assert "tip.answered" in leader.heard and "三张桌子" in leader.last
    assert county.one(r.Question).tip_id == first.id and county.one(r.Question).answered_at is not None
    assert len(county.all(r.Tip)) == 2, "and it opens nothing"
    leader.ignores()


async def test_the_sender_ends_the_questions_at_any_time_and_may_allow_them_again(county: County) -> None:
    """From the list of one's own matters, before or after anything was asked; the list says so."""
    villager, leader, tip = await tip_taken(county)
    other = county.villager(6_100_000_000_000, "路人")
    await other.says("/start")
    await villager.says("/mytips")

    await villager.presses("不再问我")

    assert "不再问您" in villager.last and "可以再问" in "".join(villager.buttons)
    await leader.presses("问一句", on=county.group)
    await leader.says("摊子多大?")
    assert "不想再被问" in leader.last and villager.heard == [] and county.all(r.Question) == []
    twice = await villager.presses_data(f"1:quiet.on:{tip.ref}:0", 1)
    foreign = await other.presses_data(f"1:quiet.off:{tip.ref}:0", 1)
    forged = await villager.presses_data(f"1:quiet.loud:{tip.ref}:0", 1)
    assert twice["text"] and foreign["show_alert"] and forged["show_alert"] and county.one(r.Tip).no_questions
    await villager.presses("可以再问")
    assert "不再问您" not in villager.last and not county.one(r.Tip).no_questions
    await leader.presses("问一句", on=county.group)
    await leader.says("摊子多大?")
    assert villager.heard == ["tip.asked"]
    await villager.says("/mytips")
    await villager.presses("不再问我")
    assert county.one(r.Question).answered_at is not None, "what was still to be answered need not be"
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    late = await villager.presses_data(f"1:quiet.on:{tip.ref}:0", 1)
    assert late["text"] and villager.heard == ["tip.closed"]


async def test_a_question_may_be_dropped_before_it_is_written(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    await leader.presses("问一句", on=county.group)

    await leader.says("/cancel")
    await leader.says("这句不是问题")

    assert villager.heard == []
    assert county.all(r.Question) == []


# ── merged, solved, unsolved ─────────────────────────────────────────────────────────────────────────────────────────


async def test_the_sender_of_a_merged_tip_is_told_and_gets_the_result(county: County) -> None:
    first, leader, _ = await tip_taken(county)
    other = county.villager(6_000_000_000_002, "第二个村民")
    await other.says("河口村夜市又有人占道摆摊")
    assert other.heard == ["tip.opened"] and county.group.heard == ["tip.submitted"]

    await leader.presses("并案", on=county.group)
    await leader.presses("云溪-2026-0001", on=county.group)
    merged = other.heard
    again = await leader.presses_data(
        f"1:merge:{next(t.ref for t in county.all(r.Tip) if t.state is TipState.MERGED)}:0",
        _card(county),
        county.group.chat_id,
    )
    await county.forward(minutes=1)
    await leader.presses("结案", on=county.group, containing="承办")
    await leader.presses("已劝阻", on=county.group)
    await leader.presses("1人", on=county.group)
    county.others_may_hear("reward.proposed")

    assert merged == ["tip.accepted"]
    assert again is not None
    assert first.heard == ["tip.closed"] and other.heard == ["tip.closed"]
    await other.presses("点开看")
    assert "停了" in other.last
    await other.says("/mytips")
    assert "结果" in other.last


async def test_a_merged_case_does_not_stay_open_in_the_list(county: County) -> None:
    _, leader, first = await tip_taken(county)
    other = county.villager(6_000_000_000_002, "第二个村民")
    other.ignores(), county.group.ignores("*")
    await other.says("河口村夜市又有人占道摆摊")
    second = next(t for t in county.all(r.Tip) if t.id != first.id)
    await leader.presses("受理", on=county.group, containing=second.letters)
    await county.forward(minutes=1)

    await leader.presses("并案", on=county.group, containing="云溪-2026-0002")
    await leader.presses("云溪-2026-0001", on=county.group)

    cases = {c.number: c.state for c in county.all(r.Case)}
    assert cases == {"云溪-2026-0001": CaseState.OPEN, "云溪-2026-0002": CaseState.CLOSED}


async def _closed(county: County):
    villager, leader, _ = await tip_taken(county)
    await leader.presses("结案", on=county.group)
    await leader.presses("不属实", on=county.group)
    assert villager.heard == ["tip.closed"]
    return villager, leader


async def test_the_result_is_neutral_until_it_is_opened_and_folds_again(county: County) -> None:
    villager, _ = await _closed(county)
    closed = villager.last

    await villager.presses("点开看")
    opened = villager.last
    await county.forward(minutes=1, seconds=1)

    assert closed == "您有一条新答复。"
    assert "没有看到" in opened
    assert villager.last == closed and villager.buttons == ["点开看"]


async def test_unsolved_goes_to_the_desk_which_picks_another_handler(county: County) -> None:
    villager, leader = await _closed(county)
    desk, officer = county.office.desk, county.yunxi.officer
    county.others_may_hear("tip.unsolved")
    await villager.presses("点开看")

    await villager.presses("没解决")
    tip = county.one(r.Tip)
    again = await villager.presses_data(f"1:solved:{tip.ref}:0", _newest(county, villager))
    await desk.presses("另派人")
    offered = desk.buttons
    stranger = await desk.presses_data(f"1:officer.QL01S-1:{tip.ref}:0", _newest(county, desk))
    await desk.presses("云溪镇队员1")

    assert desk.heard == ["tip.unsolved"]
    assert again and "办过" in again["text"]
    assert "云溪镇队长" not in offered and "云溪镇队员1" in offered
    assert stranger and "没经手" in stranger["text"], "not whoever handled it before"
    tip = county.one(r.Tip)
    assert tip.state is TipState.ACCEPTED and tip.owner_id == officer.seat and tip.reopened == 1
    assert villager.heard == ["tip.reassigned"] and officer.heard == ["tip.reassigned"]
    assert county.one(r.Case).state is CaseState.OPEN
    await officer.presses("看原话", on=county.group)
    assert PLANTED_WORDS in officer.last
    refused = await leader.presses_data(f"1:read:{tip.ref}:0", _card(county), county.group.chat_id)
    assert refused and "原话只给接手的人看" in refused["text"]


async def test_a_rating_is_given_once(county: County) -> None:
    villager, _ = await _closed(county)
    await villager.presses("点开看")
    notice = _newest(county, villager)

    await villager.presses("行")
    twice = await villager.presses_data(f"1:unsolved:{county.one(r.Tip).ref}:0", notice)

    assert county.one(r.Tip).rated == "solved"
    assert twice and "办过" in twice["text"]
    assert villager.heard == []


async def test_at_most_five_messages_that_we_start_reach_the_villager_before_the_reward(county: County) -> None:
    villager, leader, _ = await tip_taken(county)
    desk = county.office.desk
    county.others_may_hear("*"), desk.ignores(), leader.ignores()
    started = ["tip.accepted"]

    await leader.presses("问一句", on=county.group)
    await leader.says("摊子多大?")
    await villager.presses("点开看")
    await villager.says("三张桌子")
    await leader.presses("到现场看了", on=county.group)
    await county.forward(minutes=1)
    await leader.says("/whistle 市监局 河口夜市")
    await leader.presses("云溪-2026-0001")
    await leader.presses("叫")
    await county.market.liaison_a.presses("签收")
    await county.market.liaison_a.presses("到场")
    await county.forward(minutes=1)
    county.market.liaison_a.ignores(), county.group.ignores("*")
    await leader.presses("结案", on=county.group, containing="承办")
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号")
    await leader.presses("云溪镇队员1")
    await county.yunxi.officer.presses("核对无误")
    county.yunxi.officer.ignores()
    started += villager.heard

    assert started == ["tip.accepted", "tip.asked", "tip.closed"]
    await signed(county, desk)
    started += villager.heard
    assert started[-1] == "reward.announced" and len(started) - 1 <= 5


def _card(county: County) -> int:
    return int(next(v["message_id"] for v in county.group.views if v["keyboard"] or v["from"] == "bot"))


def _newest(county: County, person: object) -> int:
    return int([v for v in county.sandbox.world.messages(person.chat_id) if v["from"] == "bot"][-1]["message_id"])


def _keys(county: County, person: object) -> list[str]:
    return [
        k["text"] for v in county.sandbox.world.messages(person.chat_id) for row in v["keyboard"] or [] for k in row
    ]
