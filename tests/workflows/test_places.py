"""A village is found by name or position; a name that stands twice is asked back."""

import pytest

from bot.county_files import load_county
from workflows.places import Places, find_places, metres, nearest_grid, rivals


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
