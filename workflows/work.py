"""What a decision may read and write: `Work`, the only place that knows SQL. Verbs see objects.

`record`, `due`, `tell` and `refresh` only append; the rows are written in bulk when the decision ends, or earlier when a query needs them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from functools import cache
from random import SystemRandom
from typing import Any, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, func, inspect, text, union_all, update
from sqlalchemy import select as core_select
from sqlalchemy.event import listens_for
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, SQLModel, and_, col, or_, select

from workflows import holding, rota, rows
from workflows import records as r
from workflows.events import Kind
from workflows.policy import PolicyVersion
from workflows.refusals import Gone
from workflows.rulebook import Rulebook
from workflows.states import (
    ActState,
    CallState,
    CaseState,
    EvidenceState,
    ExplanationState,
    OutboxState,
    RevealState,
    RewardState,
    RingState,
    SwapState,
    TipState,
    TransferState,
    WhistleState,
)

T = TypeVar("T", bound=SQLModel)

CALL_ENDED = (CallState.REPORTED, CallState.STOOD_DOWN, CallState.CLOSED)
CALL_LIVE = tuple(state for state in CallState if state not in CALL_ENDED)
"""What is live is asked for by name: for "not ended" a database walks through all calls there ever were."""
BOARD = "board"
"""Template of the pinned board, and the beginning of its subject: `board:QL01`."""
TIP_OPEN = (TipState.COLLECTING, TipState.SUBMITTED, TipState.ACCEPTED)


class Lane(IntEnum):
    """Which message leaves first."""

    ALARM = 0
    ANSWER = 1
    REMINDER = 2
    EDIT = 3
    DIGEST = 4


@dataclass(frozen=True, slots=True)
class To:
    """One recipient: a private account or a group chat, its language, and the seat it is addressed to."""

    account: str | None = None
    chat_id: int | None = None
    lang: str = "zh"
    person_id: str | None = None
    thread: int | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """What this process can reach beyond the chat, as far as a decision must know it."""

    public_url: str = ""
    """Where a browser finds our pages, without a slash at the end; empty: no pages."""
    phone: bool = False
    """Whether the county has a gateway that rings phones."""


_NOTHING_OUTSIDE = Outside()


class Brief(NamedTuple):
    """What every text about a call starts from, of the matter that it belongs to."""

    township_id: str
    hidden: bool
    tip_id: str
    village_id: str | None
    grid_id: str | None
    matter_code: str | None
    blown_by: str
    whistle_township_id: str


class Vault(Protocol):
    """Seals what may identify a villager; see `bot/vault.py`."""

    def account_of(self, chat_id: int) -> str: ...
    def new_key(self) -> bytes: ...
    def seal(self, key: bytes, value: Any) -> bytes: ...
    def unseal(self, key: bytes, blob: bytes) -> Any: ...
    def code_mac(self, code: str) -> str: ...
    def code_hash(self, code: str) -> str: ...
    def code_matches(self, code: str, hashed: str) -> bool: ...
    def mark(self, purpose: str, text: str) -> str: ...
    def link(self, before: str, text: bytes) -> str: ...


class Erased(Exception):
    """The person's key was destroyed; nothing of theirs can be read any more."""


@dataclass(slots=True)
class Pending:
    """Rows that a batch will write in bulk."""

    events: list[dict[str, Any]] = field(default_factory=list)
    deadlines: list[dict[str, Any]] = field(default_factory=list)
    done: dict[int, r.Deadline] = field(default_factory=dict)
    """Rows in hand that are done, by their number: marked with one statement for each outcome."""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    moved: list[tuple[str, str | None, int | None]] = field(default_factory=list)
    """Live messages that are kept up to date no more: subject, account, chat."""
    redrawn: dict[str, None] = field(default_factory=dict)
    """Subjects whose live messages are drawn anew, in their order."""


class Work:
    """One decision's view of the records, at one instant (`now`, aware UTC)."""

    def __init__(
        self, session: Session, now: datetime, book: Rulebook, vault: Vault, pending: Pending | None = None
    ) -> None:
        self.session = session
        self._info = session.info
        self._held: dict[type[SQLModel], dict[Any, Any]] = self._info.setdefault("held", defaultdict(dict))
        self._absent = self._known("absent")
        self._new: dict[type[SQLModel], dict[Any, Any]] = self._known("unwritten")
        self.now = now
        self.book = book
        self.county = book.county
        self.vault = vault
        self.outside = _NOTHING_OUTSIDE
        self.receipts: set[str] = (
            set()
        )  # numbers that were asked about and are free; whoever makes many decisions hands them on
        self.pending = pending or Pending()
        self.earliest_due: datetime | None = None
        self.sends = False
        self.drills_met = 0  # how often something of a drill was written or sent: a toast is to say so too
        self.log: list[tuple[str, str, dict[str, Any]]] = []
        self._policy: PolicyVersion | None = None
        self._ringing: dict[tuple[str, str], list[r.Outbox]] = {}  # (account, whistle id) → calls that wait to ring

    # ── time and rules ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def today(self) -> date:
        """The county's local date."""
        return self.now.astimezone(ZoneInfo(self.county.timezone)).date()

    @property
    def policy(self) -> PolicyVersion:
        """The policy in force today. Which that is, is asked once in a batch, unless midnight comes in between."""
        if self._policy is None:
            in_force: tuple[datetime, PolicyVersion] | None = self._info.get("policy")
            if in_force is None or self.now >= in_force[0]:
                zone = ZoneInfo(self.county.timezone)
                midnight = datetime.combine(self.today + timedelta(days=1), time(), zone).astimezone(UTC)
                in_force = self._info["policy"] = (midnight, self.book.policy.on(self.today))
            self._policy = in_force[1]
        return self._policy

    # ── facts, deadlines, messages ───────────────────────────────────────────────────────────────────────────────────

    def record(self, kind: Kind, subject: SQLModel, by: r.Person | str | None = None, /, **facts: Any) -> Kind:
        """Write down a fact, and whether it belongs to a drill. `facts` must hold nothing that a villager said, sent or is called."""
        model, subject_id = type(subject), key_of(subject)
        case_id = subject_id if model is r.Case else getattr(subject, "case_id", None)
        if self.is_drill(subject):
            facts["drill"] = True
        name = kind.value
        row = {
            "kind": name,
            "subject": model.__name__.lower(),
            "subject_id": subject_id,
            "case_id": case_id,
            "by": by.id if type(by) is r.Person else (by or ""),
            "at": self.now,
            "facts": facts,
            "chain": subject_id if model is r.Chain else case_id,
            "seq": None,
            "mac": None,
        }
        self.pending.events.append(row)
        self._known("events").pop((kind, subject_id), None)
        self.log.append((name, subject_id, facts))
        if model is r.Call or model is r.Whistle:
            self._redraw_boards(subject)  # type: ignore[arg-type]
        return kind

    def is_drill(self, subject: SQLModel) -> bool:
        """Whether this record, or the matter it is part of, is a drill."""
        found = self._is_drill(subject)
        self.drills_met += found
        return found

    def _is_drill(self, subject: SQLModel) -> bool:
        own = getattr(subject, "drill", None)
        if own is not None:
            return bool(own)
        part_of: tuple[tuple[str, type[SQLModel]], ...] = (
            ("case_id", r.Case),
            ("call_id", r.Call),
            ("tip_id", r.Tip),
        )
        for name, model in part_of:
            if (key := getattr(subject, name, None)) is not None:
                whole = self.find(model, key)
                return bool(whole is not None and whole.drill)  # type: ignore[attr-defined]
        return False

    def due(self, kind: str, subject_id: str, at: datetime, /, **facts: Any) -> None:
        """Something falls due at the absolute time `at`."""
        self.pending.deadlines.append(
            {"kind": kind, "subject_id": subject_id, "due_at": at, "facts": facts, "attempts": 0}
        )
        if self.earliest_due is None or at < self.earliest_due:
            self.earliest_due = at

    def cancel(self, subject_id: str, *kinds: str, outcome: str = "overtaken") -> None:
        """What was due for this subject has been overtaken (all kinds if none is named)."""
        kept = []
        for row in self.pending.deadlines:
            if row["subject_id"] != subject_id or (kinds and row["kind"] not in kinds):
                kept.append(row)
        self.pending.deadlines = kept
        if self._unwritten(subject_id):
            return
        self._write_done()
        with self._fresh(r.Deadline):
            given = {"subject": subject_id, "now": self.now, "why": outcome}
            if kinds:
                self.session.connection().execute(_OVERTAKE_KINDS, {**given, "kinds": kinds})
            else:
                self.session.connection().execute(_OVERTAKE, given)
        for one in (*self._in_session(r.Deadline), *self._known("in hand").values()):
            if one.subject_id == subject_id and one.done_at is None and (not kinds or one.kind in kinds):
                set_committed_value(one, "done_at", self.now)
                set_committed_value(one, "outcome", outcome)

    def _in_session(self, model: type[T]) -> list[T]:
        """The records of this batch that a statement beside the session may have changed."""
        return [one for one in self.session.identity_map.values() if isinstance(one, model)]

    def send(
        self,
        template: str,
        audience: str,
        to: To,
        *,
        lane: Lane = Lane.ANSWER,
        act: str = "send",
        subject_id: str | None = None,
        facts: dict[str, Any] | None = None,
        sealed: bool = False,
        message: int | None = None,
        card_id: int | None = None,
        dedupe: str | None = None,
        not_before: datetime | None = None,
        drill: bool | None = None,
    ) -> None:
        """Put one message on its way. `sealed` hides its facts from everybody but the sender's key."""
        blob = self.seal(to.account, facts or {}) if sealed and to.account else None
        if drill is None:
            drill = self._of_a_drill(template, subject_id, facts or {})
        self.pending.outbox.append(
            {
                "drill": drill,
                "act": act,
                "lane": int(lane),
                "template": template,
                "audience": audience,
                "account": to.account,
                "chat_id": to.chat_id,
                "thread": to.thread,
                "lang": self._lang_of(to),
                "subject_id": subject_id,
                "by_tip": self._is_tip_of(subject_id, to.account),
                "facts": None if blob else facts,
                "sealed": blob,
                "message": message,
                "card_id": card_id,
                "person_id": to.person_id,
                "dedupe": dedupe,
                "state": OutboxState.QUEUED,
                "queued_at": self.now,
                "not_before": max(not_before, self.now) if not_before else self.now,
                "attempts": 0,
                "repeat": False,
            }
        )
        self.sends = True

    def _is_tip_of(self, subject_id: str | None, account: str | None) -> bool:
        """Whether it is known here and now as a tip of this account; else the message is looked for by its reader."""
        tip = self._held[r.Tip].get(subject_id)
        return tip is not None and account is not None and tip.account == account

    def _of_a_drill(self, template: str, subject_id: str | None, facts: dict[str, Any]) -> bool:
        """A message belongs to a drill if its subject does; a dialog, by the number it names: drills have a series of their own."""
        model = _NOUNS.get(template.partition(".")[0])
        subject = self.find(model, subject_id) if model is not None else None
        if subject is not None:
            return self.is_drill(subject)
        mark = f"-{self.policy.drill.mark}-"
        named = any(mark in str(facts.get(name) or "") for name in ("name", "number", "into"))
        self.drills_met += named
        return named

    def refresh(self, *subject_ids: str) -> None:
        """Every live message that shows one of these subjects is drawn anew; edits of one message are latest-wins."""
        self.pending.redrawn.update((i, None) for i in subject_ids if i and not self._unwritten(i))

    def _redraw(self) -> None:
        """What was to be drawn anew, for a whole batch at once; cards that the batch itself has sent are written by now."""
        ids, self.pending.redrawn = list(self.pending.redrawn), {}
        if not ids:
            return
        connection, changed = self.session.connection(), {"ids": ids}
        for card in connection.execute(_CARDS_ABOUT, changed):
            self._edit(card)
        connection.execute(_CHANGED_IN_FLIGHT, changed)
        for row in self._in_session(r.Outbox):
            if row.subject_id in ids and row.state is OutboxState.SENDING and row.act in ("card", "edit"):
                set_committed_value(row, "error", "changed")

    def _redraw_boards(self, subject: r.Call | r.Whistle) -> None:
        """The boards that show this are drawn anew. Which boards there are is asked once in a batch."""
        boards = self.session.info.get("boards")
        if boards is None:
            ids = [f"{BOARD}:{unit}" for unit in (self.county.id, *(t.id for t in self.county.townships))]
            with self.session.no_autoflush:
                boards = self.session.exec(_of_many(r.Card, "subject_id"), params={"keys": ids}).all()
            self.session.info["boards"] = boards
        if not boards:
            return
        case = self.find(r.Case, subject.case_id)
        shown_on = (f"{BOARD}:{self.county.id}", f"{BOARD}:{case.township_id if case else ''}")
        for card in boards:
            if card.subject_id in shown_on:
                self.redraw_board(card)

    def redraw_board(self, card: r.Card) -> None:
        """Once in a while at most; edits that come meanwhile are one."""
        self._edit(card, not_before=card.at + timedelta(seconds=self.policy.notice.board_seconds))

    def _edit(self, card: Any, not_before: datetime | None = None) -> None:
        self.send(
            card.template,
            card.audience,
            To(card.account, card.chat_id, card.lang, card.person_id, card.thread),
            lane=Lane.EDIT,
            act="edit",
            subject_id=card.subject_id,
            message=card.message,
            card_id=card.id,
            drill=card.drill,
            dedupe=f"card:{card.id}",
            not_before=not_before,
        )

    def card_in(self, subject_id: str, to: To) -> r.Card | None:
        """The live message of a subject in this chat."""
        if self.pending.moved:
            self.flush()
        query = select(r.Card).where(r.Card.subject_id == subject_id)
        here = r.Card.account == to.account if to.account else r.Card.chat_id == to.chat_id
        return self.session.exec(query.where(here).order_by(col(r.Card.id).desc())).first()

    def close_topics(self, subject_id: str) -> None:
        """The forum topics of a tip that has ended are closed."""
        self.flush()
        query = select(r.Topic).where(r.Topic.subject_id == subject_id, col(r.Topic.closed_at).is_(None))
        for topic in self.session.exec(query):
            topic.closed_at = self.now
            to = To(chat_id=topic.chat_id, thread=topic.thread)
            self.send("topic", "squad", to, lane=Lane.DIGEST, act="topic_closed", subject_id=subject_id)

    def flush(self) -> None:
        """Write what has been collected so far, so that queries see it."""
        self.session.flush()
        p = self.pending
        connection = self.session.connection()
        self._write_done()
        if p.moved:
            _drop(connection, p.moved)
        rows.write(connection, _ITEM, p.items, usual=_USUAL[r.TipItem])
        rows.write(connection, _CARD, p.cards)
        self._redraw()
        self.link(p.events)
        rows.write(connection, _EVENT, p.events, usual=_USUAL[r.Event])
        rows.write(connection, _DEADLINE, p.deadlines)
        rows.write(connection, _OUTBOX, p.outbox, usual=_USUAL[r.Outbox], unless="dedupe")
        self.pending = Pending()

    def _write_done(self) -> None:
        """Mark the due rows that were handled."""
        if not self.pending.done:
            return
        done, self.pending.done = list(self.pending.done.values()), {}
        by_outcome: dict[tuple[datetime | None, str | None], list[int]] = {}
        for row in done:
            by_outcome.setdefault((row.done_at, row.outcome), []).append(row.id or 0)
        for (at, outcome), ids in by_outcome.items():
            self.session.connection().execute(_MARK_DONE, {"at": at, "why": outcome, "ids": ids})

    def link(self, events: list[dict[str, Any]]) -> None:
        """Seal the events of cases into their chains (`workflows/audit.py`). The head of a chain stays locked until the commit, so that
        several writers append one after the other; heads are taken in one order, so that they never wait for each other in a circle."""
        chained = [row for row in events if row["chain"] is not None]
        if not chained:
            return
        names = sorted({row["chain"] for row in chained})
        connection = self.session.connection()
        found = self._heads(names)
        if len(found) < len(names):
            new = [{"id": name, "count": 0, "head": ""} for name in names if name not in found]
            rows.write(connection, _CHAIN, new, unless="id")
            found = self._heads(names)
        for row in chained:
            count, head = found[row["chain"]]
            row["seq"] = count + 1
            row["mac"] = self.vault.link(head, audited(row))
            found[row["chain"]] = row["seq"], row["mac"]
        ends = [{"chain": name, "n": found[name][0], "end": found[name][1]} for name in names]
        connection.execute(_MOVE_HEAD, ends)

    def lock_chain(self, name: str) -> r.Chain:
        """The head of a chain that is no case's, held until the commit: whoever else wants it waits."""
        self.flush()
        connection = self.session.connection()
        rows.write(connection, _CHAIN, [{"id": name, "count": 0, "head": ""}], unless="id")
        count, head = self._heads([name])[name]
        return r.Chain(id=name, count=count, head=head)

    def _heads(self, names: list[str]) -> dict[str, tuple[int, str]]:
        found = self.session.connection().execute(_HEADS, {"names": names})
        return {name: (count, head) for name, count, head in found}

    # ── the vault ────────────────────────────────────────────────────────────────────────────────────────────────────

    def identity(self, account: str) -> r.Identity:
        """The chat account, which must have spoken before."""
        return self.get(r.Identity, account)

    def meet(self, chat_id: int, lang: str = "zh") -> r.Identity:
        """The account behind a chat id; a first meeting makes its key."""
        account = self.vault.account_of(chat_id)
        found = self.find(r.Identity, account)
        if found is None:
            found = r.Identity(account=account, key=self.vault.new_key(), lang=lang, first_seen_at=self.now)
            self.add(found)
        if found.key is None:
            found.key = self.vault.new_key()
        if found.chat is None:
            found.chat = self.vault.seal(found.key, chat_id)
        self._known("chats")[account] = chat_id
        return found

    def live_key(self, account: str) -> bytes | None:
        """This person's key, unless it was destroyed."""
        found = self.find(r.Identity, account)
        return found.key if found else None

    def _key(self, account: str) -> bytes:
        key = self.live_key(account)
        if key is None:
            raise Erased(account)
        return key

    def seal(self, account: str, value: Any) -> bytes:
        """JSON-able `value`, readable only with this person's key."""
        return self.vault.seal(self._key(account), value)

    def unseal(self, account: str, blob: bytes) -> Any:
        """The inverse of `seal`; raises Erased when the key is gone."""
        return self.vault.unseal(self._key(account), blob)

    def chat_of(self, account: str) -> int:
        """The chat id of an account; for the sender at the moment of sending only. Of whom this batch has met it is known."""
        found = self.find(r.Identity, account)
        if found is None or found.key is None or found.chat is None:
            raise Erased(account)
        met: int | None = self._known("chats").get(account)
        return int(self.vault.unseal(found.key, found.chat)) if met is None else met

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, record: T) -> T:
        """As `session.add`."""
        holding.add(self.session, record)
        _note(self.session, record)
        model = type(record)
        self._known("children").pop(model, None)
        key = record.__dict__.get(_key_name(model))
        if key is not None:
            self._held[model][key] = record
        return record

    def get(self, model: type[T], key: Any) -> T:
        """The record, or Gone."""
        found = self.find(model, key)
        if found is None:
            raise Gone()
        return found

    def find(self, model: type[T], key: Any) -> T | None:
        """The record, if there is one. It is held until the batch ends: a session lets go of what nobody refers to, and asks again."""
        if key is None:
            return None
        found: T | None = self._held[model].get(key)
        if found is not None or (model, key) in self._absent:
            return found
        with self.session.no_autoflush:  # what was added and is not written yet is held
            found = self.session.identity_map.get((model, (key,), None))
            if found is None:
                found = self.session.exec(_of(model, _key_name(model)), params={"key": key}).first()
        if found is not None:
            self._held[model][key] = found
        return found

    def load(self, model: type[T], keys: Iterable[Any]) -> list[T]:
        """Fetch many records with one query, for `find` to come: it asks no more for those that there are not. Returns the others."""
        held, absent = self._held[model], self._absent
        wanted = dict.fromkeys(key for key in keys if key is not None)
        missing = [key for key in wanted if key not in held and (model, key) not in absent]
        if missing:
            name = _key_name(model)
            with self.session.no_autoflush:
                for found in self.session.exec(_of_many(model, name), params={"keys": missing}):
                    held[getattr(found, name)] = found
            absent.update(((model, key), None) for key in missing if key not in held)
        return [held[key] for key in wanted if key in held]

    def present(self, model: type[T], keys: Iterable[str]) -> list[str]:
        """Which of these records there are, none of them read; `find` asks no more for the others."""
        held, absent = self._held[model], self._absent
        wanted = [key for key in dict.fromkeys(keys) if (model, key) not in absent]
        missing = [key for key in wanted if key not in held]
        if missing:
            column = inspect(model).local_table.c[_key_name(model)]
            found = rows.present(self.session.connection(), column, missing)
            absent.update(((model, key), None) for key in missing if key not in found)
        return [key for key in wanted if (model, key) not in absent]

    def load_children(self, model: type[T], link: str, keys: Iterable[str]) -> None:
        """Fetch the records of many parents with one query, for `_children` to come: until the batch ends, or one of them is added."""
        wanted = set(keys)
        if not wanted:
            return
        with self._fresh(model):
            found = self.session.exec(_of_many(model, link), params={"keys": list(wanted)})
            known: dict[str, list[T]] = {key: [] for key in wanted}
            for one in found:
                known[getattr(one, link)].append(one)
        self._known("children").setdefault(model, {}).update(known)

    def _children(self, model: type[T], key: str) -> list[T] | None:
        """What `load_children` found of this parent, in no order; None: it was not asked."""
        known: dict[str, list[T]] = self._known("children").get(model, {})
        return known.get(key)

    def _fresh(self, *models: type[SQLModel], **same: Any) -> Any:
        """Write first what a query for these would miss, and nothing else: each flush of a batch costs more than its query.

        `same` narrows it to new records with these values, where the values of a written record never change.
        """
        waiting: Iterable[Any] = [one for model in models for one in self._unwritten_of(model)]
        if not same:
            waiting = (*waiting, *(one for one in self.session.dirty if isinstance(one, models)))
        if any(all(getattr(one, k) == v for k, v in same.items()) for one in waiting):
            self.session.flush()
        return self.session.no_autoflush

    def _changed(self, model: type[T], name: str) -> bool:
        """Whether a record that is not written yet has something new there."""
        added = any(getattr(one, name) is not None for one in self._unwritten_of(model))
        changed = holding.changed(self.session)
        return added or any(state.class_ is model and name in state.committed_state for state in changed)

    def _stranger(self, account: str) -> bool:
        """Somebody who speaks for the first time in this batch: no written row can be about them."""
        return account in self._new.get(r.Identity, ())

    def _unwritten(self, subject_id: str) -> bool:
        """A record that is new in this batch: no written row can be about it."""
        return any(subject_id in found for found in self._new.values())

    def _unwritten_of(self, model: type[T]) -> Iterable[T]:
        """The records of this kind that are new in this batch."""
        found: dict[Any, T] = self._new.get(model, {})
        return found.values()

    def _known(self, what: str) -> dict[Any, Any]:
        """What this batch has found out already."""
        known: dict[Any, Any] | None = self._info.get(what)
        if known is None:
            known = self._info[what] = {}
        return known

    def by_ref(self, model: type[T], ref: str) -> T:
        """The record that a button names, or Gone."""
        known: dict[Any, T] = self._known("refs")
        found = known.get((model, ref))
        if found is None or not holding.has(self.session, found):
            with self._fresh(model, ref=ref):
                found = self.session.exec(_of(model, "ref"), params={"key": ref}).first()
        if found is None:
            raise Gone()
        return found

    def load_refs(self, model: type[T], refs: Iterable[str]) -> list[T]:
        """Fetch what many buttons name with one query, for `by_ref` to come."""
        wanted = set(refs)
        if not wanted:
            return []
        with self.session.no_autoflush:
            found: Sequence[T] = self.session.exec(_of_many(model, "ref"), params={"keys": list(wanted)}).all()
        for one in found:
            self._known("refs")[model, one.ref] = self._held[model][getattr(one, _key_name(model))] = one  # type: ignore[attr-defined]
        return list(found)

    def brief(self, call: r.Call) -> Brief:
        """The matter of a call, or Gone: as `load_briefs` found it, unless the batch has one of its records in hand and may change it."""
        found: Brief | None = self._known("briefs").get(call.id)
        if found is not None and not (
            self._in_hand(r.Case, call.case_id)
            or self._in_hand(r.Whistle, call.whistle_id)
            or self._in_hand(r.Tip, found.tip_id)
        ):
            return found
        case = self.get(r.Case, call.case_id)
        tip, whistle = self.get(r.Tip, case.tip_id), self.get(r.Whistle, call.whistle_id)
        told = (case.township_id, case.hidden, case.tip_id, tip.village_id, tip.grid_id, tip.matter_code)
        return Brief(*told, whistle.blown_by, whistle.township_id)

    def load_briefs(self, calls: Iterable[r.Call]) -> list[Brief]:
        """Fetch what texts say of the matters of many calls with one query, for `brief` to come: of three records a few columns are read
        in a burst, and nothing is written."""
        known = self._known("briefs")
        wanted = [call.id for call in calls]
        missing = [one for one in wanted if one not in known]
        if missing:
            with self._fresh(r.Case, r.Whistle, r.Tip):
                found = self.session.connection().execute(_BRIEFS, {"keys": missing})
                known.update((call_id, Brief(*told)) for call_id, *told in found)
        return [known[one] for one in wanted if one in known]

    def _in_hand(self, model: type[SQLModel], key: str) -> bool:
        """Whether the session has read this record."""
        return self.session.identity_map.get((model, (key,), None)) is not None

    def person(self, person_id: str | None) -> r.Person | None:
        return self.find(r.Person, person_id)

    def seats_of(self, account: str) -> Sequence[r.Person]:
        """Every seat that this account holds; asked once per batch, and again when one was given or taken in it."""
        if self._stranger(account) and not self._changed(r.Person, "account"):
            return []
        self.load_seats([account])
        found: list[r.Person] = self._known("own seats")[account]
        return list(found)

    def load_seats(self, accounts: Iterable[str]) -> None:
        """Fetch the seats of many accounts with one query, for `seats_of` to come."""
        if self._changed(r.Person, "account"):
            self.session.flush()
        known = self._known("own seats")
        missing = [one for one in dict.fromkeys(accounts) if one not in known]
        if missing:
            known.update((one, []) for one in missing)
            with self.session.no_autoflush:
                for seat in self.session.exec(_of_many(r.Person, "account", "id"), params={"keys": missing}):
                    known[seat.account].append(seat)
                    self._held[r.Person][seat.id] = seat

    def everyone(self) -> Sequence[r.Person]:
        """Every seat of the county, bound or not."""
        return self.session.exec(select(r.Person)).all()

    def people(
        self,
        unit_id: str | Iterable[str],
        *roles: str,
        post: str | None = None,
        on_duty: bool | None = None,
        bound: bool | None = True,
    ) -> Sequence[r.Person]:
        """Seats of a unit by role and post; by default only those bound to an account.

        On duty is whom the unit's rota says at `now`; where no rota fills the post, whoever is 上岗.
        """
        units = [unit_id] if isinstance(unit_id, str) else list(unit_id)
        rotas = [one for one in self.rotas_of(units) if one.role] if on_duty is not None else []
        found = [p for p in self.seats_in(units) if not roles or p.role in roles]
        if post is not None and not rotas:
            found = [p for p in found if p.post == post]
        if on_duty is not None and not rotas:
            found = [p for p in found if p.on_duty == on_duty]
        if bound:
            found = [p for p in found if p.account is not None]
        if not rotas:
            return found
        fills = {one.id: self.filled(one) for one in rotas}
        return [p for p in found if _on_duty(p, rotas, fills, post) is on_duty]

    def seats_in(self, unit_ids: Iterable[str]) -> list[r.Person]:
        """Every seat of these units, in order; asked once per batch, and again when a seat was made in it. A seat stays in its unit."""
        if self._unwritten_of(r.Person):
            self.session.flush()
        units, known = set(unit_ids), self._known("seats")
        if missing := units - known.keys():
            with self.session.no_autoflush:
                known.update((unit, []) for unit in missing)
                for seat in self.session.exec(_of_many(r.Person, "unit_id", "id"), params={"keys": list(missing)}):
                    known[seat.unit_id].append(seat)
                    self._held[r.Person][seat.id] = seat
        if len(units) == 1:
            return list(known[units.pop()])
        return sorted((seat for unit in units for seat in known[unit]), key=lambda seat: seat.id)

    def rotas_of(self, unit_ids: Iterable[str]) -> Sequence[r.Rota]:
        """The rotas of these units; asked once per batch of decisions."""
        units, known = set(unit_ids), self._known("rotas")
        if missing := units - known.keys():
            with self._fresh(r.Rota):
                known.update((unit, []) for unit in missing)
                for found in self.session.exec(_ROTAS, params={"keys": list(missing)}):
                    known[found.unit_id].append(found)
        if len(units) == 1:
            return list(known[units.pop()])
        return sorted((found for unit in units for found in known[unit]), key=lambda found: found.id)

    def all_rotas(self) -> Sequence[r.Rota]:
        """Every rota, also those that nothing asks for any more."""
        return self.session.exec(select(r.Rota).order_by(col(r.Rota.id))).all()

    def forget_rotas(self) -> None:
        """A rota or an override has changed: they are read again."""
        self.session.info.pop("rotas", None)
        self.session.info.pop("overrides", None)

    def locked_rota(self, rota_id: str) -> r.Rota:
        """The rota, to be changed: two who change it at the same time do so one after the other, also on several replicas."""
        with self._fresh(r.Rota):
            query = select(r.Rota).where(r.Rota.id == rota_id, col(r.Rota.retired_at).is_(None))
            found = self.session.exec(query.with_for_update().execution_options(populate_existing=True)).first()
        if found is None:
            raise Gone()
        found.rev += 1
        self.forget_rotas()
        return found

    def overrides_of(self, rota_id: str) -> Sequence[r.Override]:
        """What differs from a rota now or later, in the order in which it begins."""
        known = self._known("overrides")
        if rota_id not in known:
            with self._fresh(r.Override):
                query = select(r.Override).where(
                    r.Override.rota_id == rota_id, r.Override.ends_at > self.now, col(r.Override.cancelled_at).is_(None)
                )
                known[rota_id] = self.session.exec(query.order_by(col(r.Override.begins_at), col(r.Override.id))).all()
        found: Sequence[r.Override] = known[rota_id]
        return found

    def filled(self, found: r.Rota) -> frozenset[str]:
        """The seats on duty at `now` by this rota."""
        changes = [rota.change_of(one) for one in self.overrides_of(found.id)]
        return rota.schedule_of(found, self.book.calendar).on_duty(self.now, changes)

    def filling(self, rota_id: str) -> list[r.Person]:
        """The same as people, in the order of their seats."""
        found = self.find(r.Rota, rota_id)
        if found is None or found.retired_at is not None:
            return []
        people = [self.person(one) for one in sorted(self.filled(found))]
        return [one for one in people if one is not None]

    def drop_queued(self, person_id: str) -> int:
        """What waits for this person is not sent any more. Returns how many messages."""
        self.flush()
        waiting = update(r.Outbox).where(
            col(r.Outbox.person_id) == person_id, col(r.Outbox.state) == OutboxState.QUEUED
        )
        dropped = self.session.connection().execute(
            waiting.values(state=OutboxState.DROPPED, error="left", sealed=None, dedupe=None)
        )
        return int(dropped.rowcount)

    def pause_of(self, unit_ids: Iterable[str]) -> r.Pause | None:
        """The pause that runs now for one of these units; the one that ends last."""
        with self._fresh(r.Pause):
            query = select(r.Pause).where(
                col(r.Pause.unit_id).in_(list(unit_ids)),
                r.Pause.begins_at <= self.now,
                r.Pause.ends_at > self.now,
                col(r.Pause.ended_at).is_(None),
            )
            return self.session.exec(query.order_by(col(r.Pause.ends_at).desc())).first()

    def drills(self, kind: str, unit_ids: Iterable[str]) -> Sequence[r.Drill]:
        """Drills of these units that were announced and not called off, the newest day first."""
        with self._fresh(r.Drill):
            query = select(r.Drill).where(
                r.Drill.kind == kind, col(r.Drill.unit_id).in_(list(unit_ids)), col(r.Drill.cancelled_at).is_(None)
            )
            return self.session.exec(query.order_by(col(r.Drill.day).desc(), col(r.Drill.id))).all()

    def swaps_of(self, rota_id: str) -> Sequence[r.Swap]:
        """Requests that nobody has answered yet."""
        query = select(r.Swap).where(r.Swap.rota_id == rota_id, r.Swap.state == SwapState.OFFERED)
        return self.session.exec(query.order_by(col(r.Swap.begins_at))).all()

    def groups_of(self, unit_id: str) -> Sequence[r.Group]:
        """The chats of a unit; asked once per batch, and again when one was bound or left in it."""
        with self._fresh(r.Group):
            known = self._known("groups")
            if unit_id not in known and _ALL not in known:
                if not known:
                    found = self.session.exec(_GROUPS_OF, params={"unit": unit_id}).all()
                else:  # a batch that asks for a second squad will ask for a dozen
                    found = self.session.exec(_GROUPS).all()
                    known.clear()
                    known[_ALL] = []
                known[unit_id] = []
                for group in found:
                    known.setdefault(group.unit_id, []).append(group)
                    self._held[r.Group][group.chat_id] = group
        return list(known.get(unit_id, ()))

    def _lang_of(self, to: To) -> str:
        """A group reads its own language, a person theirs."""
        group = self.group(to.chat_id) if to.chat_id is not None else None
        return to.lang if group is None else group.lang

    def subjects_shown_in(self, chat_id: int) -> Sequence[str]:
        """What the newest live messages of a group are about."""
        query = select(r.Card.subject_id).where(r.Card.chat_id == chat_id).order_by(col(r.Card.id).desc())
        return self.session.exec(query.limit(50)).all()

    def group(self, chat_id: int) -> r.Group | None:
        return self.find(r.Group, chat_id)

    def thread_of(self, chat_id: int, subject_id: str) -> int | None:
        """The forum topic of a tip in a group, once it exists."""
        if self._unwritten(subject_id) or self._children(r.Topic, subject_id) == []:
            return None
        with self._fresh(r.Topic):
            found = self.session.exec(_TOPIC_OF, params={"chat": chat_id, "subject": subject_id}).first()
        return found.thread if found else None

    def newest_tips(self, account: str, limit: int = 5) -> Sequence[r.Tip]:
        """The sender's tips, newest first."""
        if self._stranger(account) and account not in self._known("fresh tips"):
            return []
        with self._fresh(r.Tip, account=account):
            return self.session.exec(_NEWEST_TIPS, params={"account": account, "most": limit}).all()

    def split_from(self, tip_id: str) -> Sequence[r.Tip]:
        """The matters that were parted from this tip, in that order."""
        return self.session.exec(
            select(r.Tip).where(r.Tip.split_of == tip_id).order_by(col(r.Tip.accepted_at), col(r.Tip.id))
        ).all()

    def tips_since(self, account: str, since: datetime) -> int:
        """How many tips this account has opened since then."""
        fresh: list[r.Tip] = self._known("fresh tips").get(account, [])
        new = sum(tip.first_at >= since for tip in fresh)
        if self._stranger(account):
            return new
        with self.session.no_autoflush:
            return new + int(self.session.exec(_TIPS_SINCE, params={"account": account, "since": since}).one())

    def keep_item(self, **item: Any) -> None:
        """One message of a tip, sealed; written in bulk."""
        self.pending.items.append({"album": None, "revises": None, "mark": None, **item})

    def picture_mark(self, kind: str, content: Mapping[str, Any]) -> str | None:
        """By which the same picture is known again: keyed, so that the records alone allow no trying, and the same for every sender."""
        file = content.get("file_unique_id") if kind in ("photo", "video", "document") else None
        return self.vault.mark("picture", str(file)) if file else None

    def keep_card(self, **card: Any) -> None:
        """A live message; written in bulk."""
        self.pending.cards.append(card)

    def album_item(self, account: str, album: str) -> r.TipItem | None:
        self._write_items()
        return self.session.exec(
            select(r.TipItem).where(r.TipItem.account == account, r.TipItem.album == album)
        ).first()

    def _write_items(self) -> None:
        if self.pending.items:
            self.flush()

    def item_of_message(self, account: str, message: int) -> r.TipItem | None:
        self._write_items()
        query = select(r.TipItem).where(r.TipItem.account == account, r.TipItem.message == message)
        return self.session.exec(query.order_by(col(r.TipItem.id).desc())).first()

    def items(self, tip_id: str) -> Sequence[r.TipItem]:
        self._write_items()
        return self.session.exec(select(r.TipItem).where(r.TipItem.tip_id == tip_id).order_by(col(r.TipItem.id))).all()

    def typings_of(self, tip_id: str) -> Sequence[r.Typing]:
        """The voices of a tip that are or were to be typed, in order."""
        query = select(r.Typing).where(r.Typing.tip_id == tip_id)
        return self.session.exec(query.order_by(col(r.Typing.asked_at), col(r.Typing.message))).all()

    def tip_of_topic(self, chat_id: int, thread: int) -> r.Tip | None:
        """The tip that a forum topic is about."""
        query = (
            select(r.Tip)
            .join(r.Topic, col(r.Topic.subject_id) == col(r.Tip.id))
            .where(r.Topic.chat_id == chat_id, r.Topic.thread == thread)
        )
        return self.session.exec(query).first()

    def free_receipt(self, draw: Callable[[float], str]) -> str:
        """A number that no tip has. Many are drawn at a time and asked about together, `draw` is told what they share (a random part of
        one); nobody else in this process gets the same. Should another process draw one of them meanwhile, the later of the two tips is
        refused by its table and decided again."""
        while not self.receipts:
            near = _CHANCE.random()
            drawn = {draw(near) for _ in range(_DRAWN_AT_ONCE)}
            drawn -= {one.receipt for one in self._unwritten_of(r.Tip)}
            drawn -= rows.present(self.session.connection(), _TIP.c.receipt, list(drawn))
            self.receipts |= drawn
        return self.receipts.pop()

    def tips_of_township(self, township_id: str, *states: TipState, limit: int = 20) -> Sequence[r.Tip]:
        """Those that the township may know of, newest first."""
        query = select(r.Tip).where(
            r.Tip.township_id == township_id, _any_of(col(r.Tip.state), states), col(r.Tip.hidden).is_(False)
        )
        return self.session.exec(query.order_by(col(r.Tip.first_at).desc()).limit(limit)).all()

    def tips_waiting(self, *states: TipState, limit: int = 50) -> Sequence[r.Tip]:
        query = select(r.Tip).where(_any_of(col(r.Tip.state), states)).order_by(col(r.Tip.first_at)).limit(limit)
        return self.session.exec(query).all()

    def load_merged(self, tip_ids: Iterable[str]) -> None:
        """What was joined to many tips with one query, for `merged_into` to come."""
        if self._changed(r.Tip, "merged_into"):
            self.session.flush()
        known = self._known("merged")
        missing = [one for one in dict.fromkeys(tip_ids) if one not in known]
        if missing:
            known.update((one, []) for one in missing)
            with self.session.no_autoflush:
                for found in self.session.exec(_of_many(r.Tip, "merged_into", "first_at"), params={"keys": missing}):
                    known[found.merged_into].append(found)

    def merged_into(self, tip_id: str) -> Sequence[r.Tip]:
        """What was joined to this tip, the oldest first; asked once per batch, and again when something was joined or parted in it."""
        self.load_merged([tip_id])
        found: list[r.Tip] = self._known("merged")[tip_id]
        return list(found)

    def cases_of_township(
        self, township_id: str, *, state: CaseState | None = None, limit: int = 10
    ) -> Sequence[r.Case]:
        """Those that the township may know of, newest first."""
        query = select(r.Case).where(r.Case.township_id == township_id, col(r.Case.hidden).is_(False))
        if state is not None:
            query = query.where(r.Case.state == state)
        return self.session.exec(query.order_by(col(r.Case.opened_at).desc()).limit(limit)).all()

    def case_numbered(self, number: str) -> r.Case | None:
        return self.session.exec(select(r.Case).where(col(r.Case.number) == number)).first()

    def acts(self, case_id: str) -> Sequence[r.Act]:
        return self.session.exec(select(r.Act).where(r.Act.case_id == case_id).order_by(col(r.Act.proposed_at))).all()

    def evidence(self, case_id: str) -> Sequence[r.Evidence]:
        """What came in for a case, oldest first, whatever became of it; not what is only offered."""
        known = self._children(r.Evidence, case_id)
        if known is not None:
            return sorted((one for one in known if not one.held), key=lambda one: (one.at, one.id))
        query = select(r.Evidence).where(r.Evidence.case_id == case_id, col(r.Evidence.held).is_(False))
        with self._fresh(r.Evidence):
            return self.session.exec(query.order_by(col(r.Evidence.at), col(r.Evidence.id))).all()

    def documents(self, case_id: str) -> Sequence[r.Document]:
        """Every document of a case, also drafts and void ones, in the order in which they were begun."""
        query = select(r.Document).where(r.Document.case_id == case_id)
        with self._fresh(r.Document):
            return self.session.exec(query.order_by(col(r.Document.begun_at), col(r.Document.id))).all()

    def evidence_due(self, stale: datetime, limit: int) -> Sequence[r.Evidence]:
        """Files that may be fetched now, or were being fetched by a process that has ended since."""
        ready = or_(col(r.Evidence.not_before).is_(None), col(r.Evidence.not_before) <= self.now)
        waits = and_(r.Evidence.state == EvidenceState.WAITING, ready)
        left = and_(r.Evidence.state == EvidenceState.FETCHING, col(r.Evidence.claimed_at) <= stale)
        query = select(r.Evidence).where(or_(waits, left)).order_by(col(r.Evidence.at)).limit(limit)
        return self.session.exec(query.with_for_update(skip_locked=True)).all()

    def next_evidence(self) -> datetime | None:
        """When the next file that waits may be tried again."""
        query = select(func.min(r.Evidence.not_before)).where(r.Evidence.state == EvidenceState.WAITING)
        return self.session.exec(query).first()

    def evidence_like(self, one: r.Evidence) -> Sequence[r.Evidence]:
        """Kept before this one: the same bytes anywhere, other pictures of its case, and the last hundred of its taker."""
        near = or_(r.Evidence.case_id == one.case_id, r.Evidence.by == one.by)
        query = select(r.Evidence).where(
            r.Evidence.state == EvidenceState.KEPT,
            r.Evidence.at <= one.at,
            or_(r.Evidence.sha256 == one.sha256, and_(near, r.Evidence.look != "")),
        )
        with self._fresh(r.Evidence):
            return self.session.exec(query.order_by(col(r.Evidence.at).desc()).limit(200)).all()

    def kept_evidence(self) -> Sequence[r.Evidence]:
        """Every piece that has bytes in the store."""
        query = select(r.Evidence).where(r.Evidence.state == EvidenceState.KEPT, col(r.Evidence.sha256).is_not(None))
        return self.session.exec(query.order_by(col(r.Evidence.case_id), col(r.Evidence.at))).all()

    def printed_documents(self) -> Sequence[r.Document]:
        """Every document whose files are kept."""
        query = select(r.Document).where(col(r.Document.docx).is_not(None))
        return self.session.exec(query.order_by(col(r.Document.case_id), col(r.Document.begun_at))).all()

    def prints_wait(self) -> bool:
        """Whether any document still waits for its PDF."""
        self.flush()
        query = select(r.Document.id).where(col(r.Document.pdf_at).is_not(None)).limit(1)
        return self.session.exec(query).first() is not None

    def prints_due(self, limit: int) -> Sequence[r.Document]:
        """Documents whose PDF may be tried again now."""
        query = select(r.Document).where(col(r.Document.pdf_at) <= self.now).order_by(col(r.Document.pdf_at))
        return self.session.exec(query.limit(limit).with_for_update(skip_locked=True)).all()

    def next_print(self) -> datetime | None:
        """When the next PDF may be tried again."""
        return self.session.exec(select(func.min(r.Document.pdf_at))).first()

    def is_coming(self, template: str, subject_id: str, to: To) -> bool:
        """Whether this message about this subject waits to leave for this chat, or is on its way."""
        self.flush()
        query = select(r.Outbox.id).where(
            r.Outbox.template == template,
            r.Outbox.subject_id == subject_id,
            r.Outbox.account == to.account,
            r.Outbox.act == "card",
            col(r.Outbox.state).in_((OutboxState.QUEUED, OutboxState.SENDING)),
        )
        return self.session.exec(query.limit(1)).first() is not None

    def papers(self, case_id: str) -> Sequence[r.Paper]:
        query = select(r.Paper).where(r.Paper.case_id == case_id, col(r.Paper.rejected_at).is_(None))
        return self.session.exec(query.order_by(col(r.Paper.named_at))).all()

    def procedure_of(self, case_id: str) -> r.Procedure | None:
        """The case's way through the law, once somebody has begun it."""
        return self.session.exec(select(r.Procedure).where(r.Procedure.case_id == case_id)).first()

    def stages_of(self, case_ids: Iterable[str]) -> dict[str, str]:
        """Case → the stage of its procedure, for those that have one."""
        query = select(r.Procedure.case_id, r.Procedure.state).where(col(r.Procedure.case_id).in_(list(case_ids)))
        return {case_id: str(state) for case_id, state in self.session.exec(query).all()}

    def procedures_waiting(self, township_ids: Iterable[str]) -> Sequence[r.Procedure]:
        """Procedures that wait for a legal opinion, the oldest first."""
        query = select(r.Procedure).where(
            col(r.Procedure.township_id).in_(list(township_ids)), r.Procedure.opinion == "waiting"
        )
        return self.session.exec(query.order_by(col(r.Procedure.opened_at)).limit(20)).all()

    def procedures_delegated(self) -> Sequence[r.Procedure]:
        """Those that rest on an agreement whose text the county had published."""
        query = select(r.Procedure).where(col(r.Procedure.agreement_text).is_not(None))
        return self.session.exec(query.order_by(col(r.Procedure.opened_at))).all()

    def agreement_texts(self) -> Sequence[str]:
        """SHA-256 of every published agreement that a procedure rests on."""
        query = select(r.Procedure.agreement_text).where(col(r.Procedure.agreement_text).is_not(None)).distinct()
        return [one for one in self.session.exec(query).all() if one]

    def unpublished(self) -> Sequence[r.Procedure]:
        """Decisions that were served and are on no page, the newest first."""
        query = select(r.Procedure).where(
            col(r.Procedure.served_on).is_not(None), col(r.Procedure.published_at).is_(None)
        )
        return self.session.exec(query.order_by(col(r.Procedure.served_on).desc()).limit(500)).all()

    def publication_of(self, case_id: str) -> r.Publication | None:
        return self.session.exec(select(r.Publication).where(r.Publication.case_id == case_id)).first()

    def publication_at(self, ref: str) -> r.Publication | None:
        return self.session.exec(select(r.Publication).where(r.Publication.ref == ref)).first()

    def publications(self, start: int, limit: int) -> Sequence[r.Publication]:
        """What the public page lists, the newest first, withdrawn ones among them."""
        query = select(r.Publication).order_by(col(r.Publication.at).desc(), col(r.Publication.id))
        return self.session.exec(query.offset(start).limit(limit)).all()

    def party_of(self, case_id: str) -> r.Party | None:
        return self.session.exec(select(r.Party).where(r.Party.case_id == case_id)).first()

    def procedures_of_party(self, mark: str) -> Sequence[r.Procedure]:
        """Every procedure in the county against the same party, the oldest first."""
        query = select(r.Procedure).join(r.Party, col(r.Party.case_id) == col(r.Procedure.case_id))
        return self.session.exec(query.where(r.Party.mark == mark).order_by(col(r.Procedure.opened_at))).all()

    def steps(self, case_id: str, *kinds: str) -> Sequence[r.Step]:
        """Steps that stand or still wait for the second officer, in their order."""
        query = select(r.Step).where(r.Step.case_id == case_id, col(r.Step.state) != ActState.DROPPED)
        if kinds:
            query = query.where(col(r.Step.kind).in_(kinds))
        return self.session.exec(query.order_by(col(r.Step.at))).all()

    def outcomes(self, case_id: str) -> Sequence[r.Outcome]:
        query = select(r.Outcome).where(r.Outcome.case_id == case_id)
        return self.session.exec(query.order_by(col(r.Outcome.at))).all()

    def outcomes_between(
        self, township_id: str, kinds: Sequence[str], since: datetime, until: datetime
    ) -> Sequence[tuple[str, str, int]]:
        """Kind, unit and sum of what cases of a township ended in, in `since` ≤ t < `until`; drills and hidden ones left out."""
        query = (
            select(r.Outcome.kind, r.Outcome.unit, func.sum(r.Outcome.quantity))
            .where(
                col(r.Outcome.kind).in_(list(kinds)),
                col(r.Outcome.at) >= since,
                col(r.Outcome.at) < until,
                _in_township(r.Outcome.case_id, township_id, ~col(r.Case.drill), ~col(r.Case.hidden)),
            )
            .group_by(r.Outcome.kind, r.Outcome.unit)
            .order_by(r.Outcome.kind, r.Outcome.unit)
        )
        return [(kind, unit, int(total)) for kind, unit, total in self.session.exec(query).all()]

    def next_decision_number(self, organ_id: str, series: str, year: int) -> int:
        """Preset numbers (行政处罚法第五十二条): one series per organ, kind and year."""
        counter = self.session.get(r.DecisionCounter, (organ_id, series, year))
        if counter is None:
            counter = self.add(r.DecisionCounter(organ_id=organ_id, series=series, year=year, last=0))
        counter.last += 1
        return counter.last

    def whistles(self, case_id: str) -> Sequence[r.Whistle]:
        return self.session.exec(
            select(r.Whistle).where(r.Whistle.case_id == case_id).order_by(col(r.Whistle.opened_at))
        ).all()

    def open_whistles(self, township_id: str) -> Sequence[r.Whistle]:
        """Whistles of the township that are neither settled nor stood down nor drills, oldest first."""
        query = select(r.Whistle).where(r.Whistle.township_id == township_id, r.Whistle.state == WhistleState.OPEN)
        query = query.where(col(r.Whistle.drill).is_(False))
        return self.session.exec(query.order_by(col(r.Whistle.opened_at))).all()

    def whistles_since(self, township_id: str, since: datetime) -> Sequence[r.Whistle]:
        """Whistles that the township has blown since then, drills left out, whatever became of them."""
        query = select(r.Whistle).where(r.Whistle.township_id == township_id, r.Whistle.opened_at >= since)
        query = query.where(col(r.Whistle.drill).is_(False))
        return self.session.exec(query.order_by(col(r.Whistle.opened_at))).all()

    def calls(self, whistle_id: str) -> Sequence[r.Call]:
        known = self._children(r.Call, whistle_id)
        if known is not None:
            return sorted(known, key=lambda call: call.number)
        return self.session.exec(
            select(r.Call).where(r.Call.whistle_id == whistle_id).order_by(col(r.Call.number))
        ).all()

    def calls_of_case(self, case_id: str) -> Sequence[r.Call]:
        return self.session.exec(select(r.Call).where(r.Call.case_id == case_id).order_by(col(r.Call.number))).all()

    def calls_between(self, unit_ids: Iterable[str], since: datetime, until: datetime) -> Sequence[r.Call]:
        """The calls of these units that were opened in `since` ≤ t < `until`, oldest first."""
        query = select(r.Call).where(
            col(r.Call.unit_id).in_(list(unit_ids)), r.Call.opened_at >= since, r.Call.opened_at < until
        )
        return self.session.exec(query.order_by(col(r.Call.opened_at), col(r.Call.number))).all()

    def tips_between(self, township_id: str, since: datetime, until: datetime) -> Sequence[r.Tip]:
        """The township's tips submitted in `since` ≤ t < `until`, oldest first."""
        query = select(r.Tip).where(
            r.Tip.township_id == township_id, col(r.Tip.submitted_at) >= since, col(r.Tip.submitted_at) < until
        )
        return self.session.exec(query.order_by(col(r.Tip.submitted_at))).all()

    def open_calls(self, unit_ids: Iterable[str] | None = None, limit: int = 50) -> Sequence[r.Call]:
        """Calls that are not reported, stood down or closed; of these units, or of the county."""
        query = select(r.Call).where(col(r.Call.state).in_(CALL_LIVE))
        if unit_ids is not None:
            query = query.where(col(r.Call.unit_id).in_(list(unit_ids)))
        return self.session.exec(query.order_by(col(r.Call.due_at)).limit(limit)).all()

    def calls_under_way(self, township_id: str | None, *states: CallState, limit: int) -> Sequence[r.Call]:
        """Calls of the county, or those a township may know of, the earliest due first; no drill."""
        query = _under_way(select(r.Call), township_id, states).order_by(col(r.Call.due_at)).limit(limit)
        found: Sequence[r.Call] = self.session.exec(query).all()
        return found

    def count_calls_under_way(self, township_id: str | None, *states: CallState) -> int:
        """How many `calls_under_way` would find without a limit."""
        query = _under_way(select(func.count(col(r.Call.id))), township_id, states)
        return int(self.session.exec(query).one())

    def townships_waiting(self) -> set[str | None]:
        """Townships that have an open call or an unaccepted tip which they may know of."""
        calls = select(r.Case.township_id).join(r.Call, col(r.Call.case_id) == col(r.Case.id))
        calls = calls.where(col(r.Call.state).in_(CALL_LIVE), col(r.Case.hidden).is_(False))
        tips = select(r.Tip.township_id).where(r.Tip.state == TipState.SUBMITTED, col(r.Tip.hidden).is_(False))
        return {*self.session.exec(calls.distinct()), *self.session.exec(tips.distinct())}

    def dispute_of(self, call_id: str) -> r.Dispute | None:
        known = self._children(r.Dispute, call_id)
        if known is not None:
            return max(known, key=lambda one: one.raised_at, default=None)
        query = select(r.Dispute).where(r.Dispute.call_id == call_id).order_by(col(r.Dispute.raised_at).desc())
        return self.session.exec(query).first()

    def precedents(self, kinds: Iterable[str], read_as: Iterable[str], since: datetime) -> Sequence[r.Precedent]:
        """Those that count, of these matters, oldest first."""
        given = {"kinds": list(kinds), "read_as": list(read_as), "since": since}
        return self.session.exec(_PRECEDENTS, params=given).all()

    def rulings(self, matter_code: str, since: datetime) -> Sequence[r.Precedent]:
        """What disputes decided about this matter, oldest first; every card asks."""
        known = self._known("rulings")
        if matter_code not in known:
            known[matter_code] = self.precedents(("theirs", "not_theirs"), [matter_code], since)
        found: Sequence[r.Precedent] = known[matter_code]
        return found

    def forget_rulings(self) -> None:
        self.session.info.pop("rulings", None)

    def precedents_of(self, subject_id: str) -> Sequence[r.Precedent]:
        """Those that stand, of this tip or dispute."""
        query = select(r.Precedent).where(r.Precedent.subject_id == subject_id, col(r.Precedent.undone_at).is_(None))
        return self.session.exec(query).all()

    def newest_precedents(self, limit: int, skip: int = 0) -> Sequence[r.Precedent]:
        """The county's own, newest first, undone ones too."""
        query = select(r.Precedent).order_by(col(r.Precedent.made_at).desc(), col(r.Precedent.id))
        return self.session.exec(query.offset(skip).limit(limit)).all()

    def explanation_of(self, call_id: str) -> r.Explanation | None:
        known = self._children(r.Explanation, call_id)
        if known is not None:
            return known[0] if known else None
        return self.session.exec(select(r.Explanation).where(r.Explanation.call_id == call_id)).first()

    def explanations_open(self) -> Sequence[r.Explanation]:
        """Explanations that nobody has decided, the most pressing first."""
        states = (ExplanationState.GIVEN, ExplanationState.PROPOSED)
        query = select(r.Explanation).where(col(r.Explanation.state).in_(states))
        return self.session.exec(query.order_by(col(r.Explanation.due_at))).all()

    def delivered_at(self, subject_id: str, account: str | None) -> datetime | None:
        """When this account first got a message about this subject."""
        if account is None:
            return None
        known: dict[str | None, datetime | None] | None = self._known("delivered").get(subject_id)
        if known is not None:
            return known.get(account)
        with self._fresh(r.Outbox):
            found: datetime | None = (
                self.session.connection().execute(_FIRST_SENT, {"subject": subject_id, "account": account}).scalar()
            )
        return found

    def load_deliveries(self, subject_ids: Iterable[str]) -> None:
        """The same about many subjects with one query, for `delivered_at` to come."""
        ids = set(subject_ids)
        if not ids:
            return
        with self._fresh(r.Outbox):
            known = self._known("delivered")
            known.update((subject_id, {}) for subject_id in ids)
            found = self.session.connection().execute(_DELIVERED, {"subjects": list(ids)})
            for subject_id, account, at in found:
                known[subject_id][account] = at

    def newest_outage(self, since: datetime, until: datetime) -> r.Outage | None:
        """The newest time at which nothing of ours ran, if any of it lies between these.

        Which was the last is asked once per batch: mostly it is long over.
        """
        with self._fresh(r.Outage):
            known = self._known("outages")
            if "last" not in known:
                known["last"] = self.session.exec(_LAST_OUTAGE).first()
            last: r.Outage | None = known["last"]  # one begins after the other has ended
            if last is None or (last.ended_at is not None and last.ended_at <= since):
                return None
            return self.session.exec(_OUTAGES, params={"since": since, "until": until}).first()

    def rings_of(self, call_id: str) -> Sequence[r.Ring]:
        known = self._children(r.Ring, call_id)
        if known is not None:
            return sorted(known, key=lambda one: one.queued_at)
        return self.session.exec(select(r.Ring).where(r.Ring.call_id == call_id).order_by(col(r.Ring.queued_at))).all()

    def rings_due(self, stale: datetime, limit: int) -> Sequence[r.Ring]:
        """Rings that may leave now, or left with a process that has ended since."""
        waits = and_(r.Ring.state == RingState.QUEUED, col(r.Ring.not_before) <= self.now)
        left = and_(r.Ring.state == RingState.RINGING, col(r.Ring.claimed_at) <= stale)
        query = select(r.Ring).where(or_(waits, left)).order_by(col(r.Ring.not_before)).limit(limit)
        return self.session.exec(query.with_for_update(skip_locked=True)).all()

    def next_ring(self) -> datetime | None:
        """When the next queued ring may leave."""
        return self.session.exec(select(func.min(r.Ring.not_before)).where(r.Ring.state == RingState.QUEUED)).first()

    def link_by_mac(self, mac: str) -> r.Link | None:
        return self.session.exec(select(r.Link).where(r.Link.token_mac == mac)).first()

    def links_of(self, subject_id: str) -> Sequence[r.Link]:
        """Links of one record that still open something."""
        query = select(r.Link).where(r.Link.subject_id == subject_id, col(r.Link.revoked_at).is_(None))
        return self.session.exec(query).all()

    def explained(self, unit_id: str, since: datetime, until: datetime) -> tuple[int, int, bool]:
        """Of one unit's breaches in between, without drills: how many, how many of them were explained away, and whether the supervisor
        was told."""
        self.session.flush()
        late = (
            col(r.Call.drill).is_(False),
            r.Call.unit_id == unit_id,
            col(r.Call.breached_at) >= since,
            col(r.Call.breached_at) < until,
        )
        breaches = self.session.exec(select(func.count()).select_from(r.Call).where(*late)).one()
        query = select(r.Explanation).join(r.Call, col(r.Call.id) == r.Explanation.call_id).where(*late)
        accepted = self.session.exec(query.where(r.Explanation.state == ExplanationState.ACCEPTED)).all()
        return breaches, len(accepted), any(one.told for one in accepted)

    def owned_tips(self, person_ids: Iterable[str]) -> Sequence[r.Tip]:
        """Tips that these seats have taken and not ended, newest first."""
        query = select(r.Tip).where(col(r.Tip.owner_id).in_(list(person_ids)), r.Tip.state == TipState.ACCEPTED)
        return self.session.exec(query.order_by(col(r.Tip.accepted_at).desc())).all()

    def open_draft(self, kind: str, subject_id: str) -> r.Draft | None:
        """What was begun about a subject and is not done."""
        query = select(r.Draft).where(r.Draft.kind == kind, r.Draft.subject_id == subject_id)
        return self.session.exec(query.where(col(r.Draft.done_at).is_(None))).first()

    def load_attached(self, tip_ids: Iterable[str]) -> None:
        """Ask with one query to which of these tips nothing was attached, as to most that are new: no question, no offer to another
        unit, no topic, no other tip. `open_question`, `open_transfer`, `thread_of` and `merged_into` then ask no more."""
        if self._changed(r.Tip, "merged_into"):
            self.session.flush()
        children, merged = self._known("children"), self._known("merged")
        missing = [one for one in dict.fromkeys(tip_ids) if one not in merged]
        if not missing:
            return
        with self._fresh(*_ATTACHED_TO):
            found = set(self.session.connection().execute(_ATTACHED, {"keys": missing}).scalars())
        bare = [one for one in missing if one not in found]
        for model in _ATTACHED_TO:
            children.setdefault(model, {}).update((one, []) for one in bare)
        merged.update((one, []) for one in bare)

    def open_question(self, tip_id: str) -> r.Question | None:
        known = self._children(r.Question, tip_id)
        if known is not None:
            return next((one for one in known if one.answered_at is None), None)
        return self.session.exec(_OPEN_QUESTION, params={"tip": tip_id}).first()

    def question_read_by(self, account: str) -> r.Question | None:
        """The question that this sender opened last and has not answered yet, about a matter that is still open."""
        self.flush()
        query = select(r.Question).join(r.Tip, col(r.Tip.id) == r.Question.tip_id)
        query = query.where(
            r.Tip.account == account,
            col(r.Tip.state).in_(TIP_OPEN),
            col(r.Question.opened_at).is_not(None),
            col(r.Question.answered_at).is_(None),
        )
        return self.session.exec(query.order_by(col(r.Question.opened_at).desc())).first()

    def open_transfer(self, tip_id: str) -> r.Transfer | None:
        known = self._children(r.Transfer, tip_id)
        if known is not None:
            return next((one for one in known if one.state is TransferState.OFFERED), None)
        return self.session.exec(_OPEN_TRANSFER, params={"tip": tip_id}).first()

    def transfers_of(self, tip_id: str) -> Sequence[r.Transfer]:
        """Each offer of it to another unit, in their order."""
        query = select(r.Transfer).where(r.Transfer.tip_id == tip_id).order_by(col(r.Transfer.offered_at))
        return self.session.exec(query).all()

    def reward_of(self, tip_id: str) -> r.Reward | None:
        return self.session.exec(select(r.Reward).where(r.Reward.tip_id == tip_id)).first()

    def rewards_of_case(self, case_id: str) -> Sequence[r.Reward]:
        """The reward of a matter, its shares, and refusals."""
        return self.session.exec(
            select(r.Reward).where(r.Reward.case_id == case_id).order_by(col(r.Reward.proposed_at))
        ).all()

    def shares_of(self, reward_id: str) -> Sequence[r.Reward]:
        """What later tips get of a reward."""
        query = select(r.Reward).where(r.Reward.share_of == reward_id).order_by(col(r.Reward.id))
        return self.session.exec(query).all()

    def rewards_of_sender(self, account: str, since: datetime) -> Sequence[r.Reward]:
        """Rewards proposed for one sealed sender since then."""
        query = select(r.Reward).join(r.Tip, col(r.Tip.id) == col(r.Reward.tip_id))
        return self.session.exec(query.where(r.Tip.account == account, r.Reward.proposed_at >= since)).all()

    def senders_rewarded_under(self, owner_id: str, since: datetime) -> Sequence[str]:
        """The sealed sender of every reward that was approved for a tip of this handler since then."""
        query = select(r.Tip.account).join(r.Reward, col(r.Reward.tip_id) == col(r.Tip.id))
        query = query.where(r.Tip.owner_id == owner_id, col(r.Reward.approved_at) >= since)
        return self.session.exec(query).all()

    def newest_rewards(self, township_id: str | None, *states: RewardState, limit: int) -> Sequence[r.Reward]:
        """The newest rewards that stand in one of these states, of the county or of one township, the oldest of them first."""
        query = select(r.Reward).where(col(r.Reward.state).in_(states))
        if township_id is not None:
            query = query.where(_in_township(r.Reward.case_id, township_id))
        return list(reversed(self.session.exec(query.order_by(col(r.Reward.proposed_at).desc()).limit(limit)).all()))

    def paid_since(self, since: datetime) -> Sequence[r.Reward]:
        """Rewards that were paid since then, the oldest first."""
        query = select(r.Reward).where(col(r.Reward.paid_at) >= since, r.Reward.state == RewardState.PAID)
        return self.session.exec(query.order_by(col(r.Reward.paid_at))).all()

    def reward_by_word(self, mac: str) -> r.Reward | None:
        return self.session.exec(select(r.Reward).where(r.Reward.word_mac == mac)).first()

    def pictures_of(self, reward_id: str) -> list[int]:
        """Messages with the picture of a claim code that stand in its sender's chat; those that wait are dropped, each is named once."""
        self.flush()
        query = select(r.Outbox).where(r.Outbox.subject_id == reward_id, r.Outbox.act == "picture")
        found = []
        for row in self.session.exec(query):
            if row.state is OutboxState.QUEUED:
                row.state, row.error = OutboxState.DROPPED, "folded"
            elif row.sent_message is not None:
                found.append(row.sent_message)
                row.subject_id = None
        return found

    def reward_by_mac(self, mac: str) -> r.Reward | None:
        return self.session.exec(select(r.Reward).where(r.Reward.code_mac == mac)).first()

    def ledger(self, reward_id: str) -> Sequence[r.LedgerEntry]:
        return self.session.exec(
            select(r.LedgerEntry).where(r.LedgerEntry.reward_id == reward_id).order_by(col(r.LedgerEntry.id))
        ).all()

    def balance(self, account: str) -> int:
        """Fen in an account of the ledger: what was put into it less what was taken from it."""
        self.flush()
        into, out = (
            self.session.exec(select(func.coalesce(func.sum(r.LedgerEntry.amount_fen), 0)).where(side == account)).one()
            for side in (col(r.LedgerEntry.put_into), col(r.LedgerEntry.taken_from))
        )
        return int(into) - int(out)

    def events_of(self, subject_id: str, *kinds: Kind, limit: int = 100) -> Sequence[r.Event]:
        known = self._known("events")
        if len(kinds) == 1 and (kinds[0], subject_id) in known:
            return list(known[kinds[0], subject_id][:limit])
        if any(row["subject_id"] == subject_id for row in self.pending.events):
            self.flush()
        query = select(r.Event).where(r.Event.subject_id == subject_id)
        if kinds:
            query = query.where(col(r.Event.kind).in_([k.value for k in kinds]))
        with self.session.no_autoflush:
            return self.session.exec(query.order_by(col(r.Event.id)).limit(limit)).all()

    def load_events(self, kind: Kind, subject_ids: Iterable[str]) -> None:
        """Facts of one kind about many subjects with one query, for `events_of` to come."""
        ids, known = set(subject_ids), self._known("events")
        if not ids:
            return
        known.update(((kind, subject_id), []) for subject_id in ids)
        if any(row["kind"] == kind.value and row["subject_id"] in ids for row in self.pending.events):
            self.flush()
        given = {"subjects": list(ids), "kind": kind.value}
        with self.session.no_autoflush:  # facts are written in bulk, never by the session
            for found in self.session.exec(_EVENTS_ABOUT, params=given):
                known[kind, found.subject_id].append(found)

    def events_of_case(self, case_id: str) -> Sequence[r.Event]:
        """The whole chain of a case."""
        self.flush()
        return self.session.exec(select(r.Event).where(r.Event.chain == case_id).order_by(col(r.Event.seq))).all()

    def events_like(
        self, kinds: Iterable[Kind], subject_ids: Iterable[str] | None = None, limit: int = 25
    ) -> Sequence[r.Event]:
        """The newest facts of these kinds, of these subjects or of all; oldest first."""
        self.flush()
        named, event = [kind.value for kind in kinds], r.Event
        if subject_ids is not None:
            query = select(event).where(col(event.subject_id).in_(list(subject_ids)), col(event.kind).in_(named))
        else:  # kind by kind, as they are indexed: of some there is one for each tip ever sent
            of_kind = (
                select(event.id).where(event.kind == kind).order_by(col(event.at).desc(), col(event.id).desc())
                for kind in named
            )
            newest = [few.limit(limit).subquery() for few in of_kind]
            query = select(event).where(col(event.id).in_(union_all(*(core_select(few.c.id) for few in newest))))
        return list(reversed(self.session.exec(query.order_by(col(event.id).desc()).limit(limit)).all()))

    def tip_called(self, number: str) -> r.Tip | None:
        """By a case's number, a card's letters (the newest that is called so) or the sender's receipt; for the county's own people only."""
        case = self.case_numbered(number)
        if case is not None:
            return self.find(r.Tip, case.tip_id)
        if number.isdigit() and len(number) == 9:
            return self.session.exec(select(r.Tip).where(r.Tip.receipt == number)).first()
        if len(number) in (4, 8) and number.isalnum():
            number += "_" * (8 - len(number))
            named = or_(col(r.Tip.ref).like("____" + number), col(r.Tip.ref).like(number))
            found = select(r.Tip.ref).where(named)  # the index alone is read
            query = select(r.Tip).where(col(r.Tip.ref).in_(found))
            return self.session.exec(query.order_by(col(r.Tip.first_at).desc())).first()
        return None

    def count_events(self, kind: Kind, by: str, since: datetime) -> int:
        """How often this person caused this event since then."""
        self.flush()
        query = (
            select(func.count())
            .select_from(r.Event)
            .where(r.Event.kind == kind.value, r.Event.by == by, r.Event.at >= since)
        )
        return self.session.exec(query).one()

    def count_guesses(self, filed_under: str, since: datetime) -> int:
        """How many codes that nobody has were tried at all counters since then."""
        self.flush()
        query = select(func.count()).select_from(r.Event)
        query = query.where(r.Event.subject_id == filed_under, r.Event.kind == Kind.PRESS_REFUSED.value)
        return self.session.exec(query.where(r.Event.at >= since)).one()

    def release_media(self, subject_id: str) -> None:
        """Pictures of this tip that wait may be looked at again now."""
        self.flush()
        waiting = update(r.Outbox).where(
            col(r.Outbox.subject_id) == subject_id,
            col(r.Outbox.act) == "media",
            col(r.Outbox.state) == OutboxState.QUEUED,
        )
        self.session.execute(waiting.values(not_before=self.now))
        self.sends = True

    def queued_calls(self, account: str, whistle_id: str | None = None) -> Sequence[r.Outbox]:
        """Calls that wait to ring this account: those of one whistle, or all."""
        known = self._ringing.get((account, whistle_id or ""))
        new = (row for row in self.pending.outbox if row["template"] == Kind.CALL_OPENED.value)
        if known is not None and not any(row["account"] == account for row in new):
            return [row for row in known if row.state is OutboxState.QUEUED]
        self.flush()
        query = select(r.Outbox).where(
            *_WAITS_TO_RING,
            r.Outbox.account == account,
            r.Outbox.template == Kind.CALL_OPENED.value,
        )
        if whistle_id is not None:
            query = query.where(col(r.Outbox.subject_id).in_(select(r.Call.id).where(r.Call.whistle_id == whistle_id)))
        found = self.session.exec(query.order_by(col(r.Outbox.id))).all()
        self.load(r.Call, [row.subject_id for row in found])
        return found

    def load_queued_calls(self, wanted: Iterable[tuple[str, str]]) -> None:
        """The same for many accounts and whistles with one query, for `queued_calls` to come in this decision."""
        pairs = set(wanted)
        if not pairs:
            return
        query = select(r.Outbox, r.Call.whistle_id).join(r.Call, col(r.Call.id) == col(r.Outbox.subject_id))
        query = query.where(
            *_WAITS_TO_RING,
            col(r.Outbox.account).in_({account for account, _ in pairs}),
            r.Outbox.template == Kind.CALL_OPENED.value,
            col(r.Call.whistle_id).in_({whistle_id for _, whistle_id in pairs}),
        )
        with self._fresh(r.Outbox):
            self._ringing.update((pair, []) for pair in pairs)
            for row, whistle_id in self.session.exec(query.order_by(col(r.Outbox.id))):
                self._ringing.setdefault((row.account or "", whistle_id), []).append(row)

    def rung_since(self, account: str, since: datetime) -> Sequence[r.Outbox]:
        """Calls that have rung this account since then, one by one or as a list."""
        query = select(r.Outbox).where(
            r.Outbox.account == account,
            col(r.Outbox.template).in_((Kind.CALL_OPENED.value, "calls.waiting")),
            text(r.RINGS),
            r.Outbox.state == OutboxState.SENT,
            col(r.Outbox.sent_at) > since,
        )
        return self.session.exec(query).all()

    def drafts_of(self, subject_id: str, kind: str) -> Sequence[r.Draft]:
        """Dialogs of one kind about one subject, newest first."""
        query = select(r.Draft).where(r.Draft.subject_id == subject_id, r.Draft.kind == kind)
        with self._fresh(r.Draft):
            return self.session.exec(query.order_by(col(r.Draft.at).desc()).limit(20)).all()

    def drafts_by(self, person_id: str, kind: str, since: datetime) -> Sequence[r.Draft]:
        """Dialogs of one kind that this person began since then and has not ended, newest first."""
        query = select(r.Draft).where(
            r.Draft.by == person_id, r.Draft.kind == kind, r.Draft.at >= since, col(r.Draft.done_at).is_(None)
        )
        with self._fresh(r.Draft):
            return self.session.exec(query.order_by(col(r.Draft.at).desc()).limit(20)).all()

    def is_new(self, tip_id: str | None) -> bool:
        """Whether this tip was opened in this batch: nothing has been sent about it before."""
        return tip_id in self._known("made").get(r.Tip, ())

    def drop_cards(self, subject_id: str, account: str | None, chat_id: int | None) -> None:
        """The live messages of one subject in one chat are no longer kept up to date."""
        gone = (subject_id, account, None) if account else (subject_id, None, chat_id)
        self.pending.moved.append(gone)
        self.pending.cards = [row for row in self.pending.cards if not _is_one_of(row, {gone})]

    def next_case_number(self, township_id: str, year: int) -> int:
        counter = self.session.get(r.CaseCounter, (township_id, year))
        if counter is None:
            counter = self.add(r.CaseCounter(township_id=township_id, year=year, last=0))
        counter.last += 1
        return counter.last

    def prompt(self, account: str) -> r.Prompt | None:
        """What the next typed line of this account answers; whoever speaks for the first time was asked nothing."""
        if self._stranger(account) and account not in self._new.get(r.Prompt, ()):
            return None
        if any(isinstance(one, r.Prompt) for one in self.session.deleted):
            self.session.flush()
        with self._fresh(r.Prompt, account=account):
            return self.session.get(r.Prompt, account)

    def ask(self, account: str, verb: str, ref: str, **facts: Any) -> None:
        """The next typed line of this account answers `verb` about `ref`."""
        old = self.session.get(r.Prompt, account)
        if old is not None:
            self.session.delete(old)
            self.session.flush()
        self.session.add(r.Prompt(account=account, verb=verb, ref=ref, facts=facts, asked_at=self.now))

    def unask(self, account: str) -> bool:
        old = self.session.get(r.Prompt, account)
        if old is not None:
            self.session.delete(old)
        return old is not None

    def open_drafts(self, subject_id: str, kind: str) -> Sequence[r.Draft]:
        query = select(r.Draft).where(
            r.Draft.subject_id == subject_id, r.Draft.kind == kind, col(r.Draft.done_at).is_(None)
        )
        return self.session.exec(query).all()

    def claim_all(self, model: type[T], keys: Iterable[Any]) -> list[T]:
        """Records as they are now, held against other replicas until this decision is committed; what another has in hand is left out."""
        name, keys = _key_name(model), list(keys)
        if any(
            isinstance(one, model) and getattr(one, name) in keys for one in (*self.session.new, *self.session.dirty)
        ):
            self.session.flush()
        with self.session.no_autoflush:
            claimed = self.session.exec(_claim_of(model), params={"keys": keys})
            found = {getattr(one, name): one for one in claimed}
        self._held[model].update(found)
        return [found[key] for key in keys if key in found]

    def claim_due(self, ids: Iterable[int]) -> list[r.Deadline]:
        """Due rows as they are now, held against other replicas until this decision is committed; what another has in hand is left out.

        The session knows nothing of them: `done` says what became of each, and nothing else of them is written.
        """
        keys = list(ids)
        with self._fresh(r.Deadline):
            self._write_done()
            claimed = self.session.connection().execute(_CLAIM_DUE, {"keys": keys}).mappings()
            found = {row["id"]: r.Deadline(**row) for row in claimed}
        self._known("in hand").update(found)
        return [found[key] for key in keys if key in found]

    def done(self, row: r.Deadline, outcome: str = "done") -> None:
        """A due row in hand is done."""
        row.done_at, row.outcome = self.now, outcome
        self.pending.done[row.id or 0] = row

    def due_now(self, limit: int = 500, *, claim: bool = False) -> Sequence[int]:
        """Ids of due deadline rows, earliest first; `claim` leaves out what another replica has in hand.

        Of what fell due at the same instant, the calls of one unit follow each other: whoever is told is then looked up once.
        """
        query = _DUE.with_for_update(skip_locked=True, of=_DEADLINE) if claim else _DUE
        self._write_done()
        with self._fresh(r.Deadline):
            rows = self.session.connection().execute(query, {"now": self.now, "most": limit}).all()
        return [row.id for row in sorted(rows, key=lambda row: (row.due_at, row.unit_id or ""))]

    def due_later_too(self, row: r.Deadline) -> bool:
        """Whether a later reminder, or the end of the same window, is due by now as well."""
        self.flush()
        kinds = (row.kind, row.kind.replace(".remind", ".breach"))
        query = select(r.Deadline.id).where(
            r.Deadline.subject_id == row.subject_id,
            col(r.Deadline.kind).in_(kinds),
            r.Deadline.due_at > row.due_at,
            r.Deadline.due_at <= self.now,
            col(r.Deadline.done_at).is_(None),
        )
        return self.session.exec(query.limit(1)).first() is not None

    def is_due(self, kind: str, by: datetime) -> bool:
        """Whether a deadline of this kind is still to come, until then at the latest."""
        self.flush()
        query = select(r.Deadline.id).where(
            r.Deadline.kind == kind, col(r.Deadline.done_at).is_(None), r.Deadline.due_at <= by
        )
        return self.session.exec(query.limit(1)).first() is not None

    def due_facts(self, kind: str, subject_id: str) -> dict[str, Any]:
        """What the next deadline of this kind knows; nothing, if there is none."""
        self.flush()
        query = select(r.Deadline.facts).where(
            r.Deadline.subject_id == subject_id, col(r.Deadline.done_at).is_(None), r.Deadline.kind == kind
        )
        return dict(self.session.exec(query.limit(1)).first() or {})

    def open_reveal(self, tip_id: str) -> r.Reveal | None:
        """A request about this tip that is not decided, or not looked at, yet."""
        waiting = (RevealState.ASKED, RevealState.CONSENTED)
        query = select(r.Reveal).where(r.Reveal.tip_id == tip_id, col(r.Reveal.state).in_(waiting))
        return self.session.exec(query).first()

    def next_due(self) -> datetime | None:
        self._write_done()
        query = select(func.min(r.Deadline.due_at)).where(col(r.Deadline.done_at).is_(None))
        return self.session.exec(query).first()

    def calls_rung(self, person_id: str) -> list[r.Call]:
        """Open calls for which this seat was rung."""
        query = select(r.Call).where(r.Call.state == CallState.OPEN)
        return [c for c in self.session.exec(query.order_by(col(r.Call.due_at))) if person_id in c.called]

    def waiting(self, subject_id: str, *kinds: str, due_by: datetime | None = None) -> Sequence[r.Deadline]:
        """Deadlines of a subject that are not done."""
        self.flush()
        query = select(r.Deadline).where(r.Deadline.subject_id == subject_id, col(r.Deadline.done_at).is_(None))
        if kinds:
            query = query.where(col(r.Deadline.kind).in_(kinds))
        if due_by is not None:
            query = query.where(r.Deadline.due_at <= due_by)
        return self.session.exec(query.order_by(col(r.Deadline.due_at))).all()

    def deadlines_of(self, subject_ids: Iterable[str], kind: str) -> Sequence[r.Deadline]:
        """Deadlines of one kind of several subjects that are not done."""
        self.flush()
        query = select(r.Deadline).where(col(r.Deadline.subject_id).in_(list(subject_ids)), r.Deadline.kind == kind)
        return self.session.exec(query.where(col(r.Deadline.done_at).is_(None))).all()

    def deadlines_open(self, kind: str) -> Sequence[r.Deadline]:
        """Deadlines of one kind, of whatever subject, that are not done."""
        self.flush()
        query = select(r.Deadline).where(r.Deadline.kind == kind, col(r.Deadline.done_at).is_(None))
        return self.session.exec(query.order_by(col(r.Deadline.due_at), col(r.Deadline.id))).all()

    def resume(self, subject_id: str, kind: str, since: datetime) -> None:
        """What was overtaken since then and is still to come is due again."""
        self.flush()
        overtaken = update(r.Deadline).where(
            col(r.Deadline.subject_id) == subject_id,
            col(r.Deadline.kind) == kind,
            col(r.Deadline.outcome) == "overtaken",
            col(r.Deadline.done_at) >= since,
            col(r.Deadline.due_at) > since,
        )
        self.session.execute(overtaken.values(done_at=None, outcome=None))

    def messages_about(self, subject_id: str, *templates: str) -> Sequence[r.Outbox]:
        """Messages about a subject, edits left out, oldest first."""
        self.flush()
        query = select(r.Outbox).where(r.Outbox.subject_id == subject_id, col(r.Outbox.act).in_(("send", "card")))
        if templates:
            query = query.where(col(r.Outbox.template).in_(templates))
        return self.session.exec(query.order_by(col(r.Outbox.id)).limit(200)).all()

    def events_between(self, after: datetime, until: datetime, *kinds: Kind) -> Sequence[r.Event]:
        """Facts of these kinds, later than `after` and not later than `until`."""
        self.flush()
        query = select(r.Event).where(
            col(r.Event.kind).in_([k.value for k in kinds]), r.Event.at > after, r.Event.at <= until
        )
        return self.session.exec(query.order_by(col(r.Event.id))).all()

    def last_event(self, kind: Kind) -> r.Event | None:
        self.flush()
        query = select(r.Event).where(r.Event.kind == kind.value)
        return self.session.exec(query.order_by(col(r.Event.at).desc(), col(r.Event.id).desc()).limit(1)).first()

    def told_since(self, subject_id: str, account: str, since: datetime) -> bool:
        """Whether a message about this subject was written to this account since then."""
        self.flush()
        query = select(r.Outbox.id).where(
            r.Outbox.subject_id == subject_id,
            r.Outbox.account == account,
            r.Outbox.queued_at >= since,
            col(r.Outbox.act) != "edit",
        )
        return self.session.exec(query.limit(1)).first() is not None

    def live_account(self, account: str | None) -> bool:
        """Whether this account can be written to: it exists, has a key, has not blocked the bot and has not said /stop."""
        found = self.find(r.Identity, account)
        return found is not None and found.key is not None and found.blocked_at is None and found.stopped_at is None

    def tips_with_pictures_of(self, tip_id: str) -> Sequence[str]:
        """Other tips to which the very same picture was sent."""
        marks = select(r.TipItem.mark).where(r.TipItem.tip_id == tip_id, col(r.TipItem.mark).is_not(None))
        query = select(r.TipItem.tip_id).where(col(r.TipItem.mark).in_(marks), r.TipItem.tip_id != tip_id)
        return self.session.exec(query.distinct()).all()

    def cases_with_village(self, since: datetime, township_id: str | None) -> Sequence[tuple[r.Case, str]]:
        """Cases of the county, or of one township, opened since then, each with the village of its tip; no drill and no hidden one."""
        query = select(r.Case, r.Tip.village_id).join(r.Tip, col(r.Tip.id) == col(r.Case.tip_id))
        query = query.where(
            r.Case.opened_at >= since,
            col(r.Case.drill).is_(False),
            col(r.Case.hidden).is_(False),
            col(r.Tip.village_id).is_not(None),
        )
        if township_id is not None:
            query = query.where(r.Case.township_id == township_id)
        return [(case, village or "") for case, village in self.session.exec(query).all()]

    def near_tips(self, tip: r.Tip, since: datetime, until: datetime, besides: Iterable[str]) -> Sequence[r.Tip]:
        """Open tips of the same township and matter of these days, and those named besides, oldest first."""
        same = and_(r.Tip.matter_code == tip.matter_code, r.Tip.first_at >= since, r.Tip.first_at <= until)
        query = select(r.Tip).where(
            r.Tip.township_id == tip.township_id,
            r.Tip.id != tip.id,
            col(r.Tip.hidden).is_(False),
            or_(r.Tip.state == TipState.SUBMITTED, r.Tip.state == TipState.ACCEPTED),
            or_(same, col(r.Tip.id).in_(list(besides))),
        )
        return self.session.exec(query.order_by(col(r.Tip.first_at), col(r.Tip.id)).limit(200)).all()

    def matching_tip(self, tip: r.Tip) -> Sequence[r.Tip]:
        """Open tips of the same township that this one could be merged into, newest first."""
        query = select(r.Tip).where(
            r.Tip.township_id == tip.township_id,
            r.Tip.id != tip.id,
            col(r.Tip.hidden).is_(False),
            or_(r.Tip.state == TipState.SUBMITTED, r.Tip.state == TipState.ACCEPTED),
        )
        return self.session.exec(query.order_by(col(r.Tip.first_at).desc()).limit(20)).all()


_TIP, _CASE, _WHISTLE, _CALL, _EVENT, _DEADLINE, _OUTBOX, _ITEM, _CARD, _CHAIN = (
    SQLModel.metadata.tables[name]
    for name in ("tip", "case", "whistle", "call", "event", "deadline", "outbox", "tipitem", "card", "chain")
)

_NOUNS: dict[str, type[SQLModel]] = {"tip": r.Tip, "case": r.Case, "whistle": r.Whistle, "call": r.Call}

# Statements of the hot path, built once: building one takes as long as running it.
_ROTAS = (
    select(r.Rota)
    .where(col(r.Rota.unit_id).in_(bindparam("keys", expanding=True)), col(r.Rota.retired_at).is_(None))
    .order_by(col(r.Rota.id))
)
_GROUPS = select(r.Group).where(col(r.Group.left_at).is_(None)).order_by(col(r.Group.chat_id))
_GROUPS_OF = _GROUPS.where(r.Group.unit_id == bindparam("unit"))
_ALL = "*"
_LAST_OUTAGE = select(r.Outage).order_by(col(r.Outage.began_at).desc(), col(r.Outage.id).desc()).limit(1)
_OUTAGES = (
    select(r.Outage)
    .where(
        r.Outage.began_at < bindparam("until"),
        or_(col(r.Outage.ended_at).is_(None), col(r.Outage.ended_at) > bindparam("since")),
    )
    .order_by(col(r.Outage.began_at).desc())
)
_ATTACHED_TO: dict[type[SQLModel], str] = {r.Question: "tip_id", r.Transfer: "tip_id", r.Topic: "subject_id"}
_ATTACHED = union_all(
    *(
        core_select(column).where(column.in_(bindparam("keys", expanding=True)))
        for column in (_TIP.c.merged_into, *(inspect(one).c[link] for one, link in _ATTACHED_TO.items()))
    )
)
_OPEN_QUESTION = select(r.Question).where(r.Question.tip_id == bindparam("tip"), col(r.Question.answered_at).is_(None))
_OPEN_TRANSFER = select(r.Transfer).where(
    r.Transfer.tip_id == bindparam("tip"), r.Transfer.state == TransferState.OFFERED
)
_TOPIC_OF = select(r.Topic).where(r.Topic.chat_id == bindparam("chat"), r.Topic.subject_id == bindparam("subject"))
_PRECEDENTS = (
    select(r.Precedent)
    .where(
        col(r.Precedent.kind).in_(bindparam("kinds", expanding=True)),
        col(r.Precedent.read_as).in_(bindparam("read_as", expanding=True)),
        col(r.Precedent.undone_at).is_(None),
        col(r.Precedent.made_at) >= bindparam("since"),
    )
    .order_by(col(r.Precedent.made_at), col(r.Precedent.id))
)
_BRIEFS = (
    core_select(
        _CALL.c.id,
        _CASE.c.township_id,
        _CASE.c.hidden,
        _CASE.c.tip_id,
        _TIP.c.village_id,
        _TIP.c.grid_id,
        _TIP.c.matter_code,
        _WHISTLE.c.blown_by,
        _WHISTLE.c.township_id,
    )
    .select_from(_CALL)
    .join(_CASE, _CASE.c.id == _CALL.c.case_id)
    .join(_WHISTLE, _WHISTLE.c.id == _CALL.c.whistle_id)
    .join(_TIP, _TIP.c.id == _CASE.c.tip_id)
    .where(_CALL.c.id.in_(bindparam("keys", expanding=True)))
)
_EVENTS_ABOUT = (
    select(r.Event)
    .where(col(r.Event.subject_id).in_(bindparam("subjects", expanding=True)), r.Event.kind == bindparam("kind"))
    .order_by(col(r.Event.id))
)
_DUE = (
    core_select(_DEADLINE.c.id, _DEADLINE.c.due_at, _CALL.c.unit_id)
    .select_from(_DEADLINE.outerjoin(_CALL, _CALL.c.id == _DEADLINE.c.subject_id))
    .where(_DEADLINE.c.done_at.is_(None), _DEADLINE.c.due_at <= bindparam("now"))
    .order_by(_DEADLINE.c.due_at, _DEADLINE.c.id)
    .limit(bindparam("most"))
)
_CLAIM_DUE = (
    _DEADLINE.select().where(_DEADLINE.c.id.in_(bindparam("keys", expanding=True))).with_for_update(skip_locked=True)
)
_MARK_DONE = (
    update(_DEADLINE)
    .where(_DEADLINE.c.id.in_(bindparam("ids", expanding=True)))
    .values(done_at=bindparam("at"), outcome=bindparam("why"))
)
_OVERTAKE = (
    update(_DEADLINE)
    .where(_DEADLINE.c.subject_id == bindparam("subject"), _DEADLINE.c.done_at.is_(None))
    .values(done_at=bindparam("now"), outcome=bindparam("why"))
)
_OVERTAKE_KINDS = _OVERTAKE.where(_DEADLINE.c.kind.in_(bindparam("kinds", expanding=True)))
_CARDS_ABOUT = _CARD.select().where(_CARD.c.subject_id.in_(bindparam("ids", expanding=True))).order_by(_CARD.c.id)
_CHANGED_IN_FLIGHT = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.subject_id.in_(bindparam("ids", expanding=True)),
        _OUTBOX.c.state == OutboxState.SENDING,
        _OUTBOX.c.act.in_(("card", "edit")),
    )
    .values(error="changed")
)
_FIRST_SENT = select(func.min(_OUTBOX.c.sent_at)).where(
    _OUTBOX.c.subject_id == bindparam("subject"), _OUTBOX.c.account == bindparam("account"), _OUTBOX.c.act == "card"
)
_WAITS_TO_RING = (text(r.RINGS), _OUTBOX.c.sent_at.is_(None), _OUTBOX.c.state == OutboxState.QUEUED)
_NEWEST_OF_A_STATE = (
    select(r.Tip.id)
    .where(r.Tip.account == bindparam("account"), r.Tip.state == state)
    .order_by(col(r.Tip.first_at).desc(), col(r.Tip.id))
    .limit(bindparam("most"))
    .subquery()
    for state in TipState
)
_NEWEST_TIPS = (
    select(r.Tip)
    .where(col(r.Tip.id).in_(union_all(*(core_select(newest.c.id) for newest in _NEWEST_OF_A_STATE))))
    .order_by(col(r.Tip.first_at).desc(), col(r.Tip.id))
    .limit(bindparam("most"))
)
"""State by state, as they are indexed: an inspector has sent thousands, and each message asks for the newest three."""
_TIPS_SINCE = (
    select(func.count())
    .select_from(r.Tip)
    .where(
        r.Tip.account == bindparam("account"),
        col(r.Tip.state).in_(list(TipState)),
        r.Tip.first_at >= bindparam("since"),
    )
)
_DELIVERED = (
    select(_OUTBOX.c.subject_id, _OUTBOX.c.account, func.min(_OUTBOX.c.sent_at))
    .where(_OUTBOX.c.subject_id.in_(bindparam("subjects", expanding=True)), _OUTBOX.c.act == "card")
    .group_by(_OUTBOX.c.subject_id, _OUTBOX.c.account)
)
_DRAWN_AT_ONCE = 256
_CHANCE = SystemRandom()
_HEADS = (
    select(_CHAIN.c.id, _CHAIN.c["count"], _CHAIN.c.head)
    .where(_CHAIN.c.id.in_(bindparam("names", expanding=True)))
    .order_by(_CHAIN.c.id)
    .with_for_update()
)
_MOVE_HEAD = update(_CHAIN).where(_CHAIN.c.id == bindparam("chain")).values(count=bindparam("n"), head=bindparam("end"))
_SHOWN = select(_CARD.c.id, _CARD.c.subject_id, _CARD.c.account, _CARD.c.chat_id).where(
    _CARD.c.subject_id.in_(bindparam("subjects", expanding=True))
)
_DROP = delete(_CARD).where(_CARD.c.id.in_(bindparam("ids", expanding=True)))


def _drop(connection: Connection, moved: Sequence[tuple[str, str | None, int | None]]) -> None:
    """For a whole batch at once: most messages are the first of their subject, and nothing is there to be dropped."""
    found = connection.execute(_SHOWN, {"subjects": list({subject for subject, _, _ in moved})}).mappings()
    ids = [row["id"] for row in found if _is_one_of({**row}, set(moved))]
    if ids:
        connection.execute(_DROP, {"ids": ids})


def _is_one_of(card: Mapping[str, Any], moved: set[tuple[str, str | None, int | None]]) -> bool:
    subject = card["subject_id"]
    return (subject, card["account"], None) in moved or (subject, None, card["chat_id"]) in moved


@listens_for(Session, "transient_to_pending")
def _note(session: Any, record: Any) -> None:
    """What was added and is not written yet, by its kind and key: who looks through `session.new` for every question does squared work."""
    model: Any = type(record)
    unwritten = session.info.setdefault("unwritten", {}).setdefault(model, {})
    unwritten[record.__dict__.get(_key_name(model)) or id(record)] = record
    if model is r.Tip:
        session.info.setdefault("fresh tips", {}).setdefault(record.__dict__["account"], []).append(record)


_FOUND_OUT: dict[type[SQLModel], tuple[str, ...]] = {
    r.Group: ("groups",),
    r.Person: ("own seats",),
    r.Tip: ("merged", "briefs"),
    r.Case: ("briefs",),
    r.Whistle: ("briefs",),
    r.Outage: ("outages",),
    r.Outbox: ("delivered",),
}
"""What a batch knows that a change of these records may make untrue."""
_MADE_DAILY: tuple[type[SQLModel], ...] = (r.Identity, r.Tip)
_USUAL: dict[type[SQLModel], tuple[str, ...]] = {
    r.Identity: ("account", "key", "chat", "lang", "first_seen_at"),
    r.Tip: (
        *("id", "ref", "rev", "receipt", "account", "state", "lang", "first_at", "last_item_at"),
        *("township_id", "village_id", "grid_id", "candidates", "matter_code", "guesses", "two", "insider"),
        *("urgent", "numbers", "texts", "photos", "voices", "voice", "home", "home_asked_at", "asks"),
        *("submitted_at", "desk", "due_at", "window"),
    ),
    r.TipItem: ("tip_id", "account", "kind", "at", "message", "content"),
    r.Event: ("kind", "subject", "subject_id", "by", "at", "facts"),
    r.Outbox: (
        *("act", "lane", "template", "audience", "account", "chat_id", "person_id", "lang", "subject_id", "by_tip"),
        *("facts", "sealed", "state", "queued_at", "not_before"),
    ),
}
"""In what a villager's message and the answer to it differ from a blank row."""


@listens_for(Session, "before_flush")
def _write_new(session: Any, *_: Any) -> None:
    """What is made with nearly every update is written like its events, many with one statement; from then on the session holds it as
    if it had been read."""
    for model in _MADE_DAILY:
        unwritten = session.info.get("unwritten", {}).pop(model, {})
        if model is r.Tip:
            session.info.pop("fresh tips", None)
        new = [one for one in unwritten.values() if holding.has(session, one)]
        if not new:
            continue
        table = inspect(model).local_table
        values = [one.__dict__ for one in new]
        rows.write(session.connection(), table, values, columns=_columns(model), usual=_USUAL[model])
        holding.keep(session, model, _key_name(model), new)
        _forget_found(session, {model})
        session.info.setdefault("made", {}).setdefault(model, set()).update(unwritten)


@listens_for(Session, "persistent_to_deleted")
def _let_go(session: Any, record: Any) -> None:
    """What was deleted is not found any more."""
    session.info.get("held", {}).get(type(record), {}).pop(inspect(record).identity[0], None)


@listens_for(Session, "after_flush")
def _forget(session: Any, _context: Any) -> None:
    """What was made or changed is found by who looks again."""
    session.info.get("unwritten", {}).clear()
    session.info.pop("fresh tips", None)
    if any(isinstance(one, r.Person) for one in session.new):
        session.info.pop("seats", None)
    _forget_found(session, {type(one) for one in (*session.new, *session.dirty)})


def _forget_found(session: Any, written: set[type]) -> None:
    for model in written & _FOUND_OUT.keys():
        for what in _FOUND_OUT[model]:
            session.info.pop(what, None)


def _any_of(column: Any, values: Sequence[Any]) -> Any:
    """For one value SQLite reads an index in its order, up to the limit; for a list it reads all that there is, and sorts it."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _on_duty(
    person: r.Person, rotas: Sequence[r.Rota], fills: dict[str, frozenset[str]], post: str | None
) -> bool | None:
    """Whether this seat serves now: in any post, or in this one. None: it has nothing to do with the post."""
    own = [one for one in rotas if one.unit_id == person.unit_id and one.role == person.role]
    if post is None:
        governed = any(one.post in ("", person.post) for one in own)
        return any(person.id in fills[one.id] for one in own) or (not governed and person.on_duty)
    filling = [one for one in own if one.post == post]
    if filling:
        serves = any(person.id in fills[one.id] for one in filling)
        return serves if serves or person.post == post else None
    if person.post != post:
        return None
    general = [one for one in own if not one.post]
    return any(person.id in fills[one.id] for one in general) if general else person.on_duty


def _under_way(query: Any, township_id: str | None, states: Iterable[CallState]) -> Any:
    """Calls in these states, of no drill; a township sees none of a hidden case."""
    query = query.where(_any_of(col(r.Call.state), list(states)), col(r.Call.drill).is_(False))
    if township_id is None:
        return query
    return query.where(_in_township(r.Call.case_id, township_id, col(r.Case.hidden).is_(False)))


def _in_township(case_id: Any, township_id: str, *more: Any) -> Any:
    """Whether this case is the township's: looked up one by one, where a join would begin with all cases it ever had."""
    return select(r.Case.id).where(r.Case.id == case_id, r.Case.township_id == township_id, *more).exists()


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def audited(row: Mapping[str, Any]) -> bytes:
    """An event as its chain signs it: the same bytes before it is stored and after it is read."""
    signed = [row[name] for name in ("chain", "seq", "kind", "subject", "subject_id", "by")]
    at: datetime = row["at"]
    return _canonical([*signed, at.astimezone(UTC).isoformat(), row["facts"]]).encode()


@cache
def _of(model: type[T], link: str, *order: str) -> Any:
    """Records by one column, its value given as `key`."""
    query = select(model).where(getattr(model, link) == bindparam("key"))
    return query.order_by(*(getattr(model, name) for name in order))


@cache
def _of_many(model: type[T], link: str, *order: str) -> Any:
    """Records by one column, its values given as `keys`."""
    query = select(model).where(col(getattr(model, link)).in_(bindparam("keys", expanding=True)))
    return query.order_by(*(getattr(model, name) for name in order))


@cache
def _claim_of(model: type[T]) -> Any:
    """Records as they are now by their primary keys, locked; what is locked elsewhere is left out."""
    return _of_many(model, _key_name(model)).with_for_update(skip_locked=True).execution_options(populate_existing=True)


@cache
def _columns(model: type[SQLModel]) -> tuple[str, ...]:
    """Its columns, which are named as its fields."""
    return tuple(inspect(model).local_table.c.keys())


@cache
def _key_name(model: type[SQLModel]) -> str:
    """The first column of the primary key."""
    name: str = inspect(model).primary_key[0].key
    return name


def key_of(record: SQLModel) -> str:
    """The primary key of a record, as text."""
    for name in ("id", "ref", "account", "chat_id", "code_hash", "update_id"):
        value = getattr(record, name, None)
        if value is not None:
            return str(value)
    return ""
