"""Whoever holds a lease renews it beside the batches that count on it: a unique index of what a renewal leaves as it is
(`bot/replica.py`).

Revision: 0038, after 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_lease_held", "lease", ["name", "holder", "fence"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_lease_held", table_name="lease")
