"""现场处置: helping is recorded by one person, enforcement by two certified officers, the second on their own phone at that moment."""

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.county import County
from tests.stories.opening import tip_sent_in, tip_taken
from tests.workflows.lawful import Matter
from workflows import case as cases
from workflows import records as r
from workflows.refusals import AmountWrong
from workflows.rulebook import Rulebook
from workflows.states import ActState, CaseState, TipState

DUMPED = "河口村有人在路边乱堆垃圾"  # a matter that the township itself may handle


async def _settle(county: County, what: str):
    villager, leader, tip = await tip_taken(county, DUMPED)
    villager.ignores()
    await leader.presses("现场处置", on=county.group)
    await leader.presses(what, on=county.group)
    return leader, tip


def _dialog(county: County) -> str:
    return str(county.group.views[-1]["text"])


def _message(county: County) -> int:
    return int(county.group.views[-1]["message_id"])


async def _without_certificate(county: County, *seats: str) -> None:
    """Their certificates are not valid today."""

    def change(work) -> None:
        for seat in seats:
            work.get(r.Person, seat).may_handle = False

    await county.app.store.decide(change)


@pytest.mark.parametrize(
    ("label", "code"), [("劝阻", "dissuade"), ("提醒", "remind"), ("宣传讲法", "inform"), ("固定证据", "record")]
)
async def test_helping_is_recorded_by_one_person_at_once(county: County, label: str, code: str) -> None:
    leader, _ = await _settle(county, label)

    act = county.one(r.Act)
    assert (act.kind, act.level, act.state, act.second) == (code, "helping", ActState.RECORDED, None)
    assert label in county.group.card and "✅" in county.group.card
    assert leader.heard == [] and county.yunxi.officer.heard == []


async def test_a_double_tap_records_helping_once(county: County) -> None:
    leader, tip = await _settle(county, "劝阻")

    again = await leader.presses_data(f"1:act.dissuade:{tip.ref}:0", _message(county), county.group.chat_id)

    assert again and "办过" in again["text"]
    assert len(county.all(r.Act)) == 1


async def test_a_tip_that_nobody_has_taken_is_taken_with_the_first_act(county: County) -> None:
    villager, _ = await tip_sent_in(county)
    officer = county.yunxi.officer

    await officer.presses("现场处置", on=county.group)
    await officer.presses("劝阻", on=county.group)

    tip = county.one(r.Tip)
    assert tip.state is TipState.ACCEPTED and tip.owner_id == "QL01S-5"
    assert villager.heard == ["tip.accepted"] and len(county.all(r.Act)) == 1


@pytest.mark.parametrize(("label", "code"), [("检查", "inspect"), ("责令改正", "order")])
async def test_enforcement_waits_for_the_second_officers_own_tap(county: County, label: str, code: str) -> None:
    leader, _ = await _settle(county, label)
    officer, other = county.yunxi.officer, county.yunxi.second
    offered = [k["text"] for row in county.group.views[-1]["keyboard"] for k in row]

    await leader.presses("云溪镇队员1", on=county.group)
    waiting = county.one(r.Act).state
    asked = officer.heard
    ref, message = county.one(r.Act).ref, int(officer.county._sent(account=officer.account)[-1].sent_message)
    foreign = await other.presses_data(f"1:present:{ref}:0", message)
    own = await leader.presses_data(f"1:present:{ref}:0", message)
    before = county.one(r.Act).state
    await officer.presses("我在场")
    twice = await officer.presses_data(f"1:present:{ref}:0", message)

    assert "云溪镇队长" not in offered and "云溪镇队员3" not in offered, "neither oneself nor who is off duty"
    assert "云溪镇法制审核员1" not in offered, "whoever reviews does not handle"
    assert asked == ["act.proposed"] and waiting is ActState.PROPOSED
    for toast in (foreign, own):
        assert toast and toast["show_alert"]
    assert before is ActState.PROPOSED
    act = county.one(r.Act)
    assert (act.kind, act.state, act.by, act.second) == (code, ActState.RECORDED, "QL01S-1", "QL01S-5")
    assert twice and "办过" in twice["text"]
    assert leader.heard == ["act.recorded"] and other.heard == []
    assert f"✅ {label}" in county.group.card


async def test_an_act_whose_second_officer_was_not_there_does_not_stand(county: County) -> None:
    leader, _ = await _settle(county, "检查")
    officer = county.yunxi.officer
    await leader.presses("云溪镇队员1", on=county.group)

    await officer.presses("我不在场")

    assert officer.heard == ["act.proposed"] and leader.heard == ["act.dropped"]
    assert county.one(r.Act).state is ActState.DROPPED
    assert "不在场" in county.group.card and "没有记上" in officer.last


async def test_the_three_lawful_ways_on_when_the_second_officer_is_missing(county: County) -> None:
    leader, _ = await _settle(county, "责令改正")

    await leader.presses("没有别人", on=county.group)
    refusal = _dialog(county)
    ways = [k["text"] for row in county.group.views[-1]["keyboard"] for k in row]

    assert "第四十二条" in refusal and "还差一名执法员" in refusal
    assert ways == ["请同事在自己手机上确认", "先记劝阻、固定证据", "约明早8:30两人来"]
    assert county.all(r.Act) == []


async def test_first_way_a_colleague_off_duty_confirms_on_their_own_phone(county: County) -> None:
    leader, _ = await _settle(county, "责令改正")
    colleague = county.yunxi.off_duty

    await leader.presses("没有别人", on=county.group)
    await leader.presses("请同事", on=county.group)
    await leader.presses("云溪镇队员3", on=county.group)
    await colleague.presses("我在场")

    assert colleague.heard == ["act.proposed"] and leader.heard == ["act.recorded"]
    assert county.one(r.Act).second == "QL01S-7"


async def test_second_way_helping_is_recorded_first(county: County) -> None:
    leader, _ = await _settle(county, "责令改正")

    await leader.presses("没有别人", on=county.group)
    await leader.presses("先记劝阻", on=county.group)
    offered = [k["text"] for row in county.group.views[-1]["keyboard"] for k in row]
    await leader.presses("劝阻", on=county.group)

    assert "检查" not in offered and "责令改正" not in offered
    assert county.one(r.Act).level == "helping"


async def test_third_way_two_go_tomorrow_at_half_past_eight(county: County) -> None:
    leader, _ = await _settle(county, "责令改正")

    await leader.presses("没有别人", on=county.group)
    await leader.presses("约明早", on=county.group)
    said = _dialog(county)
    await county.forward(hours=23, minutes=10)
    early = leader.heard
    await county.forward(hours=1)

    assert "11月3日08:30" in said
    assert early == [] or early == ["act.due"]
    due = county.events("act.due")
    assert [e.at for e in due] == [datetime.fromisoformat("2026-11-03T00:30:00+00:00")]
    assert county.all(r.Act) == []
    leader.ignores("act.due", "tip.reminded")


async def test_nobody_else_on_duty_leads_straight_to_the_three_ways(county: County) -> None:
    county.group.ignores("tip.submitted")
    for person in (county.yunxi.deputy, county.yunxi.officer, county.yunxi.second):
        await person.says("/offduty")

    await _settle(county, "检查")

    assert "还差一名执法员" in _dialog(county)
    assert county.all(r.Act) == []


async def test_somebody_without_a_valid_certificate_can_neither_act_nor_confirm(county: County) -> None:
    await _without_certificate(county, "QL01S-5", "QL01S-6")
    villager, leader, tip = await tip_taken(county, DUMPED)
    officer, second = county.yunxi.officer, county.yunxi.second
    villager.ignores()
    await leader.presses("现场处置", on=county.group)
    await leader.presses("检查", on=county.group)
    offered = [k["text"] for row in county.group.views[-1]["keyboard"] for k in row]
    draft = county.one(r.Draft)
    forged = await leader.presses_data(f"1:second.QL01S-6:{draft.ref}:0", _message(county), county.group.chat_id)
    await county.forward(minutes=1)
    await officer.presses("现场处置", on=county.group)
    await officer.presses("检查", on=county.group)
    third = await officer.presses("云溪镇队长", on=county.group)

    assert "云溪镇队员1" not in offered and "云溪镇队员2" not in offered and "云溪镇副队长" in offered
    assert forged and "执法证" in forged["text"]
    assert third and "执法证" in third["text"]
    assert county.all(r.Act) == [] and second.heard == [] and county.one(r.Tip).id == tip.id


async def test_a_certificate_that_is_still_waited_for_is_none(county: County) -> None:
    waiting = [s.id for s in county.book.county.all_seats if s.certificate_status == "待领证"]

    found = county.look(lambda session: [(p.id, p.may_handle) for p in _people(session, waiting)])

    assert waiting and len(found) == len(waiting)
    assert not any(may for _, may in found)


def _people(session: Session, ids: list[str]) -> list[r.Person]:
    return [p for p in (session.get(r.Person, i) for i in ids) if p is not None]


async def test_one_person_on_two_seats_is_not_two_officers(county: County) -> None:
    leader, _ = await _settle(county, "检查")

    def sit_on_two(work) -> None:
        work.get(r.Person, "QL01S-5").account = work.get(r.Person, "QL01S-1").account

    await county.app.store.decide(sit_on_two)
    draft = county.one(r.Draft)
    toast = await leader.presses_data(f"1:second.QL01S-5:{draft.ref}:0", _message(county), county.group.chat_id)

    assert toast and "另一个人" in toast["text"]
    assert county.all(r.Act) == []


async def test_an_officer_of_another_squad_is_no_second_officer(county: County) -> None:
    leader, _ = await _settle(county, "检查")
    draft = county.one(r.Draft)

    toast = await leader.presses_data(f"1:second.QL02S-1:{draft.ref}:0", _message(county), county.group.chat_id)

    assert toast and toast["show_alert"] and county.all(r.Act) == []


async def test_asking_twice_from_one_dialog_records_one_act(county: County) -> None:
    leader, _ = await _settle(county, "检查")
    draft, message = county.one(r.Draft), _message(county)
    officer, second = county.yunxi.officer, county.yunxi.second

    await leader.presses_data(f"1:second.QL01S-5:{draft.ref}:0", message, county.group.chat_id)
    twice = await leader.presses_data(f"1:second.QL01S-6:{draft.ref}:0", message, county.group.chat_id)

    assert len(county.all(r.Act)) == 1
    assert twice and "过去" in twice["text"]
    assert officer.heard == ["act.proposed"] and second.heard == []


async def test_nothing_is_recorded_after_the_case_was_closed(county: County) -> None:
    leader, tip = await _settle(county, "检查")
    officer = county.yunxi.officer
    await leader.presses("云溪镇队员1", on=county.group)
    await county.forward(minutes=1)
    await leader.presses("结案", on=county.group, containing="承办")
    await leader.presses("不属实", on=county.group)

    late = await officer.presses("我在场")
    act = await leader.presses_data(f"1:act.dissuade:{tip.ref}:0", _message(county), county.group.chat_id)

    assert officer.heard == ["act.proposed"]
    assert late and "过去" in late["text"]
    assert act and "过去" in act["text"]
    assert [a.state for a in county.all(r.Act)] == [ActState.PROPOSED]


async def test_another_number_is_typed_and_the_figures_of_the_township_carry_it(county: County) -> None:
    leader, _ = await _settle(county, "劝阻")
    stranger = county.yunxi.second
    county.others_may_hear("reward.proposed")
    await county.forward(minutes=1)
    await leader.presses("结案", on=county.group, containing="承办")
    await leader.presses("已劝阻教育", on=county.group)
    draft, message = county.one(r.Draft, kind="close"), _message(county)
    foreign = await stranger.presses_data(f"1:count.person-1:{draft.ref}:0", message, county.group.chat_id)
    unknown = await leader.presses_data(f"1:count.dispute-1:{draft.ref}:0", message, county.group.chat_id)
    none = await leader.presses_data(f"1:count.person-0:{draft.ref}:0", message, county.group.chat_id)
    assert foreign and unknown and none and county.one(r.Case).state is CaseState.OPEN

    await leader.presses("其他数字", on=county.group)
    await leader.says("好几个")
    assert "没看出数来" in leader.last and "5人" in leader.last
    await leader.says("五户")

    reached = county.one(r.Outcome)
    assert (reached.kind, reached.unit, reached.quantity, reached.penalty) == ("persuaded", "household", 5, False)
    assert county.events("outcome.recorded")[0].facts["quantity"] == 5 and "5户" in leader.last
    late = await leader.presses_data(f"1:count.person-1:{draft.ref}:0", message, county.group.chat_id)
    assert late and "过去" in late["text"] and len(county.all(r.Outcome)) == 1
    await leader.says("/stats")
    assert "不罚而结的" in leader.last and "5户" in leader.last


def test_a_typed_number_names_its_unit_or_means_the_usual_one(book: Rulebook) -> None:
    m = Matter(book)
    talked, settled = (cases.outcome_of(m.work, code) for code in ("persuaded", "mediated"))

    read = {
        text: cases.read_count(m.work, talked, text)
        for text in ("5", "5人", "５ 人", "三户", "12 个人", "2 household", "2 places")
    }

    assert read == {
        "5": ("person", 5),
        "5人": ("person", 5),
        "５ 人": ("person", 5),
        "三户": ("household", 3),
        "12 个人": ("person", 12),
        "2 household": ("household", 2),
        "2 places": ("place", 2),
    }
    assert cases.read_count(m.work, settled, "2") == ("dispute", 2)
    for text in ("", "人", "0", "-3", "10000", "3起", "3.5", "5人6户"):
        with pytest.raises(AmountWrong):
            cases.read_count(m.work, talked, text)


async def test_an_officers_own_pictures_go_into_the_case_they_own(county: County) -> None:
    _, leader, _ = await tip_taken(county)

    await leader.sends(photo=True)

    assert county.one(r.Evidence).by == "QL01S-1" and "云溪-2026-0001" in leader.last
    assert "队里取证：1份" in county.group.card


async def test_a_picture_of_somebody_who_owns_nothing_is_not_kept(county: County) -> None:
    officer = county.yunxi.officer

    await officer.sends(photo=True)

    assert county.all(r.Evidence) == [] and county.all(r.Tip) == []
    assert "先受理一条" in officer.last
