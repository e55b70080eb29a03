"""Several replicas: who is alive, who sends and polls, whose update and whose message it is.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replica",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
    )
    op.create_table("turn", sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True))
    op.add_column("inbox", sa.Column("claimed_by", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("fence", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "fence")
    op.drop_column("inbox", "claimed_by")
    for table in ("turn", "lease", "replica"):
        op.drop_table(table)
