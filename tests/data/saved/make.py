"""Saves a database in the middle of a day, with calls in progress, as an earlier version of this program left it.

Run it with the code of that version, then keep what it wrote beside this file:

    git worktree add ./earlier 25f42cf && cd ./earlier
    PYTHONPATH=. python …/tests/data/saved/make.py …/tests/data/saved/first.json.gz

Made on 2026-11-26 from commit 25f42cf, the last of the first landing (migrations 0001–0003). Written down: the database file as a
killed process leaves it (nothing is shut down), the key it is sealed with, and the time.
"""

import asyncio
import base64
import gzip
import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from bot.county_files import load_county
from tests.county import County
from tests.stories.walks import blows, tip_taken


async def day(county: County) -> None:
    """09:00 市监局 is called for a tip, and is silent; 09:20 交警 (signs, promises) and 环保 (silent) for another matter; 09:24 the end."""
    _, tip = await tip_taken(county)
    await blows(county, "市监局", on=tip)
    await county.forward(minutes=20)
    await blows(county, "交警大队", "生态环境局")
    await county.forward(minutes=2)
    await county.traffic.liaison_a.presses("签收")
    await county.traffic.liaison_a.presses("30分钟")
    await county.forward(minutes=2)


async def main(target: Path) -> None:
    files = load_county()
    book = files.rulebook()
    with tempfile.TemporaryDirectory() as folder:
        county = await County(Path(folder) / "county", book).start()
        await day(county)
        with sqlite3.connect(county.folder / "whistle.db") as live, sqlite3.connect(":memory:") as copy:
            live.backup(copy)
            copy.execute("VACUUM")
            saved = copy.serialize()
        found = {
            "key": county.key,
            "now": county.now.isoformat(),
            "database": base64.b64encode(saved).decode(),
        }
        target.write_bytes(gzip.compress(json.dumps(found).encode(), 9))
        await county.stop(judge=False)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
