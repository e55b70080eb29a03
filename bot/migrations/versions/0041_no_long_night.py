"""What goes in time is found without looking at what stays: pins and telephone numbers, what was no tip. And so is what people ask for: a
unit's calls of a month, explanations that are open, the newest precedents, papers that wait, the open dialogs of one person.

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
    "ix_call_unit_opened": ("call", ["unit_id", "opened_at"], None),
    "ix_call_unit_breached": ("call", ["unit_id", "breached_at"], "breached_at IS NOT NULL"),
    "ix_explanation_state": ("explanation", ["state", "due_at"], None),
    "ix_precedent_made_at": ("precedent", ["made_at"], None),
    "ix_procedure_township": ("procedure", ["township_id", "opinion", "opened_at"], None),
    "ix_topic_thread": ("topic", ["chat_id", "thread"], None),
    "ix_procedure_agreement": ("procedure", ["opened_at"], "agreement_text IS NOT NULL"),
    "ix_procedure_unpublished": ("procedure", ["served_on"], "served_on IS NOT NULL AND published_at IS NULL"),
}


def upgrade() -> None:
    for name, (table, columns, where) in NEW.items():
        some = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=some, postgresql_where=some)
    op.drop_index("ix_procedure_township_id", table_name="procedure")
    op.drop_index("ix_topic_chat_id", table_name="topic")


def downgrade() -> None:
    op.create_index("ix_topic_chat_id", "topic", ["chat_id"])
    op.create_index("ix_procedure_township_id", "procedure", ["township_id"])
    for name, (table, _, _) in NEW.items():
        op.drop_index(name, table_name=table)
