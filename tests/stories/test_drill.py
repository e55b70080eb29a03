"""演练: announced, marked in every text, run to the end, counted nowhere; a roll-call that knows posts and no persons."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiohttp import web

from messages.render import LANGUAGES, Renderer, plain
from tests.county import County
from tests.messages.gallery import blocks, variants
from tests.stories.walks import blows, until
from workflows import figures
from workflows import records as r

HEAD = {"zh": "🧪 【演练】不是真事，请照真的办", "en": "🧪 DRILL – nothing has happened; please act as if it had"}
TUESDAY_10 = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)  # 10:00 in the county


@pytest.fixture(scope="module")
def texts(book) -> Renderer:
    return Renderer(book)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_of_a_drill_can_miss_saying_so(texts: Renderer, lang: str) -> None:
    """The head stands in one place, before every template and audience alike."""
    for template, audience in blocks():
        for facts in variants(template, audience):
            drawn = texts.message(template, lang, audience, facts, drill=True)
            assert plain(drawn).splitlines()[0] == HEAD[lang], (template, audience)
            assert HEAD[lang] not in plain(texts.message(template, lang, audience, facts))


async def announced(county: County, unit: str = "市监局", day: str = "11月3日") -> r.Drill:
    desk = county.office.desk
    await desk.says("/open")
    await desk.presses("安排演练")
    await desk.presses(unit)
    await desk.presses(day)
    return county.one(r.Drill)


async def blows_a_drill(county: County, units: str = "市监局") -> r.Whistle:
    leader = county.yunxi.leader
    await leader.says(f"/whistle {units} 河口集市占道经营")
    await leader.presses("这是演练")
    await leader.presses("叫")
    return county.one(r.Whistle)


def all_texts(county: County, *since: r.Outbox) -> list[tuple[str, str]]:
    """Every text that stands in any chat now, by chat."""
    world = county.sandbox.world
    chats = [one.chat_id for one in county.named]
    return [
        (str(chat), v["text"] or "")
        for chat in chats
        for v in list(world.messages(chat))
        if v["from"] == "bot" and not v["deleted"]
    ]


async def test_a_drill_runs_everything_says_so_in_every_text_and_counts_nowhere(county: County) -> None:
    leader, market, desk = county.yunxi.leader, county.market, county.office.desk
    head, group = market.head, county.group
    county.others_may_hear("drill.announced", "call.escalated")
    for one in (leader, market.liaison_a, market.liaison_b, market.duty_room, head, desk, group):
        one.ignores()
    drill = await announced(county)
    assert head.heard == market.liaison_a.heard == ["drill.announced"]
    assert "11月3日 09:00–17:00 之间有一次吹哨演练" in head.last
    await market.liaison_b.says("/lang")
    await market.liaison_b.presses("English")
    await until(county, TUESDAY_10)
    counted = dict(county.app.metrics._events)
    first = max(o.id for o in county.all(r.Outbox))

    whistle = await blows_a_drill(county)
    call = county.one(r.Call)
    assert whistle.drill and call.drill and county.one(r.Case).drill
    assert call.number == "云溪-演练-2026-0001-1"
    assert county.one(r.Drill, id=drill.id).started_at is not None
    await until(county, call.opened_at + timedelta(minutes=24))
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("30分钟内")
    await market.liaison_a.presses("到场")
    await leader.presses("已到", on=group)
    await market.liaison_a.presses("反馈")
    await market.liaison_a.presses("责令改正")

    sent = [o for o in county.all(r.Outbox) if o.id > first and o.state == "sent" and not o.act.startswith("topic")]
    templates = {o.template for o in sent}
    assert {
        "call.opened",
        "call.reminded",
        "call.breached",
        "call.escalated",
        "call.arrived",
        "whistle.opened",
    } <= templates
    mistaken = {o.template for o in sent if not o.drill} - {"note.never_mind", "ask.for_tip"}
    assert mistaken == set()
    world, shown = county.sandbox.world, 0
    for one in county.named:
        language = "en" if one is market.liaison_b else "zh"
        for view in list(world.messages(one.chat_id)):
            if view["from"] == "bot" and not view["deleted"] and "云溪-演练-" in (view["text"] or ""):
                shown += 1
                assert view["text"].splitlines()[0] == HEAD[language], view["text"]
    assert shown > 10
    grown = {kind: n - counted.get(kind, 0) for kind, n in county.app.metrics._events.items()}
    assert {kind for kind, n in grown.items() if n and kind.startswith(("call.", "whistle.", "case.", "tip."))} == set()
    page = (await county.app.metrics.text(0.0)).decode()
    assert "whistle_open_calls 0.0" in page

    await blows(county, "交警")
    assert county.one(r.Case, drill=False).number == "云溪-2026-0001"
    real = [o for o in county.all(r.Outbox) if o.subject_id == county.one(r.Call, unit_id="JJ").id]
    assert real and not any(o.drill for o in real)
    county.others_may_hear("*")


async def test_without_an_announced_day_there_is_no_drill(county: County) -> None:
    leader, desk = county.yunxi.leader, county.office.desk
    county.others_may_hear("drill.announced", "drill.cancelled")
    desk.ignores()
    await leader.says("/whistle 市监局 河口集市占道经营")
    assert "这是演练" not in leader.buttons
    draft = county.all(r.Draft)[-1]

    forged = await leader.presses_data(f"1:for_tip.drill:{draft.ref}:0", 1)

    assert forged and forged["show_alert"] and "没有给这些单位定演练" in forged["text"]
    assert county.all(r.Whistle) == [] and county.all(r.Case) == []
    stranger = county.market.liaison_a
    refused = await stranger.presses_data("1:drill_day.SJ_20261103:-:0", 1)
    assert refused and refused["show_alert"] and county.all(r.Drill) == []

    await announced(county)
    twice = await desk.presses_data("1:drill_day.SJ_20261110:-:0", 1)
    assert twice and "每个单位每月一次" in twice["text"]
    today = await desk.presses_data("1:drill_day.HB_20261102:-:0", 1)
    assert today and "提前一天通知" in today["text"]
    await desk.presses("取消")
    assert "取消了" in desk.last
    county.market.liaison_a.ignores("drill.announced", "drill.cancelled")
    await until(county, TUESDAY_10)
    await leader.says("/whistle 市监局 河口集市占道经营")
    assert "这是演练" not in leader.buttons


async def test_a_roll_call_counts_posts_and_knows_no_persons(county: County) -> None:
    desk, market, traffic = county.office.desk, county.market, county.traffic
    county.others_may_hear("drill.announced", "drill.called", "drill.closed")
    await announced(county, "点名演练")
    await until(county, TUESDAY_10)
    await desk.says("/open")
    await desk.presses("安排演练")
    await desk.presses("现在点名")
    await county.forward(seconds=5)  # one for each department: more than leave within a second
    assert market.liaison_a.heard == ["drill.announced", "drill.called"]

    await market.liaison_a.presses("在岗")
    again = await market.liaison_a.presses("在岗")
    assert again and "已经办过了" in again["text"]
    wrong = await county.yunxi.leader.presses_data(f"1:drill_here:{county.one(r.Drill).ref}:0", 1)
    assert wrong and wrong["show_alert"]
    traffic.liaison_a.ignores("drill.announced", "drill.called")
    await county.forward(minutes=31)

    assert desk.heard == ["drill.closed"]
    drill = county.one(r.Drill)
    assert drill.answered == ["SJ/A"]
    assert f"{len(drill.asked)}个岗应了1个" in desk.last and "不追问是谁" in desk.last
    kept = [e for e in county.events() if e.kind in ("drill.answered", "drill.closed")]
    assert [(e.kind, e.by) for e in kept] == [("drill.answered", ""), ("drill.closed", "")]
    assert not any("SJ-1" in str(e.facts) for e in kept)
    late = await market.liaison_a.presses_data(f"1:drill_here:{drill.ref}:0", 1)
    assert late and "已经过去" in late["text"]


async def test_the_desk_blows_a_drill_itself_and_its_toasts_and_phones_say_so(county: County) -> None:
    desk, market, group = county.office.desk, county.market, county.group
    rang: list[dict[str, object]] = []

    async def ring(request: web.Request) -> web.Response:
        rang.append(orjson.loads(await request.read()))
        return web.Response()

    gateway = web.Application()
    gateway.router.add_post("/ring", ring)
    runner = web.AppRunner(gateway)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/ring"
    county.extra = {**county.extra, "phone_hook_url": url, "phone_hook_secret": "whsec_c2VjcmV0"}
    await county.restart()
    county.others_may_hear("*")
    for one in (market.liaison_a, market.liaison_b, market.head, desk, county.traffic.liaison_a):
        one.ignores()
    group.ignores("tip.submitted", "whistle.opened")
    drill = await announced(county)
    early = await desk.presses_data(f"1:drill_now:{drill.ref}:0", 1)
    assert early and early["show_alert"] and "演练" in early["text"]
    stranger = await market.liaison_a.presses_data(f"1:drill_at.QL01:{drill.ref}:0", 1)
    assert stranger and stranger["show_alert"] and county.all(r.Whistle) == []
    await until(county, TUESDAY_10)

    await desk.says("/open")
    await desk.presses("安排演练")
    await desk.presses("现在演练")
    await desk.presses("云溪镇")

    whistle, call = county.one(r.Whistle), county.one(r.Call)
    assert whistle.drill and whistle.blown_by == "QL-desk-1" and call.number.startswith("云溪-演练-")
    assert desk.toast and desk.toast["text"].startswith("【演练】")
    twice = await desk.presses_data(f"1:drill_at.QL01:{drill.ref}:0", 1)
    assert twice and "已经" in twice["text"] and len(county.all(r.Whistle)) == 1
    await county.forward(minutes=9)
    assert [(one["drill"], one["seat"]) for one in rang] == [(True, "市监局A岗")]
    assert "这是演练" in str(rang[0]["words"])

    toast = await market.liaison_a.presses("签收")

    assert toast and toast["text"].startswith("【演练】已签收")
    refused = await county.traffic.liaison_a.presses_data(f"1:acknowledge:{call.ref}:0", 1)
    assert refused and refused["text"].startswith("【演练】")
    assert county.one(r.Person, id="SJ-1").lags == [], "an announced day says nothing of ordinary ones"
    found = await county.app.store.read(figures.of_unit, ["SJ"], drill.announced_at, county.now)
    assert (found.counted, found.left_out) == (0, 1)
    await desk.presses("撤哨")
    assert county.one(r.Whistle).ended_at is not None
    await county.forward(hours=9)
    assert all("演练-2026" not in text for text in desk.digests)
    await runner.cleanup()
