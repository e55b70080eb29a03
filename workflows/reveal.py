"""揭开: the only way in which a person learns who sent a tip. Two people of two roles, a reason, an event each, a notice to the supervisor.

asked ─► consented ─► opened (once, in private, folded again)          asked ─► refused        asked | consented ─► expired
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workflows import records as r
from workflows import tip as tips
from workflows.events import Kind
from workflows.notify import tell, to_people, to_person
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotBound, NotYours, SamePerson
from workflows.states import RevealState
from workflows.work import Erased, Work


def asker_of(work: Work, seats: list[r.Person]) -> r.Person:
    """The seat from which one of these people may ask. Raises NotBound."""
    for seat in seats:
        if seat.role in work.policy.privacy.reveal_ask_roles:
            return seat
    raise NotBound()


def ask(work: Work, tip: r.Tip, by: r.Person, reason: str) -> r.Reveal:
    """With a reason of the county's list; whoever may consent is asked, the supervisor is told. Raises Gone, AlreadyDone."""
    if work.book.reasons.find("reveal", reason) is None or tip.by_staff:
        raise Gone()
    waiting = work.open_reveal(tip.id)
    if waiting is not None:
        raise AlreadyDone(by=work.person(waiting.asked_by), at=waiting.asked_at)
    reveal = work.add(r.Reveal(tip_id=tip.id, reason=reason, asked_by=by.id, asked_at=work.now))
    work.due("reveal.expire", reveal.id, work.now + timedelta(hours=work.policy.privacy.reveal_hours))
    work.record(Kind.REVEAL_ASKED, reveal, by, reason=reason, tip=tip.id)
    tell(work, Kind.REVEAL_ASKED, reveal, to=to_people(work, _seconds(work, by)), by=by, **_named_in(work, reveal))
    return reveal


def _seconds(work: Work, asker: r.Person) -> list[r.Person]:
    among = work.people(work.county.id, *work.policy.privacy.reveal_consent_roles)
    return [p for p in among if p.id != asker.id and p.account != asker.account]


def _named_in(work: Work, reveal: r.Reveal) -> dict[str, Any]:
    tip = work.get(r.Tip, reveal.tip_id)
    asker, second = work.person(reveal.asked_by), work.person(reveal.second)
    return {
        "name": tips.display(tip, work),
        "reason": reveal.reason,
        "who": asker.label if asker else "",
        "who_en": (asker.label_en or asker.label) if asker else "",
        "second": second.label if second else "",
        "second_en": (second.label_en or second.label) if second else "",
    }


def consent(work: Work, reveal: r.Reveal, seats: list[r.Person], agreed: bool) -> None:
    """The second person agrees or not. Raises NotYours, SamePerson, AlreadyDone."""
    asker = work.get(r.Person, reveal.asked_by)
    may = [s for s in seats if s.role in work.policy.privacy.reveal_consent_roles]
    if not may:
        raise NotYours()
    by = next((s for s in may if s.id != asker.id and s.account != asker.account), None)
    if by is None:
        raise SamePerson()
    if reveal.state is not RevealState.ASKED:
        raise AlreadyDone(by=work.person(reveal.second), at=reveal.decided_at)
    reveal.move(RevealState.CONSENTED if agreed else RevealState.REFUSED)
    reveal.second, reveal.decided_at = by.id, work.now
    kind = Kind.REVEAL_CONSENTED if agreed else Kind.REVEAL_REFUSED
    work.record(kind, reveal, by, tip=reveal.tip_id)
    tell(work, kind, reveal, to=to_person(work, asker), **_named_in(work, reveal))


@dataclass(frozen=True, slots=True)
class Who:
    """What is known of a sender; nothing once they were erased."""

    chat: int | None = None
    real_name: str | None = None
    phones: tuple[str, ...] = ()

    @property
    def erased(self) -> bool:
        return self.chat is None


def open_once(work: Work, reveal: r.Reveal, seats: list[r.Person]) -> Who:
    """Who sent it, for the asker alone, once. Raises NotYours, AlreadyDone, AlreadyClosed."""
    by = next((s for s in seats if s.id == reveal.asked_by), None)
    if by is None:
        raise NotYours()
    if reveal.state is RevealState.OPENED:
        raise AlreadyDone(by=by, at=reveal.opened_at)
    if reveal.state is not RevealState.CONSENTED:
        raise AlreadyClosed()
    reveal.move(RevealState.OPENED)
    reveal.opened_at = work.now
    work.cancel(reveal.id, "reveal.expire")
    work.record(Kind.REVEAL_OPENED, reveal, by, tip=reveal.tip_id)
    tell(work, Kind.REVEAL_OPENED, reveal, **_named_in(work, reveal))
    return _who(work, work.get(r.Tip, reveal.tip_id))


def _who(work: Work, tip: r.Tip) -> Who:
    """The one place where an identity is unsealed for a person."""
    try:
        chat = work.chat_of(tip.account)
    except Erased:
        return Who()
    identity = work.identity(tip.account)
    said = [work.unseal(item.account, item.content) for item in work.items(tip.id) if item.kind == "contact"]
    name = work.unseal(tip.account, identity.name) if identity.name and tip.named else None
    return Who(chat, name, tuple(s["phone"] for s in said if s.get("phone")))


def expire(work: Work, reveal: r.Reveal) -> None:
    """Nobody agreed, or nobody looked, in time."""
    if reveal.state in (RevealState.ASKED, RevealState.CONSENTED):
        reveal.move(RevealState.EXPIRED)
        work.record(Kind.REVEAL_EXPIRED, reveal, tip=reveal.tip_id)
