"""At night a 普通 whistle does not wake people at home: it rings at the next duty hour, and the leader is told before confirming."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.county import County
from tests.stories.walks import until
from workflows import records as r
from workflows.county import Staffed
from workflows.rulebook import Rulebook


@pytest.fixture
async def night(tmp_path: Path, book: Rulebook, request: pytest.FixtureRequest) -> AsyncIterator[County]:
    """22:00, and 生态环境分局 has nobody on shift at night."""
    units = tuple(u.model_copy(update={"staffed": Staffed.ON_CALL}) if u.id == "HB" else u for u in book.county.units)
    asleep = Rulebook(
        replace(book.county, units=units),
        book.policy,
        book.reasons,
        book.articles,
        book.terms,
        book.laws,
        book.forms,
        book.learnt,
    )
    made = await County(tmp_path / "county", asleep).start()
    await made.forward(hours=13)
    yield made
    await made.stop()


async def test_it_rings_in_the_morning_and_the_window_starts_there(night: County) -> None:
    leader, liaison = night.yunxi.leader, night.ecology.liaison_a
    night.group.ignores("tip.submitted", "whistle.opened"), night.others_may_hear("shift.ended")

    await leader.says("/whistle 环保局 河口村桥头排污")
    await leader.presses("新的一件")
    assert "8:30" in leader.last or "08:30" in leader.last
    await leader.presses("叫", containing="才响")
    assert liaison.heard == []
    call = night.one(r.Call)
    opens = call.opened_at.replace(hour=0, minute=30, second=0, microsecond=0) + timedelta(days=1)
    await until(night, opens + timedelta(minutes=14))

    assert call.due_at == opens + timedelta(minutes=15)
    assert liaison.heard == ["call.opened", "call.reminded", "call.reminded", "call.reminded"]
    await liaison.presses("签收")
    assert night.one(r.Call).breached_at is None
    assert leader.heard == []


async def test_the_leader_may_raise_it_with_a_reason_that_stays_in_the_file(night: County) -> None:
    leader, ecology = night.yunxi.leader, night.ecology
    night.group.ignores("tip.submitted", "whistle.opened")

    await leader.says("/whistle 环保局 河口村桥头排污")
    await leader.presses("新的一件")
    await leader.presses("改成特急")
    await leader.presses("正在扩散")
    await leader.presses("叫", containing="特急")

    assert [p.heard for p in (ecology.liaison_a, ecology.liaison_b, ecology.duty_room)] == [["call.opened"]] * 3
    assert night.events("whistle.opened")[0].facts["raised"] == "spreading"
    assert leader.heard == []
