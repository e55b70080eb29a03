"""Every trace of one chat account in the records: found, sealed anew, or wiped. The SQL of `erasure.py`.

A column that is added anywhere and holds an account or something sealed with a person's key belongs into SEALED or is wiped here;
`tests/workflows/test_traces.py` compares this list with the tables.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, TextClause, delete, or_, select, text, update
from sqlalchemy.sql.dml import Delete, Update
from sqlmodel import col

from workflows import records as r
from workflows.states import InboxState, OutboxState, RewardState, TipState
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


def asides_past(work: Work, before: datetime) -> int:
    """What was said that was no tip, past its time: deleted, sealed words and all."""
    return _run(work, delete(r.Draft).where(col(r.Draft.kind) == "aside", col(r.Draft.at) < before))


def open_tips(work: Work, account: str) -> list[r.Tip]:
    return [tip for tip in tips_of(work, account) if tip.state in TIP_OPEN and not tip.by_staff]


def _said_to(account: str, tip_ids: Sequence[str]) -> Sequence[tuple[ColumnElement[bool] | TextClause, ...]]:
    """All messages to this account, in two conditions that exclude each other: those about its own tips are found by these, the others
    by their reader."""
    to_it = col(r.Outbox.account) == account
    return (col(r.Outbox.subject_id).in_(tip_ids), to_it, col(r.Outbox.by_tip).is_(True)), (to_it, text(r.APART))


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
    for said in _said_to(account, tip_ids):
        waiting = col(r.Outbox.state).in_((OutboxState.QUEUED, OutboxState.SENDING))
        _run(work, update(r.Outbox).where(*said, waiting).values(**dropped))
        messages += _run(work, update(r.Outbox).where(*said).values(sent_message=None, dedupe=None, **bare))
    _run(work, delete(r.Card).where(col(r.Card.account) == account))
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
        work.forget(r.Identity, account)
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
    for question in work.session.execute(select(r.Question).where(col(r.Question.tip_id).in_(ids))).scalars():
        question.question, question.answer = again(question.question) or b"", again(question.answer)
    for reward in work.session.execute(select(r.Reward).where(col(r.Reward.tip_id).in_(ids))).scalars():
        reward.code, reward.payee = again(reward.code), again(reward.payee)
    _payees_again(work, account, ids, again)
    for said in _said_to(account, ids):
        for row in work.session.execute(select(r.Outbox).where(*said)).scalars():
            row.sealed, row.sent_text = again(row.sealed), again(row.sent_text)
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


def tips_past(work: Work, ended_before: datetime, limit: int) -> Sequence[r.Tip]:
    """Tips that ended before then, whose reward has ended too, and of which something is left."""
    left = select(col(r.TipItem.tip_id)).where(col(r.TipItem.tip_id) == col(r.Tip.id)).exists()
    unpaid = (
        select(col(r.Reward.tip_id))
        .where(col(r.Reward.tip_id) == col(r.Tip.id), col(r.Reward.state).in_(REWARD_OPEN))
        .exists()
    )
    query = select(r.Tip).where(
        col(r.Tip.ended_at).is_not(None),
        col(r.Tip.ended_at) < ended_before,
        col(r.Tip.state).not_in(TIP_OPEN),
        left,
        ~unpaid,
    )
    return work.session.execute(query.order_by(col(r.Tip.ended_at)).limit(limit)).scalars().all()


def positions_past(work: Work, ended_before: datetime) -> int:
    """Delete pins and telephone numbers of matters that ended before then: they are needed for nothing any more (PI4)."""
    work.flush()
    ended = select(col(r.Tip.id)).where(
        col(r.Tip.ended_at).is_not(None), col(r.Tip.ended_at) < ended_before, col(r.Tip.state).not_in(TIP_OPEN)
    )
    return _run(
        work,
        delete(r.TipItem).where(col(r.TipItem.kind).in_(("location", "contact")), col(r.TipItem.tip_id).in_(ended)),
    )


def people_past(work: Work, before: datetime, limit: int) -> Sequence[str]:
    """Accounts without a seat that were met before then and have no tip since then, none open, and no reward to come."""
    seated = select(col(r.Person.id)).where(col(r.Person.account) == col(r.Identity.account)).exists()
    later = (
        select(col(r.Tip.id))
        .where(
            col(r.Tip.account) == col(r.Identity.account),
            or_(
                col(r.Tip.state).in_((TipState.COLLECTING, TipState.SUBMITTED, TipState.ACCEPTED)),
                col(r.Tip.ended_at).is_(None),
                col(r.Tip.ended_at) >= before,
            ),
        )
        .exists()
    )
    unpaid = (
        select(col(r.Reward.id))
        .join(r.Tip, col(r.Tip.id) == col(r.Reward.tip_id))
        .where(col(r.Tip.account) == col(r.Identity.account), col(r.Reward.state).in_(REWARD_OPEN))
        .exists()
    )
    query = select(col(r.Identity.account)).where(col(r.Identity.first_seen_at) < before, ~seated, ~later, ~unpaid)
    return work.session.execute(query.limit(limit)).scalars().all()


def want_to_be_forgotten(work: Work, limit: int) -> Sequence[str]:
    """Accounts that asked to be erased once nothing is open."""
    query = select(col(r.Identity.account)).where(col(r.Identity.forget).is_(True))
    return work.session.execute(query.limit(limit)).scalars().all()


def updates_past(work: Work, done_before: datetime, failed_before: datetime) -> int:
    """Delete what was heard and done, and what failed long ago."""
    done = (col(r.Inbox.state) == InboxState.DONE) & (col(r.Inbox.done_at) < done_before)
    failed = (col(r.Inbox.state) == InboxState.FAILED) & (col(r.Inbox.done_at) < failed_before)
    return _run(work, delete(r.Inbox).where(done | failed))


def messages_past(work: Work, sent_before: datetime) -> int:
    """Take the text out of what was said to people long ago; that it was said stays."""
    old = col(r.Outbox.account).is_not(None) & (col(r.Outbox.queued_at) < sent_before)
    ended = col(r.Outbox.state).not_in((OutboxState.QUEUED, OutboxState.SENDING))
    full = or_(col(r.Outbox.sent_text).is_not(None), col(r.Outbox.facts).is_not(None))
    return _run(
        work, update(r.Outbox).where(old, ended, full).values(sent_text=None, facts=None, sealed=None, keyboard=None)
    )
