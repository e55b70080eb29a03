"""Forged data: every verb, on records of its kind, by everybody who has no business with them. Nothing moves, nothing raises."""

import random
from typing import Any

import pytest

from handlers import call, case, desk, reward, tip, transfer, whistle
from handlers.press import PRESSES
from tests.county import County
from tests.stories.walks import FOOD, blows, reward_proposed, tip_taken
from workflows import records as r
from workflows.states import InboxState, OutboxState

GUARDED = (
    r.Tip, r.Case, r.Act, r.Paper, r.Question, r.Evidence, r.Whistle, r.Call, r.Dispute, r.Transfer, r.Reward, r.LedgerEntry,
    r.Draft, r.Prompt,
)  # fmt: skip
NAMED = (r.Tip, r.Case, r.Act, r.Paper, r.Whistle, r.Call, r.Dispute, r.Transfer, r.Reward, r.Draft)
MEANT_FOR = (
    (tip, (r.Tip,)), (desk, (r.Tip, r.Dispute)), (case, (r.Tip, r.Draft, r.Case)), (whistle, (r.Draft, r.Whistle, r.Tip)),
    (call, (r.Call,)), (transfer, (r.Tip, r.Transfer, r.Draft)), (reward, (r.Reward,)),
)  # fmt: skip
CHOICES = (
    "", "new", "x", "QL01", "QL01V03", "QL02V01", "SJ", "HB", "QL01S-5", "QL01S-6", "QL02S-1", "penalty", "ordered", "untrue",
)  # fmt: skip


def _everything(county: County) -> list[str]:
    """All that a case consists of, as values."""
    return sorted(f"{m.__name__} {row.model_dump_json()}" for m in GUARDED for row in county.all(m))


def _choices(county: County) -> list[str]:
    reasons = county.book.reasons
    groups = (reasons.decline, reasons.dispute, reasons.outcome, reasons.act, reasons.bring, reasons.transfer)
    return [*CHOICES, *(c.code for group in groups for c in group)]


def _clean(county: County) -> None:
    assert county.all(r.Inbox, state=InboxState.FAILED) == []
    assert county.all(r.Outbox, state=OutboxState.FAILED) == []


async def _press_them_all(county: County, chats: list[int], seed: int, count: int) -> None:
    """`count` random presses on live records, each by one of these people in their own chat."""
    rng = random.Random(seed)
    anything = [row.ref for m in NAMED for row in county.all(m)]
    meant = {
        verb: [row.ref for m in models for row in county.all(m)] for noun, models in MEANT_FOR for verb in noun.PRESSES
    }
    choices = [*_choices(county), *(t.ref for t in county.all(r.Tip))]
    verbs = sorted(set(PRESSES) - {"lang"})
    for number in range(count):
        verb, choice = verbs[number % len(verbs)], rng.choice(choices)
        ref = rng.choice(meant.get(verb) or anything)
        data = f"1:{verb}{'.' + choice if choice and rng.random() < 0.5 else ''}:{ref}:{rng.randrange(4)}"
        chat = rng.choice(chats)
        county.sandbox.world.press(chat, chat, 1, data=data)
    await county.settled()


@pytest.mark.parametrize("seed", [1, 2])
async def test_who_has_no_part_in_a_matter_moves_nothing_of_it(county: County, seed: int) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    _, taken = await tip_taken(county)
    county.yunxi.leader.ignores(), county.market.liaison_a.ignores(), county.office.desk.ignores()
    await blows(county, "市监局", on=taken)
    await county.market.liaison_a.presses("不属我单位")
    await county.market.liaison_a.presses("不是法定职责")
    await county.yunxi.leader.presses("现场处置", on=county.group)
    neighbour = county.villager(6_000_000_000_009, "旁人")
    await neighbour.says("河口村有人在路边烧秸秆,烟很大")
    neighbour.ignores()
    outsiders = [
        county.villager(6_000_000_000_010, "生人"), county.ecology.liaison_a, county.ecology.head, county._seat("QL02S-1"),
        county.yunxi.inspector, county.office.admin, county.office.finance, county.yunxi.township_leader,
    ]  # fmt: skip
    for one in outsiders:
        one.ignores()
    before = _everything(county)

    await _press_them_all(county, [p.chat_id for p in outsiders], seed, 240)

    assert _everything(county) == before
    assert len(county.events("press.refused")) >= 200
    _clean(county)


async def test_nobody_but_an_approver_moves_a_proposed_reward(county: County) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    villager, proposed = await reward_proposed(county)
    people = [villager, county.yunxi.leader, county.yunxi.officer, county.market.liaison_a, county.office.finance]
    for one in people:
        one.ignores()
    before = [row.model_dump_json() for row in county.all(r.LedgerEntry)]

    for person in people:
        for verb in ("approve", "refuse", "refused.not_true", "reward", "keep", "waive", "paid"):
            toast = await person.presses_data(f"1:{verb}:{proposed.ref}:0", 1)
            assert toast is not None, (person.seat, verb)

    assert county.one(r.Reward).state == "proposed" and county.events("reward.opened") == []
    assert [row.model_dump_json() for row in county.all(r.LedgerEntry)] == before
    _clean(county)


@pytest.mark.parametrize("verb", ["accept", "declined"])
async def test_many_on_one_button_at_once_move_it_once(county: County, verb: str) -> None:
    county.others_may_hear("*"), county.group.ignores("*")
    villager = county.villager()
    villager.ignores()
    squad = [county.yunxi.leader, county.yunxi.deputy, county.yunxi.officer, county.yunxi.second]
    for one in squad:
        one.ignores()
    await villager.says(FOOD)
    new = county.one(r.Tip)
    card = county.one(r.Card, chat_id=county.group.chat_id).message
    full = "accept" if verb == "accept" else f"declined.{county.book.reasons.decline[0].code}"

    for one in squad * 3:
        county.sandbox.world.press(one.chat_id, county.group.chat_id, card, data=f"1:{full}:{new.ref}:{new.rev}")
    await county.settled()
    await county.restart()

    assert len(county.all(r.Case)) == len(county.events("tip.accepted")) == (1 if verb == "accept" else 0)
    assert len(county.events("tip.declined")) == 0, "passing on before the first look asks for its own reason first"
    _clean(county)


async def test_every_update_of_a_whole_matter_again_after_a_restart_changes_nothing(county: County) -> None:
    """Telegram may deliver an update twice: each is taken once, whatever happened in between."""
    taken: list[bytes] = []
    take = county.app.inbox.take

    async def remembered(payloads: list[bytes]) -> int:
        taken.extend(payloads)
        return await take(payloads)

    county.app.inbox.take = remembered  # type: ignore[method-assign]
    county.others_may_hear("*"), county.group.ignores("*")
    _, mine = await tip_taken(county)
    county.yunxi.leader.ignores(), county.market.liaison_a.ignores()
    await blows(county, "市监局", on=mine)
    await county.market.liaison_a.presses("签收")
    await county.restart()
    before, sent = _everything(county), _count(county)
    assert len(taken) >= 6

    await county.app.inbox.take(list(reversed(taken)))
    await county.settled()

    assert _everything(county) == before
    assert _count(county) == sent
    _clean(county)


def _count(county: County) -> dict[str, Any]:
    return {m.__name__: len(county.all(m)) for m in (r.Outbox, r.Event, r.Inbox, r.TipItem)}
