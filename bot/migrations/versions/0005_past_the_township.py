"""A tip can go past the township: hidden from it, with handlers whom the desk picked and people who must step aside.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIP = {
    "insider": sa.Column("insider", sa.String(), nullable=False, server_default=""),
    "hidden": sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
    "hidden_why": sa.Column("hidden_why", sa.String(), nullable=False, server_default=""),
    "handlers": sa.Column("handlers", sa.JSON(), nullable=False, server_default="[]"),
    "conflicted": sa.Column("conflicted", sa.JSON(), nullable=False, server_default="[]"),
}


def upgrade() -> None:
    for column in _TIP.values():
        op.add_column("tip", column)
    op.add_column("case", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("case") as table:
        table.drop_column("hidden")
    with op.batch_alter_table("tip") as table:
        for name in _TIP:
            table.drop_column(name)
