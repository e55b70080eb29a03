"""The same thing told twice is offered to the handler and joined by a tap; no sender learns of it. Again and again: the desk hears."""

from datetime import timedelta

from tests.county import County
from tests.stories.opening import STALL, tip_taken
from workflows import duplicate, hotspot
from workflows import records as r
from workflows.states import CaseState, TipState
from workflows.work import Work


async def test_who_takes_the_second_tip_is_offered_the_first_and_both_senders_hear_the_same(county: County) -> None:
    first_sender, leader, first = await tip_taken(county)
    second_sender = county.villager(7_000_000_001, "另一人")
    county.group.ignores("tip.submitted")
    await second_sender.says("河口村夜市又有人摆摊占道")
    second = county.all(r.Tip)[-1]
    assert second.id != first.id and second.state is TipState.SUBMITTED

    await leader.presses("受理", on=county.group)
    offered = next(v for v in reversed(county.group.views) if "可能和" in (v["text"] or ""))
    before = second_sender.heard
    await leader.presses("并入", on=county.group)
    key = offered["keyboard"][0][0]["data"]
    await leader.presses_data(key, offered["message_id"], county.group.chat_id)  # pressed twice

    assert "同一事项，离得近" in offered["text"] and offered["keyboard"][-1][0]["text"] == "不是一件"
    assert county.app.book.county.name not in offered["text"]
    merged = county.one(r.Tip, id=second.id)
    assert (merged.state, merged.merged_into) == (TipState.MERGED, first.id)
    assert before == ["tip.opened", "tip.accepted"] and second_sender.heard == [] and first_sender.heard == []
    assert not any("并" in text or "另" in text for text in (*first_sender.reads, *second_sender.reads))


async def test_the_same_picture_is_known_again_without_naming_anybody(county: County) -> None:
    def two(work: Work) -> tuple[list[duplicate.Near], list[duplicate.Near], set[str | None]]:
        made = []
        for n, place in enumerate(("QL01V01", "QL01V03", "QL01V03")):
            identity = work.meet(7_100_000_000 + n)
            tip = work.add(
                r.Tip(
                    receipt=f"10000000{n}",
                    account=identity.account,
                    state=TipState.SUBMITTED,
                    township_id="QL01",
                    village_id=place,
                    matter_code="CG013" if n else "HB007",
                    first_at=work.now + timedelta(days=9 * n),
                    last_item_at=work.now,
                )
            )
            content = {"file_unique_id": "AQADsame" if n < 2 else "AQADother"}
            mark = work.picture_mark("photo", content)
            sealed = work.seal(identity.account, content)
            work.keep_item(
                tip_id=tip.id, account=identity.account, kind="photo", at=work.now, message=n, content=sealed, mark=mark
            )
            made.append(tip)
        work.flush()
        marks = {work.items(tip.id)[0].mark for tip in made}
        return duplicate.near(work, made[1]), duplicate.near(work, made[2]), marks

    county.tampered = True
    same, other, marks = await county.app.store.decide(two)

    assert [(one.photo, one.matter) for one in same] == [(True, False)], "another matter, another village, and yet"
    assert other == [], "the same matter nine days apart is another event"
    assert len(marks) == 2 and all(mark and "AQAD" not in mark for mark in marks)


async def test_the_same_matter_again_and_again_at_one_place_is_put_before_the_desk(county: County) -> None:
    desk = county.office.desk

    def three(work: Work) -> None:
        account = work.person("QL01S-1").account
        for n in range(5):
            tip = work.add(
                r.Tip(
                    receipt=f"20000000{n}",
                    account=account,
                    by_staff=True,
                    state=TipState.ACCEPTED,
                    township_id="QL01",
                    village_id="QL01V03",
                    matter_code="CG013",
                    drill=n == 3,
                    first_at=work.now,
                    last_item_at=work.now,
                )
            )
            case = work.add(
                r.Case(
                    number=f"云溪-2026-9{n:03d}",
                    township_id="QL01",
                    tip_id=tip.id,
                    matter_code="CG013",
                    opened_at=work.now,
                    drill=n == 3,
                    state=CaseState.CLOSED if n == 4 else CaseState.OPEN,
                    verdict="untrue" if n == 4 else None,
                )
            )
            tip.case_id = case.id

    county.tampered = True
    await county.app.store.decide(three)
    found = await county.app.store.read(hotspot.find)
    later = await county.app.store.read(lambda work: hotspot.find(work, "QL01", work.now + timedelta(hours=1)))
    elsewhere = await county.app.store.read(lambda work: hotspot.find(work, "QL02"))
    await desk.says("/open")
    await desk.presses("反复发生")
    listed = desk.last
    leader = county.yunxi.leader
    await leader.says("/stats")
    own = leader.last
    county.others_may_hear("*")
    await county.forward(hours=12)

    assert [(s.village_id, s.matter_code, len(s.cases)) for s in found] == [("QL01V03", "CG013", 3)]
    assert (later, elsewhere) == ([], [])
    assert "河口村" in listed and "3件" in listed and "云溪-2026-9000" in listed and "9003" not in listed
    assert "反复发生" in own and "河口村" in own and "3件" in own
    assert any("反复发生" in text and "云溪-2026-9002" in text for text in desk.digests)
    desk.ignores()


async def test_nothing_is_offered_where_nothing_is_near(county: County) -> None:
    _, leader, _ = await tip_taken(county, STALL)

    assert not any("可能和" in (view["text"] or "") for view in county.group.views)
    leader.ignores()
