"""线索: what happens to what a villager or inspector sends, from the first message to the last word to its sender.

The verbs of the sender (`hear`, `place`, `submit`, `withdraw`, `appeal`, `rate`), of the squad (`accept`, `open_original`, `look`,
`decline`, `merge`, `ask_source`) and of the desk (`assign`, `uphold`, `give_back`, `reassign`).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflows import insiders, ladder, places, wish
from workflows import records as r
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import SQUAD_ROLES, Audience, on_duty, tell, to_people
from workflows.policy import Urgency
from workflows.refusals import (
    AlreadyClosed,
    AlreadyDone,
    Conflicted,
    Gone,
    NoDeskDecision,
    NoQuestions,
    NotOwner,
    NotPlaced,
    NotYours,
    NotYourTip,
    OpenCalls,
    ReasonNeeded,
)
from workflows.scrub import scrub
from workflows.states import CaseState, TipState, TransferState, WhistleState
from workflows.work import TIP_OPEN, Erased, Lane, To, Work

ASKED = ("people", "officer")
"""牵涉他们吗? was asked, about these."""
THREATENED = "threatened"
"""Why a tip is hidden: its sender said that somebody gives them trouble."""
OFFICER_ROLES = (Role.SQUAD_LEADER, Role.SQUAD_MEMBER)
_COUNTED = {"text": "texts", "photo": "photos", "video": "videos", "voice": "voices", "document": "files"}


@dataclass(slots=True)
class Item:
    """One message of a sender, without anything that says who wrote it. Forwarded-from is dropped before it gets here."""

    kind: str
    message: int
    text: str = ""
    album: str | None = None
    content: dict[str, Any] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None


# ── the sender speaks ────────────────────────────────────────────────────────────────────────────────────────────────


def hear(work: Work, account: str, lang: str, item: Item, *, inspector: r.Person | None = None) -> r.Tip:
    """Take in one message: it opens a tip or joins the one it belongs to. Nothing that was said is ever turned away."""
    album = work.vault.mark("album", item.album) if item.album else None
    tip, joins, question = _tip_for(work, account, album)
    fresh = tip is None
    if tip is None:
        tip = _open(work, account, lang, inspector)
        tip.same_as = joins
    before = None if fresh else _shown(tip)
    _keep(work, tip, item, album)
    _ask_about_voice(work, tip, item)
    _heed(work, tip, item)
    _understand(work, tip, item)
    _suspect(work, tip, item)
    if question is not None and question.tip_id == tip.id and item.kind in ("text", "voice", "photo", "video"):
        _answer(work, tip, question, item)
    if tip.state is not TipState.COLLECTING:
        work.record(Kind.TIP_ADDED, tip, "source", item=item.kind)
        on_its_way(work, tip, "source")
        work.refresh(tip.id)
        return tip
    _next_question(work, tip)
    if fresh:
        work.record(Kind.TIP_OPENED, tip, "source", inspector=tip.by_inspector)
        tell(work, Kind.TIP_OPENED, tip)
        work.due("tip.submit", tip.id, work.now + timedelta(minutes=work.policy.tip.collect_minutes))
    elif _shown(tip) != before:
        work.refresh(tip.id)
    _submit_if_complete(work, tip)
    return tip


def _submit_if_complete(work: Work, tip: r.Tip) -> None:
    """Danger goes at once; otherwise a tip goes as soon as nothing is left to ask."""
    if tip.urgent or (not tip.asks and not tip.same_as and not _floods(work, tip.account)):
        submit(work, tip)


def _floods(work: Work, account: str) -> bool:
    """More tips in an hour than policy allows from one chat: they wait their three minutes instead of going at once."""
    return work.tips_since(account, work.now - timedelta(hours=1)) > work.policy.tip.flood_per_hour


def _tip_for(work: Work, account: str, album: str | None) -> tuple[r.Tip | None, str | None, r.Question | None]:
    """The tip a message joins, or none and the id of an open earlier one that it may belong to; the question it may answer."""
    if album:
        sibling = work.album_item(account, album)
        if sibling is not None:
            return work.get(r.Tip, sibling.tip_id), None, None
    newest = next(
        (tip for tip in work.newest_tips(account, 3) if tip.split_of is None), None
    )  # said once, parted later
    if newest is None:
        return None, None, None
    question = work.question_read_by(account)
    if question is not None and (question.opened_at or question.asked_at) >= newest.last_item_at:
        return work.get(r.Tip, question.tip_id), None, question  # read just now, whichever matter it is about
    if newest.state not in TIP_OPEN:
        return None, None, None
    if (
        newest.state is TipState.COLLECTING
        or newest.hidden_why == THREATENED
        or (question is not None and question.tip_id == newest.id)
    ):
        return newest, None, question
    if newest.submitted_at and work.now <= newest.submitted_at + timedelta(minutes=work.policy.tip.join_minutes):
        return newest, None, None
    return None, newest.id, None


def _open(work: Work, account: str, lang: str, inspector: r.Person | None) -> r.Tip:
    tip = r.Tip(
        receipt=new_receipt(work),
        account=account,
        lang=lang,
        first_at=work.now,
        last_item_at=work.now,
        by_inspector=inspector is not None,
    )
    if inspector is not None and inspector.grid_id:
        grid = work.county.grid(inspector.grid_id)
        tip.township_id, tip.village_id, tip.grid_id = grid.township_id, grid.village_id, grid.id
    return work.add(tip)


def open_hidden(work: Work, earlier: r.Tip) -> r.Tip:
    """有人为难我: a tip of its own, at the desk from the first second; its window is the urgent one."""
    tip = r.Tip(
        receipt=new_receipt(work),
        account=earlier.account,
        lang=earlier.lang,
        first_at=work.now,
        last_item_at=work.now,
        submitted_at=work.now,
        township_id=earlier.township_id,
        village_id=earlier.village_id,
        urgent=True,
        desk=True,
        insider="told",
    )
    work.add(tip).move(TipState.SUBMITTED)
    due_at = open_window(work, tip, work.now).isoformat()
    work.record(Kind.TIP_SUBMITTED, tip, "source", urgent=True, township=tip.township_id, desk=True, due_at=due_at)
    hide(work, tip, "source", THREATENED)
    return tip


def new_receipt(work: Work) -> str:
    """Nine random digits; never the case number, never in order. Of some hundred that are given out together the first three are the same,
    so that they lie together in the index."""
    return work.free_receipt(lambda near: f"{100 + int(near * 900)}{secrets.randbelow(1_000_000):06}")


def _keep(work: Work, tip: r.Tip, item: Item, album: str | None) -> None:
    sealed = work.seal(tip.account, _said(item))
    work.keep_item(
        tip_id=tip.id,
        account=tip.account,
        kind=item.kind,
        at=work.now,
        message=item.message,
        album=album,
        content=sealed,
        mark=work.picture_mark(item.kind, item.content),
    )
    tip.last_item_at = work.now
    if item.kind in ("photo", "video") and not tip.home and not tip.by_inspector:
        tip.home, tip.home_asked_at = "asked", work.now
    counter = _COUNTED.get(item.kind)
    if counter:
        setattr(tip, counter, getattr(tip, counter) + 1)
    if item.text and item.kind != "text":
        tip.texts += 1


def speaks(kind: str, said: dict[str, Any]) -> bool:
    """Whether it is sound and nothing else, by which one could know the sender: a voice message, a sound file."""
    return kind == "voice" or said.get("sent_as") == "audio"


def may_hear(tip: r.Tip) -> bool:
    """Whether those who handle it may hear the sender's voice, and the sound of a film."""
    return tip.voice == "yes" or tip.by_inspector


def _ask_about_voice(work: Work, tip: r.Tip, item: Item) -> None:
    """可以听 or 请打成文字, asked once; until there is a yes the voice stays sealed, and the desk types it. In danger nobody waits."""
    if tip.by_inspector or tip.voice == "yes":
        return
    if item.kind == "video":
        tip.voice = tip.voice or "asked"  # without a yes it is passed on without its sound; nobody waits for an answer
        return
    if not speaks(item.kind, item.content):
        return
    rules = work.policy.voice
    minutes = 0 if tip.voice == "no" else rules.urgent_ask_minutes if tip.urgent else rules.ask_minutes
    tip.voice = tip.voice or "asked"
    tip.rev += 1
    typing = work.add(r.Typing(tip_id=tip.id, message=item.message, asked_at=work.now))
    work.due("voice.unanswered", typing.id, work.now + timedelta(minutes=minutes))


def _said(item: Item) -> dict[str, Any]:
    said = {**item.content}
    if item.text:
        said["text"] = item.text
    if item.latitude is not None:
        said["latitude"], said["longitude"] = item.latitude, item.longitude
    return said


def _understand(work: Work, tip: r.Tip, item: Item) -> None:
    """Place and matter, as far as this message tells them."""
    county = work.county
    if item.latitude is not None and item.longitude is not None:
        near, _, _ = places.nearest_grid(item.latitude, item.longitude, county)
        unsure = () if tip.urgent or tip.township_id else places.rivals(item.latitude, item.longitude, county)
        if unsure:  # a phone's position may be some hundred metres off: between two townships it is asked
            tip.candidates = [v.id for v in unsure]
        elif near is not None and (tip.state is TipState.COLLECTING or tip.township_id in (None, near.township_id)):
            tip.township_id, tip.village_id, tip.grid_id, tip.candidates = (
                near.township_id,
                near.village_id,
                near.id,
                [],
            )
    if not item.text:
        return
    if tip.village_id is None:
        found = places.find_places(item.text, county)
        if len(found.villages) == 1:
            _settle_place(work, tip, found.villages[0].id)
        elif found.candidates or found.villages:  # one of several, a slip of the pen, or a place across several
            tip.candidates = [v.id for v in (*found.villages, *found.candidates)][:6]
            towns = {county.village(v).township_id for v in tip.candidates}
            if tip.township_id is None and len(towns) == 1 and found.villages:
                tip.township_id = towns.pop()
        elif tip.township_id is None and len(found.townships) == 1:
            tip.township_id = found.townships[0].id
    if tip.matter_code is None:
        guesses = work.book.matcher.guess(item.text)
        if guesses:
            tip.guesses = [g.code for g in guesses][:3]
            tip.two = tip.two or work.book.matcher.tells_of_two(item.text)
            if guesses[0].confident:
                tip.matter_code = guesses[0].code


def _settle_place(work: Work, tip: r.Tip, village_id: str) -> None:
    if not work.county.has_village(village_id):
        raise Gone()
    village = work.county.village(village_id)
    tip.township_id, tip.village_id, tip.candidates = village.township_id, village.id, []


def _suspect(work: Work, tip: r.Tip, item: Item) -> None:
    """Words that may mean village or township people are asked about once, at any time before somebody has taken it."""
    if not item.text or tip.insider or tip.hidden or tip.state not in (TipState.COLLECTING, TipState.SUBMITTED):
        return
    found = insiders.about(item.text, work.book.terms, _handler_names(work, tip))
    if not found:
        return
    tip.insider = found
    if tip.state is TipState.SUBMITTED:
        tip.asks = "past"
        tip.rev += 1
        work.due("tip.bypass", tip.id, work.now + timedelta(minutes=work.policy.tip.collect_minutes))


def _handler_names(work: Work, tip: r.Tip) -> tuple[str, ...]:
    """What the people are called who could handle it."""
    return work.county.handler_names[tip.township_id or None]


def _heed(work: Work, tip: r.Tip, item: Item) -> None:
    """Words of danger are answered first with the numbers to dial, and the tip hurries from then on."""
    numbers = work.book.matcher.danger(item.text).kinds if item.text else ()
    if not numbers:
        return
    final = matter_of(work, tip)
    if not tip.urgent:
        _warn(work, tip, numbers)
        if final is not tip:  # its own sender's words; the other one who told of the matter is not warned of them
            tip.urgent, tip.numbers = True, list(numbers)
            work.record(Kind.TIP_EMERGENCY, tip, "source", numbers=list(numbers))
    if not final.urgent:
        _hurry(work, final, numbers)


def _warn(work: Work, tip: r.Tip, numbers: tuple[str, ...]) -> None:
    """110 first, to whoever said it, and to nobody else who told of the same matter."""
    to = To(account=tip.account, lang=tip.lang)
    work.send(
        Kind.TIP_EMERGENCY.value,
        Audience.SOURCE.value,
        to,
        lane=Lane.ALARM,
        facts={"numbers": list(numbers)},
        sealed=True,
        subject_id=tip.id,
    )


def _hurry(work: Work, tip: r.Tip, numbers: tuple[str, ...]) -> None:
    """What is handled is urgent from now on."""
    tip.urgent, tip.numbers = True, list(numbers)
    if tip.state is TipState.SUBMITTED and tip.due_at is not None and tip.breached_at is None:
        work.cancel(tip.id, "tip.remind", "tip.breach")
        minutes = work.policy.tip_window(Urgency.URGENT).window_minutes
        open_window(work, tip, on_step(work, tip, min(work.now, tip.due_at - timedelta(minutes=minutes))))
        _emergency(work, tip, numbers, tip.due_at)
    else:
        _emergency(work, tip, numbers)
    _spare(work, tip)
    if tip.state in (TipState.SUBMITTED, TipState.ACCEPTED):
        tell(work, Kind.TIP_SUBMITTED, tip)


def _spare(work: Work, tip: r.Tip) -> None:
    from workflows import visit  # both decide about when to come; the visit is the later one

    visit.spare(work, tip)


def _emergency(work: Work, tip: r.Tip, numbers: tuple[str, ...], due_at: datetime | None = None) -> None:
    if tip.voice == "asked":
        for typing in work.typings_of(tip.id):
            if typing.queued_at is None and typing.done_at is None:
                wait = timedelta(minutes=work.policy.voice.urgent_ask_minutes)
                work.due("voice.unanswered", typing.id, max(work.now, typing.asked_at + wait))
    moved = {"due_at": due_at.isoformat()} if due_at else {}
    work.record(Kind.TIP_EMERGENCY, tip, "source", numbers=list(numbers), **moved)


def _shown(tip: r.Tip) -> tuple[Any, ...]:
    return (
        tip.asks,
        tip.village_id,
        tip.township_id,
        tip.matter_code,
        tip.state,
        tuple(tip.candidates),
        tip.home,
        tip.voice,
    )


def _next_question(work: Work, tip: r.Tip) -> None:
    """The one thing the receipt asks for now: same → are they involved → village → where → what → nothing."""
    before = tip.asks
    if tip.same_as and "same" not in tip.asked:
        tip.asks = "same"
    elif tip.insider in ASKED and not tip.hidden:
        tip.asks = "past"
    elif tip.candidates and "village" not in tip.asked:
        tip.asks = "village"
    elif tip.village_id is None and "where" not in tip.asked:
        tip.asks = "where"
    elif (
        tip.matter_code is None
        and "what" not in tip.asked
        and (tip.by_inspector or not (tip.texts or tip.voices) or len(tip.guesses) > 1)
    ):
        tip.asks = "what"
    else:
        tip.asks = ""
    if tip.asks != before:
        tip.rev += 1  # a double tap on the old question must not answer the new one


def _yours(tip: r.Tip, account: str) -> None:
    if tip.account != account:
        raise NotYourTip()


def place(work: Work, tip: r.Tip, account: str, village_id: str) -> None:
    """The sender names the village with a tap; a tip that already lies with the desk goes on to its squad."""
    _yours(tip, account)
    may_be_placed(tip)
    _settle_place(work, tip, village_id)
    work.record(Kind.TIP_PLACED, tip, "source", village=village_id)
    on_its_way(work, tip, "source")
    go_on(work, tip)


def may_be_placed(tip: r.Tip) -> None:
    """Raises AlreadyClosed once a squad has the tip."""
    if tip.state is not TipState.COLLECTING and not (tip.state is TipState.SUBMITTED and tip.desk):
        raise AlreadyClosed()


def name_matter(work: Work, tip: r.Tip, account: str, code: str | None) -> None:
    """The sender picks one of the offered matters, or none of them."""
    _yours(tip, account)
    _still_asked(tip)
    if code is not None:
        if not work.county.has_matter(code):
            raise Gone()
        tip.matter_code = code
    tip.asked = [*tip.asked, "what"]
    go_on(work, tip)


def skip_question(work: Work, tip: r.Tip, account: str) -> None:
    """说不清,先这样: the question is not asked again."""
    _yours(tip, account)
    _still_asked(tip)
    tip.asked = [*tip.asked, tip.asks]
    go_on(work, tip)


def _still_asked(tip: r.Tip) -> None:
    if tip.state is not TipState.COLLECTING:
        raise AlreadyClosed()


def same_or_other(work: Work, tip: r.Tip, account: str, same: bool) -> r.Tip:
    """补充刚才那件, or 另一件: where the later message belongs."""
    _yours(tip, account)
    if tip.state is not TipState.COLLECTING or not tip.same_as:
        raise AlreadyClosed()
    earlier = work.find(r.Tip, tip.same_as)
    if not same or earlier is None or earlier.state not in TIP_OPEN:
        tip.same_as, tip.asks = None, ""
        go_on(work, tip)
        return tip
    for item in [*work.items(tip.id), *work.typings_of(tip.id)]:
        item.tip_id = earlier.id
    earlier.voice = earlier.voice or tip.voice
    for counter in _COUNTED.values():
        setattr(earlier, counter, getattr(earlier, counter) + getattr(tip, counter))
    if earlier.matter_code is None:
        earlier.matter_code = tip.matter_code
    if earlier.village_id is None and tip.village_id is not None:
        _settle_place(work, earlier, tip.village_id)
        on_its_way(work, earlier, "source")
    tip.move(TipState.MERGED)
    tip.merged_into, tip.ended_at, tip.asks = earlier.id, work.now, ""
    work.cancel(tip.id)
    work.record(Kind.TIP_ADDED, earlier, "source", item="several")
    work.record(Kind.TIP_MERGED, tip, "source", into=earlier.id)
    work.refresh(tip.id, earlier.id)
    return earlier


def set_named(work: Work, tip: r.Tip, account: str, name: str | None) -> None:
    """Real-name (with the sealed name of the chat profile) or back to anonymous: one tap either way."""
    _yours(tip, account)
    tip.named = name is not None
    identity = work.identity(account)
    identity.name = work.seal(account, name) if name else None
    work.record(Kind.TIP_NAMED, tip, "source", named=tip.named)
    work.refresh(tip.id)


def go_on(work: Work, tip: r.Tip) -> None:
    """After an answer: the next question, or on its way."""
    if tip.state is TipState.COLLECTING:
        tip.last_item_at = work.now
        _next_question(work, tip)
        if not tip.asks:
            submit(work, tip)
    work.refresh(tip.id)


def learn(work: Work, tip: r.Tip, text: str, by: r.Person) -> None:
    """What the desk typed from a voice is understood as if the sender had typed it: danger, place, matter, people involved.

    Of a voice whose tip was joined to another's matter only danger counts; that matter has a place and a kind of its own.
    """
    item = Item(kind="text", message=0, text=text)
    _heed(work, tip, item)
    if tip.state is TipState.MERGED:
        return
    _understand(work, tip, item)
    _suspect(work, tip, item)
    if tip.state is TipState.COLLECTING:
        _next_question(work, tip)
        _submit_if_complete(work, tip)
    on_its_way(work, tip, by)
    work.refresh(tip.id)


def on_its_way(work: Work, tip: r.Tip, by: r.Person | str) -> None:
    """A tip that lay with the desk for want of a place goes to its squad; not while its sender is asked 牵涉他们吗."""
    waits = tip.hidden or tip.insider in ASKED
    if tip.desk and not waits and tip.township_id is not None and tip.state is TipState.SUBMITTED:
        _to_squad(work, tip, by)


def revise(work: Work, account: str, item: Item) -> r.Tip | None:
    """An edited message is a revision of what was said; the first version stays."""
    earlier = work.item_of_message(account, item.message)
    if earlier is None:
        return None
    tip = work.get(r.Tip, earlier.tip_id)
    work.keep_item(
        tip_id=tip.id,
        account=account,
        kind=item.kind,
        at=work.now,
        message=item.message,
        content=work.seal(account, _said(item)),
        revises=earlier.revises or earlier.id,
    )
    work.record(Kind.TIP_REVISED, tip, "source")
    _heed(work, tip, item)
    _suspect(work, tip, item)
    if tip.state is TipState.COLLECTING:
        _understand(work, tip, item)
        _next_question(work, tip)
        _submit_if_complete(work, tip)
    work.refresh(tip.id)
    return tip


def submit(work: Work, tip: r.Tip, by: str = "source") -> None:
    """The tip goes to its squad; without a known township to the county desk. Its window runs from the step of the first message."""
    if tip.state is not TipState.COLLECTING:
        raise AlreadyClosed()
    tip.move(TipState.SUBMITTED)
    tip.submitted_at, tip.asks, tip.same_as = work.now, "", None
    if tip.insider in ASKED and not tip.hidden:
        hide(work, tip, by, why_hidden(tip))  # no answer means the desk
    tip.desk = tip.township_id is None or tip.hidden
    work.cancel(tip.id, "tip.submit")
    due_at = open_window(work, tip, on_step(work, tip, tip.first_at)).isoformat()
    work.record(Kind.TIP_SUBMITTED, tip, by, urgent=tip.urgent, township=tip.township_id, desk=tip.desk, due_at=due_at)
    if tip.desk and not tip.hidden:
        work.due("tip.no_place", tip.id, work.now + timedelta(minutes=work.policy.villager.place_question_minutes))
    tell(work, Kind.TIP_SUBMITTED, tip)
    work.refresh(tip.id)


def why_hidden(tip: r.Tip) -> str:
    """`officer` when it is about an officer, else `named`: words that the bot asked about."""
    return "officer" if tip.insider == "officer" else "named"


def hide(work: Work, tip: r.Tip, by: r.Person | str, why: str, **facts: Any) -> None:
    """From now on nobody in the township sees that it exists."""
    tip.hidden, tip.hidden_why = True, why
    work.record(Kind.TIP_BYPASSED, tip, by, why=why, **facts)


def open_window(work: Work, tip: r.Tip, opened_at: datetime) -> datetime:
    """The squad's, or the desk's, window runs from `opened_at`; returns when it ends."""
    urgency = Urgency.URGENT if tip.urgent else Urgency.NORMAL
    tip.window = work.policy.tip_window(urgency).stamped
    due_at = ladder.start(work, "tip", tip.id, opened_at, tip.window)
    tip.due_at, tip.breached_at, tip.taken_by = due_at, None, None
    return due_at


def on_step(work: Work, tip: r.Tip, at: datetime) -> datetime:
    """From when a window runs that began with what its sender did: the step before, in danger the minute.

    Whoever is reminded and paged could else count back from the second of it to the second of the message. Earlier, never later: what
    the sender was promised is kept.
    """
    at = at.replace(second=0, microsecond=0)
    return at - timedelta(minutes=at.minute % _step_of(work, tip))


def _step_of(work: Work, tip: r.Tip) -> int:
    return 1 if tip.urgent else work.policy.privacy.due_step_minutes


def matter_of(work: Work, tip: r.Tip) -> r.Tip:
    """The tip that is handled: itself, or what the squad merged it into."""
    final = work.find(r.Tip, tip.merged_into) if tip.state is TipState.MERGED and not tip.same_as else None
    return matter_of(work, final) if final is not None else tip


def plan_first_look(work: Work, tip: r.Tip) -> None:
    """When the owner is asked about the first look; not while the visit is to wait, nor where nothing has happened."""
    if tip.drill:
        return
    due_at = (tip.accepted_at or work.now) + timedelta(minutes=tip.window.get("first_look_minutes", 1440))
    waits = wish.waits_until(work, tip, work.merged_into(tip.id))
    if waits is not None:
        due_at = max(due_at, waits + timedelta(minutes=work.policy.visit.look_within_minutes))
        work.due("tip.visit", tip.id, waits)
    work.due("tip.first_look", tip.id, due_at)


def shown_due(work: Work, tip: r.Tip) -> datetime | None:
    """The deadline as cards and lists name it: on the step before it, since the minute would tell when the message was written."""
    if tip.due_at is None:
        return None
    step = work.policy.privacy.due_step_minutes if (tip.window or {}).get("window_minutes", 0) > 10 else 1
    at = tip.due_at.replace(second=0, microsecond=0)
    return at - timedelta(minutes=at.minute % step)


def shown_state(work: Work, tip: r.Tip) -> TipState:
    """The state as its sender may know it: one that was merged into somebody else's looks like that one."""
    final = work.find(r.Tip, tip.merged_into) if tip.state is TipState.MERGED and not tip.same_as else None
    return shown_state(work, final) if final is not None else tip.state


def withdraw(work: Work, tip: r.Tip, account: str) -> None:
    """撤回 stops what nobody has taken yet."""
    _yours(tip, account)
    if shown_state(work, tip) not in (TipState.COLLECTING, TipState.SUBMITTED):
        raise AlreadyClosed()
    was_seen = tip.state is TipState.SUBMITTED
    tip.merged_into = None
    tip.move(TipState.WITHDRAWN)
    tip.ended_at, tip.asks = work.now, ""
    work.cancel(tip.id)
    work.record(Kind.TIP_WITHDRAWN, tip, "source")
    work.close_topics(tip.id)
    if was_seen:
        tell(work, Kind.TIP_WITHDRAWN, tip, **about(work, tip))
    work.refresh(tip.id)


# ── time passes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def submit_abandoned(work: Work, tip: r.Tip) -> None:
    """Three minutes after its last item an unfinished tip goes with what there is."""
    if tip.state is not TipState.COLLECTING:
        return
    ends = tip.last_item_at + timedelta(minutes=work.policy.tip.collect_minutes)
    if ends > work.now:
        work.due("tip.submit", tip.id, ends)
        return
    submit(work, tip, by="")


def remind(work: Work, tip: r.Tip, left: int) -> None:
    if tip.state is TipState.SUBMITTED:
        work.record(Kind.TIP_REMINDED, tip, left=left)
        tell(work, Kind.TIP_REMINDED, tip, left=left, **about(work, tip))


def breach(work: Work, tip: r.Tip) -> None:
    """The window has passed: a fact, not a state. Then the ladder."""
    if tip.state is not TipState.SUBMITTED or tip.due_at is None or tip.breached_at is not None:
        return
    tip.breached_at = tip.due_at
    work.record(Kind.TIP_BREACHED, tip, breached_at=tip.due_at.isoformat())
    tell(work, Kind.TIP_BREACHED, tip, **about(work, tip))
    work.refresh(tip.id)
    escalate(work, tip, 0)


def escalate(work: Work, tip: r.Tip, number: int) -> None:
    """The next step of the tip's ladder, or a nag to the desk; silent once a desk person has taken it."""
    if tip.state is not TipState.SUBMITTED or tip.breached_at is None or tip.taken_by:
        return

    def run(who: str, step: int) -> list[To]:
        to = _step(work, tip, who)
        work.record(Kind.TIP_ESCALATED, tip, who=who, step=step, reached=len(to))
        tell(work, Kind.TIP_ESCALATED, tip, to=to, who=who, step=step, **about(work, tip))
        return to

    ladder.climb(work, "tip", tip.id, tip.breached_at, tip.window, number, run)


def _step(work: Work, tip: r.Tip, who: str) -> list[To]:
    squad = work.county.squad_of(tip.township_id).id if tip.township_id and not tip.desk and not tip.hidden else None
    if who == "desk":
        return on_duty(work, work.county.id, Role.DESK)
    if who == "leader_on_duty":
        return on_duty(work, work.county.id, Role.LEADER_ON_DUTY)
    if tip.hidden and who in ("on_duty", "squad_leader"):
        return to_people(work, [p for p in map(work.person, tip.handlers) if p is not None])
    if squad is None:
        return []
    if who == "squad_leader":
        return on_duty(work, squad, Role.SQUAD_LEADER)
    if who == "township_leader":
        return on_duty(work, tip.township_id or "", Role.TOWNSHIP_LEADER)
    return on_duty(work, squad, *SQUAD_ROLES)


def take(work: Work, tip: r.Tip, by: r.Person) -> None:
    """我来催: a desk person takes over the silence; the ladder stops asking, the breach stays."""
    if tip.state is not TipState.SUBMITTED:
        raise AlreadyClosed()
    if tip.taken_by:
        raise AlreadyDone(by=work.person(tip.taken_by), at=None)
    tip.taken_by = by.id
    work.cancel(tip.id, "tip.escalate")
    work.due("tip.taken_check", tip.id, work.now + timedelta(minutes=tip.window["nag"]["every_minutes"]))
    work.record(Kind.TIP_TAKEN, tip, by)
    tell(work, Kind.TIP_TAKEN, tip, by=by, who=by.label, who_en=by.label_en, **about(work, tip))
    work.refresh(tip.id)


def taken_check(work: Work, tip: r.Tip) -> None:
    """Taking is not for ever: if nobody has accepted the tip meanwhile, the desk is asked again."""
    if tip.state is TipState.SUBMITTED and tip.taken_by:
        tip.taken_by = None
        work.record(Kind.TIP_RELEASED, tip)
        escalate(work, tip, len(tip.window["ladder"]) + 1)


# ── the squad ────────────────────────────────────────────────────────────────────────────────────────────────────────


def officer_of(work: Work, tip: r.Tip, seats: list[r.Person], *roles: str) -> r.Person:
    """The seat from which one of these people may handle the tip. Raises NotYours."""
    if tip.township_id is None:
        raise NotPlaced()
    squad = work.county.squad_of(tip.township_id).id
    wanted = roles or OFFICER_ROLES
    for seat in seats:
        if tip.hidden and seat.id in tip.handlers:
            return seat
        if seat.unit_id == squad and seat.role in wanted:
            if tip.hidden:
                raise AlreadyClosed()  # the very answer that a withdrawn tip gives
            if seat.id in tip.conflicted:
                raise Conflicted()
            return seat
    raise NotYours()


def handler_of(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """An officer of the tip's squad; the desk while it has no township, or when it is hidden from it. Raises NotYours."""
    desk = next((s for s in seats if s.role == Role.DESK), None)
    if desk is not None and (tip.desk or tip.hidden):
        return desk
    if tip.desk and not tip.hidden:
        raise NotYours()
    return officer_of(work, tip, seats)


def may_see(work: Work, tip: r.Tip, seats: list[r.Person]) -> None:
    """Anybody of the squad may have the card drawn again; a tip that is hidden from them looks withdrawn. Raises NotYours."""
    if tip.township_id is None:
        raise NotPlaced()
    squad = work.county.squad_of(tip.township_id).id
    if not any((s.unit_id == squad and s.role in SQUAD_ROLES) or s.id in tip.handlers for s in seats):
        raise NotYours()


def sees(work: Work, tip: r.Tip, person: r.Person | None) -> bool:
    """Whether a live card may show this person what the tip is now; a group is nobody."""
    return not tip.hidden or (person is not None and (person.role == Role.DESK or person.id in tip.handlers))


def desk_of(work: Work, seats: list[r.Person]) -> r.Person:
    """The desk seat among these. Raises NotYours."""
    for seat in seats:
        if seat.role == Role.DESK:
            return seat
    raise NotYours()


def accept(work: Work, tip: r.Tip, by: r.Person) -> r.Case:
    """受理 names the owner, opens the file, stops the tip's clock; the sender hears it."""
    if tip.state is TipState.ACCEPTED:
        raise AlreadyDone(by=work.person(tip.owner_id), at=tip.accepted_at)
    if tip.state is not TipState.SUBMITTED:
        raise AlreadyClosed()
    tip.move(TipState.ACCEPTED)
    tip.accepted_at, tip.owner_id = work.now, by.id
    work.cancel(tip.id)
    late = tip.due_at is not None and work.now > tip.due_at
    if late and tip.breached_at is None and tip.due_at is not None:
        tip.breached_at = tip.due_at
        work.record(Kind.TIP_BREACHED, tip, breached_at=tip.due_at.isoformat())
    work.record(
        Kind.TIP_ACCEPTED,
        tip,
        by,
        late=late,
        late_seconds=int((work.now - tip.due_at).total_seconds()) if late and tip.due_at else 0,
    )
    for one in (tip, *work.merged_into(tip.id)):
        if not one.by_staff:
            tell(work, Kind.TIP_ACCEPTED, one, receipt=one.receipt)
        work.refresh(one.id)
    case = work.find(r.Case, tip.case_id) or open_case(work, tip, by)
    if case.state is CaseState.CLOSED:
        case.move(CaseState.OPEN)
        case.closed_at = case.closed_by = case.verdict = case.outcome = None
        work.record(Kind.CASE_REOPENED, case, by)
    plan_first_look(work, tip)
    work.refresh(tip.id)
    return case


def open_case(work: Work, tip: r.Tip, by: r.Person) -> r.Case:
    """The file of a tip that was taken. Raises NotPlaced."""
    if tip.township_id is None:
        raise NotPlaced()
    year = work.today.year
    township = work.county.township(tip.township_id)
    if tip.drill:
        mark = work.policy.drill.mark
        number = f"{township.short}-{mark}-{year}-{work.next_case_number(f'{township.id}/{mark}', year):04d}"
    elif tip.hidden:  # a gap in the township's own series would tell that there is one more
        number = f"{work.county.name}-{year}-{work.next_case_number(work.county.id, year):04d}"
    else:
        number = f"{township.short}-{year}-{work.next_case_number(township.id, year):04d}"
    case = work.add(
        r.Case(
            drill=tip.drill,
            number=number,
            township_id=township.id,
            tip_id=tip.id,
            matter_code=tip.matter_code,
            hidden=tip.hidden,
            opened_at=work.now,
        )
    )
    tip.case_id = case.id
    work.record(Kind.CASE_OPENED, case, by, number=number, township=township.id, tip=tip.id, hidden=tip.hidden)
    return case


def first_look_due(work: Work, tip: r.Tip) -> None:
    """The first look is overdue: its owner is asked once."""
    if tip.state is TipState.ACCEPTED and tip.first_look_at is None:
        owner = work.person(tip.owner_id)
        if owner is not None:
            tell(work, Kind.TIP_REMINDED, tip, to=to_people(work, [owner]), left=0, **about(work, tip))


def may_read(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """Only the owner, and an officer who confirmed an act of the case, may open words and pictures. Raises NotOwner."""
    ids = {seat.id: seat for seat in seats}
    allowed = {tip.owner_id}
    if tip.case_id:
        allowed |= {act.second for act in work.acts(tip.case_id) if act.recorded_at}
    for person_id in allowed - set(tip.conflicted):
        if person_id in ids:
            return ids[person_id]
    raise NotOwner()


def open_original(work: Work, tip: r.Tip, by: r.Person) -> list[dict[str, Any]]:
    """What the sender wrote and sent, in order, each with its latest revision. Opening is an event."""
    work.record(Kind.TIP_READ, tip, by)
    first = work.find(r.Tip, tip.split_of)
    sources = (*((first,) if first is not None else ()), tip, *work.merged_into(tip.id))
    return [item for source in sources for item in as_others_see(work, source)]


def as_others_see(work: Work, tip: r.Tip) -> list[dict[str, Any]]:
    """What a sender wrote, each message in its latest wording, with everything masked that could point to a person.

    Numbers of theirs and the pages they sent as contacts stay sealed. Times are told to the part of the day: a minute could be
    compared with when somebody was seen with the phone in hand.
    """
    latest: dict[int, dict[str, Any]] = {}
    typings = {t.message: t for t in work.typings_of(tip.id)} if tip.voice else {}
    for item in work.items(tip.id):
        try:
            said = work.unseal(item.account, item.content)
        except Erased:
            continue
        key = item.revises or item.id or 0
        masked = scrub(said.get("text", ""), _handler_names(work, tip))
        text = said.get("text", "") if tip.unmasked else masked.text
        silent = speaks(item.kind, said) and not may_hear(tip)
        typing = typings.get(item.message) if speaks(item.kind, said) else None
        kept = ("text", "phone", "file_unique_id", *(("file_id",) if silent else ()))
        latest[key] = {
            "kind": item.kind,
            "at": _coarse(work, item.at),
            **{k: v for k, v in said.items() if k not in kept},
            "text": text,
            "silent": silent,
            "mute": item.kind == "video" and not may_hear(tip),
            "voice": speaks(item.kind, said),
            "typing": typing.id if typing else None,
            "wait": (typing.outcome or "waits") if silent and typing else "",
            "home": tip.home == "yes",
            "masks": [] if tip.unmasked else list(masked.kinds),
            "revised": item.revises is not None,
        }
        if "latitude" in said:
            latest[key]["latitude"], latest[key]["longitude"] = _near(work, said["latitude"], said["longitude"])
    return [latest[key] for key in sorted(latest)]


def _coarse(work: Work, at: datetime) -> str:
    """The beginning of the quarter of the day in which this was: 0, 6, 12 or 18 o'clock, county time."""
    local = at.astimezone(ZoneInfo(work.county.timezone))
    return local.replace(hour=local.hour // 6 * 6, minute=0, second=0, microsecond=0).isoformat()


def _near(work: Work, latitude: float, longitude: float) -> tuple[float, float]:
    """The middle of the square of `pin_metres` in which a pin lies: enough to find the spot, too little for one window."""
    step = work.policy.privacy.pin_metres / 111_320
    return round(round(latitude / step) * step, 6), round(round(longitude / step) * step, 6)


def taken_from_home(work: Work, tip: r.Tip, account: str, yes: bool) -> None:
    """The view gives away the window: then the pictures stay sealed evidence, and so does the pin."""
    _yours(tip, account)
    if not tip.home:
        raise AlreadyClosed()
    tip.home = "yes" if yes else "no"
    tip.rev += 1
    work.record(Kind.TIP_HOME, tip, "source")
    work.release_media(tip.id)
    work.refresh(tip.id)


def kept_back_until(work: Work, tip: r.Tip) -> datetime | None:
    """Until when pictures wait for the sender's word on where they were taken, on a step after it; None: they may leave."""
    if tip.home != "asked" or tip.home_asked_at is None:
        return None
    ends = tip.home_asked_at + timedelta(minutes=work.policy.privacy.home_minutes)
    before = on_step(work, tip, ends)
    if before < ends:  # whoever waits for a picture would else learn when it was sent
        ends = before + timedelta(minutes=_step_of(work, tip))
    return ends if ends > work.now else None


def silence(work: Work, tip: r.Tip, account: str) -> None:
    """别再问了, at any time before the end: no further question reaches the sender; results still do."""
    _yours(tip, account)
    if tip.no_questions:
        raise AlreadyDone(by="", at=None)
    if shown_state(work, tip) not in TIP_OPEN:
        raise AlreadyClosed()
    tip.no_questions = True
    tip.rev += 1
    waiting = work.open_question(tip.id)
    if waiting is not None:
        waiting.answered_at = work.now
    work.record(Kind.TIP_SILENCED, tip, "source")
    work.refresh(tip.id)


def may_be_asked(work: Work, tip: r.Tip, account: str) -> None:
    """可以再问: the sender's own word, taken back."""
    _yours(tip, account)
    if not tip.no_questions:
        raise AlreadyDone(by="", at=None)
    tip.no_questions = False
    tip.rev += 1
    work.record(Kind.TIP_SILENCED, tip, "source", again=True)
    work.refresh(tip.id)


def unmask(work: Work, tip: r.Tip, account: str, plain: bool) -> None:
    """The sender lets the words stand as they are, or hides again what could point to a person."""
    _yours(tip, account)
    tip.unmasked = plain
    tip.rev += 1
    work.record(Kind.TIP_UNMASKED, tip, "source", plain=plain)
    work.refresh(tip.id)


def look(work: Work, tip: r.Tip, by: r.Person, how: str = "on_site") -> None:
    """到现场看了, or 电话核实了 (`by_phone`) where there is nothing to see: the first check is recorded, and the tip may be passed on."""
    if tip.state is not TipState.ACCEPTED:
        raise AlreadyClosed()
    if tip.first_look_at is not None:
        raise AlreadyDone(by="", at=tip.first_look_at)
    tip.first_look_at = work.now
    tip.rev += 1
    work.cancel(tip.id, "tip.first_look")
    work.record(Kind.TIP_LOOKED, tip, by, how=how)
    work.refresh(tip.id, *(one.id for one in work.merged_into(tip.id)))  # what one may still ask, another may too


def needs_early_reason(tip: r.Tip) -> bool:
    """Before the first check, turning a tip away needs a reason of its own."""
    return tip.first_look_at is None


def first_check_due(work: Work, tip: r.Tip) -> bool:
    """首查责任 (T-02): nothing is passed on before the first check is recorded. Only danger may go on at once, where the policy says so."""
    if tip.first_look_at is not None:
        return False
    case = work.find(r.Case, tip.case_id)
    urgent = tip.urgent or (
        case is not None
        and any(w.urgency == Urgency.URGENT and w.state is WhistleState.OPEN for w in work.whistles(case.id))
    )
    return not (urgent and work.policy.first_check.danger_goes_on)


def decline(work: Work, tip: r.Tip, by: r.Person, reason: str, early: str | None) -> None:
    """不予受理, told in everyday words; before the first look only with a reason for that too."""
    if tip.state is not TipState.SUBMITTED:
        raise AlreadyClosed()
    if needs_early_reason(tip) and not early and not tip.desk:
        raise ReasonNeeded()
    tip.move(TipState.DECLINED)
    tip.reason, tip.ended_at = reason, work.now
    work.cancel(tip.id)
    work.record(Kind.TIP_DECLINED, tip, by, reason=reason, early=early)
    work.close_topics(tip.id)
    _tell_declined(work, tip, reason)
    work.refresh(tip.id)


def _tell_declined(work: Work, tip: r.Tip, reason: str) -> None:
    """Everybody who sent this matter reads the same; nobody learns that there is somebody else."""
    for one in (tip, *work.merged_into(tip.id)):
        tell(work, Kind.TIP_DECLINED, one, reason=reason, receipt=one.receipt, may_appeal=one.appealed_at is None)
        work.refresh(one.id)


def merge(work: Work, tip: r.Tip, target: r.Tip, by: r.Person) -> None:
    """并案: one matter, one case; the sender stays in the list of those who are told the end."""
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or tip.id == target.id:
        raise AlreadyClosed()
    if target.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or target.township_id != tip.township_id:
        raise AlreadyClosed()
    if target.hidden or tip.hidden:
        raise AlreadyClosed()
    case = work.find(r.Case, tip.case_id)
    if case is not None:
        if any(w.state is WhistleState.OPEN for w in work.whistles(case.id)):
            raise OpenCalls()
        case.move(CaseState.CLOSED)
        case.closed_at, case.closed_by, case.outcome = work.now, by.id, "merged"
        work.record(Kind.CASE_CLOSED, case, by, outcome="merged")
    was_taken = tip.state is TipState.ACCEPTED
    tip.move(TipState.MERGED)
    tip.merged_into, tip.ended_at = target.id, work.now
    for source in work.merged_into(tip.id):
        source.merged_into = target.id
    work.cancel(tip.id)
    work.record(Kind.TIP_MERGED, tip, by, into=target.id)
    work.close_topics(tip.id)
    if target.state is TipState.ACCEPTED and not was_taken:
        tell(work, Kind.TIP_ACCEPTED, tip, receipt=tip.receipt)  # nobody learns that others have said the same
    target.rev += 1
    _spare(work, target)
    work.refresh(tip.id, target.id)


def ask_source(work: Work, tip: r.Tip, by: r.Person, question: str) -> r.Question:
    """One question back to the sender, without knowing whom one asks."""
    if tip.state not in (TipState.SUBMITTED, TipState.ACCEPTED) or tip.by_staff:
        raise AlreadyClosed()
    if tip.no_questions:
        raise NoQuestions()
    if work.open_question(tip.id) is not None:
        raise AlreadyDone(by="", at=None)
    asked = work.add(
        r.Question(tip_id=tip.id, asked_by=by.id, asked_at=work.now, question=work.seal(tip.account, question))
    )
    work.record(Kind.TIP_ASKED, tip, by)
    tell(work, Kind.TIP_ASKED, tip, question=question, receipt=tip.receipt, asked=asked.id)
    work.refresh(tip.id)
    return asked


def question_read(work: Work, question: r.Question) -> None:
    """点开看: from now on the sender knows what was asked. What is said before that is no answer to it."""
    if question.opened_at is None:
        question.opened_at = work.now


def _answer(work: Work, tip: r.Tip, question: r.Question, item: Item) -> None:
    """What the sender says next after reading the question answers it; only whoever asked reads it."""
    question.answer = work.seal(tip.account, {"kind": item.kind, "text": item.text})
    question.answered_at = work.now
    work.record(Kind.TIP_ANSWERED, tip, "source", item=item.kind)
    asker = work.person(question.asked_by)
    if asker is not None:
        for to in to_people(work, [asker]):
            text = item.text if tip.unmasked else scrub(item.text, _handler_names(work, tip)).text
            facts = {"text": text, "item": item.kind, "name": display(tip, work), "protect": True}
            work.send(Kind.TIP_ANSWERED.value, Audience.OWNER.value, to, subject_id=tip.id, facts=facts, sealed=True)


def about(work: Work, tip: r.Tip) -> dict[str, Any]:
    """The facts every text to staff starts from: name, place and matter; no word of the sender's."""
    due_at = shown_due(work, tip)
    return {
        "name": display(tip, work),
        "place": {"township": tip.township_id, "village": tip.village_id, "grid": tip.grid_id},
        "matter": tip.matter_code,
        "due_at": due_at.isoformat() if due_at else None,
    }


def display(tip: r.Tip, work: Work) -> str:
    """What staff call it: the case number once there is one, else its letters."""
    case = work.find(r.Case, tip.case_id)
    return case.number if case else tip.letters


# ── after the end ────────────────────────────────────────────────────────────────────────────────────────────────────


def appeal(work: Work, tip: r.Tip, account: str) -> None:
    """请县里再看, once for each who sent the matter: whether another has asked already does not show."""
    _yours(tip, account)
    if tip.appealed_at is not None:
        raise NoDeskDecision()
    final = of_ref(work, tip.ref)
    if final.state is not TipState.DECLINED:
        raise AlreadyClosed()
    tip.appealed_at = work.now
    work.record(Kind.TIP_APPEALED, tip, "source")
    tell(work, Kind.TIP_APPEALED, final, reason=final.reason, name=display(final, work))


def appellants(work: Work, tip: r.Tip) -> list[r.Tip]:
    """Whoever asked the county to look again and has had no answer yet."""
    asked = [one for one in (tip, *work.merged_into(tip.id)) if one.appealed_at is not None]
    return [one for one in asked if not work.events_of(one.id, Kind.TIP_UPHELD)]


def uphold(work: Work, tip: r.Tip, by: r.Person) -> None:
    """The desk keeps the refusal; whoever asked is told."""
    waiting = appellants(work, tip)
    if tip.state is not TipState.DECLINED or not waiting:
        raise AlreadyClosed()
    for one in waiting:
        work.record(Kind.TIP_UPHELD, one, by)
        tell(work, Kind.TIP_UPHELD, one, receipt=one.receipt, reason=tip.reason)


def give_back(work: Work, tip: r.Tip, by: r.Person) -> None:
    """The desk returns a declined tip to the squad with a fresh window."""
    if tip.state is not TipState.DECLINED:
        raise AlreadyClosed()
    tip.move(TipState.SUBMITTED)
    tip.reason, tip.ended_at, tip.desk = None, None, tip.township_id is None or tip.hidden
    due_at = open_window(work, tip, work.now).isoformat()
    work.record(Kind.TIP_RETURNED, tip, by, desk=tip.desk, due_at=due_at)
    tell(work, Kind.TIP_RETURNED, tip, receipt=tip.receipt, **about(work, tip))
    for one in work.merged_into(tip.id):
        others: dict[Audience, list[To]] = {Audience.SQUAD: []}
        tell(work, Kind.TIP_RETURNED, one, to=others, receipt=one.receipt, **about(work, tip))
        work.refresh(one.id)
    work.refresh(tip.id)


def assign(work: Work, tip: r.Tip, by: r.Person, township_id: str) -> None:
    """The desk gives a tip without a place to a township, once; the window keeps running."""
    if tip.state is not TipState.SUBMITTED or not tip.desk:
        raise AlreadyClosed()
    tip.township_id = township_id
    if tip.hidden:
        tip.hidden, tip.hidden_why, tip.handlers = False, "", []
        work.record(Kind.TIP_CLEARED, tip, by)
    _to_squad(work, tip, by)


def _to_squad(work: Work, tip: r.Tip, by: r.Person | str) -> None:
    """Now that the township is known, its squad gets the card; the window runs on. A department that was asked is not any more."""
    offered = work.open_transfer(tip.id)
    if offered is not None:
        offered.move(TransferState.RETURNED)
        offered.answered_at = work.now
        work.cancel(offered.id)
        work.record(Kind.TRANSFER_RETURNED, offered, by, reason="placed", tip=tip.id)
    tip.desk, tip.taken_by = False, None
    tip.rev += 1
    work.cancel(tip.id, "tip.no_place")
    work.record(Kind.TIP_ASSIGNED, tip, by, township=tip.township_id)
    tell(work, Kind.TIP_SUBMITTED, tip)
    work.refresh(tip.id)


def no_place(work: Work, tip: r.Tip) -> None:
    """Nobody ever said where: the tip ends with a word to its sender, who may write again any time."""
    if tip.state is not TipState.SUBMITTED or not tip.desk or tip.hidden:
        return
    tip.move(TipState.DECLINED)
    tip.reason, tip.ended_at = "no_place", work.now
    work.cancel(tip.id)
    work.record(Kind.TIP_DECLINED, tip, reason="no_place")
    _tell_declined(work, tip, "no_place")
    work.refresh(tip.id)


def rate(work: Work, tip: r.Tip, account: str, solved: bool) -> None:
    """行 or 没解决; the latter goes to the desk, which picks another handler."""
    _yours(tip, account)
    final = work.find(r.Tip, tip.merged_into) if tip.state is TipState.MERGED else tip
    if final is None or final.state is not TipState.CLOSED:
        raise AlreadyClosed()
    if tip.rated is not None:
        raise AlreadyDone(by="", at=None)
    tip.rated = "solved" if solved else "unsolved"
    work.record(Kind.TIP_RATED, tip, "source", solved=solved)
    if not solved:
        work.record(Kind.TIP_UNSOLVED, final, "source", times=final.reopened + 1)
        tell(work, Kind.TIP_UNSOLVED, final, name=display(final, work), times=final.reopened + 1)
    work.refresh(tip.id)


def reassign(work: Work, tip: r.Tip, by: r.Person, officer: r.Person) -> None:
    """没解决: the desk picks another handler than before; the case is open again."""
    if tip.state is not TipState.CLOSED:
        raise AlreadyClosed()
    if officer.id == tip.owner_id or officer.id in tip.former_owners or officer.id in tip.conflicted:
        raise NotOwner()
    case = work.get(r.Case, tip.case_id)
    case.move(CaseState.OPEN)
    case.closed_at = case.closed_by = case.verdict = case.outcome = None
    tip.move(TipState.ACCEPTED)
    tip.former_owners = [*tip.former_owners, *([tip.owner_id] if tip.owner_id else [])]
    tip.owner_id, tip.accepted_at, tip.first_look_at = officer.id, work.now, None
    tip.verdict, tip.ended_at, tip.rated, tip.shown_until = None, None, None, None
    tip.reopened += 1
    work.record(Kind.CASE_REOPENED, case, by)
    work.record(Kind.TIP_REASSIGNED, tip, by, owner=officer.id)
    tell_reassigned(work, tip, case, "unsolved")
    work.refresh(tip.id)


def tell_reassigned(work: Work, tip: r.Tip, case: r.Case, why: str) -> None:
    """The new owner, and everybody who sent the matter."""
    tell(work, Kind.TIP_REASSIGNED, tip, name=case.number, receipt=tip.receipt, why=why)
    for one in work.merged_into(tip.id):
        nobody: dict[Audience, list[To]] = {Audience.OWNER: []}
        tell(work, Kind.TIP_REASSIGNED, one, to=nobody, name=case.number, receipt=one.receipt, why=why)
        work.refresh(one.id)


def unfold(work: Work, tip: r.Tip, account: str) -> None:
    """点开看: the result is shown for a while, then folds away again."""
    _yours(tip, account)
    ends = work.now + timedelta(seconds=work.policy.notice.fold_seconds)
    tip.shown_until = ends
    work.due("tip.fold", tip.id, ends)
    work.refresh(tip.id)


def fold(work: Work, tip: r.Tip) -> None:
    if tip.shown_until is not None and tip.shown_until <= work.now:
        tip.shown_until = None
        work.refresh(tip.id)


def close(work: Work, tip: r.Tip, verdict: str, outcome: str) -> None:
    """The end of a tip with its case; merged ones end with it. Each sender is told, neutrally, and opens it with a tap."""
    tip.move(TipState.CLOSED)
    tip.verdict, tip.ended_at = verdict, work.now
    work.cancel(tip.id)
    work.record(Kind.TIP_CLOSED, tip, verdict=verdict, outcome=outcome)
    work.close_topics(tip.id)
    for one in (tip, *work.merged_into(tip.id)):
        if not one.by_staff:
            one.rated = None
            tell(work, Kind.TIP_CLOSED, one)
        work.refresh(one.id)


def of_ref(work: Work, ref: str) -> r.Tip:
    """The tip that a button names; a merged one leads to the tip it went into. Raises Gone."""
    tip = work.by_ref(r.Tip, ref)
    seen = 0
    while tip.state is TipState.MERGED and tip.merged_into and seen < 5:
        tip = work.get(r.Tip, tip.merged_into)
        seen += 1
    if tip.state is TipState.MERGED:
        raise Gone()
    return tip
