"""Seals of the audit chain, and where it ends.

Why: a hash chain shows a changed row, but not entries cut off the end, nor a chain that was made
anew by somebody who can write to the tables. Entries from before stay without a seal; the first
entry after this one seals them too, because it covers the hash of the last.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the change."""
    op.add_column("audit_entry", sa.Column("seal", sa.String(), server_default="", nullable=False))
    op.create_table(
        "audit_tail",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_tail_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_tail")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("audit_tail")
    op.drop_column("audit_entry", "seal")
