"""A tip is in fewer indexes, each of which is a page to write: those of what most rows do not have know only the rows that have it, and
that a message has left changes no index over all messages of its reader.

Revision: 0039, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_RINGS = "lane = 0 AND account IS NOT NULL"
SOME = {
    "ix_tip_case_id": ("tip", ["case_id"], "case_id IS NOT NULL"),
    "ix_tip_merged_into": ("tip", ["merged_into"], "merged_into IS NOT NULL"),
    "ix_tipitem_album": ("tipitem", ["account", "album"], "album IS NOT NULL"),
    "ix_tipitem_mark": ("tipitem", ["mark"], "mark IS NOT NULL"),
    "ix_event_case_id": ("event", ["case_id"], "case_id IS NOT NULL"),
}


def upgrade() -> None:
    for name, (table, columns, where) in SOME.items():
        op.drop_index(name, table_name=table)
        _create(name, table, columns, where)
    op.drop_index("ix_outbox_account", table_name="outbox")
    op.create_index("ix_outbox_account", "outbox", ["account"])
    _create("ix_outbox_rung", "outbox", ["account", "sent_at"], _RINGS)


def downgrade() -> None:
    op.drop_index("ix_outbox_rung", table_name="outbox")
    op.drop_index("ix_outbox_account", table_name="outbox")
    op.create_index("ix_outbox_account", "outbox", ["account", "sent_at"])
    for name, (table, columns, _) in SOME.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)


def _create(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
