"""One item, whole: the wording, what it is about, who wrote it, which answers there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, DialogueTopic, ModerationReason
from dialogue.kernel.db import db
from dialogue.moderation.models import HandOver, QueueItem
from dialogue.moderation.policies import Scope, in_scope
from dialogue.moderation.queries.waiting import REPORTS, Place, place_of
from dialogue.moderation.screening import Findings, from_signals
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Participant, Revision


@dataclass(frozen=True)
class Author:
    """Who wrote it, under the name of this dialogue, and what became of their other words."""

    name: str
    since: datetime
    published: int
    rejected: int


@dataclass(frozen=True)
class Item:
    """An item with everything a decision needs."""

    id: int
    version: int
    lane: str
    since: datetime
    closed_at: datetime | None
    place: Place
    claimed_by_id: int | None  # who reads it now
    claimed_by: str  # the other moderator who reads it now
    findings: Findings
    is_screened: bool
    is_distressing: bool
    is_public_wording: bool  # the public reads this wording, or did until it was put out of sight
    reports: int  # people who ask for a look at it
    notes: int  # of moderators to each other
    contribution_id: int
    kind: str
    state: str
    title: str
    html: str
    language: str
    topic: str
    idea_id: int | None  # what a comment is about
    idea_title: str
    idea_slug: str
    published_title: str  # of the wording that the public reads; of an edit only
    published_html: str
    author: Author
    author_user_id: int | None
    dialogue_id: int
    dialogue_slug: str
    time_zone: str
    target_hours: int

    @property
    def is_open(self) -> bool:
        """Tell whether it waits."""
        return self.closed_at is None

    @property
    def is_edit(self) -> bool:
        """Tell whether the public reads an earlier wording."""
        return bool(self.published_html)


@dataclass(frozen=True)
class Reason:
    """A reason that may be given now."""

    code: str
    label: str
    needs_note: bool


def item(
    item_id: int, scope: Scope, *, moderator_id: int, now: datetime, language: str = "en"
) -> Item | None:
    """Return an item, waiting or decided, in one statement; None outside the scope."""
    row = db.session.execute(_ITEM, {"item": item_id}).first()
    if row is None or not in_scope(scope, row.QueueItem.dialogue_id):
        return None
    queued: QueueItem = row.QueueItem
    names = row.topic_names or {}
    is_edit = row.published_revision_id not in (None, queued.revision_id)
    is_claimed = queued.claimed_until is not None and queued.claimed_until > now
    claimed_by_id = queued.claimed_by_id if is_claimed else None
    return Item(
        id=queued.id,
        version=queued.version,
        lane=queued.lane,
        since=queued.since,
        closed_at=queued.closed_at,
        place=place_of(queued.risk, queued.since, queued.id),
        claimed_by_id=claimed_by_id,
        claimed_by=row.reader if claimed_by_id not in (None, moderator_id) else "",
        findings=from_signals(queued.signals),
        is_screened=queued.screened_at is not None,
        is_distressing=queued.distressing,
        is_public_wording=row.published_revision_id == queued.revision_id,
        reports=row.reports,
        notes=row.notes,
        contribution_id=row.contribution_id,
        kind=row.kind,
        state=row.state,
        title=row.title,
        html=row.html,
        language=row.language,
        topic=names.get(language) or next(iter(names.values()), ""),
        idea_id=row.idea_id,
        idea_title=row.idea_title or "",
        idea_slug=row.idea_slug or "",
        published_title=row.public_title if is_edit else "",
        published_html=row.public_html if is_edit else "",
        author=Author(row.public_name, row.author_since, row.published, row.rejected),
        author_user_id=row.user_id,
        dialogue_id=queued.dialogue_id,
        dialogue_slug=row.dialogue_slug,
        time_zone=row.time_zone,
        target_hours=row.target_hours,
    )


def reasons(dialogue_id: int, language: str = "en") -> Sequence[Reason]:
    """Return the reasons that moderators of this dialogue may give now, in their order."""
    rows = db.session.scalars(
        select(ModerationReason)
        .where(ModerationReason.dialogue_id == dialogue_id, ModerationReason.retired_at.is_(None))
        .order_by(ModerationReason.position)
    )
    return [Reason(row.code, row.label(language), row.needs_note) for row in rows]


def _count_of(state: State) -> Any:
    other = aliased(Contribution)
    return (
        select(func.count())
        .where(other.participant_id == Contribution.participant_id, other.state == state)
        .correlate(Contribution)
        .scalar_subquery()
    )


# The statement is made once: putting it together costs more than running it.
_IDEA = aliased(Contribution)
_PUBLIC = aliased(Revision)
_NOTES = (
    select(func.count())
    .where(HandOver.contribution_id == QueueItem.contribution_id)
    .correlate(QueueItem)
    .scalar_subquery()
)
_ITEM = (
    select(
        QueueItem,
        Contribution.id.label("contribution_id"),
        Contribution.kind,
        Contribution.state,
        Contribution.idea_id,
        Contribution.published_revision_id,
        Revision.title,
        Revision.html,
        Revision.language,
        DialogueTopic.names.label("topic_names"),
        _IDEA.title.label("idea_title"),
        _IDEA.slug.label("idea_slug"),
        _PUBLIC.title.label("public_title"),
        _PUBLIC.html.label("public_html"),
        Participant.public_name,
        Participant.created_at.label("author_since"),
        Participant.user_id,
        REPORTS.label("reports"),
        _NOTES.label("notes"),
        _count_of(State.PUBLISHED).label("published"),
        _count_of(State.REJECTED).label("rejected"),
        Dialogue.slug.label("dialogue_slug"),
        Dialogue.time_zone,
        Dialogue.target_hours,
        User.display_name.label("reader"),
    )
    .join(Contribution, Contribution.id == QueueItem.contribution_id)
    .join(Revision, Revision.id == QueueItem.revision_id)
    .join(Participant, Participant.id == Contribution.participant_id)
    .join(Dialogue, Dialogue.id == QueueItem.dialogue_id)
    .outerjoin(_IDEA, _IDEA.id == Contribution.idea_id)
    .outerjoin(
        DialogueTopic, DialogueTopic.id == func.coalesce(Contribution.topic_id, _IDEA.topic_id)
    )
    .outerjoin(_PUBLIC, _PUBLIC.id == Contribution.published_revision_id)
    .outerjoin(User, User.id == QueueItem.claimed_by_id)
    .where(QueueItem.id == bindparam("item"))
)
