"""Every branch of the reward's pipeline has a story, and each of these stories runs on SQLite and on PostgreSQL.

proposed ─► refused │ signed … ─► announced ─► claimed ─► paid │ waived │ lapsed │ reversed
"""

from types import ModuleType

import pytest

from tests.stories import test_reward_claimed as claimed
from tests.stories import test_reward_collected as collected
from tests.stories import test_reward_earned as earned
from tests.stories import test_reward_signed as signed

BRANCHES: dict[str, tuple[ModuleType, str]] = {
    "no verdict, no reward": (earned, "test_no_reward_without_a_lawful_decision"),
    "nothing before a second person has ticked the paper": (
        earned,
        "test_a_paper_alone_earns_nothing_until_a_second_person_has_ticked_it",
    ),
    "proposed on a department's paper": (earned, "test_a_units_own_paper_earns_the_reward_too"),
    "proposed as thanks for a soft outcome": (signed, "test_a_soft_outcome_earns_thanks_without_a_paper"),
    "honoured instead of paid": (earned, "test_a_grid_inspector_earns_no_reward"),
    "refused at once: a duty to report": (earned, "test_an_officer_who_wrote_as_a_villager_earns_no_reward"),
    "refused by a signer": (earned, "test_a_refused_reward_is_explained_to_its_sender"),
    "refused at the end: somebody else was first": (
        signed,
        "test_whoever_came_later_and_gets_nothing_is_told_why_and_only_then",
    ),
    "not decided in time": (signed, "test_a_proposal_that_nobody_decides_is_asked_again_and_the_desk_is_told"),
    "two signatures": (signed, "test_each_signature_is_another_persons"),
    "three signatures": (signed, "test_a_span_is_filled_by_the_first_signer_and_a_large_amount_needs_the_head_too"),
    "a panel of three": (
        signed,
        "test_a_grave_market_offence_pays_a_share_of_the_fine_and_a_panel_of_three_signs",
    ),
    "one signature more, for the sender": (
        signed,
        "test_a_sender_over_the_yearly_count_is_looked_at_by_one_more_person_and_never_named",
    ),
    "one signature more, for the budget": (signed, "test_an_empty_budget_asks_for_one_more_signature"),
    "shared by discretion and equally": (signed, "test_a_later_tip_that_added_something_gets_a_share"),
    "approved twice": (earned, "test_approving_twice_makes_one_reward_with_one_code"),
    "claimed and paid": (claimed, "test_an_anonymous_villager_is_paid_against_the_code_and_nobody_learns_who"),
    "claimed by receipt and word": (collected, "test_a_lost_code_is_replaced_by_receipt_and_word_at_the_counter"),
    "claimed with a new code": (collected, "test_a_new_code_kills_the_old_one_and_shows_in_the_same_chat"),
    "claimed with identity": (collected, "test_above_the_ceiling_finance_alone_notes_who_collects"),
    "claimed at two counters": (claimed, "test_two_counters_never_pay_one_code"),
    "claimed, and released again": (collected, "test_a_code_that_a_counter_did_not_pay_is_released_by_the_desk"),
    "stopped between the steps": (claimed, "test_a_crash_between_the_steps_pays_once"),
    "waived": (claimed, "test_a_reward_may_be_waived_and_is_then_not_paid"),
    "extended": (collected, "test_more_time_is_given_once_with_its_own_reminders"),
    "lapsed beside one that was paid": (collected, "test_a_share_lapses_and_is_paid_on_its_own"),
    "reversed": (signed, "test_a_reward_is_taken_back_by_an_entry_of_its_own"),
    "never edited": (claimed, "test_the_ledger_cannot_be_edited"),
}


@pytest.mark.parametrize("branch", BRANCHES)
def test_each_branch_is_walked_on_both_engines(branch: str) -> None:
    module, name = BRANCHES[branch]

    assert "both_engines" in {mark.name for mark in getattr(module, name).pytestmark}, f"{branch}: {name}"
