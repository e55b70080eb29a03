"""What somebody who was called types instead of tapping; /calls and the list of several calls with 〔全部签收〕."""

from datetime import datetime

from handlers import promise
from handlers.edge import Press, Toast, button, say, swap
from workflows import answer as answers
from workflows import bundle as bundles
from workflows import call as calls
from workflows import downtime, ringing
from workflows import promise as promises
from workflows import records as r
from workflows import reply as replies
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotBound, NotYours
from workflows.states import CallState
from workflows.work import To, Work

MOST = 10
"""Calls with a button of their own on one list."""


def answered(work: Work, seats: list[r.Person], to: To, text: str, sent_at: datetime) -> bool:
    """Take a typed line as the answer to a call. False: it is none, or nobody of these is ever called."""
    said = replies.read(text, work.policy.call.typed)
    if said is None or not replies.units_of(work, seats):
        return False
    named = said.number or said.ordinal
    found = replies.every(work, seats) if named else replies.live(work, seats)
    meant = [c for c in found if said.names(c)]
    if not meant and named:
        say(work, to, "note.no_such_call", number=text.strip()[:30])
        return True
    waiting = [c for c in meant if replies.waits_for(c, said.verb)]
    if not waiting:
        list_calls(work, to, meant)
    elif len(waiting) > 1:
        listed = waiting[:MOST]
        keyboard = [[button("this_one", said.verb, c.ref, c.rev, name=c.number, unit=c.unit_id)] for c in listed]
        if said.verb == "acknowledge":
            keyboard.append([_sign_all(work, to, listed)])
        say(work, to, "ask.which_call", verb=said.verb, keyboard=keyboard)
    else:
        _do(work, seats, to, said.verb, waiting[0], sent_at)
    return True


def _do(work: Work, seats: list[r.Person], to: To, verb: replies.Verb, call: r.Call, sent_at: datetime) -> None:
    by = calls.answerer_of(work, call, seats)
    at = downtime.said_in_time(work, call, sent_at)
    if verb == "acknowledge":
        late = answers.acknowledge(work, call, by, at)
        say(work, to, "note.signed", name=call.number, at=(at or work.now).isoformat(), late_seconds=late)
        promise.ask(work, to, call)
    elif verb == "depart":
        answers.depart(work, call, by)
        say(work, to, "note.departed", name=call.number)
    else:
        answers.arrive(work, call, by, at=at)
        say(work, to, "note.arrived", name=call.number)


def names_a_call(work: Work, seats: list[r.Person], text: str) -> bool:
    """Whether four digits are the number of a call that waits for its signature, and the arrival code of none."""
    said = replies.read(text, work.policy.call.typed)
    live = replies.live(work, seats)
    if said is None or any(c.window.get("code") == text.strip() for c in live):
        return False
    return any(said.names(c) and c.state is CallState.OPEN for c in live)


def list_calls(work: Work, to: To, found: list[r.Call]) -> None:
    """What this unit still has to answer: a button for each, and one for all that wait."""
    listed = [
        {
            "name": c.number,
            "unit": c.unit_id,
            "state": c.state.value,
            "due_at": c.due_at.isoformat(),
            "appointment": c.window.get("appointment"),
            "breached": c.breached_at is not None,
        }
        for c in found
    ]
    keyboard = [[button((c.number, c.number), "show_call", c.ref)] for c in found[:MOST]]
    waiting = [c for c in found if c.state is CallState.OPEN]
    if len(waiting) > 1:
        keyboard.append([_sign_all(work, to, waiting)])
    me = work.person(to.person_id)  # one's own figure, to oneself
    lag = ringing.lag_of(work, me) if me is not None and ringing.is_slow(work, me) else None
    say(work, to, "note.calls", calls=listed, lag=lag, keyboard=keyboard)


def calls_command(work: Work, seats: list[r.Person], to: To) -> None:
    """/calls: a department sees those of its stations too, its own first. Raises NotBound."""
    if not replies.units_of(work, seats):
        raise NotBound()
    list_calls(work, to, replies.every(work, seats)[:12])


def _sign_all(work: Work, to: To, found: list[r.Call]) -> dict[str, object]:
    rung = [(c.id, to.person_id or "") for c in found]
    return button("sign_all", "sign_all", bundles.open_list(work, to.account or "", rung).ref, style="success")


# ── taps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(work: Work, press: Press) -> r.Draft:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "bundle":
        raise Gone()
    if draft.subject_id != press.account:
        raise NotYours()
    return draft


def sign_all(work: Work, press: Press) -> Toast:
    """全部签收: those still open and his; then one question for all."""
    draft = _list(work, press)
    signed = bundles.sign_all(work, draft, press.staff())
    again = bundles.open_list(work, press.account, [(c.id, press.staff()[0].id) for c in signed])
    keyboard = [[button("in30", "promise_all.in30", again.ref), button("in60", "promise_all.in60", again.ref)]]
    say(work, press.private, "ask.promise_all", names=[c.number for c in signed], keyboard=keyboard)
    return Toast("signed_all", {"count": len(signed)})


def promise_all(work: Work, press: Press) -> Toast:
    """30分钟内 · 1小时内 for all that were signed together and not promised yet."""
    draft = _list(work, press)
    promised = []
    for call in bundles.calls_of(work, draft):
        try:
            promises.promise(work, call, calls.answerer_of(work, call, press.staff()), press.arg)
        except (AlreadyClosed, AlreadyDone, NotYours):
            continue
        promised.append(call.number)
    if not promised:
        raise AlreadyClosed()
    swap(work, press, "note.promised_all", names=promised, kind=press.arg)
    return Toast("noted")


def take_back(work: Work, press: Press) -> Toast:
    """点错了: within seconds of 签收."""
    call = work.by_ref(r.Call, press.ref)
    answers.take_back(work, call, calls.answerer_of(work, call, press.staff()))
    swap(work, press, "note.taken_back", name=call.number, due_at=call.due_at.isoformat())
    return Toast("taken_back")


PRESSES = {"sign_all": sign_all, "promise_all": promise_all, "take_back": take_back}
