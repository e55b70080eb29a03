"""Officers' evidence: fetched at once, kept by content, counted in one message, found again when somebody touches it."""

import asyncio
import io
from pathlib import Path

from PIL import Image

from bot import audit
from bot.sandbox.files import unique_picture
from tests.county import County, Person
from tests.stories.opening import tip_taken
from tests.stories.walks import blows
from workflows import records as r


async def _at_the_scene(county: County) -> tuple[Person, r.Case]:
    """The leader has taken a tip and stands before it: the bot has asked for three shots."""
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores()
    await leader.presses("到现场看了", on=county.group)
    return leader, county.one(r.Case)


def _files(county: County) -> list[Path]:
    return sorted(p for p in (county.folder / "whistle.db.evidence").rglob("*") if p.is_file())


async def test_the_first_on_the_scene_is_asked_for_three_shots_and_they_are_ticked_off(county: County) -> None:
    leader, case = await _at_the_scene(county)
    assert "先拍全景" in leader.card and "⬜ 全景" in leader.card and "拍不了" in leader.buttons

    await leader.sends(photo=True)
    assert "先拍近景" in leader.card and "✅ 全景" in leader.card
    await leader.sends(photo=True)
    await leader.sends(video=True)
    assert "先拍标识" in leader.card and "已收 3 份" in leader.card, "a film is no shot of the three"
    await leader.sends(photo=True)

    assert "的证据已收 4 份" in leader.card and "⬜" not in leader.card
    kept = county.all(r.Evidence, case_id=case.id)
    assert [(e.shot, e.state.value) for e in kept] == [
        ("wide", "kept"),
        ("near", "kept"),
        ("", "kept"),
        ("mark", "kept"),
    ]
    assert {e.proof for e in kept} == {"media"} and all(e.by == leader.seat for e in kept)
    assert len(_files(county)) == 4 and {p.name for p in _files(county)} == {e.sha256 for e in kept}


async def test_fifty_pictures_at_once_make_one_message_and_fifty_files(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.presses("拍不了")
    assert "全景" not in leader.card
    before = len(leader.reads)
    for _ in range(5):
        county.sandbox.world.album(leader.chat_id, items=[{"photo": True}] * 10)
    await county.settled()

    assert len(_files(county)) == 50 and len(leader.reads) == before
    await county.forward(seconds=10)  # edits of one message wait for each other
    assert "的证据已收 50 份" in leader.card
    assert {e.state.value for e in county.all(r.Evidence, case_id=case.id)} == {"kept"}


async def test_what_cannot_be_fetched_is_tried_again_also_by_the_next_process(county: County) -> None:
    leader, _ = await _at_the_scene(county)
    county.sandbox.world.faults.order("500", method="getFile", times=2)
    await leader.sends(photo=True)
    (one,) = county.all(r.Evidence)
    assert (one.state.value, one.tries) == ("waiting", 1) and "还有 1 份正在存" in leader.card

    await county.restart()
    await county.forward(seconds=30)

    (one,) = county.all(r.Evidence)
    assert one.state.value == "kept" and len(_files(county)) == 1 and "已收 1 份" in leader.card


async def test_a_day_without_an_answer_is_told_and_ends(county: County) -> None:
    leader, case = await _at_the_scene(county)
    county.expected_errors.add("evidence.retried"), county.others_may_hear("*")
    county.sandbox.world.faults.order("500", method="getFile", times=0)
    await leader.sends(photo=True)
    await county.forward(minutes=3)
    assert leader.heard == ["evidence.delayed"] and "不用重发" in leader.last
    leader.ignores()

    await county.forward(hours=25)

    assert "请再发一次" in "".join(leader.reads[-4:])
    assert county.one(r.Evidence).state.value == "lost" and county.one(r.Case).id == case.id


async def test_a_file_that_is_not_what_it_says_is_refused_kindly_and_not_kept(county: County) -> None:
    leader, _ = await _at_the_scene(county)
    world = county.sandbox.world
    program = world.files.store("document", b"MZ" + bytes(400), name="检查清单.pdf", mime="application/pdf")
    await leader.sends(document=program.file_id)

    assert leader.heard == ["evidence.refused"]
    assert "没有收进" in leader.last and "检查清单.pdf" in leader.last and "程序" in leader.last
    assert county.one(r.Evidence).state.value == "refused" and _files(county) == []
    big = world.files.store("video", None, size=34 * 1024 * 1024, name="long.mp4", mime="video/mp4")
    await leader.sends(video=big.file_id)
    assert "34 MB" in leader.last and len(county.all(r.Evidence)) == 1


async def test_the_same_file_is_kept_once_and_known_as_the_same(county: County) -> None:
    leader, _ = await _at_the_scene(county)
    picture = unique_picture(7)
    for _ in range(2):
        stored = county.sandbox.world.files.store("photo", picture)
        await leader.sends(photo=stored.file_id)

    first, again = county.all(r.Evidence)
    assert again.same_as == first.id and again.sha256 == first.sha256 and len(_files(county)) == 1
    assert "一模一样" in leader.card


async def test_lines_and_places_go_into_the_case_that_was_chosen(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.presses("取证", on=county.group)
    await leader.says("摊位四个，占人行道约两米宽")
    await leader.says("摊主自称姓李，正在收摊")
    await leader.sends(location={"latitude": 30.1, "longitude": 109.4})
    await county.restart()
    await leader.presses("发完了")
    await leader.says("这一句不是记录")

    kept = county.all(r.Evidence, case_id=case.id)
    assert [(e.kind, e.proof) for e in kept] == [("record", "record"), ("record", "record"), ("location", "data")]
    assert kept[0].words == "摊位四个，占人行道约两米宽" and (kept[2].latitude, kept[2].longitude) == (30.1, 109.4)


async def test_a_touched_or_missing_file_is_named_by_the_audit_and_told_to_the_operator(county: County) -> None:
    leader, case = await _at_the_scene(county)
    admin = county.office.admin
    for _ in range(3):
        await leader.sends(photo=True)
    settings = county.app.settings
    assert await asyncio.to_thread(audit.verify, settings) == (True, [_whole(county)])
    changed, missing, _ = _files(county)
    changed.write_bytes(b"another picture")
    missing.unlink()

    whole, lines = await asyncio.to_thread(audit.verify, settings)
    await county.pass_seconds(2)

    assert not whole and lines[-1].startswith("2 problems")
    assert sorted(line.split("… ")[1] for line in lines[:-1]) == [
        "is not in the evidence store any more",
        "was changed in the evidence store",
    ]
    assert all(case.number in line for line in lines[:-1])
    assert admin.heard == ["evidence.damaged", "evidence.damaged"] and case.number in admin.last
    await asyncio.to_thread(audit.verify, settings)
    await county.pass_seconds(2)
    assert admin.heard == [], "the same damage is told once"


def _whole(county: County) -> str:
    chains, events = len(county.all(r.Chain)) - 1, len([e for e in county.all(r.Event) if e.chain])
    day = county.app.audit_notes.notes.read()[2]
    return f"whole: {chains} chains, {events} events, 0 ledger entries, 3 files of cases; last noted outside: {day or 'never'}"


async def test_a_department_that_looks_at_the_pictures_leaves_a_trace(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.sends(photo=True)
    liaison = county.market.liaison_a
    county.others_may_hear("*"), liaison.ignores(), leader.ignores()
    await blows(county, "SJ", on=county.one(r.Tip))
    await liaison.presses("签收")

    await liaison.presses("看现场照片")

    (trace,) = county.events("evidence.shown")
    assert trace.by == liaison.seat and trace.case_id == case.id
    assert trace.facts["pieces"] == [county.one(r.Evidence).sha256]


async def test_whoever_looks_at_the_evidence_leaves_a_trace_and_a_stranger_sees_none(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.sends(photo=True)
    await leader.sends(voice=True)
    reviewer, stranger = county.yunxi.reviewer, county._seat("QL02S-1")
    tip = county.one(r.Tip).ref
    before = len(list(county.sandbox.world.messages(reviewer.chat_id)))

    await leader.presses("卷宗", on=county.group)
    await leader.presses("看证据")
    await reviewer.presses_data(f"1:see_evidence:{tip}:0", 1)
    toast = await stranger.presses_data(f"1:see_evidence:{tip}:0", 1)

    assert toast is not None and toast.get("show_alert")
    await county.pass_seconds(5)
    shown = list(county.sandbox.world.messages(reviewer.chat_id))[before:]
    assert [one["kind"] for one in shown] == ["photo", "voice"] and all(one["protect"] for one in shown)
    pieces = [e.sha256 for e in county.all(r.Evidence)]
    traces = [(e.by, e.facts["why"], e.facts["pieces"], e.case_id) for e in county.events("evidence.shown")]
    assert traces == [(seat, "read", pieces, case.id) for seat in (leader.seat, reviewer.seat)]


async def test_an_altered_copy_is_found_and_a_file_and_a_voice_are_kept_as_what_they_are(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.presses("拍不了")
    world = county.sandbox.world
    drawn = Image.radial_gradient("L").resize((640, 480))
    for width in (640, 320):  # the same picture again, half as large
        out = io.BytesIO()
        drawn.resize((width, width * 3 // 4)).save(out, "JPEG", quality=85 if width == 640 else 40)
        await leader.sends(photo=world.files.store("photo", out.getvalue()).file_id)
    permit = world.files.store("document", b"%PDF-1.7 a permit", name="许可证.pdf", mime="application/pdf")
    await leader.sends(document=permit.file_id)
    await leader.sends(voice=True)
    await county.pass_seconds(5)

    first, copy, paper, voice = county.all(r.Evidence, case_id=case.id)
    assert copy.like == first.id and copy.same_as is None and copy.sha256 != first.sha256
    assert "其中 1 份和以前的照片很像" in leader.card
    assert [(e.kind, e.proof, e.mime) for e in (paper, voice)] == [
        ("document", "document", "application/pdf"),
        ("voice", "media", "audio/ogg"),
    ]


async def test_a_live_position_is_kept_where_it_began_and_no_track_follows(county: County) -> None:
    leader, case = await _at_the_scene(county)
    await leader.presses("取证", on=county.group)
    message = await leader.sends(location={"latitude": 30.1, "longitude": 109.4, "live_period": 900})
    world = county.sandbox.world
    moved = dict(world.chats[leader.chat_id].messages[message].body)
    moved |= {"location": {"latitude": 30.2, "longitude": 109.5, "live_period": 900}, "edit_date": moved["date"] + 30}
    world.emit("edited_message", leader.chat_id, moved)  # as Telegram tells of a position that moves
    await county.settled()

    (kept,) = county.all(r.Evidence, case_id=case.id)
    assert (kept.kind, kept.proof, kept.latitude, kept.longitude) == ("location", "data", 30.1, 109.4)


async def test_a_department_that_is_there_first_is_asked_for_the_three_shots_and_the_squad_is_not(
    county: County,
) -> None:
    villager, leader, _ = await tip_taken(county)
    liaison = county.market.liaison_a
    county.others_may_hear("*"), liaison.ignores(), leader.ignores(), villager.ignores(), county.group.ignores()
    await blows(county, "SJ", on=county.one(r.Tip))
    await liaison.presses("签收")
    await liaison.presses("到场")
    assert "先拍全景" in liaison.card and "拍不了" in liaison.buttons

    await liaison.sends(photo=True)
    await liaison.sends(photo=True)
    await county.pass_seconds(5)  # edits of one chat wait for each other
    assert "先拍标识" in liaison.card
    await leader.presses("到现场看了", on=county.group)
    assert "先拍" not in "".join(leader.reads), "one is asked, not everybody"
    await liaison.presses("拍不了")
    await county.pass_seconds(5)

    assert "先拍" not in liaison.card and "的证据已收 2 份" in liaison.card
    kept = county.all(r.Evidence)
    assert [(e.by, e.shot) for e in kept] == [(liaison.seat, "wide"), (liaison.seat, "near")]
    added = [(e.by, e.facts["shot"]) for e in county.events("evidence.added")]
    assert added == [(liaison.seat, "wide"), (liaison.seat, "near")], "who took it is in the chain of the case"


async def test_a_piece_of_evidence_is_put_into_another_of_the_eight_kinds(county: County) -> None:
    leader, _ = await _at_the_scene(county)
    await leader.sends(voice=True)
    await leader.presses("取证", on=county.group)
    await leader.presses("证据种类")
    await leader.presses("1. 语音 · 视听资料")
    assert len(leader.buttons) == 8 and "鉴定意见" in leader.buttons
    await leader.presses("证人证言")

    assert county.one(r.Evidence).proof == "witness" and "归为证人证言" in "".join(leader.reads[-2:])
    (sorted_,) = county.events("evidence.sorted")
    assert sorted_.by == leader.seat and sorted_.facts["proof"] == "witness"
