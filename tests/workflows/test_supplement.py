"""补证: a grid inspector is asked, what comes is held until an officer takes it in, and none of it tells who sent the tip."""

from typing import Any

import pytest
from sqlmodel import select

from tests.workflows.lawful import Matter
from workflows import evidence
from workflows import records as r
from workflows import supplement as supplements
from workflows.evidence import Sent
from workflows.refusals import AlreadyClosed, AlreadyDone, Gone, NotYours, TooMuch
from workflows.rulebook import Rulebook
from workflows.states import CaseState

PHOTO = Sent(kind="photo", file_id="f1", unique="u1", size=100)


class Story:
    def __init__(self, book: Rulebook, *, sent_by_inspector: bool = False) -> None:
        self.m = m = Matter(book).begin()
        self.tip = m.work.get(r.Tip, m.case.tip_id)
        grid = next(g.id for g in book.county.grids if g.village_id == "QL01V03")
        self.inspector = m.work.people(grid, "grid_inspector", bound=None)[0]
        self.inspector.account = m.work.meet(7_900_000_001).account
        if sent_by_inspector:
            self.tip.account, self.tip.by_inspector = str(self.inspector.account), True
        m.work.flush()

    def asks(self) -> r.Draft:
        draft = supplements.ask(self.m.work, self.m.case, self.m.person("a"), self.inspector)
        self.m.work.flush()
        return draft

    def sends(self, draft: r.Draft, sent: Sent = PHOTO) -> int:
        return supplements.add(self.m.work, draft, [self.inspector], sent)

    def officers(self) -> list[r.Person]:
        return [self.m.person("a")]

    def told(self) -> list[dict[str, Any]]:
        """What was sent to whom, without what is new each time."""
        self.m.work.flush()
        rows = self.m.work.session.exec(select(r.Outbox)).all()
        return [
            {"to": o.person_id, "what": o.template, "facts": o.facts}
            for o in rows
            if o.template.startswith("supplement.")
        ]


def test_what_an_inspector_sends_is_no_part_of_the_file_until_an_officer_takes_it_in(book: Rulebook) -> None:
    s = Story(book)
    before = len(evidence.of_case(s.m.work, s.m.case))
    draft = s.asks()
    supplements.begin(s.m.work, draft, [s.inspector])
    assert (s.sends(draft), s.sends(draft, Sent(kind="photo", file_id="f2", unique="u2"))) == (1, 2)
    s.m.work.flush()
    assert len(evidence.of_case(s.m.work, s.m.case)) == before, "held"

    assert supplements.hand_in(s.m.work, draft) == 2 and supplements.hand_in(s.m.work, draft) == 2
    assert s.m.messages("supplement.handed_in") == [s.m.person("a").id], "once, to whoever handles the case"
    assert supplements.take(s.m.work, draft, s.officers()) == 2

    s.m.work.flush()
    assert [e.by for e in evidence.of_case(s.m.work, s.m.case)][before:] == [s.inspector.id] * 2
    kinds = [
        e["kind"] for e in s.m.events("supplement.asked", "evidence.added", "supplement.handed_in", "supplement.taken")
    ]
    assert kinds == ["supplement.asked", "photo", "photo", "supplement.handed_in", "supplement.taken"]
    with pytest.raises(AlreadyDone):
        supplements.take(s.m.work, draft, s.officers())
    with pytest.raises(AlreadyClosed):
        s.sends(draft)


def test_what_is_left_out_stays_out_and_that_is_a_fact(book: Rulebook) -> None:
    s = Story(book)
    draft = s.asks()
    s.sends(draft)
    supplements.hand_in(s.m.work, draft)

    supplements.decline(s.m.work, draft, s.officers())

    assert (
        evidence.of_case(s.m.work, s.m.case) == []
        and s.m.events("supplement.declined")[0]["inspector"] == s.inspector.id
    )
    with pytest.raises(AlreadyDone):
        supplements.take(s.m.work, draft, s.officers())


def test_what_was_sent_is_handed_in_after_ten_minutes_and_silence_ends_after_a_day(book: Rulebook) -> None:
    s = Story(book)
    draft = s.asks()
    s.sends(draft)
    s.m.later(minutes=11)
    assert draft.facts["stage"] == "handed_in" and s.m.messages("supplement.handed_in") == [s.m.person("a").id]
    silent = Story(book)
    other = silent.asks()

    silent.m.later(hours=25)

    assert other.done_at is not None and silent.m.messages("supplement.unable") == [silent.m.person("a").id]
    with pytest.raises(AlreadyClosed):
        silent.sends(other)
    supplements.ask(silent.m.work, silent.m.case, silent.m.person("a"), silent.inspector)


def test_who_may_be_asked_and_who_may_answer(book: Rulebook) -> None:
    s = Story(book)
    draft = s.asks()
    with pytest.raises(AlreadyDone):
        s.asks()
    with pytest.raises(Gone):
        supplements.ask(s.m.work, s.m.case, s.m.person("a"), s.m.person("other"))
    with pytest.raises(NotYours):
        supplements.begin(s.m.work, draft, [s.m.person("b")])
    with pytest.raises(NotYours):
        supplements.take(s.m.work, draft, [s.m.person("stranger")])
    with pytest.raises(Gone):
        supplements.take(s.m.work, draft, s.officers())
    supplements.unable(s.m.work, draft, [s.inspector])
    assert s.m.messages("supplement.unable") == [s.m.person("a").id]
    with pytest.raises(AlreadyClosed):
        supplements.begin(s.m.work, draft, [s.inspector])


def test_twenty_pieces_are_enough_and_a_closed_or_hidden_case_takes_none(book: Rulebook) -> None:
    s = Story(book)
    draft = s.asks()
    for n in range(s.m.work.policy.supplement.most_pieces):
        s.sends(draft, Sent(kind="photo", file_id=f"f{n}", unique=f"u{n}"))
    with pytest.raises(TooMuch):
        s.sends(draft)
    supplements.hand_in(s.m.work, draft)
    s.m.case.state = CaseState.CLOSED
    with pytest.raises(AlreadyClosed):
        supplements.take(s.m.work, draft, s.officers())
    hidden = Story(book)
    hidden.m.case.hidden = True
    assert not supplements.open_for(hidden.m.work, hidden.m.case), (
        "what the county keeps from the village is asked of nobody there"
    )
    with pytest.raises(AlreadyClosed):
        hidden.asks()
    named = Story(book)
    named.tip.conflicted = [named.inspector.id]
    with pytest.raises(AlreadyClosed):
        named.asks()


def test_whether_the_inspector_sent_the_tip_changes_no_word_anybody_reads(book: Rulebook) -> None:
    """The same course twice: once a villager sent the tip, once the very inspector who is asked."""
    seen = []
    for sent_by_inspector in (False, True):
        s = Story(book, sent_by_inspector=sent_by_inspector)
        draft = s.asks()
        s.sends(draft)
        supplements.hand_in(s.m.work, draft)
        supplements.take(s.m.work, draft, s.officers())
        events = s.m.events("supplement.asked", "evidence.added", "supplement.handed_in", "supplement.taken")
        for one in events:
            one.pop("pieces", None)
        rows = [(e.by, e.kind, e.words, e.held) for e in s.m.work.evidence(s.m.case.id)]
        seen.append((s.told(), events, rows, [p.id for p in supplements.inspectors(s.m.work, s.tip)]))

    assert seen[0] == seen[1]
