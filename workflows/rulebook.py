"""The county's rulebook in one hand: places and people, numbers, choices, articles, everyday words."""

from dataclasses import dataclass
from functools import cached_property

from workflows import hours
from workflows.county import County
from workflows.forms import Forms
from workflows.lawprofile import LawProfiles
from workflows.likeness import Learnt
from workflows.matching import Matcher
from workflows.policy import Policy
from workflows.reasons import Articles, Reasons
from workflows.rota import Calendar
from workflows.terms import Terms


@dataclass
class Rulebook:
    """Read once at start; never changed while a process runs."""

    county: County
    policy: Policy
    reasons: Reasons
    articles: Articles
    terms: Terms
    laws: LawProfiles
    forms: Forms
    learnt: Learnt | None = None

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.county, self.terms, self.learnt)

    @cached_property
    def calendar(self) -> Calendar:
        """The county's working days, with holidays and make-up workdays."""
        return Calendar(lambda day: hours.is_workday(day, self.county))
