"""Flags: a person's own, and those of one contribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.models import Contribution, Flag, Participant
from dialogue.participation.queries.visibility import is_readable

PAGE = 25


@dataclass(frozen=True)
class OwnFlag:
    """A flag as its person sees it. Words of the contribution are there while the public can read
    them: of a comment its idea's title and its own first words."""

    id: int
    contribution_id: int
    kind: str
    dialogue_id: int
    idea_id: int | None
    readable: bool
    title: str
    excerpt: str
    reason: str
    note: str
    at: datetime
    withdrawn_at: datetime | None
    outcome: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class OpenFlag:
    """A flag that waits, as moderators read it: never who it was."""

    id: int
    reason: str
    note: str
    at: datetime
    hid: bool


def flag_of(*, participant_id: int | None, contribution_id: int) -> Flag | None:
    """Return a person's flag on a contribution, whatever became of it."""
    if participant_id is None:
        return None
    return db.session.scalars(
        select(Flag).where(
            Flag.participant_id == participant_id, Flag.contribution_id == contribution_id
        )
    ).first()


def flag_by_id(flag_id: int) -> Flag | None:
    """Return a flag."""
    return db.session.get(Flag, flag_id)


def open_flags(contribution_id: int) -> Sequence[OpenFlag]:
    """Return the flags that wait for a moderator, oldest first."""
    rows = db.session.execute(
        select(Flag.id, Flag.reason, Flag.note, Flag.at, Flag.hid)
        .where(
            Flag.contribution_id == contribution_id,
            Flag.decided_at.is_(None),
            Flag.withdrawn_at.is_(None),
        )
        .order_by(Flag.id)
    )
    return [OpenFlag(*row) for row in rows]


def flagged_by(contribution_id: int) -> Sequence[int]:
    """Return the participants whose flags on a contribution wait: for weights, never for pages."""
    return db.session.scalars(
        select(Flag.participant_id).where(
            Flag.contribution_id == contribution_id,
            Flag.decided_at.is_(None),
            Flag.withdrawn_at.is_(None),
        )
    ).all()


def flags_of_user(*, user_id: int, after: str = "", size: int = PAGE) -> Page[OwnFlag]:
    """Return one page of what a person has flagged, newest first."""
    idea = aliased(Contribution)
    query = (
        select(
            Flag.id,
            Contribution.id.label("contribution_id"),
            Contribution.kind,
            Contribution.dialogue_id,
            Contribution.idea_id,
            is_readable().label("readable"),
            Contribution.title,
            Contribution.excerpt,
            idea.title.label("idea_title"),
            Flag.reason,
            Flag.note,
            Flag.at,
            Flag.withdrawn_at,
            Flag.outcome,
            Flag.decided_at,
        )
        .join(Contribution, Contribution.id == Flag.contribution_id)
        .outerjoin(idea, idea.id == Contribution.idea_id)
        .join(Participant, Participant.id == Flag.participant_id)
        .where(Participant.user_id == user_id)
        .order_by(Flag.id.desc())
        .limit(size + 1)
    )
    cursor = paging.decode(after, (int,))
    if cursor is not None:
        query = query.where(Flag.id < int(cursor[0]))
    found = db.session.execute(query).all()
    rows = [_own(row) for row in found[:size]]
    return Page(rows=rows, older=paging.encode(rows[-1].id) if len(found) > size else None)


def is_public_now(contribution_id: int) -> bool:
    """Tell whether the public can read a contribution where it stands."""
    found = select(Contribution.id).where(Contribution.id == contribution_id, is_readable())
    return db.session.scalar(found) is not None


def _own(row: Row[*tuple[Any, ...]]) -> OwnFlag:
    return OwnFlag(
        id=row.id,
        contribution_id=row.contribution_id,
        kind=row.kind,
        dialogue_id=row.dialogue_id,
        idea_id=row.idea_id,
        readable=row.readable,
        title=(row.title or row.idea_title or "") if row.readable else "",
        excerpt=row.excerpt if row.readable else "",
        reason=row.reason,
        note=row.note,
        at=row.at,
        withdrawn_at=row.withdrawn_at,
        outcome=row.outcome,
        decided_at=row.decided_at,
    )


@dataclass(frozen=True)
class Item:
    """What somebody is about to flag; `title` is its idea's, `excerpt` of a comment its own."""

    id: int
    kind: str
    idea_id: int
    slug: str
    title: str
    excerpt: str
    language: str
    participant_id: int


def item(dialogue_id: int, kind: str, contribution_id: int) -> Item | None:
    """Return an idea or comment of a dialogue that the public can read now."""
    idea = aliased(Contribution)
    row = db.session.execute(
        select(
            Contribution.id,
            Contribution.kind,
            idea.id,
            idea.slug,
            idea.title,
            Contribution.excerpt,
            Contribution.language,
            Contribution.participant_id,
        )
        .join(idea, idea.id == func.coalesce(Contribution.idea_id, Contribution.id))
        .where(
            Contribution.id == contribution_id,
            Contribution.dialogue_id == dialogue_id,
            Contribution.kind == kind,
            is_readable(),
        )
    ).first()
    return Item(*row) if row else None
