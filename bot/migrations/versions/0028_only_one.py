"""One waiting row of what the whole county has once: two replicas that start at the same instant wrote two.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_KINDS = ("digest.send", "privacy.nightly", "shift.end")
_ONLY_ONE = "kind IN ('digest.send', 'privacy.nightly', 'shift.end') AND done_at IS NULL"


def upgrade() -> None:
    deadline = sa.table("deadline", *(sa.column(name) for name in ("id", "kind", "due_at", "done_at", "outcome")))
    waits = deadline.c.kind.in_(_KINDS) & deadline.c.done_at.is_(None)
    first = sa.select(sa.func.min(deadline.c.id)).where(waits).group_by(deadline.c.kind)
    later = sa.update(deadline).where(waits, deadline.c.id.not_in(first))
    op.execute(later.values(done_at=deadline.c.due_at, outcome="overtaken"))
    op.create_index(
        "ix_deadline_only",
        "deadline",
        ["kind"],
        unique=True,
        sqlite_where=sa.text(_ONLY_ONE),
        postgresql_where=sa.text(_ONLY_ONE),
    )


def downgrade() -> None:
    op.drop_index("ix_deadline_only", "deadline")
