"""忘记: what is kept how long, who may ask to be forgotten, and the nightly job that keeps both promises.

Erasing is destroying the person's key; the rows are cleaned after it. What stays is the matter: its place, acts, papers and money,
under a pseudonym of its own that leads nowhere. A single tip that is past its time is cut out by sealing what is left anew.
"""

from datetime import datetime, timedelta
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
_AT_ONCE = 200
_SOON = timedelta(seconds=15)


def ensure(work: Work) -> None:
    """There is always a next night, and it is the next one, also when the clock of a rehearsal was set back."""
    if not work.is_due(NIGHTLY, by=_next_night(work)):
        work.cancel(work.county.id, NIGHTLY)
        work.due(NIGHTLY, work.county.id, _next_night(work))


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
        counts = erase(work, account)
        _report(work, people=1, **counts)


def erase(work: Work, account: str) -> dict[str, int]:
    """Forget one person for good; what nobody has taken yet is withdrawn, what is being handled goes on without them."""
    for tip in traces.open_tips(work, account):
        if tip.state in (TipState.COLLECTING, TipState.SUBMITTED):
            tips.withdraw(work, tip, account)
    names = {tip.id: r.new_name() for tip in traces.tips_of(work, account)}
    return traces.wipe(work, account, names)


def nightly(work: Work) -> None:
    """Each class of data past its time goes; a report says how much of what."""
    keep_for = work.policy.privacy.keep
    updates = traces.updates_past(work, _ago(work, keep_for.updates_days), _ago(work, keep_for.failed_updates_days))
    messages = traces.messages_past(work, _ago(work, keep_for.messages_days))
    positions = traces.positions_past(work, _ago(work, keep_for.positions_days))
    people = words = 0
    ready = [
        account
        for account in traces.want_to_be_forgotten(work, _AT_ONCE)
        if not traces.open_tips(work, account) and not traces.open_rewards(work, account)
    ]
    gone = list(dict.fromkeys([*ready, *traces.people_past(work, _ago(work, keep_for.people_days), _AT_ONCE)]))
    for account in gone:
        counts = erase(work, account)
        people, words, messages = people + 1, words + counts["words"], messages + counts["messages"]
    past = traces.tips_past(work, _ago(work, keep_for.words_days), _AT_ONCE)
    words += traces.asides_past(work, _ago(work, keep_for.words_days))
    words += traces.delete_words(work, [tip.id for tip in past])
    for account in dict.fromkeys(tip.account for tip in past):
        if work.live_key(account):
            traces.seal_anew(work, account)
    _report(work, updates=updates, messages=messages, positions=positions, words=words, people=people)
    more = max(len(gone), len(past)) >= _AT_ONCE
    work.due(NIGHTLY, work.county.id, work.now + timedelta(minutes=1) if more else _next_night(work))


def _ago(work: Work, days: int) -> datetime:
    return work.now - timedelta(days=days)


def _report(
    work: Work, *, updates: int = 0, messages: int = 0, positions: int = 0, words: int = 0, people: int = 0
) -> None:
    """How much of each class was erased; never of whom."""
    counts = {"updates": updates, "messages": messages, "positions": positions, "words": words, "people": people}
    if not any(counts.values()):
        return
    subject = r.Draft(ref="erasure", kind="erasure", subject_id="", by="", at=work.now)
    work.record(Kind.DATA_ERASED, subject, **counts)
    if messages or positions or words or people:
        tell(
            work,
            Kind.DATA_ERASED,
            subject,
            updates=updates,
            messages=messages,
            positions=positions,
            words=words,
            people=people,
        )
