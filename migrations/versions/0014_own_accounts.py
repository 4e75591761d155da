"""What people do with their own account: another address, their sessions, a copy, leaving.

Why: a person changes the address and can undo it, sees where they are signed in, asks for a copy of
everything and deletes the account. Codes are for one purpose only, so that one that proves who
deletes cannot be mistaken for one that signs in. What was begun before a sign-in knows its person,
so that it goes with them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the change."""
    for column in (
        sa.Column("device", sa.String(), server_default="", nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("account_session", column)
    op.add_column(
        "mail_code", sa.Column("purpose", sa.String(), server_default="enter", nullable=False)
    )
    with op.batch_alter_table("intent") as batch:
        batch.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_intent_user_id_user_account"), "user_account", ["user_id"], ["id"]
        )
        batch.create_index("ix_intent_user_id", ["user_id"])
    op.create_table(
        "address_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=False),
        sa.Column("new_email", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("link_digest", sa.String(), nullable=False),
        sa.Column("undo_digest", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_address_change_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_address_change_link_digest")),
        sa.UniqueConstraint("undo_digest", name=op.f("uq_address_change_undo_digest")),
    )
    op.create_index("ix_address_change_user_id", "address_change", ["user_id"])
    op.create_table(
        "data_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed')", name=op.f("ck_data_copy_state")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_data_copy_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_copy")),
    )
    op.create_index("ix_data_copy_user_id", "data_copy", ["user_id"])
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("words_go", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed')", name=op.f("ck_departure_state")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_departure_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
        sa.UniqueConstraint("reference", name=op.f("uq_departure_reference")),
        sa.UniqueConstraint("user_id", name=op.f("uq_departure_user_id")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("departure")
    op.drop_index("ix_data_copy_user_id", table_name="data_copy")
    op.drop_table("data_copy")
    op.drop_index("ix_address_change_user_id", table_name="address_change")
    op.drop_table("address_change")
    with op.batch_alter_table("intent") as batch:
        batch.drop_index("ix_intent_user_id")
        batch.drop_constraint(op.f("fk_intent_user_id_user_account"), type_="foreignkey")
        batch.drop_column("user_id")
    op.drop_column("mail_code", "purpose")
    op.drop_column("account_session", "proved_at")
    op.drop_column("account_session", "device")
