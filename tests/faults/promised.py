"""What must hold of a county at any moment, whatever has happened: read from its records and from what its phones have received.

every open call has a live deadline that will ask · nothing is asked about a call after its end
every due row has an outcome, and none came early · one row is one message: a second copy is marked
the replayed log gives the stored state · nothing raised
"""

from collections import Counter
from collections.abc import Iterable

from bot.sandbox.world import World
from tests.faults.cut import REPEAT, Outliving
from workflows import records as r
from workflows import replay
from workflows.arrival import WAITED_FOR
from workflows.states import CallState, DisputeState, OutboxState, WhistleState
from workflows.work import CALL_ENDED

OUTCOMES = {"done", "overtaken", "collapsed", "postponed"}
AFTER_THE_END = {
    "call.reported", "call.stood_down", "call.handled", "call.decided", "call.arrived", "call.undelivered", "call.held",
    "call.review_proposed", "call.review_returned", "call.review_overdue", "calls.waiting",
}  # fmt: skip
"""What may still leave about a call that has ended: that it ended, that somebody was or was not there, and whether its breach counts."""
POSTS = ("send", "card", "media", "file", "picture", "code")
Posted = list[tuple[int, int, str]]


def posted(world: World) -> Posted:
    """From now on: chat, number and text of every message of the bot, as it first stood there."""
    found: Posted = []
    post = world.post

    def noted(chat, kind, content, **more):  # type: ignore[no-untyped-def]
        message = post(chat, kind, content, **more)
        if message.sender is None and kind != "service":
            found.append((chat.id, message.message_id, content.get("text") or kind))
        return message

    world.post = noted  # type: ignore[method-assign]
    return found


def judge(county: Outliving, messages: Posted) -> None:
    """Raises AssertionError, naming what does not hold."""
    calls, dues, rows = county.all(r.Call), county.all(r.Deadline), county.all(r.Outbox)
    _asked_until_answered(county, calls, dues)
    overdue = [(d.kind, d.due_at) for d in dues if d.done_at is None and d.due_at < county.now]
    assert not overdue, f"due, and nobody handled it: {overdue}"
    odd = [(d.kind, d.outcome) for d in dues if (d.outcome in OUTCOMES) is not (d.done_at is not None)]
    assert not odd, f"an outcome without an end, or an end without an outcome: {odd}"
    early = [(d.kind, d.due_at, d.done_at) for d in dues if d.outcome == "done" and d.done_at < d.due_at]
    assert not early, f"done before it was due: {early}"
    _nothing_after_the_end(calls, rows)
    _one_row_one_message(county, rows, messages)
    untold = replay.differences(
        county.events(), [*calls, *(one for model in (r.Tip, r.Case, r.Whistle) for one in county.all(model))]
    )
    assert not untold, f"the log tells another story: {untold[:3]}"
    errors = [line for line in county.log if line.get("level") in ("error", "critical")]
    assert not errors, errors[:2]


def _asked_until_answered(county: Outliving, calls: list[r.Call], dues: list[r.Deadline]) -> None:
    """Silent: the call's own clock goes on. Signed: its arrival is asked about. A dispute, a taken call, a whistle: each has its own."""
    waits: dict[str, set[str]] = {}
    for one in dues:
        if one.done_at is None:
            waits.setdefault(one.subject_id, set()).add(one.kind)
    lost = []
    for call in calls:
        own = waits.get(call.id, set())
        if call.state is CallState.OPEN and not own & {"call.breach", "call.escalate", "call.taken_check", "call.ring"}:
            lost.append(f"{call.number} is open: {own}")
        if call.state is CallState.OPEN and call.taken_by and "call.taken_check" not in own:
            lost.append(f"{call.number} is taken: {own}")
        advised = call.window.get("advised_at")
        if call.state in WAITED_FOR and not advised and not own & {"call.ask_progress", "call.reopen"}:
            lost.append(f"{call.number} is signed: {own}")
        if call.state in CALL_ENDED and own:
            lost.append(f"{call.number} has ended, and yet: {own}")
    live = {call.id for call in calls if call.state not in CALL_ENDED}
    for dispute in county.all(r.Dispute, state=DisputeState.RAISED):
        if dispute.call_id in live and "dispute.overdue" not in waits.get(dispute.id, ()):
            lost.append(f"a dispute that nobody will ask about, of {dispute.raised_at}")
    for whistle in county.all(r.Whistle, state=WhistleState.OPEN):
        if "whistle.expire" not in waits.get(whistle.id, ()):
            lost.append(f"a whistle that never ends, of {whistle.opened_at}")
    assert not lost, f"nothing will ever ask again: {lost}"


def _nothing_after_the_end(calls: Iterable[r.Call], rows: Iterable[r.Outbox]) -> None:
    """What leaves about a call after its closing commit tells of its end, and asks nobody to come."""
    ended = {call.id: call.ended_at for call in calls if call.state in CALL_ENDED and call.ended_at}
    late = [
        (row.template, row.subject_id)
        for row in rows
        if row.subject_id in ended and row.act != "edit" and row.sending_at and row.sending_at > ended[row.subject_id]
        and row.template.startswith(("call.", "calls.", "phone.asked")) and row.template not in AFTER_THE_END
    ]  # fmt: skip
    assert not late, f"sent after the end: {late}"


def _one_row_one_message(county: Outliving, rows: list[r.Outbox], messages: Posted) -> None:
    """By what the phones have received. A message that no row knows of is the first copy of a row that went out again, marked, or of one
    whose arrival is not known; everything else is a double."""
    chats = {county.app.vault.account_of(chat): chat for chat in county.sandbox.world.chats}
    known, unsure = set(), Counter[int]()
    for row in rows:
        chat = row.chat_id or chats.get(row.account or "", 0)
        if row.sent_message is not None and row.act in POSTS:
            assert (chat, row.sent_message) not in known, f"two rows for one message: {row.template}"
            known.add((chat, row.sent_message))
        if row.repeat or (row.attempts and row.state is not OutboxState.SENT):
            unsure[chat] += 1
    strays: Counter[int] = Counter()
    texts: dict[int, list[str]] = {}
    for chat, number, text in messages:
        if (chat, number) not in known and not text.startswith(REPEAT):
            strays[chat] += 1
            texts.setdefault(chat, []).append(text[:40])
    doubles = {chat: texts[chat] for chat, count in strays.items() if count > unsure[chat]}
    assert not doubles, f"twice, unmarked: {doubles}"
