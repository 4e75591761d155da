"""What points to a robot, or to one person with many accounts.

Why: a robot fills in fields that no person sees, and one person with many accounts begins them from
one network or mailbox. Moderators see the hint beside what the account sends; nothing is refused or
deleted for it, and it is forgotten after a month.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "account_hint",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_account_hint_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "hint", name=op.f("pk_account_hint")),
    )
    op.create_index("ix_account_hint_at", "account_hint", ["at"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_account_hint_at", table_name="account_hint")
    op.drop_table("account_hint")
