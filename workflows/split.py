"""分成两件: one message tells of two matters. Each gets a case of its own; both have the same sender, who hears the end of both.

    one tip ─► two tips      the first keeps what was said, its place, its time and its owner; the second reads the same words

The sender gets a second receipt in a folded notice: with it the second matter is followed, appealed and rewarded like any other.
"""

from workflows import records as r
from workflows import tip as tips
from workflows.county import Role
from workflows.events import Kind
from workflows.notify import tell
from workflows.refusals import AlreadyClosed, Gone, NotOwner
from workflows.states import TipState
from workflows.work import Work

MOST = 3
"""Matters that one message may be parted into: more is a list, not a tip."""
_SAME = (
    "account", "lang", "drill", "by_inspector", "by_staff", "named", "township_id", "village_id", "grid_id", "urgent", "numbers",
    "texts", "photos", "videos", "voices", "files", "asked", "insider", "home", "home_asked_at", "voice", "wish", "wish_until",
    "no_questions", "unmasked", "hidden", "hidden_why", "handlers", "conflicted", "first_at", "last_item_at", "submitted_at",
    "window", "first_look_at",
)  # fmt: skip
"""What the second takes over from the first: who sent it, where it is, what the sender wished."""


def may_split(work: Work, tip: r.Tip, seats: list[r.Person]) -> r.Person:
    """The seat from which one of these may part it: whoever handles it, once it was taken. Raises AlreadyClosed, NotYours, NotOwner."""
    by = tips.officer_of(work, tip, seats)
    if tip.state is not TipState.ACCEPTED or len(work.split_from(tip.split_of or tip.id)) >= MOST - 1:
        raise AlreadyClosed()
    if tip.owner_id is not None and by.id != tip.owner_id and by.role != Role.SQUAD_LEADER:
        raise NotOwner()
    return by


def offered(work: Work, tip: r.Tip) -> list[str]:
    """What the second matter may be, likeliest first: what the words say too, without what is being handled already."""
    known = {tip.matter_code, *(one.matter_code for one in work.split_from(tip.split_of or tip.id))}
    return [code for code in tip.guesses if code not in known and work.county.has_matter(code)]


def split(work: Work, tip: r.Tip, by: r.Person, code: str | None) -> r.Tip:
    """Part it. `code`: the second matter; None: to be said later by the officer. Raises AlreadyClosed, Gone."""
    if tip.state is not TipState.ACCEPTED:
        raise AlreadyClosed()
    if code is not None and not work.county.has_matter(code):
        raise Gone()
    first = work.find(r.Tip, tip.split_of) or tip
    second = r.Tip(
        receipt=tips.new_receipt(work),
        **{name: getattr(tip, name) for name in _SAME},
        matter_code=code,
        guesses=[code, *(one for one in tip.guesses if one != code)][: len(tip.guesses) or 1] if code else tip.guesses,
        split_of=first.id,
    )
    work.add(second).move(TipState.SUBMITTED)
    second.move(TipState.ACCEPTED)
    second.accepted_at, second.owner_id = work.now, tip.owner_id or by.id
    work.record(Kind.TIP_SPLIT, second, by, of=tip.id, matter=code, owner=second.owner_id)
    tips.open_case(work, second, by)
    if second.first_look_at is None:
        tips.plan_first_look(work, second)
    tip.two = False
    tip.rev += 1
    if not second.by_staff:
        tell(work, Kind.TIP_SPLIT, second, receipt=second.receipt, first=first.receipt)
    tell(work, Kind.TIP_SUBMITTED, second)
    work.refresh(tip.id)
    return second
