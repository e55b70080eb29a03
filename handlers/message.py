"""What a chat says without a command. Anything a villager sends is a tip; what staff send answers what was asked."""

from datetime import timedelta
from typing import Any

from telegram import Message, Update
from telegram.ext import ContextTypes

from handlers import aside, claim, document, evidence, paper, reply, supplement, typed
from handlers.edge import Edge, puzzled, say, understood
from workflows import answer as answers
from workflows import call as calls
from workflows import promise as promises
from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import Audience, touch
from workflows.refusals import Refusal
from workflows.states import TipState
from workflows.work import To, Work

REPORTERS = (Role.GRID_INSPECTOR, Role.VILLAGE_COORDINATOR, Role.AUXILIARY)
OUTSIDE = {**claim.OUTSIDE, **paper.OUTSIDE, **document.OUTSIDE}
"""Typed lines that are looked at outside the transaction."""


def item_of(message: Message) -> tips.Item | None:
    """What was sent, without who sent it and where it was forwarded from. None: nothing that can be a tip (a sticker, a dice)."""
    found = tips.Item(
        kind="text",
        message=message.message_id,
        text=message.text or message.caption or "",
        album=message.media_group_id,
    )
    if message.photo:
        return _file(found, "photo", message.photo[-1])
    for kind in ("voice", "video", "document"):
        part = getattr(message, kind)
        if part is not None:
            return _file(found, kind, part)
    if message.video_note is not None:
        return _file(found, "video", message.video_note, sent_as="video_note")
    if message.audio is not None:
        return _file(found, "document", message.audio, sent_as="audio")
    if message.location is not None:
        found.kind = "location"
        found.latitude, found.longitude = message.location.latitude, message.location.longitude
        return found
    if message.venue is not None:
        found.kind = "location"
        found.latitude, found.longitude = message.venue.location.latitude, message.venue.location.longitude
        found.text = message.venue.title
        return found
    if message.contact is not None:
        found.kind = "contact"
        found.content = {"phone": message.contact.phone_number}
        return found
    return found if found.text.strip() else None


def _file(found: tips.Item, kind: str, part: Any, **more: str) -> tips.Item:
    found.kind = kind
    found.content = {"file_id": part.file_id, "file_unique_id": part.file_unique_id, "size": part.file_size, **more}
    return found


async def on_message(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A private message, or an edit of one. Groups are left alone."""
    message = update.effective_message
    if message is None or message.chat.type != "private" or message.from_user is None:
        return
    if message.pinned_message is not None:
        return  # Telegram's own word that something was pinned, not a person's
    edge: Edge = context.bot_data["edge"]
    edited = update.edited_message is not None
    outside = await edge.store.decide(hear, message, item_of(message), edited)
    if outside:
        await OUTSIDE[outside](edge, message, message.text or "")


def hear(work: Work, message: Message, item: tips.Item | None, edited: bool) -> str:
    """Returns the prompt whose answer must be looked at outside the transaction (a claim code, an own word), or nothing."""
    user = message.from_user
    language = "en" if user is not None and (user.language_code or "").startswith("en") else "zh"
    identity = work.meet(message.chat.id, language)
    identity.blocked_at = None
    seats = list(work.seats_of(identity.account))
    if seats:
        touch(work, identity.account)
    elif not edited:
        identity.stopped_at = None  # she speaks again, so she wants to hear
    to = To(account=identity.account, lang=identity.lang, person_id=seats[0].id if seats else None)
    if edited:
        if item is not None and (not seats or _may_report(seats)):
            tips.revise(work, identity.account, item)
        return ""
    prompt = work.prompt(identity.account)
    if prompt is not None and work.now - prompt.asked_at > timedelta(minutes=work.policy.prompt_minutes):
        work.unask(identity.account)
        prompt = None
    if prompt is not None and item is not None and item.kind == "text":
        if prompt.verb in OUTSIDE:
            return prompt.verb
        if _answered(work, prompt, seats, to, item.text):
            understood(work, identity.account)
            return ""
    if seats and supplement.heard(work, seats, to, item, message):
        understood(work, identity.account)
        return ""
    if seats and not _may_report(seats):
        _from_staff(work, seats, to, item, message)
        return ""
    if item is None:
        dedupe = f"say_it:{identity.account}"  # a row of stickers is answered once, not one by one
        if puzzled(work, identity.account):
            work.send("note.say_it", Audience.SOURCE.value, to, dedupe=dedupe)
        return ""
    if _only_small_talk(work, identity.account, item):
        if puzzled(work, identity.account):
            say(work, to, "note.greeting")
        return ""
    if not seats and aside.answered(work, identity.account, to, item):
        return ""
    understood(work, identity.account)
    inspector = next((s for s in seats if s.role == Role.GRID_INSPECTOR), None)
    tips.hear(work, identity.account, identity.lang, item, inspector=inspector)
    return ""


def _answered(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> bool:
    try:
        return typed.answer(work, prompt, seats, to, text)
    except Refusal as refusal:
        work.unask(prompt.account)
        work.record(
            Kind.PRESS_REFUSED,
            r.Draft(ref=prompt.ref, kind="typed", subject_id="", by="", at=work.now),
            seats[0],
            why=refusal.name,
        )
        say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken, group=refusal.group)
        return True


def _may_report(seats: list[r.Person]) -> bool:
    return all(s.role in REPORTERS for s in seats)


def _only_small_talk(work: Work, account: str, item: tips.Item) -> bool:
    """A greeting or thanks is answered kindly and opens nothing, unless a tip is being written or asked about."""
    if item.kind != "text" or not work.book.matcher.is_small_talk(item.text):
        return False
    newest = next(iter(work.newest_tips(account, 1)), None)
    return newest is None or (newest.state is not TipState.COLLECTING and work.question_read_by(account) is None)


def _from_staff(work: Work, seats: list[r.Person], to: To, item: tips.Item | None, message: Message) -> None:
    """What can be understood is done; else what this chat is for, a few times."""
    if item is not None and _understood(work, seats, to, item, message):
        understood(work, to.account or "")
    elif puzzled(work, to.account or ""):
        say(work, to, "note.staff_help", roles=[s.role for s in seats])


def _understood(work: Work, seats: list[r.Person], to: To, item: tips.Item, message: Message) -> bool:
    """One position of somebody who was called; a typed answer or arrival code; a picture of an officer who owns a case."""
    if item.kind == "location" and not evidence.is_chosen(work, to):
        coming = [c for c in calls.of_seats(work, seats) if c.arrival not in calls.PROVEN and c.arrival != "near"]
        if coming and item.latitude is not None and item.longitude is not None:
            where = (item.latitude, item.longitude)
            call = next((c for c in coming if answers.is_near(work, c, *where)), coming[0])
            near = answers.position(work, call, calls.answerer_of(work, call, seats), *where, message.date)
            say(work, to, "note.position", name=call.number, near=near)
            return True
    if item.kind == "text" and _is_code(item.text) and not reply.names_a_call(work, seats, item.text):
        return _proved(work, seats, to, item.text.strip())
    if item.kind == "text":
        return reply.answered(work, seats, to, item.text, message.date)
    return evidence.heard(work, seats, to, item, message)


def _is_code(text: str) -> bool:
    line = text.strip()
    return len(line) == 4 and line.isascii() and line.isdigit()


def _proved(work: Work, seats: list[r.Person], to: To, code: str) -> bool:
    """Four digits from somebody whose unit is on its way: the code of the squad's card. False: nothing is waited for."""
    coming = [c for c in calls.of_seats(work, seats) if c.arrival not in calls.PROVEN]
    if not coming:
        return False
    found = promises.by_code(work, coming, calls.answerer_of(work, coming[0], seats), code)
    if found is None:
        say(work, to, "note.no_such_code", name=coming[0].number)
    else:
        say(work, to, "note.arrived_by_code", name=found.number)
    return True
