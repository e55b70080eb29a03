"""How long a page lives, what it takes, and how long the chat waits for an answer, are the county's numbers."""

from datetime import timedelta
from typing import Any

from tests.county import County
from tests.stories.opening import tip_taken
from tests.stories.test_continued import FILM, KEY, _address, _pages
from tests.stories.test_crew import Browser
from tests.stories.test_crew import browsers as browsers
from tests.stories.test_documents import procedure_of
from tests.stories.walks import FOOD, rules
from workflows import records as r


def _few(version: dict[str, Any]) -> None:
    version["page"] = {"form_hours": 2, "upload_hours": 3, "largest_mb": 20, "most_files": 1}
    version["prompt_minutes"] = 30


async def test_pages_live_and_take_as_much_as_the_policy_says(county: County, browsers: Any) -> None:
    await rules(county, _few)
    _pages(county)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    await procedure_of(county, county.one(r.Case))
    await leader.presses("文书", on=county.group)
    await leader.presses("现场检查笔录")
    await leader.presses("在网页上填")
    form = _address(leader.last)
    await leader.presses("取证", on=county.group)
    assert "30 分钟没有新的就自动停" in leader.last
    await leader.presses("上传大文件")
    mine: Browser = browsers(_address(leader.last))
    lives = {one.kind: one.expires_at - one.made_at for one in county.all(r.Link)}
    assert lives == {"document": timedelta(hours=2), "evidence": timedelta(hours=3)}

    await mine.asks()
    await mine.presses("open")
    assert "每个不超过 20 MB" in mine.text
    part = f"{mine.address}/part/"
    assert await _put(mine, f"{part}{KEY}", 0, FILM[:8_000_000]) == (200, {"have": 8_000_000})
    assert await _put(mine, f"{part}{KEY[::-1]}", 0, b"%PDF-1.7") == (413, {"have": 0, "said": "too_many"})
    assert await _put(mine, f"{part}{KEY}", 8_000_000, FILM[:8_000_000]) == (200, {"have": 16_000_000})
    assert await _put(mine, f"{part}{KEY}", 16_000_000, FILM[:5_000_000]) == (
        413,
        {"have": 16_000_000, "said": "too_big"},
    )
    await county.pass_seconds(2 * 3600 + 60)
    old: Browser = browsers(form)
    await old.asks()
    assert old.status == 410, "the form's two hours are over"
    assert (await mine.asks()).status == 200, "the other page has one hour more"


async def _put(browser: Browser, part: str, begin: int, data: bytes) -> tuple[int, Any]:
    async with browser.session.put(f"{part}?from={begin}", data=data) as answer:
        return answer.status, await answer.json()


async def test_a_chosen_case_stays_chosen_while_pieces_come_and_is_let_go_when_it_is_quiet(county: County) -> None:
    """Two cases of one officer: what is sent an hour after 〔取证〕 must not land in the newer one."""
    await rules(county, _few)
    villager, leader, _ = await tip_taken(county)
    villager.ignores(), county.group.ignores(), leader.ignores()
    first = county.one(r.Case)
    other = county.villager(7_000_000_001, "村民二")
    other.ignores(), county.others_may_hear("*"), county.group.ignores("tip.submitted")
    await other.says(FOOD)
    await leader.presses("受理", on=county.group)
    second = next(c for c in county.all(r.Case) if c.id != first.id)
    await leader.presses("取证", on=county.group, containing=first.number)

    for _ in range(3):
        await county.pass_seconds(25 * 60)
        await leader.sends(photo=True)
    assert {e.case_id for e in county.all(r.Evidence)} == {first.id}, "75 minutes later it is still this case"

    await county.pass_seconds(31 * 60)
    await leader.says("车斗里还有半车垃圾")
    assert [e.kind for e in county.all(r.Evidence)] == ["photo"] * 3, (
        "quiet for half an hour: a line is no record any more"
    )
    await leader.sends(photo=True)
    assert {e.case_id for e in county.all(r.Evidence)} == {first.id, second.id}, "and a picture goes to the newest case"
