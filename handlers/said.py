"""One slash command as a decision sees it: who, where, with which words."""

from telegram import Message

from handlers.edge import Press
from workflows import records as r
from workflows.notify import touch
from workflows.refusals import NotBound
from workflows.work import To, Work


class Said:
    """One command: who, where, with which words."""

    def __init__(self, work: Work, message: Message, line: str) -> None:
        self.private = message.chat.type == "private"
        user = message.from_user
        user_id = user.id if user else message.chat.id
        identity = work.meet(user_id, "en" if user and (user.language_code or "").startswith("en") else "zh")
        identity.blocked_at = None  # who speaks has not blocked us, whatever we were told
        self.account = identity.account
        self.lang = identity.lang
        self.seats = list(work.seats_of(self.account))
        if self.seats:
            touch(work, self.account)
        self.line = line.strip()
        self.thread = message.message_thread_id if message.is_topic_message else None
        self.chat_id = None if self.private else message.chat.id
        self.message = message.message_id
        group = work.group(self.chat_id) if self.chat_id is not None else None
        self.foreign = bool(self.seats) and (group is None or group.unit_id not in {s.unit_id for s in self.seats})

    @classmethod
    def pressed(cls, work: Work, press: Press) -> "Said":
        """The same, by a button."""
        said = cls.__new__(cls)
        said.private, said.account, said.lang = press.chat_id is None, press.account, press.lang
        said.seats, said.line, said.thread = press.seats, "", press.thread
        said.chat_id, said.message = press.chat_id, press.message
        group = work.group(press.chat_id) if press.chat_id is not None else None
        said.foreign = bool(said.seats) and (group is None or group.unit_id not in {s.unit_id for s in said.seats})
        return said

    @property
    def to(self) -> To:
        """The same chat; a colleague's lists do not appear in a group that is not their unit's."""
        if self.chat_id is None or self.foreign:
            return self.me
        return To(chat_id=self.chat_id, thread=self.thread)

    @property
    def me(self) -> To:
        return To(account=self.account, lang=self.lang, person_id=self.seats[0].id if self.seats else None)

    def seat(self, *roles: str) -> r.Person:
        """The seat with one of these roles. Raises NotBound."""
        for seat in self.seats:
            if seat.role in roles:
                return seat
        raise NotBound()
