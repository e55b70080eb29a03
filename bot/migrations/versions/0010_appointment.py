"""The agreed time of a 预约 whistle.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("whistle", sa.Column("appointment", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("whistle", "appointment")
