"""What is past its time goes in the night, a stretch at a time: the same whatever the stretch, and what is urgent comes between."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from bot.store import Store
from bot.vault import WrongKey
from tests.bot.conftest import rows
from workflows import aside, erasure, roster, traces
from workflows import records as r
from workflows import tip as tips
from workflows.states import InboxState, OutboxState, RewardState, TipState
from workflows.traces import REWARD_OPEN
from workflows.work import TIP_OPEN, Work

pytestmark = pytest.mark.both_engines
ENDED = [state for state in TipState if state not in TIP_OPEN]


@dataclass
class Past:
    """A county's years, drawn by chance, and what the plain words of the policy leave of them."""

    now: datetime
    chance: Random
    made: list[Any] = field(default_factory=list)
    updates: set[int] = field(default_factory=set)
    texts: set[int] = field(default_factory=set)
    items: set[tuple[str, int]] = field(default_factory=set)
    people: set[str] = field(default_factory=set)

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def days(self, *likely: float) -> float:
        """Near one of the limits, on either side."""
        return self.chance.choice(likely) + self.chance.choice((-1, 1)) * self.chance.uniform(0.1, 20)


def draw(work: Work, seed: int) -> Past:
    past = Past(work.now, Random(seed))
    chance = past.chance
    for update in range(60):
        days = 60 - update if update != 20 else -300.0  # when a rehearsal ran ahead
        state = chance.choice([InboxState.DONE, InboxState.DONE, InboxState.FAILED, InboxState.RECEIVED])
        ended = None if state is InboxState.RECEIVED else past.ago(days)
        past.made.append(r.Inbox(update_id=update, chat="", received_at=past.ago(days), state=state, done_at=ended))
        if not ended or days <= (7 if state is InboxState.DONE else 30):
            past.updates.add(update)
    for number in range(40):
        _person(work, past, f"{chance.getrandbits(64):016x}", number)
    for days in sorted(
        range(400, 0, -7), key=lambda one: -one + chance.choice((0, 0, 8))
    ):  # two replicas: not quite in order
        account = chance.choice(["someone", "else", None])
        state = chance.choice([OutboxState.SENT, OutboxState.DROPPED, OutboxState.SENT, OutboxState.QUEUED])
        at = past.ago(days)
        past.made.append(
            r.Outbox(
                act="send", lane=1, template="x", audience="source", account=account, state=state, queued_at=at,
                not_before=work.now + timedelta(days=9), sent_text=b"said", message=days,
            )
        )  # fmt: skip
        if account is None or days <= 180 or state is OutboxState.QUEUED:
            past.texts.add(days)
    for one in sorted(past.made, key=lambda one: one.at if isinstance(one, r.TipItem) else past.ago(9999)):
        work.session.add(one)  # words come in the order of time
    return past


def _person(work: Work, past: Past, account: str, number: int) -> None:
    chance = past.chance
    key = work.vault.new_key()
    seen, forget, seated = past.days(365, 100), chance.random() < 0.3, chance.random() < 0.2
    identity = r.Identity(
        account=account, key=key, chat=work.vault.seal(key, number), first_seen_at=past.ago(seen), forget=forget
    )
    past.made.append(identity)
    if seated:
        past.made.append(r.Person(id=f"seat-{number}", account=account, role="liaison", unit_id="SJ", label="某"))
    tips = [_tip(work, past, identity, f"{number}-{n}") for n in range(chance.choice((0, 1, 1, 2, 3)))]
    unpaid = any(paid is not None and paid in REWARD_OPEN for _, paid in tips)
    is_open = any(tip.state in TIP_OPEN and not tip.by_staff for tip, _ in tips)
    later = any(tip.ended_at is None or tip.ended_at >= past.ago(365) for tip, _ in tips)
    if seated or unpaid or not ((forget and not is_open) or (seen > 365 and not later)):
        past.people.add(account)
    else:
        past.items -= {(f"{number}-{n}", m) for n in range(3) for m in range(9)}


def _tip(work: Work, past: Past, identity: r.Identity, name: str) -> tuple[r.Tip, RewardState | None]:
    chance = past.chance
    living, days = chance.random() < 0.3, max(past.days(30, 180, 365), 1)
    state = chance.choice(TIP_OPEN if living else ENDED)
    tip = r.Tip(
        id=name, receipt=name, account=identity.account, state=state, first_at=past.ago(days + 2),
        last_item_at=past.ago(days + 2), by_staff=chance.random() < 0.1, ended_at=None if living else past.ago(days),
    )  # fmt: skip
    past.made.append(tip)
    paid = chance.choice([None, None, RewardState.ANNOUNCED, RewardState.PAID])
    if paid is not None:
        past.made.append(
            r.Reward(
                tip_id=name,
                case_id=name,
                township_id="QL01",
                state=paid,
                amount_fen=1,
                rule="x",
                budget="QL",
                proposed_by="x",
                proposed_at=past.now,
            )
        )
    unpaid = paid is not None and paid in REWARD_OPEN
    for message in range(chance.randrange(5)):
        kind = chance.choice(["text", "photo", "location", "contact"])
        content = work.vault.seal(identity.key or b"", {"text": name})
        item = r.TipItem(
            tip_id=name,
            account=identity.account,
            kind=kind,
            at=past.ago(max(days + chance.choice((1, 1, -20)), 0.5)),
            message=message,
            content=content,
        )
        past.made.append(item)
        if living or not ((days > 180 and not unpaid) or (days > 30 and kind in ("location", "contact"))):
            past.items.add((name, message))
    return tip, paid


async def nights(store: Store) -> Iterator[dict[str, Any]]:
    """One night to its end; what each decision began with."""
    began: list[dict[str, Any]] = []

    def decide(work: Work) -> bool:
        query = select(r.Deadline).where(r.Deadline.kind == erasure.NIGHTLY, r.Deadline.done_at == None)  # noqa: E711
        row = work.session.exec(query).one()
        if row.due_at > work.now + timedelta(minutes=1):
            return False
        began.append(dict(row.facts))
        work.done(row)
        erasure.nightly(work, row)
        return True

    while await store.decide(decide):
        assert len(began) < 2000, "it comes to no end"
    return iter(began)


def now(work: Work) -> None:
    work.cancel(work.county.id, erasure.NIGHTLY)
    work.due(erasure.NIGHTLY, work.county.id, work.now)


@pytest.mark.parametrize("at_once, stretch, few", [(1, 2, 1), (9, 4, 2), (4000, 500, 20)])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_same_goes_whatever_the_stretch(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int, at_once: int, stretch: int, few: int
) -> None:
    for name, value in (("_AT_ONCE", at_once), ("_STRETCH", stretch), ("_FEW", few)):
        monkeypatch.setattr(erasure, name, value)
    past = await store.decide(draw, seed)
    await store.decide(now)

    steps = list(await nights(store))

    assert {one.update_id for one in rows(store, r.Inbox)} == past.updates
    assert {one.message for one in rows(store, r.Outbox) if one.sent_text and one.message} == past.texts
    assert {one.account for one in rows(store, r.Identity)} == past.people
    assert {(one.tip_id, one.message) for one in rows(store, r.TipItem)} == past.items
    assert len(steps) > {1: 90, 9: 20, 4000: 0}[at_once], len(steps)
    erased = [one.facts for one in rows(store, r.Event) if one.kind == "data.erased"]
    assert sum(one["updates"] for one in erased) == 60 - len(past.updates)
    assert 1 <= len(erased) <= len(steps) and all(any(one.values()) for one in erased), "with what was erased, at once"


async def test_what_waited_or_was_too_young_goes_in_a_later_night_and_nothing_is_looked_at_twice(store: Store) -> None:
    past = await store.decide(draw, 7)
    await store.decide(now)
    await nights(store)
    texts = [one for one in rows(store, r.Outbox) if one.message]
    gone = [one.id for one in texts if one.message > 180 and one.state is not OutboxState.QUEUED]
    (mark,) = [one.facts["emptied"] for one in rows(store, r.Deadline) if one.done_at is None]
    assert mark == min(one.id for one in texts if one.id not in gone) - 1 > 0
    assert past.texts == {one.message for one in texts if one.sent_text}

    def later(work: Work) -> None:
        """All have left, and a year goes by."""
        for row in work.session.exec(select(r.Outbox)):
            row.queued_at -= timedelta(days=400)
            row.state = OutboxState.SENT
        work.cancel(work.county.id, erasure.NIGHTLY)
        work.due(erasure.NIGHTLY, work.county.id, work.now, emptied=mark)

    await store.decide(later)
    await nights(store)

    assert not [one.id for one in rows(store, r.Outbox) if one.message and one.account and one.sent_text]
    (mark,) = [one.facts["emptied"] for one in rows(store, r.Deadline) if one.done_at is None]
    assert mark >= max(one.id for one in texts)


async def test_a_stage_that_stumbles_again_and_again_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> int:
        raise WrongKey()

    monkeypatch.setattr("workflows.traces.delete_words", stumble)
    await store.decide(draw, 2)

    def again(work: Work) -> None:
        work.cancel(work.county.id, erasure.NIGHTLY)
        work.due(erasure.NIGHTLY, work.county.id, work.now, stage="words", counts={"people": 2}, emptied=5)

    await store.decide(again)
    with pytest.raises(WrongKey):
        await nights(store)

    def tried(work: Work) -> None:
        query = select(r.Deadline).where(r.Deadline.kind == erasure.NIGHTLY, r.Deadline.done_at == None)  # noqa: E711
        work.session.exec(query).one().attempts = 3

    await store.decide(tried)
    assert len(list(await nights(store))) == 1

    (row,) = [one for one in rows(store, r.Deadline) if one.kind == erasure.NIGHTLY and one.done_at is None]
    assert row.facts == {"emptied": 5}, "the next night begins anew, and knows what is empty"


async def test_a_clock_set_back_loses_nothing_that_the_night_knows(store: Store) -> None:
    def far(work: Work) -> None:
        work.cancel(work.county.id, erasure.NIGHTLY)
        work.due(erasure.NIGHTLY, work.county.id, work.now + timedelta(days=90), emptied=7, counts={"people": 1})

    await store.decide(far)
    await store.decide(erasure.ensure)

    (row,) = [one for one in rows(store, r.Deadline) if one.kind == erasure.NIGHTLY and one.done_at is None]
    assert row.facts == {"emptied": 7, "counts": {"people": 1}}
    assert row.due_at < store.clock.now() + timedelta(days=2)


async def test_words_that_were_no_tip_can_still_become_one_after_the_key_was_made_anew(store: Store) -> None:
    def say(work: Work) -> str:
        key = work.vault.new_key()
        work.session.add(r.Identity(account="a", key=key, chat=work.vault.seal(key, 1), first_seen_at=work.now))
        work.session.flush()
        return aside.keep(work, "a", tips.Item(kind="text", message=1, text="要办低保"), "service").ref

    ref = await store.decide(say)

    await store.decide(traces.seal_anew, "a")

    assert await store.decide(lambda work: aside.report(work, ref, "a", "zh").account) == "a"


async def test_who_got_a_seat_is_not_forgotten_for_an_old_wish_when_it_is_given_up(store: Store) -> None:
    def sit(work: Work) -> None:
        key = work.vault.new_key()
        work.session.add(
            r.Identity(account="a", key=key, chat=work.vault.seal(key, 1), first_seen_at=work.now, forget=True)
        )
        work.session.flush()
        seat = r.Person(id="s", role="liaison", unit_id="SJ", label="某")
        work.session.add(seat)
        roster.bind(work, seat, "a")
        work.session.flush()
        seat.account = None

    await store.decide(sit)
    await store.decide(now)
    await nights(store)

    assert [one.account for one in rows(store, r.Identity)] == ["a"]


async def test_an_interrupted_night_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a night knows stands in its row: whoever decides next, after a kill or elsewhere, goes on with it."""
    monkeypatch.setattr(erasure, "_AT_ONCE", 3)
    monkeypatch.setattr(erasure, "_STRETCH", 2)
    await store.decide(draw, 4)
    await store.decide(now)

    began = list(await nights(store))

    assert [one.get("stage", "updates") for one in began] == sorted(
        (one.get("stage", "updates") for one in began),
        key=["updates", "messages", "positions", "people", "words"].index,
    )
    assert all(
        one["counts"]["updates"] >= 0 and set(one) == {"stage", "after", "counts", "emptied"} for one in began[1:]
    )
    places = [(one["stage"], str(one["after"])) for one in began[1:]]
    assert len(set(places)) == len(places), "no stretch twice"
