"""A wrong setting is one line that says which one and what to do, and exit code 2: no traceback, nothing half done."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from bot import database
from bot.sandbox import Sandbox
from bot.settings import SAMPLE, BadSetting, load
from bot.vault import new_master_key
from tests.county import _free_port

TOKEN = "1000001:SANDBOX"


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What a good start needs; each test spoils one thing."""
    for name in list(os.environ):
        if name.startswith("WHISTLE_"):
            monkeypatch.delenv(name)
    yield {
        **os.environ,
        "WHISTLE_BOT_TOKEN": TOKEN,
        "WHISTLE_VAULT_KEY": new_master_key(),
        "WHISTLE_DATABASE_URL": f"sqlite:///{tmp_path / 'whistle.db'}",
        "WHISTLE_API_URL": f"http://127.0.0.1:{_free_port()}",
        "WHISTLE_PORT": "0",
    }


def whistle(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return python(env, "-m", "bot", *args)


def python(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *args], env=env, capture_output=True, text=True, timeout=180, check=False)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr[-2000:]
    assert len(lines) == 1, lines
    assert "Traceback" not in done.stderr + done.stdout
    return lines[0]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WHISTLE_BOT_TOKEN", "", "does not look like a token"),
        ("WHISTLE_BOT_TOKEN", "letters", "does not look like a token"),
        ("WHISTLE_API_URL", "telegram", "URL"),
        ("WHISTLE_PORT", "many", "integer"),
        ("WHISTLE_PORT", "70000", "65535"),
        ("WHISTLE_SEND_RATE", "-1", "greater than or equal to 0"),
        ("WHISTLE_LOG_FORMAT", "xml", "'console' or 'json'"),
        ("WHISTLE_COUNTY", "/no/such/folder", "no folder"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    for known, good in {**env, name: value}.items():
        monkeypatch.setenv(known, good)

    with pytest.raises(BadSetting, match=name) as refusal:
        load()

    assert says in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["WHISTLE_BOT_TOKEN", "WHISTLE_VAULT_KEY"])
def test_a_missing_setting_is_named_and_explained(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for known, good in env.items():
        monkeypatch.setenv(known, good)
    monkeypatch.delenv(name)

    with pytest.raises(BadSetting, match=f"{name}: is not set — "):
        load()


def test_a_webhook_needs_its_secret(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for known, good in env.items():
        monkeypatch.setenv(known, good)
    monkeypatch.setenv("WHISTLE_WEBHOOK_URL", "https://whistle.example/telegram")

    with pytest.raises(BadSetting, match="WHISTLE_WEBHOOK_SECRET: is not set"):
        load()


def test_run_without_a_token_says_so(env: dict[str, str]) -> None:
    del env["WHISTLE_BOT_TOKEN"]

    assert refused(whistle(env, "run")).startswith("WHISTLE_BOT_TOKEN: is not set")


def test_run_with_a_vault_key_that_is_none_says_so(env: dict[str, str]) -> None:
    line = refused(whistle({**env, "WHISTLE_VAULT_KEY": "secret"}, "run"))

    assert line.startswith("WHISTLE_VAULT_KEY: ") and "whistle key new" in line and "secret" not in line


def test_run_with_an_api_that_cannot_be_reached_says_so(env: dict[str, str]) -> None:
    line = refused(whistle(env, "run"))

    assert line.startswith("WHISTLE_API_URL: ") and TOKEN not in line


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "is no database address"),
        ("postgresql://127.0.0.1:1/whistle", "cannot be used"),
        ("sqlite:////proc/nobody/whistle.db", "cannot be made"),
    ],
)
def test_a_database_that_cannot_be_is_named(env: dict[str, str], url: str, says: str) -> None:
    line = refused(whistle({**env, "WHISTLE_DATABASE_URL": url}, "migrate"))

    assert line.startswith("WHISTLE_DATABASE_URL: ") and says in line


def test_a_file_that_is_no_database_is_left_alone(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "whistle.db").write_text("my diary\n" * 500)

    line = refused(whistle(env, "run"))

    assert line.startswith("WHISTLE_DATABASE_URL: ") and "not a database" in line
    assert (tmp_path / "whistle.db").read_text() == "my diary\n" * 500


def test_a_database_of_a_newer_version_is_left_alone(env: dict[str, str]) -> None:
    engine = database.open_engine(env["WHISTLE_DATABASE_URL"])
    database.migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_from_tomorrow'")
    engine.dispose()

    assert "newer version" in refused(whistle(env, "migrate"))


def test_a_broken_county_folder_is_told_with_file_and_line(env: dict[str, str], tmp_path: Path) -> None:
    folder = copytree(SAMPLE, tmp_path / "county")
    lines = (folder / "policy.yaml").read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if "window_minutes:" in line)
    lines[number] = lines[number].split(":")[0] + ": soon"
    (folder / "policy.yaml").write_text("\n".join(lines), "utf-8")

    line = refused(whistle({**env, "WHISTLE_COUNTY": str(folder)}, "run"))

    assert f"policy.yaml:{number + 1}" in line
    assert not (tmp_path / "whistle.db").exists(), "nothing was begun"


async def test_a_token_that_telegram_does_not_know_is_named(env: dict[str, str]) -> None:
    sandbox = Sandbox(TOKEN)
    await sandbox.start()

    env |= {"WHISTLE_API_URL": sandbox.url, "WHISTLE_BOT_TOKEN": "1000001:ANOTHER"}
    done = await asyncio.to_thread(whistle, env, "run")
    await sandbox.stop()

    line = refused(done)
    assert line.startswith("WHISTLE_BOT_TOKEN: ") and "ANOTHER" not in line


async def test_a_port_that_is_taken_and_a_key_that_does_not_fit_are_named(env: dict[str, str]) -> None:
    """Both on one sandbox: the second start finds the database that the first one sealed."""
    sandbox = Sandbox(TOKEN)
    await sandbox.start()
    env["WHISTLE_API_URL"] = sandbox.url

    taken = await asyncio.to_thread(whistle, {**env, "WHISTLE_PORT": str(sandbox.port)}, "run")
    foreign = await asyncio.to_thread(whistle, {**env, "WHISTLE_VAULT_KEY": new_master_key()}, "run")
    await sandbox.stop()

    assert refused(taken).startswith(f"WHISTLE_PORT: {sandbox.port} cannot be opened")
    assert refused(foreign).startswith("WHISTLE_VAULT_KEY: is not the key this database was sealed with")


async def test_a_second_process_on_one_database_is_refused(env: dict[str, str]) -> None:
    sandbox = Sandbox(TOKEN)
    await sandbox.start()
    env["WHISTLE_API_URL"] = sandbox.url
    first = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=env, stdout=asyncio.subprocess.PIPE
    )
    assert first.stdout is not None
    async with asyncio.timeout(120):
        await first.stdout.readuntil(b"ready")

    second = await asyncio.to_thread(whistle, env, "run")
    first.terminate()
    assert await first.wait() == 0
    await sandbox.stop()

    assert "another whistle is running" in refused(second)


async def test_a_webhook_that_telegram_refuses_is_named(env: dict[str, str]) -> None:
    sandbox = Sandbox(TOKEN)
    await sandbox.start()
    env |= {
        "WHISTLE_API_URL": sandbox.url,
        "WHISTLE_WEBHOOK_URL": "http://whistle.example/telegram",
        "WHISTLE_WEBHOOK_SECRET": "abc",
    }

    done = await asyncio.to_thread(whistle, env, "run")
    await sandbox.stop()

    assert refused(done).startswith("WHISTLE_WEBHOOK_URL")


def test_help_is_quick_and_names_every_command(env: dict[str, str]) -> None:
    whistle(env, "--help")
    began = time.monotonic()
    done = whistle(env, "--help")
    took = time.monotonic() - began

    assert done.returncode == 0
    for command in ("demo", "run", "migrate", "import", "invite", "key", "match"):
        assert command in done.stdout
    imports = python(env, "-X", "importtime", "-m", "bot", "--help").stderr
    for heavy in ("sqlalchemy", "telegram", "aiohttp", "jinja2"):
        assert f" {heavy}\n" not in imports, f"--help loads {heavy}"
    assert took < 10


@pytest.mark.parametrize("args", [(), ("dance",), ("key",), ("demo", "--port", "many"), ("invite",)])
def test_a_command_line_that_cannot_be_is_exit_code_2(env: dict[str, str], args: tuple[str, ...]) -> None:
    done = whistle(env, *args)

    assert done.returncode == 2 and "Traceback" not in done.stderr and "whistle" in done.stderr


def given(**more: object) -> dict[str, object]:
    return {"bot_token": TOKEN, "vault_key": new_master_key(), **more}


def test_a_reader_that_has_had_enough_ends_the_command_quietly(env: dict[str, str]) -> None:
    """`whistle match … | head -1`: no traceback."""
    unread, into = os.pipe()
    os.close(unread)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "match", "--json", "河口村有人烧秸秆"],
        env=env, stdout=into, stderr=subprocess.PIPE, text=True, timeout=180, check=False,
    )  # fmt: skip
    os.close(into)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_address_of_the_pages_is_said_or_taken_from_the_webhook_or_there_are_none() -> None:
    hook = {"webhook_url": "https://hook.example.cn:8443/telegram", "webhook_secret": "s3cret"}

    assert load(**given(public_url="https://whistle.example.cn/")).pages_url == "https://whistle.example.cn"
    assert load(**given(**hook)).pages_url == "https://hook.example.cn:8443"
    assert load(**given(public_url="https://w.example.cn", **hook)).pages_url == "https://w.example.cn"
    assert load(**given(public_url="")).pages_url == ""


@pytest.mark.parametrize("secret", ["", "too short"])
def test_a_gateway_without_a_good_secret_is_refused_in_one_line(secret: str) -> None:
    with pytest.raises(BadSetting, match="WHISTLE_PHONE_HOOK_SECRET") as refused:
        load(**given(phone_hook_url="http://127.0.0.1:1/ring", phone_hook_secret=secret))

    assert "\n" not in str(refused.value)
