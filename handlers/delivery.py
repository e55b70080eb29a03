"""〔谁收到了什么〕 on the cards of whistles and calls: to whom what was sent, and why something was not."""

from handlers.edge import Press, Toast, say
from workflows import delivery
from workflows import records as r
from workflows.refusals import Gone
from workflows.work import Work


def deliveries(work: Work, press: Press) -> Toast:
    """In the private chat: it names people."""
    try:
        call = work.by_ref(r.Call, press.ref)
        delivery.check_access(work, call, press.staff())
        seen = [call]
    except Gone:
        seen = delivery.visible(work, work.by_ref(r.Whistle, press.ref), press.staff())
    say(work, press.private, "note.deliveries", calls=[delivery.of(work, c) for c in seen])
    return Toast("sent_private")


PRESSES = {"deliveries": deliveries}
