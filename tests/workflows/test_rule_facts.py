"""R1 to R46, the county's rule facts: each is a gate with its row in `test_gates.TABLE`, a clock, or bars no step, and why."""

import pytest

from tests.workflows.test_gates import TABLE
from workflows.gates import GATES
from workflows.lawprofile import TermId
from workflows.rulebook import Rulebook

GATED: dict[str, tuple[str, ...]] = {
    "R1": ("power",),
    "R2": ("elsewhere",),
    "R4": ("twice",),
    "R5": ("minor", "educated"),
    "R6": ("too_old",),
    "R7": ("remote",),
    "R8": ("certificate", "two_officers"),
    "R9": ("recusal",),
    "R10": ("told",),
    "R11": ("statement", "heavier"),
    "R13": ("incomplete", "unexplained"),
    "R15": ("names", "summary", "unpublishable"),
    "R16": ("simple_ceiling", "simple_lowest"),
    "R17": ("told_on_spot",),
    "R18": ("facts",),
    "R19": ("id_shown",),
    "R21": ("discussed", "leader"),
    "R22": ("reviewer", "reviewer_handled", "review", "opinion_void", "as_reviewed"),
    "R23": ("party", "amount"),
    "R25": ("electronic",),
    "R26": (
        *("hearing_offer", "hearing_term", "hearing_held", "hearing_unwanted"),
        *("hearing_soon", "hearing_day", "host", "other_host"),
    ),
    "R27": ("receipt", "unpaid", "court_early", "court_late"),
    "R28": ("cash",),
    "R32": ("seizure_delegated", "seizure_alone", "seizure_heard", "seizure_twice"),
    "R33": ("demolition",),
    "R37": ("crime",),
    "R42": ("firm", "firm_cap"),
    "R43": ("extended",),
    "R45": ("child", "illness"),
}
"""Every one has a row: article, attempt, refusal text."""
CLOCKED: dict[str, tuple[TermId, ...]] = {
    "R14": (TermId.WITHDRAW,),
    "R17": (TermId.FILE_BACK,),
    "R20": (TermId.KEEP,),
    "R24": (TermId.DECIDE,),
    "R25": (TermId.SERVE,),
    "R26": (TermId.HEARING_ASK, TermId.HEARING_NOTICE),
    "R27": (TermId.PAY, TermId.URGE, TermId.COURT),
    "R32": (TermId.SEIZE, TermId.SEIZE_MORE, TermId.SEIZE_REPORT),
    "R34": (TermId.RECONSIDER,),
    "R36": (TermId.SUE,),
    "R37": (TermId.CRIME_DECIDE, TermId.CRIME_HAND),
    "R40": (TermId.PUBLISH,),
    "R42": (TermId.FIRM_MAKE_UP,),
}
NO_GATE: dict[str, str] = {
    "R3": "a duty of the unit that is called, not a step of ours: cited on every call (tests/messages)",
    "R12": "evidence may be of eight kinds; which one is asked, nothing is barred (tests/stories/test_evidence.py)",
    "R29": "an amount that is computed and shown (test_hardship_moves_the_last_day_and_late_payment_is_capped)",
    "R30": "nothing may be computed from fines; there is no such step to bar (tests/stories/test_fairness.py)",
    "R31": "how days are counted (tests/workflows/test_hours.py)",
    "R35": "a sentence of the on-the-spot decision (tests/workflows/test_case_papers.py)",
    "R38": "how long a file is kept and in which order: county data (tests/workflows/test_file.py)",
    "R39": "a yearly publication of the county, not of a case",
    "R41": "questions to staff, each with its reason (tests/messages/test_prompts.py)",
    "R44": "letterhead, seal, remedy and number follow the organ (test_delegated_power_is_used_in_the_departments_name_and_register)",
    "R46": "a warning is one of the penalties: only a numbered decision sets it (test_a_warning_is_a_penalty_with_a_number)",
}


def test_every_rule_fact_is_a_row_a_clock_or_named_as_neither_with_its_reason() -> None:
    every = {f"R{n}" for n in range(1, 47)}

    assert set(GATED) | set(CLOCKED) | set(NO_GATE) == every
    assert not set(NO_GATE) & (set(GATED) | set(CLOCKED)), "a reason why not, or a gate; not both"
    assert all(len(why) > 20 for why in NO_GATE.values())


def test_what_is_called_a_gate_is_one_and_has_its_row() -> None:
    rows = {row[0] for row in TABLE}
    facts = {gate.id: gate.fact for gate in GATES}

    for fact, gates in GATED.items():
        for gate in gates:
            assert gate in rows, (fact, gate)
            assert facts[gate] == fact, gate
    named = {gate for gates in GATED.values() for gate in gates}
    assert {gate for gate, fact in facts.items() if fact.startswith("R")} == named


@pytest.mark.parametrize("profile", ["general", "public_security"])
def test_every_clock_has_a_length_and_an_article_or_says_that_it_is_not_verified(book: Rulebook, profile: str) -> None:
    law = book.laws.get(profile)

    for fact, terms in CLOCKED.items():
        for term in terms:
            rule = law.terms[term]
            assert rule.length > 0 and (rule.rule is not None or not rule.verified), (fact, term)
            assert rule.rule is None or book.articles.article(rule.rule) is not None, (fact, term)


BAD_INPUT = {
    "a date in the future": "future",
    "a term that lies behind": "past",
    "the wrong order": "stage",
    "something that comes first": "first",
    "the same twice": "taken",
    "a fine over the ceiling of the simple course": "simple_ceiling",
    "a fine over what the matter's article allows": "law_ceiling",
    "a fine over what the party was told": "heavier",
    "no amount": "amount",
    "the same officer twice": "two_officers",
    "a reviewer who handled the case": "reviewer_handled",
    "a host who investigated": "host",
    "an incomplete file": "incomplete",
}
"""The issue's bad input; a closed case is in test_procedure, files that are not what they say in tests/stories/test_evidence.py."""


@pytest.mark.parametrize("gate", BAD_INPUT.values(), ids=list(BAD_INPUT))
def test_bad_input_has_its_row(gate: str) -> None:
    assert gate in {row[0] for row in TABLE}
