"""Messages in hand on their way out: read with the columns that drawing asks for, changed in hand, written back together.

A record of SQLModel notes each change of each column, and is written by a statement of its own: of a crowd's receipts that cost more than
to draw them. Whatever is not on its way is read as `records.Outbox`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from itertools import compress
from operator import attrgetter, is_not
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, SQLModel

from workflows import records as r
from workflows import rows
from workflows.states import OutboxState
from workflows.work import Work


@dataclass(slots=True, eq=False)
class Leaving:
    """One row of the outbox, as `records.Outbox` describes it."""

    id: int
    act: str
    lane: int
    template: str
    audience: str
    drill: bool
    account: str | None
    chat_id: int | None
    thread: int | None
    lang: str
    subject_id: str | None
    facts: dict[str, Any] | None
    sealed: bytes | None
    message: int | None
    card_id: int | None
    person_id: str | None
    dedupe: str | None
    state: OutboxState
    queued_at: datetime
    attempts: int
    repeat: bool
    error: str | None
    was: Sequence[Any] = field(kw_only=True)
    """The values above as they were read."""
    keyboard: list[Any] | None = None
    sending_at: datetime | None = None
    fence: int | None = None
    sent_text: bytes | None = None
    not_before: datetime | None = None
    """These five are not read; what is put here is written."""

    @property
    def chat(self) -> str:
        """Where it goes: an account, or the number of a group."""
        return self.account or str(self.chat_id)

    def changes(self) -> dict[str, Any]:
        """What differs from the row."""
        marked = _MARKED if self.state is OutboxState.SENDING else ()  # all that one look marks are of one shape
        changed = {name: getattr(self, name) for name in marked}
        for name in compress(_READ, map(is_not, _in_hand(self), self.was)):
            changed[name] = getattr(self, name)
        if self.not_before is not None:
            changed["not_before"] = self.not_before
        return changed


_READ = tuple(Leaving.__dataclass_fields__)[:22]
_MARKED = ("state", "error", "dedupe", "attempts", "sending_at", "fence", "keyboard", "sent_text")
_in_hand = attrgetter(*_READ)
_TABLE = SQLModel.metadata.tables["outbox"]
_COLUMNS = [_TABLE.c[name] for name in _READ]
_QUEUED = _TABLE.c.state == OutboxState.QUEUED


def first(work: Work, passed: Iterable[str], most: int) -> list[Leaving]:
    """Rows that may leave, alarms first, of chats that are not passed over; held against other replicas until the commit."""
    accounts, groups = [], []
    for chat in passed:
        if chat.startswith("-"):
            groups.append(int(chat))
        else:
            accounts.append(chat)
    given: dict[str, Any] = {"now": work.now, "most": most}
    if accounts:
        given["accounts"] = accounts[:800]
    if groups:
        given["groups"] = groups[:800]
    found = work.session.connection().execute(_first(bool(accounts), bool(groups)), given)
    return [_read(row) for row in found.all()]


@cache
def _first(accounts: bool, groups: bool) -> Any:
    query = select(*_COLUMNS).where(_QUEUED, _TABLE.c.not_before <= bindparam("now"))
    for passed, name, column in ((accounts, "accounts", _TABLE.c.account), (groups, "groups", _TABLE.c.chat_id)):
        if passed:
            query = query.where(or_(column.is_(None), column.not_in(bindparam(name, expanding=True))))
    query = query.order_by(_TABLE.c.lane, _TABLE.c.id).limit(bindparam("most"))
    return query.with_for_update(skip_locked=True)


def about(work: Work, subject_ids: Sequence[str], most: int) -> list[Leaving]:
    """What waits about these."""
    query = select(*_COLUMNS).where(_QUEUED, _TABLE.c.subject_id.in_(subject_ids)).limit(most)
    return [_read(row) for row in work.session.connection().execute(query).all()]


def cards_for(work: Work, group: int, template: str) -> list[Leaving]:
    """Live messages of one kind that wait for a group, in their order."""
    found = work.session.connection().execute(_CARDS_FOR, {"group": group, "template": template})
    return [_read(row) for row in found.all()]


_CARDS_FOR = (
    select(*_COLUMNS)
    .where(_QUEUED, _TABLE.c.act == "card", _TABLE.c.template == bindparam("template"))
    .where(_TABLE.c.chat_id == bindparam("group"))
    .order_by(_TABLE.c.id)
)


def _read(row: Any) -> Leaving:
    return Leaving(*row, was=row)


def next_at(work: Work) -> datetime | None:
    """When the next of those may leave that may not yet."""
    found: datetime | None = work.session.connection().execute(_LATER, {"now": work.now}).scalar()
    return found


_LATER = (
    select(_TABLE.c.not_before)
    .where(_QUEUED, _TABLE.c.not_before > bindparam("now"))
    .order_by(_TABLE.c.not_before)
    .limit(1)
)


def write(work: Work, messages: Iterable[Leaving]) -> None:
    """Write what was changed, with one statement for all that were changed alike."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in messages:
        changed = one.changes()
        if changed:
            alike.setdefault(tuple(changed), []).append(
                {"row": one.id, **{_NEW[name]: changed[name] for name in changed}}
            )
            forget(work.session, one.id)
    for names, changes in alike.items():
        rows.change(work.session.connection(), _change(names), changes)


@lru_cache(maxsize=64)
def _change(names: tuple[str, ...]) -> Any:
    values: dict[str, Any] = {name: bindparam(_NEW[name]) for name in names}
    return update(_TABLE).where(_TABLE.c.id == bindparam("row")).values(values)


_NEW = {name: f"new_{name}" for name in _READ + _MARKED + ("not_before",)}  # an UPDATE keeps the bare names for itself


def forget(session: Session, number: int) -> None:
    """This row was changed beside the session: whoever has read its record reads it again."""
    record = session.identity_map.get((r.Outbox, (number,), None))
    if record is not None:
        session.expire(record)
