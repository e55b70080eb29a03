"""After a start, while nobody waits: what the first alarm needs is loaded, and what was only played through leaves nothing behind."""

import asyncio
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from bot import warm
from bot.warm import Undone, Warmer
from tests.county import County
from tests.stories.walks import blows
from workflows import hours
from workflows.matching import Matcher
from workflows.states import CallState
from workflows.work import Work


def everything(work: Work) -> dict[str, list[Any]]:
    """Every row of every table, but for the signs of life of the process itself."""
    tables = [t for t in SQLModel.metadata.sorted_tables if t.name not in ("replica", "lease")]
    return {t.name: [tuple(row) for row in work.session.connection().execute(select(t))] for t in tables}


@pytest.mark.both_engines
async def test_a_call_that_is_played_through_leaves_nothing_behind(county: County) -> None:
    """It falls silent, rings the next, is drawn and signed; then it is as it was, and its own time comes as ever."""
    whistle = await blows(county, "市监局")
    liaison = county.market.liaison_a
    liaison.ignores("call.opened")
    before = await county.app.store.read(everything)
    seen: list[Any] = []

    def played(work: Work) -> None:
        try:
            county.app.warmer.play(work)
        finally:
            seen.extend(call.state for call in work.calls(whistle.id))

    with pytest.raises(Undone):
        await county.app.store.decide_patiently(played)

    assert seen == [CallState.ACKNOWLEDGED]
    assert await county.app.store.read(everything) == before
    await county.settled()
    assert await county.app.store.read(everything) == before


async def test_the_texts_and_the_calendar_are_loaded_and_a_failure_does_no_harm(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = county.app
    monkeypatch.setattr(warm, "_QUIET_SECONDS", 0)
    monkeypatch.setattr(warm, "_PAUSE_SECONDS", 0)
    hours._public.cache_clear()
    loaded: list[Matcher] = []
    monkeypatch.setattr(Matcher, "load", lambda self: loaded.append(self))
    warmer = Warmer(app.store, app.sender, app.renderer, lambda: True)
    warmer.start()
    async with asyncio.timeout(30):
        while warmer.at_work:
            await asyncio.sleep(0.02)

    assert loaded == [app.book.matcher]
    assert hours._public.cache_info().currsize >= 2
    assert ("toasts", "acknowledged", "zh") in app.renderer._compiled
    await warmer.stop()

    broken = Warmer(app.store, app.sender, app.renderer, lambda: 1 // 0 == 0)
    broken.start()
    async with asyncio.timeout(30):
        while broken.at_work:
            await asyncio.sleep(0.02)
    await broken.stop()
    assert await app.store.decide(lambda work: work.now) is not None
