"""What stories about duty begin with: a rota of the market regulation bureau, or of another unit."""

from datetime import date, time, timedelta
from typing import Any

from tests.county import County
from workflows import plan as plans
from workflows.turns import Every, Listed, Plan, Rotation

MONDAY = date(2026, 11, 2)  # the first day of every story


async def has_rota(
    county: County,
    *members: str | list[str],
    rota_id: str = "SJ-A",
    unit: str = "SJ",
    role: str = "liaison",
    post: str = "A",
    every: str = "day",
    begins: time = time(8),
    name: str = "市监局A岗",
    listed: tuple[Listed, ...] = (),
    needed: str = "never",
    first_day: date = MONDAY,
    **more: Any,
) -> None:
    """These people take turns from Monday 08:00 on. Gaps are looked for only where a story is about them."""
    rotations: tuple[Rotation, ...] = ()
    if members:
        given = {"every": Every(every), "begins": begins, "first_day": first_day, "members": members, **more}
        rotations = (Rotation.model_validate(given),)

    def save(work: Any) -> None:
        plan = Plan(since=work.now - timedelta(hours=12), rotations=rotations, listed=listed)
        plans.save(
            work, None, rota_id, plan, unit_id=unit, role=role, post=post, name=name, name_en="post A", needed=needed
        )

    await county.app.store.decide(save)
    await county.settled()
