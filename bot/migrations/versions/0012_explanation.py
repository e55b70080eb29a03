"""说明情况: why a window passed unanswered, and the two signatures on whether it counts.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "explanation",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("call_id", sa.String(), nullable=False, unique=True),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=True),
        sa.Column("proposed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_explanation_unit_id", "explanation", ["unit_id"])


def downgrade() -> None:
    op.drop_table("explanation")
