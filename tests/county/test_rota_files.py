"""Duty rotas by file: what `rota.yaml` and `rota.csv` may say, and how a mistake in them is told."""

import json
import shutil
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot import cli, database
from bot.county_files import SAMPLE, CountyError, load_county
from bot.vault import new_master_key
from workflows import records as r

YAML = """\
rotas:
  - id: SJ-A
    unit: SJ
    role: liaison
    post: A
    name: 市监局A岗值班
    name_en: Market regulation, post A
    rotations:
      - every: week
        days: workdays
        begins: "08:30"
        weekday: mon
        first_day: 2026-11-02
        members: [SJ-1, [SJ-2, SJ-D]]
  - id: flood
    unit: QL
    name: 防汛值班
    zone: Asia/Shanghai
    needed: always
"""
CSV = "rota_id,date,begins,ends,seats\nflood,2026-11-03,08:00,,QL-desk-1|SJ-1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = Path(shutil.copytree(SAMPLE, tmp_path / "county"))
    (made / "rota.yaml").write_text(YAML, "utf-8")
    (made / "rota.csv").write_text(CSV, "utf-8")
    return made


def test_rotations_and_a_list_by_date_are_read(folder: Path) -> None:
    weekly, flood = load_county(folder).county.rotas

    assert weekly.rotations[0].members == (("SJ-1",), ("SJ-2", "SJ-D"))
    assert flood.listed[0].members == ("QL-desk-1", "SJ-1") and flood.role == ""


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("rota.yaml", "unit: SJ", "unit: XX", "unknown"),
        ("rota.yaml", "role: liaison", "role: desk", "role_unit"),
        ("rota.yaml", "members: [SJ-1,", "members: [SJ-7,", "unknown"),
        ("rota.yaml", "members: [SJ-1,", "members: [HB-1,", "rota_seat"),
        ("rota.yaml", "zone: Asia/Shanghai", "zone: Asia/Qinglan", "timezone"),
        ("rota.yaml", "every: week", "every: month", "choice"),
        ("rota.yaml", 'begins: "08:30"', 'begins: "08:30"\n        ends: "08:30"', "shift_empty"),
        ("rota.yaml", "id: flood", "id: SJ-A", "duplicate"),
        ("rota.yaml", "first_day: 2026-11-02", "first_day: 2.11.2026", "date"),
        ("rota.csv", "flood,2026", "food,2026", "unknown"),
        ("rota.csv", "QL-desk-1|", "QL-desk-9|", "unknown"),
        ("rota.csv", "begins,", "from,", "columns"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(folder: Path, name: str, old: str, new: str, rule: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    line = text[: text.index(old)].count("\n") + 1

    with pytest.raises(CountyError) as error:
        load_county(folder)

    told = [problem for problem in error.value.problems if problem.rule == rule]
    assert told and told[0].path == name, str(error.value)
    assert abs(told[0].line - line) <= (4 if rule in ("duplicate", "shift_empty") else 0), str(told[0])


def test_import_takes_them_in_once_and_again_when_the_file_changes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'whistle.db'}"
    for name, value in {"DATABASE_URL": url, "VAULT_KEY": new_master_key(), "BOT_TOKEN": "1:" + "A" * 35}.items():
        monkeypatch.setenv(f"WHISTLE_{name}", value)

    def imported() -> tuple[int, int]:
        assert cli.main(["import", str(folder)]) == 0
        said = json.loads(capsys.readouterr().out)
        return said["rotas"], said["new_rotas"]

    assert imported() == (2, 2)
    assert imported() == (2, 0)
    (folder / "rota.yaml").write_text(YAML.replace("[SJ-1, [SJ-2, SJ-D]]", "[SJ-2]"), "utf-8")
    assert imported() == (2, 1)
    (folder / "rota.yaml").write_text(YAML[: YAML.index("  - id: flood")], "utf-8")
    (folder / "rota.csv").unlink()
    assert imported() == (1, 1)

    engine = database.open_engine(url)
    with Session(engine) as session:
        rotas = {one.id: one for one in session.exec(select(r.Rota))}
        assert rotas["flood"].retired_at is not None and rotas["SJ-A"].retired_at is None
        assert len(json.loads(rotas["SJ-A"].plans)) == 3
    engine.dispose()
