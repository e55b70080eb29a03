"""What every handler holds, and the few ways in which it answers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from telegram import Bot, CallbackQuery
from telegram.error import TelegramError

from messages.render import Renderer
from workflows import evidence
from workflows import records as r
from workflows.notify import Audience
from workflows.refusals import NotBound, Refusal
from workflows.work import Lane, To, Work

log = structlog.get_logger()


class Decider(Protocol):
    """The store, as far as handlers know it."""

    async def decide(self, fn: Any, *args: Any, **kwargs: Any) -> Any: ...
    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any: ...


class Adviser(Protocol):
    """A second opinion on a matter, from outside; see `bot/adviser.py`. It raises nothing."""

    async def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> list[str]: ...


class Codes(Protocol):
    """The slow parts of the vault, which run in a thread outside the transaction."""

    def account_of(self, chat_id: int) -> str: ...
    def code_mac(self, code: str) -> str: ...
    def mark(self, purpose: str, text: str) -> str: ...
    def code_hash(self, code: str) -> str: ...
    def code_matches(self, code: str, hashed: str) -> bool: ...
    def seal_bytes(self, about: str, data: bytes) -> bytes: ...
    def unseal_bytes(self, about: str, blob: bytes) -> bytes: ...


class Files(Protocol):
    """Bytes by their SHA-256; see `bot/evidence.py`."""

    async def put(self, data: bytes) -> str: ...
    async def get(self, name: str) -> bytes: ...
    async def stream(self, name: str) -> tuple[int, AsyncIterator[bytes]]: ...
    async def take(self, path: Path, zone: ZoneInfo, declared: str) -> evidence.Found: ...
    async def pieces(self, upload: str) -> dict[int, int]: ...
    async def uploads(self, link: str) -> set[str]: ...
    async def put_piece(self, upload: str, begins: int, sealed: bytes) -> bool: ...
    async def piece(self, upload: str, begins: int) -> bytes: ...
    async def drop(self, upload: str) -> None: ...
    async def sweep(self, older: timedelta) -> None: ...


class NoFiles:
    """A process that keeps none."""

    async def put(self, data: bytes) -> str:
        raise LookupError("no store for files")

    async def get(self, name: str) -> bytes:
        raise LookupError("no store for files")

    async def stream(self, name: str) -> tuple[int, AsyncIterator[bytes]]:
        raise LookupError("no store for files")

    async def take(self, path: Path, zone: ZoneInfo, declared: str) -> evidence.Found:
        raise LookupError("no store for files")

    async def pieces(self, upload: str) -> dict[int, int]:
        raise LookupError("no store for files")

    async def uploads(self, link: str) -> set[str]:
        raise LookupError("no store for files")

    async def put_piece(self, upload: str, begins: int, sealed: bytes) -> bool:
        raise LookupError("no store for files")

    async def piece(self, upload: str, begins: int) -> bytes:
        raise LookupError("no store for files")

    async def drop(self, upload: str) -> None:
        raise LookupError("no store for files")

    async def sweep(self, older: timedelta) -> None:
        raise LookupError("no store for files")


@dataclass(slots=True)
class Edge:
    """One per process; handlers find it in `context.bot_data["edge"]`."""

    store: Decider
    renderer: Renderer
    vault: Codes
    bot: Bot
    bot_username: str = ""
    shelf: Files = field(default_factory=NoFiles)
    adviser: Adviser | None = None  # the county's own language-model service, where it has one
    county_folder: Path | None = None  # where a county keeps templates of its own

    async def toast(self, query: CallbackQuery, toast: "Toast", lang: str) -> None:
        """Answer a press. Too late for a pop-up is no error: the action is done."""
        text = self.renderer.line(toast.group, toast.key, lang, toast.facts) if toast.key else ""
        if text and toast.drill:
            text = self.renderer.line("words", "drill", lang, {"text": text})
        try:
            await query.answer(text=text[:200] or None, show_alert=toast.alert)
        except TelegramError as error:
            log.info("a toast came too late", action="toast.late", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class Toast:
    """A line that fades, or a pop-up; a key of toasts.yaml or refusals.yaml."""

    key: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    alert: bool = False
    group: str = "toasts"
    drill: bool = False
    """What was pressed belongs to a drill: the toast says so too."""


@dataclass(slots=True)
class Press:
    """One tap: who, where, on which message, and what the button says."""

    account: str
    chat_id: int | None  # a group; None in private
    message: int
    thread: int | None
    verb: str
    arg: str
    ref: str
    rev: int
    lang: str
    name: str = ""  # the profile's name; sealed at once where it is kept at all
    seats: list[r.Person] = field(default_factory=list)

    @property
    def to(self) -> To:
        """Where an answer in the same chat goes."""
        if self.chat_id is not None:
            return To(chat_id=self.chat_id, thread=self.thread)
        return self.private

    @property
    def private(self) -> To:
        return To(account=self.account, lang=self.lang, person_id=self.seats[0].id if self.seats else None)

    def staff(self) -> list[r.Person]:
        """The seats of whoever pressed. Raises NotBound for a stranger."""
        if not self.seats:
            raise NotBound()
        return self.seats


def say(
    work: Work,
    to: To,
    line: str,
    *,
    sealed: bool = False,
    keyboard: list[list[dict[str, Any]]] | None = None,
    **facts: Any,
) -> None:
    """A line of dialogs.yaml as a new message. `line` starts with `ask.` or `note.`."""
    if keyboard:
        facts["keyboard"] = keyboard
    work.send(line, Audience.OWNER.value, to, facts=facts, sealed=sealed, lane=Lane.ANSWER)


def swap(
    work: Work,
    press: Press,
    line: str,
    *,
    keyboard: list[list[dict[str, Any]]] | None = None,
    sealed: bool = False,
    **facts: Any,
) -> None:
    """The message that was pressed becomes this line."""
    facts["keyboard"] = keyboard or []
    work.send(
        line,
        Audience.OWNER.value,
        press.to,
        act="edit",
        message=press.message,
        facts=facts,
        sealed=sealed,
        lane=Lane.ANSWER,
    )


def button(
    label: str | tuple[str, str], verb: str, ref: str, rev: int = 0, style: str | None = None, **facts: Any
) -> dict[str, Any]:
    """One button of a dialog, as it is kept with the message's facts."""
    return {
        "label": label if isinstance(label, str) else list(label),
        "verb": verb,
        "ref": ref,
        "rev": rev,
        "style": style,
        "facts": facts,
    }


def puzzled(work: Work, account: str) -> bool:
    """Whether this chat may be told once more what it is for: a few times in a row, then not until something was understood."""
    identity = work.identity(account)
    if identity.puzzled >= work.policy.notice.help_replies:
        return False
    identity.puzzled += 1
    return True


def understood(work: Work, account: str) -> None:
    """A real action: help is given anew."""
    identity = work.find(r.Identity, account)
    if identity is not None and identity.puzzled:
        identity.puzzled = 0


def grid(buttons: list[dict[str, Any]], width: int = 2) -> list[list[dict[str, Any]]]:
    return [buttons[i : i + width] for i in range(0, len(buttons), width)]


def options(choices: Any, verb: str, ref: str, width: int = 2) -> list[list[dict[str, Any]]]:
    """One button per choice of the county's list."""
    return grid([button((c.label, c.label_en), f"{verb}.{c.code}", ref) for c in choices], width)


def people_buttons(people: list[r.Person], verb: str, ref: str, width: int = 1) -> list[list[dict[str, Any]]]:
    return grid([button((p.label, p.label_en or p.label), f"{verb}.{p.id}", ref) for p in people], width)


def refused(refusal: Refusal) -> Toast:
    return Toast(refusal.name, refusal.spoken, alert=refusal.alert, group=refusal.group)
