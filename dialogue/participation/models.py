"""Participants, what they say with every revision of it, and their votes.

Contribution, Vote and Revision point to a participant (one person in one dialogue), never to an
account: pseudonyms cannot be linked across dialogues, and a person can be erased while the
counts stay.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import Json, Model, UtcDateTime


class Kind(StrEnum):
    """What a contribution is. (Questions and stories come with the pages that show them.)"""

    IDEA = "idea"
    COMMENT = "comment"


class ParticipantKind(StrEnum):
    """How a person takes part."""

    PERSON = "person"
    AGENCY = "agency"
    IMPORTED = "imported"
    OFFLINE = "offline"


class Channel(StrEnum):
    """By which door a contribution came."""

    WEB = "web"
    IMPORT = "import"
    SEED = "seed"


class RevisionState(StrEnum):
    """What became of one wording."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REJECTED = "rejected"
    RETURNED = "returned"  # its author is asked to write it otherwise
    SUPERSEDED = "superseded"


class Participant(Model):
    """One person in one dialogue, under the name shown there."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("dialogue_id", "user_id"),
        UniqueConstraint("dialogue_id", "name_folded"),
        UniqueConstraint("dialogue_id", "original_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    public_name: Mapped[str]
    name_folded: Mapped[str]
    kind: Mapped[str] = mapped_column(default=ParticipantKind.PERSON)
    original_id: Mapped[str | None]  # the id in the file it was imported from
    # True as long as nobody has chosen or read the name: it was given with a vote.
    name_is_fresh: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Contribution(Model):
    """An idea or a comment. What the public reads is its published revision, nothing else."""

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("kind IN ('idea', 'comment')", name="kind"),
        CheckConstraint("(kind = 'idea') = (idea_id IS NULL)", name="comment_has_idea"),
        CheckConstraint("agree >= 0 AND disagree >= 0 AND pass >= 0", name="counts"),
        # What the public reads is a published revision in a visible state: the database insists.
        CheckConstraint(
            "NOT listed OR (published_revision_id IS NOT NULL AND state = 'published')",
            name="listed",
        ),
        UniqueConstraint("dialogue_id", "kind", "original_id"),
        # One index for each order of the list; all end in id, the last key of every page.
        Index("ix_contribution_list_mix", "dialogue_id", "kind", "listed", "mix_key", "id"),
        Index("ix_contribution_list_new", "dialogue_id", "kind", "listed", "published_at", "id"),
        Index("ix_contribution_list_talk", "dialogue_id", "kind", "listed", "comments", "id"),
        Index("ix_contribution_list_agree", "dialogue_id", "kind", "listed", "agreement", "id"),
        Index(
            "ix_contribution_topic_mix",
            "dialogue_id",
            "topic_id",
            "kind",
            "listed",
            "mix_key",
            "id",
        ),
        # Replies of a thread in order, and how many are listed, without reading their rows.
        Index("ix_contribution_thread", "idea_id", "root_id", "id", "listed"),
        # First-level comments of an idea, for its two orders.
        Index(
            "ix_contribution_roots",
            "idea_id",
            "id",
            sqlite_where=text("root_id = id"),
            postgresql_where=text("root_id = id"),
        ),
        Index(
            "ix_contribution_roots_helpful",
            "idea_id",
            "helpful",
            "id",
            sqlite_where=text("root_id = id"),
            postgresql_where=text("root_id = id"),
        ),
        # The family of an idea; holds merged ideas and nothing else.
        Index(
            "ix_contribution_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},  # the id of a withdrawn idea never comes back as another's
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    kind: Mapped[str]
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    # A comment's first-level comment (its own id for one): threads are two levels deep.
    root_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue_topic.id"))
    state: Mapped[str] = mapped_column(default="pending")
    # True exactly when the public may see it: has a published revision and a visible state.
    listed: Mapped[bool] = mapped_column(default=False)
    published_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("revision.id", use_alter=True)
    )
    # The idea it lives on in: always one that is not merged itself (see Lineage).
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    channel: Mapped[str] = mapped_column(default=Channel.WEB)
    tracking: Mapped[str] = mapped_column(unique=True)
    original_id: Mapped[str | None]
    original_state: Mapped[str | None]  # the import's own moderation mark, for the export back
    language: Mapped[str] = mapped_column(default="en")
    version: Mapped[int] = mapped_column(default=1)  # optimistic lock of moderators
    # What the public sees, stored ready: set with the published revision, emptied when hidden.
    title: Mapped[str] = mapped_column(default="")
    slug: Mapped[str] = mapped_column(default="")
    excerpt: Mapped[str] = mapped_column(default="")  # plain text, for lists
    fragment: Mapped[str] = mapped_column(default="")  # sanitised HTML
    agree: Mapped[int] = mapped_column(default=0)
    disagree: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column("pass", default=0)
    # Lower Wilson bound of the share that agrees, in millionths: the order of "most agreed".
    agreement: Mapped[int] = mapped_column(default=0)
    comments: Mapped[int] = mapped_column(default=0)  # listed comments of an idea
    # People who found a comment helpful: an order of comments, never a result.
    helpful: Mapped[int] = mapped_column(default=0, server_default="0")
    mix_key: Mapped[int] = mapped_column(default=0)  # the order of "fair mix", highest first
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when an idea takes no more comments; no votes, comments or edits.
    comments_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    participant: Mapped[Participant] = relationship(lazy="raise_on_sql")
    revisions: Mapped[list[Revision]] = relationship(
        foreign_keys="Revision.contribution_id", order_by="Revision.number", lazy="select"
    )


class Revision(Model):
    """One wording of a contribution. Never changed, except by redaction and erasure."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("contribution_id", "number"),
        # What waits for a moderator, found without reading what does not.
        Index(
            "ix_revision_waiting",
            "contribution_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=RevisionState.WAITING)
    title: Mapped[str] = mapped_column(default="")
    source: Mapped[str]
    html: Mapped[str]
    plain: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    sanitizer_version: Mapped[str]
    sha256: Mapped[str]  # of title, a line feed, and source
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When it became what the public reads; empty for what never was (and again after an undo).
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LineageKind(StrEnum):
    """How one idea came from another."""

    MERGE = "merge"
    SPLIT = "split"


class Lineage(Model):
    """An idea that came from another one: merged into it, or split off it. Ended, never deleted.

    A merge is written between the two ideas that a moderator named; `merged_into_id` on the row of
    an idea leads to the end of that chain, so that reading never follows it.
    """

    __tablename__ = "lineage"
    __table_args__ = (
        CheckConstraint("kind IN ('merge', 'split')", name="kind"),
        CheckConstraint("from_id <> to_id", name="two_ideas"),
        # An idea lives on in one other idea at most.
        Index(
            "uq_lineage_merge",
            "from_id",
            unique=True,
            sqlite_where=text("kind = 'merge' AND ended_at IS NULL"),
            postgresql_where=text("kind = 'merge' AND ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    from_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SealedText(Model):
    """What a redaction hid, encrypted, until its purge date; then the row goes."""

    __tablename__ = "sealed_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    sealed: Mapped[str]  # see participation/sealing.py
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    purge_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Choice(StrEnum):
    """What a person says to an idea."""

    AGREE = "agree"
    DISAGREE = "disagree"
    PASS = "pass"


class Vote(Model):
    """The present choice of one participant on one idea; there is never a second."""

    __tablename__ = "vote"
    __table_args__ = (CheckConstraint("choice IN ('agree', 'disagree', 'pass')", name="choice"),)

    idea_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id"), primary_key=True, index=True
    )
    choice: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class VoteWording(Model):
    """The wording that a person's vote is about, where the time of the vote does not tell: they
    kept their vote after an edit, or voted on a page that showed an earlier wording."""

    __tablename__ = "vote_wording"

    idea_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id"), primary_key=True, index=True
    )
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Helpful(Model):
    """One person found one comment helpful; there is never a second."""

    __tablename__ = "helpful"

    comment_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id"), primary_key=True, index=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class FlagReason(StrEnum):
    """Why somebody asks a moderator to look at something that is public."""

    PERSONAL_DETAILS = "personal_details"
    THREATS = "threats"
    DANGER = "danger"  # somebody may be in danger: for the safety lead
    UNRELATED = "unrelated"  # advertising, or not about the dialogue's question
    OTHER = "other"


class FlagOutcome(StrEnum):
    """What became of a flag. (One that was taken back has `withdrawn_at` instead.)"""

    ACTED = "acted"  # the moderators hid, changed or moved what was flagged
    KEPT = "kept"  # they looked, and it stays as it is


class Flag(Model):
    """One person asks a moderator to look at one idea or comment; there is never a second.

    Open: neither decided nor withdrawn. The author never learns who it was.
    """

    __tablename__ = "flag"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('personal_details', 'threats', 'danger', 'unrelated', 'other')",
            name="reason",
        ),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("outcome IN ('acted', 'kept')", name="outcome"),
        UniqueConstraint("participant_id", "contribution_id"),
        # The open ones of a contribution: counted against the dialogue's threshold.
        Index(
            "ix_flag_open",
            "contribution_id",
            sqlite_where=text("decided_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("decided_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_flag_contribution_id", "contribution_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))  # the wording they saw
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(default="")  # their words, for the moderators alone
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # True for the one that reached the dialogue's threshold and put the text out of sight.
    hid: Mapped[bool] = mapped_column(default=False, server_default=false())
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DisownOutcome(StrEnum):
    """What the moderators made of it."""

    REMOVED = "removed"  # the owner of the address did not write it: it is gone
    KEPT = "kept"  # they think it is the owner's


class Disown(Model):
    """The owner of a mail address says about something sent under it: I did not write this.

    The row is made when the mail with the link goes out; `confirmed_at` is the press of the
    button behind the link. From then until `decided_at` the contribution is frozen.
    """

    __tablename__ = "disown"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("outcome IN ('removed', 'kept')", name="outcome"),
        Index(
            "uq_disown_open_contribution",
            "contribution_id",
            unique=True,
            sqlite_where=text("confirmed_at IS NOT NULL AND decided_at IS NULL"),
            postgresql_where=text("confirmed_at IS NOT NULL AND decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)  # of the token in the mailed link
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state_before: Mapped[str | None]  # of the contribution, when it was frozen
    secured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the account's sessions ended
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdeaWord(Model):
    """A word of a public idea: the index behind "Has someone said this already?".

    A row for each different word, plurals as singulars (participation/similar.py); there is none of
    an idea that the public cannot read.
    """

    __tablename__ = "idea_word"
    __table_args__ = (
        Index("ix_idea_word_idea_id", "idea_id"),
        {"sqlite_with_rowid": False},  # the key is the table: looking up a word reads nothing else
    )

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    weight: Mapped[int]  # in thousandths; 1000 in the title, less in a body


class WordNeighbour(Model):
    """A word that may stand for another one, found by the worker in what the public wrote.

    Only words of two texts or more are here: what a single person wrote never gets in.
    """

    __tablename__ = "word_neighbour"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word: Mapped[str] = mapped_column(primary_key=True)
    near: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[int]  # in thousandths, the higher the nearer


class WordNeighbourRound(Model):
    """The one row that tells from which state of the dialogues the neighbours were found."""

    __tablename__ = "word_neighbour_round"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen: Mapped[int]  # sum of the dialogues' versions
    seconds: Mapped[float]  # that it took
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PolisOrigin(Model):
    """Of an imported conversation, what the export back needs and no other row says."""

    __tablename__ = "polis_origin"

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    sha256: Mapped[str]  # of the files' bytes: the same files again change nothing
    summary: Mapped[list[list[str]]] = mapped_column(Json)  # rows of summary.csv, as they were
    statements: Mapped[list[int]] = mapped_column(Json)  # original ids in the files' order
    # Participants in the files' order: [original id, the group that was published, "" for none].
    people: Mapped[list[list[int | str]]] = mapped_column(Json)
    # When the files' local time changes: [unix time in ms, form of the time, seconds east].
    zones: Mapped[list[list[int | str]]] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PolisStatement(Model):
    """The exact words of an imported statement, where the stored title is not the same text."""

    __tablename__ = "polis_statement"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    text: Mapped[str]


class Restriction(Model):
    """A step that moderators took about a participant: told, dated, and ended by its date."""

    __tablename__ = "restriction"
    __table_args__ = (
        CheckConstraint("step IN ('warn', 'slow', 'mute', 'suspend')", name="step"),
        CheckConstraint("(step = 'warn') = (until_at IS NULL)", name="end"),
        CheckConstraint("until_at IS NULL OR until_at > from_at", name="order"),
        Index("ix_restriction_participant", "participant_id", "until_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    step: Mapped[str]  # restrictions.Step
    reason_code: Mapped[str]
    note: Mapped[str] = mapped_column(default="")  # the moderator's sentence to the person
    # What it is about: the contribution from whose item the step was taken.
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    imposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    def holds(self, now: datetime) -> bool:
        """Tell whether it takes a right now; a warning takes none."""
        return self.lifted_at is None and self.until_at is not None and now < self.until_at
