"""The watcher is watched: `/healthz`, `/metrics`, and a heartbeat that somebody outside sees."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web

from bot.metrics import Heartbeat, coarse
from tests.county import County


async def _get(county: County, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{county.app.port}{path}") as answer:
        return answer.status, await answer.text()


async def test_the_figures_tell_what_waits_and_never_whose_it_is(county: County) -> None:
    villager = county.villager()
    county.group.ignores("tip.submitted")
    await villager.says("河口村有人在路边摆摊占了半条路")
    assert villager.heard == ["tip.opened"]

    status, page = await _get(county, "/metrics")
    healthy, _ = await _get(county, "/healthz")

    assert (status, healthy) == (200, 200)
    assert "tip." not in page, (
        "a single message shows in no figure: it could be matched with who was seen with a phone in hand"
    )
    assert [coarse(kind, 19) for kind in ("tip.submitted", "tip.threatened", "reveal.asked", "call.opened")] == [
        10,
        10,
        10,
        19,
    ]
    assert "whistle_oldest_alarm_seconds 0.0" in page and "whistle_tick_lag_seconds" in page
    assert villager.account not in page and "河口村" not in page


@pytest.mark.scenario(95)
async def test_the_heartbeat_stops_when_the_tick_stalls_and_comes_back(county: County) -> None:
    beats: list[str] = []

    async def beat(_: web.Request) -> web.Response:
        beats.append("beat")
        return web.Response()

    outside = web.Application()
    outside.router.add_get("/beat", beat)
    runner = web.AppRunner(outside)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    well, asked = {"ok": True}, 0

    def health() -> dict[str, bool]:
        nonlocal asked
        asked += 1
        return well

    async def rounds(count: int) -> None:
        """It asks how we are before every beat, and not again before that has arrived."""
        ends = asked + count
        await _until(lambda: asked >= ends)

    heartbeat = Heartbeat(f"http://127.0.0.1:{runner.addresses[0][1]}/beat", health, every=0.02)
    heartbeat.start()
    await _until(lambda: len(beats) >= 2)
    well["ok"] = False
    await rounds(1)  # one beat was still on its way
    silent = len(beats)
    await rounds(10)
    assert len(beats) == silent

    well["ok"] = True
    await _until(lambda: len(beats) > silent)

    await heartbeat.stop()
    await runner.cleanup()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)
