"""同一件事? Open tips that tell of the same matter near in space and time, or sent the very same picture.

They are offered to whoever handles the tip; a person's tap joins them (并案), nothing else does. No sender ever hears of it: an offender
could find out that way whether somebody has told on him.
"""

from dataclasses import dataclass
from datetime import timedelta

from workflows import records as r
from workflows.places import metres
from workflows.states import TipState
from workflows.work import Work

OPEN = (TipState.SUBMITTED, TipState.ACCEPTED)


@dataclass(frozen=True)
class Near:
    tip: r.Tip
    photo: bool
    """The very same picture came with both."""
    matter: bool
    """Both are about the same matter, at the same place, within the days of policy."""


def near(work: Work, tip: r.Tip) -> list[Near]:
    """The likeliest first: same picture, then the same matter near by, each group oldest first (who came first keeps the reward)."""
    if tip.township_id is None or tip.hidden or tip.state not in OPEN:
        return []
    pictured = set(work.tips_with_pictures_of(tip.id))
    since = tip.first_at - timedelta(days=work.policy.duplicate.days)
    until = tip.first_at + timedelta(days=work.policy.duplicate.days)
    found = [
        Near(other, other.id in pictured, since <= other.first_at <= until and _same(work, tip, other))
        for other in work.near_tips(tip, since, until, pictured)
    ]
    found = [one for one in found if one.photo or one.matter]
    return sorted(found, key=lambda one: (not one.photo, one.tip.first_at, one.tip.id))


def _same(work: Work, tip: r.Tip, other: r.Tip) -> bool:
    """The same matter at the same village, or so near that one may have named the neighbour's."""
    if tip.matter_code is None or tip.matter_code != other.matter_code or tip.drill != other.drill:
        return False
    if tip.village_id is not None and tip.village_id == other.village_id:
        return True
    here, there = _spot(work, tip), _spot(work, other)
    return here is not None and there is not None and metres(here, there) <= work.policy.duplicate.metres


def _spot(work: Work, tip: r.Tip) -> tuple[float, float] | None:
    if tip.grid_id is not None:
        grid = work.county.grid(tip.grid_id)
        return grid.lat, grid.lon
    if tip.village_id is not None:
        village = work.county.village(tip.village_id)
        return village.lat, village.lon
    return None
