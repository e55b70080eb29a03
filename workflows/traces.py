"""Every trace of one chat account in the records: found, sealed anew, or wiped. The SQL of `erasure.py`.

A column that is added anywhere and holds an account or something sealed with a person's key belongs into SEALED or is wiped here;
`tests/workflows/test_traces.py` compares this list with the tables.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, TextClause, and_, delete, or_, select, text, update
from sqlalchemy.sql.dml import Delete, Update
from sqlmodel import col

from workflows import records as r
from workflows.states import InboxState, OutboxState, RewardState
from workflows.work import TIP_OPEN, Work

REWARD_OPEN = (RewardState.PROPOSED, RewardState.APPROVED, RewardState.ANNOUNCED, RewardState.CLAIMED)


def _run(work: Work, statement: Update | Delete) -> int:
    with work.session.no_autoflush:
        done = work.session.execute(statement)
    return done.rowcount if isinstance(done, CursorResult) else 0


def tips_of(work: Work, account: str) -> Sequence[r.Tip]:
    return work.session.execute(select(r.Tip).where(col(r.Tip.account) == account)).scalars().all()


def open_rewards(work: Work, account: str) -> Sequence[r.Reward]:
    """Rewards of this account that may still be paid."""
    query = select(r.Reward).join(r.Tip, col(r.Tip.id) == col(r.Reward.tip_id))
    query = query.where(col(r.Tip.account) == account, col(r.Reward.state).in_(REWARD_OPEN))
    return work.session.execute(query).scalars().all()


def open_tips(work: Work, account: str) -> list[r.Tip]:
    return [tip for tip in tips_of(work, account) if tip.state in TIP_OPEN and not tip.by_staff]


def _said_to(account: str, tip_ids: Sequence[str]) -> Sequence[tuple[ColumnElement[bool] | TextClause, ...]]:
    """All messages to this account, in two conditions that exclude each other: those about its own tips are found by these, the others
    by their reader."""
    to_it = col(r.Outbox.account) == account
    return (col(r.Outbox.subject_id).in_(tip_ids), to_it, col(r.Outbox.by_tip).is_(True)), (to_it, text(r.APART))


def _live(work: Work, said: tuple[ColumnElement[bool] | TextClause, ...]) -> Sequence[str]:
    """Of which subjects a live message was sent there: each has been on its way first."""
    query = select(col(r.Outbox.subject_id)).where(
        *said, col(r.Outbox.act) == "card", col(r.Outbox.subject_id).is_not(None)
    )
    return work.session.execute(query.distinct()).scalars().all()


def wipe(work: Work, account: str, names: dict[str, str]) -> dict[str, int]:
    """Nothing leads from this account to anything any more. `names` gives each of its tips a pseudonym of its own."""
    work.flush()
    tip_ids = list(names)
    words = _run(work, delete(r.TipItem).where(col(r.TipItem.tip_id).in_(tip_ids)))
    _run(work, update(r.Question).where(col(r.Question.tip_id).in_(tip_ids)).values(question=b"", answer=None))
    _run(
        work, update(r.Reward).where(col(r.Reward.tip_id).in_(tip_ids)).values(code=None, payee=None, shown_until=None)
    )
    dropped = {"state": OutboxState.DROPPED, "error": "erased", "dedupe": None}
    bare = {"account": None, "sealed": None, "sent_text": None, "facts": None, "keyboard": None, "message": None}
    messages = 0
    live = {subject for said in _said_to(account, tip_ids) for subject in _live(work, said)}
    _run(work, delete(r.Card).where(col(r.Card.subject_id).in_(live), col(r.Card.account) == account))
    for said in _said_to(account, tip_ids):
        waiting = col(r.Outbox.state).in_((OutboxState.QUEUED, OutboxState.SENDING))
        _run(work, update(r.Outbox).where(*said, waiting).values(**dropped))
        messages += _run(work, update(r.Outbox).where(*said).values(sent_message=None, dedupe=None, **bare))
    _run(work, delete(r.Prompt).where(col(r.Prompt.account) == account))
    _run(work, delete(r.Draft).where(col(r.Draft.by) == account))
    _run(work, delete(r.Inbox).where(col(r.Inbox.chat) == account, col(r.Inbox.state) != InboxState.RECEIVED))
    _run(work, update(r.Inbox).where(col(r.Inbox.chat) == account).values(chat=""))
    _run(work, update(r.Deadline).where(col(r.Deadline.subject_id) == account).values(subject_id=""))
    for tip in tips_of(work, account):
        tip.account = names[tip.id]
    identity = work.find(r.Identity, account)
    if identity is not None:
        work.session.delete(identity)
        work.session.flush()
    return {"words": words, "messages": messages}


def seal_anew(work: Work, account: str) -> int:
    """A new key for this person: what is left is sealed with it, so that what was deleted cannot be read from any later copy."""
    work.flush()
    identity = work.identity(account)
    if identity.key is None:
        return 0
    old, new = identity.key, work.vault.new_key()
    done = 0

    def again(blob: bytes | None) -> bytes | None:
        nonlocal done
        if not blob:
            return blob
        done += 1
        return work.vault.seal(new, work.vault.unseal(old, blob))

    identity.chat, identity.name = again(identity.chat), again(identity.name)
    ids = [tip.id for tip in tips_of(work, account)]
    for item in work.session.execute(select(r.TipItem).where(col(r.TipItem.tip_id).in_(ids))).scalars():
        item.content = again(item.content) or b""
    own = select(r.Question).where(col(r.Question.tip_id).in_(ids), col(r.Question.question) != b"")
    for question in work.session.execute(own).scalars():
        question.question, question.answer = again(question.question) or b"", again(question.answer)
    for reward in work.session.execute(select(r.Reward).where(col(r.Reward.tip_id).in_(ids))).scalars():
        reward.code, reward.payee = again(reward.code), again(reward.payee)
    _payees_again(work, account, ids, again)
    for said in _said_to(account, ids):
        full = or_(col(r.Outbox.sealed).is_not(None), col(r.Outbox.sent_text).is_not(None))
        for row in work.session.execute(select(r.Outbox).where(*said, full)).scalars():
            row.sealed, row.sent_text = again(row.sealed), again(row.sent_text)
    for aside in work.session.execute(select(r.Draft).where(col(r.Draft.by) == account, text(r.ASIDES))).scalars():
        if words := again(bytes.fromhex(aside.facts.get("sealed", ""))):
            aside.facts = {**aside.facts, "sealed": words.hex()}
    identity.key = new
    return done


def _payees_again(work: Work, account: str, own: list[str], again: Callable[[bytes | None], bytes | None]) -> None:
    """Where a sender was erased before collecting, who collected is sealed with the key of the clerk who paid."""
    seats = [seat.id for seat in work.seats_of(account)]
    noted = select(r.Reward).where(
        col(r.Reward.claimed_by).in_(seats), col(r.Reward.payee).is_not(None), col(r.Reward.tip_id).not_in(own)
    )
    for reward in work.session.execute(noted).scalars() if seats else ():
        with suppress(ValueError):  # sealed with a sender's key, as most are
            reward.payee = again(reward.payee)


def delete_words(work: Work, tip_ids: Sequence[str]) -> int:
    """The words, pictures, positions, questions and answers of these tips."""
    work.flush()
    _run(work, update(r.Question).where(col(r.Question.tip_id).in_(tip_ids)).values(question=b"", answer=None))
    return _run(work, delete(r.TipItem).where(col(r.TipItem.tip_id).in_(tip_ids)))


# ── what is past its time: a stretch of a table at a time ────────────────────────────────────────────────────────────
#
# Each looks at so many rows at most, beginning behind `after`, and says where the next stretch begins: None when all that can be past
# has been seen. So the night never holds up an alarm, however long a county has been at work.


def asides_past(work: Work, before: datetime) -> int:
    """What was said that was no tip, past its time: deleted, sealed words and all."""
    return _run(work, delete(r.Draft).where(text(r.ASIDES), col(r.Draft.at) < before))


def updates_past(
    work: Work, done_before: datetime, failed_before: datetime, after: int, most: int
) -> tuple[int, int | None]:
    """Delete what was heard and done, and what failed long ago. How many; where it goes on."""
    work.flush()
    query = select(col(r.Inbox.id), col(r.Inbox.state), col(r.Inbox.done_at), col(r.Inbox.received_at))
    rows = work.session.execute(query.where(col(r.Inbox.id) > after).order_by(col(r.Inbox.id)).limit(most)).all()
    limits = {InboxState.DONE: done_before, InboxState.FAILED: failed_before}
    past = [one.id for one in rows if one.done_at and one.state in limits and one.done_at < limits[one.state]]
    _run(work, delete(r.Inbox).where(col(r.Inbox.id).in_(past)))
    return len(past), _next(rows, most, lambda one: max(limits.values()) <= one.received_at <= work.now)


def messages_past(work: Work, queued_before: datetime, after: int, most: int) -> tuple[int, int, int | None]:
    """Take the text out of what was said to people long ago; that it was said stays. How many; up to which message nothing is left to
    take; where it goes on."""
    work.flush()
    o = r.Outbox
    query = select(col(o.id), col(o.state), col(o.queued_at)).where(col(o.id) > after).order_by(col(o.id)).limit(most)
    rows = work.session.execute(query).all()
    waiting = (OutboxState.QUEUED, OutboxState.SENDING)
    ended = [one.id for one in rows if one.queued_at < queued_before and one.state not in waiting]
    left = {one.id for one in rows}.difference(ended)  # too young, or not left yet: the next nights come back to it
    emptied = min(left) - 1 if left else rows[-1].id if rows else after
    full = or_(col(o.sent_text).is_not(None), col(o.facts).is_not(None), col(o.sealed).is_not(None))
    count = _run(
        work,
        update(o)
        .where(col(o.id).in_(ended), col(o.account).is_not(None), full)
        .values(sent_text=None, facts=None, sealed=None, keyboard=None),
    )
    return count, emptied, _next(rows, most, lambda one: queued_before <= one.queued_at <= work.now)


def positions_past(work: Work, ended_before: datetime, after: int, most: int) -> tuple[int, int | None]:
    """Delete pins and telephone numbers of matters that ended before then: they are needed for nothing any more (PI4)."""
    rows = _items(work, after, most, text(r.PLACES))
    past = [one.id for one in rows if _ended(one, ended_before)]
    count = _run(work, delete(r.TipItem).where(col(r.TipItem.id).in_(past)))
    return count, _next(rows, most)


def tips_past(work: Work, ended_before: datetime, after: int, most: int, few: int) -> tuple[list[r.Tip], int | None]:
    """Tips that ended before then, whose reward has ended too, and of which something is left: `few` at most."""
    rows = _items(work, after, most)
    ended = dict.fromkeys(one.tip_id for one in rows if _ended(one, ended_before))
    unpaid = select(col(r.Reward.tip_id)).where(col(r.Reward.tip_id).in_(list(ended)))
    kept = set(work.session.execute(unpaid.where(col(r.Reward.state).in_(REWARD_OPEN))).scalars())
    past = [tip_id for tip_id in ended if tip_id not in kept]
    work.load(r.Tip, past[:few])
    found = [work.get(r.Tip, tip_id) for tip_id in past[:few]]
    if len(past) > few:  # the others come next
        first = next(one.id for one in rows if one.tip_id == past[few])
        return found, first - 1
    return found, _next(rows, most)


def people_past(work: Work, before: datetime, after: str, most: int, few: int) -> tuple[list[str], str | None]:
    """Of so many accounts, in their order, those that go, `few` at most: who asked to be forgotten, and nothing is open; and who was met
    before then and has no tip since then and none open. Nobody who has a seat or a reward to come."""
    work.flush()
    i, t = r.Identity, r.Tip
    seen = col(i.account) > after
    window = (
        work.session.execute(select(col(i.account)).where(seen).order_by(col(i.account)).limit(most)).scalars().all()
    )
    if not window:
        return [], None
    own = col(t.account) == col(i.account)
    seated = select(col(r.Person.id)).where(col(r.Person.account) == col(i.account)).exists()
    is_open = (col(t.state).in_(TIP_OPEN), col(t.by_staff).is_(False))
    later = or_(col(t.state).in_(TIP_OPEN), col(t.ended_at).is_(None), col(t.ended_at) >= before)
    unpaid = select(col(r.Reward.id)).join(t, col(t.id) == col(r.Reward.tip_id))
    unpaid = unpaid.where(own, col(r.Reward.state).in_(REWARD_OPEN))
    asked = and_(col(i.forget).is_(True), ~select(col(t.id)).where(own, *is_open).exists())
    forgotten = and_(col(i.first_seen_at) < before, ~select(col(t.id)).where(own, later).exists())
    query = select(col(i.account)).where(seen, col(i.account) <= window[-1], or_(asked, forgotten))
    query = query.where(~seated, ~unpaid.exists())
    past = list(work.session.execute(query.order_by(col(i.account)).limit(few)).scalars())
    if len(past) == few:  # there may be more
        return past, past[-1]
    return past, window[-1] if len(window) == most else None


def _items(work: Work, after: int, most: int, *only: TextClause) -> Sequence[Row[Any]]:
    work.flush()
    i, t = r.TipItem, r.Tip
    query = select(col(i.id), col(i.tip_id), col(i.at), col(t.ended_at), col(t.state)).join(
        t, col(t.id) == col(i.tip_id)
    )
    return work.session.execute(query.where(col(i.id) > after, *only).order_by(col(i.id)).limit(most)).all()


def _ended(row: Row[Any], before: datetime) -> bool:
    return row.ended_at is not None and row.ended_at < before and row.state not in TIP_OPEN


def _next(rows: Sequence[Row[Any]], most: int, too_young: Callable[[Row[Any]], bool] | None = None) -> int | None:
    """Where the next stretch begins: nowhere, if there are no more rows, or those of a whole stretch are too young, as all that follow.
    (What a rehearsal wrote in the future is not too young. An item may be younger than the end of its tip: those are all looked at.)"""
    if len(rows) < most or (too_young is not None and all(map(too_young, rows))):
        return None
    return int(rows[-1].id)
