"""The documents of a case: sealed, numbered, kept by content.

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("number", sa.String(), nullable=True, unique=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("docx", sa.String(64), nullable=True),
        sa.Column("pdf", sa.String(64), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("begun_at", _AT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.Column("made_at", _AT, nullable=True),
        sa.Column("served_at", _AT, nullable=True),
        sa.Column("voided_at", _AT, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_index("ix_document_case_id", "document", ["case_id"])


def downgrade() -> None:
    op.drop_table("document")
