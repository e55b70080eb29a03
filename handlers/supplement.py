"""补证 in the chat: an officer asks a grid inspector of the place; the inspector sends; an officer takes it in."""

from typing import Any

from telegram import Message

from handlers.edge import Press, Toast, button, people_buttons, say, swap
from handlers.evidence import FILES, sent_of, show_pieces
from workflows import records as r
from workflows import supplement as supplements
from workflows import tip as tips
from workflows.refusals import Gone, Refusal
from workflows.work import To, Work

_LISTED = 8
_SHOWN = 10


def choose(work: Work, press: Press) -> Toast:
    """请网格员补证: which of the inspectors of the place?"""
    case = work.by_ref(r.Case, press.ref)
    tip = work.get(r.Tip, case.tip_id)
    tips.officer_of(work, tip, press.staff())
    found = supplements.inspectors(work, tip)[:_LISTED]
    if not found:
        raise Gone()
    keys = people_buttons(found, "supplement_ask", case.ref)
    say(
        work,
        press.private,
        "ask.supplement",
        name=case.number,
        keyboard=[*keys, [button("never_mind", "never_mind", tip.ref)]],
    )
    return Toast("sent_private")


def ask(work: Work, press: Press) -> Toast:
    case = work.by_ref(r.Case, press.ref)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    inspector = work.get(r.Person, press.arg)
    supplements.ask(work, case, by, inspector)
    swap(work, press, "note.supplement_asked", name=case.number, who=inspector.label, who_en=inspector.label_en)
    return Toast("noted")


def begin(work: Work, press: Press) -> Toast:
    """我来拍"""
    draft = work.get(r.Draft, press.ref)
    supplements.begin(work, draft, press.staff())
    work.ask(press.account, supplements.VERB, draft.ref)
    say(work, press.private, "note.supplement_begun", keyboard=_keys(draft))
    return Toast()


def _keys(draft: r.Draft) -> list[list[dict[str, Any]]]:
    return [[button("evidence_done", "supplement_done", draft.ref, style="success")]]


def unable(work: Work, press: Press) -> Toast:
    """去不了"""
    draft = work.get(r.Draft, press.ref)
    supplements.unable(work, draft, press.staff())
    return Toast("noted")


def done(work: Work, press: Press) -> Toast:
    """发完了"""
    draft = work.get(r.Draft, press.ref)
    if draft.kind != supplements.KIND or draft.by not in {s.id for s in press.staff()}:
        raise Gone()
    if not supplements.hand_in(work, draft):
        return Toast("nothing_sent")
    prompt = work.prompt(press.account)
    if prompt is not None and prompt.verb == supplements.VERB:
        work.unask(press.account)
    swap(work, press, "note.supplement_done", pieces=len(draft.facts["pieces"]))
    return Toast("noted")


def see(work: Work, press: Press) -> Toast:
    """看一看: before it is taken in; that somebody looked is a fact of the case."""
    draft = work.get(r.Draft, press.ref)
    if draft.kind != supplements.KIND:
        raise Gone()
    case, by = supplements.officer(work, draft, press.staff())
    found = [e for e in supplements.pieces(work, draft) if e.file_id][:_SHOWN]
    if not found:
        raise Gone()
    return show_pieces(work, press, case, by, found)


def take(work: Work, press: Press) -> Toast:
    """收进案卷"""
    draft = work.get(r.Draft, press.ref)
    count = supplements.take(work, draft, press.staff())
    swap(work, press, "note.supplement_taken", name=work.get(r.Case, draft.subject_id).number, pieces=count)
    return Toast("noted")


def decline(work: Work, press: Press) -> Toast:
    """不收"""
    draft = work.get(r.Draft, press.ref)
    supplements.decline(work, draft, press.staff())
    swap(work, press, "note.supplement_declined", name=work.get(r.Case, draft.subject_id).number)
    return Toast("noted")


def heard(work: Work, seats: list[r.Person], to: To, item: tips.Item | None, message: Message) -> bool:
    """A file or place of an inspector who has pressed 我来拍. False: it is a tip like any other, as words always are."""
    prompt = work.prompt(to.account or "")
    if prompt is None or prompt.verb != supplements.VERB or item is None or item.kind not in (*FILES, "location"):
        return False
    draft = work.get(r.Draft, prompt.ref)
    try:
        count = supplements.add(work, draft, seats, sent_of(item, message))
    except Refusal as refusal:
        work.unask(prompt.account)
        say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken)
        return True
    prompt.asked_at = work.now
    if count == 1:
        say(work, to, "note.supplement_got", keyboard=_keys(draft))
    return True


PRESSES = {
    "supplement": choose,
    "supplement_ask": ask,
    "supplement_begin": begin,
    "supplement_no": unable,
    "supplement_done": done,
    "supplement_see": see,
    "supplement_take": take,
    "supplement_drop": decline,
}
