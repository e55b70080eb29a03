"""缴款: what the party needs to pay at a bank: number, amount, last day. The bot shows it and never takes money (第六十七条)."""

from typing import Any

from workflows import records as r
from workflows.refusals import AlreadyDone, Gone
from workflows.work import Work


def due(work: Work, proc: r.Procedure) -> dict[str, Any]:
    """Facts of an open fine. Raises Gone where none was served, AlreadyDone once it is paid."""
    if not proc.fine_fen or not proc.pay_ref or proc.pay_by is None:
        raise Gone()
    if proc.paid_on is not None:
        raise AlreadyDone(by="")
    return {
        "name": work.get(r.Case, proc.case_id).number,
        "reference": proc.pay_ref,
        "fine_fen": proc.fine_fen,
        "by": proc.pay_by.isoformat(),
        "where": work.policy.procedure.pay_at,
        "code": code(work, proc),
    }


def code(work: Work, proc: r.Procedure) -> str:
    """What the QR picture says: by default the number alone, else an address of the county's payment service."""
    return work.policy.procedure.pay_code.format(reference=proc.pay_ref, fen=proc.fine_fen)
