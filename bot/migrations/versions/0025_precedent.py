"""Precedents: what officers took messages for, and what disputes decided.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "precedent",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("read_as", sa.String(), nullable=False),
        sa.Column("chosen", sa.String(), nullable=False),
        sa.Column("township_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_at", _AT, nullable=True),
    )
    op.create_index("ix_precedent_read_as", "precedent", ["read_as"])
    op.create_index("ix_precedent_subject_id", "precedent", ["subject_id"])


def downgrade() -> None:
    op.drop_table("precedent")
