"""What is asked among what lives must not walk through the past. SQLite keeps no statistics and prefers two columns to one: so whatever a
press, a board or a whistle asks for has an index that begins with all it names.

Revision: 0037, after 0036
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NEW = {
    "ix_tip_township_state": ("tip", ["township_id", "state", "first_at"]),
    "ix_reward_proposed": ("reward", ["proposed_at"]),
    "ix_reward_paid": ("reward", ["paid_at"]),
    "ix_outcome_kind": ("outcome", ["kind", "at"]),
    "ix_tip_township_submitted": ("tip", ["township_id", "submitted_at"]),
    "ix_tip_state": ("tip", ["state", "first_at"]),
    "ix_case_township": ("case", ["township_id", "opened_at"]),
    "ix_case_opened": ("case", ["opened_at"]),
    "ix_whistle_township": ("whistle", ["township_id", "opened_at"]),
    "ix_whistle_township_state": ("whistle", ["township_id", "state", "opened_at"]),
    "ix_call_state": ("call", ["state", "due_at"]),
    "ix_event_subject": ("event", ["subject_id", "kind", "id"]),
    "ix_event_kind": ("event", ["kind", "at"]),
    "ix_outbox_account": ("outbox", ["account", "sent_at"]),
}
OLD = {
    "ix_tip_township_state": ("tip", ["township_id", "state"]),
    "ix_case_township_id": ("case", ["township_id"]),
    "ix_whistle_township_id": ("whistle", ["township_id"]),
    "ix_event_subject": ("event", ["subject_id", "id"]),
    "ix_event_kind": ("event", ["kind"]),
    "ix_outbox_account": ("outbox", ["account"]),
}


def upgrade() -> None:
    _exchange(OLD, NEW)


def downgrade() -> None:
    _exchange(NEW, OLD)


def _exchange(old: dict[str, tuple[str, list[str]]], new: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, _) in old.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns) in new.items():
        op.create_index(name, table, columns)
