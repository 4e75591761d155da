"""Decisions made together, reminders of what waits, notes between moderators, what is hard to read.

Why: many items are decided by one press and taken back by one; whoever answers for a dialogue is
told once about what waits too long; moderators hand an item over with a few words that stay among
them; and what is hard to read stands behind a click. No item that is there already is marked:
the next screening of its words does it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "queue_item",
        sa.Column("distressing", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "decision_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_decision_batch_decided_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_batch")),
    )
    op.create_table(
        "batched_decision",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["decision_batch.id"],
            name=op.f("fk_batched_decision_batch_id_decision_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["moderation_decision.id"],
            name=op.f("fk_batched_decision_decision_id_moderation_decision"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_batched_decision")),
    )
    op.create_index("ix_batched_decision_batch_id", "batched_decision", ["batch_id"])
    op.create_table(
        "reminder",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('moderators', 'officers')", name=op.f("ck_reminder_step")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["queue_item.id"], name=op.f("fk_reminder_item_id_queue_item")
        ),
        sa.PrimaryKeyConstraint("item_id", "step", name=op.f("pk_reminder")),
    )
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_hand_over_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_hand_over_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_hand_over_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index("ix_hand_over_contribution_id", "hand_over", ["contribution_id", "id"])
    op.create_table(
        "mention",
        sa.Column("hand_over_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["hand_over_id"], ["hand_over.id"], name=op.f("fk_mention_hand_over_id_hand_over")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_mention_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("hand_over_id", "user_id", name=op.f("pk_mention")),
    )
    unseen = sa.text("seen_at IS NULL")
    op.create_index(
        "ix_mention_unseen", "mention", ["user_id"], sqlite_where=unseen, postgresql_where=unseen
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("mention")
    op.drop_table("hand_over")
    op.drop_table("reminder")
    op.drop_table("batched_decision")
    op.drop_table("decision_batch")
    op.drop_column("queue_item", "distressing")
