"""/mytips: what somebody has told the county, how far each of it has come, and whether questions about it may still reach them."""

from typing import Any

from handlers.edge import Press, Toast, button, say, swap
from handlers.tip import mine
from messages import cards
from workflows import records as r
from workflows import reward as rewards
from workflows import tip as tips
from workflows.refusals import Gone
from workflows.work import TIP_OPEN, To, Work

MOST = 8
BUTTONS = 3
"""Matters that are still open with a button of their own: the newest."""


def command(work: Work, account: str, to: To) -> None:
    """收到 · 核查 · 处理 · 结果 of one's own tips, in one's own chat alone."""
    listed, keyboard = _list(work, account)
    say(work, to, "note.mytips", sealed=True, keyboard=keyboard, tips=listed)


def _list(work: Work, account: str) -> tuple[list[dict[str, Any]], list[list[dict[str, object]]]]:
    found = [tip for tip in work.newest_tips(account, MOST) if not tip.by_staff]
    listed = [
        {
            "receipt": tip.receipt,
            "step": cards.step_of(work, tip),
            "state": tip.state.value,
            "at": tip.first_at.isoformat(),
            "reward": _reward_step(work, tip),
            "quiet": tip.no_questions and tips.shown_state(work, tip) in TIP_OPEN,
        }
        for tip in found
    ]
    running = [tip for tip in found if tips.shown_state(work, tip) in TIP_OPEN and not tip.by_inspector][:BUTTONS]
    return listed, [[_quiet_button(tip)] for tip in running]


def _quiet_button(tip: r.Tip) -> dict[str, object]:
    if tip.no_questions:
        return button("ask_me_again", "quiet.off", tip.ref, number=tip.receipt)
    return button("ask_me_no_more", "quiet.on", tip.ref, number=tip.receipt)


def _reward_step(work: Work, tip: r.Tip) -> int | None:
    """The step of four that what this tip earned stands at."""
    found = work.reward_of(tip.id)
    return rewards.STEPS.get(found.state) if found is not None else None


def quiet(work: Work, press: Press) -> Toast:
    """别再问了 · 可以再问, of one of the matters on the list, which is drawn anew."""
    tip = mine(work, press)
    if press.arg not in ("on", "off"):
        raise Gone()
    (tips.silence if press.arg == "on" else tips.may_be_asked)(work, tip, press.account)
    listed, keyboard = _list(work, press.account)
    swap(work, press, "note.mytips", sealed=True, keyboard=keyboard, tips=listed)
    return Toast("silenced" if press.arg == "on" else "noted", alert=press.arg == "on")


PRESSES = {"quiet": quiet}
