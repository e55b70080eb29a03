"""缴款码: the officer shows the party a QR picture with number, amount and last day, on the screen or to be passed on."""

from handlers.edge import Press, Toast
from workflows import payment
from workflows import records as r
from workflows import tip as tips
from workflows.work import Work


def show(work: Work, press: Press) -> Toast:
    proc = work.by_ref(r.Procedure, press.ref)
    case = work.get(r.Case, proc.case_id)
    tips.officer_of(work, work.get(r.Tip, case.tip_id), press.staff())
    work.send("payment", "owner", press.private, act="code", facts=payment.due(work, proc))
    return Toast("sent_private")


PRESSES = {"pay_code": show}
