"""How people join, leave, and say who is on duty; their language and their slash menu."""

from typing import Any

import structlog
from telegram import BotCommand, BotCommandScopeChat, BotCommandScopeDefault, ChatMember, ChatMemberUpdated, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from handlers.edge import Edge, Press, Toast, button, say, swap
from messages.render import LANGUAGES
from workflows import override as overrides
from workflows import own, roster
from workflows import records as r
from workflows.refusals import Refusal, WrongChat
from workflows.work import To, Work

log = structlog.get_logger()

EVERYONE = ("tip", "mytips", "privacy", "mydata", "forgetme", "lang", "help", "stop")
MENU: dict[str, tuple[str, ...]] = {
    "villager": EVERYONE,
    "grid_inspector": ("report", *EVERYONE),
    "village_coordinator": EVERYONE,
    "auxiliary": EVERYONE,
    "squad_leader": ("whistle", "tips", "cases", "reward", "board", "rota", "onduty", "offduty", "help"),
    "squad_member": ("whistle", "tips", "cases", "board", "rota", "onduty", "offduty", "mute", "help"),
    "dispatcher": ("whistle", "tips", "cases", "board", "rota", "onduty", "offduty", "mute", "help"),
    "legal_reviewer": ("review", "onduty", "offduty", "mute", "lang", "help", "stop"),
    "township_leader": ("stats", "rota", "onduty", "offduty", "mute", "lang", "help", "stop"),
    "liaison": ("calls", "rota", "onduty", "offduty", "mute", "lang", "help", "stop"),
    "department_head": ("calls", "rota", "people", "onduty", "offduty", "mute", "lang", "help", "stop"),
    "discipline": ("opened", "reveal", "lang", "help", "cancel"),
    "supervisor": ("opened", "open", "reward", "lang", "help", "cancel"),
    "desk": ("open", "phone", "shift", "rota", "extend", "reward", "onduty", "offduty", "help"),
    "leader_on_duty": ("open", "phone", "shift", "rota", "reward", "onduty", "offduty", "help", "stop"),
    "finance": ("pay", "reward", "lang", "help", "cancel", "stop"),
    "admin": ("people", "rota", "apply", "lang", "help", "cancel"),
}
"""Role → its slash menu, at most nine lines; a menu is no permission."""


MORE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("desk", "leader_on_duty"), ("board", "mute")),
    "squad_leader": ("stats", "people", "mute"),
    "department_head": ("stats",),
}
"""What no longer fits into the menu has its button under /help."""


def more_of(roles: list[str]) -> list[str]:
    return [*(command for role in roles for command in MORE.get(role, ())), "lang", "stop", "cancel"]


def menu_of(roles: list[str]) -> list[str]:
    """The commands of all roles of one account, without doubles."""
    found = [command for role in roles for command in MENU.get(role, EVERYONE)]
    return list(dict.fromkeys(found or EVERYONE))


async def set_menu(edge: Edge, chat_id: int | None, roles: list[str], lang: str = "zh") -> None:
    """Show the slash menu of these roles in a private chat; None sets the villagers' menu for everybody, in each language."""
    try:
        if chat_id is not None:
            await edge.bot.set_my_commands(_commands(edge, roles, lang), scope=BotCommandScopeChat(chat_id))
            return
        for language in LANGUAGES:
            code = None if language == "zh" else language
            await edge.bot.set_my_commands(
                _commands(edge, roles, language), BotCommandScopeDefault(), language_code=code
            )
    except TelegramError as error:
        log.warning("the menu was not set", action="menu.failed", error=type(error).__name__)


def _commands(edge: Edge, roles: list[str], lang: str) -> list[BotCommand]:
    return [BotCommand(name, edge.renderer.line("commands", name, lang)) for name in menu_of(roles)]


def start_private(work: Work, chat_id: int, language: str, code: str | None) -> dict[str, Any]:
    """`/start`, with or without a code."""
    lang = "en" if language.startswith("en") else "zh"
    identity = work.meet(chat_id, lang)
    roster.reachable(work, identity.account)
    own.start(work, identity.account)
    to = To(account=identity.account, lang=identity.lang)
    if code:
        seat = roster.join(work, identity.account, code)
        say(
            work,
            to,
            "note.joined",
            role=seat.role,
            unit=seat.unit_id,
            label=seat.label,
            label_en=seat.label_en or seat.label,
        )
    else:
        roles = [s.role for s in work.seats_of(identity.account)]
        say(work, to, "note.welcome", roles=roles, keyboard=_language_buttons(identity))
    return {"roles": [s.role for s in work.seats_of(identity.account)], "lang": identity.lang}


def _language_buttons(identity: r.Identity) -> list[list[dict[str, Any]]]:
    if identity.lang_chosen:
        return []
    return [[button("chinese", "lang.zh", "-"), button("english", "lang.en", "-")]]


def start_group(work: Work, chat_id: int, forum: bool, code: str) -> None:
    """`/start CODE` in a group."""
    group = roster.bind_group(work, chat_id, forum, code)
    say(work, To(chat_id=chat_id), "note.group_bound", unit=group.unit_id)


def lang(work: Work, press: Press) -> Toast:
    """中文 / English"""
    if press.chat_id is not None:  # it would stand in place of somebody's card
        raise WrongChat()
    identity = work.identity(press.account)
    identity.lang = press.arg if press.arg in LANGUAGES else "zh"
    identity.lang_chosen = True
    press.lang = identity.lang
    swap(work, press, "note.language")
    for tip in work.newest_tips(press.account, 3):
        tip.lang = identity.lang
    return Toast("noted")


def duty(work: Work, account: str, on_duty: bool) -> None:
    """/onduty and /offduty."""
    seats = list(work.seats_of(account))
    changed, until = overrides.set_duty(work, seats, on_duty)
    identity = work.identity(account)
    to = To(account=account, lang=identity.lang, person_id=changed[0].id)
    say(
        work,
        to,
        "note.on_duty" if on_duty else "note.off_duty",
        labels=[s.label for s in changed],
        labels_en=[s.label_en or s.label for s in changed],
        until=until.isoformat() if until else None,
    )


def membership(work: Work, change: ChatMemberUpdated, account: str) -> None:
    """The bot was blocked or let in again, in a private chat or a group."""
    gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    if change.chat.type == "private":
        if gone:
            roster.unreachable(work, account)
        else:
            roster.reachable(work, account)
        return
    group = work.group(change.chat.id)
    if group is not None:
        group.left_at = work.now if gone else None


async def on_membership(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    change = update.my_chat_member
    if change is None:
        return
    edge: Edge = context.bot_data["edge"]
    await edge.store.decide(membership, change, edge.vault.account_of(change.chat.id))


async def on_start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Everything begins here: a villager's welcome, a colleague's binding, a group's binding."""
    message, edge = update.effective_message, context.bot_data["edge"]
    user = update.effective_user
    if message is None or user is None:
        return
    code = context.args[0] if context.args else None
    try:
        if message.chat.type == "private":
            known = await edge.store.decide(start_private, message.chat.id, user.language_code or "zh", code)
            if known["roles"]:
                await set_menu(edge, message.chat.id, known["roles"], known["lang"])
        elif code:
            await edge.store.decide(start_group, message.chat.id, bool(message.chat.is_forum), code)
    except Refusal as refusal:
        await edge.store.decide(tell_refusal, message.chat.id, message.chat.type == "private", refusal)


def tell_refusal(work: Work, chat_id: int, private: bool, refusal: Refusal) -> None:
    """A refused command gets its reason as a message."""
    to = To(chat_id=chat_id)
    if private:
        identity = work.meet(chat_id)
        to = To(account=identity.account, lang=identity.lang)
    say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken)


def group_lang(work: Work, press: Press) -> Toast:
    """中文 / English of a group, by anybody of its unit."""
    if press.chat_id is None:
        raise WrongChat()
    roster.speak_in_group(work, press.chat_id, press.staff(), press.arg if press.arg in LANGUAGES else "zh")
    swap(work, press, "note.group_language")
    return Toast("noted")


PRESSES = {"lang": lang, "group_lang": group_lang}
