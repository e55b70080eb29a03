"""反复发生: the same matter again and again at one place, put before the desk with the list of cases, so that its cause is dealt with."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows import records as r
from workflows.work import Work

LISTED = 8
_CASES = 6


@dataclass(frozen=True)
class Hotspot:
    township_id: str
    village_id: str
    matter_code: str
    cases: tuple[r.Case, ...]
    """Oldest first. Tips that were joined into one case count once: many voices about one thing are no repetition."""

    @property
    def newest(self) -> datetime:
        return self.cases[-1].opened_at


def find(work: Work, township_id: str | None = None, new_since: datetime | None = None) -> list[Hotspot]:
    """Places where one matter led to at least `hotspot.cases` cases within `hotspot.days`, most cases first.

    `new_since`: only those to which a case was added since then. Cases found untrue, drills and hidden ones do not count.
    """
    since = work.now - timedelta(days=work.policy.hotspot.days)
    grouped: dict[tuple[str, str, str], list[r.Case]] = defaultdict(list)
    for case, village_id in work.cases_with_village(since, township_id):
        if case.verdict != "untrue" and case.outcome != "merged" and case.matter_code:
            grouped[case.township_id, village_id, case.matter_code].append(case)
    found = [
        Hotspot(*key, tuple(sorted(cases, key=lambda one: (one.opened_at, one.number))))
        for key, cases in grouped.items()
        if len(cases) >= work.policy.hotspot.cases
    ]
    fresh = [one for one in found if new_since is None or one.newest >= new_since]
    return sorted(fresh, key=lambda one: (-len(one.cases), one.township_id, one.village_id, one.matter_code))


def line(one: Hotspot) -> dict[str, Any]:
    """One place, for a text: the newest cases by number."""
    return {
        "place": {"township": one.township_id, "village": one.village_id, "grid": None},
        "matter": one.matter_code,
        "count": len(one.cases),
        "cases": [case.number for case in one.cases[-_CASES:]],
    }
