"""Until when is nobody to go there? What those who sent a matter wish (先别马上来), as squads and departments have to heed it.

The wish itself is asked for in `visit.py`.
"""

from collections.abc import Sequence
from datetime import datetime

from workflows import records as r
from workflows.work import Work


def waits_until(work: Work, tip: r.Tip, also: Sequence[r.Tip]) -> datetime | None:
    """Until when those who sent the matter (`also`: merged into it) ask that nobody goes there; never in danger."""
    asked = [one.wish_until for one in (tip, *also) if one.wish_until is not None]
    latest = max(asked, default=None)
    return latest if latest is not None and latest > work.now and not tip.urgent else None


def goes_with_others(tip: r.Tip, also: Sequence[r.Tip]) -> bool:
    """和别家一起查: one of those who sent it asks that the place is not looked at alone."""
    return not tip.urgent and any(one.wish == "together" for one in (tip, *also))
