"""Two names of the county under one decision: whom to ask for the second, that it is another person's, and who hears that it is missing."""

from workflows import records as r
from workflows.county import Role
from workflows.notify import Audience, on_duty, to_people
from workflows.refusals import SamePerson
from workflows.work import To, Work


def seconds(work: Work, first: r.Person) -> list[To]:
    """Who may sign second: the other desk people on duty and the leader on duty; if nobody, the other desk people at home."""
    county = work.county.id
    there = [*on_duty(work, county, Role.DESK), *on_duty(work, county, Role.LEADER_ON_DUTY)]
    others = [to for to in there if to.account != first.account]
    return others or [to for to in to_people(work, work.people(county, Role.DESK)) if to.account != first.account]


def undecided(work: Work, times: int) -> dict[Audience, list[To]]:
    """Whom the `times`-th word about a decision that is overdue reaches: desk and leader on duty each time; the supervisor too once
    policy's count is passed, and at once where nobody of the other two can be reached."""
    county = work.county.id
    asked = [*on_duty(work, county, Role.DESK), *on_duty(work, county, Role.LEADER_ON_DUTY)]
    if asked and times < work.policy.call.undecided_to_supervisor:
        return {Audience.SUPERVISOR: []}
    watches = on_duty(work, county, Role.SUPERVISOR) or to_people(work, work.people(county, Role.SUPERVISOR))
    return {Audience.SUPERVISOR: watches}


def check(work: Work, first_id: str | None, by: r.Person) -> None:
    """Raises SamePerson: one person in two seats is one name."""
    first = work.person(first_id)
    if by.id == first_id or (first is not None and first.account == by.account):
        raise SamePerson()
