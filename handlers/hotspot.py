"""反复发生: for the desk, on request; the digest tells of new ones by itself."""

from typing import Any

from handlers.edge import Press, Toast, say
from workflows import hotspot as hotspots
from workflows import tip as tips
from workflows.work import Work


def list_hotspots(work: Work, press: Press) -> Toast:
    """The same matter again and again at one place, with its cases."""
    tips.desk_of(work, press.staff())
    rules = work.policy.hotspot
    say(work, press.private, "note.hotspots", spots=_spots(work), days=rules.days, least=rules.cases)
    return Toast()


def _spots(work: Work) -> list[dict[str, Any]]:
    return [hotspots.line(one) for one in hotspots.find(work)[: hotspots.LISTED]]


PRESSES = {"hotspots": list_hotspots}
