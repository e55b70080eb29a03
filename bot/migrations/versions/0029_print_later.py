"""A document whose PDF could not be made yet: when the next try is due, and how many there were.

Revision: 0029, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("pdf_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("pdf_tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_document_pdf_at", "document", ["pdf_at"])


def downgrade() -> None:
    op.drop_index("ix_document_pdf_at", "document")
    op.drop_column("document", "pdf_tries")
    op.drop_column("document", "pdf_at")
