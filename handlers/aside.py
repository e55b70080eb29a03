"""What is no matter for enforcement is answered with whom to turn to, and with a way on."""

from handlers.edge import Press, Toast, button, puzzled, say, swap
from workflows import aside as asides
from workflows import tip as tips
from workflows.refusals import WrongChat
from workflows.work import To, Work


def answered(work: Work, account: str, to: To, item: tips.Item) -> bool:
    """Whether the message was answered here. An advertisement or small talk is answered a few times only."""
    kind = asides.kind_of(work, account, item)
    if kind is None:
        return False
    if kind in ("spam", "chat") and not puzzled(work, account):
        return True
    draft = asides.keep(work, account, item, kind)
    say(work, to, "note.aside", kind=kind, keyboard=[[button("report_anyway", "report_anyway", draft.ref)]])
    return True


def report_anyway(work: Work, press: Press) -> Toast:
    """还是要反映"""
    if press.chat_id is not None:
        raise WrongChat()
    asides.report(work, press.ref, press.account, press.lang)
    swap(work, press, "note.aside_reported")
    return Toast("noted")


PRESSES = {"report_anyway": report_anyway}
