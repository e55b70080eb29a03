"""裁量: how much a fine may be for this matter and this kind of party (D-11), and the reason of its own that one below the lowest needs.

The table quotes the articles (`discretion.csv`). 减轻处罚 is lawful only in the circumstances of 行政处罚法第三十二条 (第三十条 for the
young), or where another law names one: the officer says which, second officer and leader read it beside the sum, the papers print it.
"""

from typing import Any

from workflows import records as r
from workflows.states import ActState
from workflows.steps import CIRCUMSTANCES, OTHER_CASE
from workflows.work import Work

LISTED = 3
"""So many ranges are shown; an article with more is read itself."""
SETTING = ("on_spot", "report", "statement", "decision")
"""Steps that set or confirm a sum."""


def fine_range(work: Work, matter_code: str, party_kind: str) -> dict[str, Any]:
    """The range of a fine as a text takes it; no rows: the county has not filled it in, and the screen says so."""
    rows = work.county.fines_of(matter_code, party_kind)
    listed = [{"low_fen": o.low_yuan * 100, "high_fen": o.high_yuan * 100, "quote": o.quote} for o in rows[:LISTED]]
    whole = bool(rows) and len(rows) <= LISTED and all(o.whole for o in rows)
    return {"fines": listed, "whole": whole, "basis": work.county.matter(matter_code).legal_basis}


def least(work: Work, proc: r.Procedure) -> int | None:
    """The lowest sum in fen that the table quotes; None where it names none."""
    return work.county.least_fen(proc.matter_code, proc.party_kind)


def whole(work: Work, proc: r.Procedure) -> bool:
    """Whether the table knows every case of the article."""
    rows = work.county.fines_of(proc.matter_code, proc.party_kind)
    return bool(rows) and all(one.whole for one in rows)


def reason(work: Work, proc: r.Procedure) -> str:
    """Why the sum that stands lies below the lowest: a circumstance, or what was typed; empty: nobody has said."""
    steps = [s for s in work.steps(proc.case_id, *SETTING) if s.state is ActState.RECORDED]
    given = [str(s.facts["below"]) for s in steps if s.facts.get("below")]
    return given[-1] if given else ""


def of_card(work: Work, proc: r.Procedure) -> dict[str, Any]:
    """Beside the sum on the card, which the reviewer reads too: the same range, and why the sum lies below it."""
    stands = proc.fine_fen > 0
    found = fine_range(work, proc.matter_code, proc.party_kind) if stands else {}
    said = why_below(reason(work, proc) if stands and proc.fine_fen < (least(work, proc) or 0) else "")
    return {
        "fines": found.get("fines"),
        "whole": found.get("whole", False),
        "basis": found.get("basis", ""),
        "below": said["below"],
        "below_words": said["below_words"],
    }


def why_below(words: str) -> dict[str, str]:
    """`below` is one of the circumstances, `below_words` what was typed instead."""
    known = words in (*CIRCUMSTANCES, OTHER_CASE)
    return {"below": words if known else "", "below_words": "" if known else words}
