"""Who asked to learn who sent a tip; who asked to be forgotten once nothing is open.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity", sa.Column("forget", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "reveal",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("tip_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "consented", "opened", "refused", "expired", name="revealstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("second", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_reveal_tip_id", "reveal", ["tip_id"])


def downgrade() -> None:
    op.drop_table("reveal")
    with op.batch_alter_table("identity") as table:
        table.drop_column("forget")
