"""A name of its own in each dialogue.

Why: the name of an account was its name in every dialogue, so that readers could connect what a
person said in one with what they said in another. Names are kept in one place now: nobody takes
one that somebody else appears under, or gave up not long ago. Names that people appear under
already stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "taken_name",
        sa.Column("skeleton", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_taken_name_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_taken_name_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("skeleton", name=op.f("pk_taken_name")),
    )
    op.create_index("ix_taken_name_user_id", "taken_name", ["user_id"])
    op.execute(
        "INSERT INTO taken_name (skeleton, user_id, dialogue_id)"
        " SELECT user_account.name_folded, min(user_account.id), min(participant.dialogue_id)"
        " FROM participant JOIN user_account ON user_account.id = participant.user_id"
        " WHERE participant.public_name = user_account.display_name"
        " AND user_account.name_folded <> ''"
        " GROUP BY user_account.name_folded"
    )
    op.add_column(
        "participant",
        sa.Column("name_is_fresh", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("participant", "name_is_fresh")
    op.drop_index("ix_taken_name_user_id", table_name="taken_name")
    op.drop_table("taken_name")
