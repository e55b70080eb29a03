"""Shared by all tests: the sample county, read once, and `county`, the application before its phones."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.county_files import load_county
from tests.county import County
from workflows.rulebook import Rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    files = load_county()
    return Rulebook(files.county, files.policy, files.reasons, files.articles, files.terms)


@pytest.fixture(params=["polling"])
async def county(request: pytest.FixtureRequest, tmp_path: Path, book: Rulebook) -> AsyncIterator[County]:
    """The whole application over HTTP on a clock that the story moves; parametrise with `webhook` for both ways in."""
    made = await County(tmp_path / "county", book, webhook=request.param == "webhook").start()
    yield made
    failed = request.node.stash.get(_FAILED, False)
    await made.stop(judge=not failed)


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


both_ways = pytest.mark.parametrize("county", ["polling", "webhook"], indirect=True)
