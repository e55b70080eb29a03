"""When somebody has to be on duty by a rota: a gap outside those hours is none.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rota", sa.Column("needed", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("rota", "needed")
