"""The sample county is whole, fictional and reaches nobody."""

from datetime import date

import pytest

from bot.county_files import CountyFiles, load_county
from workflows.county import Role, Staffed, Tier, UnitKind

DAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def files() -> CountyFiles:
    return load_county()


def test_every_seat_is_out_of_reach_and_stands_once(files):
    ids = [seat.telegram_id for seat in files.county.all_seats]

    assert all(id is not None and 2**52 < id < 2**53 for id in ids)
    assert len(set(ids)) == len(ids)
    assert all(seat.phone.startswith("000-") for seat in files.county.all_seats)
    assert all(s.certificate_no.startswith("TEST-") for s in files.county.all_seats if s.certificate_no)


def test_every_unit_that_can_be_called_is_staffed_and_has_both_posts(files):
    called = [u for u in files.county.units if u.kind in (UnitKind.DEPARTMENT, UnitKind.STATION)]

    assert len(called) == 29 + 41
    for unit in called:
        assert unit.staffed is Staffed.STAFFED
        posts = {seat.post for seat in files.county.seats(role=Role.LIAISON, unit_id=unit.id)}
        assert {"A", "B"} <= posts
        if unit.kind is UnitKind.DEPARTMENT:
            assert "duty_room" in posts
            assert len(files.county.seats(role=Role.DEPARTMENT_HEAD, unit_id=unit.id)) == 1


def test_every_township_can_take_a_tip_up_its_whole_ladder(files):
    county = files.county
    for township in county.townships:
        squad = county.squad_of(township.id)
        assert len(county.seats(role=Role.SQUAD_LEADER, unit_id=squad.id)) == 1
        assert len(county.seats(role=Role.DISPATCHER, unit_id=squad.id)) == 1
        assert len(county.seats(role=Role.TOWNSHIP_LEADER, unit_id=township.id)) == 1
        certified = [s for s in county.seats(unit_id=squad.id, on_duty=True) if s.certified_on(DAY)]
        assert len(certified) >= 2, "enforcement needs two different officers"
    assert len(county.seats(role="desk")) == 3
    assert len(county.seats(role="finance")) == 3  # two who pay, one who signs


def test_the_officer_who_waits_for_a_certificate_may_not_enforce(files):
    waiting = files.county.seat("QL09S-6")

    assert waiting.certificate_status == "待领证"
    assert not waiting.certified_on(DAY)


def test_a_certificate_ends_after_its_last_day(files):
    officer = files.county.seat("QL01S-5")

    assert officer.certified_on(date(2029, 12, 31))
    assert not officer.certified_on(date(2030, 1, 1))


def test_authority_differs_by_township_and_day(files):
    county = files.county

    assert county.authority("QL01", "CG016", date(2025, 12, 31)) is None
    assert county.authority("QL01", "CG016", date(2026, 1, 1)) is Tier.GRANTED
    assert county.authority("QL02", "CG001", date(2026, 3, 30)) is Tier.GRANTED
    assert county.authority("QL02", "CG001", date(2026, 3, 31)) is None
    assert county.authority("QL01", "HB001", DAY) is None


def test_delegated_power_ends_with_its_agreement(files):
    county = files.county

    assert county.authority("QL03", "WJ014", date(2026, 6, 30)) is Tier.DELEGATED
    assert county.authority("QL03", "WJ014", date(2026, 7, 1)) is None
    assert county.authority("QL05", "WJ014", date(2026, 6, 30)) is None


def test_matters_without_an_article_cite_none(files):
    bare = [matter for matter in files.county.matters if not matter.legal_basis]

    assert len(bare) == 11
    assert all(len(matter.short) <= 14 for matter in files.county.matters)


def test_every_choice_fits_its_button_and_every_rule_its_article(files):
    assert files.articles.article("CF42").cited == "《行政处罚法》第四十二条"
    assert files.articles.article("ZZ1") is None
    assert {word.number for word in files.reasons.first_word} == set(files.county.emergency_numbers)
    assert files.reasons.find("decline", "service").tell
    assert files.reasons.find("decline", "nothing_like_it") is None


def test_policy_is_that_of_the_rulebook(files):
    policy = files.policy.on(DAY)
    steps = lambda window: [(step.after_minutes, step.who) for step in window.ladder]  # noqa: E731

    assert policy.call.normal.remind_at == (5, 10, 13)
    assert policy.call.normal.rings == ("post_a",)
    assert steps(policy.call.normal) == [
        (0, "post_b"),
        (3, "department_head"),
        (8, "desk"),
        (18, "leader_on_duty"),
    ]
    assert policy.call.urgent.remind_at == (3, 6, 10, 13)
    assert policy.call.urgent.rings == ("post_a", "post_b", "duty_room")
    assert [(s.at_minutes, s.who) for s in policy.call.urgent.told_early] == [(5, "department_head"), (10, "desk")]
    assert steps(policy.call.urgent) == [(0, "desk"), (5, "leader_on_duty")]
    assert steps(policy.tip.normal) == [(0, "squad_leader"), (5, "township_leader"), (10, "desk")]
    assert policy.tip.urgent.window_minutes == 5
    assert policy.reward.row_for("NY002").amount_fen == 20000
    assert policy.reward.row_for("YB001").id == "other"
