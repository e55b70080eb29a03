"""The short ways of `workflows/holding.py` against SQLAlchemy's long ones."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, event, inspect
from sqlmodel import Session, SQLModel, select

from workflows import holding, rows
from workflows import records as r

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TABLE = SQLModel.metadata.tables["prompt"]


def _new(account: str) -> r.Prompt:
    return r.Prompt(account=account, verb="v", ref="R", asked_at=NOW)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[TABLE])
    with Session(engine, expire_on_commit=False) as one:
        yield one


def _state(session: Session, record: SQLModel) -> dict[str, Any]:
    """All that SQLAlchemy knows of a record."""
    state = inspect(record)
    names = ("transient", "pending", "persistent", "deleted", "detached", "modified", "key", "insert_order")
    found = {name: getattr(state, name, None) for name in names}
    return found | {
        "in": record in session,
        "new": record in session.new,
        "dirty": record in session.dirty,
        "held": session.identity_map.get(state.key) is record if state.key else None,
        "changes": dict(state.committed_state),
    }


def test_what_is_added_is_held_as_if_the_session_had_added_it(session: Session) -> None:
    ways: list[Callable[[SQLModel], None]] = [session.add, lambda one: holding.add(session, one)]
    seen: list[list[dict[str, Any]]] = []
    for way in ways:
        made, states = [_new("b"), _new("a")], []
        for step in (
            lambda: [way(one) for one in made],  # noqa: B023 (called at once)
            lambda: [way(one) for one in made],  # noqa: B023 (twice is once)
            session.flush,
            lambda: way(made[0]),  # noqa: B023 (what is written already)
            lambda: setattr(made[0], "verb", "w"),  # noqa: B023
            session.rollback,
            lambda: way(made[0]),  # noqa: B023 (after all)
            session.rollback,
        ):
            step()
            states += [_state(session, one) for one in made]
        seen.append(states)

    assert seen[0] == seen[1]


def test_what_another_session_has_is_refused(session: Session) -> None:
    one = _new("a")
    with Session(session.get_bind()) as other:
        other.add(one)
        with pytest.raises(Exception, match="already attached"):
            holding.add(session, one)


def test_what_a_session_holds_is_what_it_says_it_holds(session: Session) -> None:
    one, told = _new("a"), []
    for step in (
        lambda: None,
        lambda: holding.add(session, one),
        session.flush,
        lambda: session.delete(one),
        session.flush,
        session.rollback,
        lambda: holding.add(session, one),
        lambda: session.expunge(one),
    ):
        step()
        told.append((one in session, holding.has(session, one)))

    assert told == [(held, held) for held in (False, True, True, True, False, False, True, False)]


def test_what_a_session_says_is_changed_is_what_it_will_write(session: Session) -> None:
    made, told = [_new("a"), _new("b")], []
    for step in (
        lambda: session.add_all(made),
        session.flush,
        lambda: setattr(made[0], "verb", "w"),
        lambda: setattr(made[1], "verb", "w"),
        lambda: session.delete(made[1]),
        session.flush,
    ):
        step()
        dirty: Iterable[Any] = session.dirty
        told.append(({state.dict["account"] for state in holding.changed(session)}, {one.account for one in dirty}))

    assert told == [(names, names) for names in (set(), set(), {"a"}, {"a", "b"}, {"a"}, set())]


def test_what_was_written_beside_the_session_is_held_as_if_it_had_written_it(session: Session) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))

    def beside(made: list[r.Prompt]) -> None:
        rows.write(session.connection(), TABLE, [vars(one) for one in made], columns=tuple(TABLE.c.keys()))
        holding.keep(session, r.Prompt, "account", made)

    seen: list[list[Any]] = []
    for write in (lambda _: session.flush(), beside):
        made, states = [_new("b"), _new("a")], []
        for one in made:
            holding.add(session, one)
        for step in (
            lambda: write(made),  # noqa: B023 (called at once)
            session.flush,
            lambda: setattr(made[0], "verb", "w"),  # noqa: B023
            session.flush,
            lambda: session.delete(made[1]),  # noqa: B023
            session.flush,
        ):
            asked.clear()
            step()
            states.append([_state(session, one) for one in made])
            states.append([text.split()[0] for text in asked])
        assert session.get(r.Prompt, "b") is made[0]
        assert session.exec(select(r.Prompt)).all() == [made[0]]
        session.rollback()
        states.append([_state(session, one) for one in made])
        seen.append(states)

    assert seen[0] == seen[1]
