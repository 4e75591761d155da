"""Decisions of every kind, lineage of ideas, sealed originals of hidden words.

Why: moderators do more than approve and reject, and every decision is one row whatever it was. An
idea that was merged or split keeps a record of where it came from, ended by the undo and never
deleted. What a redaction hides is kept for a while, encrypted, in a table of its own. Closed
comments and a lock are moments on the idea's row: every page and every vote reads that row anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BEFORE = ("approved", "rejected", "undone")
_AFTER = (
    "approved",
    "rejected",
    "returned",
    "off_topic",
    "binned",
    "hidden",
    "restored",
    "redacted",
    "merged",
    "unmerged",
    "split",
    "moved",
    "comments_closed",
    "comments_opened",
    "locked",
    "unlocked",
    "kept",
    "escalated",
    "disowned_removed",
    "appeal_granted",
    "appeal_refused",
    "undone",
)


def upgrade() -> None:
    """Make the change."""
    with _table_of_decisions() as batch:
        batch.drop_constraint(op.f("ck_moderation_decision_outcome"), type_="check")
        batch.create_check_constraint(op.f("ck_moderation_decision_outcome"), _one_of(_AFTER))
        batch.add_column(sa.Column("facts", sa.Text(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("state_after", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "contribution", sa.Column("comments_closed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("contribution", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contribution_merged_into_id",
        "contribution",
        ["merged_into_id"],
        sqlite_where=sa.text("merged_into_id IS NOT NULL"),
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_table(
        "lineage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('merge', 'split')", name=op.f("ck_lineage_kind")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_lineage_two_ideas")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["contribution.id"], name=op.f("fk_lineage_from_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["contribution.id"], name=op.f("fk_lineage_to_id_contribution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineage")),
    )
    op.create_index(op.f("ix_lineage_from_id"), "lineage", ["from_id"])
    op.create_index(op.f("ix_lineage_to_id"), "lineage", ["to_id"])
    op.create_index(
        "uq_lineage_merge",
        "lineage",
        ["from_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'merge' AND ended_at IS NULL"),
        postgresql_where=sa.text("kind = 'merge' AND ended_at IS NULL"),
    )
    op.create_table(
        "sealed_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purge_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_sealed_text_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_text")),
    )
    op.create_index(op.f("ix_sealed_text_contribution_id"), "sealed_text", ["contribution_id"])
    op.create_index(op.f("ix_sealed_text_purge_at"), "sealed_text", ["purge_at"])


def downgrade() -> None:
    """Take the change back; decisions that the earlier product does not know go with it."""
    op.drop_table("sealed_text")
    op.drop_table("lineage")
    op.drop_index("ix_contribution_merged_into_id", table_name="contribution")
    op.drop_column("contribution", "locked_at")
    op.drop_column("contribution", "comments_closed_at")
    known = _one_of(_BEFORE)
    op.execute(
        "DELETE FROM moderation_decision WHERE undo_of_id IN"  # noqa: S608  (our own words)
        f" (SELECT id FROM moderation_decision WHERE NOT ({known}))"
    )
    op.execute(f"DELETE FROM moderation_decision WHERE NOT ({known})")  # noqa: S608  (the same)
    with _table_of_decisions() as batch:
        batch.drop_column("state_after")
        batch.drop_column("facts")
        batch.drop_constraint(op.f("ck_moderation_decision_outcome"), type_="check")
        batch.create_check_constraint(op.f("ck_moderation_decision_outcome"), known)


@contextmanager
def _table_of_decisions() -> Iterator[Any]:
    """Change the table with no row pointing to another one: SQLite makes it anew and would not let
    the old one go."""
    op.execute(
        "CREATE TEMPORARY TABLE undoing AS"
        " SELECT id, undo_of_id FROM moderation_decision WHERE undo_of_id IS NOT NULL"
    )
    op.execute("UPDATE moderation_decision SET undo_of_id = NULL WHERE undo_of_id IS NOT NULL")
    with op.batch_alter_table("moderation_decision") as batch:
        yield batch
    op.execute(
        "UPDATE moderation_decision SET undo_of_id ="
        " (SELECT undoing.undo_of_id FROM undoing WHERE undoing.id = moderation_decision.id)"
        " WHERE id IN (SELECT id FROM undoing)"
    )
    op.execute("DROP TABLE undoing")


def _one_of(outcomes: tuple[str, ...]) -> str:
    return "outcome IN ({})".format(", ".join(f"'{outcome}'" for outcome in outcomes))
