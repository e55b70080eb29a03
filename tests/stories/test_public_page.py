"""The public page: anybody reads what was decided, nobody reads who is behind it, and what was annulled is gone."""

from typing import Any

import aiohttp
import pytest

from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_documents import NAME, procedure_of
from workflows import procedure, term
from workflows import records as r
from workflows.lawprofile import TermId
from workflows.states import Stage
from workflows.work import Outside, Work

pytestmark = pytest.mark.both_engines
SUMMARY = "在田里露天焚烧稻秆两堆。"


async def get(county: County, path: str, **headers: str) -> tuple[int, str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{county.app.port}{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


async def data(county: County, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{county.app.port}{path}") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_decision_is_published_read_by_anybody_and_withdrawn(county: County) -> None:
    villager, leader, tip = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    officer, reviewer, desk = county.yunxi.officer, county.yunxi.reviewer, county.office.desk
    chief = county.yunxi.township_leader
    county.app.store.outside = Outside(public_url=f"http://127.0.0.1:{county.app.port}")
    case = county.one(r.Case)
    decided = {
        "state": Stage.SERVED,
        "penalties": ["fine"],
        "fine_fen": 80_000,
        "number": "云溪罚决〔2026〕7号",
        "kind": "ordinary",
    }
    await procedure_of(county, case, **decided, decided_on=county.now.date(), served_on=county.now.date())

    def served(work: Work) -> None:
        proc = work.procedure_of(case.id)
        assert proc is not None
        term.begin(work, proc, TermId.PUBLISH)

    await county.app.store.decide(served)
    assert (await get(county, "/public"))[1].count("现在没有公开的处罚决定") == 1

    await desk.says("/open")
    await desk.presses("待公开的处罚")
    assert "云溪-2026-0001 · 云溪镇" in desk.last and "公开，11月11日 前" in desk.last, desk.last
    await reviewer.says("/review")
    assert "等着公开或撤回的 1 件" in reviewer.last
    await reviewer.presses("云溪-2026")
    await reviewer.presses("公开决定")
    assert "写全名" not in "".join(reviewer.buttons), "a person is never named, so nobody is asked"
    await reviewer.says("经群众举报，李某在河口村焚烧稻秆。")
    assert "不要写" in reviewer.last and county.all(r.Publication) == []
    await reviewer.presses("接着填")
    await reviewer.says(SUMMARY)
    assert "公开：11月2日起" in reviewer.last and "更正公开" in reviewer.buttons, reviewer.last
    await desk.presses("待公开的处罚")
    assert "没有等着公开或撤回的" in desk.last

    ref = county.one(r.Publication).ref
    pages = {
        path: (await get(county, path))[1]
        for path in ("/public", "/public?lang=en", f"/public/{ref}", f"/public/{ref}?lang=en")
    }
    pages |= {path: str(await data(county, path)) for path in ("/public.json", f"/public/{ref}.json")}
    for path, page in pages.items():
        assert "云溪罚决〔2026〕7号" in page, path
        hidden = [
            NAME,
            "430000",
            "河口",
            case.number,
            tip.receipt,
            str(tip.account),
            "稻秆两堆。" if path == "/public" else "\0",
        ]
        for planted in [*county.planted, *hidden]:
            assert planted not in page, (path, planted)
    shown = pages[f"/public/{ref}"]
    case_name = f"{NAME[0]}某乱堆粪便、垃圾、柴草破坏村容镇貌和环境卫生案"
    for said in (
        case_name,
        "十五日内",
        "第六十七条",
        SUMMARY,
        "罚款 800元",
        "青岚县云溪镇人民政府",
        "2026-11-02",
    ):
        assert said in shown, said
    assert "People&#39;s Government of Yunxi" in pages[f"/public/{ref}?lang=en"]
    found = await data(county, f"/public/{ref}.json")
    assert found["case_name"] == case_name
    assert (found["party"], found["fine_yuan"], found["penalties"][0]["label"]) == (f"{NAME[0]}某", 800, "罚款")
    _, _, headers = await get(county, f"/public/{ref}")
    assert (
        "noindex" in headers["X-Robots-Tag"]
        and "script" not in headers["Content-Security-Policy"]
        and "Set-Cookie" not in headers
    )

    def annulled(work: Work) -> None:
        proc = work.procedure_of(case.id)
        assert proc is not None
        step = procedure.take(work, proc, "revoke", work.get(r.Person, str(officer.seat)), {"revoke_why": "annulled"})
        procedure.confirm(work, step, [work.get(r.Person, str(chief.seat))])

    chief.ignores(), officer.ignores()
    await county.app.store.decide(annulled)
    await officer.says(f"/case {case.number}")
    await officer.presses("办案")
    await officer.presses("撤回公开")
    assert "已撤回" in officer.last
    for path in ("/public", f"/public/{ref}", "/public.json", f"/public/{ref}.json", f"/public/{ref}?lang=en"):
        page = (await get(county, path))[1]
        assert (
            "云溪罚决〔2026〕7号" in page and SUMMARY not in page and f"{NAME[0]}某" not in page and "800" not in page
        ), path
    assert "决定已被复议机关或人民法院撤销、确认违法或者确认无效" in (await get(county, f"/public/{ref}"))[1]
    assert (await get(county, "/public/ABCDEFGH"))[0] == 404 and (await get(county, "/public?page=x"))[0] == 200
    reviewer.ignores(), desk.ignores()


async def test_the_page_is_off_where_the_county_says_so_and_slow_for_whoever_hurries(
    county: County,
) -> None:
    procedures = county.app.book.policy.on(county.now.date()).procedure
    object.__setattr__(procedures, "public_page", False)
    try:
        for path in ("/public", "/public.json", "/public/ABCDEFGH"):
            assert (await get(county, path))[0] == 404, path
    finally:
        object.__setattr__(procedures, "public_page", True)
    answers = [(await get(county, "/public", **{"X-Forwarded-For": "9.9.9.9"}))[0] for _ in range(42)]
    assert answers[0] == 200 and answers[-1] == 429 and (await get(county, "/public"))[0] == 200
