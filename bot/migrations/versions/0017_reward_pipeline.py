"""A reward says by which rule and between which amounts it was proposed, who signed, how it may be collected, and who shares it.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

from workflows.records import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reward") as reward:
        reward.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="reward"))
        reward.add_column(sa.Column("share_of", sa.String(), nullable=True))
        for name in ("lowest_fen", "highest_fen"):
            reward.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        reward.add_column(sa.Column("rule_from", sa.Date(), nullable=True))
        reward.add_column(sa.Column("grade", sa.String(), nullable=True))
        reward.add_column(sa.Column("base_fen", sa.Integer(), nullable=True))
        reward.add_column(sa.Column("flags", sa.JSON(), nullable=False, server_default="[]"))
        reward.add_column(sa.Column("signatures", sa.JSON(), nullable=False, server_default="[]"))
        reward.add_column(sa.Column("asked", sa.JSON(), nullable=False, server_default="[]"))
        reward.add_column(sa.Column("word_mac", sa.String(), nullable=True))
        reward.add_column(sa.Column("word_hash", sa.String(), nullable=True))
        reward.add_column(sa.Column("extended_at", UtcDateTime(timezone=True), nullable=True))
        reward.add_column(sa.Column("proxy", sa.Boolean(), nullable=False, server_default=sa.false()))
        reward.add_column(sa.Column("payee", sa.LargeBinary(), nullable=True))
        reward.create_unique_constraint("uq_reward_word_mac", ["word_mac"])
    op.create_index("ix_reward_share_of", "reward", ["share_of"])
    reward = sa.table("reward", *(sa.column(n) for n in ("amount_fen", "lowest_fen", "highest_fen")))
    op.execute(sa.update(reward).values(lowest_fen=reward.c.amount_fen, highest_fen=reward.c.amount_fen))


def downgrade() -> None:
    op.drop_index("ix_reward_share_of", "reward")
    with op.batch_alter_table("reward") as reward:
        reward.drop_constraint("uq_reward_word_mac", type_="unique")
        for name in (
            *("kind", "share_of", "lowest_fen", "highest_fen", "rule_from", "grade", "base_fen", "flags", "signatures"),
            "asked",
            *("word_mac", "word_hash", "extended_at", "proxy", "payee"),
        ):
            reward.drop_column(name)
