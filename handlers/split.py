"""分成两件: what the second matter is, and then the tap that parts them."""

from handlers.edge import Press, Toast, button, say, swap
from workflows import records as r
from workflows import split as splits
from workflows import tip as tips
from workflows.refusals import AlreadyClosed, Gone
from workflows.work import Work

LATER = "later"


def split(work: Work, press: Press) -> Toast:
    """Which one is the second? Asked in private: the words are for those alone who handle it."""
    tip = tips.of_ref(work, press.ref)
    by = splits.may_split(work, tip, press.staff())
    draft = work.add(r.Draft(kind="split", subject_id=tip.id, by=by.id, facts={}, at=work.now))
    fields = work.county.categories
    named = [work.county.matter(code) for code in splits.offered(work, tip)]
    keys = [
        [button((m.short, f"{fields.get(m.dept_code, ('', ''))[1]}: {m.short}"), f"split_off.{m.code}", draft.ref)]
        for m in named
    ]
    last = [button("split_later", f"split_off.{LATER}", draft.ref), button("never_mind", "never_mind", tip.ref)]
    say(work, press.private, "ask.split", name=tips.display(tip, work), now=tip.matter_code, keyboard=[*keys, last])
    return Toast("see_private") if press.chat_id is not None else Toast()


def split_off(work: Work, press: Press) -> Toast:
    draft = work.get(r.Draft, press.ref)
    if draft.kind != "split":
        raise Gone()
    tip = work.get(r.Tip, draft.subject_id)
    by = splits.may_split(work, tip, press.staff())
    if draft.done_at is not None:
        raise AlreadyClosed()
    draft.done_at = work.now
    second = splits.split(work, tip, by, None if press.arg == LATER else press.arg)
    swap(
        work,
        press,
        "note.split_done",
        name=tips.display(tip, work),
        second=tips.display(second, work),
        matter=second.matter_code,
        keyboard=[[button("set_matter", "matters", second.ref), button("show", "show", second.ref)]],
    )
    return Toast("noted")


PRESSES = {"split": split, "split_off": split_off}
