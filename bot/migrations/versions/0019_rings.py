"""Phones that the county's gateway rings, and how late each person's presses typically come.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ring",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("queued_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("not_before", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("rung_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("result_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("heard", sa.JSON(), nullable=False),
    )
    op.create_index("ix_ring_call_id", "ring", ["call_id"])
    op.create_index("ix_ring_state", "ring", ["state", "not_before"])
    op.add_column("person", sa.Column("lags", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("person", "lags")
    op.drop_table("ring")
