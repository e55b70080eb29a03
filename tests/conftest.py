"""Shared by all tests: the sample county, read once, and `county`, the application before its phones."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bot.county_files import load_county
from tests import servers
from tests.county import County
from workflows.rulebook import Rulebook

# the same examples each time, however long a busy machine takes over one
hypothesis_settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("steady")


@pytest.fixture(scope="session")
def book() -> Rulebook:
    files = load_county()
    return files.rulebook()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=["sqlite", "postgres", "both"],
        help="run every story on this engine (default: those marked `both_engines` on both, the others on SQLite)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses the fixture `engine`, itself or through `county`, runs on one engine or on both."""
    if "engine" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    wanted = metafunc.config.getoption("--engine") or ("both" if "both_engines" in marks else "sqlite")
    engines = ["sqlite", "postgres"] if wanted == "both" else [wanted]
    if "postgres_only" in marks:
        engines = ["postgres"]
    if engines != ["sqlite"]:
        metafunc.parametrize("engine", engines, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgres`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """One server a run."""
    with servers.postgres() as server:
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest, engine: str) -> servers.Postgres | None:
    """The PostgreSQL server, for a test that runs on it."""
    return request.getfixturevalue("postgres") if engine == "postgres" else None


@pytest.fixture(params=["polling"])
async def county(
    request: pytest.FixtureRequest, tmp_path: Path, book: Rulebook, server: servers.Postgres | None
) -> AsyncIterator[County]:
    """The whole application over HTTP on a clock that the story moves; parametrise with `webhook` for both ways in."""
    made = await County(tmp_path / "county", book, webhook=request.param == "webhook", server=server).start()
    yield made
    failed = request.node.stash.get(_FAILED, False)
    await made.stop(judge=not failed)


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    if (
        call.excinfo is not None
        and call.excinfo.errisinstance(pytest.fail.Exception)
        and "Timeout" in str(call.excinfo.value)
    ):
        report.sections.append(("where every task waited", "\n".join(_waiting())))
    return report


def _waiting() -> Iterator[str]:
    """A line for each task of this test's event loop: its name and the calls that it is in, the innermost last."""
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:  # a test without one
        return
    for task in asyncio.all_tasks(loop):
        calls, inner = [], task.get_coro()
        while (frame := getattr(inner, "cr_frame", None)) is not None:
            calls.append(f"{getattr(inner, '__qualname__', '?')}:{frame.f_lineno}")
            inner = getattr(inner, "cr_await", None)
        yield f"{task.get_name()}: {' > '.join(calls)}"


both_ways = pytest.mark.parametrize("county", ["polling", "webhook"], indirect=True)
