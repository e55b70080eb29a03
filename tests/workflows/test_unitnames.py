"""A whistle command understands the names people use, and asks back what it does not."""

from dataclasses import replace

import pytest

from bot.county_files import load_county
from workflows.unitnames import find_units


@pytest.fixture(scope="module")
def county():
    return load_county().county


@pytest.mark.parametrize(
    "text",
    [
        "市监局 交警 河口集市占道经营",
        "市监局,交警,河口集市占道经营",
        "市监局、交警，河口集市占道经营",
        "市监局\u3000交警\u3000河口集市占道经营",
        "市监局交警 河口集市占道经营",
        "工商局 交警队 河口集市占道经营",
        "SJ JJ 河口集市占道经营",
    ],
)
def test_units_and_reason_are_told_apart(county, text):
    words = find_units(text, county, "QL01")

    assert [unit.id for unit in words.units] == ["SJ", "JJ"]
    assert words.reason == "河口集市占道经营"
    assert words.clear


def test_every_department_is_found_by_each_of_its_own_names(county):
    for unit in county.departments():
        for name in (unit.name, unit.short):
            assert [found.id for found in find_units(name, county).units] == [unit.id], name


def test_an_everyday_name_of_two_bureaus_is_asked_back(county):
    shared = [
        unit.model_copy(update={"names": (*unit.names, "山林执法队")}) if unit.id in ("LY", "NY") else unit
        for unit in county.units
    ]

    words = find_units("山林执法队 交警 砍树", replace(county, units=tuple(shared)))

    assert [unit.id for unit in words.units] == ["JJ"]
    assert [(a.word, {unit.id for unit in a.candidates}) for a in words.ambiguous] == [("山林执法队", {"LY", "NY"})]
    assert words.reason == "砍树"
    assert not words.clear


def test_the_station_of_the_own_township_is_meant(county):
    assert [u.id for u in find_units("派出所 打架", county, "QL01").units] == ["QL01-GA"]
    assert [u.id for u in find_units("派出所 打架", county, "QL02").units] == ["QL02-GA"]
    assert [u.id for u in find_units("派出所 打架", county).units] == ["GA"]


def test_a_slip_of_the_pen_is_suggested_not_refused(county):
    words = find_units("市临局 占道", county, "QL01")

    assert words.units == ()
    assert words.unknown[0].word == "市临局"
    assert "SJ" in [unit.id for unit in words.unknown[0].suggestions]
    assert len(words.unknown[0].suggestions) <= 3
    assert words.reason == "占道"


@pytest.mark.parametrize("text", ["", "   ", "河口集市占道经营"])
def test_no_unit_is_no_error(county, text):
    words = find_units(text, county, "QL01")

    assert not words.clear and words.units == () and words.reason == text.strip()
