"""Evidence is fetched and kept by its content: who, when, where, what it is, and what became of it.

What came before has only Telegram's number; it waits to be fetched like anything new.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)
_TEXTS = ("proof", "shot", "words", "name", "declared", "mime", "look")
_TIMES = ("taken_at", "kept_at", "claimed_at", "not_before")


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("evidence", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name in _TIMES:
        op.add_column("evidence", sa.Column(name, _AT, nullable=True))
    for name in ("size", "tries", "rev"):
        op.add_column("evidence", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("latitude", "longitude"):
        op.add_column("evidence", sa.Column(name, sa.Float(), nullable=True))
    for name in ("same_as", "alike", "error"):
        op.add_column("evidence", sa.Column(name, sa.String(), nullable=True))
    op.add_column("evidence", sa.Column("state", sa.String(20), nullable=False, server_default="waiting"))
    op.add_column("evidence", sa.Column("sha256", sa.String(64), nullable=True))
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index("ix_evidence_state", "evidence", ["state", "not_before"])


def downgrade() -> None:
    op.drop_index("ix_evidence_state", "evidence")
    op.drop_index("ix_evidence_sha256", "evidence")
    more = ("size", "tries", "rev", "latitude", "longitude", "same_as", "alike", "error", "state", "sha256")
    for name in (*_TEXTS, *_TIMES, *more):
        op.drop_column("evidence", name)
