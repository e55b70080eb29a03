"""Taps on a voice: the sender says whether it may be heard; the desk hears it and types it."""

from handlers.edge import Press, Toast, button, say, swap
from handlers.tip import mine
from workflows import records as r
from workflows import tip as tips
from workflows import voice as voices
from workflows.notify import Audience
from workflows.work import Lane, To, Work

# ── the sender ───────────────────────────────────────────────────────────────────────────────────────────────────────


def voice_yes(work: Work, press: Press) -> Toast:
    """可以听"""
    voices.answer(work, mine(work, press), press.account, True)
    return Toast("voice_yes")


def voice_no(work: Work, press: Press) -> Toast:
    """请打成文字"""
    voices.answer(work, mine(work, press), press.account, False)
    return Toast("voice_no")


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def hear(work: Work, press: Press) -> Toast:
    """听一遍: the voice, and the question what it says; both to the presser alone."""
    typing = work.by_ref(r.Typing, press.ref)
    tip, by = voices.typist_of(work, typing, press.staff())
    sound = voices.hear(work, typing, tip, by)
    work.send(
        "note.original",
        Audience.DESK.value,
        press.private,
        act="media",
        subject_id=typing.id,
        facts=dict(sound),
        sealed=True,
        lane=Lane.ANSWER,
    )
    work.ask(press.account, "typing", typing.ref)
    keyboard = [[button("unclear", "unclear", typing.ref)]]
    say(work, press.private, "ask.voice", name=tips.display(tip, work), keyboard=keyboard)
    return Toast("sent_private")


def unclear(work: Work, press: Press) -> Toast:
    """听不清"""
    typing = work.by_ref(r.Typing, press.ref)
    tip, by = voices.typist_of(work, typing, press.staff())
    voices.unclear(work, typing, tip, by)
    work.unask(press.account)
    swap(work, press, "note.typed", name=tips.display(tip, work), unclear=True)
    return Toast("noted")


def typed(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """What the desk heard."""
    typing = work.by_ref(r.Typing, prompt.ref)
    tip, by = voices.typist_of(work, typing, seats)
    voices.write(work, typing, tip, by, text)
    work.unask(prompt.account)
    say(work, to, "note.typed", name=tips.display(tip, work), unclear=False)


PRESSES = {"voice_yes": voice_yes, "voice_no": voice_no, "hear": hear, "unclear": unclear}
