"""The case by law: its procedure, the party, the steps with the gates they passed, typed outcomes, numbers of decisions.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_AT = UtcDateTime(timezone=True)


def _text(name: str, *, null: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null, unique=unique)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _at(name: str, *, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, _AT, nullable=null)


def upgrade() -> None:
    op.create_table(
        "procedure",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        _text("ref", unique=True),
        _text("case_id", unique=True),
        _text("township_id"),
        _text("kind"),
        sa.Column("state", sa.String(20), nullable=False),
        _at("opened_at", null=False),
        _text("matter_code"),
        _text("matter_by"),
        _text("power"),
        _text("organ_id"),
        _text("agreement_id", null=True),
        _text("profile_id"),
        sa.Column("basis_verified", sa.Boolean(), nullable=False),
        _text("officer_a"),
        _text("officer_b", null=True),
        _json("certificates"),
        _json("recused"),
        _at("id_shown_at"),
        _text("party_kind"),
        sa.Column("act_on", sa.Date(), nullable=True),
        _text("place"),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        _json("marks"),
        _json("penalties"),
        sa.Column("fine_fen", sa.Integer(), nullable=False),
        sa.Column("told_fen", sa.Integer(), nullable=True),
        sa.Column("discretion", sa.Text(), nullable=False),
        _text("number", null=True, unique=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        _text("decided_by", null=True),
        _text("reviewer", null=True),
        _text("opinion"),
        _json("opinion_why"),
        _at("opinion_at"),
        _text("opinion_hash", null=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        _text("served_how"),
        sa.Column("pay_by", sa.Date(), nullable=True),
        _text("pay_ref", null=True, unique=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        _text("receipt_no"),
        _at("published_at"),
        _at("withdrawn_at"),
        _at("ended_at"),
    )
    op.create_index("ix_procedure_township_id", "procedure", ["township_id"])
    op.create_index("ix_procedure_state", "procedure", ["state"])
    op.create_table(
        "party",
        sa.Column("id", sa.String(), primary_key=True),
        _text("case_id", unique=True),
        _text("kind"),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _text("mark"),
        sa.Column("consent_electronic", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_party_mark", "party", ["mark"])
    op.create_table(
        "step",
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), primary_key=True),
        _text("ref", unique=True),
        _text("case_id"),
        _text("kind"),
        sa.Column("state", sa.String(20), nullable=False),
        _text("by"),
        _text("second", null=True),
        _at("at", null=False),
        _at("recorded_at"),
        _json("facts"),
        _json("gates"),
        sa.Column("words", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_step_case_id", "step", ["case_id"])
    op.create_table(
        "outcome",
        sa.Column("id", sa.String(), primary_key=True),
        _text("case_id"),
        _text("kind"),
        _text("unit"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("penalty", sa.Boolean(), nullable=False),
        _text("by"),
        _at("at", null=False),
    )
    op.create_index("ix_outcome_case_id", "outcome", ["case_id"])
    op.create_table(
        "decision_counter",
        sa.Column("organ_id", sa.String(), primary_key=True),
        sa.Column("series", sa.String(), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    for table in ("decision_counter", "outcome", "step", "party", "procedure"):
        op.drop_table(table)
