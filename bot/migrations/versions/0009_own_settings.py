"""What people set for themselves: stop, mute, status notices, own reminders; and how often they were told what this chat is for.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identity") as table:
        table.add_column(sa.Column("stopped_at", UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("muted_until", UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("notices_off", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("active_at", UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("own_minutes", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("puzzled", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("identity") as table:
        for name in ("puzzled", "own_minutes", "active_at", "notices_off", "muted_until", "stopped_at"):
            table.drop_column(name)
