"""Taps on a call: 签收 · 出动 · 到场 · 反馈 · 不属我单位, and what the leader and the desk tap beside them."""

from handlers import promise
from handlers.edge import Press, Toast, button, options, say, swap
from workflows import answer as answers
from workflows import arrival, evidence
from workflows import call as calls
from workflows import case as cases
from workflows import dispute as disputes
from workflows import phone as phones
from workflows import records as r
from workflows import silence as silences
from workflows import tip as tips
from workflows import whistle as whistles
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone
from workflows.work import CALL_ENDED, Lane, Work


def _call(work: Work, press: Press) -> tuple[r.Call, r.Person]:
    call = work.by_ref(r.Call, press.ref)
    return call, calls.answerer_of(work, call, press.staff())


def acknowledge(work: Work, press: Press) -> Toast:
    """签收"""
    call, by = _call(work, press)
    late = answers.acknowledge(work, call, by)
    kept = arrival.promise_of(call)
    if kept is None:
        promise.ask(work, press.private, call)
    else:  # 预约: the time is agreed
        say(work, press.private, "note.promised", name=call.number, at=kept["at"], keyboard=[])
    return Toast("acknowledged_late" if late else "acknowledged", {"at": work.now.isoformat(), "late_seconds": late})


def depart(work: Work, press: Press) -> Toast:
    """出动"""
    call, by = _call(work, press)
    answers.depart(work, call, by)
    return Toast("departed")


def arrive(work: Work, press: Press) -> Toast:
    """到场"""
    call, by = _call(work, press)
    answers.arrive(work, call, by)
    case = work.get(r.Case, call.case_id)
    if not case.drill:
        evidence.ask_shots(work, case, by, press.private)  # whoever is there first
    return Toast("arrived", alert=True)


def report(work: Work, press: Press) -> Toast:
    """反馈: what came of it?"""
    call, _ = _call(work, press)
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    keyboard = [
        *options(work.book.reasons.outcome, "reported", call.ref),
        [button("never_mind", "never_mind", call.ref)],
    ]
    say(work, press.private, "ask.report", name=call.number, keyboard=keyboard)
    return Toast()


def reported(work: Work, press: Press) -> Toast:
    """A lawful outcome may name its paper at once; a colleague of the squad ticks it."""
    call, by = _call(work, press)
    chosen = cases.outcome_of(work, press.arg)
    answers.report(work, call, by, chosen.code)
    if chosen.lawful:
        work.ask(press.account, "call_paper", call.ref, outcome=chosen.code)
        paper = cases.PAPER_OF[chosen.code]
        keyboard = [[button("no_paper_yet", "no_paper", call.ref)]]
        swap(
            work,
            press,
            "ask.call_paper",
            name=call.number,
            paper=paper,
            today=work.today.isoformat(),
            keyboard=keyboard,
        )
        return Toast("reported")
    swap(work, press, "note.reported", name=call.number, outcome=chosen.code)
    return Toast("reported")


def no_paper(work: Work, press: Press) -> Toast:
    """还没出文书"""
    call, _ = _call(work, press)
    work.unask(press.account)
    swap(work, press, "note.reported", name=call.number, outcome=call.outcome)
    return Toast("noted")


def dispute(work: Work, press: Press) -> Toast:
    """不属我单位: why?"""
    call, _ = _call(work, press)
    if call.state in CALL_ENDED:
        raise AlreadyClosed()
    earlier = work.dispute_of(call.id)
    if earlier is not None:
        raise AlreadyDone(by="", at=earlier.raised_at)
    keyboard = [
        *options(work.book.reasons.dispute, "disputed", call.ref, width=1),
        [button("never_mind", "never_mind", call.ref)],
    ]
    say(work, press.private, "ask.dispute", name=call.number, keyboard=keyboard)
    return Toast()


def disputed(work: Work, press: Press) -> Toast:
    call, by = _call(work, press)
    if work.book.reasons.find("dispute", press.arg) is None:
        raise Gone()
    raised = disputes.raise_dispute(work, call, by, press.arg)
    swap(work, press, "note.disputed", name=call.number, ruling_at=raised.due_at.isoformat())
    return Toast("noted")


def pictures(work: Work, press: Press) -> Toast:
    """The officers' own pictures; never the sender's."""
    call, by = _call(work, press)
    case = work.get(r.Case, call.case_id)
    shared = [e for e in evidence.of_case(work, case) if e.file_id]
    evidence.shown(work, case, by, shared, "shared")
    for one in shared:
        facts = {"kind": one.kind, "file_id": one.file_id}
        work.send("note.pictures", "owner", press.private, act="media", facts=facts, sealed=True, lane=Lane.ANSWER)
    return Toast("sent_private")


def here(work: Work, press: Press) -> Toast:
    """已到: the leader's tap."""
    call = work.by_ref(r.Call, press.ref)
    whistle = work.get(r.Whistle, call.whistle_id)
    tip = work.get(r.Tip, work.get(r.Case, call.case_id).tip_id)
    by = (
        tips.officer_of(work, tip, press.staff())
        if tip.township_id
        else whistles.leader_of(work, whistle.township_id, press.staff())
    )
    answers.confirm_arrival(work, call, by)
    return Toast("confirmed")


def take_call(work: Work, press: Press) -> Toast:
    """我来催"""
    call = work.by_ref(r.Call, press.ref)
    silences.take(work, call, phones.watcher_of(press.staff()))
    keyboard = [
        [button("by_phone", "by_phone", call.ref), button("not_reached", "not_reached", call.ref)],
        [button("reassign_call", "reassign_call", call.ref), button("report_up", "report_up", call.ref)],
    ]
    swap(work, press, "note.taken", name=call.number, keyboard=keyboard)
    return Toast("taken")


def show_call(work: Work, press: Press) -> Toast:
    """The call's card again, at the end of the chat."""
    call, _ = _call(work, press)
    work.send("call.opened", "liaison", press.private, act="card", subject_id=call.id, lane=Lane.ANSWER)
    return Toast()


PRESSES = {
    "acknowledge": acknowledge,
    "depart": depart,
    "arrive": arrive,
    "report": report,
    "reported": reported,
    "no_paper": no_paper,
    "dispute": dispute,
    "disputed": disputed,
    "pictures": pictures,
    "here": here,
    "take_call": take_call,
    "show_call": show_call,
}
