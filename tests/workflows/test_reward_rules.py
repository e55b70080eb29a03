"""What a tip earns is read from the county's table, from the top; who approves never pays, and nothing exceeds the cap."""

import pytest
from pydantic import ValidationError

from bot.county_files import load_county
from workflows.policy import Rewards


@pytest.fixture(scope="module")
def files():
    return load_county()


@pytest.fixture(scope="module")
def rules(files) -> Rewards:
    return files.policy.versions[-1].reward


@pytest.mark.parametrize(
    ("matter", "row", "least"),
    [
        ("NY002", "straw", 20_000),
        ("XF001", "safety", 20_000),
        ("YJ007", "safety", 20_000),
        ("HB001", "grave", 50_000),
        ("NY001", "building", 30_000),
        ("CG013", "street", 10_000),
        ("CG022", "litter", 5_000),
        ("SJ003", "other", 5_000),
        ("*", "other", 5_000),
    ],
)
def test_the_first_row_that_fits_counts(rules: Rewards, matter: str, row: str, least: int) -> None:
    found = rules.row_for(matter)

    assert found is not None
    assert (found.id, found.lowest) == (row, least)


def test_every_matter_of_the_catalogue_earns_something_within_the_cap(files, rules: Rewards) -> None:
    for matter in files.county.matters:
        row = rules.row_for(matter.code, matter.checklist_tags)
        assert row is not None, matter.code
        assert 0 < row.lowest <= row.highest <= rules.cap_per_matter_fen, matter.code


def test_every_code_that_the_table_names_is_a_matter(files, rules: Rewards) -> None:
    named = [want for row in rules.table for want in row.matters if not want.endswith("*") and not want.startswith("#")]

    assert [code for code in named if not files.county.has_matter(code)] == []


def test_a_checklist_tag_fits_like_a_code(rules: Rewards) -> None:
    tagged = rules.table[0].model_copy(update={"id": "tagged", "matters": ("#一企",)})
    changed = rules.model_copy(update={"table": (tagged, *rules.table)})

    assert changed.row_for("SJ003", ("一企",)).id == "tagged"
    assert changed.row_for("SJ003", ("一店",)).id == "other"


@pytest.mark.parametrize(
    "change",
    [
        {"tiers": ({"up_to_fen": None, "signatures": ("desk",)},)},
        {"tiers": ({"up_to_fen": 50000, "signatures": ("department", "finance")},)},
        {"second_look": "nobody"},
        {"payer_roles": ()},
        {"cap_per_matter_fen": 100},
        {"terms": {"remind_days_left": (60,)}},
        {"terms": {"claim_days": 0}},
    ],
)
def test_a_table_that_would_let_one_person_do_both_or_pay_too_much_is_refused(rules: Rewards, change: dict) -> None:
    with pytest.raises(ValidationError):
        Rewards.model_validate({**rules.model_dump(), **change})


def test_nobody_with_a_duty_to_report_is_rewarded(rules: Rewards) -> None:
    assert {role.value for role in rules.eligible_roles} == {"villager"}
