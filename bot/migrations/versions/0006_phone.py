"""电话代签: what the desk signed for by phone, and whether the unit confirmed it.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_answer",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("spoke_to", sa.String(), nullable=True),
        sa.Column("signed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirm_by", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_phone_answer_call_id", "phone_answer", ["call_id"])
    op.create_index("ix_phone_answer_state", "phone_answer", ["state"])


def downgrade() -> None:
    op.drop_table("phone_answer")
