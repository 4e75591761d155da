"""The words of public ideas and their nearest words.

Why: "Has someone said this already?" ranks ideas by the meaning of words while somebody types.
The words of an idea are rows, found by key on both databases; a worker writes for each word which
others may stand for it. Ideas that are there already get their words by the next sweep.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "idea_word",
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_idea_word_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["contribution.id"], name=op.f("fk_idea_word_idea_id_contribution")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", "word", "idea_id", name=op.f("pk_idea_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idea_word_idea_id", "idea_word", ["idea_id"])
    op.create_table(
        "word_neighbour",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("near", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "near", name=op.f("pk_word_neighbour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_neighbour_round",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_word_neighbour_round_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_neighbour_round")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("word_neighbour_round")
    op.drop_table("word_neighbour")
    op.drop_index("ix_idea_word_idea_id", table_name="idea_word")
    op.drop_table("idea_word")
