"""Commands of the console beside a running bot: one short transaction each, on a connection of their own."""

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from bot import database, keys
from bot.app import open_vault, read_rulebook
from bot.clock import Clock
from bot.settings import BadSetting, Settings
from workflows import records as r
from workflows.work import Work

R = TypeVar("R")


def decide(settings: Settings, fn: Callable[[Work], R]) -> R:
    """Run one decision and commit it; the database is brought up to date first if it is new."""
    vault = open_vault(settings)
    book = read_rulebook(settings)
    engine = database.open_engine(settings.database_url)
    at, head = database.version(engine)
    if at is None:
        database.migrate(engine)
    elif at != head:
        raise BadSetting(
            f"WHISTLE_DATABASE_URL: the database is at version {at}, this program needs {head} — run `whistle migrate`"
        )
    clock = Clock()
    with Session(engine, expire_on_commit=False) as session:
        shared = database.is_shared(engine)
        if shared:
            database.take_turn(session.connection(), alone=True)
            found = database.moment(session.connection())
            clock.anchor(found.real, found.rehearsal)
        else:
            clock.follow(session.get(r.Clock, 1))
        seal = session.get(r.Seal, 1)
        if seal is not None:
            keys.fit(vault, seal)
        work = Work(session, clock.now(), book, vault)
        result = fn(work)
        work.flush()
        session.commit()
    engine.dispose()
    return result
