"""暂停呼叫 and 恢复呼叫: until when, why, and the way back."""

from datetime import datetime, timedelta

from handlers.edge import Press, Toast, button, grid, options, say, swap
from workflows import pause as pauses
from workflows import records as r
from workflows import rota as rotas
from workflows.refusals import AlreadyClosed, Gone
from workflows.work import Work


def ask(work: Work, press: Press) -> Toast:
    """Until when?"""
    unit_id = press.arg
    if not work.county.has_unit(unit_id):
        raise Gone()
    by = pauses.may_pause(work, press.staff(), unit_id)
    draft = work.add(r.Draft(kind="pause", subject_id=unit_id, by=by.id, facts={}, at=work.now))
    ends = [work.now + timedelta(minutes=minutes) for minutes in work.policy.whistle.pause_minutes]
    evening = rotas.instant(work.today, work.policy.whistle.pause_evening, work.county.timezone)
    longest = work.now + timedelta(hours=work.policy.whistle.pause_max_hours)
    times = sorted({*(at.replace(second=0, microsecond=0) for at in ends), evening})
    rows = [
        button("until", f"pause_until.{at:%Y%m%d%H%M}", draft.ref, at=at.isoformat())
        for at in times
        if work.now < at <= longest
    ]
    say(
        work,
        press.private,
        "ask.pause",
        unit=unit_id,
        keyboard=[*grid(rows, 2), [button("never_mind", "pause_drop", draft.ref)]],
    )
    return Toast("sent_private" if press.chat_id is not None else "")


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Person]:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "pause":
        raise Gone()
    by = pauses.may_pause(work, press.staff(), draft.subject_id)
    if draft.done_at is not None:
        raise AlreadyClosed()
    return draft, by


def until(work: Work, press: Press) -> Toast:
    """Why?"""
    draft, _ = _draft(work, press)
    ends = _moment(press.arg)
    draft.facts = {"ends": ends.isoformat()}
    keyboard = [
        *options(work.book.reasons.pause, "pause_why", draft.ref),
        [button("never_mind", "pause_drop", draft.ref)],
    ]
    swap(work, press, "ask.pause_why", unit=draft.subject_id, ends=ends.isoformat(), keyboard=keyboard)
    return Toast()


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(f"{text}+0000", "%Y%m%d%H%M%z")
    except ValueError:
        raise Gone() from None


def why(work: Work, press: Press) -> Toast:
    draft, by = _draft(work, press)
    if "ends" not in draft.facts:
        raise Gone()
    ends = datetime.fromisoformat(draft.facts["ends"])
    pause = pauses.begin(work, draft.subject_id, by, ends, press.arg)
    draft.done_at = work.now
    swap(
        work, press, "note.paused", unit=pause.unit_id, ends=ends.isoformat(), why=pause.why,
        keyboard=[[button("resume", "pause_end", pause.ref)]],
    )  # fmt: skip
    return Toast("noted")


def end(work: Work, press: Press) -> Toast:
    """恢复呼叫"""
    pause = work.by_ref(r.Pause, press.ref)
    pauses.end(work, pause, pauses.may_pause(work, press.staff(), pause.unit_id))
    swap(work, press, "note.resumed", unit=pause.unit_id)
    return Toast("noted")


def drop(work: Work, press: Press) -> Toast:
    draft, _ = _draft(work, press)
    draft.done_at = work.now
    swap(work, press, "note.never_mind")
    return Toast()


PRESSES = {"pause": ask, "pause_until": until, "pause_why": why, "pause_end": end, "pause_drop": drop}
