"""Duty rotas: who fills a post by turns, what differs for a while, and who asked a colleague to stand in.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rota",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("plans", sa.Text(), nullable=False),
        sa.Column("file_mark", sa.String(), nullable=False),
        sa.Column("serving", sa.JSON(), nullable=False),
        sa.Column("gaps_told", sa.JSON(), nullable=False),
        sa.Column("flagged", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_at", _AT, nullable=False),
        sa.Column("retired_at", _AT, nullable=True),
    )
    op.create_index("ix_rota_unit", "rota", ["unit_id", "retired_at"])
    op.create_table(
        "rota_override",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("rota_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=True),
        sa.Column("begins_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("cancelled_at", _AT, nullable=True),
    )
    op.create_index("ix_override_rota", "rota_override", ["rota_id", "ends_at"])
    op.create_table(
        "swap",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("rota_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("begins_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("offered_at", _AT, nullable=False),
        sa.Column("answered_at", _AT, nullable=True),
    )
    op.create_index("ix_swap_rota_id", "swap", ["rota_id"])


def downgrade() -> None:
    op.drop_table("swap")
    op.drop_table("rota_override")
    op.drop_table("rota")
