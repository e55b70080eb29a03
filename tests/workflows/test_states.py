"""The diagram at the top of `workflows/states.py` is the whole truth about states."""

import re
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import states
from workflows.states import MOVES, CallState, ImpossibleMove, RewardState, TipState, check_move

ENDS = {
    "TipState": {"transferred", "withdrawn"},
    "CaseState": set(),
    "WhistleState": {"settled", "stood_down"},
    "CallState": {"stood_down", "closed"},
    "ActState": {"recorded", "dropped"},
    "DocumentState": {"void"},
    "EvidenceState": {"kept", "refused", "lost"},
    "Stage": {"ended", "dropped"},
    "DisputeState": {"upheld", "rejected"},
    "ExplanationState": {"accepted", "rejected"},
    "ShiftState": {"taken_over"},
    "PhoneState": {"confirmed", "denied"},
    "TransferState": {"taken_over", "returned"},
    "RewardState": {"waived", "lapsed", "reversed"},
    "InvitationState": {"used", "expired", "revoked"},
    "SwapState": {"taken", "declined", "lapsed"},
    "RevealState": {"refused", "opened", "expired"},
}


@pytest.mark.parametrize("machine", MOVES, ids=lambda m: m.__name__)
def test_every_end_is_an_end_and_everything_else_goes_on(machine: type[StrEnum]) -> None:
    ends = {state.value for state in machine if not MOVES[machine].get(state)}

    assert ends == ENDS[machine.__name__]


@pytest.mark.parametrize("machine", MOVES, ids=lambda m: m.__name__)
def test_every_state_can_be_reached_from_the_first(machine: type[StrEnum]) -> None:
    reached, fresh = set(), {next(iter(machine))}
    while fresh:
        reached |= fresh
        fresh = {to for state in fresh for to in MOVES[machine].get(state, ())} - reached

    assert reached == set(machine)


@given(st.data())
def test_a_move_is_allowed_exactly_when_the_diagram_shows_it(data: st.DataObject) -> None:
    machine = data.draw(st.sampled_from(list(MOVES)))
    here, there = data.draw(st.sampled_from(list(machine))), data.draw(st.sampled_from(list(machine)))

    if there in MOVES[machine].get(here, frozenset()):
        check_move(here, there)
    else:
        with pytest.raises(ImpossibleMove):
            check_move(here, there)


def test_a_state_of_another_record_is_no_move_even_when_the_word_is_the_same() -> None:
    assert TipState.CLOSED == CallState.CLOSED

    with pytest.raises(ImpossibleMove):
        check_move(CallState.OPEN, TipState.CLOSED)
    with pytest.raises(ImpossibleMove):
        check_move(TipState.ACCEPTED, CallState.CLOSED)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (RewardState.PROPOSED, RewardState.ANNOUNCED),
        (RewardState.PROPOSED, RewardState.PAID),
        (RewardState.ANNOUNCED, RewardState.PAID),
        (RewardState.PAID, RewardState.CLAIMED),
        (RewardState.LAPSED, RewardState.CLAIMED),
        (CallState.STOOD_DOWN, CallState.ACKNOWLEDGED),
        (CallState.ARRIVED, CallState.ACKNOWLEDGED),
        (TipState.SUBMITTED, TipState.CLOSED),
    ],
)
def test_what_must_never_happen_is_not_in_the_diagram(here: StrEnum, there: StrEnum) -> None:
    with pytest.raises(ImpossibleMove):
        check_move(here, there)


def test_the_drawing_names_every_state_of_every_machine() -> None:
    drawing = set(re.findall(r"[a-z_]+", states.__doc__ or ""))

    assert {state.value for machine in MOVES for state in machine} <= drawing
