"""What a crowd that speaks or presses needs is fetched together: nobody is told what has changed since in the same batch."""

import asyncio
from datetime import timedelta

import pytest

from bot.store import Hearing, Store, hearing
from tests.bot.conftest import rows
from workflows import ahead, downtime
from workflows import records as r
from workflows.states import CallState, InboxState, TipState
from workflows.work import Work

pytestmark = pytest.mark.both_engines


async def together(store: Store, *decisions: object) -> list[object]:
    """Their answers, from one batch if the store pleases."""
    return await asyncio.gather(*(store.decide(one) for one in decisions))  # type: ignore[arg-type]


async def test_who_is_bound_in_a_batch_is_known_to_the_next_of_it(store: Store) -> None:
    def seat(work: Work) -> None:
        work.meet(1)
        work.add(r.Person(id="S", role="liaison", unit_id="SJ", label="某"))

    def held(work: Work) -> list[str]:
        return [one.id for one in work.seats_of(store.vault.account_of(1))]

    def bind(work: Work) -> None:
        work.get(r.Person, "S").account = store.vault.account_of(1)

    def leave(work: Work) -> None:
        work.get(r.Person, "S").account = None

    await store.decide(seat)
    found = await together(store, held, bind, held, held, leave, held)

    assert found == [[], None, ["S"], ["S"], None, []]


async def test_what_is_joined_in_a_batch_is_known_to_the_next_of_it(store: Store) -> None:
    def tell(work: Work) -> None:
        for name in ("a", "b"):
            work.add(r.Tip(id=name, receipt=name, account="x", first_at=work.now, last_item_at=work.now))

    def joined(work: Work) -> list[str]:
        return [one.id for one in work.merged_into("a")]

    def join(work: Work) -> None:
        work.get(r.Tip, "b").merged_into = "a"

    def part(work: Work) -> None:
        work.get(r.Tip, "b").merged_into = None

    await store.decide(tell)
    found = await together(store, joined, join, joined, part, joined)

    assert found == [[], None, ["b"], None, []]


async def test_an_outage_that_begins_or_ends_in_a_batch_counts_in_it(store: Store) -> None:
    def call(work: Work) -> r.Call:
        minutes = timedelta(minutes=1)
        return r.Call(
            number="", whistle_id="", case_id="", unit_id="SJ", opened_at=work.now - 5 * minutes, due_at=work.now
        )

    def away(work: Work) -> bool:
        return downtime.outage_in(work, call(work)) is not None

    def begin(work: Work) -> None:
        work.add(r.Outage(id=7, began_at=work.now - timedelta(minutes=9)))

    def end_before(work: Work) -> None:
        work.get(r.Outage, 7).ended_at = work.now - timedelta(minutes=6)

    def end_within(work: Work) -> None:
        work.get(r.Outage, 7).ended_at = work.now - timedelta(minutes=4)

    found = await together(store, away, begin, away, end_before, away, end_within, away)

    assert [one for one in found if one is not None] == [False, True, False, True]


async def test_due_rows_in_hand_hear_that_they_are_overtaken(store: Store) -> None:
    def plan(work: Work) -> None:
        for kind in ("call.remind", "call.breach"):
            work.due(kind, "c", work.now)

    def overtake(work: Work) -> list[str | None]:
        taken = work.waiting("c")
        work.cancel("c", "call.breach")
        return [one.outcome for one in taken]

    def rest(work: Work) -> None:
        work.cancel("c")

    await store.decide(plan)
    told = await store.decide(overtake)
    await store.decide(rest)

    assert sorted(told, key=str) == [None, "overtaken"]
    assert [row.outcome for row in rows(store, r.Deadline)] == ["overtaken", "overtaken"]


async def test_what_buttons_name_is_fetched_with_what_stands_behind_it(store: Store) -> None:
    """And what was fetched is the record that other decisions of the batch change."""

    def blow(work: Work) -> list[str]:
        refs = []
        for name in ("1", "2"):
            now = work.now
            tip = work.add(r.Tip(receipt=name, account="x", state=TipState.ACCEPTED, first_at=now, last_item_at=now))
            case = work.add(r.Case(number=name, township_id="QL01", tip_id=tip.id, opened_at=now))
            whistle = work.add(r.Whistle(case_id=case.id, township_id="QL01", blown_by="S", opened_at=now))
            due = {"opened_at": now, "due_at": now}
            call = work.add(r.Call(number=name, whistle_id=whistle.id, case_id=case.id, unit_id="SJ", **due))
            refs.append(call.ref)
        return refs

    def sent(work: Work) -> None:
        call = work.by_ref(r.Call, refs[0])
        row = {"template": "call.opened", "audience": "liaison", "act": "card", "lane": 0, "facts": {}}
        at = {"queued_at": work.now, "not_before": work.now, "sent_at": work.now}
        work.add(r.Outbox(account="x", subject_id=call.id, lang="zh", **row, **at))

    def look(work: Work) -> tuple[bool, bool, object]:
        ahead.look_up_speakers(work, ["nobody"], [*refs, "NOTTHERE"])
        call = work.by_ref(r.Call, refs[0])
        same = work.find(r.Call, call.id) is call
        call.state = CallState.ACKNOWLEDGED
        return same, work.by_ref(r.Call, refs[0]).state is CallState.ACKNOWLEDGED, work.delivered_at(call.id, "x")

    refs = await store.decide(blow)
    before, _, after = await together(store, look, sent, look)

    assert before == (True, True, None)
    assert after == (True, True, store.clock.now())


async def test_a_press_is_looked_up_before_it_is_decided(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who wait behind it are looked up with it, each once."""
    asked: list[tuple[list[str], list[str]]] = []
    look = ahead.look_up_speakers
    monkeypatch.setattr(ahead, "look_up_speakers", lambda work, *who: (asked.append(who), look(work, *who)))

    def received(work: Work) -> list[int]:
        made = [work.add(r.Inbox(update_id=n, chat="c", received_at=work.now, claimed_by=store.me)) for n in range(9)]
        work.session.flush()
        return [row.id or 0 for row in made]

    async def press(number: int, row_id: int) -> None:
        hearing.set(Hearing(row_id, account=f"a{number}", ref=f"R{number}"))
        await store.decide(lambda work: work.find(r.Identity, f"a{number}"))

    ids = await store.decide(received)
    await asyncio.gather(*(press(number, row_id) for number, row_id in enumerate(ids)))

    assert sorted(name for accounts, _ in asked for name in accounts) == [f"a{n}" for n in range(9)]
    assert sorted(ref for _, refs in asked for ref in refs) == [f"R{n}" for n in range(9)]
    assert len(asked) <= 3
    assert {row.state for row in rows(store, r.Inbox)} == {InboxState.DONE}


async def test_what_villagers_write_is_read_ahead_together_and_not_what_staff_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked about for it: who of them is staff was looked up a moment before."""
    read: list[list[str]] = []
    monkeypatch.setattr(type(store.book.matcher), "read_ahead", lambda self, texts: read.append(list(texts)))
    accounts = [store.vault.account_of(number) for number in range(9)]

    def received(work: Work) -> list[int]:
        work.meet(1)
        work.meet(2)
        work.add(r.Person(id="S", role="liaison", unit_id="SJ", label="某", account=accounts[1]))
        made = [work.add(r.Inbox(update_id=n, chat="c", received_at=work.now, claimed_by=store.me)) for n in range(9)]
        work.session.flush()
        return [row.id or 0 for row in made]

    async def write(number: int, row_id: int) -> None:
        hearing.set(Hearing(row_id, account=accounts[number], text="" if number == 3 else f"话{number}"))
        await store.decide(lambda work: work.meet(number))

    ids = await store.decide(received)
    await asyncio.gather(*(write(number, row_id) for number, row_id in enumerate(ids)))

    assert sorted(text for texts in read for text in texts) == [f"话{n}" for n in range(9) if n not in (1, 3)]
    assert len([texts for texts in read if texts]) <= 3
