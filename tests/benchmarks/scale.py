"""What do a county, a province and the country need? A model on paper from measured figures, and a small simulation of the worst minutes.

`python -m tests.benchmarks.scale [--measured FILE] [--write]`

The figures are in `measured.json`, each with the benchmark that takes it; what is assumed is in `ASSUMED`. `--write` puts the tables into
docs/scale.md, between their marks; a test holds that they are there as the figures give them.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOC = HERE.parent.parent / "docs" / "scale.md"
MEASURED = HERE / "measured.json"
PLACES = (("a county", 1), ("a province", 100), ("the country", 2800))
PER_TOKEN = 25.0
"""Messages a second that one bot token sends (`WHISTLE_SEND_RATE`; Telegram allows about 30)."""
YEAR = 365 * 86_400.0


@dataclass(frozen=True)
class Assumed:
    """What nobody has measured yet. Change it here, or give the county's own numbers."""

    tips: int = 10_000
    """A county takes in a year."""
    shares: tuple[tuple[str, float], ...] = (
        ("answered by the squad", 0.70),
        ("whistled, rewarded", 0.20),
        ("penalty, ordinary course", 0.10),
    )
    busy: float = 8.0
    """The busiest hour of a day, against its mean hour."""
    storm: tuple[int, float] = (1000, 120.0)
    """A storm: so many people of one county write within so many seconds."""
    cores: int = 4
    memory_gb: int = 32
    """One cheap machine."""
    spare: float = 0.5
    """Of a machine, kept free: for the worst hour, a neighbour that fails, and starts (4 processor seconds each)."""


ASSUMED = Assumed()


class Model:
    """Measured figures and assumptions, multiplied."""

    def __init__(self, measured: dict[str, Any], assumed: Assumed = ASSUMED) -> None:
        self.measured, self.assumed = measured, assumed

    def value(self, name: str) -> float:
        return float(self.measured[name]["value"])

    def mean(self, what: str) -> float:
        """Of one tip, over all courses."""
        courses = self.measured["courses"]
        return sum(share * float(courses[name][what]) for name, share in self.assumed.shares)

    def county(self) -> dict[str, float]:
        """One county, in a year or a second. Too dear rather than too cheap: every message counts as though it answered a press."""
        tips = self.assumed.tips
        updates, messages = self.mean("updates") * tips / YEAR, self.mean("messages") * tips / YEAR
        worked = (updates * self.value("cpu_ms_update") + messages * self.value("cpu_ms_press")) / 1000
        return {
            "updates a second, mean": updates,
            "messages a second, mean": messages,
            "messages a second, busiest hour": messages * self.assumed.busy,
            "database, GB a year": self.mean("bytes") * tips * self.value("file_bytes_payload") / 1e9,
            "pictures and papers, GB a year": self.mean("evidence") * tips / 1e9,
            "processes": 1.0,
            "memory, GB": self.value("megabytes") / 1024,
            "cores, idle and at work, mean": self.value("idle_share") + worked,
            "cores, busiest hour": self.value("idle_share") + worked * self.assumed.busy,
        }

    def needs(self) -> list[list[str]]:
        """The table of places."""
        one = self.county()
        rows = [[name, *(_short(value * count) for _, count in PLACES)] for name, value in one.items()]
        rows.insert(
            3,
            [
                "share of what the tokens may send, busiest hour",
                *[_percent(one["messages a second, busiest hour"] / PER_TOKEN)] * 3,
            ],
        )
        return [
            *rows,
            [
                f"machines of {self.assumed.cores} cores and {self.assumed.memory_gb} GB",
                *(str(self.machines(count)) for _, count in PLACES),
            ],
        ]

    def machines(self, counties: int) -> int:
        """By what runs out first, memory or cores."""
        one, free = self.county(), 1 - self.assumed.spare
        memory = counties * one["memory, GB"] / (self.assumed.memory_gb * free)
        cores = counties * one["cores, busiest hour"] / (self.assumed.cores * free)
        return max(1, -int(-max(memory, cores) // 1))

    def storms(self) -> list[list[str]]:
        """How long people wait in the worst minutes: one county alone, and what would happen if counties shared a token."""
        people, seconds = self.assumed.storm
        rows = []
        for name, writers in (
            ("one county, a token of its own", people),
            ("five counties that share one token", people * 5),
            ("ten counties that share one token", people * 10),
        ):
            waits = queue(writers, seconds, self.value("cpu_ms_update") / 1000, PER_TOKEN / self.value("sends_tip"))
            rows.append([name, *(f"{_short(wait)} s" for wait in (at(waits, 0.5), at(waits, 0.99), waits[-1]))])
        return rows


def queue(people: int, seconds: float, service: float, per_second: float) -> list[float]:
    """How long each waits, in order: they write at random moments, one process decides one after the other, and the answers leave at
    the rate of the token. The same moments in every run."""
    chance = random.Random(7)
    decided = left = 0.0
    waits = []
    for came in sorted(chance.uniform(0, seconds) for _ in range(people)):
        decided = max(decided, came) + service
        left = max(left + 1 / per_second, decided)
        waits.append(left - came)
    return sorted(waits)


def at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables(model: Model) -> dict[str, str]:
    """The tables of docs/scale.md by the names of their marks."""
    courses = [
        [
            name,
            f"{share:.0%}",
            *(f"{model.measured['courses'][name][what]:,}" for what in ("updates", "messages", "bytes", "evidence")),
        ]
        for name, share in model.assumed.shares
    ]
    figures = [
        [name.replace("_", " "), _short(float(one["value"])), one["by"]]
        for name, one in model.measured.items()
        if isinstance(one, dict) and "value" in one
    ]
    return {
        "measured": table(("figure", "value", "taken by"), figures),
        "courses": table(
            ("course of a tip", "share", "updates", "messages", "bytes of values", "bytes of pictures and papers"),
            courses,
        ),
        "needs": table(("", *(f"{name} ({count:,})" for name, count in PLACES)), model.needs()),
        "storms": table(
            (
                f"{model.assumed.storm[0]:,} people of each county write within {model.assumed.storm[1]:.0f} s",
                "median",
                "99 of 100",
                "longest",
            ),
            model.storms(),
        ),
    }


def filled(doc: str, found: dict[str, str]) -> str:
    """The document with these tables between their marks. Raises ValueError when a mark is missing."""
    for name, lines in found.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        first, last = doc.index(begin) + len(begin), doc.index(end)
        doc = doc[:first] + lines + doc[last:]
    return doc


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale")
    parser.add_argument("--measured", type=Path, default=MEASURED)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    given = parser.parse_args(argv)
    found = tables(Model(json.loads(given.measured.read_text("utf-8"))))
    print("\n\n".join(found.values()))
    if given.write:
        DOC.write_text(filled(DOC.read_text("utf-8"), found), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
