"""Following, notices, choices of mail, requests for a mail, dates given to calendars.

Why: people follow ideas, topics and dialogues and are told what happens there, on the site and by
mail as they choose; nobody has a row before they choose or are told something. Mails that quote
words name whose, so that hidden words leave unsent mails too; mails queued before have none named.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "mail_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("replies", sa.String(), nullable=False),
        sa.Column("decisions", sa.String(), nullable=False),
        sa.Column("news", sa.String(), nullable=False),
        sa.Column("dates", sa.String(), nullable=False),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("follow_commented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_mail_choice_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_choice")),
        sa.UniqueConstraint("token", name=op.f("uq_mail_choice_token")),
    )
    op.create_table(
        "mail_quotation",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("words_of", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["mail_message.id"],
            name=op.f("fk_mail_quotation_mail_id_mail_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mail_id", "words_of", name=op.f("pk_mail_quotation")),
    )
    op.create_index("ix_mail_quotation_words_of", "mail_quotation", ["words_of"])
    op.create_table(
        "dialogue_date",
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("which", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_date_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", "which", name=op.f("pk_dialogue_date")),
    )
    op.create_table(
        "dialogue_moment",
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_moment_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", "key", name=op.f("pk_dialogue_moment")),
    )
    op.create_table(
        "opening_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_folded", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_opening_request_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_request")),
        sa.UniqueConstraint(
            "dialogue_id", "email_folded", name=op.f("uq_opening_request_dialogue_id_email_folded")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_opening_request_token")),
    )
    op.create_index("ix_opening_request_asked_at", "opening_request", ["asked_at"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("contribution_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_notice_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_notice_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["contribution.id"], name=op.f("fk_notice_idea_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notice_user_id_key")),
    )
    op.create_index("ix_notice_contribution_id", "notice", ["contribution_id"])
    op.create_index("ix_notice_dialogue_id", "notice", ["dialogue_id"])
    op.create_index("ix_notice_idea_id", "notice", ["idea_id"])
    op.create_index("ix_notice_list", "notice", ["user_id", "id"])
    op.create_index(
        "ix_notice_to_mail",
        "notice",
        ["mail_at"],
        sqlite_where=sa.text("mail_at IS NOT NULL AND mailed_at IS NULL"),
        postgresql_where=sa.text("mail_at IS NOT NULL AND mailed_at IS NULL"),
    )
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["user_id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "idea_id IS NULL OR topic_id IS NULL", name=op.f("ck_subscription_one_target")
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_subscription_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["contribution.id"], name=op.f("fk_subscription_idea_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"],
            ["dialogue_topic.id"],
            name=op.f("fk_subscription_topic_id_dialogue_topic"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_subscription_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("user_id", "idea_id", name=op.f("uq_subscription_user_id_idea_id")),
        sa.UniqueConstraint("user_id", "topic_id", name=op.f("uq_subscription_user_id_topic_id")),
    )
    op.create_index("ix_subscription_dialogue_id", "subscription", ["dialogue_id"])
    op.create_index("ix_subscription_followers", "subscription", ["idea_id", "ended_at"])
    op.create_index("ix_subscription_topic_id", "subscription", ["topic_id"])
    op.create_index(
        "uq_subscription_user_id_dialogue",
        "subscription",
        ["user_id", "dialogue_id"],
        unique=True,
        sqlite_where=sa.text("idea_id IS NULL AND topic_id IS NULL"),
        postgresql_where=sa.text("idea_id IS NULL AND topic_id IS NULL"),
    )
    op.add_column(
        "mail_message", sa.Column("without_words", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("mail_message", "without_words")
    op.drop_table("subscription")
    op.drop_table("notice")
    op.drop_table("opening_request")
    op.drop_table("dialogue_moment")
    op.drop_table("dialogue_date")
    op.drop_table("mail_quotation")
    op.drop_table("mail_choice")
