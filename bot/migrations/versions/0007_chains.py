"""Each case's events form a chain of seals, and a ledger entry names both of its sides.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from workflows.records import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SAYS = "the ledger is append-only: a reversal is another entry"
_PATHS = {
    "approved": ("available", "reserved"),
    "paid": ("reserved", "paid"),
    "waived": ("reserved", "available"),
    "lapsed": ("reserved", "available"),
}


def upgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.add_column(sa.Column("chain", sa.String(), nullable=True))
        event.add_column(sa.Column("seq", sa.Integer(), nullable=True))
        event.add_column(sa.Column("mac", sa.String(), nullable=True))
    op.create_index("ix_event_chain", "event", ["chain", "seq"], unique=True)
    op.create_table(
        "chain",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
    )
    with op.batch_alter_table("reward") as reward:
        reward.add_column(sa.Column("budget_year", sa.Integer(), nullable=True))
    _new_ledger()


def _new_ledger() -> None:
    """Steps that moved no money were entries of nothing before; they live on as events."""
    connection = op.get_bind()
    old = sa.table(
        "ledger",
        *(sa.column(n) for n in ("reward_id", "tip_id", "kind", "amount_fen", "budget", "by", "note")),
        sa.column("at", UtcDateTime()),
    )
    rows = [row for row in connection.execute(sa.select(old)).mappings() if row["kind"] in _PATHS]
    _drop_triggers()
    op.drop_table("ledger")
    made = op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reward_id", sa.String(), nullable=False),
        sa.Column("tip_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("taken_from", sa.String(), nullable=False),
        sa.Column("put_into", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.UniqueConstraint("tip_id", "kind"),
    )
    for name in ("reward_id", "taken_from", "put_into"):
        op.create_index(f"ix_ledger_{name}", "ledger", [name])
    reward = sa.table("reward", sa.column("id"), sa.column("case_id"), sa.column("budget_year"))
    cases = {row.id: row.case_id for row in connection.execute(sa.select(reward.c.id, reward.c.case_id))}
    years = {row["reward_id"]: row["at"].year for row in rows if row["kind"] == "approved"}
    moved = []
    for row in rows:
        source, target = _PATHS[row["kind"]]
        year = years.get(row["reward_id"], row["at"].year)
        accounts = {
            "taken_from": f"{source}:{row['budget']}:{year}",
            "put_into": f"{target}:{row['budget']}:{year}",
        }
        changed = {"amount_fen": abs(row["amount_fen"]), "case_id": cases.get(row["reward_id"])}
        moved.append({**row, **changed, **accounts})
    if moved:
        op.bulk_insert(made, moved)
    for reward_id, year in years.items():
        connection.execute(sa.update(reward).where(reward.c.id == reward_id).values(budget_year=year))
    _make_triggers()


def _make_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{verb} BEFORE {verb.upper()} ON ledger BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger "
        "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
    )


def _drop_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER ledger_no_{verb}")
        return
    op.execute("DROP TRIGGER ledger_append_only ON ledger")


def downgrade() -> None:
    """There is no way back by command: amounts and signatures would have to be thrown away."""
    raise CommandError(
        "The ledger of this version says more than the one before could hold, and nothing of a ledger may be thrown away. "
        "To go back, stop the bot and put back the copy of the database that was made before the upgrade."
    )
