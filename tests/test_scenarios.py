"""Every one of the 104 numbered behaviours of the response window has a test that names it; those about delivery, races and replicas have
one that runs on both engines.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent

BOTH_ENGINES = {
    2: "two calls in one message",
    3: "two taps at once",
    11: "an answer changes every copy",
    14: "two answers to one call",
    15: "one press twice",
    16: "a press that is refused leaves a line in the log and nothing else",
    17: "binding, then pressing again",
    18: "an answer just after the deadline",
    20: "a press that came through after our outage",
    21: "a message dated by Telegram before our clock noted the breach",
    26: "many signed by one press",
    27: "taken back while reminders and ladder fall due",
    44: "reminders that were due while nobody ran",
    47: "a change of duty in the middle of a call",
    48: "a seat taken away in the middle of a call",
    51: "two who change one shift at once",
    54: "a swap in the middle of a shift",
    62: "cannot be delivered: the next one in the same tick",
    63: "told to wait",
    64: "server errors",
    65: "nobody knows whether it arrived",
    66: "markup that is refused",
    67: "what failed for good is not tried again",
    68: "an address disabled between queue and sending",
    69: "stopped and started again",
    70: "stopped while on duty",
    71: "answered while a reminder waits",
    72: "an alarm overtakes what waits",
    73: "a bundle",
    74: "a hundred at once",
    75: "a flood to one group",
    76: "edits that come fast",
    77: "a group with a new id",
    78: "a press too old to be answered",
    79: "delivered late",
    84: "closed while messages wait",
    87: "stopped at any moment",
    91: "a second poller",
    92: "a jump of the host's clock",
    93: "an upgrade while calls are open",
    94: "one row that raises",
    96: "the database is away",
    97: "a forged post",
    104: "a digest that was missed",
}
"""What is about delivery, races or restarts, and so about locks, claims and commits, which the two engines do differently."""
REPLICAS = {
    19: "answer and breach at one instant on two replicas",
    88: "two replicas tick at once",
    89: "a day on three is a day on one",
    90: "the sender is killed or stopped",
}
"""What is about several processes: PostgreSQL alone, SQLite has one."""


class Proof(NamedTuple):
    """One test and the scenarios that it names."""

    name: str
    numbers: set[int]
    marks: set[str]


@cache
def proofs() -> list[Proof]:
    return list(_read())


def _read() -> Iterator[Proof]:
    for file in TESTS.rglob("test_*.py"):
        module = ast.parse(file.read_text("utf-8"))
        everywhere = [
            n.value for n in module.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "pytestmark"
        ]
        common = {name for value in everywhere for name in _marks(value)}
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found = [mark for one in node.decorator_list for mark in _marks(one)]
                numbers = {int(mark.split()[1]) for mark in found if mark.startswith("scenario ")}
                yield Proof(f"{file.name}::{node.name}", numbers, common | set(found))


def _marks(value: ast.expr) -> Iterator[str]:
    """`both_engines`, `scenario 29` … in a decorator or in `pytestmark`."""
    for one in ast.walk(value):
        if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "pytest.mark":
            yield one.attr
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.scenario":
            yield f"scenario {ast.unparse(one.args[0])}"


def test_every_scenario_is_named_by_a_test() -> None:
    named = {number for one in proofs() for number in one.numbers}

    missing = sorted(set(range(1, 105)) - named)

    assert not missing, f"no test names the scenarios {missing}"
    assert named <= set(range(1, 105)), f"there is no scenario {sorted(named - set(range(1, 105)))}"


@pytest.mark.parametrize(("number", "about"), sorted({**BOTH_ENGINES, **REPLICAS}.items()))
def test_what_is_about_delivery_races_and_replicas_runs_on_postgresql_too(number: int, about: str) -> None:
    there = [one for one in proofs() if number in one.numbers]

    shared = [one for one in there if one.marks & {"both_engines", "postgres_only"}]

    assert shared, f"{number} ({about}): none of {[one.name for one in there]} runs on PostgreSQL"
    alone = [one for one in there if "postgres_only" not in one.marks]
    assert alone or number in REPLICAS, f"{number} ({about}): nothing proves it on SQLite"
