"""An idea or comment as a moderator decides about it in place, with what may be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from dialogue.analysis import screening
from dialogue.analysis.spans import DetailKind
from dialogue.dialogues.contacts import public_numbers
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.models import QueueItem
from dialogue.moderation.policies import Scope, in_scope
from dialogue.moderation.queries.decisions import Decided, decisions_on
from dialogue.participation.addresses import idea_url
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb
from dialogue.participation.models import (
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
    SealedText,
)
from dialogue.participation.redaction import HiddenKind


@dataclass(frozen=True)
class Text:
    """A contribution with the wording that is decided about: one that waits, else the public."""

    contribution: Contribution
    revision: Revision
    dialogue: Dialogue
    author: str
    author_user_id: int | None
    idea_title: str  # of the idea that a comment is on
    url: str  # where the public reads it
    item_id: int | None  # of the item that waits
    item_version: int

    @property
    def is_idea(self) -> bool:
        """Tell an idea from a comment."""
        return self.contribution.kind == Kind.IDEA

    @property
    def waits(self) -> bool:
        """Tell whether this wording waits for a moderator."""
        return self.revision.state == RevisionState.WAITING

    @property
    def version(self) -> int:
        """Return what a form about it has to send back."""
        return self.item_version if self.waits else self.contribution.version

    def may(self, verb: Verb) -> bool:
        """Tell whether the life cycle lets this happen now."""
        return (State(self.contribution.state), verb) in TRANSITIONS


@dataclass(frozen=True)
class Detail:
    """A personal detail that screening finds in the source: where, what kind, which words."""

    field: str
    start: int
    end: int
    kind: HiddenKind
    words: str


_KINDS = {
    DetailKind.PHONE: HiddenKind.PHONE,
    DetailKind.EMAIL: HiddenKind.EMAIL,
    DetailKind.ADDRESS: HiddenKind.ADDRESS,
    DetailKind.NAME: HiddenKind.NAME,
    DetailKind.SSN: HiddenKind.ID_NUMBER,
    DetailKind.CARD: HiddenKind.ID_NUMBER,
    DetailKind.ID_NUMBER: HiddenKind.ID_NUMBER,
}


def text_of(contribution_id: int, scope: Scope, *, waiting: bool = True) -> Text | None:
    """Return a contribution of the scope with the wording to decide about; None outside it.

    `waiting`: a wording that waits comes first; else only what is public counts.
    """
    idea = aliased(Contribution)
    row = db.session.execute(
        select(Contribution, Dialogue, Participant, idea.title, idea.slug, idea.id.label("idea_id"))
        .join(Dialogue, Dialogue.id == Contribution.dialogue_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .outerjoin(idea, idea.id == Contribution.idea_id)
        .where(Contribution.id == contribution_id)
    ).first()
    if row is None or not in_scope(scope, row.Contribution.dialogue_id):
        return None
    contribution: Contribution = row.Contribution
    item = db.session.scalars(
        select(QueueItem).where(
            QueueItem.contribution_id == contribution_id, QueueItem.closed_at.is_(None)
        )
    ).first()
    revision = _wording(contribution, item if waiting else None)
    if revision is None:
        return None
    if contribution.kind == Kind.IDEA:
        url = idea_url(row.Dialogue.slug, contribution.id, contribution.slug)
    else:
        url = f"{idea_url(row.Dialogue.slug, row.idea_id, row.slug)}#comment-{contribution.id}"
    return Text(
        contribution=contribution,
        revision=revision,
        dialogue=row.Dialogue,
        author=row.Participant.public_name,
        author_user_id=row.Participant.user_id,
        idea_title=row.title or "",
        url=url,
        item_id=item.id if item else None,
        item_version=item.version if item else 0,
    )


def details_in(text: Text) -> list[Detail]:
    """Return the personal details in title and source, where they stand in what was typed."""
    public = public_numbers(text.dialogue)
    return [
        Detail(
            field,
            span.start,
            span.end,
            _KINDS.get(span.kind, HiddenKind.OTHER),
            source[span.start : span.end],
        )
        for field, source in (("title", text.revision.title), ("body", text.revision.source))
        for span in screening.personal_data(source, public_numbers=public)
    ]


def history_of(contribution_id: int, *, undo_from: datetime, language: str) -> list[Decided]:
    """Return the decisions on a contribution, newest first. The newest that stands can be taken
    back while it is young; one below it only after it."""
    found = decisions_on(contribution_id, undo_from=undo_from, language=language)
    newest = next((one.id for one in found if not one.is_undone), None)
    return [replace(one, may_undo=one.may_undo and one.id == newest) for one in found]


def sealed_of(contribution_id: int) -> Sequence[SealedText]:
    """Return the originals that are kept of hidden words, newest first."""
    rows = select(SealedText).where(SealedText.contribution_id == contribution_id)
    return db.session.scalars(rows.order_by(SealedText.id.desc())).all()


def ideas_like(dialogue_id: int, asked: str, *, but: int, limit: int = 8) -> list[tuple[int, str]]:
    """Return (id, title) of public ideas whose number or title was asked for."""
    number = asked.strip().lstrip("#")
    words = Contribution.title.icontains(asked.strip(), autoescape=True)
    named = Contribution.id == int(number) if number.isdecimal() and len(number) < 10 else None
    rows = db.session.execute(
        select(Contribution.id, Contribution.title)
        .where(
            Contribution.dialogue_id == dialogue_id,
            Contribution.kind == Kind.IDEA,
            Contribution.listed.is_(True),
            Contribution.id != but,
            words if named is None else or_(words, named),
        )
        .order_by(Contribution.id.desc())
        .limit(limit)
    )
    return [(row.id, row.title) for row in rows]


def _wording(contribution: Contribution, item: QueueItem | None) -> Revision | None:
    if item is not None:
        waiting = db.session.get(Revision, item.revision_id)
        if waiting is not None and waiting.state == RevisionState.WAITING:
            return waiting
    if contribution.published_revision_id is None:
        return None
    return db.session.get(Revision, contribution.published_revision_id)
