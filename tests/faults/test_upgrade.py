"""A database that an earlier version left in the middle of a day is upgraded, and the calls open in it finish with the new code."""

import base64
import gzip
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import database
from bot.app import App
from bot.demo import cast
from bot.settings import BadSetting
from tests.county import County
from workflows import records as r
from workflows.rulebook import Rulebook
from workflows.states import CallState, CaseState, OutboxState

SAVED = sorted((Path(__file__).parents[1] / "data" / "saved").glob("*.json.gz"))


class Upgraded(County):
    """The county on a file that an earlier version saved; people and groups are the same, their old messages are gone."""

    def __init__(self, folder: Path, book: Rulebook, saved: Path) -> None:
        super().__init__(folder, book)
        found = json.loads(gzip.decompress(saved.read_bytes()))
        self.key = found["key"]
        self.saved_at = datetime.fromisoformat(found["now"])
        folder.mkdir(parents=True)
        (folder / "whistle.db").write_bytes(base64.b64decode(found["database"]))
        self.version = _version(folder)

    async def start(self) -> "Upgraded":
        await self.sandbox.start()
        self.groups = cast.bring_in(self.sandbox.world, self.book.county)
        await self._open()
        await self.app.store.rehearse(shown=self.saved_at, speed=0.0)
        self.sandbox.now = lambda: self.app.clock.now()
        await self.settled()
        self._people()
        return self

    def call(self, unit: str) -> r.Call:
        found: r.Call = self.one(r.Call, unit_id=unit)
        return found


def _version(folder: Path) -> str:
    with sqlite3.connect(folder / "whistle.db") as file:
        return str(file.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.mark.scenario(93)
@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.name.partition(".")[0])
async def test_calls_open_before_an_upgrade_finish_with_the_new_code(
    tmp_path: Path, book: Rulebook, saved: Path
) -> None:
    county = Upgraded(tmp_path / "county", book, saved)
    before = county.version
    await county.start()
    market, traffic, ecology, leader = county.market, county.traffic, county.ecology, county.yunxi.leader
    silent, signed, young = (county.call(unit) for unit in ("SJ", "JJ", "HB"))
    assert before == "0003" and _version(county.folder) == database.version(county.app.engine)[1]
    assert (silent.state, signed.state, young.state) == (CallState.OPEN, CallState.ACKNOWLEDGED, CallState.OPEN)
    assert silent.breached_at is not None and young.breached_at is None

    # the window that was running is reminded of, breached on its minute, and its ladder climbs
    await county.forward(minutes=40)
    young = county.call("HB")
    assert young.breached_at == young.due_at == young.opened_at + timedelta(minutes=15)
    steps = [e.facts["who"] for e in county.events("call.escalated") if e.subject_id == young.id]
    assert steps[:3] == ["post_b", "department_head", "desk"]
    assert len([e for e in county.events("call.reminded") if e.subject_id == young.id]) == 3
    # the one that had signed is asked where it is
    assert [e for e in county.events("call.progress_asked") if e.subject_id == signed.id]

    # whoever was called answers from the buttons of the old messages, and the case closes
    for person, call, verb in (
        (market.liaison_a, county.call("SJ"), "acknowledge"),
        (ecology.liaison_a, county.call("HB"), "acknowledge"),
        (traffic.liaison_a, county.call("JJ"), "arrive"),
    ):
        await person.presses_data(f"1:{verb}:{call.ref}:{call.rev}", 1)
    late = county.call("SJ")
    assert late.state is CallState.ACKNOWLEDGED and late.late_seconds > 0
    assert county.call("HB").state is CallState.ACKNOWLEDGED and county.call("JJ").state is CallState.ARRIVED
    case = county.one(r.Case, id=late.case_id)
    await leader.says(f"/case {case.number}")
    await leader.presses("打开卡片")
    await leader.presses("结案")
    await leader.presses("不属实")

    assert county.one(r.Case, id=case.id).state is CaseState.CLOSED
    assert county.call("SJ").state is CallState.CLOSED
    assert not [row for row in county.all(r.Outbox) if row.state in (OutboxState.QUEUED, OutboxState.SENDING)]
    assert not [line for line in county.log if line.get("level") in ("error", "critical")]
    await county.stop(judge=False)


@pytest.mark.scenario(93)
async def test_an_older_program_does_not_tick_on_a_newer_database(tmp_path: Path, book: Rulebook) -> None:
    county = await County(tmp_path / "county", book).start()
    await county.stop(judge=False)
    with sqlite3.connect(county.folder / "whistle.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")

    older = App(county.settings(), book=book)
    with pytest.raises(BadSetting, match="newer version"):
        await older.start()

    assert older.ticker.last_tick is None and older.store.commits == 0
    older.engine.dispose()
    assert database.version(database.open_engine(county.settings().database_url))[0] == "9999_from_the_future"
