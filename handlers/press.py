"""A tap on a button: parse its data, find the verb, decide, answer. Stale, foreign and forged taps get a kind word and change nothing."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.ext import ContextTypes

from handlers import (
    aside,
    bypass,
    call,
    case,
    claim,
    command,
    continued,
    crew,
    delivery,
    desk,
    deskshift,
    document,
    drill,
    evidence,
    explanation,
    filepage,
    held,
    hotspot,
    matter,
    mytips,
    own,
    paper,
    pause,
    payment,
    people,
    phone,
    plan,
    privacy,
    procedure,
    promise,
    public,
    reply,
    review,
    reward,
    roster,
    rota,
    split,
    supplement,
    tip,
    transfer,
    visit,
    voice,
    watch,
    whistle,
    window,
)
from handlers.edge import Edge, Press, Toast, refused, understood
from messages.buttons import VERSION
from workflows import records as r
from workflows.events import Kind
from workflows.notify import touch
from workflows.refusals import OldButton, Refusal
from workflows.work import Work

Verb = Callable[[Work, Press], Toast]

PRESSES: dict[str, Verb] = {
    **tip.PRESSES,
    **matter.PRESSES,
    **split.PRESSES,
    **aside.PRESSES,
    **hotspot.PRESSES,
    **bypass.PRESSES,
    **visit.PRESSES,
    **mytips.PRESSES,
    **voice.PRESSES,
    **privacy.PRESSES,
    **case.PRESSES,
    **procedure.PRESSES,
    **review.PRESSES,
    **evidence.PRESSES,
    **supplement.PRESSES,
    **document.PRESSES,
    **payment.PRESSES,
    **continued.PRESSES,
    **filepage.PRESSES,
    **whistle.PRESSES,
    **window.PRESSES,
    **call.PRESSES,
    **promise.PRESSES,
    **phone.PRESSES,
    **reply.PRESSES,
    **watch.PRESSES,
    **crew.PRESSES,
    **deskshift.PRESSES,
    **explanation.PRESSES,
    **own.PRESSES,
    **command.PRESSES,
    **delivery.PRESSES,
    **transfer.PRESSES,
    **reward.PRESSES,
    **claim.PRESSES,
    **paper.PRESSES,
    **desk.PRESSES,
    **public.PRESSES,
    **held.PRESSES,
    **roster.PRESSES,
    **rota.PRESSES,
    **plan.PRESSES,
    **people.PRESSES,
    **pause.PRESSES,
    **drill.PRESSES,
}

_DATA = re.compile(r"([^:]{1,3}):([a-z_]{1,24})(?:\.([A-Za-z0-9_.-]{1,32}))?:([A-Za-z0-9]{0,12}|-):(\d{1,6})")


def parse(query: CallbackQuery, edge: Edge) -> Press:
    """The press behind a callback query. A button of another version parses to the verb `old`."""
    user = query.from_user
    found = _DATA.fullmatch(query.data or "")
    verb, arg, ref, rev = ("old", "", "", 0)
    if found and found[1] == VERSION:
        verb, arg, ref, rev = found[2], found[3] or "", found[4], int(found[5])
    message = query.message
    in_group = message is not None and message.chat.id != user.id
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Press(
        account=edge.vault.account_of(user.id),
        chat_id=message.chat.id if in_group and message is not None else None,
        message=message.message_id if message is not None else 0,
        thread=thread,
        verb=verb,
        arg=arg,
        ref=ref,
        rev=rev,
        lang="zh",
        name=user.full_name,
    )


async def on_press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Every button of every card."""
    query = update.callback_query
    if query is None:
        return
    edge: Edge = context.bot_data["edge"]
    press = parse(query, edge)
    slow = SLOW.get(press.verb)
    try:
        prepared = await slow(edge, press) if slow else None
        toast: Toast = await edge.store.decide(_decide, press, prepared)
    except Refusal as refusal:
        toast = await edge.store.decide(_note_refusal, press, refusal)
    await edge.toast(query, toast, press.lang)
    if press.verb == "lang":
        await roster.set_menu(edge, query.from_user.id, [s.role for s in press.seats], press.lang)


SLOW: dict[str, Callable[[Edge, Press], Awaitable[Any]]] = {**reward.SLOW, **matter.SLOW, **paper.SLOW, **document.SLOW}
"""Verbs that need work outside the transaction first (making a slow hash)."""
PREPARED: dict[str, Callable[[Work, Press, Any], Toast]] = {
    **reward.PREPARED,
    **matter.PREPARED,
    **paper.PREPARED,
    **document.PREPARED,
}
"""What they do with it."""


def _decide(work: Work, press: Press, prepared: object) -> Toast:
    _greet(work, press)
    drills_before = work.drills_met
    verb = PRESSES.get(press.verb)
    if verb is None:
        raise OldButton()
    toast = PREPARED[press.verb](work, press, prepared) if prepared is not None else verb(work, press)
    understood(work, press.account)
    return replace(toast, drill=True) if work.drills_met > drills_before else toast


def _greet(work: Work, press: Press) -> None:
    press.seats = list(work.seats_of(press.account))
    identity = work.find(r.Identity, press.account)
    if identity is not None and press.seats:
        touch(work, press.account)
    press.lang = identity.lang if identity else "zh"


def _note_refusal(work: Work, press: Press, refusal: Refusal) -> Toast:
    """A refused press is logged, and the card is drawn anew: what was pressed may be out of date."""
    _greet(work, press)
    by = press.seats[0].id if press.seats else "stranger"
    stub = r.Draft(ref=press.ref or "-", kind="press", subject_id="", by=by, at=work.now)
    work.record(Kind.PRESS_REFUSED, stub, by, verb=press.verb, why=refusal.name)
    drill = False
    subjects: tuple[type[r.Tip | r.Call | r.Whistle], ...] = (r.Tip, r.Call, r.Whistle)
    for model in subjects:
        try:
            pressed = work.by_ref(model, press.ref)
            drill = work.is_drill(pressed)
            work.refresh(pressed.id)
        except Refusal:
            continue
        break
    return replace(refused(refusal), drill=drill)
