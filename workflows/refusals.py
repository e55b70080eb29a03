"""Every rule that can say no. A refusal is normal life: named for its rule, worded by `messages/*/refusals.yaml`.

`rule` is the article (a key of `articles.yaml`) or the policy that the refusal rests on; the text prints it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol


class Named(Protocol):
    """A seat, as far as a refusal names it."""

    label: str
    label_en: str


class Refusal(Exception):
    """A rule says no; nothing was changed."""

    rule: ClassVar[str] = "policy"
    group: ClassVar[str] = "refusals"  # the file of its text
    alert: ClassVar[bool] = True  # a pop-up that waits for a tap, not a line that fades

    def __init__(self, **facts: Any) -> None:
        super().__init__(type(self).__name__)
        self.facts = facts

    @property
    def spoken(self) -> dict[str, Any]:
        """Its facts as they go into a message: times as ISO text."""
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in self.facts.items()}

    @property
    def name(self) -> str:
        """The key of its text: TooEarly → too_early."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(self).__name__).lstrip("_")


class NotBound(Refusal):
    """A stranger pressed a button or gave a command of the staff."""


class NotYours(Refusal):
    """Only people bound to the unit in question may do this."""


class NotYourTip(Refusal):
    """Only its sender may do this with a tip."""


class NotOwner(Refusal):
    """The words and pictures open only for whoever has taken the tip."""


class Conflicted(Refusal):
    """Somebody named this person as involved; another handles the matter."""

    rule = "CF43"


class NotLeader(Refusal):
    """Only the roles that policy names may blow a whistle, stand it down or close a case; says who of them is on duty."""

    def __init__(self, names: Sequence[str] = (), names_en: Sequence[str] = ()) -> None:
        super().__init__(names=list(names), names_en=list(names_en))


class Gone(Refusal):
    """The record was never there or is not there any more."""


class TooMuch(Refusal):
    """So many pieces are enough for one request."""

    def __init__(self, most: int = 0) -> None:
        super().__init__(most=most)


class Stale(Refusal):
    """The card has changed since; it is drawn anew."""

    alert = False


class AlreadyDone(Refusal):
    """The same press came before: by whom and when."""

    alert = False

    def __init__(self, by: Named | str | None = None, at: datetime | None = None) -> None:
        label = by if isinstance(by, str) else by.label if by else ""
        label_en = by if isinstance(by, str) else (by.label_en or by.label) if by else ""
        super().__init__(by=label, by_en=label_en, at=at)


class AlreadyRaised(Refusal):
    """升级 on an old message: the call has moved up since; says to whom."""


class TopOfLadder(Refusal):
    """升级 after the last step: nobody stands above; the desk is asked again and again."""


class PastDue(Refusal):
    """A deadline that has passed is not extended: the breach is a fact."""


class WrongSpan(Refusal):
    """A deadline is extended by so many minutes at a time, not more."""


class SameWhistle(Refusal):
    """The same matter in the same place was whistled already: its card is offered, or it is called all the same."""

    alert = False


class AlreadyBlown(Refusal):
    """〔叫〕 a second time: says the number of what the first tap began."""

    alert = False


class TooManyWhistles(Refusal):
    """So many ordinary whistles of the township are open; says how many. 特急 is not counted."""


class WhichCall(Refusal):
    """The command names no running call, or several."""


class DocumentIncomplete(Refusal):
    """A document with a hole in it is never made; says which fields are missing."""


class EvidenceTooBig(Refusal):
    """The chat hands out files of 20 MB at most; says how large this one is. Larger ones come by a page."""


class NothingToKeep(Refusal):
    """A typed record says what was seen."""


class CannotWait(Refusal):
    """Somebody may be in danger: the visit is not put off."""


class AlreadyClosed(Refusal):
    """The matter has ended; nothing changes."""


class TooLate(Refusal):
    """A signature can be taken back only within seconds (policy)."""


class OldButton(Refusal):
    """A button of another version of this service."""


class ReasonNeeded(Refusal):
    """Before the first check is recorded a tip is not turned away without a reason (首查责任, county rulebook)."""


class FirstCheck(Refusal):
    """Before the first check is recorded nothing is passed on to another unit (首查责任, T-02); danger alone may be."""


class SecondOfficer(Refusal):
    """Enforcement needs two different certified officers."""

    rule = "CF42"


class SamePerson(Refusal):
    """The second person must be somebody else."""


class NotNamed(Refusal):
    """A document is signed by the officers whose act it writes down, the head who approved, the reviewer who gave the opinion."""

    rule = "CF42"

    def __init__(self, names: Sequence[str] = (), names_en: Sequence[str] = ()) -> None:
        super().__init__(names=list(names), names_en=list(names_en))


class NotCertified(Refusal):
    """Only officers with a certificate valid on the day may do this."""

    rule = "CF42"


class NotEligible(Refusal):
    """People who handle the matter take no part in its reward."""


class PaperNeeded(Refusal):
    """A reward needs a numbered paper, ticked by a second person."""


class ProcedureOpen(Refusal):
    """A procedure is running on this case: it ends there, with the leader's approval."""

    rule = "CF57"


class PaperUnreadable(Refusal):
    """The line does not name a paper by number and date."""


class UnknownUnit(Refusal):
    """A word looks like a unit but none is called so; suggestions are given."""


class NoUnit(Refusal):
    """The command names no unit."""


class NoTip(Refusal):
    """There is no open tip to act on."""


class WhichTip(Refusal):
    """Several tips are open; one must be named."""


class OpenCalls(Refusal):
    """Calls of this case are still on the way; they are stood down or reported first."""


class NoDeskDecision(Refusal):
    """The county was asked once already."""


class CodeDead(Refusal):
    """An invitation that was used, is past its time, or never existed."""


class Misread(Refusal):
    """A claim code with one digit wrong: said so, and not counted as a guess."""


class NoSuchCode(Refusal):
    """No reward has this claim code."""


class TooManyGuesses(Refusal):
    """Too many unknown claim codes in a row; the counter waits."""


class RewardEnded(Refusal):
    """The reward has been paid, waived or has lapsed."""


class NoBreach(Refusal):
    """Nothing to explain: the window was kept, or the breach does not count already."""


class ExplainedLate(Refusal):
    """A breach is explained within the hours that policy allows."""


class NoLeader(Refusal):
    """No leader is on duty at this moment."""


class AmountNeeded(Refusal):
    """The amount of a span or grade has not been chosen yet."""


class AmountWrong(Refusal):
    """A typed amount is no amount, negative, finer than a fen, or outside of what the rule allows."""


class BaseTooLow(Refusal):
    """This rule is only for matters with a larger fine."""


class NothingToShare(Refusal):
    """What the rule allows for one matter is used up by the first tip, or the parts would come to less than a yuan."""


class TooManyCodes(Refusal):
    """A sender's code was changed often enough for today."""


class WordTooShort(Refusal):
    """An own word needs at least two letters or characters."""


class PayeeNeeded(Refusal):
    """Above the county's ceiling the payer notes who collects a reward."""


class PrintReasonNeeded(Refusal):
    """Names of collectors are printed for a reason, which is written down."""


class SenderGone(Refusal):
    """Who sent it has had everything erased: there is nobody to tell."""


class NotPlaced(Refusal):
    """The tip's place is not known yet."""


class StaffStay(Refusal):
    """Whoever holds a seat is kept as long as the seat: the administrator releases it first."""


class NoQuestions(Refusal):
    """The sender does not want to be asked any more."""


class WrongChat(Refusal):
    """This command belongs into the other kind of chat."""


class NotInCharge(Refusal):
    """A unit's rota, people and pauses are its head's and its squad leader's to edit, and the administrator's everywhere."""


class RotaClash(Refusal):
    """Somebody has already changed this person's duty at that time: who wrote first keeps it."""


class Paused(Refusal):
    """The unit is not called until a given time; the call rings then, from the first step."""


class DrillNotToday(Refusal):
    """A drill is announced for a day by the desk, held once, between the hours of policy."""


class TooManyDrills(Refusal):
    """Policy allows so many drills a month, so many roll-calls a quarter, and none without a day's notice."""


class NotOnShift(Refusal):
    """One can only hand on duty that one has."""


class MatterFixed(Refusal):
    """The file is already led under a matter by law; its procedure decides from there."""
