"""What somebody is still writing: the table of drafts, and what one consists of.

A draft belongs to an account, because who writes a first idea is no participant yet. Nobody but
its writer ever sees it; it outlives their session and the dialogue's closing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel import forms, ids
from dialogue.kernel.db import Model, UtcDateTime
from dialogue.participation.models import Kind


@dataclass(frozen=True)
class Place:
    """Where words are to go: a new idea, a comment on one, or an edit of either."""

    dialogue_id: int
    kind: Kind
    idea_id: int | None = None  # of a comment: the idea it is on
    reply_to_id: int | None = None
    contribution_id: int | None = None  # of an edit: what it changes


@dataclass(frozen=True)
class Words:
    """What stands in the form; a comment has a body alone."""

    title: str = ""
    body: str = ""
    topic: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was written yet: a chosen topic alone is no words."""
        return not (self.title.strip() or self.body.strip())


@dataclass(frozen=True)
class Pen:
    """Which form writes: `opened` names the piece of writing, `writer` the window it is open in,
    `version` counts what that window sent."""

    opened: str  # signed by us when the form was first opened, handed on from page to page
    writer: str
    version: int

    @classmethod
    def new(cls) -> Pen:
        """Return the pen of a form that is opened now; nothing is saved of it yet."""
        return cls(forms.new_form_key(), new_writer(), 0)

    @classmethod
    def sent(cls, opened: str, draft: str) -> Pen:
        """Return the pen of a form from its hidden fields; a new one where they are not ours."""
        match = _NEXT_SAVE.fullmatch(draft)
        return cls(
            opened if forms.opened_at(opened) else forms.new_form_key(),
            match[1] if match else new_writer(),
            int(match[2]) if match else 1,
        )

    @property
    def next_save(self) -> str:
        """Return the hidden field that tells the form's next sending from the one before."""
        return f"{self.writer}:{self.version + 1}"


def new_writer() -> str:
    """Return a name for the window in which a form is opened."""
    return ids.token()[:12]


_NEXT_SAVE = re.compile(r"([A-Za-z0-9_-]{1,40}):([0-9]{1,9})")


class Draft(Model):
    """The newest saved words of one piece of writing.

    Once they are sent the row stays for a day, empty (`sent_at`): what a slow network brings
    afterwards must not make a draft of what stands in the dialogue already.
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("kind IN ('idea', 'comment')", name="kind"),
        CheckConstraint("sent_at IS NULL OR title || body || topic = ''", name="sent_is_empty"),
        UniqueConstraint("user_id", "opened"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    kind: Mapped[str]
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    opened: Mapped[str]
    writer: Mapped[str]
    version: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def words(self) -> Words:
        """Return what was written."""
        return Words(self.title, self.body, self.topic)

    @property
    def place(self) -> Place:
        """Return where it is to go."""
        return Place(
            self.dialogue_id, Kind(self.kind), self.idea_id, self.reply_to_id, self.contribution_id
        )
