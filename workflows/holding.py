"""What SQLAlchemy is told of records that are new: as much as it needs, by the shortest way.

No record of ours has relationships, and what is set on it before it is written has no history; SQLAlchemy looks for both. This is the only
place that knows of a session's inner attributes: `tests/workflows/test_holding.py` compares each of these with the long way.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import InstanceState
from sqlalchemy.orm.attributes import instance_state
from sqlmodel import Session, SQLModel


def add(session: Session, record: SQLModel) -> None:
    """As `session.add`; what is new is announced to no listener."""
    state = instance_state(record)
    if state.key is not None or state.session_id is not None:
        session.add(record)
        return
    session._autobegin_t()
    session._new[state] = record
    state.insert_order = len(session._new)
    state.session_id = session.hash_key


def has(session: Session, record: SQLModel) -> bool:
    """As `record in session`."""
    state = instance_state(record)
    return state.session_id == session.hash_key and (not state._deleted or state in session._new)


def changed(session: Session) -> Iterator[InstanceState[Any]]:
    """The states of `session.dirty`."""
    return (state for state in session._dirty_states if state not in session._deleted)


def keep(session: Session, model: type[SQLModel], key: str, records: Sequence[SQLModel]) -> None:
    """These were added and are written, by a statement beside the session: it holds them as if it had been read. `key`: what their
    primary key is called."""
    states = [instance_state(one) for one in records]
    for state in states:
        state.key = (model, (state.dict[key],), None)
        session.identity_map.replace(state)
    session._register_altered(states)
    for state in states:
        del session._new[state]
