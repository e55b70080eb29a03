"""No fingertip formalism (R41): every question that the program puts to staff, with the reason why it must be asked.

`law`: an article; `case`: the matter cannot go on without it; `rulebook`: the county's dated rules; `own`: somebody's own wish.
A new question fails here until its reason is written down.
"""

from tests.messages import sources
from tests.messages.test_wording import VILLAGER_DIALOGS
from workflows.rulebook import Rulebook
from workflows.steps import RULES

WHY: dict[str, tuple[str, str]] = {
    "act": ("law", "what was done on the spot is recorded (CF47)"),
    "amount": ("rulebook", "a span of the reward table needs one amount"),
    "apply": ("rulebook", "running calls keep their rules unless somebody wants the new ones"),
    "assign": ("case", "only somebody can say in which township it is"),
    "base": ("rulebook", "a reward that is a share needs what it is a share of"),
    "begin": ("law", "the officer confirms matter, organ and procedure (CF24, D-11)"),
    "bring": ("case", "those who are called come with the right gear"),
    "by_phone": ("rulebook", "a signature by phone names who spoke with whom"),
    "call_off_which": ("case", "several units are on the way"),
    "call_paper": ("case", "a lawful end names its paper"),
    "cannot_come": ("case", "the desk decides with the reason in hand"),
    "checker": ("rulebook", "a second person compares number and paper"),
    "count": ("rulebook", "an outcome has its unit and quantity (B-20); one tap in the usual case"),
    "count_typed": ("rulebook", "the same, where no button fits (B-20)"),
    "decline": ("rulebook", "who is turned away reads why"),
    "dispute": ("law", "an objection needs its ground (CF25)"),
    "document": ("law", "which paper is made, numbered or signed (CF47)"),
    "document_field": ("law", "what the paper still lacks (CF59)"),
    "document_void": ("law", "why a signed paper does not count any more (CF47)"),
    "documents": ("law", "which paper comes next (CF47)"),
    "matter": ("law", "the matter decides power and law (CF24)"),
    "matter_words": ("law", "the matter decides power and law (CF24)"),
    "matters_found": ("law", "the matter decides power and law (CF24)"),
    "no_matter": ("law", "the matter decides power and law (CF24)"),
    "split": ("case", "what the second of two matters is: each gets a case of its own"),
    "near": ("case", "which other tip tells of the same thing"),
    "drill": ("rulebook", "a drill is announced for one unit"),
    "drill_day": ("rulebook", "a drill is announced for a day"),
    "drill_where": ("rulebook", "a drill is blown in the name of one township"),
    "early": ("rulebook", "first-check duty: why it is turned away unseen (T-02)"),
    "first_check": ("rulebook", "first-check duty: nothing is passed on unchecked (T-02)"),
    "evidence": ("law", "what comes in next is evidence of which case (CF46)"),
    "supplement": ("case", "which inspector of the place is asked for pictures"),
    "explain": ("own", "whoever was late may say why"),
    "for_tip": ("case", "the whistle belongs to one matter"),
    "forget": ("own", "what is still open when one leaves"),
    "hand_back": ("case", "the sender learns why it came back"),
    "law_second": ("law", "not fewer than two officers (CF42)"),
    "merge": ("case", "into which matter"),
    "no_second": ("law", "not fewer than two officers (CF42)"),
    "officer": ("case", "somebody else goes"),
    "outcome": ("case", "how it ended, for the sender and the file"),
    "paper": ("case", "a lawful end names its paper"),
    "paper_again": ("case", "the number could not be read"),
    "paper_kind": ("rulebook", "which paper of the reward is printed"),
    "pause": ("rulebook", "until when a unit is not called"),
    "pause_why": ("rulebook", "why a unit is not called"),
    "pay": ("rulebook", "the claim code at the counter"),
    "payee": ("rulebook", "above the ceiling the collector is noted"),
    "people_unit": ("case", "which unit"),
    "person_left": ("case", "open matters go to somebody else"),
    "pick_officer": ("case", "who handles what the township must not see"),
    "pick_squad": ("case", "who handles what the township must not see"),
    "print_reason": ("rulebook", "names of collectors are printed for a reason"),
    "proof": ("law", "of which kind a piece of evidence is (CF46)"),
    "proofs": ("law", "of which kind a piece of evidence is (CF46)"),
    "promise": ("case", "those on the spot need to know when"),
    "promise_all": ("case", "those on the spot need to know when"),
    "question": ("case", "what the sender is asked"),
    "raise_now": ("rulebook", "why somebody is woken"),
    "reassign": ("case", "which unit comes instead"),
    "reassign_how": ("case", "whether the first one still comes"),
    "reassign_why": ("case", "why another unit is called"),
    "recuse": ("law", "who steps aside (CF43)"),
    "refuse": ("rulebook", "who is refused a reward reads why"),
    "report": ("case", "how the call ended"),
    "reveal": ("law", "why a sender must be known (PIPL 6)"),
    "reverse": ("rulebook", "why money is taken back"),
    "rise_which": ("case", "several units are silent"),
    "redirect": ("case", "which unit comes instead"),
    "rota_duty": ("own", "the unit keeps its rota"),
    "rota_every": ("own", "the unit keeps its rota"),
    "rota_hour": ("own", "the unit keeps its rota"),
    "rota_members": ("own", "the unit keeps its rota"),
    "rota_retire": ("own", "the unit keeps its rota"),
    "rota_span": ("own", "the unit keeps its rota"),
    "rota_who": ("own", "the unit keeps its rota"),
    "second": ("law", "not fewer than two officers (CF42)"),
    "send_other": ("case", "which unit comes instead"),
    "slot": ("case", "an agreed time"),
    "step": ("law", "each names its article; see the next test"),
    "transfer_reason": ("law", "a transfer names its reason (CF26)"),
    "transfer_unit": ("case", "to which unit"),
    "units": ("case", "which unit"),
    "voice": ("case", "a recording that nobody may hear is typed by the desk"),
    "voucher": ("rulebook", "the number of the paying voucher"),
    "which_call": ("case", "several calls are open"),
    "which_phoned": ("case", "several calls are open"),
    "whistle": ("case", "which unit, how urgent"),
    "whistle_when": ("case", "an agreed time"),
}

ALSO_VILLAGERS = {
    "pin",
    "pin_inspector",
    "town",
    "village",
    "language",
    "group_language",
    "word",
    "other_ways",
    "visit_when",
}


def test_every_question_to_staff_has_its_reason() -> None:
    asked = {site.template.removeprefix("ask.") for site in sources.dialogs() if site.template.startswith("ask.")}

    assert asked - set(VILLAGER_DIALOGS) - ALSO_VILLAGERS == set(WHY), "write down why staff must be asked"
    assert {kind for kind, _ in WHY.values()} <= {"law", "case", "rulebook", "own"}
    assert all(len(reason) > 8 for _, reason in WHY.values())


def test_every_question_of_a_procedure_rests_on_an_article_the_case_or_the_rulebook(book: Rulebook) -> None:
    for rule in RULES:
        assert rule.why in ("case", "policy") or book.articles.article(rule.why) is not None, rule.kind


def test_nobody_is_asked_to_prove_presence_by_position_or_picture() -> None:
    """Neither a step nor a question wants a live location, a track, a selfie or a score."""
    kinds = {ask.kind for rule in RULES for ask in rule.asks}
    words = {ask.key for rule in RULES for ask in rule.asks} | {rule.kind for rule in RULES}

    assert kinds <= {"one", "many", "text", "day", "money", "person"}
    assert not [w for w in words if any(bad in w for bad in ("location", "photo", "track", "score", "rank", "attend"))]
