"""Pages that are opened once, and the desk's shifts.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("token_mac", sa.String(length=64), nullable=False, unique=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("browser_mac", sa.String(length=64), nullable=True),
        sa.Column("bound_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_link_subject_id", "link", ["subject_id"])
    op.create_table(
        "shift",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("page", sa.JSON(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", UtcDateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("shift")
    op.drop_table("link")
