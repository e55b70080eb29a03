"""忘记: what is kept how long, who may ask to be forgotten, and the nightly job that keeps both promises.

Erasing is destroying the person's key; the rows are cleaned after it. What stays is the matter: its place, acts, papers and money,
under a pseudonym of its own that leads nowhere. A single tip that is past its time is cut out by sealing what is left anew.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import records as r
from workflows import tip as tips
from workflows import traces
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import StaffStay
from workflows.states import TipState
from workflows.work import Work

NIGHTLY = "privacy.nightly"
_AT_ONCE = 2000
"""Rows that one decision looks at: some hundredths of a second, while an alarm may wait a tenth of one."""
_STRETCH = 500
_FEW = 20
_DEAR = 100
"""To erase a person, or to seal anew what is left of one, takes as long as to look at so many rows."""
_TRIES = 3
_PAUSE = timedelta(milliseconds=200)
_SOON = timedelta(seconds=15)


def ensure(work: Work) -> None:
    """There is always a next night, and it is the next one, also when the clock of a rehearsal was set back."""
    if not work.is_due(NIGHTLY, by=_next_night(work)):
        known = work.due_facts(NIGHTLY, work.county.id)
        work.cancel(work.county.id, NIGHTLY)
        work.due(NIGHTLY, work.county.id, _next_night(work), **known)


def _next_night(work: Work) -> datetime:
    local = work.now.astimezone(ZoneInfo(work.county.timezone))
    hour = work.policy.privacy.nightly_at
    night = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)


def ask(work: Work, account: str, *, now: bool) -> None:
    """/forgetme: at once (after the answer has left), or in the night after all open matters and rewards. Raises StaffStay."""
    if work.seats_of(account):
        raise StaffStay()
    identity = work.identity(account)
    if now:
        work.due("privacy.erase", account, work.now + _SOON)
    else:
        identity.forget = True


def keep(work: Work, account: str) -> None:
    """先不: whatever was asked before is off."""
    work.identity(account).forget = False
    work.cancel(account, "privacy.erase")


def due(work: Work, account: str) -> None:
    """The answer has left: now."""
    if work.find(r.Identity, account) is not None and not work.seats_of(account):
        counts = {"people": 1, **erase(work, account)}
        _record(work, counts)
        _report(work, counts)


def erase(work: Work, account: str) -> dict[str, int]:
    """Forget one person for good; what nobody has taken yet is withdrawn, what is being handled goes on without them."""
    for tip in traces.open_tips(work, account):
        if tip.state in (TipState.COLLECTING, TipState.SUBMITTED):
            tips.withdraw(work, tip, account)
    names = {tip.id: r.new_name() for tip in traces.tips_of(work, account)}
    return traces.wipe(work, account, names)


def nightly(work: Work, row: r.Deadline) -> None:
    """Each class of data past its time goes, a stretch at a time: when this decision has looked at enough, the rest follows in a moment,
    and what is urgent meanwhile comes between. Each decision records what it erased; at the end of the night a report says how much of
    what. A stage that stumbles again and again is left for the next night: it must not hold up the others."""
    night = _Night(work, dict(row.facts))
    if row.attempts >= _TRIES:
        night.leave()
    while night.stage and night.looked < _AT_ONCE:
        night.step()
    _record(work, night.here)
    if night.stage:
        work.due(NIGHTLY, work.county.id, work.now + _PAUSE, **night.kept())
        return
    _report(work, night.counts)
    work.due(NIGHTLY, work.county.id, _next_night(work), emptied=night.emptied)


class _Night:
    """How far the night is: the stage, behind which row it goes on, what has gone so far, and up to which message nothing is left to take
    (also for the nights to come: messages stay for ever, and each would be looked at every night)."""

    def __init__(self, work: Work, facts: dict[str, Any]) -> None:
        self._work, self._keep = work, work.policy.privacy.keep
        self._stages: dict[str, Callable[[], None]] = {
            "updates": self._updates,
            "messages": self._messages,
            "positions": self._positions,
            "people": self._people,
            "words": self._words,
        }
        self.stage: str = facts.get("stage", next(iter(self._stages)))
        """Empty: all have been."""
        self._after: int | str | None = facts.get("after")
        self._before: dict[str, int] = facts.get("counts", {})
        self.here = Counter[str]()
        """What this decision erased."""
        self.emptied: int = facts.get("emptied", 0)
        self.looked = 0

    @property
    def counts(self) -> dict[str, int]:
        """What the night has erased so far."""
        return {stage: self._before.get(stage, 0) + self.here[stage] for stage in self._stages}

    def kept(self) -> dict[str, Any]:
        return {"stage": self.stage, "after": self._after, "counts": self.counts, "emptied": self.emptied}

    def step(self) -> None:
        """The next stretch."""
        self.looked += _STRETCH
        self._stages[self.stage]()
        if self._after is None:
            self.leave()

    def leave(self) -> None:
        """On to the next stage, if there is one."""
        order = list(self._stages)
        self.stage, self._after = next(iter(order[order.index(self.stage) + 1 :]), ""), None

    def _ago(self, days: int) -> datetime:
        return self._work.now - timedelta(days=days)

    def _from(self, first: int = 0) -> int:
        return first if self._after is None else int(self._after)

    def _updates(self) -> None:
        done, failed = self._ago(self._keep.updates_days), self._ago(self._keep.failed_updates_days)
        count, self._after = traces.updates_past(self._work, done, failed, self._from(), _STRETCH)
        self.here["updates"] += count

    def _messages(self) -> None:
        before, after = self._ago(self._keep.messages_days), self._from(self.emptied)
        count, emptied, self._after = traces.messages_past(self._work, before, after, _STRETCH)
        if after <= self.emptied:  # else one that still waits to leave holds the mark where it is
            self.emptied = max(self.emptied, emptied)
        self.here["messages"] += count

    def _positions(self) -> None:
        before = self._ago(self._keep.positions_days)
        count, self._after = traces.positions_past(self._work, before, self._from(), _STRETCH)
        self.here["positions"] += count

    def _people(self) -> None:
        before, after = self._ago(self._keep.people_days), str(self._after or "")
        gone, self._after = traces.people_past(self._work, before, after, _STRETCH, _FEW)
        for account in gone:
            self.here.update({"people": 1, **erase(self._work, account)})
        self.looked += len(gone) * _DEAR

    def _words(self) -> None:
        before = self._ago(self._keep.words_days)
        if self._after is None:
            self.here["words"] += traces.asides_past(self._work, before)
        past, self._after = traces.tips_past(self._work, before, self._from(), _STRETCH, _FEW)
        self.here["words"] += traces.delete_words(self._work, [tip.id for tip in past])
        for account in dict.fromkeys(tip.account for tip in past):
            if self._work.live_key(account):
                self.looked += _DEAR + traces.seal_anew(self._work, account)


def _record(work: Work, erased: Mapping[str, int]) -> None:
    """How much of each class was erased; never of whom. What was erased leaves SQLite's log with it."""
    if any(erased.values()):
        work.record(Kind.DATA_ERASED, _subject(work), **_facts(erased))


def _report(work: Work, erased: Mapping[str, int]) -> None:
    """Those who watch over privacy read it; updates alone, which are done with every day, are no news."""
    if any(count for name, count in erased.items() if name != "updates"):
        tell(work, Kind.DATA_ERASED, _subject(work), **_facts(erased))


def _facts(erased: Mapping[str, int]) -> dict[str, Any]:
    return {
        "updates": erased.get("updates", 0),
        "messages": erased.get("messages", 0),
        "positions": erased.get("positions", 0),
        "words": erased.get("words", 0),
        "people": erased.get("people", 0),
    }


def _subject(work: Work) -> r.Draft:
    return r.Draft(ref="erasure", kind="erasure", subject_id="", by="", at=work.now)
