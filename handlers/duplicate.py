"""像是同一件: offered to whoever takes a tip, joined by their tap alone."""

from typing import Any

from handlers.edge import Press, button, say
from workflows import duplicate as duplicates
from workflows import records as r
from workflows import tip as tips
from workflows.work import Work

_OFFERED = 4


def offer(work: Work, press: Press, tip: r.Tip) -> None:
    """After 受理: which open ones tell of the same thing; nothing is said where none does."""
    found = duplicates.near(work, tip)[:_OFFERED]
    if not found:
        return
    keys = [[button("join", f"merge_into.{one.tip.ref}", tip.ref, into=tips.display(one.tip, work))] for one in found]
    say(
        work,
        press.to,
        "ask.near",
        name=tips.display(tip, work),
        near=[_seen(work, one) for one in found],
        keyboard=[*keys, [button("keep_apart", "never_mind", tip.ref)]],
    )


def _seen(work: Work, one: duplicates.Near) -> dict[str, Any]:
    return {
        "name": tips.display(one.tip, work),
        "place": {"township": one.tip.township_id, "village": one.tip.village_id, "grid": one.tip.grid_id},
        "matter": one.tip.matter_code,
        "at": one.tip.first_at.isoformat(),
        "photo": one.photo,
        "same": one.matter,
    }
