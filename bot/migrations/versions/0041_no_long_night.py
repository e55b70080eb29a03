"""What goes in time is found without looking at what stays: pins and telephone numbers, what was no tip; and so are the open dialogs of one
person, and rewards by their approval.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NEW = {
    "ix_tipitem_place": ("tipitem", ["id"], "kind IN ('location', 'contact')"),
    "ix_draft_aside": ("draft", ["at"], "kind = 'aside'"),
    "ix_draft_by": ("draft", ["by", "kind", "at"], None),
    "ix_reward_approved": ("reward", ["approved_at"], None),
}


def upgrade() -> None:
    for name, (table, columns, where) in NEW.items():
        some = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name, (table, _, _) in NEW.items():
        op.drop_index(name, table_name=table)
