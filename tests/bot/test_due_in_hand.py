"""Due rows that are handled together are marked together; what a text says of a matter is what the batch knows of it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.store import Store
from bot.ticker import Ticker
from tests.bot.conftest import later, rows
from workflows import call as calls
from workflows import records as r
from workflows.refusals import Gone
from workflows.work import Work

pytestmark = pytest.mark.both_engines


class Verbs:
    """What was handled, and what the first of it does to the others."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.waiting: list[str] = []
        self.table = {"call.breach": self.overtake, "call.escalate": self.note, "tip.fold": self.moot}

    def overtake(self, work: Work, row: r.Deadline) -> None:
        self.done.append(row.subject_id)
        work.cancel(row.subject_id)
        work.cancel("another", "call.escalate")
        self.waiting = [one.kind for one in work.waiting(row.subject_id)]

    def note(self, work: Work, row: r.Deadline) -> None:
        self.done.append(row.subject_id)

    def moot(self, work: Work, row: r.Deadline) -> None:
        work.done(row, "overtaken")


@pytest.fixture
def verbs() -> Verbs:
    return Verbs()


async def test_what_one_row_overtakes_is_not_handled_though_it_was_claimed_with_it(
    store: Store, ticker: Ticker, verbs: Verbs
) -> None:
    def write(work: Work) -> None:
        for kind, subject, seconds in (
            ("call.breach", "c", 0),
            ("call.escalate", "c", 1),
            ("call.escalate", "another", 1),
            ("call.escalate", "a third", 1),
            ("tip.fold", "t", 2),
        ):
            work.due(kind, subject, work.now + timedelta(seconds=seconds))

    await store.decide(write)
    await later(store, seconds=2)

    assert await ticker.tick() == 5

    assert verbs.done == ["c", "a third"] and verbs.waiting == []
    became = {(d.kind, d.subject_id): (d.outcome, d.done_at) for d in rows(store, r.Deadline)}
    now = store.clock.now()
    assert became == {
        ("call.breach", "c"): ("done", now),
        ("call.escalate", "c"): ("overtaken", now),
        ("call.escalate", "another"): ("overtaken", now),
        ("call.escalate", "a third"): ("done", now),
        ("tip.fold", "t"): ("overtaken", now),
    }


def _one_call(work: Work) -> str:
    now = work.now
    tip = work.add(r.Tip(receipt="1", account="a", first_at=now, last_item_at=now, village_id="QL01V01"))
    case = work.add(r.Case(number="1", township_id="QL01", tip_id=tip.id, opened_at=now))
    whistle = work.add(r.Whistle(case_id=case.id, township_id="QL01", blown_by="QL01S-L", opened_at=now))
    call = r.Call(number="1-1", whistle_id=whistle.id, case_id=case.id, unit_id="SJ", opened_at=now, due_at=now)
    return work.add(call).id


async def test_a_place_that_changes_in_the_same_batch_is_told_as_it_is_now(store: Store) -> None:
    """Also when the record was found by a list, is written meanwhile, and nobody holds it any more."""
    call_id = await store.decide(_one_call)
    told: list[str | None] = []

    def change_twice(work: Work) -> None:
        call = work.get(r.Call, call_id)
        work.load_briefs([call])
        told.append(calls.spoken(work, call)["village"])
        tip = work.session.exec(select(r.Tip)).one()
        tip.village_id = "QL01V02"
        told.append(calls.spoken(work, call)["village"])
        work.flush()
        told.append(work.brief(call).village_id)
        work.find(r.Case, call.case_id)
        told.append(work.brief(call).village_id)

    await store.decide(change_twice)

    assert told == ["QL01V01", "QL01V02", "QL01V02", "QL01V02"]


async def test_a_matter_that_is_gone_is_gone(store: Store) -> None:
    call_id = await store.decide(_one_call)

    def without_tip(work: Work) -> None:
        work.session.delete(work.session.exec(select(r.Tip)).one())
        work.session.flush()
        call = work.get(r.Call, call_id)
        assert work.load_briefs([call]) == []
        work.brief(call)

    with pytest.raises(Gone):
        await store.decide(without_tip)
