"""Our own outages and the last sign of life, so that nobody is blamed for the time when we were away.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alive",
        sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("outage")
    op.drop_table("alive")
