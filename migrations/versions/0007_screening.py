"""Watch lists, what was learned about advertising, and the index of very like texts.

Why: screening suggests more than details and danger. Moderators keep words, links and domains to
be shown; decisions teach what advertising looks like (numbers only); each wording leaves a few
numbers by which another one like it is found at intake. What waits already is entered by the sweep.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "watch_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('word', 'domain', 'link')", name=op.f("ck_watch_entry_kind")),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_watch_entry_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["user_account.id"],
            name=op.f("fk_watch_entry_added_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_entry")),
        sa.UniqueConstraint(
            "dialogue_id", "kind", "folded", name=op.f("uq_watch_entry_dialogue_id_kind_folded")
        ),
    )
    op.create_table(
        "spam_lesson",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("last_decision_id", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_spam_lesson_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spam_lesson")),
    )
    op.create_table(
        "text_outline",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("prints", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_text_outline_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_text_outline_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_text_outline")),
    )
    op.create_table(
        "text_print",
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_text_print_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_text_print_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint(
            "dialogue_id", "number", "contribution_id", name=op.f("pk_text_print")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_text_print_contribution_id", "text_print", ["contribution_id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_text_print_contribution_id", table_name="text_print")
    op.drop_table("text_print")
    op.drop_table("text_outline")
    op.drop_table("spam_lesson")
    op.drop_table("watch_entry")
