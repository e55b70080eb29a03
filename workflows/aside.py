"""不是执法的事: what is answered kindly instead of opening a tip, and how it becomes one all the same.

A service request, a question, a quarrel between neighbours, an advertisement: the sender is told whom to turn to. The words are
kept, sealed with the sender's own key, so that one tap on 〔还是要反映〕 makes them a tip: nothing that was said is lost.
"""

from workflows import insiders
from workflows import records as r
from workflows import tip as tips
from workflows.events import Kind
from workflows.refusals import AlreadyDone, Gone, NotYourTip
from workflows.work import TIP_OPEN, Erased, Work

ANSWERED = ("service", "consult", "civil_dispute", "chat", "spam")
"""What has an answer of its own; anything else that is no matter is asked about as a tip."""
_MAY_HIDE_A_MATTER = ("civil_dispute", "chat", "spam")
"""A quarrel may be about wages, a fence or a stall that the law forbids: where the words surely name a matter too, it is a tip."""
_KIND = "aside"


def kind_of(work: Work, account: str, item: tips.Item) -> str | None:
    """What this message is instead of a tip, or None: it is one, belongs to one, or is heard as one to be safe."""
    if item.kind != "text" or len(item.text.strip()) < 2:
        return None
    newest = next(iter(work.newest_tips(account, 1)), None)
    if newest is not None and newest.state in TIP_OPEN:
        return None
    matcher = work.book.matcher
    kind = matcher.kind(item.text)
    if kind not in ANSWERED or matcher.danger(item.text) or insiders.about(item.text, work.book.terms, ()):
        return None
    if kind in _MAY_HIDE_A_MATTER and matcher.names_a_matter(item.text):
        return None
    return kind


def keep(work: Work, account: str, item: tips.Item, kind: str) -> r.Draft:
    """The words, readable with the sender's key alone; who reports, not what, is never told from it."""
    sealed = work.seal(account, {"text": item.text, "message": item.message})
    facts = {"kind": kind, "sealed": sealed.hex()}
    draft = work.add(r.Draft(kind=_KIND, subject_id="", by=account, facts=facts, at=work.now))
    work.record(Kind.ASIDE_ANSWERED, r.Draft(ref="aside", kind=_KIND, subject_id="", by="", at=work.now), kind=kind)
    return draft


def report(work: Work, ref: str, account: str, lang: str) -> r.Tip:
    """还是要反映: now it is a tip, as if it had been one at once. Raises NotYourTip, AlreadyDone, Gone."""
    draft = work.find(r.Draft, ref)
    if draft is None or draft.kind != _KIND:
        raise Gone()
    if draft.by != account:
        raise NotYourTip()
    if draft.done_at is not None:
        raise AlreadyDone(by="", at=draft.done_at)
    try:
        said = work.unseal(account, bytes.fromhex(draft.facts["sealed"]))
    except (Erased, ValueError) as error:
        raise Gone() from error
    draft.done_at = work.now
    draft.facts = {"kind": draft.facts["kind"]}
    work.record(Kind.ASIDE_REPORTED, r.Draft(ref="aside", kind=_KIND, subject_id="", by="", at=work.now))
    return tips.hear(work, account, lang, tips.Item(kind="text", message=said["message"], text=said["text"]))
