"""The county's numbers hold from their day on and can be stamped on a call."""

import json
from datetime import date, time

import pytest
from pydantic import ValidationError

from bot.county_files import load_county
from workflows.policy import Between, CallWindow, Notices, Pages, Policy, PolicyVersion, RewardRow, Rewards, Urgency


@pytest.fixture(scope="module")
def version():
    return load_county().policy.versions[0]


def test_each_day_has_the_numbers_of_its_version(version):
    later = version.model_copy(update={"effective_from": date(2026, 7, 1), "near_metres": 200})
    policy = Policy(versions=(version, later))

    assert policy.on(date(2026, 6, 30)).near_metres == 300
    assert policy.on(date(2026, 7, 1)).near_metres == 200
    with pytest.raises(LookupError):
        policy.on(date(2024, 12, 31))


def test_a_stamped_window_reads_back_the_same(version):
    window = version.call_window(Urgency.URGENT)

    stamped = json.loads(json.dumps(window.stamped))

    assert CallWindow.model_validate(stamped) == window


@pytest.mark.parametrize(
    "change",
    [
        {"remind_at": (10, 5)},
        {"remind_at": (0, 5)},
        {"remind_at": (15,)},
        {"rings": ("post_b",)},
        {"ladder": ()},
        {"window_minutes": 0},
        {"nag": {"every_minutes": 0}},
        {"told_early": ({"at_minutes": 20, "who": "desk"},)},
    ],
)
def test_a_window_that_cannot_be_kept_is_refused(version, change):
    with pytest.raises(ValidationError):
        CallWindow.model_validate({**version.call.normal.model_dump(), **change})


def test_results_are_quiet_outside_their_hours_unless_switched_off():
    hours = Notices().results_between

    assert hours is not None
    assert hours.open_at(time(9, 0)) and hours.open_at(time(19, 59))
    assert not hours.open_at(time(20, 0)) and not hours.open_at(time(8, 59))
    assert Notices.model_validate({"results_between": "none"}).results_between is None
    with pytest.raises(ValidationError):
        Between.model_validate({"from": "20:00", "to": "09:00"})


def test_who_may_blow_a_whistle_is_policy(version):
    assert version.whistle.may_blow("squad_leader", "队长")
    assert version.whistle.may_blow("squad_member", "副队长")
    assert version.whistle.may_blow("dispatcher", "调度员")
    assert not version.whistle.may_blow("squad_member", "队员")


def row(**amounts):
    words = {"id": "x", "matters": ["SJ*", "#一企"], "label": "某", "label_en": "some", "source": "本县"}
    return RewardRow.model_validate({**words, **amounts})


def test_a_reward_row_has_one_amount_or_a_span():
    assert (row(amount_fen=100).lowest, row(amount_fen=100).highest) == (100, 100)
    assert (row(min_fen=1, max_fen=5).lowest, row(min_fen=1, max_fen=5).highest) == (1, 5)
    for wrong in ({}, {"min_fen": 1}, {"amount_fen": 1, "min_fen": 1, "max_fen": 2}, {"min_fen": 5, "max_fen": 1}):
        with pytest.raises(ValidationError):
            row(**wrong)


def test_a_reward_row_fits_by_beginning_or_by_tag():
    assert row(amount_fen=1).fits("SJ001")
    assert row(amount_fen=1).fits("HB001", ["一企"])
    assert not row(amount_fen=1).fits("HB001", ["一村"])


def test_nobody_signs_alone(version):
    alone = {"up_to_fen": None, "signatures": ["finance"]}
    with pytest.raises(ValidationError, match="at least 2"):
        Rewards.model_validate({**version.reward.model_dump(), "tiers": [alone]})


def test_no_row_pays_more_than_the_cap(version):
    with pytest.raises(ValidationError, match="cap"):
        Rewards.model_validate({**version.reward.model_dump(), "cap_per_matter_fen": 1000})


@pytest.mark.parametrize(
    "wrong", [{"form_hours": 0}, {"upload_hours": 73}, {"largest_mb": 19}, {"most_files": 0}, {"hours": 24}]
)
def test_a_page_that_nobody_could_use_is_refused(wrong):
    assert Pages().largest == 300 * 1024 * 1024
    with pytest.raises(ValidationError):
        Pages.model_validate(wrong)


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("", {"prompt_minutes": 4}),
        ("whistle", {"pause_minutes": []}),
        ("whistle", {"pause_minutes": [0]}),
        ("procedure", {"same_act_days": 0}),
        ("hours", {"appointment_ahead_minutes": -1}),
    ],
)
def test_a_number_that_no_county_can_mean_is_refused_at_its_place(version, part, wrong):
    plain = version.model_dump(mode="json", by_alias=True)
    (plain[part] if part else plain).update(wrong)
    with pytest.raises(ValidationError) as caught:
        PolicyVersion.model_validate(plain)
    assert next(iter(wrong)) in str(caught.value.errors()[0]["loc"])
