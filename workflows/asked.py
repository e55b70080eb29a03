"""What is asked about one message that has been read, of the three models together (`together.py`)."""

from typing import NamedTuple

AT_ONCE = 64
"""So many messages in one pass, as many as a crowd has (`bot/inbox.py`): more cost memory and save little."""
FORMS_AT_ONCE = 96
"""And so many of their forms. Few crowds have more, and a second pass for the last of them costs as much as one for thirty."""


class Asked(NamedTuple):
    """One message that has been read (`Matcher.read`), and what is asked about it."""

    plain: str
    said: tuple[str, ...] | None = None
    """What else was noticed that the model of dangers knows, each with a `!` before its name. None: danger is not asked about."""
    cuts: tuple[int, ...] = ()
    """Places before and after which it is compared, too, in rising order."""
    whole: bool = True
    """Whether it is compared with the matters as a whole; else only what stands before and after the cuts."""

    def and_(self, other: "Asked") -> "Asked":
        """Both about the same message. Where two things were noticed, or two ways to part it, the other one's."""
        said = self.said if other.said is None else other.said
        return Asked(self.plain, said, other.cuts or self.cuts, self.whole or other.whole)

    def covers(self, other: "Asked") -> bool:
        """Whether whoever knows the answer to this one knows the other's."""
        return (
            (other.said is None or other.said == self.said)
            and (not other.cuts or other.cuts == self.cuts)
            and self.whole >= other.whole
        )
