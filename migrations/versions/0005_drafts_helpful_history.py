"""Drafts, "Helpful", the wording that a vote is about, and which wordings were public.

Why: what somebody is writing is kept on the server; comments are sorted by how many people found
them helpful, and threads are read by their first comments; voters are asked once after an edit
whether they keep their vote; the history of a text shows exactly the wordings that were public.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROOTS = sa.text("root_id = id")


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("reply_to_id", sa.Integer(), nullable=True),
        sa.Column("contribution_id", sa.Integer(), nullable=True),
        sa.Column("opened", sa.String(), nullable=False),
        sa.Column("writer", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('idea', 'comment')", name=op.f("ck_draft_kind")),
        sa.CheckConstraint(
            "sent_at IS NULL OR title || body || topic = ''", name=op.f("ck_draft_sent_is_empty")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_draft_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_draft_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["contribution.id"], name=op.f("fk_draft_idea_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["contribution.id"], name=op.f("fk_draft_reply_to_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_draft_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("user_id", "opened", name=op.f("uq_draft_user_id_opened")),
    )
    op.create_index(op.f("ix_draft_contribution_id"), "draft", ["contribution_id"])
    op.create_index(op.f("ix_draft_saved_at"), "draft", ["saved_at"])
    for table, columns in (
        ("helpful", ("comment_id", "participant_id")),
        ("vote_wording", ("idea_id", "participant_id", "revision_id")),
    ):
        targets = {"participant_id": "participant", "revision_id": "revision"}
        op.create_table(
            table,
            *(sa.Column(column, sa.Integer(), nullable=False) for column in columns),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            *(
                sa.ForeignKeyConstraint(
                    [column],
                    [f"{targets.get(column, 'contribution')}.id"],
                    name=op.f(f"fk_{table}_{column}_{targets.get(column, 'contribution')}"),
                )
                for column in columns
            ),
            sa.PrimaryKeyConstraint(*columns[:2], name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_participant_id"), table, ["participant_id"])
    op.add_column(
        "contribution", sa.Column("helpful", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_index("ix_contribution_thread", table_name="contribution")
    op.create_index(
        "ix_contribution_thread", "contribution", ["idea_id", "root_id", "id", "listed"]
    )
    for name, columns in (
        ("ix_contribution_roots", ("idea_id", "id")),
        ("ix_contribution_roots_helpful", ("idea_id", "helpful", "id")),
    ):
        op.create_index(
            name, "contribution", list(columns), sqlite_where=_ROOTS, postgresql_where=_ROOTS
        )
    op.add_column("revision", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    _say_what_was_public()


def _say_what_was_public() -> None:
    """What the public reads now, and what a moderator approved before it."""
    op.execute(
        "UPDATE revision SET published_at = (SELECT coalesce(edited_at, contribution.published_at)"
        " FROM contribution WHERE published_revision_id = revision.id)"
        " WHERE id IN (SELECT published_revision_id FROM contribution)"
    )
    op.execute(
        "UPDATE revision SET published_at = (SELECT max(at) FROM moderation_decision AS made"
        " WHERE made.revision_id = revision.id AND made.outcome = 'approved' AND NOT EXISTS"
        " (SELECT 1 FROM moderation_decision AS undo WHERE undo.undo_of_id = made.id))"
        " WHERE state = 'superseded' AND published_at IS NULL"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("revision", "published_at")
    op.drop_index("ix_contribution_roots_helpful", table_name="contribution")
    op.drop_index("ix_contribution_roots", table_name="contribution")
    op.drop_index("ix_contribution_thread", table_name="contribution")
    op.create_index(
        "ix_contribution_thread", "contribution", ["idea_id", "listed", "root_id", "id"]
    )
    op.drop_column("contribution", "helpful")
    op.drop_table("vote_wording")
    op.drop_table("helpful")
    op.drop_table("draft")
