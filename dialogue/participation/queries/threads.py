"""What a person wrote, as its author sees it: newest wording first, in every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Contribution,
    Participant,
    Revision,
    RevisionState,
)


@dataclass(frozen=True)
class OwnItem:
    """A contribution that only its author sees now: its newest wording and how it stands."""

    id: int
    kind: str
    dialogue_id: int
    idea_id: int | None
    state: str
    title: str
    html: str
    plain: str
    source: str
    language: str
    created_at: datetime
    revision_id: int
    tracking: str
    wording_waits: bool  # no moderator has read this wording yet


def own_waiting_comments(*, idea_id: int, participant_id: int | None) -> Sequence[OwnItem]:
    """Return the person's comments on an idea that others do not see."""
    if participant_id is None:
        return []
    rows = db.session.execute(_own_waiting(), {"participant": participant_id, "idea": idea_id})
    return [OwnItem(*row) for row in rows]


@cache
def _own_waiting() -> Select[*tuple[Any, ...]]:
    return _newest_wordings().where(
        Contribution.participant_id == bindparam("participant"),
        Contribution.idea_id == bindparam("idea"),
        Contribution.listed.is_(False),
        Contribution.state.in_((State.PENDING, State.RETURNED, State.REJECTED)),
    )


def is_closed_around(comment_id: int) -> bool:
    """Tell whether moderators have closed the comments of the idea on whose page a comment stands,
    or locked it."""
    comment, idea, read = aliased(Contribution), aliased(Contribution), aliased(Contribution)
    found = (
        select(read.id)
        .join(idea, func.coalesce(idea.merged_into_id, idea.id) == read.id)
        .join(comment, comment.idea_id == idea.id)
        .where(
            comment.id == comment_id,
            or_(read.comments_closed_at.is_not(None), read.locked_at.is_not(None)),
        )
    )
    return db.session.scalar(found) is not None


def own_items(*, user_id: int, after: str = "", size: int = 50) -> Page[OwnItem]:
    """Return what a person wrote, in every dialogue and state, newest first."""
    query = _newest_wordings().where(Participant.user_id == user_id)
    cursor = paging.decode(after, (int,))
    if cursor is not None:
        query = query.where(Contribution.id < int(cursor[0]))
    rows = _own(query.order_by(Contribution.id.desc()).limit(size + 1))
    older = paging.encode(rows[size - 1].id) if len(rows) > size else None
    return Page(rows=rows[:size], older=older)


def newest_wording(contribution_id: int) -> OwnItem | None:
    """Return a contribution with its newest wording, public or not: for its author and staff."""
    rows = _own(_newest_wordings().where(Contribution.id == contribution_id))
    return rows[0] if rows else None


def has_waiting_edit(contribution_id: int) -> bool:
    """Tell whether a newer wording of a published contribution waits for a moderator."""
    waiting = select(Revision.id).where(
        Revision.contribution_id == contribution_id, Revision.state == RevisionState.WAITING
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _newest_wordings() -> Select[*tuple[Any, ...]]:
    later = aliased(Revision)
    no_later = ~(
        select(later.id)
        .where(later.contribution_id == Revision.contribution_id, later.number > Revision.number)
        .exists()
    )
    return (
        select(
            Contribution.id,
            Contribution.kind,
            Contribution.dialogue_id,
            Contribution.idea_id,
            Contribution.state,
            Revision.title,
            Revision.html,
            Revision.plain,
            Revision.source,
            Revision.language,
            Contribution.created_at,
            Revision.id.label("revision_id"),
            Contribution.tracking,
            (Revision.state == RevisionState.WAITING).label("wording_waits"),
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(no_later)
    )


def _own(query: Select[*tuple[Any, ...]]) -> list[OwnItem]:
    return [OwnItem(*row) for row in db.session.execute(query)]
