"""Several machines, one county: an upload that breaks at one replica goes on at another, over HTTP, on PostgreSQL with an S3 store."""

import asyncio
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from tests.bot.test_evidence import S3
from tests.bot.test_evidence import s3 as s3
from tests.county import County, Person
from tests.servers import Postgres
from tests.stories.test_continued import KEY, _address, _breaks_off, _pages
from tests.stories.test_crew import Browser
from tests.stories.walks import tip_taken
from workflows import records as r
from workflows.rulebook import Rulebook

pytestmark = pytest.mark.postgres_only

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + random.Random(7).randbytes(12_000_000)


def _at(address: str, port: int) -> str:
    return str(URL(address).with_port(port))


async def _sends(browser: Browser, part: str, begin: int, data: bytes) -> tuple[int, dict[str, Any]]:
    async with browser.session.put(f"{part}?from={begin}", data=data) as answer:
        return answer.status, await answer.json()


async def test_an_upload_that_breaks_at_one_replica_goes_on_at_another(
    s3: S3, tmp_path: Path, book: Rulebook, postgres: Postgres, engine: str
) -> None:
    settings = {"evidence_url": "s3://county/evidence"}
    county = await County(tmp_path / "county", book, settings=settings, server=postgres).start()
    failed = True
    try:
        await _one_film(county, s3)
        failed = False
    finally:
        await county.stop(judge=not failed)
    lies = b"".join(s3.objects.values())
    for planted in county.planted:
        assert planted.encode() not in lies, "who sent the tip is nowhere in the store"


async def _one_film(county: County, s3: S3) -> None:
    (other,) = await county.joined_by(1)
    _pages(county)
    other.store.outside = county.app.store.outside
    leader = await _waits(county)
    browser = Browser(county, _address(leader.last))
    here, there = browser.address, _at(browser.address, other.port)
    await browser.asks()
    await browser.presses("open")
    assert browser.status == 200

    # the first replica takes one piece whole and half of the next, and is gone
    assert await _sends(browser, f"{here}/part/{KEY}", 0, FILM[:4_000_000]) == (200, {"have": 4_000_000})
    await _breaks_off(browser, f"{here}/part/{KEY}", FILM[4_000_000:8_000_000])
    have = 4_000_000
    async with asyncio.timeout(60):
        while have == 4_000_000:  # until the first has noticed that no more will come, and has put it into the store
            await asyncio.sleep(0.02)
            async with browser.session.get(f"{there}/part/{KEY}") as answer:
                have = (await answer.json())["have"]
    assert 4_000_000 < have < 8_000_000, "the other one knows what arrived"
    unsealed = [k for k, body in s3.objects.items() if FILM[1_000_000:1_000_032] in body]
    assert len(s3.objects) == 2 and unsealed == [], "and nothing of it lies open"

    # two tabs at two replicas write the same place: one of them has it
    piece = FILM[have : have + 4_000_000]
    first, second = await asyncio.gather(
        _sends(browser, f"{here}/part/{KEY}", have, piece), _sends(browser, f"{there}/part/{KEY}", have, piece)
    )
    assert sorted((first[0], second[0])) == [200, 409] and first[1] == second[1] == {"have": have + 4_000_000}

    have += 4_000_000
    while have < len(FILM):
        status, said = await _sends(browser, f"{there}/part/{KEY}", have, FILM[have : have + 4_000_000])
        assert status == 200
        have = said["have"]
    whole = {"name": "现场.mp4", "type": "video/mp4", "size": str(len(FILM))}
    async with browser.session.post(f"{there}/part/{KEY}", data=whole) as answer:
        assert await answer.json() == {"said": "uploaded"}
    async with browser.session.post(f"{here}/part/{KEY}", data=whole) as answer:
        assert answer.status == 409, "said once more at the first: nothing is there to be put together again"
    await county.settled()

    (one,) = county.all(r.Evidence)
    name = hashlib.sha256(FILM).hexdigest()
    assert (one.sha256, one.size, one.by, one.state.value) == (name, len(FILM), leader.seat, "kept")
    assert [e.kind for e in county.events("evidence.added", "evidence.kept")] == ["evidence.added", "evidence.kept"]
    assert list(s3.objects) == [f"/county/evidence/{name[:2]}/{name}"], "the pieces are gone, one whole file lies there"
    assert s3.objects[f"/county/evidence/{name[:2]}/{name}"] == FILM
    await browser.session.close()


async def _waits(county: County) -> Person:
    villager, _ = await tip_taken(county)
    leader = county.yunxi.leader
    villager.ignores(), county.group.ignores(), leader.ignores()
    await leader.presses("取证", on=county.group)
    await leader.presses("上传大文件")
    return leader
