"""A keyed mark by which the same picture is known again, whoever sends it.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tipitem", sa.Column("mark", sa.String(), nullable=True))
    op.create_index("ix_tipitem_mark", "tipitem", ["mark"])


def downgrade() -> None:
    op.drop_index("ix_tipitem_mark", "tipitem")
    with op.batch_alter_table("tipitem") as table:
        table.drop_column("mark")
