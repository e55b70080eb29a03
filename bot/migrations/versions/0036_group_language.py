"""A group reads the language that it has chosen.

Revision: 0036, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("group_chat") as group:
        group.add_column(sa.Column("lang", sa.String(), nullable=False, server_default="zh"))


def downgrade() -> None:
    with op.batch_alter_table("group_chat") as group:
        group.drop_column("lang")
