"""Kinds of votes, flags, and contributions that their supposed authors disown.

Why: a dialogue says what people can vote (existing ones keep agree, disagree and pass) and after
how many flags a text is out of sight until a moderator has looked (existing ones: never). People
ask moderators to look at something public, and owners of mail addresses say what is not theirs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# With its CHECK in the column's own definition, which both databases add without a new table.
_COLUMNS = (
    "vote_kind VARCHAR DEFAULT 'agree_disagree_pass' NOT NULL CONSTRAINT ck_dialogue_vote_kind"
    " CHECK (vote_kind IN ('agree_disagree_pass', 'agree', 'none'))",
    "flag_threshold INTEGER DEFAULT '0' NOT NULL CONSTRAINT ck_dialogue_flag_threshold"
    " CHECK (flag_threshold >= 0)",
)


def upgrade() -> None:
    """Make the change."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE dialogue ADD COLUMN {column}")
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('personal_details', 'threats', 'danger', 'unrelated', 'other')",
            name=op.f("ck_flag_reason"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_flag_decided")
        ),
        sa.CheckConstraint("outcome IN ('acted', 'kept')", name=op.f("ck_flag_outcome")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_flag_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_flag_participant_id_participant")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_flag_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint(
            "participant_id", "contribution_id", name=op.f("uq_flag_participant_id_contribution_id")
        ),
    )
    op.create_index("ix_flag_contribution_id", "flag", ["contribution_id"])
    open_ones = sa.text("decided_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "ix_flag_open",
        "flag",
        ["contribution_id"],
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    op.create_table(
        "disown",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_disown_decided")
        ),
        sa.CheckConstraint("outcome IN ('removed', 'kept')", name=op.f("ck_disown_outcome")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_disown_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disown")),
        sa.UniqueConstraint("digest", name=op.f("uq_disown_digest")),
    )
    op.create_index("ix_disown_contribution_id", "disown", ["contribution_id"])
    frozen = sa.text("confirmed_at IS NOT NULL AND decided_at IS NULL")
    op.create_index(
        "uq_disown_open_contribution",
        "disown",
        ["contribution_id"],
        unique=True,
        sqlite_where=frozen,
        postgresql_where=frozen,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("disown")
    op.drop_table("flag")
    op.execute("ALTER TABLE dialogue DROP COLUMN flag_threshold")
    op.execute("ALTER TABLE dialogue DROP COLUMN vote_kind")
