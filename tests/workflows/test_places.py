"""A village is found by name or position; a name that stands twice is asked back."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Hamming

from bot.county_files import BORDERS, SAMPLE, CountyError, load_county
from workflows.county import VILLAGE_TAILS, Names
from workflows.places import _NO_NAME, Places, _slips, find_places, metres, nearest_grid, rivals


@pytest.fixture(scope="module")
def county():
    return load_county().county


@pytest.mark.parametrize("name", ["和平村", "团结村", "新塘村"])
def test_a_name_of_two_villages_is_asked_back(county, name):
    places = find_places(f"{name}口子上有人倒垃圾", county)

    assert places.village is None
    assert len({village.township_id for village in places.candidates}) == 2


def test_the_township_settles_which_village(county):
    assert find_places("大坝乡和平村后面", county).village.id == "QL07V03"


def test_short_names_and_several_villages_are_found(county):
    assert find_places("河口桥头老粮站", county).village.id == "QL01V03"
    assert {v.id for v in find_places("河口村和竹林村交界", county).villages} == {"QL01V03", "QL01V04"}
    assert find_places("桥头老粮站", county).villages == ()


def test_the_centre_of_a_grid_lies_in_it(county):
    for grid in county.grids[::20]:
        assert nearest_grid(grid.lat, grid.lon, county)[:2] == (grid, 0)


def test_every_grid_s_centre_lies_in_the_outline_of_its_own_village(county):
    """The sample county's lines are drawn (tests/county/draw_borders.py), and every village has one."""
    assert {outline.id for outline in county.outlines} == {village.id for village in county.villages}
    for grid in county.grids:
        assert nearest_grid(grid.lat, grid.lon, county)[0].village_id == grid.village_id


def test_a_position_far_away_is_in_no_grid(county):
    grid, distance, near_border = nearest_grid(39.9, 116.4, county)

    assert grid is None and distance > 15_000 and not near_border


def test_half_way_between_two_grids_is_near_the_border(county):
    a, b = county.grid("QL01G01"), county.grid("QL01G02")

    assert nearest_grid((a.lat + b.lat) / 2, (a.lon + b.lon) / 2, county)[2]


def test_a_degree_of_latitude_is_111_kilometres():
    assert metres((28.0, 109.0), (29.0, 109.0)) == pytest.approx(111_195, rel=0.001)


def test_traditional_characters_name_the_same_village(county):
    assert (
        find_places("石橋村口子上倒垃圾", county).villages == find_places("石桥村口子上倒垃圾", county).villages != ()
    )


@pytest.mark.parametrize("text", ["河囗村桥头倒垃圾", "枫树弯村后山有人砍树", "合口村有人占道"])
def test_a_slip_of_the_pen_is_asked_about_and_never_settled(county, text):
    found = find_places(text, county)

    assert found.village is None and 1 <= len(found.candidates) <= 3
    assert {"河口村", "枫树湾村"} & {v.name for v in found.candidates}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    names=st.lists(st.text("石桥村龙", min_size=1, max_size=4), unique=True), text=st.text("石桥村龙在", max_size=14)
)
@example(names=["桥村", "石桥村石", "石桥", "石"], text="石桥村石桥村石")
def test_every_name_that_stands_there_is_found_also_inside_another(names, text):
    assert Names(names).within(text) == [name for name in names if name in text]


def test_slips_that_are_looked_up_are_those_that_comparing_every_name_finds(county):
    """The plain definition: a name whose last word stands there, with exactly one character of the name another."""

    def plainly(text):
        found = {}
        for name, meant in county.villages_by_name.items():
            tail = next((tail for tail in VILLAGE_TAILS if name.endswith(tail)), None)
            for end in [one.end() for one in re.finditer(tail, text)] if tail and len(name) > 2 else ():
                said = text[max(0, end - len(name)) : end]
                if len(said) == len(name) and not _NO_NAME & set(said) and Hamming.distance(said, name) == 1:
                    found.update({village.id: village for village in meant})
        return tuple(found.values()) if len(found) <= 3 else ()

    names = list(county.villages_by_name)
    texts = [
        f"{before}{name[:at]}{wrong}{name[at + 1 :]}后面"
        for number, name in enumerate(names)
        for at in range(len(name))
        for wrong, before in (("河", "昨天"), ("□", names[number - 1]), ("我", ""))
    ]
    found = [_slips(text, county, ()) for text in texts]

    assert found == [plainly(text) for text in texts]
    assert sum(map(bool, found)) > 200


@pytest.mark.parametrize(
    "text",
    [
        "老地方又来了",
        "就在桥头那家店",
        "我们村有人占道",
        "隔壁村的人",
        "这个村没人管",
        "老粮站后面",
        "村",
        "社区",
        "",
        "🐶",
        "村" * 6000,
    ],
)
def test_a_landmark_or_the_old_place_names_nothing(county, text):
    assert find_places(text, county) == Places()


def test_between_two_townships_a_position_is_asked_about_and_inside_one_it_is_not(county):
    pairs = [
        (a, b)
        for a in county.grids
        for b in county.grids
        if a.township_id < b.township_id and metres((a.lat, a.lon), (b.lat, b.lon)) < 10_000
    ]
    a, b = min(pairs, key=lambda p: metres((p[0].lat, p[0].lon), (p[1].lat, p[1].lon)))
    between = rivals((a.lat + b.lat) / 2, (a.lon + b.lon) / 2, county)

    assert {a.township_id, b.township_id} <= {v.township_id for v in between}
    assert all(
        rivals(g.lat, g.lon, county) == () for g in county.grids if g.township_id == "QL01" and g.id == "QL01G01"
    )
    assert rivals(39.9, 116.4, county) == ()


def square(id, south, west, north, east, *, of="Polygon"):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"id": id},
        "geometry": {"type": of, "coordinates": [ring] if of == "Polygon" else [[ring]]},
    }


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """The same county with a map: two townships meet at 28.5 north, far from where the centres of their grids would have it."""
    folder = shutil.copytree(SAMPLE, tmp_path_factory.mktemp("mapped") / "county")
    features = [
        square("QL01", 28.5, 109.0, 29.0, 110.0),
        square("QL02", 28.0, 109.0, 28.5, 110.0, of="MultiPolygon"),
        square("QL01V03", 28.90, 109.90, 28.99, 109.99),
        square("QL01G05", 28.93, 109.93, 28.95, 109.95),
    ]
    (folder / BORDERS).write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return load_county(folder).county


def test_the_map_goes_before_the_nearest_centre(mapped):
    north, _, _ = nearest_grid(28.52, 109.1, mapped)
    south, _, _ = nearest_grid(28.48, 109.1, mapped)

    assert (north.township_id, south.township_id) == ("QL01", "QL02")


def test_the_smallest_outline_decides(mapped):
    assert nearest_grid(28.94, 109.94, mapped)[0].id == "QL01G05"
    assert nearest_grid(28.97, 109.97, mapped)[0].village_id == "QL01V03"


def test_near_the_line_on_the_map_the_township_is_asked_and_a_kilometre_off_it_is_not(mapped):
    assert {v.township_id for v in rivals(28.502, 109.1, mapped)} == {"QL01", "QL02"}
    assert rivals(28.51, 109.1, mapped) == rivals(28.49, 109.1, mapped) == ()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("{", "no_geojson"),
        ("[]", "no_geojson"),
        ({"features": [{"geometry": None}]}, "no_outline"),
        ({"features": [square("QL01", 28, 109, 29, 110, of="Point")]}, "no_outline"),
        ({"features": [square("QL99", 28, 109, 29, 110)]}, "outline_unknown"),
        ({"features": [square("QL01", 28, 109, 29, 110)] * 2}, "duplicate"),
    ],
)
def test_a_mistake_in_the_map_is_told(tmp_path, content, rule):
    folder = shutil.copytree(SAMPLE, tmp_path / "county")
    (folder / BORDERS).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")

    with pytest.raises(CountyError) as error:
        load_county(folder)

    assert {(problem.path, problem.rule) for problem in error.value.problems} == {(BORDERS, rule)}


def test_no_geometry_is_loaded_before_somebody_sends_a_position():
    """It costs 20 MB and up to half a second: a county without a position sent does without."""
    asked = "import sys; from bot.county_files import load_county; load_county().rulebook(); print('shapely' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
