"""A voice: whether it may be heard, and the desk's queue of those that are typed.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tip", sa.Column("voice", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "typing",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("tip_id", sa.String(), nullable=False),
        sa.Column("message", sa.Integer(), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("queued_at", _AT, nullable=True),
        sa.Column("due_at", _AT, nullable=True),
        sa.Column("done_at", _AT, nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
    )
    op.create_index("ix_typing_tip_id", "typing", ["tip_id"])


def downgrade() -> None:
    op.drop_table("typing")
    with op.batch_alter_table("tip") as table:
        table.drop_column("voice")
