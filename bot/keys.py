"""`whistle key rotate`: from one master key to another, the bot stopped, in one transaction.

Every person's key is wrapped anew, and so are the keys by which accounts and codes are found again. Before the commit the old key opens
everything, after it the new one does; there is no moment in between. Backups made before open with the old key only: once that is
destroyed, nobody reads them any more, and whoever was erased before the change is gone from them too.
"""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot import database
from bot.lock import hold
from bot.settings import BadSetting
from bot.vault import MasterVault, WrongKey
from workflows import records as r


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done: how many people's keys were wrapped anew, and whether an earlier run had done it already."""

    people: int
    already: bool


def fit(vault: MasterVault, seal: r.Seal) -> None:
    """Make the vault ready for this database. Raises BadSetting when its master key is another one."""
    if seal.fingerprint != vault.fingerprint():
        raise BadSetting(
            "WHISTLE_VAULT_KEY: is not the key this database was sealed with — use the original key; without it nothing can be opened"
        )
    vault.adopt(seal.ring)


def open_key(name: str, text: str) -> MasterVault:
    """Raises BadSetting, naming the setting, when the text is no vault key."""
    if not text:
        raise BadSetting(f"{name}: is not set — `whistle key new` makes a key")
    try:
        return MasterVault(text)
    except WrongKey as error:
        raise BadSetting(f"{name}: is not a vault key ({error}) — make one with `whistle key new`") from None


def rotate(database_url: str, old: MasterVault, new: MasterVault) -> Rotated:
    """Change the master key. Raises BadSetting when the bot runs, or when `old` is not this database's key."""
    engine = database.open_engine(database_url)
    try:
        with hold(database_url):
            at, head = database.version(engine)
            if at is None or at != head:
                raise BadSetting(
                    f"WHISTLE_DATABASE_URL: the database is at version {at}, this program needs {head} — run `whistle migrate`"
                )
            return _rewrap(engine, old, new)
    finally:
        engine.dispose()


def _rewrap(engine: Engine, old: MasterVault, new: MasterVault) -> Rotated:
    people = 0
    with Session(engine) as session:
        seal = session.get(r.Seal, 1)
        if seal is None:
            raise BadSetting(
                "WHISTLE_DATABASE_URL: nothing was sealed in this database yet — just start with the new key"
            )
        if seal.fingerprint == new.fingerprint():
            return Rotated(0, already=True)
        fit(old, seal)
        for identity in session.exec(select(r.Identity).where(col(r.Identity.key).is_not(None))):
            if identity.key is not None:
                identity.key = old.rewrap(identity.key, new)
                people += 1
        for party in session.exec(select(r.Party).where(col(r.Party.key).is_not(None))):
            if party.key is not None:
                party.key = old.rewrap(party.key, new)
        for document in session.exec(select(r.Document)):
            document.key = old.rewrap(document.key, new)
        for shown in session.exec(select(r.Publication)):
            if shown.key is not None:
                shown.key = old.rewrap(shown.key, new)
        seal.ring, seal.fingerprint = old.ring_for(new), new.fingerprint()
        session.commit()
    database.forget(engine, everything=True)
    return Rotated(people, already=False)
