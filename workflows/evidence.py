"""取证: what officers and inspectors send to a case. Fetched at once, kept by content, never changed; every access is written down.

    waiting ─ fetching ─ kept                    (its bytes lie in the store under their SHA-256)
                 │ ├─── waiting again            (it could not be fetched; `not_before` says when the next try is due)
                 │ └─── lost                     (Telegram does not give it any more; whoever sent it is asked to send it again)
                 └───── refused                  (it is not what it says, and nothing of it is taken in)

A row stands before anything is fetched, so a process that is killed loses nothing. Pictures of the person who sent the tip are not here:
they are sealed with the tip and open for its handlers alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from workflows import records as r
from workflows import reviewed
from workflows.events import Kind
from workflows.notify import tell, to_person
from workflows.refusals import AlreadyClosed, EvidenceTooBig, Gone, NothingToKeep
from workflows.states import CaseState, EvidenceState
from workflows.work import To, Work

CARD = Kind.EVIDENCE_ADDED.value
"""The live message that counts what came in and ticks off the three first shots."""
LARGEST = 20 * 1024 * 1024
"""Bytes that the Bot API hands out; anything larger comes by a page of ours."""
STALE = timedelta(minutes=3)
"""What was on its way for so long belongs to a process that has ended."""
WAITS = (1, 5, 15, 60, 300, 900, 1800, 3600)
"""Seconds before the next try; the last one is repeated."""
GIVE_UP_AFTER = timedelta(hours=24)
_TELL_AT = 4
"""After so many failures whoever sent it hears that it is not in yet."""
_SAME_CARD = timedelta(minutes=30)
SHOTS = ("wide", "near", "mark")
"""全景、近景、标识: what nobody can take any more an hour later (第一分钟取证)."""
LONGEST_WORDS = 1000
_NEAR = 6
"""Bits of 64 in which two pictures may differ and still be the same picture, cropped, shrunk or stamped."""


class Proof(StrEnum):
    """证据 of 行政处罚法第四十六条, in its order."""

    DOCUMENT = "document"  # 书证
    OBJECT = "object"  # 物证
    MEDIA = "media"  # 视听资料
    DATA = "data"  # 电子数据
    WITNESS = "witness"  # 证人证言
    PARTY = "party"  # 当事人的陈述
    OPINION = "opinion"  # 鉴定意见
    RECORD = "record"  # 勘验笔录、现场笔录


PROOF_OF = {"document": Proof.DOCUMENT, "record": Proof.RECORD, "location": Proof.DATA}
"""What a thing is taken for until somebody says otherwise; pictures, films and voices are 视听资料."""


@dataclass(slots=True)
class Sent:
    """One thing as it came in the chat, without anything about who sent it."""

    kind: str
    file_id: str = ""
    unique: str = ""
    name: str = ""
    declared: str = ""
    size: int = 0
    words: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes turned out to be."""

    sha256: str
    size: int
    mime: str
    look: str = ""
    taken_at: datetime | None = None


# ── coming in ────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(work: Work, case: r.Case, by: r.Person, sent: Sent, *, held: bool = False) -> r.Evidence:
    """Take it into the case, or hold it until an officer of the case does. Raises AlreadyClosed, EvidenceTooBig, NothingToKeep."""
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    if sent.size > LARGEST:
        raise EvidenceTooBig(megabytes=-(-sent.size // (1024 * 1024)))
    words = sent.words.strip()[:LONGEST_WORDS]
    if sent.kind == "record" and len(words) < 2:
        raise NothingToKeep()
    made = r.Evidence(
        case_id=case.id,
        by=by.id,
        at=work.now,
        kind=sent.kind,
        file_id=sent.file_id,
        file_unique_id=sent.unique,
        proof=PROOF_OF.get(sent.kind, Proof.MEDIA),
        words=words,
        latitude=sent.latitude,
        longitude=sent.longitude,
        name=sent.name[:120],
        declared=sent.declared[:100],
        size=sent.size,
        held=held,
    )
    if not sent.file_id:  # a place or a line: it is whole already
        made.state, made.kept_at = EvidenceState.KEPT, work.now
    elif sent.kind in ("photo", "document"):
        missing = missing_shots(work, case, by)
        made.shot = missing[0] if missing else ""
    work.add(made)
    work.record(Kind.EVIDENCE_ADDED, made, by, kind=made.kind, proof=made.proof, shot=made.shot)
    changed(work, case)
    return made


def changed(work: Work, case: r.Case) -> None:
    """The file is another than it was: cards are drawn anew, and an opinion that looked at it holds no more."""
    tip = work.get(r.Tip, case.tip_id)
    tip.rev += 1
    work.refresh(case.id, tip.id, *(c.id for c in work.calls_of_case(case.id)))
    reviewed.changed(work, case)


def show_card(work: Work, case: r.Case, to: To) -> None:
    """The count in this chat: the one that stands there is edited; fifty pictures in a row make one message, not fifty."""
    standing = work.card_in(case.id, to)
    if standing is not None and standing.template == CARD and work.now - standing.at < _SAME_CARD:
        return  # `changed` draws it anew
    if not work.is_coming(CARD, case.id, to):
        tell(work, Kind.EVIDENCE_ADDED, case, to=[to])


def by_page(work: Work, case: r.Case, by: r.Person, kind: str, name: str, declared: str, found: Found) -> r.Evidence:
    """A file that came by a page of ours lies in the store already."""
    if case.state is not CaseState.OPEN:
        raise AlreadyClosed()
    made = r.Evidence(
        case_id=case.id,
        by=by.id,
        at=work.now,
        kind=kind,
        proof=PROOF_OF.get(kind, Proof.MEDIA),
        name=name[:120],
        declared=declared[:100],
        state=EvidenceState.FETCHING,
    )
    work.add(made)
    work.record(Kind.EVIDENCE_ADDED, made, by, kind=kind, proof=made.proof, shot="")
    _keep(work, made, found)
    return made


# ── the first minute ─────────────────────────────────────────────────────────────────────────────────────────────────


def ask_shots(work: Work, case: r.Case, by: r.Person, to: To) -> None:
    """The first on the scene is asked for three shots, once; a case that has been seen before is not asked again."""
    if case.state is CaseState.OPEN and not work.drafts_of(case.id, "shots"):
        work.add(r.Draft(kind="shots", subject_id=case.id, by=by.id, at=work.now))
        show_card(work, case, to)


def meant(work: Work, seats: Sequence[r.Person], account: str) -> r.Case | None:
    """The case that this chat has chosen with 〔取证〕, else the one whose first shots it was asked for. None: neither."""
    prompt = work.prompt(account)
    if prompt is not None and prompt.verb == "evidence":
        return work.by_ref(r.Case, prompt.ref)
    for seat in seats:
        for asked in work.drafts_by(seat.id, "shots", work.now - _SAME_CARD * 2):
            case = work.find(r.Case, asked.subject_id)
            if case is not None and case.state is CaseState.OPEN and missing_shots(work, case, seat):
                return case
    return None


def missing_shots(work: Work, case: r.Case, by: r.Person | None = None) -> list[str]:
    """Which of the three are still wanted, in order; none where nobody was asked, or the asked one cannot take them."""
    asked = next(iter(work.drafts_of(case.id, "shots")), None)
    if asked is None or asked.done_at is not None or (by is not None and asked.by != by.id):
        return []
    there = {e.shot for e in work.evidence(case.id) if e.state not in (EvidenceState.REFUSED, EvidenceState.LOST)}
    return [one for one in SHOTS if one not in there]


def asked(work: Work, case: r.Case, seats: Sequence[r.Person]) -> r.Person | None:
    """The seat of these that was asked for the first shots: of the squad, or of a called unit that was there first."""
    by = {one.by for one in work.drafts_of(case.id, "shots")}
    return next((seat for seat in seats if seat.id in by), None)


def no_shots(work: Work, case: r.Case, by: r.Person) -> None:
    """拍不了: nobody is made to take a picture."""
    for asked in work.open_drafts(case.id, "shots"):
        asked.done_at = work.now
    work.refresh(case.id)


# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def claim(work: Work, limit: int = 4) -> list[dict[str, Any]]:
    """Mark what may be fetched now; what the fetcher needs to know of each."""
    found = []
    for one in work.evidence_due(work.now - STALE, limit):
        if one.state is EvidenceState.WAITING:
            one.move(EvidenceState.FETCHING)
        one.claimed_at, one.tries = work.now, one.tries + 1
        found.append(
            {"id": one.id, "file_id": one.file_id, "kind": one.kind, "declared": one.declared, "name": one.name}
        )
    return found


def kept(work: Work, evidence_id: str, found: Found) -> None:
    """Its bytes lie in the store: who, when, what, whether it was there before, and whether it is an altered copy."""
    one = work.get(r.Evidence, evidence_id)
    if one.state is EvidenceState.FETCHING:
        _keep(work, one, found)


def _keep(work: Work, one: r.Evidence, found: Found) -> None:
    case = work.get(r.Case, one.case_id)
    one.move(EvidenceState.KEPT)
    one.kept_at, one.error = work.now, None
    one.sha256, one.size, one.mime, one.look = found.sha256, found.size, found.mime, found.look
    if found.taken_at is not None and found.taken_at <= one.at + timedelta(minutes=10):
        one.taken_at = found.taken_at  # a clock that runs ahead says nothing
    earlier = [e for e in work.evidence_like(one) if e.id != one.id]
    same = next((e for e in earlier if e.sha256 == one.sha256), None)
    alike = next((e for e in earlier if e is not same and looks_like(e.look, one.look)), None)
    one.same_as, one.like = (same.id if same else None), (alike.id if alike and not same else None)
    work.record(
        Kind.EVIDENCE_KEPT,
        one,
        one.by,
        sha256=found.sha256,
        size=found.size,
        mime=found.mime,
        taken_at=one.taken_at.isoformat() if one.taken_at else None,
        same_as=one.same_as,
        alike=one.like,
    )
    changed(work, case)


def looks_like(one: str, other: str) -> bool:
    """Whether two pictures are the same up to cropping at the edge, size, quality or a small stamp."""
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() <= _NEAR


def again(work: Work, evidence_id: str, why: str) -> bool:
    """It could not be fetched now. Returns whether there is another try; whoever sent it hears when it takes long."""
    one = work.get(r.Evidence, evidence_id)
    if one.state is not EvidenceState.FETCHING:
        return False
    if work.now - one.at > GIVE_UP_AFTER:
        lost(work, evidence_id, why)
        return False
    one.move(EvidenceState.WAITING)
    wait = WAITS[min(one.tries, len(WAITS)) - 1] if one.tries else WAITS[0]
    one.not_before, one.error = work.now + timedelta(seconds=wait), why[:120]
    if one.tries == _TELL_AT:
        _tell(work, Kind.EVIDENCE_DELAYED, one)
    return True


def refused(work: Work, evidence_id: str, why: str, seen: str) -> None:
    """It is not what it says. `why`: empty | program | page | unknown | not_a_picture; `seen` is what it looks like."""
    one = work.get(r.Evidence, evidence_id)
    if one.state is EvidenceState.FETCHING:
        one.move(EvidenceState.REFUSED)
        one.error, one.mime, one.shot = why, seen, ""
        _tell(work, Kind.EVIDENCE_REFUSED, one, why=why)


def lost(work: Work, evidence_id: str, why: str) -> None:
    """Telegram does not hand it out, and will not."""
    one = work.get(r.Evidence, evidence_id)
    if one.state is EvidenceState.FETCHING:
        one.move(EvidenceState.LOST)
        one.error, one.shot = why[:120], ""
        _tell(work, Kind.EVIDENCE_LOST, one)


def _tell(work: Work, kind: Kind, one: r.Evidence, **facts: Any) -> None:
    case = work.get(r.Case, one.case_id)
    work.record(kind, one, one.by, **facts)
    to = to_person(work, work.person(one.by))
    if kind is Kind.EVIDENCE_DELAYED:
        tell(work, Kind.EVIDENCE_DELAYED, one, to=to, name=case.number, kind=one.kind, at=one.at.isoformat())
    elif kind is Kind.EVIDENCE_LOST:
        tell(work, Kind.EVIDENCE_LOST, one, to=to, name=case.number, kind=one.kind, at=one.at.isoformat())
    else:
        tell(work, Kind.EVIDENCE_REFUSED, one, to=to, name=case.number, file=one.name, why=facts["why"])
    changed(work, case)


# ── custody ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_case(work: Work, case: r.Case) -> list[r.Evidence]:
    """What is in the file, in the order in which it came; what was refused or lost is not."""
    out = (EvidenceState.REFUSED, EvidenceState.LOST)
    return [e for e in work.evidence(case.id) if e.state not in out]


def shown(work: Work, case: r.Case, by: r.Person | str, pieces: Sequence[r.Evidence], why: str) -> None:
    """Somebody looked at these, or took a copy: one fact in the chain of the case. `why`: shared | read | export."""
    if pieces:
        listed = [e.sha256 or e.id for e in pieces]
        work.record(Kind.EVIDENCE_SHOWN, case, by, why=why, pieces=listed)


def sort(work: Work, one: r.Evidence, by: r.Person, proof: str) -> None:
    """Which of the eight kinds it is, by an officer. Raises Gone for a ninth."""
    try:
        chosen = Proof(proof)
    except ValueError:
        raise Gone() from None
    if work.get(r.Case, one.case_id).state is not CaseState.OPEN:
        raise AlreadyClosed()
    if one.proof != chosen:
        one.proof = chosen
        work.record(Kind.EVIDENCE_SORTED, one, by, proof=chosen.value)


def kept_files(work: Work) -> list[tuple[str, str, str, str]]:
    """Every file that must lie in the store: (id, SHA-256, number of its case, what it is), evidence and printed documents alike."""
    found = [(e.id, e.sha256 or "", e.case_id, e.kind) for e in work.kept_evidence()]
    for one in work.printed_documents():
        found += [
            (one.id, name, one.case_id, f"{one.form} {one.number or ''}".strip())
            for name in (one.docx, one.pdf)
            if name
        ]
    found += [(p.id, p.agreement_text or "", p.case_id, "agreement") for p in work.procedures_delegated()]
    work.load(r.Case, (case_id for _, _, case_id, _ in found))
    return [(key, name, work.get(r.Case, case_id).number, what) for key, name, case_id, what in found]


def damaged(work: Work, key: str, sha256: str, what: str) -> None:
    """A kept file is missing or is not what it was: written down, and the operator is told once. `what`: missing | changed."""
    one = work.find(r.Evidence, key) or work.find(r.Document, key) or work.get(r.Procedure, key)
    case = work.get(r.Case, one.case_id)
    told = work.events_of(one.id, Kind.EVIDENCE_DAMAGED)
    if any((e.facts.get("what"), e.facts.get("sha256")) == (what, sha256) for e in told):
        return
    work.record(Kind.EVIDENCE_DAMAGED, one, what=what, sha256=sha256)
    tell(work, Kind.EVIDENCE_DAMAGED, one, name=case.number, what=what, sha256=sha256)
