"""Taps of whoever watches for the county about a silent unit: 改派 (whom, why, instead or as well) and 报带班领导."""

from handlers.edge import Press, Toast, button, grid, options, say, swap
from workflows import phone as phones
from workflows import promise as promises
from workflows import records as r
from workflows import watch
from workflows.refusals import AlreadyClosed, Gone
from workflows.states import CallState
from workflows.work import Work

_OFFERED = 30


def _silent(work: Work, press: Press) -> tuple[r.Call, r.Person]:
    call = work.by_ref(r.Call, press.ref)
    by = phones.watcher_of(press.staff())
    if call.state is not CallState.OPEN:
        raise AlreadyClosed()
    return call, by


def report_up(work: Work, press: Press) -> Toast:
    """报带班领导"""
    call, by = _silent(work, press)
    watch.report_up(work, call, by)
    keyboard = [[button("by_phone", "by_phone", call.ref), button("reassign_call", "reassign_call", call.ref)]]
    swap(work, press, "note.reported_up", name=call.number, keyboard=keyboard)
    return Toast("noted")


def reassign_call(work: Work, press: Press) -> Toast:
    """改派: which unit?"""
    call, by = _silent(work, press)
    draft = work.add(r.Draft(kind="reassign", subject_id=call.id, by=by.id, at=work.now))
    units = [work.county.unit(u) for u in promises.others(work, call)[:_OFFERED]]
    keys = [button((u.short, u.name_en), f"reassign_to.{u.id}", draft.ref) for u in units]
    keyboard = [*grid(keys), [button("never_mind", "never_mind", draft.ref)]]
    say(work, press.private, "ask.reassign", name=call.number, unit=call.unit_id, keyboard=keyboard)
    return Toast()


def _draft(work: Work, press: Press) -> tuple[r.Draft, r.Call, r.Person]:
    draft = work.get(r.Draft, press.ref)
    by = phones.watcher_of(press.staff())
    if draft.kind != "reassign" or draft.by != by.id:
        raise Gone()
    call = work.get(r.Call, draft.subject_id)
    if draft.done_at is not None or call.state is not CallState.OPEN:
        raise AlreadyClosed()
    return draft, call, by


def reassign_to(work: Work, press: Press) -> Toast:
    """… and why?"""
    draft, call, _ = _draft(work, press)
    if press.arg not in promises.others(work, call):
        raise Gone()
    draft.facts = {"unit": press.arg}
    keyboard = options(work.book.reasons.reassign, "reassign_why", draft.ref, width=1)
    swap(work, press, "ask.reassign_why", name=call.number, unit=call.unit_id, other=press.arg, keyboard=keyboard)
    return Toast()


def reassign_why(work: Work, press: Press) -> Toast:
    """… and the first one?"""
    draft, call, _ = _draft(work, press)
    if work.book.reasons.find("reassign", press.arg) is None or "unit" not in draft.facts:
        raise Gone()
    draft.facts = {**draft.facts, "reason": press.arg}
    keyboard = [
        [button("instead", "reassign_how.instead", draft.ref), button("as_well", "reassign_how.both", draft.ref)]
    ]
    unit, other = call.unit_id, draft.facts["unit"]
    swap(work, press, "ask.reassign_how", name=call.number, unit=unit, other=other, keyboard=keyboard)
    return Toast()


def reassign_how(work: Work, press: Press) -> Toast:
    draft, call, by = _draft(work, press)
    if press.arg not in ("instead", "both") or not {"unit", "reason"} <= set(draft.facts):
        raise Gone()
    both, other = press.arg == "both", draft.facts["unit"]
    opened = watch.reassign(work, call, by, other, draft.facts["reason"], both=both)
    draft.done_at = work.now
    swap(work, press, "note.reassigned_call", name=opened.number, unit=call.unit_id, other=other, both=both)
    return Toast("called")


PRESSES = {
    "report_up": report_up,
    "reassign_call": reassign_call,
    "reassign_to": reassign_to,
    "reassign_why": reassign_why,
    "reassign_how": reassign_how,
}
