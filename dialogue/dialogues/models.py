"""The dialogue: its texts, its dates, its topics, the reasons its moderators may give."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import Json, Model, UtcDateTime


class Act(StrEnum):
    """What a Phase dates. Windows have an opening and a close; promises only `closes_at`."""

    ANNOUNCE = "announce"  # opens_at: the page becomes public
    IDEA = "idea"
    COMMENT = "comment"
    VOTE = "vote"
    REPORT = "report"  # closes_at: "what we heard" promised by
    REPLY = "reply"  # closes_at: "what we will do" promised by


class Results(StrEnum):
    """When the public sees how others voted."""

    AFTER_VOTE = "after_vote"
    ALWAYS = "always"
    AFTER_CLOSE = "after_close"


class Moderation(StrEnum):
    """When moderators read, compared with the moment in which everybody can."""

    BEFORE = "before"  # the default
    AFTER = "after"
    FIRST = "first"  # before, until something of that person was published here
    RULES = "rules"  # before, where screening stops at something; after, where it does not


class VoteKind(StrEnum):
    """What people can say to an idea."""

    THREE = "agree_disagree_pass"
    AGREE = "agree"
    NONE = "none"


class Dialogue(Model):
    """A time-boxed question to the public. Its state is computed from dated rows, never stored."""

    __tablename__ = "dialogue"
    __table_args__ = (
        CheckConstraint("results IN ('after_vote', 'always', 'after_close')", name="results"),
        CheckConstraint("moderation IN ('before', 'after', 'first', 'rules')", name="moderation"),
        CheckConstraint("vote_kind IN ('agree_disagree_pass', 'agree', 'none')", name="vote_kind"),
        CheckConstraint("flag_threshold >= 0", name="flag_threshold"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    language: Mapped[str] = mapped_column(default="en")
    private: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=True)  # neutral mails, safety notices
    moderation: Mapped[str] = mapped_column(default=Moderation.BEFORE)
    results: Mapped[str] = mapped_column(default=Results.AFTER_VOTE)
    vote_kind: Mapped[str] = mapped_column(default=VoteKind.THREE, server_default=VoteKind.THREE)
    # So many open flags of different people hide a text until a moderator has looked; 0: never.
    flag_threshold: Mapped[int] = mapped_column(default=0, server_default="0")
    title_limit: Mapped[int] = mapped_column(default=120)  # code points
    body_limit: Mapped[int] = mapped_column(default=4000)
    comment_limit: Mapped[int] = mapped_column(default=2000)
    target_hours: Mapped[int] = mapped_column(default=24)  # moderators' promise
    safety_lead_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_mail: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_hours: Mapped[str] = mapped_column(default="")
    helplines: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    channel: Mapped[str] = mapped_column(default="web")  # or polis, for an imported conversation
    version: Mapped[int] = mapped_column(default=1)  # rises when what the public sees changes
    # Stored counts of what is public; they always equal a recount.
    ideas_published: Mapped[int] = mapped_column(default=0)
    comments_published: Mapped[int] = mapped_column(default=0)
    votes_cast: Mapped[int] = mapped_column(default=0)
    people_active: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    texts: Mapped[list[DialogueText]] = relationship(lazy="selectin")
    phases: Mapped[list[Phase]] = relationship(lazy="selectin")
    pauses: Mapped[list[Pause]] = relationship(lazy="selectin")
    topics: Mapped[list[DialogueTopic]] = relationship(
        lazy="selectin", order_by="DialogueTopic.position"
    )
    reasons: Mapped[list[ModerationReason]] = relationship(
        lazy="select", order_by="ModerationReason.position"
    )

    def text(self, language: str = "en") -> DialogueText:
        """Return the texts in `language`, else in the dialogue's own language."""
        by_language = {text.language: text for text in self.texts}
        return by_language.get(language) or by_language[self.language]

    def phase(self, act: Act) -> Phase | None:
        """Return the dates of one act; None when it has none."""
        return next((phase for phase in self.phases if phase.act == act), None)


class DialogueText(Model):
    """What the agency says about a dialogue, in one language. Markdown-lite in the long ones."""

    __tablename__ = "dialogue_text"
    __table_args__ = (UniqueConstraint("dialogue_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    language: Mapped[str]
    question: Mapped[str]
    short_name: Mapped[str]
    lede: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
    why_take_part: Mapped[str] = mapped_column(default="")
    changes: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(default="")
    how: Mapped[str] = mapped_column(default="")
    next_steps: Mapped[str] = mapped_column(default="")
    html: Mapped[dict[str, str]] = mapped_column(Json, default=dict)  # long fields, rendered once


class Phase(Model):
    """When one act is possible, or by when something is promised."""

    __tablename__ = "phase"
    __table_args__ = (
        UniqueConstraint("dialogue_id", "act"),
        CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="order"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    act: Mapped[str]
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Pause(Model):
    """A dated interruption of every act, with the reason the public is told."""

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str]


class Extension(Model):
    """A change of the closing date after the opening, with the reason the public is told."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), index=True)
    closed_before_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class DialogueTopic(Model):
    """A topic that ideas belong to; `names` by language."""

    __tablename__ = "dialogue_topic"
    __table_args__ = (UniqueConstraint("dialogue_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    slug: Mapped[str]
    position: Mapped[int]
    names: Mapped[dict[str, str]] = mapped_column(Json)
    ideas_published: Mapped[int] = mapped_column(default=0)

    def name(self, language: str = "en") -> str:
        """Return the name in `language`, else in any language it has."""
        return self.names.get(language) or next(iter(self.names.values()))


class ModerationPolicy(Model):
    """A published moderation policy of a dialogue, by language; the last one is in force.

    Append-only: what was promised when somebody wrote can be read later.
    """

    __tablename__ = "moderation_policy"
    __table_args__ = (UniqueConstraint("dialogue_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    number: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(Json)  # Markdown-lite, as typed
    html: Mapped[dict[str, str]] = mapped_column(Json)  # the same, rendered once
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    def text_in(self, *languages: str) -> str:
        """Return the policy as HTML in the first of these languages that it has, else in any."""
        known = [language for language in languages if language in self.html]
        return self.html[known[0]] if known else next(iter(self.html.values()))


class ModerationReason(Model):
    """A reason that moderators of this dialogue may give; `texts` by language: label, sentence."""

    __tablename__ = "moderation_reason"
    __table_args__ = (UniqueConstraint("dialogue_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    code: Mapped[str]
    position: Mapped[int]
    texts: Mapped[dict[str, Any]] = mapped_column(Json)  # {"en": {"label": …, "sentence": …}}
    needs_note: Mapped[bool] = mapped_column(default=False)  # "Another reason (write it)"
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def label(self, language: str = "en") -> str:
        """Return what the moderator and the author read."""
        text = self.texts.get(language) or next(iter(self.texts.values()))
        return str(text["label"])

    def sentence(self, language: str = "en") -> str:
        """Return the sentence of the author's mail."""
        text = self.texts.get(language) or next(iter(self.texts.values()))
        return str(text["sentence"])
