"""One message that tells of two matters: the second tip that an officer parts from it.

Revision: 0031, after 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tip") as tip:
        tip.add_column(sa.Column("two", sa.Boolean(), nullable=False, server_default=sa.false()))
        tip.add_column(sa.Column("split_of", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tip") as tip:
        tip.drop_column("split_of")
        tip.drop_column("two")
