"""Stretches that many stories walk before their own begins: a tip is taken, a whistle is blown, a case is closed on a paper."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select

from tests.county import PLANTED_WORDS, County, Group, Person, digits
from workflows import records as r
from workflows.policy import Policy
from workflows.work import Work

FOOD = "河口村集市上有人卖过期食品"


async def tip_taken(county: County, text: str = FOOD) -> tuple[Person, r.Tip]:
    """The planted villager writes; the squad's leader takes it. What both have heard so far is behind them."""
    villager, leader = county.villager(), county.yunxi.leader
    await villager.says(text)
    if county.one(r.Tip).asks:
        await villager.presses(county.book.county.matter(county.one(r.Tip).guesses[0]).short)
    await villager.says(PLANTED_WORDS)
    await leader.presses("受理", on=county.group)
    assert villager.heard == ["tip.opened", "tip.accepted"]
    assert county.group.heard == ["tip.submitted"]
    return villager, county.one(r.Tip)


async def blows(county: County, *units: str, urgent: bool = False, on: r.Tip | None = None) -> r.Whistle:
    """The leader whistles by command: for a matter the squad saw itself, or for a tip."""
    leader = county.yunxi.leader
    county.group.ignores("tip.submitted", "whistle.opened")
    before = len(county.all(r.Whistle))
    await leader.says(f"/whistle {' '.join(units)} 河口集市占道经营")
    await leader.presses("新的一件" if on is None else county.one(r.Case, id=on.case_id).number)
    if urgent:
        await leader.presses("改成特急")
    await leader.presses("叫")
    if county.all(r.Draft, kind="whistle", done_at=None) and len(county.all(r.Whistle)) == before:
        approver = county.yunxi.township_leader  # the fourth of a day
        approver.passes_over("whistle.asked"), leader.passes_over("whistle.decided")
        await approver.presses("同意")
    assert len(county.all(r.Whistle)) == before + 1
    return max(county.all(r.Whistle), key=lambda w: w.opened_at)


async def rules(county: County, change: Callable[[dict[str, Any]], None]) -> None:
    """The county has edited its policy, and the process was started again with it."""
    plain = county.book.policy.model_dump(mode="json", by_alias=True)
    change(plain["versions"][-1])
    county.book = replace(county.book, policy=Policy.model_validate(plain))
    _BOOKS.append(county.book)
    await county.restart()


async def soon(county: County) -> None:
    """A county where a reward is decided in a day and lapses after two: a story need not walk through two months."""

    def few_days(version: dict[str, Any]) -> None:
        short = {"decision_wd": 1, "ask_again_wd": 1, "claim_days": 2, "remind_days_left": [1], "extension_days": 2}
        version["reward"]["terms"] |= short

    await rules(county, few_days)


_BOOKS: list[Any] = []  # texts are compiled once per book and looked up by its identity


def codes_from(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """Arrival codes are drawn in this order. By chance, four digits would now and then stand in a date or a number, too."""
    drawn = itertools.count(first)
    monkeypatch.setattr("workflows.arrival.secrets", SimpleNamespace(randbelow=lambda _: next(drawn)))


async def until(county: County, moment: datetime) -> None:
    """Walk to exactly this moment; what falls due at it has been done."""
    await county.forward(seconds=(moment - county.now).total_seconds())


def button(county: County, chat: Person | Group, label: str) -> tuple[str, int]:
    """Data and message of the newest button of this name, to be pressed later, when it may be gone."""
    for view in reversed(list(county.sandbox.world.messages(chat.chat_id))):
        for row in view["keyboard"] or []:
            for key in row:
                if label in key["text"] and not view["deleted"]:
                    return key["data"], view["message_id"]
    raise AssertionError(f"no button {label}")


def timeline(county: County, subject: Any, *, since: datetime) -> list[tuple[str, str, timedelta]]:
    """What happened to one record: event, its telling fact, and how long after `since`; whom each step rang is left out."""
    return [
        (e.kind, str(e.facts.get("who") or e.facts.get("left") or ""), e.at - since)
        for e in county.events()
        if e.subject_id == subject.id and e.kind != "call.rung"
    ]


async def closed_on_paper(county: County, text: str = FOOD) -> tuple[Person, r.Case]:
    """A tip is taken, closed as 属实，责令改正 on a numbered paper, and the second officer has been asked to tick it."""
    villager, tip = await tip_taken(county, text)
    leader, second = county.yunxi.leader, county.yunxi.officer
    await leader.presses("结案", on=county.group)
    await leader.presses("责令改正", on=county.group)
    await leader.says("云溪责改〔2026〕3号 11月2日")
    await leader.presses("云溪镇队员1")
    assert second.heard == ["paper.named"]
    assert villager.heard == ["tip.closed"]
    return villager, county.one(r.Case, id=tip.case_id)


async def reward_proposed(county: County) -> tuple[Person, r.Reward]:
    """… and the paper is found right, so that the desk is asked."""
    villager, _ = await closed_on_paper(county)
    await county.yunxi.officer.presses("核对无误")
    assert county.office.desk.heard == ["reward.proposed"]
    county.yunxi.leader.ignores("paper.checked")
    county.others_may_hear("reward.proposed")
    return villager, county.one(r.Reward)


async def signed(county: County, desk: Person | None = None) -> None:
    """The desk signs for a reward, and after it a clerk who will not pay it out."""
    await (desk or county.office.desk).presses("批准")
    clerk = county._seat("QL-finance-2")
    clerk.ignores("reward.proposed", "reward.announced", "reward.reversed")
    county.others_may_hear("reward.proposed", "reward.announced")
    await clerk.presses("批准")


async def reward_announced(county: County) -> tuple[Person, r.Reward, str]:
    """… and approved; the villager has opened the notice and reads the code."""
    villager, _ = await reward_proposed(county)
    await signed(county)
    assert villager.heard == ["reward.announced"]
    county.others_may_hear("reward.proposed", "reward.announced")
    await villager.presses("点开", containing="新答复")
    code = next(line for line in villager.last.splitlines() if len(digits(line)) == 21)
    return villager, county.one(r.Reward), code


async def nobody_is_paged(county: County) -> None:
    """The clocks of every open call are taken away, for a story that is about what else happens on the days that follow."""
    await county.app.store.decide(_without_clock)


def _without_clock(work: Work) -> None:
    for due in work.session.exec(select(r.Deadline).where(col(r.Deadline.kind).startswith("call."))):
        work.session.delete(due)
