"""A hundred liaisons are called in one second: within five seconds all sends have begun, and Telegram never has to say 429."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from tests.benchmarks.crowd import open_calls
from tests.county import County
from workflows import records as r
from workflows.states import OutboxState
from workflows.work import Work

UNITS = 50
"""All their posts are rung together: more than a hundred people."""


def _ring_at(work: Work, at: datetime) -> None:
    """So many units are called with 特急, and all of it rings at this instant."""
    posts: dict[str, set[str]] = {}
    for person in work.everyone():
        if person.role == "liaison" and person.account:
            posts.setdefault(person.unit_id, set()).add(person.post)
    units = sorted(posts, key=lambda unit: (-len(posts[unit]), unit))[:UNITS]
    open_calls(work, [at + timedelta(minutes=15)] * UNITS, units)
    work.session.flush()
    for person in work.people(units, "liaison"):
        person.on_duty = True
    for call in work.open_calls():
        call.called, call.window = [], {**call.window, "rings": ["post_a", "post_b", "duty_room"]}
    work.session.execute(
        update(r.Deadline).values(kind="call.ring", due_at=at).where(col(r.Deadline.kind) == "call.breach")
    )


@pytest.mark.both_engines
@pytest.mark.scenario(74)
async def test_a_hundred_are_called_at_once_within_five_seconds_and_within_the_limit(county: County) -> None:
    county.group.ignores("*"), county.others_may_hear("*")
    county.replayed = list  # type: ignore[method-assign]  # the crowd was put there, it has no log
    at = county.now + timedelta(minutes=1)
    await county.app.store.decide(_ring_at, at)
    county.sandbox.world.limits.switch(True)

    await county.forward(minutes=1, seconds=6)

    rows = [row for row in county.all(r.Outbox, template="call.opened") if row.state is OutboxState.SENT]
    phones = {row.account for row in county.all(r.Outbox, template="call.opened")}
    assert len(phones) >= 100 and {row.account for row in rows} == phones
    begun = [row.sending_at for row in rows if row.sending_at]
    assert max(begun) - at <= timedelta(seconds=5)
    assert {row.attempts for row in rows} == {1}, "a send was refused and tried again"
