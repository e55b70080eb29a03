"""Which steps a procedure has: who takes them, when they are lawful, what is asked, and which rule needs the question (R41).

The course is drawn in `workflows/states.py`; what bars a step is in `workflows/gates.py`;
what it changes in `workflows/procedure.py`.
Words of steps, questions and choices are in `messages/*/procedure.yaml`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workflows.states import Stage

S = Stage
_BEFORE = frozenset({S.OPENED, S.FILED, S.INVESTIGATED, S.TOLD, S.HEARD, S.REVIEWED})
_LOOKING = frozenset({S.OPENED, S.FILED})
_HEARING = frozenset({S.TOLD, S.HEARD})
_AFTER = frozenset({S.DECIDED, S.SERVED, S.EXECUTED, S.ENDED})
_IN_FORCE = frozenset({S.SERVED, S.EXECUTED, S.ENDED})


class Needs(StrEnum):
    """Whose own tap a step waits for, after the one who takes it."""

    NOBODY = "nobody"
    SECOND = "second"
    """Another certified officer, on the spot (行政处罚法第四十二条)."""
    LEADER = "leader"
    """负责人: the township's leader, or the head of the department in whose name it is done."""


class By(StrEnum):
    """Who may take a step."""

    OFFICER = "officer"
    HOST = "host"
    """Anybody of the squad who did not investigate: chairs a hearing (第六十四条)."""
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Ask:
    """One short question. `kind`: one | many | text | day | money | person (who, of those whom the law lets)."""

    key: str
    kind: str
    options: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    """Asked only if an earlier answer is this one (or holds it)."""
    sealed: bool = False
    """Personal: it goes into the sealed record of the party, never into a plain column."""
    longest: int = 300
    only: str = ""
    """Asked only for `organisation` or `person`, if the case bears this mark, or (`below`) for a sum below the article's lowest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of step."""

    kind: str
    stages: frozenset[Stage]
    why: str
    """The article (a key of `articles.yaml`) or `case` (the case needs it) or `policy` (the county's rulebook): why staff are asked."""
    by: By = By.OFFICER
    needs: Needs = Needs.NOBODY
    to: Stage | None = None
    asks: tuple[Ask, ...] = ()
    course: str = "both"  # simple | ordinary | both
    again: bool = False
    """May be taken more than once."""
    after: str = ""
    """Offered only once this step stands."""
    unless: str = ""
    """Not offered any more once this step stands."""
    enforces: bool = False
    """An act of enforcement: a certificate valid on the day is needed."""
    only: str = ""
    """Offered only for `organisation`, or with this mark."""
    main: bool = False
    """The next step of the course: drawn first."""


YES_NO = ("yes", "no")
CIRCUMSTANCES = ("eased", "coerced", "confessed", "merit", "young")
"""When a fine may be lower than the article's lowest sum: 第三十二条第一至四项, 第三十条; what another law names is typed."""
OTHER_CASE = "other_case"
"""The article has further cases than the county's table knows, and one of them is this: not 减轻处罚 at all."""
BELOW = Ask("below", "text", (*CIRCUMSTANCES, OTHER_CASE), longest=150, only="below")
"""减轻处罚 needs a reason of its own."""
PENALTIES = ("warning", "criticism", "fine", "confiscation", "closure", "licence")
"""Kinds of penalty. 警告 and 通报批评 are penalties too (第九条): only by a numbered decision."""
SOFT = ("remind", "dissuade", "educate", "order", "mediate", "hand_over")
"""Outcomes that are no penalties (D-10, B-22)."""
MARKS = (
    *("minor", "corrected", "harmless", "first_time"),
    *("under_14", "under_18", "mental_illness", "hardship"),
    *("harm", "public_interest", "complex", "remote", "crime"),
)
RETURN_WHY = ("facts", "evidence", "basis", "discretion", "procedure", "papers")
"""退回补正: standard reasons of the reviewer."""
RESULTS = {
    "fine": "yuan",
    "demolition": "m2",
    "cleared": "place",
    "order": "item",
    "confiscation": "item",
    "people": "person",
}
"""What was carried out, and in which unit (B-20)."""

RULES: tuple[Rule, ...] = (
    # who, what, when ────────────────────────────────────────────────────────────────────────────────────────────────
    Rule(
        "party", _BEFORE, "CF59", again=True, asks=(
            Ask("party_kind", "one", ("person", "organisation")),
            Ask("name", "text", sealed=True, longest=60),
            Ask("id_no", "text", ("later",), sealed=True, longest=30),
            Ask("address", "text", ("later",), sealed=True, longest=100),
        ),
    ),
    Rule(
        "facts", _BEFORE, "CF54", again=True, asks=(
            Ask("act_on", "day", ("today", "yesterday")),
            Ask("place", "text", ("same_place",), longest=100),
            Ask("found", "text", longest=1000),
        ),
    ),
    Rule("marks", _BEFORE, "CF33", again=True, asks=(Ask("marks", "many", MARKS),)),
    Rule("officers", _BEFORE, "CF43", again=True, needs=Needs.LEADER, asks=(Ask("who", "one", ("officer_a", "officer_b")),)),
    Rule("second", _BEFORE | _AFTER - {S.ENDED}, "CF42", again=True, needs=Needs.SECOND, only="alone", enforces=True),
    # on the spot ─────────────────────────────────────────────────────────────────────────────────────────────────────
    Rule("firm_approval", _LOOKING, "policy", needs=Needs.LEADER, only="organisation", unless="firm_approval"),
    Rule("firm_urgent", _LOOKING, "policy", needs=Needs.SECOND, only="organisation", unless="firm_approval", enforces=True),
    Rule(
        "inspection", _LOOKING, "CF55", needs=Needs.SECOND, again=True, enforces=True, asks=(
            Ask("id_shown", "one", YES_NO),
            Ask("record", "text", longest=1000),
        ),
    ),
    Rule(
        "inquiry", _LOOKING, "CF55", needs=Needs.SECOND, again=True, enforces=True, asks=(
            Ask("id_shown", "one", YES_NO),
            Ask("words", "text", sealed=True, longest=2000),
        ),
    ),
    Rule("order", _BEFORE, "case", needs=Needs.SECOND, again=True, enforces=True, asks=(
        Ask("order_what", "text", longest=300), Ask("until", "day", ("today", "in_7_days", "in_15_days")),
    )),
    Rule("keep", _LOOKING, "CF56", needs=Needs.LEADER, unless="keep", enforces=True, asks=(Ask("what", "text", longest=300),)),
    Rule("keep_end", _BEFORE | _AFTER, "CF56", after="keep", unless="keep_end", asks=(
        Ask("ended_how", "one", ("given_back", "sent_to_test", "confiscated", "seized", "handed_over")),
    )),
    Rule("seizure", _LOOKING, "QZ18", needs=Needs.LEADER, unless="seizure", enforces=True, asks=(
        Ask("id_shown", "one", YES_NO), Ask("heard", "one", YES_NO), Ask("what", "text", longest=300),
    )),
    Rule("seizure_urgent", _LOOKING, "QZ19", needs=Needs.SECOND, unless="seizure", enforces=True, asks=(
        Ask("id_shown", "one", YES_NO), Ask("heard", "one", YES_NO), Ask("what", "text", longest=300),
    )),
    Rule("seizure_report", _BEFORE, "QZ19", needs=Needs.LEADER, after="seizure_urgent", unless="seizure_report"),
    Rule("seizure_more", _BEFORE, "QZ25", needs=Needs.LEADER, after="seizure", again=True, unless="seizure_end"),
    Rule("seizure_end", _BEFORE | _AFTER, "QZ25", after="seizure", unless="seizure_end", asks=(
        Ask("ended_how", "one", ("given_back", "confiscated", "handed_over")),
    )),
    Rule("crime", _BEFORE, "YS5", needs=Needs.SECOND, enforces=True, unless="crime"),
    Rule("crime_decided", _BEFORE, "YS5", needs=Needs.LEADER, after="crime", unless="crime_decided", asks=(Ask("hand", "one", YES_NO),)),
    Rule("crime_handed", _BEFORE, "YS6", after="crime_decided", unless="crime_handed", asks=(Ask("receipt", "text", longest=60),)),
    Rule("remote_checked", _BEFORE, "CF41", by=By.REVIEWER, only="remote", unless="remote_checked", asks=(
        Ask("technical", "one", YES_NO), Ask("places_public", "one", YES_NO),
    )),
    # simple ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    Rule(
        "on_spot", frozenset({S.OPENED}), "CF52", needs=Needs.SECOND, to=S.DECIDED, course="simple", enforces=True, main=True, asks=(
            Ask("id_shown", "one", YES_NO),
            Ask("told", "one", YES_NO),
            Ask("penalty", "one", ("warning", "fine")),
            Ask("fine", "money", when=("penalty", "fine")),
            BELOW,
            Ask("discretion", "text", ("standard",), longest=300),
            Ask("recorded", "one", YES_NO, only="one_officer"),
            Ask("distinct", "text", longest=200, only="fined_before"),
        ),
    ),
    Rule("file_back", _AFTER, "CF52", course="simple", unless="file_back"),
    # ordinary ────────────────────────────────────────────────────────────────────────────────────────────────────────
    Rule("filing", frozenset({S.OPENED}), "CF54", needs=Needs.LEADER, to=S.FILED, course="ordinary", enforces=True, main=True),
    Rule(
        "report", frozenset({S.FILED}), "CF57", needs=Needs.SECOND, to=S.INVESTIGATED, course="ordinary", enforces=True, main=True, asks=(
            Ask("proposal", "one", ("penalty", "no_penalty")),
            Ask("penalties", "many", PENALTIES, when=("proposal", "penalty")),
            Ask("fine", "money", when=("penalties", "fine")),
            BELOW,
            Ask("discretion", "text", longest=300),
            Ask("reasons", "text", longest=1000),
        ),
    ),
    Rule("decide_more", _BEFORE - {S.OPENED}, "CF60", needs=Needs.LEADER, course="ordinary", again=True, only="extendable"),
    Rule("told", frozenset({S.INVESTIGATED}), "CF44", needs=Needs.SECOND, to=S.TOLD, course="ordinary", enforces=True, main=True, asks=(
        Ask("how", "one", ("on_the_spot", "direct", "left", "post")),
    )),
    Rule("statement", _HEARING, "CF45", course="ordinary", again=True, main=True, unless="statement", asks=(
        Ask("said", "one", ("nothing", "something")),
        Ask("words", "text", sealed=True, longest=2000, when=("said", "something")),
        Ask("upheld", "one", YES_NO, when=("said", "something")),
        Ask("fine", "money", ("as_told",), when=("upheld", "yes"), only="fine"),
        BELOW,
    )),
    Rule("hearing_asked", frozenset({S.TOLD}), "CF63", course="ordinary", unless="hearing_asked", only="hearing", main=True, asks=(
        Ask("asked", "one", ("yes", "waived", "silent")),
    )),
    Rule("hearing_notice", frozenset({S.TOLD}), "CF64", course="ordinary", after="hearing_asked", only="hearing", again=True, asks=(
        Ask("hearing_day", "day", ("in_8_workdays",)),
        Ask("hearing_place", "text", ("at_township",), longest=100),
        Ask("host", "person"),
    )),
    Rule("hearing", frozenset({S.TOLD}), "CF64", by=By.HOST, to=S.HEARD, course="ordinary", after="hearing_notice", only="hearing", asks=(
        Ask("hearing_record", "text", longest=1000),
        Ask("checked", "one", ("signed", "refused")),
    )),
    Rule("to_review", _HEARING, "CF58", course="ordinary", only="review", again=True, main=True),
    Rule("opinion", _HEARING, "CF58", by=By.REVIEWER, to=S.REVIEWED, course="ordinary", after="to_review", again=True, asks=(
        Ask("pass", "one", ("passed", "returned")),
        Ask("why", "many", RETURN_WHY, when=("pass", "returned")),
    )),
    Rule(
        "decision", frozenset({S.INVESTIGATED, S.TOLD, S.HEARD, S.REVIEWED}), "CF57", needs=Needs.LEADER, to=S.DECIDED, course="ordinary",
        enforces=True, main=True, asks=(
            Ask("fine", "money", ("as_told",), only="fine"),
            BELOW,
            Ask("discussed", "one", YES_NO, only="complex"),
            Ask("educated", "one", YES_NO, only="no_penalty"),
            Ask("distinct", "text", longest=200, only="fined_before"),
        ),
    ),
    # afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────
    Rule("service", frozenset({S.DECIDED}), "CF61", needs=Needs.SECOND, to=S.SERVED, enforces=True, main=True, asks=(
        Ask("how", "one", ("on_the_spot", "direct", "left", "post", "electronic")),
        Ask("consent", "one", YES_NO, when=("how", "electronic")),
    )),
    Rule("cash", frozenset({S.DECIDED, S.SERVED}), "CF68", needs=Needs.SECOND, enforces=True, only="fine", unless="paid", asks=(
        Ask("cash_why", "one", ("small", "hard_later", "remote_asked")),
        Ask("receipt", "text", longest=60),
    )),
    Rule("paid", frozenset({S.SERVED}), "CF67", only="fine", unless="paid", main=True, asks=(
        Ask("day", "day", ("today", "yesterday")),
        Ask("receipt", "text", longest=60),
    )),
    Rule("hardship", frozenset({S.SERVED}), "CF66", needs=Needs.LEADER, only="fine", again=True, unless="paid", asks=(
        Ask("until", "day", ("in_15_days",)),
    )),
    Rule("urge", frozenset({S.SERVED}), "QZ54", needs=Needs.SECOND, enforces=True, only="fine", unless="paid", asks=(
        Ask("how", "one", ("on_the_spot", "direct", "left", "post")),
    )),
    Rule("court", frozenset({S.SERVED}), "QZ53", needs=Needs.LEADER, enforces=True, only="fine", after="urge", unless="paid"),
    Rule("court_done", frozenset({S.SERVED}), "QZ53", after="court", unless="paid", main=True, asks=(
        Ask("court_how", "one", ("court_paid", "court_ended")),
        Ask("ruling", "text", longest=60),
    )),
    Rule("demolition_notice", frozenset({S.SERVED}), "QZ44", unless="demolition_notice", asks=(Ask("until", "day", ("in_15_days",)),)),
    Rule("executed", frozenset({S.SERVED}), "case", to=S.EXECUTED, asks=(
        Ask("result", "one", tuple(RESULTS)),
        Ask("quantity", "money"),
    )),
    Rule("publish", _IN_FORCE, "CF48", by=By.REVIEWER, unless="publish", only="publishable", asks=(
        Ask("names", "one", ("masked", "full"), only="organisation"),
        Ask("summary", "text", ("by_matter",), longest=200),
    )),
    Rule("republish", _IN_FORCE, "CF48", by=By.REVIEWER, after="publish", unless="revoke", again=True, only="shown", asks=(
        Ask("names", "one", ("masked", "full"), only="organisation"),
        Ask("summary", "text", ("by_matter",), longest=200),
    )),
    Rule("unpublished", _IN_FORCE, "CF48", by=By.REVIEWER, unless="publish", only="publishable", asks=(
        Ask("private_why", "one", ("little_effect", "secret", "privacy")),
    )),
    Rule("revoke", _AFTER, "CF48", needs=Needs.LEADER, unless="revoke", asks=(
        Ask("revoke_why", "one", ("changed", "revoked", "annulled")),
    )),
    Rule("withdraw", _AFTER, "CF48", after="revoke", unless="withdraw", only="shown"),
    Rule("end", frozenset({S.SERVED, S.EXECUTED}), "case", needs=Needs.LEADER, to=S.ENDED, enforces=True, main=True, asks=(
        Ask("without", "text", longest=200, only="lacking"),
    )),
    Rule("drop", _BEFORE, "case", needs=Needs.LEADER, to=S.DROPPED, asks=(
        Ask("drop_why", "one", ("untrue", "no_authority", "too_old", "handed_over")),
    )),
)  # fmt: skip

BY_KIND: dict[str, Rule] = {rule.kind: rule for rule in RULES}


def of_course(kind: str) -> Iterable[Rule]:
    """The steps that a simple or an ordinary procedure has."""
    return (rule for rule in RULES if rule.course in ("both", kind))
