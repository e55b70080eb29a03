"""结果: what came of a case, typed, with unit and quantity (B-20): 罚款 30,000 分, 劝阻教育 5 人, 移送 1 件. Soft ones are no penalty."""

from workflows import records as r
from workflows.events import Kind
from workflows.work import Work


def write_down(
    work: Work, case_id: str, by: r.Person | None, kind: str, quantity: int, unit: str, *, penalty: bool = False
) -> r.Outcome:
    """One fact of the case. `quantity`: whole units; money in fen; area in hundredths of a square metre."""
    who = by.id if by else ""
    made = r.Outcome(case_id=case_id, kind=kind, unit=unit, quantity=quantity, penalty=penalty, by=who, at=work.now)
    work.record(Kind.OUTCOME_RECORDED, work.add(made), by, kind=kind, unit=unit, quantity=quantity, penalty=penalty)
    return made
