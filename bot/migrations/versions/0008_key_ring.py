"""The keys that outlive a change of the master key, wrapped under the present one.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seal", sa.Column("ring", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("seal") as table:
        table.drop_column("ring")
