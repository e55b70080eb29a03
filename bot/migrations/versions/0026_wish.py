"""A sender may ask that the visit waits.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tip", sa.Column("wish", sa.String(), nullable=False, server_default=""))
    op.add_column("tip", sa.Column("wish_until", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tip") as table:
        for name in ("wish_until", "wish"):
            table.drop_column(name)
