"""Drills: what is one says so in every text and counts in no figure; they are announced for a day.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)
_MARKED = ("tip", "case", "whistle", "call", "outbox", "card")


def upgrade() -> None:
    for table in _MARKED:
        op.add_column(table, sa.Column("drill", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "drill",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("announced_by", sa.String(), nullable=False),
        sa.Column("announced_at", _AT, nullable=False),
        sa.Column("started_at", _AT, nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("answered", sa.JSON(), nullable=False),
        sa.Column("closed_at", _AT, nullable=True),
        sa.Column("cancelled_at", _AT, nullable=True),
    )
    op.create_index("ix_drill_unit_id", "drill", ["unit_id"])


def downgrade() -> None:
    op.drop_table("drill")
    for table in _MARKED:
        op.drop_column(table, "drill")
