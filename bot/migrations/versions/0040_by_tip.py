"""What is said to a sender about a tip is found by the tip, and so are its words: neither is in an index by its sender any more, where each
new sender is a page to read and to write. A sender's newest tips are found without reading all of them.

Revision: 0040, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_APART = sa.text("account IS NOT NULL AND NOT by_tip")
_PARTED = sa.text("split_of IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("by_tip", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_outbox_account", table_name="outbox")
    op.create_index("ix_outbox_account", "outbox", ["account"], sqlite_where=_APART, postgresql_where=_APART)
    op.drop_index("ix_tipitem_message", table_name="tipitem")
    op.create_index("ix_tipitem_message", "tipitem", ["message", "account"])
    op.drop_index("ix_tip_account_state", table_name="tip")
    op.create_index("ix_tip_account_state", "tip", ["account", "state", "first_at"])
    op.create_index("ix_tip_split_of", "tip", ["split_of"], sqlite_where=_PARTED, postgresql_where=_PARTED)


def downgrade() -> None:
    op.drop_index("ix_tip_split_of", table_name="tip")
    op.drop_index("ix_tip_account_state", table_name="tip")
    op.create_index("ix_tip_account_state", "tip", ["account", "state"])
    op.drop_index("ix_tipitem_message", table_name="tipitem")
    op.create_index("ix_tipitem_message", "tipitem", ["account", "message"])
    op.drop_index("ix_outbox_account", table_name="outbox")
    op.create_index("ix_outbox_account", "outbox", ["account"])
    op.drop_column("outbox", "by_tip")
