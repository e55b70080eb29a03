"""A broken county file is told with file, line and what to do, and nothing of it is imported."""

import shutil

import pytest

from bot.county_files import SAMPLE, CountyError, _texts, load_county, load_policy


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(SAMPLE, tmp_path / "county")


def broken(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(CountyError) as error:
        load_county(folder)
    return line, error.value


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("policy.yaml", "collect_minutes: 3", "collect_minutes: -3", "too_small"),
        ("policy.yaml", "collect_minutes: 3", "collect_minutes: 2.5", "whole_number"),
        ("policy.yaml", "amount_fen: 20000", "amount_fen: 200.5", "whole_number"),
        ("policy.yaml", "who: squad_leader", "who: the_mayor", "choice"),
        ("policy.yaml", "invitation_hours: 72", "invitation_hour: 72", "extra_forbidden"),
        ("policy.yaml", "matters: [NY002]", "matters: [NY999]", "reward_nothing"),
        ("policy.yaml", "flood_per_hour: 10", "flood_per_hour: [10", "yaml"),
        ("policy.yaml", "      flood_per_hour: 10", "      join_minutes: 10", "duplicate_key"),
        ("seats_county.csv", "desk,QL,", "desk,SJ,", "role_unit"),
        ("seats_county.csv", "finance,QL,", "treasurer,QL,", "choice"),
        ("seats_county.csv", "5000600000100002", "5000600000100001", "duplicate"),
        ("seats_townships.csv", "2029-12-31", "31.12.2029", "date"),
        ("seats_departments.csv", "liaison,CG,", "liaison,CX,", "unknown"),
        ("grids.csv", "QL01G02,2,QL01,QL01V02", "QL01G02,2,QL01,QL02V02", "village_elsewhere"),
        ("grids.csv", "QL01G03,", "QL01G02,", "duplicate"),
        ("squads.csv", "QL02S,QL02,", "QL02S,QL01,", "two_squads"),
        ("villages.csv", "28.61218", "128.61218", "too_large"),
        ("villages.csv", ",枫树湾,", ",枫树湾,多,", "cells"),
        ("agreements.csv", "2028-12-31", "2025-12-31", "window_days"),
        ("agreements.csv", "JT010", "NY002", "other_department"),
        ("negative_list.csv", "XF009", "XF002", "negative"),
        ("negative_list.csv", "XF009", "XF999", "unknown"),
        ("discretion.csv", "CG013,", "CG999,", "unknown"),
        ("discretion.csv", "CG013,any,100,1000", "CG013,any,1001,1000", "fine_range"),
        (
            "law_profiles.yaml",
            "decide: {length: 90, unit: days, rule: CF60",
            "decide: {length: 90, unit: days, rule: CF99",
            "unknown",
        ),
        ("law_profiles.yaml", "person_yuan: 200,", "person_yuan: -200,", "too_small"),
        ("law_profiles.yaml", "unit: workdays, rule: CF56", "unit: moons, rule: CF56", "choice"),
        ("law_profiles.yaml", "  - id: general", "  - id: general\n    laws: [消防法]", "profile_general"),
        ("townships.csv", "name_en", "english", "columns"),
        ("terms.yaml", "  XZ001:", "  XZ901:", "term_matter"),
        ("terms.yaml", '  - "你好,{}"', '  - "你好"', "pattern"),
        ("county.yaml", "Asia/Shanghai", "Asia/Qinglan", "timezone"),
        ("reasons.yaml", "label: 民事纠纷", "label: 这是一个怎么也放不进一颗按钮里的很长很长的标签", "too_long"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder, name, old, new, rule):
    line, error = broken(folder, name, old, new)

    told = [problem for problem in error.problems if problem.rule == rule]
    assert told, str(error)
    assert told[0].path == name
    if rule not in ("columns", "timezone", "yaml", "profile_general"):
        assert told[0].line == line
    assert str(told[0]).startswith(f"{name}:{told[0].line}: ")
    assert " — " in told[0].reason, "says what to do"


def test_all_mistakes_are_told_at_once(folder):
    (folder / "squads.csv").unlink()
    (folder / "articles.yaml").write_text("", "utf-8")

    _, error = broken(folder, "policy.yaml", "fold_seconds: 60", "fold_seconds: soon")

    assert {problem.path for problem in error.problems} == {"squads.csv", "articles.yaml", "policy.yaml"}


def test_a_reminder_after_the_window_names_both_numbers(folder):
    _, error = broken(folder, "policy.yaml", "remind_at: [5, 10, 13]", "remind_at: [5, 10, 15]")

    assert "15" in error.reason
    assert [problem.rule for problem in error.problems] == ["remind_outside_window"]


def test_two_versions_of_one_day_are_refused(tmp_path):
    text = (SAMPLE / "policy.yaml").read_text("utf-8")
    head, version = text.split("versions:\n")
    (tmp_path / "policy.yaml").write_text(head + "versions:\n" + version + version, "utf-8")

    with pytest.raises(CountyError) as error:
        load_policy(tmp_path / "policy.yaml")

    assert [problem.rule for problem in error.value.problems] == ["versions_overlap"]


def test_a_missing_effective_date_is_told(tmp_path):
    text = (SAMPLE / "policy.yaml").read_text("utf-8").replace("- effective_from: 2025-01-01", "- near_metres: 300")
    (tmp_path / "policy.yaml").write_text(text.replace("    near_metres: 300\n", ""), "utf-8")

    with pytest.raises(CountyError) as error:
        load_policy(tmp_path / "policy.yaml")

    assert [problem.rule for problem in error.value.problems] == ["missing"]


def test_a_file_in_another_encoding_is_told(folder):
    (folder / "villages.csv").write_bytes("village_id,枫树湾村".encode("gb18030"))

    with pytest.raises(CountyError) as error:
        load_county(folder)

    assert error.value.problems[0].rule == "not_utf8"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CountyError, match="WHISTLE_COUNTY"):
        load_county(tmp_path / "nowhere")


def test_every_problem_is_worded_in_both_languages():
    assert all(
        set(texts) == {"zh", "en"} and all(" — " in text for text in texts.values()) for texts in _texts().values()
    )
