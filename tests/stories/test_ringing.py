"""The county's gateway rings silent phones by signed HTTP (a real server on loopback); whose messages come late is phoned first."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from tests.county import County
from tests.stories.walks import blows, button, codes_from, until
from workflows import records as r
from workflows.states import CallState, RingState

SECRET = "whsec_" + base64.b64encode(b"a secret of the county gateway").decode()
KEY = b"a secret of the county gateway"


def signature(message_id: str, timestamp: str, body: bytes) -> str:
    """As docs/operations.md describes it, written anew: what a gateway's engineer would write."""
    content = message_id.encode() + b"." + timestamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.new(KEY, content, "sha256").digest()).decode()


class Gateway:
    """The county's voice gateway: checks every signature, rings each id once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.rang: dict[str, dict[str, Any]] = {}
        self.answers: list[int] = []
        self.hang = False
        app = web.Application()
        app.router.add_post("/ring", self._ring)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.url = ""

    async def start(self) -> "Gateway":
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/ring"
        return self

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _ring(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), request.headers
        said = orjson.loads(body)
        self.asked.append({**said, "timestamp": headers["webhook-timestamp"]})
        if self.hang:
            await asyncio.sleep(30)
        status = self.answers.pop(0) if self.answers else 200
        if headers["webhook-signature"] != signature(headers["webhook-id"], headers["webhook-timestamp"], body):
            status = 401
        if status == 200:
            assert headers["Idempotency-Key"] == headers["webhook-id"] == said["id"]
            self.rang.setdefault(said["id"], said)
        return web.Response(status=status)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = await Gateway().start()
    yield made
    await made.stop()


@pytest.fixture
async def wired(county: County, gateway: Gateway) -> County:
    """The county with its gateway: the process is started again with the two settings."""
    county.extra = {**county.extra, "phone_hook_url": gateway.url, "phone_hook_secret": SECRET}
    await county.restart()
    county.others_may_hear("call.opened", "call.escalated", "phone.failed")
    return county


async def tells(county: County, ring: str, result: str, *, id: str = "msg_1", **other: Any) -> int:
    """The gateway's callback; `other` spoils one of its parts."""
    body = orjson.dumps({"id": ring, "result": result})
    timestamp = str(int(county.now.timestamp()) + other.get("late", 0))
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature(id, timestamp, body)}
    headers.update(other.get("headers", {}))
    url = f"http://127.0.0.1:{county.app.port}/hook/phone"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        status = answer.status
    await county.settled()
    return status


async def test_a_silent_phone_is_rung_at_the_minute_of_policy_and_the_answer_is_only_a_fact(
    wired: County, gateway: Gateway
) -> None:
    county, liaison = wired, wired.market.liaison_a
    liaison.ignores()
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=7, seconds=59))
    assert gateway.asked == []

    await until(county, call.opened_at + timedelta(minutes=8))

    (rung,) = gateway.rang.values()
    assert (rung["call"], rung["unit"], rung["seat"]) == (call.number, "SJ", "市监局A岗")
    assert rung["phone"] == county.book.county.seat("SJ-1").phone and rung["attempt"] == 1
    assert "请在09:15前" in rung["words"] and "河口" not in rung["words"] and "占道" not in rung["words"]
    assert rung["drill"] is False and "演练" not in rung["words"]
    assert set(rung) == {"id", "kind", "drill", "call", "unit", "seat", "phone", "attempt", "words", "callback"}
    assert [e.facts["person"] for e in county.events("phone.rung")] == ["SJ-1"]
    await county.forward(seconds=5)  # edits wait their turn
    assert "语音电话" in county.group.card and "已打出" in county.group.card
    assert await tells(county, rung["id"], "answered") == 200
    assert await tells(county, rung["id"], "heard", id="msg_2") == 200
    await county.forward(seconds=5)
    assert "按1听到" in county.group.card
    assert county.one(r.Call).state is CallState.OPEN, "only the unit's own signature counts"
    await until(county, call.due_at)
    assert county.one(r.Call).breached_at == call.due_at
    county.yunxi.leader.ignores("call.breached")


async def test_an_urgent_call_rings_all_three_after_three_minutes_and_an_answered_one_nobody(
    wired: County, gateway: Gateway
) -> None:
    county, market = wired, wired.market
    for one in (market.liaison_a, market.liaison_b, market.duty_room):
        one.ignores()
    await blows(county, "市监局", urgent=True)
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=3))
    assert {one["seat"] for one in gateway.rang.values()} == {"市监局A岗", "市监局B岗", "市监局值班室"}

    await blows(county, "交警")
    county.traffic.liaison_a.ignores()
    await county.traffic.liaison_a.presses("签收")
    await county.forward(minutes=10)

    assert all(one["unit"] == "SJ" for one in gateway.rang.values())
    county.market.head.ignores(), county.office.desk.ignores()


async def test_a_call_that_is_open_again_rings_its_silent_phones_again(wired: County, gateway: Gateway) -> None:
    """The minutes of policy run anew when nobody came after signing; a signature taken back leaves the old minute as it was."""
    county, liaison = wired, wired.market.liaison_a
    liaison.ignores(), county.yunxi.leader.ignores(), county.market.liaison_b.ignores(), county.market.head.ignores()
    county.others_may_hear("*")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + timedelta(minutes=7, seconds=50))
    await liaison.presses("签收")
    await liaison.presses("点错了")
    await until(county, call.opened_at + timedelta(minutes=8, seconds=1))
    assert len(gateway.rang) == 1, "taken back, it rings when it would have rung"

    await liaison.presses("签收")
    await county.forward(hours=3)

    again = next(e.at for e in county.events("call.reopened"))
    rung = [one.queued_at for one in county.all(r.Ring) if one.person_id == "SJ-1"]
    assert [at - again for at in rung[1:2]] == [timedelta(minutes=8)]


async def test_a_gateway_that_stumbles_is_asked_again_with_the_same_id_inside_a_minute(
    wired: County, gateway: Gateway
) -> None:
    county = wired
    county.market.liaison_a.ignores()
    gateway.answers = [503, 500, 429]
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.opened_at + timedelta(minutes=8, seconds=10))

    assert [one["attempt"] for one in gateway.asked] == [1, 2, 3, 4]
    assert len({one["id"] for one in gateway.asked}) == 1 and len(gateway.rang) == 1
    assert county.one(r.Ring).state is RingState.RUNG and county.events("phone.failed") == []


async def test_a_gateway_that_stays_away_has_failed_within_a_minute_and_is_told(
    wired: County, gateway: Gateway
) -> None:
    county, admin = wired, wired.office.admin
    county.market.liaison_a.ignores()
    gateway.answers = [503] * 30
    await blows(county, "市监局")
    call = county.one(r.Call)

    await until(county, call.opened_at + timedelta(minutes=9, seconds=1))

    assert county.one(r.Ring).state is RingState.FAILED
    failed = county.events("phone.failed")
    assert len(failed) == 1 and failed[0].at - call.opened_at <= timedelta(minutes=9)
    assert admin.heard == ["phone.failed"] and "没打出去" in county.group.card


@pytest.mark.parametrize("status", [404, 401, 400])
async def test_what_will_not_work_by_repeating_is_not_repeated(wired: County, gateway: Gateway, status: int) -> None:
    county = wired
    county.market.liaison_a.ignores()
    gateway.answers = [status] * 5
    await blows(county, "市监局")

    await county.forward(minutes=9)

    assert len(gateway.asked) == 1 and county.one(r.Ring).state is RingState.FAILED
    assert county.events("phone.failed")[0].facts["why"] == f"status {status}"
    assert county.office.admin.heard == ["phone.failed"]


async def test_with_another_secret_the_gateway_refuses_and_the_failure_is_told(
    county: County, gateway: Gateway
) -> None:
    county.extra = {"phone_hook_url": gateway.url, "phone_hook_secret": "another secret entirely"}
    await county.restart()
    county.market.liaison_a.ignores()
    await blows(county, "市监局")

    await county.forward(minutes=9)

    assert gateway.rang == {} and county.events("phone.failed")[0].facts["why"] == "status 401"
    assert county.office.admin.heard == ["phone.failed"]


async def test_no_answer_in_time_is_tried_again(wired: County, gateway: Gateway) -> None:
    county = wired
    county.market.liaison_a.ignores()
    channel = county.app.ringer._channel
    usual, channel._limits = channel._limits, aiohttp.ClientTimeout(total=0.2)
    gateway.hang = True
    await blows(county, "市监局")
    await county.forward(minutes=8)
    assert county.one(r.Ring).error == "TimeoutError" and gateway.rang == {}

    gateway.hang, channel._limits = False, usual
    await county.forward(seconds=5)

    assert county.one(r.Ring).state is RingState.RUNG and len(gateway.rang) == 1


@pytest.mark.both_engines
async def test_a_ring_that_left_with_a_process_that_died_is_repeated_under_its_id(
    wired: County, gateway: Gateway
) -> None:
    county = wired
    county.market.liaison_a.ignores()
    await blows(county, "市监局")
    await county.forward(minutes=8)
    ring = county.one(r.Ring)

    def as_if_it_died(work: Any) -> None:
        row = work.get(r.Ring, ring.id)
        row.state, row.claimed_at = RingState.RINGING, work.now

    await county.app.store.decide(as_if_it_died)
    await county.forward(seconds=31)
    county.app.ringer.poke()
    await county.settled()

    assert [one["id"] for one in gateway.asked] == [ring.id, ring.id] and len(gateway.rang) == 1
    assert county.one(r.Ring).state is RingState.RUNG


async def test_a_callback_is_believed_only_signed_fresh_and_once(wired: County, gateway: Gateway) -> None:
    county = wired
    county.market.liaison_a.ignores()
    await blows(county, "市监局")
    await county.forward(minutes=8)
    ring = county.one(r.Ring)

    assert await tells(county, ring.id, "heard", headers={"webhook-signature": "v1,AAAA"}) == 401
    assert await tells(county, ring.id, "heard", headers={"webhook-signature": ""}) == 401
    assert await tells(county, ring.id, "heard", headers={"webhook-id": "msg_9"}) == 401
    assert await tells(county, ring.id, "heard", late=-301) == 401
    assert await tells(county, ring.id, "heard", headers={"webhook-timestamp": "soon"}) == 401
    assert county.events("phone.heard") == []
    assert await tells(county, "nobody", "heard") == 404
    assert await tells(county, ring.id, "shouted") == 404
    for _ in range(3):
        assert await tells(county, ring.id, "no_answer") == 200
    assert [e.facts["result"] for e in county.events("phone.heard")] == ["no_answer"]


async def test_without_a_gateway_nothing_is_rung_and_there_is_no_callback(county: County) -> None:
    county.market.liaison_a.ignores()
    await blows(county, "市监局")
    await county.forward(minutes=9)

    assert county.all(r.Ring) == [] and county.all(r.Deadline, kind="call.phone_hook") == []
    assert await tells(county, "x", "heard") == 404


# ── 通知不畅 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def slow(county: County, seconds: int = 400, presses: int = 5) -> None:
    """The market office's A has typically pressed so late."""

    def write(work: Any) -> None:
        work.get(r.Person, "SJ-1").lags = [seconds] * presses

    await county.app.store.decide(write)


async def test_the_lag_is_measured_from_ordinary_presses(county: County) -> None:
    liaison = county.market.liaison_a
    liaison.ignores()
    await blows(county, "市监局")
    await county.forward(minutes=2)

    await liaison.presses("签收")

    (lag,) = county.one(r.Person, id="SJ-1").lags
    assert 120 <= lag <= 125
    assert county.one(r.Person, id="SJ-2").lags == []


async def test_whoever_is_slow_is_rung_at_minute_0_and_marked_on_the_card_without_a_figure(
    wired: County, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = wired
    codes_from(monkeypatch, 7382)
    county.market.liaison_a.ignores()
    await slow(county)

    await blows(county, "市监局")

    assert [one["seat"] for one in gateway.rang.values()] == ["市监局A岗"]
    assert [e.facts["why"] for e in county.events("phone.queued")] == ["slow"]
    assert "通知不畅" in county.group.card and "400" not in county.group.card and "7分钟" not in county.group.card
    await county.forward(minutes=9)
    assert len(gateway.rang) == 1, "not rung a second time at the eighth minute"


async def test_without_a_gateway_the_desk_is_asked_to_phone_first(county: County) -> None:
    desk = county.office.desk
    county.market.liaison_a.ignores(), county.others_may_hear("phone.asked")
    await slow(county)

    await blows(county, "市监局")

    assert desk.heard == ["phone.asked"]
    assert county.book.county.seat("SJ-1").phone in desk.last and "电话已通，代签收" in desk.buttons
    await desk.presses("代签收")
    await desk.presses("市监局A岗")
    assert county.one(r.Call).state is CallState.ACKNOWLEDGED


@pytest.mark.parametrize(("seconds", "presses"), [(400, 4), (299, 10)])
async def test_too_few_presses_or_quick_ones_mark_nobody(county: County, seconds: int, presses: int) -> None:
    county.market.liaison_a.ignores()
    await slow(county, seconds, presses)

    await blows(county, "市监局")

    assert "通知不畅" not in county.group.card and county.office.desk.heard == []


async def test_the_figure_is_for_the_person_and_the_direct_leader_alone(county: County) -> None:
    market, admin = county.market, county.office.admin
    await slow(county)

    await market.head.says("/people")
    await market.head.presses("市监局")
    head = market.head.last
    await admin.says("/people")
    await admin.presses("市监局")
    await market.liaison_a.says("/calls")
    await market.liaison_b.says("/calls")

    assert "通知不畅（一般7分钟应）" in head
    assert "通知不畅" in admin.last and "7分钟" not in admin.last
    assert "一般要7分钟" in market.liaison_a.last and "7分钟" not in market.liaison_b.last
    assert button is not None
