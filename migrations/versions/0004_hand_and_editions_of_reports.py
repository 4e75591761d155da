"""What a person changes in a report, its editions, what it quotes, how long it took, its schedule.

Why: an officer names topics and picks quotations without touching a count; when quoted words are
not public any more a new edition follows with the same numbers; the page of a running report says
how long earlier ones of its size took; a report can be made every week.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "report_schedule",
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_report_schedule_asked_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_report_schedule_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", name=op.f("pk_report_schedule")),
    )
    op.create_index(op.f("ix_report_schedule_next_at"), "report_schedule", ["next_at"])
    op.create_table(
        "report_draft",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("publish_asked_by_id", sa.Integer(), nullable=True),
        sa.Column("publish_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["publish_asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_report_draft_publish_asked_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_draft_report_id_report")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_draft")),
    )
    op.create_table(
        "report_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_from_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('name', 'merge', 'split', 'leave_out', 'pick', 'foreword')",
            name=op.f("ck_report_edit_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_report_edit_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["kept_from_id"],
            ["report_edit.id"],
            name=op.f("fk_report_edit_kept_from_id_report_edit"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_edit_report_id_report")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"],
            ["user_account.id"],
            name=op.f("fk_report_edit_undone_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edit")),
    )
    op.create_index(op.f("ix_report_edit_report_id"), "report_edit", ["report_id"])
    op.create_table(
        "report_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("numbers_sha256", sa.String(), nullable=False),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_edition_report_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edition")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_edition_report_id_number")),
    )
    op.create_index(op.f("ix_report_edition_sha256"), "report_edition", ["sha256"])
    op.create_table(
        "report_run",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_run_report_id_report")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_run")),
    )
    op.create_table(
        "report_quotation",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_report_quotation_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_quotation_report_id_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "contribution_id", name=op.f("pk_report_quotation")),
    )
    op.create_index("ix_report_quotation_contribution_id", "report_quotation", ["contribution_id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_report_quotation_contribution_id", table_name="report_quotation")
    op.drop_table("report_quotation")
    op.drop_table("report_run")
    op.drop_index(op.f("ix_report_edition_sha256"), table_name="report_edition")
    op.drop_table("report_edition")
    op.drop_index(op.f("ix_report_edit_report_id"), table_name="report_edit")
    op.drop_table("report_edit")
    op.drop_table("report_draft")
    op.drop_index(op.f("ix_report_schedule_next_at"), table_name="report_schedule")
    op.drop_table("report_schedule")
