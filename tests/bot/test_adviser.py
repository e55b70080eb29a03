"""The county's language-model service: asked with masked words only, and never needed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adviser import HttpAdviser
from tests.county import PLANTED_ID, PLANTED_NAME, PLANTED_PHONE, County
from tests.stories.opening import STALL, tip_taken
from workflows import records as r
from workflows.events import Kind
from workflows.rulebook import Rulebook

CHOICES = [("CG013", "占道摆摊"), ("HB007", "排污"), ("NY002", "电鱼")]


class Service:
    """A loopback server that answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Any = {"codes": ["HB007"]}
        self.status = 200
        self.silent = False
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({**await request.json(), "_headers": dict(request.headers)})
        if self.silent:
            await asyncio.Event().wait()
        if self.answer == "the last":
            return web.json_response({"codes": [self.asked[-1]["choices"][-1]["code"]]})
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status, headers={"Location": "/"})
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    found = Service()
    app = web.Application()
    app.router.add_post("/", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}/"
    yield found
    await runner.cleanup()


async def test_only_known_codes_come_back_best_first_and_at_most_two(service: Service) -> None:
    service.answer = {"codes": ["XX999", "NY002", 7, "NY002", "CG013", "HB007"]}

    assert await HttpAdviser(service.url).ask("河里有人电鱼", CHOICES) == ["NY002", "CG013"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [("no json", 200), ({"codes": "HB007"}, 200), ({}, 200), ([], 200), ({"codes": ["HB007"]}, 500), ("", 302), ("[" * 70_000, 200)],
)  # fmt: skip
async def test_a_bad_answer_is_no_opinion_and_the_service_rests(service: Service, answer: Any, status: int) -> None:
    service.answer, service.status = answer, status
    adviser = HttpAdviser(service.url)

    assert await adviser.ask("河里有人电鱼", CHOICES) == []
    service.answer, service.status = {"codes": ["HB007"]}, 200
    assert await adviser.ask("河里有人电鱼", CHOICES) == []
    assert len(service.asked) == 1, "left alone for a minute"


async def test_silence_and_an_absent_service_are_no_opinion(service: Service) -> None:
    service.silent = True

    assert await HttpAdviser(service.url, seconds=0.1).ask("河里有人电鱼", CHOICES) == []
    assert await HttpAdviser("http://127.0.0.1:9/", seconds=1).ask("河里有人电鱼", CHOICES) == []


@pytest.fixture
async def advised(tmp_path: Path, book: Rulebook, service: Service) -> AsyncIterator[County]:
    made = await County(tmp_path / "county", book, settings={"adviser_url": service.url}).start()
    yield made
    await made.stop()


async def test_the_officer_sees_a_second_opinion_and_the_service_learns_no_sender(
    advised: County, service: Service
) -> None:
    county = advised
    _, leader, tip = await tip_taken(county, f"{STALL},我是{PLANTED_NAME},电话{PLANTED_PHONE}")
    service.answer = "the last"
    await leader.presses("定事项", on=county.group)

    told = str(service.asked)
    assert len(service.asked) == 1 and "占道" in service.asked[0]["text"] and len(service.asked[0]["choices"]) <= 20
    assert not any(
        secret in told for secret in (PLANTED_NAME, PLANTED_PHONE, str(PLANTED_ID), tip.account, tip.receipt)
    )
    assert county.one(r.Event, kind=Kind.TIP_ADVISED.value).by == "QL01S-1"
    assert county.one(r.Event, kind=Kind.TIP_ADVISED.value).facts["codes"] == [service.asked[0]["choices"][-1]["code"]]
    assert "模型看着像" in leader.last and len(leader.buttons) == 6
    leader.ignores()


async def test_a_stranger_makes_nothing_leave_the_house(advised: County, service: Service) -> None:
    county = advised
    await tip_taken(county)
    stranger = county.market.liaison_a
    key = next(
        k["data"] for v in county.group.views for row in v["keyboard"] or [] for k in row if k["text"] == "定事项"
    )

    await stranger.presses_data(key, 1)

    assert service.asked == [] and stranger.toast is not None and stranger.toast["show_alert"]
