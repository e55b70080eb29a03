"""取证 in the chat: choose a case, then send: pictures, films, voices, files, places, lines. Each goes into the file as it comes."""

from collections.abc import Sequence

from telegram import Message

from handlers import filepage
from handlers.edge import Press, Toast, button, grid, say, swap
from workflows import call as calls
from workflows import evidence
from workflows import records as r
from workflows import supplement as supplements
from workflows import tip as tips
from workflows.refusals import AlreadyClosed, Gone, Refusal
from workflows.states import CaseState
from workflows.work import Lane, To, Work

_LISTED = 8
_SHOWN = 10
"""Pieces that are sent at once; all of them are in the export."""
FILES = ("photo", "video", "document", "voice")


def choose(work: Work, press: Press) -> Toast:
    """取证: until it is quiet for `prompt_minutes`, what this chat sends goes into this case."""
    tip = tips.of_ref(work, press.ref)
    tips.officer_of(work, tip, press.staff())
    case = work.get(r.Case, tip.case_id)
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    work.ask(press.account, "evidence", case.ref)
    page = [[button("upload_page", "upload_page", case.ref)]] if work.outside.public_url else []
    kinds = [[button("proofs", "proofs", case.ref)]] if evidence.of_case(work, case) else []
    near = [[button("supplement", "supplement", case.ref)]] if supplements.open_for(work, case) else []
    keyboard = [*page, *kinds, *near, [button("evidence_done", "evidence_done", case.ref)]]
    say(work, press.private, "ask.evidence", name=case.number, minutes=work.policy.prompt_minutes, keyboard=keyboard)
    return Toast("type_private")


def done(work: Work, press: Press) -> Toast:
    """发完了: what is typed next is no record any more."""
    case = work.by_ref(r.Case, press.ref)
    prompt = work.prompt(press.account)
    if prompt is not None and prompt.verb == "evidence":
        work.unask(press.account)
    swap(work, press, "note.evidence_done", name=case.number, pieces=len(evidence.of_case(work, case)))
    return Toast("noted")


def proofs(work: Work, press: Press) -> Toast:
    """证据种类: which of the newest pieces is another kind than was taken for granted?"""
    case = work.by_ref(r.Case, press.ref)
    tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    numbered = list(enumerate(evidence.of_case(work, case), 1))[-_LISTED:]
    if not numbered:
        raise Gone()
    keys = [
        [button("piece", f"piece.{e.id}", case.ref, no=number, kind=e.kind, proof=e.proof)] for number, e in numbered
    ]
    say(work, press.private, "ask.proofs", name=case.number, keyboard=keys)
    return Toast("sent_private")


def piece(work: Work, press: Press) -> Toast:
    """One piece: which of the eight?"""
    case = work.by_ref(r.Case, press.ref)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    one = work.get(r.Evidence, press.arg)
    if one.case_id != case.id:
        raise Gone()
    draft = work.add(r.Draft(kind="sort", subject_id=one.id, by=by.id, at=work.now))
    keys = [button("proof", f"sort.{kind.value}", draft.ref, proof=kind.value) for kind in evidence.Proof]
    swap(work, press, "ask.proof", name=case.number, kind=one.kind, keyboard=grid(keys, 2))
    return Toast()


def sort(work: Work, press: Press) -> Toast:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "sort":
        raise Gone()
    one = work.get(r.Evidence, draft.subject_id)
    case = work.get(r.Case, one.case_id)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    evidence.sort(work, one, by, press.arg)
    draft.done_at = work.now
    swap(work, press, "note.sorted", name=case.number, kind=one.kind, proof=one.proof)
    return Toast("noted")


def see(work: Work, press: Press) -> Toast:
    """看证据: the newest pieces, for whoever may read the file; that they looked is a fact of the case. All of them are on the page."""
    tip = tips.of_ref(work, press.ref)
    case = work.get(r.Case, tip.case_id)
    by = filepage.reader_of(work, tip, case, press.staff())
    pieces = [e for e in evidence.of_case(work, case) if e.file_id and e.same_as is None][-_SHOWN:]
    if not pieces:
        raise Gone()
    return show_pieces(work, press, case, by, pieces)


def show_pieces(work: Work, press: Press, case: r.Case, by: r.Person, pieces: Sequence[r.Evidence]) -> Toast:
    """Send them to whoever presses, privately; each access is written down."""
    evidence.shown(work, case, by, pieces, "read")
    for one in pieces:
        facts = {"kind": one.kind, "file_id": one.file_id}
        work.send("note.pictures", "owner", press.private, act="media", facts=facts, sealed=True, lane=Lane.ANSWER)
    return Toast("sent_private")


def no_shots(work: Work, press: Press) -> Toast:
    """拍不了: the three shots are not asked for any more."""
    case = work.by_ref(r.Case, press.ref)
    by = evidence.asked(work, case, press.staff()) or tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    evidence.no_shots(work, case, by)
    return Toast("noted")


def is_chosen(work: Work, to: To) -> bool:
    """Whether this chat has chosen a case with 〔取证〕."""
    prompt = work.prompt(to.account or "")
    return prompt is not None and prompt.verb == "evidence"


def heard(work: Work, seats: list[r.Person], to: To, item: tips.Item, message: Message) -> bool:
    """A file or place of somebody of the staff. False: no case takes it."""
    if item.kind not in FILES and not (item.kind == "location" and is_chosen(work, to)):
        return False
    try:
        found = _case(work, seats, to)
        if found is None:
            return False
        case, by = found
        evidence.add(work, case, by, sent_of(item, message))
        _stays_open(work, to, case)
    except Refusal as refusal:
        say(work, to, "note.refused_command", rule=refusal.name, facts=refusal.spoken)
        return True
    evidence.show_card(work, case, to)
    return True


def _stays_open(work: Work, to: To, case: r.Case) -> None:
    """Whoever is still sending is still at this case: the next piece must not go to another one because an hour is over."""
    prompt = work.prompt(to.account or "")
    if prompt is not None and prompt.verb == "evidence" and prompt.ref == case.ref:
        prompt.asked_at = work.now


def _case(work: Work, seats: list[r.Person], to: To) -> tuple[r.Case, r.Person] | None:
    """The chosen case; the one whose first shots are wanted; the newest that one of these seats has taken or answered a call of."""
    chosen = evidence.meant(work, seats, to.account or "")
    if chosen is not None:
        asked = None if is_chosen(work, to) else evidence.asked(work, chosen, seats)
        return chosen, asked or tips.officer_of(work, work.get(r.Tip, chosen.tip_id), seats)
    owned = work.owned_tips([s.id for s in seats])
    if owned:
        by = next((s for s in seats if s.id == owned[0].owner_id), seats[0])
        return work.get(r.Case, owned[0].case_id), by
    answered = [c for c in calls.of_seats(work, seats) if c.acknowledged_at]
    if answered:
        by = next((s for s in seats if s.unit_id == answered[0].unit_id), seats[0])
        return work.get(r.Case, answered[0].case_id), by
    return None


def sent_of(item: tips.Item, message: Message) -> evidence.Sent:
    part = message.document or message.video or message.audio
    return evidence.Sent(
        kind=str(item.content.get("sent_as", item.kind)),
        file_id=str(item.content.get("file_id", "")),
        unique=str(item.content.get("file_unique_id", "")),
        name=(part.file_name if part is not None else "") or "",
        declared=(part.mime_type if part is not None else "") or "",
        size=int(item.content.get("size") or 0),
        words=item.text,
        latitude=item.latitude,
        longitude=item.longitude,
    )


def typed(work: Work, prompt: r.Prompt, seats: list[r.Person], to: To, text: str) -> None:
    """A line while 〔取证〕 is open: a typed record of what was seen. The next one may follow."""
    case = work.by_ref(r.Case, prompt.ref)
    by = tips.officer_of(work, work.get(r.Tip, case.tip_id), seats)
    evidence.add(work, case, by, evidence.Sent(kind="record", words=text))
    prompt.asked_at = work.now
    evidence.show_card(work, case, to)


PRESSES = {
    "evidence": choose,
    "evidence_done": done,
    "no_shots": no_shots,
    "proofs": proofs,
    "see_evidence": see,
    "piece": piece,
    "sort": sort,
}
