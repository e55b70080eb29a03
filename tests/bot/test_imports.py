"""No work at import: what a start does not need is loaded when it is used. Each costs tens of milliseconds and megabytes."""

import subprocess
import sys

import pytest

_LOADED = "import sys; sys.stdout.write(' '.join(sys.modules))"


def loaded(statement: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", f"{statement}; {_LOADED}"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "not_needed"),
    [
        ("import bot.cli", {"pydantic", "sqlalchemy", "telegram", "aiohttp", "ruamel.yaml"}),
        (
            "import bot.app",
            {"docx", "docxtpl", "PIL", "pypdf", "lxml", "opencc", "sklearn", "alembic", "psycopg", "numpy"}
            | {"bot.training", "bot.demo.server", "bot.export", "sqlalchemy.dialects.postgresql"},
        ),
    ],
    ids=["help", "run"],
)
def test_a_start_loads_only_what_it_needs(statement: str, not_needed: set[str]) -> None:
    assert loaded(statement) & not_needed == set()
