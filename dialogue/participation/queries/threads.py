"""Comments of an idea: whole threads in order, by keyset over (first-level comment, comment)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
)
from dialogue.participation.queries.visibility import is_listed

PAGE = 50


@dataclass(frozen=True)
class CommentRow:
    """What a page shows of a comment."""

    id: int
    root_id: int
    reply_to_id: int | None
    participant_id: int
    author: str
    fragment: str
    language: str
    published_at: datetime


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


def listed_comments(
    *, idea_id: int, newest_first: bool = False, after: str = "", size: int = PAGE
) -> Page[CommentRow]:
    """Return one page of public comments: threads stay together, replies follow in order."""
    place = tuple_(Contribution.root_id, Contribution.id)
    query = _comments().where(Contribution.idea_id == idea_id, is_listed())
    cursor = paging.decode(after, (int, int))
    if newest_first:
        # Newest threads first, each still told from its beginning.
        order = (Contribution.root_id.desc(), Contribution.id.asc())
        if cursor is not None:
            root, last = int(cursor[0]), int(cursor[1])
            query = query.where(
                (Contribution.root_id < root)
                | ((Contribution.root_id == root) & (Contribution.id > last))
            )
    else:
        order = (Contribution.root_id.asc(), Contribution.id.asc())
        if cursor is not None:
            query = query.where(place > tuple_(int(cursor[0]), int(cursor[1])))
    found = db.session.execute(query.order_by(*order).limit(size + 1)).all()
    rows = [_comment_row(row) for row in found[:size]]
    older = paging.encode(rows[-1].root_id, rows[-1].id) if len(found) > size else None
    return Page(rows=rows, older=older)


def cursor_to(root_id: int, comment_id: int) -> str:
    """Return the cursor of a page that shows this comment: the page begins with its thread, or,
    where the thread is longer than a page, with the comment."""
    before = select(func.count()).where(
        Contribution.root_id == root_id, Contribution.id < comment_id, is_listed()
    )
    fits = (db.session.scalar(before) or 0) < PAGE
    return paging.encode(root_id, 0 if fits else comment_id - 1)


def place_of(comment_id: int) -> tuple[int, int, int] | None:
    """Return (dialogue, idea, first-level comment) of a public comment."""
    row = db.session.execute(
        select(Contribution.dialogue_id, Contribution.idea_id, Contribution.root_id).where(
            Contribution.id == comment_id, Contribution.kind == Kind.COMMENT, is_listed()
        )
    ).first()
    return (row.dialogue_id, row.idea_id, row.root_id) if row else None


def listed_comment(idea_id: int, comment_id: int) -> CommentRow | None:
    """Return one public comment of an idea, for a reply to it."""
    row = db.session.execute(
        _comments().where(
            Contribution.id == comment_id, Contribution.idea_id == idea_id, is_listed()
        )
    ).first()
    return _comment_row(row) if row else None


def own_waiting_comments(*, idea_id: int, participant_id: int | None) -> Sequence[OwnItem]:
    """Return the person's comments on an idea that others do not see."""
    if participant_id is None:
        return []
    return _own(
        _newest_wordings().where(
            Contribution.participant_id == participant_id,
            Contribution.idea_id == idea_id,
            Contribution.listed.is_(False),
            Contribution.state.in_((State.PENDING, State.REJECTED)),
        )
    )


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


def _comments() -> Select[*tuple[Any, ...]]:
    """The columns of CommentRow, in its order."""
    return select(
        Contribution.id,
        Contribution.root_id,
        Contribution.reply_to_id,
        Contribution.participant_id,
        Participant.public_name,
        Contribution.fragment,
        Contribution.language,
        Contribution.published_at,
    ).join(Participant, Participant.id == Contribution.participant_id)


def _comment_row(row: Row[*tuple[Any, ...]]) -> CommentRow:
    return CommentRow(*row)


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
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(no_later)
    )


def _own(query: Select[*tuple[Any, ...]]) -> list[OwnItem]:
    return [OwnItem(*row) for row in db.session.execute(query)]
