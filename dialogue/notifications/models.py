"""Who follows what, what each person is told, and how they want to be told by mail.

A notice holds ids only. Its words are looked up when it is shown or mailed, so that it never says
what is not public at that moment. Following is an account's own affair: no participant is made.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel.db import Json, Model, UtcDateTime


class Kind(StrEnum):
    """What a notice is about; people choose for each kind whether and when it comes by mail."""

    REPLY = "reply"  # somebody answered me
    DECISION = "decision"  # a moderator decided about what I wrote
    NEWS = "news"  # what happens on ideas, topics and dialogues I follow
    DATES = "dates"  # a dialogue I follow opens, closes, reports


class When(StrEnum):
    """When notices of a kind come by mail."""

    AT_ONCE = "at_once"
    SUMMARY = "summary"
    NEVER = "never"


class Rhythm(StrEnum):
    """How often a summary comes."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Event(StrEnum):
    """What happened; with the rows a notice points to it makes a sentence (wording.py)."""

    COMMENT_POSTED = "comment_posted"
    IDEA_POSTED = "idea_posted"
    REPLY_POSTED = "reply_posted"
    MERGED = "merged"  # an idea one follows lives on in another
    DECIDED = "decided"
    FLAG_ANSWERED = "flag_answered"  # a moderator has looked at what this person reported
    IDEA_JOINED = "idea_joined"  # another one was merged into it
    OPENED = "opened"
    CLOSING = "closing"
    EXTENDED = "extended"
    CLOSED = "closed"
    REPORT_PUBLISHED = "report_published"


class Subscription(Model):
    """A person follows an idea, a topic, or (neither given) a whole dialogue.

    Who stops following keeps the row: nothing makes them follow the same thing again but they.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint("idea_id IS NULL OR topic_id IS NULL", name="one_target"),
        UniqueConstraint("user_id", "idea_id"),
        UniqueConstraint("user_id", "topic_id"),
        Index(
            "uq_subscription_user_id_dialogue",
            "user_id",
            "dialogue_id",
            unique=True,
            sqlite_where=text("idea_id IS NULL AND topic_id IS NULL"),
            postgresql_where=text("idea_id IS NULL AND topic_id IS NULL"),
        ),
        Index("ix_subscription_followers", "idea_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), index=True)
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    # A topic without ideas may be removed, and whoever followed it then follows nothing.
    topic_id: Mapped[int | None] = mapped_column(
        ForeignKey("dialogue_topic.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Notice(Model):
    """One event, for one person; never a second (the key)."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(
            "ix_notice_unread",
            "user_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notice_to_mail",
            "mail_at",
            sqlite_where=text("mail_at IS NOT NULL AND mailed_at IS NULL"),
            postgresql_where=text("mail_at IS NOT NULL AND mailed_at IS NULL"),
        ),
        Index("ix_notice_list", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str]
    kind: Mapped[str]
    event: Mapped[str]
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), index=True)
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # ids, codes and moments
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at_once: Mapped[bool] = mapped_column(default=False)  # a mail of its own, not in a summary
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not before; None: never by mail
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MailChoice(Model):
    """How a person wants to be told by mail. Without a row the defaults hold."""

    __tablename__ = "mail_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)  # in the links that stop mails
    replies: Mapped[str] = mapped_column(default=When.AT_ONCE)
    decisions: Mapped[str] = mapped_column(default=When.AT_ONCE)
    news: Mapped[str] = mapped_column(default=When.SUMMARY)
    dates: Mapped[str] = mapped_column(default=When.SUMMARY)
    rhythm: Mapped[str] = mapped_column(default=Rhythm.DAILY)
    time_zone: Mapped[str] = mapped_column(default="")  # of the summary; '' the dialogue's
    follow_commented: Mapped[bool] = mapped_column(default=False)


class OpeningRequest(Model):
    """An address without an account that wants one mail when a dialogue opens.

    Nothing goes there before its owner has confirmed; the row is gone once the mail is written.
    """

    __tablename__ = "opening_request"
    __table_args__ = (UniqueConstraint("dialogue_id", "email_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    email: Mapped[str]
    email_folded: Mapped[str]
    language: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)  # in the links that confirm and stop
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DialogueMoment(Model):
    """A moment in the life of a dialogue of which its followers have been told: once each."""

    __tablename__ = "dialogue_moment"

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DialogueDate(Model):
    """A date of a dialogue as calendars were last given it; the sequence rises with each change."""

    __tablename__ = "dialogue_date"

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    which: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    sequence: Mapped[int] = mapped_column(default=0)
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
