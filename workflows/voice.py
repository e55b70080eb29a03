"""语音: may those who handle it hear the voice? Asked once; without a yes the desk types it.

    a voice comes ─► asked ─► 可以听: it is passed on
                       └────► 请打成文字, or three minutes without a word: the desk's queue ─► typed | unclear   (else it escalates)

The matter does not wait for it: the squad's card leaves at once and says 语音待转写. In danger it is queued at once, and the sender may
still answer. What the desk types is scrubbed like the sender's own words, and understood like them: place, matter, danger, people involved.
"""

from datetime import timedelta

from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import Audience, on_duty, tell, to_people
from workflows.refusals import AlreadyClosed, AlreadyDone, Conflicted, Gone, NotYours, NotYourTip
from workflows.states import TipState
from workflows.work import TIP_OPEN, Erased, To, Work

TYPISTS = (Role.DESK, Role.LEADER_ON_DUTY)
MOST = 1500
"""Characters of one voice."""


def answer(work: Work, tip: r.Tip, account: str, may: bool) -> None:
    """可以听 or 请打成文字; also later, and the other way round. Raises AlreadyClosed after the end."""
    if tip.account != account:
        raise NotYourTip()
    wish = "yes" if may else "no"
    if not tip.voice or tips.shown_state(work, tip) not in TIP_OPEN:
        raise AlreadyClosed()
    if tip.voice == wish:
        raise AlreadyDone(by="", at=None)
    tip.voice = wish
    tip.rev += 1
    work.record(Kind.VOICE_ANSWERED, tip, "source")
    for typing in work.typings_of(tip.id):
        if may and typing.done_at is None:
            _end(work, typing, "moot", None)
        elif not may and (typing.outcome == "moot" or (typing.done_at is None and typing.queued_at is None)):
            typing.done_at, typing.outcome = None, ""
            _queue(work, typing, tip)
    tips.go_on(work, tip)


def unanswered(work: Work, typing: r.Typing) -> None:
    """No word on it: typed. In danger the queue begins before the question ends."""
    tip = work.get(r.Tip, typing.tip_id)
    if typing.done_at is not None or typing.queued_at is not None or not _lives(work, typing, tip):
        return
    if tip.voice == "yes":  # said about an earlier matter that this one was joined to
        _end(work, typing, "moot", None)
        return
    if work.now >= typing.asked_at + timedelta(minutes=work.policy.voice.ask_minutes) and tip.voice == "asked":
        tip.voice = "no"
        tip.rev += 1
    _queue(work, typing, tip)
    work.refresh(tip.id)


def _queue(work: Work, typing: r.Typing, tip: r.Tip) -> None:
    rules = work.policy.voice
    minutes = rules.urgent_type_minutes if tip.urgent else rules.type_minutes
    typing.queued_at, typing.due_at = work.now, work.now + timedelta(minutes=minutes)
    work.cancel(typing.id)
    for at in rules.remind_at:
        if at < minutes:
            work.due("voice.remind", typing.id, work.now + timedelta(minutes=at), left=minutes - at)
    work.due("voice.overdue", typing.id, typing.due_at)
    by_when = typing.due_at.isoformat()
    work.record(Kind.VOICE_QUEUED, typing, due_at=by_when)
    if _first(work, typing):
        _tell_queued(work, typing, tip)


def _first(work: Work, typing: r.Typing) -> bool:
    """Whether it is the next of its tip: several voices come to the desk one after the other, so that nobody can drown it."""
    waiting = [t.id for t in work.typings_of(typing.tip_id) if t.done_at is None and t.queued_at is not None]
    return not waiting or waiting[0] == typing.id


def _tell_queued(work: Work, typing: r.Typing, tip: r.Tip) -> None:
    by_when = typing.due_at.isoformat() if typing.due_at else ""
    to = {Audience.DESK: _typists(work)}
    tell(work, Kind.VOICE_QUEUED, typing, to=to, name=tips.display(tip, work), due_at=by_when, urgent=tip.urgent)


def _typists(work: Work) -> list[To]:
    """The desk on duty; where nobody sits there, the leaders on duty."""
    found = on_duty(work, work.county.id, Role.DESK) or on_duty(work, work.county.id, Role.LEADER_ON_DUTY)
    return found or to_people(work, list(work.people(work.county.id, *TYPISTS)))


def remind(work: Work, typing: r.Typing, left: int) -> None:
    tip = work.get(r.Tip, typing.tip_id)
    if typing.done_at is None and _lives(work, typing, tip) and _first(work, typing):
        work.record(Kind.VOICE_REMINDED, typing, left=left)
        to = {Audience.DESK: _typists(work)}
        tell(work, Kind.VOICE_REMINDED, typing, to=to, name=tips.display(tip, work), left=left)


def overdue(work: Work, typing: r.Typing) -> None:
    """The clock has run out: the desk and the leader on duty hear of it, again and again until somebody has typed it."""
    tip = work.get(r.Tip, typing.tip_id)
    if typing.done_at is not None or typing.due_at is None or not _lives(work, typing, tip):
        return
    if _first(work, typing):
        work.record(Kind.VOICE_OVERDUE, typing, due_at=typing.due_at.isoformat())
        tell(work, Kind.VOICE_OVERDUE, typing, name=tips.display(tip, work), due_at=typing.due_at.isoformat())
    work.due("voice.overdue", typing.id, work.now + timedelta(minutes=work.policy.voice.again_minutes))


def _lives(work: Work, typing: r.Typing, tip: r.Tip) -> bool:
    """Whether anybody still needs it; else it is moot."""
    if tip.state is TipState.MERGED or tip.state in TIP_OPEN:
        return True
    _end(work, typing, "moot", None)
    return False


def _end(work: Work, typing: r.Typing, outcome: str, by: r.Person | None) -> None:
    typing.done_at, typing.outcome, typing.done_by = work.now, outcome, by.id if by else None
    work.cancel(typing.id)


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def typist_of(work: Work, typing: r.Typing, seats: list[r.Person]) -> tuple[r.Tip, r.Person]:
    """The desk's seat, or the leader's on duty. Raises NotYours, Conflicted, AlreadyDone, AlreadyClosed."""
    by = next((s for s in seats if s.role in TYPISTS), None)
    if by is None:
        raise NotYours()
    tip = work.get(r.Tip, typing.tip_id)
    if by.id in tip.conflicted:
        raise Conflicted()
    if typing.done_at is not None and typing.outcome != "moot":
        raise AlreadyDone(by=work.person(typing.done_by), at=typing.done_at)
    if typing.done_at is not None or typing.queued_at is None or not _lives(work, typing, tip):
        raise AlreadyClosed()
    return tip, by


def hear(work: Work, typing: r.Typing, tip: r.Tip, by: r.Person) -> dict[str, str]:
    """听一遍: the sealed voice, for the one who types it; an event. Raises Gone when it was erased."""
    for item in work.items(tip.id):
        if item.message != typing.message or item.revises is not None:
            continue
        try:
            said = work.unseal(item.account, item.content)
        except Erased:
            break
        work.record(Kind.VOICE_HEARD, tip, by)
        return {"kind": said.get("sent_as", item.kind), "file_id": said["file_id"]}
    raise Gone()


def write(work: Work, typing: r.Typing, tip: r.Tip, by: r.Person, text: str) -> None:
    """What was heard, in the desk's words: sealed with the sender's key, read by those who handle it."""
    if not work.live_key(tip.account):
        raise Gone()
    work.keep_item(
        tip_id=tip.id,
        account=tip.account,
        kind="typed",
        at=typing.asked_at,
        message=0,
        content=work.seal(tip.account, {"text": text.strip()[:MOST]}),
    )
    _settled(work, typing, tip, by, "typed")
    tips.learn(work, tip, text, by)


def unclear(work: Work, typing: r.Typing, tip: r.Tip, by: r.Person) -> None:
    """听不清: nothing can be written down; whoever handles it may ask the sender."""
    _settled(work, typing, tip, by, "unclear")


def _settled(work: Work, typing: r.Typing, tip: r.Tip, by: r.Person, outcome: str) -> None:
    _end(work, typing, outcome, by)
    work.record(Kind.VOICE_TYPED, typing, by, outcome=outcome)
    final = tips.of_ref(work, tip.ref) if tip.state is TipState.MERGED else tip
    if final.state is TipState.ACCEPTED:
        unheard = outcome == "unclear"
        tell(work, Kind.VOICE_TYPED, final, name=tips.display(final, work), unclear=unheard)
    waiting = [t for t in work.typings_of(tip.id) if t.done_at is None and t.queued_at is not None]
    if waiting:
        _tell_queued(work, waiting[0], tip)
    work.refresh(tip.id, final.id)
