"""Township × matter × date decides who may act and in whose name; the law of the matter decides limits and terms."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from workflows import authority
from workflows.authority import Why
from workflows.county import Tier
from workflows.lawprofile import TermId
from workflows.rulebook import Rulebook

DAY = date(2026, 11, 2)
ORGAN = {Why.STATUTORY: "QL01", Why.GRANTED: "QL01", Why.DELEGATED: "JT"}


@pytest.mark.parametrize(
    ("township", "matter", "day", "why", "organ", "rule"),
    [
        ("QL01", "XZ004", DAY, Why.STATUTORY, "QL01", "CF24"),
        ("QL01", "CG001", DAY, Why.GRANTED, "QL01", "CF24"),
        ("QL01", "JT010", DAY, Why.DELEGATED, "JT", "CF20"),
        ("QL01", "SJ001", DAY, Why.NOT_LISTED, "", "CF24"),
        ("QL01", "CG016", date(2025, 12, 31), Why.NOT_YET, "", "CF24"),
        ("QL02", "CG001", date(2026, 3, 30), Why.GRANTED, "QL02", "CF24"),
        ("QL02", "CG001", date(2026, 3, 31), Why.WITHDRAWN, "", "CF24"),
        ("QL03", "WJ014", date(2026, 6, 30), Why.DELEGATED, "WJ", "CF20"),
        ("QL03", "WJ014", date(2026, 7, 1), Why.AGREEMENT_ENDED, "", "CF20"),
        ("QL01", "XF009", DAY, Why.NEGATIVE, "", "CF24"),
    ],
)
def test_who_may_act_and_in_whose_name(
    book: Rulebook, township: str, matter: str, day: date, why: Why, organ: str, rule: str
) -> None:
    found = authority.of(book.county, township, matter, day)

    assert (found.why, found.organ_id, found.may, found.rule) == (why, organ, why.may, rule)
    assert (book.county.authority(township, matter, day) is not None) is found.may, "every reader gets the same answer"


def test_a_delegation_names_its_agreement_and_its_end(book: Rulebook) -> None:
    found = authority.of(book.county, "QL01", "JT010", DAY)

    assert (found.agreement_number, found.until) == ("示例委托〔2026〕1号", date(2028, 12, 31))
    assert (found.tier, found.owner) == (Tier.DELEGATED, "JT")


def test_a_delegated_matter_outside_every_agreement_may_not_be_handled(book: Rulebook) -> None:
    county = replace(book.county, agreements=())

    assert authority.of(county, "QL01", "JT010", DAY).why is Why.NO_AGREEMENT


def test_the_negative_list_goes_before_every_grant(book: Rulebook) -> None:
    county = replace(book.county, negative={"CG001": "示例"})

    assert authority.of(county, "QL01", "CG001", DAY).why is Why.NEGATIVE
    assert county.authority("QL01", "CG001", DAY) is None


def test_limits_follow_the_law_of_the_matter(book: Rulebook) -> None:
    general, police = (book.laws.of(book.county.matter(code)) for code in ("XZ004", "GA005"))

    assert (general.simple.ceiling_fen("person"), general.simple.ceiling_fen("organisation")) == (20_000, 300_000)
    assert police.simple.ceiling_fen("person") == 50_000
    assert (general.simple.one_officer_if_recorded, police.simple.one_officer_if_recorded) == (False, True)


@pytest.mark.parametrize(
    ("profile", "term", "last"),
    [
        ("general", TermId.DECIDE, "2026-12-27"),  # 90 calendar days
        (
            "general",
            TermId.SERVE,
            "2026-10-13",
        ),  # 7 working days: the National Day week is off, Saturday 10 October is worked
        ("general", TermId.HEARING_ASK, "2026-10-10"),
        ("general", TermId.PAY, "2026-10-13"),
        ("general", TermId.RECONSIDER, "2026-11-27"),
        ("general", TermId.SUE, "2027-03-28"),
        ("general", TermId.SEIZE, "2026-10-28"),
        ("public_security", TermId.DECIDE, "2026-10-28"),
        ("public_security", TermId.SERVE, "2026-09-30"),
    ],
)
def test_terms_count_calendar_or_working_days_with_made_up_ones(
    book: Rulebook, profile: str, term: TermId, last: str
) -> None:
    start = datetime(2026, 9, 28, 3, 0, tzinfo=UTC)  # Monday, 11:00 in the county

    ends = book.laws.get(profile).terms[term].ends(start, book.county)

    assert f"{ends:%Y-%m-%d %H:%M}" == f"{last} 23:59"


def test_a_term_of_hours_runs_to_the_minute(book: Rulebook) -> None:
    start = datetime(2026, 10, 1, 3, 17, tzinfo=UTC)

    ends = book.laws.get("general").terms[TermId.SEIZE_REPORT].ends(start, book.county)

    assert (ends - start).total_seconds() == 24 * 3600


def test_half_a_year_after_the_last_of_august_is_the_last_of_february(book: Rulebook) -> None:
    start = datetime(2026, 8, 31, 3, 0, tzinfo=UTC)

    assert book.laws.get("general").terms[TermId.SUE].ends(start, book.county).date() == date(2027, 2, 28)
