"""The queue in front of the moderators and the decisions they made (append-only)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel.db import Json, Model, UtcDateTime


class Lane(StrEnum):
    """Why an item waits. Flags, appeals and disowned items make the same kind of item."""

    NEW = "new"
    EDITED = "edited"
    FLAGGED = "flagged"
    APPEALS = "appeals"
    DISOWNED = "disowned"
    SAFETY = "safety"


class Outcome(StrEnum):
    """What a moderator decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"  # for editing
    OFF_TOPIC = "off_topic"  # readable at its address, in no list
    BINNED = "binned"
    HIDDEN = "hidden"
    RESTORED = "restored"
    REDACTED = "redacted"
    MERGED = "merged"
    UNMERGED = "unmerged"
    SPLIT = "split"
    MOVED = "moved"
    COMMENTS_CLOSED = "comments_closed"
    COMMENTS_OPENED = "comments_opened"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    KEPT = "kept"  # reports about it were dismissed
    ESCALATED = "escalated"
    DISOWNED_REMOVED = "disowned_removed"  # who wrote it says they did not
    APPEAL_GRANTED = "appeal_granted"
    APPEAL_REFUSED = "appeal_refused"
    UNDONE = "undone"


_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in Outcome)


class QueueItem(Model):
    """A revision that waits for a person; one open item per contribution at most."""

    __tablename__ = "queue_item"
    __table_args__ = (
        # What each moderator reads now: few rows.
        Index(
            "ix_queue_item_claimed_by_id",
            "claimed_by_id",
            sqlite_where=text("claimed_by_id IS NOT NULL"),
            postgresql_where=text("claimed_by_id IS NOT NULL"),
        ),
        Index(
            "uq_queue_item_open_contribution",
            "contribution_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    lane: Mapped[str] = mapped_column(default=Lane.NEW)
    risk: Mapped[int] = mapped_column(default=0)  # higher first within a lane
    signals: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # see screening.py
    screened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: not looked at yet
    # Hard to read: behind a click. Marked by screening, or by a moderator for those who come next.
    distressing: Mapped[bool] = mapped_column(default=False, server_default=false())
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Rises when another wording waits, when it is decided and when that is undone.
    version: Mapped[int] = mapped_column(default=1)


# The order of the queue. Holds what waits and nothing else, so it stays small whatever was decided.
Index(
    "ix_queue_item_order",
    QueueItem.risk.desc(),
    QueueItem.since,
    QueueItem.id,
    sqlite_where=text("closed_at IS NULL"),
    postgresql_where=text("closed_at IS NULL"),
)


class ModerationDecision(Model):
    """Who decided what, why, on which revision. An undo is another decision, never a deletion."""

    __tablename__ = "moderation_decision"
    __table_args__ = (
        CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome"),
        Index("ix_moderation_decision_by", "decided_by_id", "at"),
        Index("ix_moderation_decision_log", "dialogue_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("queue_item.id"), index=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    outcome: Mapped[str]
    reason_code: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")  # the moderator's sentence to the author
    spans: Mapped[list[Any]] = mapped_column(Json, default=list)
    # How the contribution stood before: what an undo restores.
    state_before: Mapped[str]
    published_before_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    edited_before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What else an undo has to know, and what was done exactly: ids and codes, never words.
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state_after: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("moderation_decision.id"), unique=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def notice_key(self) -> str:
        """Return how the keys of all mails about it begin; the end keeps 1 apart from 12."""
        return f"decision:{self.id}:"


class DecisionBatch(Model):
    """Decisions that were made together, by one press, and are taken back together."""

    __tablename__ = "decision_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    reason_code: Mapped[str] = mapped_column(default="")
    asked: Mapped[int]  # items that were chosen
    # Items that were left out, and why: [item id, code of the reason].
    left_out: Mapped[list[list[Any]]] = mapped_column(Json, default=list)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: still at it, or cut off


class BatchedDecision(Model):
    """That a decision was one of a batch."""

    __tablename__ = "batched_decision"

    decision_id: Mapped[int] = mapped_column(ForeignKey("moderation_decision.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("decision_batch.id"), index=True)


class Reminder(Model):
    """That people were told once about an item that waits too long."""

    __tablename__ = "reminder"
    __table_args__ = (CheckConstraint("step IN ('moderators', 'officers')", name="step"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("queue_item.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)  # who was told
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class HandOver(Model):
    """A note of one moderator to the others about a contribution. Never public, never handed out;
    its words go when its writer erases it or when the contribution's words go."""

    __tablename__ = "hand_over"
    __table_args__ = (Index("ix_hand_over_contribution_id", "contribution_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    words: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mention(Model):
    """A moderator whom a note is meant for; `seen_at` once they have opened the item."""

    __tablename__ = "mention"
    __table_args__ = (
        Index(
            "ix_mention_unseen",
            "user_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )

    hand_over_id: Mapped[int] = mapped_column(ForeignKey("hand_over.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatchEntry(Model):
    """A word, link or domain that moderators want shown to them, in one dialogue or everywhere."""

    __tablename__ = "watch_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('word', 'domain', 'link')", name="kind"),
        UniqueConstraint("dialogue_id", "kind", "folded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # None: of the whole site.
    dialogue_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue.id"))
    kind: Mapped[str]  # analysis.watching.WatchKind
    typed: Mapped[str]  # as it stands in the list
    folded: Mapped[str]  # as it is compared
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SpamLesson(Model):
    """The one row that holds what was learned from decisions about advertising, as numbers."""

    __tablename__ = "spam_lesson"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    numbers: Mapped[dict[str, Any]] = mapped_column(Json)  # analysis.spam_learning.SpamModel
    # The last decision it knows: nothing is learned again while there is no newer one.
    last_decision_id: Mapped[int]
    learned_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TextOutline(Model):
    """That the newest wording of a contribution stands in the index of very like texts."""

    __tablename__ = "text_outline"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    prints: Mapped[int]  # how many TextPrint rows it has


class TextPrint(Model):
    """One number of a wording that very like wordings share (analysis.likeness); no text."""

    __tablename__ = "text_print"
    __table_args__ = (
        Index("ix_text_print_contribution_id", "contribution_id"),
        {"sqlite_with_rowid": False},  # the key is the table: looking up reads nothing else
    )

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)


class Appeal(Model):
    """An author asks for a second look: at a decision about their words, or at a step taken.

    Asked once. It waits as an item of the lane for appeals; its answer is the decision
    (appeal_granted, appeal_refused) on that item.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("(decision_id IS NULL) <> (restriction_id IS NULL)", name="about_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    decision_id: Mapped[int | None] = mapped_column(
        ForeignKey("moderation_decision.id"), unique=True
    )
    restriction_id: Mapped[int | None] = mapped_column(ForeignKey("restriction.id"), unique=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("queue_item.id"), unique=True)
    words: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
