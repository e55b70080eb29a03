"""The master key is changed in one step: before it the old key opens everything, after it the new one, and nothing in between."""

import gc
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot import database, keys
from bot.cli import main
from bot.lock import hold
from bot.settings import BadSetting
from bot.vault import MasterVault, WrongKey, new_master_key
from workflows import party
from workflows import records as r
from workflows.work import Work

PEOPLE = 40


@pytest.fixture
def sealed(tmp_path: Path, book) -> tuple[str, str]:
    """A database with forty people in it, and its key."""
    url, key = f"sqlite:///{tmp_path / 'whistle.db'}", new_master_key()
    engine, vault = database.open_engine(url), MasterVault(key)
    database.migrate(engine)
    with Session(engine, expire_on_commit=False) as session:
        work = Work(session, datetime(2026, 11, 2, tzinfo=UTC), book, vault)
        work.add(r.Seal(id=1, fingerprint=vault.fingerprint(), made_at=work.now))
        for chat in range(PEOPLE):
            work.meet(1_000 + chat)
        erased = work.meet(99)
        erased.key = erased.chat = None
        work.flush()
        session.commit()
    engine.dispose()
    return url, key


def chats(url: str, key: str) -> set[int]:
    """Every chat that this key opens. Raises BadSetting."""
    engine, vault = database.open_engine(url), MasterVault(key)
    try:
        with Session(engine) as session:
            seal = session.get(r.Seal, 1)
            assert seal is not None
            keys.fit(vault, seal)
            found = [
                (i.account, vault.unseal(i.key, i.chat)) for i in session.exec(select(r.Identity)) if i.key and i.chat
            ]
    finally:
        engine.dispose()
    assert all(vault.account_of(chat) == account for account, chat in found), (
        "everybody is found under the same account"
    )
    return {chat for _, chat in found}


ALL = set(range(1_000, 1_000 + PEOPLE))


def test_the_new_key_opens_everything_and_the_old_one_nothing(sealed: tuple[str, str]) -> None:
    url, old = sealed
    new = new_master_key()
    before = _file(url).read_bytes()
    wraps = list(_wraps(url))

    done = keys.rotate(url, MasterVault(old), MasterVault(new))

    assert (done.people, done.already) == (PEOPLE, False)
    assert chats(url, new) == ALL
    with pytest.raises(BadSetting, match="not the key this database was sealed with"):
        chats(url, old)
    assert all(w in before for w in wraps), "the old wraps were there"
    left = b"".join(p.read_bytes() for p in _file(url).parent.iterdir())
    assert not any(w in left for w in wraps), "and are nowhere any more: not in the file, not in its log"
    with pytest.raises(WrongKey):
        MasterVault(old).unseal(_wraps(url)[0], b"x" * 40)


def test_what_is_known_of_a_party_opens_with_the_new_key(sealed: tuple[str, str], book) -> None:
    url, old = sealed
    new, engine = new_master_key(), database.open_engine(url)
    with Session(engine) as session:
        work = Work(session, datetime(2026, 11, 2, tzinfo=UTC), book, MasterVault(old))
        case = r.Case(number="云溪-2026-0001", township_id="QL01", tip_id="t", opened_at=work.now)
        case_id = case.id
        party.keep(work, case, party.Details(name="某甲", id_no="110101201401011234"))
        session.commit()

    keys.rotate(url, MasterVault(old), MasterVault(new))

    with Session(engine) as session:
        work = Work(session, datetime(2026, 11, 2, tzinfo=UTC), book, MasterVault(new))
        known = party.details(work, case_id)
        assert known is not None
        assert (known.name, known.age_on(work.today)) == ("某甲", 12)
    engine.dispose()


def test_it_can_be_changed_again_and_accounts_stay(sealed: tuple[str, str]) -> None:
    url, first = sealed
    second, third = new_master_key(), new_master_key()

    keys.rotate(url, MasterVault(first), MasterVault(second))
    keys.rotate(url, MasterVault(second), MasterVault(third))

    assert chats(url, third) == ALL


def test_run_again_it_says_that_it_is_done(sealed: tuple[str, str]) -> None:
    url, old = sealed
    new = new_master_key()
    keys.rotate(url, MasterVault(old), MasterVault(new))

    again = keys.rotate(url, MasterVault(old), MasterVault(new))

    assert again.already and chats(url, new) == ALL


def test_killed_half_way_the_old_key_still_opens_everything(sealed: tuple[str, str]) -> None:
    url, old = sealed
    new = new_master_key()
    script = f"""
import os
from bot import keys
from bot.vault import MasterVault
real, calls = MasterVault.rewrap, []
def rewrap(self, wrapped, other):
    calls.append(1)
    if len(calls) == {PEOPLE // 2}:
        os.kill(os.getpid(), 9)
    return real(self, wrapped, other)
MasterVault.rewrap = rewrap
keys.rotate({url!r}, MasterVault({old!r}), MasterVault({new!r}))
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])

    assert killed.returncode == -9
    assert chats(url, old) == ALL
    with pytest.raises(BadSetting):
        chats(url, new)
    assert keys.rotate(url, MasterVault(old), MasterVault(new)).people == PEOPLE


def test_it_is_refused_while_the_bot_runs(sealed: tuple[str, str]) -> None:
    url, old = sealed

    with hold(url), pytest.raises(BadSetting, match="another whistle is running"):
        keys.rotate(url, MasterVault(old), MasterVault(new_master_key()))

    assert chats(url, old) == ALL


def test_a_foreign_key_changes_nothing(sealed: tuple[str, str]) -> None:
    url, old = sealed

    with pytest.raises(BadSetting, match="not the key"):
        keys.rotate(url, MasterVault(new_master_key()), MasterVault(new_master_key()))

    assert chats(url, old) == ALL


def test_the_command_names_what_is_missing(
    sealed: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, old = sealed
    new = new_master_key()
    monkeypatch.setenv("WHISTLE_DATABASE_URL", url)
    monkeypatch.delenv("WHISTLE_VAULT_KEY", raising=False)
    assert main(["key", "rotate"]) == 2 and "WHISTLE_VAULT_KEY: is not set" in capsys.readouterr().err
    monkeypatch.setenv("WHISTLE_VAULT_KEY", old)
    assert main(["key", "rotate"]) == 2 and "WHISTLE_NEW_VAULT_KEY: is not set" in capsys.readouterr().err
    monkeypatch.setenv("WHISTLE_NEW_VAULT_KEY", "abc")
    assert main(["key", "rotate"]) == 2 and "is not a vault key" in capsys.readouterr().err
    monkeypatch.setenv("WHISTLE_NEW_VAULT_KEY", new)

    assert main(["key", "rotate"]) == 0
    assert f"{PEOPLE} keys wrapped anew" in capsys.readouterr().out and new not in os.environ["WHISTLE_VAULT_KEY"]
    assert chats(url, new) == ALL


@pytest.mark.parametrize(
    ("key", "why"), [(None, "is not set"), ("", "is not a vault key"), ("short", "is not a vault key")]
)
def test_without_its_key_the_bot_does_not_start_and_says_why(
    key: str | None, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("WHISTLE_BOT_TOKEN", "1:abc")
    monkeypatch.setenv("WHISTLE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    monkeypatch.delenv("WHISTLE_VAULT_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("WHISTLE_VAULT_KEY", key)

    assert main(["run"]) == 2
    assert gc.isenabled(), "a start that was refused leaves nothing behind"

    told = capsys.readouterr().err
    assert "WHISTLE_VAULT_KEY" in told and why in told and len(told.splitlines()) == 1
    assert not (tmp_path / "none.db").exists()


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _wraps(url: str) -> list[bytes]:
    engine = database.open_engine(url)
    with Session(engine) as session:
        found = [i.key for i in session.exec(select(r.Identity)) if i.key]
    engine.dispose()
    return found


def test_a_key_that_was_made_a_moment_ago_is_the_one_that_was_wrapped() -> None:
    """It is in use at once without being unwrapped; another process unwraps it, and nothing of it stays beside its cipher."""
    key = new_master_key()
    here, elsewhere = MasterVault(key), MasterVault(key)
    wrapped = [here.new_key() for _ in range(3)]

    sealed = [here.seal(one, "河滩") for one in wrapped]

    assert [elsewhere.unseal(one, blob) for one, blob in zip(wrapped, sealed, strict=True)] == ["河滩"] * 3
    assert not here._made
    with pytest.raises(WrongKey):
        here.unseal(wrapped[0], sealed[1])
