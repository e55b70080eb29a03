"""No work at import: what a start does not need is loaded when it is used. Each costs tens of milliseconds and megabytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.vault import new_master_key

_LOADED = "import sys; sys.stdout.write(' '.join(sys.modules))"


def loaded(statement: str) -> set[str]:
    given = {
        "WHISTLE_BOT_TOKEN": "1000001:SANDBOX",
        "WHISTLE_VAULT_KEY": new_master_key(),
        "WHISTLE_COUNTY": str(Path(__file__).parent),
    }
    code = f"{statement}; {_LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **given}, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "not_needed"),
    [
        ("import bot.cli", {"pydantic", "sqlalchemy", "telegram", "aiohttp", "ruamel.yaml"}),
        (
            "from bot.cli import main; main(['run'])",  # ends when it finds no county there, after everything is loaded
            {"docx", "docxtpl", "PIL", "pypdf", "lxml", "opencc", "sklearn", "alembic", "psycopg", "numpy"}
            | {"rich", "pygments", "click", "tornado"}  # of the packages of development, which others would load
            | {"bot.training", "bot.demo.server", "bot.export", "sqlalchemy.dialects.postgresql"},
        ),
    ],
    ids=["help", "run"],
)
def test_a_start_loads_only_what_it_needs(statement: str, not_needed: set[str]) -> None:
    assert loaded(statement) & not_needed == set()


def test_a_start_that_is_refused_has_loaded_the_program_and_kept_nothing_out_for_good() -> None:
    found = loaded("from bot.cli import main; main(['run']); import rich, tornado")

    assert {"bot.app", "telegram.ext", "rich", "tornado"} <= found
