"""What is said before a question has been read is no answer to it.

Revision: 0030, after 0029
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("opened_at", UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE question SET opened_at = asked_at")  # until now whatever came next was taken for the answer


def downgrade() -> None:
    with op.batch_alter_table("question") as table:
        table.drop_column("opened_at")
