"""What a sender wishes: words as they are, a picture from home sealed, no further question.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tip", sa.Column("unmasked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tip", sa.Column("home", sa.String(), nullable=False, server_default=""))
    op.add_column("tip", sa.Column("home_asked_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("tip", sa.Column("no_questions", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("tip") as table:
        for name in ("no_questions", "home_asked_at", "home", "unmasked"):
            table.drop_column(name)
