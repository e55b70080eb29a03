"""The log alone tells the state. Every story is judged by that at its end (`County.replayed`); here the judge itself is on trial."""

import pytest

from tests.county import County
from tests.stories.walks import blows, tip_taken
from workflows import records as r
from workflows import replay
from workflows.states import CallState
from workflows.work import Work


@pytest.mark.scenario(98)
async def test_a_call_that_lived_through_everything_follows_from_its_events(county: County) -> None:
    """Rung, breached, taken, let go, signed late, promised, silent, open again, signed, there, confirmed, reported."""
    leader, desk, market = county.yunxi.leader, county.office.desk, county.market
    for one in (leader, desk, market.liaison_a, market.liaison_b):
        one.ignores("*")
    county.group.ignores("*"), county.others_may_hear("*")
    _, tip = await tip_taken(county)
    await blows(county, "市监局", on=tip)
    await county.forward(minutes=24)
    await desk.presses("我来催")
    await county.forward(minutes=12)
    await market.liaison_b.presses("签收")
    await market.liaison_b.presses("30分钟")
    await county.forward(minutes=50)
    reopened = county.one(r.Call)
    await market.liaison_a.presses("签收")
    await market.liaison_a.presses("到场")
    await leader.presses("已到", on=county.group)
    await market.liaison_a.presses("反馈")
    await market.liaison_a.presses("不属实")

    call = county.one(r.Call)
    kinds = {e.kind for e in county.events() if e.subject_id == call.id}
    lived = ("opened", "rung", "reminded", "breached", "escalated", "taken", "released", "acknowledged", "promised")
    assert {
        f"call.{name}" for name in (*lived, "progress_asked", "reopened", "arrived", "confirmed", "reported")
    } <= kinds
    assert reopened.state is CallState.OPEN and call.state is CallState.REPORTED
    told = replay.replay(county.events()).of("call", call.id)
    assert told["called"] == ["SJ-1", "SJ-2"] and told["acknowledged_by"] == "SJ-2" and told["arrival"] == "leader"
    assert county.replayed() == []


async def test_a_change_that_no_event_tells_is_named(county: County) -> None:
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局")
    call = county.one(r.Call)

    def secretly(work: Work) -> None:
        work.get(r.Call, call.id).breached_at = work.now

    await county.app.store.decide(secretly)
    found = county.replayed()

    assert len(found) == 1 and f"call {call.id}: breached_at is" in found[0] and "the log tells None" in found[0]
    await county.app.store.decide(lambda work: setattr(work.get(r.Call, call.id), "breached_at", None))


async def test_an_event_that_changed_nothing_is_named(county: County) -> None:
    county.group.ignores("*"), county.others_may_hear("*")
    await blows(county, "市监局")
    call = county.one(r.Call)
    event = r.Event(kind="call.departed", subject="call", subject_id=call.id, at=county.now, by="SJ-1")

    found = replay.differences([*county.events(), event], [call])

    assert [line.split(": ")[1].split(" is")[0] for line in found] == ["state", "departed_at"]


@pytest.mark.parametrize("model", [r.Tip, r.Case, r.Whistle, r.Call])
def test_every_column_follows_from_the_log_or_says_why_not(model: type) -> None:
    noun = model.__name__.lower()

    silent = set(model.model_fields) - set(replay.STATES[noun]) - set(replay.NOT_TOLD) - {"reason"}

    assert not silent, f"say in workflows/replay.py which event tells {sorted(silent)} of a {noun}"
