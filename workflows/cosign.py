"""Two names of the county under one decision: whom to ask for the second, and that it is another person's."""

from workflows import records as r
from workflows.county import Role
from workflows.notify import on_duty, to_people
from workflows.refusals import SamePerson
from workflows.work import To, Work


def seconds(work: Work, first: r.Person) -> list[To]:
    """Who may sign second: the other desk people on duty and the leader on duty; if nobody, the other desk people at home."""
    county = work.county.id
    there = [*on_duty(work, county, Role.DESK), *on_duty(work, county, Role.LEADER_ON_DUTY)]
    others = [to for to in there if to.account != first.account]
    return others or [to for to in to_people(work, work.people(county, Role.DESK)) if to.account != first.account]


def check(work: Work, first_id: str | None, by: r.Person) -> None:
    """Raises SamePerson: one person in two seats is one name."""
    first = work.person(first_id)
    if by.id == first_id or (first is not None and first.account == by.account):
        raise SamePerson()
