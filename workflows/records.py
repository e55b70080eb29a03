"""What is written down: every table of the product.

A villager appears here only as `account`, an HMAC of the chat id. Columns of type `bytes` are sealed (see `bot/vault.py`).
Ids are made in Python, so that a verb can return linked rows before anything is saved.
"""

import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from itertools import count
from typing import Any, Self, cast

from pydantic import ConfigDict
from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Enum, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import InstanceState, class_mapper
from sqlalchemy.orm.attributes import instance_state, set_attribute
from sqlalchemy.orm.instrumentation import ClassManager
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from workflows.states import (
    ActState,
    CallState,
    CaseState,
    DisputeState,
    DocumentState,
    EvidenceState,
    ExplanationState,
    InboxState,
    InvitationState,
    OutboxState,
    PhoneState,
    RevealState,
    RewardState,
    RingState,
    ShiftState,
    Stage,
    SwapState,
    TipState,
    TransferState,
    WhistleState,
    check_move,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite drops the zone, so it is taken off and put back; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    # a burst reads and writes forty times for each call: on SQLite, straight from and to the text that DateTime keeps there

    def bind_processor(self, dialect: Dialect) -> Any:
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


_ZONE = "+00:00"


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone: {value!r}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(maxsize=256)  # all that one decision writes bears its time
def _to_text(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds").removesuffix(_ZONE)


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + _ZONE)


def enum_column(kind: type[StrEnum], *, index: bool = False) -> Column[Any]:
    """A StrEnum stored by its value, as plain text on both engines."""
    values = Enum(
        kind, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e], create_constraint=False
    )
    return Column(values, nullable=False, index=index)


_DAY = 24 * 3600
_TOGETHER = 128
_NEAR = 4
_made = count()
_block = ["", ""]
"""What the ids and the short names of the moment begin with."""


def new_id() -> str:
    """Thirty-two hexadecimal digits: the day, sixteen random bits that the next ids of this process share, then ninety-six of its own.

    What is made together lies together in every index, so a new row meets the pages of its neighbours and not any page of its day or of a
    county's whole past. It tells the day (UTC, by the machine's own clock) and no more: the exact time of a tip is nobody's to see, nor
    which of two came first.
    """
    if next(_made) % _TOGETHER == 0:
        _block[:] = os.urandom(2).hex(), new_ref()[:_NEAR]
    return f"{int(time.time()) // _DAY:04x}{_block[0]}{os.urandom(12).hex()}"


def new_name() -> str:
    """What an account becomes when it is forgotten, another one for each tip: all random, so that nothing ties two of them together."""
    return secrets.token_hex(16)


_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [one + other for one in _BASE32 for other in _BASE32]


def new_ref() -> str:
    """Forty random bits in base32: the short name of a record inside a button."""
    bits = int.from_bytes(os.urandom(5), "big")
    return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]


def new_near_ref() -> str:
    """The same behind four random characters that the next ones of this process share, as the ids do: for what every message makes."""
    return _block[1] + new_ref()


def _where(condition: str) -> dict[str, str]:
    """Of an index that knows only some rows: most have nothing there, and each row in an index is a page to write. Migrations make it so;
    as `postgresql_where` it would load PostgreSQL's dialects at every start on SQLite, a tenth of a second."""
    return {"where": condition}


RINGS = "lane = 0 AND account IS NOT NULL"
"""Messages that ring somebody. A query says it in these words, or SQLite does not see that the index knows all that is wanted; so below."""
APART = "account IS NOT NULL AND NOT by_tip"
"""Messages to somebody that are not about a tip of their own. The others are found by that tip."""
PLACES = "kind IN ('location', 'contact')"
"""What of a tip's words goes first."""
ASIDES = "kind = 'aside'"
"""What was said and was no tip."""


class Record(SQLModel):
    """A row. What a verb makes is not validated (its values are ours), so no validator is built at the start; what a row is copied with
    is built when it is first asked for.

    Values are put where SQLAlchemy looks for them: SQLModel sets each of sixty twice, once for SQLAlchemy and once for pydantic, and
    what is new has no history that anybody asks for. It is known to SQLAlchemy from the first: looked for afterwards, its state is
    missed through pydantic, and its birth announced to nobody. A tip takes 0.02 ms instead of 0.6.
    """

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]  # SQLModel keeps its own type for this private

    def __new__(cls, *args: Any, **given: Any) -> Self:
        one: Self = super().__new__(cls)
        if given:  # not what is read from the database: that gets its state there
            one.__dict__["_sa_instance_state"] = InstanceState(one, _manager(cls))
        return one

    def __init__(self, **given: Any) -> None:
        plain, made = _blank(type(self))
        values = self.__dict__
        values.update(plain)
        for name, make in made:
            if name not in given:
                values[name] = make()
        values.update(given)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _columns(type(self)):
            if name == "_sa_instance_state":  # of what is read: SQLModel takes four times as long to put it there
                self.__dict__[name] = value
            else:
                super().__setattr__(name, value)
        elif instance_state(self).key is None:
            self.__dict__[name] = value
        else:
            set_attribute(self, name, value)


class _Read:
    """A column of a record, read where the record keeps it. SQLAlchemy's own descriptor stands before that place, and each of the
    hundred looks at a tip goes through a call of Python; this one is asked only for what is not there (not read yet, or expired), and
    for the column itself, in a query. What is set goes by `Record.__setattr__`."""

    def __init__(self, column: Any) -> None:
        self.column = column

    def __get__(self, record: Record | None, model: type[Record]) -> Any:
        return self.column if record is None else self.column.__get__(record, model)


def _read_in_place() -> None:
    """Of every kind of record."""
    kinds: list[type[Record]] = [Record]
    for kind in kinds:
        kinds += kind.__subclasses__()
        for name in _columns(kind) if hasattr(kind, "__table__") else ():
            type.__setattr__(kind, name, _Read(getattr(kind, name)))


@cache
def _manager(model: type[Record]) -> ClassManager[Any]:
    return class_mapper(model).class_manager


@cache
def _columns(model: type[Record]) -> frozenset[str]:
    return frozenset(model.model_fields)


@cache
def _blank(model: type[Record]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What a new row holds where nothing is given: values that can be shared, and what is made anew for each."""
    plain: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for name, field in model.model_fields.items():
        if field.default_factory is not None:
            made.append((name, cast(Callable[[], Any], field.default_factory)))
        elif isinstance(field.default, list | dict):
            made.append((name, field.default.copy))
        elif not field.is_required():
            plain[name] = field.default
    return plain, made


class _Stateful(Record):
    """A record whose state changes along the diagram, and whose buttons know its revision."""

    rev: int = 0

    def move(self, to: StrEnum) -> Self:
        check_move(getattr(self, "state"), to)  # noqa: B009 (each record has a state of its own kind)
        setattr(self, "state", to)  # noqa: B010
        self.rev += 1
        return self


# ── people and places in the chat ────────────────────────────────────────────────────────────────────────────────────


class Identity(Record, table=True):
    """One chat account: the only place from which a message can find its way back. Destroying `key` erases the person."""

    account: str = Field(primary_key=True, max_length=32)
    key: bytes | None = None  # the person's own key, wrapped by the master key
    chat: bytes | None = None  # sealed chat id
    name: bytes | None = None  # sealed; only kept when the sender chose real-name
    lang: str = "zh"
    lang_chosen: bool = False
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # /stop: nothing is sent until /start
    muted_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # own reminders rest; alarms do not
    notices_off: bool = False  # status notices were switched off
    active_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of colleagues only, to five minutes
    own_minutes: list[int] = Field(default=[], sa_type=JSON)  # extra reminders so many minutes after each ring
    puzzled: int = 0  # help replies since something was last understood
    forget: bool = False  # asked to be erased once nothing is open


class Person(Record, table=True):
    """A seat: one duty of one person at one unit. Bound to an account by an invitation; one account may hold several seats."""

    __table_args__ = (Index("ix_person_unit_role", "unit_id", "role"),)

    id: str = Field(primary_key=True)
    account: str | None = Field(default=None, index=True)
    role: str
    unit_id: str
    label: str
    label_en: str = ""
    post: str = ""
    phone: str = ""
    certificate_no: str = ""
    certificate_valid_to: date | None = None
    may_handle: bool = False
    may_review: bool = False
    grid_id: str | None = None
    on_duty: bool = True
    bound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lags: list[int] = Field(
        default=[], sa_type=JSON
    )  # seconds from delivery to press, the last few: this person and the head only


class Group(Record, table=True):
    """A group chat bound to a unit by an invitation."""

    __tablename__ = "group_chat"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    unit_id: str = Field(index=True)
    forum: bool = False
    lang: str = "zh"  # in which the group reads its cards; /lang in the group
    bound_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Rota(Record, table=True):
    """值班表: who fills a post, or a duty with a name of its own, by turns. What `plans` mean is in `workflows/rota.py`."""

    __table_args__ = (Index("ix_rota_unit", "unit_id", "retired_at"),)

    id: str = Field(primary_key=True, max_length=40)
    ref: str = Field(default_factory=new_ref, unique=True)
    rev: int = 0
    unit_id: str
    role: str = ""  # empty: a duty that no post has; only a ladder's step names it
    post: str = ""
    name: str
    name_en: str = ""
    zone: str
    needed: str = ""  # always | offices | never: when somebody has to be on duty; empty: by the unit's night duty
    plans: str = Field(sa_column=Column(Text, nullable=False))  # JSON, oldest first; only ever added to
    file_mark: str = (
        ""  # of the county's file as it was read last: what was edited in the chat stays until the file changes
    )
    serving: list[str] = Field(default=[], sa_type=JSON)  # who the last hand-over handed to
    gaps_told: list[str] = Field(default=[], sa_type=JSON)  # when the gaps begin that the head has heard of
    flagged: dict[str, str] = Field(default={}, sa_type=JSON)  # person → the local day on which the head heard last
    saved_by: str = ""
    saved_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Override(Record, table=True):
    """What differs from a rota for a while: somebody more, somebody less, or one for another."""

    __tablename__ = "rota_override"
    __table_args__ = (Index("ix_override_rota", "rota_id", "ends_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    rota_id: str
    kind: str  # add | remove | replace
    person_id: str
    other_id: str | None = None  # who stands in
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    why: str = ""  # edit | swap | self
    made_by: str = ""
    made_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Swap(_Stateful, table=True):
    """换班: somebody asks a colleague to take a stretch of duty. Until it is taken, nothing changes."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    rota_id: str = Field(index=True)
    state: SwapState = Field(default=SwapState.OFFERED, sa_column=enum_column(SwapState))
    person_id: str
    asked: list[str] = Field(default=[], sa_type=JSON)
    declined: list[str] = Field(default=[], sa_type=JSON)
    taken_by: str | None = None
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    offered_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Pause(Record, table=True):
    """暂停: from one time to another a unit is not called."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    unit_id: str = Field(index=True)
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    why: str
    begun_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Drill(Record, table=True):
    """演练: announced for a day by the desk. A roll-call asks posts, and keeps which posts answered, never who."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    kind: str  # whistle | roll_call
    unit_id: str = Field(index=True)  # the county for a roll-call
    day: date
    announced_by: str
    announced_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    case_id: str | None = None
    asked: list[str] = Field(default=[], sa_type=JSON)  # unit/post
    answered: list[str] = Field(default=[], sa_type=JSON)  # unit/post
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(_Stateful, table=True):
    """A one-time link. Only a hash of the code is kept."""

    code_hash: str = Field(primary_key=True, max_length=64)
    role: str
    unit_id: str
    group: bool = Field(default=False, sa_column_kwargs={"name": "is_group"})
    state: InvitationState = Field(default=InvitationState.OFFERED, sa_column=enum_column(InvitationState))
    offered_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    person_id: str | None = None


# ── the tip and its case ─────────────────────────────────────────────────────────────────────────────────────────────


class Tip(_Stateful, table=True):
    """线索: what a villager or inspector reports. The words and pictures are in sealed items."""

    __table_args__ = (
        Index("ix_tip_account_state", "account", "state", "first_at"),
        Index("ix_tip_township_state", "township_id", "state", "first_at"),
        Index("ix_tip_township_submitted", "township_id", "submitted_at"),
        Index("ix_tip_state", "state", "first_at"),
        Index("ix_tip_case_id", "case_id", info=_where("case_id IS NOT NULL")),
        Index("ix_tip_merged_into", "merged_into", info=_where("merged_into IS NOT NULL")),
        Index("ix_tip_split_of", "split_of", info=_where("split_of IS NOT NULL")),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_near_ref, unique=True)
    drill: bool = False  # 演练: everything runs, and counts in no figure
    receipt: str = Field(unique=True)  # nine random digits, for the sender alone
    account: str
    by_inspector: bool = False
    by_staff: bool = False  # found by the squad itself: no villager to answer
    named: bool = False
    state: TipState = Field(default=TipState.COLLECTING, sa_column=enum_column(TipState))
    lang: str = "zh"
    township_id: str | None = None
    village_id: str | None = None
    grid_id: str | None = None
    matter_code: str | None = None
    urgent: bool = False
    numbers: list[str] = Field(default=[], sa_type=JSON)  # emergency numbers that were answered first
    texts: int = 0
    photos: int = 0
    videos: int = 0
    voices: int = 0
    files: int = 0
    asks: str = ""  # what the receipt asks at the moment: where | village | what | same
    asked: list[str] = Field(default=[], sa_type=JSON)
    guesses: list[str] = Field(default=[], sa_type=JSON)  # matter codes that were offered, best first
    candidates: list[str] = Field(default=[], sa_type=JSON)  # villages of one name
    same_as: str | None = None  # the earlier tip this one may belong to
    desk: bool = False  # handled by the county desk: no township known, or past the township
    insider: str = ""  # words that may mean village or township people: asked | no (the sender says they do not)
    home: str = ""  # was a picture taken from the sender's home? asked | yes | no
    home_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    voice: str = (
        ""  # may those who handle it hear the sender's voice? asked | yes | no (said so, or no answer: it is typed)
    )
    wish: str = ""  # the sender asks that the visit waits: hours | tomorrow | together (with other places)
    wish_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    no_questions: bool = False  # the sender does not want to be asked any more
    unmasked: bool = False  # the sender wants others to see the words as they are
    hidden: bool = False  # nobody in the township sees that it exists
    hidden_why: str = ""  # asked_for | named (words, and no answer) | officer (about an officer)
    handlers: list[str] = Field(default=[], sa_type=JSON)  # seats the desk picked for a hidden tip
    conflicted: list[str] = Field(default=[], sa_type=JSON)  # seats that may not handle it (回避)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_item_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    window: dict[str, Any] = Field(default={}, sa_type=JSON)  # stamped policy
    breached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner_id: str | None = None
    taken_by: str | None = None  # the desk person who took over the silence
    former_owners: list[str] = Field(default=[], sa_type=JSON)
    first_look_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict: str | None = None
    case_id: str | None = None
    merged_into: str | None = None
    two: bool = False  # its words seem to tell of two matters, and nobody has parted them yet
    split_of: str | None = None  # the tip whose words tell of this matter too: the same sender, a case of its own
    reason: str | None = None
    appealed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rated: str | None = None
    reopened: int = 0
    shown_until: datetime | None = Field(
        default=None, sa_type=UtcDateTime
    )  # the result is unfolded on the sender's screen until then
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def letters(self) -> str:
        """What staff call it while it has no case: four of the characters that are its own alone."""
        return self.ref[-8:-4]


class TipItem(Record, table=True):
    """One message of a tip, sealed. An edited message is a later item that revises the earlier one."""

    __table_args__ = (
        Index("ix_tipitem_album", "account", "album", info=_where("album IS NOT NULL")),
        Index("ix_tipitem_mark", "mark", info=_where("mark IS NOT NULL")),
        Index("ix_tipitem_place", "id", info=_where(PLACES)),
        Index(
            "ix_tipitem_message", "message", "account"
        ),  # in the order of their coming: Telegram numbers all that a bot hears in one row
    )

    id: int | None = Field(default=None, primary_key=True)
    tip_id: str = Field(index=True)
    account: str
    kind: str  # text photo voice video document location contact; typed: what the desk wrote down from a voice
    at: datetime = Field(sa_type=UtcDateTime)
    message: int  # Telegram's message id inside the private chat
    album: str | None = None
    content: bytes  # sealed JSON: text, caption, file_id, file_unique_id, latitude, longitude
    revises: int | None = None
    mark: str | None = None  # HMAC of what Telegram calls this very file: the same picture is known again


class Typing(Record, table=True):
    """One voice of a sender that the desk may have to type, because it may not be heard by those who handle the matter."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    tip_id: str = Field(index=True)
    message: int  # of the sealed item, inside the private chat
    asked_at: datetime = Field(sa_type=UtcDateTime)
    queued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str | None = None
    outcome: str = ""  # typed | unclear | moot (may be heard, or the matter has ended)


class Case(_Stateful, table=True):
    """案件: one matter, one file."""

    __table_args__ = (
        Index("ix_case_township", "township_id", "opened_at"),
        Index("ix_case_opened", "opened_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    drill: bool = False  # 演练: everything runs, and counts in no figure
    number: str = Field(unique=True)
    township_id: str
    tip_id: str = Field(index=True)
    matter_code: str | None = None
    state: CaseState = Field(default=CaseState.OPEN, sa_column=enum_column(CaseState, index=True))
    hidden: bool = False  # in no list of the township, and numbered in the county's own series
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    verdict: str | None = None
    outcome: str | None = None


class CaseCounter(Record, table=True):
    """The last number given per township and year."""

    __tablename__ = "case_counter"

    township_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int = 0


class Act(_Stateful, table=True):
    """What an officer did on the spot: helping (one person) or enforcement (two certified officers)."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    case_id: str = Field(index=True)
    kind: str
    level: str  # helping | enforcement
    state: ActState = Field(default=ActState.PROPOSED, sa_column=enum_column(ActState))
    by: str = ""
    second: str | None = None
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Paper(Record, table=True):
    """A numbered paper that a case rests on, ticked by a second person."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    case_id: str = Field(index=True)
    call_id: str | None = None
    kind: str
    number: str
    dated: date
    named_by: str
    named_at: datetime = Field(sa_type=UtcDateTime)
    checked_by: str | None = None
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rejected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Question(Record, table=True):
    """One question a handler sends back through the bot, without knowing whom he asks."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    tip_id: str = Field(index=True)
    asked_by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    question: bytes  # sealed with the sender's key
    opened_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime
    )  # its sender has read it: what is said next answers it
    answer: bytes | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Evidence(_Stateful, table=True):
    """取证: what an officer or inspector took for a case; unlike the sender's, it may go along to the departments.

    The original is kept by its SHA-256 and never changes; see `workflows/evidence.py`.
    """

    __table_args__ = (Index("ix_evidence_state", "state", "not_before"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(index=True)
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str  # what came: photo video video_note audio voice document location record
    file_id: str = ""  # Telegram's; empty for what came by a page, or is no file
    file_unique_id: str = ""
    proof: str = ""  # which of the eight kinds of 行政处罚法第四十六条
    state: EvidenceState = Field(default=EvidenceState.WAITING, sa_column=enum_column(EvidenceState))
    shot: str = ""  # wide | near | mark: 全景、近景、标识 of the first minute
    words: str = ""  # a typed record, or what was written under a picture
    latitude: float | None = None
    longitude: float | None = None
    name: str = ""  # as its sender's phone called it
    declared: str = ""  # the media type that was claimed
    mime: str = ""  # the media type that it is
    size: int = 0  # bytes
    sha256: str | None = Field(default=None, index=True, max_length=64)
    look: str = ""  # 64 bits in hex by which altered copies of a picture are found
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # as the file itself says
    held: bool = False  # offered by a grid inspector, and not taken into the file: see workflows/supplement.py
    same_as: str | None = None  # the earlier one with the same bytes
    like: str | None = Field(default=None, sa_column_kwargs={"name": "alike"})  # an earlier one that looks the same
    kept_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    error: str | None = None


# ── the case by law ──────────────────────────────────────────────────────────────────────────────────────────────────


class Document(_Stateful, table=True):
    """文书: one document of a case. What it says is sealed with a key of its own; see `workflows/document.py`."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    case_id: str = Field(index=True)
    form: str  # a code of documents.yaml
    state: DocumentState = Field(default=DocumentState.DRAFT, sa_column=enum_column(DocumentState))
    number: str | None = Field(default=None, unique=True)
    key: bytes
    content: bytes  # sealed JSON: what people typed, and once it is made all that is printed
    digest: str = ""  # SHA-256 of what it says
    docx: str | None = Field(default=None, max_length=64)  # SHA-256 of the files in the evidence store
    pdf: str | None = Field(default=None, max_length=64)
    pages: int = 0
    pdf_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, index=True
    )  # its PDF could not be made: next try
    pdf_tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    signatures: list[dict[str, Any]] = Field(default=[], sa_type=JSON)  # by, at
    begun_by: str
    begun_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str | None = None
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    served_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = ""


class Procedure(_Stateful, table=True):
    """办案程序: how one case goes through the law; at most one a case. What happened on the way are its `Step` rows.

    Documents are filled from here, from `Party` and from `Step`; `organ_id` decides letterhead, seal and remedy.
    """

    __table_args__ = (
        Index("ix_procedure_township", "township_id", "opinion", "opened_at"),
        Index("ix_procedure_agreement", "opened_at", info=_where("agreement_text IS NOT NULL")),
        Index("ix_procedure_unpublished", "served_on", info=_where("served_on IS NOT NULL AND published_at IS NULL")),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    case_id: str = Field(unique=True)
    township_id: str
    kind: str  # simple | ordinary
    state: Stage = Field(default=Stage.OPENED, sa_column=enum_column(Stage, index=True))
    opened_at: datetime = Field(sa_type=UtcDateTime)

    # in whose name and under which law, as it stood on the day on which the matter was confirmed (workflows/authority.py)
    matter_code: str
    matter_by: str  # the officer who confirmed it
    power: str  # 法定 | 赋权 | 委托
    organ_id: str  # the township (QL01), or the department that delegates
    agreement_id: str | None = None
    profile_id: str = "general"  # law_profiles.yaml
    agreement_text: str | None = Field(default=None, max_length=64)  # SHA-256 of the published 委托书, as it was then
    basis_verified: bool = False  # False: every paper says that its legal basis must be checked before it is served

    # who acts (persons' ids) and the certificates they showed
    officer_a: str
    officer_b: str | None = None
    certificates: list[dict[str, Any]] = Field(default=[], sa_type=JSON)  # person, label, number, valid_to
    recused: list[str] = Field(default=[], sa_type=JSON)  # 回避: persons who may take no part
    id_shown_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # 出示证件

    # what was found
    party_kind: str = "person"  # person | organisation
    act_on: date | None = None  # day of the act, or its last day where it went on
    place: str = ""
    found: str = Field(default="", sa_column=Column(Text, nullable=False))  # 查明的事实
    reasons: str = Field(default="", sa_column=Column(Text, nullable=False))  # 说理 (D-10)
    marks: list[str] = Field(default=[], sa_type=JSON)
    # minor corrected harmless first_time | under_14 under_18 mental_illness hardship | harm public_interest complex remote crime

    # what is decided: kinds of penalty (warning fine confiscation …), empty for 不予处罚
    penalties: list[str] = Field(default=[], sa_type=JSON)
    fine_fen: int = 0
    told_fen: int | None = None  # the fine that the party was told of beforehand (告知)
    discretion: str = Field(default="", sa_column=Column(Text, nullable=False))  # 裁量理由
    number: str | None = Field(default=None, unique=True)  # number of the decision, given before it is made
    decided_on: date | None = None
    decided_by: str | None = None  # simple: officer A; ordinary: the leader

    # legal review (法制审核) and what it looked at
    reviewer: str | None = None
    opinion: str = ""  # passed | returned
    opinion_why: list[str] = Field(default=[], sa_type=JSON)  # standard reasons of 退回补正
    opinion_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opinion_hash: str | None = None  # of everything the reviewer looked at; another hash voids the opinion

    # afterwards
    served_on: date | None = None
    served_how: str = ""  # on_the_spot | direct | left | post | electronic | notice
    pay_by: date | None = None
    pay_ref: str | None = Field(default=None, unique=True)  # 缴款识别号 of the notice; the bot never takes money
    paid_on: date | None = None
    receipt_no: str = ""
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Party(Record, table=True):
    """当事人: who is said to have broken the law. Sealed with a key of its own; read with `workflows/party.py`."""

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(unique=True)
    kind: str  # person | organisation
    key: bytes | None = None  # destroying it erases the person
    content: bytes  # sealed JSON: name, id_no (身份证号 or 统一社会信用代码), address, birth, phone, legal_person
    mark: str = Field(
        default="", index=True
    )  # keyed hash of id_no, or of name and address: finds the same party elsewhere
    consent_electronic: bool = False  # 同意电子送达


class Publication(Record, table=True):
    """公开: one decision on the county's public page. Sealed, so that withdrawing it is destroying its key."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)  # its public address
    case_id: str = Field(unique=True)
    organ_id: str
    number: str  # of the decision; stays when the rest is withdrawn
    key: bytes | None = None  # None: withdrawn
    content: bytes = b""  # sealed JSON: see workflows/publication.py
    by: str  # the reviewer
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = ""  # changed | revoked | annulled


class Step(_Stateful, table=True):
    """One step of a procedure, with every gate it passed. What two officers do waits for the second one's own tap."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    case_id: str = Field(index=True)
    kind: str  # a key of workflows/steps.py: filing, inspection, inquiry, told, heard, decision, service …
    state: ActState = Field(default=ActState.PROPOSED, sa_column=enum_column(ActState))
    by: str
    second: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    facts: dict[str, Any] = Field(default={}, sa_type=JSON)  # answers to the step's questions; nothing personal
    gates: list[str] = Field(default=[], sa_type=JSON)  # rules it passed: R8, R19 …
    words: bytes | None = None  # sealed with the party's key: what a party said


class Outcome(Record, table=True):
    """What came of a case, with unit and quantity (B-20): 警告 1 起, 拆除 120 m². Soft ones are no penalty."""

    __table_args__ = (Index("ix_outcome_kind", "kind", "at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(index=True)
    kind: str  # a choice of reasons.yaml, group `result`
    unit: str  # 起 处 栋 元 平方米 人
    quantity: int  # whole units; money in fen; area in hundredths of a square metre
    penalty: bool = False
    by: str
    at: datetime = Field(sa_type=UtcDateTime)


class DecisionCounter(Record, table=True):
    """The last number given per organ, series (simple, ordinary …) and year."""

    __tablename__ = "decision_counter"

    organ_id: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int = 0


# ── the whistle and its calls ────────────────────────────────────────────────────────────────────────────────────────


class Whistle(_Stateful, table=True):
    """吹哨: one joint-enforcement request; each department has a call of its own."""

    __table_args__ = (
        Index("ix_whistle_township", "township_id", "opened_at"),
        Index("ix_whistle_township_state", "township_id", "state", "opened_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    drill: bool = False  # 演练: everything runs, and counts in no figure
    case_id: str = Field(index=True)
    township_id: str
    state: WhistleState = Field(default=WhistleState.OPEN, sa_column=enum_column(WhistleState, index=True))
    urgency: str = "normal"
    reason: str = ""  # an officer's own words, scrubbed
    bring: list[str] = Field(default=[], sa_type=JSON)
    blown_by: str = ""
    opened_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    appointment: datetime | None = Field(default=None, sa_type=UtcDateTime)  # 预约: when everybody is to be there


class Call(_Stateful, table=True):
    """呼叫: one department's duty to answer one whistle, with a clock of its own."""

    __table_args__ = (
        Index("ix_call_unit_state", "unit_id", "state"),
        Index("ix_call_unit_opened", "unit_id", "opened_at"),
        Index("ix_call_unit_breached", "unit_id", "breached_at", info=_where("breached_at IS NOT NULL")),
        Index("ix_call_state", "state", "due_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    drill: bool = False  # 演练: everything runs, and counts in no figure
    number: str = Field(unique=True)
    whistle_id: str = Field(index=True)
    case_id: str = Field(index=True)
    unit_id: str
    state: CallState = Field(default=CallState.OPEN, sa_column=enum_column(CallState))
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    window: dict[str, Any] = Field(default={}, sa_type=JSON)  # stamped policy: reminders, ladder, nag
    called: list[str] = Field(default=[], sa_type=JSON)  # persons who were called, in order
    breached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    noted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counts: bool = True  # False once the desk ruled that the unit was not responsible
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = None
    departed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    arrival: str | None = None  # leader | code | near | far | said: how the arrival is known
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None
    late_seconds: int = 0
    taken_by: str | None = None
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Dispute(_Stateful, table=True):
    """职权争议: a unit says "not ours"; the desk rules while the clock runs."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    call_id: str = Field(index=True)
    reason: str
    state: DisputeState = Field(default=DisputeState.RAISED, sa_column=enum_column(DisputeState))
    raised_by: str
    raised_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    ruled_by: str | None = None
    ruled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Precedent(Record, table=True):
    """先例 (T-04): what an officer took a message for, or what a dispute decided. No word of a sender is in it, so it may outlive them."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    kind: str  # matter: chosen is a matter | theirs, not_theirs: chosen is a unit, of which a dispute decided
    read_as: str = Field(index=True)  # the matter that the words alone put first; of a dispute the matter of its case
    chosen: str
    township_id: str
    subject_id: str = Field(index=True)  # the tip or the dispute
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    undone_by: str | None = None
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PhoneAnswer(_Stateful, table=True):
    """电话代签: the desk signed for a unit that answered by phone; the unit confirms it, or says that it never happened."""

    __tablename__ = "phone_answer"

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    call_id: str = Field(index=True)
    state: PhoneState = Field(default=PhoneState.WAITING, sa_column=enum_column(PhoneState, index=True))
    signed_by: str  # the desk person
    spoke_to: str | None = None  # the seat at the other end; None: somebody else of the unit
    signed_at: datetime = Field(sa_type=UtcDateTime)
    confirm_by: datetime = Field(sa_type=UtcDateTime)
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Ring(Record, table=True):
    """语音电话: one phone that the county's gateway is to ring about one call; its id is the key by which a repeat is known."""

    __table_args__ = (Index("ix_ring_state", "state", "not_before"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    call_id: str = Field(index=True)
    person_id: str
    why: str  # silent | slow
    state: RingState = Field(default=RingState.QUEUED, sa_column=enum_column(RingState))
    queued_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rung_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    error: str | None = None
    result: str | None = None  # answered | no_answer | heard: what the gateway told; it answers no call
    result_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heard: list[str] = Field(default=[], sa_type=JSON)  # ids of its messages, so that none counts twice


class Explanation(_Stateful, table=True):
    """说明情况: why a window passed unanswered; two people decide whether the breach counts."""

    __table_args__ = (Index("ix_explanation_state", "state", "due_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    call_id: str = Field(unique=True)
    unit_id: str = Field(index=True)
    reason: str
    state: ExplanationState = Field(default=ExplanationState.GIVEN, sa_column=enum_column(ExplanationState))
    given_by: str
    given_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    counts: bool | None = None  # what the first signature proposes
    proposed_by: str | None = None
    proposed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told: bool = False  # the supervisor heard of this unit and month


class Link(Record, table=True):
    """A page that is opened once: bound to the first browser that opens it. Token and browser are kept as keyed hashes only."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    kind: str  # crew | shift
    subject_id: str = Field(index=True)
    unit_id: str
    token_mac: str = Field(unique=True, max_length=64)
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    browser_mac: str | None = Field(default=None, max_length=64)
    bound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Shift(_Stateful, table=True):
    """交班: what the county's desk hands on, as it stood at that moment, and who took it over."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    state: ShiftState = Field(default=ShiftState.ENDED, sa_column=enum_column(ShiftState))
    ended_at: datetime = Field(sa_type=UtcDateTime)
    ended_by: str | None = None  # None: the hour of policy
    page: dict[str, Any] = Field(default={}, sa_type=JSON)
    taken_by: str | None = None
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Transfer(_Stateful, table=True):
    """移送: a tip handed to another unit, with a receipt."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    tip_id: str = Field(index=True)
    unit_id: str
    reason: str
    state: TransferState = Field(default=TransferState.OFFERED, sa_column=enum_column(TransferState))
    offered_by: str
    offered_at: datetime = Field(sa_type=UtcDateTime)
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


# ── the reward ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Reward(_Stateful, table=True):
    """What a verified tip earns. Amounts in integer fen."""

    __table_args__ = (
        Index("ix_reward_proposed", "proposed_at"),
        Index("ix_reward_paid", "paid_at"),
        Index("ix_reward_approved", "approved_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    tip_id: str = Field(unique=True)
    case_id: str = Field(index=True)
    state: RewardState = Field(default=RewardState.PROPOSED, sa_column=enum_column(RewardState))
    kind: str = "reward"  # reward | thanks | share: what a later tip that added something gets
    share_of: str | None = Field(default=None, index=True)
    amount_fen: int  # 0 until the first signer has filled a span or chosen a grade
    lowest_fen: int = 0
    highest_fen: int = 0
    rule: str
    rule_from: date | None = None  # the day from which that version of the rules holds
    grade: str | None = None
    base_fen: int | None = None  # fine and confiscation, for a rule that pays a share of them
    flags: list[str] = Field(default=[], sa_type=JSON)  # what the signers should look at; see workflows/eligibility.py
    signatures: list[dict[str, Any]] = Field(default=[], sa_type=JSON)  # signer, by, at
    asked: list[str] = Field(default=[], sa_type=JSON)  # people who hold the card to sign on
    budget: str  # the unit whose budget pays
    budget_year: int | None = None  # the year whose money was set aside
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    refused_reason: str | None = None
    announced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lapses_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code: bytes | None = None  # sealed with the sender's key
    code_mac: str | None = Field(default=None, unique=True)
    code_hash: str | None = None
    code_tail: str = ""
    word_mac: str | None = Field(default=None, unique=True)  # finds the reward by receipt and the sender's own word
    word_hash: str | None = None
    extended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shown_until: datetime | None = Field(
        default=None, sa_type=UtcDateTime
    )  # the code is unfolded on the sender's screen until then
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_by: str | None = None  # the payer who was shown the code
    paid_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paid_by: str | None = None
    voucher: str | None = None
    proxy: bool = False  # somebody else collected it
    payee: bytes | None = None  # who collected it, above the ceiling: sealed, opened for finance alone


class LedgerEntry(Record, table=True):
    """台账: append-only. Each row takes money from one account and puts it into another; a reversal is another row."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("tip_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    reward_id: str = Field(index=True)
    tip_id: str  # of a grant of money to a budget: the budget, its year and the new figure
    case_id: str | None = None
    kind: str
    amount_fen: int  # never negative: both sides of the entry are in the same row
    taken_from: str = Field(index=True)
    put_into: str = Field(index=True)
    budget: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    note: str = ""


# ── who may learn who sent it ────────────────────────────────────────────────────────────────────────────────────────


class Reveal(_Stateful, table=True):
    """One request to learn who sent a tip: who asked, who agreed, when it was looked at. Never what was seen."""

    id: str = Field(default_factory=new_id, primary_key=True)
    ref: str = Field(default_factory=new_ref, unique=True)
    tip_id: str = Field(index=True)
    reason: str
    state: RevealState = Field(default=RevealState.ASKED, sa_column=enum_column(RevealState))
    asked_by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    second: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


# ── the machine: what was heard, said, and is due ────────────────────────────────────────────────────────────────────


class Event(Record, table=True):
    """A fact with a time. Facts never name a villager; `by` is a person's seat, `source` or empty (the clock)."""

    __table_args__ = (
        Index("ix_event_subject", "subject_id", "kind", "id"),
        Index("ix_event_case_id", "case_id", info=_where("case_id IS NOT NULL")),
        Index("ix_event_kind", "kind", "at"),
        Index("ix_event_chain", "chain", "seq", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    subject_id: str
    case_id: str | None = None
    by: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    facts: dict[str, Any] = Field(default={}, sa_type=JSON)
    chain: str | None = None  # the case (or budget) whose chain this row is a link of; see workflows/audit.py
    seq: int | None = None  # its place there, from 1
    mac: str | None = None


class Chain(Record, table=True):
    """The end of one case's chain of events: how many there are, and the last seal. Locked by whoever adds to it."""

    id: str = Field(primary_key=True)
    count: int = 0
    head: str = ""


_ONLY_ONE = "kind IN ('digest.send', 'privacy.nightly', 'shift.end') AND done_at IS NULL"
"""Of these there is one that waits in the whole county, also when two replicas start at the same instant. Migration 0028 makes the index
so."""


class Deadline(Record, table=True):
    """An absolute time at which a verb is due. `outcome`: done | overtaken | collapsed | postponed."""

    __table_args__ = (
        Index("ix_deadline_due", "done_at", "due_at"),
        Index("ix_deadline_subject", "subject_id", "done_at", "due_at"),
        Index("ix_deadline_only", "kind", unique=True, info=_where(_ONLY_ONE)),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject_id: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    facts: dict[str, Any] = Field(default={}, sa_type=JSON)
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None


class Inbox(Record, table=True):
    """One update as Telegram sent it, sealed until it is done."""

    __table_args__ = (Index("ix_inbox_state", "state", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    update_id: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    chat: str  # HMAC of the chat id: the order is kept per chat
    received_at: datetime = Field(sa_type=UtcDateTime)
    payload: bytes | None = None
    claimed_by: str | None = None  # the replica that handles it; none where one process runs alone
    state: InboxState = Field(default=InboxState.RECEIVED, sa_column=enum_column(InboxState))
    error: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Outbox(Record, table=True):
    """One message on its way out. `facts` are its only input; `sealed` holds them where it goes to a villager."""

    __table_args__ = (
        Index("ix_outbox_state", "state", "lane", "id"),
        Index("ix_outbox_subject", "subject_id", "state"),
        Index("ix_outbox_account", "account", info=_where(APART)),
        Index("ix_outbox_rung", "account", "sent_at", info=_where(RINGS)),
    )

    id: int | None = Field(default=None, primary_key=True)
    act: str  # send | card | edit | media | topic | close_topic
    lane: int
    template: str
    audience: str
    drill: bool = False  # its first line says that it is a drill
    account: str | None = None
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    thread: int | None = None
    lang: str = "zh"
    subject_id: str | None = None
    by_tip: bool = False  # its subject is a tip of its reader
    facts: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    sealed: bytes | None = None
    keyboard: list[Any] | None = Field(default=None, sa_type=JSON)
    message: int | None = None  # the message to edit
    card_id: int | None = None  # the live card that this edit draws anew
    person_id: str | None = None  # the seat this is addressed to, for escalation when it cannot be delivered
    dedupe: str | None = Field(default=None, unique=True)
    state: OutboxState = Field(default=OutboxState.QUEUED, sa_column=enum_column(OutboxState))
    queued_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    sending_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fence: int | None = None  # of the lease under which it was marked `sending`
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    repeat: bool = False  # a copy may have arrived already: marked 重发
    sent_message: int | None = None
    sent_text: bytes | None = None
    error: str | None = None


class Card(Record, table=True):
    """A live message: where a record is shown, so that it can be edited when the record changes."""

    __table_args__ = (Index("ix_card_subject", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    template: str
    audience: str
    drill: bool = False  # its first line says that it is a drill
    subject_id: str
    account: str | None = None
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    thread: int | None = None
    lang: str = "zh"
    person_id: str | None = None
    message: int
    look: str = ""  # a keyed hash of what the card shows: an edit that changes nothing does not leave
    at: datetime = Field(sa_type=UtcDateTime)


class Topic(Record, table=True):
    """The forum topic of one tip in a squad's group."""

    __table_args__ = (Index("ix_topic_thread", "chat_id", "thread"),)

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    subject_id: str = Field(index=True)
    thread: int
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Prompt(Record, table=True):
    """What the next typed line of this account answers. Survives a restart; ends with /cancel or after an hour."""

    account: str = Field(primary_key=True)
    verb: str
    ref: str
    facts: dict[str, Any] = Field(default={}, sa_type=JSON)
    asked_at: datetime = Field(sa_type=UtcDateTime)


class Draft(Record, table=True):
    """A choice that takes more than one tap."""

    __table_args__ = (
        Index("ix_draft_by", "by", "kind", "at"),
        Index("ix_draft_aside", "at", info=_where(ASIDES)),
    )

    ref: str = Field(default_factory=new_ref, primary_key=True)
    kind: str
    subject_id: str = Field(index=True)
    by: str
    facts: dict[str, Any] = Field(default={}, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Clock(Record, table=True):
    """The rehearsal clock: time = `shown` + (real − `real`) × `speed`. No row: the wall clock."""

    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    real: datetime = Field(sa_type=UtcDateTime)
    shown: datetime = Field(sa_type=UtcDateTime)
    speed: float = 1.0


class Alive(Record, table=True):
    """The last sign of life of a process of ours."""

    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UtcDateTime)


class Outage(Record, table=True):
    """From the last sign of life to the moment when all that was said meanwhile had been heard. Open: it goes on."""

    id: int | None = Field(default=None, primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Seal(Record, table=True):
    """Which vault key this database was sealed with: a fingerprint that opens nothing."""

    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    fingerprint: str
    ring: bytes | None = None  # the keys that outlived an earlier master key, wrapped under this one
    made_at: datetime = Field(sa_type=UtcDateTime)


# ── several replicas (PostgreSQL) ────────────────────────────────────────────────────────────────────────────────────


class Replica(Record, table=True):
    """A process of ours that is alive until `expires_at` by database time; what a dead one had claimed is anybody's."""

    id: str = Field(primary_key=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class Lease(Record, table=True):
    """What only one replica does at a time: `send` and `poll`. Whoever takes it from another raises the fence."""

    __table_args__ = (Index("ix_lease_held", "name", "holder", "fence", unique=True),)  # see `holds_lease`

    name: str = Field(primary_key=True)
    holder: str
    fence: int
    ready: bool = False  # poll: what was said while nobody polled has been heard
    expires_at: datetime = Field(sa_type=UtcDateTime)


class Turn(Record, table=True):
    """An empty table: locking it lets one batch go alone (see `bot/database.py`)."""

    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))


_read_in_place()
