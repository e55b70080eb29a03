"""The composition root: the one place where settings become a running process."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from sqlalchemy import Engine, func
from sqlmodel import col, select
from telegram import Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot import county_files, database, keys
from bot.adviser import HttpAdviser
from bot.agreements import Agreements
from bot.audit import DailyNote, Notes, file_of
from bot.channels import PATH as PHONE_PATH
from bot.channels import HttpHook, Ringer, Signer, callback_route
from bot.clock import Clock
from bot.evidence import Fetcher, Shelf, warn_of_own_shelf
from bot.evidence import url_of as evidence_url_of
from bot.inbox import ALLOWED_UPDATES, Inbox, count_waiting
from bot.metrics import HEALTHY_LAG, Heartbeat, Metrics
from bot.printer import Printer
from bot.request import AiohttpRequest, NotSent
from bot.sender import Sender
from bot.settings import BadSetting, Settings
from bot.shared import SharedStore
from bot.store import HeardElsewhere, Store, hearing
from bot.ticker import Ticker
from bot.vault import MasterVault, WrongKey
from bot.warm import Warmer
from bot.web import make_web
from bot.workdays import Workdays
from handlers import clock, command, message, press, roster
from handlers.edge import Edge
from handlers.page import Pages
from handlers.public import PublicPages
from messages.render import Renderer
from workflows import audit, digest, downtime, erasure, term
from workflows import deskshift as deskshifts
from workflows import plan as plans
from workflows import records as r
from workflows.events import Kind
from workflows.roster import seat_everyone
from workflows.rulebook import Rulebook
from workflows.states import OutboxState
from workflows.work import Outside, To, Work

if TYPE_CHECKING:
    from bot.replica import Replicas

log = structlog.get_logger()
_USUAL_ROUNDS = gc.get_threshold()
_ROUNDS = (20_000, 20, 50)
"""A burst makes many records that live for one batch: looked through less often, it takes a twentieth less."""

_ASK_AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between one question at a start and the next, while the Bot API answers that it cannot answer now."""


def read_rulebook(settings: Settings) -> Rulebook:
    """The county's files. Raises CountyError with file and line."""
    files = county_files.load_county(settings.county)
    return files.rulebook()


def open_vault(settings: Settings) -> MasterVault:
    """Raises BadSetting when the key is no key."""
    try:
        return MasterVault(settings.vault_key.get_secret_value())
    except WrongKey as error:
        raise BadSetting(f"WHISTLE_VAULT_KEY: is not a vault key ({error}) — make one with `whistle key new`") from None


class App:
    """One process of the product: start() returns when it hears and speaks, stop() when nothing is left half done."""

    def __init__(self, settings: Settings, *, book: Rulebook | None = None, renderer: Renderer | None = None) -> None:
        self.settings = settings
        self.clock = Clock()
        self.vault = open_vault(settings)
        self.book = book or read_rulebook(settings)
        self.engine: Engine = database.open_engine(settings.database_url, settings.database_idle_seconds)
        self.me = r.new_id()  # this process among its replicas
        self.store = _store(self.engine, self.vault, self.book, self.clock, self.me)
        self.store.outside = Outside(public_url=settings.pages_url, phone=settings.phone_hook_url is not None)
        self.request = AiohttpRequest()
        self.renderer = renderer or Renderer(self.book)
        self.application = _application(settings, self.request)
        self.replicas = _replicas(settings, self.store, self.me)
        polls, sends = (self.replicas.poll, self.replicas.send) if self.replicas else (None, None)
        relay = self.replicas.relay if self.replicas else None
        self.inbox = Inbox(self.store, self.vault, self.application, polls, relay)
        self.sender = Sender(self.store, self.request, settings.bot_url, self.renderer, settings.send_rate, sends)
        signer = Signer(settings.phone_hook_secret.get_secret_value())
        self.phone_signer = signer if settings.phone_hook_url is not None else None
        self.ringer: Ringer | None = None
        if settings.phone_hook_url is not None:
            callback = f"{settings.pages_url}{PHONE_PATH}" if settings.pages_url else ""
            self.ringer = Ringer(self.store, HttpHook(str(settings.phone_hook_url), signer), self.renderer, callback)
        self.shelf = Shelf(evidence_url_of(settings))
        zone = ZoneInfo(self.book.county.timezone)
        self.fetcher = Fetcher(self.store, self.shelf, self.request, settings.bot_url, zone)
        self.printer = Printer(self.store, self.shelf)
        self.agreements = Agreements(self.store, self.shelf, settings.county)
        self.workdays = Workdays(self.store, settings.county)
        self.ticker = Ticker(self.store, clock.DUE, self.inbox.caught_up)
        self.edge = Edge(self.store, self.renderer, self.vault, self.application.bot)
        self.edge.county_folder = settings.county
        self.edge.adviser = HttpAdviser(str(settings.adviser_url)) if settings.adviser_url is not None else None
        self.edge.shelf = self.shelf
        self.application.bot_data["edge"] = self.edge
        self.metrics = Metrics(self.store)
        self.store.on_commit(self._after_erasure)
        self.audit_notes = DailyNote(self.store, Notes(file_of(settings), self.vault))
        self.heartbeat = Heartbeat(str(settings.heartbeat_url), self.health) if settings.heartbeat_url else None
        self.warmer = Warmer(self.store, self.sender, self.renderer, self._is_idle)
        self._runner: web.AppRunner | None = None
        self._poller: asyncio.Task[None] | None = None
        self.port: int | None = None
        self._counted = False  # a process that never came up is no sign of life

    async def start(self) -> None:
        """Migrate, seat the county, reach the Bot API, then hear, tick and send. Raises BadSetting."""
        warn_of_own_shelf(self.settings)
        await asyncio.to_thread(database.migrate, self.engine)
        await self.store.start()
        if self.replicas:
            self.replicas.on_inbox = self.inbox.look
            self.replicas.on_left = self.inbox.fetch
            self.replicas.on_beat = self._on_beat
            await self.replicas.start()
        await self.store.decide(_check_key, self.vault)
        await self.store.decide(seat_everyone)
        await self.store.decide(audit.adopt)
        await self.store.decide(plans.take_in)
        await self.store.decide(deskshifts.plan)
        await self.request.initialize()
        await self._reach_telegram()
        await self.store.decide(downtime.came_back)
        await self.store.decide(erasure.ensure)
        await self.store.decide(digest.plan)
        await self.store.decide(term.recount)
        self._counted = True
        await self.sender.start()
        await self.inbox.start()
        await self._listen()
        await self.ticker.start()
        await self.fetcher.start()
        await self.printer.start()
        await self.workdays.start()
        await self.agreements.start()
        if self.ringer:
            await self.ringer.start()
        if self.heartbeat:
            self.heartbeat.start()
        self.audit_notes.start()
        log.info("ready", action="app.ready", port=self.port, polling=self.settings.webhook_url is None)

    def freeze(self) -> None:
        """Take what start-up built out of the garbage collector's rounds: it stays until the process ends.

        Not collected first: that takes a quarter of a second, before anything that is overdue, and frees not one megabyte."""
        gc.freeze()
        gc.set_threshold(*_ROUNDS)
        gc.enable()

    def _is_idle(self) -> bool:
        """Nobody waits for anything."""
        return self.inbox.idle and self.store.idle and self.ticker.idle and self.sender.idle

    async def _reach_telegram(self) -> None:
        try:
            await self._ask(self.application.initialize)
        except InvalidToken:
            raise BadSetting(
                "WHISTLE_BOT_TOKEN: Telegram does not know this token — copy it again from @BotFather"
            ) from None
        except TelegramError as error:
            raise self._unreachable(error) from None
        self.edge.bot_username = self.application.bot.username or ""
        await roster.set_menu(self.edge, None, [])

    async def _ask(self, question: Callable[[], Awaitable[object]]) -> None:
        """A Bot API that is busy or broken for a moment is asked again for half a minute: whoever comes back after an outage meets just
        that. Where nobody answers at all, or the answer is no, it is raised at once. Raises BadSetting when the patience is at an end."""
        for seconds in _ASK_AGAIN:
            try:
                await question()
                return
            except (BadRequest, NotSent):
                raise
            except (NetworkError, RetryAfter) as error:
                log.warning("asked again", action="start.waits", error=type(error).__name__, seconds=seconds)
                await asyncio.sleep(seconds)
        try:
            await question()
        except (NetworkError, RetryAfter) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: TelegramError) -> BadSetting:
        return BadSetting(
            f"WHISTLE_API_URL: {self.settings.api_url} cannot be reached ({error}) — check the address and the network"
        )

    async def _listen(self) -> None:
        pages = Pages(self.edge, lambda: self.store.outside.public_url, time.monotonic)
        public = PublicPages(self.edge, time.monotonic)
        hooks = [callback_route(self.store, self.phone_signer)] if self.phone_signer else []
        served = make_web(
            self.settings, self.inbox, self.health, self.metrics, *pages.routes(), *public.routes(), *hooks
        )
        self._runner = web.AppRunner(served, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.settings.host, self.settings.port)
        try:
            await site.start()
        except OSError as error:
            raise BadSetting(
                f"WHISTLE_PORT: {self.settings.port} cannot be opened ({error.strerror}) — choose another port"
            ) from None
        self.port = self._runner.addresses[0][1] if self._runner.addresses else None
        bot = self.application.bot
        if self.settings.webhook_url is not None:
            try:
                await self._ask(
                    lambda: bot.set_webhook(
                        url=str(self.settings.webhook_url),
                        secret_token=self.settings.webhook_secret.get_secret_value(),
                        allowed_updates=ALLOWED_UPDATES,
                        max_connections=100,
                    )
                )
            except BadRequest as error:
                raise BadSetting(
                    f"WHISTLE_WEBHOOK_URL, WHISTLE_WEBHOOK_SECRET: Telegram does not take them ({error.message})"
                    " — use a public https address and 1–256 of A-Z a-z 0-9 _ -"
                ) from None
            asyncio.get_running_loop().call_later(10, self.inbox.caught_up.set)
        else:
            await self._ask(bot.delete_webhook)
            self._poller = asyncio.create_task(self._poll(), name="poller")

    async def _poll(self) -> None:
        await self.inbox.poll(self.request, self.settings.bot_url)

    def _on_beat(self) -> None:
        """Once a second, where there are replicas: what a dead one left is taken up; while nobody polls, no breach is noted."""
        if not self._counted:
            return
        self.inbox.look()
        if self._poller is not None and self.replicas is not None and not self.replicas.poll.held:
            (self.inbox.caught_up.set if self.replicas.poll.others_ready else self.inbox.caught_up.clear)()

    async def stop(self) -> None:
        """Stop hearing, finish what is under way, close."""
        await self.warmer.stop()
        if self.heartbeat:
            await self.heartbeat.stop()
        await self.audit_notes.stop()
        if self._poller:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
        if self.replicas:
            await self.replicas.hear_no_more()
        if self._runner:
            await self._runner.cleanup()
        await self.inbox.stop()
        await self.ticker.stop()
        await self.fetcher.stop()
        await self.printer.stop()
        await self.workdays.stop()
        await self.agreements.stop()
        if self.ringer:
            await self.ringer.stop()
        await self.sender.stop()
        if self.replicas:
            await self.replicas.stop()
        if self._counted:
            await self.store.decide(downtime.beat)
        await self.store.stop()
        await self.application.shutdown()
        await self.request.shutdown()
        gc.unfreeze()
        gc.set_threshold(*_USUAL_ROUNDS)

    def _after_erasure(self, facts: list[tuple[str, str, dict[str, Any]]]) -> None:
        """What was erased must not lie on in the write-ahead log."""
        if any(kind == Kind.DATA_ERASED for kind, _, _ in facts) and not database.forget(self.engine):
            log.warning("the log still holds what was erased", action="erasure.waits")

    def health(self) -> dict[str, Any]:
        """Whether the loops turn."""
        loop = asyncio.get_running_loop()
        lag = loop.time() - self.ticker.last_tick if self.ticker.last_tick else None
        among = {}
        if self.replicas:
            sends = self.replicas.send
            among = {"replica": self.me, "sends": sends.held, "polls": self.replicas.poll.held, "fence": sends.fence}
        return {
            "ok": (lag is None or lag < HEALTHY_LAG) and not self.store.outdated.is_set(),
            **among,
            "tick_lag_seconds": lag,
            "decisions": self.store.decisions,
            "commits": self.store.commits,
        }

    async def settled(self, timeout_seconds: float = 30) -> None:
        """Wait until inbox, decisions and due outbox rows are empty (tests and rehearsals)."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        quiet = 0
        while quiet < 2:
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("the application did not settle")
            busy = not (self.inbox.idle and self.store.idle and self.sender.idle and self.fetcher.idle)
            busy = busy or not (self.printer.idle and self.agreements.idle)
            busy = busy or (self.ringer is not None and not self.ringer.idle)
            if not busy and self.replicas:
                busy = bool(await self.store.read(count_waiting))
            if not busy:
                busy = await self.store.read(_anything_due, self.sender.next_at)
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(0.005 if busy else 0)


def _store(engine: Engine, vault: MasterVault, book: Rulebook, clock: Clock, me: str) -> Store:
    if database.is_shared(engine):
        return SharedStore(engine, vault, book, clock, me)
    return Store(engine, vault, book, clock)


def _replicas(settings: Settings, store: Store, me: str) -> "Replicas | None":
    """This process among its replicas, where there may be several; the driver is loaded only then."""
    if not isinstance(store, SharedStore):
        return None
    from bot.replica import Replicas

    return Replicas(
        settings.database_url, store, me, settings.token.partition(":")[0], polls=settings.webhook_url is None
    )


def _anything_due(work: Work, blocked_until: Any) -> bool:
    if work.due_now(1):
        return True
    sending = select(func.count()).select_from(r.Outbox).where(r.Outbox.state == OutboxState.SENDING)
    if work.session.exec(sending).one():
        return True
    queued = (
        select(func.count())
        .select_from(r.Outbox)
        .where(r.Outbox.state == OutboxState.QUEUED, col(r.Outbox.not_before) <= work.now)
    )
    return bool(work.session.exec(queued).one()) and not (blocked_until is not None and blocked_until > work.now)


def _check_key(work: Work, vault: MasterVault) -> None:
    """A database sealed with another key is refused at once, before anything is written with this one."""
    known = work.find(r.Seal, 1)
    if known is None:
        work.add(r.Seal(id=1, fingerprint=vault.fingerprint(), made_at=work.now))
    else:
        keys.fit(vault, known)


def _application(settings: Settings, request: AiohttpRequest) -> "Application[Any, Any, Any, Any, Any, Any]":
    root = str(settings.api_url).rstrip("/")
    application = (
        Application.builder()
        .token(settings.token)
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .request(request)
        .get_updates_request(request)
        .updater(None)
        .build()
    )
    application.add_handler(CallbackQueryHandler(press.on_press))
    application.add_handler(CommandHandler("start", roster.on_start))
    application.add_handler(ChatMemberHandler(roster.on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGE & filters.COMMAND, command.on_command))
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGES, message.on_message))
    application.add_error_handler(_keep_error)
    return application


async def _keep_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Hand a handler's exception to the inbox, which marks the row failed; apologise to whoever wrote."""
    heard = hearing.get()
    if heard is not None and isinstance(context.error, HeardElsewhere):
        heard.error = context.error
        return
    if heard is not None and isinstance(context.error, Exception):
        heard.error = context.error
    if isinstance(update, Update) and update.effective_chat is not None and update.effective_chat.type == "private":
        edge: Edge = context.bot_data["edge"]
        token = hearing.set(None)
        try:
            await edge.store.decide(_apologise, update.effective_chat.id)
        except Exception:
            log.exception("no apology either", action="update.failed")
        finally:
            hearing.reset(token)


def _apologise(work: Work, chat_id: int) -> None:
    identity = work.meet(chat_id)
    work.send("note.sorry", "source", To(account=identity.account, lang=identity.lang), facts={})
