"""A process comes back while somebody's window has ended: the alarm waits for nothing that it does not need."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.county_files import load_county
from bot.settings import BadSetting
from tests.county import County
from tests.stories.test_fairness import outage
from tests.stories.walks import FOOD, blows, until
from workflows import records as r
from workflows.likeness import Learnt
from workflows.rulebook import Rulebook

MINUTE = timedelta(minutes=1)


def unread(book: Rulebook) -> tuple[Rulebook, Learnt]:
    """The same rulebook as a process has it that has just read its files: with what was learnt not taken apart yet."""
    learnt = load_county().learnt
    assert learnt is not None
    _BOOKS.append(replace(book, learnt=learnt))
    return _BOOKS[-1], learnt


_BOOKS: list[Rulebook] = []  # texts are compiled once per book and looked up by its identity


def taken_apart(learnt: Any) -> bool:
    return learnt._apart is not None


async def test_an_overdue_window_is_handled_before_the_matcher_is_taken_apart(county: County) -> None:
    liaison, leader = county.market.liaison_a, county.yunxi.leader
    liaison.ignores(), leader.ignores(), county.others_may_hear("call.opened", "call.breached", "call.escalated")
    await blows(county, "市监局")
    call = county.one(r.Call)
    await until(county, call.opened_at + 12 * MINUTE)
    county.book, learnt = unread(county.book)

    async with outage(county, until=call.due_at + 3 * MINUTE):
        pass

    assert county.one(r.Call).breached_at == call.due_at and "call.breached" in leader.heard
    assert not taken_apart(learnt)
    villager = county.villager()
    await villager.says(FOOD)
    assert villager.heard == ["tip.opened"] and taken_apart(learnt)
    assert county.all(r.Tip, by_staff=False)[-1].guesses, "and what people say is understood as ever"


@pytest.mark.both_engines
async def test_what_fell_due_while_we_were_away_is_done_in_the_order_of_time(county: County) -> None:
    """The window that ended first is breached first, and rings first, whatever else waits."""
    liaison = county.market.liaison_a
    (
        liaison.ignores(),
        county.yunxi.leader.ignores(),
        county.others_may_hear("call.opened", "call.breached", "call.escalated"),
    )
    await blows(county, "市监局")
    first = county.one(r.Call)
    await until(county, first.opened_at + 5 * MINUTE)
    await blows(county, "生态环境分局")
    second = max(county.all(r.Call), key=lambda c: c.opened_at)
    began = len(county.events())

    async with outage(county, until=second.due_at + MINUTE):
        pass

    happened = county.events()[began:]
    assert [e.subject_id for e in happened if e.kind == "call.breached"] == [first.id, second.id]
    kinds = [e.kind for e in happened]
    assert kinds.index("outage.ended") < kinds.index("call.breached"), "first it is known that we were away"
    assert [c.breached_at == c.due_at for c in county.all(r.Call)] == [True, True]


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook"])
@pytest.mark.parametrize("kind", ["500", "429", "lost_answer"])
async def test_a_bot_api_that_stumbles_while_we_start_is_asked_again(
    county: County, kind: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes back after an outage may meet a Telegram that is not quite there either."""
    monkeypatch.setattr("bot.app._ASK_AGAIN", (0, 0, 0))
    await county.app.stop()
    county.sandbox.world.faults.order(kind, method=method, times=2)

    await county._open()

    villager = county.villager()
    await villager.says(FOOD)
    assert villager.heard == ["tip.opened"]
    county.group.ignores("*"), county.others_may_hear("*")


async def test_a_bot_api_that_never_answers_ends_the_start_with_one_line(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app._ASK_AGAIN", (0, 0, 0))
    await county.app.stop()
    county.sandbox.world.faults.order("502", method="deleteWebhook", times=0)
    app = App(county.settings(), book=county.book, renderer=county.app.renderer)

    with pytest.raises(BadSetting, match=r"WHISTLE_API_URL: .* cannot be reached"):
        await app.start()

    await app.stop()
    county.sandbox.world.faults.clear()
    await county._open()
