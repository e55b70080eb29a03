"""/board: one pinned message with the open calls, in the squad's group or in one's own chat."""

from handlers.edge import say
from handlers.said import Said
from workflows import board as boards
from workflows.work import Work


def board(work: Work, said: Said) -> None:
    """Raises NotBound for whoever has no board."""
    subject = boards.subject_of(work, said.seats)
    if not boards.show(work, subject, said.to):
        say(work, said.to, "note.board_up")


COMMANDS = {"board": board}
