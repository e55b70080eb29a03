"""The published 委托书 on which a delegated procedure rests, as it was on that day.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("procedure") as procedure:
        procedure.add_column(sa.Column("agreement_text", sa.String(64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("procedure") as procedure:
        procedure.drop_column("agreement_text")
