"""One process ticks and sends for one SQLite file: a lock on a file beside it marks which. On PostgreSQL there may be several."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.settings import BadSetting


@contextmanager
def hold(database_url: str) -> Iterator[None]:
    """Held while the process runs; the system lets go of it even after `kill -9`. Raises BadSetting when another holds it."""
    url = make_url(database_url)
    name = url.database if url.get_backend_name() == "sqlite" else None
    if not name or name == ":memory:":
        yield
        return
    with Path(f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSetting(
                f"WHISTLE_DATABASE_URL: another whistle is running on {name} — stop it first, or use another file"
            ) from None
        yield
