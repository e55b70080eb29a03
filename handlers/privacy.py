"""Commands about who sees what: for discipline who opened which original; for everybody their own data."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.edge import Press, Toast, button, options, say, swap
from messages import cards
from workflows import erasure, traces
from workflows import records as r
from workflows import reveal as reveals
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import Audience
from workflows.refusals import Gone, NotBound, StaffStay, WrongChat
from workflows.work import Lane, To, Work

if TYPE_CHECKING:
    from handlers.said import Said

_PASSED_ON = (
    Kind.TIP_READ,
    Kind.VOICE_HEARD,
    Kind.TIP_ACCEPTED,
    Kind.TIP_ASSIGNED,
    Kind.TIP_PICKED,
    Kind.TIP_CONFLICTED,
    Kind.TIP_REASSIGNED,
    Kind.TIP_HANDED_ON,
    Kind.TIP_TRANSFERRED,
    Kind.TIP_ASKED,
)
_LINES = 25


def opened(work: Work, said: Said) -> None:
    """/opened, or with a case number, a card's letters or a receipt: who opened and passed on what, when; never who sent it."""
    said.seat(Role.DISCIPLINE, Role.SUPERVISOR)
    number = said.line.replace(" ", "").upper()
    tip = work.tip_called(number) if number else None
    if number and tip is None:
        say(work, said.me, "note.nothing_opened", number=said.line[:30])
        return
    subjects = None if tip is None else _subjects(work, tip)
    found = work.events_like(_PASSED_ON if tip else (Kind.TIP_READ, Kind.VOICE_HEARD), subjects, limit=_LINES)
    lines = []
    for event in found:
        person = work.person(event.by)
        about = tip or work.find(r.Tip, event.subject_id)
        lines.append(
            {
                "kind": event.kind,
                "at": event.at.isoformat(),
                "who": person.label if person else "",
                "who_en": (person.label_en or person.label) if person else "",
                "name": tips.display(about, work) if about else "",
            }
        )
    keyboard = [[button("recuse", "recuse", tip.ref)]] if tip is not None and tip.township_id else []
    say(work, said.me, "note.opened", name=tips.display(tip, work) if tip else "", events=lines, keyboard=keyboard)


def _subjects(work: Work, tip: r.Tip) -> list[str]:
    """The tip and what was merged into it."""
    return [tip.id, *(one.id for one in work.merged_into(tip.id))]


# ── one's own data ───────────────────────────────────────────────────────────────────────────────────────────────────


def privacy(work: Work, said: Said) -> None:
    """/privacy: what is kept, why, how long, and what one may ask for."""
    keep = work.policy.privacy.keep
    say(
        work,
        said.me,
        "note.privacy",
        words=keep.words_days,
        positions=keep.positions_days,
        messages=keep.messages_days,
        people=keep.people_days,
    )


def mydata(work: Work, said: Said) -> None:
    """/mydata: a neutral line, opened with a tap, folded again."""
    draft = work.add(r.Draft(kind="mydata", subject_id="", by=said.account, at=work.now))
    say(work, said.me, "note.mydata_folded", sealed=True, keyboard=[[button("open_notice", "mydata", draft.ref)]])


def _own(work: Work, press: Press) -> r.Draft:
    """Raises WrongChat in a group, Gone for somebody else's."""
    if press.chat_id is not None:
        raise WrongChat()
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "mydata" or draft.by != press.account:
        raise Gone()
    return draft


def open_mydata(work: Work, press: Press) -> Toast:
    """点开看: what is kept about this chat."""
    draft = _own(work, press)
    identity = work.identity(press.account)
    mine = [t for t in work.newest_tips(press.account, 20) if not t.by_staff]
    listed = [
        {
            "receipt": t.receipt,
            "at": t.first_at.isoformat(),
            "step": cards.step_of(work, t),
            "state": t.state.value,
            "items": t.texts + t.photos + t.videos + t.voices + t.files,
        }
        for t in mine[:8]
    ]
    keyboard = [[button("my_words", "my_words.0", draft.ref)]] if mine else []
    swap(
        work,
        press,
        "note.mydata",
        sealed=True,
        since=identity.first_seen_at.isoformat(),
        named=identity.name is not None,
        count=len(mine),
        tips=listed,
        seats=[s.label for s in press.seats],
        keyboard=keyboard,
    )
    _fold_later(work, press, draft)
    return Toast()


def unfold(work: Work, press: Press) -> Toast:
    """点开看: an answer or a question that arrived as a neutral line; it folds away again."""
    _alone(press)
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "folded" or draft.by != press.account:
        raise Gone()
    facts = dict(draft.facts["text"])
    if "asked" in facts:
        question = work.get(r.Question, facts["asked"])
        tips.question_read(work, question)
        facts["question"] = work.unseal(press.account, question.question)
    _draw(work, press.private, draft.facts["event"], draft.subject_id, press.message, facts)
    _fold_later(work, press, draft, event=draft.facts["event"], text=draft.facts["text"])
    return Toast()


def _draw(work: Work, to: To, event: str, subject_id: str, message: int, facts: dict[str, Any]) -> None:
    work.send(
        event,
        Audience.SOURCE.value,
        to,
        act="edit",
        subject_id=subject_id,
        message=message,
        facts=facts,
        sealed=True,
        lane=Lane.ANSWER,
    )


_PAGE = 1200


def my_words(work: Work, press: Press) -> Toast:
    """我说过的话: page by page, newest matter first; pictures as counts, they are in the chat already."""
    draft = _own(work, press)
    lines = [line for tip in work.newest_tips(press.account, 20) for line in _said_in(work, tip)]
    pages: list[list[dict[str, Any]]] = [[]]
    for line in lines:
        if pages[-1] and sum(len(one["text"]) for one in pages[-1]) + len(line["text"]) > _PAGE:
            pages.append([])
        pages[-1].append(line)
    number = min(int(press.arg), len(pages) - 1) if press.arg.isdigit() else 0
    more = [button("next_page", f"my_words.{number + 1}", draft.ref)] if number + 1 < len(pages) else []
    swap(work, press, "note.my_words", sealed=True, items=pages[number], keyboard=[more] if more else [])
    _fold_later(work, press, draft)
    return Toast()


def _said_in(work: Work, tip: r.Tip) -> list[dict[str, Any]]:
    found = []
    for item in work.items(tip.id):
        said = work.unseal(item.account, item.content)
        text = str(said.get("text", ""))
        for start in range(0, max(1, len(text)), _PAGE):
            found.append({"at": item.at.isoformat(), "kind": item.kind, "text": text[start : start + _PAGE]})
    return found


def _fold_later(work: Work, press: Press, draft: r.Draft, **kept: Any) -> None:
    seconds = work.policy.notice.fold_seconds
    draft.facts = {**kept, "message": press.message, "lang": press.lang}
    work.cancel(draft.ref, "privacy.fold")
    work.due("privacy.fold", draft.ref, work.now + timedelta(seconds=seconds))


def fold(work: Work, row: r.Deadline) -> None:
    """What was opened folds away again, on a phone that others may pick up."""
    draft = work.find(r.Draft, row.subject_id)
    if draft is None or work.live_key(draft.by) is None:  # also after /stop: what was opened must not stand open
        return
    if draft.kind == "seen":
        _fold_seen(work, draft)
        return
    if draft.kind == "folded":
        to = To(account=draft.by, lang=draft.facts["lang"])
        folded = {"folded": True, "notice": draft.ref}
        _draw(work, to, draft.facts["event"], draft.subject_id, draft.facts["message"], folded)
        return
    keyboard = [[button("open_notice", "mydata", draft.ref)]] if draft.kind == "mydata" else []
    line = "note.mydata_folded" if draft.kind == "mydata" else "note.revealed_folded"
    work.send(
        line,
        Audience.OWNER.value,
        To(account=draft.by, lang=draft.facts["lang"]),
        act="edit",
        message=draft.facts["message"],
        facts={"keyboard": keyboard},
        sealed=True,
        lane=Lane.ANSWER,
    )


def _fold_seen(work: Work, draft: r.Draft) -> None:
    """别人看到什么 becomes a neutral line, wherever it stands; a tap shows it anew."""
    shown = next((row.sent_message for row in work.messages_about(draft.ref, "note.seen") if row.sent_message), None)
    if shown is None:
        return
    tip = work.get(r.Tip, draft.subject_id)
    work.send(
        "note.mydata_folded",
        Audience.OWNER.value,
        To(account=draft.by, lang=draft.facts["lang"]),
        act="edit",
        message=shown,
        facts={"keyboard": [[button("open_notice", "seen", tip.ref)]]},
        sealed=True,
        lane=Lane.ANSWER,
    )


def forgetme(work: Work, said: Said) -> None:
    """/forgetme: what would be lost is said plainly before anything happens."""
    if said.seats:
        raise StaffStay()
    tips_open = traces.open_tips(work, said.account)
    rewards = len(traces.open_rewards(work, said.account))
    now = button("forget_now", "forget_now", "-", style="danger")
    later = [button("forget_later", "forget_later", "-", style="success")] if tips_open or rewards else []
    rows = [later, [now, button("forget_not", "forget_not", "-")]]
    say(
        work,
        said.me,
        "ask.forget",
        sealed=True,
        receipts=[t.receipt for t in tips_open],
        rewards=rewards,
        keyboard=[row for row in rows if row],
    )


def _alone(press: Press) -> None:
    if press.chat_id is not None:
        raise WrongChat()


def forget_now(work: Work, press: Press) -> Toast:
    """现在全部抹掉"""
    _alone(press)
    erasure.ask(work, press.account, now=True)
    swap(work, press, "note.forgotten")
    return Toast("forgotten", alert=True)


def forget_later(work: Work, press: Press) -> Toast:
    """办完再抹掉"""
    _alone(press)
    erasure.ask(work, press.account, now=False)
    swap(work, press, "note.forgotten_later")
    return Toast("noted")


def forget_not(work: Work, press: Press) -> Toast:
    """先不"""
    _alone(press)
    erasure.keep(work, press.account)
    swap(work, press, "note.never_mind")
    return Toast("noted")


# ── who sent it ──────────────────────────────────────────────────────────────────────────────────────────────────────


def reveal(work: Work, said: Said) -> None:
    """/reveal 云溪-2026-0147: why must it be known?"""
    reveals.asker_of(work, said.seats)
    tip = work.tip_called(said.line.replace(" ", "").upper()) if said.line else None
    if tip is None:
        say(work, said.me, "note.nothing_opened", number=said.line[:30])
        return
    keyboard = [
        *options(work.book.reasons.reveal, "reveal_why", tip.ref, 1),
        [button("never_mind", "never_mind", tip.ref)],
    ]
    say(work, said.me, "ask.reveal", name=tips.display(tip, work), keyboard=keyboard)


def reveal_why(work: Work, press: Press) -> Toast:
    _alone(press)
    tip = work.by_ref(r.Tip, press.ref)
    by = reveals.asker_of(work, press.staff())
    reveals.ask(work, tip, by, press.arg)
    hours = work.policy.privacy.reveal_hours
    swap(work, press, "note.reveal_asked", name=tips.display(tip, work), reason=press.arg, hours=hours)
    return Toast("asked_second")


def consent(work: Work, press: Press) -> Toast:
    """同意"""
    return _decide(work, press, True)


def refuse_reveal(work: Work, press: Press) -> Toast:
    return _decide(work, press, False)


def _decide(work: Work, press: Press, agreed: bool) -> Toast:
    found = work.by_ref(r.Reveal, press.ref)
    reveals.consent(work, found, press.staff(), agreed)
    tip = work.get(r.Tip, found.tip_id)
    swap(work, press, "note.reveal_decided", name=tips.display(tip, work), agreed=agreed)
    return Toast("noted")


def open_reveal(work: Work, press: Press) -> Toast:
    """点开看, once: shown in the asker's private chat and folded away for good."""
    if not press.seats:
        raise NotBound()
    _alone(press)
    found = work.by_ref(r.Reveal, press.ref)
    who = reveals.open_once(work, found, press.seats)
    name = tips.display(work.get(r.Tip, found.tip_id), work)
    swap(
        work,
        press,
        "note.revealed",
        sealed=True,
        name=name,
        chat=who.chat,
        real_name=who.real_name,
        phones=list(who.phones),
        erased=who.erased,
    )
    draft = work.add(r.Draft(kind="revealed", subject_id=found.id, by=press.account, at=work.now))
    _fold_later(work, press, draft)
    return Toast("once")


COMMANDS = {
    "opened": opened,
    "privacy": privacy,
    "mydata": mydata,
    "forgetme": forgetme,
    "reveal": reveal,
}
PRESSES = {
    "mydata": open_mydata,
    "unfold": unfold,
    "my_words": my_words,
    "forget_now": forget_now,
    "forget_later": forget_later,
    "forget_not": forget_not,
    "reveal_why": reveal_why,
    "consent": consent,
    "refuse_reveal": refuse_reveal,
    "open_reveal": open_reveal,
}
