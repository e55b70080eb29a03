"""Published decisions: sealed one by one, so that what is withdrawn is gone.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("case_id", sa.String(), nullable=False, unique=True),
        sa.Column("organ_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("withdrawn_at", _AT, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_index("ix_publication_at", "publication", ["at"])


def downgrade() -> None:
    op.drop_table("publication")
