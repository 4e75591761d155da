"""Steps taken about participants, and appeals.

Why: moderators warn, slow down, mute and suspend with an end date; the step ends by its date, so
commands ask this small table. Authors ask once for a second look at a decision or a step; the
answer is a decision like every other one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("imposed_by_id", sa.Integer(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "step IN ('warn', 'slow', 'mute', 'suspend')", name=op.f("ck_restriction_step")
        ),
        sa.CheckConstraint("(step = 'warn') = (until_at IS NULL)", name=op.f("ck_restriction_end")),
        sa.CheckConstraint(
            "until_at IS NULL OR until_at > from_at", name=op.f("ck_restriction_order")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_restriction_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_restriction_participant_id_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_restriction_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["imposed_by_id"],
            ["user_account.id"],
            name=op.f("fk_restriction_imposed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"],
            ["user_account.id"],
            name=op.f("fk_restriction_lifted_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index("ix_restriction_participant", "restriction", ["participant_id", "until_at"])
    op.create_index(op.f("ix_restriction_contribution_id"), "restriction", ["contribution_id"])
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("restriction_id", sa.Integer(), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(decision_id IS NULL) <> (restriction_id IS NULL)", name=op.f("ck_appeal_about_one")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_appeal_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["moderation_decision.id"],
            name=op.f("fk_appeal_decision_id_moderation_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["restriction_id"],
            ["restriction.id"],
            name=op.f("fk_appeal_restriction_id_restriction"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_appeal_participant_id_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["queue_item.id"], name=op.f("fk_appeal_item_id_queue_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeal_decision_id")),
        sa.UniqueConstraint("restriction_id", name=op.f("uq_appeal_restriction_id")),
        sa.UniqueConstraint("item_id", name=op.f("uq_appeal_item_id")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("appeal")
    op.drop_index(op.f("ix_restriction_contribution_id"), table_name="restriction")
    op.drop_index("ix_restriction_participant", table_name="restriction")
    op.drop_table("restriction")
